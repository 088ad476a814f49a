"""Progress, verdicts, posters, notices and tables."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListWidget, QWidget
from pytestqt.qtbot import QtBot

from retrovue.core.domain.browse import View
from retrovue.core.domain.media import FileState
from retrovue.gui.pages.library.columns import columns_of
from retrovue.gui.pages.library.views import LibraryTree
from retrovue.gui.tables.cells import (
    KINDS_ROLE,
    LOOK_ROLE,
    PAIR_ROLE,
    REASON_ROLE,
    KindsDelegate,
    PathPair,
    PathPairDelegate,
    StateDelegate,
)
from retrovue.gui.tables.views import DataTable, DataTree, room_for_words
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, Theme, ThemeController, font
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.card import Card, StatStrip
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.notices import Banner, NoticeAction, ToastHost, Tone
from retrovue.gui.widgets.poster import Poster, initials, paint_placeholder
from retrovue.gui.widgets.progress import ProgressBlock
from retrovue.gui.widgets.states import (
    ServerKindTile,
    StatePill,
    decision_look,
    file_look,
    outcome_look,
    server_look,
)
from retrovue.gui.widgets.verdict import StepLook, VerdictStep, VerdictSteps, VerdictView

Index = QModelIndex | QPersistentModelIndex


# The offscreen platform says so about every window with a minimum size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture(autouse=True)
def theme(qapp: QApplication) -> Iterator[ThemeController]:
    controller = ThemeController(qapp, Theme.LIGHT)
    yield controller
    controller.deleteLater()


def shown(qtbot: QtBot, widget: QWidget, width: int = 400, height: int = 200) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()


# -- states


def test_each_state_has_a_shape_of_its_own() -> None:
    states = ("online", "connecting", "certificate", "sign_in_again", "not_reachable", "disabled")
    server = [server_look(s) for s in states]
    file = [
        file_look(s) for s in ("found", "missing", "size_differs", "unmapped", "unchecked", "unreachable", "in_trash")
    ]
    decisions = [decision_look(s) for s in ("direct_play", "direct_stream", "transcode")]
    outcomes = [
        outcome_look(s) for s in ("ok", "unchanged", "held_back", "incomplete", "cancelled", "failed", "running")
    ]
    for family in (server, file, decisions, outcomes):
        assert len({look.icon for look in family}) == len(family)
        assert len({look.word for look in family}) == len(family)


def test_an_unknown_state_is_an_error() -> None:
    with pytest.raises(KeyError):
        file_look("lost")


def test_a_pill_is_named_by_its_word_and_fits_it(qtbot: QtBot) -> None:
    pill = StatePill(file_look("found"))
    qtbot.addWidget(pill)
    narrow = pill.sizeHint().width()
    pill.set_look(file_look("unchecked"))
    assert pill.accessibleName() == "Not checked"
    assert pill.sizeHint().width() > narrow


def test_a_kind_tile_has_a_letter_and_a_name(qtbot: QtBot) -> None:
    tile = ServerKindTile("jellyfin", size=20)
    shown(qtbot, tile, 20, 20)
    assert tile.accessibleName() == "Jellyfin"
    image = tile.grab().toImage()
    assert image.pixelColor(3, 10) == tokens.LIGHT.color("jellyfin")


# -- progress


def test_progress_never_says_a_hundred_before_the_end(qtbot: QtBot) -> None:
    block = ProgressBlock("Attic · TV shows", kind="plex")
    qtbot.addWidget(block)
    block.set_count(41_879, 41_880, "episodes")
    assert block.percent_text == "99 %"
    block.set_count(41_880, 41_880, "episodes")
    assert block.percent_text == "100 %"
    assert block.bar.value() == block.bar.maximum()


def test_progress_counts_beyond_32_bits(qtbot: QtBot) -> None:
    block = ProgressBlock("Received")
    qtbot.addWidget(block)
    block.set_count(3_000_000_000, 6_000_000_000, "bytes")
    assert block.percent_text == "50 %"
    assert block.bar.value() * 2 == block.bar.maximum()


def test_an_unknown_total_shows_a_count_and_no_per_cent(qtbot: QtBot) -> None:
    block = ProgressBlock("Counting")
    shown(qtbot, block)
    block.set_count(812, None, "files")
    assert block.bar.unknown
    assert block.count_text == "812 files"
    assert block.percent_text == ""
    block.set_count(900, 1000, "files")
    assert not block.bar.unknown
    assert "of" in block.count_text


# -- verdict, figures, empty state


def test_the_verdict_can_be_read_aloud(qtbot: QtBot) -> None:
    steps = (
        VerdictStep("Address", "203.0.113.17", StepLook.PASSED),
        VerdictStep("Certificate", "expired 9 days ago", StepLook.FAILED),
        VerdictStep("Sign-in", "", StepLook.UNTRIED),
    )
    bar = VerdictSteps(steps)
    shown(qtbot, bar)
    assert bar.accessibleName() == (
        "Address: passed 203.0.113.17; Certificate: failed expired 9 days ago; Sign-in: not tested"
    )
    image = bar.grab().toImage()
    colors = {image.pixelColor(x, 9).name() for x in range(image.width())}
    assert {tokens.LIGHT.danger.lower(), tokens.LIGHT.track.lower()} <= colors


def test_a_new_verdict_replaces_sentence_steps_and_buttons(qtbot: QtBot) -> None:
    verdict = VerdictView()
    shown(qtbot, verdict, 700, 240)
    verdict.show_verdict("danger", "No answer.", (VerdictStep("Address", "", StepLook.FAILED),), text="Check it.")
    verdict.set_actions([Button("Test again")], code="SHA-256 9F")
    first = verdict.grab().toImage()
    verdict.show_verdict("success", "Attic answered.", (VerdictStep("Address", "", StepLook.PASSED),))
    verdict.set_actions([])
    assert verdict.title == "Attic answered."
    assert verdict.accessibleName() == "Attic answered."
    assert verdict.grab().toImage() != first
    assert not [b for b in verdict.findChildren(Button) if b.isVisible()]


def test_figures_say_their_name_and_unit(qtbot: QtBot) -> None:
    strip = StatStrip()
    qtbot.addWidget(strip)
    tile = strip.add("rate", "Rate")
    strip.add("left", "Time left")
    tile.set_value("2,140", "items/s")
    assert strip.tile("rate").accessibleName() == "Rate: 2,140 items/s"
    assert strip.tile("left").figure == "–"


def test_an_empty_page_offers_one_act(qtbot: QtBot) -> None:
    empty = EmptyState("No servers yet", "Add your own.", button="Add server…", link="Restore backup…")
    shown(qtbot, empty, 600, 500)
    assert empty.button is not None
    assert empty.link is not None
    with qtbot.waitSignal(empty.triggered):
        qtbot.keyClick(empty.button, Qt.Key.Key_Space)
    with qtbot.waitSignal(empty.link_triggered):
        empty.link.click()
    empty.set_texts('No title matches "lantrn".')
    assert empty.sentence == 'No title matches "lantrn".'


def test_a_card_is_named_by_its_title(qtbot: QtBot) -> None:
    card = Card("Preview", "nothing changes until you save")
    qtbot.addWidget(card)
    assert card.accessibleName() == "Preview"
    assert card.head is not None


# -- posters


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("A Slow Train to Vada", "ST"),
        ("The Man Who Sold", "MW"),
        ("Before the Test Card", "BT"),
        ("Æther", "Æ"),
        ("Łódź, 1961", "Ł1"),
        ("海辺の測候所", "海"),
        ("Die Wächter der Küste – Staffel", "WK"),
        ("The", "T"),
        ("…", "?"),
        ("", "?"),
    ],
)
def test_initials(title: str, expected: str) -> None:
    assert initials(title) == expected


def test_a_placeholder_is_the_same_for_the_same_title_only(qtbot: QtBot) -> None:
    def painted(title: str) -> QImage:
        image = QImage(120, 180, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        paint_placeholder(painter, QRect(0, 0, 120, 180), title)
        painter.end()
        return image

    assert painted("Nine Reels") == painted("Nine Reels")
    different: list[QImage] = []
    for number in range(30):
        image = painted(f"{chr(65 + number % 26)}ilm {number}")
        if image not in different:
            different.append(image)
    assert len(different) == 30


def test_a_poster_goes_back_to_the_placeholder_of_a_new_title(qtbot: QtBot) -> None:
    poster = Poster("Nine Reels", width=80)
    shown(qtbot, poster, 80, 120)
    picture = poster.grab()
    picture.fill(Qt.GlobalColor.red)
    poster.set_picture(picture)
    assert poster.grab().toImage().pixelColor(40, 60).name() == "#ff0000"
    poster.set_title("Æther")
    assert poster.accessibleName() == "Æther"
    assert poster.grab().toImage().pixelColor(40, 60).name() != "#ff0000"


# -- banners and toasts


def test_a_banner_has_at_most_two_actions(qtbot: QtBot) -> None:
    three = tuple(NoticeAction(str(n), lambda: None) for n in range(3))
    with pytest.raises(ValueError, match="at most two"):
        Banner(Tone.INFO, "Too much", actions=three)


def test_a_banner_is_read_aloud_acts_and_closes(qtbot: QtBot) -> None:
    done: list[str] = []
    act = NoticeAction("Show them", lambda: done.append("shown"))
    banner = Banner(Tone.WARNING, "38 files are missing on Z:.", actions=(act,), closable=True)
    shown(qtbot, banner)
    assert banner.accessibleName() == "38 files are missing on Z:."
    buttons = {button.accessibleName(): button for button in banner.findChildren(Button)}
    buttons["Show them"].click()
    assert done == ["shown"]
    with qtbot.waitSignal(banner.closed):
        buttons["Dismiss"].click()


def test_undo_in_a_toast_acts_once_and_the_toast_leaves(qtbot: QtBot) -> None:
    area = QWidget()
    shown(qtbot, area, 700, 400)
    host = ToastHost(area)
    undone: list[int] = []
    toast = host.show_toast("37 candidates excluded.", action=NoticeAction("Undo", lambda: undone.append(1)))
    assert toast.geometry().right() == area.width() - 17
    assert toast.action_button is not None
    with qtbot.waitSignal(toast.gone):
        toast.action_button.click()
    assert undone == [1]
    assert host.toast is None


def test_a_toast_covers_no_control_that_it_may_answer(qtbot: QtBot) -> None:
    area = QWidget()
    corner = Button("Open file", parent=area)
    corner.move(560, 360)
    field = QLineEdit(area)
    field.setGeometry(10, 360, 200, 30)
    shown(qtbot, area, 700, 400)
    host = ToastHost(area)
    text = "No program could open /media/films/The Amber Hourglass (1936).mkv. Choose a player for this kind of file."
    toast = host.show_toast(text, tone=Tone.WARNING, action=NoticeAction("Show in folder", lambda: None))
    assert not toast.geometry().intersects(corner.geometry())
    assert not toast.geometry().intersects(field.geometry())
    assert area.rect().contains(toast.geometry())


def test_a_toast_covers_no_row_where_the_foot_of_the_window_is_empty(qtbot: QtBot) -> None:
    window = QWidget()
    page = QWidget(window)
    page.setGeometry(100, 0, 600, 372)
    rows = QListWidget(page)
    rows.addItems([f"Film {n}" for n in range(60)])
    rows.setGeometry(24, 20, 552, 336)
    foot = QLabel("Last synced today, 18:42", window)
    foot.setGeometry(10, 372, 680, 28)
    shown(qtbot, window, 700, 400)
    toast = ToastHost(window, page).show_toast("Rule saved.", action=NoticeAction("Undo", lambda: None))
    assert not toast.geometry().intersects(rows.geometry())
    assert toast.geometry().left() > foot.sizeHint().width()
    assert window.rect().contains(toast.geometry())
    # With a few rows there is room below them.
    toast.leave()
    rows.clear()
    rows.addItems(["Film 1", "Film 2"])
    toast = ToastHost(window, page).show_toast("Rule saved.")
    assert toast.geometry().bottom() == 372 - 17


def test_a_toast_shows_a_long_file_name_whole(qtbot: QtBot) -> None:
    area = QWidget()
    shown(qtbot, area, 1000, 400)
    said = "Backup created: retrovue_20261130_184205_before_update.zip"
    toast = ToastHost(area).show_toast(said, action=NoticeAction("Show in folder", lambda: None))
    assert toast.width() >= toast.sizeHint().width() > 460


def test_a_toast_leaves_by_itself(qtbot: QtBot) -> None:
    area = QWidget()
    shown(qtbot, area)
    host = ToastHost(area)
    toast = host.show_toast("Saved.", duration_ms=20)
    with qtbot.waitSignal(toast.gone):
        pass
    assert host.toast is None


def test_a_toast_waits_under_the_pointer_and_while_it_has_the_keyboard(qtbot: QtBot) -> None:
    area = QWidget()
    shown(qtbot, area, 700, 400)
    toast = ToastHost(area).show_toast("Excluded.", action=NoticeAction("Undo", lambda: None))
    assert not toast.waiting
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))
    assert not toast.waiting
    assert toast.action_button is not None
    toast.action_button.setFocus(Qt.FocusReason.TabFocusReason)
    assert toast.waiting
    toast.action_button.clearFocus()
    assert not toast.waiting
    with qtbot.waitSignal(toast.gone):
        qtbot.keyClick(toast, Qt.Key.Key_Escape)


def test_a_new_toast_takes_the_place_of_the_old_one(qtbot: QtBot) -> None:
    area = QWidget()
    shown(qtbot, area)
    host = ToastHost(area)
    host.show_toast("First.")
    second = host.show_toast("Second.")
    assert host.toast is second
    area.resize(900, 500)
    QApplication.processEvents()
    assert second.geometry().right() == 900 - 17


# -- tables


class Rows(QAbstractTableModel):
    """Counts how often flags are asked for."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self._rows = rows
        self.flags_asked = 0

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 4

    def flags(self, index: Index) -> Qt.ItemFlag:
        self.flags_asked += 1
        return super().flags(index)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if role == Qt.ItemDataRole.DisplayRole and index.column() == 0:
            return f"Row {index.row()}"
        if role == LOOK_ROLE and index.column() == 1:
            return file_look("found" if index.row() % 2 else "missing")
        if role == REASON_ROLE and index.column() == 1:
            return "size matches"
        if role == KINDS_ROLE and index.column() == 2:
            return ("plex", "emby")
        if role == PAIR_ROLE and index.column() == 3:
            return PathPair("/media/tv/Fog/S01E01.mkv", "Z:\\TV\\Fog\\S01E01.mkv", "/media/tv", "Z:\\TV")
        return None


