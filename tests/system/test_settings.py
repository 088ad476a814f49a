"""Settings: typed, kept, overridable, and never a reason to crash."""

import json
import os
from pathlib import Path

import pytest

from retrovue.core.domain.errors import ConfigError, ReadOnlyError
from retrovue.core.system.settings import FIELDS, Settings, SettingsStore, check_value, title_of


def test_defaults_fit_their_own_checks_and_have_titles() -> None:
    settings = Settings()
    for name in FIELDS:
        assert check_value(name, getattr(settings, name)) == getattr(settings, name)
        assert title_of(name)


def test_changes_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    SettingsStore(path, environ={}).update(appearance="dark", notices={"stopped": True}, poll_s=2)
    again = SettingsStore(path, environ={}).current
    assert again.appearance == "dark"
    assert again.notices["stopped"] is True
    assert again.notices["sync_failed"] is True
    assert again.poll_s == 2.0


def test_client_id_is_made_once_and_stays(tmp_path: Path) -> None:
    first = SettingsStore(tmp_path / "settings.json", environ={}).current.client_id
    assert len(first) == 32
    assert SettingsStore(tmp_path / "settings.json", environ={}).current.client_id == first
    assert SettingsStore(tmp_path / "other.json", environ={}).current.client_id != first


def test_unknown_keys_and_changes_of_another_process_survive(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"from_the_future": {"a": 1}, "version": 9}), encoding="utf-8")
    store = SettingsStore(path, environ={})
    SettingsStore(path, environ={}).update(page_size=100)
    store.update(appearance="light")
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["from_the_future"] == {"a": 1}
    assert content["page_size"] == 100
    assert content["appearance"] == "light"


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("appearance", "purple"),
        ("pages_in_flight", 0),
        ("pages_in_flight", True),
        ("pages_in_flight", 2.5),
        ("poll_s", "often"),
        ("poll_s", float("nan")),
        ("close_to_tray", "maybe"),
        ("quiet_hours", "late"),
        ("quiet_hours", "25:00-07:00"),
        ("notices", ["started"]),
        ("account_url", "plex.tv"),
        ("client_id", "with space"),
    ],
)
def test_bad_values_become_the_default_with_a_warning(tmp_path: Path, name: str, bad: object) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({name: bad, "log_level": "debug"}), encoding="utf-8")
    store = SettingsStore(path, environ={})
    if name != "client_id":
        assert getattr(store.current, name) == getattr(Settings(), name)
    assert store.current.log_level == "debug"
    assert any(title_of(name) in warning for warning in store.warnings)
    with pytest.raises(ConfigError):
        check_value(name, bad)


@pytest.mark.parametrize("content", ["{ not json", "[" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000])
def test_an_unreadable_file_is_set_aside_and_defaults_are_used(tmp_path: Path, content: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content, encoding="utf-8")
    store = SettingsStore(path, environ={})
    assert store.current.appearance == "system"
    assert store.warnings
    assert (tmp_path / "settings.json.unreadable").read_text(encoding="utf-8") == content


def test_the_environment_overrides_and_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    environ = {
        "RETROVUE_POLL_S": "0.5",
        "RETROVUE_NOTICES": "stopped, server_down",
        "RETROVUE_AUTOSTART": "yes",
        "RETROVUE_PAGE_SIZE": "a lot",
        "RETROVUE_QUIET_HOURS": "22:00-07:00",
    }
    store = SettingsStore(path, environ=environ)
    store.update(appearance="dark")
    assert store.current.poll_s == 0.5
    assert store.current.autostart is True
    assert store.current.quiet_hours == "22:00-07:00"
    assert [event for event, shown in store.current.notices.items() if shown] == ["stopped", "server_down"]
    assert store.current.page_size == Settings().page_size
    assert any("RETROVUE_PAGE_SIZE" in warning for warning in store.warnings)
    assert "poll_s" not in json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.skipif(os.name == "nt", reason="modes are of POSIX")
def test_the_file_is_private_and_no_temporary_stays(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    SettingsStore(path, environ={}).update(appearance="dark")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.json"]


def test_a_directory_that_cannot_be_written_gives_defaults_and_a_clear_error(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("", encoding="utf-8")
    store = SettingsStore(blocker / "settings.json", environ={})
    assert store.current.client_id
    with pytest.raises(ReadOnlyError):
        store.update(appearance="dark")
    assert store.current.appearance == "system"
