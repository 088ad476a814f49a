"""The wizard that adds a server: kind, address and sign-in, libraries, done.

It can be cancelled on any page; nothing is stored before the last button.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QRadioButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from retrovue.core.domain.servers import RemoteLibrary, ServerKind
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.probe import Verdict as ProbeVerdict
from retrovue.gui import icons, tokens
from retrovue.gui.messages import message_for, show_error
from retrovue.gui.pages.servers.dialogs import consent_text
from retrovue.gui.pages.servers.libraries import kind_name
from retrovue.gui.pages.servers.verdicts import show_running, show_verdict
from retrovue.gui.pages.services import PageServices
from retrovue.gui.tasks import TaskHandle
from retrovue.gui.theme import FontRole, font
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.fields import Field, FieldBlock
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.states import ServerKindTile
from retrovue.gui.widgets.verdict import Verdict

_SIZE = (800, 592)
_MINIMUM = (720, 560)
_STEPS_WIDTH = 208
_KINDS = (ServerKind.PLEX,)


@dataclass(frozen=True)
class Added:
    """What the last button did: the server, and where its token is."""

    server: object
    place: str
    change_set: ChangeSet


class StepList(QWidget):
    """The steps at the left: done, current, to come."""

    def __init__(self, titles: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles = titles
        self._current = 0
        self.setFixedWidth(_STEPS_WIDTH)
        self.setProperty("surface", "rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.set_current(0)

    def set_current(self, step: int) -> None:
        """Mark a step; all before it are done."""
        self._current = step
        self.setAccessibleName(
            _("Step {n} of {total}: {title}").format(n=step + 1, total=len(self._titles), title=self._titles[step])
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint circles, lines and titles."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        painter.fillRect(self.rect(), active.color("rail"))
        for number, title in enumerate(self._titles):
            top = 20 + number * 44
            if number + 1 < len(self._titles):
                painter.setPen(active.color("border"))
                painter.drawLine(28, top + 22, 28, top + 44)
            self._paint_circle(painter, number, top, active)
            here = number == self._current
            painter.setFont(font(FontRole.STRONG if here else FontRole.BODY))
            painter.setPen(active.color("text" if here else "text2"))
            painter.drawText(49, top, self.width() - 57, 22, Qt.AlignmentFlag.AlignVCenter, title)

    def _paint_circle(self, painter: QPainter, number: int, top: int, active: tokens.Tokens) -> None:
        done, here = number < self._current, number == self._current
        painter.setPen(active.color("accent" if done or here else "control"))
        painter.setBrush(active.color("accent" if done else "rail"))
        painter.drawEllipse(17, top, 22, 22)
        if done:
            place = self.rect()
            place.setRect(21, top + 4, 14, 14)
            icons.paint(painter, place, "check", active.color("on_accent"))
            return
        painter.setFont(font(FontRole.SMALL))
        painter.setPen(active.color("accent" if here else "text2"))
        painter.drawText(17, top, 22, 22, Qt.AlignmentFlag.AlignCenter, str(number + 1))


class _WizardPage(QWidget):
    """A page with a title and a sentence; `completed` says when Next may be pressed."""

    completed = Signal()

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(40, 28, 40, 20)
        self.column.setSpacing(12)
        self.column.addWidget(label(title, FontRole.PAGE_TITLE))
        self.column.addWidget(label(text, tone="text2", wrap=True))

    def is_complete(self) -> bool:
        """Whether Next may be pressed."""
        return True


class KindPage(_WizardPage):
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
            words.addWidget(label(texts[kind], FontRole.SMALL, tone="text2"))
            row.addLayout(words, 1)
            self.column.addLayout(row)
        self.column.addStretch(1)

    @property
    def kind(self) -> ServerKind:
        """The chosen kind."""
        return self._kinds[self._group.checkedId()]


class AddressPage(_WizardPage):
    """Address and token, tested before the next page."""

    def __init__(self, services: PageServices, kind: Callable[[], ServerKind]) -> None:
        super().__init__(_("Address and sign-in"), _("The address is tested before anything is stored."))
        self._services = services
        self._kind = kind
        self._handle: TaskHandle | None = None
        self.verdict_found: ProbeVerdict | None = None
        self.name = Field(placeholder=_("Its own name"), name=_("Name"))
        self.url = Field(icon="globe-simple", placeholder="http://192.168.1.20:32400", name=_("Address"))
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


class LibrariesPage(_WizardPage):
    """Which libraries are imported."""

    def __init__(self) -> None:
        super().__init__(_("Libraries"), _("Choose what is imported. It can be changed at any time."))
        self.list = QListWidget()
        self.list.setAccessibleName(_("Libraries"))
        self.list.setUniformItemSizes(True)
        self.column.addWidget(self.list, 1)

    def set_libraries(self, libraries: tuple[RemoteLibrary, ...]) -> None:
        """Show what the account can see."""
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

    def unticked(self) -> set[str]:
        """Remote ids of libraries that are not wanted."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return {
            item.data(Qt.ItemDataRole.UserRole)
            for item in items
            if item.flags() & Qt.ItemFlag.ItemIsUserCheckable and item.checkState() is Qt.CheckState.Unchecked
        }


