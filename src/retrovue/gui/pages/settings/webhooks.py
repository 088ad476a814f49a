"""Webhooks: the address to enter at each server, hidden until it is wanted, and when something last came from it."""

from collections.abc import Callable

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.servers.stored import all_servers
from retrovue.core.services.sharing.hooks import hook_url, put_back_hook, renew_hook
from retrovue.core.services.sharing.keys import api_key
from retrovue.gui import text
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error

_HIDDEN = "•" * 24
_LOOK_MS = 2_000


class WebhookLine(QWidget):
    """One server: its name, its address, and what can be done with that."""

    def __init__(self, server: Server, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.server = server
        self.address = ElidedLabel(_HIDDEN)
        self.show_button = Button(_("Show address"), icon="eye")
        self.copy_button = Button(_("Copy"), icon="copy")
        self.new_button = Button(_("New address"), icon="arrows-clockwise")
        self.last = label("", FontRole.SMALL, tone="text2", wrap=True)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(ElidedLabel(server.name), 1)
        for button in (self.show_button, self.copy_button, self.new_button):
            button.setAccessibleName(f"{button.text()} {server.name}")
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(row)
        # On a line of its own: beside the buttons it would be cut.
        column.addWidget(self.address)
        column.addWidget(self.last)

    def show_address(self, address: str) -> None:
        """Show the address, or hide it where it is empty."""
        self.address.set_text(address or _HIDDEN)
        self.show_button.setText(_("Hide address") if address else _("Show address"))


class WebhookList(QWidget):
    """See the module. Thread: GUI; the keyring is asked on a lane."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self.lines: list[WebhookLine] = []
        self.remark = label(
            _(
                "A webhook from a server, or from Tautulli, leads to one check of that server, so that changes are "
                "known sooner. What it says is not believed and not stored."
            ),
            tone="text2",
            wrap=True,
        )
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        self._column.addWidget(self.remark)
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._show_last)

    def showEvent(self, event: QShowEvent) -> None:
        """While it is seen, it says when something came."""
        super().showEvent(event)
        self._show_last()
        self._look.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """An address that was shown is hidden again."""
        super().hideEvent(event)
        self._look.stop()
        for line in self.lines:
            line.show_address("")

    @Slot()
    def refresh(self) -> None:
        """Read which servers there are."""
        context = self._services.context
        handle = self._services.runner.submit(lambda _token, _report: all_servers(context), lane=Lane.QUERY)
        handle.succeeded.connect(self._on_read)

    @Slot(object)
    def _on_read(self, servers: list[Server]) -> None:
        if [(each.server.id, each.server.name) for each in self.lines] != [(each.id, each.name) for each in servers]:
            for line in self.lines:
                self._column.removeWidget(line)
                line.deleteLater()
            self.lines = [self._line(server) for server in servers]
            for line in self.lines:
                self._column.addWidget(line)
        self._show_last()

    def _line(self, server: Server) -> WebhookLine:
        line = WebhookLine(server)
        line.show_button.clicked.connect(lambda: self._show_or_hide(line))
        line.copy_button.clicked.connect(lambda: self._read(line, self._copy))
        line.new_button.clicked.connect(lambda: self._renew(line))
        return line

    @Slot()
    def _show_last(self) -> None:
        sharing = self._services.sharing
        for line in self.lines:
            at = None if sharing is None else sharing.hints.last_at(line.server.id)
            line.last.setText(
                _("Nothing has come since RetroVue started.")
                if at is None
                else _("Last came {ago}").format(ago=text.ago(at, self._services.context.clock.now()))
            )

    # --- what is done -------------------------------------------------------------------------------------------

    def _show_or_hide(self, line: WebhookLine) -> None:
        if line.address.text == _HIDDEN:
            self._read(line, line.show_address)
        else:
            line.show_address("")

    def _copy(self, address: str) -> None:
        QGuiApplication.clipboard().setText(address)
        self._services.toast(_("Address copied."), None)

    def _read(self, line: WebhookLine, done: Callable[[str], None]) -> None:
        context, server = self._services.context, line.server
        settings = context.settings

        def read(_token: CancelToken, _report: object) -> str:
            key = api_key(context, context.environ)
            return hook_url(context, key, server, settings.share_listen, settings.share_port)

        handle = self._services.runner.submit(read, lane=Lane.SECRETS)
        handle.succeeded.connect(done)
        handle.failed.connect(lambda error: show_error(self, error))

    def _renew(self, line: WebhookLine) -> None:
        context, uuid = self._services.context, line.server.uuid
        handle = self._services.runner.submit(lambda _token, _report: renew_hook(context, uuid), lane=Lane.SECRETS)
        handle.succeeded.connect(lambda before: self._on_renewed(line, before))
        handle.failed.connect(lambda error: show_error(self, error))

    def _on_renewed(self, line: WebhookLine, before: str | None) -> None:
        self._begin_anew(line)
        said = _("New address for “{server}” created. The old one no longer works.").format(server=line.server.name)
        self._services.toast(said, lambda: self._put_back(line, before))

    def _put_back(self, line: WebhookLine, before: str | None) -> None:
        context, uuid = self._services.context, line.server.uuid
        handle = self._services.runner.submit(
            lambda _token, _report: put_back_hook(context, uuid, before), lane=Lane.SECRETS
        )
        handle.succeeded.connect(lambda _none: self._begin_anew(line))
        handle.failed.connect(lambda error: show_error(self, error))

    def _begin_anew(self, line: WebhookLine) -> None:
        if line in self.lines:
            line.show_address("")
        if self._services.sharing is not None:
            self._services.sharing.renew()
