"""Cells whose words take two lines."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QTextLayout, QTextOption

from retrovue.gui.tables.cells import CellDelegate
from retrovue.gui.tables.views import DataTable, DataTree, Index
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, font

_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_UTF16 = "utf-16-le"


def two_lines(said: str, used: QFont, width: int) -> list[str]:
    """A text broken between words after its first line; the second one ends in "…" where there is more."""
    layout = QTextLayout(said, used)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(width)
    layout.endLayout()
    # Qt counts in units of UTF-16, of which an emoji has two.
    units, length = said.encode(_UTF16), 2 * line.textLength()
    first, rest = units[:length].decode(_UTF16).rstrip(), units[length:].decode(_UTF16)
    if not rest:
        return [first]
    return [first, QFontMetrics(used).elidedText(rest, Qt.TextElideMode.ElideRight, width)]


class WrappedDelegate(CellDelegate):
    """The words of a cell in two lines, so that twice as many are read before the tooltip is needed."""

    def __init__(
        self, view: DataTable | DataTree, *, row_height: int, role: FontRole = FontRole.BODY, tone: str = "text"
    ) -> None:
        super().__init__(view, row_height=row_height)
        self._role = role
        self._tone = tone

    def paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Paint the lines, centered in the row."""
        used = font(self._role)
        painter.setFont(used)
        painter.setPen(tokens.of(self._view.palette()).color(self._tone))
        lines = two_lines(index.data(Qt.ItemDataRole.DisplayRole) or "", used, rect.width())
        height = painter.fontMetrics().height()
        top = rect.y() + (rect.height() - len(lines) * height) // 2
        for line in lines:
            painter.drawText(QRect(rect.x(), top, rect.width(), height), _LEFT, line)
            top += height
