"""What lists show and sort by is what the written rule says, after anything that can be written."""

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from retrovue.core.domain.browse import BrowseQuery, SortField, View, WatchedBounds
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.watch_stats import WatchCount, WatchSource, WatchStats, combine, roll_up
from retrovue.core.storage.catalog.lists import BrowseRepository
from retrovue.core.storage.database import Database
from retrovue.core.storage.tables import (
    ITEM_TABLES,
    episodes,
    item_groups,
    item_watch,
    libraries,
    metadata,
    movies,
    plays,
    servers,
    shows,
    watch_changes,
    watch_stats,
)
from retrovue.core.storage.watching.counts import Tallies, Tally, WatchCountRepository
from retrovue.core.storage.watching.items import ItemWatchRepository

IDS, GUIDS, PEOPLE = ("a", "b", "c", "d"), (None, "g1", "g2", "g3"), (None, "ada", "bo", "cy")
KINDS = (ItemKind.MOVIE, ItemKind.EPISODE)
FACTS: dict[str, Any] = {"title": "t", "sort_key": "t", "fingerprint": 1, "change_key": 1, "first_seen_at": 1}


@pytest.fixture
def database(engine_database: Database) -> Database:
    return engine_database


def prepare(database: Database) -> None:
    """Two servers with two libraries each, and two shows on the first."""
    with database.write() as connection:
        for table in reversed(metadata.sorted_tables):
            if table.name != "profile":
                connection.execute(table.delete())
        for n in (1, 2):
            row = {"id": n, "uuid": f"u{n}", "kind": "plex", "name": f"S{n}", "url": "x", "created_at": 1}
            connection.execute(servers.insert().values(machine_identifier=f"m{n}", version="1", **row))
            for m in (0, 1):
                library = {"id": n * 2 + m, "server_id": n, "remote_id": str(m), "name": "L", "kind": "mixed"}
                connection.execute(libraries.insert().values(last_sync_at=50, **library))
        for n in (1, 2):
            show = {"id": n, "library_id": 2, "remote_id": f"s{n}", "last_seen_at": 1, **FACTS}
            connection.execute(shows.insert().values(total_episodes=0, **show))
        connection.execute(watch_changes.delete())


def write(database: Database, some: random.Random, times: int) -> None:
    """Write anything that a sync, a monitor, an import or a person can write."""
    with database.write() as connection:
        for _n in range(times):
            act = some.choice((play, play, play, change_play, item, item, change_item, drop_item))
            act(connection, some)
    count(database, some)


def play(connection: Connection, some: random.Random) -> None:
    number, start = some.randrange(1 << 60), some.randrange(100)
    connection.execute(
        plays.insert().values(
            uid=str(number), server_id=some.choice((1, 2, None)), server_name="S", user_name=some.choice(PEOPLE),
            person=some.choice((None, None, "bo")), kind="movie", title="t", remote_id=some.choice((None, *IDS)),
            guid=some.choice(GUIDS), started_at=start, stopped_at=start + 5, paused_s=0, play_s=some.randrange(9),
            is_watched=False, is_live=False, is_inferred=False, buffered=0, source="live", folded="",
            deleted_at=some.choice((None, None, None, 9)),
        )
    )  # fmt: skip


def change_play(connection: Connection, some: random.Random) -> None:
    ids = list(connection.scalars(plays.select().with_only_columns(plays.c.id)))
    if not ids:
        return
    one = plays.c.id == some.choice(ids)
    if some.random() < 0.2:
        connection.execute(plays.delete().where(one))
        return
    column, values = some.choice(
        (("deleted_at", (None, 9)), ("person", PEOPLE), ("guid", GUIDS), ("remote_id", IDS), ("play_s", (3, 4)))
    )
    connection.execute(plays.update().where(one).values({column: some.choice(values)}))


def item(connection: Connection, some: random.Random) -> None:
    kind = some.choice(KINDS)
    left = sorted(connection.scalars(libraries.select().with_only_columns(libraries.c.id)))
    table, library = ITEM_TABLES[kind], 2 if kind is ItemKind.EPISODE else some.choice(left)
    taken = set(
        connection.scalars(table.select().with_only_columns(table.c.remote_id).where(table.c.library_id == library))
    )
    free = [one for one in IDS if one not in taken]
    if not free:
        return
    row = {"library_id": library, "remote_id": some.choice(free), "last_seen_at": 1, **FACTS}
    row |= {"guid_primary": some.choice(GUIDS), "source_guid": some.choice(GUIDS), "view_count": some.choice((0, 0, 7))}
    row["last_viewed_at"] = some.choice((None, 80))
    if kind is ItemKind.EPISODE:
        row |= {"show_id": some.choice((1, 2)), "season_number": 1, "removed_at": some.choice((None, None, 4))}
    connection.execute(table.insert().values(row))


