"""The demo server: transport, faults and records around a dialect, on 127.0.0.1 only."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from retrovue.demo.faults import Fault, FaultList
from retrovue.demo.http import Connection, Hangup, Listener, Request, Response, head_bytes, parse_pairs
from retrovue.demo.library import DemoLibrary
from retrovue.demo.playback import PlaybackBoard
from retrovue.demo.plex import PlexDialect
from retrovue.demo.websocket import SocketHub

_GZIP_FROM_BYTES = 512


class Announcer(Protocol):
    """Tells websocket clients of streams and of library changes, each when its switch is on."""

    playbacks: bool
    library_changes: bool


class Dialect(Protocol):
    """How a kind of media server speaks."""

    websocket_paths: tuple[str, ...]

    @property
    def announcer(self) -> Announcer:
        """What tells websocket clients of changes."""

    def authorized(self, request: Request) -> bool:
        """Whether a request may see anything."""

    def unauthorized(self) -> Response:
        """The answer to a request without permission."""

    def refuse_socket(self, request: Request) -> Response | None:
        """The answer to a websocket that is not let in; None lets it in."""

    def outside(self, request: Request, base_path: str) -> Response:
        """The answer to a request that is not below the base path."""

    def handle(self, request: Request, faults: list[Fault]) -> Response:
        """Answer a request."""


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request that was answered. `bytes` counts what was sent back, headers included."""

    method: str
    path: str
    query: str
    status: int
    bytes: int
    headers: dict[str, str]


DialectFactory = Callable[[DemoLibrary, PlaybackBoard, SocketHub, str], Dialect]


