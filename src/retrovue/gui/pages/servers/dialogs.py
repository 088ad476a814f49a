"""Editing a server and signing in again; both are tested before anything is stored."""

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget

from retrovue.core.domain.servers import Server
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.messages import message_for
from retrovue.gui.pages.services import PageServices
from retrovue.gui.tasks import TaskHandle
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.checks import WrappedCheckBox
from retrovue.gui.widgets.fields import Field, FieldBlock
from retrovue.gui.widgets.labels import label

_WIDTH = 440
_CHANGED = ChangeSet(frozenset({"servers", "libraries"}), "servers")


def consent_text() -> str:
    """What a person agrees to where there is no keyring, in plain words."""
    return _("Keep it in a file of the data directory: anyone who can read this file can use your server")


class _TestedDialog(BaseDialog):
    """Fields, and a button that tests them on a lane before it closes the dialog."""

    def __init__(self, services: PageServices, title: str, act: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._services = services
        self._handle: TaskHandle | None = None
        self._act = act
        self.setMinimumWidth(_WIDTH)
        cancel = self.add_button(Button(_("Cancel")))
        cancel.clicked.connect(self.reject)
        self.save = self.add_button(Button(act, kind=ButtonKind.PRIMARY), default=True)
        self.save.clicked.connect(self._on_save)
        self.rejected.connect(self._cancel)

    def _work(self) -> Callable[[CancelToken, Callable[[object], None]], object]:
        raise NotImplementedError

    def _blame(self) -> FieldBlock:
        raise NotImplementedError

    def _on_save(self) -> None:
        self._blame().set_error("")
        self.save.setEnabled(False)
        self.save.set_label(_("Testing…"))
        self._handle = self._services.runner.submit(self._work(), lane="io")
        self._handle.succeeded.connect(self._on_saved)
        self._handle.failed.connect(self._on_failed)

    def _on_saved(self, _change: object) -> None:
        self._handle = None
        self.accept()

    def _on_failed(self, error: BaseException) -> None:
        self._handle = None
        self.save.setEnabled(True)
        self.save.set_label(self._act)
        message = message_for(error)
        self._blame().set_error(f"{message.text} {message.hint}".strip())

    def _cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()


class EditDialog(_TestedDialog):
    """Name and address of a server."""

    def __init__(self, services: PageServices, server: Server, parent: QWidget | None = None) -> None:
        super().__init__(services, _("Edit “{server}”").format(server=server.name), _("Save server"), parent)
        self._server = server
        self.name = Field(name=_("Name"))
        self.name.setText(server.name)
        self.url = Field(icon="globe-simple", name=_("Address"))
        self.url.setText(server.url)
        self._name_block = FieldBlock(_("Name"), self.name)
        self._url_block = FieldBlock(
            _("Address"), self.url, hint=_("A new address is tested first; it must lead to the same server.")
        )
        self.content.addWidget(self._name_block)
        self.content.addWidget(self._url_block)

    def _blame(self) -> FieldBlock:
        return self._url_block if self.url.text().strip() != self._server.url else self._name_block

    def _work(self) -> Callable[[CancelToken, Callable[[object], None]], object]:
        context, server = self._services.context, self._server
        name, url = self.name.text().strip(), self.url.text().strip()

        def edit(token: CancelToken, _report: object) -> ChangeSet:
            from retrovue.core.services import servers

            change = servers.ServerChange(
                name=name if name != server.name else None, url=url if url != server.url else None
            )
            servers.edit(context, server, change, token=token)
            return _CHANGED

        return edit


class SignInDialog(_TestedDialog):
    """A new token for a server that refuses the old one. Everything stored stays."""

    def __init__(self, services: PageServices, server: Server, parent: QWidget | None = None) -> None:
        super().__init__(services, _("Sign in again to “{server}”").format(server=server.name), _("Sign in"), parent)
        self._server = server
        self.content.addWidget(label(_("Everything stored of this server stays as it is."), tone="text2", wrap=True))
        self.token = Field(icon="key", name=_("Token"))
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self._block = FieldBlock(_("Token"), self.token, hint=_("It is tested before it replaces the old one."))
        self.content.addWidget(self._block)
        self.consent = WrappedCheckBox(_("Keep it in a file where this computer has no keyring"))
        self.consent.setToolTip(consent_text())
        self.content.addWidget(self.consent)

    def _blame(self) -> FieldBlock:
        return self._block

    def _work(self) -> Callable[[CancelToken, Callable[[object], None]], object]:
        context, server = self._services.context, self._server
        secret, allow_file = self.token.text().strip(), self.consent.isChecked()

        def sign_in(token: CancelToken, _report: object) -> ChangeSet:
            from retrovue.core.services import servers

            servers.sign_in(context, server, secret, allow_file=allow_file, token=token)
            return _CHANGED

        return sign_in
