"""A small library, a running server and a plain client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from retrovue.demo import DemoLibrary, DemoServer, LibrarySpec, make_library
from retrovue.demo.store import ManualClock


class Client:
    """Asks a demo server with its token, in JSON unless told otherwise."""

    def __init__(self, server: DemoServer) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path: str, *, token: str | None = None, accept: str = "application/json", **kwargs: Any):
        headers = {"X-Plex-Token": self.server.token if token is None else token, "Accept": accept}
        headers |= kwargs.pop("headers", {})
        kwargs.setdefault("timeout", 5)
        return self.session.get(self.server.url + path, headers=headers, **kwargs)

    def container(self, path: str, **kwargs: Any) -> dict[str, Any]:
        answer = self.get(path, **kwargs)
        assert answer.status_code == 200, answer.text
        return answer.json()["MediaContainer"]

    def keys(self, path: str) -> list[str]:
        return [item["ratingKey"] for item in self.container(path).get("Metadata", [])]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_767_300_000.0)


@pytest.fixture
def library(clock: ManualClock) -> DemoLibrary:
    return make_library(LibrarySpec(shows=12, episodes=240, movies=120), clock=clock)


@pytest.fixture
def server(library: DemoLibrary) -> Iterator[DemoServer]:
    with DemoServer(library) as running:
        yield running


@pytest.fixture
def client(server: DemoServer) -> Iterator[Client]:
    asking = Client(server)
    yield asking
    asking.session.close()