class DemoServer:
    """A media server with a generated library.

    Args:
        library: what it serves; change it while the server runs.
        token: the only token that is let in.
        port: 0 takes a free one.
        base_path: a path prefix, as a reverse proxy adds (`/plex`).
        dialect: makes what answers, of (library, playbacks, sockets, token).

    Attributes:
        requests: every answered request, in order of completion.
        faults: what goes wrong.
        playbacks: what is playing.
        sockets: the websocket clients.
        dialect: what answers; set `dialect.announcer.library_changes` to have a real server's chatter.
    """

    def __init__(
        self,
        library: DemoLibrary,
        *,
        token: str = "demo-token",
        port: int = 0,
        base_path: str = "",
        dialect: DialectFactory = PlexDialect,
    ) -> None:
        self.library = library
        self.token = token
        self.base_path = base_path.rstrip("/")
        self.requests: list[RequestRecord] = []
        self.bytes_sent = 0
        self.connections_opened = 0
        self.faults = FaultList()
        self.sockets = SocketHub()
        self.playbacks = PlaybackBoard(library, library.now_exact)
        self.dialect: Dialect = dialect(library, self.playbacks, self.sockets, token)
        self._requested_port = port
        self._listener: Listener | None = None
        self._stop = threading.Event()
        self._log = threading.Condition()

    @property
    def port(self) -> int:
        """The port in use.

        Raises:
            RuntimeError: the server was not started.
        """
        if self._listener is None:
            raise RuntimeError("the demo server is not running")
        return self._listener.port

    @property
    def url(self) -> str:
        """The base address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}{self.base_path}"

    def start(self) -> DemoServer:
        """Listen; gives the server itself."""
        self._stop.clear()
        self._listener = Listener(self._serve, self._requested_port)
        # A restarted server keeps its address, as clients expect.
        self._requested_port = self._listener.port
        return self

    def stop(self) -> None:
        """Close everything; requests that hang end now. A stopped server can start again."""
        self._stop.set()
        if self._listener is not None:
            self._listener.stop()
            self._listener = None

    def __enter__(self) -> DemoServer:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def drop_connections(self) -> int:
        """Close the open connections, as a server does with idle ones; give how many there were."""
        return self._listener.drop_connections() if self._listener else 0

    def reset_counters(self) -> None:
        """Forget the requests so far."""
        with self._log:
            self.requests.clear()
            self.bytes_sent = 0
            self.connections_opened = 0

    @property
    def request_count(self) -> int:
        """How many requests were answered since the last reset."""
        return len(self.requests)

    def warm(self, path: str, query: str, *, accept: str = "application/json", page_size: int = 500) -> int:
        """Render a list ahead, page by page, so that a benchmark measures its client; give the number of pages.

        Nothing is recorded and no fault acts. `query` is the one that the client will send, without the paging.
        """
        headers = {"accept": accept, "x-plex-token": self.token, "x-plex-container-size": str(page_size)}
        pages, start = 0, 0
        while True:
            headers["x-plex-container-start"] = str(start)
            request = Request("GET", path, query, dict(headers), params=parse_pairs(query))
            response = self.dialect.handle(request, [])
            start += page_size
            pages += 1
            if start >= int(response.headers.get("X-Plex-Container-Total-Size", "0")):
                return pages

    def wait_for_requests(self, count: int, timeout_s: float = 30.0) -> bool:
        """Wait until `count` requests were answered since the last reset."""
        with self._log:
            return self._log.wait_for(lambda: len(self.requests) >= count, timeout_s)

    def _serve(self, connection: Connection) -> None:
        with self._log:
            self.connections_opened += 1
        while (request := connection.read_request()) is not None:
            if not self._exchange(connection, request):
                return

    def _exchange(self, connection: Connection, request: Request) -> bool:
        """Answer one request; False when the connection is done."""
        if not request.path.startswith(self.base_path):
            return self._send(connection, request, self.dialect.outside(request, self.base_path), [])
        request.path = request.path.removeprefix(self.base_path) or "/"
        faults = self.faults.active(request)
        try:
            response = self._answer(connection, request, faults)
        except Hangup as hangup:
            self._record(request, 0, 0)
            connection.cut(reset=hangup.reset)
            return False
        return response is not None and self._send(connection, request, response, faults)

    def _answer(self, connection: Connection, request: Request, faults: list[Fault]) -> Response | None:
        """Let faults and dialect answer; None when the connection became a websocket."""
        for fault in faults:
            early = fault.before(request, self._stop)
            if early is not None:
                return early
        if request.path in self.dialect.websocket_paths and "sec-websocket-key" in request.headers:
            refused = self.dialect.refuse_socket(request)
            if refused is not None:
                return refused
            self._record(request, 101, 0)
            self.sockets.serve(connection, request)
            return None
        response = self.dialect.handle(request, faults)
        for fault in faults:
            response = fault.answer(request, response)
        return response

    def _send(self, connection: Connection, request: Request, response: Response, faults: list[Fault]) -> bool:
        keep_alive = not response.close and request.headers.get("connection", "").lower() != "close"
        _compress(request, response)
        head = head_bytes(response, now=self.library.now_exact(), keep_alive=keep_alive)
        body = b"" if request.method == "HEAD" else response.body
        # Recorded first: a test that has the answer in hand must find its request here.
        self._record(request, response.status, len(head) + len(body))
        for fault in faults:
            if fault.send(connection, head, body, self._stop):
                connection.cut(reset=False)
                return False
        connection.send(head + body)
        return keep_alive

    def _record(self, request: Request, status: int, sent: int) -> None:
        record = RequestRecord(request.method, request.path, request.query, status, sent, request.headers)
        with self._log:
            self.requests.append(record)
            self.bytes_sent += sent
            self._log.notify_all()


def _compress(request: Request, response: Response) -> None:
    if "gzip" not in request.headers.get("accept-encoding", "") or len(response.body) < _GZIP_FROM_BYTES:
        return
    if response.content_type.startswith("image/") or "Content-Encoding" in response.headers:
        return
    original = len(response.body)
    response.body = gzip.compress(response.body, compresslevel=4, mtime=0)
    response.headers |= {
        "Content-Encoding": "gzip",
        "Vary": "Accept-Encoding",
        "X-Plex-Content-Original-Length": str(original),
        "X-Plex-Content-Compressed-Length": str(len(response.body)),
    }
