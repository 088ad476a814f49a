"""The rows of the history: days and sittings by their places in a list, and the plays of those that are unfolded.

A list is known by its length; a page of it is read when somebody goes there. All rows are flat: a view of a tree asks
for each row that it lays out, and 750,000 of them froze a window for eight seconds.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from operator import attrgetter
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt, Slot

from retrovue.core.domain.history import Play, PlayQuery, PlaySort
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.history import lists
from retrovue.core.services.history.lists import PlayListing, Span
from retrovue.gui.pages.history.columns import DayRow, PlayRow, Row, history_columns
from retrovue.gui.tables.columns import ID_ROLE, cell_data, placeholder_data
from retrovue.gui.tables.id_list import IdListModel
from retrovue.gui.tables.pages import PAGE_ROWS, ListAnswer
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Failed, Report, Succeeded, TaskHandle, TaskRunner

if TYPE_CHECKING:
    from retrovue.core.context import AppContext

Index = QModelIndex | QPersistentModelIndex
Path = tuple[int, ...]
"""A sitting by its first play, and one of its plays where that is meant."""
_NO_INDEX = QModelIndex()
_LIST_BITS = 32
_PLACES = (1 << _LIST_BITS) - 1
_LISTS_KEPT = 16


@dataclass(frozen=True, slots=True)
class Held:
    """What a view holds on to while lists come and go: sittings whose places it wants, and those that are unfolded."""

    heads: tuple[int, ...] = ()
    unfolded: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A list with the places of what was held on to, and the plays of what is unfolded."""

    listing: PlayListing = field(default_factory=PlayListing)
    places: dict[int, int] = field(default_factory=dict)
    parts: dict[int, list[PlayRow]] = field(default_factory=dict)


class PlaySource:
    """Reads the list on the query lane.

    The id of a row is its place, and above that the number of the list: places of another list are never the same.

    Attributes:
        held: set on the GUI thread, read on the lane.
    """

    def __init__(self, context: "AppContext") -> None:
        self._context = context
        self._numbers = count()
        self._lists: dict[int, Listed] = {}
        self.held = Held()

    def ids(self, query: PlayQuery, token: CancelToken) -> range:
        """The places of a list; the same ones where nothing has changed."""
        listing = lists.open_list(self._context, query, token)
        held, by_day = self.held, query.sort_key == PlaySort.STARTED
        places = lists.places_of(self._context, listing, tuple({*held.heads, *held.unfolded}))
        parts = {head: self.parts(head, by_day=by_day) for head in held.unfolded if head in places}
        latest = next(reversed(self._lists), -1)
        is_same = latest >= 0 and self._lists[latest].listing == listing
        number = latest if is_same else next(self._numbers)
        self._lists[number] = Listed(listing, places, parts)
        if len(self._lists) > _LISTS_KEPT:
            del self._lists[next(iter(self._lists))]
        first = number << _LIST_BITS
        return range(first, first + len(listing))

    def listed(self, ids: Sequence[int]) -> Listed:
        """The list of which these are the places."""
        return self._lists.get(ids.start >> _LIST_BITS, Listed()) if isinstance(ids, range) else Listed()

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """The sittings and days of a few pages."""
        known = self._lists.get(ids[0] >> _LIST_BITS) if ids else None
        if known is None:
            return []
        first = ids[0] & ~_PLACES
        by_day = known.listing.query.sort_key == PlaySort.STARTED
        found: list[Row] = []
        for place, shown, members in lists.rows(self._context, known.listing, [each & _PLACES for each in ids]):
            if isinstance(shown, Play):
                found.append(PlayRow(shown.id, shown, members=members, by_day=by_day, place=first + place))
            else:
                found.append(DayRow(shown, first + place))
        return found

    def parts(self, head: int, *, by_day: bool) -> list[PlayRow]:
        """The plays of a sitting."""
        plays = lists.parts(self._context, head)
        return [PlayRow(play.id, play, members=(play.id,), is_part=True, by_day=by_day) for play in plays]


def play_rows(context: "AppContext", listing: PlayListing, places: Sequence[int]) -> dict[int, PlayRow]:
    """The plays and sittings at places of a list, as far as they are still there. Reads the catalog."""
    by_day = listing.query.sort_key == PlaySort.STARTED
    return {
        place: PlayRow(shown.id, shown, members=members, by_day=by_day)
        for place, shown, members in lists.rows(context, listing, places)
        if isinstance(shown, Play)
    }


@dataclass(frozen=True, slots=True)
class _Unfolded:
    """A sitting whose plays are shown below it.

    Attributes:
        row: where it stands itself.
    """

    place: int
    head: int
    row: int
    parts: list[PlayRow]

    @property
    def end(self) -> int:
        """The row after its last play."""
        return self.row + len(self.parts) + 1