def table(qtbot: QtBot, rows: int) -> tuple[DataTable, Rows]:
    view, model = DataTable(name="Files"), Rows(rows)
    view.setModel(model)
    view.setItemDelegateForColumn(1, StateDelegate(view))
    view.setItemDelegateForColumn(2, KindsDelegate(view))
    view.setItemDelegateForColumn(3, PathPairDelegate(view))
    shown(qtbot, view, 700, 400)
    return view, model


def test_select_all_asks_only_what_is_on_screen(qtbot: QtBot) -> None:
    view, model = table(qtbot, 20_000)
    view.grab()
    model.flags_asked = 0
    view.selectAll()
    view.grab()
    assert view.selectionModel().isRowSelected(19_999, QModelIndex())
    # A header that shares the selection asks every cell: 80,000 here.
    assert model.flags_asked < 2_000


def test_rows_and_header_have_the_heights_of_the_design(qtbot: QtBot) -> None:
    view, _model = table(qtbot, 5)
    assert view.rowHeight(0) == 28
    assert view.horizontalHeader().height() == 28
    assert view.verticalHeader().isHidden()


def test_a_header_without_room_ends_in_an_ellipsis(qtbot: QtBot) -> None:
    table, tree = DataTable(name="Movies"), LibraryTree("Shows")
    qtbot.addWidget(table)
    qtbot.addWidget(tree)
    for header in (table.horizontalHeader(), tree.header()):
        assert header.textElideMode() is Qt.TextElideMode.ElideRight


