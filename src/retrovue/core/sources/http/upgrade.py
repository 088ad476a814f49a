"""The websocket handshake: with a deadline, without redirects, and with a bounded response.

websocket-client follows redirects with the token in its headers, shares cookies between connections, and reads the body
of a refusal of any length. So the handshake is done here, and the library handles only the frames.
"""

import base64
import hashlib
import os
import socket
from collections.abc import Mapping
from http.client import IncompleteRead
from urllib.parse import SplitResult, unquote, urlsplit

import websocket
from urllib3 import HTTPHeaderDict, make_headers
from urllib3.exceptions import ProxyError

from retrovue.core.sources.http.failures import port_of

_MAX_HEAD_BYTES = 32 * 1024
MAX_MESSAGE_BYTES = 8 * 1024 * 1024
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Refused(Exception):  # noqa: N818  # internal: translated by the listener
    """The server sent another response than a websocket."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.headers = headers


def through_proxy(sock: socket.socket, proxy: str, host: str, port: int) -> None:
    """Make an HTTP proxy at the other end of `sock` connect to the server.

    Raises:
        ProxyError: it refused.
        OSError: the connection broke.
    """
    parts = urlsplit(proxy)
    name = f"[{host}]" if ":" in host else host
    head = [f"CONNECT {name}:{port} HTTP/1.1", f"Host: {name}:{port}"]
    if parts.username is not None:
        sign_in = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        head += [f"{key}: {value}" for key, value in make_headers(proxy_basic_auth=sign_in).items()]
    sock.sendall("\r\n".join((*head, "", "")).encode())
    status, _headers = _answer(sock)
    if status != 200:
        raise ProxyError(f"CONNECT: HTTP {status}", OSError(f"HTTP {status}"))


def upgrade(sock: socket.socket, base: SplitResult, target: str, headers: Mapping[str, str]) -> websocket.WebSocket:
    """Request a websocket on an open connection.

    Args:
        target: path and query. It can contain a token, so it is not part of any error.

    Raises:
        Refused: the server sent another status, such as a redirect.
        ValueError: the response is not a valid handshake.
        OSError, HTTPException: the connection broke.
    """
    key = base64.b64encode(os.urandom(16))
    head = [f"GET {target} HTTP/1.1", f"Host: {_host_of(base)}", "Upgrade: websocket", "Connection: Upgrade"]
    head += [f"Sec-WebSocket-Key: {key.decode()}", "Sec-WebSocket-Version: 13"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    sock.sendall("\r\n".join((*head, "", "")).encode("latin-1"))
    status, told = _answer(sock)
    if status != 101:
        raise Refused(status, told)
    proof = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest()).decode()
    if told.get("Sec-WebSocket-Accept", "").strip() != proof:
        raise ValueError("UnknownProtocol: the answer proves no websocket")
    opened = websocket.WebSocket(enable_multithread=False)
    opened.frame_buffer = _BoundedFrames(opened.frame_buffer.recv, skip_utf8_validation=True)
    opened.cont_frame = _BoundedMessage(fire_cont_frame=False, skip_utf8_validation=True)
    opened.sock, opened.connected = sock, True
    return opened


def _host_of(base: SplitResult) -> str:
    host = base.hostname or ""
    name = f"[{host}]" if ":" in host else host
    usual = 443 if base.scheme == "https" else 80
    return name if port_of(base) == usual else f"{name}:{port_of(base)}"


def _answer(sock: socket.socket) -> tuple[int, Mapping[str, str]]:
    """Read status and headers, and not one byte more, because frames follow.

    Raises:
        ValueError: it is not HTTP, or the headers are too long.
        OSError, HTTPException: the connection broke.
    """
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        if not byte:
            raise IncompleteRead(bytes(head))
        head += byte
        if len(head) > _MAX_HEAD_BYTES:
            raise ValueError("the head of the answer has no end")
    line, _, rest = bytes(head).partition(b"\r\n")
    version, _, status = line.partition(b" ")
    if not version.startswith(b"HTTP/") or not status[:3].isdigit():
        raise ValueError(f"BadStatusLine: {line[:80]!r}")
    headers = HTTPHeaderDict()
    for each in rest.decode("latin-1").split("\r\n"):
        name, colon, value = each.partition(":")
        if colon:
            headers.add(name.strip(), value.strip())
    return int(status[:3]), headers


class _BoundedFrames(websocket.frame_buffer):
    """Frames with a maximum length, so that a server cannot fill the memory."""

    def recv_length(self) -> None:
        super().recv_length()
        if self.length is not None and self.length > MAX_MESSAGE_BYTES:
            raise websocket.WebSocketProtocolException("a frame without end")


class _BoundedMessage(websocket.continuous_frame):
    """Fragmented messages with the same maximum length in total."""

    def add(self, frame: websocket.ABNF) -> None:
        super().add(frame)
        if self.cont_data is not None and len(self.cont_data[1]) > MAX_MESSAGE_BYTES:
            raise websocket.WebSocketProtocolException("a message without end")
