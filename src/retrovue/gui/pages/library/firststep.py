"""What the Library page says while there is nothing to list, with the one step that changes it."""

from PySide6.QtWidgets import QWidget

from retrovue.core.i18n import _
from retrovue.gui.widgets.empty import EmptyState


class FirstStep(EmptyState):
    """Without a server: add one; without items: sync. Thread: GUI."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            _("Your library will appear here."),
            _("Add your own server, or one that is shared with you."),
            button=_("Add server…"),
            icon="plus",
            parent=parent,
        )

    def show_step(self, *, has_servers: bool) -> None:
        """Name the step that comes next."""
        if has_servers:
            self.set_texts(
                _("Nothing has been imported yet."),
                _("A sync reads your servers’ libraries into the catalog on this computer."),
            )
        else:
            self.set_texts(
                _("Your library will appear here."), _("Add your own server, or one that is shared with you.")
            )
        if self.button is not None:
            self.button.set_label(_("Sync now") if has_servers else _("Add server…"))
            self.button.set_icon_name("arrows-clockwise" if has_servers else "plus")
