"""Asking before the program ends."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from retrovue.core.i18n import _
from retrovue.gui.dialogs.message import ConfirmDialog
from retrovue.gui.widgets.buttons import Button


class QuitDialog(ConfirmDialog):
    """Asks before quitting; where there is no tray it offers to minimise instead."""

    minimise_chosen = Signal()

    def __init__(self, busy: str, *, offer_minimise: bool, parent: QWidget | None = None) -> None:
        super().__init__(
            _("Quit RetroVue?"),
            busy or _("Syncing and recording plays stop until you open RetroVue again."),
            _("Quit"),
            remember=_("Do not ask again") if offer_minimise and not busy else "",
            parent=parent,
        )
        self.minimise_button: Button | None = None
        if offer_minimise:
            self.minimise_button = self.add_button(Button(_("Minimize instead")), leading=True)
            self.minimise_button.clicked.connect(self._minimise)

    @Slot()
    def _minimise(self) -> None:
        self.minimise_chosen.emit()
        self.reject()
