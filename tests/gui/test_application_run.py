"""The window's process as a whole: start, tray, second start, mistakes, end."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from retrovue.core.domain.errors import ReadOnlyError, SchemaTooNewError
from retrovue.core.system.settings import Settings, SettingsStore
from retrovue.gui.alerts.desktop import DesktopNotice
from retrovue.gui.app.application import Application, Hooks
from retrovue.gui.app.instance import SecondStart, SingleInstance
from retrovue.gui.app.startup import WindowOptions, restart_command
from retrovue.gui.app.stuck import StuckPage
from retrovue.gui.dialogs.crash import CrashDialog
from retrovue.gui.dialogs.message import ConfirmDialog
from retrovue.gui.dialogs.quit import QuitDialog
from retrovue.gui.widgets.notices import Banner
from retrovue.gui.widgets.page import Page, PageSpec

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class FakeTray(QObject):
    activated = Signal()
    message_clicked = Signal()

    def __init__(self, *, there: bool) -> None:
        super().__init__()
        self.there = there
        self.shown = False
        self.messages: list[str] = []

    def available(self) -> bool:
        return self.there

    def show(self) -> None:
        self.shown = True

    def hide(self) -> None:
        self.shown = False

    def set_icon(self, icon: QIcon) -> None:
        pass

    def set_tooltip(self, text: str) -> None:
        pass

    def set_menu(self, menu: QMenu) -> None:
        pass

    def show_message(self, title: str, text: str) -> None:
        self.messages.append(f"{title}: {text}")


class FakeNotifier(QObject):
    activated = Signal(object)
    undelivered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.notices: list[DesktopNotice] = []
        self.closed = False

    def show(self, notice: DesktopNotice) -> None:
        self.notices.append(notice)

    def close(self) -> None:
        self.closed = True


class FakeContext:
    def __init__(self) -> None:
        self.built_on = threading.current_thread()
        self.closed = 0
        self.settings_store: SettingsStore | None = None

    @property
    def settings(self) -> Settings:
        return Settings() if self.settings_store is None else self.settings_store.current

    def close(self) -> None:
        self.closed += 1


class House:
    """An application with its fakes."""

    def __init__(self, data_dir: Path, qapp: QApplication, **choices: object) -> None:
        self.tray = FakeTray(there=bool(choices.get("tray", True)))
        self.notifier = FakeNotifier()
        self.context = FakeContext
        self.busy = ""
        self.asked_for_log: list[bool] = []
        factory = choices.get("factory", FakeContext)
        open_catalog = choices.get("open_catalog", lambda _context: None)
        assert callable(factory)
        assert callable(open_catalog)
        hooks = Hooks(
            open_catalog=open_catalog,
            pages=lambda _application: [
                PageSpec("library", "Library", "film-strip", Page),
                PageSpec("servers", "Servers", "hard-drives", Page),
            ],
            busy=lambda: self.busy,
            open_log=lambda: self.asked_for_log.append(True),
            tray=self.tray,
            notifier=lambda _tray: self.notifier,
        )
        instance = SingleInstance(data_dir)
        assert instance.claim()
        self.instance = instance
        wait_ms = choices.get("tray_wait_ms", 30_000)
        assert isinstance(wait_ms, int)
        options = WindowOptions(data_dir, minimized=bool(choices.get("minimized", False)), tray_wait_ms=wait_ms)
        self.app = Application(qapp, options, factory, hooks, instance)


MakeHouse = Callable[..., House]


@pytest.fixture
def make_house(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MakeHouse]:
    houses: list[House] = []
    quits_by_itself = qapp.quitOnLastWindowClosed()

    def make(*, start: bool = True, **choices: object) -> House:
        house = House(tmp_path, qapp, **choices)
        houses.append(house)
        if start:
            with qtbot.waitSignal(house.app.ready):
                house.app.start()
        return house

    yield make
    for house in houses:
        house.app.shutdown()
        house.app.window.hide()
        house.app.window.deleteLater()
        house.app.deleteLater()
    qapp.setQuitOnLastWindowClosed(quits_by_itself)


def test_the_context_is_built_on_a_worker_after_the_first_paint(make_house: MakeHouse, qtbot: QtBot) -> None:
    painted: list[bool] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                painted.append(True)
            return False

    def factory() -> FakeContext:
        assert painted
        return FakeContext()

    house = make_house(start=False, factory=factory)
    watch = Watch()
    house.app.window.installEventFilter(watch)
    assert house.app.window.built_keys() == frozenset()
    with pytest.raises(RuntimeError, match="before `ready`"):
        _ = house.app.context
    with qtbot.waitSignal(house.app.ready):
        house.app.start()
    context = house.app.context
    assert isinstance(context, FakeContext)
    assert context.built_on is not threading.main_thread()
    assert house.app.window.built_keys() == {"library"}


def test_closing_goes_to_the_tray_and_explains_itself_once(make_house: MakeHouse) -> None:
    house = make_house()
    window = house.app.window
    assert not window.close()
    assert not window.isVisible()
    assert [notice.text for notice in house.notifier.notices] == [
        "RetroVue keeps running in the tray. To quit, use its menu."
    ]
    house.app.tray.open_requested.emit()
    assert window.isVisible()
    window.close()
    assert len(house.notifier.notices) == 1


def test_a_tray_that_went_away_does_not_swallow_the_window(make_house: MakeHouse) -> None:
    house = make_house()
    house.tray.there = False
    assert not house.app.window.close()
    assert house.app.window.isVisible()
    (dialog,) = house.app.window.findChildren(ConfirmDialog)
    assert dialog.windowTitle() == "Quit RetroVue?"
    dialog.reject()


def settings_of(house: House, folder: Path) -> SettingsStore:
    """Settings that the window sees and may keep answers in."""
    context = house.app.context
    assert isinstance(context, FakeContext)
    context.settings_store = SettingsStore(folder / "settings.json", environ={})
    return context.settings_store


def test_without_a_tray_closing_asks_quits_and_remembers(
    make_house: MakeHouse, qapp: QApplication, tmp_path: Path
) -> None:
    house = make_house(tray=False)
    quits: list[bool] = []
    qapp.aboutToQuit.connect(lambda: quits.append(True))
    settings = settings_of(house, tmp_path)
    house.app.window.close()
    (dialog,) = house.app.window.findChildren(QuitDialog)
    assert dialog.remember_box is not None
    dialog.remember_box.setChecked(True)
    dialog.act_button.click()
    assert settings.current.close_without_tray == "quit"
    assert house.app.window.close()


def test_without_a_tray_it_may_go_on_minimised_and_remembers_that(make_house: MakeHouse, tmp_path: Path) -> None:
    house = make_house(tray=False)
    settings = settings_of(house, tmp_path)
    window = house.app.window
    window.close()
    (dialog,) = window.findChildren(QuitDialog)
    assert dialog.minimise_button is not None
    dialog.minimise_button.click()
    assert window.isMinimized()
    assert settings.current.close_without_tray == "ask"
    window.bring_to_front()
    settings.update(close_without_tray="minimise")
    assert not window.close()
    assert window.isMinimized()
    assert window.isVisible()


def test_minimising_goes_to_the_tray_only_if_wanted_and_there_is_one(
    make_house: MakeHouse, qtbot: QtBot, tmp_path: Path
) -> None:
    house = make_house()
    settings, window = settings_of(house, tmp_path), house.app.window
    for wanted, there, hidden in ((False, True, False), (True, False, False), (True, True, True)):
        settings.update(minimise_to_tray=wanted)
        house.tray.there = there
        window.bring_to_front()
        with qtbot.waitSignal(window.minimised):
            window.showMinimized()
        qtbot.waitUntil(lambda hidden=hidden: window.isVisible() is not hidden)
        QApplication.processEvents()
        assert window.isVisible() is not hidden
    window.bring_to_front()
    assert not window.isMinimized()


def test_a_click_on_the_icon_hides_and_shows_whatever_closing_does(make_house: MakeHouse, tmp_path: Path) -> None:
    house = make_house()
    settings_of(house, tmp_path).update(close_to_tray=False)
    window = house.app.window
    window.activateWindow()
    house.tray.activated.emit()
    assert not window.isVisible()
    house.tray.activated.emit()
    assert window.isVisible()
    assert window.findChildren(QuitDialog) == []


def test_a_hidden_window_comes_back_when_its_tray_is_gone(make_house: MakeHouse, qtbot: QtBot) -> None:
    house = make_house(tray_wait_ms=150)
    window = house.app.window
    assert not window.close()
    qtbot.wait(200)
    assert not window.isVisible()
    house.tray.there = False
    qtbot.waitUntil(window.isMinimized)
    assert window.isVisible()


@pytest.mark.slow
def test_started_at_login_without_a_tray_the_window_is_minimised_and_never_hidden(
    make_house: MakeHouse, qtbot: QtBot
) -> None:
    house = make_house(tray=False, minimized=True, tray_wait_ms=2_000)
    assert not house.app.window.isVisible()
    qtbot.waitUntil(house.app.window.isMinimized)
    assert house.app.window.isVisible()


@pytest.mark.slow
def test_a_tray_that_comes_late_at_login_keeps_the_window_hidden(make_house: MakeHouse, qtbot: QtBot) -> None:
    house = make_house(tray=False, minimized=True, tray_wait_ms=60_000)
    house.tray.there = True
    waiting = house.app.tray._late
    assert waiting is not None
    qtbot.waitUntil(lambda: not waiting.isActive())
    assert not house.app.window.isVisible()


def test_quitting_asks_only_when_something_is_interrupted(make_house: MakeHouse) -> None:
    house = make_house()
    house.busy = "A sync is running. What is stored stays; the next sync continues from there."
    house.app.tray.quit_requested.emit()
    (dialog,) = house.app.window.findChildren(ConfirmDialog)
    assert dialog.accessibleDescription() == house.busy
    assert dialog.remember_box is None
    dialog.reject()


def test_a_second_start_brings_the_window_back(make_house: MakeHouse, qtbot: QtBot) -> None:
    house = make_house()
    house.app.window.hide()
    with qtbot.waitSignal(house.app.started_again):
        house.instance.started_again.emit(SecondStart(("--minimized",)))
    assert not house.app.window.isVisible()
    house.instance.started_again.emit(SecondStart(("show", "show:7")))
    assert house.app.window.isVisible()


def test_minimised_starts_in_the_tray_and_still_loads(make_house: MakeHouse) -> None:
    house = make_house(minimized=True)
    assert not house.app.window.isVisible()
    assert house.tray.shown
    assert isinstance(house.app.context, FakeContext)


def test_a_click_on_a_notice_opens_its_page(make_house: MakeHouse, qtbot: QtBot) -> None:
    house = make_house()
    house.app.window.hide()
    with qtbot.waitSignal(house.app.notice_opened):
        house.notifier.activated.emit(DesktopNotice("down", "Cabin is unreachable", target="servers"))
    assert house.app.window.isVisible()
    assert house.app.window.current_key == "servers"


def test_a_notice_that_nobody_shows_becomes_a_balloon_or_a_banner(make_house: MakeHouse) -> None:
    house = make_house()
    notice = DesktopNotice("down", "Cabin is unreachable", "Its certificate expired.", target="servers")
    house.notifier.undelivered.emit(notice)
    assert house.tray.messages == ["Cabin is unreachable: Its certificate expired."]
    house.tray.there = False
    house.notifier.undelivered.emit(notice)
    (banner,) = house.app.window.findChildren(Banner)
    assert banner.title == "Cabin is unreachable"


def test_notices_that_nobody_shows_or_closes_leave_room_for_the_page(make_house: MakeHouse, qtbot: QtBot) -> None:
    house = make_house(tray=False)

    def shown() -> list[str]:
        return [each.title for each in house.app.window.findChildren(Banner) if not each.isHidden()]

    for number in range(6):
        house.notifier.undelivered.emit(DesktopNotice(str(number), f"Stream {number}"))
    qtbot.waitUntil(lambda: shown() == ["Stream 3", "Stream 4", "Stream 5"])
    next(each for each in house.app.window.findChildren(Banner) if each.title == "Stream 4").dismiss()
    house.notifier.undelivered.emit(DesktopNotice("6", "Stream 6"))
    qtbot.waitUntil(lambda: len(shown()) == 3)
    assert shown() == ["Stream 3", "Stream 5", "Stream 6"]


def test_an_upgrade_of_the_catalog_says_what_it_does(make_house: MakeHouse, qtbot: QtBot) -> None:
    seen = threading.Event()

    def open_catalog(context: Any) -> None:
        context.on_upgrade("Upgrading the catalog: step 3 of 8…")
        seen.wait(30)

    house = make_house(start=False, open_catalog=open_catalog)
    bar = house.app.window.task_bar
    with qtbot.waitSignal(house.app.ready):
        house.app.start()
        qtbot.waitUntil(lambda: bar.text == "Upgrading the catalog: step 3 of 8…")
        seen.set()
    assert bar.text == ""


def test_a_catalog_that_cannot_be_opened_is_explained(make_house: MakeHouse, qtbot: QtBot) -> None:
    def factory() -> FakeContext:
        raise SchemaTooNewError("This catalog was written by a newer version of RetroVue.", hint="Update RetroVue.")

    house = make_house(start=False, factory=factory)
    house.app.start()
    qtbot.waitUntil(lambda: bool(house.app.window.findChildren(StuckPage)))
    (page,) = house.app.window.findChildren(StuckPage)
    assert [line.text() for line in page.words] == [
        "This catalog was written by a newer version of RetroVue.",
        "Update RetroVue.",
    ]
    assert page.choose is None
    assert house.app.window.built_keys() == frozenset()


def test_a_folder_that_cannot_be_written_offers_another_and_opens_once_it_can(
    make_house: MakeHouse, qtbot: QtBot
) -> None:
    refusals = [ReadOnlyError("The catalog cannot be written: /x", hint="Check the permissions.")]

    def factory() -> FakeContext:
        if refusals:
            raise refusals.pop()
        return FakeContext()

    house = make_house(start=False, factory=factory)
    house.app.start()
    qtbot.waitUntil(lambda: bool(house.app.window.findChildren(StuckPage)))
    (page,) = house.app.window.findChildren(StuckPage)
    assert page.choose is not None
    with qtbot.waitSignal(house.app.ready):
        page.again.click()
    assert house.app.window.rail.isEnabled()
    assert not page.isVisible()


def test_a_mistake_opens_one_dialog_and_repeats_count(make_house: MakeHouse) -> None:
    house = make_house()
    for _again in range(3):
        sys.excepthook(ValueError, ValueError("odd <b>"), None)
    (dialog,) = house.app.window.findChildren(CrashDialog)
    assert dialog.times == 3
    dialog.log_requested.emit()
    assert house.asked_for_log == [True]
    dialog.accept()


def test_a_crash_of_the_last_run_is_offered(make_house: MakeHouse, tmp_path: Path) -> None:
    (tmp_path / "crash.txt").write_text("Fatal Python error: Aborted")
    house = make_house()
    (banner,) = house.app.window.findChildren(Banner)
    assert banner.title == "RetroVue ended unexpectedly last time."


def test_shutdown_ends_everything_once_and_the_context_last(make_house: MakeHouse, tmp_path: Path) -> None:
    house = make_house()
    context = house.app.context
    assert isinstance(context, FakeContext)
    hook = sys.excepthook
    house.app.shutdown()
    house.app.shutdown()
    assert context.closed == 1
    assert house.app.runner.is_closed
    assert house.notifier.closed
    assert not house.tray.shown
    assert sys.excepthook is not hook
    assert not (tmp_path / "crash.txt").exists()
    assert SingleInstance(tmp_path).claim()


def test_restart_starts_this_program(monkeypatch: pytest.MonkeyPatch) -> None:
    assert restart_command(("--minimized",)) == (sys.executable, ["-m", "retrovue", "--minimized"])
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert restart_command(("--minimized",)) == (sys.executable, ["--minimized"])


# -- as a process

_RUN = """
import gc, json, sys
from pathlib import Path
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
from retrovue.gui.app.application import run_window
from retrovue.gui.widgets.page import PageSpec
from retrovue.gui.app.application import Hooks
from retrovue.gui.app.startup import WindowOptions
from retrovue.gui.widgets.page import Page