def change_item(connection: Connection, some: random.Random) -> None:
    table = ITEM_TABLES[some.choice(KINDS)]
    ids = list(connection.scalars(table.select().with_only_columns(table.c.id)))
    if not ids:
        return
    one = some.choice(ids)
    column, values = some.choice(
        (
            ("view_count", (0, 1, 9)),
            ("last_viewed_at", (None, 90)),
            ("guid_primary", GUIDS),
            ("remote_id", (f"n{one}",)),
        )
    )
    connection.execute(table.update().where(table.c.id == one).values({column: some.choice(values)}))


def drop_item(connection: Connection, some: random.Random) -> None:
    table = ITEM_TABLES[some.choice(KINDS)]
    ids = list(connection.scalars(table.select().with_only_columns(table.c.id)))
    if some.random() < 0.1:
        connection.execute(libraries.delete().where(libraries.c.id == some.choice((3, 5))))
    elif ids:
        connection.execute(table.delete().where(table.c.id == some.choice(ids)))


def count(database: Database, some: random.Random) -> None:
    tallies: Tallies = {
        (some.choice(IDS), some.choice(("1", "2"))): Tally(
            some.choice(PEOPLE), some.choice(GUIDS), some.randrange(1, 4), some.randrange(20), some.randrange(99)
        )
        for _n in range(some.randrange(4))
    }
    WatchCountRepository(database).replace(some.choice((1, 2)), WatchSource.TAUTULLI, tallies, now=60)


def by_the_rule(connection: Connection) -> dict[tuple[ItemKind, int], WatchStats]:
    """Compare each item with each record, as the rule says it."""
    server_of = {row.id: row.server_id for row in connection.execute(libraries.select())}
    items = [(kind, row) for kind in KINDS for row in connection.execute(ITEM_TABLES[kind].select())]
    has = {(server_of[row.library_id], row.remote_id) for _kind, row in items}
    found: dict[tuple[ItemKind, int], WatchStats] = {}

    def is_of(record: Any, row: Any) -> bool:
        if record.server_id != server_of[row.library_id]:
            return False
        if (record.server_id, record.remote_id) in has:
            return bool(record.remote_id == row.remote_id)
        return record.guid is not None and record.guid in (row.guid_primary, row.source_guid)

    for kind, row in items:
        counts = [
            of(WatchSource.HISTORY, one.person or one.user_name, 1, one.play_s, one.stopped_at)
            for one in connection.execute(plays.select().where(plays.c.deleted_at.is_(None)))
            if is_of(one, row)
        ]
        for one in connection.execute(watch_stats.select()):
            if is_of(one, row):
                name, number, time_s = one.user_name or one.user_key, one.total_play_count, one.total_watch_time_s
                counts.append(of(WatchSource.TAUTULLI, name, number, time_s, one.last_watched_at))
        if row.view_count:
            counts.append(of(WatchSource.SERVER, None, row.view_count, 0, row.last_viewed_at))
        if counts:
            found[kind, row.id] = combine(counts)
    return found


def of(source: WatchSource, person: str | None, number: int, time_s: int, last: int | None) -> WatchCount:
    return WatchCount(source, person, number, time_s, None if last is None else datetime.fromtimestamp(last, UTC))


def numbers(stats: WatchStats) -> tuple[int, int, int, tuple[str, ...]]:
    last = stats.last_watched_at
    return stats.plays, stats.watch_time_s, 0 if last is None else int(last.timestamp()), stats.people


# 1602: a source stops counting what an item with the same id has just come for.
@example(1602, [8, 8], 5_000)
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 1 << 32), st.lists(st.integers(1, 25), min_size=1, max_size=3), st.sampled_from((3, 5_000)))
def test_what_is_kept_is_what_the_rule_says_after_anything_is_written(
    database: Database, seed: int, stretches: list[int], at_once: int
) -> None:
    prepare(database)
    some = random.Random(seed)
    kept = ItemWatchRepository(database, at_once)
    for stretch in stretches:
        write(database, some, stretch)
        kept.catch_up(CancelToken())
        assert kept.waiting(1) == 0
        with database.read() as connection:
            stored = {
                (ItemKind(row.kind), row.item_id): (
                    row.plays,
                    row.watch_time_s,
                    row.last_watched_at,
                    tuple(json.loads(row.people)),
                )
                for row in connection.execute(item_watch.select())
            }
            assert stored == {key: numbers(stats) for key, stats in by_the_rule(connection).items()}


