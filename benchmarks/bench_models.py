"""What a table of 200,000 rows costs: open, sort, select all, memory; against fetching the ids alone.

    python benchmarks/bench_models.py [rows]

Every time is the best of five in this process, from asking to the painted view. The floor is a plain
`sqlite3` fetch of the same ids in the same order into the same array, so ratios hold on any machine.
"""

import gc
import json
import os
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtWidgets import QApplication, QTableView

from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.id_list import IdListModel
from retrovue.gui.tables.view import prepare_table, selected_ids
from retrovue.gui.work.tasks import TaskRunner

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    title: str
    year: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Query:
    sort_key: str = "title"
    descending: bool = False

    @property
    def sql(self) -> str:
        return f"SELECT id FROM items ORDER BY {self.sort_key} {'DESC' if self.descending else 'ASC'}, id"


class Source:
    """Reads on whatever thread asks, one connection per read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ids(self, query: Query, token: CancelToken) -> "array[int]":
        # One step instead of one per row: sqlite3 hands the interpreter lock over at every row, and each
        # handover makes a painting table and this query wait for each other.
        connection = sqlite3.connect(self._path)
        take_back = token.on_cancel(connection.interrupt)
        found = connection.execute(f"SELECT json_group_array(id) FROM ({query.sql})").fetchone()[0]
        take_back()
        connection.close()
        return array("q", json.loads(found))

    def rows(self, ids: Sequence[int]) -> list[Row]:
        connection = sqlite3.connect(self._path)
        marks = ",".join("?" * len(ids))
        found = connection.execute(f"SELECT id, title, year, size_bytes FROM items WHERE id IN ({marks})", list(ids))
        rows = [Row(*values) for values in found]
        connection.close()
        return rows


COLUMNS = (
    Column("title", "Title", lambda row: row.title, width=320, sort_key="title"),
    Column("year", "Year", lambda row: str(row.year), align=RIGHT, width=70, sort_key="year"),
    Column("size", "Size", lambda row: f"{row.size_bytes:,}", align=RIGHT, sort_key="size_bytes"),
    *(Column(f"extra{n}", f"Extra {n}", lambda row: row.title[-4:], width=90) for n in range(7)),
)


def generate(path: Path, rows: int) -> None:
    """Fill `path` with `rows` items; the two default sorts have an index, the size has none."""
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE items (id INTEGER PRIMARY KEY, title TEXT NOT NULL, year INTEGER, size_bytes INTEGER)"
    )
    connection.executemany(
        "INSERT INTO items VALUES (?, ?, ?, ?)",
        (
            (n, f"Episode {n * 7919 % rows:06} of a show", 1950 + n % 70, n * 999_983 % 5_000_000_011)
            for n in range(rows)
        ),
    )
    connection.execute("CREATE INDEX ix_title ON items (title)")
    connection.execute("CREATE INDEX ix_year ON items (year)")
    connection.commit()
    connection.close()


def fetch_ids(path: Path, query: Query) -> "array[int]":
    """All ids of `query` in order."""
    connection = sqlite3.connect(path)
    ids = array("q", (row[0] for row in connection.execute(query.sql)))
    connection.close()
    return ids


def resident_bytes() -> int:
    """Memory of this process now, where the system tells; its peak elsewhere."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class Bench:
    """A shown table and the means to wait for it."""

    def __init__(self, application: QApplication, runner: TaskRunner, path: Path) -> None:
        self._application = application
        self._runner = runner
        self.model = IdListModel(COLUMNS, Source(path), runner)
        self.view = QTableView()
        prepare_table(self.view, self.model)
        self.view.resize(1200, 800)
        self.view.show()
        self.settle()

    def settle(self) -> float:
        """Process events until nothing runs and the view is painted; the longest block in seconds."""
        longest_s = 0.0
        while True:
            begin_s = time.perf_counter()
            self._application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
            longest_s = max(longest_s, time.perf_counter() - begin_s)
            if self._runner.active_count == 0 and not self.model.is_loading:
                begin_s = time.perf_counter()
                self.view.viewport().grab()
                return max(longest_s, time.perf_counter() - begin_s)
            time.sleep(0.0005)

    def measure(self, act: Callable[[], None]) -> tuple[float, float]:
        """Seconds from `act` to the painted view, and the longest time the event loop was blocked."""
        begin_s = time.perf_counter()
        act()
        acted_s = time.perf_counter() - begin_s
        blocked_s = self.settle()
        return time.perf_counter() - begin_s, max(acted_s, blocked_s)


def floor_s(path: Path, query: Query) -> float:
    """Best time of a plain fetch."""
    times = []
    for _ in range(ROUNDS):
        begin_s = time.perf_counter()
        fetch_ids(path, query)
        times.append(time.perf_counter() - begin_s)
    return min(times)


def best(measured: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return min(taken for taken, _ in measured), statistics.median(blocked for _, blocked in measured)


def run(application: QApplication, path: Path) -> list[tuple[str, float, float, float | None]]:
    """(what, seconds, blocked seconds, floor in seconds) per line; the last line is megabytes."""
    runner = TaskRunner()
    by_title, by_size = Query(), Query("size_bytes")
    floor_title, floor_size = floor_s(path, by_title), floor_s(path, by_size)
    gc.collect()
    bench = Bench(application, runner, path)
    empty_bytes = resident_bytes()
    opened = [bench.measure(lambda: bench.model.set_query(by_title))]
    memory_bytes = resident_bytes() - empty_bytes
    header = Qt.SortOrder
    sorted_title, sorted_size, selected, resorted, chosen, jumped = [], [], [], [], [], []
    for _ in range(ROUNDS):
        sorted_size.append(bench.measure(lambda: bench.view.sortByColumn(2, header.AscendingOrder)))
        sorted_title.append(bench.measure(lambda: bench.view.sortByColumn(0, header.AscendingOrder)))
        selected.append(bench.measure(bench.view.selectAll))
        begin_s = time.perf_counter()
        assert len(selected_ids(bench.view, bench.model)) == bench.model.rowCount()
        chosen.append((time.perf_counter() - begin_s,) * 2)
        resorted.append(bench.measure(lambda: bench.view.sortByColumn(0, header.DescendingOrder)))
        bench.view.clearSelection()
        bench.settle()
        jumped.append(bench.measure(lambda: bench.view.verticalScrollBar().setValue(150_000)))
        bench.view.scrollToTop()
    runner.shutdown()
    return [
        ("open", *best(opened), floor_title),
        ("sort, indexed column", *best(sorted_title), floor_title),
        ("sort, other column", *best(sorted_size), floor_size),
        ("select all", *best(selected), None),
        ("ids of all selected", *best(chosen), None),
        ("sort with all selected", *best(resorted), floor_title),
        ("jump to a far page", *best(jumped), None),
        ("memory above empty, MB", memory_bytes / 1e6, 0.0, 8 * bench.model.rowCount() / 1e6),
    ]


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "items.db"
        generate(path, rows)
        lines = run(application, path)
    print(f"{rows:,} rows, {len(COLUMNS)} columns")
    print(f"{'':26}{'ms':>9}{'blocked ms':>12}{'floor ms':>10}{'ratio':>8}")
    for what, taken, blocked, floor in lines:
        scale = 1 if what.endswith("MB") else 1000
        floor_text = f"{floor * scale:10.1f}{taken / floor:8.2f}" if floor else ""
        print(f"{what:26}{taken * scale:9.1f}{blocked * scale:12.1f}{floor_text}")


if __name__ == "__main__":
    main()
