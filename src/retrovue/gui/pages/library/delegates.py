"""Cells of the Library page: titles with a small poster, toned numbers, ticks."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from retrovue.core.domain.browse import ItemRow
from retrovue.core.domain.media import ItemKind
from retrovue.gui.pages.library.pictures import Pictures
from retrovue.gui.pages.library.roles import LEAD_ROLE, MARK_ROLE, SHARED_ROLE, TAIL_ROLE, TILES_ROLE, TONE_ROLE
from retrovue.gui.tables.cells import KINDS_ROLE
from retrovue.gui.tables.columns import ROW_ROLE
from retrovue.gui.tables.views import DataTable, DataTree, Index, RowDelegate
from retrovue.gui.theme import icons, tokens
from retrovue.gui.widgets.states import paint_kind_tile

_PAD = 10
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
_MINI = QSize(18, 26)
_TICK = 14


class _Painted(RowDelegate):
    """The row's background as Qt paints it, the content by the subclass."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint background, then content."""
        filled = QStyleOptionViewItem(option)
        self.initStyleOption(filled, index)
        filled.text = ""
        self._view.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, filled, painter, self._view)
        painter.save()
        self._paint_content(painter, option.rect.adjusted(_PAD, 0, -_PAD, 0), index)
        painter.restore()

    def _paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        raise NotImplementedError

    def _tone(self, index: Index) -> str:
        return index.data(TONE_ROLE) or "text"


class ValueDelegate(_Painted):
    """A text in its tone, left or right as its column is; a tick after it where `MARK_ROLE` says so."""

    def _paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        active = tokens.of(self._view.palette())
        text = index.data(Qt.ItemDataRole.DisplayRole) or ""
        if index.data(MARK_ROLE):
            place = QRect(rect.right() - _TICK + 1, rect.center().y() - _TICK // 2 + 1, _TICK, _TICK)
            icons.paint(painter, place, "check-circle-fill", active.color("success"))
            rect = rect.adjusted(0, 0, -_TICK - 6, 0)
        align = index.data(Qt.ItemDataRole.TextAlignmentRole) or Qt.AlignmentFlag.AlignLeft
        flags = _RIGHT if align & Qt.AlignmentFlag.AlignRight else _LEFT
        painter.setPen(active.color(self._tone(index)))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, flags, shown)


class ServerDelegate(_Painted):
    """Letter tiles of server kinds, then a text in its tone."""

    def _paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        active = tokens.of(self._view.palette())
        x = rect.x()
        for kind in index.data(KINDS_ROLE) or ():
            paint_kind_tile(painter, QRect(x, rect.center().y() - 6, 14, 14), kind, active)
            x += 18
        if index.data(SHARED_ROLE):
            icons.paint(painter, QRect(x, rect.center().y() - 6, 14, 14), "user", active.color("text2"))
            x += 18
        if index.data(TILES_ROLE):
            return
        room = QRect(x + (2 if x > rect.x() else 0), rect.y(), rect.right() - x - 1, rect.height())
        painter.setPen(active.color(self._tone(index)))
        text = index.data(Qt.ItemDataRole.DisplayRole) or ""
        painter.drawText(room, _LEFT, painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width()))


class TitleDelegate(_Painted):
    """Poster of 18 × 26 (shows and movies), code, title, and the year in text3."""

    def __init__(self, view: DataTable | DataTree, pictures: Pictures) -> None:
        super().__init__(view)
        self._pictures = pictures
        self._in_tree = isinstance(view, DataTree)
        self._indentation = view.indentation() if isinstance(view, DataTree) else 0

    def _paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        active = tokens.of(self._view.palette())
        if self._in_tree:
            rect = rect.adjusted(4 - _PAD, 0, 0, 0)
        row = index.data(ROW_ROLE)
        metrics = painter.fontMetrics()
        if isinstance(row, ItemRow) and row.kind is not ItemKind.EPISODE:
            top = rect.y() + (rect.height() - _MINI.height()) // 2
            picture = self._pictures.poster(row.title, row.server_id, row.artwork, _MINI, _ratio(painter), radius=2)
            painter.drawPixmap(rect.x(), top, picture)
            rect = rect.adjusted(_MINI.width() + 8, 0, 0, 0)
        lead = index.data(LEAD_ROLE) or ""
        if lead and self._in_tree:
            # Episodes have no caret: they begin where the titles of their seasons do.
            rect = rect.adjusted(-self._indentation, 0, 0, 0)
        if lead:
            painter.setPen(active.color("text2"))
            painter.drawText(rect, _LEFT, lead)
            rect = rect.adjusted(metrics.horizontalAdvance(lead) + 8, 0, 0, 0)
        tail = index.data(TAIL_ROLE) or ""
        tail_width = metrics.horizontalAdvance(tail) + 6 if tail else 0
        title = index.data(Qt.ItemDataRole.DisplayRole) or ""
        shown = metrics.elidedText(title, Qt.TextElideMode.ElideRight, rect.width() - tail_width)
        painter.setPen(active.color("text" if row is not None else "text3"))
        painter.drawText(rect, _LEFT, shown)
        if tail:
            painter.setPen(active.color("text3"))
            painter.drawText(rect.adjusted(metrics.horizontalAdvance(shown) + 6, 0, 0, 0), _LEFT, tail)


def _ratio(painter: QPainter) -> float:
    device = painter.device()
    return device.devicePixelRatioF() if device is not None else 1.0