def test_items_that_came_are_counted_once_whatever_was_known_before_them(database: Database) -> None:
    prepare(database)
    kept = ItemWatchRepository(database)

    def come(first: int, last: int, **facts: Any) -> None:
        row = {"library_id": 2, "last_seen_at": 1, "view_count": 0, **FACTS, **facts}
        with database.write() as connection:
            connection.execute(movies.insert(), [row | {"remote_id": f"m{n}"} for n in range(first, last)])

    def counted() -> list[tuple[int, tuple[str, ...]]]:
        with database.read() as connection:
            joined = item_watch.join(movies, movies.c.id == item_watch.c.item_id)
            query = select(item_watch.c.plays, item_watch.c.people).select_from(joined).order_by(movies.c.id)
            return [(plays_, tuple(json.loads(people))) for plays_, people in connection.execute(query)]

    # Of a first import only the server's own counts are news.
    come(0, 9)
    come(9, 10, view_count=3)
    with database.read() as connection:
        assert connection.execute(select(watch_changes)).all() == [], "an item that comes costs no note"
    assert (kept.waiting(4), kept.waiting(99), kept.catch_up(CancelToken())) == (4, 10, 1)
    assert (kept.waiting(99), kept.catch_up(CancelToken()), counted()) == (0, 0, [(3, ())])
    # A play of what is not there yet waits for it; what has its guid until then has it no longer afterwards.
    come(20, 21, guid_primary="g1")
    with database.write() as connection:
        seen = {"uid": "1", "server_id": 1, "remote_id": "m30", "guid": "g1", "user_name": "ada", "play_s": 5}
        facts = dict.fromkeys(("server_name", "kind", "title", "source", "folded"), "t")
        flags = dict.fromkeys(("is_watched", "is_live", "is_inferred"), False)
        times = {"started_at": 1, "stopped_at": 6, "paused_s": 0, "buffered": 0}
        connection.execute(plays.insert().values(seen | facts | flags | times))
    kept.catch_up(CancelToken())
    assert counted() == [(3, ()), (1, ("ada",))]
    come(30, 31)
    assert (kept.waiting(99), kept.catch_up(CancelToken())) == (1, 1)
    with database.read() as connection:
        rule = [stats for _key, stats in sorted(by_the_rule(connection).items(), key=lambda one: one[0][1])]
        of_play = connection.execute(select(movies.c.remote_id).join(item_watch, item_watch.c.item_id == movies.c.id))
        assert sorted(of_play.scalars()) == ["m30", "m9"]
    assert counted() == [(stats.plays, stats.people) for stats in rule] == [(3, ()), (1, ("ada",))]


@pytest.fixture
def watched(database: Database) -> Database:
    """Movies 1-4 on the first server, of which 4 is the same as 5 on the second; two shows with episodes."""
    prepare(database)
    with database.write() as connection:
        for n, server in ((1, 1), (2, 1), (3, 1), (4, 1), (5, 2)):
            row = {"id": n, "library_id": server * 2, "remote_id": f"m{n}", "last_seen_at": 1, **FACTS}
            connection.execute(movies.insert().values(row | {"sort_key": f"t{n}", "view_count": 0}))
        for n, show in ((1, 1), (2, 1), (3, 2)):
            row = {"id": n, "library_id": 2, "remote_id": f"e{n}", "last_seen_at": 1, **FACTS, "show_id": show}
            connection.execute(episodes.insert().values(row | {"season_number": n, "view_count": 0}))
        for n in (4, 5):
            connection.execute(item_groups.insert().values(kind="movie", item_id=n, group_id=4, group_bytes=0))
        seen = (("m1", 1, "ada", 10, 100), ("m1", 1, "ada", 20, 100), ("m2", 1, "bo", 99, 5), ("m4", 1, "ada", 30, 7))
        seen += (("m5", 2, "cy", 40, 7), ("m5", 2, "ada", 35, 7), ("e1", 1, "ada", 50, 9), ("e2", 1, "ada", 60, 9))
        seen += (("e3", 1, "ada", 70, 1), ("e3", 1, "bo", 71, 1), ("e3", 1, "cy", 72, 1))
        for number, (remote_id, server, who, stopped, play_s) in enumerate(seen):
            connection.execute(
                plays.insert().values(
                    uid=str(number), server_id=server, server_name="S", user_name=who, kind="movie", title="t",
                    remote_id=remote_id, started_at=stopped - 5, stopped_at=stopped, paused_s=0, play_s=play_s,
                    is_watched=False, is_live=False, is_inferred=False, buffered=0, source="live", folded="",
                )
            )  # fmt: skip
    ItemWatchRepository(database).catch_up(CancelToken())
    return database


