"""When files were last looked for, how often they are by themselves, and what was found folder by folder."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QWidget

from retrovue.core.domain.browse import BrowseQuery, View
from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_syntax import parse_path
from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.dialogs.message import ConfirmDialog
from retrovue.gui.pages.mapping.dialogs import RootsDialog
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.menus import Menu
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report

if TYPE_CHECKING:
    from retrovue.core.services.files.check import LastCheck
    from retrovue.core.services.files.folders import RootDetail
    from retrovue.core.services.looking import CheckSummary

SCHEDULES = ("off", "daily", "weekly")


def schedule_word(schedule: str) -> str:
    """How often files are looked for by themselves."""
    return {"daily": _("Daily"), "weekly": _("Weekly")}.get(schedule, _("Manual only"))


class CheckedButton(Button):
    """ "Checked today 18:02", with a menu: folders, and how often it happens by itself."""

    folders_wanted = Signal()
    schedule_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("Never checked"), kind=ButtonKind.LINK, parent=parent)
        menu = Menu(self)
        self.folders = menu.addAction(_("Show folders…"), self.folders_wanted.emit)
        menu.addSection(_("File check schedule"))
        self._group = QActionGroup(self)
        self.schedules: dict[str, QAction] = {}
        for schedule in SCHEDULES:
            entry = menu.addAction(schedule_word(schedule))
            entry.setCheckable(True)
            entry.triggered.connect(partial(self._on_schedule, schedule))
            self._group.addAction(entry)
            self.schedules[schedule] = entry
        self.setMenu(menu)

    def show_check(self, last: "LastCheck | None", schedule: str, now: datetime) -> None:
        """Show the last check and the schedule."""
        words = _("Never checked")
        if last is not None:
            words = _("Checked {when}").format(when=text.when(last.finished_at, now))
        if schedule != "off":
            words = f"{words} · {schedule_word(schedule)}"
        self.set_label(words)
        self.folders.setEnabled(last is not None)
        self.schedules[schedule if schedule in self.schedules else "off"].setChecked(True)

    def _on_schedule(self, schedule: str, _checked: bool = False) -> None:
        self.schedule_chosen.emit(schedule)


class CheckedFolders(QObject):
    """Opens the folders of a check, and keeps the schedule. Thread: GUI.

    Signals:
        recheck_wanted: check again, and take the lost files of this folder as really gone.
        scheduled: another schedule is kept.
    """

    recheck_wanted = Signal(str)
    scheduled = Signal()
    failed = Signal(object)

    def __init__(self, services: PageServices, page: QWidget) -> None:
        super().__init__(page)
        self._services = services
        self._page = page

    def open(self, server: Server, summary: "CheckSummary", finished_at: datetime | None = None) -> RootsDialog:
        """Show the folders of a check."""
        dialog = RootsDialog(server.name, summary, finished_at, self._page.window())
        dialog.detail_wanted.connect(lambda root: self._read(dialog, server, root))
        dialog.library_wanted.connect(lambda root: self.show_missing(server, root))
        dialog.accept_wanted.connect(lambda root: self._ask(dialog, root))
        if dialog.root:
            self._read(dialog, server, dialog.root)
        dialog.open()
        return dialog

    def _read(self, dialog: RootsDialog, server: Server, root: str) -> None:
        context = self._services.context

        def read(_token: CancelToken, _report: Report) -> "RootDetail":
            from retrovue.core.services.files.folders import root_detail

            return root_detail(context, server, root)

        handle = self._services.runner.submit(read, lane=Lane.QUERY)
        # A slot of the dialog: one that was closed meanwhile is told nothing.
        handle.succeeded.connect(dialog.show_detail)
        handle.failed.connect(self.failed)

    def show_missing(self, server: Server, root: str = "") -> None:
        """Open the Library on the missing files of a server, or of one of its folders."""
        ids = () if server.id is None else (server.id,)
        parsed = parse_path(root)
        words = "" if parsed is None else root.rstrip("/\\") + parsed.separator
        query = BrowseQuery(view=View.FILES, states=(FileState.MISSING,), server_ids=ids, text=words)
        self._services.open_page("library", query)

    def _ask(self, dialog: RootsDialog, root: str) -> None:
        confirm = ConfirmDialog(
            _("Mark these files as missing?"),
            _(
                "{folder} lost many files at once. Usually that means its disk or share is not fully "
                "connected. If the files are really gone, check again to mark them as missing."
            ).format(folder=root),
            _("Check and mark missing"),
            destructive=True,
            parent=dialog,
        )
        confirm.confirmed.connect(lambda: self._on_accepted(dialog, root))
        confirm.open()

    def _on_accepted(self, dialog: RootsDialog, root: str) -> None:
        dialog.accept()
        self.recheck_wanted.emit(root)

    @Slot(str)
    def keep_schedule(self, schedule: str) -> None:
        """Look for files by itself from now on, or no more."""
        context = self._services.context
        if schedule == context.settings.file_check_schedule:
            return

        def keep(_token: CancelToken, _report: Report) -> str:
            before = context.settings.file_check_schedule
            context.settings_store.update(file_check_schedule=schedule)
            return before

        handle = self._services.runner.submit(keep, lane=Lane.SETTINGS)
        handle.succeeded.connect(partial(self._on_kept, schedule))
        handle.failed.connect(self.failed)

    def _on_kept(self, schedule: str, before: str) -> None:
        words = {
            "daily": _("Files will be checked daily while RetroVue is running."),
            "weekly": _("Files will be checked weekly while RetroVue is running."),
        }.get(schedule, _("Files will be checked only when you ask."))
        self._services.toast(words, lambda: self.keep_schedule(before))
        self.scheduled.emit()
