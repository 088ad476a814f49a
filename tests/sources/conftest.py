"""A demo server with its source, bare sockets that misbehave, and servers that show certificates."""

import socket
import ssl
from collections.abc import Callable, Iterator

import pytest
from tests.servers.bare import CERTIFICATES, BareServer
from tests.servers.bare import answering as answering
from tests.servers.bare import http_answer as http_answer
from tests.servers.bare import read_head as read_head

from retrovue.core.domain.servers import RemoteLibrary
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.sources.base import Connection
from retrovue.core.sources.http import HttpClient
from retrovue.core.sources.plex.source import PlexSource, plex_headers
from retrovue.demo import DemoLibrary, DemoServer, LibrarySpec, make_library
from retrovue.demo.store import ManualClock

TOKEN = "demo-token"


class Pauses:
    """Takes the place of waiting: remembers how long, and goes on at once."""

    def __init__(self) -> None:
        self.waited_s: list[float] = []

    def __call__(self, seconds: float) -> bool:
        self.waited_s.append(seconds)
        return False


@pytest.fixture
def bare() -> Iterator[Callable[..., BareServer]]:
    """Starts bare servers: `bare(serve)`, over TLS with `bare(serve, certificate="good")`."""
    running: list[BareServer] = []

    def start(serve: Callable[[socket.socket], None], *, certificate: str | None = None) -> BareServer:
        context = None
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
        running.append(BareServer(serve, context))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def http(pauses: Pauses) -> Iterator[Callable[..., HttpClient]]:
    """Opens clients that never really wait: `http(url, read_timeout_s=0.3)`."""
    opened: list[HttpClient] = []

    def start(url: str, *, cancel: CancelToken | None = None, clock: float = 1_767_300_000.0, **facts) -> HttpClient:
        connection = Connection(url, token=TOKEN, **facts)
        client = HttpClient(
            connection, cancel=cancel, headers=plex_headers(connection), clock=lambda: clock, wait=pauses
        )
        opened.append(client)
        return client

    yield start
    for client in opened:
        client.close()


@pytest.fixture
def library() -> DemoLibrary:
    return make_library(LibrarySpec(shows=14, episodes=400, movies=120), clock=ManualClock(1_767_300_000.0))


@pytest.fixture
def server(library: DemoLibrary) -> Iterator[DemoServer]:
    with DemoServer(library) as running:
        yield running


@pytest.fixture
def plex(server: DemoServer, http: Callable[..., HttpClient]) -> PlexSource:
    """The source of the demo server."""
    client = http(server.url)
    return PlexSource(client.connection, client=client)


@pytest.fixture
def shows(plex: PlexSource) -> RemoteLibrary:
    return next(each for each in plex.libraries() if each.name == "TV Shows")


@pytest.fixture
def movies(plex: PlexSource) -> RemoteLibrary:
    return next(each for each in plex.libraries() if each.name == "Movies")
