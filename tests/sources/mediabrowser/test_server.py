"""Who answers, who may ask, and what goes wrong on the way."""

from collections.abc import Callable

import pytest

from retrovue.core.domain.errors import (
    AuthError,
    Cancelled,
    ForbiddenError,
    NotFoundError,
    PageTooLargeError,
    ProtocolError,
    UnreachableError,
    WrongServerError,
)
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import RemoteLibrary, ServerKind
from retrovue.core.sources.base import Connection
from retrovue.core.sources.mediabrowser.headers import authorization
from retrovue.core.sources.mediabrowser.source import MediaBrowserSource
from retrovue.core.sources.registry import open_source
from retrovue.demo import DemoLibrary, DemoServer
from retrovue.demo.fault_kinds import CutInBody, Html, Malformed, Status, WrongTotal
from retrovue.demo.faults import path as requests_to
from retrovue.demo.mediabrowser import MediaBrowserDialect
from retrovue.demo.playback import PHONE, USERS

Connect = Callable[..., MediaBrowserSource]


def test_identity_without_and_with_a_token(source: MediaBrowserSource, server: DemoServer, kind: ServerKind) -> None:
    public = source.identify()
    assert (public.kind, public.name) == (kind, "Lanternhouse")
    assert public.machine_identifier == server.library.machine_identifier[:32]
    assert not {"authorization", "x-emby-token"} & server.requests[-1].headers.keys()
    signed_in = source.probe()
    assert (signed_in.account, signed_in.user_id, signed_in.is_owner) == (None, None, True)
    assert signed_in.platform == "Linux"


def test_the_token_is_in_headers_only(source: MediaBrowserSource, server: DemoServer, kind: ServerKind) -> None:
    source.libraries()
    request = server.requests[-1]
    assert 'Token="demo-token"' in request.headers["authorization"]
    assert ("x-emby-token" in request.headers) is (kind is ServerKind.EMBY)
    assert server.token not in request.query
    assert authorization('a"b, c', None).count('"') == 8


@pytest.mark.parametrize("number", [0, 1])
def test_people_see_what_their_account_may(
    connect: Connect, dialect: MediaBrowserDialect, kind: ServerKind, number: int
) -> None:
    account = dialect.users.accounts[number]
    source = connect(token=dialect.users.issue(account), user_id=account.id)
    info = source.probe()
    assert (info.account, info.user_id, info.is_owner) == (account.name, account.id, account.is_administrator)
    libraries = {library.name: library for library in source.libraries()}
    assert ("4K Movies" in libraries) is account.is_administrator
    assert bool(libraries["Movies"].roots) is account.is_administrator
    page = source.items_page(libraries["Movies"], ItemKind.MOVIE, start=0, size=500)
    assert {item.remote_id for item in page.items} == {
        key for key, each in dialect.truth("1").items() if each.kind == "movie"
    }


def test_jellyfin_tells_the_account_of_a_token_that_was_typed(
    connect: Connect, dialect: MediaBrowserDialect, kind: ServerKind
) -> None:
    account = dialect.users.accounts[1]
    info = connect(token=dialect.users.issue(account)).probe()
    expected = account.id if kind is ServerKind.JELLYFIN else None
    assert (info.user_id, info.is_owner) == (expected, False)


def test_a_revoked_token_is_told_as_such_everywhere(
    connect: Connect, dialect: MediaBrowserDialect, by_name: dict[str, RemoteLibrary]
) -> None:
    account = dialect.users.accounts[1]
    token = dialect.users.issue(account)
    source = connect(token=token, user_id=account.id)
    source.libraries()
    dialect.users.revoke(token)
    for ask in (
        source.probe,
        source.libraries,
        source.sessions,
        lambda: source.items_page(by_name["Movies"], ItemKind.MOVIE, start=0, size=5),
        lambda: source.count(by_name["Movies"], ItemKind.MOVIE),
    ):
        with pytest.raises(AuthError):
            ask()
    assert source.identify().name == "Lanternhouse"


def test_each_product_is_recognised_at_the_others_address(
    connect: Connect, kind: ServerKind, server: DemoServer
) -> None:
    for other in ServerKind:
        if other is kind:
            continue
        source = open_source(other, Connection(server.url, token="x"))
        with pytest.raises(WrongServerError) as caught:
            source.identify()
        source.close()
        assert caught.value.found_kind == kind.value


def test_plex_at_this_address_is_recognised(library: DemoLibrary, kind: ServerKind) -> None:
    with DemoServer(library) as plex:
        source = open_source(kind, Connection(plex.url, token=plex.token))
        with pytest.raises(WrongServerError) as caught:
            source.identify()
        source.close()
    assert caught.value.found_kind == "plex"


def test_a_base_path_and_embys_own_prefix(library: DemoLibrary, kind: ServerKind, server: DemoServer) -> None:
    with DemoServer(library, base_path="/media", dialect=type(server.dialect)) as behind:
        source = open_source(kind, Connection(behind.url, token=behind.token))
        assert len(source.libraries()) == 6
        source.close()
    if kind is ServerKind.EMBY:
        source = open_source(kind, Connection(server.url + "/emby", token=server.token))
        assert source.probe().name == "Lanternhouse"
        source.close()