@pytest.mark.parametrize("align", [Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight])
def test_the_caret_of_an_order_covers_no_letter_of_its_heading(qtbot: QtBot, align: Qt.AlignmentFlag) -> None:
    model = QStandardItemModel(1, 2)
    model.setHorizontalHeaderLabels(["Title", "Transcode"])
    model.horizontalHeaderItem(1).setTextAlignment(align | Qt.AlignmentFlag.AlignVCenter)
    view = DataTable(name="Plays by day")
    view.setModel(model)
    shown(qtbot, view)
    header = view.horizontalHeader()
    header.setSortIndicator(1, Qt.SortOrder.DescendingOrder)
    metrics = header.fontMetrics()
    # As wide as columns of numbers are, with room to spare, and too narrow for the heading.
    for width in (metrics.horizontalAdvance("Transcode") + 22, 160, 60):
        header.resizeSection(1, width)
        pictures = []
        for is_sorted in (False, True):
            header.setSortIndicatorShown(is_sorted)
            pictures.append(header.viewport().grab().toImage())
        plain, sorted_by = pictures
        base = plain.pixelColor(header.sectionViewportPosition(1) + 2, 4)
        drawn = 0
        for x in range(plain.width()):
            for y in range(plain.height() - 1):
                if plain.pixel(x, y) != sorted_by.pixel(x, y):
                    assert plain.pixelColor(x, y) == base, (width, x, y)
                    drawn += 1
        assert drawn > 10


