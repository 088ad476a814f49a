"""A program that follows a demo server of each kind, through real sockets, with a short quiet time."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.kinds import each_kind

from retrovue.core.context import AppContext
from retrovue.core.domain.servers import Library, Server, ServerKind
from retrovue.core.domain.sync import ChangeSet, SyncOutcome, SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.follow.follower import Follower
from retrovue.core.services.follow.states import FollowPhase, FollowState
from retrovue.core.services.servers import registration as servers
from retrovue.core.services.sync import run_sync
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.power import PowerState
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect, MediaBrowserDialect
from retrovue.demo.plex import PlexDialect
from retrovue.demo.server import RequestRecord

DIALECTS: dict[ServerKind, Any] = {
    ServerKind.PLEX: PlexDialect,
    ServerKind.EMBY: EmbyDialect,
    ServerKind.JELLYFIN: JellyfinDialect,
}
MOVIES, SHOWS = "1", "3"


class Power:
    """Battery and link as a test says."""

    def __init__(self) -> None:
        self.state = PowerState()

    def look(self) -> PowerState:
        return self.state


class Following:
    """A follower on a thread; what it tells is kept, and can be waited for."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._told = threading.Condition()
        self.token = CancelToken()
        self.states: list[FollowState] = []
        self.changes: list[ChangeSet] = []
        self.last: FollowState | None = None
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        last = self._follower.run(self.token, self._hear)
        with self._told:
            self.last = last
            self._told.notify_all()

    def _hear(self, told: FollowState | ChangeSet) -> None:
        with self._told:
            if isinstance(told, ChangeSet):
                self.changes.append(told)
            else:
                self.states.append(told)
            self._told.notify_all()

    def wait(self, condition: Callable[[], object], timeout_s: float = 30.0) -> None:
        """Wait until something is so; looked at whenever the follower tells something."""
        with self._told:
            assert self._told.wait_for(lambda: bool(condition()), timeout_s), self.states[-3:]

    def wait_for(self, phase: FollowPhase) -> FollowState:
        """Wait until the last state told is of this phase."""
        self.wait(lambda: self.states and self.states[-1].phase is phase)
        return self.states[-1]

    def wait_for_pass(self) -> None:
        """Wait until everything that was not heard before was asked for."""
        self.wait(lambda: self.states and self.states[-1].caught_up_at is not None)

    def stop(self) -> None:
        self.token.cancel()
        self.thread.join(30)
        assert not self.thread.is_alive()


class House:
    """A demo server and a program that has imported it."""

    def __init__(self, kind: ServerKind, folder: Path, spec: LibrarySpec, quiet_s: float, page_size: int) -> None:
        self.kind = kind
        self.library = make_library(spec)
        self.server = DemoServer(self.library, dialect=DIALECTS[kind]).start()
        self.power = Power()
        self.streaming = False
        secret = self.server.token
        if isinstance(self.server.dialect, MediaBrowserDialect):
            users = self.server.dialect.users
            secret = users.issue(users.accounts[0])
        self.host = AppContext(
            resolve_dirs(folder),
            environ={
                "RETROVUE_SECRETS": "memory",
                "RETROVUE_FOLLOW_QUIET_S": str(quiet_s),
                "RETROVUE_PAGE_SIZE": str(page_size),
            },
            keyring=lambda: None,
            power=self.power,
            write_log=False,
        )
        added = servers.add(self.host, kind=kind, name="Attic", url=self.server.url, secret=secret)
        self.stored: Server = added.server

    def sync(self, **request: Any) -> Any:
        report = run_sync(self.host, SyncRequest(**request), CancelToken())
        assert {each.outcome for each in report.libraries} == {SyncOutcome.OK}, report
        return report

    @contextlib.contextmanager
    def following(self) -> Iterator[Following]:
        """Follow until the end of the block; changes of the library are announced once it hears."""
        self.server.dialect.announcer.library_changes = True
        follower = Follower(self.host, self.stored, streaming=lambda: self.streaming)
        following = Following(follower)
        following.thread.start()
        try:
            yield following
        finally:
            following.stop()

    @contextlib.contextmanager
    def heard(self) -> Iterator[Following]:
        """Follow, connected and caught up; requests are counted from there."""
        with self.following() as following:
            following.wait_for(FollowPhase.CONNECTED)
            following.wait_for_pass()
            assert self.server.sockets.wait_for_clients()
            self.server.reset_counters()
            following.changes.clear()
            yield following

    def remote_id(self, item_id: int) -> str:
        dialect = self.server.dialect
        return dialect.flavour.item_id(item_id) if isinstance(dialect, MediaBrowserDialect) else str(item_id)

    def title(self, item_id: int, table: str = "movies") -> str | None:
        """The stored title of an item of the server; None while it is not there."""
        with self.host.database.read() as connection:
            row = connection.exec_driver_sql(
                f"SELECT title FROM {table} WHERE remote_id = ? AND removed_at IS NULL", (self.remote_id(item_id),)
            ).first()
        return None if row is None else str(row[0])

    def stored_library(self, section: str) -> Library:
        name = self.library.sections[section].title
        return next(each for each in self.host.libraries.all() if each.name == name)

    def by_id(self) -> list[RequestRecord]:
        """Requests that asked for items by their ids."""
        return [
            each for each in self.server.requests if each.path.startswith("/library/metadata/") or "Ids=" in each.query
        ]

    def listings(self) -> list[RequestRecord]:
        """Requests for pages of a whole library."""
        return [
            each
            for each in self.server.requests
            if each.path.endswith("/all") or (each.path.endswith("/Items") and "Ids=" not in each.query)
        ]

    def close(self) -> None:
        self.host.close()
        self.server.stop()


@pytest.fixture(params=each_kind(ServerKind.PLEX))
def product(request: pytest.FixtureRequest) -> ServerKind:
    """Every scenario runs for each kind of server, for one of them in the fast tier."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def new_house(product: ServerKind, tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Starts a server with a program: `new_house(quiet_s=0.2, movies=60)`."""
    houses: list[House] = []

    def start(quiet_s: float = 0.2, page_size: int = 500, **spec: int) -> House:
        facts = {"shows": 4, "episodes": 60, "movies": 40, **spec}
        houses.append(House(product, tmp_path / f"profile{len(houses)}", LibrarySpec(**facts), quiet_s, page_size))
        return houses[-1]

    yield start
    for house in houses:
        house.close()


@pytest.fixture
def house(new_house: Callable[..., House]) -> House:
    """A server after its first import."""
    house = new_house()
    house.sync()
    return house
