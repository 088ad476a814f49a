"""Runners that are shut down after each test, tables of films to show, and the whole window beside a demo server."""

import gc
import sqlite3
import threading
from array import array
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from retrovue.core.context import AppContext
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.servers import registration as servers
from retrovue.core.services.sync import run_sync
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.settings import SettingsStore
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.gui.alerts.desktop import DesktopNotice
from retrovue.gui.app.application import Application, Hooks
from retrovue.gui.app.instance import SingleInstance
from retrovue.gui.app.shell import Shell
from retrovue.gui.app.startup import WindowOptions
from retrovue.gui.dialogs.crash import CrashDialog
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import Theme
from retrovue.gui.work.tasks import InlineRunner, TaskRunner

_PATIENCE_MS = 40_000


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Collect between the tests of this folder and never within one.

    Windows of earlier tests are garbage, and Python would come upon them in the middle of a call of Qt (see
    `retrovue.gui.work.garbage`). They go here, after all fixtures; what `deleteLater` was told of waits for it, too.
    """
    was_collecting = gc.isenabled()
    gc.disable()
    # What is there before a test is no garbage of its own: modules, and what the files before left in their caches. A
    # collection that goes through all of it takes a second late in a run; so only what a test made is looked at.
    gc.freeze()
    result = yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    if was_collecting:
        gc.enable()
    return result


class PatientBot(QtBot):
    """Waits as long as a busy machine may take: 5 s, the default, are not enough beside other work."""

    def waitSignal(self, signal: Any, *, timeout: int = _PATIENCE_MS, **options: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **options)

    def waitSignals(self, signals: Any, *, timeout: int = _PATIENCE_MS, **options: Any) -> Any:
        return super().waitSignals(signals, timeout=timeout, **options)

    def waitUntil(self, callback: Callable[[], object], *, timeout: int = _PATIENCE_MS) -> None:
        super().waitUntil(callback, timeout=timeout)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    """pytest-qt's own, with patience."""
    return PatientBot(request)


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[TaskRunner]:
    """The real runner; a lane that does not stop fails the test."""
    runner = TaskRunner()
    yield runner
    assert runner.shutdown() == ()


@pytest.fixture
def inline_runner(qtbot: QtBot) -> InlineRunner:
    """Runs at once, hands over on `drain`."""
    return InlineRunner()


@dataclass(frozen=True)
class Film:
    id: int
    title: str
    year: int


@dataclass(frozen=True)
class FilmQuery:
    sort_key: str = "title"
    descending: bool = False
    text: str = ""


