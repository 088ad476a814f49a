"""What is selected in the history: rows that are here by their ids, and of a million the places that they stand at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QTableView

from retrovue.core.services.history import lists
from retrovue.core.services.history.lists import PlayListing, Span
from retrovue.gui.pages.history.columns import PlayRow
from retrovue.gui.pages.history.model import PlayModel, play_rows
from retrovue.gui.tables.columns import Column
from retrovue.gui.tables.view import selected_rows
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report, TaskHandle, TaskRunner

if TYPE_CHECKING:
    from retrovue.core.context import AppContext
    from retrovue.core.domain.tasks import CancelToken

_FEW_ROWS = 1_000
"""So many rows are looked at one by one."""
MOST_COPIED = 20_000
_READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class SelectedPlays:
    """What is selected, each play once.

    Attributes:
        sittings: by their first plays.
        spans: places of `listing` whose rows are not here; of days there is nothing in them.
        known: how many plays there are, but for those within `spans`.
    """

    plays: tuple[int, ...]
    sittings: tuple[int, ...]
    known: int
    listing: PlayListing
    spans: tuple[Span, ...] = ()

    @property
    def is_any(self) -> bool:
        """Whether there are any plays."""
        return bool(self.known) or any(self.listing.entries_of(span) for span in self.spans)

    def choice(self, host: "AppContext") -> dict[str, object]:
        """Arguments of `services.history.plays.delete`. Thread: any; reads what is not here.

        Raises:
            ConfigError: the history has changed since.
        """
        heads = lists.chosen(host, self.listing, self.spans) if self.spans else []
        if self.listing.query.grouped:
            return {"ids": self.plays, "sittings": [*self.sittings, *heads]}
        return {"ids": [*self.plays, *heads], "sittings": self.sittings}


def selected_plays(view: QTableView, model: PlayModel) -> SelectedPlays:
    """What is selected now. Thread: GUI."""
    ranges = selected_rows(view)
    is_few = sum(last + 1 - first for first, last in ranges) <= _FEW_ROWS
    spans: list[Span] = []
    whole: dict[int, int] = {}
    alone: dict[int, PlayRow] = {}
    for first, last in ranges:
        parts, span = model.spans(first, last)
        alone.update((part.id, part) for part in parts)
        if span is None:
            continue
        if not is_few:
            spans.append(span)
            continue
        for number in range(first + len(parts), last + 1):
            row, (place, part) = model.known_row(number), model.place_of(number)
            if isinstance(row, PlayRow) and part is None:
                whole.update(dict.fromkeys(row.members, row.id))
            elif row is None and model.listing.day_at(place) is None:
                spans.append((place, place))
    # Below a sitting that is selected, its plays are selected with it.
    single = [play_id for play_id, part in alone.items() if play_id not in whole and not _is_within(model, part, spans)]
    sittings: dict[int, None] = {}
    for play_id, head in whole.items():
        if model.listing.query.grouped:
            sittings[head] = None
        else:
            single.append(play_id)
    known = len(set(single)) + (len(whole) if model.listing.query.grouped else 0)
    return SelectedPlays(tuple(dict.fromkeys(single)), tuple(sittings), known, model.listing, tuple(spans))


def _is_within(model: PlayModel, part: PlayRow, spans: list[Span]) -> bool:
    place = model.place_of_part(part.id)
    return any(first <= place <= last for first, last in spans)


class PlayCopier(QObject):
    """Copies the selected rows as a table, and reads those that are not here on the query lane. Thread: GUI."""

    copied = Signal(object)
    """The rows, tabs between the visible columns."""
    refused = Signal(int)
    """So many rows are selected that a file takes them better."""
    failed = Signal(object)

    def __init__(self, context: "AppContext", runner: TaskRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._runner = runner
        self._reading: TaskHandle | None = None

    def copy(self, view: QTableView, model: PlayModel) -> None:
        """Copy what is selected now."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        ranges = selected_rows(view)
        count = sum(last + 1 - first for first, last in ranges)
        if count > MOST_COPIED:
            self.refused.emit(count)
            return
        header = view.horizontalHeader()
        columns = [column for n, column in enumerate(model.columns) if not header.isSectionHidden(n)]
        found = list(_selected(ranges, model))
        if all(isinstance(each, PlayRow) for each in found):
            self.copied.emit(_table(columns, found, {}))
            return
        context, listing = self._context, model.listing

        def work(token: "CancelToken", report: Report) -> str:
            places = [each for each in found if isinstance(each, int)]
            rows: dict[int, PlayRow] = {}
            for first in range(0, len(places), _READ_AT_ONCE):
                token.raise_if_cancelled()
                rows |= play_rows(context, listing, places[first : first + _READ_AT_ONCE])
            return _table(columns, found, rows)

        self._reading = self._runner.submit(work, lane=Lane.QUERY)
        self._reading.succeeded.connect(self.copied)
        self._reading.failed.connect(self.failed)


def _selected(ranges: list[tuple[int, int]], model: PlayModel) -> Iterator[PlayRow | int]:
    """The selected plays and sittings in their order, those that are not here by their places."""
    for first, last in ranges:
        for number in range(first, last + 1):
            row = model.known_row(number)
            if isinstance(row, PlayRow):
                yield row
            elif row is None and not model.is_day(number):
                yield model.place_of(number)[0]


def _table(columns: Sequence[Column], found: Sequence[PlayRow | int], read: Mapping[int, PlayRow]) -> str:
    rows = (read.get(each) if isinstance(each, int) else each for each in found)
    return "\n".join("\t".join(column.text(row) for column in columns) for row in rows if row is not None)


class PlayCounter(QObject):
    """Counts the plays of a selection that is not here on the query lane. Thread: GUI."""

    counted = Signal()
    """What `count` says has changed."""
    failed = Signal(object)

    def __init__(self, context: "AppContext", runner: TaskRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._runner = runner
        self._asked: SelectedPlays | None = None
        self._found: tuple[SelectedPlays, int] | None = None
        self._counting: TaskHandle | None = None

    def count(self, selected: SelectedPlays) -> int:
        """How many plays are selected; 0 while that is counted, which this call starts."""
        if not selected.spans:
            return selected.known
        if self._found is not None and self._found[0] == selected:
            return self._found[1]
        if self._asked != selected:
            self._ask(selected)
        return 0

    def _ask(self, selected: SelectedPlays) -> None:
        context, self._asked = self._context, selected
        if self._counting is not None:
            self._counting.cancel()

        def work(token: "CancelToken", report: Report) -> tuple[SelectedPlays, int]:
            token.raise_if_cancelled()
            return selected, selected.known + lists.count_of(context, selected.listing, selected.spans)

        self._counting = self._runner.submit(work, lane=Lane.QUERY)
        self._counting.succeeded.connect(self._on_counted)
        self._counting.failed.connect(self.failed)

    @Slot(object)
    def _on_counted(self, found: tuple[SelectedPlays, int]) -> None:
        if found[0] == self._asked:
            self._found, self._asked = found, None
            self.counted.emit()