def test_emby_servers_that_know_only_the_newer_list_of_libraries(
    connect: Connect, dialect: MediaBrowserDialect, kind: ServerKind
) -> None:
    dialect.has_folder_array = False
    if kind is ServerKind.JELLYFIN:
        with pytest.raises(NotFoundError):
            connect().libraries()
        return
    assert len(connect().libraries()) == 6


def test_older_versions_list_what_a_person_sees_at_another_path(
    connect: Connect, dialect: MediaBrowserDialect, server: DemoServer
) -> None:
    account = dialect.users.accounts[1]
    source = connect(token=dialect.users.issue(account), user_id=account.id)
    with server.faults.using(Status(status=404, match=requests_to("/UserViews"))):
        assert len(source.libraries()) == 5


def test_malformed_ids_are_never_sent_and_long_lists_are_split(
    source: MediaBrowserSource, by_name: dict[str, RemoteLibrary], server: DemoServer, dialect: MediaBrowserDialect
) -> None:
    ids = [key for key, each in dialect.truth("3").items() if each.kind == "episode"]
    gone = dialect.flavour.item_id(77_777_777)
    server.reset_counters()
    page = source.details(by_name["TV Shows"], ItemKind.EPISODE, [*ids, "item-1", "1 OR 1", gone])
    assert {item.remote_id for item in page.items} == set(ids)
    assert {bad.remote_id for bad in page.bad} == {"item-1", "1 OR 1"}
    assert {record.status for record in server.requests} == {200}
    assert len(server.requests) == -(-(len(ids) + 1) // source.capabilities.max_ids)
    assert all("item-1" not in record.query for record in server.requests)


def test_no_ids_cost_no_request(
    source: MediaBrowserSource, by_name: dict[str, RemoteLibrary], server: DemoServer
) -> None:
    server.reset_counters()
    assert source.details(by_name["Movies"], ItemKind.MOVIE, []).arrived == 0
    assert server.request_count == 0


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Status(status=500), ProtocolError),
        (Status(status=403), ForbiddenError),
        (Status(status=401), AuthError),
        (Status(status=414), PageTooLargeError),
        (Html(), ProtocolError),
        (Malformed(), ProtocolError),
        (CutInBody(), (ProtocolError, UnreachableError)),
    ],
    ids=lambda value: type(value).__name__ + str(getattr(value, "status", "")),
)
def test_a_failed_page_is_an_error_and_never_an_empty_library(
    impatient: MediaBrowserSource, server: DemoServer, fault, error
) -> None:
    movies = next(each for each in impatient.libraries() if each.name == "Movies")
    with server.faults.using(fault), pytest.raises(error):
        impatient.items_page(movies, ItemKind.MOVIE, start=0, size=500)
    assert impatient.items_page(movies, ItemKind.MOVIE, start=0, size=5).arrived == 5


def test_a_short_hiccup_is_waited_out(impatient: MediaBrowserSource, server: DemoServer) -> None:
    with server.faults.using(Status(status=503, retry_after="005", times=1, match=requests_to("VirtualFolders"))):
        assert len(impatient.libraries()) == 6


def test_totals_are_passed_on_as_told(
    source: MediaBrowserSource, by_name: dict[str, RemoteLibrary], server: DemoServer
) -> None:
    with server.faults.using(WrongTotal(by=3)):
        page = source.items_page(by_name["Movies"], ItemKind.MOVIE, start=0, size=500)
    assert page.total == page.arrived + 3
    with server.faults.using(WrongTotal(by=None)):
        assert source.items_page(by_name["Movies"], ItemKind.MOVIE, start=0, size=5).total is None
        assert source.count(by_name["Movies"], ItemKind.MOVIE) is None


def test_sessions_of_those_who_play(
    source: MediaBrowserSource, server: DemoServer, library: DemoLibrary, dialect: MediaBrowserDialect
) -> None:
    assert source.sessions() == []
    episode = library.members("3", "episode")[0]
    movie = library.members("1", "movie")[0]
    server.playbacks.start(episode.id, offset_ms=65_000, state="paused")
    server.playbacks.start(movie.id, USERS[1], PHONE, decision="transcode", bandwidth_kbps=2_000)
    server.playbacks.start(movie.id, USERS[2], decision="direct stream", session_key="9")
    paused, transcoded, copied = source.sessions()
    assert (paused.state, paused.position_ms, paused.decision) == ("paused", 65_000, "direct_play")
    assert (paused.remote_id, paused.episode_number) == (dialect.flavour.item_id(episode.id), episode.index)
    assert (paused.user, paused.player) == ("marlow", "Living Room")
    assert (transcoded.decision, transcoded.bandwidth_kbps, transcoded.user) == ("transcode", 2_000, "edda")
    assert transcoded.delivered_label == "720p H264 · AAC 2.0"
    assert copied.decision == "direct_stream"


def test_abort_ends_what_is_asked_from_then_on(source: MediaBrowserSource) -> None:
    source.abort()
    with pytest.raises(Cancelled):
        source.libraries()
