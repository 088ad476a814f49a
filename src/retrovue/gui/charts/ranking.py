"""Lying bars, the longest first: people, titles, platforms. Or, without bars, a list: what was watched last."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPixmap
from PySide6.QtWidgets import QWidget

from retrovue.gui.charts.chart import Chart, Frame, series_color
from retrovue.gui.charts.data import ChartData, Mark
from retrovue.gui.theme.style import FontRole, font, paint_focus_ring

_GAP = 10.0
_LEAST_BAR = 72.0
"""What names leave to the longest bar; a name that is still too long has "…" in it and is whole in the tooltip and the
table."""
_BAR = 12.0
_HIGHEST_ROW = 30.0
_POSTER = QSize(14, 20)

DrawPoster = Callable[[Mark, QSize, float], QPixmap]
"""Gives the picture of a mark in a size and pixel ratio, or one that stands in for it. Never blocks."""


@dataclass(frozen=True)
class _Columns:
    name: QRectF
    bar: QRectF
    value: QRectF


class RankChart(Chart):
    """Rows of name, bar and value. With `draw_poster` there is a small poster before each name.

    Args:
        bars: False for a list of names and remarks.
    """

    def __init__(
        self,
        name: str,
        *,
        rows: int = 5,
        bars: bool = True,
        draw_poster: DrawPoster | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, parent)
        self._rows = rows
        self._bars = bars
        self._draw_poster = draw_poster

    def minimumSizeHint(self) -> QSize:
        """Every row at its least height."""
        least = QFontMetricsF(font(FontRole.BODY)).height() + 5
        if self._draw_poster is not None:
            least = max(least, _POSTER.height() + 2)
        return QSize(200, max(super().minimumSizeHint().height(), round(least * self._rows)))

    def places(self, data: ChartData, rect: QRectF) -> list[QRectF]:
        """A row over the whole width."""
        height = min(_HIGHEST_ROW, rect.height() / max(self._rows, len(data.marks)))
        return [QRectF(rect.x(), rect.y() + n * height, rect.width(), height) for n in range(len(data.marks))]

    def anchor(self, index: int, place: QRectF) -> QPointF:
        """At the end of the bar."""
        data = self.data
        if data is None:
            return super().anchor(index, place)
        columns = self._columns(data, place, QFontMetricsF(font(FontRole.BODY)))
        bar = columns.bar
        if not self._bars:
            return QPointF(columns.value.left(), place.center().y())
        return QPointF(bar.left() + bar.width() * _share(data, data.marks[index]), place.center().y())

    def paint_marks(self, frame: Frame, data: ChartData) -> None:
        """Paint every row."""
        for index, place in enumerate(self.places(data, frame.rect)):
            if index == frame.hot:
                frame.painter.setPen(Qt.PenStyle.NoPen)
                frame.painter.setBrush(frame.tokens.color("hover"))
                frame.painter.drawRoundedRect(place, 4, 4)
            self._paint_row(frame, data, index, place)
            if frame.has_ring and index == frame.hot:
                paint_focus_ring(frame.painter, place, frame.tokens.color("accent"), 4)

    def _indent(self) -> float:
        return _POSTER.width() + 5.0 if self._draw_poster is not None else 0.0

    def _columns(self, data: ChartData, place: QRectF, metrics: QFontMetricsF) -> _Columns:
        bold = QFontMetricsF(font(FontRole.STRONG))
        value = max(bold.horizontalAdvance(self._said(data, mark)) for mark in data.marks) + 2
        longest = max(metrics.horizontalAdvance(mark.label) for mark in data.marks) + 1
        room = place.width() - self._indent()
        beside = value + _GAP + (_LEAST_BAR + _GAP if self._bars else 0.0)
        name = min(longest, max(8.0, room - beside)) if self._bars else max(8.0, room - beside)
        left = place.x() + self._indent()
        bar = place.width() - self._indent() - name - value - 2 * _GAP
        return _Columns(
            QRectF(left, place.y(), name, place.height()),
            QRectF(left + name + _GAP, place.center().y() - _BAR / 2, max(8.0, bar), _BAR),
            QRectF(place.right() - value, place.y(), value, place.height()),
        )

    def _paint_row(self, frame: Frame, data: ChartData, index: int, place: QRectF) -> None:
        painter, mark = frame.painter, data.marks[index]
        body = font(FontRole.BODY)
        painter.setFont(body)
        metrics = QFontMetricsF(body, painter.device()) if painter.device() else QFontMetricsF(body)
        columns = self._columns(data, place, metrics)
        if self._draw_poster is not None:
            ratio = self.devicePixelRatioF()
            picture = self._draw_poster(mark, _POSTER, ratio)
            at = QPointF(place.x(), place.center().y() - _POSTER.height() / 2)
            painter.drawPixmap(QRectF(at, _POSTER.toSizeF()), picture, QRectF(picture.rect()))
        painter.setPen(frame.tokens.color("text"))
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        # The number of an episode stands at the end, and tells it from the others of its show.
        cut = Qt.TextElideMode.ElideMiddle if mark.label[-1:].isdigit() else Qt.TextElideMode.ElideRight
        name = metrics.elidedText(mark.label, cut, columns.name.width() + 0.5)
        painter.drawText(columns.name, int(middle | Qt.AlignmentFlag.AlignLeft), name)
        if self._bars:
            self._paint_bar(frame, data, index, columns.bar)
            painter.setFont(font(FontRole.STRONG))
            painter.setPen(frame.tokens.color("text"))
        else:
            painter.setPen(frame.tokens.color("text2"))
        painter.drawText(columns.value, int(middle | right), self._said(data, mark))

    def _said(self, data: ChartData, mark: Mark) -> str:
        return data.say(mark.total) if self._bars else mark.remark

    def _paint_bar(self, frame: Frame, data: ChartData, index: int, room: QRectF) -> None:
        mark = data.marks[index]
        single = len(data.series) == 1
        highest = max(each.total for each in data.marks)
        x = room.x()
        for n, value in enumerate(mark.values):
            if value <= 0:
                continue
            width = max(2.0, value / highest * room.width())
            is_last = not any(mark.values[n + 1 :])
            rect = QRectF(x, room.y(), width - (0 if is_last else 1), room.height())
            color = series_color(frame.tokens, data.series[n], single=single, is_peak=index == frame.hot)
            frame.painter.setPen(Qt.PenStyle.NoPen)
            frame.painter.setBrush(color)
            frame.painter.drawRoundedRect(rect, 1.5, 1.5)
            x += width


def _share(data: ChartData, mark: Mark) -> float:
    highest = max(each.total for each in data.marks)
    return mark.total / highest if highest else 0.0
