"""Servers that do what no media server should, each on 127.0.0.1; `python -m tests.servers.hostile --help`.

Every behaviour is a function of one connection, so that tests start it in their process and a person by hand. Nothing
here reaches beyond loopback, and every flood ends with its connection.
"""

import argparse
import base64
import contextlib
import hashlib
import re
import socket
import struct
import sys
import threading
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from tests.servers.bare import BareServer, http_answer, read_head

Behaviour = Callable[[socket.socket], None]
MACHINE = "hostile-machine-1"
_IDENTITY = f'{{"MediaContainer":{{"size":0,"machineIdentifier":"{MACHINE}","version":"1.43.1.10611"}}}}'.encode()
_PUBLIC = (
    b'{"Id":"' + MACHINE.encode() + b'","Version":"10.11.11","ServerName":"Hostile","ProductName":"Jellyfin Server"}'
)
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_BLOCK = b"x" * 65_536


def path_of(head: bytes) -> str:
    """The path and query that a request asks for."""
    return head.split(b" ", 2)[1].decode("latin-1")


def identity_for(head: bytes) -> bytes | None:
    """The answer to somebody who asks who is there, of Plex and of Jellyfin; None for every other question."""
    path = path_of(head)
    if path.startswith("/identity"):
        return http_answer(_IDENTITY)
    return http_answer(_PUBLIC) if path.startswith("/System/Info/Public") else None


