"""The record of alerts: what a desktop that does not disturb has swallowed stands here."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHeaderView, QWidget

from retrovue.core.i18n import _
from retrovue.core.storage.notices import StoredNotice
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.models.columns import Column
from retrovue.gui.models.rows import ListModel
from retrovue.gui.theme import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.cells import LOOK_ROLE, StateDelegate
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.states import StateLook
from retrovue.gui.widgets.tables import DataTable, room_for

_BAD = frozenset({"server_down", "sync_failed", "error"})


def look_of(notice: StoredNotice) -> StateLook:
    """Unread ones stand out; those that tell of a failure have its shape."""
    if notice.event in _BAD:
        return StateLook("warning-fill", "warning" if notice.read_at is None else "text2", notice.title)
    if notice.read_at is None:
        return StateLook("bell-fill", "accent", notice.title)
    return StateLook("bell", "text2", notice.title)


class AlertsDialog(BaseDialog):
    """The alerts, newest first. Show it with `open()`. Thread: GUI."""

    mark_read = Signal()
    """A person has seen them all."""

    def __init__(self, notices: Sequence[StoredNotice], now: datetime, parent: QWidget | None = None) -> None:
        super().__init__(_("Alerts"), parent)
        self.resize(720, 460)
        self.content.addWidget(label(_("Alerts"), FontRole.PAGE_TITLE))
        self.summary = label(tone="text2", wrap=True)
        self.content.addWidget(self.summary)
        card = Card(padded=False)
        self.table = DataTable(name=_("Alerts"))
        columns = [
            Column(
                "when",
                _("When"),
                lambda notice: text.when(notice.at, now),
                width=130,
                tooltip=lambda notice: text.exact(notice.at),
            ),
            Column("title", _("Alert"), lambda notice: notice.title, width=250, roles={LOOK_ROLE: look_of}),
            Column(
                "body",
                _("About"),
                lambda notice: notice.body.replace("\n", " · "),
                tooltip=lambda notice: notice.body or None,
            ),
        ]
        self.model = ListModel(columns, parent=self)
        self.table.setModel(self.model)
        for place in (0, 1):
            self.table.setColumnWidth(place, room_for(columns[place]))
        self.table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.table.setItemDelegateForColumn(1, StateDelegate(self.table))
        card.body.addWidget(self.table)
        self.content.addWidget(card, 1)
        self.read_button = self.add_button(Button(_("Mark all read")), leading=True)
        self.read_button.clicked.connect(self.mark_read)
        close = self.add_button(Button(_("Close"), kind=ButtonKind.PRIMARY), default=True)
        close.clicked.connect(self.accept)
        self.show_notices(notices)

    def show_notices(self, notices: Sequence[StoredNotice]) -> None:
        """Show these, newest first."""
        unread = sum(notice.read_at is None for notice in notices)
        if not notices:
            said = _("No alerts yet. Which events raise one is chosen in Settings.")
        elif unread:
            said = _("{unread} of {total} not read").format(unread=text.number(unread), total=text.number(len(notices)))
        else:
            said = _("All read")
        self.summary.setText(said)
        strong = QFont(self.summary.font())
        strong.setBold(bool(unread))
        self.summary.setFont(strong)
        self.read_button.setEnabled(bool(unread))
        self.model.set_rows(notices)
