"""Export of what is listed or selected: a file dialog, a worker with progress and cancel, a sentence at the end."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from PySide6.QtCore import QObject, QStandardPaths, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QMenu, QWidget

from retrovue.core.domain.browse import BrowseQuery, View
from retrovue.core.domain.media import CatalogItem, ItemKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.catalog import browsing
from retrovue.core.services.catalog.picked import Picked, iterate, own_items
from retrovue.core.system import deeds
from retrovue.gui import text
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.notices import Tone
from retrovue.gui.widgets.page import PAGE_MARGIN
from retrovue.gui.widgets.progress import ProgressBar
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report, TaskHandle

if TYPE_CHECKING:
    from retrovue.core.context import AppContext

CSV, JSON, M3U = "csv", "json", "m3u"
_SUFFIXES = {CSV: ".csv", JSON: ".json", M3U: ".m3u8"}
_TELL_EVERY = 200

AskPath = Callable[[QWidget, str, str, str], str]


def _filters() -> dict[str, str]:
    return {CSV: _("Comma-separated values (*.csv)"), JSON: _("JSON lines (*.json)"), M3U: _("Playlist (*.m3u8)")}


def ask_path(parent: QWidget, title: str, suggestion: str, name_filter: str) -> str:
    """Where to write; empty when the person thought better of it."""
    path, _chosen = QFileDialog.getSaveFileName(parent, title, suggestion, name_filter)
    return path


class Strip(QFrame):
    """What is being exported, how far, and a way out; hidden while nothing is."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 12)
        row.setSpacing(10)
        self.words = label()
        row.addWidget(self.words)
        self.bar = ProgressBar(height=4)
        self.bar.setAccessibleName(_("Export"))
        row.addWidget(self.bar, 1)
        self.count = label(tone="text2")
        row.addWidget(self.count)
        self.cancel_button = Button(_("Cancel"), kind=ButtonKind.LINK)
        self.cancel_button.clicked.connect(self.cancelled)
        row.addWidget(self.cancel_button)
        self.hide()

    def show_progress(self, done: int, total: int) -> None:
        """`done` of `total` rows are written."""
        self.bar.set_progress(done, total)
        self.count.setText(_("{n} of {total}").format(n=text.number(done), total=text.number(total)))


class Exporter(QObject):
    """Thread: GUI; writes on the lane "export".

    Args:
        ask: where to write; replaced in tests.
    """

    failed = Signal(object)
    written = Signal(str, int)
    """Path and number of lines."""

    def __init__(self, services: PageServices, page: QWidget, *, ask: AskPath = ask_path) -> None:
        super().__init__(page)
        self._services = services
        self._page = page
        self._ask = ask
        self._handle: TaskHandle | None = None
        self.strip = Strip()
        self.strip.cancelled.connect(self.cancel)

    def fill_menu(self, menu: QMenu, view: View, query: BrowseQuery | None, picked: Picked) -> None:
        """Entries for the list as it is shown, and for the selection."""
        menu.clear()
        for name, what, how in _choices(view):
            entry = menu.addAction(name)
            entry.setEnabled(query is not None)
            entry.triggered.connect(lambda _on=False, what=what, how=how: self._export(view, query, None, what, how))
        if picked.count:
            menu.addSeparator()
            menu.addAction(self._selected_name(picked), lambda: self.ask_selected(view, picked))

    def ask_selected(self, view: View, picked: Picked) -> None:
        """Export the selected rows, in the format that the file's name says."""
        suggestion = self._suggestion(_("selection"), CSV)
        chosen = self._ask(self._page, self._selected_name(picked), suggestion, ";;".join(_filters().values()))
        if chosen:
            suffix = Path(chosen).suffix.lower()
            how = {".json": JSON, ".m3u": M3U, ".m3u8": M3U}.get(suffix, CSV)
            what = "files" if picked.files or how == M3U else _kind_of(view, picked)
            self._start(chosen, None, picked, what, how)

    @Slot()
    def cancel(self) -> None:
        """Stop; the file that was begun is taken away."""
        if self._handle is not None:
            self._handle.cancel()

    def _selected_name(self, picked: Picked) -> str:
        n = picked.count
        return ngettext("Export {n} selected row…", "Export {n} selected rows…", n).format(n=text.number(n))

    def _suggestion(self, name: str, how: str) -> str:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        return str(Path(folder) / f"RetroVue {name}{_SUFFIXES[how]}")

    def _export(self, view: View, query: BrowseQuery | None, picked: Picked | None, what: str, how: str) -> None:
        chosen = self._ask(self._page, _("Export view"), self._suggestion(what, how), _filters()[how])
        if chosen:
            path = chosen if Path(chosen).suffix else chosen + _SUFFIXES[how]
            self._start(path, query, picked, what, how)

    def _start(self, path: str, query: BrowseQuery | None, picked: Picked | None, what: str, how: str) -> None:
        context = self._services.context
        left_out: list[int] = []

        def write(token: CancelToken, report: Report) -> int:
            return write_export(context, Path(path), query, picked, what, how, token, report, left_out.append)

        self.cancel()
        self._handle = self._services.runner.submit(write, lane=Lane.EXPORT)
        self.strip.words.setText(_("Writing {name}").format(name=Path(path).name))
        self.strip.bar.set_progress(0, None)
        self.strip.count.setText("")
        self.strip.show()
        handle = self._handle
        handle.progress.connect(lambda progress: self.strip.show_progress(*progress))
        handle.succeeded.connect(lambda lines: self._on_written(path, lines, sum(left_out)))
        handle.failed.connect(self.failed)
        handle.cancelled.connect(lambda: self._services.say(_("Canceled. Nothing was written."), Tone.INFO, None))
        handle.finished.connect(lambda: self._on_finished(handle))

    def _on_written(self, path: str, lines: int, left_out: int) -> None:
        said = ngettext("{n} entry exported to {name}.", "{n} entries exported to {name}.", lines)
        said = said.format(n=text.number(lines), name=Path(path).name)
        if left_out:
            more = ngettext(
                "{count} item was left out: it has no local path that a playlist can hold.",
                "{count} items were left out: they have no local path that a playlist can hold.",
                left_out,
            )
            deeds.tell(said)
            self._services.say(f"{said} {more.format(count=text.number(left_out))}", Tone.WARNING, None)
        else:
            self._services.wrote(said)
        self.written.emit(path, lines)

    def _on_finished(self, handle: TaskHandle) -> None:
        if self._handle is handle:
            self._handle = None
            self.strip.hide()


