"""Sign-ins: where the token of each server is kept, and the way into the keyring when there is one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from retrovue.core.domain.errors import SecretError
from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.servers.stored import all_servers
from retrovue.core.system.secrets import SecretPlace
from retrovue.gui.pages.services import PageServices
from retrovue.gui.pages.settings.rows import SettingRow, SettingsSection
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error

if TYPE_CHECKING:
    from retrovue.core.context import AppContext


@dataclass(frozen=True)
class SignIn:
    """Where the token of a server is: `place` None is nowhere; `problem` says why the keyring did not tell."""

    server: Server
    place: SecretPlace | None
    problem: str = ""


def place_text(signed: SignIn) -> tuple[str, str]:
    """(words, tone) for where a token is."""
    if signed.problem:
        return signed.problem, "warning"
    match signed.place:
        case SecretPlace.KEYRING:
            return _("In this computer’s keyring"), "text2"
        case SecretPlace.FILE:
            return _("In a file: anyone who can read it can use your server"), "warning"
        case SecretPlace.MEMORY:
            return _("Until RetroVue quits; you will be asked again at the next start"), "warning"
        case SecretPlace.ENVIRONMENT:
            return _("From the environment, until RetroVue quits"), "text2"
        case _:
            return _("Not signed in"), "danger"


class SignInsSection(SettingsSection):
    """See the module. Thread: GUI; the keyring is asked on a lane, because it may wait for a password."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(_("Sign-ins"), "key", parent)
        self._services = services
        self.card: Card = self.add_card()
        words = (_("Token"), _("Password"), _("Keyring"), _("Move to keyring"))
        self.summary = label("", FontRole.SMALL, tone="text2", wrap=True)
        self.add_row(SettingRow((), words, self.summary))
        self.lines: list[QWidget] = []
        self.places: dict[str, str] = {}
        self.move_buttons: dict[str, Button] = {}

    @Slot()
    def refresh(self) -> None:
        """Ask where everything is."""
        context = self._services.context

        def read(_token: CancelToken, _report: object) -> tuple[bool, list[SignIn]]:
            has_keyring = context.secrets.look_for_keyring()
            return has_keyring, [_sign_in(context, server) for server in all_servers(context)]

        handle = self._services.runner.submit(read, lane=Lane.SECRETS)
        handle.succeeded.connect(self._on_read)

    @Slot(object)
    def _on_read(self, found: tuple[bool, list[SignIn]]) -> None:
        has_keyring, signed = found
        for line in self.lines:
            self.card.body.removeWidget(line)
            line.deleteLater()
        self.lines, self.places, self.move_buttons = [], {}, {}
        for one in signed:
            self._add_line(one, can_move=has_keyring and one.place in (SecretPlace.FILE, SecretPlace.MEMORY))
        if not signed:
            said = _("No servers yet.")
        elif has_keyring:
            said = _("This computer has a keyring: tokens are safest there.")
        else:
            said = _("This computer has no keyring. Once it has one, tokens can be moved there.")
        self.summary.setText(said)

    def _add_line(self, signed: SignIn, *, can_move: bool) -> None:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        name = ElidedLabel(signed.server.name)
        name.setFixedWidth(140)
        words, tone = place_text(signed)
        row.addWidget(name, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(words, tone=tone, wrap=True), 1)
        if can_move:
            button = Button(_("Move to keyring"), icon="lock")
            button.clicked.connect(lambda: self._move(signed.server))
            row.addWidget(button)
            self.move_buttons[signed.server.name] = button
        self.places[signed.server.name] = words
        self.lines.append(line)
        self.card.body.addWidget(line)

    def _move(self, server: Server) -> None:
        context = self._services.context
        handle = self._services.runner.submit(
            lambda _token, _report: context.secrets.move_to_keyring(server.uuid, server.name), lane=Lane.SECRETS
        )
        handle.succeeded.connect(lambda _place: self._services.toast(_("The token is now in the keyring."), None))
        handle.failed.connect(lambda error: show_error(self, error))
        handle.finished.connect(self.refresh)


def _sign_in(context: "AppContext", server: Server) -> SignIn:
    try:
        return SignIn(server, context.secrets.where(server.uuid, server.name))
    except SecretError as error:
        return SignIn(server, None, error.text)
