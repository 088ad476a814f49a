"""Tables and trees as the design has them, and fast with 200,000 rows."""

from collections.abc import Iterable
from datetime import date
from typing import cast

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QBrush, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionHeader,
    QStyleOptionViewItem,
    QTableView,
    QTreeView,
    QWidget,
)

from retrovue.gui import text
from retrovue.gui.tables.columns import Column
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, at_least, font, paint_focus_ring
from retrovue.gui.widgets.focus import KeyboardFocus

Index = QModelIndex | QPersistentModelIndex

ROW = 28
ROW_RULES = 32
ROW_PAIR = 40

# With Fusion's own 3 px this is the 10 px of a header's padding.
_PAD = 7


class RowDelegate(QStyledItemDelegate):
    """Cells that light up as a whole row under the pointer and carry no focus frame of their own."""

    def __init__(self, view: "DataTable | DataTree", *, row_height: int = ROW) -> None:
        super().__init__(view)
        self._view = view
        self._row_height = row_height

    def _inset(self, option: QStyleOptionViewItem, index: Index) -> QRect:
        """The cell without its padding, so that texts stand below their header's text."""
        rect: QRect = option.rect
        first_of_tree = isinstance(self._view, QTreeView) and index.column() == 0
        return rect.adjusted(0 if first_of_tree else _PAD, 0, -_PAD, 0)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the background over the whole cell and the content inside its padding."""
        filled = QStyleOptionViewItem(option)
        self.initStyleOption(filled, index)
        style = self._view.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, filled, painter, self._view)
        filled.rect = self._inset(option, index)
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, filled, painter, self._view)

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        """A click on a check box counts where the box is painted."""
        moved = QStyleOptionViewItem(option)
        moved.rect = self._inset(option, index)
        return super().editorEvent(event, model, moved, index)

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Mark the row under the pointer."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        if self._view.is_hovered(index):
            active = tokens.of(self._view.palette())
            option.backgroundBrush = QBrush(active.color("hover"))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Every row has the same height."""
        hint = super().sizeHint(option, index)
        hint.setWidth(hint.width() + 2 * _PAD)
        hint.setHeight(at_least(self._row_height, self._view.fontMetrics()))
        return hint


def _own_header_selection(header: QHeaderView, model: QAbstractItemModel | None) -> None:
    """Give a header a selection model of its own.

    Painting a header asks every cell of every selected column for its flags: 2.8 s for 200,000 rows after
    Ctrl+A. With a selection model in which nothing is ever selected it takes 28 ms.
    """
    if model is not None:
        header.setSelectionModel(QItemSelectionModel(model, header))


class _Rows(KeyboardFocus):
    """What table and tree have in common: the row under the pointer and the ring of the current row."""

    _hovered: QPersistentModelIndex | None = None

    def is_hovered(self, index: Index) -> bool:
        """Whether the pointer is over the row of `index`."""
        hovered = self._hovered
        return (
            hovered is not None
            and hovered.isValid()
            and hovered.row() == index.row()
            and hovered.parent() == index.parent()
        )

    def _hover(self, index: QModelIndex | None) -> None:
        old = self._hovered
        if index is not None and index.isValid() and self.is_hovered(index):
            return
        self._hovered = QPersistentModelIndex(index) if index is not None and index.isValid() else None
        for changed in (old, self._hovered):
            if changed is not None and changed.isValid():
                self.viewport().update(self._row_rect(changed))  # type: ignore[attr-defined]

    def _row_rect(self, index: Index) -> QRect:
        place = self.visualRect(index)  # type: ignore[attr-defined]
        return QRect(0, place.y(), self.viewport().width(), place.height())  # type: ignore[attr-defined]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        self._hover(self.indexAt(event.position().toPoint()))  # type: ignore[attr-defined]
        super().mouseMoveEvent(event)  # type: ignore[misc]

    def viewportEvent(self, event: QEvent) -> bool:
        """The pointer is gone: the viewport is told, the view itself is not."""
        if event.type() == QEvent.Type.Leave:
            self._hover(None)
        return cast(bool, super().viewportEvent(event))  # type: ignore[misc]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Who uses keys wants to see where they are."""
        self.shows_focus = True
        if not starts_at_end(cast(QAbstractItemView, self), event):
            super().keyPressEvent(event)  # type: ignore[misc]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Who uses the mouse knows."""
        self.shows_focus = False
        super().mousePressEvent(event)  # type: ignore[misc]

    def _paint_ring(self) -> None:
        current = self.currentIndex()  # type: ignore[attr-defined]
        if not self.shows_focus or not current.isValid():
            return
        painter = QPainter(self.viewport())  # type: ignore[attr-defined]
        accent = tokens.of(self.palette()).color("accent")  # type: ignore[attr-defined]
        paint_focus_ring(painter, QRectF(self._row_rect(current)), accent, 2)


