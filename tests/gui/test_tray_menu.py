"""The tray: what its icon, tooltip and menu say, and that nothing depends on it."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QIcon, QImage
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from retrovue.gui.alerts.desktop import DesktopNotice, TrayNotifier
from retrovue.gui.theme import tokens
from retrovue.gui.tray.icon import TrayState, tray_colors, tray_pixmap
from retrovue.gui.tray.system_tray import StreamLine, SystemTray, Tray


class FakeTray(QObject):
    """A tray that comes and goes as the test says."""

    activated = Signal()
    message_clicked = Signal()

    def __init__(self, *, there: bool = True) -> None:
        super().__init__()
        self.there = there
        self.shown = False
        self.icon = QIcon()
        self.icons_set = 0
        self.tooltip = ""
        self.menu: QMenu | None = None
        self.messages: list[tuple[str, str]] = []

    def available(self) -> bool:
        return self.there

    def show(self) -> None:
        self.shown = True

    def hide(self) -> None:
        self.shown = False

    def set_icon(self, icon: QIcon) -> None:
        self.icon = icon
        self.icons_set += 1

    def set_tooltip(self, text: str) -> None:
        self.tooltip = text

    def set_menu(self, menu: QMenu) -> None:
        self.menu = menu

    def show_message(self, title: str, text: str) -> None:
        self.messages.append((title, text))


@pytest.fixture
def backend(qtbot: QtBot) -> FakeTray:
    return FakeTray()


@pytest.fixture
def tray(backend: FakeTray) -> Iterator[Tray]:
    made = Tray(backend, pages=("activity", "settings"))
    yield made
    made.hide()


def entries(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.isVisible() and not action.isSeparator()]


def trigger(menu: QMenu, text: str) -> None:
    next(action for action in menu.actions() if action.text() == text).trigger()


def test_the_menu_begins_with_a_status_line_and_ends_with_quit(tray: Tray, backend: FakeTray) -> None:
    assert backend.menu is tray.menu
    assert entries(tray.menu) == [
        "RetroVue",
        "Open RetroVue",
        "Sync now",
        "Alerts",
        "Pause notifications",
        "Settings…",
        "Quit",
    ]
    assert not tray.status.isEnabled()


def test_pages_that_do_not_exist_are_not_offered(backend: FakeTray) -> None:
    bare = Tray(backend)
    assert "Settings…" not in entries(bare.menu)
    bare.set_streams((StreamLine("a", "The Lantern District"),))
    assert entries(bare.streams) == ["The Lantern District"]


def test_status_stands_in_menu_and_tooltip(tray: Tray, backend: FakeTray) -> None:
    tray.set_status("4 streams (1 transcode)", ("LAN 25.6 Mbps", "Cabin: certificate expired"))
    assert entries(tray.menu)[0] == "4 streams (1 transcode)"
    assert backend.tooltip == "RetroVue: 4 streams (1 transcode)\nLAN 25.6 Mbps\nCabin: certificate expired"


def test_either_sync_or_cancel_is_offered(tray: Tray, qtbot: QtBot) -> None:
    with qtbot.waitSignal(tray.sync_requested):
        trigger(tray.menu, "Sync now")
    tray.set_sync(running=True, percent=46)
    assert "Cancel sync (46 %)" in entries(tray.menu)
    assert "Sync now" not in entries(tray.menu)
    with qtbot.waitSignal(tray.cancel_requested):
        trigger(tray.menu, "Cancel sync (46 %)")
    tray.set_sync(running=False)
    assert "Sync now" in entries(tray.menu)


def test_streams_are_listed_and_lead_to_their_session(tray: Tray, qtbot: QtBot) -> None:
    tray.set_streams((StreamLine("s1", "Kessler & Daughter · S04E11 – me"), StreamLine("s2", "x" * 200, "pause-fill")))
    texts = entries(tray.streams)
    assert texts[0] == "Kessler && Daughter · S04E11 – me"  # a single & would vanish as a shortcut
    assert len(texts[1]) == 60
    assert texts[1].endswith("…")
    with qtbot.waitSignal(tray.stream_chosen) as blocker:
        tray.streams.actions()[1].trigger()
    assert blocker.args == ["s2"]
    with qtbot.waitSignal(tray.page_requested) as opened:
        trigger(tray.streams, "Open Activity")
    assert opened.args == ["activity"]
    tray.set_streams(())
    assert "Streams" not in entries(tray.menu)


def test_alerts_are_paused_and_resumed(tray: Tray, qtbot: QtBot) -> None:
    assert entries(tray.pause) == ["For 1 hour", "Until tomorrow", "Until resumed"]
    with qtbot.waitSignal(tray.pause_requested) as blocker:
        trigger(tray.pause, "Until tomorrow")
    assert blocker.args == ["tomorrow"]
    tray.set_alerts_paused("00:00")
    assert tray.pause.title() == "Notifications paused until 00:00"
    with qtbot.waitSignal(tray.pause_requested) as resumed:
        trigger(tray.pause, "Resume notifications")
    assert resumed.args == ["off"]
    tray.set_alerts_paused("")
    assert "Resume notifications" not in entries(tray.pause)


def test_a_left_click_toggles_the_window(tray: Tray, backend: FakeTray, qtbot: QtBot) -> None:
    with qtbot.waitSignal(tray.toggle_requested):
        backend.activated.emit()


def test_the_icon_changes_only_with_the_state(tray: Tray, backend: FakeTray) -> None:
    before = backend.icons_set
    tray.set_state(TrayState.IDLE)
    assert backend.icons_set == before
    tray.set_state(TrayState.PROBLEM)
    assert backend.icons_set == before + 1
    assert tray.state is TrayState.PROBLEM


def alpha(image: QImage) -> list[bool]:
    return [image.pixelColor(x, y).alpha() > 127 for y in range(image.height()) for x in range(image.width())]


@pytest.mark.parametrize("side", [16, 22, 32])
def test_states_differ_in_shape_not_only_in_colour(qtbot: QtBot, side: int) -> None:
    colors = tray_colors(Qt.ColorScheme.Light)
    shapes = [alpha(tray_pixmap(state, side, colors).toImage().scaled(side, side)) for state in TrayState]
    for number, shape in enumerate(shapes):
        for other in shapes[number + 1 :]:
            assert sum(a != b for a, b in zip(shape, other, strict=True)) >= side * side * 0.02


def test_the_icon_is_made_for_the_panel_not_for_the_window(qtbot: QtBot) -> None:
    assert tray_colors(Qt.ColorScheme.Dark).ink == tokens.DARK.color("text")
    assert tray_colors(Qt.ColorScheme.Light).ink == tokens.LIGHT.color("text")
    unknown = tray_colors(Qt.ColorScheme.Unknown)
    for color in (unknown.ink, unknown.streams, unknown.problem):
        assert 60 < color.lightness() < 200


def test_a_tray_that_is_there_is_found_at_once(tray: Tray) -> None:
    said: list[str] = []
    tray.wait_for_tray(lambda: said.append("found"), lambda: said.append("missing"))
    assert said == ["found"]


def test_a_tray_that_comes_late_is_waited_for(tray: Tray, backend: FakeTray, qtbot: QtBot) -> None:
    backend.there = False
    said: list[str] = []
    tray.wait_for_tray(lambda: said.append("found"), lambda: said.append("missing"), timeout_ms=60_000, recheck_ms=1)
    assert said == []
    backend.there = True
    qtbot.waitUntil(lambda: said == ["found"])


def test_a_tray_that_never_comes_is_given_up_once(tray: Tray, backend: FakeTray, qtbot: QtBot) -> None:
    backend.there = False
    said: list[str] = []
    tray.wait_for_tray(lambda: said.append("found"), lambda: said.append("missing"), timeout_ms=5, recheck_ms=1)
    qtbot.waitUntil(lambda: said == ["missing"])


def test_without_a_tray_the_real_backend_keeps_quiet(qtbot: QtBot) -> None:
    # Offscreen there is no tray; a Qt warning would fail this test.
    real = SystemTray()
    tray = Tray(real)
    tray.show()
    tray.set_status("idle")
    tray.set_state(TrayState.SYNCING)
    real.show_message("RetroVue", "nobody sees this")
    assert not tray.available()
    tray.hide()


def test_balloons_need_a_tray(backend: FakeTray, qtbot: QtBot) -> None:
    notifier = TrayNotifier(backend)
    notice = DesktopNotice("sync", "Sync failed", "Cabin did not answer.", "sync")
    notifier.show(notice)
    assert backend.messages == [("Sync failed", "Cabin did not answer.")]
    with qtbot.waitSignal(notifier.activated) as clicked:
        backend.message_clicked.emit()
    assert clicked.args == [notice]
    backend.there = False
    with qtbot.waitSignal(notifier.undelivered) as lost:
        notifier.show(notice)
    assert lost.args == [notice]
    assert len(backend.messages) == 1
