"""Addresses that lead elsewhere, servers that start, and tokens that go to nobody before it is known who is there."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from tests.servers.bare import BareServer, answering, http_answer
from tests.servers.hostile import redirecting
from tests.services.servers.conftest import TOKEN, Machines

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import AuthError, ProxyError, SourceError, StartingError, WrongServerError
from retrovue.core.domain.servers import Server, ServerKind, ServerState
from retrovue.core.services.servers import registration as servers
from retrovue.core.services.servers import sign_in
from retrovue.core.services.servers.probe import Layer, StepState
from retrovue.core.sources.base import MediaSource
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.mediabrowser import JellyfinDialect, MediaBrowserDialect

Add = Callable[..., Server]
MEDIABROWSERS = [ServerKind.EMBY, ServerKind.JELLYFIN]


def _closing(host: AppContext, server: Server) -> closing[MediaSource]:
    return closing(host.open_source(server))


@pytest.fixture
def front() -> Iterator[Callable[..., BareServer]]:
    """Starts bare servers."""
    running: list[BareServer] = []

    def start(*args, **facts) -> BareServer:  # type: ignore[no-untyped-def]
        running.append(BareServer(*args, **facts))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def below() -> Iterator[DemoServer]:
    """A Jellyfin server with a base path."""
    library = make_library(LibrarySpec(shows=3, episodes=12, movies=6))
    with DemoServer(library, token=TOKEN, dialect=JellyfinDialect, base_path="/media") as server:
        yield server


@pytest.mark.parametrize("product", ServerKind)
def test_a_server_is_added_where_its_address_leads(
    add: Add, machines: Machines, front: Callable[..., BareServer], product: ServerKind
) -> None:
    server = machines(product)
    proxy = front(redirecting(server.url))
    assert add(server, product, url=proxy.url).url == server.url
    assert all(TOKEN not in str(record.query) for record in server.requests)


def test_a_base_path_is_found_and_kept(host: AppContext, below: DemoServer) -> None:
    typed = below.url.removesuffix("/media")
    verdict = servers.probe(host, ServerKind.JELLYFIN, typed, TOKEN)
    assert (verdict.ok, verdict.url) == (True, below.url)


def test_a_stored_address_that_moved_is_kept_by_a_test(
    host: AppContext, add: Add, machines: Machines, front: Callable[..., BareServer]
) -> None:
    server = machines()
    stored = add(server)
    proxy = front(redirecting(server.url))
    host.servers.change(stored.id, url=proxy.url)
    moved = host.servers.get(stored.id)
    assert moved is not None
    with _closing(host, moved) as source, pytest.raises(SourceError) as caught:
        source.libraries()
    assert "Test the server" in caught.value.hint
    assert servers.check(host, moved).ok
    found = host.servers.get(stored.id)
    assert found is not None
    assert found.url == server.url


@pytest.mark.parametrize("product", MEDIABROWSERS)
def test_a_password_goes_to_where_the_address_leads(
    host: AppContext, machines: Machines, front: Callable[..., BareServer], product: ServerKind
) -> None:
    server = machines(product)
    dialect = server.dialect
    assert isinstance(dialect, MediaBrowserDialect)
    account = dialect.users.accounts[0]
    proxy = front(redirecting(server.url))
    found = sign_in.with_password(host, product, proxy.url, account.name, account.password)
    assert found.user_id == account.id


@pytest.mark.parametrize("phase", ["early", pytest.param("loading", marks=pytest.mark.slow)])
def test_a_server_that_starts_is_waited_for_and_added(host: AppContext, machines: Machines, phase: str) -> None:
    server = machines(ServerKind.JELLYFIN)
    dialect = server.dialect
    assert isinstance(dialect, MediaBrowserDialect)
    dialect.starting = phase
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        dialect.starting = ""

    verdict = servers.probe(host, ServerKind.JELLYFIN, server.url, TOKEN, say=say, pause_s=0.01)
    assert verdict.ok
    assert len(said) == 1


def test_a_stored_server_that_starts_is_no_stranger(host: AppContext, add: Add, machines: Machines) -> None:
    server = machines(ServerKind.JELLYFIN)
    stored = add(server, ServerKind.JELLYFIN)
    assert isinstance(server.dialect, MediaBrowserDialect)
    server.dialect.starting = "early"
    verdict = servers.check(host, stored)
    assert isinstance(verdict.error, StartingError)
    assert "starting" in verdict.error.text


@pytest.mark.parametrize("product", ServerKind)
def test_a_token_goes_to_nobody_who_did_not_say_who_they_are(
    host: AppContext, add: Add, machines: Machines, product: ServerKind
) -> None:
    server = machines(product)
    stored = add(server, product)
    server.library.machine_identifier = "f" * 40
    server.reset_counters()
    address = "/Items/1/Images/Primary" if product is not ServerKind.PLEX else "/library/metadata/1/thumb/1"
    questions = (
        lambda source: source.sessions(),
        lambda source: source.libraries(),
        lambda source: source.artwork(address, width=1, height=1),
        lambda source: source.probe(),
    )
    for ask in questions:
        with _closing(host, stored) as source, pytest.raises(WrongServerError):
            ask(source)
    assert TOKEN not in str([(record.query, record.headers) for record in server.requests])


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
@pytest.mark.parametrize("product", ServerKind)
def test_a_proxys_refusal_asks_nobody_to_sign_in_again(
    host: AppContext, add: Add, machines: Machines, front: Callable[..., BareServer], product: ServerKind, status: str
) -> None:
    stored = add(machines(product), product)
    extra = "WWW-Authenticate: Basic realm=x\r\nServer: nginx/1.24.0\r\n"
    proxy = front(answering(http_answer(b"", status=status, extra=extra)))
    host.servers.change(stored.id, url=proxy.url)
    verdict = servers.check(host, replace(stored, url=proxy.url))
    assert isinstance(verdict.error, ProxyError)
    assert "nginx" in verdict.error.hint
    assert verdict.step(Layer.SIGN_IN).state is StepState.NOT_TRIED
    kept = host.servers.get(stored.id)
    assert kept is not None
    assert kept.state is ServerState.NOT_REACHABLE


@pytest.mark.parametrize("product", MEDIABROWSERS)
def test_a_key_that_the_server_does_not_know_says_where_keys_are_made(
    host: AppContext, machines: Machines, product: ServerKind
) -> None:
    verdict = servers.probe(host, product, machines(product).url, "no-such-key")
    assert isinstance(verdict.error, AuthError)
    assert "API key" in verdict.error.text
    assert "dashboard" in verdict.error.hint
