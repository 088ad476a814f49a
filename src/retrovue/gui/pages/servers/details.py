"""The chosen server: what it is, its test, its libraries."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from retrovue.core.domain.servers import Library, Server, ServerState
from retrovue.core.i18n import _
from retrovue.core.services.servers.rights import limits
from retrovue.gui.pages.servers.libraries import LibrariesCard
from retrovue.gui.pages.servers.live import LiveCard
from retrovue.gui.pages.servers.state_notices import StateNotices
from retrovue.gui.pages.servers.tautulli_card import TautulliCard
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import SectionHead
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.menus import Menu
from retrovue.gui.widgets.states import ServerKindTile
from retrovue.gui.widgets.verdict import VerdictView


class ServerDetails(QScrollArea):
    """Signals say what the person wants; the page does it."""

    test_requested = Signal()
    edit_requested = Signal()
    sign_in_requested = Signal()
    review_requested = Signal()
    distrust_requested = Signal()
    remove_requested = Signal()
    active_requested = Signal(bool)
    refresh_requested = Signal()
    sync_requested = Signal()

    def __init__(self, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self._server: Server | None = None
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(16)
        column.addLayout(self._make_head())
        self.notices = StateNotices()
        self.notices.sign_in_requested.connect(self.sign_in_requested)
        self.notices.review_requested.connect(self.review_requested)
        self.notices.retry_requested.connect(self.test_requested)
        column.addWidget(self.notices)
        self.verdict = VerdictView()
        self.verdict.hide()
        column.addWidget(self.verdict)
        self.live: LiveCard | None = None
        self._live_place = QVBoxLayout()
        column.addLayout(self._live_place)
        head = SectionHead(_("Libraries"), _("as of the last complete sync"))
        self.refresh_button = Button(_("Refresh from the server"), kind=ButtonKind.FLAT, icon="arrows-clockwise")
        self.refresh_button.clicked.connect(self.refresh_requested)
        head.add_widget(self.refresh_button)
        column.addWidget(head)
        self.libraries = LibrariesCard(now)
        column.addWidget(self.libraries)
        self.tautulli: TautulliCard | None = None
        self._tautulli_place = QVBoxLayout()
        column.addLayout(self._tautulli_place)
        column.addStretch(1)
        self.setWidget(inside)

    def _make_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        self._tile_place = QVBoxLayout()
        row.addLayout(self._tile_place)
        words = QVBoxLayout()
        words.setSpacing(2)
        self._name = label("", FontRole.CARD_TITLE)
        self._facts = ElidedLabel(tone="text2")
        words.addWidget(self._name)
        words.addWidget(self._facts)
        row.addLayout(words, 1)
        self.test_button = Button(_("Test"), icon="test")
        self.test_button.clicked.connect(self.test_requested)
        self.edit_button = Button(_("Edit…"), icon="pencil")
        self.edit_button.clicked.connect(self.edit_requested)
        self.sign_in_button = Button(_("Sign in again…"), icon="key")
        self.sign_in_button.clicked.connect(self.sign_in_requested)
        self.more = Button(icon="dots-three", name=_("More actions"))
        self._menu = Menu(self.more)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.more.setMenu(self._menu)
        for button in (self.test_button, self.edit_button, self.sign_in_button, self.more):
            row.addWidget(button)
        return row

    def show_server(self, server: Server, libraries: list[Library], plan: str) -> None:
        """Show a server; its verdict goes when another one is chosen. `plan`: what the schedule does by itself."""
        if self._server is None or self._server.id != server.id:
            self.verdict.hide()
            while (item := self._tile_place.takeAt(0)) is not None:
                if (old := item.widget()) is not None:
                    old.deleteLater()
            self._tile_place.addWidget(ServerKindTile(server.kind.value, size=36))
        self._server = server
        self._name.setText(server.name)
        role = _("owner") if server.is_owner else _("shared with you")
        account = _("signed in as {account}, {role}").format(account=server.account, role=role)
        facts = [f"{server.kind.label} {server.version}", account if server.account else role]
        if server.state_detail:
            facts.append(server.state_detail)
        self._facts.set_text(" · ".join(facts))
        self.sign_in_button.setVisible(server.state is not ServerState.SIGN_IN_AGAIN or not server.is_active)
        self.notices.show_server(server, limits(server))
        if self.live is not None:
            self.live.show_server(server)
        if self.tautulli is not None:
            self.tautulli.show_server(server)
        self.libraries.set_libraries(libraries, plan)

    def place_tautulli(self, card: TautulliCard) -> None:
        """Take in the card of the Tautulli that watches the server."""
        self.tautulli = card
        self._tautulli_place.addWidget(card)

    def place_live(self, card: LiveCard) -> None:
        """Take in the card that shows whether the server is followed."""
        self.live = card
        self._live_place.addWidget(card)

    def set_testing(self, *, running: bool) -> None:
        """The button works again after every outcome."""
        self.test_button.setEnabled(not running)
        self.refresh_button.setEnabled(not running)

    def _fill_menu(self) -> None:
        self._menu.clear()
        if self._server is None:
            return
        self._menu.addAction(_("Sync this server now"), self.sync_requested.emit)
        if self._server.is_active:
            self._menu.addAction(_("Disable"), lambda: self.active_requested.emit(False))
        else:
            self._menu.addAction(_("Enable"), lambda: self.active_requested.emit(True))
        if self._server.tls_fingerprint is not None:
            self._menu.addAction(_("Stop trusting this certificate"), self.distrust_requested.emit)
        self._menu.addSeparator()
        self._menu.addAction(_("Remove…"), self.remove_requested.emit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and arrows belong to the table inside, not to scrolling."""
        if event.key() in (Qt.Key.Key_Space,):
            event.ignore()
            return
        super().keyPressEvent(event)
