"""When Tautulli is read by itself: by the profile's own clock, and at once where somebody asks."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.programs import Program
from tests.services.conftest import HostClock

from retrovue.core.context import AppContext
from retrovue.core.domain.connections import StoredConnection
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.servers import registration
from retrovue.core.services.tautulli import connection as tautulli
from retrovue.core.services.tautulli import schedule
from retrovue.core.services.tautulli.sync import sync, sync_due
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.tautulli import KEY, watching

pytestmark = pytest.mark.slow
TOKEN = "the-token-of-the-servers"


@pytest.fixture
def clock() -> HostClock:
    return HostClock()


@pytest.fixture
def host(tmp_path: Path, clock: HostClock) -> Iterator[AppContext]:
    environ = {"RETROVUE_SECRETS": "memory", "RETROVUE_TOKEN": TOKEN}
    host = Program(resolve_dirs(tmp_path), environ=environ, clock=clock, keyring=lambda: None, write_log=False)
    yield host
    host.close()


@pytest.fixture
def watcher(host: AppContext) -> Iterator[DemoServer]:
    library = make_library(LibrarySpec(shows=1, episodes=2, movies=2))
    with DemoServer(library, token=TOKEN) as plex, watching(plex) as watcher:
        registration.add(host, kind=ServerKind.PLEX, name="Attic", url=plex.url, secret=plex.token, token=CancelToken())
        tautulli.connect(host, url=watcher.url, key=KEY)
        yield watcher


def only(host: AppContext) -> StoredConnection:
    (connection,) = tautulli.connected(host)
    return connection


def test_it_is_read_every_twelve_hours_stale_after_six_of_failure_and_at_once_when_asked(
    host: AppContext, watcher: DemoServer, clock: HostClock
) -> None:
    token = CancelToken()
    assert host.settings.tautulli_every_hours == 12
    assert sync_due(host, token) == 1
    assert only(host).synced_at == clock.now()
    clock.seconds += timedelta(hours=11, minutes=59).total_seconds()
    assert sync_due(host, token) == 0
    # Sync now asks no clock, and the next turn counts from there.
    sync(host, only(host), token)
    assert only(host).synced_at == clock.now()
    clock.seconds += timedelta(hours=11, minutes=59).total_seconds()
    assert sync_due(host, token) == 0
    clock.seconds += 60
    assert sync_due(host, token) == 1
    read_at = clock.now()
    watcher.stop()
    clock.seconds += timedelta(hours=12).total_seconds()
    assert sync_due(host, token) == 1
    assert only(host).error
    assert only(host).synced_at == read_at
    assert only(host).is_stale(clock.now())
    # What failed waits a while, and is then due again.
    assert sync_due(host, token) == 0
    clock.seconds += timedelta(hours=1).total_seconds()
    assert sync_due(host, token) == 1


def test_six_hours_of_failure_make_the_counts_stale(host: AppContext, watcher: DemoServer, clock: HostClock) -> None:
    host.settings_store.update(tautulli_every_hours=1)
    assert sync_due(host, CancelToken()) == 1
    watcher.stop()
    for _hour in range(5):
        clock.seconds += 3600
        assert sync_due(host, CancelToken()) == 1
        assert not only(host).is_stale(clock.now())
    clock.seconds += 3600
    assert only(host).is_stale(clock.now())
    host.settings_store.update(tautulli_every_hours=0)
    assert sync_due(host, CancelToken()) == 0


def test_a_program_without_a_window_reads_what_is_due_until_it_ends(host: AppContext, watcher: DemoServer) -> None:
    class Once(CancelToken):
        """Canceled when it has waited."""

        def wait(self, timeout_s: float) -> bool:
            self.cancel()
            return super().wait(timeout_s)

    schedule.run(host, Once())
    assert only(host).synced_at is not None
