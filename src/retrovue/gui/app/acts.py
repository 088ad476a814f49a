"""Entries of the menu bar that do something to the whole profile: whatever a page can do first, the menus can."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QAction, QKeySequence

from retrovue.core.domain.sync import SyncRequest
from retrovue.core.i18n import _
from retrovue.gui.app.menus import MenuBuilder
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme import icons
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.opening import open_with_system


class MenuActs(QObject):
    """Adds them to the menus. Thread: GUI."""

    def __init__(
        self, services: PageServices, menus: MenuBuilder, failed: Callable[[BaseException], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._menus = menus
        self._failed = failed
        first = menus.menu("file").actions()[0] if menus.menu("file").actions() else None
        self._add("file", _("&Add server…"), "plus", self._add_server, keys="Ctrl+N", before=first)
        self._add("file", _("&Export…"), "export", self._export, keys="Ctrl+E", before=first)
        self._add("file", _("&Back up now"), "floppy", self._back_up, before=first)
        self._add("file", _("&Restore backup…"), "clock-counter-clockwise", self._restore, before=first)
        self._add("file", _("Open &data folder"), "folder-open", self._open_data, before=first)
        if first is not None:
            menus.menu("file").insertSeparator(first)
        self._add("sync", _("&Full sync"), "arrows-clockwise", self._full_sync)
        self._add("sync", _("Do a &dry run"), "eye", self._dry_run)
        self._add("help", _("Copy &diagnostics…"), "copy", self._diagnostics)

    def _add(
        self,
        menu: str,
        text: str,
        icon: str,
        act: Callable[[], None],
        *,
        keys: str = "",
        before: QAction | None = None,
    ) -> None:
        action = QAction(icons.icon(icon), text, self)
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _checked=False: act())
        self._menus.add(menu, action, before=before)

    @Slot()
    def _add_server(self) -> None:
        self._services.open_page("servers", "add")

    @Slot()
    def _export(self) -> None:
        self._services.open_page("library", "export")

    @Slot()
    def _back_up(self) -> None:
        context = self._services.context

        def work(_token: object, _report: object) -> Path:
            from retrovue.core.services.upkeep import database

            return database.backup(context)

        handle = self._services.runner.submit(work, lane=Lane.FILES)
        handle.succeeded.connect(
            lambda path: self._services.toast(_("Backup created: {name}").format(name=path.name), None)
        )
        handle.failed.connect(self._failed)

    @Slot()
    def _restore(self) -> None:
        self._services.open_page("settings", "restore")

    @Slot()
    def _open_data(self) -> None:
        open_with_system(QUrl.fromLocalFile(str(self._services.context.dirs.data_dir)))

    @Slot()
    def _full_sync(self) -> None:
        self._services.sync.start(SyncRequest(full=True))

    @Slot()
    def _dry_run(self) -> None:
        self._services.open_page("sync", "dry_run")

    @Slot()
    def _diagnostics(self) -> None:
        self._services.open_page("log", "diagnostics")
