"""The chosen titles of the list: why they are on it, what they would free, and what can be done with them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from retrovue.core.domain.cleanup.facts import Facts
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.cleanup import words
from retrovue.gui import text
from retrovue.gui.pages.cleanup.candidatelist import CandidateRow
from retrovue.gui.pages.cleanup.candidateview import CandidatesView
from retrovue.gui.pages.cleanup.room import RoomReader
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme import icons
from retrovue.gui.widgets.notices import Tone
from retrovue.gui.work.opening import FileOpener

if TYPE_CHECKING:
    from retrovue.core.services.cleanup.room import Gains
    from retrovue.core.services.cleanup.words import Explained

_MOST_LISTED = 20_000


class ChosenTitles(QObject):
    """Follows the selection of the list. `facts` are those that the list was made of. Thread: GUI."""

    exclude_wanted = Signal(object)
    """The selected titles, a list of `Unit`."""

    def __init__(
        self, services: PageServices, opener: FileOpener, view: CandidatesView, room: RoomReader, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.facts: Facts | None = None
        self._services = services
        self._opener = opener
        self._view = view
        self._room = room
        selection = view.table.selectionModel()
        selection.selectionChanged.connect(self.show)
        selection.currentRowChanged.connect(self.show)
        view.table.menu_wanted.connect(self._show_menu)
        view.why.exclude_wanted.connect(self.exclude)
        view.why.show_wanted.connect(self.show_in_folder)
        view.why.copy_wanted.connect(self.copy_paths)
        view.table.why_wanted.connect(view.why.toggle)
        room.chosen_counted.connect(self._on_counted)
        room.failed.connect(self._on_failed)

    @property
    def rows(self) -> list[CandidateRow]:
        """The selected titles."""
        return self._view.source.rows(self._view.table.chosen)

    @Slot()
    def show(self) -> None:
        """Say why the title with the cursor is on the list, and what the selected ones would free."""
        view = self._view
        row, found = view.table.current, view.source.found
        explained: Sequence[Explained] = ()
        if row is not None and found is not None and self.facts is not None:
            explained = words.explain(self.facts, found.rule, row.unit).lines
        view.why.setVisible(row is not None)
        if row is not None:
            view.why.show_title(row.title, row.reason, explained)
        chosen = [] if self.facts is None else view.source.rows(view.table.chosen[:_MOST_LISTED])
        # Something stands there at once, or the list would jump by a line when the number is there.
        self._show_amount(_("Counting what can be freed…") if chosen else "")
        if self.facts is not None:
            self._room.count_chosen(self.facts, [line.unit for line in chosen])

    def _show_amount(self, gain: str) -> None:
        chosen = self._view.table.chosen[:_MOST_LISTED]
        self._view.why.show_chosen(len(chosen), self._view.source.size_of(chosen), gain)

    @Slot(object)
    def _on_counted(self, gains: "Gains") -> None:
        from retrovue.core.services.cleanup.room import would_have

        free = self._view.strip.total_free
        said = []
        for path, gain in sorted(gains.by_disk.items(), key=lambda one: -one[1]):
            before = free.get(path)
            if before is not None and gain:
                said.append(would_have(path, before=before, gain=gain, size=text.size))
        self._show_amount(said[0] if said else _("Frees nothing that is known"))

    @Slot(object)
    def _on_failed(self, _error: BaseException) -> None:
        self._show_amount("")

    @Slot()
    def exclude(self) -> None:
        """Keep the selected titles off every list; it can be undone."""
        self.exclude_wanted.emit([row.unit for row in self.rows])

    @Slot()
    def show_in_folder(self) -> None:
        """Open the folder of the title with the cursor."""
        row = self._view.table.current
        paths = [] if row is None else [one.local_path for one in row.unit.files if one.local_path is not None]
        if paths:
            self._opener.show_in_folder(paths[0])
        else:
            self._services.say(_("No rule maps this title to this computer."), Tone.WARNING, None)

    @Slot()
    def copy_paths(self) -> None:
        """Copy the paths of the selected titles, one a line."""
        files = {file.key: file for row in self.rows for file in row.unit.files}
        paths = [file.local_path or file.server_path for file in files.values()]
        QGuiApplication.clipboard().setText("\n".join(paths))
        done = ngettext("{n} path copied.", "{n} paths copied.", len(paths))
        self._services.toast(done.format(n=text.number(len(paths))), None)

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        table = self._view.table
        if table.current is None:
            return
        menu = QMenu(table)
        why = self._view.why
        menu.addAction(icons.icon("question"), why.why.text(), why.toggle)
        menu.addAction(icons.icon("shield-check"), _("Exclude"), self.exclude)
        menu.addAction(icons.icon("folder-open"), _("Show in folder"), self.show_in_folder)
        menu.addAction(icons.icon("copy"), _("Copy paths"), self.copy_paths)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(table.viewport().mapToGlobal(place))
