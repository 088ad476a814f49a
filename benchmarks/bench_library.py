"""The Library page's lists over a generated catalog: open, sort, search, select all, memory.

    python -m benchmarks.bench_library [episodes] [--postgres URL]

200,000 episodes of 4,000 shows and 20,000 movies, a file each, in the program's own tables; and the same number of rows
on two servers that hold the same titles, listed once each. Every time is the best of five in this process, from asking
to the painted view; the processor's time stands beside it, since other programs make the first one longer. The floor
is plain `sqlite3` fetching as many ids in the order of an indexed column, so ratios hold on any machine. At the end the
plans of the default lists, which must use an index.

With the address of a PostgreSQL server every line is measured there, too: its own processor time beside ours.
"""

import argparse
import gc
import os
import resource
import sqlite3
import tempfile
import time
from array import array
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")

from PySide6.QtCore import QEventLoop, QSettings
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.served import on_server, server_clock
from retrovue.core.context import AppContext
from retrovue.core.domain.browse import BrowseQuery, SortField, View, WatchedBounds
from retrovue.core.domain.text import fold, sort_key
from retrovue.core.services.catalog.groups import refresh_groups
from retrovue.core.system.dirs import resolve_dirs
from retrovue.gui.pages.library.pictures import Pictures
from retrovue.gui.pages.library.views import ListPane
from retrovue.gui.tables.view import selected_ids
from retrovue.gui.work.tasks import TaskRunner

ROUNDS = 5
_WORDS = "amber lantern harbour quiet signal winter orchard meridian copper violet thunder basalt ferry cinder".split()
_ITEM = "id, library_id, remote_id, title, sort_key, year, view_count, size_bytes, duration_ms, added_at"
_TAIL = "fingerprint, change_key, first_seen_at, last_seen_at"
_BY_ANYBODY = (SortField.LAST_WATCHED, SortField.PLAYS, SortField.PEOPLE, SortField.WATCH_TIME)
_STATES = ("found", "found", "found", "missing", "unmapped", "unchecked")


def _title(n: int) -> str:
    return f"The {_WORDS[n % 14].title()} {_WORDS[n * 7919 % 13].title()} of {_WORDS[n // 14 % 14].title()} {n}"


def generate(path: Path, episodes: int, *, movies: int | None = None, twice: bool = False) -> None:
    """Fill the empty catalog at `path`; `twice` puts half of it on another server that holds the same titles."""
    shows, movies = max(1, episodes // 50), episodes // 10 if movies is None else movies
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "INSERT INTO servers (id, uuid, kind, name, url, machine_identifier, version, is_owner, is_active, "
            "follow_live, state, created_at) VALUES (1, 'u', 'plex', 'Attic', 'x', 'm', '1', 1, 0, 0, 'online', 1)"
        )
        db.executemany(
            "INSERT INTO libraries (id, server_id, remote_id, name, kind, is_enabled, sync_mode) "
            "VALUES (?, 1, ?, ?, ?, 1, 'automatic')",
            [(1, "1", "TV", "shows"), (2, "2", "Films", "movies")],
        )
        _fill_items(db, shows, movies, episodes)
        _fill_files(db, movies, episodes)
        _fill_watched(db, movies, episodes)
        if twice:
            _put_half_elsewhere(db, shows, movies)
        db.execute("INSERT INTO search_fts (search_fts) VALUES ('rebuild')")
        db.execute("ANALYZE")
        db.commit()


def _item(n: int, library: int, title: str) -> tuple[object, ...]:
    size = n * 999_983 % 5_000_000_011
    head = (n, library, f"r{n}", title, sort_key(title), 1950 + n % 70, n % 3 == 0, size, 2_400_000)
    return (*head, 1_600_000_000 + n * 7919 % 90_000_000, n, n, 1, 1)


