"""Upright bars: over time, by hour, by weekday; stacked where there are several series."""

from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainterPath, QPen

from retrovue.gui.charts.chart import Chart, Frame, series_color, small_metrics
from retrovue.gui.charts.data import ChartData, labeled, ticks
from retrovue.gui.theme.style import FontRole, font, paint_focus_ring

_TOP = 7.0
_GUTTER = 10.0
_BAR_SHARE = 0.69
_WIDEST = 64.0
_LABEL_GAP = 10.0


@dataclass(frozen=True)
class Axes:
    """The plot, its ticks, and where values are in it. `top`: the value at its upper edge."""

    plot: QRectF
    ticks: list[float]
    top: float

    def y(self, value: float) -> float:
        """The height of a value in the plot."""
        return self.plot.bottom() - value / self.top * self.plot.height()


def axes_in(data: ChartData, rect: QRectF, metrics: QFontMetricsF, *, above: float = 0.0) -> Axes:
    """Room for the labels of both axes, which are measured and never cut.

    Args:
        above: pixels that stay free between the highest value and the top of the plot.
    """
    height = rect.height() - _TOP - metrics.height() - 6
    steps = max(1, min(4, int(height / (metrics.height() * 1.9))))
    highest = max((mark.total for mark in data.marks), default=0)
    found = ticks(highest, steps, whole=data.whole)
    top = max(found[-1], highest / (1 - above / height)) if above < height / 2 else found[-1]
    gutter = max(metrics.horizontalAdvance(data.say(tick)) for tick in found) + _GUTTER
    return Axes(QRectF(rect.x() + gutter, rect.y() + _TOP, rect.width() - gutter, height), found, top)


def paint_axes(frame: Frame, data: ChartData, axes: Axes, centers: list[float]) -> None:
    """Paint ticks with their lines, the base line, and as many labels of marks as have room."""
    painter, plot = frame.painter, axes.plot
    painter.setFont(font(FontRole.CAPTION))
    metrics = frame.small
    dotted = QPen(frame.tokens.color("border"), 1)
    dotted.setDashPattern([2, 3])
    for tick in axes.ticks:
        y = axes.y(tick)
        painter.setPen(dotted if tick else QPen(frame.tokens.color("button_border"), 1))
        painter.drawLine(QPointF(plot.left(), round(y) + 0.5), QPointF(plot.right(), round(y) + 0.5))
        painter.setPen(frame.tokens.color("text2"))
        at = QRectF(frame.rect.x(), y - metrics.height() / 2, plot.left() - frame.rect.x() - 6, metrics.height())
        painter.drawText(at, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), data.say(tick))
    widths = [metrics.horizontalAdvance(mark.label) + 1 for mark in data.marks]
    held = [
        min(max(center, frame.rect.left() + width / 2), frame.rect.right() - width / 2)
        for center, width in zip(centers, widths, strict=True)
    ]
    for index in labeled(held, widths, _LABEL_GAP):
        at = QRectF(held[index] - widths[index] / 2, plot.bottom() + 4, widths[index], metrics.height())
        painter.drawText(at, int(Qt.AlignmentFlag.AlignCenter), data.marks[index].label)


