"""What an account watched comes with the lists; which library an item is in is told by its path."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import LibraryKind, LibraryRoot, RemoteLibrary, ServerKind
from retrovue.core.sources.base import Page, Since
from retrovue.core.sources.mediabrowser.decode import full_listing, slim_listing
from retrovue.core.sources.mediabrowser.items import change_key, item_page
from retrovue.core.sources.mediabrowser.source import MediaBrowserSource
from retrovue.core.sources.mediabrowser.whereabouts import Whereabouts
from retrovue.demo import DemoLibrary, DemoServer
from retrovue.demo.mediabrowser import MediaBrowserDialect

Connect = Callable[..., MediaBrowserSource]


def row(**watched: Any) -> bytes:
    item = {"Id": "1", "Type": "Movie", "Name": "Lamps", "Path": "/m/l.mkv", "Etag": "e", "UserData": watched}
    return json.dumps({"Items": [item], "TotalRecordCount": 1}).encode()


@pytest.mark.parametrize(
    ("watched", "views"),
    [
        ({}, (0, None)),
        ({"Played": False, "PlayCount": 0}, (0, None)),
        ({"Played": True, "PlayCount": 0}, (1, None)),
        ({"Played": True, "PlayCount": 4, "LastPlayedDate": "2024-02-28T12:44:07.0000000Z"}, (4, 1_709_124_247)),
        # Without a zone a date is UTC; year 1 is "never"; absurd numbers are none.
        ({"Played": True, "PlayCount": 2, "LastPlayedDate": "2024-02-28T12:44:07"}, (2, 1_709_124_247)),
        ({"Played": True, "PlayCount": 2**70, "LastPlayedDate": "0001-01-01T00:00:00.0000000Z"}, (1, None)),
        ({"Played": True, "PlayCount": -3, "LastPlayedDate": "soon"}, (1, None)),
    ],
)
def test_views_of_a_row(watched: dict[str, Any], views: tuple[int, int | None]) -> None:
    page: Page = item_page(full_listing(row(**watched)), ItemKind.MOVIE, start=0, parts_of=lambda _id: ())
    [item] = page.items
    assert (item.view_count, item.last_viewed_at) == views


def test_a_play_moves_the_change_key_although_it_moves_no_hash() -> None:
    def key(**watched: Any) -> int:
        [slim], [full] = slim_listing(row(**watched)).rows, full_listing(row(**watched)).rows
        assert change_key(slim) == change_key(full)
        return change_key(slim)

    assert len({key(Played=False), key(Played=True), key(Played=True, PlayCount=2)}) == 3


def test_an_api_key_asks_for_nobodys_plays_and_an_account_for_its_own(
    connect: Connect, dialect: MediaBrowserDialect, server: DemoServer, library: DemoLibrary, kind: ServerKind
) -> None:
    movie = library.members("1", "movie")[3]
    library.edit(movie.id, stamp=False, view_count=3, last_viewed_at=1_700_000_000)
    account = dialect.users.accounts[0]
    views = {}
    for user_id in (None, account.id):
        source = connect(token=dialect.users.issue(account) if user_id else server.token, user_id=user_id)
        movies = next(each for each in source.libraries() if each.name == "Movies")
        page = source.items_page(movies, ItemKind.MOVIE, start=0, size=500)
        asked = next(each.query for each in reversed(server.requests) if each.path.endswith("/Items"))
        assert ("EnableUserData=true" in asked) is (user_id is not None)
        found = {item.remote_id: item for item in page.items}[dialect.flavour.item_id(movie.id)]
        views[user_id] = (found.view_count, found.last_viewed_at)
    # Emby's lists say neither how often nor when.
    told = (1, None) if kind is ServerKind.EMBY else (3, 1_700_000_000)
    assert views == {None: (0, None), account.id: told}


def test_a_play_is_in_the_delta_of_emby(
    connect: Connect, dialect: MediaBrowserDialect, server: DemoServer, library: DemoLibrary, kind: ServerKind
) -> None:
    """Its second parameter also tells of saved plays; Jellyfin's is the first again (its issue 17542)."""
    library.set_clock_back(-90 * 86_400)
    account = dialect.users.accounts[0]
    source = connect(token=dialect.users.issue(account), user_id=account.id)
    movies = next(each for each in source.libraries() if each.name == "Movies")
    since = Since(float(library.now()))
    movie = library.members("1", "movie")[3]
    library.edit(movie.id, stamp=False, view_count=3, last_viewed_at=library.now())
    page = source.items_page(movies, ItemKind.MOVIE, start=0, size=500, since=since)
    assert ("MinDateLastSavedForUser=" in server.requests[-1].query) is (kind is ServerKind.EMBY)
    expected = [dialect.flavour.item_id(movie.id)] if kind is ServerKind.EMBY else []
    assert [item.remote_id for item in page.items] == expected


def library_at(remote_id: str, *roots: tuple[str, str | None]) -> RemoteLibrary:
    return RemoteLibrary(
        remote_id=remote_id,
        name=remote_id,
        kind=LibraryKind.MOVIES,
        uuid=remote_id,
        change_marker=None,
        roots=tuple(LibraryRoot(path, None, alias) for path, alias in roots),
    )


FILMS = library_at("films", ("/media/films", None), ("D:\\Films", "\\\\NAS\\films"))
KIDS = library_at("kids", ("/media/films/kids", None), ("smb://nas/kids", None))
BARE = library_at("bare")


@pytest.mark.parametrize(
    ("path", "elsewhere_of_films", "elsewhere_of_kids"),
    [
        ("/media/films/a.mkv", False, True),
        ("/media/films/kids/a.mkv", True, False),
        ("/media/filmsandmore/a.mkv", False, False),
        ("/Media/Films/a.mkv", False, False),
        ("d:\\films\\A.mkv", False, True),
        ("\\\\nas\\Films\\A.mkv", False, True),
        ("\\\\nas\\kids\\A.mkv", True, False),
        ("http://stream.example/a", False, False),
        ("", False, False),
        (None, False, False),
    ],
)
def test_the_innermost_folder_tells_the_library(
    path: str | None, elsewhere_of_films: bool, elsewhere_of_kids: bool
) -> None:
    whereabouts = Whereabouts([FILMS, KIDS, BARE])
    assert whereabouts.is_elsewhere(path, FILMS) is elsewhere_of_films
    assert whereabouts.is_elsewhere(path, KIDS) is elsewhere_of_kids
    # Nobody was told of its folders: nothing can be said, but where the file of another is.
    assert Whereabouts().is_elsewhere(path, FILMS) is False
