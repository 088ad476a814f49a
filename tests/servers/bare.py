"""A bare socket server on 127.0.0.1 whose behaviour is a function of the connection."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

CERTIFICATES = Path(__file__).parents[1] / "sources" / "certificates"


class BareServer:
    """Accepts connections on loopback and gives each to `serve` on a thread. `hits` counts them."""

    def __init__(
        self, serve: Callable[[socket.socket], None], context: ssl.SSLContext | None = None, port: int = 0
    ) -> None:
        self._serve = serve
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", port))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.hits = 0
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

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
            thread.join(30)


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
