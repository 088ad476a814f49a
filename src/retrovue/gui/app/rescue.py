"""What the window shows instead of its pages when the catalog is damaged: what happened, and the ways on."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtWidgets import QWidget

from retrovue.core.domain.errors import StorageError
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.app.startpage import StartPage
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.opening import open_with_system
from retrovue.gui.work.tasks import TaskRunner

if TYPE_CHECKING:
    from retrovue.core.context import AppContext
    from retrovue.core.services.upkeep.database import Backup


class RescuePage(StartPage):
    """Says what is damaged, and offers the newest backup, any other one, an empty catalog, and the folder."""

    restore_requested = Signal()
    choose_requested = Signal()
    empty_requested = Signal()
    folder_requested = Signal()

    def __init__(self, error: StorageError, newest: datetime | None, now: datetime) -> None:
        super().__init__(
            _("The catalog cannot be used"),
            error.text,
            _("Nothing was changed. Whatever you choose, the damaged file is kept in the data folder."),
        )
        self.restore: Button | None = None
        if newest is not None:
            said = _("Restore the backup of {when}").format(when=text.when(newest, now))
            self.restore = self.add_way(Button(said, kind=ButtonKind.PRIMARY))
            self.restore.clicked.connect(self.restore_requested)
        self.empty = self.add_way(Button(_("Start empty")))
        self.empty.clicked.connect(self.empty_requested)
        self.folder = self.add_way(Button(_("Show folder"), icon="folder-open"))
        self.folder.clicked.connect(self.folder_requested)
        choose = _("Choose a backup…") if newest is None else _("Choose another backup…")
        self.choose = self.add_link(Button(choose, kind=ButtonKind.LINK))
        self.choose.clicked.connect(self.choose_requested)


class Rescue(QObject):
    """Does what the person chose on the page. Thread: GUI.

    Args:
        error: why the catalog could not be opened.
        show: puts the page in front, in place of all others.
    """

    solved = Signal()
    """There is a catalog now that may be opened."""

    def __init__(
        self,
        context: "AppContext",
        runner: TaskRunner,
        error: StorageError,
        show: Callable[[QWidget], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._runner = runner
        self._error = error
        self._show = show
        self._parent = parent
        self._copies: list[Backup] = []
        self.page: RescuePage | None = None

    def begin(self) -> None:
        """Read which backups there are, then show the page."""
        context = self._context

        def read(_token: object, _report: object) -> "list[Backup]":
            from retrovue.core.services.upkeep import database

            return database.list_backups(context)

        handle = self._runner.submit(read, lane=Lane.FILES)
        handle.succeeded.connect(self._on_read)
        handle.failed.connect(lambda _error: self._on_read([]))

    def _on_read(self, copies: "list[Backup]") -> None:
        self._copies = copies
        newest = copies[0].made_at if copies else None
        self.page = RescuePage(self._error, newest, self._context.clock.now())
        self.page.restore_requested.connect(self._restore_newest)
        self.page.choose_requested.connect(self._choose)
        self.page.empty_requested.connect(self._start_empty)
        self.page.folder_requested.connect(self._show_folder)
        self._show(self.page)

    @Slot()
    def _restore_newest(self) -> None:
        self._restore(self._copies[0].path)

    @Slot()
    def _choose(self) -> None:
        from retrovue.gui.pages.settings.backups import RestoreDialog

        context = self._context
        dialog = RestoreDialog(
            self._copies, self._runner, context.clock.now(), context.dirs.backup_dir, parent=self._parent
        )
        dialog.chosen.connect(self._restore)
        dialog.open()

    @Slot(object)
    def _restore(self, source: Path) -> None:
        context = self._context

        def work() -> None:
            from retrovue.core.services.upkeep import database

            database.restore(context, source)

        self._do(work)

    @Slot()
    def _start_empty(self) -> None:
        context = self._context

        def work() -> None:
            from retrovue.core.services.upkeep import database

            database.start_empty(context)

        self._do(work)

    @Slot()
    def _show_folder(self) -> None:
        open_with_system(QUrl.fromLocalFile(str(self._context.dirs.data_dir)))

    def _do(self, work: Callable[[], None]) -> None:
        page = self.page
        if page is None:
            return
        page.setEnabled(False)
        handle = self._runner.submit(lambda _token, _report: work(), lane=Lane.WRITE)
        handle.succeeded.connect(lambda _nothing: self.solved.emit())
        handle.failed.connect(self._on_failed)

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        from retrovue.gui.work.messages import show_error

        if self.page is not None:
            self.page.setEnabled(True)
        show_error(self._parent, error)