def test_cells_paint_their_states_tiles_and_paths(qtbot: QtBot) -> None:
    view, _model = table(qtbot, 4)
    image = view.viewport().grab().toImage()
    colors = {image.pixelColor(x, y).name() for y in range(image.height()) for x in range(image.width())}
    for name in ("success", "danger", "plex", "emby"):
        assert tokens.LIGHT.color(name).name() in colors


def test_the_row_under_the_pointer_lights_up(qtbot: QtBot) -> None:
    view, model = table(qtbot, 4)
    target = model.index(2, 0)
    qtbot.mouseMove(view.viewport(), view.visualRect(target).center())
    QApplication.processEvents()
    assert view.is_hovered(model.index(2, 3))
    assert not view.is_hovered(model.index(1, 0))
    image = view.viewport().grab().toImage()
    edge = view.visualRect(model.index(2, 0)).topLeft()
    assert image.pixelColor(edge.x() + 2, edge.y() + 2) == tokens.LIGHT.color("hover")
    QApplication.sendEvent(view.viewport(), QEvent(QEvent.Type.Leave))
    assert not view.is_hovered(target)


def test_keys_show_where_they_are(qtbot: QtBot) -> None:
    view, _model = table(qtbot, 4)
    view.setFocus(Qt.FocusReason.MouseFocusReason)
    view.setCurrentIndex(view.model().index(0, 0))
    before = view.viewport().grab().toImage()
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.currentIndex().row() == 1
    ring = view.visualRect(view.currentIndex())
    image = view.viewport().grab().toImage()
    assert image != before
    assert image.pixelColor(ring.center().x(), ring.top() + 1) == tokens.LIGHT.color("accent")


