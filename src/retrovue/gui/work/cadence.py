"""Looks at something now and then, for what nothing tells of: seldom while nobody can see the window."""

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget


class Cadence(QObject):
    """A timer with two paces. Each wake of a hidden program costs a laptop more than the work that it does.

    Thread: GUI.

    Args:
        window: its parent; the pace follows whether it is visible. Behind another window it still counts as visible.
        shown_ms: between two looks while it is.
        hidden_ms: between two looks while it is not.
    """

    due = Signal()
    """Look now: the time is over, or the window is back and may show what is old."""

    def __init__(self, window: QWidget, *, shown_ms: int, hidden_ms: int) -> None:
        super().__init__(window)
        self._shown_ms, self._hidden_ms = shown_ms, hidden_ms
        self.timer = QTimer(self)
        self.timer.timeout.connect(self.due)
        self.timer.start(shown_ms if window.isVisible() else hidden_ms)
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Looks on; nothing is kept from the window."""
        if event.type() == QEvent.Type.Hide:
            self.timer.start(self._hidden_ms)
        elif event.type() == QEvent.Type.Show:
            self.timer.start(self._shown_ms)
            self.due.emit()
        return False
