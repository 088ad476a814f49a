"""A line with a filled area: the growth of libraries, the streams at once."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from retrovue.gui.charts.bars import Axes, axes_in, paint_axes
from retrovue.gui.charts.chart import Chart, Frame, small_metrics
from retrovue.gui.charts.data import ChartData
from retrovue.gui.theme.style import FontRole, font

_DOT = 3.0


class LineChart(Chart):
    """One series as a line; `stepped` where a value stands until the next, as most streams of a day do.

    Args:
        shows_peak: write the highest value beside its point.
    """

    def __init__(
        self, name: str, *, stepped: bool = False, shows_peak: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(name, parent)
        self._stepped = stepped
        self._shows_peak = shows_peak

    def _axes(self, data: ChartData, rect: QRectF, metrics: QFontMetricsF) -> Axes:
        """With room for the words of the peak above it, where the line never is."""
        return axes_in(data, rect, metrics, above=metrics.height() + _DOT + 1 if self._shows_peak else 0.0)

    def places(self, data: ChartData, rect: QRectF) -> list[QRectF]:
        """A slice of the plot for each point."""
        plot = self._axes(data, rect, small_metrics()).plot
        width = plot.width() / max(1, len(data.marks))
        return [QRectF(plot.left() + n * width, plot.top(), width, plot.height()) for n in range(len(data.marks))]

    def anchor(self, index: int, place: QRectF) -> QPointF:
        """Beside the point."""
        data = self.data
        if data is None:
            return super().anchor(index, place)
        axes = self._axes(data, QRectF(self.rect()), small_metrics())
        return QPointF(place.center().x() + _DOT, axes.y(data.marks[index].total))

    def paint_marks(self, frame: Frame, data: ChartData) -> None:
        """Paint axes, area, line, and the point that is looked at."""
        axes = self._axes(data, frame.rect, frame.small)
        width = axes.plot.width() / len(data.marks)
        centers = [axes.plot.left() + (n + 0.5) * width for n in range(len(data.marks))]
        paint_axes(frame, data, axes, centers)
        painter = frame.painter
        points = self._points(data, axes, centers, width)
        area = QPolygonF([QPointF(points[0].x(), axes.plot.bottom()), *points])
        area.append(QPointF(points[-1].x(), axes.plot.bottom()))
        filled = QPainterPath()
        filled.addPolygon(area)
        painter.fillPath(filled, frame.tokens.color("selection"))
        pen = QPen(frame.tokens.color("accent"), 1.6)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin if self._stepped else Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        peak = data.peak
        if frame.hot is not None:
            self._paint_hot(frame, QPointF(centers[frame.hot], axes.y(data.marks[frame.hot].total)), axes)
        elif self._shows_peak and peak is not None:
            self._paint_peak(frame, data, QPointF(centers[peak], axes.y(data.marks[peak].total)), axes)

    def _points(self, data: ChartData, axes: Axes, centers: list[float], width: float) -> list[QPointF]:
        if not self._stepped:
            if len(centers) == 1:
                y = axes.y(data.marks[0].total)
                return [QPointF(axes.plot.left(), y), QPointF(axes.plot.right(), y)]
            return [QPointF(x, axes.y(mark.total)) for x, mark in zip(centers, data.marks, strict=True)]
        points = []
        for x, mark in zip(centers, data.marks, strict=True):
            y = axes.y(mark.total)
            points += [QPointF(x - width / 2, y), QPointF(x + width / 2, y)]
        return points

    def _paint_hot(self, frame: Frame, point: QPointF, axes: Axes) -> None:
        painter = frame.painter
        painter.setPen(QPen(frame.tokens.color("control"), 1))
        painter.drawLine(QPointF(point.x(), axes.plot.top()), QPointF(point.x(), axes.plot.bottom()))
        painter.setPen(QPen(frame.tokens.color("base"), 1.5))
        painter.setBrush(frame.tokens.color("accent"))
        radius = _DOT + (2 if frame.has_ring else 1)
        painter.drawEllipse(point, radius, radius)

    def _paint_peak(self, frame: Frame, data: ChartData, point: QPointF, axes: Axes) -> None:
        """A dot, and above it the value and its day: nothing of the line is higher than its peak."""
        painter, mark = frame.painter, data.marks[data.peak or 0]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(frame.tokens.color("accent"))
        painter.drawEllipse(point, _DOT, _DOT)
        bold = font(FontRole.CAPTION)
        bold.setWeight(bold.Weight.DemiBold)
        painter.setFont(bold)
        said = f"{data.say(mark.total)} · {mark.full_name}"
        metrics = painter.fontMetrics()
        width, height = metrics.horizontalAdvance(said) + 8, metrics.height()
        if width > axes.plot.width():
            return
        x = min(max(axes.plot.left(), point.x() - width / 2), axes.plot.right() - width)
        plate = QRectF(x, max(frame.rect.top(), point.y() - _DOT - 1 - height), width, height)
        # The lines of the axis may pass behind the words.
        painter.setBrush(frame.tokens.color("base"))
        painter.drawRoundedRect(plate, 3, 3)
        painter.setPen(frame.tokens.color("text"))
        painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), said)
