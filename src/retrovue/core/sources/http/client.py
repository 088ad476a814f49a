"""`HttpClient`: requests to one server that end within their deadlines, whatever the server does."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from retrovue import __version__
from retrovue.core.domain.errors import (
    AuthError,
    Cancelled,
    ForbiddenError,
    ProtocolError,
    RateLimitedError,
    SourceError,
    TlsError,
)
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.sources.base import Connection, Traffic
from retrovue.core.sources.http.calls import MAX_BODY_BYTES, SECRET_HEADERS, Answer, Call, Raw
from retrovue.core.sources.http.failures import Failure
from retrovue.core.sources.http.moves import MOVED, moved, same_place, target_of
from retrovue.core.sources.http.network import is_private, parse_base, proxies_for, redact, retry_after_s
from retrovue.core.sources.http.patience import Patience
from retrovue.core.sources.http.transport import Transport
from retrovue.core.sources.http.verdict import error_of, looks_like_html, of_a_proxy, portal

_BACK_OFF_S = (0.25, 1.0, 3.0)
_MAX_REDIRECTS = 5
_PROOF_S = 300.0
"""How long a checked identity stays valid while no request fails, seconds."""
_ASLEEP_S = 30.0
"""The monotonic clock of Linux and macOS stands still while a computer sleeps, and the other one does not. Who wakes up
may be in another network, where another machine has the server's address."""


@dataclass(slots=True)
class _Budget:
    """The remaining retries of a request, by reason."""

    stale: int = 1
    broken: int = 1
    errors: int = 0
    redirects: int = 0


