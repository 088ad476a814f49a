"""The weekly backup of a recorder without a window."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.programs import Program
from tests.services.conftest import HostClock

from retrovue.core.context import AppContext
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.servers import registration
from retrovue.core.services.upkeep import schedule
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo import DemoServer, LibrarySpec, make_library

WEEK_S = 7 * 86_400


class Rounds(CancelToken):
    """Lets the clock go on while the schedule waits, and ends after some rounds."""

    def __init__(self, clock: HostClock, rounds: int) -> None:
        super().__init__()
        self._clock = clock
        self._left = rounds

    def wait(self, timeout_s: float) -> bool:
        self._clock.seconds += timeout_s
        self._left -= 1
        if not self._left:
            self.cancel()
        return self.cancelled


@pytest.fixture
def clock() -> HostClock:
    return HostClock()


@pytest.fixture
def host(tmp_path: Path, clock: HostClock) -> Iterator[AppContext]:
    environ = {"RETROVUE_SECRETS": "memory"}
    host = Program(resolve_dirs(tmp_path), environ=environ, clock=clock, keyring=lambda: None, write_log=False)
    with DemoServer(make_library(LibrarySpec(shows=0, episodes=0, movies=1))) as server:
        words = {"kind": ServerKind.PLEX, "name": "Attic", "url": server.url, "secret": server.token}
        registration.add(host, **words, token=CancelToken())
    yield host
    host.close()


def copies(host: AppContext) -> list[str]:
    return sorted(path.name for path in host.dirs.backup_dir.glob("*-weekly.db"))


def test_a_copy_is_made_each_week_and_the_five_newest_stay(host: AppContext, clock: HostClock) -> None:
    schedule.run(host, Rounds(clock, 1))
    first = copies(host)
    assert len(first) == 1
    # A week of hours makes one more, and an hour less makes none.
    schedule.run(host, Rounds(clock, 7 * 24 - 1))
    assert copies(host) == first
    schedule.run(host, Rounds(clock, 2))
    assert len(copies(host)) == 2
    for _week in range(5):
        clock.seconds += WEEK_S
        schedule.run(host, Rounds(clock, 1))
    assert len(copies(host)) == 5
    assert first[0] not in copies(host)


@pytest.mark.slow
def test_none_is_made_while_the_setting_is_off(host: AppContext, clock: HostClock) -> None:
    host.settings_store.update(backup_schedule="off")
    schedule.run(host, Rounds(clock, 2))
    assert copies(host) == []


def test_one_that_fails_is_said_and_stays_due(
    host: AppContext, clock: HostClock, caplog: pytest.LogCaptureFixture
) -> None:
    folder = host.dirs.backup_dir
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("in the way")

    class MadeRoom(Rounds):
        def wait(self, timeout_s: float) -> bool:
            if folder.is_file():
                folder.unlink()
            return super().wait(timeout_s)

    with caplog.at_level(logging.WARNING):
        schedule.run(host, MadeRoom(clock, 2))
    assert "weekly backup failed" in caplog.text
    assert len(copies(host)) == 1