@dataclass(frozen=True, slots=True)
class _Parts:
    head: int
    place: int
    listed: Listed
    rows: list[PlayRow]


class PlayModel(IdListModel):
    """Sittings and, below those that are unfolded, their plays. Lives on the GUI thread."""

    def __init__(self, context: "AppContext", runner: TaskRunner, parent: QObject | None = None) -> None:
        self.source = PlaySource(context)
        self._runner = runner
        self._listed = Listed()
        self._below: list[_Unfolded] = []
        self._wanted: dict[int, None] = {}
        self._heads: tuple[int, ...] = ()
        self._fetching: list[TaskHandle] = []
        super().__init__(
            history_columns(),
            self.source,
            runner,
            row_id=attrgetter("place"),
            kinds=frozenset({"plays"}),
            parent=parent,
        )

    @property
    def listing(self) -> PlayListing:
        """The list that is shown."""
        return self._listed.listing

    # --- rows and places ----------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return super().rowCount(parent) + sum(len(each.parts) for each in self._below)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        number, section = index.row(), index.column()
        if not 0 <= number < self.rowCount() or not 0 <= section < len(self.columns):
            return None
        row = self.row_at(number)
        if role == ID_ROLE:
            return row.id if isinstance(row, PlayRow) else None
        if row is None:
            return placeholder_data(self.columns[section], section == 0, role)
        return cell_data(self.columns[section], row, role)

    def row_at(self, number: int) -> Row | None:
        """What row `number` shows; None while it is loading, which this call starts."""
        place, part = self.place_of(number)
        if part is not None:
            return part
        row: Row | None = self._pages.row(place)
        return row

    def known_row(self, number: int) -> Row | None:
        """What row `number` shows, as far as it is here already; None where there is no such row."""
        if not 0 <= number < self.rowCount():
            return None
        place, part = self.place_of(number)
        row: Row | None = part if part is not None else self._pages.known_row(place)
        return row

    def place_of(self, number: int) -> tuple[int, PlayRow | None]:
        """(the place in the list at which a row stands, or its sitting; the play below it that it shows)."""
        found = bisect_right(self._below, number, key=attrgetter("row")) - 1
        if found < 0:
            return number, None
        above = self._below[found]
        if number == above.row:
            return above.place, None
        if number < above.end:
            return above.place, above.parts[number - above.row - 1]
        return above.place + 1 + number - above.end, None

    def number_of(self, place: int) -> int:
        """The row of a place."""
        found = bisect_right(self._below, place, key=attrgetter("place")) - 1
        if found < 0:
            return place
        above = self._below[found]
        return above.row if place == above.place else above.end + place - above.place - 1

    def is_day(self, number: int) -> bool:
        """Whether a row is the line of a day."""
        place, part = self.place_of(number)
        return part is None and self.listing.day_at(place) is not None

    def path_at(self, number: int) -> Path:
        """What a row shows, to be found again in another list; empty for a day, and while it is loading."""
        row = self.known_row(number)
        if not isinstance(row, PlayRow):
            return ()
        if not row.is_part:
            return (row.id,)
        found = bisect_right(self._below, number, key=attrgetter("row")) - 1
        return self._below[found].head, row.id

    def number_at(self, path: Path) -> int:
        """The row of what was held on to; -1 where it is not in this list, or not any more."""
        place = self._listed.places.get(path[0], -1) if path else -1
        if place < 0:
            return -1
        if len(path) == 1:
            return self.number_of(place)
        below = next((each for each in self._below if each.head == path[0]), None)
        parts = below.parts if below is not None else ()
        return next((self.number_of(place) + 1 + n for n, part in enumerate(parts) if part.id == path[1]), -1)

    def spans(self, first: int, last: int) -> tuple[list[PlayRow], Span | None]:
        """What is from one row to another: plays at its begin whose sitting is above it, then places of the list."""
        alone: list[PlayRow] = []
        while first <= last and (part := self.place_of(first)[1]) is not None:
            alone.append(part)
            first += 1
        return alone, (self.place_of(first)[0], self.place_of(last)[0]) if first <= last else None

    def place_of_part(self, play_id: int) -> int:
        """The place of the sitting below which a play is shown; -1 where none is."""
        return next((each.place for each in self._below if any(part.id == play_id for part in each.parts)), -1)

    # --- unfolding ----------------------------------------------------------------------------------------------

    def unfolds(self, number: int) -> bool:
        """Whether a row is a sitting of several plays."""
        row = self.known_row(number)
        return isinstance(row, PlayRow) and not row.is_part and len(row.members) > 1

    def is_unfolded(self, number: int) -> bool:
        """Whether the plays of a row are shown below it."""
        return any(each.row == number for each in self._below)

    def head_row(self, number: int) -> int:
        """The row of the sitting that a play stands below; the row itself elsewhere."""
        place, part = self.place_of(number)
        return number if part is None else self.number_of(place)

    def unfold(self, number: int) -> None:
        """Read the plays of a sitting, and show them below it."""
        row = self.known_row(number)
        if not isinstance(row, PlayRow) or not self.unfolds(number) or row.id in self._wanted:
            return
        head, place, listed, source = row.id, self.place_of(number)[0], self._listed, self.source
        self._wanted[head] = None
        self.hold(self._heads)

        def read(token: CancelToken, report: Report) -> _Parts:
            return _Parts(head, place, listed, source.parts(head, by_day=row.by_day))

        handle = self._runner.submit(read, lane=Lane.QUERY)
        self._fetching.append(handle)
        handle.finished.connect(self._on_parts)

    def fold(self, number: int) -> None:
        """Hide the plays of a sitting again."""
        found = next((n for n, each in enumerate(self._below) if each.row == number), -1)
        if found < 0:
            return
        below = self._below[found]
        self._wanted.pop(below.head, None)
        self.hold(self._heads)
        self.beginRemoveRows(QModelIndex(), below.row + 1, below.end - 1)
        del self._below[found]
        self._count_rows()
        self.endRemoveRows()

    def hold(self, heads: tuple[int, ...]) -> None:
        """Say which sittings the next list is asked to find again, beside those that are unfolded."""
        self._heads = heads
        self.source.held = Held(heads, tuple(self._wanted))

    @Slot()
    def _on_parts(self) -> None:
        for handle in [each for each in self._fetching if each.is_finished]:
            self._fetching.remove(handle)
            match handle.outcome:
                case Succeeded(result=_Parts() as found):
                    self._show_parts(found)
                case Failed(error=error, is_away=is_away):
                    self._wanted = {each.head: None for each in self._below}
                    if not is_away:
                        self.failed.emit(error)

    def _show_parts(self, found: _Parts) -> None:
        is_here = any(each.head == found.head for each in self._below)
        if found.listed is not self._listed or found.head not in self._wanted or is_here or not found.rows:
            return  # a newer list has brought them itself, or they are not wanted any more
        row = self.number_of(found.place)
        self._listed.places[found.head] = found.place
        self.beginInsertRows(QModelIndex(), row + 1, row + len(found.rows))
        self._below.append(_Unfolded(found.place, found.head, row, found.rows))
        self._count_rows()
        self.endInsertRows()
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))

    def _count_rows(self) -> None:
        row, after, counted = 0, 0, []
        for each in sorted(self._below, key=attrgetter("place")):
            row += each.place - after
            counted.append(_Unfolded(each.place, each.head, row, each.parts))
            row, after = counted[-1].end, each.place + 1
        self._below = counted

    # --- lists that come ----------------------------------------------------------------------------------------

    @Slot(object)
    def _on_listed(self, listing: ListAnswer) -> None:
        listed = self.source.listed(listing.ids)
        below = list(self._found_below(listed))
        if listing.ids == self._pages.ids and [each.head for each in below] == [each.head for each in self._below]:
            same = all(len(new.parts) == len(old.parts) for new, old in zip(below, self._below, strict=True))
        else:
            same = False
        if same:
            self._take(listing, listed, below)
            for page in listing.pages:
                self._on_loaded(page * PAGE_ROWS, min((page + 1) * PAGE_ROWS, len(listing.ids)) - 1)
            for each in self._below:
                self.dataChanged.emit(self.index(each.row, 0), self.index(each.end - 1, len(self.columns) - 1))
        else:
            self.beginResetModel()
            self._take(listing, listed, below)
            self.endResetModel()
        self.listed.emit()

    def _take(self, listing: ListAnswer, listed: Listed, below: list[_Unfolded]) -> None:
        self._pages.take(listing)
        self._listed, self._below = listed, below
        self._wanted = {each.head: None for each in below}
        self._count_rows()
        self.hold(self._heads)

    def _found_below(self, listed: Listed) -> Iterator[_Unfolded]:
        heads: Iterable[int] = sorted(listed.parts, key=listed.places.__getitem__)
        for head in heads:
            if head in self._wanted and len(listed.parts[head]) > 1:
                yield _Unfolded(listed.places[head], head, 0, listed.parts[head])

    @Slot(int, int)
    def _on_loaded(self, first: int, last: int) -> None:
        if 0 <= first <= last:
            super()._on_loaded(self.number_of(first), self.number_of(last))
