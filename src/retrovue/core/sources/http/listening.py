"""A websocket that is kept open: reconnecting, noticing a dead connection, and trusting as the HTTP client does."""

import hashlib
import random
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urlunsplit

import websocket

from retrovue.core.domain.errors import (
    AuthError,
    ForbiddenError,
    NotFoundError,
    SourceError,
    TlsError,
    WrongServerError,
)
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.sources.base import Connection
from retrovue.core.sources.hints import Connected, Disconnected, Hint, Said
from retrovue.core.sources.http.failures import Asked, port_of, translate
from retrovue.core.sources.http.network import parse_base, proxies_for
from retrovue.core.sources.http.verdict import error_of
from retrovue.core.sources.http.wire import Exchange, open_socket, system_trust

FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 60.0


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a kind of server wants to be listened to.

    Attributes:
        path: below the server's base address. `query` may hold the token, so it is never logged.
        parse: the hints of one frame.
        beat: what the client says regularly so that it is not dropped, None for nothing. `beat_s` is how often, until
            a frame tells another interval (`beat_of`).
    """

    path: str
    headers: dict[str, str]
    parse: Callable[[bytes], Sequence[Said]]
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    beat: str | None = None
    beat_s: float = 30.0
    beat_of: Callable[[bytes], float | None] = lambda _frame: None


class SocketListener:
    """Keeps a websocket to one server open and hands on its hints.

    Args:
        connection: the server.
        dialect: the address, and what frames mean.
        wait: waits that many seconds, True when it was ended early; the default watches the token of `listen`.
        jitter: a number from 0 to 1 for each pause, so that many clients do not come back at once.
        before: called before each opening, on the listening thread: what it raises keeps the token from being sent.
        silence_s: after so long without a frame a ping is sent, after twice as long the connection is dead.
    """

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        *,
        wait: Callable[[float], bool] | None = None,
        jitter: Callable[[], float] = random.random,
        before: Callable[[], None] = lambda: None,
        silence_s: float = 20.0,
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self._base = parse_base(connection.url)
        self._wait = wait
        self._jitter = jitter
        self._before = before
        self._silence_s = silence_s
        self._pinned = connection.tls_fingerprint is not None

    def listen(self, on_event: Callable[[Hint], None], token: CancelToken) -> None:
        """Listen until the token is cancelled, reconnecting with growing pauses. Blocks; events come on this thread.

        Raises:
            AuthError: the server refused the token: nothing is tried again.
            ForbiddenError: the account may not listen.
            NotFoundError: the server has no such address.
            WrongServerError: `before` says that another server is there.
        """
        pause_s = FIRST_PAUSE_S
        while not token.wait(0):
            began = monotonic()
            try:
                self._before()
                self._run(on_event, token)
                return
            except (AuthError, ForbiddenError, NotFoundError, WrongServerError):
                raise
            except SourceError as error:
                if token.cancelled:
                    return
                if isinstance(error, TlsError) and self._pinned:
                    # As in the HTTP client: a pin adds to the system's trust, it does not replace it.
                    self._pinned = False
                    continue
                # The trusted certificate may come back: a proxy shows its own one while the server restarts.
                self._pinned = self._connection.tls_fingerprint is not None
                if monotonic() - began > LAST_PAUSE_S:
                    pause_s = FIRST_PAUSE_S
                in_s = pause_s * (1 + self._jitter() / 2)
                on_event(Disconnected(error, in_s))
                pause_s = min(pause_s * 2, LAST_PAUSE_S)
                if (self._wait or token.wait)(in_s):
                    return

    def _run(self, on_event: Callable[[Hint], None], token: CancelToken) -> None:
        """One connection, until it breaks (raises) or the token is cancelled (returns)."""
        proxied = bool(proxies_for(self._base))
        connected = False
        with Exchange() as exchange:
            forget = token.on_cancel(lambda: exchange.cut("abort"))
            try:
                opened = self._open(exchange)
                connected = True
                try:
                    on_event(Connected())
                    self._read(opened, on_event, token)
                finally:
                    # Not close(): that waits up to 3 s for the server's farewell.
                    opened.shutdown()  # type: ignore[no-untyped-call]
            except websocket.WebSocketBadStatusException as error:
                raise _refused(error, self._base.hostname or "") from error
            except (websocket.WebSocketException, OSError, ValueError) as error:
                if not token.cancelled:
                    asked = Asked(
                        self._base,
                        self._silence_s,
                        self._pinned,
                        proxied,
                        first=not connected,
                        pin=self._connection.tls_fingerprint,
                    )
                    raise translate(error, asked).error from error
            finally:
                forget()

    def _url(self) -> str:
        scheme = "wss" if self._base.scheme == "https" else "ws"
        path = self._base.path.rstrip("/") + self._dialect.path
        return urlunsplit((scheme, self._base.netloc.rpartition("@")[2], path, urlencode(self._dialect.query), ""))

    def _open(self, exchange: Exchange) -> websocket.WebSocket:
        host, port = self._base.hostname or "", port_of(self._base)
        options: dict[str, Any] = {}
        proxy = proxies_for(self._base).get(self._base.scheme)
        context = _PinnedContext.of(self._connection.tls_fingerprint) if self._pinned else system_trust()
        sock: socket.socket | None = None
        try:
            if proxy:
                parts = parse_base(proxy)
                options = {"http_proxy_host": parts.hostname, "http_proxy_port": port_of(parts), "proxy_type": "http"}
            else:
                sock = open_socket(host, port, self._connection.connect_timeout_s, exchange)
                if self._base.scheme == "https":
                    sock = context.wrap_socket(sock, server_hostname=host)
                sock.settimeout(self._connection.read_timeout_s)
                options["socket"] = sock
            opened = websocket.create_connection(
                self._url(),
                timeout=self._connection.read_timeout_s,
                header=[f"{name}: {value}" for name, value in self._dialect.headers.items()],
                sslopt={"context": context},
                suppress_origin=True,
                **options,
            )
        except BaseException:
            # A refused upgrade leaves a socket that was brought along open.
            if sock is not None:
                sock.close()
            raise
        if proxy and opened.sock is not None:
            exchange.hold(opened.sock)
        return opened

    def _read(self, opened: websocket.WebSocket, on_event: Callable[[Hint], None], token: CancelToken) -> None:
        dialect = self._dialect
        heard_at = beaten_at = monotonic()
        beat_s = dialect.beat_s
        asked_for_life = False
        while not token.cancelled:
            now = monotonic()
            silent_in_s = heard_at + self._silence_s - now
            beat_in_s = beaten_at + beat_s - now if dialect.beat is not None else silent_in_s
            if dialect.beat is not None and beat_in_s <= 0:
                opened.send(dialect.beat)
                beaten_at = now
                continue
            # At least a moment: a time-out of zero would mean "do not block".
            opened.settimeout(max(0.001, min(silent_in_s, beat_in_s)))
            try:
                opcode, data = opened.recv_data(control_frame=True)
            except websocket.WebSocketTimeoutException:
                if monotonic() - heard_at < self._silence_s:
                    continue
                if asked_for_life:
                    raise
                # A dead path through a router shows nothing by itself.
                opened.ping()
                asked_for_life, heard_at = True, monotonic()
                continue
            asked_for_life, heard_at = False, monotonic()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                raise ConnectionResetError("closed by the server")
            if opcode in (websocket.ABNF.OPCODE_TEXT, websocket.ABNF.OPCODE_BINARY):
                beat_s = dialect.beat_of(data) or beat_s
                for hint in dialect.parse(data):
                    on_event(hint)


class _PinnedContext(ssl.SSLContext):
    """Accepts exactly one certificate, and checks it before the token is sent."""

    fingerprint: str

    @classmethod
    def of(cls, fingerprint: str | None) -> "_PinnedContext":
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.fingerprint = (fingerprint or "").replace(":", "").lower()
        return context

    def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        sock = super().wrap_socket(*args, **kwargs)
        try:
            # Raises where the peer left before the handshake: Python then hands out a socket without one.
            shown = hashlib.sha256(sock.getpeercert(binary_form=True) or b"").hexdigest()
            if shown != self.fingerprint:
                raise ssl.SSLCertVerificationError("Fingerprints did not match")
        except BaseException:
            sock.close()
            raise
        return sock


def _refused(error: websocket.WebSocketBadStatusException, host: str) -> SourceError:
    """The error that the status of a refused upgrade stands for."""
    found = error_of(error.status_code, b"", host=host, page_size=None)
    return found or SourceError(_("{host} does not send notifications.").format(host=host))
