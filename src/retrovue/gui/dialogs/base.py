"""The frame of a small dialog: content above, buttons below."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from retrovue.gui.widgets.buttons import Button


class BaseDialog(QDialog):
    """A dialog with a column for content and a row of buttons, the primary one last.

    It belongs to its window only (not to the application) and frees itself when closed; show it with
    `open()`.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.content = QVBoxLayout()
        self.content.setContentsMargins(24, 24, 24, 20)
        self.content.setSpacing(12)
        column.addLayout(self.content, 1)
        line = QFrame()
        line.setProperty("surface", "line")
        line.setFixedHeight(1)
        column.addWidget(line)
        self._default: Button | None = None
        self._buttons = QHBoxLayout()
        self._buttons.setContentsMargins(24, 12, 24, 12)
        self._buttons.setSpacing(8)
        self._buttons.addStretch(1)
        column.addLayout(self._buttons)

    def add_button(self, button: Button, *, default: bool = False, leading: bool = False) -> Button:
        """Add a button at the end of the row, or with `leading` at its start."""
        if leading:
            self._buttons.insertWidget(0, button)
        else:
            self._buttons.addWidget(button)
        if default:
            button.setDefault(True)
            self._default = button
        return button

    def event(self, event: QEvent) -> bool:
        """Grow where more is said than when it was opened: the window follows only what cannot be squeezed."""
        is_done = super().event(event)
        # Not before the kind is known: the event that deletes the dialog comes this way, too.
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self._grow()
        return is_done

    def _grow(self) -> None:
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            needed = layout.totalHeightForWidth(self.width())
            if needed > self.height():
                self.resize(self.width(), min(needed, self.screen().availableGeometry().height()))

    def showEvent(self, event: QShowEvent) -> None:
        """Begin at the default button where nothing is to be filled in: Enter presses what has the focus."""
        super().showEvent(event)
        if self._default is None or self.focusWidget() is not None:
            return
        first = self.nextInFocusChain()
        # Qt's stubs allow None; the chain is a ring that comes back to this dialog.
        while first is not None and first is not self and not self._takes_tab(first):
            first = first.nextInFocusChain()
        if isinstance(first, Button):
            self._default.setFocus(Qt.FocusReason.OtherFocusReason)

    def _takes_tab(self, widget: QWidget) -> bool:
        return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isVisibleTo(self)
