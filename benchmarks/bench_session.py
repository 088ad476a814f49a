"""The window over a large catalog for a long session: memory, searches, sorts, idle in the tray, quitting.

    python benchmarks/bench_session.py [episodes] [--rounds N]

98,000 episodes with their movies and shows, 109,760 items, without a server. Each round opens every page, searches,
sorts, jumps to the end of a list and looks at posters, as a day of use does. Times are processor time of the GUI thread
until the new list is painted, since other programs make the clock's longer; it stands beside them. The five minutes
after which Clean-up lets go of its facts are skipped. Budgets: 250 MB resident, 150 ms until a search or sort is
painted, 0.3 % of a core in the tray, 1 s to quit.
"""

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtWidgets import QApplication

from benchmarks.bench_library import generate
from benchmarks.bench_window import wait_ms
from retrovue.core.context import AppContext
from retrovue.core.domain.browse import SortField, View
from retrovue.core.system.dirs import resolve_dirs
from retrovue.gui.app.application import Application, Hooks
from retrovue.gui.app.instance import SingleInstance
from retrovue.gui.app.shell import Shell
from retrovue.gui.app.startup import WindowOptions, name_process
from retrovue.gui.pages.cleanup.idle import IdleWatch
from retrovue.gui.theme.style import Theme

_PAGES = ("activity", "library", "servers", "mapping", "sync", "history", "statistics", "cleanup", "settings", "log")
_WORDS = ("lantern", "amber quiet", "zzz", "signal 77", "winter")
_IDLE_S = 30
_LET_GO_MS = 15_000
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def resident_mb() -> float:
    """Resident memory of this process now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES / 1e6


class Session:
    """What a person does on the Library page, timed."""

    def __init__(self, application: Application, shell: Shell) -> None:
        self._application, self._shell = application, shell
        self.gui_ms: dict[str, list[float]] = {}
        self.clock_ms: dict[str, list[float]] = {}

    def page(self) -> Any:
        """The Library page in front."""
        self._shell.open_page("library")
        return self._application.window.page("library")

    def timed(self, name: str, act: Callable[[], None]) -> None:
        """Do it, and wait until the list that it asks for is listed and painted."""
        page = self.page()
        loop = QEventLoop()
        page.area.listed.connect(loop.quit)
        clock, own = time.perf_counter(), time.thread_time()
        act()
        loop.exec()
        page.area.current.view.viewport().repaint()
        self.gui_ms.setdefault(name, []).append((time.thread_time() - own) * 1000)
        self.clock_ms.setdefault(name, []).append((time.perf_counter() - clock) * 1000)
        wait_ms(50)

    def round(self, number: int) -> None:
        """One round."""
        for key in _PAGES:
            self._shell.open_page(key)
            wait_ms(200)
        page = self.page()
        toolbar, area = page.toolbar, page.area
        for view in (View.EPISODES, View.MOVIES, View.SHOWS, View.EPISODES):
            toolbar.view_chosen.emit(view)
            wait_ms(300)
        word = _WORDS[number % len(_WORDS)]
        self.timed("search", lambda: page._on_searched(word))
        self.timed("search cleared", lambda: page._on_searched(""))
        for field in (SortField.SIZE, SortField.TITLE):
            self.timed("sort", lambda field=field: page._on_sort_chosen(field.value, False))
        area.current.view.scrollToBottom()
        wait_ms(200)
        toolbar.view_chosen.emit(View.MOVIES)
        toolbar.look_chosen.emit(True)
        wait_ms(400)
        area.current.view.scrollToBottom()
        wait_ms(400)
        toolbar.look_chosen.emit(False)
        wait_ms(200)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("episodes", type=int, nargs="?", default=98_000)
    parser.add_argument("--rounds", type=int, default=12)
    options = parser.parse_args()
    app = QApplication(sys.argv[:1])
    name_process(app)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        context = AppContext(resolve_dirs(folder), environ={"RETROVUE_SECRETS": "memory"}, keyring=lambda: None)
        context.servers.all()
        context.close()
        generate(resolve_dirs(folder).catalog, options.episodes)
        gc.collect()
        shell = Shell(folder)
        hooks = Hooks(pages=shell.pages, on_ready=shell.on_ready, busy=shell.busy)
        instance = SingleInstance(folder)
        instance.claim(())
        window = WindowOptions(data_dir=folder, theme=Theme.LIGHT)

        def profile() -> AppContext:
            return AppContext(resolve_dirs(folder), environ={"RETROVUE_SECRETS": "memory"}, keyring=lambda: None)

        application = Application(app, window, profile, hooks, instance)
        loop = QEventLoop()
        application.ready.connect(loop.quit, Qt.ConnectionType.QueuedConnection)
        application.start()
        loop.exec()
        wait_ms(2_000)
        print(f"load {os.getloadavg()[0]:.1f}; resident at the start {resident_mb():.0f} MB")
        session = Session(application, shell)
        for number in range(options.rounds):
            session.round(number)
            print(f"round {number + 1:2}: resident {resident_mb():.0f} MB", flush=True)
        for key, took in session.gui_ms.items():
            clock = statistics.median(session.clock_ms[key])
            print(f"{key:16} median {statistics.median(took):.0f} ms, longest {max(took):.0f}; clock {clock:.0f}")
        for watch in application.window.findChildren(IdleWatch):
            if watch.timer.isActive():
                watch.timer.start(0)
        wait_ms(_LET_GO_MS)
        print(f"facts of Clean-up let go: resident {resident_mb():.0f} MB")
        application.window.hide()
        wait_ms(2_000)
        used, begun = time.process_time(), time.perf_counter()
        wait_ms(_IDLE_S * 1000)
        share = (time.process_time() - used) / (time.perf_counter() - begun)
        print(f"idle, hidden: {share:.2%} of a core")
        begun, used = time.perf_counter(), time.process_time()
        application.shutdown()
        print(f"quit: {time.perf_counter() - begun:.2f} s by the clock, {time.process_time() - used:.2f} s of work")
    return 0


if __name__ == "__main__":
    sys.exit(main())