@pytest.mark.parametrize(
    ("sort", "movies_down", "shows_down", "grouped_down"),
    [
        (SortField.PLAYS, [1, 5, 4, 2, 3], [2, 1], [4, 1, 2, 3]),
        (SortField.PEOPLE, [5, 4, 2, 1, 3], [2, 1], [4, 2, 1, 3]),
        (SortField.WATCH_TIME, [1, 5, 4, 2, 3], [1, 2], [1, 4, 2, 3]),
        (SortField.LAST_WATCHED, [2, 5, 4, 1, 3], [2, 1], [2, 4, 1, 3]),
    ],
)
def test_lists_are_sorted_by_what_was_watched(
    watched: Database, sort: SortField, movies_down: list[int], shows_down: list[int], grouped_down: list[int]
) -> None:
    browse = BrowseRepository(watched)
    down = BrowseQuery(View.MOVIES, sort=sort, descending=True)
    plays_of = {item.id: item.watch for item in browse.items(ItemKind.MOVIE, [1, 2, 3, 4, 5])}
    assert [plays_of[n].plays for n in (1, 2, 3, 4, 5)] == [2, 1, 0, 1, 2]
    # What is equal stands as the list stands first: downwards, too.
    assert sorted(browse.ids(down)) == [1, 2, 3, 4, 5]
    values = {n: value(plays_of[n], sort) for n in plays_of}
    assert [values[n] for n in browse.ids(down)] == [values[n] for n in movies_down]
    assert list(browse.ids(BrowseQuery(View.SHOWS, sort=sort, descending=True))) == shows_down
    assert list(browse.ids(BrowseQuery(View.SHOWS, sort=sort))) == shows_down[::-1]
    grouped = browse.ids(BrowseQuery(View.MOVIES, sort=sort, descending=True, grouped=True))
    rows = {row.id: value(row.watch, sort) for row in browse.items(ItemKind.MOVIE, grouped, grouped=True)}
    assert [rows[n] for n in grouped] == [rows[n] for n in grouped_down]


def value(watch: Any, sort: SortField) -> float:
    last = 0 if watch.last_watched_at is None else watch.last_watched_at.timestamp()
    by = {SortField.PLAYS: watch.plays, SortField.PEOPLE: len(watch.people), SortField.WATCH_TIME: watch.watch_time_s}
    return by.get(sort, last)


@pytest.mark.parametrize(
    ("view", "bounds", "found"),
    [
        (View.MOVIES, WatchedBounds(least_plays=2), {1, 5}),
        (View.MOVIES, WatchedBounds(most_plays=0), {3}),
        (View.MOVIES, WatchedBounds(least_people=2), {5}),
        (View.MOVIES, WatchedBounds(least_time_s=100), {1}),
        (View.MOVIES, WatchedBounds(since=40), {2, 5}),
        (View.MOVIES, WatchedBounds(before=30), {1, 3}),
        (View.SHOWS, WatchedBounds(least_people=2), {2}),
        (View.EPISODES, WatchedBounds(since=60, least_people=1), {2, 3}),
    ],
)
def test_lists_are_filtered_by_what_was_watched(
    watched: Database, view: View, bounds: WatchedBounds, found: set[int]
) -> None:
    assert set(BrowseRepository(watched).ids(BrowseQuery(view, watch=bounds))) == found


def test_seasons_and_shows_are_sums_of_their_episodes(watched: Database) -> None:
    browse = BrowseRepository(watched)
    [show] = browse.items(ItemKind.SHOW, [1])
    first, second = browse.seasons(1)
    assert (show.watch.plays, show.watch.watch_time_s, show.watch.people) == (2, 18, ("ada",))
    assert (first.watch.plays, second.watch.plays, first.watch.people) == (1, 1, ("ada",))
    with watched.read() as connection:
        rule = by_the_rule(connection)
    of_show = roll_up([rule[ItemKind.EPISODE, n] for n in (1, 2)])
    assert (show.watch.plays, show.watch.last_watched_at) == (of_show.plays, of_show.last_watched_at)