class FilmSource:
    """Films in a real SQLite file; notes what was read and on which thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.threads: set[int] = set()
        self.reads: list[list[int]] = []
        self.error: Exception | None = None
        self.gate: threading.Event | None = None
        with closing(self.connect()) as connection, connection:
            connection.execute("CREATE TABLE films (id INTEGER PRIMARY KEY, title TEXT, year INTEGER)")

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path)

    def fill(self, count: int) -> None:
        """Ids 1 to count, titles in the order of the ids, years going round from 1950 to 2019."""
        self.change(
            "INSERT INTO films VALUES (?, ?, ?)",
            [(n, f"Film {n:06}", 1950 + n * 13 % 70) for n in range(1, count + 1)],
        )

    def change(self, statement: str, rows: Sequence[Sequence[object]] = ((),)) -> None:
        connection = self.connect()
        with connection:
            connection.executemany(statement, rows)
        connection.close()

    def ids(self, query: FilmQuery, token: CancelToken) -> "array[int]":
        self._enter()
        if self.gate is not None:
            assert self.gate.wait(10)
        direction = "DESC" if query.descending else "ASC"
        connection = self.connect()
        found = connection.execute(
            f"SELECT id FROM films WHERE title LIKE ? ORDER BY {query.sort_key} {direction}, id",
            (f"%{query.text}%",),
        )
        ids = array("q", (row[0] for row in found))
        connection.close()
        return ids

    def rows(self, ids: Sequence[int]) -> list[Film]:
        self._enter()
        self.reads.append(list(ids))
        connection = self.connect()
        marks = ",".join("?" * len(ids))
        found = connection.execute(f"SELECT id, title, year FROM films WHERE id IN ({marks})", list(ids))
        films = [Film(*row) for row in found]
        connection.close()
        return films

    def _enter(self) -> None:
        self.threads.add(threading.get_ident())
        if self.error is not None:
            raise self.error


@pytest.fixture
def films(tmp_path: Path) -> FilmSource:
    """An empty table of films."""
    return FilmSource(tmp_path / "films.db")


@pytest.fixture
def film_query() -> type[FilmQuery]:
    """The query of `films`: `sort_key`, `descending`, `text`."""
    return FilmQuery


class FakeTray(QObject):
    """A tray that is there, and remembers what it was told."""

    activated = Signal()
    message_clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tooltip = ""

    def available(self) -> bool:
        return True

    def show(self) -> None:
        pass

    def hide(self) -> None:
        pass

    def set_icon(self, icon: QIcon) -> None:
        pass

    def set_tooltip(self, text: str) -> None:
        self.tooltip = text

    def set_menu(self, menu: QMenu) -> None:
        pass

    def show_message(self, title: str, text: str) -> None:
        pass


class FakeNotifier(QObject):
    """Keeps notices instead of showing them."""

    activated = Signal(object)
    undelivered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.notices: list[DesktopNotice] = []

    def show(self, notice: DesktopNotice) -> None:
        self.notices.append(notice)

    def close(self) -> None:
        pass


class Desk:
    """The real window on a real profile, beside a demo server. Only tray and notifier are stand-ins."""

    def __init__(self, folder: Path, qapp: QApplication, qtbot: QtBot, spec: LibrarySpec, **settings: object) -> None:
        self.write_log = bool(settings.pop("write_log", False))
        self.keyring: Any = settings.pop("keyring", None)
        arguments: Any = settings.pop("arguments", ())
        self.qtbot = qtbot
        self.server = DemoServer(make_library(spec)).start()
        self.tray, self.notifier = FakeTray(), FakeNotifier()
        self.dirs = resolve_dirs(folder)
        values = {"poll_s": 0.2, "idle_poll_s": 0.2, "notice_delay_s": 0, **settings}
        self.environ = {"RETROVUE_SECRETS": "memory", **{f"RETROVUE_{k.upper()}": str(v) for k, v in values.items()}}
        self.open: Callable[[AppContext], None] = lambda _context: None
        self.shell = Shell(folder)
        self.shell.is_in_front = lambda: False
        # What the program does by itself would come between what a test does.
        SettingsStore(self.dirs.create().settings_file).update(sync_schedule="off", file_check_schedule="off")
        hooks = Hooks(
            pages=self.shell.pages,
            open_catalog=self.shell.open_catalog,
            on_ready=self.shell.on_ready,
            busy=self.shell.busy,
            open_log=self.shell.open_log,
            tray=self.tray,
            notifier=lambda _tray: self.notifier,
        )
        instance = SingleInstance(folder)
        assert instance.claim()
        options = WindowOptions(folder, arguments, theme=Theme.LIGHT)
        self.app = Application(qapp, options, self._make_context, hooks, instance)
        self.window = self.app.window

    def _make_context(self) -> AppContext:
        context = AppContext(self.dirs, environ=self.environ, keyring=lambda: self.keyring, write_log=self.write_log)
        self.open(context)
        return context

    def start(self, *, with_server: bool = True, synced: bool = False) -> "Desk":
        """Open the window; `with_server` adds the demo server as "Attic" first, `synced` imports it as well."""

        def prepare(context: AppContext) -> None:
            added = servers.add(
                context, kind=ServerKind.PLEX, name="Attic", url=self.server.url, secret=self.server.token
            )
            assert added.server.id
            if synced:
                run_sync(context, SyncRequest(), CancelToken())

        self.open = prepare if with_server else lambda _context: None
        with self.qtbot.waitSignal(self.app.ready):
            self.app.start()
        self.settle()
        return self

    @property
    def context(self) -> AppContext:
        context = self.app.context
        assert isinstance(context, AppContext)
        return context

    @property
    def services(self) -> PageServices:
        return self.shell.services()

    def page(self, key: str) -> Any:
        """A page, in front and filled."""
        self.shell.open_page(key)
        self.settle()
        return self.window.page(key)

    def wait(self, condition: Callable[[], object]) -> None:
        """Let the window work until something is so."""
        self.qtbot.waitUntil(lambda: bool(condition()))

    def settle(self) -> None:
        """Wait until nothing is asked any more, and every watched server has said once who is playing."""
        self.wait(lambda: self.app.runner.active_count == 0 and all(s.is_asked for s in self.services.monitor.states))

    def dialog(self, kind: type) -> Any:
        """The open dialog of a class, waited for."""

        def found() -> list[Any]:
            return [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]

        self.wait(found)
        (only,) = found()
        return only

    def finish(self) -> None:
        """End everything; a mistake in a slot shows up as a crash dialog and fails the test."""
        crashes = [w.plain_text for w in QApplication.topLevelWidgets() if isinstance(w, CrashDialog)]
        self.app.shutdown()
        self.server.stop()
        self.window.hide()
        for gone in (self.window, self.shell, self.app):
            gone.deleteLater()
        assert crashes == []


SMALL = LibrarySpec(shows=12, episodes=60, movies=30)
MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MakeDesk]:
    """Make windows that end with the test: `make_desk(with_server=…, synced=…, started=…, spec=…, poll_s=…)`."""
    desks: list[Desk] = []
    quits_by_itself = qapp.quitOnLastWindowClosed()

    def make(
        *,
        with_server: bool = True,
        synced: bool = False,
        started: bool = True,
        spec: LibrarySpec = SMALL,
        **settings: object,
    ) -> Desk:
        desk = Desk(tmp_path / f"desk{len(desks)}", qapp, qtbot, spec, **settings)
        desks.append(desk)
        return desk.start(with_server=with_server, synced=synced) if started else desk

    yield make
    for desk in desks:
        desk.finish()
    qapp.setQuitOnLastWindowClosed(quits_by_itself)