HEAVY = ("sqlalchemy", "alembic", "requests", "urllib3", "plexapi", "keyring", "msgspec", "jeepney", "pyqtgraph")
said = {"painted": None, "closed": 0}

class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and said["painted"] is None:
            said["painted"] = [name for name in HEAVY if name in sys.modules]
        return False

class Context:
    def close(self):
        said["closed"] += 1

app = QApplication([])
watch = Watch()
app.installEventFilter(watch)
hooks = Hooks(
    pages=lambda application: [PageSpec("library", "Library", "film-strip", Page)],
    on_ready=lambda application: QTimer.singleShot(0, application.quit),
)
said["code"] = run_window(WindowOptions(Path(sys.argv[1])), Context, hooks)
said["collects"] = gc.isenabled()
print(json.dumps(said))
"""


@pytest.mark.slow
def test_nothing_heavy_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # Python never collects again: the window, and threads of others, live until the process ends.
    assert json.loads(done.stdout) == {"painted": [], "closed": 1, "code": 0, "collects": False}


_THEME = """
import gc, sys, weakref
from pathlib import Path
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget
from retrovue.gui.app.application import Application, Hooks
from retrovue.gui.app.main_window import PageSpec
from retrovue.gui.app.instance import SingleInstance
from retrovue.gui.app.startup import WindowOptions
from retrovue.gui.widgets.page import Page

