"""The window beside two servers that come and go; every minute, what it holds open.

    python -m benchmarks.bench_soak [--minutes 60] [--every 20] [--out soak.csv]

A demo Plex and a demo Jellyfin server, each a process of its own in which people watch and the library changes, are
killed and started again in turn. Meanwhile the real window (offscreen unless a display is named) goes through its
pages, filters the library and syncs. A line a minute, also written to `--out`: descriptors, threads, resident memory,
objects that Python tracks. The exit code is 1 when the last tenth of the time holds more than the second, beyond what
may be between two states; the first tenth is the warm-up. `tests/gui/test_soak.py` is the same for a minute.
"""

import argparse
import csv
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from statistics import median

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from retrovue.core.context import AppContext
from retrovue.core.domain.servers import ServerKind
from retrovue.core.services.servers import registration as servers
from retrovue.core.system.dirs import resolve_dirs
from retrovue.gui.app.application import Application, Hooks
from retrovue.gui.app.instance import SingleInstance
from retrovue.gui.app.shell import Shell
from retrovue.gui.app.startup import WindowOptions, name_process
from retrovue.gui.pages.registry import page_specs
from retrovue.gui.theme.style import Theme

_LIBRARY = ("--shows", "20", "--episodes", "600", "--movies", "200", "--play", "--tend")
_PAGE_EVERY_MS = 3_000
_SYNC_EVERY_MS = 90_000
_AWAY_MS = 6_000
# One connection or thread may be between two states while it is counted.
_ALLOWED = {"descriptors": 6, "threads": 4, "resident_mb": 16.0}


@dataclass(frozen=True)
class Held:
    """What the process holds at one instant."""

    minute: float
    descriptors: int
    threads: int
    resident_mb: float
    objects: int
    load: float


class Flapping:
    """A demo server in a process of its own, on one port whenever it is there."""

    def __init__(self, kind: ServerKind) -> None:
        self.kind = kind
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        self.is_up = False
        """Whether it listens; on a busy machine that takes longer than the pause before the next kill."""

    def start(self) -> dict[str, str]:
        """Start it, and give what it says of itself once it listens."""
        words = [sys.executable, "-m", "retrovue.demo", "--kind", self.kind.value, "--port", str(self._port), *_LIBRARY]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        greeting: dict[str, str] = json.loads(self._process.stdout.readline())
        self._port = int(greeting["url"].rsplit(":", 1)[1])
        self.is_up = True
        return greeting

    def kill(self) -> None:
        """End it in the middle of whatever it answers."""
        self.is_up = False
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def start_soon(self) -> None:
        """Start it without waiting for its greeting."""
        threading.Thread(target=self.start, name=f"start-{self.kind.value}").start()


class Soak(QObject):
    """Goes through pages, kills servers, syncs, and counts. Thread: GUI."""

    def __init__(self, application: Application, shell: Shell, flapping: Sequence[Flapping], every_s: float) -> None:
        super().__init__()
        self._application, self._shell, self._flapping = application, shell, flapping
        self._pages = [spec.key for spec in page_specs(shell.services)]
        self._turn = self._opened = self.kills = self.syncs = 0
        self._begun = time.monotonic()
        self.held: list[Held] = []
        self.on_held = lambda _held: None
        self._timers = [
            self._every(_PAGE_EVERY_MS, self._on_page),
            self._every(int(every_s * 1000), self._on_kill),
            self._every(_SYNC_EVERY_MS, self._on_sync),
            self._every(60_000, self.count),
        ]

    def _every(self, period_ms: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.timeout.connect(slot)
        timer.start(period_ms)
        return timer

    @Slot()
    def _on_page(self) -> None:
        self._opened += 1
        self._shell.open_page(self._pages[self._opened % len(self._pages)])

    @Slot()
    def _on_kill(self) -> None:
        self._turn += 1
        # One, the other, both.
        gone = [
            one for number, one in enumerate(self._flapping, start=1) if (self._turn % 3 + 1) & number and one.is_up
        ]
        for one in gone:
            one.kill()
        self.kills += len(gone)
        QTimer.singleShot(_AWAY_MS, self, lambda: [one.start_soon() for one in gone])

    @Slot()
    def _on_sync(self) -> None:
        self.syncs += 1
        self._shell.services().sync.start()

    @Slot()
    def count(self) -> None:
        """Note what is held now; the program's own collector decides when garbage goes."""
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        held = Held(
            minute=round((time.monotonic() - self._begun) / 60, 2),
            descriptors=len(list(Path("/proc/self/fd").iterdir())),
            threads=len(list(Path("/proc/self/task").iterdir())),
            resident_mb=round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1),
            objects=len(gc.get_objects()),
            load=round(os.getloadavg()[0], 1),
        )
        self.held.append(held)
        self.on_held(held)