class DonePage(_WizardPage):
    """The last page: what will happen."""

    def __init__(self) -> None:
        super().__init__(_("Ready"), _("Nothing has been stored yet."))
        self.summary = label("", wrap=True)
        self.column.addWidget(self.summary)
        self.sync_now = QCheckBox(_("Sync now"))
        self.sync_now.setChecked(True)
        self.column.addWidget(self.sync_now)
        self.mapping = QCheckBox(_("Then open Path mapping, where its files are found on this computer"))
        self.mapping.setChecked(True)
        self.column.addWidget(self.mapping)
        self.consent = QCheckBox(_("Keep the token in a file where this computer has no keyring"))
        self.consent.setToolTip(consent_text())
        self.column.addWidget(self.consent)
        self.column.addWidget(label(consent_text(), FontRole.SMALL, tone="text2", wrap=True))
        self.column.addStretch(1)


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
        self.kind_page = KindPage(_KINDS)
        self.address_page = AddressPage(services, lambda: self.kind_page.kind)
        self.libraries_page = LibrariesPage()
        self.done_page = DonePage()
        self._pages: list[_WizardPage] = [self.kind_page, self.address_page, self.libraries_page, self.done_page]
        self._steps = StepList([_("Kind of server"), _("Address and sign-in"), _("Libraries"), _("Ready")])
        self._stack = QStackedWidget()
        for page in self._pages:
            self._stack.addWidget(page)
            page.completed.connect(self._update_buttons)
        self._build()
        self._show_page(0)
        self.rejected.connect(self.address_page.cancel)

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
        self._stack.setCurrentIndex(number)
        self._steps.set_current(number)
        if number == 1:
            self.address_page.url.setFocus()
        if number == 3:
            self._summarise()
        self._update_buttons()

    @Slot()
    def _update_buttons(self) -> None:
        last = self.step == len(self._pages) - 1
        self.back_button.setEnabled(self.step > 0)
        self.next_button.set_label(_("Add server") if last else _("Next"))
        self.next_button.setEnabled(self._pages[self.step].is_complete())

    @Slot()
    def _back(self) -> None:
        self._show_page(self.step - 1)

    @Slot()
    def _next(self) -> None:
        if not self._pages[self.step].is_complete():
            return
        if self.step == 1:
            verdict = self.address_page.verdict_found
            if verdict is not None:
                self.libraries_page.set_libraries(verdict.libraries)
        if self.step < len(self._pages) - 1:
            self._show_page(self.step + 1)
        else:
            self._add()

    def _summarise(self) -> None:
        verdict = self.address_page.verdict_found
        if verdict is None or verdict.info is None:
            return
        off = self.libraries_page.unticked()
        wanted = [lib for lib in verdict.libraries if lib.kind.is_imported and lib.remote_id not in off]
        n = len(wanted)
        text = ngettext(
            "“{name}” is added with {n} library: {names}.", "“{name}” is added with {n} libraries: {names}.", n
        ).format(name=self._name(), n=n, names=", ".join(library.name for library in wanted) or "–")
        self.done_page.summary.setText(text)

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
        info, listed, off = verdict.info, verdict.libraries, self.libraries_page.unticked()
        name, url = self._name(), self.address_page.url.text()
        secret, consent = self.address_page.token.text().strip(), self.done_page.consent.isChecked()

        def store(_token: CancelToken, _report: object) -> Added:
            from retrovue.core.services import libraries, servers

            added = servers.store(
                context, name=name, url=url, secret=secret, info=info, listed=listed, allow_file=consent
            )
            unwanted = [library for library in added.libraries if library.remote_id in off]
            libraries.set_enabled(context, unwanted, enabled=False)
            return Added(added.server, added.place.value, ChangeSet(frozenset({"servers", "libraries"}), "wizard"))

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
