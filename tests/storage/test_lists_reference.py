"""Every list equals what a plain program finds in the same rows: searched, filtered, sorted, grouped or not."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.storage.engines import ENGINES, empty_catalog

from retrovue.core.domain.browse import BrowseQuery, SortField, View
from retrovue.core.domain.media import FileState, ItemKind
from retrovue.core.domain.text import fold, sort_key
from retrovue.core.services.catalog.groups import refresh_groups
from retrovue.core.storage.catalog import search
from retrovue.core.storage.catalog.lists import BrowseRepository
from retrovue.core.storage.database import Database
from retrovue.core.storage.tables import (
    computers,
    episodes,
    file_places,
    item_watch,
    libraries,
    media_files,
    media_links,
    metadata,
    movie_guids,
    movies,
    servers,
    show_guids,
    shows,
    sync_runs,
    watch_changes,
)  # fmt: skip

KINDS = {View.SHOWS: ItemKind.SHOW, View.MOVIES: ItemKind.MOVIE, View.EPISODES: ItemKind.EPISODE}
TABLES = {View.SHOWS: shows, View.MOVIES: movies, View.EPISODES: episodes, View.FILES: media_files}
WORDS = (
    "Amélie", "Boot", "千と千尋", "夜", "100%", "_a_", "Ωmega", "Part 2", "part 10", "a", "Lantern", "lån", "O'Brien",
)  # fmt: skip
TEXTS = (
    "amelie", "boot", "千尋", "夜", "%", "_", "ωmega", "art", "a", "lantern am", "LAN", "zz", "o'b", "/tv", "\\",
    "tv/A", "tmdb:1", "tvdb:2", "part part 2",
)  # fmt: skip
NULL_FIRST = -1
WATCHED: dict[SortField, Callable[[list[Any]], int]] = {
    SortField.PLAYS: lambda rows: sum(row["plays"] for row in rows),
    SortField.WATCH_TIME: lambda rows: sum(row["watch_time_s"] for row in rows),
    SortField.LAST_WATCHED: lambda rows: max((row["last_watched_at"] for row in rows), default=0),
    SortField.PEOPLE: lambda rows: len({name for row in rows for name in json.loads(row["people"])}),
}


BY_COLUMN = {
    SortField.YEAR: "year",
    SortField.ADDED: "added_at",
    SortField.DURATION: "duration_ms",
    SortField.SIZE: "size_bytes",
}
IN_OTHER_WAYS = {
    *WATCHED,
    *(SortField.TITLE, SortField.SHOW, SortField.PATH, SortField.SERVER, SortField.LIBRARY),
    *(SortField.EPISODES, SortField.WATCHED, SortField.STATE, SortField.RESOLUTION),
}


def test_of_every_order_it_is_known_here_what_it_sorts_by() -> None:
    # A field that `ordering` does not know is sorted by title, and so it would be here.
    assert BY_COLUMN.keys() | IN_OTHER_WAYS == set(SortField)


@dataclass
class Catalog:
    """The stored rows as mappings, by table, and the lists that are asked for."""

    database: Database
    rows: dict[str, list[Any]]
    group_of: dict[tuple[str, int], int]
    bytes_of: dict[tuple[str, int], int]


@pytest.fixture(scope="module", params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with empty_catalog(request.param, request, tmp_path_factory.mktemp("reference")) as database:
        with database.write() as connection:
            connection.execute(computers.insert().values(uuid="other", name="other", platform="", last_seen_at=1))
        yield database


def fill(database: Database, seed: int) -> Catalog:
    """Put a small random catalog in the place of what is there: four servers, one shared, one removed."""
    some = random.Random(seed)
    with database.write() as connection:
        search.delete_rows(connection, connection.exec_driver_sql("SELECT id FROM search_text").scalars().all())
        for table in reversed(metadata.sorted_tables):
            if table.name not in ("profile", "computers"):
                connection.execute(table.delete())
        for n, name in enumerate(("B", "A", "Friend", "Gone"), start=1):
            connection.execute(
                servers.insert().values(id=n, uuid=f"u{n}", kind="plex", name=name, url="x", machine_identifier=f"m{n}",
                                        version="1", is_owner=name != "Friend", created_at=1,
                                        removed_at=9 if name == "Gone" and some.random() < 0.5 else None)
            )  # fmt: skip
            for m in (0, 1):
                connection.execute(
                    libraries.insert().values(id=n * 2 + m, server_id=n, remote_id=str(m), name=some.choice("XYZ"),
                                              kind="mixed")
                )  # fmt: skip
        fill_items(connection, some)
        connection.execute(
            sync_runs.insert().values(id=1, server_id=1, library_id=2, library_name="X", mode="full", initiator="p",
                                      started_at=some.randrange(6), finished_at=9, added=1)
        )  # fmt: skip
    refresh_groups(BrowseRepository(database).groups)
    with database.read() as connection:
        rows = {table.name: connection.execute(table.select()).mappings().all() for table in metadata.sorted_tables}
    own = {row["media_file_id"]: row for row in rows["file_places"] if row["computer_id"] == database.computer_id}
    nowhere = {"local_path": None, "file_state": "unmapped"}
    rows["media_files"] = [{**row, **own.get(row["id"], nowhere)} for row in rows["media_files"]]
    group_of = {(row["kind"], row["item_id"]): row["group_id"] for row in rows["item_groups"]}
    bytes_of = {(row["kind"], row["item_id"]): row["group_bytes"] for row in rows["item_groups"]}
    return Catalog(database, rows, group_of, bytes_of)


def fill_items(connection: Any, some: random.Random) -> None:
    def item(n: int) -> dict[str, Any]:
        title = " ".join(some.choices(WORDS, k=some.randrange(1, 4)))
        return {
            "id": n, "library_id": some.randrange(2, 10), "remote_id": f"r{n}", "title": title,
            "sort_key": sort_key(title), "year": some.choice([None, 2000, 2001, 2020]), "size_bytes": some.randrange(4),
            "duration_ms": some.choice([None, 1, 2]), "added_at": some.choice([None, 1, 2, 3]),
            "view_count": some.randrange(2), "fingerprint": n, "change_key": n, "first_seen_at": some.randrange(6),
            "last_seen_at": 1, "trashed_at": some.choice([None, None, 5]),
            "removed_at": some.choice([None, None, None, 7]),
        }  # fmt: skip

    texts: list[tuple[int, str]] = []
    made: dict[ItemKind, list[dict[str, Any]]] = {kind: [] for kind in ItemKind}
    for kind, table, count in (
        (ItemKind.SHOW, shows, 6),
        (ItemKind.MOVIE, movies, 14),
        (ItemKind.EPISODE, episodes, 30),
    ):
        for n in some.sample(range(1, 90), count):
            row = item(n)
            if kind is ItemKind.EPISODE:
                show = some.choice(made[ItemKind.SHOW])
                row.update(
                    show_id=show["id"], library_id=show["library_id"], season_number=some.choice([None, 0, 1, 2]),
                    episode_number=some.choice([None, 1, 2, 3]),
                )  # fmt: skip
            made[kind].append(row)
            connection.execute(table.insert().values(row))
            texts += search.index_rows(kind, [(n, row["title"])])
    search.insert_rows(connection, texts)
    for kind, guids, provider in ((ItemKind.SHOW, show_guids, "tvdb"), (ItemKind.MOVIE, movie_guids, "tmdb")):
        for row in made[kind]:
            if some.random() < 0.7:
                value = {f"{kind.value}_id": row["id"], "provider": provider, "external_id": str(some.randrange(3))}
                connection.execute(guids.insert().values(source="x", **value))
    for show in made[ItemKind.SHOW]:
        own = [e for e in made[ItemKind.EPISODE] if e["show_id"] == show["id"] and e["removed_at"] is None]
        connection.execute(shows.update().where(shows.c.id == show["id"]).values(total_episodes=len(own)))
    fill_files(connection, some, made)
    fill_watched(connection, some, made)


def fill_watched(connection: Any, some: random.Random, made: dict[ItemKind, list[dict[str, Any]]]) -> None:
    """What was watched of some items, in the place of what their own counts say."""
    connection.execute(watch_changes.delete())
    connection.execute(item_watch.delete())
    for kind in (ItemKind.MOVIE, ItemKind.EPISODE):
        for row in made[kind]:
            if some.random() < 0.6:
                people = some.sample(("ann", "bo", "cy"), some.randrange(4))
                connection.execute(
                    item_watch.insert().values(
                        kind=kind.value, item_id=row["id"], plays=some.randrange(4), watch_time_s=some.randrange(3),
                        last_watched_at=some.randrange(4), people=json.dumps(people),
                    )
                )  # fmt: skip


def fill_files(connection: Any, some: random.Random, made: dict[ItemKind, list[dict[str, Any]]]) -> None:
    owners = [(kind, row) for kind in (ItemKind.MOVIE, ItemKind.EPISODE) for row in made[kind]]
    # Not 1 and 2 where a server was killed before: its counters go on beyond what was used.
    asked = computers.select().with_only_columns(computers.c.id).order_by(computers.c.id)
    both = connection.execute(asked).scalars().all()
    assert len(both) == 2
    for n in range(1, 45):
        kind, owner = some.choice(owners)
        server = owner["library_id"] // 2
        holders = [owner]
        if kind is ItemKind.EPISODE and some.random() < 0.3:
            holders += [e for e in made[kind] if e["show_id"] == owner["show_id"] and e is not owner][:1]
        path = f"/{some.choice(['tv', 'TV', 'media'])}/{some.choice(WORDS)}/{n}.mkv"
        connection.execute(
            media_files.insert().values(
                id=n, server_id=server, server_path=path, first_seen_at=some.randrange(6),
                size_bytes=some.choice([None, 1, 2]), height=some.choice([None, 720, 1080]),
                resolution=some.choice([None, "720p", "1080p"]),
                removed_at=7 if all(holder["removed_at"] for holder in holders) else None,
            )
        )  # fmt: skip
        for computer in both:
            if some.random() < 0.8:
                place = {"media_file_id": n, "computer_id": computer, "file_state": some.choice(list(FileState)).value}
                place["local_path"] = some.choice([None, path.replace("/", "\\"), f"/mnt{path}"])
                connection.execute(file_places.insert().values(place))
        for holder in holders:
            connection.execute(media_links.insert().values({"media_file_id": n, f"{kind.value}_id": holder["id"]}))


def expected(catalog: Catalog, query: BrowseQuery) -> list[int]:
    """The list as a plain program makes it, without groups."""
    reference = Reference(catalog, query)
    rows = [row for row in catalog.rows[TABLES[query.view].name] if reference.shows(row)]
    return reference.sorted(rows)


class Reference:
    """One list over the stored rows, in the plainest way."""

    def __init__(self, catalog: Catalog, query: BrowseQuery) -> None:
        self.catalog, self.query = catalog, query
        self.kind = KINDS.get(query.view)
        self.servers = {row["id"]: row for row in catalog.rows["servers"]}
        self.libraries = {row["id"]: row for row in catalog.rows["libraries"]}
        self.files = {row["id"]: row for row in catalog.rows["media_files"]}
        self.show = {row["id"]: row for row in catalog.rows["shows"]}
        self.items = {
            ItemKind.MOVIE: {row["id"]: row for row in catalog.rows["movies"]},
            ItemKind.EPISODE: {row["id"]: row for row in catalog.rows["episodes"]},
        }

    def server_of(self, row: Any) -> Any:
        server_id = row["server_id"] if self.kind is None else self.libraries[row["library_id"]]["server_id"]
        return self.servers[server_id]

    def files_of(self, row: Any) -> list[Any]:
        if self.kind is ItemKind.SHOW:
            own = {e["id"] for e in self.episodes_of(row["id"])}
            links = [link for link in self.catalog.rows["media_links"] if link["episode_id"] in own]
        else:
            name = f"{self.kind.value}_id" if self.kind else ""
            links = [link for link in self.catalog.rows["media_links"] if link[name] == row["id"]]
        return [self.files[link["media_file_id"]] for link in links]

    def episodes_of(self, show_id: int) -> list[Any]:
        return [e for e in self.catalog.rows["episodes"] if e["show_id"] == show_id and e["removed_at"] is None]

    def shows(self, row: Any) -> bool:
        query = self.query
        is_removed = row["removed_at"] is not None
        if is_removed is not (query.removed and self.kind is not None) or self.server_of(row)["removed_at"]:
            return False
        if query.server_ids and self.server_of(row)["id"] not in query.server_ids:
            return False
        files = [row] if self.kind is None else self.files_of(row)
        if query.states and not any(FileState(file["file_state"]) in query.states for file in files):
            return False
        if query.resolutions and not any(file["resolution"] in query.resolutions for file in files):
            return False
        if query.text.strip() and not self.is_meant(row, files):
            return False
        if not self.is_of_library(row):
            return False
        if query.show_id is not None and self.query.view is View.EPISODES and row["show_id"] != query.show_id:
            return False
        return self.is_new(row) and (self.kind is None or self.is_let_through(row))

    def is_of_library(self, row: Any) -> bool:
        wanted = self.query.library_ids
        if not wanted:
            return True
        if self.kind is not None:
            return row["library_id"] in wanted
        return any(holder["library_id"] in wanted for holder in self.holders(row["id"]))

    def holders(self, file_id: int) -> list[Any]:
        links = [link for link in self.catalog.rows["media_links"] if link["media_file_id"] == file_id]
        return [
            self.items[ItemKind.MOVIE][link["movie_id"]]
            if link["movie_id"]
            else self.items[ItemKind.EPISODE][link["episode_id"]]
            for link in links
        ]

    def is_new(self, row: Any) -> bool:
        query = self.query
        rows = self.episodes_of(row["id"]) if self.kind is ItemKind.SHOW else [row]
        if query.seen_since is not None and not any(one["first_seen_at"] >= query.seen_since for one in rows):
            return False
        if query.seen_until is not None and not any(one["first_seen_at"] <= query.seen_until for one in rows):
            return False
        if query.in_last_run:
            since = self.catalog.rows["sync_runs"][0]["started_at"]
            owners = self.holders(row["id"]) if self.kind is None else rows
            seen = [row["first_seen_at"]] * len(owners) if self.kind is None else [one["first_seen_at"] for one in rows]
            return any(o["library_id"] == 2 and at >= since for o, at in zip(owners, seen, strict=True))
        return True

    def is_let_through(self, row: Any) -> bool:
        query = self.query
        rows = self.episodes_of(row["id"]) if self.kind is ItemKind.SHOW else [row]
        if query.trashed and row["trashed_at"] is None:
            return False
        if query.added_since is not None and not any((one["added_at"] or 0) >= query.added_since for one in rows):
            return False
        if query.watched is not None:
            seen = sum(one["view_count"] > 0 for one in rows)
            return (seen == len(rows)) is query.watched
        return True

    def is_meant(self, row: Any, files: list[Any]) -> bool:
        text = self.query.text
        paths = [file[name] or "" for file in files for name in ("server_path", "local_path")]
        in_path = any(lower(text.strip()) in lower(path) for path in paths)
        if self.kind is None:
            return in_path
        if all(word in fold(row["title"]) for word in fold(text).split()) or (
            ("/" in text or "\\" in text) and in_path
        ):
            return True
        guids = self.catalog.rows[f"{self.kind.value}_guids"]
        own = {
            f"{guid['provider']}:{guid['external_id']}" for guid in guids if guid[f"{self.kind.value}_id"] == row["id"]
        }
        return text in own

    def sorted(self, rows: list[Any]) -> list[int]:
        """First the first order, then by the value; what is equal stays in the first order."""
        query, sort = self.query, self.query.sort
        if self.kind is None and sort is SortField.TITLE:
            return self.files_by_title(rows)
        if query.view is View.EPISODES and query.show_id is not None:
            return [row["id"] for row in sorted(rows, key=number)]
        first = sorted(rows, key=self.first)
        if (value := self.few(sort)) is not None:
            return [row["id"] for row in sorted(first, key=value, reverse=query.descending)]
        name = self.column(sort)
        if name is not None:
            by_column = sorted(rows, key=lambda row: (row[name] is not None, row[name] or 0, row["id"]))
            if name == "sort_key":
                by_column = sorted(rows, key=lambda row: (row["sort_key"], row["id"]))
            return [row["id"] for row in (reversed(by_column) if query.descending else by_column)]
        if query.descending and query.view is View.EPISODES:
            first.sort(key=lambda row: (self.show[row["show_id"]]["sort_key"], row["show_id"]), reverse=True)
        elif query.descending:
            first.reverse()
        return [row["id"] for row in first]

    def first(self, row: Any) -> Any:
        if self.kind is None:
            return row["server_id"], row["server_path"]
        if self.kind is ItemKind.EPISODE:
            return self.show[row["show_id"]]["sort_key"], row["show_id"], number(row)
        return row["sort_key"], row["id"]

    def column(self, sort: SortField) -> str | None:
        if self.kind is None:
            return {SortField.SIZE: "size_bytes", SortField.ADDED: "first_seen_at"}.get(sort)
        is_first = self.kind is not ItemKind.EPISODE or sort in (SortField.SHOW, SortField.EPISODES)
        return BY_COLUMN.get(sort, None if is_first else "sort_key")

    def few(self, sort: SortField) -> Any:
        ranks = ["found", "unchecked", "unmapped", "unreachable", "size_differs", "missing"]
        files = self.files_of if self.kind is not None else lambda row: [row]
        if sort is SortField.STATE:
            return lambda row: max((ranks.index(file["file_state"]) for file in files(row)), default=NULL_FIRST)
        if sort is SortField.RESOLUTION:
            return lambda row: max((file["height"] or 0 for file in files(row)), default=0)
        if sort is SortField.SERVER:
            return lambda row: self.server_of(row)["name"]
        if sort is SortField.LIBRARY and self.kind is not None:
            return lambda row: self.libraries[row["library_id"]]["name"]
        if self.kind is ItemKind.SHOW and sort is SortField.EPISODES:
            return lambda row: row["total_episodes"]
        if self.kind is ItemKind.SHOW and sort is SortField.WATCHED:
            return lambda row: sum(e["view_count"] > 0 for e in self.episodes_of(row["id"]))
        if self.kind is not None and sort is SortField.WATCHED:
            return lambda row: row["view_count"] > 0
        if self.kind is not None and sort in WATCHED:
            return lambda row: WATCHED[sort](self.watched_of(row))
        return None

    def watched_of(self, row: Any) -> list[Any]:
        kind = ItemKind.EPISODE if self.kind is ItemKind.SHOW else self.kind
        own = {e["id"] for e in self.episodes_of(row["id"])} if self.kind is ItemKind.SHOW else {row["id"]}
        return [each for each in self.catalog.rows["item_watch"] if each["kind"] == kind and each["item_id"] in own]

    def files_by_title(self, rows: list[Any]) -> list[int]:
        down = self.query.descending
        items = [*self.items[ItemKind.MOVIE].values()]
        titled: list[tuple[Any, Any]] = [((row["sort_key"], 0, row["id"]), row) for row in items]
        for row in sorted(self.items[ItemKind.EPISODE].values(), key=number):
            show = self.show[row["show_id"]]
            titled.append(((show["sort_key"], 1, show["id"]), row))
        order = sorted(titled, key=lambda pair: pair[0])
        if down:
            # Movies stand before shows of the same name in both directions.
            order.sort(key=lambda pair: pair[0][2], reverse=True)
            order.sort(key=lambda pair: pair[0][1])
            order.sort(key=lambda pair: pair[0][0], reverse=True)
        place: dict[int, int] = {}
        wanted = {row["id"] for row in rows}
        for n, (_key, item) in enumerate(order):
            if item["removed_at"] is not None or self.is_of_removed_server(item):
                continue
            name = "episode_id" if "show_id" in item else "movie_id"
            for link in sorted(self.catalog.rows["media_links"], key=lambda link: link["media_file_id"]):
                if link[name] == item["id"] and link["media_file_id"] in wanted:
                    place.setdefault(link["media_file_id"], n)
        last = len(order)
        rows = sorted(rows, key=lambda row: (row["server_id"], row["server_path"]))
        known = sorted((row for row in rows if row["id"] in place), key=lambda row: (place[row["id"]], row["id"]))
        return [row["id"] for row in known] + [row["id"] for row in rows if place.get(row["id"], last) == last]

    def is_of_removed_server(self, item: Any) -> bool:
        return self.servers[self.libraries[item["library_id"]]["server_id"]]["removed_at"] is not None


def number(row: Any) -> Any:
    season, episode = row["season_number"], row["episode_number"]
    return season is not None, season or 0, episode is not None, episode or 0, row["id"]


def lower(text: str) -> str:
    """As SQLite's LIKE: only ASCII has another case."""
    return "".join(c.lower() if c.isascii() else c for c in text)


