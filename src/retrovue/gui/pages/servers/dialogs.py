"""Editing a server and signing in again; both are tested before anything is stored."""

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QWidget

from retrovue.core.domain.errors import TlsError
from retrovue.core.domain.servers import Certificate, Server
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.system.secrets import SecretPlace
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.pages.servers.certificate import CertificateDialog
from retrovue.gui.pages.servers.doors import Doors
from retrovue.gui.pages.servers.methods import ErrorLine, Proof, Target, words_of
from retrovue.gui.pages.servers.sign_in import SignInPanel
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.checks import WrappedCheckBox
from retrovue.gui.widgets.fields import Field, FieldBlock
from retrovue.gui.widgets.labels import label
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

_WIDTH = 440
_SIGN_IN_WIDTH = 520
_CHANGED = ChangeSet(frozenset({"servers", "libraries"}), "servers")


def consent_text() -> str:
    """What a person agrees to where there is no keyring, in plain words."""
    return _("Keep it in a file in the data folder. Anyone who can read this file can use your server.")


class EditDialog(BaseDialog):
    """Name and address of a server."""

    def __init__(self, services: PageServices, server: Server, parent: QWidget | None = None) -> None:
        super().__init__(_("Edit “{server}”").format(server=server.name), parent)
        self._services = services
        self._server = server
        self._handle: TaskHandle | None = None
        self.setMinimumWidth(_WIDTH)
        self.name = Field(name=_("Name"))
        self.name.setText(server.name)
        self.url = Field(icon="globe-simple", name=_("Address"))
        self.url.setText(server.url)
        self._name_block = FieldBlock(_("Name"), self.name)
        self._url_block = FieldBlock(
            _("Address"), self.url, hint=_("A new address is tested first. It must reach the same server.")
        )
        self.content.addWidget(self._name_block)
        self.content.addWidget(self._url_block)
        cancel = self.add_button(Button(_("Cancel")))
        cancel.clicked.connect(self.reject)
        self.save = self.add_button(Button(_("Save server"), kind=ButtonKind.PRIMARY), default=True)
        self.save.clicked.connect(self._on_save)
        self.rejected.connect(self._cancel)

    @Slot()
    def _on_save(self) -> None:
        self._save(None)

    def _save(self, fingerprint: str | None) -> None:
        """Test and store; `fingerprint` is of a certificate that the person has just trusted."""
        context, server = self._services.context, self._server
        name, url = self.name.text().strip(), self.url.text().strip()
        for block in (self._name_block, self._url_block):
            block.set_error("")
        self.save.setEnabled(False)
        self.save.set_label(_("Testing…"))

        def edit(token: CancelToken, _report: object) -> ChangeSet:
            from retrovue.core.services.servers import registration as servers

            change = servers.ServerChange(
                name=name if name != server.name else None,
                url=url if url != server.url else None,
                tls_fingerprint=fingerprint,
            )
            servers.edit(context, server, change, token=token)
            return _CHANGED

        self._handle = self._services.runner.submit(edit, lane=Lane.IO)
        self._handle.succeeded.connect(self.accept)
        self._handle.failed.connect(self._on_failed)

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        self._handle = None
        self.save.setEnabled(True)
        self.save.set_label(_("Save server"))
        about_url = self.url.text().strip() != self._server.url
        if isinstance(error, TlsError) and error.certificate is not None:
            self._ask_to_trust(error.certificate)
        (self._url_block if about_url else self._name_block).set_error(words_of(error))

    def _ask_to_trust(self, shown: Certificate) -> None:
        dialog = CertificateDialog(self.url.text().strip(), shown, self._server.tls_fingerprint, self)
        dialog.accepted.connect(lambda: self._save(shown.fingerprint))
        dialog.open()

    @Slot()
    def _cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()


class SignInDialog(BaseDialog):
    """Another sign-in to a server that is stored. Everything stored stays; another machine is refused."""

    def __init__(
        self, services: PageServices, server: Server, doors: Doors | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(_("Sign in again to “{server}”").format(server=server.name), parent)
        self._services = services
        self._server = server
        self._handle: TaskHandle | None = None
        self.setMinimumWidth(_SIGN_IN_WIDTH)
        self.content.addWidget(label(_("Everything stored from this server stays as it is."), tone="text2", wrap=True))
        self.panel = SignInPanel(services, doors if doors is not None else Doors())
        self.content.addWidget(self.panel)
        self.error = ErrorLine()
        self.content.addWidget(self.error)
        self.content.addStretch(1)
        self.consent = WrappedCheckBox(_("Keep the token in a file: this computer has no keyring"))
        self.consent.hide()
        self.panel.place_found.connect(lambda place: self.consent.setVisible(place is SecretPlace.MEMORY))
        self.consent.setToolTip(consent_text())
        self.content.addWidget(self.consent)
        cancel = self.add_button(Button(_("Cancel")))
        cancel.clicked.connect(self.reject)
        self.save = self.add_button(Button(_("Sign in"), kind=ButtonKind.PRIMARY), default=True)
        self.save.clicked.connect(self._on_save)
        self.panel.changed.connect(self._update_button)
        self.panel.edited.connect(lambda: self.error.say(""))
        self.panel.signed_in.connect(self._test)
        self.finished.connect(self._stop)
        self.panel.set_target(
            Target(server.kind, server.url, server.tls_fingerprint, server.machine_identifier, server)
        )
        self._update_button()
        # Once it is shown: what the panel begins by itself needs a window to say how it went.
        QTimer.singleShot(0, self, self.panel.start)

    @Slot()
    def _update_button(self) -> None:
        busy = self._handle is not None
        self.save.set_label(_("Testing…") if busy else self.panel.panel.act_text())
        self.save.setEnabled(not busy and self.panel.panel.can_act())

    @Slot()
    def _on_save(self) -> None:
        self.error.say("")
        self.panel.panel.act()
        self._update_button()

    @Slot(object)
    def _test(self, proof: Proof) -> None:
        context, server, allow_file = self._services.context, self._server, self.consent.isChecked()

        def sign_in(token: CancelToken, _report: object) -> ChangeSet:
            from retrovue.core.services.servers import registration as servers
            from retrovue.core.services.servers import sign_in as signing_in

            if proof.is_account:
                signing_in.renew_plex(context, server, proof.secret, allow_file=allow_file, token=token)
            else:
                servers.sign_in(
                    context, server, proof.secret, allow_file=allow_file, token=token, user_id=proof.user_id
                )
            return _CHANGED

        self._handle = self._services.runner.submit(sign_in, lane=Lane.IO)
        self._handle.succeeded.connect(self.accept)
        self._handle.failed.connect(self._on_failed)
        self._update_button()

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        self._handle = None
        self.error.say(words_of(error))
        self.panel.panel.restart()
        self._update_button()

    @Slot()
    def _stop(self) -> None:
        self.panel.cancel()
        if self._handle is not None:
            self._handle.cancel()
