"""Folders that could not be read, each with the reason."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QWidget

from retrovue.core.i18n import _
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.tables.columns import Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import DataTable
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.labels import label

if TYPE_CHECKING:
    from retrovue.core.services.files.extra import FolderProblem

_MOST = 2000


class ProblemsDialog(BaseDialog):
    """Shows folders and why they could not be read."""

    def __init__(self, problems: "Sequence[FolderProblem]", parent: QWidget | None = None) -> None:
        super().__init__(_("Folders that could not be read"), parent)
        self.setMinimumSize(760, 320)
        self.content.addWidget(label(_("Folders that could not be read"), FontRole.CARD_TITLE))
        self.table = DataTable(name=_("Folders"))
        self.model = ListModel(
            [
                Column("path", _("Folder"), lambda one: one.path, tooltip=lambda one: one.path),
                Column("why", _("Reason"), lambda one: one.fault.user_text, tooltip=lambda one: one.fault.user_text),
            ],
            row_id=lambda one: one.path,
            parent=self,
        )
        self.table.setModel(self.model)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        for place in (0, 1):
            self.table.horizontalHeader().setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
        self.model.set_rows({one.path: one for one in problems[:_MOST]}.values())
        card = Card(padded=False)
        card.body.addWidget(self.table)
        self.content.addWidget(card, 1)
        close = self.add_button(Button(_("Close")), default=True)
        close.clicked.connect(self.accept)
