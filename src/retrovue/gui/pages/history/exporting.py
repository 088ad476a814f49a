"""Writing the history as it is shown to a file."""

from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QMenu, QWidget

from retrovue.core.domain.history import PlayQuery
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.files.reports import save_report
from retrovue.core.services.history.plays import list_plays, write_csv, write_json
from retrovue.gui import text
from retrovue.gui.pages.library.exporting import AskPath, ask_path
from retrovue.gui.pages.services import PageServices
from retrovue.gui.work.lanes import Lane

CSV, JSON = "csv", "json"


class PlayExporter(QObject):
    """Thread: GUI; writes on the lane "export".

    Args:
        ask: where to write; replaced in tests.
    """

    failed = Signal(object)
    written = Signal(str, int)
    """Path and number of plays."""

    def __init__(self, services: PageServices, page: QWidget, *, ask: AskPath = ask_path) -> None:
        super().__init__(page)
        self._services = services
        self._page = page
        self.ask = ask

    def fill_menu(self, menu: QMenu, query: PlayQuery | None) -> None:
        """An entry a format."""
        menu.clear()
        for name, how in ((_("CSV…"), CSV), (_("JSON…"), JSON)):
            action = menu.addAction(name)
            action.setEnabled(query is not None)
            action.triggered.connect(lambda _on=False, how=how: self.export(query, how))

    def export(self, query: PlayQuery | None, how: str) -> None:
        """Ask where, then write what the query finds, newest first."""
        if query is None:
            return
        filters = {CSV: _("Comma-separated values (*.csv)"), JSON: _("JSON lines (*.json)")}
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        name = _("history")
        suggestion = str(Path(folder) / f"RetroVue {name}.{how}")
        chosen = self.ask(self._page, _("Export history"), suggestion, filters[how])
        if not chosen:
            return
        path = Path(chosen if Path(chosen).suffix else f"{chosen}.{how}")
        context = self._services.context

        def work(_token: object, _report: object) -> int:
            plays = list_plays(context, query.chosen, joined=query.grouped)
            write = write_csv if how == CSV else write_json

            def into(out: object) -> int:
                write(plays, out)  # type: ignore[arg-type]
                return len(plays)

            return save_report(path, how, into)

        handle = self._services.runner.submit(work, lane=Lane.EXPORT)
        handle.succeeded.connect(lambda count: self._on_written(path, count))
        handle.failed.connect(self.failed)

    def _on_written(self, path: Path, count: int) -> None:
        said = ngettext("{n} play exported to {name}.", "{n} plays exported to {name}.", count)
        self._services.wrote(said.format(n=text.number(count), name=path.name))
        self.written.emit(str(path), count)
