"""A remedy speaks of the program that is asked: of Tautulli, where the connection is to one."""

import socket

import pytest

from retrovue.core.domain.errors import SourceError, UnreachableError
from retrovue.core.sources.base import Connection
from retrovue.core.sources.http import HttpClient
from retrovue.core.sources.http.verdict import error_of
from retrovue.core.sources.tautulli import TautulliClient


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_a_port_that_refuses() -> None:
    tautulli = TautulliClient(f"http://127.0.0.1:{free_port()}", "a-key")
    with pytest.raises(UnreachableError) as caught:
        tautulli.ping()
    assert caught.value.hint == "Check the port, and that Tautulli is running."
    server = HttpClient(Connection(f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(UnreachableError) as caught:
        server.get("/")
    assert caught.value.hint == "Check the port, and that the media server is running."
    tautulli.close()
    server.close()


@pytest.mark.parametrize("status", [401, 418, 500, 502, 504])
@pytest.mark.parametrize("program", ["Tautulli", ""])
def test_a_status(status: int, program: str) -> None:
    asks = {"WWW-Authenticate": "Basic realm=home"}
    error = error_of(status, b"", host="nas", page_size=None, headers=asks, program=program)
    assert isinstance(error, SourceError)
    said = f"{error.text} {error.hint}"
    assert ("media server" in said, "Tautulli" in said) == (not program, bool(program))
