"""The position bar of a session: a thin bar with a needle over the scale of a tuner, a tick each ten minutes."""

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from retrovue.gui.pages.activity.words import clock
from retrovue.gui.theme import tokens

_BAR_TOP, _BAR = 4, 4
_NEEDLE_WIDTH, _NEEDLE_HEIGHT = 3, 11
_HEIGHT = 18
_TICK_MS, _LONG_TICK_MS = 600_000, 1_800_000
_CLOSEST_TICKS = 5


class TunerBar(QWidget):
    """Shows a position in a length. It moves when it is told a new position, never by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._position_ms: int | None = None
        self._duration_ms: int | None = None
        self._is_playing = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def share(self) -> float:
        """How far it is, from 0 to 1; 0 when that is not known."""
        if not self._duration_ms or self._position_ms is None:
            return 0.0
        return min(max(self._position_ms / self._duration_ms, 0.0), 1.0)

    def show_position(self, position_ms: int | None, duration_ms: int | None, *, is_playing: bool) -> None:
        """Show where it is; a paused one loses its colour."""
        shown = (position_ms, duration_ms, is_playing)
        if shown == (self._position_ms, self._duration_ms, self._is_playing):
            return
        self._position_ms, self._duration_ms, self._is_playing = shown
        self.setAccessibleName(f"{clock(position_ms)} / {clock(duration_ms)}")
        self.update()

    def sizeHint(self) -> QSize:
        """Bar, needle and ticks."""
        return QSize(200, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Narrow if it must be."""
        return QSize(60, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint track, what is past, ticks and needle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        ink = active.color("accent" if self._is_playing else "text3")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(active.color("track"))
        painter.drawRoundedRect(QRectF(0, _BAR_TOP, self.width(), _BAR), 2, 2)
        self._paint_ticks(painter, active)
        if not self._duration_ms or self._position_ms is None:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        end = self.share * self.width()
        painter.drawRoundedRect(QRectF(0, _BAR_TOP, end, _BAR), 2, 2)
        left = min(max(end - _NEEDLE_WIDTH / 2, 0), self.width() - _NEEDLE_WIDTH)
        top = _BAR_TOP + _BAR / 2 - _NEEDLE_HEIGHT / 2
        # A gap in the colour of the card sets the needle apart from the bar.
        painter.setBrush(active.color("base"))
        painter.drawRect(QRectF(left - 1, top, _NEEDLE_WIDTH + 2, _NEEDLE_HEIGHT))
        painter.setBrush(ink)
        painter.drawRoundedRect(QRectF(left, top, _NEEDLE_WIDTH, _NEEDLE_HEIGHT), 1, 1)

    def _paint_ticks(self, painter: QPainter, active: tokens.Tokens) -> None:
        duration_ms = self._duration_ms
        if not duration_ms:
            return
        step_ms = _TICK_MS
        while self.width() * step_ms / duration_ms < _CLOSEST_TICKS:
            step_ms *= 3
        painter.setPen(QPen(active.color("control"), 1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        top = _BAR_TOP + _BAR + 3
        for at_ms in range(step_ms, duration_ms, step_ms):
            x = round(at_ms / duration_ms * self.width())
            long = at_ms % _LONG_TICK_MS == 0
            painter.drawLine(QLineF(x, top, x, top + (4 if long else 2)))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
