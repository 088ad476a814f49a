"""The list of titles that are there more than once, and how they read."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QWidget

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.titles import episode_code, episode_title, titled
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.id_list import IdListModel
from retrovue.gui.tables.view import prepare_table
from retrovue.gui.tables.views import DataTable, room_for
from retrovue.gui.work.tasks import TaskRunner

if TYPE_CHECKING:
    from retrovue.core.services.files.duplicates import DuplicateGroup, DuplicateReport

ALL, MOVIES, EPISODES = "all", "movie", "episode"


@dataclass(frozen=True)
class DuplicateQuery:
    """What is listed, in which order.

    Attributes:
        number: of the comparison that found the titles: another one is another list.
        kind: `ALL`, `MOVIES` or `EPISODES`.
        words: all of them have to be in the title, the show's or an id, in any letter case.
    """

    number: int = 0
    kind: str = ALL
    words: str = ""
    sort_key: str = "extra"
    descending: bool = True


@dataclass(frozen=True)
class GroupRow:
    """A title as the table shows it."""

    id: int
    group: "DuplicateGroup"


def title_of(group: "DuplicateGroup") -> str:
    """ "Static Hour S01E04 The Title", "Copper Sky (1981)"."""
    if group.show_title is not None:
        code = episode_code(group.season, group.episode, group.episode_end, group.aired)
        return episode_title(group.show_title, code, group.title)
    return titled(group.title, group.year)


def where(group: "DuplicateGroup") -> str:
    """Libraries with their servers, each once."""
    places = sorted({place for copy in group.copies for place in copy.places})
    servers = {server for server, _library in places}
    if len(servers) == 1:
        return ", ".join(library for _server, library in places)
    return ", ".join(f"{library} · {server}" for server, library in places)


def resolutions(group: "DuplicateGroup") -> str:
    """ "4K, 1080p", the largest copy first."""
    return ", ".join(dict.fromkeys(copy.resolution for copy in group.copies if copy.resolution))


_KEYS: dict[str, Callable[["DuplicateGroup"], object]] = {
    "title": lambda group: title_of(group).casefold(),
    "where": lambda group: where(group).casefold(),
    "copies": lambda group: len(group.copies),
    "resolution": resolutions,
    "size": lambda group: group.size_bytes,
    "extra": lambda group: group.extra_bytes,
}


class DuplicateSource:
    """Rows out of a report. `report` is replaced whole, so that lanes always see one or the other."""

    def __init__(self) -> None:
        self.report: DuplicateReport | None = None

    def ids(self, query: DuplicateQuery, token: CancelToken) -> "array[int]":
        """Places in the report of the titles that `query` lets through."""
        groups = () if self.report is None else self.report.groups
        words = query.words.casefold().split()
        chosen = [
            place
            for place, group in enumerate(groups)
            if query.kind in (ALL, group.kind.value) and (not words or _matches(group, words))
        ]
        token.raise_if_cancelled()
        # The title decides between equals, whichever way the others are sorted.
        chosen.sort(key=lambda place: title_of(groups[place]).casefold())
        key = _KEYS[query.sort_key]
        chosen.sort(key=lambda place: key(groups[place]), reverse=query.descending)  # type: ignore[arg-type,return-value]
        return array("q", chosen)

    def rows(self, ids: Sequence[int]) -> list[GroupRow]:
        """Titles by their places."""
        groups = () if self.report is None else self.report.groups
        return [GroupRow(place, groups[place]) for place in ids if place < len(groups)]

    def extra_bytes(self, ids: Sequence[int]) -> int:
        """What could be freed of some titles, each file once."""
        from retrovue.core.services.files.duplicates import add_up

        return add_up(row.group for row in self.rows(ids))[1]


def _matches(group: "DuplicateGroup", words: Sequence[str]) -> bool:
    ids = " ".join(f"{one.provider}:{one.external_id}" for one in group.ids)
    whole = f"{title_of(group)} {where(group)} {ids}".casefold()
    return all(word in whole for word in words)


class GroupTable(DataTable):
    """Titles. Enter opens the chosen one in the Library."""

    open_wanted = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, source: DuplicateSource, runner: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(name=_("Duplicates"), parent=parent)
        self.rows = IdListModel(_columns(), source, runner, parent=self)
        prepare_table(self, self.rows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.horizontalHeader()
        header.setSectionsMovable(False)
        header.setSortIndicator(len(self.rows.columns) - 1, Qt.SortOrder.DescendingOrder)
        for place, column in enumerate(self.rows.columns):
            self.setColumnWidth(place, room_for(column))
        for place in (0, 1):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self.menu_wanted)
        self.doubleClicked.connect(self._on_double_click)

    @property
    def current(self) -> "DuplicateGroup | None":
        """The chosen title."""
        index = self.currentIndex()
        row = self.rows.row_at(index.row()) if index.isValid() else None
        return None if row is None else row.group

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _on_double_click(self, _index: QModelIndex) -> None:
        self.open_wanted.emit()


def _columns() -> list[Column]:
    return [
        Column(
            "title",
            _("Title"),
            lambda row: title_of(row.group),
            width=280,
            tooltip=lambda row: title_of(row.group),
            sort_key="title",
        ),
        Column(
            "where",
            _("Listed in"),
            lambda row: where(row.group),
            width=220,
            tooltip=lambda row: where(row.group),
            sort_key="where",
        ),
        Column(
            "copies",
            _("Copies"),
            lambda row: text.number(len(row.group.copies)),
            align=RIGHT,
            width=72,
            sort_key="copies",
        ),
        Column(
            "resolution",
            _("Resolutions"),
            lambda row: resolutions(row.group) or text.DASH,
            width=120,
            sort_key="resolution",
        ),
        Column(
            "size", _("Total size"), lambda row: text.size(row.group.size_bytes), align=RIGHT, width=92, sort_key="size"
        ),
        Column(
            "extra",
            _("Could be freed"),
            lambda row: text.size(row.group.extra_bytes) if row.group.extra_bytes else text.DASH,
            align=RIGHT,
            width=124,
            tooltip=lambda row: _("All your own copies except the largest"),
            sort_key="extra",
        ),
    ]
