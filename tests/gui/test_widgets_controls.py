"""Buttons, chips, segments and fields: by keyboard, by mouse, and by name."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from retrovue.gui.app.rail import Rail
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import Theme, ThemeController
from retrovue.gui.widgets.buttons import Button, ButtonKind, flush
from retrovue.gui.widgets.chips import AddChip, FilterBar, FilterChip
from retrovue.gui.widgets.fields import ComboBox, Field, FieldBlock, SearchField, SecretField, SpinBox
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.railitem import RailItem
from retrovue.gui.widgets.segments import Segments

# The offscreen platform says so about every window with a minimum size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture(autouse=True)
def theme(qapp: QApplication) -> Iterator[ThemeController]:
    controller = ThemeController(qapp, Theme.LIGHT)
    yield controller
    _alive.clear()
    controller.deleteLater()


_alive: list[QWidget] = []
"""Windows of the present test: Python would free them, and with them the widget that is tested."""


def shown(qtbot: QtBot, *widgets: QWidget) -> QWidget:
    """The widgets in one active window."""
    window = QWidget()
    column = QVBoxLayout(window)
    for widget in widgets:
        column.addWidget(widget)
    qtbot.addWidget(window)
    window.resize(500, 300)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    _alive.append(window)
    return window


def picture(widget: QWidget) -> bytes:
    image = widget.grab().toImage()
    return bytes(image.constBits())


def test_a_button_is_pressed_by_space_and_named(qtbot: QtBot) -> None:
    button = Button("&Save rule", kind=ButtonKind.PRIMARY)
    shown(qtbot, button)
    assert button.accessibleName() == "Save rule"
    with qtbot.waitSignal(button.clicked):
        qtbot.keyClick(button, Qt.Key.Key_Space)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_presses_the_button_that_has_the_focus(qtbot: QtBot, key: Qt.Key) -> None:
    dialog = BaseDialog("Path mapping")
    qtbot.addWidget(dialog)
    find, cancel, save = Button("Find them for me"), Button("Cancel"), Button("Later", kind=ButtonKind.PRIMARY)
    dialog.content.addWidget(find)
    dialog.add_button(cancel)
    dialog.add_button(save, default=True)
    pressed: list[str] = []
    for button in (find, cancel, save):
        button.clicked.connect(lambda _=False, button=button: pressed.append(button.text()))
    with qtbot.waitActive(dialog):
        dialog.open()
    assert dialog.focusWidget() is save
    for button in (save, find, cancel):
        button.setFocus()
        qtbot.keyClick(button, key)
    assert pressed == ["Later", "Find them for me", "Cancel"]


def test_a_button_without_text_is_square_and_says_its_name(qtbot: QtBot) -> None:
    button = Button(icon="folder-open", name="Choose a folder")
    qtbot.addWidget(button)
    assert button.sizeHint().width() == button.sizeHint().height() == 30
    assert (button.accessibleName(), button.toolTip()) == ("Choose a folder", "Choose a folder")


def test_a_menu_button_has_room_for_its_caret(qtbot: QtBot) -> None:
    button = Button("Export")
    qtbot.addWidget(button)
    before = button.sizeHint().width()
    button.setMenu(QMenu(button))
    assert button.sizeHint().width() > before + 12


@pytest.mark.parametrize("kind", list(ButtonKind))
def test_the_ring_shows_for_the_keyboard_and_not_for_the_mouse(qtbot: QtBot, kind: ButtonKind) -> None:
    first, button = Button("First"), Button("Second", kind=kind)
    shown(qtbot, first, button)
    plain = picture(button)
    button.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not button.shows_focus
    assert picture(button) == plain
    first.setFocus(Qt.FocusReason.TabFocusReason)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert button.shows_focus
    assert picture(button) != plain


def test_disabled_looks_disabled_in_every_kind(qtbot: QtBot) -> None:
    for kind in ButtonKind:
        button = Button("Save rule", kind=kind, icon="check")
        shown(qtbot, button)
        before = picture(button)
        button.setEnabled(False)
        assert picture(button) != before


def test_a_chip_is_edited_by_enter_and_removed_by_delete(qtbot: QtBot) -> None:
    chip = FilterChip("Server", "Attic")
    shown(qtbot, chip)
    assert chip.accessibleName() == "Server: Attic"
    assert "Delete" in chip.accessibleDescription()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space):
        with qtbot.waitSignal(chip.clicked), qtbot.assertNotEmitted(chip.removed):
            qtbot.keyClick(chip, key)
    with qtbot.waitSignal(chip.removed), qtbot.assertNotEmitted(chip.clicked):
        qtbot.keyClick(chip, Qt.Key.Key_Delete)


def test_a_click_on_the_cross_removes_and_elsewhere_edits(qtbot: QtBot) -> None:
    chip = FilterChip("Resolution", "1080p, 2160p")
    shown(qtbot, chip)
    with qtbot.waitSignal(chip.removed), qtbot.assertNotEmitted(chip.clicked):
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=chip.cross_rect().center())
    with qtbot.waitSignal(chip.clicked), qtbot.assertNotEmitted(chip.removed):
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(14, 12))


def test_the_filter_bar_names_what_was_touched_and_wraps(qtbot: QtBot) -> None:
    bar = FilterBar("Add filter")
    shown(qtbot, bar)
    bar.set_filters([(f"k{n}", "Library", f"Documentaries {n}") for n in range(6)])
    assert [chip.value for chip in bar.chips()] == [f"Documentaries {n}" for n in range(6)]
    with qtbot.waitSignal(bar.remove_requested) as removed:
        qtbot.keyClick(bar.chips()[2], Qt.Key.Key_Delete)
    assert removed.args == ["k2"]
    with qtbot.waitSignal(bar.edit_requested) as edited:
        bar.chips()[1].click()
    assert edited.args == ["k1"]
    with qtbot.waitSignal(bar.add_requested):
        qtbot.keyClick(bar.add_chip, Qt.Key.Key_Return)
    assert bar.heightForWidth(250) >= 3 * 26
    assert bar.heightForWidth(2000) < 2 * 26
    bar.set_filters([])
    assert bar.chips() == []


def test_a_segment_is_chosen_with_arrow_keys(qtbot: QtBot) -> None:
    segments = Segments([("shows", "Shows"), ("movies", "Movies"), ("files", "Files")], name="Kind")
    shown(qtbot, segments)
    assert segments.current == "shows"
    segments.segment("shows").setFocus(Qt.FocusReason.TabFocusReason)
    with qtbot.waitSignal(segments.chosen) as blocker:
        qtbot.keyClick(segments.segment("shows"), Qt.Key.Key_Right)
    assert blocker.args == ["movies"]
    with qtbot.assertNotEmitted(segments.chosen):
        segments.select("files")
    assert segments.current == "files"


def test_segments_of_icons_still_have_names(qtbot: QtBot) -> None:
    segments = Segments([("list", "As a list"), ("grid", "As posters")], icons_of={"list": "list"})
    qtbot.addWidget(segments)
    assert segments.segment("list").accessibleName() == "As a list"
    assert segments.segment("list").toolTip() == "As a list"
    assert segments.segment("list").text() == ""
    assert segments.segment("grid").text() == "As posters"


def test_search_waits_for_a_pause_and_sends_each_text_once(qtbot: QtBot) -> None:
    field = SearchField("Search titles, paths and IDs", delay_ms=1)
    shown(qtbot, field)
    texts: list[str] = []
    field.searched.connect(texts.append)
    with qtbot.waitSignal(field.searched):
        qtbot.keyClicks(field, "lantern")
    assert texts[-1] == "lantern"
    sent = len(texts)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert len(texts) == sent
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert texts[-1] == ""
    assert field.text() == ""


@pytest.mark.parametrize(("words", "shows"), [("Search", True), ("Die Einstellungen alle durchsuchen", False)])
def test_the_key_hint_gives_way_to_what_the_field_is_for(qtbot: QtBot, words: str, shows: bool) -> None:
    field = SearchField(words)
    field.setFixedWidth(240)
    shown(qtbot, field)
    field.clearFocus()
    assert field.shows_hint is shows
    field.setFixedWidth(500)
    assert field.shows_hint
    field.setText("typed")
    assert not field.shows_hint


def test_enter_does_not_wait_for_the_pause(qtbot: QtBot) -> None:
    field = SearchField("Search", delay_ms=60_000)
    shown(qtbot, field)
    qtbot.keyClicks(field, "ab")
    with qtbot.waitSignal(field.searched) as blocker:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert blocker.args == ["ab"]


def test_a_wrong_field_says_what_to_do_and_is_told_so(qtbot: QtBot) -> None:
    field = Field(icon="desktop", fixed=True)
    block = FieldBlock("&Local path", field, hint="A folder or a share")
    shown(qtbot, block)
    plain = picture(field)
    assert field.accessibleName() == "Local path"
    assert block.message == "A folder or a share"
    block.set_error("There is no drive Y: on this computer. Connect it or choose another folder.")
    assert block.message.startswith("There is no drive Y:")
    assert field.accessibleDescription().startswith("There is no drive Y:")
    assert picture(field) != plain
    block.set_error("")
    assert block.message == "A folder or a share"


def test_fields_are_as_high_as_buttons(qtbot: QtBot) -> None:
    for widget in (Field(), SearchField("Search"), ComboBox(name="Server"), SpinBox()):
        qtbot.addWidget(widget)
        assert widget.sizeHint().height() == Button("Test all").sizeHint().height()


def test_an_elided_label_tells_the_whole_text(qtbot: QtBot) -> None:
    path = "/media/tv/Harbour Nine/Season 03/Harbour Nine - S03E01 - Fog Signal.mkv"
    line = ElidedLabel(path, mode=Qt.TextElideMode.ElideMiddle)
    window = shown(qtbot, line)
    window.resize(200, 100)
    QApplication.processEvents()
    assert "…" in line.shown_text()
    assert line.shown_text().endswith(".mkv")
    assert line.toolTip() == line.accessibleName() == path
    window.resize(1200, 100)
    QApplication.processEvents()
    assert line.shown_text() == path
    assert line.toolTip() == ""


def test_a_label_shows_markup_as_text(qtbot: QtBot) -> None:
    text = label("<b>Attic</b> & co")
    qtbot.addWidget(text)
    assert text.textFormat() == Qt.TextFormat.PlainText


def test_a_rail_item_says_what_its_badge_means(qtbot: QtBot) -> None:
    item = RailItem("Activity", "monitor-play")
    shown(qtbot, item)
    plain = picture(item)
    item.set_badge("4", meaning="4 streams")
    assert item.accessibleName() == "Activity, 4 streams"
    assert picture(item) != plain
    item.set_collapsed(True)
    assert item.toolTip() == "Activity"
    item.set_badge("")
    assert item.accessibleName() == "Activity"


def test_the_rail_makes_room_for_the_title_beside_a_large_badge(qtbot: QtBot) -> None:
    rail = Rail()
    item = rail.add("mapping", "Path mapping", "signpost")
    shown(qtbot, rail)
    item.setChecked(True)
    item.set_badge("12,767", tone="warning")
    QApplication.processEvents()
    item.grab()
    assert item.shown_title == "Path mapping"


def test_add_chip_works_with_enter(qtbot: QtBot) -> None:
    chip = AddChip("Add filter")
    shown(qtbot, chip)
    with qtbot.waitSignal(chip.clicked):
        qtbot.keyClick(chip, Qt.Key.Key_Return)


@pytest.mark.qt_log_ignore("does not support raise|grabbing the keyboard|propagateSizeHints")
def test_a_choice_of_three_opens_a_list_of_three_whole_rows(qtbot: QtBot) -> None:
    box = ComboBox(name="Appearance")
    box.addItems(["Follow system", "Light", "Dark"])
    shown(qtbot, box)
    box.showPopup()
    view = box.view()
    rows = [view.visualRect(view.model().index(row, 0)) for row in range(3)]
    assert all(row.height() >= 28 for row in rows)
    assert view.viewport().rect().contains(rows[-1])
    assert not view.verticalScrollBar().isVisible()
    # Round corners, as every menu has them: outside of them is no frame.
    popup = view.window().grab().toImage()
    frame = tokens.of(QApplication.palette()).color("control")
    assert popup.pixelColor(0, 0) != frame
    assert popup.pixelColor(popup.width() // 2, 0) == frame
    # Below the box, not over it.
    assert view.window().geometry().top() >= box.mapToGlobal(box.rect().bottomLeft()).y() - 1
    box.hidePopup()


def test_a_secret_is_shown_while_its_eye_is_pressed(qtbot: QtBot) -> None:
    field = SecretField(icon="lock", name="Password")
    shown(qtbot, field)
    field.setText("r7k2")
    assert field.displayText() != "r7k2"
    assert field.eye.text() == "Show what is typed"
    field.eye.trigger()
    assert field.displayText() == "r7k2"
    assert field.eye.text() == "Hide what is typed"
    field.eye.trigger()
    assert field.displayText() != "r7k2"


def test_the_text_of_a_link_begins_where_the_other_texts_do(qtbot: QtBot) -> None:
    above, link = label("All"), Button("All plays", kind=ButtonKind.LINK)
    window = shown(qtbot, above)
    column = window.layout()
    assert isinstance(column, QVBoxLayout)
    column.addLayout(flush(link))
    qtbot.waitUntil(link.isVisible)
    # The text is in the middle of its button.
    assert link.x() + (link.width() - link.fontMetrics().horizontalAdvance("All plays")) // 2 == above.x()
