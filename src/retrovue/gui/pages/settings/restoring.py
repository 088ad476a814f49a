"""Restoring a backup from anywhere in the window: the dialog, the work, and what is told afterwards."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.gui.pages.services import PageServices
from retrovue.gui.pages.settings.backups import RestoreDialog
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error

if TYPE_CHECKING:
    from retrovue.core.services.upkeep.database import Backup

_KINDS = frozenset({"servers", "libraries", "mappings", "items", "files", "runs", "removals", "notices"})


class Restorer(QObject):
    """Opens the list of backups and puts the chosen one in the catalog's place. Thread: GUI."""

    finished = Signal()

    def __init__(self, services: PageServices, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._parent = parent
        self.dialog: RestoreDialog | None = None

    def open(self, source: Path | None = None) -> None:
        """Show the list, with `source` previewed if it is given."""
        context = self._services.context

        def read(_token: CancelToken, _report: object) -> "list[Backup]":
            from retrovue.core.services.upkeep import database

            return database.list_backups(context)

        handle = self._services.runner.submit(read, lane=Lane.FILES)
        handle.succeeded.connect(lambda copies: self._show(copies, source))

    def _show(self, copies: "list[Backup]", source: Path | None) -> None:
        context = self._services.context
        dialog = RestoreDialog(
            copies, self._services.runner, context.clock.now(), context.dirs.backup_dir, self._parent
        )
        dialog.chosen.connect(self._restore)
        dialog.finished.connect(self._forget)
        self.dialog = dialog
        if source is not None:
            dialog.table.clearSelection()
            dialog.offer(source)
        dialog.open()

    def _forget(self) -> None:
        self.dialog = None

    def _restore(self, source: Path) -> None:
        context = self._services.context

        def work(_token: CancelToken, _report: object) -> ChangeSet:
            from retrovue.core.services.upkeep import database

            database.restore(context, source)
            return ChangeSet(_KINDS, "restore")

        handle = self._services.runner.submit(work, lane=Lane.WRITE)
        handle.succeeded.connect(lambda _change: self._services.toast(_("The backup was restored."), None))
        handle.failed.connect(lambda error: show_error(self._parent, error))
        handle.finished.connect(self.finished)