class Greedy(QWidget):
    heard = 0
    def event(self, event):
        if event.type() == QEvent.Type.StyleChange:
            Greedy.heard += 1
            self.kept = [[n] for n in range(5_000)]
        return super().event(event)

class Knot:
    def __init__(self):
        self.widget = QWidget()
        self.itself = self
        weakref.finalize(self, gone.append, True)

gone = []
app = QApplication([])
greedy = Greedy()
hooks = Hooks(pages=lambda application: [PageSpec("library", "Library", "film-strip", Page)])
instance = SingleInstance(Path(sys.argv[1]))
gc.collect()
for _ in range(50):
    Knot()
application = Application(app, WindowOptions(Path(sys.argv[1])), object, hooks, instance)
assert Greedy.heard, "no widget was told of the style"
print(len(gone), gc.isenabled())
application.shutdown()
print(gc.isenabled())
"""


def test_no_widget_is_destroyed_while_a_window_takes_its_theme(tmp_path: Path) -> None:
    """Qt sends an event to each widget on a list; one that is collected meanwhile ends the process."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", _THEME, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["0 False", "True"]


_PROGRAM = """
import json, os, sys
from pathlib import Path
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from retrovue.launch import open_profile

HEAVY = (
    "sqlalchemy", "alembic", "requests", "plexapi", "keyring", "msgspec", "jeepney", "pyqtgraph", "websocket",
    "filelock", "asyncio", "retrovue.gui.app.indicators", "retrovue.core.services.monitor",
    "retrovue.gui.dialogs.message", "urllib3", "truststore", "psutil", "typer", "rich", "pydantic",
    "retrovue.core.context", "retrovue.core.system.secrets", "retrovue.core.sources", "retrovue.cli.main",
)

class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            print(json.dumps([name for name in HEAVY if name in sys.modules]), flush=True)
            os._exit(0)
        return False

app = QApplication([])
watch = Watch()
app.installEventFilter(watch)
open_profile(Path(sys.argv[1]))
"""