def _choices(view: View) -> list[tuple[str, str, str]]:
    """(name, what, format) of the entries for a view."""
    if view is View.SHOWS:
        return [
            (_("Shows as CSV…"), "shows", CSV),
            (_("Shows as JSON…"), "shows", JSON),
            (_("Their episodes as CSV…"), "episodes", CSV),
            (_("Their episodes as JSON…"), "episodes", JSON),
            (_("Their files as a playlist (M3U)…"), "episodes", M3U),
        ]
    return [
        (_("CSV…"), view.value, CSV),
        (_("JSON…"), view.value, JSON),
        (_("Playlist of local files (M3U)…"), view.value, M3U),
    ]


def _kind_of(view: View, picked: Picked) -> str:
    if picked.shows and not (picked.seasons or picked.episodes):
        return "shows"
    return "episodes" if view is View.SHOWS else view.value


def write_export(
    context: "AppContext",
    path: Path,
    query: BrowseQuery | None,
    picked: Picked | None,
    what: str,
    how: str,
    token: CancelToken,
    report: Report,
    on_left_out: Callable[[int], None] = lambda _count: None,
) -> int:
    """Write a list (`query`) or a selection to `path`, whole or not at all. Thread: a lane.

    Args:
        what: shows, episodes, movies or files.
        how: csv, json or m3u.
        on_left_out: told how many items a playlist could not hold.

    Raises:
        Cancelled: nothing is left of the file.
        ConfigError: it cannot be written there.
    """
    from retrovue.core.services.catalog.export import ExportFormat, ExportWhat, write_items
    from retrovue.core.services.files.reports import save_report

    chosen = (
        picked
        if picked is not None
        else Picked.of_view(query.view, browsing.list_ids(context, query), grouped=query.grouped)
        if query
        else Picked()
    )
    as_shows = what == "shows"
    items = own_items(context, chosen, token) if as_shows else iterate(context, chosen, token)
    counted = _counted(items, chosen, as_shows, report)

    def write(out: TextIO) -> int:
        return write_items(counted, ExportWhat(what), ExportFormat(how), out, on_left_out=on_left_out)

    return save_report(path, how, write)


def _counted(items: Iterator[CatalogItem], chosen: Picked, as_shows: bool, report: Report) -> Iterator[CatalogItem]:
    """Tell how many of the chosen rows are done: of shows whose episodes are written, the shows are counted."""
    shows: set[int] = set()
    done = 0
    for n, item in enumerate(items, start=1):
        if not as_shows and chosen.shows and item.kind is ItemKind.EPISODE and item.show_id is not None:
            shows.add(item.show_id)
            done = len(shows)
        else:
            done = n
        if n % _TELL_EVERY == 0:
            report((min(done, chosen.count), chosen.count))
        yield item
