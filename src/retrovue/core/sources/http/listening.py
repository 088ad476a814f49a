"""A permanent websocket: reconnects, detects dead connections, and trusts as the HTTP client does."""

import random
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from time import monotonic
from urllib.parse import urlencode, urlsplit

import websocket
from urllib3.exceptions import HTTPError

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
from retrovue.core.sources.http.failures import Asked, port_of, silent, translate
from retrovue.core.sources.http.moves import MOVED, moved, target_of
from retrovue.core.sources.http.network import parse_base, proxies_for
from retrovue.core.sources.http.upgrade import Refused, through_proxy, upgrade
from retrovue.core.sources.http.verdict import error_of
from retrovue.core.sources.http.wire import Exchange, open_socket, pinned_trust, system_trust

FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 60.0
# Of two idle times, how much they may differ, and which share of the shorter one is waited for from then on.
_ALIKE, _SHARE = 0.25, 0.45
_SHORTEST_S = 1.0


@dataclass(frozen=True, slots=True)
class Dialect:
    """The websocket conventions of a server type.

    Attributes:
        path: below the server's base address.
        headers: contain the token. `query` does if the server accepts it only there; it is never logged.
        parse: the hints of one frame.
        greeting: the frame that the client sends once after the opening, or None.
        otherwise: the fallback for a server that refuses this dialect. It is tried immediately, and kept if it works.
        beat: the keep-alive frame of the client, or None. `beat_s` is its interval until a frame changes it
            (`beat_of`).
    """

    path: str
    headers: Mapping[str, str] = field(repr=False)
    parse: Callable[[bytes], Sequence[Said]]
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    beat: str | None = None
    beat_s: float = 30.0
    beat_of: Callable[[bytes], float | None] = lambda _frame: None
    greeting: str | None = None
    otherwise: "Dialect | None" = None


class Silence:
    """The seconds without a frame before a ping, adapted to cut connections. Thread: one.

    Proxies close idle connections (nginx: 60 s by default, some after 5 s). Each reconnection needs a full check for
    changes. So after two cuts at the same idle time, the interval becomes less than half of it.
    """

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self._cut_s: float | None = None

    def cut_after(self, silent_s: float) -> None:
        """Record that the connection was cut after this many seconds without a frame."""
        before, self._cut_s = self._cut_s, silent_s
        if before is None or silent_s < _SHORTEST_S or abs(silent_s - before) > _ALIKE * max(silent_s, before):
            return
        self.limit_s = min(self.limit_s, max(_SHORTEST_S / 2, _SHARE * min(silent_s, before)))


