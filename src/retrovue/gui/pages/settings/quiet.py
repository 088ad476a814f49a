"""Quiet hours: a switch, two times, and a bar of the day that shows them with the present moment."""

from collections.abc import Callable
from datetime import datetime, time

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, QTime, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.widgets.checks import WrappedCheckBox
from retrovue.gui.widgets.fields import TimeEdit
from retrovue.gui.widgets.labels import label

_FIRST = (time(22, 30), time(7, 0))
_DAY_MINUTES = 24 * 60
_TICKS = (0, 6, 12, 18, 24)


def hours_of(text: str) -> tuple[time, time] | None:
    """The two times of the setting ("22:30-07:00"); None without quiet hours."""
    start, dash, end = text.partition("-")
    return (time.fromisoformat(start), time.fromisoformat(end)) if dash else None


class DayBar(QWidget):
    """The day from midnight to midnight, its quiet part filled, with a mark at the present moment."""

    def __init__(self, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._hours: tuple[time, time] | None = None
        self.setFont(font(FontRole.CAPTION))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_hours(self, hours: tuple[time, time] | None) -> None:
        """Fill this part of the day."""
        self._hours = hours
        self.update()

    def spans(self) -> list[tuple[int, int]]:
        """The quiet parts in minutes since midnight; hours across midnight are two parts."""
        if self._hours is None:
            return []
        start, end = (moment.hour * 60 + moment.minute for moment in self._hours)
        if start < end:
            return [(start, end)]
        return [(0, end), (start, _DAY_MINUTES)]

    def sizeHint(self) -> QSize:
        """The bar, ticks and their words."""
        return QSize(200, 14 + 8 + self.fontMetrics().height() + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint track, parts, ticks and the moment."""
        painter = QPainter(self)
        active = tokens.of(self.palette())
        track = QRectF(1, 6, self.width() - 2, 12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(active.color("track"))
        painter.drawRect(track)
        painter.setBrush(active.color("accent" if self.isEnabled() else "control"))
        for start, end in self.spans():
            left, right = (track.left() + track.width() * part / _DAY_MINUTES for part in (start, end))
            painter.drawRect(QRectF(left, track.top(), right - left, track.height()))
        painter.setPen(active.color("text2"))
        for hour in _TICKS:
            x = track.left() + track.width() * hour / 24
            words = f"{hour % 24:02}:00"
            width = painter.fontMetrics().horizontalAdvance(words)
            left = min(max(x - width / 2, 0), self.width() - width)
            painter.drawLine(int(min(x, track.right())), 20, int(min(x, track.right())), 23)
            painter.drawText(int(left), 24 + painter.fontMetrics().ascent(), words)
        now = self._now()
        x = track.left() + track.width() * (now.hour * 60 + now.minute) / _DAY_MINUTES
        painter.fillRect(QRectF(x - 1, 2, 2, 20), active.color("text"))


class QuietHours(QWidget):
    """The editor; `edited` brings the setting's text, empty for none."""

    edited = Signal(str)

    def __init__(self, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = WrappedCheckBox(_("No notifications during these hours"))
        self.start, self.end = TimeEdit(name=_("Quiet from")), TimeEdit(name=_("Quiet until"))
        self.bar = DayBar(now)
        for edit in (self.start, self.end):
            edit.setDisplayFormat("HH:mm")
            edit.setFixedWidth(96)
            edit.setKeyboardTracking(False)
            edit.timeChanged.connect(self._on_edited)
        self.box.toggled.connect(self._on_toggled)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.start)
        row.addWidget(label(_("to")))
        row.addWidget(self.end)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.box)
        column.addLayout(row)
        column.addWidget(self.bar)
        self.show_hours("")

    def text(self) -> str:
        """The setting as it is shown."""
        if not self.box.isChecked():
            return ""
        return f"{self.start.time().toString('HH:mm')}-{self.end.time().toString('HH:mm')}"

    def show_hours(self, text: str) -> None:
        """Show the setting without saying that it changed."""
        hours = hours_of(text)
        with QSignalBlocker(self.box):
            self.box.setChecked(hours is not None)
        if hours is not None or not self.start.property("set"):
            for edit, moment in zip((self.start, self.end), hours or _FIRST, strict=True):
                edit.setProperty("set", True)
                with QSignalBlocker(edit):
                    edit.setTime(QTime(moment.hour, moment.minute))
        self._show()

    def _show(self) -> None:
        is_on = self.box.isChecked()
        for widget in (self.start, self.end, self.bar):
            widget.setEnabled(is_on)
        self.bar.set_hours(hours_of(self.text()))

    @Slot()
    def _on_toggled(self) -> None:
        self._show()
        self.edited.emit(self.text())

    @Slot()
    def _on_edited(self) -> None:
        self._show()
        if self.box.isChecked():
            self.edited.emit(self.text())
