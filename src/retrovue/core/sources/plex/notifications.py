"""Plex's live notifications: hints over a websocket that something is played or has changed.

Hints only: not every change is announced, nothing is repeated after a disconnect, and one new movie makes some 150
frames. Whoever listens asks the server for the facts.
"""

import hashlib
import random
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlunsplit

import msgspec
import websocket

from retrovue.core.domain.errors import AuthError, ForbiddenError, NotFoundError, SourceError, TlsError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.sources.base import Connection
from retrovue.core.sources.documents import number_of, text_of
from retrovue.core.sources.http.failures import Asked, port_of, translate
from retrovue.core.sources.http.network import parse_base, proxies_for
from retrovue.core.sources.http.verdict import error_of
from retrovue.core.sources.http.wire import Exchange, open_socket, system_trust
from retrovue.core.sources.plex.decode import children
from retrovue.core.sources.plex.source import plex_headers

_PATH = "/:/websockets/notifications"
_LIBRARY = "com.plexapp.plugins.library"
_DONE, _DELETED = 5, 9
_FIRST_PAUSE_S, _LAST_PAUSE_S = 1.0, 60.0


@dataclass(frozen=True, slots=True)
class PlayingHint:
    """A player reported its state; repeated about every 10 s while it plays."""

    session_key: str
    state: str
    remote_id: str | None = None
    position_ms: int | None = None
    device_id: str | None = None
    transcode_key: str | None = None


@dataclass(frozen=True, slots=True)
class TimelineHint:
    """An item of a library is ready to be fetched, or was removed. `type_number` is the server's (4 = episode)."""

    remote_id: str
    library_id: str | None
    removed: bool
    type_number: int | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    """The websocket is open. What happened before was not heard: look once."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The websocket is gone; it is tried again after a pause."""

    error: SourceError
    retry_in_s: float


Hint = PlayingHint | TimelineHint | Connected | Disconnected


def parse_frame(text: str | bytes) -> list[PlayingHint | TimelineHint]:
    """The hints of one frame; an empty list for every other kind of frame, and for what cannot be read.

    Frames come wrapped in `NotificationContainer` or bare, with named lists or, from old servers, `_children`.
    """
    try:
        document = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return []
    container = document.get("NotificationContainer", document) if isinstance(document, dict) else None
    if not isinstance(container, dict):
        return []
    match container.get("type"):
        case "playing":
            playing = map(_playing, _entries(container, "PlaySessionStateNotification"))
            return [hint for hint in playing if hint is not None]
        case "timeline":
            timeline = map(_timeline, _entries(container, "TimelineEntry"))
            return [hint for hint in timeline if hint is not None]
    return []


