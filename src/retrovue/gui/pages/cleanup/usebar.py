"""How a disk is filled: one bar, a part for each library, what else is on it, and what is free."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from retrovue.gui.theme import tokens
from retrovue.gui.widgets.tips import plain_tip

_HEIGHT = 12
_RADIUS = 4
_GAP = 1.0
_HATCH = 5.0
_BASES = ("direct_play_chart", "direct_stream_chart", "transcode_chart")
_SHADES = (1.0, 0.62, 0.36)
MOST_COLORS = len(_BASES) * len(_SHADES)
"""So many parts can be told apart; the rest goes together."""
OTHER = -1
"""The number of what no library lists: hatched."""
NO_CAPACITY_BYTES = 0


@dataclass(frozen=True)
class BarPart:
    """A part of the bar.

    Attributes:
        number: place in the order of colours, or `OTHER`.
        words: for the tooltip and for those who listen.
    """

    number: int
    size_bytes: int
    words: str


def part_color(number: int, active: tokens.Tokens) -> QColor:
    """The fill of a part: three hues that also differ in lightness, then lighter shades of them."""
    if number == OTHER:
        return active.color("text3")
    hue = active.color(_BASES[number % len(_BASES)])
    return tokens.blend(hue, active.color("base"), _SHADES[number // len(_BASES) % len(_SHADES)])


class UseBar(QWidget):
    """Parts from left to right over a track, which is what is free. Never by colour alone: the legend has its order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: tuple[BarPart, ...] = ()
        self._total_bytes = NO_CAPACITY_BYTES
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def parts(self) -> tuple[BarPart, ...]:
        """What is shown."""
        return self._parts

    def set_parts(self, parts: Sequence[BarPart], total_bytes: int | None, words: str) -> None:
        """Show parts of a whole; `total_bytes` None: the parts are the whole. `words` says all of it."""
        self._parts = tuple(part for part in parts if part.size_bytes > 0)
        self._total_bytes = max(total_bytes or NO_CAPACITY_BYTES, sum(part.size_bytes for part in self._parts))
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        """A thin line."""
        return QSize(200, _HEIGHT)

    def event(self, event: QEvent) -> bool:
        """The part under the pointer has its words in the tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = next((part for part, place in self._places() if place.contains(QPointF(event.pos()))), None)
            QToolTip.showText(event.globalPos(), "" if found is None else plain_tip(found.words), self)
            return True
        return super().event(event)

    def _places(self) -> list[tuple[BarPart, QRectF]]:
        if not self._total_bytes:
            return []
        x, found = 0.0, []
        for part in self._parts:
            width = max(2.0, self.width() * part.size_bytes / self._total_bytes)
            found.append((part, QRectF(x, 0, width, self.height())))
            x += width
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the track and the parts, with a gap of one pixel between them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), _RADIUS, _RADIUS)
        painter.fillPath(outline, active.color("track"))
        painter.setClipPath(outline)
        for part, place in self._places():
            inner = place.adjusted(0, 0, -_GAP if place.width() > 2 * _GAP else 0, 0)
            if part.number == OTHER:
                _hatch(painter, inner, active)
            else:
                painter.fillRect(inner, part_color(part.number, active))


def _hatch(painter: QPainter, place: QRectF, active: tokens.Tokens) -> None:
    painter.save()
    painter.setClipRect(place, Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(active.color("text3"), 1.2))
    x = place.left() - place.height()
    while x < place.right():
        painter.drawLine(QPointF(x, place.bottom()), QPointF(x + place.height(), place.top()))
        x += _HATCH
    painter.restore()


class Swatch(QWidget):
    """The colour of a part before its name."""

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = number
        self.setFixedSize(10, 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it as the bar does."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), 2, 2)
        if self._number == OTHER:
            painter.fillPath(outline, active.color("track"))
            painter.setClipPath(outline)
            _hatch(painter, QRectF(self.rect()), active)
        else:
            painter.fillPath(outline, part_color(self._number, active))
