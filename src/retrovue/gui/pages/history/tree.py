"""The list of the history: lines of days, sittings that unfold, titles that lead to the Library page."""

from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem

from retrovue.core.domain.history import PlayQuery, PlaySort
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.history import lists
from retrovue.core.services.history.lists import PlayListing
from retrovue.gui.pages.history import words
from retrovue.gui.pages.history.columns import SHARE_ROLE, DayRow, PlayRow, Row, history_columns
from retrovue.gui.pages.library.delegates import ValueDelegate
from retrovue.gui.pages.library.roles import MARK_ROLE
from retrovue.gui.pages.library.views import SortHeader
from retrovue.gui.tables.cells import CellDelegate, KindsDelegate, StateDelegate
from retrovue.gui.tables.columns import ROW_ROLE
from retrovue.gui.tables.pages import PAGE_ROWS
from retrovue.gui.tables.tree import TreeModel
from retrovue.gui.tables.views import DataTree
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.work.tasks import TaskRunner

if TYPE_CHECKING:
    from retrovue.core.context import AppContext

Index = QModelIndex | QPersistentModelIndex
TITLE = 2
AT_ONCE = 320 * PAGE_ROWS
"""So many rows are laid out at first; twice as many whenever the end of them is reached."""
_NO_INDEX = QModelIndex()
_PAD = 10
_BAR = 52
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


class PlaySource:
    """Reads the list on the query lane. `listing` is of the query that was answered last."""

    def __init__(self, context: "AppContext") -> None:
        self._context = context
        self._by_day = True
        self.listing = PlayListing()

    def ids(self, query: PlayQuery, token: CancelToken) -> "array[int]":
        """First plays of sittings, and lines of days."""
        listing = lists.list_ids(self._context, query, token)
        self.listing, self._by_day = listing, query.sort_key == PlaySort.STARTED
        return listing.ids

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """The sittings and days of a few pages."""
        days = self.listing.days
        found: list[Row] = [DayRow(row_id, days[row_id]) for row_id in ids if row_id in days]
        plays = lists.rows(self._context, self.listing, ids)
        return [*found, *(PlayRow(play.id, play, by_day=self._by_day) for play in plays)]

    def children(self, level: int, parent_id: int, token: CancelToken) -> list[Row]:
        """The plays of a sitting."""
        plays = lists.parts(self._context, parent_id)
        return [PlayRow(play.id, play, is_part=True, by_day=self._by_day) for play in plays]


class PlayModel(TreeModel):
    """Sittings and their plays. Only those of several plays unfold."""

    def __init__(self, context: "AppContext", runner: TaskRunner, parent: QObject | None = None) -> None:
        self.source = PlaySource(context)
        kinds = frozenset({"plays"})
        super().__init__(history_columns(), self.source, runner, levels=2, at_once=AT_ONCE, kinds=kinds, parent=parent)

    def hasChildren(self, parent: Index = _NO_INDEX) -> bool:
        # Qt asks this of every row that it lays out: asked of the rows themselves, all of their pages would be wanted.
        row = parent.row()
        if row >= 0 and (parent.internalId() or self.ids[row] not in self.source.listing.several):
            return False
        return super().hasChildren(parent)


