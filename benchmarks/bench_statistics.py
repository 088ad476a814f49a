"""What statistics cost over a million plays: 30 days and all time, every view, plays and sittings.

    python -m benchmarks.bench_statistics [plays] [--keep FOLDER] [--postgres URL]

Makes the catalog that it measures: five years of plays by 30 people of three servers, most of them in the evening, of
20,000 movies and episodes. Every time is the least and the median processor time of three in this process. The floor
sums the same plays by day in plain `sqlite3`, over the same range, without zone, filter, users or streams, so ratios
hold on any machine.

With the address of a PostgreSQL server the catalog is copied there with its sums, and every view is measured there,
too; the server's own processor time counts.
"""

import argparse
import json
import os
import random
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks.served import on_server, server_clock
from retrovue.core.context import AppContext
from retrovue.core.domain.days import DayRange
from retrovue.core.domain.played_titles import Within
from retrovue.core.domain.statistics import Chosen, View
from retrovue.core.services.statistics import views
from retrovue.core.services.statistics.upkeep import prepare
from retrovue.core.services.statistics.watched import most_popular, recently_watched
from retrovue.core.system.dirs import resolve_dirs

ROUNDS = 3
YEARS = 5
END = 1_796_000_000  # 30 November 2026
DECISIONS = ("direct_play", "direct_play", "direct_play", "direct_stream", "transcode", None)
LABELS = ("1080p H264 · AC3 5.1", "4K HEVC · EAC3 5.1", "720p H264 · AAC 2.0", "SD MPEG4 · MP3 2.0")
COLUMNS = (
    "uid server_id server_name media_user_id user_name kind title show_title year remote_id guid player platform "
    "stream_decision source_label delivered_label started_at stopped_at paused_s play_s is_watched is_live is_inferred "
    "buffered source raw_stream_info folded library_id library_name season_number episode_number genre"
).split()


def past(count: int) -> Iterator[tuple[Any, ...]]:
    """Plays in order of their start, as a recorder writes them."""
    dice = random.Random(1)
    step = YEARS * 365 * 86_400 / count
    raw = json.dumps({"stream": "x" * 400})
    for n in range(count):
        day, second = divmod(int(END - YEARS * 365 * 86_400 + n * step), 86_400)
        # Two of three in the evening.
        second = second if n % 3 == 0 else (64_800 + second // 4) % 86_400
        started_at = day * 86_400 + second
        user = min(int(dice.expovariate(0.12)), 29)
        title = int(dice.random() ** 2 * 20_000)
        library = (user % 3) * 2 + (title % 2)
        length_s = dice.randrange(60, 7200)
        show = f"Show {title % 600}" if title % 2 else None
        server = user % 3 + 1
        yield (
            f"{n:08}", server, f"Server {server}", user + 1, f"user {user}", "episode" if show else "movie",
            f"Title {title}", show, 1950 + title % 70, str(title), f"plex://{title}", f"Player {user}-{n % 2}",
            ("tvOS", "Android", "Chrome", "iOS", "webOS")[(user + n % 2) % 5], DECISIONS[n % 6], LABELS[title % 4],
            LABELS[(title + (n % 6 == 4)) % 4], started_at, started_at + length_s, 0, length_s, 1, 0, 0, 0, "live",
            raw, f"title {title} user {user}", library + 1, f"Library {library}",
            title // 1200 % 4 + 1 if show else None, title // 4800 + 1 if show else None, f"Genre {title % 13}",
        )  # fmt: skip


def generate(path: Path, count: int) -> None:
    """Fill a catalog that exists."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-400000")
        for n in range(1, 4):
            connection.execute(
                "INSERT INTO servers (id, uuid, kind, name, url, machine_identifier, version, is_owner, is_active, "
                "follow_live, state, created_at) VALUES (?, ?, 'plex', ?, 'x', 'm', '1', 1, 1, 1, 'x', 1)",
                (n, f"u{n}", f"Server {n}"),
            )
        for n in range(6):
            connection.execute(
                "INSERT INTO libraries (id, server_id, remote_id, name, kind, is_enabled, sync_mode) "
                f"VALUES ({n + 1}, {n // 2 + 1}, '{n}', 'Library {n}', 'movies', 1, 'automatic')"
            )
        for n in range(30):
            connection.execute(
                "INSERT INTO media_users (id, server_id, user_key, name, first_seen_at, last_seen_at) "
                f"VALUES ({n + 1}, {n % 3 + 1}, '{n}', 'user {n}', 1, 1)"
            )
        _fill(connection, count)
        connection.execute("ANALYZE")


def _fill(connection: sqlite3.Connection, count: int) -> None:
    """Write the plays without what hangs on each of them, and that in one go afterwards: a tenth of the time."""
    kept = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'plays' AND sql IS NOT NULL AND type <> 'table'"
    ).fetchall()
    for kind, name, _sql in kept:
        connection.execute(f"DROP {kind} {name}")
    marks = ", ".join("?" * len(COLUMNS))
    connection.executemany(f"INSERT INTO plays ({', '.join(COLUMNS)}) VALUES ({marks})", past(count))
    # What the triggers would have noted: all for the statistics, one for the history, which then lists every play.
    connection.execute("INSERT INTO listed_changes (play_id) SELECT max(id) FROM plays")
    connection.execute(
        "INSERT INTO play_changes (play_id, server_id, item, started_at, stopped_at) "
        "SELECT id, server_id, 'g' || guid, started_at, stopped_at FROM plays"
    )
    for _kind, _name, sql in kept:
        connection.execute(sql)


def timed(work: Callable[[], object], clock: Callable[[], float] = lambda: 0.0) -> tuple[float, float]:
    """The least and the median processor time of a few rounds, milliseconds."""
    times = [timed_once(work, clock) for _round in range(ROUNDS)]
    return min(times), statistics.median(times)


def timed_once(work: Callable[[], object], clock: Callable[[], float] = lambda: 0.0) -> float:
    """Its processor time, milliseconds, with what `clock` tells of a server."""
    served, begun = clock(), time.process_time()
    work()
    return (time.process_time() - begun + clock() - served) * 1000


def floor(path: Path, days: DayRange) -> tuple[float, float]:
    """The same plays by day of UTC, milliseconds."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA cache_size=-16000")
        query = (
            "SELECT started_at / 86400, count(*), sum(play_s) FROM plays "
            "WHERE deleted_at IS NULL AND started_at >= ? AND started_at < ? GROUP BY 1"
        )
        bounds = (days.starts_at or 0, days.ends_at or 2**40)
        return timed(lambda: connection.execute(query, bounds).fetchall())


