"""Sharing: whether other programs are answered, which, and the key that they need."""

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.sharing.keys import ApiKey, api_key, keep_key, new_key
from retrovue.core.system.secrets import SecretPlace
from retrovue.gui.pages.services import PageServices
from retrovue.gui.pages.settings.rows import SettingRow, SettingsSection
from retrovue.gui.pages.settings.webhooks import WebhookList
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error

_HIDDEN = "•" * 32


class SharingSection(SettingsSection):
    """See the module. Thread: GUI; the key is read on a lane, because the keyring may wait for a password."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(_("Sharing"), "broadcast", parent)
        self._services = services
        self.add_card()
        self.switch = self.add_switch(
            "share",
            remark=_("Dashboards, Home Assistant and bots ask RetroVue as they would ask Tautulli, for every server."),
        )
        self.add_choice(
            "share_listen",
            {"127.0.0.1": _("This computer only"), "0.0.0.0": _("The home network")},
            remark=_(
                "Anyone in the home network who has the key can see what your household watches. "
                "Never open the port to the internet."
            ),
        )
        self.add_number("share_port", 1024, 65535)
        self.add_switch("share_stop", remark=_("When this is off, programs can only read."))
        self.add_text(
            "share_origins",
            placeholder="https://dash.example",
            remark=_(
                "Only for dashboards whose pages ask from your browser. Several addresses are separated by |. "
                "When this is empty, no web page can read anything."
            ),
        )
        self.add_card(_("Access"))
        self.address = label("", tone="text2", wrap=True)
        self.add_row(SettingRow((), (_("Address"), _("API key")), self.address))
        self.key = ElidedLabel(_HIDDEN)
        self.show_button = Button(_("Show key"), icon="eye")
        self.copy_button = Button(_("Copy"), icon="copy")
        self.new_button = Button(_("New key"), icon="arrows-clockwise")
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(label(_("API key")), 1)
        for button in (self.show_button, self.copy_button, self.new_button):
            row.addWidget(button)
        # On a line of its own: beside the buttons it would be cut.
        both = QWidget()
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(line)
        column.addWidget(self.key)
        self.key_row = self.add_row(
            SettingRow((), (_("API key"),), both, _("After you create a new key, enter it in every program."))
        )
        self.add_card(_("Webhooks"))
        self.hooks = WebhookList(services)
        self.add_row(SettingRow((), (_("Webhooks"), _("Address"), "Plex", "Emby", "Jellyfin", "Tautulli"), self.hooks))
        self.show_button.clicked.connect(lambda: self._read(self._on_shown))
        self.copy_button.clicked.connect(lambda: self._read(self._on_copied))
        self.new_button.clicked.connect(self._on_new)
        if services.sharing is not None:
            services.sharing.state_changed.connect(self._show_state)
        self._show_state()

    def refresh(self) -> None:
        """Read which servers there are."""
        self.hooks.refresh()

    @Slot()
    def _show_state(self) -> None:
        sharing = self._services.sharing
        url = sharing.url if sharing is not None else ""
        self.address.setText(_("Answering requests at {url}").format(url=url) if url else _("Not answering requests."))

    def _read(self, done: Callable[[ApiKey], None]) -> None:
        context = self._services.context
        handle = self._services.runner.submit(
            lambda _token, _report: api_key(context, context.environ), lane=Lane.SECRETS
        )
        handle.succeeded.connect(done)
        handle.failed.connect(lambda error: show_error(self, error))

    @Slot(object)
    def _on_shown(self, key: ApiKey) -> None:
        is_hidden = self.key.text == _HIDDEN
        self.key.set_text(key.text if is_hidden else _HIDDEN)
        self.show_button.setText(_("Hide key") if is_hidden else _("Show key"))
        if key.place is SecretPlace.MEMORY:
            self.key_row.set_remark(_("This computer has no keyring. The key changes when RetroVue restarts."))

    @Slot(object)
    def _on_copied(self, key: ApiKey) -> None:
        QGuiApplication.clipboard().setText(key.text)
        self._services.toast(_("API key copied."), None)

    @Slot()
    def _on_new(self) -> None:
        context = self._services.context

        def renew(_token: CancelToken, _report: object) -> str:
            before = api_key(context, context.environ).text
            new_key(context)
            return before

        handle = self._services.runner.submit(renew, lane=Lane.SECRETS)
        handle.succeeded.connect(self._on_renewed)
        handle.failed.connect(lambda error: show_error(self, error))

    @Slot(object)
    def _on_renewed(self, before: str) -> None:
        self._hide()
        self._services.toast(_("New API key created. The old key no longer works."), lambda: self._take_back(before))

    def _take_back(self, before: str) -> None:
        """A new key by mistake would lock out every program."""
        context = self._services.context
        handle = self._services.runner.submit(lambda _token, _report: keep_key(context, before), lane=Lane.SECRETS)
        handle.succeeded.connect(lambda _key: self._hide())
        handle.failed.connect(lambda error: show_error(self, error))

    def _hide(self) -> None:
        self.key.set_text(_HIDDEN)
        self.show_button.setText(_("Show key"))
        if self._services.sharing is not None:
            self._services.sharing.renew()
