"""The Servers page: add, test, edit, sign in again, disable, remove; libraries with their switches."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from retrovue.core.domain.servers import Certificate, Library, Server, SyncMode
from retrovue.core.domain.sync import ChangeSet, SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.servers.probe import Verdict as ProbeVerdict
from retrovue.core.services.servers.stored import all_libraries, all_servers, set_active
from retrovue.gui import text
from retrovue.gui.dialogs.message import ConfirmDialog
from retrovue.gui.pages.servers.certificate import CertificateDialog
from retrovue.gui.pages.servers.details import ServerDetails
from retrovue.gui.pages.servers.dialogs import EditDialog, SignInDialog
from retrovue.gui.pages.servers.doors import Doors
from retrovue.gui.pages.servers.list import ServerList
from retrovue.gui.pages.servers.live import LiveCard
from retrovue.gui.pages.servers.tautulli_card import TautulliCard
from retrovue.gui.pages.servers.verdicts import Remedies, show_running, show_verdict
from retrovue.gui.pages.servers.wizard import AddServerWizard
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.card import hairline
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.page import Page, PageAction, PageHead
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error
from retrovue.gui.work.tasks import TaskHandle

_WIDE = 1000
_CONCERNS = frozenset({"servers", "libraries"})
_CHANGED = ChangeSet(frozenset({"servers", "libraries"}), "servers")


@dataclass(frozen=True)
class _Overview:
    servers: list[Server]
    libraries: list[Library]


class ServersPage(Page):
    """See the module. Thread: GUI."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._overview = _Overview([], [])
        self._wanted: int | None = None
        self._wants_sign_in: int | None = None
        self._wizard: AddServerWizard | None = None
        self.doors = Doors()
        self.head = PageHead(_("Servers"))
        self.find_button = self.head.add_action(PageAction(_("Search this network…"), "broadcast", self.find_servers))
        self.add_button = self.head.add_action(PageAction(_("Add server…"), "plus", self._on_add, primary=True))
        self.list = ServerList()
        self.list.setFixedWidth(288)
        self.details = ServerDetails(_now)
        self.details.place_live(LiveCard(services, _now))
        self.details.place_tautulli(TautulliCard(services, _now))
        self.empty = EmptyState(
            _("No servers yet."),
            _("Add your own server, or one that is shared with you. Nothing on it is changed."),
            button=_("Add server…"),
            icon="plus",
        )
        self._build()
        self._connect()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(hairline())
        self._stack = QStackedWidget()
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.list)
        row.addWidget(hairline(vertical=True))
        row.addWidget(self.details, 1)
        self._stack.addWidget(both)
        self._stack.addWidget(self.empty)
        column.addWidget(self._stack, 1)

    def _connect(self) -> None:
        details = self.details
        self.empty.triggered.connect(self._on_add)
        self.list.selectionModel().currentChanged.connect(self._on_current)
        self.list.remove_requested.connect(self._remove)
        details.test_requested.connect(self._test)
        details.edit_requested.connect(self._edit)
        details.sign_in_requested.connect(self._sign_in)
        details.review_requested.connect(self._review_certificate)
        details.distrust_requested.connect(self._distrust)
        details.remove_requested.connect(self._remove)
        details.active_requested.connect(self._set_active)
        details.refresh_requested.connect(self._ask_again)
        details.sync_requested.connect(self._sync)
        details.libraries.toggled.connect(self._toggle_library)
        details.libraries.mode_chosen.connect(self._set_mode)
        details.libraries.sync_requested.connect(self._sync_library)
        details.libraries.forget_requested.connect(self._forget_library)
        self._services.runner.changed.connect(self._on_changed)

    # --- what the frame asks for ------------------------------------------------------------------------------

    def activate(self) -> None:
        """Read what is shown."""
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the list is narrower and the roots give way."""
        super().resizeEvent(event)
        wide = event.size().width() >= _WIDE
        self.list.setFixedWidth(288 if wide else 220)
        self.details.libraries.show_roots(shown=wide)

    def refresh(self) -> None:
        """Ask for servers and libraries again."""
        context = self._services.context
        handle = self._services.runner.submit(
            lambda _token, _report: _Overview(all_servers(context), all_libraries(context)), lane=Lane.QUERY
        )
        handle.succeeded.connect(self._on_overview)

    def show_argument(self, argument: object) -> None:
        """Choose a server by its id, ("sign_in", id) to sign in to it; open the wizard for "add" or on an address."""
        if argument == "add":
            self.add_server()
        elif isinstance(argument, str):
            self.add_server().use_address(argument)
        elif isinstance(argument, int):
            self._wanted = argument
            self._choose()
        elif isinstance(argument, tuple) and argument[:1] == ("sign_in",):
            self._wanted = self._wants_sign_in = argument[1]
            self._choose()

    @property
    def current(self) -> Server | None:
        """The chosen server."""
        index = self.list.currentIndex()
        return self.list.list_model.row_at(index.row()) if index.isValid() else None

    # --- what is shown ----------------------------------------------------------------------------------------

    @Slot(object)
    def _on_overview(self, overview: _Overview) -> None:
        self._overview = overview
        servers = overview.servers
        self.list.list_model.set_rows(servers)
        self._stack.setCurrentIndex(0 if servers else 1)
        imported = [library for library in overview.libraries if library.kind.is_imported]
        on = sum(1 for library in imported if library.is_enabled)
        n = len(servers)
        subtitle = ngettext("{n} server", "{n} servers", n).format(n=n)
        if imported:
            subtitle += " · " + _("{on} of {total} libraries enabled").format(on=on, total=len(imported))
        self.head.set_subtitle(subtitle if servers else "")
        self._choose()
        self._show_current()

    def _choose(self) -> None:
        model = self.list.list_model
        row = model.row_of(self._wanted) if self._wanted is not None else -1
        if row < 0 and not self.list.currentIndex().isValid() and model.rowCount():
            row = 0
        if row >= 0:
            self._wanted = None
            self.list.selectionModel().setCurrentIndex(
                model.index(row, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
        current = self.current
        if current is not None and current.id == self._wants_sign_in:
            self._wants_sign_in = None
            self._sign_in()

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        self._show_current()

    def _show_current(self) -> None:
        server = self.current
        if server is None:
            return
        own = [library for library in self._overview.libraries if library.server_id == server.id]
        settings = self._services.context.settings
        plan = text.sync_plan(settings.sync_schedule, settings.sync_every_hours)
        self.details.show_server(server, own, plan)

    @Slot(object)
    def _on_changed(self, change: ChangeSet) -> None:
        if change.kinds & _CONCERNS and self.isVisible():
            self.refresh()

    # --- what is done -----------------------------------------------------------------------------------------

    @Slot()
    def _on_add(self) -> None:
        self.add_server()

    def add_server(self) -> AddServerWizard:
        """Open the wizard, or bring the open one to the front."""
        if self._wizard is not None:
            self._wizard.raise_()
            return self._wizard
        wizard = AddServerWizard(self._services, self.doors, self)
        wizard.added.connect(self._on_added)
        wizard.finished.connect(self._forget_wizard)
        self._wizard = wizard
        wizard.open()
        return wizard

    @Slot()
    def find_servers(self) -> None:
        """Open the wizard with what is on this network, of whichever kind."""
        if self._wizard is None:
            self.add_server().find_servers()

    @Slot()
    def _forget_wizard(self) -> None:
        self._wizard = None

    @Slot(object, bool)
    def _on_added(self, server: Server, sync_now: bool) -> None:
        self._wanted = server.id
        self.refresh()
        if sync_now:
            self._services.sync.start(SyncRequest(server_ids=(server.id,)))

    @Slot()
    def _test(self) -> None:
        self._run_test(lambda _server, _verdict: None)

    @Slot()
    def _review_certificate(self) -> None:
        """Ask for the certificate as it is now, then show it beside the one that was trusted."""
        self._run_test(self._on_reviewed)

    def _run_test(self, then: Callable[[Server, ProbeVerdict], None]) -> None:
        server = self.current
        if server is None:
            return
        context = self._services.context
        self.details.set_testing(running=True)
        self.details.verdict.show()
        show_running(self.details.verdict, server.url)

        def check(token: CancelToken, report: Callable[[object], None]) -> object:
            from retrovue.core.services.servers import registration as servers

            verdict = servers.check(context, server, token=token)
            report(_CHANGED)
            return verdict

        def show(verdict: ProbeVerdict) -> None:
            # Another server may have been chosen meanwhile.
            if self.current is None or self.current.id != server.id:
                return
            remedies = Remedies(again=self._test, trust=lambda found: self._look_at_certificate(server, found))
            show_verdict(self.details.verdict, verdict, _now(), remedies)
            then(server, verdict)

        handle = self._services.runner.submit(check, lane=Lane.IO)
        handle.succeeded.connect(show)
        handle.failed.connect(self._on_test_failed)
        handle.finished.connect(lambda: self.details.set_testing(running=False))

    def _on_reviewed(self, server: Server, verdict: ProbeVerdict) -> None:
        if verdict.certificate is not None:
            self._look_at_certificate(server, verdict.certificate)

    def _look_at_certificate(self, server: Server, shown: Certificate) -> None:
        dialog = CertificateDialog(server.url, shown, server.tls_fingerprint, self)
        dialog.accepted.connect(lambda: self._trust(server, shown.fingerprint))
        dialog.open()

    def _trust(self, server: Server, fingerprint: str) -> None:
        """Trust it once the server has proven with it to be the same machine, then test again."""
        context = self._services.context

        def accept(token: CancelToken, _report: object) -> ChangeSet:
            from retrovue.core.services.servers import registration as servers
            from retrovue.core.services.servers import trust

            servers.check(context, trust.trust(context, server, fingerprint, token=token), token=token)
            return _CHANGED

        handle = self._do(accept, lane=Lane.IO)
        handle.succeeded.connect(lambda _change: self.details.verdict.hide())

    @Slot()
    def _distrust(self) -> None:
        """Trust only what the system trusts; the toast's undo trusts the same certificate again."""
        server = self.current
        if server is None or server.tls_fingerprint is None:
            return
        context, services = self._services.context, self._services

        def forget(_token: CancelToken, _report: object) -> ChangeSet:
            from retrovue.core.services.servers import trust

            trust.forget(context, server)
            return _CHANGED

        def trust_again(_token: CancelToken, _report: object) -> ChangeSet:
            from retrovue.core.services.servers import trust

            trust.put_back(context, server)
            return _CHANGED

        def undo() -> None:
            self._do(trust_again)

        said = _("The certificate of “{server}” is no longer trusted.").format(server=server.name)
        handle = self._do(forget)
        handle.succeeded.connect(lambda _change: services.toast(said, undo))

    @Slot(object)
    def _on_test_failed(self, error: BaseException) -> None:
        self.details.verdict.hide()
        show_error(self, error)

    @Slot()
    def _ask_again(self) -> None:
        server = self.current
        if server is None:
            return
        context = self._services.context
        self.details.set_testing(running=True)

        def ask(token: CancelToken, _report: object) -> ChangeSet:
            from retrovue.core.services.servers import libraries

            libraries.refresh(context, server, token=token)
            return _CHANGED

        handle = self._do(ask, lane=Lane.IO)
        handle.finished.connect(lambda: self.details.set_testing(running=False))

    @Slot()
    def _edit(self) -> None:
        server = self.current
        if server is not None:
            EditDialog(self._services, server, self).open()

    @Slot()
    def _sign_in(self) -> None:
        server = self.current
        if server is not None:
            SignInDialog(self._services, server, self.doors, self).open()

    @Slot(bool)
    def _set_active(self, active: bool) -> None:
        server = self.current
        if server is None:
            return
        context = self._services.context

        def change(_token: CancelToken, _report: object) -> ChangeSet:
            set_active(context, server, active=active)
            return _CHANGED

        self._do(change)

    @Slot()
    def _remove(self) -> None:
        server = self.current
        if server is None:
            return
        items = sum(library.items for library in self._overview.libraries if library.server_id == server.id)
        dialog = ConfirmDialog(
            _("Remove “{server}”?").format(server=server.name),
            _(
                "Its {items} items will leave the catalog. Adding the server again brings them back until "
                "they are purged."
            ).format(items=text.number(items)),
            _("Remove server"),
            destructive=True,
            parent=self,
        )
        dialog.confirmed.connect(lambda: self._remove_now(server))
        dialog.open()

    @Slot(object)
    def _forget_library(self, library: Library) -> None:
        dialog = ConfirmDialog(
            _("Forget “{library}”?").format(library=library.name),
            _(
                "The server no longer lists it. Its {items} items will leave the catalog; restoring the removals "
                "brings them back until they are purged."
            ).format(items=text.number(library.items)),
            _("Forget library"),
            destructive=True,
            parent=self,
        )
        dialog.confirmed.connect(lambda: self._forget_now(library))
        dialog.open()

    def _forget_now(self, library: Library) -> None:
        context = self._services.context

        def forget(token: CancelToken, _report: object) -> ChangeSet:
            from retrovue.core.services.servers import libraries

            libraries.forget(context, library, token=token)
            return ChangeSet(frozenset({"libraries", "items", "files", "removals"}), "servers")

        self._do(forget, lane=Lane.WRITE)

    def _remove_now(self, server: Server) -> None:
        context = self._services.context

        def remove(_token: CancelToken, _report: object) -> ChangeSet:
            from retrovue.core.services.servers import registration as servers

            servers.remove(context, server)
            return ChangeSet(frozenset({"servers", "libraries", "items", "files", "mappings"}), "servers")

        self._do(remove, lane=Lane.SECRETS)

    @Slot()
    def _sync(self) -> None:
        server = self.current
        if server is not None:
            self._services.sync.start(SyncRequest(server_ids=(server.id,)))

    @Slot(object)
    def _sync_library(self, library: Library) -> None:
        self._services.sync.start(SyncRequest(server_ids=(library.server_id,), library_ids=(library.id,)))

    @Slot(object, bool)
    def _toggle_library(self, library: Library, enabled: bool) -> None:
        context = self._services.context

        def change(_token: CancelToken, _report: object) -> ChangeSet:
            from retrovue.core.services.servers import libraries

            libraries.set_enabled(context, [library], enabled=enabled)
            return _CHANGED

        self._do(change)

    @Slot(object, object)
    def _set_mode(self, library: Library, mode: SyncMode) -> None:
        context = self._services.context

        def change(_token: CancelToken, _report: object) -> ChangeSet:
            from retrovue.core.services.servers import libraries

            libraries.set_sync_mode(context, library, mode)
            return _CHANGED

        self._do(change)

    def _do(
        self, work: Callable[[CancelToken, Callable[[object], None]], object], *, lane: Lane = Lane.WRITE
    ) -> TaskHandle:
        handle = self._services.runner.submit(work, lane=lane)
        handle.failed.connect(lambda error: show_error(self, error))
        return handle


def _now() -> datetime:
    return datetime.now(UTC)
