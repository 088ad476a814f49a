"""HTTP as it is read from a connection: llhttp in C, with bounds on how much and how late a request can come."""

from asyncio import BaseTransport, TimerHandle, Transport
from typing import ClassVar, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD: Final = 32_768
"""Bytes of address and headers, or of anything else that is not body. Browsers send 1 to 4 kB."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. It is closed where a request does not become whole, since the parser itself waits without end.

    h11 has such a bound, but takes half of the processor time of an answer. Thread: the server's event loop.
    """

    patience_s: ClassVar[float] = 30.0
    """So long a request can take to arrive, and a new connection to send one: else 200 that say nothing would keep
    everybody else out."""
    _waiting = 0
    """Bytes since a head or a message was completed, or a piece of a body came."""
    _end: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Somebody connected."""
        super().connection_made(cast(Transport, transport))
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._arrived()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._expect()
        super().on_message_begin()

    def data_received(self, data: bytes) -> None:
        """Read a piece of a request."""
        self._waiting += len(data)
        super().data_received(data)
        if self._waiting > MOST_HEAD and not self.transport.is_closing():
            if self.cycle is None or self.cycle.response_complete:
                self.send_400_response("The request is too large.")
            else:
                # An answer to the request before is on its way: nothing can be said between its lines.
                self.transport.close()

    def on_headers_complete(self) -> None:
        """The head of a request is whole."""
        self._waiting = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body came. Its length is the application's concern."""
        self._waiting = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is whole."""
        self._waiting = 0
        self._arrived()
        super().on_message_complete()

    def _expect(self) -> None:
        """A request has to arrive from now on; one that is waited for already gets no more time."""
        if self._end is None:
            self._end = self.loop.call_later(self.patience_s, self.transport.close)

    def _arrived(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None
