"""A code that waits to be confirmed elsewhere: its letters, large, how long it is good, and that it is waited for."""

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, fixed_font
from retrovue.gui.widgets.busy import BusyIcon
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.labels import label

_TILES = 8
"""Longer codes are on one plate: they are never typed."""
_TILE = QSize(60, 72)
_GAP = 10
_WIDTH = 270
_TICK_MS = 500


class CodeTiles(QWidget):
    """A letter a tile, in the fixed font."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._code = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def code(self) -> str:
        """What is shown."""
        return self._code

    def set_code(self, code: str) -> None:
        """Show another code. It is spelled for those who hear it."""
        self._code = code
        self.setAccessibleName(_("Code: {letters}").format(letters=" ".join(code)))
        self.updateGeometry()
        self.update()

    @property
    def _is_long(self) -> bool:
        return len(self._code) > _TILES

    def _tile_width(self) -> int:
        # Eight letters must not be wider than the page.
        return _TILE.width() if len(self._code) <= 6 else 46

    def sizeHint(self) -> QSize:
        """All tiles side by side; a long code on one plate."""
        if self._is_long:
            self.setFont(fixed_font(FontRole.CARD_TITLE))
            return QSize(self.fontMetrics().horizontalAdvance(self._code) + 40, 48)
        n = max(1, len(self._code))
        return QSize(n * self._tile_width() + (n - 1) * _GAP, _TILE.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the plates and letters."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        painter.setFont(fixed_font(FontRole.CARD_TITLE if self._is_long else FontRole.CODE))
        if self._is_long:
            parts = [(self.rect(), self._code)]
        else:
            step = self._tile_width() + _GAP
            parts = [
                (QRect(place * step, 0, self._tile_width(), _TILE.height()), letter)
                for place, letter in enumerate(self._code)
            ]
        for rect, text in parts:
            painter.setPen(QPen(active.color("control"), 1))
            painter.setBrush(active.color("base"))
            painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
            painter.setPen(active.color("text"))
            painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), text)


class Countdown(QWidget):
    """How long something is good for: a bar that shrinks, and minutes and seconds."""

    def __init__(self, now: Callable[[], float], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._ends_at = self._lasts_s = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._show)
        self.setFixedWidth(_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.addWidget(label(_("Code is valid for"), FontRole.SMALL, tone="text2"), 1)
        self._left = label("", FontRole.HEADER)
        row.addWidget(self._left)
        column.addLayout(row)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setProperty("thin", "true")
        self._bar.setRange(0, 1000)
        self._bar.setAccessibleName(_("Code is valid for"))
        column.addWidget(self._bar)

    @property
    def text(self) -> str:
        """The time left, "4:31"."""
        return self._left.text()

    def start(self, ends_at: float, *, lasts_s: float | None = None) -> None:
        """Count down to an instant in epoch seconds; the bar is full at `lasts_s` before it (None: now)."""
        self._ends_at = ends_at
        self._lasts_s = max(1.0, ends_at - self._now() if lasts_s is None else lasts_s)
        self._timer.start()
        self._show()

    def stop(self) -> None:
        """Stand still."""
        self._timer.stop()

    @Slot()
    def _show(self) -> None:
        left_s = max(0.0, self._ends_at - self._now())
        minutes, seconds = divmod(int(left_s), 60)
        self._left.setText(f"{minutes}:{seconds:02}")
        self._bar.setValue(round(1000 * left_s / self._lasts_s))
        if left_s <= 0:
            self._timer.stop()


class CodeView(QWidget):
    """The code, its time, buttons, and the line that says what is waited for."""

    def __init__(
        self, now: Callable[[], float], buttons: list[Button], stop: Button, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.tiles = CodeTiles()
        self.countdown = Countdown(now)
        self._waiting = label("", tone="text2", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(0)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(self.tiles, 0, centre)
        column.addSpacing(20)
        column.addWidget(self.countdown, 0, centre)
        column.addSpacing(24)
        if buttons:
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addStretch(1)
            for button in buttons:
                row.addWidget(button)
            row.addStretch(1)
            column.addLayout(row)
            column.addSpacing(20)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addStretch(1)
        below.addWidget(BusyIcon("circle-notch"))
        below.addWidget(self._waiting)
        below.addStretch(1)
        column.addLayout(below)
        column.addSpacing(6)
        column.addWidget(stop, 0, centre)

    def show_code(self, code: str, ends_at: float, waiting: str) -> None:
        """Show a code that is good until `ends_at` (epoch seconds)."""
        self.tiles.set_code(code)
        self.countdown.start(ends_at)
        self._waiting.setText(waiting)
        self._waiting.setMinimumWidth(min(390, self._waiting.fontMetrics().horizontalAdvance(waiting) + 4))
