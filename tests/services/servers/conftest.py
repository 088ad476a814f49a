"""A profile without any stored token, and demo servers of all three products."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from retrovue.core.context import AppContext
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.services.servers import registration as servers
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo import DemoLibrary, DemoServer, LibrarySpec, make_library
from retrovue.demo.account import DemoAccount
from retrovue.demo.faults import Fault
from retrovue.demo.http import Request, Response
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect
from retrovue.demo.plex import PlexDialect

TOKEN = "demo-token-of-this-server"
DIALECTS = {ServerKind.PLEX: PlexDialect, ServerKind.EMBY: EmbyDialect, ServerKind.JELLYFIN: JellyfinDialect}


@dataclass(kw_only=True)
class Says(Fault):
    """Answers with `body` whatever was asked."""

    body: bytes = b""

    def before(self, request: Request, stop: threading.Event) -> Response | None:
        return Response(200, self.body)


@dataclass
class Machines:
    """Starts demo servers: `machines(ServerKind.EMBY)`; the same seed is the same machine."""

    running: list[DemoServer] = field(default_factory=list)

    def __call__(self, kind: ServerKind = ServerKind.PLEX, *, seed: int = 1, port: int = 0) -> DemoServer:
        library = make_library(LibrarySpec(shows=3, episodes=12, movies=6, seed=seed))
        self.running.append(DemoServer(library, token=TOKEN, port=port, dialect=DIALECTS[kind]).start())
        return self.running[-1]


@pytest.fixture
def machines() -> Iterator[Machines]:
    made = Machines()
    yield made
    for server in made.running:
        server.stop()


@pytest.fixture
def service() -> Iterator[DemoAccount]:
    with DemoAccount() as running:
        yield running


@pytest.fixture
def host(tmp_path: Path, service: DemoAccount) -> Iterator[AppContext]:
    context = AppContext(
        resolve_dirs(tmp_path / "profile"),
        environ={"RETROVUE_ACCOUNT_URL": service.url},
        keyring=lambda: None,
        write_log=False,
    )
    yield context
    context.close()


@pytest.fixture
def add(host: AppContext) -> Callable[..., Server]:
    """Adds a demo server: `add(server, ServerKind.EMBY, name="Cellar")`."""

    def store(server: DemoServer, kind: ServerKind = ServerKind.PLEX, name: str = "Home", **facts) -> Server:
        values = {"url": server.url, "secret": TOKEN, **facts}
        return servers.add(host, kind=kind, name=name, **values).server

    return store


def machine(library: DemoLibrary, kind: ServerKind) -> str:
    """The identity of a demo server."""
    return library.machine_identifier if kind is ServerKind.PLEX else library.machine_identifier[:32]