def _fill_items(db: sqlite3.Connection, shows: int, movies: int, episodes: int) -> None:
    marks = ",".join("?" * 14)
    per_show = episodes // shows
    db.executemany(
        f"INSERT INTO shows ({_ITEM}, {_TAIL}, total_seasons, total_episodes) VALUES ({marks}, 5, {per_show})",
        (_item(n, 1, _title(n)) for n in range(1, shows + 1)),
    )
    db.executemany(
        f"INSERT INTO movies ({_ITEM}, {_TAIL}) VALUES ({marks})",
        (_item(n, 2, _title(n * 3)) for n in range(1, movies + 1)),
    )
    db.executemany(
        f"INSERT INTO episodes ({_ITEM}, {_TAIL}, show_id, season_number, episode_number) VALUES ({marks}, ?, ?, ?)",
        (
            (*_item(n, 1, _title(n * 5)), (n - 1) // per_show + 1, (n - 1) % per_show // 10 + 1, n % 10)
            for n in range(1, episodes + 1)
        ),
    )
    for table, code in (("shows", 0), ("movies", 1), ("episodes", 2)):
        rows = db.execute(f"SELECT id, title FROM {table}").fetchall()
        db.executemany(
            "INSERT INTO search_text (id, folded) VALUES (?, ?)", ((n * 4 + code, fold(title)) for n, title in rows)
        )


def _fill_files(db: sqlite3.Connection, movies: int, episodes: int) -> None:
    def file(n: int) -> tuple[object, ...]:
        folder, height = _WORDS[n % 14], (480, 720, 1080, 2160)[n % 4]
        return n, f"/media/{folder}/{_title(n)}.mkv", n * 999_983, height, f"{height}p"

    db.executemany(
        "INSERT INTO media_files (id, server_id, server_path, size_bytes, height, resolution, first_seen_at) "
        "VALUES (?, 1, ?, ?, ?, ?, 1)",
        (file(n) for n in range(1, movies + episodes + 1)),
    )
    db.executemany(
        "INSERT INTO file_places (media_file_id, computer_id, local_path, file_state) VALUES (?, 1, ?, ?)",
        (
            (n, f"Z:\\{_WORDS[n % 14]}\\{_title(n)}.mkv", state)
            for n in range(1, movies + episodes + 1)
            if (state := _STATES[n % 6]) != "unmapped"
        ),
    )
    db.executemany(
        "INSERT INTO media_links (media_file_id, movie_id, episode_id, version_index, part_index) "
        "VALUES (?, ?, ?, 0, 0)",
        ((n, n if n <= movies else None, n - movies if n > movies else None) for n in range(1, movies + episodes + 1)),
    )


def _fill_watched(db: sqlite3.Connection, movies: int, episodes: int) -> None:
    """Two of five titles were watched, by one to four of eight people."""
    for kind, count in (("movie", movies), ("episode", episodes)):
        db.executemany(
            "INSERT INTO item_watch (kind, item_id, plays, watch_time_s, last_watched_at, people) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                (kind, n, n * 7 % 23 + 1, n * 31 % 90_000, 1_600_000_000 + n * 7919 % 90_000_000, _people(n))
                for n in range(1, count + 1)
                if n % 5 < 2
            ),
        )
        db.execute("INSERT INTO item_watch_marks (kind, item_id) VALUES (?, ?)", (kind, count))
    db.execute("DELETE FROM watch_changes")


def _people(n: int) -> str:
    return "[" + ", ".join(f'"user {(n + place) % 8}"' for place in range(n % 4 + 1)) + "]"