def soak(folder: Path, minutes: float, every_s: float, out: Path | None, *, types: bool) -> Soak:
    """Run it; the servers are gone when it returns."""
    app = QApplication(["retrovue"])
    name_process(app)
    flapping = [Flapping(ServerKind.PLEX), Flapping(ServerKind.JELLYFIN)]
    with ExitStack() as stack:
        for one in flapping:
            stack.callback(one.kill)
        greetings = [one.start() for one in flapping]
        shell = Shell(folder)
        hooks = Hooks(pages=shell.pages, open_catalog=shell.open_catalog, on_ready=shell.on_ready, busy=shell.busy)
        instance = SingleInstance(folder)
        instance.claim(())

        def profile() -> AppContext:
            context = AppContext(resolve_dirs(folder), environ={"RETROVUE_SECRETS": "memory"}, keyring=lambda: None)
            for one, said in zip(flapping, greetings, strict=True):
                name = one.kind.value.title()
                servers.add(context, kind=one.kind, name=name, url=said["url"], secret=said["token"])
            return context

        application = Application(app, WindowOptions(data_dir=folder, theme=Theme.LIGHT), profile, hooks, instance)
        ready = QEventLoop()
        application.ready.connect(ready.quit)
        application.start()
        ready.exec()
        shell.services().sync.start()
        run, end = Soak(application, shell, flapping, every_s), QEventLoop()
        writer = stack.enter_context(out.open("w", encoding="utf-8", newline="")) if out else None
        before: Counter[str] = Counter()

        def told(held: Held) -> None:
            print(held, flush=True)
            if writer is not None:
                csv.writer(writer).writerow(astuple(held))
                writer.flush()
            if types:
                now = Counter(type(one).__qualname__ for one in gc.get_objects())
                if before:
                    print("   ", dict((now - before).most_common(12)), flush=True)
                if not before and held.minute > minutes / 10:
                    before.update(now)

        if writer is not None:
            csv.writer(writer).writerow(field.name for field in fields(Held))
        run.on_held = told
        QTimer.singleShot(int(minutes * 60_000), end.quit)
        end.exec()
        application.shutdown()
    return run


def grown(held: Sequence[Held]) -> dict[str, tuple[float, float, float]]:
    """Of each value: (median of the second tenth, median of the last tenth, the most of all after the first tenth)."""
    tenth = max(1, len(held) // 10)
    found = {}
    for name in ("descriptors", "threads", "resident_mb", "objects"):
        values = [float(getattr(one, name)) for one in held]
        found[name] = (
            median(values[tenth : 2 * tenth] or values),
            median(values[-tenth:]),
            max(values[tenth:] or values),
        )
    return found


def main() -> int:
    """Run it; 1 when something grew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=3.0, help="an hour shows what grows slowly")
    parser.add_argument("--every", type=float, default=20.0, metavar="S", help="seconds from one kill to the next")
    parser.add_argument("--out", type=Path, help="a CSV file with a row a minute")
    parser.add_argument("--folder", type=Path, help="the data folder, kept afterwards; a temporary one by default")
    parser.add_argument(
        "--types", action="store_true", help="say each minute which types have more objects than before"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = options.folder or Path(temporary)
        run = soak(folder, options.minutes, options.every, options.out, types=options.types)
    print(f"servers were killed {run.kills} times; {run.syncs} syncs were asked for")
    code = 0
    for name, (early, late, most) in grown(run.held).items():
        allowed = _ALLOWED.get(name)
        bad = allowed is not None and late - early > allowed
        code = 1 if bad else code
        print(f"{name:12} {early:10,.1f} → {late:10,.1f}   most {most:10,.1f}   {'GREW' if bad else ''}")
    return code


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    with suppress(OSError):
        sys.stderr.flush()
    # Window and application were shut down; their Python wrappers may be collected in any order.
    os._exit(code)
