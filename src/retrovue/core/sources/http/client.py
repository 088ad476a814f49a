"""`HttpClient`: asks one server, and ends within its deadlines whatever the server does."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import quote, urljoin, urlsplit
from weakref import WeakSet

import requests
from urllib3.exceptions import HTTPError

from retrovue import __version__
from retrovue.core.domain.errors import (
    Cancelled,
    PageTooLargeError,
    ProtocolError,
    RateLimitedError,
    SourceError,
    TlsError,
    UnreachableError,
)
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.sources.base import Connection, Traffic
from retrovue.core.sources.http.failures import Asked, Failure, silent, translate
from retrovue.core.sources.http.network import is_private, parse_base, proxies_for, redact, retry_after_s
from retrovue.core.sources.http.verdict import error_of, looks_like_html, portal
from retrovue.core.sources.http.wire import Exchange, WatchedAdapter

MAX_BODY_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024
_BACK_OFF_S = (0.25, 1.0, 3.0)
_MAX_RETRY_AFTER_S = 60.0
_MAX_REDIRECTS = 5
_SLOW_LINK_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer. `body` is decompressed; `server_time` is the Date header in epoch seconds."""

    body: bytes
    headers: Mapping[str, str]
    status: int = 200

    @property
    def content_type(self) -> str:
        """The media type, lower case, without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def server_time(self) -> float | None:
        """The server's clock when it answered, epoch seconds, None when not told."""
        try:
            return parsedate_to_datetime(self.headers["Date"]).timestamp()
        except (KeyError, ValueError, TypeError, OverflowError, OSError):
            return None


