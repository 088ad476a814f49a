"""Cells of the page: paths."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter

from retrovue.gui.tables.cells import CellDelegate
from retrovue.gui.tables.views import ROW_RULES, DataTable, Index
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import fixed_font

_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


class PathDelegate(CellDelegate):
    """A path in the fixed font, elided in the middle; with `arrow` one that leads to the next column."""

    def __init__(
        self, view: DataTable, *, arrow: bool = False, tone: str = "text", row_height: int = ROW_RULES
    ) -> None:
        super().__init__(view, row_height=row_height)
        self._arrow = arrow
        self._tone = tone

    def paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Paint the path, and the arrow behind it."""
        active = tokens.of(self._view.palette())
        room = rect.adjusted(0, 0, -28 if self._arrow else 0, 0)
        painter.setFont(fixed_font())
        painter.setPen(active.color(self._tone))
        path = index.data(Qt.ItemDataRole.DisplayRole) or ""
        painter.drawText(
            room, _LEFT, painter.fontMetrics().elidedText(path, Qt.TextElideMode.ElideMiddle, room.width())
        )
        if self._arrow:
            place = QRect(rect.right() - 15, rect.center().y() - 7, 16, 16)
            icons.paint(painter, place, "arrow-right", active.color("text2"))
