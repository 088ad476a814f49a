"""The list of the history: lines of days, sittings that unfold, titles that lead to the Library page."""

from typing import cast

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView

from retrovue.core.i18n import _
from retrovue.core.services.history import lists
from retrovue.core.services.history.lists import Span
from retrovue.gui.pages.history import words
from retrovue.gui.pages.history.columns import DayRow, PlayRow
from retrovue.gui.pages.history.delegates import CARET, ProgressDelegate, StartedDelegate, TitleDelegate
from retrovue.gui.pages.history.model import Path, PlayModel
from retrovue.gui.pages.library.delegates import ValueDelegate
from retrovue.gui.tables.cells import KindsDelegate, StateDelegate
from retrovue.gui.tables.columns import ROW_ROLE
from retrovue.gui.tables.id_list import IdListModel
from retrovue.gui.tables.view import prepare_table, rows_selection, selected_rows
from retrovue.gui.tables.views import DataTable
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, font

Index = QModelIndex | QPersistentModelIndex
TITLE = 2
_PAD = 10
_HELD_MOST = 256
_MOST_RANGES = 2_000
"""Qt compares ranges with each other: more of them hold up the window."""
_FOLDING = (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Plus, Qt.Key.Key_Minus)
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


class PlayTable(DataTable):
    """See the module. Thread: GUI."""

    opened = Signal()
    """Enter, Space or a double click: show the details."""
    title_clicked = Signal(object)
    """The `Play` whose item is wanted."""
    delete_requested = Signal()
    copy_requested = Signal()
    deselected = Signal(int)
    """So many selected rows cannot be told in the list that has come."""

    def __init__(self, model: PlayModel) -> None:
        super().__init__(name=_("History"))
        self.rows = model
        self._link: QPersistentModelIndex | None = None
        self._pressed_link = False
        self.doubleClicked.connect(self._on_double_click)
        keeper = prepare_table(self, model, keeper=PlaceKeeper)
        cast(PlaceKeeper, keeper).deselected.connect(self.deselected)
        self._set_delegates()

    def _set_delegates(self) -> None:
        """Each column's own way of painting."""
        for place, column in enumerate(self.rows.columns):
            match column.key:
                case "started":
                    self.setItemDelegateForColumn(place, StartedDelegate(self))
                case "title":
                    self.setItemDelegateForColumn(place, TitleDelegate(self))
                case "server":
                    self.setItemDelegateForColumn(place, KindsDelegate(self))
                case "progress":
                    self.setItemDelegateForColumn(place, ProgressDelegate(self))
                case "stream":
                    self.setItemDelegateForColumn(place, StateDelegate(self))
                case _:
                    self.setItemDelegateForColumn(place, ValueDelegate(self))

    # --- sittings that unfold -----------------------------------------------------------------------------------

    def unfolds(self, number: int) -> bool:
        """Whether a row is a sitting of several plays."""
        return self.rows.unfolds(number)

    def is_unfolded(self, number: int) -> bool:
        """Whether the plays of a row are shown below it."""
        return self.rows.is_unfolded(number)

    def toggle(self, number: int) -> None:
        """Show the plays of a sitting, or hide them."""
        if self.rows.is_unfolded(number):
            self.rows.fold(number)
        else:
            self.rows.unfold(number)

    def _step_in_or_out(self, *, inwards: bool) -> None:
        """As in a tree: open a sitting and go to its first play, close it, go from a play to its sitting."""
        current = self.currentIndex()
        number = current.row()
        if inwards and self.rows.is_unfolded(number):
            self.setCurrentIndex(current.siblingAtRow(number + 1))
        elif inwards:
            self.rows.unfold(number)
        elif self.rows.is_unfolded(number):
            self.rows.fold(number)
        else:
            self.setCurrentIndex(current.siblingAtRow(self.rows.head_row(number)))

    # --- lines of days ------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """A day has no cells: its line goes across."""
        super().paintEvent(event)
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        if first < 0:
            return
        painter = QPainter(self.viewport())
        for number in range(first, (self.rows.rowCount() - 1 if last < 0 else last) + 1):
            place, part = self.rows.place_of(number)
            day = self.rows.listing.day_at(place) if part is None else None
            if day is not None:
                self._paint_day(painter, number, DayRow(day, place))

    def _paint_day(self, painter: QPainter, number: int, row: DayRow) -> None:
        active = tokens.of(self.palette())
        rect = QRect(0, self.rowViewportPosition(number), self.viewport().width(), self.rowHeight(number))
        painter.fillRect(rect, active.color("window"))
        painter.setPen(active.color("border"))
        painter.drawLine(rect.topLeft(), rect.topRight())
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        place = rect.adjusted(24, 0, -24, 0)
        heading = font(FontRole.HEADER)
        painter.setFont(heading)
        painter.setPen(active.color("text"))
        painter.drawText(place, _LEFT, row.title)
        place.adjust(QFontMetrics(heading).horizontalAdvance(row.title) + 10, 0, 0, 0)
        painter.setFont(font(FontRole.SMALL))
        painter.setPen(active.color("text2"))
        painter.drawText(place, _LEFT, row.sums)

    def _beside_day(self, number: int, *, upwards: bool) -> int:
        """The row itself, or the next one that is no line of a day; -1 at the end."""
        while 0 <= number < self.rows.rowCount() and self.rows.is_day(number):
            number += -1 if upwards else 1
        return number if 0 <= number < self.rows.rowCount() else -1

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """The keyboard passes over the lines of days."""
        found = super().moveCursor(action, modifiers)
        if not found.isValid():
            return found
        ups = (
            QAbstractItemView.CursorAction.MoveUp,
            QAbstractItemView.CursorAction.MovePageUp,
            QAbstractItemView.CursorAction.MovePrevious,
        )
        number = self._beside_day(found.row(), upwards=action in ups)
        return found.siblingAtRow(number) if number >= 0 else self.currentIndex()

    # --- titles that lead elsewhere -----------------------------------------------------------------------------

    def is_link(self, index: Index) -> bool:
        """Whether the pointer is over the title of this row."""
        link = self._link
        return link is not None and link.isValid() and link == index

    def _link_at(self, event: QMouseEvent) -> QModelIndex | None:
        place = event.position().toPoint()
        index = self.indexAt(place)
        row = index.data(ROW_ROLE) if index.isValid() and index.column() == TITLE else None
        if not isinstance(row, PlayRow) or row.play.server_id is None:
            return None
        left = self.visualRect(index).x() + _PAD
        width = self.fontMetrics().horizontalAdvance(words.heading(row.play))
        right = min(left + width, self.visualRect(index).right() - _PAD)
        return index if left <= place.x() <= right else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A title under the pointer is underlined."""
        super().mouseMoveEvent(event)
        index = self._link_at(event)
        self._link = QPersistentModelIndex(index) if index is not None else None
        shape = Qt.CursorShape.ArrowCursor if index is None else Qt.CursorShape.PointingHandCursor
        if self.viewport().cursor().shape() != shape:
            self.viewport().setCursor(shape)
            self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a title begins here; one on a caret unfolds its sitting."""
        place = event.position().toPoint()
        number = self.rowAt(place.y()) if self._is_caret(place) else -1
        if event.button() == Qt.MouseButton.LeftButton and number >= 0 and self.unfolds(number):
            self.shows_focus = False
            self.toggle(number)
            return
        plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers()
        self._pressed_link = plain and self._link_at(event) is not None
        super().mousePressEvent(event)

    def _is_caret(self, place: QPoint) -> bool:
        left = self.columnViewportPosition(0)
        if self.isRightToLeft():
            left += self.columnWidth(0) - CARET
        return left <= place.x() < left + CARET

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """And ends here."""
        super().mouseReleaseEvent(event)
        index = self._link_at(event) if self._pressed_link else None
        self._pressed_link = False
        if index is not None:
            self.title_clicked.emit(index.data(ROW_ROLE).play)

    # --- keys ---------------------------------------------------------------------------------------------------

    def copy(self) -> None:
        """The Edit menu's Copy."""
        self.copy_requested.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space show details, Delete deletes, Ctrl+C copies, Ctrl+Enter opens the item, arrows unfold."""
        pressed, is_plain = event.key(), not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_requested.emit()
        elif event.matches(QKeySequence.StandardKey.Delete):
            self.delete_requested.emit()
        elif (
            pressed in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and event.modifiers() == Qt.KeyboardModifier.ControlModifier
        ):
            row = self.currentIndex().siblingAtColumn(0).data(ROW_ROLE)
            if isinstance(row, PlayRow):
                self.title_clicked.emit(row.play)
        elif pressed in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and is_plain:
            self.opened.emit()
        elif pressed in _FOLDING and is_plain:
            self.shows_focus = True
            inwards = pressed in (Qt.Key.Key_Right, Qt.Key.Key_Plus)
            if pressed in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
                if self.is_unfolded(self.currentIndex().row()) is not inwards:
                    self.toggle(self.currentIndex().row())
            elif self.currentIndex().isValid():
                self._step_in_or_out(inwards=inwards is not self.isRightToLeft())
        elif pressed in (Qt.Key.Key_Home, Qt.Key.Key_End) and is_plain:
            self._go_to_end(is_last=pressed == Qt.Key.Key_End)
        else:
            super().keyPressEvent(event)

    def _go_to_end(self, *, is_last: bool) -> None:
        number = self._beside_day(self.rows.rowCount() - 1 if is_last else 0, upwards=is_last)
        if number >= 0:
            self.shows_focus = True
            self.selectRow(number)

    def _on_double_click(self, index: QModelIndex) -> None:
        if self.unfolds(index.row()):
            self.toggle(index.row())
        elif not self._pressed_link:
            self.opened.emit()


class PlaceKeeper(QObject):
    """Brings current row, scroll position and selected rows back when another list comes.

    A list that was asked for otherwise is shown from its current row on, or from the top.
    Up to 256 rows are looked for by the list that comes. More are found by comparing the two lists, whatever their
    number, see `lists.moved`: what nobody has seen is never selected.
    """

    deselected = Signal(int)
    """So many selected rows cannot be told in the list that has come."""

    def __init__(self, view: QTableView, model: IdListModel) -> None:
        super().__init__(view)
        self._view = view
        self._model = cast(PlayModel, model)
        self._current: Path = ()
        self._selected: list[Path] = []
        self._spans: list[Span] = []
        self._scrolled = 0
        self._listing = self._model.listing
        selection = view.selectionModel()
        selection.selectionChanged.connect(self._hold)
        selection.currentChanged.connect(self._hold)
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._restore)

    @Slot()
    def _hold(self) -> None:
        paths = [path for path in (self._current_path(), *self._selected_paths()) if path]
        self._model.hold(tuple({path[0]: None for path in paths}))

    def _current_path(self) -> Path:
        current = self._view.currentIndex()
        return self._model.path_at(current.row()) if current.isValid() else ()

    def _selected_paths(self) -> list[Path]:
        ranges = selected_rows(self._view)
        if _are_many(ranges):
            return []
        paths = (self._model.path_at(row) for first, last in ranges for row in range(first, last + 1))
        return [path for path in paths if path]

    def _selected_spans(self) -> tuple[list[Path], list[Span]]:
        """Many selected rows: plays whose sitting above is not selected, and places."""
        ranges = selected_rows(self._view)
        paths: list[Path] = []
        spans: list[Span] = []
        for first, last in ranges if _are_many(ranges) else ():
            alone, span = self._model.spans(first, last)
            paths += [self._model.path_at(row) for row in range(first, first + len(alone))]
            spans += [] if span is None else [span]
        return paths, spans

    @Slot()
    def _remember(self) -> None:
        self._current, self._selected = self._current_path(), self._selected_paths()
        alone, self._spans = self._selected_spans()
        self._selected += alone
        self._scrolled = self._view.verticalScrollBar().value()
        self._listing = self._model.listing

    @Slot()
    def _restore(self) -> None:
        selection = self._view.selectionModel()
        current = self._model.number_at(self._current)
        if current >= 0:
            selection.setCurrentIndex(self._model.index(current, 0), selection.SelectionFlag.NoUpdate)
        rows = sorted(row for path in self._selected if (row := self._model.number_at(path)) >= 0)
        ranges = [*self._found_ranges(), *((row, row) for row in rows)]
        if ranges:
            selection.select(rows_selection(self._model, ranges), selection.SelectionFlag.Select)
        if self._model.listing.query == self._listing.query:
            self._view.verticalScrollBar().setValue(self._scrolled)
        elif current >= 0:
            self._view.scrollTo(self._model.index(current, 0))
        else:
            # Another question: its answer is read from the top.
            self._view.scrollToTop()

    def _found_ranges(self) -> list[tuple[int, int]]:
        """The rows of the spans in the list that has come, with the plays that are unfolded below them."""
        if not self._spans:
            return []
        old, new, spans = self._listing, self._model.listing, self._spans
        self._spans = []
        found, lost = lists.moved(old, spans, new)
        if len(found) > _MOST_RANGES:
            lost += sum(len(new.entries_of(span)) for span in found)
            found = []
        if lost:
            self.deselected.emit(lost)
        return [(self._model.number_of(first), self._model.number_of(last + 1) - 1) for first, last in found]


def _are_many(ranges: list[tuple[int, int]]) -> bool:
    return sum(last + 1 - first for first, last in ranges) > _HELD_MOST
