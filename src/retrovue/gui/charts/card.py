"""A chart in its frame: title, legend, and a menu for the other forms of the same data."""

from PySide6.QtCore import QEvent, QMimeData, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.gui.charts import saving
from retrovue.gui.charts.chart import Chart, Frame
from retrovue.gui.charts.data import ChartData, Series
from retrovue.gui.charts.saving import Form
from retrovue.gui.charts.table import ChartTable, as_text
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.theme.tokens import Tokens
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.labels import ElidedLabel
from retrovue.gui.widgets.tips import plain_tip

_SWATCH = 10
_BETWEEN = 16
_MARGIN = 16
_TITLE_GAP = 12


def legend_width(series: tuple[Series, ...], metrics: QFontMetricsF) -> float:
    """How wide the legend is; 0 for a lone series, which the title names."""
    if len(series) < 2:
        return 0.0
    return sum(_SWATCH + 6 + metrics.horizontalAdvance(one.name) for one in series) + _BETWEEN * (len(series) - 1)


def paint_legend(painter: QPainter, rect: QRectF, series: tuple[Series, ...], active: Tokens) -> None:
    """Paint swatches and names into `rect`, from its left."""
    painter.setFont(font(FontRole.SMALL))
    metrics = QFontMetricsF(painter.font())
    x = rect.x()
    for one in series:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(active.color(one.token))
        painter.drawRoundedRect(QRectF(x, rect.center().y() - _SWATCH / 2, _SWATCH, _SWATCH), 2, 2)
        x += _SWATCH + 6
        width = metrics.horizontalAdvance(one.name)
        painter.setPen(active.color("text2"))
        painter.drawText(QRectF(x, rect.y(), width + 1, rect.height()), int(Qt.AlignmentFlag.AlignVCenter), one.name)
        x += width + _BETWEEN