def _entries(container: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = children(container, name) or children(container, "_children")
    return [entry for entry in found if isinstance(entry, dict)]


def _playing(entry: dict[str, Any]) -> PlayingHint | None:
    session_key, state = text_of(entry.get("sessionKey")), text_of(entry.get("state"))
    if session_key is None or state is None:
        return None
    return PlayingHint(
        session_key,
        state,
        text_of(entry.get("ratingKey")),
        number_of(entry.get("viewOffset")),
        text_of(entry.get("clientIdentifier")),
        text_of(entry.get("transcodeSession")),
    )


def _timeline(entry: dict[str, Any]) -> TimelineHint | None:
    remote_id = text_of(entry.get("itemID"))
    # The programme guide and playlists use the same channel; items "0" and words are theirs.
    if entry.get("identifier") != _LIBRARY or remote_id is None or not remote_id.isdecimal() or remote_id == "0":
        return None
    state, number = number_of(entry.get("state")), number_of(entry.get("type"))
    removed = state == _DELETED or entry.get("metadataState") == "deleted" or number == -1
    if not removed and state != _DONE:
        # Before "done" an item is half written.
        return None
    return TimelineHint(remote_id, text_of(entry.get("sectionID")), removed, number)


class NotificationListener:
    """Keeps a websocket to one server open and hands on its hints.

    Args:
        connection: the server; the token is sent as a header.
        wait: waits that many seconds, True when it was ended early; the default watches the token of `listen`.
        jitter: a number from 0 to 1 for each pause, so that many clients do not come back at once.
        silence_s: after so long without a frame a ping is sent, after twice as long the connection is dead.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        wait: Callable[[float], bool] | None = None,
        jitter: Callable[[], float] = random.random,
        silence_s: float = 20.0,
    ) -> None:
        self._connection = connection
        self._base = parse_base(connection.url)
        self._wait = wait
        self._jitter = jitter
        self._silence_s = silence_s
        self._pinned = connection.tls_fingerprint is not None

    def listen(self, on_event: Callable[[Hint], None], token: CancelToken) -> None:
        """Listen until the token is cancelled, reconnecting with growing pauses. Blocks; events come on this thread.

        Raises:
            AuthError: the server refused the token: nothing is tried again.
            ForbiddenError: the account may not listen.
            NotFoundError: the server has no such address.
        """
        pause_s = _FIRST_PAUSE_S
        while not token.wait(0):
            began = monotonic()
            try:
                self._run(on_event, token)
                return
            except (AuthError, ForbiddenError, NotFoundError):
                raise
            except SourceError as error:
                if token.cancelled:
                    return
                if isinstance(error, TlsError) and self._pinned:
                    # As in the HTTP client: a pin adds to the system's trust, it does not replace it.
                    self._pinned = False
                    continue
                if monotonic() - began > _LAST_PAUSE_S:
                    pause_s = _FIRST_PAUSE_S
                in_s = pause_s * (1 + self._jitter() / 2)
                on_event(Disconnected(error, in_s))
                pause_s = min(pause_s * 2, _LAST_PAUSE_S)
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
                    asked = Asked(self._base, self._silence_s, self._pinned, proxied, first=not connected)
                    raise translate(error, asked).error from error
            finally:
                forget()

    def _open(self, exchange: Exchange) -> websocket.WebSocket:
        secure = self._base.scheme == "https"
        host, port = self._base.hostname or "", port_of(self._base)
        path = self._base.path.rstrip("/") + _PATH
        url = urlunsplit(("wss" if secure else "ws", self._base.netloc.rpartition("@")[2], path, "", ""))
        headers = plex_headers(self._connection)
        headers.pop("Accept")
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
                if secure:
                    sock = context.wrap_socket(sock, server_hostname=host)
                sock.settimeout(self._connection.read_timeout_s)
                options["socket"] = sock
            opened = websocket.create_connection(
                url,
                timeout=self._connection.read_timeout_s,
                header=[f"{name}: {value}" for name, value in headers.items()],
                sslopt={"context": context},
                suppress_origin=True,
                **options,
            )
        except BaseException:
            # A refused upgrade leaves a socket that was brought along open.
            if sock is not None:
                sock.close()
            raise
        opened.settimeout(self._silence_s)
        if proxy and opened.sock is not None:
            exchange.hold(opened.sock)
        return opened

    def _read(self, opened: websocket.WebSocket, on_event: Callable[[Hint], None], token: CancelToken) -> None:
        asked_for_life = False
        while not token.cancelled:
            try:
                opcode, data = opened.recv_data(control_frame=True)
            except websocket.WebSocketTimeoutException:
                if asked_for_life:
                    raise
                # A dead path through a router shows nothing by itself.
                opened.ping()
                asked_for_life = True
                continue
            asked_for_life = False
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                raise ConnectionResetError("closed by the server")
            if opcode in (websocket.ABNF.OPCODE_TEXT, websocket.ABNF.OPCODE_BINARY):
                for hint in parse_frame(data):
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
        shown = hashlib.sha256(sock.getpeercert(binary_form=True) or b"").hexdigest()
        if shown != self.fingerprint:
            sock.close()
            raise ssl.SSLCertVerificationError("Fingerprints did not match")
        return sock


def _refused(error: websocket.WebSocketBadStatusException, host: str) -> SourceError:
    """The error that the status of a refused upgrade stands for."""
    found = error_of(error.status_code, b"", host=host, page_size=None)
    return found or SourceError(_("{host} does not send notifications.").format(host=host))
