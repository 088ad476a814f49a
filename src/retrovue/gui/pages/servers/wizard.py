"""The wizard that adds a server: kind, server, sign-in, libraries, path mapping, background and alerts, ready.

It can be cancelled on any page; nothing is stored before the last button.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.servers import RemoteLibrary, ServerKind
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.gui.pages.servers.doors import Doors
from retrovue.gui.pages.servers.methods import words_of
from retrovue.gui.pages.servers.wizard_background import BackgroundPage
from retrovue.gui.pages.servers.wizard_folders import FoldersPage, Read
from retrovue.gui.pages.servers.wizard_pages import DonePage, KindPage, LibrariesPage
from retrovue.gui.pages.servers.wizard_parts import STEPS_WIDTH, StepList, WizardPage
from retrovue.gui.pages.servers.wizard_server import ServerPage
from retrovue.gui.pages.servers.wizard_sign_in import SignInPage
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.labels import label
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error

if TYPE_CHECKING:
    from retrovue.core.services.mapping.suggest import Sample

_SIZE = (800, 592)
_MINIMUM = (720, 560)
KIND, SERVER, SIGN_IN, LIBRARIES, FOLDERS, BACKGROUND, READY = range(7)


@dataclass(frozen=True)
class Added:
    """What the last button did."""

    server: object
    change_set: ChangeSet


def offered_kinds() -> tuple[ServerKind, ...]:
    """The kinds of servers that this version reads."""
    # Not at the top: the sources are loaded after the window is painted.
    from retrovue.core.services.servers import setup

    return setup.kinds()


class AddServerWizard(QDialog):
    """See the module. Thread: GUI."""

    added = Signal(object, bool)
    """(Server, whether to sync now)"""

    def __init__(self, services: PageServices, doors: Doors | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._is_storing = False
        doors = doors if doors is not None else Doors()
        self.setWindowTitle(_("Add server"))
        self.setModal(True)
        self.kind_page = KindPage(offered_kinds())
        self.server_page = ServerPage(services, doors)
        self.sign_in_page = SignInPage(services, doors)
        self.libraries_page = LibrariesPage()
        self.folders_page = FoldersPage(services)
        self.background_page = BackgroundPage(services.context.settings)
        self.done_page = DonePage()
        self._pages: list[WizardPage] = [
            self.kind_page,
            self.server_page,
            self.sign_in_page,
            self.libraries_page,
            self.folders_page,
            self.background_page,
            self.done_page,
        ]
        self._steps = StepList([page.title for page in self._pages])
        self._stack = QStackedWidget()
        for page in self._pages:
            self._stack.addWidget(page)
            page.completed.connect(self._update_buttons)
        self._build()
        # Longer words make the steps wider; the pages keep their room.
        more = self._steps.width() - STEPS_WIDTH
        self.setMinimumSize(_MINIMUM[0] + more, _MINIMUM[1])
        self.resize(_SIZE[0] + more, _SIZE[1])
        self.sign_in_page.panel.place_found.connect(self.done_page.show_place)
        for page in (self.server_page, self.sign_in_page):
            page.advanced.connect(self._go_on)
        self.server_page.kind_found.connect(self.kind_page.choose)
        self.sign_in_page.address_wanted.connect(self._type_address)
        self._show_page(KIND)
        self.finished.connect(self._stop_work)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._steps)
        row.addWidget(self._stack, 1)
        column.addLayout(row, 1)
        line = QFrame()
        line.setProperty("surface", "line")
        line.setFixedHeight(1)
        column.addWidget(line)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 11, 16, 11)
        foot.setSpacing(8)
        foot.addWidget(label(_("Nothing is saved until the last step."), FontRole.SMALL, tone="text2", wrap=True), 1)
        self.cancel_button = Button(_("Cancel"), height=34)
        self.cancel_button.clicked.connect(self.reject)
        self.back_button = Button(_("Back"), icon="caret-left", height=34)
        self.back_button.clicked.connect(self._back)
        self.next_button = Button(_("Next"), kind=ButtonKind.PRIMARY, height=34)
        self.next_button.clicked.connect(self._next)
        self.next_button.setDefault(True)
        for button in (self.cancel_button, self.back_button, self.next_button):
            foot.addWidget(button)
        column.addLayout(foot)

    @property
    def step(self) -> int:
        """The number of the page that is shown, from 0."""
        return self._stack.currentIndex()

    def find_servers(self) -> None:
        """Begin with what is on this network, of whichever kind."""
        self._show_page(SERVER)

    def use_address(self, url: str) -> None:
        """Begin with an address that is known already; nobody is asked before *Next*."""
        self._show_page(SERVER)
        self.server_page.type_address()
        self.server_page.url.setText(url)

    def _show_page(self, number: int) -> None:
        if number == SERVER:
            self.server_page.set_kind(self.kind_page.kind)
        elif number == SIGN_IN:
            self.sign_in_page.set_target(self.server_page.target(), self.server_page.name)
        elif number == LIBRARIES:
            verdict = self.sign_in_page.verdict_found
            if verdict is not None:
                self.libraries_page.set_libraries(verdict.libraries, verdict.info)
        elif number == FOLDERS:
            self.folders_page.set_libraries(self._chosen(), self._reader())
        elif number == READY:
            self._summarise()
        self._stack.setCurrentIndex(number)
        self._steps.set_current(number)
        self._pages[number].enter()
        self._update_buttons()

    @Slot()
    def _update_buttons(self) -> None:
        page = self._pages[self.step]
        self.back_button.setEnabled(self.step > KIND)
        self.next_button.set_label(page.next_text())
        self.next_button.setEnabled(page.is_complete())

    @Slot()
    def _back(self) -> None:
        self._pages[self.step].cancel()
        self._show_page(self.step - 1)

    @Slot()
    def _next(self) -> None:
        page = self._pages[self.step]
        if not page.is_complete():
            return
        if self.step == READY:
            self._add()
        elif page.leave():
            self._go_on()

    @Slot()
    def _go_on(self) -> None:
        self._show_page(self.step + 1)

    @Slot()
    def _type_address(self) -> None:
        self._back()
        self.server_page.type_address()

    @Slot()
    def _stop_work(self) -> None:
        for page in self._pages:
            page.cancel()

    def _chosen(self) -> list[RemoteLibrary]:
        verdict = self.sign_in_page.verdict_found
        return self.libraries_page.chosen(verdict.libraries if verdict is not None else ())

    def _reader(self) -> Read:
        """Reads some files of the chosen libraries from the server, which is not stored yet."""
        context, chosen, proof = self._services.context, self._chosen(), self.sign_in_page.proof

        def read(token: CancelToken) -> "list[Sample]":
            from retrovue.core.services.servers import setup

            if proof is None:
                return []
            return setup.read_samples(
                context,
                proof.kind,
                proof.url,
                proof.secret,
                chosen,
                tls_fingerprint=proof.tls_fingerprint,
                user_id=proof.user_id,
                token=token,
            )

        return read

    def _summarise(self) -> None:
        verdict = self.sign_in_page.verdict_found
        if verdict is None or verdict.info is None:
            return
        if not self.done_page.name.text().strip():
            self.done_page.name.setText(verdict.info.name)
        wanted = self._chosen()
        n = len(wanted)
        text = ngettext("{n} library will be imported: {names}.", "{n} libraries will be imported: {names}.", n).format(
            n=n, names=", ".join(library.name for library in wanted) or "–"
        )
        rules = len(self.folders_page.rules())
        if rules:
            said = ngettext("{n} path mapping rule will be added.", "{n} path mapping rules will be added.", rules)
            text += "\n" + said.format(n=rules)
        self.done_page.summary.setText(text)
        self.done_page.mapping.setChecked(not rules)

    def _add(self) -> None:
        verdict, proof = self.sign_in_page.verdict_found, self.sign_in_page.proof
        if verdict is None or verdict.info is None or proof is None:
            return
        self._set_storing(storing=True)
        context = self._services.context
        info, listed, off = verdict.info, verdict.libraries, frozenset(self.libraries_page.unticked())
        name, consent = self.done_page.name.text().strip(), self.done_page.consent.isChecked()
        rules, settings = self.folders_page.rules(), self.background_page.changes()

        def store(_token: CancelToken, _report: object) -> Added:
            from retrovue.core.services.servers import setup

            chosen = setup.Setup(
                name,
                proof.url,
                proof.secret,
                info,
                listed,
                consent,
                off,
                rules,
                settings,
                tls_fingerprint=proof.tls_fingerprint,
            )
            added = setup.store(context, chosen)
            kinds = frozenset({"servers", "libraries", "mappings"})
            return Added(added.server, ChangeSet(kinds, "wizard"))

        handle = self._services.runner.submit(store, lane=Lane.SECRETS)
        handle.succeeded.connect(self._on_added)
        handle.failed.connect(self._on_failed)

    @Slot(object)
    def _on_added(self, added: Added) -> None:
        self._is_storing = False
        self.added.emit(added.server, self.done_page.sync_now.isChecked())
        if self.done_page.mapping.isChecked():
            self._services.open_page("mapping", getattr(added.server, "id", None))
        self.accept()

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        self._set_storing(storing=False)
        self._update_buttons()
        if isinstance(error, ConfigError):
            # A name that is taken is the usual one, and the field for it is on this page.
            self.done_page.name_block.set_error(words_of(error))
            self.done_page.name.setFocus()
            return
        show_error(self, error)

    def _set_storing(self, *, storing: bool) -> None:
        self._is_storing = storing
        for button in (self.cancel_button, self.back_button, self.next_button):
            button.setEnabled(not storing)
        if storing:
            self.next_button.set_label(_("Adding…"))

    def reject(self) -> None:
        """Cancel, Esc or the cross; while the server is being stored it is too late."""
        if not self._is_storing:
            super().reject()
