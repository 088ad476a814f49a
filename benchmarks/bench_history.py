"""What pages, searches and sittings of the history cost over a million plays.

    python benchmarks/bench_history.py [plays] [--keep FOLDER]

Makes the catalog that it measures: the plays of `bench_statistics.py`, a quarter of which go on with the one before by
the same person. Each line is the least and the median of five rounds in this process, by processor time, with the wall
time beside it. The floor reads every start of a play once, in plain `sqlite3` from an index, so ratios hold on any
machine.
"""

import argparse
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.bench_statistics import COLUMNS, END, past
from benchmarks.bench_statistics import generate as generate_house
from retrovue.api.house import SharedHouse
from retrovue.api.own import get_plays
from retrovue.api.tautulli.history import get_history
from retrovue.api.tautulli.params import Params
from retrovue.api.tautulli.scope import Scope
from retrovue.core.context import AppContext
from retrovue.core.domain.history import PlayFilter, PlayQuery, PlaySort
from retrovue.core.domain.sharing import ORDERS
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.history import lists
from retrovue.core.services.history.plays import list_plays
from retrovue.core.services.sharing.board import SessionBoard
from retrovue.core.services.sharing.keys import ApiKey
from retrovue.core.storage.database import Database, SqliteDatabase
from retrovue.core.storage.shared_plays import SharedPlayRepository
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.secrets import SecretPlace

ROUNDS = 5
DAY_S = 86_400
PAGE = 100


def continued(count: int) -> Iterator[tuple[Any, ...]]:
    """Plays by their start; every fourth goes on with one that has just ended."""
    place = {name: n for n, name in enumerate(COLUMNS)}
    uid, begins, ends, play_s = (place[name] for name in ("uid", "started_at", "stopped_at", "play_s"))
    before: tuple[Any, ...] = ()
    for n, play in enumerate(past(count)):
        if n % 4 == 3:
            again = list(before)
            again[uid], again[begins], again[play_s] = f"{n}", before[ends] + 600, play[play_s]
            again[ends] = again[begins] + play[play_s]
            before = tuple(again)
        else:
            before = play
        yield before


def generate(path: Path, count: int) -> None:
    """Fill a catalog that exists, without its triggers and indexes: what they would note is noted at the end."""
    generate_house(path, 1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("DELETE FROM plays")
        connection.execute("UPDATE servers SET state = 'online'")
        later = connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'plays' AND type <> 'table' AND sql IS NOT NULL"
        ).fetchall()
        for kind, name, _sql in later:
            connection.execute(f"DROP {kind} {name}")
        marks = ", ".join("?" * len(COLUMNS))
        connection.executemany(f"INSERT INTO plays ({', '.join(COLUMNS)}) VALUES ({marks})", continued(count))
        for _kind, _name, sql in later:
            connection.execute(sql)
        connection.execute("INSERT OR IGNORE INTO listed_changes (play_id) SELECT id FROM plays")
        # Statistics of an empty table would mislead SQLite; the program never makes any.
        connection.execute("DELETE FROM sqlite_stat1")
        connection.commit()


class Watch:
    """Measures, and prints a line for each thing."""

    def __init__(self, floor: float) -> None:
        self.floor = floor

    def __call__(self, name: str, work: Callable[[], object], *, rounds: int = ROUNDS) -> None:
        spent, passed = timed(work, rounds)
        print(
            f"{name:44} {min(spent):7.0f} {median(spent):7.0f} ms  {min(spent) / self.floor:6.2f}×   "
            f"wall {min(passed):6.0f} {median(passed):6.0f} ms",
            flush=True,
        )


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> tuple[list[float], list[float]]:
    """(processor time, wall time) of each round, milliseconds."""
    spent, passed = [], []
    for _round in range(rounds):
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        spent.append((time.process_time() - cpu) * 1000)
        passed.append((time.perf_counter() - wall) * 1000)
    return spent, passed


