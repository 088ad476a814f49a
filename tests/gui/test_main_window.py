"""The main window: pages when they are needed, a rail that folds, keys, and its place on the screen."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSettings, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from retrovue.core.domain.sync import SyncProgress
from retrovue.gui.app.main_window import MINIMUM, MainWindow, first_place
from retrovue.gui.app.rail import NARROW, WIDE, Rail
from retrovue.gui.app.statusbar import ServerView, TaskView
from retrovue.gui.dialogs.shortcuts import ShortcutsDialog
from retrovue.gui.theme.style import Theme, ThemeController
from retrovue.gui.widgets.notices import Tone
from retrovue.gui.widgets.page import Page, PageAction, PageHead, PageSpec, page_layout
from retrovue.gui.widgets.progress import ProgressBlock

# The offscreen platform says so about every window with a minimum size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class RecordingPage(Page):
    """Notes what the frame asks of it."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.head = PageHead(title)
        content = page_layout(self, self.head)
        self.field = QLineEdit()
        content.addWidget(self.field)
        content.addStretch(1)
        self.open_parts = 0

    def activate(self) -> None:
        self.said.append("activate")

    def start_search(self) -> None:
        self.said.append("search")

    def refresh(self) -> None:
        self.said.append("refresh")

    def escape(self) -> bool:
        self.said.append("escape")
        return True


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[ThemeController]:
    controller = ThemeController(qapp, Theme.LIGHT)
    yield controller
    controller.set_choice(Theme.LIGHT)
    controller.deleteLater()


def spec(key: str, title: str, icon: str, *, bottom: bool = False) -> PageSpec:
    return PageSpec(key, title, icon, lambda: RecordingPage(title), bottom=bottom)


SPECS = [
    spec("library", "Library", "film-strip"),
    spec("servers", "Servers", "hard-drives"),
    spec("sync", "Sync", "arrows-clockwise"),
    spec("settings", "Settings", "gear-six", bottom=True),
]

MakeWindow = Callable[..., MainWindow]


@pytest.fixture
def make_window(qtbot: QtBot, theme: ThemeController, tmp_path: Path) -> MakeWindow:
    kept: list[MainWindow] = []

    def make(specs: list[PageSpec] = SPECS, **options: object) -> MainWindow:
        window = MainWindow(specs, theme, tmp_path, **options)  # type: ignore[arg-type]
        qtbot.addWidget(window)
        kept.append(window)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        return window

    return make


def page(window: MainWindow, key: str) -> RecordingPage:
    found = window.page(key)
    assert isinstance(found, RecordingPage)
    return found


