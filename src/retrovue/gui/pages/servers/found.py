"""Media servers that answer on this network: looked for when the list is shown, and whenever somebody asks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.servers import ServerKind
from retrovue.core.i18n import _, ngettext
from retrovue.gui.pages.servers.choices import Choice, ChoiceList
from retrovue.gui.pages.servers.doors import Doors
from retrovue.gui.pages.servers.methods import words_of
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.busy import BusyIcon
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.labels import label
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

if TYPE_CHECKING:
    from retrovue.core.services.servers.discovery import FoundOnNetwork

ACCOUNT_KEY = "account"


class FoundServers(QWidget):
    """The Plex account first where it is asked for, then what answered: the wanted kind before the others."""

    chosen = Signal()
    taken = Signal()

    def __init__(self, services: PageServices, doors: Doors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._doors = doors
        self._kind = ServerKind.PLEX
        self._handle: TaskHandle | None = None
        self._found: list[FoundOnNetwork] = []
        self._was_asked = False
        self.list = ChoiceList(_("Servers found on this network"))
        self.list.chosen.connect(self.chosen)
        self.list.taken.connect(self.taken)
        self.busy = BusyIcon("circle-notch", size=14)
        self.said = label("", FontRole.SMALL, tone="text2", wrap=True)
        self.again = Button(_("Search again"), kind=ButtonKind.FLAT, icon="broadcast")
        self.again.clicked.connect(self.search)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.list, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.busy)
        row.addWidget(self.said, 1)
        row.addWidget(self.again)
        column.addLayout(row)
        self.busy.hide()

    def set_kind(self, kind: ServerKind) -> None:
        """Servers of this kind first."""
        self._kind = kind
        self._show()

    def search_once(self) -> None:
        """Search, unless it was done already."""
        if not self._was_asked:
            self.search()

    @property
    def is_searching(self) -> bool:
        """Whether the network is being asked."""
        return self._handle is not None

    @property
    def is_account(self) -> bool:
        """Whether the Plex account is chosen."""
        return self.list.key == ACCOUNT_KEY

    def choice(self) -> "FoundOnNetwork | None":
        """The server that is chosen."""
        return next((one for one in self._found if _key(one) == self.list.key), None)

    @Slot()
    def search(self) -> None:
        """Ask the network for a few seconds."""
        self.cancel()
        self._was_asked = True
        context, find = self._services.context, self._doors.find
        handle = self._services.runner.submit(lambda token, _report: find(context, token), lane=Lane.DISCOVER)
        self._handle = handle
        handle.succeeded.connect(lambda found: self._on_found(handle, found))
        handle.failed.connect(lambda error: self._on_failed(handle, error))
        self.list.set_placeholder("")
        self._say(_("Searching this network…"))

    def cancel(self) -> None:
        """Stop asking; what is not known then is asked the next time."""
        handle, self._handle = self._handle, None
        if handle is not None:
            self._was_asked = False
            handle.cancel()
            self._say("")

    def _on_found(self, handle: TaskHandle, found: "Sequence[FoundOnNetwork]") -> None:
        if handle is not self._handle:
            return
        self._handle = None
        self._found = list(found)
        self._show()
        n = len(self._found)
        if n:
            self._say(
                ngettext("{n} server found on this network.", "{n} servers found on this network.", n).format(n=n)
            )
            return
        self._say(_("No server responded."))
        self.list.set_placeholder(
            _(
                "No server responded on this network. A server in a container with bridged networking "
                "cannot be found this way: enter its address below."
            )
        )
        if self.list.count():
            # The account stands in the list: there is no room in it for the sentence.
            self._say(self.list.placeholder)

    def _on_failed(self, handle: TaskHandle, error: BaseException) -> None:
        if handle is self._handle:
            self._handle = None
            self._say(words_of(error))

    def _show(self) -> None:
        wanted = [one for one in self._found if one.kind is self._kind]
        others = [one for one in self._found if one.kind is not self._kind]
        choices = [_choice(one) for one in (*wanted, *others)]
        if self._kind is ServerKind.PLEX:
            text = _("Your servers and those shared with you, near and far")
            choices.insert(0, Choice(ACCOUNT_KEY, "plex", _("Sign in with Plex"), text))
        self.list.set_choices(choices)

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.busy.setVisible(self.is_searching)
        self.again.setEnabled(not self.is_searching)


def _key(found: "FoundOnNetwork") -> str:
    return f"{found.kind.value} {found.machine_identifier} {found.url}"


def _choice(found: "FoundOnNetwork") -> Choice:
    if found.known is None:
        return Choice(_key(found), found.kind.value, found.name, found.url)
    why = _("Already added as “{name}”").format(name=found.known.name)
    return Choice(_key(found), found.kind.value, found.name, f"{found.url} · {why}", is_enabled=False, why=why)
