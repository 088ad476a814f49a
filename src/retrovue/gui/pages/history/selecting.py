"""What is selected in the history: rows that are here by their ids, and of a million the places that they stand at."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QTableView

from retrovue.core.services.history import lists
from retrovue.core.services.history.lists import PlayListing, Span
from retrovue.gui.pages.history.columns import PlayRow
from retrovue.gui.pages.history.model import PlayModel
from retrovue.gui.tables.view import selected_rows
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report, TaskHandle, TaskRunner

if TYPE_CHECKING:
    from retrovue.core.context import AppContext
    from retrovue.core.domain.tasks import CancelToken

_FEW_ROWS = 1_000
"""So many rows are looked at one by one."""


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


def as_text(view: QTableView, model: PlayModel) -> str:
    """The selected rows that are here, tabs between the visible columns. Thread: GUI."""
    header = view.horizontalHeader()
    shown = [n for n in range(len(model.columns)) if not header.isSectionHidden(n)]

    def lines() -> Iterator[str]:
        for first, last in selected_rows(view):
            for number in range(first, last + 1):
                row = model.known_row(number)
                if isinstance(row, PlayRow):
                    yield "\t".join(model.columns[n].text(row) for n in shown)

    return "\n".join(lines())


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
