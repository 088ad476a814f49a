"""The card of a server that does not respond."""

from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind, flush
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.notices import ToneIcon
from retrovue.gui.widgets.states import ServerKindTile


@dataclass(frozen=True)
class DownServer:
    """A server that did not answer the last time.

    Attributes:
        since: when that was first seen; None where it was so from the start.
        sessions: how many of the sessions that are shown are its own, as it told them last.
    """

    id: int
    name: str
    kind: str
    since: datetime | None
    sessions: int


class DownCard(QFrame):
    """Says which server, since when, what that means for the page, and where to look. Thread: GUI."""

    requested = Signal(int)
    """The Servers page is wanted for the server with this id."""

    def __init__(self, server: DownServer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.server = server
        self.setProperty("surface", "card")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(15, 15, 15, 15)
        row.setSpacing(14)
        row.addWidget(ToneIcon("plugs", "danger"), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(4)
        row.addLayout(column, 1)
        head = QHBoxLayout()
        self.title = label("", FontRole.CARD_TITLE, wrap=True)
        head.addWidget(self.title, 1)
        head.addWidget(ServerKindTile(server.kind, size=16), 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        self.since = label("", tone="text2", wrap=True)
        column.addWidget(self.since)
        link = Button(_("Open Servers"), kind=ButtonKind.LINK)
        link.clicked.connect(lambda: self.requested.emit(self.server.id))
        column.addLayout(flush(link))
        self.show_server(server)

    def show_server(self, server: DownServer) -> None:
        """Show a new state."""
        self.server = server
        title = _("“{server}” is not responding").format(server=server.name)
        self.title.setText(title)
        n = server.sessions
        parts = (
            [_("Since {time}.").format(time=text.when(server.since, datetime.now(UTC)))]
            if server.since is not None
            else []
        )
        if n:
            said = ngettext("Its stream is shown as last known.", "Its {n} streams are shown as last known.", n)
            parts.append(said.format(n=n))
        else:
            parts.append(_("Streams there are not shown."))
        self.since.setText(" ".join(parts))
        self.setAccessibleName(f"{title}. {' '.join(parts)}")
