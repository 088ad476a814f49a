"""A program that watches a demo server of each kind, on a thread, without a window."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.kinds import each_kind
from tests.programs import Program

from retrovue.core.context import AppContext
from retrovue.core.domain.history import Play, PlayFilter
from retrovue.core.domain.playback import PlaybackSession
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.monitor import Heard, MonitorState
from retrovue.core.services.monitor.poller import ServerWatch
from retrovue.core.services.monitor.recorder import Recorder
from retrovue.core.services.servers import registration as servers
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect
from retrovue.demo.plex import PlexDialect

DIALECTS: dict[ServerKind, Any] = {
    ServerKind.PLEX: PlexDialect,
    ServerKind.EMBY: EmbyDialect,
    ServerKind.JELLYFIN: JellyfinDialect,
}


class Watching:
    """A watch on a thread; what it tells is kept, and can be waited for."""

    def __init__(
        self, host: AppContext, server: Server, recorder: Recorder | None = None, *, listens: bool = False
    ) -> None:
        self._host = host
        self._told = threading.Condition()
        self.watch = ServerWatch(server, recorder=recorder, listens=listens)
        self.token = CancelToken()
        self.states: list[MonitorState] = []
        self.changes: list[ChangeSet] = []
        self.heard: list[Heard] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def kinds(self) -> list[str]:
        """The events so far, by name."""
        return [each.event.kind.value for each in self.heard]

    def wait(self, condition: Callable[[], object], timeout_s: float = 30.0) -> None:
        """Wait until something is so; looked at whenever the watch tells something."""
        with self._told:
            assert self._told.wait_for(lambda: bool(condition()), timeout_s), (self.states[-2:], self.kinds)

    def stop(self) -> None:
        self.token.cancel()
        self._thread.join(30)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        self.watch.run(self._host, self.token, self._hear)

    def _hear(self, told: MonitorState | ChangeSet) -> None:
        with self._told:
            if isinstance(told, ChangeSet):
                self.changes.append(told)
            else:
                self.states.append(told)
                self.heard += self.watch.take_heard()
            self._told.notify_all()


class House:
    """A demo server, and a program that knows it."""

    def __init__(self, kind: ServerKind, folder: Path, *, with_key: bool = False, **settings: object) -> None:
        self.kind = kind
        self.library = make_library(LibrarySpec(shows=1, episodes=3, movies=4))
        self.server = DemoServer(self.library, dialect=DIALECTS[kind]).start()
        values = {"poll_s": 0.1, "idle_poll_s": 0.1, **settings}
        self.host = Program(
            resolve_dirs(folder),
            environ={"RETROVUE_SECRETS": "memory", **{f"RETROVUE_{k.upper()}": str(v) for k, v in values.items()}},
            keyring=lambda: None,
            write_log=False,
        )
        self.secret = self.server.token
        if kind is not ServerKind.PLEX and not with_key:
            users = self.server.dialect.users
            self.secret = users.issue(users.accounts[0])
        added = servers.add(self.host, kind=kind, name="Attic", url=self.server.url, secret=self.secret)
        self.stored: Server = added.server
        self._watchings: list[Watching] = []

    def play(self, number: int = 0, **facts: Any) -> str:
        """Start a film; its session key."""
        return str(self.server.playbacks.start(self.library.members("1", "movie")[number].id, **facts).session_key)

    def admit(self, *, is_good: bool) -> None:
        """Let the program's token in, or revoke it."""
        dialect = self.server.dialect
        if self.kind is ServerKind.PLEX:
            dialect.token = self.secret if is_good else "another"
        elif is_good:
            dialect.users.tokens[self.secret] = dialect.users.accounts[0]
        else:
            dialect.users.revoke(self.secret)

    def start_watching(self, recorder: Recorder | None = None, *, listens: bool = False) -> Watching:
        """Watch until `stop` is called."""
        return Watching(self.host, self.stored, recorder, listens=listens)

    @contextlib.contextmanager
    def watching(self, recorder: Recorder | None = None, *, listens: bool = False) -> Iterator[Watching]:
        """Watch until the end of the block, from the first answer on."""
        watching = self.start_watching(recorder, listens=listens)
        try:
            watching.wait(lambda: watching.states)
            yield watching
        finally:
            watching.stop()

    def live(self) -> list[PlaybackSession]:
        """The plays that are stored as live."""
        return self.host.playback.live(self.stored.id)

    def history(self) -> list[Play]:
        """The history, newest first."""
        return list(self.host.plays.list(PlayFilter()))

    def close(self) -> None:
        self.host.close()
        self.server.stop()


@pytest.fixture(params=each_kind(ServerKind.PLEX))
def product(request: pytest.FixtureRequest) -> ServerKind:
    """Every scenario runs for each kind of server, for one of them in the fast tier."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def new_house(product: ServerKind, tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Starts a server with a program: `new_house(poll_s=60)`."""
    houses: list[House] = []

    def start(*, with_key: bool = False, **settings: object) -> House:
        houses.append(House(product, tmp_path / f"profile{len(houses)}", with_key=with_key, **settings))
        return houses[-1]

    yield start
    for house in houses:
        house.close()
