"""Data and backups: where the catalogue is, how large, its copies; back up and restore."""

from pathlib import Path

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.dialogs.message import ConfirmDialog
from retrovue.gui.messages import show_error
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme import FontRole, fixed_font
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.flow import FlowLayout
from retrovue.gui.widgets.labels import ElidedLabel, label


class DataSection(QWidget):
    """The catalogue file and its copies. Tokens are in none of them, and it says so."""

    restored = Signal()

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self.title = _("Data and backups")
        self.words = [self.title, _("Backup"), _("Restore"), _("Catalogue")]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(label(self.title, FontRole.SECTION))
        card = Card()
        column.addWidget(card)
        self._path = ElidedLabel(str(services.context.dirs.catalogue), text_font=fixed_font())
        self._facts = label("", tone="text2", wrap=True)
        card.body.addWidget(self._path)
        card.body.addWidget(self._facts)
        card.body.addWidget(
            label(_("Backups hold everything but the sign-ins."), FontRole.SMALL, tone="text2", wrap=True)
        )
        row = FlowLayout(gap=8)
        self.backup_button = Button(_("Back up now"), icon="floppy")
        self.backup_button.clicked.connect(self._back_up)
        self.restore_button = Button(_("Restore a backup…"), icon="clock-counter-clockwise")
        self.restore_button.clicked.connect(self._choose_backup)
        folder = Button(_("Open folder"), icon="folder-open")
        folder.clicked.connect(self._open_folder)
        for button in (self.backup_button, self.restore_button, folder):
            row.addWidget(button)
        card.body.addLayout(row)

    def refresh(self) -> None:
        """Ask how large everything is."""
        context = self._services.context

        def read(_token: CancelToken, _report: object) -> tuple[int, int]:
            from retrovue.core.storage import backup

            size = context.dirs.catalogue.stat().st_size if context.dirs.catalogue.exists() else 0
            return size, len(backup.list_backups(context.dirs.backup_dir))

        handle = self._services.runner.submit(read, lane="files")
        handle.succeeded.connect(self._on_facts)

    @Slot(object)
    def _on_facts(self, facts: tuple[int, int]) -> None:
        size, copies = facts
        kept = ngettext("{n} backup", "{n} backups", copies).format(n=copies)
        self._facts.setText(f"{text.size(size)} · {kept}")

    def _back_up(self) -> None:
        context = self._services.context
        self.backup_button.setEnabled(False)

        def work(_token: CancelToken, _report: object) -> Path:
            from retrovue.core.services import database

            return database.backup(context)

        handle = self._services.runner.submit(work, lane="query")
        handle.succeeded.connect(
            lambda path: self._services.toast(_("Backup made: {name}").format(name=path.name), None)
        )
        handle.failed.connect(lambda error: show_error(self, error))
        handle.finished.connect(self._after)

    def _after(self) -> None:
        self.backup_button.setEnabled(True)
        self.restore_button.setEnabled(True)
        self.refresh()

    def _choose_backup(self) -> None:
        folder = str(self._services.context.dirs.backup_dir)
        chosen, _filter = QFileDialog.getOpenFileName(self, _("Restore a backup"), folder, _("Backups (*.db)"))
        if not chosen:
            return
        dialog = ConfirmDialog(
            _("Restore this backup?"),
            _("The catalogue as it is now is kept beside it. Sign-ins stay."),
            _("Restore backup"),
            parent=self,
        )
        dialog.confirmed.connect(lambda: self._restore(Path(chosen)))
        dialog.open()

    def _restore(self, source: Path) -> None:
        context = self._services.context
        self.restore_button.setEnabled(False)

        def work(_token: CancelToken, _report: object) -> ChangeSet:
            from retrovue.core.services import database

            database.restore(context, source)
            kinds = {"servers", "libraries", "mappings", "items", "files", "runs", "removals"}
            return ChangeSet(frozenset(kinds), "restore")

        handle = self._services.runner.submit(work, lane="query")
        handle.succeeded.connect(lambda _change: self._services.toast(_("The backup was restored."), None))
        handle.failed.connect(lambda error: show_error(self, error))
        handle.finished.connect(self._after)

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._services.context.dirs.data_dir)))
