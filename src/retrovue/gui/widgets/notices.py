"""Banners inside a page and toasts above it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QEvent, QObject, QPoint, QPropertyAnimation, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCursor, QEnterEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QFrame,
    QGraphicsOpacityEffect,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollBar,
    QVBoxLayout,
    QWidget,
)

from retrovue.core.i18n import _
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.motion import EASE_MS, motion_allowed

TOAST_MS = 8000
_ONE_LINE = 60
"""Letters; a longer text wraps."""
_LEAST_WIDTH = 320
_MOST_WIDTH = 460
_MOST_LINE = 640
"""Width in px of a toast of one line, such as a file's name, which has no place to wrap at."""
_EDGE = 16
_STEP = 24
_TIGHT = 3
_THIN = 4
"""What is thinner than this, in px, is a line that may be covered."""


class Tone(StrEnum):
    """What a banner or toast is about."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"


_ICONS = {
    Tone.INFO: "info-fill",
    Tone.SUCCESS: "check-circle-fill",
    Tone.WARNING: "warning-fill",
    Tone.DANGER: "x-circle-fill",
}


@dataclass(frozen=True)
class NoticeAction:
    """A button of a banner or toast."""

    text: str
    triggered: Callable[[], None]
    as_link: bool = True


class ToneIcon(QWidget):
    """The 18 px icon at the head of a notice."""

    def __init__(self, name: str, tone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._tone = tone
        self.setFixedSize(18, 18)

    def set_look(self, name: str, tone: str) -> None:
        """Show another icon in another colour."""
        self._name = name
        self._tone = tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the icon."""
        icons.paint(QPainter(self), self.rect(), self._name, tokens.of(self.palette()).color(self._tone))


class Banner(QFrame):
    """Soft fill, icon, a bold sentence, a text, at most two actions; optionally a cross that closes it."""

    closed = Signal()

    def __init__(
        self,
        tone: Tone,
        title: str,
        text: str = "",
        *,
        actions: tuple[NoticeAction, ...] = (),
        icon: str | None = None,
        closable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        if len(actions) > 2:
            raise ValueError("a banner has at most two actions")
        self._tone = tone
        self.setAccessibleName(f"{title} {text}".strip())
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 10, 8)
        row.setSpacing(12)
        row.addWidget(ToneIcon(icon or _ICONS[tone], tone.value))
        words = QVBoxLayout()
        words.setSpacing(2)
        self._title = label(title, FontRole.STRONG if text else FontRole.BODY, wrap=True)
        words.addWidget(self._title)
        if text:
            words.addWidget(label(text, wrap=True))
        row.addLayout(words, 1)
        for action in actions:
            button = Button(action.text, kind=ButtonKind.LINK if action.as_link else ButtonKind.SECONDARY)
            button.clicked.connect(action.triggered)
            row.addWidget(button)
        if closable:
            cross = Button(icon="x", kind=ButtonKind.FLAT, name=_("Dismiss"), height=26)
            cross.clicked.connect(self.dismiss)
            row.addWidget(cross)

    @property
    def tone(self) -> Tone:
        """What it is about."""
        return self._tone

    @property
    def title(self) -> str:
        """The sentence."""
        return self._title.text()

    @Slot()
    def dismiss(self) -> None:
        """Close it for good."""
        self.hide()
        self.closed.emit()
        self.deleteLater()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint fill and border: 40 % of the strong colour over the soft one."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        soft = active.color(f"{self._tone.value}_soft")
        painter.setPen(QPen(tokens.blend(active.color(self._tone.value), soft, 0.4), 1))
        painter.setBrush(soft)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)