def _put_half_elsewhere(db: sqlite3.Connection, shows: int, movies: int) -> None:
    db.execute(
        "INSERT INTO servers (id, uuid, kind, name, url, machine_identifier, version, is_owner, is_active, "
        "follow_live, state, created_at) VALUES (2, 'v', 'emby', 'Cabin', 'y', 'n', '1', 1, 0, 0, 'online', 1)"
    )
    db.executemany(
        "INSERT INTO libraries (id, server_id, remote_id, name, kind, is_enabled, sync_mode) "
        "VALUES (?, 2, ?, ?, ?, 1, 'automatic')",
        [(3, "1", "TV", "shows"), (4, "2", "Films", "movies")],
    )
    db.execute(f"UPDATE shows SET library_id = 3 WHERE id > {shows // 2}")
    db.execute(f"UPDATE episodes SET library_id = 3 WHERE show_id > {shows // 2}")
    db.execute(f"UPDATE movies SET library_id = 4 WHERE id > {movies // 2}")
    db.execute("UPDATE shows SET year = 2000")
    db.execute("UPDATE movies SET year = 2000")
    for kind, half in (("show", shows // 2), ("movie", movies // 2)):
        for provider in ("tvdb", "tmdb", "imdb"):
            db.execute(f"INSERT INTO {kind}_guids SELECT id, '{provider}', 1 + (id - 1) % {half}, 'x' FROM {kind}s")


def resident_bytes() -> int:
    """Memory of this process now, where the system tells; its peak elsewhere."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class Bench:
    """A shown list and the means to wait for it."""

    def __init__(self, application: QApplication, runner: TaskRunner, context: AppContext, view: View) -> None:
        self._application = application
        self._runner = runner
        self._server_s = server_clock(context.database)
        self.holder = QWidget()
        settings = QSettings(str(context.dirs.cache_dir / "bench.ini"), QSettings.Format.IniFormat)
        pictures = Pictures(runner, lambda: None, self.holder)
        self.pane = ListPane(view, context, runner, settings, pictures, self.holder)
        self.pane.view.setParent(self.holder)
        self.holder.resize(1000, 700)
        self.pane.view.resize(1000, 700)
        self.holder.show()
        self.settle()

    def settle(self) -> None:
        """Process events until nothing runs and the view is painted."""
        while True:
            self._application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
            if self._runner.active_count == 0:
                self.pane.view.viewport().grab()
                if self._runner.active_count == 0:
                    return
            time.sleep(0.0005)

    def take_s(self, act: Callable[[], None]) -> tuple[float, float, float]:
        """Seconds from `act` to the painted view, of the processor, and of the server's; the best of five each."""
        times, busy, served = [], [], []
        for _n in range(ROUNDS):
            self.pane.set_query(BrowseQuery(self.pane.kind, text="nothing has this name"))
            self.settle()
            gc.collect()
            begin_server_s = self._server_s()
            begin_s, begin_busy_s = time.perf_counter(), time.process_time()
            act()
            self.settle()
            times.append(time.perf_counter() - begin_s)
            busy.append(time.process_time() - begin_busy_s)
            served.append(self._server_s() - begin_server_s)
        return min(times), min(busy), min(served)


def floor_s(path: Path, sql: str) -> float:
    """Best time of a plain fetch of ids."""
    times = []
    for _n in range(ROUNDS):
        begin_s = time.perf_counter()
        with closing(sqlite3.connect(path)) as db:
            array("q", (row[0] for row in db.execute(sql)))
        times.append(time.perf_counter() - begin_s)
    return min(times)


Line = tuple[str, tuple[float, float, float], float]
"""What, seconds and those of the processor, here and on a server, seconds of the floor."""


def run(application: QApplication, context: AppContext, path: Path) -> list[Line]:
    """Every list of one's own server; the floor reads the file at `path`."""
    runner = TaskRunner()
    plain = floor_s(path, "SELECT id FROM episodes ORDER BY show_id, season_number, episode_number, id")
    sorting = floor_s(path, "SELECT id FROM episodes ORDER BY size_bytes, id")
    text = "SELECT id / 4 FROM search_text WHERE id % 4 = 2 AND instr(folded, 'lantern') > 0"
    scanning = floor_s(path, text)
    before = resident_bytes()
    lines: list[Line] = []
    bench = Bench(application, runner, context, View.EPISODES)

    def ask(**values: object) -> Callable[[], None]:
        return lambda: bench.pane.set_query(BrowseQuery(bench.pane.kind, **values))  # type: ignore[arg-type]

    lines.append(("open episodes", bench.take_s(ask(sort=SortField.SHOW)), plain))
    fields = (SortField.TITLE, SortField.SIZE, SortField.ADDED, SortField.WATCHED, SortField.STATE, *_BY_ANYBODY)
    lines += [(f"sort by {field}", bench.take_s(ask(sort=field)), sorting) for field in fields]
    texts = ("lantern", "qu", "amber lantern 70", "tt0111161")
    lines += [(f"search “{words}”", bench.take_s(ask(text=words)), scanning) for words in texts]
    ask(sort=SortField.SHOW)()
    bench.settle()
    begin_s, begin_busy_s = time.perf_counter(), time.process_time()
    bench.pane.view.selectAll()
    bench.settle()
    took = time.perf_counter() - begin_s, time.process_time() - begin_busy_s, 0.0
    chosen = len(selected_ids(bench.pane.view, bench.pane.model))  # type: ignore[arg-type]
    lines.append((f"select all {chosen:,}", took, plain))
    memory = resident_bytes() - before
    bench.holder.deleteLater()
    for view in (View.SHOWS, View.FILES):
        bench = Bench(application, runner, context, view)
        first = SortField.PATH if view is View.FILES else SortField.TITLE
        lines.append((f"open {view}", bench.take_s(ask(sort=first)), plain))
        lines.append((f"sort {view} by state", bench.take_s(ask(sort=SortField.STATE)), sorting))
        if view is View.SHOWS:
            lines += [(f"sort {view} by {field}", bench.take_s(ask(sort=field)), sorting) for field in _BY_ANYBODY]
            often = WatchedBounds(least_plays=5, least_people=2)
            lines.append((f"filter {view} by plays, people", bench.take_s(ask(watch=often)), scanning))
        lines.append((f"search {view}", bench.take_s(ask(text="lantern")), scanning))
        bench.holder.deleteLater()
    print(f"memory above empty: {memory / 1e6:.0f} MB")
    runner.shutdown()
    return lines


def run_grouped(application: QApplication, context: AppContext, path: Path) -> list[Line]:
    """The lists of two servers that hold the same titles, each listed once; see `run`."""
    server_s = server_clock(context.database)
    begin_server_s = server_s()
    runner = TaskRunner()
    begin_s, begin_busy_s = time.perf_counter(), time.process_time()
    refresh_groups(context.browse.groups)
    took = time.perf_counter() - begin_s, time.process_time() - begin_busy_s, server_s() - begin_server_s
    plain = floor_s(path, "SELECT id FROM episodes ORDER BY show_id, season_number, episode_number, id")
    sorting = floor_s(path, "SELECT id FROM episodes ORDER BY size_bytes, id")
    lines: list[Line] = [("find out what is the same", took, plain)]
    for view, fields in (
        (View.SHOWS, (SortField.TITLE, SortField.SIZE, SortField.WATCHED)),
        (View.EPISODES, (SortField.SHOW, SortField.SIZE, SortField.ADDED, SortField.STATE)),
    ):
        bench = Bench(application, runner, context, view)
        for field in fields:
            query = BrowseQuery(view, sort=field, grouped=True)
            floor = plain if field is fields[0] else sorting
            taken = bench.take_s(lambda bench=bench, query=query: bench.pane.set_query(query))  # type: ignore[misc]
            lines.append((f"grouped {view} by {field}", taken, floor))
        bench.holder.deleteLater()
    runner.shutdown()
    return lines


def plans(path: Path) -> None:
    """Print how SQLite reads the default lists."""
    for sql in (
        "SELECT t.id FROM shows t WHERE t.removed_at IS NULL ORDER BY t.sort_key, t.id",
        "SELECT t.id FROM movies t WHERE t.removed_at IS NULL ORDER BY t.sort_key, t.id",
    ):
        with closing(sqlite3.connect(path)) as db:
            print(sql.split(" FROM ")[1], "->", "; ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("episodes", nargs="?", type=int, default=200_000)
    parser.add_argument("--postgres", metavar="URL", help="also measure the same catalog on this server")
    arguments = parser.parse_args()
    application = QApplication([])
    lines: list[Line] = []
    for part, is_twice in ((run, False), (run_grouped, True)):
        with tempfile.TemporaryDirectory() as folder:
            context = AppContext(resolve_dirs(Path(folder) / "file"), write_log=False)
            context.database.data_version()
            path = context.dirs.catalog
            generate(path, arguments.episodes, twice=is_twice)
            if arguments.postgres is not None:
                with on_server(context, arguments.postgres, Path(folder) / "server") as served:
                    lines += [(f"{name} (server)", *rest) for name, *rest in part(application, served, path)]
            lines += part(application, context, path)
            if not is_twice:
                plans(path)
            context.close()
    print(f"{'':36}{'ms':>9}{'cpu ms':>9}{'server':>9}{'floor ms':>10}{'ratio':>8}")
    for name, (taken_s, busy_s, served_s), plain_s in lines:
        times = f"{taken_s * 1000:9.0f}{busy_s * 1000:9.0f}{served_s * 1000:9.0f}{plain_s * 1000:10.0f}"
        print(f"{name:36}{times}{taken_s / plain_s:8.1f}")


if __name__ == "__main__":
    main()