def queries(some: random.Random) -> Iterator[BrowseQuery]:
    """A handful of random lists, with one filter or two, or none."""
    facts: list[dict[str, Any]] = [
        {"watched": True}, {"watched": False}, {"states": (FileState.MISSING, FileState.FOUND)}, {"trashed": True},
        {"resolutions": ("720p",)}, {"server_ids": (1, 4)}, {"library_ids": (2, 5)}, {"removed": True},
        {"added_since": 2}, {"seen_since": 2}, {"seen_since": 2, "seen_until": 4}, {"in_last_run": True},
    ]  # fmt: skip
    for _n in range(25):
        chosen: dict[str, Any] = {}
        for fact in some.sample(facts, some.choice([0, 1, 1, 2])):
            chosen.update(fact)
        if some.random() < 0.6:
            chosen["text"] = some.choice(TEXTS)
        view = some.choice(list(View))
        if view is View.EPISODES and some.random() < 0.2:
            chosen["show_id"] = some.randrange(1, 90)
        yield BrowseQuery(view, sort=some.choice(list(SortField)), descending=some.random() < 0.5, **chosen)


def seeds(count: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test of one random catalog for so many of them. A smaller seed is no simpler catalog."""
    allowed = [HealthCheck.function_scoped_fixture]
    phases = [Phase.explicit, Phase.reuse, Phase.generate]
    return lambda test: settings(max_examples=count, deadline=None, suppress_health_check=allowed, phases=phases)(
        given(seed=st.integers(0, 2**32))(test)
    )


FEW, MANY = seeds(4), seeds(20)
"""A catalog takes half a second, on PostgreSQL some seconds."""
only_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.slow
@FEW
def test_every_list_is_what_a_plain_program_finds(database: Database, seed: int) -> None:
    compare(database, seed)


@only_sqlite
@pytest.mark.slow
@MANY
def test_every_list_of_many_catalogs_is_what_a_plain_program_finds(database: Database, seed: int) -> None:
    compare(database, seed)


def compare(database: Database, seed: int) -> None:
    catalog = fill(database, seed)
    browse = BrowseRepository(database)
    for query in queries(random.Random(seed)):
        wanted = expected(catalog, query)
        assert list(BrowseRepository(database).ids(query)) == wanted, query
        # Once more from the order that the open list left behind, which is another way through the code.
        for sort in (query.sort, SortField.STATE):
            browse.ids(BrowseQuery(query.view, sort=sort, descending=query.descending))
        assert list(browse.ids(query)) == wanted, query


@pytest.mark.slow
@FEW
def test_a_grouped_list_has_one_row_of_each_group_that_the_plain_list_has(database: Database, seed: int) -> None:
    compare_groups(database, seed)


@only_sqlite
@pytest.mark.slow
@MANY
def test_a_grouped_list_of_many_catalogs_has_one_row_of_each_group(database: Database, seed: int) -> None:
    compare_groups(database, seed)


def compare_groups(database: Database, seed: int) -> None:
    catalog = fill(database, seed)
    browse = BrowseRepository(database)
    for query in queries(random.Random(seed)):
        if query.view is View.FILES or query.removed or query.watched is not None or query.show_id is not None:
            continue
        kind = KINDS[query.view].value
        groups = {catalog.group_of.get((kind, item_id), -item_id) for item_id in expected(catalog, query)}
        ids = list(browse.ids(replace(query, grouped=True)))
        assert len(ids) == len(set(ids)), query
        assert {catalog.group_of.get((kind, item_id), -item_id) for item_id in ids} == groups, query


def test_what_was_kept_ends_with_the_next_write(database: Database) -> None:
    fill(database, 7)
    browse = BrowseRepository(database)
    query = BrowseQuery(View.MOVIES)
    before = list(browse.ids(query))
    with database.write() as connection:
        connection.execute(movies.update().where(movies.c.id == before[0]).values(sort_key="\uffff", removed_at=None))
    assert list(browse.ids(query)) == [*before[1:], before[0]]
