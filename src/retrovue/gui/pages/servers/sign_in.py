"""The ways to sign in to a kind of server, one shown at a time; the wizard and the Servers page use the same."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.servers import ServerKind
from retrovue.core.i18n import _
from retrovue.gui.pages.servers.doors import Doors
from retrovue.gui.pages.servers.methods import MethodPanel, PasswordPanel, Target, TokenPanel
from retrovue.gui.pages.servers.plex_account import PlexAccountPanel
from retrovue.gui.pages.servers.quick_connect import QuickConnectPanel
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.segments import Segment, Segments
from retrovue.gui.work.lanes import Lane

ACCOUNT, QUICK, PASSWORD, TOKEN = "account", "quick", "password", "token"
_OF_KIND = {
    ServerKind.PLEX: (ACCOUNT, TOKEN),
    ServerKind.EMBY: (PASSWORD, TOKEN),
    ServerKind.JELLYFIN: (QUICK, PASSWORD, TOKEN),
}


def _title(method: str, kind: ServerKind) -> str:
    if method == TOKEN:
        return _("Token") if kind is ServerKind.PLEX else _("API key")
    return {ACCOUNT: _("Plex account"), QUICK: _("Quick Connect"), PASSWORD: _("Password")}[method]


class SignInPanel(QWidget):
    """A choice of ways above, the chosen one below. Thread: GUI."""

    signed_in = Signal(object)
    """A `Proof`, which is still to be tested."""
    changed = Signal()
    edited = Signal()
    place_found = Signal(object)
    """A `SecretPlace`: where a sign-in is kept here."""

    def __init__(self, services: PageServices, doors: Doors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._has_asked_place = False
        self.account = PlexAccountPanel(services, doors)
        self.quick = QuickConnectPanel(services)
        self.password = PasswordPanel(services)
        self.token = TokenPanel(services)
        self._panels: dict[str, MethodPanel] = {
            ACCOUNT: self.account,
            QUICK: self.quick,
            PASSWORD: self.password,
            TOKEN: self.token,
        }
        self._target: Target | None = None
        self._method = ""
        self.ways: dict[ServerKind, Segments] = {}
        self._said = label("", FontRole.SMALL, tone="text2", wrap=True)
        self._said.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for kind, methods in _OF_KIND.items():
            way = Segments([(method, _title(method, kind)) for method in methods], name=_("How to sign in"))
            way.chosen.connect(self.select)
            self.ways[kind] = way
            row = QHBoxLayout()
            row.addWidget(way)
            row.addStretch(1)
            column.addLayout(row)
        column.addWidget(self._said)
        for panel in self._panels.values():
            column.addWidget(panel)
            panel.signed_in.connect(self.signed_in)
            panel.changed.connect(self.changed)
            panel.edited.connect(self.edited)
            panel.hide()
        self.quick.not_offered.connect(self._without_quick_connect)
        self._show(ACCOUNT)

    @property
    def method(self) -> str:
        """The chosen way: account, quick, password or token."""
        return self._method

    @property
    def target(self) -> Target | None:
        """Where to sign in, as it was told last."""
        return self._target

    @property
    def panel(self) -> MethodPanel:
        """The chosen way's panel."""
        return self._panels[self._method]

    def set_target(self, target: Target) -> None:
        """Sign in there. What is under way goes on when it is about the same place."""
        if target == self._target:
            return
        kind_changed = self._target is None or self._target.kind is not target.kind
        self.cancel()
        self._target = target
        for kind, way in self.ways.items():
            way.setVisible(kind is target.kind and bool(target.url))
        self._said.hide()
        for panel in self._panels.values():
            panel.set_target(target)
        if kind_changed or not target.url:
            first = _OF_KIND[target.kind][0]
            self.ways[target.kind].select(first)
            self._show(first)

    @Slot(str)
    def select(self, method: str) -> None:
        """Show another way and let it begin; what the one before waited for is stopped."""
        if self._target is None:
            return
        self.ways[self._target.kind].select(method)
        if method != self._method:
            self.cancel()
            self._show(method)
        self._said.hide()
        self.edited.emit()
        # Arrow keys go through the ways: the field of each must not take the keyboard away.
        by_keys = any(segment.shows_focus for segment in self.ways[self._target.kind].findChildren(Segment))
        self.panel.start(focus=not by_keys)
        self.changed.emit()

    def start(self) -> None:
        """The panel has come to the front."""
        self._ask_place()
        self.panel.start(focus=True)
        self.changed.emit()

    def _ask_place(self) -> None:
        """Ask once where a sign-in is kept: opening a keyring may take its time, and not every system has one."""
        if self._has_asked_place:
            return
        self._has_asked_place = True
        secrets = self._services.context.secrets
        handle = self._services.runner.submit(lambda _token, _report: secrets.place_for_new(), lane=Lane.SECRETS)
        for panel in self._panels.values():
            handle.succeeded.connect(panel.show_place)
        handle.succeeded.connect(self.place_found)

    def cancel(self) -> None:
        """Stop whatever is waited for."""
        for panel in self._panels.values():
            panel.cancel()

    def _show(self, method: str) -> None:
        self._method = method
        for key, panel in self._panels.items():
            panel.setVisible(key == method)

    @Slot()
    def _without_quick_connect(self) -> None:
        if self._method != QUICK:
            return
        self.select(PASSWORD)
        self._said.setText(_("Quick Connect is turned off on this server. Sign in with your username and password."))
        self._said.show()
