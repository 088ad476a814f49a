"""Writing a report to a file that a person names."""

from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QMenu, QWidget

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.library.exporting import AskPath, ask_path
from retrovue.gui.pages.services import PageServices
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report

Write = Callable[[str, TextIO], int]
"""Writes in a format ("csv" or "json"); returns how many entries. Runs on the lane."""


class ReportSaver(QObject):
    """A menu of formats, a file dialog, the lane that writes, and a sentence at the end. Thread: GUI.

    Args:
        name: what the file is called when nobody names it.
        write: makes what writes the report as it is now; None when there is none.
    """

    failed = Signal(object)
    written = Signal(str, int)

    def __init__(
        self,
        services: PageServices,
        page: QWidget,
        name: str,
        write: Callable[[], Write | None],
        *,
        ask: AskPath = ask_path,
    ) -> None:
        super().__init__(page)
        self._services = services
        self._page = page
        self._name = name
        self._write = write
        self.ask = ask

    def menu(self) -> QMenu:
        """One entry for each format."""
        menu = QMenu(self._page)
        menu.addAction(_("CSV…"), lambda: self.save("csv"))
        menu.addAction(_("JSON…"), lambda: self.save("json"))
        return menu

    def save(self, how: str) -> None:
        """Ask for a place and write there."""
        write = self._write()
        if write is None:
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        filters = {"csv": _("Comma-separated values (*.csv)"), "json": _("JSON (*.json)")}
        suggestion = str(Path(folder) / f"RetroVue {self._name}.{how}")
        chosen = self.ask(self._page, _("Export"), suggestion, filters[how])
        if not chosen:
            return
        path = chosen if Path(chosen).suffix else f"{chosen}.{how}"

        def run(_token: CancelToken, _report: Report) -> int:
            from retrovue.core.services.files.reports import save_report

            return save_report(Path(path), how, lambda out: write(how, out))

        handle = self._services.runner.submit(run, lane=Lane.EXPORT)
        handle.succeeded.connect(lambda count: self._on_written(path, count))
        handle.failed.connect(self.failed)

    def _on_written(self, path: str, count: int) -> None:
        said = ngettext("{n} entry exported to {name}.", "{n} entries exported to {name}.", count)
        self._services.wrote(said.format(n=text.number(count), name=Path(path).name))
        self.written.emit(path, count)
