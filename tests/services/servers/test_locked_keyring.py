"""A keyring that is locked: nobody is sent to sign in, everything keeps trying, and goes on once it is unlocked."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.errors import InitError, KeyringLocked
from tests.services.servers.conftest import TOKEN, Machines

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import SecretError
from retrovue.core.domain.servers import Server, ServerKind, ServerState
from retrovue.core.domain.sync import ChangeSet, SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.follow.follower import Follower
from retrovue.core.services.follow.states import FollowPhase, FollowState
from retrovue.core.services.monitor import MonitorState
from retrovue.core.services.monitor.poller import ServerWatch
from retrovue.core.services.servers import registration as servers
from retrovue.core.services.sync import run_sync
from retrovue.core.system.dirs import resolve_dirs


class Keyring:
    """Keeps passwords; locked it gives none."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, name: str) -> str | None:
        if self.locked:
            raise KeyringLocked("prompt dismissed")
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        self.kept[service, name] = secret

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


@pytest.fixture
def keyring() -> Keyring:
    return Keyring()


@pytest.fixture
def locked_host(tmp_path: Path, keyring: Keyring, machines: Machines) -> Iterator[AppContext]:
    """A program with one server, whose token is in a keyring that is locked now."""
    context = AppContext(resolve_dirs(tmp_path / "profile"), environ={}, keyring=lambda: keyring, write_log=False)
    servers.add(context, kind=ServerKind.PLEX, name="Home", url=machines().url, secret=TOKEN)
    keyring.locked = True
    yield context
    context.close()


def stored(host: AppContext) -> Server:
    (server,) = host.servers.all()
    return server


def test_following_keeps_trying(locked_host: AppContext) -> None:
    told: list[FollowState | ChangeSet] = []
    token = CancelToken()
    is_locked = threading.Event()

    def report(each: FollowState | ChangeSet) -> None:
        told.append(each)
        if isinstance(each, FollowState) and each.phase is FollowPhase.LOCKED:
            is_locked.set()

    thread = threading.Thread(target=Follower(locked_host, stored(locked_host)).run, args=(token, report))
    thread.start()
    assert is_locked.wait(60)
    last = told[-1]
    assert isinstance(last, FollowState)
    assert last.retry_at is not None
    assert "locked" in last.reason
    assert thread.is_alive()
    token.cancel()
    thread.join(30)
    assert stored(locked_host).state is ServerState.KEYRING_LOCKED


def test_polling_keeps_trying(locked_host: AppContext) -> None:
    token = CancelToken()
    states: list[MonitorState] = []
    has_told = threading.Event()

    def report(each: MonitorState | ChangeSet) -> None:
        if isinstance(each, MonitorState):
            states.append(each)
            has_told.set()

    watch = ServerWatch(stored(locked_host))
    thread = threading.Thread(target=watch.run, args=(locked_host, token, report))
    thread.start()
    assert has_told.wait(60)
    assert (states[-1].is_locked, states[-1].is_available, states[-1].needs_sign_in) == (True, True, False)
    token.cancel()
    thread.join(30)


def test_a_sync_says_so_and_a_test_after_the_unlocking_puts_it_right(locked_host: AppContext, keyring: Keyring) -> None:
    (failure,) = run_sync(locked_host, SyncRequest(), CancelToken()).failures
    assert failure.reason == "keyring"
    with pytest.raises(SecretError) as caught:
        servers.check(locked_host, stored(locked_host))
    assert caught.value.is_locked
    assert stored(locked_host).state is ServerState.KEYRING_LOCKED
    keyring.locked = False
    assert servers.check(locked_host, stored(locked_host)).ok
    assert stored(locked_host).state is ServerState.ONLINE


def test_a_keyring_that_is_not_up_before_the_login_is_asked_again(tmp_path: Path, keyring: Keyring) -> None:
    is_up = False

    def open_keyring() -> Keyring:
        if not is_up:
            raise InitError("no service")
        return keyring

    context = AppContext(resolve_dirs(tmp_path / "other"), environ={}, keyring=open_keyring, write_log=False)
    with pytest.raises(SecretError) as caught:
        context.secrets.get("uuid", "Home")
    assert caught.value.is_locked
    is_up = True
    assert context.secrets.get("uuid", "Home") is None
    context.close()
