"""The pages of the wizard about the server itself: kind, address and sign-in, libraries; and the last one."""

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QRadioButton,
    QVBoxLayout,
)

from retrovue.core.domain.servers import RemoteLibrary, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.probe import Verdict as ProbeVerdict
from retrovue.gui.messages import message_for
from retrovue.gui.pages.servers.dialogs import consent_text
from retrovue.gui.pages.servers.libraries import kind_name
from retrovue.gui.pages.servers.verdicts import show_running, show_verdict
from retrovue.gui.pages.servers.wizard_parts import WizardPage
from retrovue.gui.pages.services import PageServices
from retrovue.gui.tasks import TaskHandle
from retrovue.gui.theme import FontRole, font
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.checks import WrappedCheckBox
from retrovue.gui.widgets.fields import Field, FieldBlock
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.states import ServerKindTile
from retrovue.gui.widgets.verdict import Verdict

_URLS = {
    ServerKind.PLEX: "http://192.168.1.20:32400",
    ServerKind.EMBY: "http://192.168.1.20:8096",
    ServerKind.JELLYFIN: "http://192.168.1.20:8096",
}


class KindPage(WizardPage):
    """Which product the server runs."""

    def __init__(self, kinds: tuple[ServerKind, ...]) -> None:
        super().__init__(_("Kind of server"), _("RetroVue only reads. Nothing on your server is changed."))
        self._group = QButtonGroup(self)
        self._kinds = kinds
        texts = {
            ServerKind.PLEX: _("Plex Media Server, your own or one shared with you"),
            ServerKind.EMBY: _("Emby Server 4.8 or newer"),
            ServerKind.JELLYFIN: _("Jellyfin 10.8 or newer"),
        }
        for number, kind in enumerate(kinds):
            row = QHBoxLayout()
            row.setSpacing(12)
            button = QRadioButton(kind.label)
            button.setFont(font(FontRole.STRONG))
            button.setAccessibleDescription(texts[kind])
            button.setChecked(number == 0)
            self._group.addButton(button, number)
            row.addWidget(ServerKindTile(kind.value, size=24))
            words = QVBoxLayout()
            words.setSpacing(2)
            words.addWidget(button)
            words.addWidget(label(texts[kind], FontRole.SMALL, tone="text2", wrap=True))
            row.addLayout(words, 1)
            self.column.addLayout(row)
        self.column.addStretch(1)

    @property
    def kind(self) -> ServerKind:
        """The chosen kind."""
        return self._kinds[self._group.checkedId()]


