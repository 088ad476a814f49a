"""An Emby and a Jellyfin demo server with their sources; tests that take `kind` run on both."""

from collections.abc import Callable, Iterator

import pytest

from retrovue.core.domain.servers import RemoteLibrary, ServerKind
from retrovue.core.sources.base import Connection, MediaSource
from retrovue.core.sources.emby import EmbySource
from retrovue.core.sources.http import HttpClient
from retrovue.core.sources.jellyfin import JellyfinSource
from retrovue.core.sources.mediabrowser.headers import mediabrowser_headers
from retrovue.core.sources.mediabrowser.source import MediaBrowserSource
from retrovue.core.sources.registry import open_source
from retrovue.demo import DemoLibrary, DemoServer
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect, MediaBrowserDialect

SOURCES: dict[ServerKind, type[MediaBrowserSource]] = {
    ServerKind.EMBY: EmbySource,
    ServerKind.JELLYFIN: JellyfinSource,
}
DIALECTS = {ServerKind.EMBY: EmbyDialect, ServerKind.JELLYFIN: JellyfinDialect}


@pytest.fixture(params=[ServerKind.EMBY, ServerKind.JELLYFIN], ids=["emby", "jellyfin"])
def kind(request: pytest.FixtureRequest) -> ServerKind:
    return request.param


@pytest.fixture
def server(library: DemoLibrary, kind: ServerKind) -> Iterator[DemoServer]:
    with DemoServer(library, dialect=DIALECTS[kind]) as running:
        yield running


@pytest.fixture
def dialect(server: DemoServer) -> MediaBrowserDialect:
    assert isinstance(server.dialect, MediaBrowserDialect)
    return server.dialect


@pytest.fixture
def connect(server: DemoServer, kind: ServerKind) -> Iterator[Callable[..., MediaBrowserSource]]:
    """Opens sources of the server: `connect()`, `connect(token=…, user_id=…)`, `connect(ServerKind.EMBY)`."""
    opened: list[MediaSource] = []

    def start(as_kind: ServerKind = kind, **facts) -> MediaBrowserSource:
        values = {"url": server.url, "token": server.token, "read_timeout_s": 2.0, **facts}
        source = open_source(as_kind, Connection(**values))
        assert isinstance(source, MediaBrowserSource)
        opened.append(source)
        return source

    yield start
    for source in opened:
        source.close()


@pytest.fixture
def source(connect: Callable[..., MediaBrowserSource]) -> MediaBrowserSource:
    return connect()


@pytest.fixture
def impatient(server: DemoServer, kind: ServerKind, pauses) -> Iterator[MediaBrowserSource]:
    """A source that does not wait between attempts."""
    connection = Connection(server.url, token=server.token, read_timeout_s=1.0)
    client = HttpClient(connection, headers=mediabrowser_headers(kind, connection), wait=pauses)
    yield SOURCES[kind](connection, client=client)
    client.close()


@pytest.fixture
def by_name(source: MediaBrowserSource) -> dict[str, RemoteLibrary]:
    return {library.name: library for library in source.libraries()}
