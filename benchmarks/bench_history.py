"""What pages and searches of the history cost over a million plays.

    python benchmarks/bench_history.py [plays] [--keep FOLDER]

Uses the catalog that `bench_statistics.py` makes. Every time is the best of three in this process. The floor reads
every start of a play once, in plain `sqlite3` from the index of the list, so ratios hold on any machine.
"""

import argparse
import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bench_statistics import END, best, generate
from retrovue.core.context import AppContext
from retrovue.core.domain.history import PlayFilter
from retrovue.core.system.dirs import resolve_dirs

DAY_S = 86_400


def measure(context: AppContext, path: Path) -> None:
    """Print what each kind of page costs."""
    with closing(sqlite3.connect(path)) as connection:
        ground = best(lambda: connection.execute("SELECT max(started_at + id) FROM plays").fetchall())
        searched = (
            "SELECT id FROM plays WHERE deleted_at IS NULL AND folded LIKE '%x%' ORDER BY started_at DESC, id DESC"
        )
        plan = connection.execute(f"EXPLAIN QUERY PLAN {searched}").fetchall()
    print(f"floor {ground:.0f} ms; the search reads {plan[0][3]}")
    pages = {
        "newest page": PlayFilter(limit=100),
        "page of three years ago": PlayFilter(started_before=_day(1_100), limit=100),
        "page of one user": PlayFilter(user="user 3", limit=100),
        "page of one server": PlayFilter(server_id=2, limit=100),
        "search, frequent": PlayFilter(search="user 1", limit=100),
        "search, rare": PlayFilter(search="title 19999", limit=100),
        "search, nothing": PlayFilter(search="no such words", limit=100),
    }
    for name, chosen in pages.items():
        took = best(lambda chosen=chosen: context.plays.list(chosen))  # type: ignore[misc]
        print(f"{name:26} {took:6.0f} ms {took / ground:6.2f}×")


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
        context = AppContext(dirs, environ={}, keyring=lambda: None, write_log=False)
        if not context.plays.list(PlayFilter(limit=1)):
            generate(dirs.catalog, arguments.plays)
            print(f"{arguments.plays:,} plays made", file=sys.stderr)
        measure(context, dirs.catalog)
        context.close()


if __name__ == "__main__":
    main()
