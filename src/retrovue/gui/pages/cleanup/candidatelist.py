"""The list of candidates and of what is kept apart, and how its lines read."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from retrovue.core.domain.cleanup.evaluate import StaleClass, StaleList, class_of
from retrovue.core.domain.cleanup.keeping import Why
from retrovue.core.domain.cleanup.levels import total_bytes
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.text import fold
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.id_list import IdListModel
from retrovue.gui.tables.view import prepare_table, selected_rows
from retrovue.gui.tables.views import DataTable, room_for, room_for_dates, room_for_words
from retrovue.gui.tables.wrapped import WrappedDelegate
from retrovue.gui.theme.style import FontRole
from retrovue.gui.work.tasks import TaskRunner

if TYPE_CHECKING:
    from retrovue.core.domain.cleanup.facts import Unit

LISTED, NO_HISTORY, APART = "listed", "no-history", "apart"


@dataclass(frozen=True)
class CandidateQuery:
    """What is shown, in which order. `number`: of the list; another one is another list."""

    number: int = 0
    show: str = LISTED
    words: str = ""
    sort_key: str = "size"
    descending: bool = True


@dataclass(frozen=True)
class CandidateRow:
    """A title as the table shows it. `why`: of one that is kept apart."""

    id: int
    unit: "Unit"
    now: int
    why: Why | None = None

    @property
    def title(self) -> str:
        """The title with what it belongs to."""
        from retrovue.core.services.cleanup.words import full_title

        return full_title(self.unit)

    @property
    def reason(self) -> str:
        """Why it is on the list, or apart."""
        from retrovue.core.services.cleanup import words

        # The last play has most to say. Where the end is cut, it is what the column of plays says as well.
        added, last, *plays = words.reasons(self.unit, self.now)[:-1]
        reasons = " · ".join((last, added, *plays))
        return reasons if self.why is None else f"{words.why_name(self.why)} · {reasons}"


_KEYS: dict[str, Callable[["Unit"], object]] = {
    "server": lambda unit: unit.origin.server.casefold(),
    "reason": lambda unit: unit.added_at,
    "played": lambda unit: unit.last_played_at or 0,
    "plays": lambda unit: unit.plays,
    "size": lambda unit: unit.size_bytes,
}


class CandidateSource:
    """Lines out of a list. `found` is replaced whole, so that lanes always see one or the other."""

    def __init__(self) -> None:
        self.found: StaleList | None = None

    def counts(self) -> dict[str, int]:
        """How many lines each view has."""
        if self.found is None:
            return {LISTED: 0, NO_HISTORY: 0, APART: 0}
        unsure = sum(class_of(unit) is StaleClass.NOT_IN_HISTORY for unit in self.found.candidates)
        return {LISTED: len(self.found.candidates) - unsure, NO_HISTORY: unsure, APART: len(self.found.apart)}

    def ids(self, query: CandidateQuery, token: CancelToken) -> "array[int]":
        """Places of the lines that `query` lets through; those that are apart are counted on after the candidates."""
        found = self.found
        if found is None:
            return array("q")
        units = self._units(found)
        first = len(found.candidates)
        if query.show == APART:
            chosen: Sequence[int] = range(first, len(units))
        else:
            wanted = query.show == NO_HISTORY
            chosen = [at for at in range(first) if (class_of(units[at]) is StaleClass.NOT_IN_HISTORY) is wanted]
        words = fold(query.words).split()
        if words:
            chosen = [at for at in chosen if _matches(units[at], words)]
        token.raise_if_cancelled()
        by_title = query.sort_key == "title"
        key = (lambda unit: _title_key(unit)) if by_title else _KEYS[query.sort_key]
        ordered = sorted(chosen, key=lambda at: key(units[at]), reverse=query.descending)  # type: ignore[arg-type,return-value]
        return array("q", ordered)

    def rows(self, ids: Sequence[int]) -> list[CandidateRow]:
        """Lines by their places."""
        found = self.found
        if found is None:
            return []
        first = len(found.candidates)
        lines = []
        for at in ids:
            if at < first:
                lines.append(CandidateRow(at, found.candidates[at], found.now))
            elif at - first < len(found.apart):
                one = found.apart[at - first]
                lines.append(CandidateRow(at, one.unit, found.now, one.why))
        return lines

    def size_of(self, ids: Sequence[int]) -> int:
        """The size of some lines, every file once."""
        return total_bytes(row.unit for row in self.rows(ids))

    @staticmethod
    def _units(found: StaleList) -> "list[Unit]":
        return [*found.candidates, *(one.unit for one in found.apart)]


def _title_key(unit: "Unit") -> tuple[str, int, int]:
    return fold(unit.show_title or unit.title), unit.season_number or 0, unit.episode_number or 0


def _matches(unit: "Unit", words: Sequence[str]) -> bool:
    whole = fold(f"{unit.show_title or ''} {unit.title} {unit.origin.server} {unit.origin.library}")
    return all(word in whole for word in words)


def _played(row: CandidateRow) -> str:
    at = row.unit.last_played_at
    if at is None:
        return _("Never") if row.unit.plays == 0 else text.DASH
    return text.day(datetime.fromtimestamp(at, UTC), datetime.fromtimestamp(row.now, UTC))


_TITLE, _SERVER, _REASON, _PLAYS = 0, 1, 2, 4
_LEAST_REASON = 112
"""Narrower, no reason can be read: the number of plays is in it, so that its column goes first, then the server."""
_MOST_OF_A_NAME = 16
"""Letters of a server's name."""
_MANY = 2
_ROW_HEIGHT = 40
"""Two lines of reasons."""