def measure(context: AppContext, path: Path) -> None:
    """Print every view of both ranges; the floor reads the file at `path`."""
    clock = server_clock(context.database)
    last = date.fromtimestamp(END)
    month, always = DayRange(last - timedelta(days=29), last, context.zone), DayRange(None, None, context.zone)
    with context.database.write():
        # The first transaction lists the plays for the history, which is no part of statistics.
        pass
    _say("30 days, before any sum", lambda: count(context, View.DAYS, Chosen(month)))
    _say("all sums (done in the background)", lambda: prepare(context))
    _say("all sums, nothing new", lambda: prepare(context))
    for name, days in (("30 days", month), ("all time", always)):
        ground = floor(path, days)
        print(f"\n{name}: floor {ground[0]:.0f} / {ground[1]:.0f} ms (least / median)")
        for view in View:
            cells = [f"{view.value:12}"]
            for chosen in (
                Chosen(days),
                Chosen(days, sittings=True),
                Chosen(days, user="user 0"),
                Chosen(days, server_id=1, library_id=2),
            ):
                found = timed(lambda view=view, chosen=chosen: count(context, view, chosen), clock)  # type: ignore[misc]
                cells.append(_cell(found, ground))
            print("  ".join(cells), flush=True)
        part = Chosen(days, within=Within("Show 1"))
        for said, work in (
            ("5 titles", lambda days=days: views.statistics(context, View.TITLES, Chosen(days), largest=5)),
            ("5 items", lambda days=days: views.statistics(context, View.ITEMS, Chosen(days), largest=5)),
            ("popular", lambda days=days: most_popular(context, Chosen(days, top=5))),
            ("recent", lambda days=days: recently_watched(context, Chosen(days, top=5))),
            ("one show", lambda part=part: count(context, View.DAYS, part)),
            ("its items", lambda part=part: count(context, View.ITEMS, part)),
            ("its streams", lambda part=part: count(context, View.CONCURRENT, part)),
        ):
            print("  ".join([f"{said:12}", _cell(timed(work, clock), ground)]), flush=True)
    print("\nafter one more play: the first time, and the next")
    for name, days in (("30 days", month), ("all time", always)):
        for view in (View.DAYS, View.USERS, View.TITLES, View.CONCURRENT):
            _play_once_more(context)
            work = lambda view=view, days=days: count(context, view, Chosen(days))  # type: ignore[misc]  # noqa: E731
            times = [timed_once(work, clock) for _round in range(2)]
            print(f"{name}, {view.value:12}{times[0]:5.0f} / {times[1]:5.0f} ms", flush=True)
    _say("sums after them, in the background", lambda: prepare(context))


def _play_once_more(context: AppContext) -> None:
    others = ", ".join(COLUMNS[1:])
    with context.database.engine.begin() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO plays (uid, {others}) SELECT ?, {others} FROM plays ORDER BY id DESC LIMIT 1", (uuid4().hex,)
        )


def _cell(found: tuple[float, float], ground: tuple[float, float]) -> str:
    return f"{found[0]:5.0f} / {found[1]:5.0f} ms {found[0] / ground[0]:5.2f}×"


def _say(what: str, work: Callable[[], object]) -> None:
    begun, processed = time.perf_counter(), time.process_time()
    work()
    print(f"{what}: {time.process_time() - processed:.2f} s of the processor, {time.perf_counter() - begun:.1f} s")


def count(context: AppContext, view: View, chosen: Chosen) -> object:
    """One view, whichever it is."""
    return views.concurrent(context, chosen) if view is View.CONCURRENT else views.statistics(context, view, chosen)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("plays", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="folder of a catalog to make once and use again")
    parser.add_argument("--postgres", metavar="URL", help="also measure the same catalog on this server")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dirs = resolve_dirs(arguments.keep or Path(folder), {})
        context = AppContext(dirs, environ={"TZ": "Europe/Berlin"}, keyring=lambda: None, write_log=False)
        with context.database.read():
            made = context.statistics.span() is not None
        if not made:
            _say(f"{arguments.plays:,} plays made", lambda: generate(dirs.catalog, arguments.plays))
        measure(context, dirs.catalog)
        if arguments.postgres is not None:
            print("\nON THE SERVER")
            with on_server(context, arguments.postgres, dirs.data_dir / "served") as served:
                measure(served, dirs.catalog)
        context.close()
    print(
        f"load {os.getloadavg()[0]:.1f}, peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )


if __name__ == "__main__":
    main()
