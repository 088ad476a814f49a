"""The dialog that brings in the history of other programs and of the servers themselves."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from retrovue.core.domain.imports import ImportProgress
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.history.imports.saying import sentences
from retrovue.core.services.servers.stored import all_servers
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.pages.history.import_works import (
    API,
    FILE,
    JELLYSTAT,
    REPORTING,
    SERVERS,
    Choice,
    Imported,
    work_of,
)
from retrovue.gui.pages.library.clock import now
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.fields import ComboBox, Field, FieldBlock
from retrovue.gui.widgets.labels import label, set_tone
from retrovue.gui.widgets.progress import ProgressBar
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import message_for
from retrovue.gui.work.tasks import TaskHandle

_WIDTH = 480
_CHANGED = ChangeSet(frozenset({"plays"}), "import")
AskFile = Callable[[QWidget, str], str]


def ask_file(parent: QWidget, title: str) -> str:
    """A file to read; empty when the person thought better of it."""
    return QFileDialog.getOpenFileName(parent, title)[0]


class ImportDialog(BaseDialog):
    """Chooses a source, counts or imports, and says what came. Thread: GUI; the import runs on a lane.

    Args:
        ask: asks for a file; replaced in tests.
    """

    imported = Signal(object)
    """The `ImportCounts` of an import that ended well."""

    def __init__(self, services: PageServices, parent: QWidget | None = None, *, ask: AskFile = ask_file) -> None:
        super().__init__(_("Import history"), parent)
        self._services = services
        self._ask = ask
        self._handle: TaskHandle | None = None
        self._counts_only = False
        self.content.addWidget(label(_("Import the history of"), FontRole.CARD_TITLE))
        self.source = ComboBox(name=_("Source"))
        self._pages: list[QWidget] = []
        self.address = Field(placeholder="http://192.168.1.10:8181", name=_("Address of Tautulli"))
        self.key = Field(name=_("API key"))
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.file, self.backup = Field(name=_("Database file")), Field(name=_("Backup file"))
        self.report = Field(placeholder=_("Empty: ask the plugin on the server"), name=_("Backup file"))
        self.owner, self.plugin_server = ComboBox(name=_("Server of the plays")), ComboBox(name=_("Server"))
        for key, name, page in (
            (API, _("Tautulli"), self._tautulli()),
            (FILE, _("Tautulli, from its database file"), self._of_file(self.file, _("Database file"))),
            (SERVERS, _("The servers themselves"), self._servers()),
            (REPORTING, _("Playback Reporting on Emby or Jellyfin"), self._reporting()),
            (JELLYSTAT, _("Jellystat, from a backup file"), self._of_file(self.backup, _("Backup file"))),
        ):
            self.source.addItem(name, key)
            self._pages.append(page)
        self.source.currentIndexChanged.connect(self._on_source)
        self.content.addWidget(self.source)
        for page in self._pages:
            # Not a stack: each page is as high as it needs, and the dialog with it.
            self.content.addWidget(page)
        self._owner_block = FieldBlock(_("Server of the plays"), self.owner)
        self.content.addWidget(self._owner_block)
        self.bar = ProgressBar(height=4)
        self.bar.setAccessibleName(_("Import history"))
        self.bar.hide()
        self.content.addWidget(self.bar)
        self.said = label(_("Plays that are known already are recognized and not counted twice."), wrap=True)
        set_tone(self.said, "text2")
        self.content.addWidget(self.said)
        self.count_button = self.add_button(Button(_("Count only")), leading=True)
        self.close_button = self.add_button(Button(_("Close")))
        self.import_button = self.add_button(Button(_("Import"), kind=ButtonKind.PRIMARY), default=True)
        self.count_button.clicked.connect(lambda: self._start(counts_only=True))
        self.import_button.clicked.connect(lambda: self._start(counts_only=False))
        self.close_button.clicked.connect(self._close)
        self.finished.connect(self._stop)
        self.setMinimumWidth(_WIDTH)
        self._show_servers([])
        self._read_servers()

    def _tautulli(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(FieldBlock(_("Address of Tautulli"), self.address))
        hint = _("In Tautulli: Settings > Web Interface > API key")
        column.addWidget(FieldBlock(_("API key"), self.key, hint=hint))
        return page

    def _of_file(self, field: Field, title: str) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(FieldBlock(title, field), 1)
        choose = Button(_("Choose file…"))
        choose.clicked.connect(lambda: field.setText(self._ask(self, title) or field.text()))
        row.addWidget(choose, 0, Qt.AlignmentFlag.AlignBottom)
        return page

    def _reporting(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(FieldBlock(_("Server"), self.plugin_server))
        column.addWidget(self._of_file(self.report, _("Backup file")))
        return page

    @staticmethod
    def _servers() -> QWidget:
        return label(
            _(
                "Plex keeps what was watched, Emby and Jellyfin what their activity log still has. "
                "Times can be missing."
            ),
            wrap=True,
        )

    # --- servers ------------------------------------------------------------------------------------------------

    def _read_servers(self) -> None:
        context = self._services.context
        handle = self._services.runner.submit(lambda _token, _report: all_servers(context), lane=Lane.QUERY)
        handle.succeeded.connect(self._show_servers)
        handle.failed.connect(self._on_failed)

    @Slot(object)
    def _show_servers(self, servers: Sequence[Server]) -> None:
        """Fill the boxes of servers; plays of a server that is not in the catalog can be given to one."""
        self.owner.clear()
        self.owner.addItem(_("Recognize automatically"), None)
        self.plugin_server.clear()
        for server in servers:
            self.owner.addItem(server.name, server)
            if server.kind is not ServerKind.PLEX:
                self.plugin_server.addItem(server.name, server)
        self._on_source()

    @Slot()
    def _on_source(self) -> None:
        key = self.source.currentData()
        for number, page in enumerate(self._pages):
            page.setVisible(number == self.source.currentIndex())
        self._owner_block.setVisible(key in (API, FILE, JELLYSTAT))
        can = key != REPORTING or self.plugin_server.count() > 0
        for button in (self.count_button, self.import_button):
            button.setEnabled(can)
            button.setToolTip("" if can else _("Add an Emby or Jellyfin server first."))
        self.adjustSize()

    # --- the import ---------------------------------------------------------------------------------------------

    def _choice(self) -> Choice:
        """What is filled in now."""
        key = self.source.currentData()
        path = {FILE: self.file, JELLYSTAT: self.backup, REPORTING: self.report}.get(key, self.file).text().strip()
        server = self.plugin_server.currentData() if key == REPORTING else self.owner.currentData()
        url, secret = self.address.text().strip(), self.key.text().strip()
        return Choice(key, server, url, secret, Path(path) if path else None)

    def _start(self, *, counts_only: bool) -> None:
        self._counts_only = counts_only
        self._show_running(running=True)
        set_tone(self.said, "text2")
        self.said.setText(_("Reading…"))
        work = work_of(self._services.context, self._choice(), counts_only=counts_only)
        handle = self._services.runner.submit(work, lane=Lane.REPORT, of="import")
        self._handle = handle
        handle.progress.connect(self._on_progress)
        handle.succeeded.connect(self._on_succeeded)
        handle.failed.connect(self._on_failed)
        handle.cancelled.connect(self._on_cancelled)
        handle.finished.connect(lambda: self._show_running(running=False))

    def _show_running(self, *, running: bool) -> None:
        for widget in (self.source, *self._pages, self.owner, self.count_button, self.import_button):
            widget.setEnabled(not running)
        self.bar.setVisible(running)
        self.bar.set_progress(0, None)
        self.close_button.set_label(_("Cancel") if running else _("Close"))
        if not running:
            self._handle = None
            self._on_source()

    @Slot()
    def _close(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        else:
            self.reject()

    @Slot()
    def _stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()

    @Slot(object)
    def _on_progress(self, progress: ImportProgress) -> None:
        self.bar.set_progress(progress.done, progress.total)
        read = ngettext("{n} play read", "{n} plays read", progress.done)
        self.said.setText(read.format(n=text.number(progress.done)))

    @Slot(object)
    def _on_succeeded(self, done: Imported) -> None:
        counts = done.counts
        if not self._counts_only:
            self._services.runner.changed.emit(_CHANGED)
        parts = []
        for name, own in done.of_each or (("", counts),):
            said = sentences(own, is_rehearsal=self._counts_only, number=text.number, day=_day)
            parts.append(f"{name}: {' '.join(said)}" if name else " ".join(said))
        if counts.read and not done.has_server:
            parts.append(_("The plays belong to no server of this catalog."))
        parts += done.problems
        self.said.setText("\n".join(parts))
        self.imported.emit(counts)

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        message = message_for(error)
        set_tone(self.said, "danger")
        self.said.setText(f"{message.text} {message.hint}".strip())
        self._services.runner.changed.emit(_CHANGED)

    @Slot()
    def _on_cancelled(self) -> None:
        if self._counts_only:
            self.said.setText(_("Canceled. Nothing was added."))
            return
        self.said.setText(_("Canceled. What was read is stored; the next import continues from there."))
        self._services.runner.changed.emit(_CHANGED)


def _day(at: datetime) -> str:
    return text.day(at, now())
