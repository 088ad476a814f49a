"""Whatever is written, both engines note the same."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from tests.storage.engines import PostgresServer

from retrovue.core.storage.database import Database, SqliteDatabase
from retrovue.core.storage.postgres.address import parse_address
from retrovue.core.storage.postgres.database import PostgresDatabase
from retrovue.core.storage.postgres.schema import upgrade_postgres
from retrovue.core.storage.schema import open_catalog
from retrovue.core.storage.tables import (
    episodes,
    item_watch,
    item_watch_marks,
    libraries,
    listed_changes,
    media_users,
    movies,
    play_changes,
    plays,
    servers,
    shows,
    watch_changes,
    watch_stats,
)
from retrovue.core.storage.tables.triggers import TRIGGERS

FACTS: dict[str, Any] = {"title": "t", "sort_key": "t", "fingerprint": 1, "change_key": 1, "first_seen_at": 1}
SEEN = {**FACTS, "last_seen_at": 1}
PLAY: dict[str, Any] = dict.fromkeys(("is_watched", "is_live", "is_inferred"), False) | {
    **dict.fromkeys(("server_name", "kind", "title", "folded", "source"), "t"),
    "stopped_at": 60,
    "paused_s": 0,
    "play_s": 5,
    "buffered": 0,
}
NUMBERS = ("id",)


@pytest.fixture
def both(postgres: PostgresServer, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """The same catalog on both engines. Nothing works off what triggers note."""
    path = tmp_path / "retrovue.db"
    open_catalog(path, now=lambda: 1).close()
    server = PostgresDatabase(parse_address(postgres.url(postgres.new_catalog())))
    with closing(SqliteDatabase(path)) as file, closing(server):
        yield file, server


def noted(database: Database) -> dict[str, Counter[tuple[Any, ...]]]:
    """Every note. Their numbers are each engine's own."""
    found = {}
    with database.read() as connection:
        for table in (play_changes, listed_changes, watch_changes, item_watch):
            columns = [column for column in table.columns if column.name not in NUMBERS]
            found[table.name] = Counter(tuple(row) for row in connection.execute(select(*columns)))
    return found


def begin(connection: Connection) -> None:
    for n in (1, 2):
        row = {"id": n, "uuid": f"u{n}", "kind": "plex", "name": f"S{n}", "url": "x", "created_at": 1}
        connection.execute(insert(servers).values(machine_identifier=f"m{n}", version="1", **row))
        user = {"id": n, "server_id": n, "user_key": "k", "name": "n", "first_seen_at": 1, "last_seen_at": 1}
        connection.execute(insert(media_users).values(user))
        for m in (0, 1):
            library = {"id": n * 2 + m, "server_id": n, "remote_id": str(m), "name": "L", "kind": "mixed"}
            connection.execute(insert(libraries).values(library))
            connection.execute(insert(shows).values(id=n * 2 + m, library_id=n * 2 + m, remote_id="s", **SEEN))
    connection.execute(insert(movies).values(id=1, library_id=2, remote_id="m1", **SEEN))


Act = Callable[[Connection, random.Random, int], None]


def play(connection: Connection, some: random.Random, n: int) -> None:
    server = some.choice((None, 1, 2))
    who = {"server_id": server, "media_user_id": some.choice((None, 1, 2)), "person": some.choice((None, "ada"))}
    what = {
        "remote_id": some.choice((None, "", "m1", "e2")),
        "guid": some.choice((None, "", "g")),
        "library_id": server,
    }
    deleted = some.choice((None, None, 9))
    connection.execute(
        insert(plays).values(id=n, uid=f"p{n}", started_at=n % 50, deleted_at=deleted, **who, **what, **PLAY)
    )


def item(connection: Connection, some: random.Random, n: int) -> None:
    library, seen = some.randint(2, 5), some.choice((0, 3))
    if some.random() < 0.5:
        connection.execute(insert(movies).values(id=n, library_id=library, remote_id=f"m{n}", view_count=seen, **SEEN))
    else:
        known = {"id": n, "library_id": library, "show_id": library, "remote_id": f"e{n}", "view_count": seen}
        connection.execute(insert(episodes).values(**known, **SEEN))