class Toast(QFrame):
    """A plate that leaves by itself, with at most one action (Undo).

    It waits while the pointer is over it or the keyboard is in it.
    """

    gone = Signal()

    def __init__(
        self,
        text: str,
        *,
        action: NoticeAction | None = None,
        tone: Tone = Tone.SUCCESS,
        duration_ms: int = TOAST_MS,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.tone = tone
        self._left_ms = duration_ms
        self._leaving = False
        self.setAccessibleName(text)
        self.setAutoFillBackground(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 8, 6)
        row.setSpacing(10)
        row.addWidget(ToneIcon(_ICONS[tone], tone.value))
        self.wraps = len(text) > _ONE_LINE
        self._text = label(text, wrap=self.wraps)
        row.addWidget(self._text, 1)
        self.action_button: Button | None = None
        if action is not None:
            self.action_button = Button(action.text, kind=ButtonKind.LINK)
            self.action_button.clicked.connect(action.triggered)
            self.action_button.clicked.connect(self.leave)
            row.addWidget(self.action_button)
        self._count = label(role=FontRole.CAPTION, tone="text3")
        row.addWidget(self._count)
        cross = Button(icon="x", kind=ButtonKind.FLAT, name=_("Dismiss"), height=26)
        cross.clicked.connect(self.leave)
        row.addWidget(cross)
        self._tick = QTimer(self)
        self._tick.setInterval(min(1000, max(1, duration_ms)))
        self._tick.timeout.connect(self._on_tick)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_changed)
        self._show_count()
        self._tick.start()

    @property
    def text(self) -> str:
        """The sentence."""
        return self._text.text()

    @property
    def parts(self) -> list[QWidget]:
        """What it is made of."""
        return self.findChildren(QWidget)

    @property
    def waiting(self) -> bool:
        """Whether the time stands still, because somebody is at it."""
        return not self._tick.isActive()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Wait under the pointer."""
        self._tick.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Go on when the pointer has left."""
        self._resume()
        super().leaveEvent(event)

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is not None and (new is self or self.isAncestorOf(new)):
            self._tick.stop()
        else:
            self._resume()

    def _resume(self) -> None:
        focused = QApplication.focusWidget()
        inside = focused is not None and self.isAncestorOf(focused)
        if not inside and not self._leaving and not self._is_under_pointer() and not self._tick.isActive():
            self._tick.start()

    @Slot()
    def _on_tick(self) -> None:
        if self._is_under_pointer():
            # One that appears under a pointer that rests is entered by nobody.
            return
        self._left_ms -= self._tick.interval()
        if self._left_ms <= 0:
            self.leave()
        else:
            self._show_count()

    def _is_under_pointer(self) -> bool:
        if not self.isVisible() or not self.window().isActiveWindow():
            return False
        return self.underMouse() or self.rect().contains(self.mapFromGlobal(QCursor.pos()))

    def _show_count(self) -> None:
        self._count.setText(_("{seconds} s").format(seconds=max(1, round(self._left_ms / 1000))))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes it."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            return
        super().keyPressEvent(event)

    @Slot()
    def leave(self) -> None:
        """Fade out and be gone."""
        if self._leaving:
            return
        self._leaving = True
        self._tick.stop()
        if not motion_allowed() or not self.isVisible():
            self._finish()
            return
        effect = QGraphicsOpacityEffect(self)
        self.setGraphicsEffect(effect)
        fade = QPropertyAnimation(effect, b"opacity", self)
        fade.setDuration(EASE_MS)
        fade.setStartValue(1.0)
        fade.setEndValue(0.0)
        fade.finished.connect(self._finish)
        fade.start()

    @Slot()
    def _finish(self) -> None:
        self.hide()
        self.gone.emit()
        self.deleteLater()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the plate."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        painter.setPen(QPen(active.color("control"), 1))
        painter.setBrush(active.color("base"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)


class ToastHost(QObject):
    """Keeps one toast over a widget; a new one replaces the old one.

    It lies at the bottom right, or at the next place where it covers nothing: no button and no field, because what it
    tells of was often done with the button below it, which is pressed again; no text and no row either, where there is
    such a place, at last in the empty part of the window's foot.

    Args:
        area: what it lies over.
        page: the part of it at whose bottom right it lies first; None for all of it.
    """

    def __init__(self, area: QWidget, page: QWidget | None = None) -> None:
        super().__init__(area)
        self._area = area
        self._page = page or area
        self._toast: Toast | None = None
        area.installEventFilter(self)

    @property
    def toast(self) -> Toast | None:
        """The toast on screen, or None."""
        return self._toast

    def show_toast(
        self,
        text: str,
        *,
        action: NoticeAction | None = None,
        tone: Tone = Tone.SUCCESS,
        duration_ms: int = TOAST_MS,
    ) -> Toast:
        """Show a toast in place of the one that is there."""
        if self._toast is not None:
            self._toast.gone.disconnect(self._on_gone)
            self._toast.leave()
        toast = Toast(text, action=action, tone=tone, duration_ms=duration_ms, parent=self._area)
        toast.setFont(font(FontRole.BODY))
        toast.gone.connect(self._on_gone)
        self._toast = toast
        self._place()
        toast.show()
        toast.raise_()
        return toast

    @Slot()
    def _on_gone(self) -> None:
        self._toast = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the corner when the area changes its size."""
        if event.type() == QEvent.Type.Resize and self._toast is not None:
            self._place()
        return False

    def _place(self) -> None:
        if self._toast is None:
            return
        toast = self._toast
        most = _MOST_WIDTH if toast.wraps else _MOST_LINE
        page = QRect(self._page.mapTo(self._area, QPoint(0, 0)), self._page.size())
        width = min(max(_LEAST_WIDTH, toast.sizeHint().width()), most, max(200, page.width() - 2 * _EDGE))
        size = QSize(width, max(toast.heightForWidth(width), toast.sizeHint().height()))
        controls, texts = self._found()
        places = [QRect(point, size) for point in self._corners(page, size)]
        free = [place for place in places if not any(place.intersects(control) for control in controls)]

        def covered(place: QRect) -> int:
            parts = (place.intersected(one) for one in texts)
            return sum(part.width() * part.height() for part in parts if not part.isEmpty())

        toast.setGeometry(min(free or places[:1], key=covered))

    def _corners(self, page: QRect, size: QSize) -> list[QPoint]:
        """Where it may lie, best first: along the page's bottom, at the window's foot, then higher and higher."""
        left, right = page.left() + _EDGE, page.left() + page.width() - size.width() - _EDGE
        bottom = page.top() + page.height() - size.height() - _EDGE
        middle = (left + right) // 2
        found = [QPoint(x, bottom) for x in (right, middle, left)]
        foot = self._area.height() - size.height() - _TIGHT
        if foot > bottom + _EDGE:
            found += [QPoint(x, foot) for x in range(right, left - 1, -_STEP)]
        for y in range(bottom - _STEP, page.top() + (page.height() - size.height() - _EDGE) // 2, -_STEP):
            found += [QPoint(x, y) for x in (right, middle, left)]
        return found

    def _found(self) -> tuple[list[QRect], list[QRect]]:
        """(where something can be pressed or typed into, where something can be read)."""
        controls: list[QRect] = []
        texts: list[QRect] = []
        for widget in self._area.findChildren(QWidget):
            if not widget.isVisible() or (self._toast is not None and widget in (self._toast, *self._toast.parts)):
                continue
            is_control = isinstance(widget, _CONTROLS) and not isinstance(widget, QScrollBar)
            if not is_control and not _can_be_read(widget):
                continue
            # What a scroll area hides is in nobody's way.
            seen = widget.visibleRegion().boundingRect()
            seen = seen if is_control else seen.intersected(_written(widget))
            if not seen.isEmpty():
                (controls if is_control else texts).append(QRect(widget.mapTo(self._area, seen.topLeft()), seen.size()))
        return controls, texts


_CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractSlider)


def _can_be_read(widget: QWidget) -> bool:
    """Whether something stands in it: a list, or what holds nothing else and is no line and no empty space."""
    if isinstance(widget, QAbstractItemView):
        return True
    if type(widget) in (QWidget, QFrame) or min(widget.width(), widget.height()) <= _THIN:
        return False
    return not any(isinstance(child, QWidget) for child in widget.children())


def _written(widget: QWidget) -> QRect:
    """The part of it that says something: the rows of a list, the words of a label that has more room."""
    if isinstance(widget, QAbstractItemView):
        port = widget.viewport()
        bottom = port.height() - 1
        while bottom > 0 and not any(
            widget.indexAt(QPoint(x, bottom)).isValid() for x in (_STEP, port.width() // 2, port.width() - _STEP)
        ):
            bottom -= _STEP // 2
        return QRect(port.x(), port.y(), port.width(), bottom)
    rect = widget.rect()
    starts = isinstance(widget, QLabel) and bool(widget.alignment() & Qt.AlignmentFlag.AlignLeft)
    if starts or isinstance(widget, ElidedLabel):
        rect.setWidth(min(rect.width(), widget.sizeHint().width()))
    return rect
