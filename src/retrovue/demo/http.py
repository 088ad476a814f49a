"""A small HTTP/1.1 server on loopback: keep-alive, no delay, one thread a connection.

Written by hand because faults need the bare connection: cut, drip, hang and spoil what is sent.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import unquote, unquote_plus

_MAX_HEAD_BYTES = 65_536


@dataclass(slots=True)
class Request:
    """One request as received.

    Attributes:
        params: decoded query pairs in order; an operator sits at the end of the name (`updatedAt>>`).
        headers: by lower-case name.
        flags: words that faults add for the dialect (`always_xml`, `legacy_tree`, …).
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = b""
    params: list[tuple[str, str]] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)

    def param(self, name: str, default: str | None = None) -> str | None:
        """The last value of a query parameter."""
        for key, value in reversed(self.params):
            if key == name:
                return value
        return default

    def value(self, name: str) -> str | None:
        """A value that may come as header or as query parameter; the query wins."""
        return self.param(name, self.headers.get(name.lower()))


@dataclass(slots=True)
class Response:
    """One answer. `headers` come after the usual ones and replace those of the same name."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    close: bool = False


class Hangup(Exception):  # noqa: N818 - not an error: the script wants the connection cut
    """Raised to cut a connection without an answer; `reset` sends RST rather than FIN."""

    def __init__(self, *, reset: bool = True) -> None:
        super().__init__()
        self.reset = reset


def parse_pairs(query: str) -> list[tuple[str, str]]:
    """Split a query as media servers do: at the first `=`, decoding names and values.

    A raw `title==x` gives `("title=", "x")`, the same as the encoded `title%3D=x`.
    """
    pairs = []
    for piece in query.split("&"):
        if not piece:
            continue
        name, _, value = piece.partition("=")
        if value.startswith("="):
            name, value = name + "=", value[1:]
        pairs.append((unquote_plus(name), unquote_plus(value)))
    return pairs


class Connection:
    """A client's connection: reads requests, writes bytes, and can be cut from any thread."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._buffer = b""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read_request(self) -> Request | None:
        """Read the next request; None when the client closed or sent no HTTP."""
        while b"\r\n\r\n" not in self._buffer:
            if len(self._buffer) > _MAX_HEAD_BYTES or not self._fill():
                return None
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("utf-8", "replace").split("\r\n")
        start = lines[0].split(" ")
        if len(start) != 3:
            return None
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        target, _, query = start[1].partition("?")
        announced = headers.get("content-length", "0")
        length = int(announced) if announced.isdigit() else 0
        while len(self._buffer) < length:
            if not self._fill():
                return None
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return Request(start[0], unquote(target), query, headers, body, parse_pairs(query))

    def _fill(self) -> bool:
        try:
            data = self.socket.recv(65_536)
        except OSError:
            return False
        self._buffer += data
        return bool(data)

    def take_buffer(self) -> bytes:
        """Give what was read beyond the last request, for a connection that changes its protocol."""
        data, self._buffer = self._buffer, b""
        return data

    def send(self, data: bytes) -> None:
        """Send everything.

        Raises:
            OSError: the client is gone.
        """
        self.socket.sendall(data)

    def cut(self, *, reset: bool) -> None:
        """Close at once; `reset` lets the client see "connection reset by peer"."""
        with contextlib.suppress(OSError):
            if reset:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                self.socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self.socket.close()

    def wait_closed(self) -> None:
        """Wait until the client closes (or this end is woken), throwing away what it sends."""
        with contextlib.suppress(OSError):
            while self.socket.recv(65_536):
                pass

    def wake(self) -> None:
        """End a blocking read on another thread."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)


def head_bytes(response: Response, *, now: float, keep_alive: bool, length: int | None = None) -> bytes:
    """Give the status line and headers; `length` overrides the announced body length."""
    try:
        reason = HTTPStatus(response.status).phrase
    except ValueError:
        reason = "Unknown"
    headers = {
        "Content-Type": response.content_type,
        "Content-Length": str(len(response.body) if length is None else length),
        "Date": formatdate(now, usegmt=True),
        "Cache-Control": "no-cache",
        "Connection": "keep-alive" if keep_alive else "close",
        **response.headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {response.status} {reason}\r\n{lines}\r\n".encode("utf-8", "replace")


class Listener:
    """Accepts connections on 127.0.0.1 and runs `serve(connection)` for each on a thread of its own."""

    def __init__(self, serve: Callable[[Connection], None], port: int) -> None:
        self._serve = serve
        self._socket = socket.create_server(("127.0.0.1", port), backlog=64)
        self._lock = threading.Lock()
        self._open: dict[Connection, threading.Thread] = {}
        self._stopping = False
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="demo-accept", daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            connection = Connection(sock)
            thread = threading.Thread(target=self._run, args=(connection,), name="demo-connection", daemon=True)
            with self._lock:
                if self._stopping:
                    connection.cut(reset=False)
                    return
                self._open[connection] = thread
                thread.start()

    def _run(self, connection: Connection) -> None:
        try:
            self._serve(connection)
        except OSError:
            # The client went away in the middle of an answer, which is its right.
            pass
        finally:
            connection.cut(reset=False)
            with self._lock:
                self._open.pop(connection, None)

    def drop_connections(self) -> int:
        """Close every open connection, as a server does with idle ones; give how many there were."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            connection.wake()
        return len(connections)

    def stop(self, timeout_s: float = 5.0) -> None:
        """Refuse new connections, end the open ones and wait for their threads."""
        with self._lock:
            self._stopping = True
            threads = list(self._open.values())
        with contextlib.suppress(OSError):
            # Closing alone does not wake a blocked accept() on Linux.
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.drop_connections()
        for thread in (self._thread, *threads):
            thread.join(timeout_s)
