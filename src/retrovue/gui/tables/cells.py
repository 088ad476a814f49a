"""Cells that are more than text: states, server kinds, pairs of paths."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from retrovue.gui.tables.views import ROW_PAIR, DataTable, DataTree, Index, RowDelegate
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, at_least, fixed_font, font
from retrovue.gui.widgets.states import StateLook, paint_kind_tile

LOOK_ROLE = int(Qt.ItemDataRole.UserRole) + 100
"""A `StateLook`, or None."""
REASON_ROLE = LOOK_ROLE + 1
"""A second, smaller line below a state."""
KINDS_ROLE = LOOK_ROLE + 2
"""A tuple of server kinds ("plex", "emby", "jellyfin"), shown as letter tiles before the text."""
PAIR_ROLE = LOOK_ROLE + 3
"""A `PathPair`."""

_VCENTRE_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_PAD = 10


@dataclass(frozen=True)
class PathPair:
    """A path on the server and what it becomes here.

    `server_prefix` and `local_prefix` are the parts that the rule replaced, shown in the accent colour;
    both are empty when no rule applies, and then `local_path` holds the sentence that says so.
    """

    server_path: str
    local_path: str
    server_prefix: str = ""
    local_prefix: str = ""


class CellDelegate(RowDelegate):
    """Paints the background as Qt does and leaves the content to its subclass."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint background, then content."""
        filled = QStyleOptionViewItem(option)
        self.initStyleOption(filled, index)
        filled.text = ""
        widget: QWidget = self._view
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, filled, painter, widget)
        painter.save()
        rect: QRect = option.rect
        self.paint_content(painter, rect.adjusted(_PAD, 0, -_PAD, 0), index)
        painter.restore()

    def paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Paint what is in the cell."""
        raise NotImplementedError


class StateDelegate(CellDelegate):
    """Icon and word of `LOOK_ROLE`; the display text replaces the word; `REASON_ROLE` goes below."""

    def paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Paint icon, word and reason."""
        look = index.data(LOOK_ROLE)
        text = index.data(Qt.ItemDataRole.DisplayRole) or ""
        active = tokens.of(self._view.palette())
        if not isinstance(look, StateLook):
            painter.setPen(active.color("text3"))
            painter.drawText(rect, _VCENTRE_LEFT, text or "–")
            return
        reason = index.data(REASON_ROLE) or ""
        line = painter.fontMetrics().height() + 2
        first = QRect(rect.x(), rect.y(), rect.width(), rect.height())
        if reason:
            first = QRect(rect.x(), rect.center().y() - line, rect.width(), line)
            second = QRect(rect.x(), rect.center().y() + 1, rect.width(), line)
            painter.setFont(font(FontRole.SMALL))
            painter.setPen(active.color("text2"))
            shown = painter.fontMetrics().elidedText(reason, Qt.TextElideMode.ElideRight, second.width())
            painter.drawText(second, _VCENTRE_LEFT, shown)
            painter.setFont(self._view.font())
        ink = active.color(look.tone)
        place = QRect(first.x(), first.y() + (first.height() - 14) // 2, 14, 14)
        icons.paint(painter, place, look.icon, ink)
        painter.setPen(ink)
        room = first.adjusted(20, 0, 0, 0)
        shown = painter.fontMetrics().elidedText(text or look.word, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, _VCENTRE_LEFT, shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Room for icon and word."""
        look = index.data(LOOK_ROLE)
        text = index.data(Qt.ItemDataRole.DisplayRole) or (look.word if isinstance(look, StateLook) else "")
        width = self._view.fontMetrics().horizontalAdvance(text) + 20 + 2 * _PAD
        return QSize(width, at_least(self._row_height, self._view.fontMetrics()))


class KindsDelegate(CellDelegate):
    """Letter tiles of `KINDS_ROLE`, then the display text."""

    def paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Paint tiles and text."""
        active = tokens.of(self._view.palette())
        x = rect.x()
        for kind in index.data(KINDS_ROLE) or ():
            paint_kind_tile(painter, QRect(x, rect.center().y() - 6, 14, 14), kind, active)
            x += 18
        room = QRect(x + (2 if x > rect.x() else 0), rect.y(), rect.right() - x - 1, rect.height())
        text = index.data(Qt.ItemDataRole.DisplayRole) or ""
        painter.setPen(active.color("text"))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, _VCENTRE_LEFT, shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Room for tiles and text."""
        kinds = index.data(KINDS_ROLE) or ()
        text = index.data(Qt.ItemDataRole.DisplayRole) or ""
        width = 18 * len(kinds) + self._view.fontMetrics().horizontalAdvance(text) + 2 + 2 * _PAD
        return QSize(width, at_least(self._row_height, self._view.fontMetrics()))


def paint_path(painter: QPainter, rect: QRect, path: str, prefix: str, *, tone: str, accent: str) -> None:
    """Paint a path whose mapped prefix stands out; the remainder elides in the middle.

    Args:
        painter: with the font to use.
        rect: one line.
        path: the whole path.
        prefix: the start of `path` that was mapped; empty for none.
        tone: colour of the remainder, "#RRGGBB".
        accent: colour of the prefix, "#RRGGBB".
    """
    metrics = painter.fontMetrics()
    kept = prefix if prefix and path.startswith(prefix) else ""
    used = metrics.horizontalAdvance(kept)
    painter.setPen(accent)
    if used > rect.width():
        whole = metrics.elidedText(path, Qt.TextElideMode.ElideMiddle, rect.width())
        painter.drawText(rect, _VCENTRE_LEFT, whole)
        return
    painter.drawText(rect, _VCENTRE_LEFT, kept)
    painter.setPen(tone)
    room = rect.adjusted(used, 0, 0, 0)
    rest = metrics.elidedText(path[len(kept) :], Qt.TextElideMode.ElideMiddle, room.width())
    painter.drawText(room, _VCENTRE_LEFT, rest)


class PathPairDelegate(CellDelegate):
    """The server path above, the local path below, in the fixed font."""

    def __init__(self, view: DataTable | DataTree, *, row_height: int = ROW_PAIR) -> None:
        super().__init__(view, row_height=row_height)

    def paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Paint both paths."""
        pair = index.data(PAIR_ROLE)
        if not isinstance(pair, PathPair):
            return
        active = tokens.of(self._view.palette())
        painter.setFont(fixed_font(FontRole.SMALL))
        height = painter.fontMetrics().height() + 1
        upper = QRect(rect.x(), rect.center().y() - height, rect.width(), height)
        lower = QRect(rect.x(), rect.center().y() + 1, rect.width(), height)
        accent = active.color("accent").name()
        paint_path(
            painter,
            upper,
            pair.server_path,
            pair.server_prefix,
            tone=active.color("text2").name(),
            accent=accent,
        )
        paint_path(painter, lower, pair.local_path, pair.local_prefix, tone=active.color("text").name(), accent=accent)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Two lines."""
        return QSize(200, max(self._row_height, 2 * self._view.fontMetrics().height() + 8))