class PlayTree(DataTree):
    """See the module. Thread: GUI."""

    opened = Signal()
    """Enter, Space or a double click: show the details."""
    title_clicked = Signal(object)
    """The `Play` whose item is wanted."""
    delete_requested = Signal()
    copy_requested = Signal()

    def __init__(self) -> None:
        super().__init__(name=_("History"))
        self.setHeader(SortHeader(self))
        self.setIndentation(24)
        self._link: QPersistentModelIndex | None = None
        self._pressed_link = False
        self.doubleClicked.connect(self._on_double_click)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    def set_delegates(self, model: PlayModel) -> None:
        """Each column's own way of painting."""
        for place, column in enumerate(model.columns):
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

    # --- rows that are laid out later ---------------------------------------------------------------------------

    @Slot(int)
    def _on_scrolled(self, value: int) -> None:
        if 0 < value == self.verticalScrollBar().maximum():
            self._show_more()

    def _show_more(self, *, everything: bool = False) -> None:
        model = self.model()
        if isinstance(model, PlayModel):
            model.show_more(everything=everything)

    def selectAll(self) -> None:
        """All is all that was found, laid out or not."""
        self._show_more(everything=True)
        super().selectAll()

    # --- lines of days ------------------------------------------------------------------------------------------

    def drawRow(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """A day has no cells: its line goes across."""
        row = index.data(ROW_ROLE)
        if not isinstance(row, DayRow):
            super().drawRow(painter, option, index)
            return
        active = tokens.of(self.palette())
        rect = QRect(0, option.rect.y(), self.viewport().width(), option.rect.height())
        painter.save()
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
        painter.restore()

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """The keyboard passes over the lines of days."""
        found = super().moveCursor(action, modifiers)
        ups = (
            QAbstractItemView.CursorAction.MoveUp,
            QAbstractItemView.CursorAction.MovePageUp,
            QAbstractItemView.CursorAction.MovePrevious,
        )
        while found.isValid() and isinstance(found.siblingAtColumn(0).data(ROW_ROLE), DayRow):
            following = self.indexAbove(found) if action in ups else self.indexBelow(found)
            if not following.isValid():
                return self.currentIndex()
            found = following
        return found

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
        """A click on a title begins here."""
        plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers()
        self._pressed_link = plain and self._link_at(event) is not None
        super().mousePressEvent(event)

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
        """Enter and Space show details, Delete deletes, Ctrl+C copies, Ctrl+Enter opens the item, End lays out all."""
        pressed = event.key()
        if pressed == Qt.Key.Key_End:
            self._show_more(everything=True)
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
        elif pressed in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and not event.modifiers():
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def _on_double_click(self, index: QModelIndex) -> None:
        top = index.siblingAtColumn(0)
        if self.model().hasChildren(top):
            self.setExpanded(top, not self.isExpanded(top))
        elif not self._pressed_link:
            self.opened.emit()

    # --- what is selected ---------------------------------------------------------------------------------------

    def chosen_rows(self, wanted: Callable[[QModelIndex], Any]) -> list[Any]:
        """What `wanted` says of each selected row's first cell, in order, days left out as None."""
        selection = self.selectionModel().selection()
        found: list[Any] = []
        for part in (selection.at(n) for n in range(selection.count())):
            rows = range(part.top(), part.bottom() + 1)
            found.extend(wanted(self.model().index(row, 0, part.parent())) for row in rows)
        return found


class StartedDelegate(ValueDelegate):
    """When; right-aligned, so that the parts of a sitting need none of the room that they are indented by."""

    def _paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        if isinstance(self._view, DataTree) and isinstance(index, QModelIndex) and index.parent().isValid():
            rect = rect.adjusted(-self._view.indentation(), 0, 0, 0)
        super()._paint_content(painter, rect, index)


class TitleDelegate(CellDelegate):
    """The heading, what follows it in text2, and how many plays a sitting has."""

    def paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Paint texts and badge."""
        active = tokens.of(self._view.palette())
        row = index.data(ROW_ROLE)
        if not isinstance(row, PlayRow):
            painter.setPen(active.color("text3"))
            painter.drawText(rect, _LEFT, index.data(Qt.ItemDataRole.DisplayRole) or "")
            return
        play, metrics = row.play, painter.fontMetrics()
        badge = words.plays_count(play.plays) if play.plays > 1 else ""
        small = font(FontRole.CAPTION)
        small.setWeight(small.Weight.DemiBold)
        badge_width = QFontMetrics(small).horizontalAdvance(badge) + 16 if badge else 0
        room = rect.width() - (badge_width + 8 if badge else 0)
        shown = metrics.elidedText(words.heading(play), Qt.TextElideMode.ElideRight, room)
        painter.setPen(active.color("text2" if row.is_part else "text"))
        underlined = painter.font()
        underlined.setUnderline(isinstance(self._view, PlayTree) and self._view.is_link(index))
        painter.setFont(underlined)
        painter.drawText(rect, _LEFT, shown)
        underlined.setUnderline(False)
        painter.setFont(underlined)
        used = metrics.horizontalAdvance(shown)
        rest = row.rest
        if rest and used < room - 24:
            rest = metrics.elidedText(f" · {rest}", Qt.TextElideMode.ElideRight, room - used)
            painter.setPen(active.color("text2"))
            painter.drawText(rect.adjusted(used, 0, 0, 0), _LEFT, rest)
            used += metrics.horizontalAdvance(rest)
        if badge:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            height = QFontMetrics(small).height() + 4
            pill = QRectF(rect.x() + used + 8, rect.center().y() - height / 2 + 1, badge_width, height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(active.color("track"))
            painter.drawRoundedRect(pill, height / 2, height / 2)
            painter.setFont(small)
            painter.setPen(active.color("text"))
            painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), badge)


class ProgressDelegate(CellDelegate):
    """A short bar, the percentage, and a tick where it counts as watched."""

    def paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Paint them."""
        active = tokens.of(self._view.palette())
        share, is_watched = index.data(SHARE_ROLE), bool(index.data(MARK_ROLE))
        if share is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            bar = QRectF(rect.x(), rect.center().y() - 1, _BAR, 4)
            painter.setBrush(active.color("track"))
            painter.drawRoundedRect(bar, 2, 2)
            bar.setWidth(max(4.0, _BAR * min(1.0, share)))
            painter.setBrush(active.color("success" if is_watched else "accent"))
            painter.drawRoundedRect(bar, 2, 2)
        text = index.data(Qt.ItemDataRole.DisplayRole) or ""
        painter.setPen(active.color("text" if share is not None else "text3"))
        painter.drawText(rect.adjusted(0, 0, -22, 0), _RIGHT, text)
        if is_watched:
            place = QRect(rect.right() - 13, rect.center().y() - 6, 14, 14)
            icons.paint(painter, place, "check-circle-fill", active.color("success"))
