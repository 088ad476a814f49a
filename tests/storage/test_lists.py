"""Searching and listing the catalog: whatever is typed is harmless, every sort and filter runs, by an index."""

from collections.abc import Callable, Iterator
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from tests.storage.engines import ENGINES, empty_catalog
from tests.texts import CHARACTERS

from retrovue.core.domain.browse import BrowseQuery, SortField, View
from retrovue.core.domain.guids import ExternalId
from retrovue.core.domain.media import FileState, ItemKind, RemoteFile, RemoteItem
from retrovue.core.domain.servers import LibraryKind, RemoteLibrary, ServerInfo, ServerKind
from retrovue.core.domain.text import sort_key
from retrovue.core.storage.catalog import search
from retrovue.core.storage.catalog.lists import BrowseRepository
from retrovue.core.storage.catalog.reader import CatalogRepository
from retrovue.core.storage.catalog.writer import CatalogWriter, Prepared
from retrovue.core.storage.database import Database
from retrovue.core.storage.libraries import LibraryRepository
from retrovue.core.storage.places import MappedFile
from retrovue.core.storage.servers import ServerRepository

TITLES = [
    "Amélie", "Das Boot", "千と千尋の神隠し", "夜", "O'Brien \"Quoted\" - NEAR AND OR NOT *", "100% _real_", "L’été",
    "Alien³", "Ωmega", "ПРИВЕТ мир", "Part 2", "Part 10", "a", "",
]  # fmt: skip


def movie(number: int, title: str) -> RemoteItem:
    path = f"/media/{number:03} {title or 'untitled'}.mkv"
    return RemoteItem(
        ItemKind.MOVIE, str(number), title, number, external_ids=(ExternalId("imdb", f"tt{number:07}"),),
        year=1990 + number, duration_ms=number * 1000, added_at=1000 + number, view_count=number % 2,
        files=(RemoteFile(path, size_bytes=number * 10, resolution="1080p" if number % 2 else "4K", height=1080),),
    )  # fmt: skip


def episode(number: int) -> RemoteItem:
    return RemoteItem(
        ItemKind.EPISODE, f"e{number}", f"Episode {number}", number, show_remote_id="s1", show_title="The Show",
        season_number=1 + number // 10, episode_number=number % 10, added_at=number, view_count=number % 2,
        files=(RemoteFile(f"/tv/{number}.mkv", size_bytes=1),),
    )  # fmt: skip


# How SQLite reads a statement is asked of SQLite alone.
only_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture(scope="module", params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with empty_catalog(request.param, request, tmp_path_factory.mktemp("lists")) as database:
        fill(database)
        yield database


def fill(database: Database) -> None:
    info = ServerInfo(ServerKind.PLEX, "Home", "m1", "1")
    server = ServerRepository(database).add(name="Home", url="http://h", info=info, now=1)
    libraries = LibraryRepository(database)
    libraries.store_listing(server.id, [RemoteLibrary("1", "Mixed", LibraryKind.MIXED)], now=1)
    library = libraries.all()[0]
    writer = CatalogWriter(
        database,
        server_id=server.id,
        library_id=library.id,
        derive=lambda _rules: lambda *_file: MappedFile(None, None, None),
        now=1,
    )
    writer.write(ItemKind.MOVIE, [Prepared(movie(i, title), i) for i, title in enumerate(TITLES)])
    writer.write(ItemKind.SHOW, [Prepared(RemoteItem(ItemKind.SHOW, "s1", "The Show", 1, year=2000), 1)])
    writer.write(ItemKind.EPISODE, [Prepared(episode(i), i) for i in range(25)])
    writer.finish_totals()


def found(database: Database, text: str) -> list[str]:
    return [item.title for item in CatalogRepository(database).search(text)]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("amelie", "Amélie"), ("AMÉLIE", "Amélie"), ("ame", "Amélie"), ("boot das", "Das Boot"),
        ("千尋", "千と千尋の神隠し"), ("夜", "夜"), ("o'brien", TITLES[4]), ('"quoted"', TITLES[4]),
        ("near and", TITLES[4]),
        ("100%", "100% _real_"), ("_real", "100% _real_"), ("l'ete", "L’été"), ("alien3", "Alien³"),
        ("привет", "ПРИВЕТ мир"), ("the sh", "The Show"),
    ],
)  # fmt: skip
def test_what_people_type_is_found(database: Database, text: str, title: str) -> None:
    assert found(database, text)[0] == title