def count(connection: Connection, some: random.Random, n: int) -> None:
    key = {"server_id": some.randint(1, 2), "source": "tautulli", "remote_id": f"m{n}", "user_key": "k"}
    sums = {"total_play_count": 1, "total_watch_time_s": 9, "last_watched_at": 5, "synced_at": 1}
    connection.execute(insert(watch_stats).values(**key, **sums, guid=some.choice((None, "g"))))
    kept = {"kind": "movie", "item_id": n, "plays": 1, "watch_time_s": 1, "last_watched_at": 1, "people": "[]"}
    connection.execute(insert(item_watch).values(kept))


CHANGES: list[tuple[Table, dict[str, list[Any]]]] = [
    (plays, {"title": ["t", "u"], "play_s": [5, 6], "person": [None, "bo"], "percent": [None, 3]}),
    (plays, {"deleted_at": [None, 7], "guid": [None, "h"], "folded": ["x"], "address": ["x"]}),
    (watch_stats, {"total_play_count": [1, 2], "user_name": [None, "n"], "synced_at": [8]}),
    (movies, {"view_count": [0, 4], "guid_primary": [None, "g"], "title": ["v"], "library_id": [2]}),
    (episodes, {"last_viewed_at": [None, 4], "remote_id": ["again"], "source_guid": [None, "g"]}),
]


def change(connection: Connection, some: random.Random, _n: int) -> None:
    table, choices = some.choice(CHANGES)
    name = some.choice(sorted(choices))
    values = {name: some.choice(choices[name])}
    where = table.c.server_id == some.randint(1, 2) if table is watch_stats else table.c.id == some.randint(1, 99)
    if name == "remote_id":
        values[name] = f"{values[name]}{_n}"
    connection.execute(update(table).where(where).values(values))


def drop(connection: Connection, some: random.Random, _n: int) -> None:
    table = some.choice((plays, movies, episodes, shows, media_users))
    connection.execute(delete(table).where(table.c.id == some.randint(1, 99)))


def drop_many(connection: Connection, some: random.Random, _n: int) -> None:
    """What hangs on them goes along, or is let go of."""
    if some.random() < 0.3:
        connection.execute(delete(libraries).where(libraries.c.id == some.randint(2, 5)))
    elif some.random() < 0.1:
        connection.execute(delete(servers).where(servers.c.id == 2))


ACTS: tuple[Act, ...] = (play, play, play, item, item, count, change, change, change, drop, drop_many)


def follow(database: Database, seed: int) -> dict[str, Counter[tuple[Any, ...]]]:
    """Write a hundred things, the same of one seed."""
    some = random.Random(seed)
    with database.write() as connection:
        begin(connection)
        for n in range(2, 102):
            nested = connection.begin_nested()
            try:
                some.choice(ACTS)(connection, some, n)
                nested.commit()
            except IntegrityError:
                nested.rollback()
    return noted(database)


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 12))])
def test_both_engines_note_the_same(both: tuple[Database, Database], seed: int) -> None:
    file, server = both

    on_file = follow(file, seed)

    assert follow(server, seed) == on_file
    assert all(on_file.values())


@pytest.mark.slow
def test_a_catalog_of_postgresql_that_noted_new_items_is_upgraded(postgres: PostgresServer) -> None:
    name = postgres.new_catalog()
    with closing(PostgresDatabase(parse_address(postgres.url(name)))) as database:
        with database.write() as connection:
            begin(connection)
            for table in ("item_watch_marks", "listed_devices"):
                connection.exec_driver_sql(f"DROP TABLE {table}")
            for table in ("movies", "episodes"):
                function = f"retrovue_{table}_watch_inserted"
                connection.exec_driver_sql(
                    f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
                )
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {table}_watch_inserted AFTER INSERT ON {table} "
                    f"FOR EACH ROW EXECUTE FUNCTION {function}()"
                )
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0018'")
        upgrade_postgres(database, lambda _words: None)
        with database.read() as connection:
            marks = connection.execute(select(item_watch_marks).order_by(item_watch_marks.c.kind)).all()
            made = connection.exec_driver_sql("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal").scalars().all()
            left = connection.exec_driver_sql("SELECT proname FROM pg_proc WHERE proname LIKE '%_watch_inserted'")
            functions = sorted(left.scalars())
    assert [tuple(mark) for mark in marks] == [("episode", 0), ("movie", 1)]
    assert sorted(made) == sorted(TRIGGERS)
    assert functions == ["retrovue_plays_watch_inserted", "retrovue_stats_watch_inserted"]
