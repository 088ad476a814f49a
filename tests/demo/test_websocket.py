"""The server's side of websockets."""

from __future__ import annotations

import socket

from retrovue.demo.http import Connection, Request
from retrovue.demo.websocket import SocketHub


class _Noting(Connection):
    """A connection that notes how many clients the hub knows whenever something is sent."""

    def __init__(self, sock: socket.socket, hub: SocketHub) -> None:
        super().__init__(sock)
        self._hub = hub
        self.known: list[int] = []

    def send(self, data: bytes) -> None:
        self.known.append(len(self._hub.sockets))
        super().send(data)


def test_a_client_that_has_been_greeted_hears_whatever_is_sent_next():
    # What was sent between the greeting and the entry in the list reached nobody: a client that said
    # "connected" to its test had not been heard of, about once in ten thousand connections.
    hub = SocketHub()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()):
            connection = _Noting(listener.accept()[0], hub)
        hub.serve(connection, Request("GET", "/", "", {"sec-websocket-key": "dGhlIHNhbXBsZQ=="}))
        connection.cut(reset=False)
    assert connection.known[0] == 1
    assert hub.sockets == []