class Legend(QWidget):
    """The names of the series beside the title; nothing for a lone one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series: tuple[Series, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_series(self, series: tuple[Series, ...]) -> None:
        """Show these."""
        self._series = series
        self.setAccessibleName(", ".join(one.name for one in series))
        self.setVisible(len(series) > 1)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Every name whole."""
        metrics = QFontMetricsF(font(FontRole.SMALL))
        return QSize(round(legend_width(self._series, metrics)) + 1, round(metrics.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_legend(painter, QRectF(self.rect()), self._series, tokens.of(self.palette()))


class ChartCard(QFrame):
    """A card with a chart. Thread: GUI.

    Args:
        chart: becomes a child.
        with_legend: False for small charts whose colors the legend of another one explains.
    """

    opened = Signal(object)
    """The key of a mark, from chart or table."""
    save_requested = Signal(str, object, bytes)
    """(name, `Form`, content): where to is asked by somebody else."""

    def __init__(self, title: str, chart: Chart, *, with_legend: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.chart = chart
        self._title = title
        self._with_legend = with_legend
        self.table: ChartTable | None = None
        self._is_table_wanted = False
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN - 1, 8, _MARGIN - 2, 12)
        column.setSpacing(6)
        column.addLayout(self._head())
        self._stack = QStackedLayout()
        self._stack.addWidget(chart)
        column.addLayout(self._stack, 1)
        chart.opened.connect(self.opened)
        self._read_title()

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.title_label = ElidedLabel(self._title, text_font=font(FontRole.STRONG))
        row.addWidget(self.title_label, 1)
        self.legend = Legend()
        self.legend.hide()
        row.addWidget(self.legend)
        self.menu_button = Button(kind=ButtonKind.FLAT, icon="dots-three", height=24)
        menu = QMenu(self.menu_button)
        self.table_action = menu.addAction(icons.icon("table"), _("View as table"), self._toggle_table)
        menu.addSeparator()
        copy = menu.addAction(icons.icon("copy"), _("Copy chart"), self.copy)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        # For the eye only: two cards with the same shortcut would make it ambiguous. The chart has the key itself.
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        menu.addSeparator()
        menu.addAction(icons.icon("image"), _("Save as PNG…"), lambda: self.save(Form.PNG))
        menu.addAction(_("Save as SVG…"), lambda: self.save(Form.SVG))
        menu.addAction(icons.icon("table"), _("Save as CSV…"), lambda: self.save(Form.CSV))
        self.menu_button.setMenu(menu)
        row.addWidget(self.menu_button)
        return row

    def _read_title(self) -> None:
        name = _("{chart}: table, copy, save").format(chart=self._title)
        self.menu_button.setAccessibleName(name)
        self.menu_button.setToolTip(plain_tip(name))
        self.setAccessibleName(self._title)
        self.chart.setAccessibleName(self._title)

    # --- content --------------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """The title on screen."""
        return self._title

    def set_title(self, title: str) -> None:
        """Change the title ("Plays by day", "Hours by month")."""
        self._title = title
        self.title_label.set_text(title)
        self._read_title()

    def show_data(self, data: ChartData) -> None:
        """Show something else in chart and table."""
        self.chart.show_data(data)
        if self._with_legend and not data.is_empty:
            self.legend.set_series(data.series)
        else:
            self.legend.hide()
        if self._is_table_wanted:
            self._build_table()
        self.menu_button.setEnabled(not data.is_empty)

    def show_loading(self) -> None:
        """What is shown is of before."""
        self.chart.show_loading()

    @property
    def is_table(self) -> bool:
        """Whether the table is in front."""
        return self._is_table_wanted

    def set_table(self, *, wanted: bool) -> None:
        """Show the table, or the chart again."""
        self._is_table_wanted = wanted
        self.table_action.setText(_("View as chart") if wanted else _("View as table"))
        had_focus = self.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
        self._build_table()
        if had_focus:
            (self.table or self.chart).setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _toggle_table(self) -> None:
        self.set_table(wanted=not self._is_table_wanted)

    def _build_table(self) -> None:
        old, self.table = self.table, None
        data = self.chart.data
        if self._is_table_wanted and data is not None and not data.is_empty:
            self.table = ChartTable(self._title, data)
            self.table.opened.connect(self.opened)
            self._stack.addWidget(self.table)
            self._stack.setCurrentWidget(self.table)
        else:
            self._stack.setCurrentWidget(self.chart)
        if old is not None:
            self._stack.removeWidget(old)
            old.deleteLater()

    # --- other forms ----------------------------------------------------------------------------------------------

    def paint_picture(self, painter: QPainter, rect: QRectF) -> None:
        """Paint title, legend and chart, as a saved picture has them."""
        active = tokens.of(self.palette())
        painter.fillRect(rect, active.color("base"))
        inner = rect.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        painter.setFont(font(FontRole.STRONG))
        painter.setPen(active.color("text"))
        head = QFontMetricsF(painter.font()).height()
        painter.drawText(QRectF(inner.x(), inner.y(), inner.width(), head), self._title)
        data = self.chart.data
        if data is not None and len(data.series) > 1:
            width = legend_width(data.series, QFontMetricsF(font(FontRole.SMALL)))
            paint_legend(painter, QRectF(inner.right() - width, inner.y(), width, head), data.series, active)
        room = inner.adjusted(0, head + _TITLE_GAP, 0, 0)
        painter.save()
        painter.translate(room.topLeft())
        self.chart.paint(Frame(painter, QRectF(0, 0, room.width(), room.height()), active))
        painter.restore()

    def _picture_size(self) -> QSize:
        """As on screen, but never so small that a legend does not fit."""
        head = QFontMetricsF(font(FontRole.STRONG)).height() + _TITLE_GAP
        return QSize(max(480, self.width()), max(240, round(self.chart.height() + head + 2 * _MARGIN)))

    def content(self, form: Form) -> bytes:
        """The file of a form."""
        data = self.chart.data
        match form:
            case Form.CSV:
                return b"" if data is None else saving.csv(data)
            case Form.SVG:
                return saving.svg(self._picture_size(), self._title, self.paint_picture)
            case Form.PNG:
                return saving.png(saving.picture(self._picture_size(), self.paint_picture))

    def save(self, form: Form) -> None:
        """Ask for the chart to be saved."""
        if self.chart.data is not None and not self.chart.data.is_empty:
            self.save_requested.emit(self._title, form, self.content(form))

    @Slot()
    def copy(self) -> None:
        """To the clipboard, as a picture and as text: what is pasted into takes what it can."""
        data = self.chart.data
        if data is None or data.is_empty:
            return
        copied = QMimeData()
        copied.setText(as_text(data))
        copied.setImageData(saving.picture(self._picture_size(), self.paint_picture))
        QGuiApplication.clipboard().setMimeData(copied)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C while the chart has the focus."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Painted parts follow the theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self.chart.update()
            self.legend.update()
        super().changeEvent(event)
