"""Two computers on one catalog of a PostgreSQL server: two processes with a profile each, one of which is killed."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.services.monitor.conftest import Watching
from tests.storage.engines import PostgresServer

from retrovue.core.context import AppContext
from retrovue.core.domain.computers import Computer
from retrovue.core.domain.errors import LockedError
from retrovue.core.domain.history import PlayFilter
from retrovue.core.domain.playback import PlaybackSession, RemoteSession
from retrovue.core.domain.servers import ServerInfo, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.monitor.recorder import Recorder, recorder_of
from retrovue.core.services.servers.registration import add
from retrovue.core.services.upkeep.database import purge
from retrovue.core.storage.database import Database
from retrovue.core.storage.postgres.address import parse_address
from retrovue.core.storage.postgres.schema import open_postgres
from retrovue.core.system.clock import SystemClock
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.plex import PlexDialect

pytestmark = pytest.mark.slow

DESK, LAPTOP = Computer("d" * 32, "desk", "Linux"), Computer("e" * 32, "Notebook für Zoë", "macOS")
AT = datetime(2026, 1, 1, 20, tzinfo=UTC)
TAKEN_OVER_S = 60.0
NEAR = timedelta(minutes=2)
OTHER = """
import sys
from tests.services.test_together import LAPTOP, CancelToken, Shared, began, recording
from pathlib import Path

host = Shared(sys.argv[1], Path(sys.argv[2]), LAPTOP)
with host.library_lock(1, CancelToken()):
    recorder = recording(host)
    recorder.store(host, [began()])
    print("holds", flush=True)
    sys.stdin.readline()