@pytest.mark.slow
def test_the_program_itself_loads_nothing_heavy_before_the_first_paint(tmp_path: Path) -> None:
    """All of the way, settings and pages included: asyncio came with a lock, decoders with the sessions."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


# -- a real notification service

_SERVICE = """
import sys
from jeepney import HeaderFields, MatchRule, MessageType, new_method_return, new_signal, DBusAddress, message_bus
from jeepney.io.blocking import open_dbus_connection

connection = open_dbus_connection("SESSION")
connection.send_and_get_reply(message_bus.RequestName("org.freedesktop.Notifications"))
print("ready", flush=True)
emitter = DBusAddress("/org/freedesktop/Notifications", interface="org.freedesktop.Notifications")
count = 0
while True:
    message = connection.receive()
    if message.header.message_type is not MessageType.method_call:
        continue
    member = message.header.fields[HeaderFields.member]
    if member == "GetCapabilities":
        connection.send(new_method_return(message, "as", (["body", "body-markup", "actions"],)))
    elif member == "Notify":
        count = message.body[1] or count + 1
        print(repr((message.header.fields[HeaderFields.signature], message.body)), flush=True)
        connection.send(new_method_return(message, "u", (count,)))
        connection.send(new_signal(emitter, "ActionInvoked", "us", (count, "default")))
