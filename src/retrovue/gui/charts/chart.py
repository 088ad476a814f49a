"""What all charts have in common: states, hover, keyboard, accessibility, and painting to anything."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetricsF,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from retrovue.core.i18n import _
from retrovue.gui.charts.data import ChartData, Series
from retrovue.gui.charts.tip import ChartTip
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, font, paint_focus_ring
from retrovue.gui.theme.tokens import Tokens
from retrovue.gui.widgets.focus import KeyboardFocus

_PALE_SHARE = 0.55
"""Of the accent, in bars that are not the peak."""
_DIMMED = 0.45
MIN_HEIGHT = 106
"""With its card, a chart is 150 high."""


class ChartState(Enum):
    """What a chart says while it has nothing to show."""

    READY = "ready"
    LOADING = "loading"


@dataclass(frozen=True)
class Frame:
    """What a chart is painted with: on screen, and to a file.

    Attributes:
        hot: the mark under the pointer or the keyboard; None in a file.
        has_ring: whether the keyboard is on it.
    """

    painter: QPainter
    rect: QRectF
    tokens: Tokens
    hot: int | None = None
    has_ring: bool = False

    @property
    def small(self) -> QFontMetricsF:
        """The metrics of labels on this device, which can differ from those of the screen."""
        device = self.painter.device()
        return QFontMetricsF(font(FontRole.CAPTION), device) if device is not None else small_metrics()


def small_metrics() -> QFontMetricsF:
    """The metrics of the labels on axes."""
    return QFontMetricsF(font(FontRole.CAPTION))


def series_color(active: Tokens, series: Series, *, single: bool, is_peak: bool) -> QColor:
    """The fill of a part: a lone series is pale but for its peak, several have the colors of their names."""
    color = active.color(series.token)
    if single and not is_peak:
        return tokens.blend(color, active.color("base"), _PALE_SHARE)
    return color


class Chart(KeyboardFocus, QWidget):
    """A painted chart. Arrow keys move between marks, Enter and a click open one. Thread: GUI.

    A kind of chart says where its marks are (`places`) and paints them (`paint_marks`).
    """

    opened = Signal(object)
    """The key of the mark whose plays are wanted."""
    menu_requested = Signal(object, QPoint)
    """(key of a mark, where on screen): the context menu is wanted."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._data: ChartData | None = None
        self._state = ChartState.LOADING
        self._current: int | None = None
        self._hovered: int | None = None
        self._places: list[QRectF] | None = None
        self._tip: ChartTip | None = None
        self.empty_text = _("No plays in this range.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(name)

    # --- what a kind answers ------------------------------------------------------------------------------------

    def places(self, data: ChartData, rect: QRectF) -> list[QRectF]:
        """Where each mark answers to the pointer, in `rect`."""
        raise NotImplementedError

    def paint_marks(self, frame: Frame, data: ChartData) -> None:
        """Paint axes and marks."""
        raise NotImplementedError

    def neighbor(self, index: int, key: Qt.Key) -> int:
        """The mark that an arrow key leads to from `index`; may be out of range."""
        forward = key in (Qt.Key.Key_Right, Qt.Key.Key_Down)
        return index + (1 if forward else -1)

    def anchor(self, index: int, place: QRectF) -> QPointF:
        """Where the tooltip of a mark points to."""
        return QPointF(place.right(), place.top() + min(24.0, place.height() / 2))

    # --- what is shown --------------------------------------------------------------------------------------------

    @property
    def data(self) -> ChartData | None:
        """What is shown; None before the first answer."""
        return self._data

    @property
    def state(self) -> ChartState:
        """Whether something newer is on its way."""
        return self._state

    @property
    def current(self) -> int | None:
        """The mark that the keyboard is on."""
        return self._current

    @property
    def tip(self) -> ChartTip | None:
        """The tooltip while it is shown."""
        return self._tip if self._tip is not None and self._tip.isVisible() else None

    def show_data(self, data: ChartData) -> None:
        """Show something else. The place of the keyboard is kept where its mark is still there."""
        before = self._key_of(self._current)
        self._data, self._state, self._places = data, ChartState.READY, None
        keys = [mark.key for mark in data.marks]
        self._current = keys.index(before) if before is not None and before in keys else None
        self._hovered = None
        self._hide_tip()
        self._describe()
        self.updateGeometry()
        self.update()

    def show_loading(self) -> None:
        """What is shown is of before; the new answer is on its way."""
        self._state = ChartState.LOADING
        self._hide_tip()
        self.update()

    def _key_of(self, index: int | None) -> Hashable:
        if index is None or self._data is None or index >= len(self._data.marks):
            return None
        return self._data.marks[index].key

    def _describe(self) -> None:
        """Tell assistive technology what the keyboard is on, or what is shown at all."""
        data = self._data
        if data is None or data.is_empty:
            said = self.empty_text if data is not None else ""
        elif self._current is not None:
            mark = data.marks[self._current]
            parts = [data.say(mark.total)]
            if len(data.series) > 1:
                pairs = zip(data.series, mark.values, strict=True)
                parts += [f"{series.name} {data.say(value)}" for series, value in pairs]
            said = f"{mark.full_name}: {', '.join(parts)}"
        else:
            peak = data.marks[data.peak or 0]
            said = _("Highest: {name}, {value}.").format(name=peak.full_name, value=data.say(peak.total))
        self.setAccessibleDescription(said)

    # --- size -----------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """As high as the smallest; layouts give more."""
        return QSize(240, self.minimumSizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Room for a few bars and their labels."""
        return QSize(160, max(MIN_HEIGHT, round(small_metrics().height() * 6)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Places move."""
        super().resizeEvent(event)
        self._places = None
        self._hide_tip()

    def changeEvent(self, event: QEvent) -> None:
        """Another font has other places."""
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange):
            self._places = None
            self.updateGeometry()
        super().changeEvent(event)

    # --- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is shown, or what is said instead."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hot = self._hovered if self._hovered is not None else self._current
        ring = self.shows_focus and self._hovered is None and hot is not None
        active = tokens.of(self.palette())
        self.paint(Frame(painter, QRectF(self.rect()), active, hot, ring))
        if self.shows_focus and self._current is None:
            # Tab leads here before an arrow key chooses a mark.
            paint_focus_ring(painter, QRectF(self.rect()), active.color("accent"), 4)

    def paint(self, frame: Frame) -> None:
        """Paint the chart to any device: the screen, a picture, an SVG."""
        data, painter = self._data, frame.painter
        painter.setFont(font(FontRole.CAPTION))
        if data is None or data.is_empty:
            painter.setFont(font(FontRole.BODY))
            painter.setPen(frame.tokens.color("text2"))
            # That there was nothing before says nothing of what is asked for now.
            is_known = data is not None and self._state is ChartState.READY
            said = self.empty_text if is_known else _("Counting…")
            painter.drawText(frame.rect, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), said)
            return
        if self._state is ChartState.LOADING:
            painter.setOpacity(_DIMMED)
        self.paint_marks(frame, data)
        painter.setOpacity(1)

    # --- pointer --------------------------------------------------------------------------------------------------

    def _all_places(self) -> list[QRectF]:
        if self._data is None or self._data.is_empty:
            return []
        if self._places is None:
            self._places = self.places(self._data, QRectF(self.rect()))
        return self._places

    def _at(self, point: QPointF) -> int | None:
        return next((index for index, place in enumerate(self._all_places()) if place.contains(point)), None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the values under the pointer."""
        self._hover(self._at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer."""
        self._hover(None)
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """By the pointer or the keyboard: of the mark below the one, or that the other is on."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self._current if by_key else self._at(QPointF(event.pos()))
        if index is None or self._data is None or self._data.marks[index].key is None:
            return
        at = self.mapToGlobal(self._all_places()[index].center().toPoint()) if by_key else event.globalPos()
        self.menu_requested.emit(self._data.marks[index].key, at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens what is behind a mark."""
        if event.button() == Qt.MouseButton.LeftButton:
            index = self._at(event.position())
            if index is not None:
                self._current = index
                self._describe()
                self._open(index)
        super().mouseReleaseEvent(event)

    def _hover(self, index: int | None) -> None:
        if index == self._hovered:
            return
        self._hovered = index
        opens = index is not None and self._key_of(index) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if opens else Qt.CursorShape.ArrowCursor)
        if index is None:
            self._hide_tip()
        else:
            self._show_tip(index)
        self.update()

    def _open(self, index: int) -> None:
        key = self._key_of(index)
        if key is not None:
            self.opened.emit(key)

    # --- keyboard -------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home and End move; Enter and Space open; Esc lets go."""
        count = len(self._all_places())
        key = Qt.Key(event.key())
        if count == 0:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._move_to(self._first(key) if self._current is None else self.neighbor(self._current, key))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._move_to(0 if key == Qt.Key.Key_Home else count - 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._current is not None:
            self._open(self._current)
        elif key == Qt.Key.Key_Escape and self._current is not None:
            self._let_go()
        else:
            super().keyPressEvent(event)

    def _first(self, key: Qt.Key) -> int:
        forward = key in (Qt.Key.Key_Right, Qt.Key.Key_Down)
        return 0 if forward else len(self._all_places()) - 1

    def _move_to(self, index: int) -> None:
        if not 0 <= index < len(self._all_places()):
            return
        self._current = index
        self._hovered = None
        self.shows_focus = True
        self._describe()
        self._show_tip(index)
        self.update()

    def _let_go(self) -> None:
        self._current = None
        self._describe()
        self._hide_tip()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The tooltip goes with the keyboard; a menu that opens is no farewell."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._let_go()

    # --- tooltip --------------------------------------------------------------------------------------------------

    def _show_tip(self, index: int) -> None:
        data = self._data
        if data is None:
            return
        if self._tip is None:
            self._tip = ChartTip(self)
        self._tip.show_mark(data, index, self.anchor(index, self._all_places()[index]), self)

    def _hide_tip(self) -> None:
        if self._tip is not None:
            self._tip.hide()

    def hideEvent(self, event: QHideEvent) -> None:
        """A tooltip does not outlive its chart on screen."""
        self._hide_tip()
        super().hideEvent(event)
