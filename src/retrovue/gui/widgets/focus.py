"""Focus that shows only when the keyboard is used, and where the keyboard goes next."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QWidget

_BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
    Qt.FocusReason.OtherFocusReason,
)


class KeyboardFocus:
    """Mix-in for painted widgets: `shows_focus` is false after a click, so a mouse leaves no rings behind.

    It comes before the Qt class and is not a QObject itself: a class with two Qt bases crashes.
    """

    shows_focus: bool = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember how the focus came."""
        self.shows_focus = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)  # type: ignore[misc]
        self.update()  # type: ignore[attr-defined]

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget it."""
        self.shows_focus = False
        super().focusOutEvent(event)  # type: ignore[misc]
        self.update()  # type: ignore[attr-defined]


def follow(before: QWidget, body: QWidget) -> None:
    """Let Tab go from `before` into `body`, which was built later: Qt puts it behind everything in the window."""
    for widget in body.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            QWidget.setTabOrder(before, widget)
            before = widget


def precede(body: QWidget, after: QWidget) -> None:
    """Let Tab go through `body`, which was built later, before it comes to `after`."""
    before = after.previousInFocusChain()
    while before is not None and before is not after:
        if before.focusPolicy() & Qt.FocusPolicy.TabFocus and not body.isAncestorOf(before):
            follow(before, body)
            return
        before = before.previousInFocusChain()
