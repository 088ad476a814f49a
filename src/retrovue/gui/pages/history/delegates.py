"""How the cells of the history are painted."""

from typing import Protocol, runtime_checkable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPalette

from retrovue.gui.pages.history import words
from retrovue.gui.pages.history.columns import SHARE_ROLE, PlayRow
from retrovue.gui.pages.library.delegates import ValueDelegate
from retrovue.gui.pages.library.roles import MARK_ROLE
from retrovue.gui.tables.cells import CellDelegate
from retrovue.gui.tables.columns import ROW_ROLE
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, font

Index = QModelIndex | QPersistentModelIndex
CARET = 24
"""The room of a caret at the edge of the first column, px."""
_BAR = 52
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


@runtime_checkable
class FoldingRows(Protocol):
    """What these delegates ask of their view."""

    def unfolds(self, number: int) -> bool:
        """Whether a row is a sitting of several plays."""

    def is_unfolded(self, number: int) -> bool:
        """Whether the plays of a row are shown below it."""

    def is_link(self, index: Index) -> bool:
        """Whether the pointer is over the title of this row."""

    def isRightToLeft(self) -> bool:
        """The direction of writing."""

    def palette(self) -> QPalette:
        """Its colors."""


class StartedDelegate(ValueDelegate):
    """When; at its left the caret of a sitting of several plays."""

    def _paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        super()._paint_content(painter, rect, index)
        view = self._view
        if not isinstance(view, FoldingRows) or not view.unfolds(index.row()):
            return
        right_to_left = view.isRightToLeft()
        closed = "caret-left" if right_to_left else "caret-right"
        name = "caret-down" if view.is_unfolded(index.row()) else closed
        x = rect.right() - 11 if right_to_left else rect.left()
        place = QRect(x, rect.y() + (rect.height() - 12) // 2, 12, 12)
        icons.paint(painter, place, name, tokens.of(view.palette()).color("text2"))


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
        underlined.setUnderline(isinstance(self._view, FoldingRows) and self._view.is_link(index))
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
