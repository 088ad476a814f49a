"""Connecting a Tautulli from the window: its address and key, tested before anything is stored."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from retrovue.core.domain.errors import AuthError
from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.tautulli.connection import Connected
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.pages.servers.methods import words_of
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.checks import WrappedCheckBox
from retrovue.gui.widgets.fields import Field, FieldBlock, SecretField
from retrovue.gui.widgets.labels import label
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

_WIDTH = 460


class ConnectDialog(BaseDialog):
    """Address and key of a Tautulli. Thread: GUI; it is tested on a lane.

    Args:
        server: the server that it watches where Tautulli names none of the catalog.
        url: the address so far, of one that is connected.
    """

    connected = Signal(object)
    """A `Connected`."""

    def __init__(self, services: PageServices, server: Server, url: str = "", parent: QWidget | None = None) -> None:
        super().__init__(_("Connect Tautulli"), parent)
        self._services = services
        self._server = server
        self._handle: TaskHandle | None = None
        self.setMinimumWidth(_WIDTH)
        self.content.addWidget(
            label(_("Tautulli counts what everybody watches on this server. Nothing in it is changed."), wrap=True)
        )
        self.url = Field(placeholder="http://192.168.1.10:8181", icon="globe-simple", name=_("Address of Tautulli"))
        self.url.setText(url)
        self.key = SecretField(icon="key", name=_("API key"))
        self.url_block = FieldBlock(_("Address of Tautulli"), self.url)
        self.key_block = FieldBlock(_("API key"), self.key, hint=_("In Tautulli: Settings > Web Interface > API key"))
        self.content.addWidget(self.url_block)
        self.content.addWidget(self.key_block)
        self.consent = WrappedCheckBox(
            _("Keep it in a file in the data folder. Anyone who can read this file can use your Tautulli.")
        )
        self.consent.hide()
        self.content.addWidget(self.consent)
        cancel = self.add_button(Button(_("Cancel")))
        cancel.clicked.connect(self.reject)
        self.save = self.add_button(Button(_("Connect"), kind=ButtonKind.PRIMARY), default=True)
        self.save.clicked.connect(self._on_save)
        for field in (self.url, self.key):
            field.textChanged.connect(self._show_ready)
        self.rejected.connect(self._cancel)
        self._show_ready()
        self._ask_for_keyring()

    def _ask_for_keyring(self) -> None:
        """Without a keyring a person chooses between a file and this run."""
        context = self._services.context
        handle = self._services.runner.submit(
            lambda _token, _report: context.secrets.place_for_new().value, lane=Lane.SECRETS
        )
        handle.succeeded.connect(self._on_place)
        handle.failed.connect(lambda _error: self._on_place("memory"))

    @Slot(object)
    def _on_place(self, place: str) -> None:
        self.consent.setVisible(place == "memory")
        self._grow()

    @Slot()
    def _show_ready(self) -> None:
        missing = [block for block in (self.url, self.key) if not block.text().strip()]
        self.save.setEnabled(self._handle is None and not missing)
        self.save.setToolTip(_("Enter the address and the key.") if missing else "")

    @Slot()
    def _on_save(self) -> None:
        context, server = self._services.context, self._server
        url, key, allow_file = self.url.text().strip(), self.key.text().strip(), self.consent.isChecked()
        for block in (self.url_block, self.key_block):
            block.set_error("")

        def connect(token: CancelToken, _report: object) -> Connected:
            from retrovue.core.services.tautulli.connection import connect

            return connect(context, url=url, key=key, fallback=server, allow_file=allow_file, token=token)

        self._handle = self._services.runner.submit(connect, lane=Lane.IO)
        self._handle.succeeded.connect(self._on_connected)
        self._handle.failed.connect(self._on_failed)
        self.save.set_label(_("Testing…"))
        self._show_ready()

    @Slot(object)
    def _on_connected(self, done: Connected) -> None:
        self._handle = None
        self.connected.emit(done)
        self.accept()

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        self._handle = None
        self.save.set_label(_("Connect"))
        self._show_ready()
        block = self.key_block if isinstance(error, AuthError) else self.url_block
        block.set_error(words_of(error))
        self._grow()

    def _grow(self) -> None:
        """Take the room for what has just appeared: the fields would be squeezed instead."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            # A message wraps to three lines at most, of which the layout reckons with one.
            needed = layout.totalHeightForWidth(self.width()) + 2 * self.fontMetrics().height()
            self.resize(self.width(), max(self.height(), needed))

    @Slot()
    def _cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
