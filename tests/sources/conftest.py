"""A demo server with its source, bare sockets that misbehave, and servers that show certificates."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from retrovue.core.domain.servers import RemoteLibrary
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.sources.base import Connection
from retrovue.core.sources.http import HttpClient
from retrovue.core.sources.plex.source import PlexSource, plex_headers
from retrovue.demo import DemoLibrary, DemoServer, LibrarySpec, make_library
from retrovue.demo.store import ManualClock

CERTIFICATES = Path(__file__).parent / "certificates"
TOKEN = "demo-token"


class Pauses:
    """Takes the place of waiting: remembers how long, and goes on at once."""

    def __init__(self) -> None:
        self.waited_s: list[float] = []

    def __call__(self, seconds: float) -> bool:
        self.waited_s.append(seconds)
        return False


class BareServer:
    """Accepts connections on loopback and gives each to `serve` on a thread. `hits` counts them."""

    def __init__(self, serve: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> None:
        self._serve = serve
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.hits = 0
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        scheme = "https" if self._context else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while True:
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return
            self.hits += 1
            self._open.append(sock)
            thread = threading.Thread(target=self._run, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError, ssl.SSLError), contextlib.closing(sock):
            if self._context is None:
                self._serve(sock)
            else:
                with self._context.wrap_socket(sock, server_side=True) as secure:
                    self._open.append(secure)
                    self._serve(secure)

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in (self._thread, *self._threads):
            thread.join(5)


def read_head(sock: socket.socket) -> bytes:
    """Read one request's head; empty when the client left."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = sock.recv(4096)
        if not chunk:
            return b""
        data += chunk
    return data


def http_answer(body: bytes, *, status: str = "200 OK", kind: str = "application/json", extra: str = "") -> bytes:
    """A whole HTTP answer that keeps the connection open."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    return head.encode() + body


def answering(*answers: bytes) -> Callable[[socket.socket], None]:
    """A behaviour: one answer after the other, the last one again and again, on each connection."""

    def serve(sock: socket.socket) -> None:
        index = 0
        while read_head(sock):
            sock.sendall(answers[min(index, len(answers) - 1)])
            index += 1

    return serve


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
    """The source of the demo server, with short deadlines."""
    client = http(server.url, read_timeout_s=0.5, total_timeout_s=1.5)
    return PlexSource(client.connection, client=client)


@pytest.fixture
def shows(plex: PlexSource) -> RemoteLibrary:
    return next(each for each in plex.libraries() if each.name == "TV Shows")


@pytest.fixture
def movies(plex: PlexSource) -> RemoteLibrary:
    return next(each for each in plex.libraries() if each.name == "Movies")