class BarChart(Chart):
    """Bars side by side; the peak of a lone series stands out and has its value."""

    def places(self, data: ChartData, rect: QRectF) -> list[QRectF]:
        """The whole height above each label, so that small bars are easily hit."""
        return _slots(bar_axes(data, rect, small_metrics()).plot, len(data.marks))

    def anchor(self, index: int, place: QRectF) -> QPointF:
        """Beside the bar, near its top."""
        data = self.data
        if data is None:
            return super().anchor(index, place)
        axes = bar_axes(data, QRectF(self.rect()), small_metrics())
        return QPointF(place.right(), max(place.top() + 24, axes.y(data.marks[index].total) + 16))

    def paint_marks(self, frame: Frame, data: ChartData) -> None:
        """Paint the axes and every bar."""
        axes = bar_axes(data, frame.rect, frame.small)
        slots = _slots(axes.plot, len(data.marks))
        if frame.hot is not None and frame.hot < len(slots):
            frame.painter.fillRect(slots[frame.hot], frame.tokens.color("hover"))
        paint_axes(frame, data, axes, [slot.center().x() for slot in slots])
        for index, slot in enumerate(slots):
            self._paint_bar(frame, data, axes, index, slot)
        if frame.has_ring and frame.hot is not None:
            paint_focus_ring(frame.painter, slots[frame.hot], frame.tokens.color("accent"), 3)

    def _paint_bar(self, frame: Frame, data: ChartData, axes: Axes, index: int, slot: QRectF) -> None:
        single = len(data.series) == 1
        is_peak = index == data.peak
        width = _bar_width(slot)
        left = slot.center().x() - width / 2
        below = 0.0
        parts = [n for n, value in enumerate(data.marks[index].values) if value > 0]
        for n in parts:
            value = data.marks[index].values[n]
            top, bottom = axes.y(below + value), axes.y(below)
            if n != parts[0]:
                # One pixel between parts, so that they are told apart without their colors.
                bottom -= 1
            rect = QRectF(left, top, width, max(1.0, bottom - top))
            color = series_color(frame.tokens, data.series[n], single=single, is_peak=is_peak or index == frame.hot)
            frame.painter.fillPath(_rounded_top(rect, 2.0 if n == parts[-1] else 0.0), color)
            below += value
        if single and is_peak:
            self._paint_peak(frame, data.say(data.marks[index].total), QRectF(left, axes.y(below), width, 0), axes)

    def _paint_peak(self, frame: Frame, said: str, bar: QRectF, axes: Axes) -> None:
        """The value in the top of the bar, or above it where it is wider or higher than the bar."""
        painter = frame.painter
        painter.setFont(_bold())
        at, is_inside = peak_place(said, bar, axes, QFontMetricsF(painter.fontMetrics()))
        painter.setPen(frame.tokens.color("on_accent" if is_inside else "text"))
        painter.drawText(at, int(Qt.AlignmentFlag.AlignCenter), said)


def bar_axes(data: ChartData, rect: QRectF, metrics: QFontMetricsF) -> Axes:
    """The axes of bars: with room above the peak of a lone series, where its value is wider than its bar."""
    axes = axes_in(data, rect, metrics)
    if len(data.series) > 1 or data.peak is None:
        return axes
    room = _bar_width(_slots(axes.plot, len(data.marks))[0])
    said = data.say(data.marks[data.peak].total)
    if QFontMetricsF(_bold()).horizontalAdvance(said) + 2 <= room:
        return axes
    return axes_in(data, rect, metrics, above=QFontMetricsF(_bold()).height() + 2 - _TOP)


def peak_place(said: str, bar: QRectF, axes: Axes, metrics: QFontMetricsF) -> tuple[QRectF, bool]:
    """Where the value of the highest bar is, and whether that is inside the bar."""
    width = metrics.horizontalAdvance(said) + 2
    is_inside = width <= bar.width() and axes.plot.bottom() - bar.y() >= metrics.height() + 6
    y = bar.y() + 2 if is_inside else bar.y() - metrics.height() - 1
    x = min(max(axes.plot.left(), bar.center().x() - width / 2), axes.plot.right() - width)
    return QRectF(x, y, width, metrics.height()), is_inside


def _bold() -> QFont:
    bold = font(FontRole.CAPTION)
    bold.setWeight(bold.Weight.DemiBold)
    return bold


def _bar_width(slot: QRectF) -> float:
    return max(1.0, min(_WIDEST, slot.width() * _BAR_SHARE, slot.width() - 1))


def _slots(plot: QRectF, number: int) -> list[QRectF]:
    edges = [plot.left() + plot.width() * n / max(1, number) for n in range(number + 1)]
    return [QRectF(left, plot.top(), right - left, plot.height()) for left, right in pairwise(edges)]


def _rounded_top(rect: QRectF, radius: float) -> QPainterPath:
    path = QPainterPath()
    radius = min(radius, rect.height(), rect.width() / 2)
    path.moveTo(rect.bottomLeft())
    path.lineTo(rect.left(), rect.top() + radius)
    path.quadTo(rect.topLeft(), QPointF(rect.left() + radius, rect.top()))
    path.lineTo(rect.right() - radius, rect.top())
    path.quadTo(rect.topRight(), QPointF(rect.right(), rect.top() + radius))
    path.lineTo(rect.bottomRight())
    path.closeSubpath()
    return path
