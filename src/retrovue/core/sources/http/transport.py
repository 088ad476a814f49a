"""A single request: cancelable sockets, deadlines, bounded bodies, and failures."""

import threading
from collections.abc import Mapping
from urllib.parse import urlsplit
from weakref import WeakSet

import urllib3
from urllib3.exceptions import HTTPError

from retrovue.core.domain.errors import Cancelled, PageTooLargeError, ProtocolError, SourceError, UnreachableError
from retrovue.core.i18n import _
from retrovue.core.sources.base import Connection, Traffic
from retrovue.core.sources.http.calls import Call, Raw
from retrovue.core.sources.http.failures import Asked, Failure, silent, translate
from retrovue.core.sources.http.wire import Exchange, Pools

_CHUNK_BYTES = 256 * 1024
_MAX_REFUSAL_BYTES = 64 * 1024
"""How much of an error body is read. More would let a server keep the client busy."""
_SLOW_LINK_BYTES = 16 * 1024


class Transport:
    """Sends requests over persistent connections. Thread: any; each thread has its own connections.

    Args:
        connection: how to trust and pace the server.
        proxies: by scheme.
        traffic: updated by each request.

    Attributes:
        pinned: accept only the trusted certificate; False uses the system's trust.
        stopped: set by `abort()`.
    """

    def __init__(self, connection: Connection, proxies: Mapping[str, str], traffic: Traffic) -> None:
        self._connection = connection
        self._proxies = proxies
        self._traffic = traffic
        self._lock = threading.Lock()
        self._active: set[Exchange] = set()
        self._local = threading.local()
        self._pools: WeakSet[Pools] = WeakSet()
        self._is_new = True
        self.pinned = connection.tls_fingerprint is not None
        self.stopped = threading.Event()

    def send(self, call: Call) -> tuple[Raw | None, Failure | None, bool]:
        """Send one request. Return a response of any status or a failure, and whether the connection was reused.

        Raises:
            Cancelled: `abort()` was called.
        """
        if self.stopped.is_set():
            raise Cancelled
        connection, parts = self._connection, urlsplit(call.url)
        pin, program = connection.tls_fingerprint, connection.program
        asked = Asked(parts, connection.read_timeout_s, self.pinned, bool(self._proxies), self._is_new, pin, program)
        self.count(sent=1)
        with Exchange() as exchange:
            with self._lock:
                self._active.add(exchange)
            timer = threading.Timer(connection.total_timeout_s, exchange.cut, ("deadline",))
            timer.daemon = True
            timer.start()
            try:
                raw = self._receive(call, exchange)
                self._is_new = False
                return raw, None, exchange.reused
            except (HTTPError, OSError, ValueError) as error:
                return None, self._explain(error, exchange, call, asked), exchange.reused
            finally:
                timer.cancel()
                with self._lock:
                    self._active.discard(exchange)

    def unpin(self) -> None:
        """Switch to the system's trust."""
        self.pinned = False
        self._local.pools = None

    def abort(self) -> None:
        """End every blocked request, and all later ones: they raise `Cancelled`. Thread: any."""
        self.stopped.set()
        with self._lock:
            active = list(self._active)
        for exchange in active:
            exchange.cut("abort")

    def close(self) -> None:
        """Close all connections. Call it when no request is running."""
        for pools in list(self._pools):
            pools.close()

    def count(self, *, sent: int = 0, received_bytes: int = 0, retries: int = 0) -> None:
        """Add to the traffic."""
        with self._lock:
            self._traffic.requests += sent
            self._traffic.received_bytes += received_bytes
            self._traffic.retries += retries

    def _explain(self, error: Exception, exchange: Exchange, call: Call, asked: Asked) -> Failure:
        if exchange.cut_reason == "abort" or self.stopped.is_set():
            raise Cancelled from error
        if exchange.cut_reason == "deadline":
            limit_s = self._connection.total_timeout_s
            failure = Failure(silent(asked.parts.hostname or "", limit_s, "total deadline"))
        else:
            failure = translate(error, asked)
            # The port was checked for TLS; do not check again.
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

    def _receive(self, call: Call, exchange: Exchange) -> Raw:
        response = self._kept().ask(
            call.method,
            call.url,
            headers=call.headers,
            body=call.body,
            connect_s=self._connection.connect_timeout_s,
            read_s=self._connection.read_timeout_s,
        )
        try:
            if 200 <= response.status < 300:
                body = self._body(response, call, exchange)
            else:
                body = self._refusal(response, exchange)
        finally:
            self.count(received_bytes=response.tell())
            response.close()
        return Raw(response.status, response.headers, body)

    def _body(self, response: urllib3.BaseHTTPResponse, call: Call, exchange: Exchange) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while chunk := response.read1(_CHUNK_BYTES, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            exchange.received_bytes = size
            exchange.raise_if_cut()
            if size > call.max_bytes:
                raise _too_much(call)
        exchange.raise_if_cut()
        return b"".join(chunks)

    def _refusal(self, response: urllib3.BaseHTTPResponse, exchange: Exchange) -> bytes:
        """Return the start of an error body, or nothing if it cannot be read."""
        body = b""
        try:
            while len(body) < _MAX_REFUSAL_BYTES and (chunk := response.read1(_MAX_REFUSAL_BYTES, decode_content=True)):
                body += chunk
                exchange.raise_if_cut()
        except (HTTPError, OSError, ValueError):
            exchange.raise_if_cut()
        return body[:_MAX_REFUSAL_BYTES]

    def _kept(self) -> Pools:
        pools: Pools | None = getattr(self._local, "pools", None)
        if pools is None or self._local.pinned != self.pinned:
            pools = Pools(self._connection.tls_fingerprint if self.pinned else None, self._proxies)
            self._local.pools = pools
            self._local.pinned = self.pinned
            with self._lock:
                self._pools.add(pools)
        return pools


def _too_much(call: Call) -> SourceError:
    text = _("The response from {host} is larger than {limit} MB.").format(
        host=urlsplit(call.url).hostname or "", limit=call.max_bytes // (1024 * 1024)
    )
    kind = PageTooLargeError if call.page_size else ProtocolError
    return kind(text, hint=_("Check that the address belongs to a media server."))
