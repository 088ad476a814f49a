"""A year as a sheet of days, darker where more was played."""

from dataclasses import dataclass
from datetime import date, timedelta

from PySide6.QtCore import QLocale, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF

from retrovue.core.i18n import _
from retrovue.gui.charts.chart import Chart, Frame, small_metrics
from retrovue.gui.charts.data import ChartData
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import paint_focus_ring
from retrovue.gui.theme.tokens import Tokens

_LARGEST_CELL = 18.0
_STEPS = (0.28, 0.52, 0.76, 1.0)
"""Shares of the accent, from few plays to the most."""


def first_weekday() -> int:
    """The day that weeks begin with where the person lives: 1 is Monday, 7 is Sunday."""
    return int(QLocale().firstDayOfWeek().value)


def shade(value: float, highest: float) -> int:
    """Which fill a day has: 0 for none, 1 to 4 by quarters of the highest day."""
    if value <= 0 or highest <= 0:
        return 0
    return min(len(_STEPS), 1 + int(value / highest * len(_STEPS) - 1e-9))


def shades(active: Tokens) -> list[QColor]:
    """The fills of `shade`, in order."""
    accent, base = active.color("accent"), active.color("base")
    return [active.color("hover"), *(tokens.blend(accent, base, share) for share in _STEPS)]


@dataclass(frozen=True)
class _Sheet:
    """Where the days are."""

    left: float
    top: float
    cell: float
    first: date
    week_begins: int

    def column(self, day: date) -> int:
        """The week of a day, from 0."""
        before = (self.first.isoweekday() - self.week_begins) % 7
        return ((day - self.first).days + before) // 7

    def place(self, day: date) -> QRectF:
        """The square of a day, with the gap around it."""
        row = (day.isoweekday() - self.week_begins) % 7
        return QRectF(self.left + self.column(day) * self.cell, self.top + row * self.cell, self.cell, self.cell)


class CalendarChart(Chart):
    """Marks have a `date` as key, one for each day of a year, in order."""

    def minimumSizeHint(self) -> QSize:
        """Seven rows, the months above and the steps below."""
        height = small_metrics().height()
        return QSize(420, round(2 * height + 7 * 11 + 16))

    def places(self, data: ChartData, rect: QRectF) -> list[QRectF]:
        """The square of each day."""
        sheet = self._sheet(data, rect, small_metrics())
        return [sheet.place(_day(mark.key)) for mark in data.marks]

    def neighbor(self, index: int, key: Qt.Key) -> int:
        """Up and down by days, left and right by weeks."""
        steps = {Qt.Key.Key_Left: -7, Qt.Key.Key_Right: 7, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        return index + steps[key]

    def paint_marks(self, frame: Frame, data: ChartData) -> None:
        """Paint months, weekdays, days and the meaning of the steps."""
        metrics = frame.small
        sheet = self._sheet(data, frame.rect, metrics)
        fills = shades(frame.tokens)
        highest = max(mark.total for mark in data.marks)
        painter = frame.painter
        for index, mark in enumerate(data.marks):
            square = sheet.place(_day(mark.key)).adjusted(1, 1, -1, -1)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fills[shade(mark.total, highest)])
            painter.drawRoundedRect(square, 2, 2)
            if index == frame.hot:
                paint_focus_ring(painter, square.adjusted(-2, -2, 2, 2), frame.tokens.color("text"), 3)
        painter.setPen(frame.tokens.color("text2"))
        self._paint_months(frame, data, sheet, metrics)
        self._paint_weekdays(frame, sheet, metrics)
        self._paint_steps(frame, data, sheet, metrics)

    def _sheet(self, data: ChartData, rect: QRectF, metrics: QFontMetricsF) -> _Sheet:
        first, begins = _day(data.marks[0].key), first_weekday()
        gutter = max(metrics.horizontalAdvance(_weekday(n)) for n in range(1, 8)) + 8
        probe = _Sheet(0, 0, 1, first, begins)
        weeks = probe.column(_day(data.marks[-1].key)) + 1
        height = rect.height() - 2 * (metrics.height() + 6)
        cell = max(4.0, min(_LARGEST_CELL, (rect.width() - gutter) / weeks, height / 7))
        spare = max(0.0, rect.width() - gutter - weeks * cell)
        return _Sheet(rect.x() + gutter + spare / 2, rect.y() + metrics.height() + 4, cell, first, begins)

    def _paint_months(self, frame: Frame, data: ChartData, sheet: _Sheet, metrics: QFontMetricsF) -> None:
        free_from = 0.0
        for mark in data.marks:
            day = _day(mark.key)
            if day.day != 1:
                continue
            said = QLocale().standaloneMonthName(day.month, QLocale.FormatType.ShortFormat)
            # The week in which a month begins is the last one of the month before; its first whole one is the next.
            x = sheet.left + (sheet.column(day) + (day.isoweekday() != sheet.week_begins)) * sheet.cell
            if x < free_from or x + metrics.horizontalAdvance(said) > frame.rect.right():
                continue
            frame.painter.drawText(QPointF(x + 1, sheet.top - 4 - metrics.descent()), said)
            free_from = x + metrics.horizontalAdvance(said) + 6

    def _paint_weekdays(self, frame: Frame, sheet: _Sheet, metrics: QFontMetricsF) -> None:
        every = 1 if metrics.height() <= sheet.cell else 2
        for row in range(0, 7, every):
            number = (sheet.week_begins - 1 + row) % 7 + 1
            at = QRectF(frame.rect.x(), sheet.top + row * sheet.cell, sheet.left - frame.rect.x() - 6, sheet.cell)
            # Cells are lower than letters: the text may stand out of its row at both sides.
            at.adjust(0, -4, 0, 4)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            frame.painter.drawText(at, int(right), _weekday(number))

    def _paint_steps(self, frame: Frame, data: ChartData, sheet: _Sheet, metrics: QFontMetricsF) -> None:
        painter, fills = frame.painter, shades(frame.tokens)
        less, more = _("Less"), _("More")
        side = min(12.0, sheet.cell)
        width = metrics.horizontalAdvance(less) + metrics.horizontalAdvance(more) + len(fills) * (side + 2) + 12
        x = sheet.left + sheet.column(_day(data.marks[-1].key)) * sheet.cell + sheet.cell - width
        y = sheet.top + 7 * sheet.cell + 6
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(frame.tokens.color("text2"))
        painter.drawText(QRectF(x, y, metrics.horizontalAdvance(less) + 2, metrics.height()), int(left), less)
        x += metrics.horizontalAdvance(less) + 6
        for fill in fills:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawRoundedRect(QRectF(x, y + (metrics.height() - side) / 2, side, side), 2, 2)
            x += side + 2
        painter.setPen(frame.tokens.color("text2"))
        painter.drawText(QRectF(x + 4, y, metrics.horizontalAdvance(more) + 2, metrics.height()), int(left), more)


def _weekday(number: int) -> str:
    return QLocale().standaloneDayName(number, QLocale.FormatType.ShortFormat)


def _day(key: object) -> date:
    if not isinstance(key, date):
        raise TypeError("a mark of a calendar has a date as its key")
    return key


def days_of(year: int) -> list[date]:
    """Every day of a year, in order."""
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