@dataclass(frozen=True, slots=True)
class Call:
    """One question. `page_size` is the number of items asked for, None when it is no page of a listing."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    page_size: int | None = None
    max_bytes: int = MAX_BODY_BYTES
    html_ok: bool = False


@dataclass(slots=True)
class _Budget:
    """How often one question may still be repeated, by reason."""

    stale: int = 1
    broken: int = 1
    errors: int = 0
    redirects: int = 0


@dataclass(slots=True)
class _Raw:
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class HttpClient:
    """Asks one server over kept connections. Thread: any; each thread gets connections of its own.

    Args:
        connection: where to and how to trust and pace it.
        cancel: ends every blocked call in well under a second.
        headers: sent with each request, the token's header among them.
        clock: epoch seconds, to read Retry-After dates.
        wait: waits that many seconds, True when it was ended early; the default watches `cancel`.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        cancel: CancelToken | None = None,
        headers: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self.connection = connection
        self.base = parse_base(connection.url)
        self.host = self.base.hostname or ""
        self.traffic = Traffic()
        gzip = not is_private(self.host) if connection.gzip is None else connection.gzip
        self._headers = {
            "User-Agent": f"RetroVue/{__version__}",
            "Accept-Encoding": "gzip" if gzip else "identity",
            **(headers or {}),
        }
        self._clock = clock
        self._stop = threading.Event()
        self._wait = wait or self._stop.wait
        self._lock = threading.Lock()
        self._active: set[Exchange] = set()
        self._local = threading.local()
        self._sessions: WeakSet[requests.Session] = WeakSet()
        self._pinned = connection.tls_fingerprint is not None
        self._is_new = True
        self._proxies = proxies_for(self.base)
        self._cancel = cancel
        self._forget = cancel.on_cancel(self.abort) if cancel else lambda: None

    def url(self, path: str, params: Iterable[tuple[str, object]] = ()) -> str:
        """The address of `path` (already quoted, beginning with "/") below the base path.

        Names of parameters are quoted too: an operator at the end of a name (`updatedAt>>`) stays in the name.
        """
        base = self.connection.url.strip().rstrip("/")
        query = "&".join(f"{quote(name, safe='')}={quote(str(value), safe='')}" for name, value in params)
        joint = "&" if "?" in path else "?"
        return f"{base}{path}{joint}{query}" if query else base + path

    def get(
        self,
        path: str,
        params: Iterable[tuple[str, object]] = (),
        *,
        headers: Mapping[str, str | None] | None = None,
        page_size: int | None = None,
        max_bytes: int = MAX_BODY_BYTES,
        html_ok: bool = False,
    ) -> Answer:
        """Ask, and repeat what may be repeated.

        Args:
            headers: added for this request; None as a value takes a header of the client away.
            page_size: number of items asked for; a server that cannot give them raises `PageTooLargeError`.
            max_bytes: a larger answer is refused.
            html_ok: do not take an HTML page for a captive portal.

        Raises:
            SourceError: see the tree in `domain.errors`; texts never hold the token.
            Cancelled: `abort()` was called or the token was cancelled.
        """
        call = Call("GET", self.url(path, params), self._merged(headers), None, page_size, max_bytes, html_ok)
        return self._ask(call)

    def post(
        self,
        path: str,
        params: Iterable[tuple[str, object]] = (),
        *,
        body: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        html_ok: bool = False,
    ) -> Answer:
        """Send `body`. Never repeated after a broken connection: it may have been carried out. Raises like `get`."""
        call = Call("POST", self.url(path, params), self._merged(headers), body, html_ok=html_ok)
        return self._ask(call)

    def abort(self) -> None:
        """End every blocked call, now and from now on: they raise `Cancelled`. Thread: any."""
        self._stop.set()
        with self._lock:
            active = list(self._active)
        for exchange in active:
            exchange.cut("abort")

    def close(self) -> None:
        """Give back all connections. Call it when no request is running any more."""
        self._forget()
        for session in list(self._sessions):
            session.close()

    def _merged(self, extra: Mapping[str, str | None] | None) -> dict[str, str]:
        merged: dict[str, str | None] = {**self._headers, **(extra or {})}
        return {name: value for name, value in merged.items() if value is not None}

    def _ask(self, call: Call) -> Answer:
        budget = _Budget()
        while True:
            pinned = self._pinned
            raw, failure, reused = self._send(call)
            if raw is None:
                assert failure is not None
                if not self._may_repeat(call, failure, budget, reused=reused, pinned=pinned):
                    raise failure.error
                self._count(retries=1)
                continue
            if raw.status in (301, 302, 303, 307, 308):
                call = self._redirected(call, raw, budget)
                continue
            if raw.status == 429 or raw.status >= 500:
                self._back_off(call, raw, budget)
                continue
            if error := error_of(raw.status, raw.body, host=self.host, page_size=call.page_size):
                raise error
            self._is_new = False
            answer = Answer(raw.body, raw.headers, raw.status)
            if not call.html_ok and looks_like_html(answer.content_type, raw.body):
                raise portal(self.host)
            return answer

    def _may_repeat(self, call: Call, failure: Failure, budget: _Budget, *, reused: bool, pinned: bool) -> bool:
        """Whether the same question goes out again at once after a failure of the connection."""
        if isinstance(failure.error, TlsError) and pinned and self._pinned:
            # A pin adds to the system's trust: a server that got a proper certificate must not be locked out.
            self._pinned = False
            self._local.session = None
            return True
        if not failure.broken or call.method != "GET":
            return False
        if reused and budget.stale:
            budget.stale -= 1
            return True
        budget.broken -= 1
        return budget.broken >= 0

    def _back_off(self, call: Call, raw: _Raw, budget: _Budget) -> None:
        """Wait before the next attempt after 429 or 5xx, or raise when that was the last one."""
        asked_s = retry_after_s(raw.headers.get("Retry-After"), self._clock())
        # What was sent to be done may have been done before the error; only a refusal to begin is safe to repeat.
        once_only = call.method != "GET" and raw.status not in (429, 503)
        last = once_only or budget.errors >= len(_BACK_OFF_S)
        if raw.status == 429 or asked_s is not None:
            if last or (asked_s or 0.0) > _MAX_RETRY_AFTER_S:
                raise RateLimitedError(
                    _("{host} asks to wait before the next request.").format(host=self.host),
                    hint=_("Try again later."),
                    detail=f"HTTP {raw.status}",
                    retry_after_s=asked_s,
                )
        elif last:
            error = error_of(raw.status, raw.body, host=self.host, page_size=None)
            assert error is not None
            raise error
        pause_s = _BACK_OFF_S[budget.errors] if asked_s is None else asked_s
        budget.errors += 1
        self._count(retries=1)
        if self._wait(pause_s) or self._stop.is_set():
            raise Cancelled

    def _redirected(self, call: Call, raw: _Raw, budget: _Budget) -> Call:
        """The question at its new address: the same host only, and never from https down to http.

        A server elsewhere would get the token (and a login page is no media server).
        """
        target = urljoin(call.url, raw.headers.get("Location", ""))
        old, new = urlsplit(call.url), urlsplit(target)
        budget.redirects += 1
        same_host = (old.hostname or "").lower() == (new.hostname or "").lower()
        downgrade = old.scheme == "https" and new.scheme != "https"
        if not same_host or downgrade or new.scheme not in ("http", "https"):
            raise ProtocolError(
                _("{host} sends requests on to {target}.").format(
                    host=self.host, target=f"{new.scheme}://{new.hostname or '?'}"
                ),
                hint=_("If that is your media server, use its address."),
                detail=redact(target),
                status=raw.status,
            )
        if budget.redirects > _MAX_REDIRECTS or call.method != "GET":
            raise ProtocolError(
                _("{host} sends requests round in a circle.").format(host=self.host),
                hint=_("Check the base path of the address and the proxy in front of the server."),
                detail=redact(target),
                status=raw.status,
            )
        return Call(call.method, target, call.headers, None, call.page_size, call.max_bytes, call.html_ok)

    def _send(self, call: Call) -> tuple[_Raw | None, Failure | None, bool]:
        """One request on the wire: an answer of any status, or a failure and whether the connection was kept."""
        if self._stop.is_set():
            raise Cancelled
        parts = urlsplit(call.url)
        asked = Asked(
            parts,
            self.connection.read_timeout_s,
            self._pinned,
            bool(self._proxies),
            self._is_new,
            self.connection.tls_fingerprint,
        )
        self._count(sent=1)
        with Exchange() as exchange:
            with self._lock:
                self._active.add(exchange)
            timer = threading.Timer(self.connection.total_timeout_s, exchange.cut, ("deadline",))
            timer.daemon = True
            timer.start()
            try:
                return self._receive(call, exchange), None, exchange.reused
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                return None, self._explain(error, exchange, call, asked), exchange.reused
            finally:
                timer.cancel()
                with self._lock:
                    self._active.discard(exchange)

    def _explain(self, error: Exception, exchange: Exchange, call: Call, asked: Asked) -> Failure:
        if exchange.cut_reason == "abort" or self._stop.is_set():
            raise Cancelled from error
        if exchange.cut_reason == "deadline":
            limit_s = self.connection.total_timeout_s
            failure = Failure(silent(self.host, limit_s, "total deadline"))
        else:
            failure = translate(error, asked)
            # Whether the port speaks TLS was looked at; a second look would only cost time.
            self._is_new = False
        failure.error.__cause__ = error
        waited = isinstance(failure.error, UnreachableError) and not failure.broken
        could_be_less = call.page_size is not None and call.page_size > 100
        slow = exchange.cut_reason == "deadline" and exchange.received_bytes < _SLOW_LINK_BYTES
        if waited and could_be_less and exchange.connected and not slow:
            too_large = PageTooLargeError(str(failure.error), hint=failure.error.hint, detail=failure.error.detail)
            too_large.__cause__ = error
            return Failure(too_large)
        return failure

    def _receive(self, call: Call, exchange: Exchange) -> _Raw:
        session = self._session()
        request = requests.Request(call.method, call.url, headers=dict(call.headers), data=call.body)
        response = session.send(
            session.prepare_request(request),
            stream=True,
            allow_redirects=False,
            timeout=(self.connection.connect_timeout_s, self.connection.read_timeout_s),
            proxies=self._proxies,
            verify=not self._pinned,
        )
        raw = response.raw
        chunks: list[bytes] = []
        size = wire = 0
        try:
            while chunk := raw.read1(_CHUNK_BYTES, decode_content=True):
                chunks.append(chunk)
                size += len(chunk)
                exchange.received_bytes = size
                exchange.raise_if_cut()
                if size > call.max_bytes:
                    raise self._too_much(call)
            exchange.raise_if_cut()
            wire = raw.tell()
        finally:
            self._count(received_bytes=wire or raw.tell())
            raw.close()
        return _Raw(response.status_code, response.headers, b"".join(chunks))

    def _too_much(self, call: Call) -> SourceError:
        text = _("The answer of {host} is larger than {limit} MB.").format(
            host=self.host, limit=call.max_bytes // (1024 * 1024)
        )
        kind = PageTooLargeError if call.page_size else ProtocolError
        return kind(text, hint=_("Check that the address is that of a media server."))

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None or self._local.pinned != self._pinned:
            session = requests.Session()
            # Neither .netrc passwords nor cookies of a portal belong into these requests.
            session.trust_env = False
            session.headers.clear()
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            pin = self.connection.tls_fingerprint if self._pinned else None
            session.mount("https://", WatchedAdapter(pin))
            session.mount("http://", session.get_adapter("https://"))
            self._local.session = session
            self._local.pinned = self._pinned
            with self._lock:
                self._sessions.add(session)
        return session

    def _count(self, *, sent: int = 0, received_bytes: int = 0, retries: int = 0) -> None:
        with self._lock:
            self.traffic.requests += sent
            self.traffic.received_bytes += received_bytes
            self.traffic.retries += retries
