"""The report of a mistake of the program."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from retrovue.core.i18n import _, ngettext
from retrovue.gui.dialogs.message import MessageDialog
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.labels import label


class CrashDialog(MessageDialog):
    """Says what happened in plain text; the same mistake again only raises a counter."""

    log_requested = Signal()
    quit_requested = Signal()
    restart_requested = Signal()

    def __init__(self, title: str, text: str, hint: str, detail: str, parent: QWidget | None = None) -> None:
        super().__init__(title, text, hint, detail=detail, parent=parent)
        self._times = 1
        self._counter = label("", FontRole.SMALL, tone="text2")
        self._counter.hide()
        self.content.insertWidget(1, self._counter)
        self.close_button.set_label(_("Continue"))
        log = self.add_button(Button(_("Open log"), icon="scroll"), leading=True)
        log.clicked.connect(self.log_requested)
        again = self.add_button(Button(_("Restart"), icon="arrow-clockwise"), leading=True)
        again.clicked.connect(self.restart_requested)
        leave = self.add_button(Button(_("Quit"), icon="power"), leading=True)
        leave.clicked.connect(self.quit_requested)

    @property
    def times(self) -> int:
        """How often it happened while the dialog was open."""
        return self._times

    def count_again(self) -> None:
        """It, or another one, happened again."""
        self._times += 1
        self._counter.setText(
            ngettext("This has happened {count} time.", "This has happened {count} times.", self._times).format(
                count=self._times
            )
        )
        self._counter.show()