@pytest.mark.parametrize(
    "text",
    ["", " ", '"', "'", "*", "a OR b", "folded:x", "NEAR(", ")", "--", "; DROP TABLE movies", "%", "_", "/", "tt1/\x00",
     "\x00", "00\x00", "\ud800", "/\ud800", "x" * 5000],
)  # fmt: skip
def test_odd_texts_are_harmless(database: Database, text: str) -> None:
    CatalogRepository(database).search(text)
    for view in View:
        BrowseRepository(database).ids(BrowseQuery(view=view, text=text))
    assert len(BrowseRepository(database).ids(BrowseQuery(view=View.MOVIES))) == len(TITLES)


def test_wildcards_are_letters(database: Database) -> None:
    assert found(database, "%") == ["100% _real_"]
    assert found(database, "*") == [TITLES[4]]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(CHARACTERS, max_size=30))
def test_any_text_can_be_searched(database: Database, text: str) -> None:
    for item in CatalogRepository(database).search(text):
        assert item.title is not None


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.sampled_from(TITLES), data=st.data())
def test_each_part_of_a_title_finds_it(database: Database, title: str, data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(title.split() or ["a"]))
    start = data.draw(st.integers(0, len(word) - 1))
    part = word[start : start + data.draw(st.integers(1, len(word)))]
    hits = found(database, part)
    assert title in hits or not part.strip() or title == ""


@pytest.mark.parametrize("view", list(View))
def test_every_sort_runs_and_loses_nothing(database: Database, view: View) -> None:
    expected = {View.SHOWS: 1, View.MOVIES: len(TITLES), View.EPISODES: 25, View.FILES: len(TITLES) + 25}
    for sort, descending in product(SortField, (False, True)):
        ids = BrowseRepository(database).ids(BrowseQuery(view=view, sort=sort, descending=descending))
        assert len(set(ids)) == len(ids) == expected[view], (sort, descending)


def test_sorts_order_by_what_they_say(database: Database) -> None:
    browse = BrowseRepository(database)

    def rows(sort: SortField, *, descending: bool = False):
        ids = browse.ids(BrowseQuery(view=View.MOVIES, sort=sort, descending=descending))
        return browse.items(ItemKind.MOVIE, ids)

    for sort, value in (
        (SortField.YEAR, lambda row: row.year),
        (SortField.SIZE, lambda row: row.size_bytes),
        (SortField.ADDED, lambda row: row.added_at),
        (SortField.DURATION, lambda row: row.duration_ms),
        (SortField.TITLE, lambda row: sort_key(row.title)),
    ):
        values = [value(row) for row in rows(sort)]
        assert values == sorted(values)
        assert [value(row) for row in rows(sort, descending=True)] == sorted(values, reverse=True)
    titles = [row.title for row in rows(SortField.TITLE)]
    assert titles.index("Part 2") < titles.index("Part 10")


@pytest.mark.parametrize(
    ("facts", "count"),
    [
        ({}, len(TITLES)),
        ({"watched": True}, 7), ({"watched": False}, 7), ({"trashed": True}, 0), ({"removed": True}, 0),
        ({"added_since": 1010}, 4), ({"states": (FileState.UNMAPPED,)}, len(TITLES)),
        ({"states": (FileState.FOUND,)}, 0),
        ({"resolutions": ("4K",)}, 7), ({"server_ids": (99,)}, 0), ({"library_ids": (1,)}, len(TITLES)),
        ({"text": "tt0000003"}, 1), ({"text": "imdb:tt0000003"}, 1), ({"text": "/media/003"}, 1),
        ({"text": "amelie"}, 1),
        ({"text": "part", "watched": True, "resolutions": ("1080p",), "states": (FileState.UNMAPPED,)}, 1),
    ],
)  # fmt: skip
def test_every_filter_counts_right(database: Database, facts: dict[str, object], count: int) -> None:
    query = BrowseQuery(view=View.MOVIES, **facts)
    assert len(BrowseRepository(database).ids(query)) == count


@pytest.mark.parametrize("view", [View.SHOWS, View.EPISODES, View.FILES])
def test_every_filter_runs_in_every_view(database: Database, view: View) -> None:
    filters: list[dict[str, Any]] = [
        {"watched": True}, {"watched": False}, {"added_since": 5}, {"states": (FileState.UNMAPPED,)}, {"trashed": True},
        {"resolutions": ("4K",)}, {"library_ids": (1,)}, {"removed": True}, {"text": "show"},
        {"show_id": 1, "season": 1},
    ]  # fmt: skip
    for facts in filters:
        ids = BrowseRepository(database).ids(BrowseQuery(view=view, **facts))
        assert len(set(ids)) == len(ids), facts


