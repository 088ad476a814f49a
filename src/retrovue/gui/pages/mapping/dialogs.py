"""What a check of files found, folder by folder."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QWidget

from retrovue.core.domain.media import FileState
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.models.columns import RIGHT, Column
from retrovue.gui.models.rows import ListModel
from retrovue.gui.pages.mapping.words import count_look
from retrovue.gui.theme import FontRole
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.cells import LOOK_ROLE, StateDelegate
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.states import StateLook
from retrovue.gui.widgets.tables import DataTable, room_for

if TYPE_CHECKING:
    from retrovue.core.services.filecheck import CheckSummary, RootSummary

_STATES = (FileState.FOUND, FileState.MISSING, FileState.SIZE_DIFFERS, FileState.UNREACHABLE)


def summary_text(summary: "CheckSummary") -> str:
    """ "1,190 found · 4 missing", only with the states that there are."""
    states = (*_STATES, FileState.UNMAPPED, FileState.UNCHECKED)
    return " · ".join(
        count_look(state.value, summary.counts[state]).word for state in states if summary.counts.get(state)
    )


def problem_text(summary: "CheckSummary") -> str:
    """What is wrong with whole folders, a sentence each; empty when nothing is."""
    return " ".join(root.user_text for root in summary.roots if root.problem is not None)


def _look(root: "RootSummary") -> StateLook:
    if root.problem is not None:
        return StateLook("warning-fill", "warning", _("Problem"))
    return StateLook("check-circle-fill", "success", _("Checked"))


class RootsDialog(BaseDialog):
    """One line for each folder that rules lead to."""

    def __init__(self, server: str, summary: "CheckSummary", parent: QWidget | None = None) -> None:
        super().__init__(_("Files of {server}").format(server=server), parent)
        self.setMinimumSize(840, 340)
        self.content.addWidget(label(_("Files of {server}").format(server=server), FontRole.CARD_TITLE))
        words = label(summary_text(summary), tone="text2", wrap=True)
        self.content.addWidget(words)
        self.table = DataTable(name=_("Folders"))
        self.model = ListModel(_columns(), row_id=lambda root: root.root, parent=self)
        self.table.setModel(self.model)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        for place, column in enumerate(self.model.columns):
            self.table.setColumnWidth(place, room_for(column))
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.setItemDelegateForColumn(len(_STATES) + 1, StateDelegate(self.table))
        self.model.set_rows(summary.roots)
        card = Card(padded=False)
        card.body.addWidget(self.table)
        self.content.addWidget(card, 1)
        if problem := problem_text(summary):
            self.content.addWidget(label(problem, FontRole.SMALL, tone="warning", wrap=True, selectable=True))
        self.close_button = self.add_button(Button(_("Close")), default=True)
        self.close_button.clicked.connect(self.accept)


def _columns() -> list[Column]:
    titles = {
        FileState.FOUND: _("Found"),
        FileState.MISSING: _("Missing"),
        FileState.SIZE_DIFFERS: _("Size differs"),
        FileState.UNREACHABLE: _("Unreachable"),
    }

    def count(state: FileState) -> Column:
        return Column(
            state.value, titles[state], lambda root: text.number(root.counts.get(state, 0)), align=RIGHT, width=108
        )

    return [
        Column("root", _("Folder"), lambda root: str(root.root), width=240, tooltip=lambda root: str(root.root)),
        *(count(state) for state in _STATES),
        Column(
            "state",
            _("State"),
            lambda root: _look(root).word,
            width=120,
            tooltip=lambda root: root.user_text or None,
            roles={LOOK_ROLE: _look},
        ),
    ]
