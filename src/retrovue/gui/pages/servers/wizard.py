"""The wizard that adds a server: kind, address and sign-in, libraries, path mapping, background and alerts, ready.

It can be cancelled on any page; nothing is stored before the last button.
"""

from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.gui.messages import show_error
from retrovue.gui.pages.servers.wizard_background import BackgroundPage
from retrovue.gui.pages.servers.wizard_folders import FoldersPage, Read
from retrovue.gui.pages.servers.wizard_pages import AddressPage, DonePage, KindPage, LibrariesPage
from retrovue.gui.pages.servers.wizard_parts import StepList, WizardPage
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.labels import label

_SIZE = (800, 592)
_MINIMUM = (720, 560)
_ADDRESS, _FOLDERS, _READY = 1, 3, 5


@dataclass(frozen=True)
class Added:
    """What the last button did: the server, and where its token is."""

    server: object
    place: str
    change_set: ChangeSet


def offered_kinds() -> tuple[ServerKind, ...]:
    """The kinds of servers that this version reads."""
    # Not at the top: the sources are loaded after the window is painted.
    from retrovue.core.services import setup

    return setup.kinds()


class AddServerWizard(QDialog):
    """See the module. Thread: GUI."""

    added = Signal(object, bool)
    """(Server, whether to sync now)"""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._is_storing = False
        self.setWindowTitle(_("Add a server"))
        self.setModal(True)
        self.setMinimumSize(*_MINIMUM)
        self.resize(*_SIZE)
        self.kind_page = KindPage(offered_kinds())
        self.address_page = AddressPage(services, lambda: self.kind_page.kind)
        self.libraries_page = LibrariesPage()
        self.folders_page = FoldersPage(services)
        self.background_page = BackgroundPage(services.context.settings)
        self.done_page = DonePage()
        self._pages: list[WizardPage] = [
            self.kind_page,
            self.address_page,
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
        self._show_page(0)
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
        foot.addWidget(label(_("Nothing is saved until the last step."), FontRole.SMALL, tone="text2"), 1)
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

    def _show_page(self, number: int) -> None:
        if number == _ADDRESS:
            self.address_page.set_kind(self.kind_page.kind)
        self._stack.setCurrentIndex(number)
        self._steps.set_current(number)
        if number == _ADDRESS:
            self.address_page.url.setFocus()
        if number == _FOLDERS:
            verdict = self.address_page.verdict_found
            listed = verdict.libraries if verdict is not None else ()
            self.folders_page.set_libraries(self.libraries_page.chosen(listed), self._reader())
        if number == _READY:
            self._summarise()
        self._update_buttons()

    @Slot()
    def _update_buttons(self) -> None:
        page = self._pages[self.step]
        self.back_button.setEnabled(self.step > 0)
        self.next_button.set_label(page.next_text())
        self.next_button.setEnabled(page.is_complete())

    @Slot()
    def _back(self) -> None:
        self._show_page(self.step - 1)

    @Slot()
    def _next(self) -> None:
        if not self._pages[self.step].is_complete():
            return
        if self.step == _ADDRESS:
            verdict = self.address_page.verdict_found
            if verdict is not None:
                self.libraries_page.set_libraries(verdict.libraries)
        if self.step < _READY:
            self._show_page(self.step + 1)
        else:
            self._add()

    @Slot()
    def _stop_work(self) -> None:
        for page in self._pages:
            page.cancel()

    def _reader(self) -> Read:
        """Reads some files of the chosen libraries from the server, which is not stored yet."""
        context, kind = self._services.context, self.kind_page.kind
        url, secret = self.address_page.url.text(), self.address_page.token.text().strip()
        verdict = self.address_page.verdict_found
        chosen = self.libraries_page.chosen(verdict.libraries if verdict is not None else ())

        def read(token: CancelToken) -> list:
            from retrovue.core.services import setup

            return setup.read_samples(context, kind, url, secret, chosen, token=token)

        return read

    def _summarise(self) -> None:
        verdict = self.address_page.verdict_found
        if verdict is None or verdict.info is None:
            return
        wanted = self.libraries_page.chosen(verdict.libraries)
        n = len(wanted)
        text = ngettext(
            "“{name}” is added with {n} library: {names}.", "“{name}” is added with {n} libraries: {names}.", n
        ).format(name=self._name(), n=n, names=", ".join(library.name for library in wanted) or "–")
        rules = len(self.folders_page.rules())
        if rules:
            said = ngettext("{n} path mapping rule is stored.", "{n} path mapping rules are stored.", rules)
            text += "\n" + said.format(n=rules)
        self.done_page.summary.setText(text)
        self.done_page.mapping.setChecked(not rules)

    def _name(self) -> str:
        verdict = self.address_page.verdict_found
        own = verdict.info.name if verdict is not None and verdict.info is not None else ""
        return self.address_page.name.text().strip() or own

    def _add(self) -> None:
        verdict = self.address_page.verdict_found
        if verdict is None or verdict.info is None:
            return
        self._set_storing(storing=True)
        context = self._services.context
        info, listed, off = verdict.info, verdict.libraries, frozenset(self.libraries_page.unticked())
        name, url = self._name(), self.address_page.url.text()
        secret, consent = self.address_page.token.text().strip(), self.done_page.consent.isChecked()
        rules, settings = self.folders_page.rules(), self.background_page.changes()

        def store(_token: CancelToken, _report: object) -> Added:
            from retrovue.core.services import setup

            chosen = setup.Setup(name, url, secret, info, listed, consent, off, rules, settings)
            added = setup.store(context, chosen)
            kinds = frozenset({"servers", "libraries", "mappings"})
            return Added(added.server, added.place.value, ChangeSet(kinds, "wizard"))

        handle = self._services.runner.submit(store, lane="secrets")
        handle.succeeded.connect(self._on_added)
        handle.failed.connect(self._on_failed)

    @Slot(object)
    def _on_added(self, added: Added) -> None:
        if added.place == "memory":
            said = _("This computer has no keyring: the token is kept for this run only.")
            self._services.toast(said, None)
        self.added.emit(added.server, self.done_page.sync_now.isChecked())
        if self.done_page.mapping.isChecked():
            self._services.open_page("mapping", getattr(added.server, "id", None))
        self.accept()

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        self._set_storing(storing=False)
        show_error(self, error)

    def _set_storing(self, *, storing: bool) -> None:
        self._is_storing = storing
        for button in (self.cancel_button, self.back_button, self.next_button):
            button.setEnabled(not storing)

    def reject(self) -> None:
        """Cancel, Esc or the cross; while the server is being stored it is too late."""
        if not self._is_storing:
            super().reject()