def _style_view(view: QAbstractItemView) -> None:
    view.setAlternatingRowColors(True)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setTextElideMode(Qt.TextElideMode.ElideRight)
    view.setMouseTracking(True)
    view.setFont(font(FontRole.BODY))


def room_for(column: Column) -> int:
    """The width of a column in px: the design's, or more where its translated title needs it."""
    metrics = QFontMetrics(font(FontRole.HEADER))
    return max(column.width, metrics.horizontalAdvance(column.title) + 2 * (_PAD + 3) + 2)


def room_for_words(words: Iterable[str], *, least: int = 0, most_chars: int, extra: int = 0) -> int:
    """The width in px of a column whose words are known, so that none is cut in a longer language or a larger font.

    Args:
        least: the design's width.
        most_chars: no wider than this many letters, for the sake of the other columns.
        extra: room in px for what stands beside the words, such as an icon.
    """
    metrics = QFontMetrics(font(FontRole.BODY))
    # 24: a cell's padding on both sides together.
    widest = max((metrics.horizontalAdvance(word) for word in words), default=0)
    return max(least, min(widest, most_chars * metrics.averageCharWidth()) + 24 + extra)


def room_for_dates(*, least: int = 0, year: bool = True, then: str = "", extra: int = 0) -> int:
    """The same for a column of days in the words of this language, each with `then` behind it."""
    days = [text.short_date(date(2024, month, 28), year=year) + then for month in range(1, 13)]
    return room_for_words(days, least=least, most_chars=40, extra=extra)


def _style_header(header: QHeaderView) -> None:
    header.setFont(font(FontRole.HEADER))
    # Otherwise a header cuts its titles in mid-letter, a right-aligned one at its beginning.
    header.setTextElideMode(Qt.TextElideMode.ElideRight)
    header.setFixedHeight(at_least(28, header.fontMetrics()))
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setHighlightSections(False)
    header.setSectionsMovable(True)
    header.setSortIndicatorClearable(False)
    header.setStretchLastSection(False)


