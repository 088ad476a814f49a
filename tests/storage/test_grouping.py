"""Items of several servers that are one and the same: found by id and year, listed once, never merged in the tables."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import pytest
from tests.storage.engines import ENGINES, empty_catalog

from retrovue.core.domain.browse import BrowseQuery, ItemRow, SortField, View
from retrovue.core.domain.guids import ExternalId
from retrovue.core.domain.media import FileState, ItemKind, RemoteFile, RemoteItem
from retrovue.core.domain.servers import LibraryKind, RemoteLibrary, ServerInfo, ServerKind
from retrovue.core.domain.sync import Initiator, LibraryReport, SyncOutcome, SyncTier
from retrovue.core.domain.tasks import Cancelled, CancelToken
from retrovue.core.services.catalog.groups import refresh_groups
from retrovue.core.storage.catalog.lists import BrowseRepository
from retrovue.core.storage.catalog.writer import CatalogWriter, Prepared
from retrovue.core.storage.database import Database
from retrovue.core.storage.libraries import LibraryRepository
from retrovue.core.storage.places import MappedFile
from retrovue.core.storage.runs import RunRepository
from retrovue.core.storage.servers import ServerRepository

GIB = 1 << 30


def movie(key: str, title: str, year: int | None, *ids: str, size: int = GIB, **facts: object) -> RemoteItem:
    path = str(facts.pop("path", f"/media/{key}.mkv"))
    return RemoteItem(
        ItemKind.MOVIE, key, title, 1, year=year, external_ids=guids(ids),
        files=(RemoteFile(path, size_bytes=size, resolution=str(facts.pop("resolution", "1080p"))),), **facts,
    )  # fmt: skip


def show(key: str, title: str, year: int | None, *ids: str) -> RemoteItem:
    return RemoteItem(ItemKind.SHOW, key, title, 1, year=year, external_ids=guids(ids))


def episode(show_key: str, season: int | None, number: int | None, *ids: str, watched: int = 0) -> RemoteItem:
    key = f"{show_key}-{season}-{number}-{'.'.join(ids)}"
    return RemoteItem(
        ItemKind.EPISODE, key, f"Episode {number}", 1, show_remote_id=show_key, season_number=season,
        episode_number=number, external_ids=guids(ids), view_count=watched,
        files=(RemoteFile(f"/tv/{key}.mkv", size_bytes=GIB),),
    )  # fmt: skip


def guids(texts: Sequence[str]) -> tuple[ExternalId, ...]:
    return tuple(ExternalId(*text.split(":")) for text in texts)


@dataclass
class Shelf:
    """A catalog of three libraries: one's own Plex and Emby, and a Jellyfin that is somebody else's."""

    database: Database
    browse: BrowseRepository

    def put(self, library_id: int, items: Sequence[RemoteItem], local: Callable[[str], str | None] = str) -> list[int]:
        """Store items as a sync run does; their ids."""
        library = next(one for one in LibraryRepository(self.database).all() if one.id == library_id)
        with self.database.write() as connection:
            # Without any rule nobody is asked where files are.
            connection.exec_driver_sql(
                "INSERT INTO path_mappings (id, computer_id, server_id, server_path, local_path, created_at) "
                "VALUES (?, 1, ?, '/', '/', 1) ON CONFLICT DO NOTHING",
                (library.server_id, library.server_id),
            )
        runs = RunRepository(self.database)
        run = runs.start(
            server_id=library.server_id, library_id=library.id, library=library.name, initiator=Initiator.PERSON, now=5
        )
        writer = CatalogWriter(
            self.database, server_id=library.server_id, library_id=library.id, now=5,
            derive=lambda _rules: lambda path, _libraries: MappedFile(local(path), None, None),
        )  # fmt: skip
        added: list[int] = []
        for kind in (ItemKind.MOVIE, ItemKind.SHOW, ItemKind.EPISODE):
            batch = [Prepared(item, n) for n, item in enumerate(items) if item.kind is kind]
            added += writer.write(kind, batch).added_ids
        writer.finish_totals()
        report = LibraryReport(
            "s", library.name, library.server_id, library.id, SyncTier.FULL, SyncOutcome.OK, added=len(added)
        )
        runs.finish(run, report, now=6)
        refresh_groups(self.browse.groups)
        return added

    def titles(self, view: View = View.MOVIES, **facts: object) -> list[str]:
        return [row.title for row in self.rows(view, **facts)]

    def rows(self, view: View = View.MOVIES, **facts: object) -> list[ItemRow]:
        kind = {View.MOVIES: ItemKind.MOVIE, View.SHOWS: ItemKind.SHOW, View.EPISODES: ItemKind.EPISODE}[view]
        ids = self.browse.ids(BrowseQuery(view, grouped=True, **facts))  # type: ignore[arg-type]
        return self.browse.items(kind, ids, grouped=True)


@pytest.fixture
def shelf(engine_database: Database) -> Shelf:
    with_servers(engine_database)
    return Shelf(engine_database, BrowseRepository(engine_database))


def with_servers(database: Database) -> None:
    for n, (kind, name) in enumerate(
        ((ServerKind.PLEX, "Attic"), (ServerKind.EMBY, "Cabin"), (ServerKind.JELLYFIN, "Friend")), start=1
    ):
        info = ServerInfo(kind, name, f"m{n}", "1", is_owner=name != "Friend")
        server = ServerRepository(database).add(name=name, url=f"http://{n}", info=info, now=1)
        LibraryRepository(database).store_listing(
            server.id, [RemoteLibrary(f"l{n}", f"Mixed {n}", LibraryKind.MIXED)], now=1
        )


@pytest.fixture(scope="module", params=ENGINES)
def full_shelf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """Seven movies, five shows and their twenty episodes in three libraries, for tests that only read."""
    with empty_catalog(request.param, request, tmp_path_factory.mktemp("full")) as database:
        with_servers(database)
        shelf = Shelf(database, BrowseRepository(database))
        for library in (1, 2, 3):
            shelf.put(
                library,
                [*(movie(f"m{n}", f"Movie {n}", 2000, f"tmdb:{n}", view_count=n % 2) for n in range(library, 8)),
                 *(show(f"s{n}", f"Show {n}", 2000, f"tvdb:{n}") for n in range(library, 6)),
                 *(episode(f"s{n}", 1, e, watched=e % 2) for n in range(library, 6) for e in range(4))],
            )  # fmt: skip
        yield shelf


def test_movies_with_a_common_id_are_one_row_and_stay_two_in_the_catalog(shelf: Shelf) -> None:
    (first,) = shelf.put(1, [movie("1", "Alien", 1979, "tmdb:348", "imdb:tt0078748")])
    (second,) = shelf.put(2, [movie("a", "Alien (Emby)", 1979, "imdb:tt0078748")])
    (row,) = shelf.rows()
    assert row.id == first
    assert [(copy.item_id, copy.server, copy.library) for copy in row.copies] == [
        (first, "Attic", "Mixed 1"), (second, "Cabin", "Mixed 2"),
    ]  # fmt: skip
    assert len(shelf.browse.ids(BrowseQuery(View.MOVIES))) == 2
    assert shelf.browse.folded_away(ItemKind.MOVIE) == 1
    assert shelf.browse.members(ItemKind.MOVIE, [first]) == [first, second]


@pytest.mark.parametrize(
    ("years", "rows"), [((1982, 1982), 1), ((1982, 1983), 1), ((1982, 2011), 2), ((1982, None), 1)]
)
def test_the_year_guards_against_remakes(shelf: Shelf, years: tuple[int, int | None], rows: int) -> None:
    shelf.put(1, [movie("1", "The Thing", years[0], "tmdb:1")])
    shelf.put(2, [movie("a", "The Thing", years[1], "tmdb:1")])
    assert len(shelf.rows()) == rows


def test_the_kind_guards_and_ids_that_name_nothing_join_nothing(shelf: Shelf) -> None:
    shelf.put(1, [movie("1", "Fargo", 1996, "tmdb:275"), movie("2", "Home video", 2000, "local:7")])
    shelf.put(2, [show("s", "Fargo", 1996, "tmdb:275"), movie("b", "Other video", 2000, "local:7")])
    assert shelf.titles() == ["Fargo", "Home video", "Other video"]
    assert [row.copies for row in shelf.rows(View.SHOWS)] == [()]


def test_editions_in_one_library_stay_two_rows(shelf: Shelf) -> None:
    shelf.put(1, [movie("1", "Brazil", 1985, "tmdb:68"), movie("2", "Brazil (cut)", 1985, "tmdb:68")])
    assert len(shelf.rows()) == 2


def test_a_local_file_that_two_servers_reach_counts_once(shelf: Shelf) -> None:
    shelf.put(1, [movie("1", "Same", 2000, "tmdb:1", path="/nas/x.mkv"), movie("2", "Two", 2000, "tmdb:2", size=GIB)])
    shelf.put(
        2,
        [movie("a", "Same", 2000, "tmdb:1", path="/other/x.mkv"), movie("b", "Two", 2000, "tmdb:2", size=2 * GIB)],
        lambda path: path.replace("/other", "/nas"),
    )
    sizes = {row.title: row.size_bytes for row in shelf.rows()}
    assert sizes == {"Same": GIB, "Two": 3 * GIB}
    states = {row.title: sum(row.states.values()) for row in shelf.rows()}
    assert states == {"Same": 1, "Two": 2}
    assert shelf.titles(sort=SortField.SIZE) == ["Same", "Two"]
    assert shelf.titles(sort=SortField.SIZE, descending=True) == ["Two", "Same"]


def test_of_two_sizes_of_one_file_the_larger_counts(shelf: Shelf) -> None:
    for server, first, second in ((1, GIB, 2 * GIB), (2, 2 * GIB, GIB)):
        listed = [
            movie("1", "Grown", 2000, "tmdb:1", path="/nas/x.mkv", size=first),
            movie("2", "Shrunk", 2000, "tmdb:2", path="/nas/y.mkv", size=second),
        ]
        shelf.put(server, listed, lambda path: path)
    assert {row.title: row.size_bytes for row in shelf.rows()} == {"Grown": 2 * GIB, "Shrunk": 2 * GIB}


def test_watched_anywhere_is_watched(shelf: Shelf) -> None:
    shelf.put(1, [movie("1", "Seen there", 2000, "tmdb:1"), movie("2", "Unseen", 2000, "tmdb:2")])
    shelf.put(2, [movie("a", "Seen there", 2000, "tmdb:1", view_count=3), movie("b", "Unseen", 2000, "tmdb:2")])
    assert {row.title: bool(row.watched) for row in shelf.rows()} == {"Seen there": True, "Unseen": False}
    assert shelf.titles(watched=True) == ["Seen there"]
    assert shelf.titles(watched=False) == ["Unseen"]
    assert shelf.titles(sort=SortField.WATCHED) == ["Unseen", "Seen there"]
    assert shelf.titles(sort=SortField.WATCHED, descending=True) == ["Seen there", "Unseen"]


def test_seasons_and_episodes_of_the_same_show_are_merged(shelf: Shelf) -> None:
    shelf.put(
        1, [show("s", "Twin Peaks", 1990, "tvdb:70533"), *(episode("s", 1, n, watched=n == 1) for n in (1, 2, 3))]
    )
    theirs = [episode("t", 1, n, watched=n == 2) for n in (2, 3, 4)]
    shelf.put(2, [show("t", "Twin Peaks", 1990, "tvdb:70533", "imdb:tt1"), *theirs, episode("t", 2, 1)])
    (row,) = shelf.rows(View.SHOWS)
    assert (row.seasons, row.episodes, row.watched) == (2, 5, 2)
    assert row.size_bytes == 7 * GIB
    seasons = shelf.browse.seasons(row.id, grouped=True)
    assert [(one.number, one.episodes, one.watched) for one in seasons] == [(1, 4, 2), (2, 1, 0)]
    assert [one.episodes for one in shelf.browse.seasons(row.id)] == [3]
    first = shelf.rows(View.EPISODES, show_id=row.id, season=1)
    assert [(one.episode, len(one.copies)) for one in first] == [(1, 0), (2, 2), (3, 2), (4, 0)]
    assert len(shelf.rows(View.EPISODES)) == 5
    assert shelf.browse.folded_away(ItemKind.EPISODE) == 2


@pytest.mark.parametrize(("watched", "titles"), [(True, ["Both halves"]), (False, ["One half"])])
def test_a_show_is_watched_when_its_copies_are_together(shelf: Shelf, watched: bool, titles: list[str]) -> None:
    for library, half in ((1, 1), (2, 2)):
        shelf.put(
            library,
            [show("s", "Both halves", 2000, "tvdb:1"), *(episode("s", 1, n, watched=n == half) for n in (1, 2)),
             show("t", "One half", 2000, "tvdb:2"), *(episode("t", 1, n, watched=n == 1) for n in (1, 2))],
        )  # fmt: skip
    assert shelf.titles(View.SHOWS, watched=watched) == titles
    ordered = shelf.titles(View.SHOWS, sort=SortField.WATCHED, descending=watched)
    assert ordered[0] == titles[0]


def test_episodes_of_shows_that_are_not_the_same_are_joined_by_their_own_ids(shelf: Shelf) -> None:
    shelf.put(1, [show("s", "Anthology", 2000, "tvdb:1"), episode("s", 1, 1, "imdb:tt7"), episode("s", 1, 2)])
    shelf.put(2, [show("t", "Anthology", 2000, "tmdb:9"), episode("t", 4, 1, "imdb:tt7"), episode("t", 1, 2)])
    assert len(shelf.rows(View.SHOWS)) == 2
    assert sorted(len(row.copies) for row in shelf.rows(View.EPISODES)) == [0, 0, 2]


def test_ones_own_copy_stands_for_one_that_is_shared_and_the_shared_one_is_marked(shelf: Shelf) -> None:
    shelf.put(3, [movie("x", "Alien", 1979, "tmdb:348")])
    shelf.put(2, [movie("a", "Alien", 1979, "tmdb:348")])
    (row,) = shelf.rows()
    assert row.server == "Cabin"
    assert [(copy.server, copy.is_shared) for copy in row.copies] == [("Cabin", False), ("Friend", True)]
    (only,) = shelf.rows(server_ids=(row.copies[1].server_id,))
    assert only.server == "Friend"
    assert only.is_shared
    assert len(only.copies) == 2


@pytest.mark.parametrize("sort", [SortField.STATE])
def test_files_of_somebody_elses_server_say_nothing_of_this_computer(shelf: Shelf, sort: SortField) -> None:
    shelf.put(1, [movie("1", "Both", 2000, "tmdb:1"), movie("2", "Own", 2000, "tmdb:2")])
    shelf.put(3, [movie("x", "Both", 2000, "tmdb:1", path="/friend/x.mkv"), movie("y", "Only there", 2000, "tmdb:3")])
    with shelf.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO file_places (media_file_id, computer_id, file_state) "
            "SELECT id, 1, CASE server_id WHEN 1 THEN 'found' ELSE 'missing' END FROM media_files WHERE true "
            "ON CONFLICT (media_file_id, computer_id) DO UPDATE SET file_state = excluded.file_state"
        )
    states = {row.title: row.states for row in shelf.rows()}
    assert states == {
        "Both": {FileState.FOUND: 1}, "Own": {FileState.FOUND: 1}, "Only there": {FileState.MISSING: 1},
    }  # fmt: skip
    assert shelf.titles(sort=sort) == ["Both", "Own", "Only there"]
    assert shelf.titles(sort=sort, descending=True)[0] == "Only there"


def test_a_group_loses_what_goes_and_shows_what_is_left(shelf: Shelf) -> None:
    (first,) = shelf.put(1, [movie("1", "Alien", 1979, "tmdb:348")])
    (second,) = shelf.put(2, [movie("a", "Alien", 1979, "tmdb:348")])
    with shelf.database.write() as connection:
        connection.exec_driver_sql("UPDATE movies SET removed_at = 9 WHERE id = ?", (first,))
    (row,) = shelf.rows()
    assert (row.id, row.copies) == (second, ())
    with shelf.database.write() as connection:
        connection.exec_driver_sql("UPDATE servers SET removed_at = 9 WHERE name = 'Attic'")
    assert shelf.browse.groups.is_stale()
    assert refresh_groups(shelf.browse.groups) is True
    assert shelf.browse.folded_away(ItemKind.MOVIE) == 0
    assert refresh_groups(shelf.browse.groups) is False


def test_a_group_stands_where_its_newest_worst_or_best_copy_stands(shelf: Shelf) -> None:
    def three(prefix: str, added: int, resolution: str) -> list[RemoteItem]:
        facts = {"added_at": added, "resolution": resolution}
        return [movie(f"{prefix}1", "Grouped", 2000, "tmdb:1", **facts)]

    shelf.put(1, [*three("p", 10, "480p"), movie("p2", "Middle", 2000, "tmdb:2", added_at=50, resolution="720p")])
    shelf.put(2, three("q", 90, "1080p"))
    for sort in (SortField.ADDED,):
        assert shelf.titles(sort=sort) == ["Middle", "Grouped"]
        assert shelf.titles(sort=sort, descending=True) == ["Grouped", "Middle"]
    (row,) = [row for row in shelf.rows() if row.title == "Grouped"]
    assert row.resolution == "1080p"
    assert row.added_at is not None
    assert row.added_at.timestamp() == 90


@pytest.mark.parametrize("view", [View.SHOWS, View.MOVIES, View.EPISODES])
def test_every_grouped_order_lists_each_group_once(full_shelf: Shelf, view: View) -> None:
    groups = {View.SHOWS: 5, View.MOVIES: 7, View.EPISODES: 20}[view]
    word, hits = ("4", 1) if view is not View.EPISODES else ("show 4", 0)
    for sort, descending in product(SortField, (False, True)):
        # A list of its own, which has no order from the one before.
        browse = BrowseRepository(full_shelf.database)
        ids = browse.ids(BrowseQuery(view, grouped=True, sort=sort, descending=descending))
        assert len(ids) == len(set(ids)) == groups, (sort, descending)
        assert len(browse.ids(BrowseQuery(view, grouped=True, sort=sort, text=word))) == hits, sort
        assert len(browse.ids(BrowseQuery(view, grouped=True, sort=sort, states=(FileState.MISSING,)))) == 0, sort


def test_groups_that_are_cancelled_stay_as_they_were(shelf: Shelf) -> None:
    shelf.put(1, [movie("1", "Alien", 1979, "tmdb:348")])
    shelf.put(2, [movie("a", "Alien", 1979, "tmdb:348")])
    with shelf.database.write() as connection:
        connection.exec_driver_sql("UPDATE servers SET is_owner = NOT is_owner")
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        refresh_groups(shelf.browse.groups, token=token)
    assert len(shelf.rows()) == 1
    assert shelf.browse.groups.is_stale()
