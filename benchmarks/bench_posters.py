"""Scrolling through 200,000 posters: what a jump costs, and that only what is on screen is read.

    python benchmarks/bench_posters.py [movies]

The window of the Library page's posters over a generated catalog, a stand-in for the servers that draws each picture
at once and counts. Every jump goes to a place that was not seen before, and is waited for until all posters are there.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")

from PySide6.QtCore import QBuffer, QEventLoop, QIODevice, QSettings
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

import bench_library
from retrovue.core.context import AppContext
from retrovue.core.domain.browse import BrowseQuery, View
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.catalog.artwork import ArtworkRequest
from retrovue.core.system.dirs import resolve_dirs
from retrovue.gui.pages.library.pictures import Pictures
from retrovue.gui.pages.library.posters import GridPane
from retrovue.gui.pages.library.views import ListPane
from retrovue.gui.work.tasks import TaskRunner

JUMPS = 20


class Server:
    """Gives one picture for all, and counts."""

    def __init__(self) -> None:
        self.fetched = 0
        image = QImage(400, 600, QImage.Format.Format_RGB32)
        image.fill(0x336677)
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")
        self._content = bytes(buffer.data().data())

    def fetch(
        self, wanted: Sequence[ArtworkRequest], token: CancelToken, done: Callable[[ArtworkRequest, bytes], None]
    ) -> None:
        """As `ArtworkService.fetch`."""
        for request in wanted:
            self.fetched += 1
            done(request, self._content)


def settle(application: QApplication, runner: TaskRunner, pictures: Pictures, pane: GridPane) -> None:
    """Process events until nothing is read any more and the posters are painted."""

    def is_still() -> bool:
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        return runner.active_count == 0 and not pictures._repaint.isActive()

    while True:
        while not is_still():
            time.sleep(0.001)
        pane.view.viewport().grab()
        if is_still():
            return


def run(application: QApplication, context: AppContext) -> None:
    """Open, jump about, and print what it took."""
    runner, server, holder = TaskRunner(), Server(), QWidget()
    pictures = Pictures(runner, lambda: server, holder)
    settings = QSettings(str(context.dirs.cache_dir / "bench.ini"), QSettings.Format.IniFormat)
    table = ListPane(View.MOVIES, context, runner, settings, pictures, holder)
    pane = GridPane(View.MOVIES, table, context, runner, pictures, holder)
    pane.view.setParent(holder)
    holder.resize(1000, 700)
    pane.view.resize(1000, 700)
    holder.show()
    before = bench_library.resident_bytes()
    begin_s = time.perf_counter()
    pane.set_query(BrowseQuery(View.MOVIES))
    settle(application, runner, pictures, pane)
    print(f"open {pane.count:,} posters: {(time.perf_counter() - begin_s) * 1000:.0f} ms")
    bar, place, times, paints = pane.view.verticalScrollBar(), random.Random(7), [], []
    shown = 0
    for _n in range(JUMPS):
        begin_s = time.perf_counter()
        bar.setValue(place.randrange(bar.maximum()))
        pane.view.viewport().grab()
        paints.append(time.perf_counter() - begin_s)
        settle(application, runner, pictures, pane)
        times.append(time.perf_counter() - begin_s)
        columns = max(1, pane.view.viewport().width() // pane.view.cell.width())
        shown += columns * (pane.view.viewport().height() // pane.view.cell.height() + 2)
    print(f"first paint after a jump, median: {statistics.median(paints) * 1000:.0f} ms")
    print(f"all posters there, median: {statistics.median(times) * 1000:.0f} ms")
    print(f"pictures read: {server.fetched:,} for at most {shown:,} places on screen")
    print(f"kept pictures: {pictures.kept_bytes / 1e6:.0f} MB")
    print(f"memory above empty: {(bench_library.resident_bytes() - before) / 1e6:.0f} MB")
    holder.deleteLater()
    runner.shutdown()


def main() -> None:
    movies = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        context = AppContext(resolve_dirs(Path(folder)), write_log=False)
        context.database.data_version()
        bench_library.generate(context.dirs.catalog, 500, movies=movies)
        with context.database.write() as connection:
            connection.exec_driver_sql("UPDATE movies SET artwork = '/art/' || id")
        run(application, context)
        context.close()


if __name__ == "__main__":
    main()
