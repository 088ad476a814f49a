"""TLS before a server that speaks plain HTTP: what a reverse proxy with a certificate of its own is."""

import contextlib
import socket
import ssl
import threading
from pathlib import Path
from typing import Self

CERTIFICATES = Path(__file__).parent / "sources" / "certificates"


class TlsFront:
    """Shows a certificate on a port of its own and passes everything on. Use it in a `with` block.

    Args:
        port: the plain server's on 127.0.0.1.
        certificate: a file of `sources/certificates`, without its ending; `show` changes it while it runs.
    """

    def __init__(self, port: int, certificate: str) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self.port: int = self._listener.getsockname()[1]
        self.show(certificate)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def show(self, certificate: str) -> None:
        """Show another certificate to those who connect from now on; those who are connected are cut."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
        self._context = context
        self.cut()

    def cut(self) -> None:
        """Close every connection."""
        with self._lock:
            sockets, self._open = self._open, []
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_exc: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(30)

    def _start(self, target, *args) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        with sock, contextlib.suppress(OSError):
            sock.settimeout(5)
            with (
                self._context.wrap_socket(sock, server_side=True) as secure,
                socket.create_connection(("127.0.0.1", self._target)) as plain,
            ):
                secure.settimeout(None)
                with self._lock:
                    self._open += [plain, secure]
                self._start(self._pump, plain, secure)
                self._pump(secure, plain)

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := source.recv(65_536):
                target.sendall(data)
        for sock in (source, target):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
