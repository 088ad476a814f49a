"""The tooltip of a chart: the name of a mark and the value of each series."""

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from retrovue.core.i18n import _
from retrovue.gui.charts.data import ChartData, Mark
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, font

_MARGIN = 10
_SWATCH = 9
_GAP = 12
_AWAY = 10
_SPARE = 6
"""Painted text can be a little wider than measured, and would be elided."""


class ChartTip(QWidget):
    """A plate over the window, beside a mark. It lets the pointer through. Thread: GUI.

    A widget of the window instead of a window of its own: it opens without the delay of a tooltip, stays while the
    arrow keys move, and no desktop puts it elsewhere.
    """

    def __init__(self, chart: QWidget) -> None:
        # A child of the chart until it is shown, so that it goes with the chart.
        super().__init__(chart)
        self._data: ChartData | None = None
        self._mark: Mark | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        chart.destroyed.connect(self.deleteLater)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """(name, value) of each line below the head."""
        if self._data is None or self._mark is None:
            return []
        say = self._data.say
        if len(self._data.series) == 1:
            return [(self._data.series[0].name, say(self._mark.values[0]))]
        pairs = zip(self._data.series, self._mark.values, strict=True)
        return [*((series.name, say(value)) for series, value in pairs), (_("Total"), say(self._mark.total))]

    @property
    def title(self) -> str:
        """The head."""
        return self._mark.full_name if self._mark is not None else ""

    def show_mark(self, data: ChartData, index: int, anchor: QPointF, chart: QWidget) -> None:
        """Show the values of a mark beside `anchor`, a point of `chart`; always inside the window."""
        self._data, self._mark = data, data.marks[index]
        window = chart.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        size = self.sizeHint()
        at = chart.mapTo(window, anchor.toPoint()) + QPoint(_AWAY, -size.height() // 2)
        if at.x() + size.width() > window.width() - 4:
            at.setX(max(4, at.x() - size.width() - 2 * _AWAY))
        at.setY(max(4, min(at.y(), window.height() - size.height() - 4)))
        self.setGeometry(at.x(), at.y(), size.width(), size.height())
        self.show()
        self.raise_()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the head and every line."""
        head = QFontMetricsF(font(FontRole.STRONG))
        body = QFontMetricsF(font(FontRole.SMALL))
        bold = QFontMetricsF(font(FontRole.HEADER))
        width = head.horizontalAdvance(self.title)
        for name, value in self.lines:
            inner = body.horizontalAdvance(name) + bold.horizontalAdvance(value) + _GAP + self._indent()
            width = max(width, inner)
        height = head.height() + len(self.lines) * (body.height() + 2) + 4
        return QSize(round(min(width, 360)) + _SPARE + 2 * _MARGIN, round(height) + 2 * _MARGIN - 4)

    def _indent(self) -> int:
        return _SWATCH + 6 if self._data is not None and len(self._data.series) > 1 else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint plate, head and lines."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        painter.setPen(QPen(active.color("control"), 1))
        painter.setBrush(active.color("base"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        width = self.width() - 2 * _MARGIN
        y = _MARGIN - 3.0
        painter.setFont(font(FontRole.STRONG))
        painter.setPen(active.color("text"))
        metrics = QFontMetricsF(painter.font())
        head = metrics.elidedText(self.title, Qt.TextElideMode.ElideMiddle, width)
        painter.drawText(QRectF(_MARGIN, y, width, metrics.height()), head)
        y += metrics.height() + 4
        for number, (name, value) in enumerate(self.lines):
            self._paint_line(painter, number, name, value, y)
            y += QFontMetricsF(font(FontRole.SMALL)).height() + 2

    def _paint_line(self, painter: QPainter, number: int, name: str, value: str, y: float) -> None:
        active = tokens.of(self.palette())
        body = font(FontRole.SMALL)
        height = QFontMetricsF(body).height()
        series = self._data.series if self._data is not None else ()
        if self._indent() and number < len(series):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(active.color(series[number].token))
            painter.drawRoundedRect(QRectF(_MARGIN, y + (height - _SWATCH) / 2, _SWATCH, _SWATCH), 2, 2)
        rect = QRectF(_MARGIN + self._indent(), y, self.width() - 2 * _MARGIN - self._indent(), height)
        painter.setFont(body)
        painter.setPen(active.color("text2"))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), name)
        painter.setFont(font(FontRole.HEADER))
        painter.setPen(active.color("text"))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), value)
