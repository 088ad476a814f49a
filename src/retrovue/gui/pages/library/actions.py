"""What can be done with selected rows: copy, open, show, sync, export; as menu entries that say why they cannot."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from retrovue.core.domain.browse import ItemRow
from retrovue.core.domain.media import ItemKind, StoredFile
from retrovue.core.domain.played_titles import Within
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.catalog import browsing
from retrovue.core.services.catalog.picked import (
    Picked,
    SelectionSummary,
    every_copy,
    files_of,
    first_show,
    iterate,
    own_items,
    parts_of,
)
from retrovue.gui import text
from retrovue.gui.pages.library.details import why_not
from retrovue.gui.pages.library.facts import distinct_ids
from retrovue.gui.pages.library.posters import GridPane
from retrovue.gui.pages.library.roles import LEAD_ROLE, TAIL_ROLE
from retrovue.gui.pages.library.views import ListPane
from retrovue.gui.pages.services import PageServices
from retrovue.gui.tables.columns import Column
from retrovue.gui.theme import icons
from retrovue.gui.widgets.notices import Tone
from retrovue.gui.widgets.tips import plain_tip
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.opening import FileOpener

_HTML_ROWS = 2000


class Actions(QObject):
    """Works on what `picked` and `summary` give. Thread: GUI."""

    export_wanted = Signal()
    failed = Signal(object)

    def __init__(
        self,
        services: PageServices,
        opener: FileOpener,
        picked: Callable[[], Picked],
        summary: Callable[[], SelectionSummary],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._opener = opener
        self._picked = picked
        self._summary = summary

    def fill_menu(self, menu: QMenu) -> None:
        """Put the entries for the present selection into `menu`."""
        menu.clear()
        menu.setToolTipsVisible(True)
        picked, summary = self._picked(), self._summary()
        first = summary.files[0] if summary.files else None
        usable = next((file for file in summary.files if not why_not(file)), first)
        one = self._why_not_one(picked, usable)
        path = usable.local_path if usable is not None else None
        self._add(menu, _("Open file"), "play", one, lambda: self._opener.open_file(path or ""))
        self._add(menu, _("Show in folder"), "folder-open", one, lambda: self._opener.show_in_folder(path or ""))
        menu.addSeparator()
        nothing = "" if picked.count else _("Nothing is selected.")
        no_file = nothing or ("" if summary.files else _("There is no file."))
        no_local = no_file or ("" if summary.local_paths else why_not(first))
        self._add(menu, _("Copy local path"), "desktop", no_local, self.copy_local_paths)
        self._add(menu, _("Copy server path"), "hard-drives", no_file, self.copy_server_paths)
        self._add(menu, _("Copy IDs"), "copy", nothing, self.copy_ids)
        menu.addSeparator()
        is_show = bool(picked.shows or picked.seasons or picked.episodes)
        why = "" if is_show else _("Only shows can be synced individually.")
        self._add(menu, _("Sync this show"), "arrows-clockwise", why, self.sync_show)
        self._add(menu, _("Statistics"), "chart-bar", self._why_no_statistics(picked), self.show_statistics)
        self._add(menu, _("Export selected…"), "export", nothing, self.export_wanted.emit)

    @staticmethod
    def _why_not_one(picked: Picked, usable: StoredFile | None) -> str:
        if picked.count != 1:
            return _("Select one row with a file.")
        if picked.shows or picked.seasons:
            # Their first file is an episode that nobody chose.
            return _("Select an episode to open its file.")
        return why_not(usable)

    @staticmethod
    def _why_no_statistics(picked: Picked) -> str:
        if picked.count == 1 and not picked.files:
            return ""
        return _("Select one movie, show, season or episode.")

    def _add(self, menu: QMenu, name: str, icon: str, why: str, act: Callable[[], None]) -> None:
        entry = menu.addAction(icons.icon(icon), name)
        entry.setEnabled(not why)
        entry.setToolTip(plain_tip(why or name))
        entry.setStatusTip(why)
        entry.triggered.connect(lambda _checked=False: act())

    # --- copying ------------------------------------------------------------------------------------------------

    def copy_text(self, words: str) -> None:
        """Copy a text and say so."""
        QGuiApplication.clipboard().setText(words)
        if not words:
            self._services.say(_("Nothing to copy."), Tone.INFO, None)
            return
        n = words.count("\n") + 1
        self._services.toast(ngettext("Copied.", "{n} lines copied.", n).format(n=text.number(n)), None)

    def copy_local_paths(self) -> None:
        """One local path a line, of every selected file that has one."""
        self._copy_files(lambda file: file.local_path)

    def copy_server_paths(self) -> None:
        """One server path a line."""
        self._copy_files(lambda file: file.server_path)

    def _copy_files(self, path_of: Callable[[Any], str | None]) -> None:
        context, picked = self._services.context, self._picked()

        def read(token: CancelToken, _report: object) -> str:
            files = files_of(iterate(context, every_copy(context, picked), token))
            paths = (path for file in files if (path := path_of(file)) is not None)
            return "\n".join(dict.fromkeys(paths))

        self._run(read, self.copy_text)

    def copy_ids(self) -> None:
        """The external ids of the selected rows, one row a line."""
        context, picked = self._services.context, self._picked()

        def read(token: CancelToken, _report: object) -> str:
            items = list(own_items(context, picked, token))
            return "\n".join(line for item in items if (line := " ".join(str(g) for g in distinct_ids(item.ids))))

        self._run(read, self.copy_text)

    def copy_rows(self, pane: ListPane | GridPane) -> None:
        """The visible columns of the selected rows, tab separated, and as a table for documents."""
        entries = pane.entries()
        if not entries:
            return
        header = pane.header
        columns = [pane.model.columns[header.logicalIndex(n)] for n in range(header.count())]
        columns = [column for column in columns if pane.columns_state.is_shown(column.key)]
        source = pane.source

        def read(token: CancelToken, _report: object) -> list[Any]:
            token.raise_if_cancelled()
            missing = [entry for entry in entries if isinstance(entry, int)]
            rows: dict[int, Any] = {}
            for start in range(0, len(missing), 500):
                token.raise_if_cancelled()
                rows.update((row.id, row) for row in source.rows(missing[start : start + 500]))
            found = [rows.get(entry) if isinstance(entry, int) else entry for entry in entries]
            return [row for row in found if row is not None]

        self._run(read, lambda rows: QGuiApplication.clipboard().setMimeData(as_table(columns, rows)))

    # --- statistics ---------------------------------------------------------------------------------------------

    def show_statistics(self) -> None:
        """Open the statistics of the plays of the selected row."""
        context, picked = self._services.context, self._picked()

        def read(_token: CancelToken, _report: object) -> list[Within]:
            return parts_of(context, picked)

        def show(parts: list[Within]) -> None:
            if parts:
                self._services.open_page("statistics", parts[0])

        self._run(read, show)

    # --- syncing ------------------------------------------------------------------------------------------------

    def sync_show(self) -> None:
        """Sync the show of the first selected row, on every server that holds it where it is grouped."""
        context, picked = self._services.context, self._picked()

        def read(_token: CancelToken, _report: object) -> list[ItemRow]:
            return browsing.item_rows(context, ItemKind.SHOW, first_show(context, picked))

        self._run(read, self._start_sync)

    def _start_sync(self, shows: list[ItemRow]) -> None:
        for show in shows:
            self._services.sync.start(
                SyncRequest(
                    server_ids=(show.server_id,),
                    library_ids=(show.library_id,),
                    show_title=show.title,
                    show_year=show.year,
                )
            )
        if shows:
            names = ", ".join(dict.fromkeys(show.server for show in shows))
            said = _("Syncing “{show}”.") if len(shows) == 1 else _("Syncing “{show}” on {servers}.")
            self._services.say(said.format(show=shows[0].title, servers=names), Tone.INFO, None)

    def _run(self, read: Callable[[CancelToken, object], Any], then: Callable[[Any], None]) -> None:
        handle = self._services.runner.submit(read, lane=Lane.QUERY)
        handle.succeeded.connect(then)
        handle.failed.connect(self.failed)


def cell_text(column: Column, row: Any) -> str:
    """What a cell shows, with what its delegate paints around the text."""
    parts = [column.roles[role](row) for role in (LEAD_ROLE,) if role in column.roles]
    parts.append(column.text(row))
    parts += [column.roles[role](row) for role in (TAIL_ROLE,) if role in column.roles]
    return " ".join(str(part) for part in parts if part).replace("\t", " ").replace("\n", " ")


def as_table(columns: list[Column], rows: list[Any]) -> QMimeData:
    """Rows as tab separated text with a head line; up to 2,000 rows as HTML too."""
    lines = [[column.title for column in columns]]
    lines += [[cell_text(column, row) for column in columns] for row in rows]
    mime = QMimeData()
    mime.setText("\n".join("\t".join(line) for line in lines))
    if len(rows) <= _HTML_ROWS:
        cells = ("".join(f"<td>{_escaped(cell)}</td>" for cell in line) for line in lines)
        mime.setHtml("<table>" + "".join(f"<tr>{line}</tr>" for line in cells) + "</table>")
    return mime


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
