"""HTTP as it is read from a connection: llhttp in C, with a bound on what can come before a request is whole."""

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD: Final = 32_768
"""Bytes of address and headers, or of anything else that is not body. Browsers send 1 to 4 kB."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. It is closed where a request does not become whole, since the parser itself waits without end.

    h11 has such a bound, but takes half of the processor time of an answer. Thread: the server's event loop.
    """

    _waiting = 0
    """Bytes since a head or a message was completed, or a piece of a body came."""

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
        super().on_message_complete()