def measure(context: AppContext, path: Path) -> None:
    """Print what each kind of page costs."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA cache_size=-16000")
        spent, _passed = timed(lambda: connection.execute("SELECT max(started_at + id) FROM plays").fetchall())
        (count,) = connection.execute("SELECT count(*) FROM plays").fetchone()
    print(f"load {os.getloadavg()[0]:.0f}, floor {min(spent):.0f} {median(spent):.0f} ms\n")
    watch = Watch(min(spent))
    deep = count * 7 // 10
    _pages(watch, context, deep)
    _window(watch, context)
    _api(watch, context, deep)
    _writers(watch, context, path)


def _pages(watch: Watch, context: AppContext, deep: int) -> None:
    everything = PlayFilter(limit=PAGE)
    filters = {
        "newest page": (everything, 0),
        f"page at {deep:,}": (everything, deep),
        "page of three years ago": (replace(everything, started_before=_day(1_100)), 0),
        "page of one user": (replace(everything, user="user 3"), 0),
        "page at 20,000 of one user": (replace(everything, user="user 3"), 20_000),
        "search, rare": (replace(everything, search="title 19999"), 0),
        "search, common": (replace(everything, search="user 1"), 0),
        "search, common, page at 100,000": (replace(everything, search="user 1"), 100_000),
        "search, nothing": (replace(everything, search="no such words"), 0),
    }
    for joined in (False, True):
        what = "sittings" if joined else "plays"
        for name, (chosen, offset) in filters.items():
            watch(
                f"{what}: {name}",
                lambda chosen=chosen, offset=offset, joined=joined: list_plays(  # type: ignore[misc]
                    context, chosen, joined=joined, offset=offset
                ),
            )


def _window(watch: Watch, context: AppContext) -> None:
    for grouped in (False, True):
        what = "sittings" if grouped else "plays"
        for name, query in {
            "all": PlayQuery(grouped=grouped),
            **{f"all, by {sort}": PlayQuery(sort_key=sort, grouped=grouped) for sort in PlaySort if sort != "started"},
            "common word, by title": PlayQuery(PlayFilter(search="user 1"), PlaySort.TITLE, grouped=grouped),
            "search, rare": PlayQuery(PlayFilter(search="title 19999"), grouped=grouped),
            "search, common": PlayQuery(PlayFilter(search="user 1"), grouped=grouped),
        }.items():
            watch(
                f"window: list of {what}, {name}",
                lambda query=query: _opened(context, query),  # type: ignore[misc]
            )
    listing = lists.open_list(context, PlayQuery(), CancelToken())
    at = len(listing) * 7 // 10
    watch("window: 256 rows deep in the list", lambda: lists.rows(context, listing, range(at, at + 256)))
    by_title = lists.open_list(context, PlayQuery(sort_key=PlaySort.TITLE), CancelToken())
    watch("window: 256 rows deep in the list by title", lambda: lists.rows(context, by_title, range(at, at + 256)))
    whole = [(0, len(listing) - 1)]
    watch("window: all plays that Select All means", lambda: lists.chosen(context, listing, whole), rounds=2)
    watch("window: what there is to filter by", lambda: lists.choices(context))


def _opened(context: AppContext, query: PlayQuery) -> None:
    """What a window reads before it shows a list: how long it is, and its first page."""
    listing = lists.open_list(context, query, CancelToken())
    lists.rows(context, listing, range(min(len(listing), 64)))


def _api(watch: Watch, context: AppContext, deep: int) -> None:
    house = SharedHouse(context, ApiKey("0" * 32, SecretPlace.MEMORY), SessionBoard(), context.zone)
    for grouping in (0, 1):
        for name, given in {
            "newest page": {},
            f"page at {deep:,}": {"start": str(deep)},
            f"oldest first, page at {deep:,}": {"start": str(deep), "order_dir": "asc"},
            "one user": {"user": "user 3"},
            "search, rare": {"search": "title 19999"},
            "search, common": {"search": "user 1"},
            **{f"by {name}": {"order_column": name} for name in sorted(ORDERS)},
            **{f"by {name}, {deep:,}": {"order_column": name, "start": str(deep)} for name in sorted(ORDERS)},
            "common word, by title": {"search": "user 1", "order_column": "full_title"},
            "common word, by length": {"search": "user 1", "order_column": "duration", "start": str(deep // 2)},
        }.items():
            params = Params({"grouping": str(grouping), "length": str(PAGE), **given})
            watch(
                f"get_history grouping={grouping}: {name}",
                lambda params=params: _asked_first(house, params),  # type: ignore[misc]
            )
    for name, given in {"plays": {}, "sittings": {"sittings": "1"}}.items():
        params = Params({"limit": str(PAGE), "offset": str(deep), **given})
        watch(f"/api/v1/plays: {name} at {deep:,}", lambda params=params: get_plays(house, params))  # type: ignore[misc]


def _asked_first(house: SharedHouse, params: Params) -> None:
    """As nobody has asked before: sums and orders are kept for a minute."""
    house.host.shared_plays = SharedPlayRepository(house.host.database, house.host.listed)
    get_history(Scope(house), params)


def _writers(watch: Watch, context: AppContext, path: Path) -> None:
    """What keeping lists in step costs those who write: one play of a recorder, and 5,000 of an import."""
    others = ", ".join(COLUMNS[1:])
    marks = ", ".join("?" * len(COLUMNS))

    def one_more() -> None:
        with context.database.write() as connection:
            connection.exec_driver_sql(
                f"INSERT INTO plays (uid, {others}) SELECT hex(randomblob(9)), {others} FROM plays "
                "ORDER BY id DESC LIMIT 1"
            )

    def imported(database: Database) -> None:
        plays = [(f"{time.time_ns()}-{n}", *play[1:]) for n, play in enumerate(past(5_000))]
        for first in range(0, len(plays), 500):
            with database.write() as connection:
                insert = f"INSERT INTO plays ({', '.join(COLUMNS)}) VALUES ({marks})"
                connection.exec_driver_sql(insert, plays[first : first + 500])

    watch("writing one play", one_more)
    watch("newest page of sittings after it", lambda: list_plays(context, PlayFilter(limit=PAGE), joined=True))
    watch("importing 5,000 plays, 500 at a time", lambda: imported(context.database), rounds=2)
    plain = SqliteDatabase(path)
    watch("the same without lists", lambda: imported(plain), rounds=2)
    plain.close()


def _day(ago: int) -> datetime:
    return datetime.fromtimestamp(END - ago * DAY_S, UTC)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("plays", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="folder of a catalog to make once and use again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dirs = resolve_dirs(arguments.keep or Path(folder), {})
        context = AppContext(dirs, environ={"TZ": "Europe/Berlin"}, keyring=lambda: None, write_log=False)
        with context.database.read() as connection:
            made = connection.exec_driver_sql("SELECT 1 FROM plays LIMIT 1").first() is not None
        if not made:
            spent, passed = timed(lambda: generate(dirs.catalog, arguments.plays), 1)
            print(
                f"{arguments.plays:,} plays made in {passed[0] / 1000:.0f} s ({spent[0] / 1000:.0f} s of a core)",
                file=sys.stderr,
            )
            spent, passed = timed(lambda: list_plays(context, PlayFilter(limit=1)), 1)
            print(
                f"listed and grouped in {passed[0] / 1000:.0f} s ({spent[0] / 1000:.0f} s of a core)", file=sys.stderr
            )
        measure(context, dirs.catalog)
        context.close()


if __name__ == "__main__":
    main()