class HttpClient:
    """Sends requests to one server over persistent connections. Thread: any; each thread has its own connections.

    Args:
        connection: the address, and how to trust and pace the server.
        cancel: ends every blocked call in much less than a second.
        headers: sent with each request, the token's header among them.
        clock: epoch seconds, to read Retry-After dates.
        wait: waits that many seconds and returns True when ended early; the default watches `cancel`.
        refusal: creates the error for a refused token from the technical detail. Where the kind of token is known,
            it can have a better remedy than "sign in again".
    """

    def __init__(
        self,
        connection: Connection,
        *,
        cancel: CancelToken | None = None,
        headers: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
        wait: Callable[[float], bool] | None = None,
        refusal: Callable[[str], AuthError] | None = None,
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
        self._refusal = refusal
        self._transport = Transport(connection, proxies_for(self.base), self.traffic)
        self._wait = wait or self._transport.stopped.wait
        self._patience = Patience()
        self._prove: Callable[[], None] | None = None
        self._proven_at: tuple[float, float] | None = None
        self._forget = cancel.on_cancel(self.abort) if cancel else lambda: None

    def guard(self, prove: Callable[[], None]) -> None:
        """Set a check that runs before a token is sent and raises if the wrong server is there."""
        self._prove = prove

    def proven(self) -> None:
        """Record that the right server was just identified."""
        self._proven_at = time.monotonic(), self._clock()

    def _is_proven(self) -> bool:
        if self._proven_at is None:
            return False
        passed_s = time.monotonic() - self._proven_at[0]
        slept_s = self._clock() - self._proven_at[1] - passed_s
        return passed_s < _PROOF_S and abs(slept_s) < _ASLEEP_S

    def rebase(self, url: str) -> None:
        """Use another address of the same host. Call it before several threads use the client."""
        self.connection = replace(self.connection, url=url)
        self.base = parse_base(url)

    def url(self, path: str, params: Iterable[tuple[str, object]] = ()) -> str:
        """Return the address of `path` (already quoted, starting with "/") below the base path.

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
        tell_moves: bool = False,
        patient: bool = True,
        readable: frozenset[int] = frozenset(),
    ) -> Answer:
        """Send a GET request, with retries where they are safe.

        Args:
            headers: added for this request; the value None removes a header of the client.
            page_size: the requested number of items; `PageTooLargeError` is raised if the server cannot send them.
            max_bytes: a larger response raises.
            html_ok: do not treat an HTML page as a captive portal.
            tell_moves: raise `MovedError` for every redirect; else only same-origin ones are followed.
            patient: wait and repeat while the server is not ready.
            readable: statuses of errors whose body the caller reads itself; never 429 and 5xx, which are repeated.

        Raises:
            SourceError: see the tree in `domain.errors`; texts never contain the token.
            Cancelled: `abort()` was called or the token was cancelled.
        """
        return self._ask(
            Call(
                "GET",
                self.url(path, params),
                self._merged(headers),
                page_size=page_size,
                max_bytes=max_bytes,
                html_ok=html_ok,
                tell_moves=tell_moves,
                patient=patient,
                readable=readable,
                anonymous=any(value is None and name in SECRET_HEADERS for name, value in (headers or {}).items()),
            )
        )

    def post(
        self,
        path: str,
        params: Iterable[tuple[str, object]] = (),
        *,
        body: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        html_ok: bool = False,
    ) -> Answer:
        """Send `body`. Not repeated after a broken connection, as it may have taken effect. Raises like `get`."""
        call = Call("POST", self.url(path, params), self._merged(headers), body, html_ok=html_ok)
        return self._ask(call)

    def abort(self) -> None:
        """End every blocked call, and all later ones: they raise `Cancelled`. Thread: any."""
        self._transport.abort()

    def close(self) -> None:
        """Close all connections. Call it when no request is running."""
        self._forget()
        self._transport.close()

    def _merged(self, extra: Mapping[str, str | None] | None) -> dict[str, str]:
        merged: dict[str, str | None] = {**self._headers, **(extra or {})}
        return {name: value for name, value in merged.items() if value is not None}

    def _ask(self, call: Call) -> Answer:
        prove = self._prove if call.carries_secrets else None
        if prove is not None and not self._is_proven():
            prove()
        budget = _Budget()
        while True:
            pinned = self._transport.pinned
            raw, failure, reused = self._transport.send(call)
            if raw is None:
                assert failure is not None
                if not self._may_repeat(call, failure, budget, reused=reused, pinned=pinned):
                    # Another machine can be there when the address responds again.
                    self._proven_at = None
                    raise failure.error
                self._transport.count(retries=1)
                if prove is not None:
                    # The connection broke, and so may what was known of the machine behind it.
                    prove()
            elif raw.status in MOVED:
                call = self._redirected(call, raw, budget)
            elif raw.status == 429 or raw.status >= 500:
                self._back_off(call, raw, budget)
            else:
                return self._answer(call, raw)

    def _answer(self, call: Call, raw: Raw) -> Answer:
        error = self._error_of(raw, call.page_size)
        if isinstance(error, AuthError | ForbiddenError) and call.anonymous:
            # This is not about an account: every client can request the identity.
            raise of_a_proxy(raw.status, self.host, raw.headers, error.detail, self.connection.program)
        if isinstance(error, AuthError) and self._refusal is not None and call.carries_secrets:
            raise self._refusal(error.detail)
        if error is not None and raw.status not in call.readable:
            raise error
        answer = Answer(raw.body, raw.headers, raw.status)
        if not call.html_ok and looks_like_html(answer.content_type, raw.body):
            raise portal(self.host)
        self._patience.answered()
        return answer

    def _error_of(self, raw: Raw, page_size: int | None) -> SourceError | None:
        """Return the error that a status means, or None for success."""
        program = self.connection.program
        return error_of(raw.status, raw.body, host=self.host, page_size=page_size, headers=raw.headers, program=program)

    def _may_repeat(self, call: Call, failure: Failure, budget: _Budget, *, reused: bool, pinned: bool) -> bool:
        """Return whether to repeat the request immediately after a connection failure."""
        if isinstance(failure.error, TlsError) and pinned and self._transport.pinned:
            # A pin adds to the system's trust: a server with a new, valid certificate must stay reachable.
            self._transport.unpin()
            return True
        if not failure.broken or call.method != "GET":
            return False
        if reused and budget.stale:
            budget.stale -= 1
            return True
        budget.broken -= 1
        return budget.broken >= 0

    def _back_off(self, call: Call, raw: Raw, budget: _Budget) -> None:
        """Wait before the next attempt after 429 or 5xx, or raise when that was the last one."""
        asked_s = retry_after_s(raw.headers.get("Retry-After"), self._clock())
        # A POST may have taken effect before the error. It is safe to repeat only if the server refused to start.
        once_only = (call.method != "GET" and raw.status not in (429, 503)) or not call.patient
        pause_s = asked_s
        if pause_s is None:
            pause_s = _BACK_OFF_S[min(budget.errors, len(_BACK_OFF_S) - 1)]
        if once_only or budget.errors >= len(_BACK_OFF_S) or not self._patience.grant(pause_s):
            raise self._last_word(raw, asked_s if call.patient else None)
        budget.errors += 1
        self._transport.count(retries=1)
        try:
            if self._wait(pause_s) or self._transport.stopped.is_set():
                raise Cancelled
        finally:
            self._patience.over()

    def _last_word(self, raw: Raw, asked_s: float | None) -> ProtocolError | RateLimitedError:
        if raw.status == 429 or asked_s is not None:
            return RateLimitedError(
                _("{host} asked RetroVue to wait before the next request.").format(host=self.host),
                hint=_("Try again later."),
                detail=f"HTTP {raw.status}",
                retry_after_s=asked_s,
            )
        error = self._error_of(raw, None)
        assert isinstance(error, ProtocolError)
        return error

    def _redirected(self, call: Call, raw: Raw, budget: _Budget) -> Call:
        """Return the request at its new address. Another port is another program and is not followed.

        Raises:
            MovedError: it redirects elsewhere, or `tell_moves` is set.
            ProtocolError: it redirects in a loop, or to an invalid address.
        """
        target = target_of(call.url, raw.headers.get("Location", ""), self.host)
        budget.redirects += 1
        if call.tell_moves or not same_place(call.url, target):
            raise moved(call.url, target, self.host, raw.status)
        if budget.redirects > _MAX_REDIRECTS or call.method != "GET":
            raise ProtocolError(
                _("{host} redirects requests in a loop.").format(host=self.host),
                hint=_("Check the base path of the address and any proxy in front of the server."),
                detail=redact(target),
                status=raw.status,
            )
        return replace(call, url=target)