def test_a_tree_opens_by_caret_and_key(qtbot: QtBot) -> None:
    model = QStandardItemModel()
    show = QStandardItem("The Lantern District")
    show.appendRow(QStandardItem("Season 1"))
    model.appendRow(show)
    view = DataTree(name="Library")
    view.setModel(model)
    shown(qtbot, view)
    index = model.index(0, 0)
    caret = view.visualRect(index)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(caret.left() - 9, caret.center().y()))
    assert view.isExpanded(index)
    view.setCurrentIndex(index)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert not view.isExpanded(index)
    closed = view.viewport().grab().toImage()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.viewport().grab().toImage() != closed


def test_a_check_box_in_a_table_is_hit_where_it_is_painted(qtbot: QtBot) -> None:
    model = QStandardItemModel()
    item = QStandardItem("Movies")
    item.setCheckable(True)
    model.appendRow(item)
    view = DataTable(name="Libraries")
    view.setModel(model)
    shown(qtbot, view)
    view.grab()
    cell = view.visualRect(model.index(0, 0))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(cell.left() + 17, cell.center().y()))
    assert item.checkState() == Qt.CheckState.Checked
    image = view.viewport().grab().toImage()
    colors = {image.pixelColor(cell.left() + x, cell.center().y()).name() for x in range(10, 26)}
    assert tokens.LIGHT.accent.lower() in colors


def test_a_column_of_known_words_cuts_none_of_them(qtbot: QtBot) -> None:
    table = DataTable(name="Libraries")
    qtbot.addWidget(table)
    words = ["Off", "Not supported yet", "Noch nicht eingelesen"]
    widest = max(table.fontMetrics().horizontalAdvance(word) for word in words)
    assert room_for_words(words, most_chars=40) >= widest + 20
    assert room_for_words(words, most_chars=40, extra=20) == room_for_words(words, most_chars=40) + 20
    assert room_for_words(["Off"], least=138, most_chars=40) == 138
    assert room_for_words(["x" * 400], most_chars=10) < 300


def test_the_state_column_has_room_for_every_word_of_it(qapp: QApplication) -> None:
    for view in View:
        (column,) = (one for one in columns_of(view) if one.key == "state")
        words = [file_look(state.value).word for state in FileState]
        widest = max(QFontMetrics(font(FontRole.BODY)).horizontalAdvance(word) for word in words)
        assert column.width >= widest + 40