class CandidateTable(DataTable):
    """Titles that can go."""

    menu_wanted = Signal(QPoint)
    why_wanted = Signal()
    """Enter: why the title with the cursor is here."""

    def __init__(self, source: CandidateSource, runner: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(row_height=_ROW_HEIGHT, name=_("Candidates"), parent=parent)
        self.source = source
        self._servers: set[str] = set()
        self.rows = IdListModel(_columns(), source, runner, parent=self)
        prepare_table(self, self.rows)
        header = self.horizontalHeader()
        header.setSectionsMovable(False)
        header.setSortIndicator(len(self.rows.columns) - 1, Qt.SortOrder.DescendingOrder)
        for place, column in enumerate(self.rows.columns):
            self.setColumnWidth(place, room_for(column))
        for place, role, tone in ((_TITLE, FontRole.BODY, "text"), (_REASON, FontRole.SMALL, "text2")):
            cells = WrappedDelegate(self, row_height=_ROW_HEIGHT, role=role, tone=tone)
            self.setItemDelegateForColumn(place, cells)
        header.setSectionResizeMode(_REASON, QHeaderView.ResizeMode.Stretch)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self.menu_wanted)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter asks why."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier and self.current is not None:
            self.why_wanted.emit()
            return
        super().keyPressEvent(event)

    def make_room(self) -> None:
        """Leave out the server where all titles are on the same one: titles and reasons need its room."""
        found = self.source.found
        units = () if found is None else (*found.candidates, *(one.unit for one in found.apart))
        self._servers = {unit.origin.server for unit in units}
        self._fold()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the reasons some room."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        columns = self.rows.columns
        server = room_for_words(self._servers, least=room_for(columns[_SERVER]), most_chars=_MOST_OF_A_NAME)
        # A hidden column says that it is 0 px wide.
        kept = sum(self.columnWidth(at) for at in range(len(columns)) if at not in (_SERVER, _REASON, _PLAYS))
        left = self.viewport().width() - kept - _LEAST_REASON
        has_many = len(self._servers) >= _MANY
        self.setColumnHidden(_SERVER, not has_many or left < server)
        self.setColumnHidden(_PLAYS, left - server * has_many < room_for(columns[_PLAYS]))
        if has_many and left >= server:
            self.setColumnWidth(_SERVER, server)

    @property
    def current(self) -> CandidateRow | None:
        """The line with the cursor."""
        index = self.currentIndex()
        return self.rows.row_at(index.row()) if index.isValid() else None

    @property
    def chosen(self) -> list[int]:
        """Places of the selected lines."""
        ids = self.rows.ids
        return [ids[row] for first, last in selected_rows(self) for row in range(first, min(last + 1, len(ids)))]


def _title_tip(row: CandidateRow) -> str:
    return f"{row.title}\n{row.unit.origin.server} · {row.unit.origin.library}"


def _columns() -> list[Column]:
    return [
        Column("title", _("Title"), lambda row: row.title, width=170, tooltip=_title_tip, sort_key="title"),
        Column(
            "server",
            _("Server"),
            lambda row: row.unit.origin.server,
            width=64,
            tooltip=lambda row: f"{row.unit.origin.server} · {row.unit.origin.library}",
            sort_key="server",
        ),
        Column(
            "reason", _("Reason"), lambda row: row.reason, width=260, tooltip=lambda row: row.reason, sort_key="reason"
        ),
        Column("played", _("Last play"), _played, align=RIGHT, width=room_for_dates(least=96), sort_key="played"),
        Column("plays", _("Plays"), lambda row: text.number(row.unit.plays), align=RIGHT, width=64, sort_key="plays"),
        Column("size", _("Size"), lambda row: text.size(row.unit.size_bytes), align=RIGHT, width=88, sort_key="size"),
    ]