def test_pages_are_built_when_they_are_first_shown(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    assert window.built_keys() == {"library"}
    with qtbot.waitSignal(window.page_changed) as blocker:
        window.rail.item("servers").click()
    assert blocker.args == ["servers"]
    assert window.built_keys() == {"library", "servers"}
    assert window.rail.item("servers").isChecked()
    assert page(window, "servers").said == ["activate"]
    window.open_page("library")
    assert page(window, "library").said == ["activate", "activate"]
    assert page(window, "library").isVisible()


def test_a_held_window_builds_nothing_and_opens_what_was_chosen_meanwhile(make_window: MakeWindow) -> None:
    window = make_window(hold=True)
    window.rail.item("sync").click()
    window.refresh_page()
    assert window.built_keys() == frozenset()
    window.release()
    assert window.current_key == "sync"
    assert page(window, "sync").said == ["activate"]


def test_keys_reach_the_page(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.current_key == "servers"
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert page(window, "servers").said == ["activate", "search", "refresh", "escape"]
    with qtbot.waitSignal(window.sync_requested):
        qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(window.quit_requested):
        qtbot.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    assert window.current_key == "settings"


def test_f1_lists_the_keys(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    qtbot.keyClick(window, Qt.Key.Key_F1)
    dialogs = window.findChildren(ShortcutsDialog)
    assert len(dialogs) == 1
    acts = dict(window.menus.shortcuts())
    assert acts["Sync now"] == QKeySequence("Ctrl+R").toString(QKeySequence.SequenceFormat.NativeText)
    assert acts["Servers"].endswith("2")
    dialogs[0].accept()


def test_ctrl_c_stays_with_the_field_that_has_the_keyboard(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    field = page(window, "library").field
    field.setText("/media/tv")
    field.setFocus()
    field.selectAll()
    QApplication.clipboard().clear()
    qtbot.keyClick(field, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "/media/tv"


def test_the_edit_menu_acts_on_the_field(make_window: MakeWindow) -> None:
    window = make_window()
    field = page(window, "library").field
    field.setText("/media/tv")
    field.setFocus()
    actions = {action.text(): action for action in window.menus.menu("edit").actions()}
    actions["Select &all"].trigger()
    QApplication.clipboard().clear()
    actions["&Copy"].trigger()
    assert QApplication.clipboard().text() == "/media/tv"


def test_a_menu_without_entries_is_hidden_until_something_is_added(make_window: MakeWindow) -> None:
    window = make_window()
    library = window.menus.menu("library")
    assert not library.menuAction().isVisible()
    window.menus.add("library", QAction("Export view…", window))
    assert library.menuAction().isVisible()


def test_settings_stand_in_the_file_menu_only_if_there_is_such_a_page(make_window: MakeWindow) -> None:
    texts = {action.text() for action in make_window().menus.menu("file").actions()}
    assert "&Settings…" in texts
    texts = {action.text() for action in make_window(SPECS[:2]).menus.menu("file").actions()}
    assert "&Settings…" not in texts


def test_the_rail_folds_in_a_narrow_window(make_window: MakeWindow) -> None:
    window = make_window()
    window.resize(1280, 800)
    QApplication.processEvents()
    assert not window.rail.collapsed
    assert window.rail.width() >= WIDE
    window.resize(1024, 700)
    QApplication.processEvents()
    assert window.size() == QSize(1024, 700)
    assert window.rail.collapsed
    assert window.rail.width() == NARROW
    assert window.rail.item("library").toolTip() == "Library"


def test_titles_are_whole_beside_a_badge(qtbot: QtBot) -> None:
    rail = Rail()
    qtbot.addWidget(rail)
    for key, title in (("activity", "Activity"), ("mapping", "Path mapping")):
        rail.add(key, title, "signpost", widest_badge="99").set_badge("12", tone="warning")
    rail.select("mapping")
    rail.resize(rail.width(), 300)
    rail.show()
    for key, title in (("activity", "Activity"), ("mapping", "Path mapping")):
        rail.item(key).grab()
        assert rail.item(key).shown_title == title


def test_no_badge_that_a_page_can_have_moves_the_pages(qtbot: QtBot) -> None:
    rail = Rail()
    qtbot.addWidget(rail)
    rail.add("sync", "Path mapping at length", "signpost", widest_badge="100 %")
    rail.add("activity", "Activity", "monitor-play", widest_badge="99")
    rail.show()
    width = rail.width()
    assert width > WIDE
    rail.item("activity").set_badge("99")
    rail.item("sync").set_badge("100 %", tone="accent")
    QApplication.processEvents()
    assert rail.width() == width
    plain = Rail()
    qtbot.addWidget(plain)
    plain.add("log", "Path mapping at length", "signpost")
    # Nothing is kept free where no badge ever stands.
    assert WIDE <= plain.width() < width


def test_arrow_keys_walk_the_rail(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    window.rail.item("sync").setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(window.rail.item("sync"), Qt.Key.Key_Down)
    assert window.rail.item("settings").hasFocus()
    qtbot.keyClick(window.rail.item("settings"), Qt.Key.Key_Down)
    assert window.rail.item("library").hasFocus()
    qtbot.keyClick(window.rail.item("library"), Qt.Key.Key_Up)
    qtbot.keyClick(window.rail.item("settings"), Qt.Key.Key_Space)
    assert window.current_key == "settings"


def test_the_window_may_not_be_smaller_than_its_pages_were_drawn_for(make_window: MakeWindow) -> None:
    window = make_window()
    assert window.minimumSize() == MINIMUM
    window.resize(300, 200)
    assert window.size() == MINIMUM


def test_actions_of_the_head_fold_into_a_menu(make_window: MakeWindow) -> None:
    window = make_window()
    window.resize(1280, 800)
    head = page(window, "library").head
    done: list[str] = []
    menu = QMenu(window)
    menu.addAction("By address")
    find = head.add_action(PageAction("Search this network", "broadcast", lambda: done.append("find")))
    more = head.add_action(PageAction("Export", "export", menu=menu))
    main = head.add_action(PageAction("Add rule", "plus", lambda: done.append("add"), primary=True))
    QApplication.processEvents()
    assert not head.folded
    assert find.isVisible()
    window.resize(1024, 700)
    QApplication.processEvents()
    assert head.folded
    assert (find.isVisible(), more.isVisible(), main.isVisible()) == (False, False, True)
    overflow = head.findChildren(QMenu)[0]
    overflow.aboutToShow.emit()
    entries = {action.text(): action for action in overflow.actions()}
    assert set(entries) == {"Search this network", "Export"}
    entries["Search this network"].trigger()
    assert done == ["find"]
    window.resize(1280, 800)
    QApplication.processEvents()
    assert find.isVisible()


def test_place_and_size_are_remembered_beside_the_data(make_window: MakeWindow, tmp_path: Path) -> None:
    first = make_window()
    first.setGeometry(40, 50, 1100, 710)
    first.close()
    assert (tmp_path / "window.ini").is_file()
    assert make_window().geometry() == QRect(40, 50, 1100, 710)


@pytest.mark.parametrize("lost", [QRect(9000, 9000, 1100, 710), QRect(-5000, 0, 1100, 710), QRect(), "nonsense"])
def test_a_place_on_a_screen_that_is_gone_is_forgotten(make_window: MakeWindow, tmp_path: Path, lost: object) -> None:
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    settings.setValue("window/geometry", lost)
    settings.sync()
    window = make_window()
    assert window.screen().availableGeometry().intersects(window.geometry())
    assert window.size() == QSize(1280, 800)


def test_who_decides_may_keep_the_window_open(make_window: MakeWindow) -> None:
    answers = [False, True]
    window = make_window(may_close=lambda: answers.pop(0))
    assert not window.close()
    assert window.isVisible()
    assert window.close()


def test_a_yes_is_remembered(make_window: MakeWindow) -> None:
    window = make_window()
    assert not window.remembered("tray_explained")
    window.remember("tray_explained")
    assert make_window().remembered("tray_explained")


def test_banners_stand_above_every_page_until_dismissed(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    banner = window.show_banner(Tone.WARNING, "38 files are missing on Z:.")
    window.open_page("sync")
    QApplication.processEvents()
    assert banner.isVisible()
    with qtbot.waitSignal(banner.closed):
        banner.dismiss()
    assert not banner.isVisible()


def test_escape_closes_the_toast_before_it_reaches_the_page(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    undone: list[int] = []
    toast = window.toast("37 candidates excluded.", undo=lambda: undone.append(1), undo_text="Undo")
    with qtbot.waitSignal(toast.gone):
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert undone == []
    assert "escape" not in page(window, "library").said


def test_the_theme_menu_changes_the_theme(make_window: MakeWindow, theme: ThemeController) -> None:
    window = make_window()
    themes = next(a.menu() for a in window.menus.menu("view").actions() if a.text() == "&Theme")
    assert isinstance(themes, QMenu)
    entries = {action.text(): action for action in themes.actions()}
    assert entries["&Light"].isChecked()
    entries["&Dark"].trigger()
    assert theme.tokens.dark
    assert [text for text, action in entries.items() if action.isChecked()] == ["&Dark"]


# -- status bar


def test_a_task_shows_text_bar_per_cent_and_cancel(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    bar = window.task_bar
    bar.show_task(TaskView("Attic · TV shows (5 of 9)", 46, 100))
    assert bar.text == "Attic · TV shows (5 of 9)"
    assert bar.bar.isVisible()
    assert bar.bar.width() == 140
    with qtbot.waitSignal(window.cancel_requested):
        bar.cancel_button.click()
    bar.clear_task("Up to date")
    assert bar.text == "Up to date"
    assert not bar.bar.isVisible()
    assert not bar.cancel_button.isVisible()


@pytest.mark.parametrize(
    ("done", "total", "percent"), [(0, None, None), (5, 0, None), (999, 1000, 99), (1000, 1000, 100)]
)
def test_per_cent_of_a_task(done: int, total: int | None, percent: int | None) -> None:
    assert TaskView("x", done, total).percent == percent


def test_page_rail_tray_and_status_bar_say_the_same_per_cent(qtbot: QtBot) -> None:
    block = ProgressBlock()
    qtbot.addWidget(block)
    for done in range(101):
        block.set_count(done, 100)
        shared = SyncProgress(items_done=done, items_total=100, fraction=done / 100).percent
        assert (TaskView("x", done, 100).percent, block.percent_text) == (shared, f"{shared} %")


def test_servers_stand_on_the_right_and_open_their_page(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    bar = window.task_bar
    bar.show_servers([ServerView("1", "Attic", "online"), ServerView("3", "Cabin", "certificate")])
    assert [b.accessibleName() for b in bar.server_buttons] == ["Attic: Online", "Cabin: Check certificate"]
    with qtbot.waitSignal(window.server_chosen) as blocker:
        bar.server_buttons[1].click()
    assert blocker.args == ["3"]
    bar.show_servers([])
    assert bar.server_buttons == []


def test_a_first_window_fits_the_screen_with_its_title_bar() -> None:
    scaled = QRect(0, 0, 1280, 680)
    place = first_place(scaled)
    assert scaled.contains(place)
    assert place.top() >= 30
    large = first_place(QRect(0, 0, 2560, 1400))
    assert large.size() == QSize(1280, 800)
    assert large.center().x() == 1279
