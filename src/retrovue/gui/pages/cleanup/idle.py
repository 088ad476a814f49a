"""Tells when a widget has not been on screen for a while, so that what it keeps in memory can be let go."""

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

_IDLE_MS = 5 * 60_000


class IdleWatch(QObject):
    """Thread: GUI. `timer` runs while the widget is hidden."""

    long_hidden = Signal()
    shown = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setInterval(_IDLE_MS)
        self.timer.timeout.connect(self.long_hidden)
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Looks on; nothing is kept from the widget."""
        if event.type() == QEvent.Type.Hide:
            self.timer.start()
        elif event.type() == QEvent.Type.Show:
            self.timer.stop()
            self.shown.emit()
        return False
