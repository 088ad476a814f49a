"""The server's side of websockets (RFC 6455), as much as notifications need."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import threading
from collections.abc import Callable
from typing import Any

from retrovue.demo.http import Connection, Request

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


def accept_head(request: Request) -> bytes:
    """Give the answer that turns a connection into a websocket."""
    digest = hashlib.sha1((request.headers.get("sec-websocket-key", "") + _GUID).encode()).digest()
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\n\r\n"
    ).encode()


def frame(payload: bytes, opcode: int = _TEXT) -> bytes:
    """Give one unmasked frame, as servers send them."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, size)
    elif size < 65_536:
        head = struct.pack("!BBH", 0x80 | opcode, 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 127, size)
    return head + payload


class Socket:
    """One websocket client."""

    def __init__(self, connection: Connection, request: Request, on_message: Callable[[Socket, str], None]) -> None:
        self.connection = connection
        self.request = request
        self._on_message = on_message
        self._lock = threading.Lock()
        self._buffer = connection.take_buffer()

    def greet(self, enlist: Callable[[], None]) -> None:
        """Call `enlist`, then turn the connection into a websocket before anything else is sent.

        Raises:
            OSError: the client is gone already.
        """
        with self._lock:
            enlist()
            self.connection.send(accept_head(self.request))

    def send(self, payload: bytes, opcode: int = _TEXT) -> None:
        """Send one frame; a client that is gone is cut. Thread: any."""
        try:
            with self._lock:
                self.connection.send(frame(payload, opcode))
        except OSError:
            self.connection.wake()

    def _read(self, size: int) -> bytes | None:
        while len(self._buffer) < size:
            try:
                data = self.connection.socket.recv(65_536)
            except OSError:
                return None
            if not data:
                return None
            self._buffer += data
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def _next(self) -> tuple[int, bytes] | None:
        head = self._read(2)
        if head is None:
            return None
        opcode, size, masked = head[0] & 15, head[1] & 127, head[1] & 128
        if size >= 126:
            length = self._read(2 if size == 126 else 8)
            if length is None:
                return None
            size = int.from_bytes(length, "big")
        mask = self._read(4) if masked else b"\0\0\0\0"
        payload = self._read(size)
        if mask is None or payload is None:
            return None
        return opcode, bytes(byte ^ mask[number % 4] for number, byte in enumerate(payload))

    def serve(self) -> None:
        """Answer pings until the client closes."""
        while (message := self._next()) is not None:
            opcode, payload = message
            match opcode:
                case 9:
                    self.send(payload, _PONG)
                case 8:
                    self.send(payload, _CLOSE)
                    return
                case 1:
                    self._on_message(self, payload.decode("utf-8", "replace"))
                case _:
                    pass


class SocketHub:
    """All websocket clients of a server. Thread: any."""

    def __init__(self) -> None:
        #: Called with what clients say, on their connection's thread; Plex clients say nothing.
        self.on_message: Callable[[Socket, str], None] | None = None
        #: Called with each new client, on its connection's thread.
        self.on_open: Callable[[Socket], None] | None = None
        self._sockets: list[Socket] = []
        self._changed = threading.Condition()

    def _heard(self, socket: Socket, text: str) -> None:
        if self.on_message is not None:
            self.on_message(socket, text)

    @property
    def sockets(self) -> list[Socket]:
        """The clients that are connected now."""
        with self._changed:
            return list(self._sockets)

    def serve(self, connection: Connection, request: Request) -> None:
        """Greet a client and keep it until it goes."""
        socket = Socket(connection, request, self._heard)
        # On the list before the greeting is out: who has been greeted misses nothing that is sent from then on.
        # The socket's lock, held by `greet`, keeps frames behind the greeting.
        try:
            socket.greet(lambda: self._add(socket))
            if self.on_open is not None:
                self.on_open(socket)
            socket.serve()
        finally:
            with self._changed:
                self._sockets.remove(socket)
                self._changed.notify_all()

    def _add(self, socket: Socket) -> None:
        with self._changed:
            self._sockets.append(socket)
            self._changed.notify_all()

    def wait_for_clients(self, count: int = 1, timeout_s: float = 30.0) -> bool:
        """Wait until at least `count` clients are connected (0: until none is)."""
        with self._changed:
            return self._changed.wait_for(
                lambda: len(self._sockets) >= count if count else not self._sockets, timeout_s
            )

    def broadcast(self, message: Any) -> int:
        """Send a document as JSON (or a str as it is) to all; give how many clients there were."""
        text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
        sockets = self.sockets
        for socket in sockets:
            socket.send(text.encode("utf-8", "surrogatepass"))
        return len(sockets)

    def ping(self) -> None:
        """Ping every client."""
        for socket in self.sockets:
            socket.send(b"", _PING)

    def drop(self) -> None:
        """Cut every client without a closing frame, as a lost network does."""
        for socket in self.sockets:
            socket.connection.wake()