class AddressPage(WizardPage):
    """Address and token, tested before the next page."""

    def __init__(self, services: PageServices, kind: Callable[[], ServerKind]) -> None:
        super().__init__(_("Address and sign-in"), _("The address is tested before anything is stored."))
        self._services = services
        self._kind = kind
        self._handle: TaskHandle | None = None
        self.verdict_found: ProbeVerdict | None = None
        self._tested: ServerKind | None = None
        self.name = Field(placeholder=_("Its own name"), name=_("Name"))
        self.url = Field(icon="globe-simple", placeholder=_URLS[ServerKind.PLEX], name=_("Address"))
        self.token = Field(icon="key", placeholder=_("Token"), name=_("Token"))
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self._url_block = FieldBlock(_("Address"), self.url, hint=_("Name or IP address with port, and any base path."))
        self._token_block = FieldBlock(
            _("Token"), self.token, hint=_("It goes into the keyring of this computer, never into the catalogue.")
        )
        self.column.addWidget(self._url_block)
        self.column.addWidget(self._token_block)
        self.column.addWidget(FieldBlock(_("Name in RetroVue"), self.name))
        row = QHBoxLayout()
        self.test_button = Button(_("Test connection"), icon="test", height=34)
        self.test_button.clicked.connect(self.test)
        row.addWidget(self.test_button)
        row.addStretch(1)
        self.column.addLayout(row)
        self.verdict = Verdict()
        self.verdict.hide()
        self.column.addWidget(self.verdict)
        self.column.addStretch(1)
        for field in (self.url, self.token):
            field.textEdited.connect(self._forget)
            field.returnPressed.connect(self.test)

    def set_kind(self, kind: ServerKind) -> None:
        """Speak of this kind; what another kind said of the address does not count for it."""
        self.url.setPlaceholderText(_URLS[kind])
        title = _("Token") if kind is ServerKind.PLEX else _("API key or access token")
        self._token_block.set_title(title)
        if self._tested is not None and self._tested is not kind:
            self._forget()

    def is_complete(self) -> bool:
        """The typed values were tested, and work."""
        return self.verdict_found is not None and self.verdict_found.ok

    @Slot()
    def test(self) -> None:
        """Test what is typed; the button works again after every outcome."""
        if not self.url.text().strip():
            self._url_block.set_error(_("Type the address of the server, such as http://nas:32400."))
            self.url.setFocus()
            return
        self._url_block.set_error("")
        self.cancel()
        self.test_button.setEnabled(False)
        self.verdict.show()
        show_running(self.verdict, self.url.text().strip())
        context, kind = self._services.context, self._kind()
        self._tested = kind
        url, secret = self.url.text(), self.token.text().strip()

        def probe(token: CancelToken, _report: object) -> object:
            from retrovue.core.services import servers

            return servers.probe(context, kind, url, secret, token=token)

        self._handle = self._services.runner.submit(probe, lane="io")
        self._handle.succeeded.connect(self._on_verdict)
        self._handle.failed.connect(self._on_failed)
        self._handle.finished.connect(self._on_finished)

    def cancel(self) -> None:
        """Stop a test that runs."""
        if self._handle is not None:
            self._handle.cancel()

    @Slot(object)
    def _on_verdict(self, verdict: ProbeVerdict) -> None:
        self.verdict_found = verdict
        show_verdict(self.verdict, verdict, datetime.now(UTC))
        if verdict.ok and verdict.info is not None and not self.name.text().strip():
            self.name.setText(verdict.info.name)
        self.completed.emit()

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        self.verdict.hide()
        message = message_for(error)
        self._url_block.set_error(f"{message.text} {message.hint}".strip())

    @Slot()
    def _on_finished(self) -> None:
        self._handle = None
        self.test_button.setEnabled(True)

    def _forget(self) -> None:
        # A test that is under way is about what was typed before.
        self.cancel()
        self.verdict.hide()
        self.verdict_found = None
        self.completed.emit()


class LibrariesPage(WizardPage):
    """Which libraries are imported."""

    def __init__(self) -> None:
        super().__init__(_("Libraries"), _("Choose what is imported. It can be changed at any time."))
        self._shown: tuple[RemoteLibrary, ...] = ()
        self.list = QListWidget()
        self.list.setAccessibleName(_("Libraries"))
        self.list.setUniformItemSizes(True)
        self.column.addWidget(self.list, 1)

    def set_libraries(self, libraries: tuple[RemoteLibrary, ...]) -> None:
        """Show what the account can see; ticks stay while it is the same."""
        if libraries == self._shown:
            return
        self._shown = libraries
        self.list.clear()
        for library in libraries:
            text = f"{library.name} · {kind_name(library.kind)}"
            if not library.kind.is_imported:
                text += " · " + _("not imported yet")
            item = QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, library.remote_id)
            if library.kind.is_imported:
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked)
            else:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(item)

    def chosen(self, libraries: tuple[RemoteLibrary, ...]) -> list[RemoteLibrary]:
        """Those that are imported."""
        off = self.unticked()
        return [library for library in libraries if library.kind.is_imported and library.remote_id not in off]

    def unticked(self) -> set[str]:
        """Remote ids of libraries that are not wanted."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return {
            item.data(Qt.ItemDataRole.UserRole)
            for item in items
            if item.flags() & Qt.ItemFlag.ItemIsUserCheckable and item.checkState() is Qt.CheckState.Unchecked
        }


class DonePage(WizardPage):
    """The last page: what will happen."""

    def __init__(self) -> None:
        super().__init__(_("Ready"), _("Nothing has been stored yet."))
        self.summary = label("", wrap=True)
        self.column.addWidget(self.summary)
        self.sync_now = QCheckBox(_("Sync now"))
        self.sync_now.setChecked(True)
        self.column.addWidget(self.sync_now)
        self.mapping = WrappedCheckBox(_("Then open Path mapping, where its files are found on this computer"))
        self.mapping.setChecked(True)
        self.column.addWidget(self.mapping)
        self.consent = WrappedCheckBox(_("Keep the token in a file where this computer has no keyring"))
        self.consent.setToolTip(consent_text())
        self.column.addWidget(self.consent)
        self.column.addWidget(label(consent_text(), FontRole.SMALL, tone="text2", wrap=True))
        self.column.addStretch(1)

    def next_text(self) -> str:
        """The act."""
        return _("Add server")