def flooding(status: str, kind: str, start: bytes, *, extra: str = "") -> Behaviour:
    """An answer that begins well and has no end."""

    def serve(sock: socket.socket) -> None:
        while head := read_head(sock):
            if known := identity_for(head):
                sock.sendall(known)
                continue
            sock.sendall(f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{extra}\r\n".encode() + start)
            while True:
                sock.sendall(_BLOCK)

    return serve


def redirecting(to: str, *, keep_path: bool = True, status: str = "301 Moved Permanently") -> Behaviour:
    """Every question is sent on to another server, as a proxy does that wants https."""

    def serve(sock: socket.socket) -> None:
        while head := read_head(sock):
            target = to + path_of(head) if keep_path else to
            sock.sendall(http_answer(b"", status=status, kind="text/html", extra=f"Location: {target}\r\n"))

    return serve


def saying(
    status: str, body: bytes = b"", *, kind: str = "text/html", extra: str = "", honest: bool = True
) -> Behaviour:
    """One answer to everything; `honest` says who is there all the same."""

    def serve(sock: socket.socket) -> None:
        while head := read_head(sock):
            known = identity_for(head) if honest else None
            sock.sendall(known or http_answer(body, status=status, kind=kind, extra=extra))

    return serve


def nested_xml(depth: int = 5_000) -> Behaviour:
    """Plex's XML, nested without reason."""
    body = b"<MediaContainer>" + b"<Directory>" * depth + b"</Directory>" * depth + b"</MediaContainer>"
    return saying("200 OK", body, kind="application/xml")


def same_page(total: int = 1_000_000_000) -> Behaviour:
    """The same film whatever page is asked for, of a list that says it is endless."""
    body = (
        f'{{"MediaContainer":{{"size":1,"totalSize":{total},"Metadata":[{{"ratingKey":"7","type":"movie",'
        f'"title":"Again"}}]}}}}'
    ).encode()
    return saying("200 OK", body, kind="application/json")


def accepted(head: bytes) -> bytes:
    """The answer that turns a connection into a websocket."""
    found = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
    proof = base64.b64encode(hashlib.sha1((found.group(1) if found else b"") + _GUID).digest())
    start = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return start + b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n"


def giant_frame(announced: int = 2 * 1024**3) -> Behaviour:
    """A websocket whose first frame announces two gigabytes, and sends them."""

    def serve(sock: socket.socket) -> None:
        head = _first_upgrade(sock)
        if head:
            sock.sendall(accepted(head) + struct.pack("!BBQ", 0x81, 127, announced))
            while True:
                sock.sendall(_BLOCK)

    return serve


def giant_message() -> Behaviour:
    """A websocket whose first message comes in pieces, and never ends."""
    piece = struct.pack("!BBH", 0x00, 126, 65_535) + _BLOCK[:65_535]

    def serve(sock: socket.socket) -> None:
        head = _first_upgrade(sock)
        if head:
            sock.sendall(accepted(head) + b"\x01\x01x")
            while True:
                sock.sendall(piece)

    return serve


def dripping_handshake(pause_s: float = 0.05) -> Behaviour:
    """A websocket that is opened one byte at a time, for ever."""

    def serve(sock: socket.socket) -> None:
        if not _first_upgrade(sock):
            return
        pause = threading.Event()
        sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\n")
        while not pause.wait(pause_s):
            sock.sendall(b"X")

    return serve


def _first_upgrade(sock: socket.socket) -> bytes:
    """The first request for a websocket; who is there is said before."""
    while head := read_head(sock):
        if b"upgrade: websocket" in head.lower():
            return head
        sock.sendall(identity_for(head) or http_answer(b"{}"))
    return b""


def cutting(port: int, silence_s: float) -> Behaviour:
    """A proxy in front of a server on loopback that cuts what the server left silent for so long."""

    def serve(sock: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as server:
            upwards = threading.Thread(target=_pump, args=(sock, server), daemon=True)
            upwards.start()
            server.settimeout(silence_s)
            try:
                while data := server.recv(65_536):
                    sock.sendall(data)
            except TimeoutError:
                pass
            finally:
                for each in (sock, server):
                    _end(each)
                upwards.join(30)

    return serve


class _Reread:
    """A socket whose first bytes were read already."""

    def __init__(self, sock: socket.socket, read: bytes) -> None:
        self._sock, self._read = sock, read

    def recv(self, size: int) -> bytes:
        part, self._read = self._read[:size], self._read[size:]
        return part or self._sock.recv(size)

    def sendall(self, data: bytes) -> None:
        self._sock.sendall(data)


def in_front(behaviour: Behaviour, port: int, on: str) -> Behaviour:
    """A good server on loopback, but for the paths that `on` finds: these get the behaviour.

    So a server can be added and synced first, and turn against the program afterwards.
    """

    def serve(sock: socket.socket) -> None:
        head = read_head(sock)
        if not head:
            return
        if re.search(on, path_of(head)):
            behaviour(cast("socket.socket", _Reread(sock, head)))
            return
        is_upgrade = b"upgrade: websocket" in head.lower()
        # One question a connection: the next one may be for the behaviour.
        asked = (
            head
            if is_upgrade
            else re.sub(rb"(?im)^connection:.*\r\n", b"", head, count=1).replace(
                b"\r\n", b"\r\nConnection: close\r\n", 1
            )
        )
        with socket.create_connection(("127.0.0.1", port)) as server:
            server.sendall(asked)
            upwards = threading.Thread(target=_pump, args=(sock, server), daemon=True)
            upwards.start()
            _pump(server, sock)
            _end(server)
            upwards.join(30)

    return serve


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            target.sendall(data)
    except OSError:
        pass
    _end(target)


def _end(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


BEHAVIOURS: dict[str, tuple[str, Callable[[argparse.Namespace], Behaviour]]] = {
    "endless-redirect": (
        "a redirect whose body has no end",
        lambda _: flooding("302 Found", "text/html", b"", extra="Location: /b\r\n"),
    ),
    "endless-page": (
        "an error page without end",
        lambda _: flooding("500 Internal Server Error", "text/html", b"<html>"),
    ),
    "endless-xml": ("XML without end", lambda _: flooding("200 OK", "application/xml", b"<MediaContainer>")),
    "redirect": ("everything is sent on to --to", lambda args: redirecting(args.to)),
    "redirect-nowhere": (
        "everything is sent on to an address that is none",
        lambda _: redirecting("http://127.0.0.1:x/", keep_path=False),
    ),
    "nested-xml": ("XML nested thousands deep", lambda _: nested_xml()),
    "same-page": ("a list of a billion that repeats itself", lambda _: same_page()),
    "always-500": ("500 to everything but who is there", lambda _: saying("500 Internal Server Error")),
    "wait-a-minute": (
        "503 with Retry-After: 60",
        lambda _: saying("503 Service Unavailable", extra="Retry-After: 60\r\n"),
    ),
    "proxy-sign-in": (
        "a proxy's own sign-in",
        lambda _: saying(
            "401 Unauthorized", extra="WWW-Authenticate: Basic realm=x\r\nServer: nginx/1.24.0\r\n", honest=False
        ),
    ),
    "proxy-forbids": (
        "403 before anybody signed in",
        lambda _: saying("403 Forbidden", extra="Server: Caddy\r\n", honest=False),
    ),
    "giant-frame": ("a websocket frame of two gigabytes", lambda _: giant_frame()),
    "giant-message": ("a websocket message without end", lambda _: giant_message()),
    "dripping-handshake": ("a websocket that never finishes opening", lambda _: dripping_handshake()),
    "cutting-proxy": (
        "in front of --to, cutting after --silence seconds",
        lambda args: cutting(urlsplit(args.to).port or 80, args.silence),
    ),
}


def main() -> None:
    """Run one behaviour until Ctrl+C."""
    lines = "\n".join(f"  {name:20} {words}" for name, (words, _make) in BEHAVIOURS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.servers.hostile",
        description=__doc__,
        epilog=f"behaviours:\n{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("behaviour", choices=sorted(BEHAVIOURS), metavar="BEHAVIOUR")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--to", default="http://127.0.0.1:32400", help="where redirects and the proxy lead")
    parser.add_argument("--on", metavar="REGEX", help="only these paths; everything else is answered by --to")
    parser.add_argument("--silence", type=float, default=5.0, metavar="S", help="what the proxy bears")
    args = parser.parse_args()
    behaviour = BEHAVIOURS[args.behaviour][1](args)
    if args.on:
        behaviour = in_front(behaviour, urlsplit(args.to).port or 80, args.on)
    with BareServer(behaviour, port=args.port) as server:
        sys.stdout.write(f"{args.behaviour}: {server.url}\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