"""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    """A session bus with a notification service that answers, prints what it got, and clicks at once."""
    import shutil

    daemon_path = shutil.which("dbus-daemon")
    if daemon_path is None:
        pytest.skip("needs dbus-daemon")
    daemon = subprocess.Popen(
        [daemon_path, "--session", "--nofork", "--print-address", f"--address=unix:path={tmp_path}/bus"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert daemon.stdout is not None
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", daemon.stdout.readline().strip())
    answering = subprocess.Popen([sys.executable, "-c", _SERVICE], stdout=subprocess.PIPE, text=True)
    assert answering.stdout is not None
    assert answering.stdout.readline().strip() == "ready"
    yield answering
    for process in (answering, daemon):
        process.kill()
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus is the notice service of Linux")
def test_notices_reach_the_desktop_replace_each_other_and_are_clicked(
    service: "subprocess.Popen[str]", qtbot: QtBot
) -> None:
    from retrovue.gui.alerts.desktop import DBusNotifier

    notifier = DBusNotifier()
    clicked: list[DesktopNotice] = []
    notifier.activated.connect(clicked.append)
    first = DesktopNotice("stream:1", "mira started on Attic", "Kessler & Daughter <S04>", "activity")
    second = DesktopNotice("stream:1", "mira stopped on Attic", "", "activity")
    notifier.show(first)
    qtbot.waitUntil(lambda: clicked == [first])
    notifier.show(second)
    qtbot.waitUntil(lambda: clicked == [first, second])
    notifier.close()
    assert service.stdout is not None
    got_first, got_second = service.stdout.readline(), service.stdout.readline()
    assert "susssasa{sv}i" in got_first
    assert "Kessler &amp; Daughter &lt;S04&gt;" in got_first
    assert "'desktop-entry': ('s', 'retrovue')" in got_first
    assert "['default', 'Open']" in got_first
    assert "('RetroVue', 1, " in got_second
