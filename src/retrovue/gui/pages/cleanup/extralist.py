"""The list of extra files: sorted and searched off the GUI thread, any number of rows for the price of their places."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHeaderView, QWidget

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.id_list import IdListModel
from retrovue.gui.tables.path_cells import PathDelegate
from retrovue.gui.tables.view import prepare_table, selected_ids
from retrovue.gui.tables.views import ROW, DataTable, room_for, room_for_dates
from retrovue.gui.work.tasks import TaskRunner

if TYPE_CHECKING:
    from retrovue.core.services.files.extra import ExtraFile, ExtraReport


@dataclass(frozen=True)
class ExtraQuery:
    """What is listed, in which order.

    Attributes:
        number: of the search that found the files: another one is another list.
        root: only files of this mapped folder; empty for all.
        words: all of them have to be in the path, in any letter case.
    """

    number: int = 0
    root: str = ""
    words: str = ""
    sort_key: str = "path"
    descending: bool = False


@dataclass(frozen=True)
class ExtraRow:
    """A file as the table shows it."""

    id: int
    file: "ExtraFile"


_KEYS: dict[str, Callable[["ExtraFile"], object]] = {
    "path": lambda file: file.path.casefold(),
    "size": lambda file: -1 if file.size_bytes is None else file.size_bytes,
    "modified": lambda file: -1 if file.modified_at is None else file.modified_at,
    "root": lambda file: (file.root.casefold(), file.path.casefold()),
}


class ExtraSource:
    """Rows out of a report. `report` is replaced whole, so that lanes always see one or the other."""

    def __init__(self) -> None:
        self.report: ExtraReport | None = None

    def ids(self, query: ExtraQuery, token: CancelToken) -> "array[int]":
        """Places in the report of the files that `query` lets through."""
        files = [] if self.report is None else self.report.files
        words = query.words.casefold().split()
        chosen = [
            place
            for place, file in enumerate(files)
            if (not query.root or file.root == query.root)
            and (not words or all(word in file.path.casefold() for word in words))
        ]
        token.raise_if_cancelled()
        key = _KEYS[query.sort_key]
        chosen.sort(key=lambda place: key(files[place]), reverse=query.descending)  # type: ignore[arg-type,return-value]
        return array("q", chosen)

    def rows(self, ids: Sequence[int]) -> list[ExtraRow]:
        """Files by their places."""
        files = [] if self.report is None else self.report.files
        return [ExtraRow(place, files[place]) for place in ids if place < len(files)]

    def sum_bytes(self, ids: Sequence[int]) -> int:
        """The sizes of some files together, as far as they are known."""
        files = [] if self.report is None else self.report.files
        return sum(files[place].size_bytes or 0 for place in ids)

    def paths(self, ids: Sequence[int]) -> list[str]:
        """Full paths, in the order of `ids`."""
        return [row.file.path for row in self.rows(ids)]


def inside(file: "ExtraFile") -> str:
    """The path below the mapped folder."""
    return file.path[len(file.root) :].lstrip("/\\") if file.path.startswith(file.root) else file.path


def _modified(row: ExtraRow) -> str:
    moment = _moment(row.file.modified_at)
    return text.day(moment, datetime.now(UTC)) if moment is not None else text.DASH


def _moment(epoch_s: int | None) -> datetime | None:
    if epoch_s is None:
        return None
    try:
        return datetime.fromtimestamp(epoch_s, UTC)
    except (OverflowError, ValueError, OSError):
        # Disks tell any number; one that is no date of the calendar is shown as not known.
        return None


def shown(path: str) -> str:
    """A path for the screen: control characters and bytes that are no text are signs that no font has."""
    return path if path.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in path)


class ExtraTable(DataTable):
    """Paths, sizes, ages, folders. Enter shows the file in the file manager, Ctrl+C copies paths."""

    show_wanted = Signal()
    copy_wanted = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, source: ExtraSource, runner: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(name=_("Extra files"), parent=parent)
        self.rows = IdListModel(_columns(), source, runner, parent=self)
        prepare_table(self, self.rows)
        header = self.horizontalHeader()
        header.setSectionsMovable(False)
        header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(60)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setItemDelegateForColumn(0, PathDelegate(self, row_height=ROW))
        self.setItemDelegateForColumn(3, PathDelegate(self, tone="text2", row_height=ROW))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self.menu_wanted)
        self.doubleClicked.connect(self._on_double_click)
        for place, column in enumerate(self.rows.columns):
            self.setColumnWidth(place, room_for(column))

    @property
    def chosen(self) -> "array[int]":
        """The selected rows, by their places in the report."""
        return selected_ids(self, self.rows)

    def copy(self) -> None:
        """The Edit menu's Copy."""
        self.copy_wanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Ctrl+C."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.show_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _on_double_click(self, _index: QModelIndex) -> None:
        self.show_wanted.emit()


def _columns() -> list[Column]:
    return [
        Column(
            "path",
            _("File"),
            lambda row: shown(inside(row.file)),
            width=320,
            tooltip=lambda row: shown(row.file.path),
            sort_key="path",
        ),
        Column("size", _("Size"), lambda row: text.size(row.file.size_bytes), align=RIGHT, width=88, sort_key="size"),
        Column(
            "modified",
            _("Modified"),
            _modified,
            align=RIGHT,
            width=room_for_dates(least=112),
            tooltip=lambda row: text.exact(moment) if (moment := _moment(row.file.modified_at)) else None,
            sort_key="modified",
        ),
        Column(
            "root",
            _("Mapped folder"),
            lambda row: shown(row.file.root),
            width=240,
            tooltip=lambda row: shown(row.file.root),
            sort_key="root",
        ),
    ]
