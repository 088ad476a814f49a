"""The plays that ended in the last hour; each leads to the History page."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from retrovue.core.domain.history import Play
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.pages.history import words
from retrovue.gui.tables.cells import KINDS_ROLE, LOOK_ROLE, KindsDelegate, StateDelegate
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import DataTable, room_for


class EndedTable(DataTable):
    """When, who, what, where, how long, how. Thread: GUI."""

    play_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(name=_("Ended in the last hour"), parent=parent)
        self.rows = ListModel(_columns(), parent=self)
        self.setModel(self.rows)
        for place, column in enumerate(self.rows.columns):
            self.setColumnWidth(place, room_for(column))
        self.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.setItemDelegateForColumn(3, KindsDelegate(self))
        self.setItemDelegateForColumn(6, StateDelegate(self))
        self.clicked.connect(self._on_clicked)

    def show_plays(self, plays: Sequence[Play]) -> None:
        """Show these plays, the one that ended last first."""
        self.rows.set_rows(sorted(plays, key=lambda play: play.stopped_at, reverse=True))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space lead to the play."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._on_clicked(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _on_clicked(self, index: QModelIndex) -> None:
        if index.isValid():
            self.play_chosen.emit(self.rows.row_at(index.row()))


def _columns() -> list[Column]:
    return [
        Column(
            "stopped",
            _("Ended"),
            lambda play: play.stopped_at.astimezone().strftime("%H:%M"),
            width=84,
            tooltip=lambda play: text.exact(play.stopped_at),
        ),
        Column("user", _("User"), lambda play: play.user or "", width=110),
        Column("title", _("Title"), words.full_title, tooltip=words.full_title),
        Column(
            "server",
            _("Server"),
            lambda play: play.server,
            width=120,
            roles={KINDS_ROLE: lambda play: (play.server_kind,) if play.server_kind else ()},
        ),
        Column("played", _("Played"), lambda play: words.played(play.play_s), align=RIGHT, width=80),
        Column("percent", _("Progress"), words.percent, align=RIGHT, width=84),
        Column(
            "stream",
            _("Stream"),
            lambda play: look.word if (look := words.look_of(play)) else "",
            width=140,
            roles={LOOK_ROLE: words.look_of},
        ),
    ]
