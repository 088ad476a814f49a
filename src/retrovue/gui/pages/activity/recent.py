"""What happened to the live sessions since the program was started, and those that ended in the last hour."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHeaderView, QStackedWidget, QWidget

from retrovue.core.domain.playback import session_title
from retrovue.core.i18n import _
from retrovue.core.services.monitor import PlaybackEvent
from retrovue.gui.pages.activity import words
from retrovue.gui.pages.activity.ended import EndedTable
from retrovue.gui.tables.cells import KINDS_ROLE, LOOK_ROLE, KindsDelegate, StateDelegate
from retrovue.gui.tables.columns import Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import DataTable, room_for
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.segments import Segments

SHOWN = 3
NOW, ENDED = "now", "ended"
_Row = tuple[int, PlaybackEvent]


class RecentCard(Card):
    """Time, event, user, title, server, player; or the plays that ended lately. Thread: GUI."""

    history_requested = Signal()
    play_chosen = Signal(object)
    """The `Play` that is wanted on the History page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("Just now"), padded=False, parent=parent)
        self.choice = Segments([(NOW, _("Just now")), (ENDED, _("Ended in the last hour"))], name=_("What to list"))
        self.choice.chosen.connect(self._show_list)
        if self.head is not None:
            self.head.set_title("")
            self.head.add_leading(self.choice)
            self.history_link = Button(_("Open history"), kind=ButtonKind.LINK)
            self.history_link.clicked.connect(self.history_requested)
            self.head.add_widget(self.history_link)
        self._kinds: dict[int, str] = {}
        self.model = ListModel(self._columns(), row_id=lambda row: row[0], parent=self)
        self.table = DataTable(name=_("Just now"))
        self.table.setModel(self.model)
        header = self.table.horizontalHeader()
        for place, column in enumerate(self.model.columns):
            self.table.setColumnWidth(place, room_for(column))
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.table.setItemDelegateForColumn(1, StateDelegate(self.table))
        self.table.setItemDelegateForColumn(4, KindsDelegate(self.table))
        self.ended = EndedTable()
        self.ended.play_chosen.connect(self.play_chosen)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.ended)
        self.body.addWidget(self.stack)
        rows = self.table.verticalHeader().defaultSectionSize() * SHOWN
        self.stack.setFixedHeight(header.height() + rows + 2)

    def _show_list(self, key: str) -> None:
        self.stack.setCurrentWidget(self.ended if key == ENDED else self.table)

    def show_events(self, events: Sequence[PlaybackEvent], kinds: dict[int, str]) -> None:
        """Show the newest events (the last of `events`) first; `kinds` by server id."""
        self._kinds = kinds
        numbered = list(enumerate(events))[-SHOWN:]
        self.model.set_rows(reversed(numbered))

    def _columns(self) -> list[Column]:
        def title(row: _Row) -> str:
            return session_title(row[1].session) if row[1].session is not None else ""

        def player(row: _Row) -> str:
            return words.player_line(row[1].session) if row[1].session is not None else ""

        return [
            Column("at", _("Time"), lambda row: row[1].at.astimezone().strftime("%H:%M:%S"), width=84),
            Column(
                "event",
                _("Event"),
                lambda row: words.event_look(row[1]).word,
                width=130,
                roles={LOOK_ROLE: lambda row: words.event_look(row[1])},
            ),
            Column("user", _("User"), lambda row: (row[1].session and row[1].session.user) or "", width=110),
            Column("title", _("Title"), title, tooltip=title),
            Column(
                "server",
                _("Server"),
                lambda row: row[1].server,
                width=120,
                roles={KINDS_ROLE: lambda row: (self._kinds.get(row[1].server_id, "plex"),)},
            ),
            Column("player", _("Player"), player, width=200, tooltip=player),
        ]
