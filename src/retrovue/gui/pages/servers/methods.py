"""Ways to sign in to a server, each a panel of its own: what they share, token or API key, and user with password."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.system.secrets import SecretPlace
from retrovue.gui.pages.servers.keeping import token_kept
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.fields import Field, FieldBlock, SecretField
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.notices import ToneIcon
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import message_for
from retrovue.gui.work.tasks import TaskHandle

if TYPE_CHECKING:
    from retrovue.core.services.servers.sign_in import SignedIn


Work = Callable[[CancelToken], object]


@dataclass(frozen=True)
class Target:
    """Where to sign in.

    Attributes:
        url: empty for whichever server a Plex account offers.
        machine_identifier: who answered there, None where nobody was asked.
        stored: the server that must be met again; None while a new one is added.
    """

    kind: ServerKind
    url: str = ""
    tls_fingerprint: str | None = None
    machine_identifier: str | None = None
    stored: Server | None = None


@dataclass(frozen=True)
class Proof:
    """What a sign-in gave.

    Attributes:
        url: the address to use.
        user_id: whose token it is, where that is known.
        is_account: the secret is a Plex account's, from which the server's own is still to be got.
    """

    kind: ServerKind
    url: str
    secret: str = field(repr=False)
    tls_fingerprint: str | None = None
    user_id: str | None = None
    is_account: bool = False


def words_of(error: BaseException) -> str:
    """What happened and what to do, in one line."""
    message = message_for(error)
    return f"{message.text} {message.hint}".strip()


class ErrorLine(QWidget):
    """A cross and what went wrong; takes no room while nothing did."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(ToneIcon("x-circle-fill", "danger"), 0, Qt.AlignmentFlag.AlignTop)
        self._text = label("", tone="danger", wrap=True)
        row.addWidget(self._text, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What is said; empty for nothing."""
        return self._text.text()

    def say(self, text: str) -> None:
        """Say it, or with an empty text nothing."""
        self._text.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))


class MethodPanel(QWidget):
    """A way to sign in. The dialog around it has the one button: `act_text` is on it, `act` does it.

    Thread: GUI.
    """

    signed_in = Signal(object)
    """A `Proof`, which is still to be tested."""
    changed = Signal()
    """The button may say something else, or be pressed again."""
    edited = Signal()
    """What was proven before is not what stands here now."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self.target = Target(ServerKind.PLEX)
        self._handle: TaskHandle | None = None
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(12)

    def set_target(self, target: Target) -> None:
        """Sign in there; what belongs to another place is forgotten."""
        self.cancel()
        self.target = target

    def start(self, *, focus: bool) -> None:
        """The panel has come to the front; with `focus` its first field takes the keyboard."""

    def show_place(self, place: SecretPlace) -> None:
        """Where the sign-in would be kept was found out."""

    def act_text(self) -> str:
        """What the button says."""
        return _("Sign in")

    def can_act(self) -> bool:
        """Whether the button can be pressed."""
        return not self.is_busy

    def act(self) -> None:
        """The button was pressed."""

    def restart(self) -> None:
        """What was signed in did not help: it can be done once more."""

    @property
    def is_busy(self) -> bool:
        """Whether something is waited for."""
        return self._handle is not None

    def cancel(self) -> None:
        """Stop what is waited for."""
        self._withdraw()

    def _withdraw(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.cancel()

    def run(self, work: Work, then: Callable[[Any], None], *, is_standing: bool = False) -> None:
        """Do `work` on the lane, then go on with its result; an answer to what was cancelled is dropped."""
        self._withdraw()
        handle = self.services.runner.submit(
            lambda token, _report: work(token), lane=Lane.SIGN_IN, is_standing=is_standing
        )
        self._handle = handle

        def ended(go_on: Callable[[Any], None], value: object) -> None:
            if handle is self._handle:
                self._handle = None
                go_on(value)
                self.changed.emit()

        handle.succeeded.connect(lambda value: ended(then, value))
        handle.failed.connect(lambda error: ended(self.on_failed, error))
        self.changed.emit()

    def on_failed(self, error: BaseException) -> None:
        """The work went wrong."""

    def prove(self, secret: str, *, url: str | None = None, user_id: str | None = None) -> None:
        """Hand over what the sign-in gave."""
        target = self.target
        address = target.url if url is None else url
        fingerprint = target.tls_fingerprint if address == target.url else None
        self.signed_in.emit(Proof(target.kind, address, secret, fingerprint, user_id))


class TokenPanel(MethodPanel):
    """A Plex token, or an API key of Emby and Jellyfin."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self.token = SecretField(icon="key", name=_("Token"))
        self.block = FieldBlock(_("Token"), self.token)
        self.column.addWidget(self.block)
        self._where = label("", FontRole.SMALL, tone="text2", wrap=True)
        self.column.addWidget(self._where)
        self.token.textEdited.connect(self._on_edited)

    def set_target(self, target: Target) -> None:
        """Speak of a token or a key, and where to get one."""
        super().set_target(target)
        is_plex = target.kind is ServerKind.PLEX
        self.block.set_title(_("Token") if is_plex else _("API key or access token"))
        if is_plex:
            where = _(
                "In Plex Web, open “Get Info” on any item, then “View XML”: the token is at the end of the "
                "page’s address."
            )
        elif target.kind is ServerKind.EMBY:
            where = _("Create an API key in the Emby dashboard, under Advanced > API Keys.")
        else:
            where = _("Create an API key in the Jellyfin dashboard, under API Keys.")
        self._where.setText(where)

    def start(self, *, focus: bool) -> None:
        """Type at once."""
        if focus:
            self.token.setFocus()

    def show_place(self, place: SecretPlace) -> None:
        """Say below the field where the token would be kept."""
        self.block.set_hint(token_kept(place))

    def act_text(self) -> str:
        """It is tested."""
        return _("Test and continue") if self.target.stored is None else _("Sign in")

    def restart(self) -> None:
        """What is typed or pasted next takes the place of what was refused."""
        self.token.selectAll()
        self.token.setFocus()

    def act(self) -> None:
        """Hand the token over; an empty one cannot be meant."""
        secret = self.token.text().strip()
        if not secret:
            self.block.set_error(_("Type or paste it here."))
            self.token.setFocus()
            return
        self.block.set_error("")
        self.prove(secret)

    @Slot()
    def _on_edited(self) -> None:
        self.block.set_error("")
        self.edited.emit()


class PasswordPanel(MethodPanel):
    """User and password, sent once. The field is emptied as soon as they are used."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self.user = Field(icon="user", name=_("User"))
        self.password = SecretField(icon="lock", name=_("Password"))
        self.user_block = FieldBlock(_("User"), self.user)
        self.password_block = FieldBlock(
            _("Password"), self.password, hint=_("Sent to the server once, and not stored.")
        )
        self.column.addWidget(self.user_block)
        self.column.addWidget(self.password_block)
        for edit in (self.user, self.password):
            edit.textEdited.connect(self._on_edited)

    def start(self, *, focus: bool) -> None:
        """Type at once."""
        if focus:
            (self.password if self.user.text() else self.user).setFocus()

    def cancel(self) -> None:
        """A password does not stay behind."""
        super().cancel()
        self.password.clear()

    def act_text(self) -> str:
        """What is done."""
        return _("Signing in…") if self.is_busy else _("Sign in")

    def act(self) -> None:
        """Send them to the server; an account may have an empty password."""
        user, password = self.user.text().strip(), self.password.text()
        if not user:
            self.user_block.set_error(_("Enter the name of your account on this server."))
            self.user.setFocus()
            return
        self._clear_errors()
        self.password.clear()
        context, target = self.services.context, self.target

        def sign_in(token: CancelToken) -> object:
            from retrovue.core.services.servers import sign_in as signing_in

            return signing_in.with_password(
                context,
                target.kind,
                target.url,
                user,
                password,
                tls_fingerprint=target.tls_fingerprint,
                token=token,
                expected=target.stored,
            )

        self.run(sign_in, self._on_signed_in)

    def on_failed(self, error: BaseException) -> None:
        """Below the field, and the password once more."""
        self.password_block.set_error(words_of(error))
        self.password.setFocus()

    def _on_signed_in(self, found: "SignedIn") -> None:
        self.prove(found.token, user_id=found.user_id)

    def _clear_errors(self) -> None:
        self.user_block.set_error("")
        self.password_block.set_error("")

    @Slot()
    def _on_edited(self) -> None:
        self._clear_errors()
        self.edited.emit()