"""


class Shared(AppContext):
    """A profile of a computer whose catalog is on a server."""

    def __init__(self, url: str, folder: Path, computer: Computer, **facts: Any) -> None:
        given = {"environ": {}, **facts}
        super().__init__(resolve_dirs(folder), keyring=lambda: None, write_log=False, **given)
        self._url, self._self = url, computer

    def computer(self) -> Computer:
        return self._self

    def _open(self) -> Database:
        return open_postgres(parse_address(self._url), now=self.clock.epoch, computer=self._self)


def recording(host: AppContext) -> Recorder:
    recorder = Recorder("monitor")
    recorder.enter()
    assert recorder.claim(host)
    return recorder


def began() -> PlaybackSession:
    session = RemoteSession(session_key="1", state="playing", kind="movie", title="Heat", remote_id="9", user="mira")
    return PlaybackSession("uid", 1, session, AT, AT, AT, AT, AT)


@pytest.fixture
def desk(postgres: PostgresServer, tmp_path: Path) -> Iterator[Shared]:
    host = Shared(postgres.url(postgres.new_catalog()), tmp_path / "desk", DESK)
    info = ServerInfo(ServerKind.PLEX, "Home", "m1", "1")
    host.servers.add(name="Home", url="http://h", info=info, now=1)
    yield host
    host.close()


@contextmanager
def other(desk: Shared, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r})\n{OTHER}", desk._url, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "holds"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_what_another_computer_does_is_told_and_taken_over_when_it_dies(desk: Shared, tmp_path: Path) -> None:
    heard = desk.database.data_version()
    with other(desk, tmp_path / "laptop") as laptop:
        with pytest.raises(LockedError, match="“Notebook für Zoë” is syncing this library"):
            desk.library_lock(1, CancelToken()).acquire()
        with desk.library_lock(2, CancelToken()):
            """Another library is free."""
        with pytest.raises(LockedError, match="“Notebook für Zoë” is syncing a library"):
            purge(desk)
        recorder = Recorder("window")
        recorder.enter()
        assert not recorder.claim(desk)
        who = recorder_of(desk)
        assert who is not None
        assert who.computer == LAPTOP.name
        # What it wrote is heard here, without being asked for by time.
        wait_until(lambda: desk.database.data_version() != heard)
        assert [play.uid for play in desk.playback.live(1)] == ["uid"]

        laptop.kill()
        laptop.wait()
        wait_until(lambda: recorder.claim(desk))
        with desk.library_lock(1, CancelToken()):
            """Free at once: no lock file of another computer is in the way."""
    second = Shared(desk._url, tmp_path / "second", LAPTOP)
    lock = second.library_lock(1, CancelToken())
    with desk.without_syncs(everywhere=True):
        assert not lock.try_acquire()
    assert lock.try_acquire()
    lock.release()
    second.close()
    (play,) = desk.playback.live(1)
    end = AT + timedelta(minutes=40)
    ended = replace(play, stopped_at=end, confirmed_at=end, elapsed_s=2400.0)
    recorder.store(desk, [ended])
    recorder.store(desk, [ended])
    recorder.leave()
    assert [one.title for one in desk.plays.list(PlayFilter())] == ["Heat"], "neither lost nor doubled"
    assert desk.playback.live(1) == []


def test_a_recorder_that_was_cut_off_goes_on_or_steps_back(
    desk: Shared, postgres: PostgresServer, tmp_path: Path
) -> None:
    recorder = recording(desk)
    recorder.store(desk, [began()])
    cut_off(postgres)
    # Nobody else was there: what is live goes on here, and no second recorder begins.
    wait_until(lambda: not lost(recorder, desk))
    laptop = Shared(desk._url, tmp_path / "laptop", LAPTOP)
    second = Recorder("monitor")
    second.enter()
    assert not second.claim(laptop)
    recorder.leave()
    assert second.claim(laptop)
    third = Recorder("window")
    third.enter()
    assert not third.claim(desk)
    second.leave()
    laptop.close()


def test_a_recorder_that_was_replaced_writes_no_more(desk: Shared, postgres: PostgresServer, tmp_path: Path) -> None:
    recorder = recording(desk)
    cut_off(postgres)
    laptop = Shared(desk._url, tmp_path / "laptop", LAPTOP)
    second = Recorder("monitor")
    second.enter()
    wait_until(lambda: second.claim(laptop))
    # Both see the play begin, and the first does not know yet that it was replaced.
    recorder.store(desk, [began()])
    second.store(laptop, [replace(began(), uid="theirs")])
    assert [play.uid for play in desk.playback.live(1)] == ["theirs"]
    end = AT + timedelta(minutes=40)
    ended = {"stopped_at": end, "confirmed_at": end, "elapsed_s": 2400.0}
    recorder.store(desk, [replace(began(), **ended)])
    assert desk.dirs.waiting_plays.exists()
    assert not recorder.claim(desk)
    second.store(laptop, [replace(began(), uid="theirs", **ended)])
    wait_until(lambda: not recorder.claim(desk) and not desk.dirs.waiting_plays.exists())
    assert [one.title for one in desk.plays.list(PlayFilter())] == ["Heat"]
    second.leave()
    recorder.leave()
    laptop.close()


class Apart(SystemClock):
    """A clock that differs, until it is set right: not between two looks at it that belong together."""

    def __init__(self, by: timedelta) -> None:
        self.by = by
        self.is_to_be_right = False

    def now(self) -> datetime:
        return super().now() + self.by

    def epoch(self) -> int:
        if self.is_to_be_right:
            self.by = timedelta()
        return super().epoch() + int(self.by.total_seconds())


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_takeover_with_another_clock_moves_no_time(postgres: PostgresServer, tmp_path: Path, hours: int) -> None:
    url, by = postgres.url(postgres.new_catalog()), timedelta(hours=hours)
    library = make_library(LibrarySpec(shows=1, episodes=1, movies=1))
    server = DemoServer(library, dialect=PlexDialect).start()
    environ = {
        "RETROVUE_SECRETS": "memory",
        "RETROVUE_TOKEN_ATTIC": server.token,
        "RETROVUE_POLL_S": "0.1",
        "RETROVUE_MIN_LENGTH_S": "0",
    }
    clock = Apart(by)
    desk = Shared(url, tmp_path / "desk", DESK, environ=environ)
    laptop = Shared(url, tmp_path / "laptop", LAPTOP, environ=environ, clock=clock)
    found = add(desk, kind=ServerKind.PLEX, name="Attic", url=server.url, secret=server.token).server
    watchings = [Watching(desk, found, Recorder("monitor"))]
    try:
        first = watchings[0]
        key = server.playbacks.start(library.members("1", "movie")[0].id).session_key
        first.wait(lambda: desk.playback.live(found.id))
        first.stop()
        (live,) = desk.playback.live(found.id)
        second = Watching(laptop, found, Recorder("window"))
        watchings.append(second)
        second.wait(lambda: second.states and second.states[-1].sessions and not second.states[-1].recorded_by)
        (told,) = second.states[-1].sessions
        assert abs(told.started_at - by - live.started_at) < NEAR, "as the clock of this computer has it"
        (play,) = laptop.playback.live(found.id)
        assert (play.uid, play.started_at) == (live.uid, live.started_at)
        # The network sets it right while it records.
        clock.is_to_be_right = True
        server.playbacks.stop(key)
        second.wait(lambda: "stopped" in second.kinds)
        (kept,) = laptop.plays.list(PlayFilter())
        assert kept.started_at == live.started_at.replace(microsecond=0)
        assert timedelta() <= kept.stopped_at - kept.started_at < NEAR
        assert 0 <= kept.play_s <= (kept.stopped_at - kept.started_at).total_seconds()
        assert laptop.playback.live(found.id) == []
    finally:
        for each in watchings:
            each.stop()
        laptop.close()
        desk.close()
        server.stop()


def lost(recorder: Recorder, host: AppContext) -> bool:
    return not recorder.claim(host)


def cut_off(postgres: PostgresServer) -> None:
    """End every connection of the catalogs, as a server that restarts does."""
    with postgres.connect() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )


def wait_until(condition: object) -> None:
    until = time.monotonic() + TAKEN_OVER_S
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until, "nothing happened for a minute"
        threading.Event().wait(0.1)
