"""The icon that turns while something waits."""

from PySide6.QtCore import QSize, QTimer, Slot
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from retrovue.core.i18n import _
from retrovue.gui.theme import icons, tokens
from retrovue.gui.widgets.motion import motion_allowed

_STEP_MS = 50
_STEP_DEGREES = 18


class BusyIcon(QWidget):
    """Turns only while it is visible, and stands still under reduced motion."""

    def __init__(self, name: str = "arrows-clockwise", *, size: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._size = size
        self._angle = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self._turn)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Working"))

    @property
    def turning(self) -> bool:
        """Whether it moves now."""
        return self._timer.isActive()

    def sizeHint(self) -> QSize:
        """The size of the icon."""
        return QSize(self._size, self._size)

    def showEvent(self, event: QShowEvent) -> None:
        """Start to turn."""
        super().showEvent(event)
        if motion_allowed():
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden icon costs nothing."""
        self._timer.stop()
        super().hideEvent(event)

    @Slot()
    def _turn(self) -> None:
        self._angle = (self._angle + _STEP_DEGREES) % 360
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the icon at its present angle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.translate(self.rect().toRectF().center())
        painter.rotate(self._angle)
        painter.translate(-self.rect().toRectF().center())
        icons.paint(painter, self.rect(), self._name, tokens.of(self.palette()).color("accent"))
