"""Tokens are kept where the person agreed to, and nowhere else."""

import json
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from keyring.errors import KeyringLocked, NoKeyringError, PasswordDeleteError

from retrovue.core.domain.errors import ConfigError, SecretError
from retrovue.core.system.secrets import KeyringBackend, SecretPlace, SecretStore, system_keyring, token_variable

TOKEN = "fake-token-0123456789"


class MemoryKeyring:
    """A keyring that works."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError
        del self.kept[service, username]


class FailingKeyring:
    """A keyring that raises on every call."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self._error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self._error

    def delete_password(self, service: str, username: str) -> None:
        raise self._error


def make_store(
    tmp_path: Path, backend: KeyringBackend | None = None, environ: dict[str, str] | None = None
) -> SecretStore:
    return SecretStore(tmp_path, lambda: "profile", environ=environ or {}, keyring=lambda: backend)


def test_the_keyring_is_used_under_profile_and_server(tmp_path: Path) -> None:
    backend = MemoryKeyring()
    assert make_store(tmp_path, backend).put("uuid", TOKEN, allow_file=True) is SecretPlace.KEYRING
    assert backend.kept == {("RetroVue", "profile:uuid"): TOKEN}
    again = make_store(tmp_path, backend)
    assert again.get("uuid", "Home") == TOKEN
    assert again.where("uuid", "Home") is SecretPlace.KEYRING
    again.delete("uuid")
    assert again.get("uuid", "Home") is None
    assert list(tmp_path.iterdir()) == []


def test_without_keyring_and_consent_a_token_lives_for_this_run(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    assert store.put("uuid", TOKEN) is SecretPlace.MEMORY
    assert store.get("uuid", "Home") == TOKEN
    assert make_store(tmp_path).get("uuid", "Home") is None
    assert list(tmp_path.iterdir()) == []


def test_with_consent_it_goes_to_a_private_file(tmp_path: Path) -> None:
    assert make_store(tmp_path).put("uuid", TOKEN, allow_file=True) is SecretPlace.FILE
    path = tmp_path / "secrets.json"
    if os.name != "nt":
        assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text(encoding="utf-8"))["tokens"] == {"profile:uuid": TOKEN}
    again = make_store(tmp_path)
    assert again.get("uuid", "Home") == TOKEN
    assert again.where("uuid", "Home") is SecretPlace.FILE
    again.delete("uuid")
    assert not path.exists()


def test_what_two_programs_store_in_the_same_moment_is_kept(tmp_path: Path) -> None:
    stores = [make_store(tmp_path) for _ in range(2)]
    ready = Barrier(2)

    def put(number: int) -> None:
        ready.wait(30)
        for each in range(4):
            stores[number].put(f"{number}-{each}", TOKEN, allow_file=True)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(put, range(2)))
    kept = json.loads((tmp_path / "secrets.json").read_text(encoding="utf-8"))["tokens"]
    assert sorted(kept) == [f"profile:{number}-{each}" for number in range(2) for each in range(4)]


def test_the_variable_chooses_the_file_and_asks_no_keyring(tmp_path: Path) -> None:
    store = make_store(tmp_path, FailingKeyring(AssertionError("asked")), {"RETROVUE_SECRETS": "file"})
    assert store.put("uuid", TOKEN) is SecretPlace.FILE
    assert store.get("uuid", "Home") == TOKEN


def test_the_environment_overrides_for_one_run(tmp_path: Path) -> None:
    assert token_variable("Living room (4K)") == "RETROVUE_TOKEN_LIVING_ROOM_4K_"
    environ = {"RETROVUE_TOKEN": "for-all", "RETROVUE_TOKEN_HOME_NAS": "for-home"}
    store = make_store(tmp_path, MemoryKeyring(), environ)
    assert store.get("uuid", "Home NAS") == "for-home"
    assert store.get("uuid", "Attic") == "for-all"
    assert store.where("uuid", "Attic") is SecretPlace.ENVIRONMENT


@pytest.mark.parametrize(
    ("error", "reason"),
    [(KeyringLocked("locked"), "locked"), (NoKeyringError("none"), "unavailable"), (OSError("gone"), "unavailable")],
)
def test_a_keyring_that_fails_says_why_and_not_what(tmp_path: Path, error: Exception, reason: str) -> None:
    store = make_store(tmp_path, FailingKeyring(error))
    assert store.put("uuid", TOKEN) is SecretPlace.MEMORY
    assert store.get("uuid", "Home") == TOKEN
    with pytest.raises(SecretError) as caught:
        make_store(tmp_path, FailingKeyring(error)).get("uuid", "Home")
    assert caught.value.reason == reason
    assert TOKEN not in caught.value.user_text() + caught.value.detail
    assert make_store(tmp_path, FailingKeyring(error)).put("uuid", TOKEN, allow_file=True) is SecretPlace.FILE


@pytest.mark.parametrize("bad", ["", "a\nb", "x" * 1201])
def test_what_is_no_token_is_refused(tmp_path: Path, bad: str) -> None:
    with pytest.raises(ConfigError):
        make_store(tmp_path, MemoryKeyring()).put("uuid", bad)


@pytest.mark.parametrize("content", ["[]", "[" * 100_000 + "]" * 100_000])
def test_a_damaged_file_is_reported_not_overwritten(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SecretError):
        make_store(tmp_path).put("uuid", TOKEN, allow_file=True)
    assert path.read_text(encoding="utf-8") == content


def test_a_system_without_keyring_is_recognised() -> None:
    assert system_keyring() is None


def test_nothing_of_it_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        store = make_store(tmp_path)
        store.put("uuid", TOKEN, allow_file=True)
        store.get("uuid", "Home")
        store.delete("uuid")
    assert caplog.records
    assert TOKEN not in caplog.text
