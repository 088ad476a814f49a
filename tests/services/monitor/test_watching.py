"""All servers of a catalog watched by one program, while another one adds, disables, signs in to and removes them."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from retrovue.core.context import AppContext
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.services.monitor import Heard, MonitorState
from retrovue.core.services.monitor.watching import ServerWatches
from retrovue.core.services.servers import registration as servers
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo import DemoServer, LibrarySpec, make_library


def program(folder: Path) -> AppContext:
    environ = {"RETROVUE_SECRETS": "file", "RETROVUE_POLL_S": "0.1", "RETROVUE_IDLE_POLL_S": "0.1"}
    return AppContext(resolve_dirs(folder), environ=environ, keyring=lambda: None, write_log=False)


class Board:
    """What was told last of each server, and every event."""

    def __init__(self) -> None:
        self._told = threading.Condition()
        self.states: dict[str, MonitorState] = {}
        self.events: list[str] = []
        self.counts: list[int] = []

    def take(self, state: MonitorState, heard: tuple[Heard, ...]) -> None:
        with self._told:
            self.states[state.server] = state
            self.events += [each.event.kind.value for each in heard]
            self._told.notify_all()

    def count(self, servers: int) -> None:
        with self._told:
            self.counts.append(servers)
            self._told.notify_all()

    def wait(self, condition: Callable[[], object]) -> None:
        with self._told:
            assert self._told.wait_for(lambda: bool(condition()), 30), (self.states, self.events, self.counts)

    def streams(self, server: str) -> int:
        state = self.states.get(server)
        return -1 if state is None else len(state.sessions)


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    with DemoServer(make_library(LibrarySpec(shows=1, episodes=3, movies=4))) as server:
        server.playbacks.start(server.library.members("1", "movie")[0].id)
        yield server


def test_what_another_program_does_to_servers_counts_at_once(demo: DemoServer, tmp_path: Path) -> None:
    watcher, other, board = program(tmp_path), program(tmp_path), Board()
    watches = ServerWatches(watcher, board.take, counted=board.count, look_s=0.05)
    watches.start()
    try:
        attic: Server = servers.add(
            other, kind=ServerKind.PLEX, name="Attic", url=demo.url, secret=demo.token, allow_file=True
        ).server
        board.wait(lambda: board.streams("Attic") == 1 and board.events == ["started"])
        assert watches.wake(attic.id)

        other.servers.change(attic.id, is_active=False)
        board.wait(lambda: board.streams("Attic") == 0 and board.counts == [1, 0])
        assert not watches.wake(attic.id)

        other.secrets.delete(attic.uuid)
        other.servers.change(attic.id, is_active=True)
        board.wait(lambda: board.states["Attic"].needs_sign_in)
        # Everything but the token is stored as it was: nothing in the catalog says that somebody has signed in.
        other.secrets.put(attic.uuid, demo.token, allow_file=True)
        board.wait(lambda: board.streams("Attic") == 1)

        servers.remove(other, attic)
        board.wait(lambda: board.streams("Attic") == 0)
    finally:
        watches.stop()
        other.close()
        watcher.close()