class SortHeader(QHeaderView):
    """A header whose caret stands beside the title, never on it, and points the way that values grow."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        _style_header(self)
        self.setSectionsClickable(True)

    def initStyleOptionForIndex(self, option: QStyleOptionHeader, section: int) -> None:
        """Leave out Fusion's own triangle: it stands at the far end, on the last letter of a right-aligned title."""
        super().initStyleOptionForIndex(option, section)
        option.sortIndicator = QStyleOptionHeader.SortIndicator.None_

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """Paint the title, then the caret."""
        painter.save()
        super().paintSection(painter, rect, section)
        painter.restore()
        if not self.isSortIndicatorShown() or self.sortIndicatorSection() != section:
            return
        upwards = self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
        color = tokens.of(self.palette()).color("text2")
        icons.paint(painter, self.caret_place(rect, section), "caret-up" if upwards else "caret-down", color)

    def caret_place(self, rect: QRect, section: int) -> QRect:
        """Where the caret of a section stands that is painted into `rect`."""
        title = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "")
        align = self.model().headerData(section, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole)
        # A title that is cut leaves the caret within its own column.
        width = min(self.fontMetrics().horizontalAdvance(title), rect.width() - 24)
        is_right = bool(align and align & Qt.AlignmentFlag.AlignRight)
        x = rect.right() - 10 - width - 14 if is_right else rect.x() + 10 + width + 4
        return QRect(x, rect.y() + (rect.height() - 10) // 2, 10, 10)


def starts_at_end(view: QAbstractItemView, event: QKeyEvent) -> bool:
    """End in a view that has no current row yet: Qt would go to the first one. Whether it was that."""
    if event.key() != Qt.Key.Key_End or view.currentIndex().isValid() or view.model() is None:
        return False
    last = view.model().index(view.model().rowCount() - 1, 0)
    while isinstance(view, QTreeView) and view.isExpanded(last) and view.model().rowCount(last):
        last = view.model().index(view.model().rowCount(last) - 1, 0, last)
    view.setCurrentIndex(last)
    return True


class DataTable(_Rows, QTableView):
    """A table: header 28, rows of one height, no grid, no vertical header, whole rows selected."""

    def __init__(self, *, row_height: int = ROW, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _style_view(self)
        self.setHorizontalHeader(SortHeader(self))
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        height = at_least(row_height, self.fontMetrics())
        self.verticalHeader().setMinimumSectionSize(height)
        self.verticalHeader().setDefaultSectionSize(height)
        self.setItemDelegate(RowDelegate(self, row_height=row_height))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home and End are the first and the last row: in a list of whole rows no cell is the first one."""
        control = Qt.KeyboardModifier.ControlModifier
        if event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End) and not event.modifiers() & control:
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            last = self.model().rowCount() - 1 if self.model() is not None else -1
            if last >= 0 and not shift:
                self.selectRow(0 if event.key() == Qt.Key.Key_Home else last)
                self.shows_focus = True
                return
        super().keyPressEvent(event)

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """With Shift, Home and End select up to the first and the last row; Qt would stay in the row."""
        ends = {QAbstractItemView.CursorAction.MoveHome: 0, QAbstractItemView.CursorAction.MoveEnd: -1}
        current = self.currentIndex()
        if action not in ends or modifiers & Qt.KeyboardModifier.ControlModifier or not current.isValid():
            return super().moveCursor(action, modifiers)
        return current.siblingAtRow(ends[action] % self.model().rowCount())

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Show a model; the headers keep selection models of their own."""
        super().setModel(model)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            _own_header_selection(header, model)

    def setSelectionModel(self, selection_model: QItemSelectionModel) -> None:
        """Take a selection model for the rows, but not for the headers."""
        super().setSelectionModel(selection_model)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            _own_header_selection(header, selection_model.model())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ring above the cells."""
        super().paintEvent(event)
        self._paint_ring()


class DataTree(_Rows, QTreeView):
    """A tree: like the table, with carets in the branch column.

    The model must say `hasChildren` before children are fetched, or the caret is missing.
    """

    def __init__(self, *, row_height: int = ROW, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _style_view(self)
        self.setHeader(SortHeader(self))
        self.setAccessibleName(name)
        self.setIndentation(20)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(False)
        self.setExpandsOnDoubleClick(False)
        self.setItemDelegate(RowDelegate(self, row_height=row_height))

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Show a model; the header keeps a selection model of its own."""
        super().setModel(model)
        _own_header_selection(self.header(), model)

    def setSelectionModel(self, selection_model: QItemSelectionModel) -> None:
        """Take a selection model for the rows, but not for the header."""
        super().setSelectionModel(selection_model)
        _own_header_selection(self.header(), selection_model.model())

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Paint the caret where Qt hits it, in either direction of writing."""
        active = tokens.of(self.palette())
        if self.selectionModel().isSelected(index):
            painter.fillRect(rect, active.color("selection"))
        elif self.is_hovered(index):
            painter.fillRect(rect, active.color("hover"))
        if not self.model().hasChildren(index):
            return
        right_to_left = self.isRightToLeft()
        closed = "caret-left" if right_to_left else "caret-right"
        name = "caret-down" if self.isExpanded(index) else closed
        x = rect.left() + 4 if right_to_left else rect.right() - 15
        place = QRect(x, rect.y() + (rect.height() - 12) // 2, 12, 12)
        icons.paint(painter, place, name, active.color("text2"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ring above the rows."""
        super().paintEvent(event)
        self._paint_ring()