class SocketListener:
    """Keeps a websocket to one server open and emits its hints.

    Args:
        connection: the server.
        dialect: the address and the meaning of frames.
        wait: waits that many seconds and returns True when ended early; the default watches the token of `listen`.
        jitter: returns a number from 0 to 1 for each pause, so that many clients do not reconnect together.
        before: called before each opening, on the listening thread. If it raises, the token is not sent.
        judge: called when the opening is refused. It checks with the server whether the token is valid, and raises
            `AuthError` if not. The refusal alone does not say why: Jellyfin sends the same one for every reason.
        silence_s: after this long without a frame a ping is sent; after twice as long the connection counts as dead.
    """

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        *,
        wait: Callable[[float], bool] | None = None,
        jitter: Callable[[], float] = random.random,
        before: Callable[[], None] = lambda: None,
        judge: Callable[[], None] | None = None,
        silence_s: float = 20.0,
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self._judge = judge
        self._base = parse_base(connection.url)
        self._wait = wait
        self._jitter = jitter
        self._before = before
        self._silence = Silence(silence_s)
        self._pinned = connection.tls_fingerprint is not None

    def listen(self, on_event: Callable[[Hint], None], token: CancelToken) -> None:
        """Listen until the token is canceled, reconnecting with growing pauses. Blocks; events arrive on this thread.

        Raises:
            AuthError: the server refused the token; there is no retry.
            ForbiddenError: the account has no permission to listen.
            NotFoundError: the server has no such address.
            WrongServerError: `before` found another server.
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
                    # As in the HTTP client, a pin adds to the system's trust and does not replace it.
                    self._pinned = False
                    continue
                # The trusted certificate can return: a proxy shows its own while the server restarts.
                self._pinned = self._connection.tls_fingerprint is not None
                if monotonic() - began > LAST_PAUSE_S:
                    pause_s = FIRST_PAUSE_S
                in_s = pause_s * (1 + self._jitter() / 2)
                on_event(Disconnected(error, in_s))
                pause_s = min(pause_s * 2, LAST_PAUSE_S)
                if (self._wait or token.wait)(in_s):
                    return

    def _run(self, on_event: Callable[[Hint], None], token: CancelToken) -> None:
        """Run one connection until it breaks (raises) or the token is canceled (returns)."""
        connected = False
        with Exchange() as exchange:
            forget = token.on_cancel(lambda: exchange.cut("abort"))
            try:
                opened = self._open_some_way(exchange)
                connected = True
                try:
                    if self._dialect.greeting is not None:
                        opened.send(self._dialect.greeting)
                    on_event(Connected())
                    self._read(opened, on_event, token)
                finally:
                    # Not close(): that waits up to 3 s for the server's close frame.
                    opened.shutdown()  # type: ignore[no-untyped-call]
            except Refused as refused:
                raise self._meaning(refused) from refused
            except (websocket.WebSocketException, HTTPError, HTTPException, OSError, ValueError) as error:
                if not token.cancelled:
                    raise self._failure(error, exchange, first=not connected) from error
            finally:
                forget()

    def _failure(self, error: Exception, exchange: Exchange, *, first: bool) -> SourceError:
        host, connection = self._base.hostname or "", self._connection
        if exchange.cut_reason == "deadline":
            return silent(host, connection.read_timeout_s, "handshake")
        proxied = bool(proxies_for(self._base))
        pin = connection.tls_fingerprint
        return translate(error, Asked(self._base, self._silence.limit_s, self._pinned, proxied, first, pin)).error

    def _meaning(self, refused: Refused) -> SourceError:
        """Return the error for a refused opening. Checks with the server where the status is ambiguous."""
        host = self._base.hostname or ""
        if refused.status in MOVED:
            target = target_of(self._base.geturl(), refused.headers.get("Location", ""), host)
            return moved(self._base.geturl(), target, host, refused.status)
        error = error_of(refused.status, b"", host=host, page_size=None, headers=refused.headers)
        if self._judge is not None and isinstance(error, AuthError | ForbiddenError):
            self._judge()
            # The token is valid, so signing in again would not help.
            text = _("{host} does not send live updates to this account.").format(host=host)
            hint = _("Sign in with the account that owns the server, or ask the owner.")
            return ForbiddenError(text, hint=hint, detail=error.detail)
        return error or SourceError(_("{host} does not send live updates.").format(host=host))

    def _open_some_way(self, exchange: Exchange) -> websocket.WebSocket:
        while True:
            try:
                return self._open(exchange)
            except Refused as refused:
                other = self._dialect.otherwise
                if other is None or refused.status not in (400, 401, 403):
                    raise
                self._dialect = other

    def _open(self, exchange: Exchange) -> websocket.WebSocket:
        """Open a websocket within the deadline of a response.

        Raises:
            Refused: the server sent another response.
            OSError, ValueError, HTTPError, HTTPException: the connection broke.
        """
        timer = threading.Timer(self._connection.read_timeout_s, exchange.cut, ("deadline",))
        timer.daemon = True
        timer.start()
        sock: socket.socket | None = None
        try:
            sock = self._connect(exchange)
            sock.settimeout(self._connection.read_timeout_s)
            path = self._base.path.rstrip("/") + self._dialect.path
            query = urlencode(self._dialect.query)
            headers: Mapping[str, str] = self._dialect.headers
            return upgrade(sock, self._base, f"{path}?{query}" if query else path, headers)
        except BaseException:
            if sock is not None:
                sock.close()
            raise
        finally:
            timer.cancel()

    def _connect(self, exchange: Exchange) -> socket.socket:
        host, port = self._base.hostname or "", port_of(self._base)
        proxies = proxies_for(self._base)
        proxy = proxies.get(self._base.scheme) or proxies.get("all")
        way = urlsplit(proxy if "://" in proxy else f"http://{proxy}") if proxy else None
        sock = open_socket(
            way.hostname or "" if way else host,
            port_of(way) if way else port,
            self._connection.connect_timeout_s,
            exchange,
        )
        try:
            if way is not None:
                through_proxy(sock, way.geturl(), host, port)
            if self._base.scheme == "https":
                pin = self._connection.tls_fingerprint if self._pinned else None
                context = system_trust() if pin is None else pinned_trust(pin)
                return context.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise
        return sock

    def _read(self, opened: websocket.WebSocket, on_event: Callable[[Hint], None], token: CancelToken) -> None:
        dialect, silence = self._dialect, self._silence
        heard_at = beaten_at = monotonic()
        beat_s = dialect.beat_s
        asked_for_life = False
        while not token.cancelled:
            now = monotonic()
            silent_in_s = heard_at + silence.limit_s - now
            beat_in_s = beaten_at + beat_s - now if dialect.beat is not None else silent_in_s
            if dialect.beat is not None and beat_in_s <= 0:
                opened.send(dialect.beat)
                beaten_at = now
                continue
            # Never zero: a time-out of 0 means "do not block".
            opened.settimeout(max(0.001, min(silent_in_s, beat_in_s)))
            try:
                opcode, data = opened.recv_data(control_frame=True)
            except websocket.WebSocketTimeoutException:
                if monotonic() - heard_at < silence.limit_s:
                    continue
                if asked_for_life:
                    raise
                # A dead route through a router causes no error without a ping.
                opened.ping()
                asked_for_life, heard_at = True, monotonic()
                continue
            except (websocket.WebSocketConnectionClosedException, ConnectionError):
                if not token.cancelled:
                    silence.cut_after(monotonic() - heard_at)
                raise
            asked_for_life, heard_at = False, monotonic()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                silence.cut_after(monotonic() - heard_at)
                raise ConnectionResetError("closed by the server")
            if opcode in (websocket.ABNF.OPCODE_TEXT, websocket.ABNF.OPCODE_BINARY):
                beat_s = dialect.beat_of(data) or beat_s
                for hint in dialect.parse(data):
                    on_event(hint)