def test_episodes_of_a_season_in_order(database: Database) -> None:
    browse = BrowseRepository(database)
    ids = browse.ids(BrowseQuery(view=View.EPISODES, show_id=1, season=2))
    rows = browse.items(ItemKind.EPISODE, ids)
    assert [(row.season, row.episode) for row in rows] == [(2, number) for number in range(10)]
    assert [season.episodes for season in browse.seasons(1)] == [10, 10, 5]


@only_sqlite
@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("SELECT t.id FROM movies t WHERE t.removed_at IS NULL ORDER BY t.sort_key, t.id", "ix_movies_sort_key"),
        ("SELECT t.id FROM shows t WHERE t.removed_at IS NULL ORDER BY t.sort_key, t.id", "ix_shows_sort_key"),
        ("SELECT t.id FROM episodes t WHERE t.show_id = 1 AND t.removed_at IS NULL ORDER BY t.show_id, "
         "t.season_number, t.episode_number, t.id", "ix_episodes_show_order"),
    ],
)  # fmt: skip
def test_default_orders_use_an_index(database: Database, sql: str, index: str) -> None:
    with database.read() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    assert any(index in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan


@only_sqlite
def test_ids_are_read_by_the_statements_that_are_planned(database: Database) -> None:
    """What the default views really send is what the plans above are about."""
    sent: list[str] = []

    def note(_c: object, _cursor: object, sql: str, *_rest: object) -> None:
        sent.append(sql)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        for view in (View.SHOWS, View.MOVIES):
            BrowseRepository(database).ids(BrowseQuery(view=view))
        BrowseRepository(database).ids(BrowseQuery(view=View.EPISODES, show_id=1))
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    lists = [sql for sql in sent if "ORDER BY" in sql]
    assert len(lists) >= 3
    with database.read() as connection:
        for sql in lists:
            values = (1,) * sql.count("?")
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
            assert not any("TEMP B-TREE" in step for step in plan), (sql, plan)


def test_the_search_index_follows_its_texts(database: Database) -> None:
    with database.write() as connection:
        row = search.search_id(ItemKind.MOVIE, 9_999)
        search.insert_rows(connection, [(row, "zanzibar")])
        assert search.find(connection, "zanzibar") == [row]
        search.replace_rows(connection, [(row, "timbuktu")])
        assert search.find(connection, "zanzibar") == []
        assert search.find(connection, "timbuktu") == [row]
        search.delete_rows(connection, [row])
        assert search.find(connection, "timbuktu") == []


def plans(database: Database, query: BrowseQuery) -> dict[str, list[str]]:
    """Each statement that a list sends, with how SQLite reads it."""
    browse = BrowseRepository(database)
    return plans_of(database, lambda: browse.ids(query))


def plans_of(database: Database, read: Callable[[], object]) -> dict[str, list[str]]:
    """Each statement that a read sends, with how SQLite reads it."""
    sent: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, sql: str, parameters: object, *_rest: object) -> None:
        sent.append((sql, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        read()
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    reads = {sql: parameters for sql, parameters in sent if sql.startswith(("SELECT", "INSERT", "WITH"))}
    with database.read() as connection:
        connection.exec_driver_sql("CREATE TEMP TABLE IF NOT EXISTS found (id INTEGER PRIMARY KEY)")
        for sql in reads.keys() - PLANS.keys():
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", reads[sql])  # type: ignore[arg-type]
            PLANS[sql] = [row[3] for row in rows]
    return {sql: PLANS[sql] for sql in reads}


PLANS: dict[str, list[str]] = {}
"""How SQLite reads a statement, asked once: most lists share theirs, and the tables stay as they are."""


ALL_FACTS: list[dict[str, object]] = [
    {}, {"watched": True}, {"watched": False}, {"added_since": 5}, {"seen_since": 5, "seen_until": 9},
    {"in_last_run": True}, {"states": (FileState.MISSING,)}, {"resolutions": ("4K",)}, {"library_ids": (1,)},
    {"server_ids": (1,)}, {"trashed": True}, {"removed": True}, {"text": "show"}, {"text": "/media/0"},
    {"text": "tt0000003"}, {"show_id": 1}, {"show_id": 1, "season": 1},
]  # fmt: skip


EACH_ONCE = [*((sort, {}) for sort in SortField), *((SortField.TITLE, facts) for facts in ALL_FACTS)]


@only_sqlite
@pytest.mark.parametrize(
    "lists",
    [
        pytest.param(EACH_ONCE, id="each order and each filter"),
        pytest.param(list(product(SortField, ALL_FACTS)), id="each filter in each order", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("view", list(View))
def test_no_list_makes_an_index_of_its_own_or_reads_a_row_too_often(
    database: Database, view: View, grouped: bool, lists: list[tuple[SortField, dict[str, object]]]
) -> None:
    """One join without an index stops a list of 200,000 rows for minutes, and shows only there."""
    for sort, facts in lists:
        for sql, steps in plans(database, BrowseQuery(view, sort=sort, grouped=grouped, **facts)).items():  # type: ignore[arg-type]
            assert not any("AUTOMATIC" in step for step in steps), (sql, steps)
            # Below another table everything is looked up: a second scan would be one per row.
            inner = [step for before, step in pairwise(steps) if before.startswith(("SCAN", "SEARCH"))]
            large = [step for step in inner if step.startswith("SCAN") and step.split()[1] in "teflk"]
            assert all("INDEX" in step for step in large), (sql, steps)


@only_sqlite
@pytest.mark.parametrize("kind", list(ItemKind))
def test_the_rows_of_a_page_are_looked_up_by_their_ids(database: Database, kind: ItemKind) -> None:
    """Beginning with all groups instead of those asked for made a page of 256 rows take 37 s."""
    browse = BrowseRepository(database)
    reads = (
        lambda: browse.items(kind, [1, 2, 3], grouped=True),
        lambda: browse.members(kind, [1, 2, 3]),
        lambda: browse.seasons(1, grouped=True),
    )
    for read in reads:
        for sql, steps in plans_of(database, read).items():
            whole = [step for step in steps if step.startswith("SCAN") and step.split()[1] in ("t", "e", "f", "k", "l")]
            assert not whole, (sql, steps)
            groups = [step for step in steps if step.split()[1] in ("a", "g") and "item_groups" in sql]
            assert all("item_id=?" in step or "group_id=?" in step for step in groups), (sql, steps)


@only_sqlite
@pytest.mark.parametrize("sort", [SortField.STATE, SortField.RESOLUTION])
@pytest.mark.parametrize("view", [View.MOVIES, View.EPISODES, View.FILES])
def test_states_and_resolutions_are_read_from_an_index(database: Database, view: View, sort: SortField) -> None:
    read = [step for steps in plans(database, BrowseQuery(view, sort=sort)).values() for step in steps]
    table, index = ("f", "ix_media_files") if sort is SortField.RESOLUTION else ("file_places", "ix_file_places")
    steps = [step for step in read if step.split()[1] == table]
    assert steps
    assert all(f"COVERING INDEX {index}" in step for step in steps), steps


@only_sqlite
@pytest.mark.parametrize("view", list(View))
def test_paths_are_searched_without_looking_up_files(database: Database, view: View) -> None:
    read = [step for steps in plans(database, BrowseQuery(view, text="/media/0")).values() for step in steps]
    assert "SCAN file_places" in read, "its rows are hardly more than the paths"
    (scan,) = [step for step in read if step.startswith(("SCAN f ", "SCAN media_files"))]
    assert "COVERING INDEX" in scan


@only_sqlite
@pytest.mark.parametrize("facts", [{"states": (FileState.MISSING,)}, {"resolutions": ("4K",)}], ids=str)
@pytest.mark.parametrize("view", [View.MOVIES, View.EPISODES, View.SHOWS])
def test_filters_by_file_find_their_items_by_an_index(database: Database, view: View, facts: dict[str, object]) -> None:
    read = [step for steps in plans(database, BrowseQuery(view, **facts)).values() for step in steps]  # type: ignore[arg-type]
    table = "file_places" if "states" in facts else "f"
    assert any(f"SEARCH {table} USING COVERING INDEX" in step for step in read), read


def test_a_search_that_finds_very_much_lists_only_what_it_found(database: Database) -> None:
    """Beyond some thousand hits the order of an index is thinned out instead: nothing else may come with it."""
    with database.write() as connection:
        rows = [(search.search_id(ItemKind.MOVIE, n), "flood") for n in range(20_000, 26_000)]
        search.insert_rows(connection, rows)
    ids = BrowseRepository(database).ids(BrowseQuery(View.MOVIES, text="flood"))
    assert len(ids) == 0
    with database.write() as connection:
        search.delete_rows(connection, [row for row, _text in rows])


def test_files_by_title_come_in_the_order_of_their_titles_however_few_they_are(database: Database) -> None:
    browse = BrowseRepository(database)
    every = list(browse.ids(BrowseQuery(View.FILES, sort=SortField.TITLE)))
    for text in ("/media/", "/tv/"):
        few = list(browse.ids(BrowseQuery(View.FILES, sort=SortField.TITLE, text=text)))
        assert few == [file_id for file_id in every if file_id in set(few)]
        assert len(few) > 10
