"""Lists in the order of any column, page by page.

Equal entries stand by their start, so a page has to be found without sorting a million of them. What begins and ends it
is counted first, by an index of the column or by the plays of each name; then only the entries of these values are
looked at: few are sorted, and many are met on a way through the list by its start, from the nearer end.
"""

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import accumulate, chain
from time import monotonic
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, FromClause, Integer, and_, func, literal_column, or_, select

from retrovue.core.domain.ordering import Key, key_of
from retrovue.core.storage.dialects.expressions import among, marked, ranked
from retrovue.core.storage.dialects.lists import lists_for
from retrovue.core.storage.listing.choosing import Matching
from retrovue.core.storage.listing.reading import Order, conditions
from retrovue.core.storage.tables import (
    listed_devices,
    listed_plays,
    listed_state,
    listed_ways,
    listed_works,
)

_KEPT_S = 60.0
_MOST_KEPT = 8
_MOST_PLACED = 16
"""So many entries are looked for one by one."""
_NAMED: Mapping[str, FromClause] = {
    "work_id": listed_works,
    "way_id": listed_ways,
    "device_id": listed_devices,
}
_OFTEN_ALIKE = frozenset({"play_s", "paused_s", "percent", "duration_ms"})
"""Numbers of which there are thousands, and not as many as plays."""

T = TypeVar("T")


class KeptAnswers:
    """What took long to find out of the history, until it changes. Thread: any."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[float, Hashable, Any]] = OrderedDict()

    def get(self, connection: Connection, asked: Hashable, find: Callable[[], T]) -> T:
        """Return what `find` returned for the same question of the same history a moment ago, else find it now."""
        state = state_of(connection)
        with self._lock:
            known = self._kept.get(asked)
        if known is not None and known[1] == state and self._clock() - known[0] < _KEPT_S:
            return known[2]  # type: ignore[no-any-return]
        found = find()
        with self._lock:
            self._kept[asked] = (self._clock(), state, found)
            self._kept.move_to_end(asked)
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return found


def state_of(connection: Connection) -> tuple[Any, ...]:
    """Numbers that are others after a play came, went, or became one of another title, person, device or length."""
    way, work, device = listed_ways.c, listed_works.c, listed_devices.c
    sums = (
        select(func.sum(way.plays), func.sum(way.play_s), func.sum(way.plays * way.id)),
        select(func.sum(work.plays * work.id)),
        select(func.sum(device.plays * device.id)),
        select(func.max(listed_plays.c.id)),
        select(listed_state.c.window_s),
    )
    return tuple(tuple(row) for query in sums for row in connection.execute(query))


def names_of(connection: Connection, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """(number, columns …) of works, ways or devices that have plays: thousands, past SQLAlchemy's rows."""
    named = next(each for each in _NAMED.values() if each.name == table).c  # type: ignore[attr-defined]
    query = select(named.id, *(named[each] for each in columns)).where(named.plays > 0)
    return list(zip(*lists_for(connection).columns(connection, query), strict=True))


class By(NamedTuple):
    """What a list is sorted by.

    Attributes:
        column: of the listed plays or sittings; -1 is not known.
        texts: what is compared in place of the number of a work, a way or a device; None where the number is.
    """

    column: str
    is_falling: bool
    texts: Mapping[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Blocks:
    """Entries of one text or number after the other.

    Attributes:
        ids: of each text, the works, ways or devices that have it; a number itself.
        ends: how many entries there are up to the end of each.
    """

    ids: list[list[int]]
    ends: list[int]

    def __len__(self) -> int:
        return len(self.ids)

    def begin(self, number: int) -> int:
        """How many entries stand before a text or number."""
        return self.ends[number - 1] if number else 0

    def count(self, number: int) -> int:
        """How many entries a text or number has."""
        return self.ends[number] - self.begin(number)


@dataclass(frozen=True, slots=True)
class Sorting:
    """A list in an order.

    Attributes:
        order: its table, and what equal entries stand by.
        is_falling: whether equal entries go from the latest to the earliest.
        entries: how many there are.
        blocks: of a list by texts, or by numbers that are often alike, unless there are few entries.
    """

    order: Order
    by: tuple[By, ...]
    is_falling: bool
    entries: int
    blocks: Blocks | None = None

    def page(self, connection: Connection, found: Matching, offset: int, limit: int) -> list[int]:
        """The ids of some entries that follow one another."""
        return _Pages(connection, found, self).page(offset, limit)

    def places(self, connection: Connection, found: Matching, ids: Sequence[int]) -> dict[int, int]:
        """Where some entries stand, those that are there; of a list by one thing."""
        return _Pages(connection, found, self).places(ids)

    def keys(self, connection: Connection, ids: Sequence[int]) -> list[list[Key]]:
        """What entries are compared by, a key for each column."""
        table = self.order.table
        query = select(table.c.id, *(table.c[each.column].label(f"by{n}") for n, each in enumerate(self.by)))
        rows = {row[0]: row[1:] for row in connection.execute(query.where(among(table.c.id, ids)))}
        return [[_key(each, value) for each, value in zip(self.by, rows[one], strict=True)] for one in ids]


def sort(
    connection: Connection, found: Matching, order: Order, by: Iterable[By], *, is_falling: bool, entries: int
) -> Sorting:
    """Say how a list is sorted, which counts the entries of each text or number where there are many."""
    by = tuple(by)
    first = by[0]
    if _is_short(found, entries) or (first.texts is None and first.column not in _OFTEN_ALIKE):
        return Sorting(order, by, is_falling, entries)
    ids: dict[Any, list[int]] = {}
    counts: dict[Any, int] = {}
    for number, count in _counts(connection, found, order, first.column):
        text = number if first.texts is None else first.texts.get(number, "")
        if text in ids:
            ids[text].append(number)
            counts[text] += count
        else:
            ids[text], counts[text] = [number], count
    inside = sorted(ids, reverse=first.is_falling)
    blocks = Blocks([ids[text] for text in inside], list(accumulate(counts[text] for text in inside)))
    return Sorting(order, by, is_falling, entries, blocks)


def _is_short(found: Matching, entries: int) -> bool:
    return found.is_few or entries <= found.few


def _counts(connection: Connection, found: Matching, order: Order, name: str) -> Iterator[tuple[int, int]]:
    """How many entries each work, way or device has, or each number."""
    if not found.is_always or name not in _NAMED:
        return _counted(connection, order, name, conditions(found, order, by_start=False))
    if found.is_everything:
        return _counted_whole(connection, order, name, None)
    if not found.is_of_either or name == "device_id":
        return _counted(connection, order, name, conditions(found, order, by_start=False))
    # Of one side of the word everything is let through: only the rest is looked at entry by entry.
    whole = found.either[0][name == "way_id"]
    named = _NAMED[name].c
    others = set(connection.execute(select(named.id).where(named.plays > 0)).scalars()) - whole
    rest = [among(order.table.c[name], others), *conditions(found, order, by_start=False)]
    return chain(_counted_whole(connection, order, name, whole), _counted(connection, order, name, rest))


def _counted(
    connection: Connection, order: Order, name: str, of: Sequence[ColumnElement[bool]]
) -> Iterator[tuple[int, int]]:
    column = order.table.c[name]
    query = select(column, func.count().label("n")).where(*of).group_by(column)
    return zip(*lists_for(connection).columns(connection, query), strict=True)


def _counted_whole(connection: Connection, order: Order, name: str, ids: Set[int] | None) -> Iterator[tuple[int, int]]:
    """All entries of some works, ways or devices; None for every one. Those of plays are counted already."""
    if order.table is not listed_plays:
        # To look for thousands of them takes longer than to count all of them on one way through the index.
        known = _counted(connection, order, name, [])
    else:
        named = _NAMED[name].c
        query = select(named.id, named.plays).where(named.plays > 0)
        known = zip(*lists_for(connection).columns(connection, query), strict=True)
    return known if ids is None else (each for each in known if each[0] in ids)


def _key(by: By, value: int) -> Key:
    if by.texts is not None:
        return key_of(by.texts.get(value))
    return key_of(None if value < 0 else value)


class _Pages:
    """Reads one list within a transaction."""

    def __init__(self, connection: Connection, found: Matching, sorting: Sorting) -> None:
        self._connection = connection
        self._found = found
        self._sorting = sorting
        self._table = sorting.order.table
        self._entries = sorting.entries

    def page(self, offset: int, limit: int) -> list[int]:
        limit = min(limit, self._entries - offset)
        if limit <= 0:
            return []
        sorting = self._sorting
        if _is_short(self._found, self._entries):
            return self._sorted(conditions(self._found, sorting.order), sorting.by, offset, limit)
        if sorting.blocks is not None:
            return self._by_block(sorting.blocks, offset, limit)
        return self._by_number(offset, limit)

    # --- by what is often alike -------------------------------------------------------------------------------------

    def _by_block(self, blocks: Blocks, offset: int, limit: int) -> list[int]:
        """Block by block; small ones that follow one another are read together."""
        found: list[int] = []
        first, *rest = self._sorting.by
        at = bisect_right(blocks.ends, offset)
        skip = offset - blocks.begin(at)
        while at < len(blocks) and len(found) < limit:
            end, count = at + 1, blocks.count(at)
            while end < len(blocks) and count < skip + limit - len(found) and count + blocks.count(end) <= self._few:
                count += blocks.count(end)
                end += 1
            run, by = blocks.ids[at:end], rest
            if len(run) > 1 and first.texts is None:
                by = [first, *rest]
            elif len(run) > 1:
                # Texts that rise in the order of the list.
                by = [By(first.column, False, {id_: f"{n:09}" for n, ids in enumerate(run) for id_ in ids}), *rest]
            value = run[0][0] if first.texts is None and len(run) == 1 else [*chain(*run)]
            found += self._within(first.column, value, by, count, skip, limit - len(found))
            at, skip = end, 0
        return found

    # --- by numbers -------------------------------------------------------------------------------------------------

    def _by_number(self, offset: int, limit: int) -> list[int]:
        """The value that the page begins with, those between, and that with which it ends."""
        first, *rest = self._sorting.by
        column = self._table.c[first.column]
        begin, end = (self._value(number) for number in (offset, offset + limit - 1))
        skip = offset - self._before(begin)
        count = self._count(column == begin)
        found = self._within(first.column, begin, rest, count, skip, limit)
        if begin == end:
            return found
        low, high = (end, begin) if first.is_falling else (begin, end)
        between = [column > low, column < high, *self._conditions()]
        found += self._sorted(between, self._sorting.by, 0, limit - len(found))
        if len(found) < limit:
            count = self._count(column == end)
            found += self._within(first.column, end, rest, count, 0, limit - len(found))
        return found

    def _value(self, number: int) -> int:
        """The value of an entry, from the nearer end."""
        column, falls = self._table.c[self._sorting.by[0].column], self._sorting.by[0].is_falling
        if number > self._entries // 2:
            number, falls = self._entries - 1 - number, not falls
        query = select(column).where(*self._conditions()).order_by(column.desc() if falls else column)
        return int(self._connection.execute(query.limit(1).offset(number)).scalar_one())

    def _before(self, value: int) -> int:
        """How many entries have a value that comes before another."""
        column, falls = self._table.c[self._sorting.by[0].column], self._sorting.by[0].is_falling
        return self._count(column > value if falls else column < value)

    def _count(self, *of: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(self._table).where(*of, *self._conditions())
        return int(self._connection.execute(query).scalar_one())

    # --- entries of one value, or of a few --------------------------------------------------------------------------

    @property
    def _few(self) -> int:
        return self._found.few

    def _conditions(self) -> list[ColumnElement[bool]]:
        """What an entry must be, where its value is what it is looked up by."""
        return conditions(self._found, self._sorting.order, by_start=False)

    def _within(
        self, name: str, value: int | Sequence[int], by: Sequence[By], count: int, offset: int, limit: int
    ) -> list[int]:
        """Some of the entries that have a value, or one of several; there are `count` of them."""
        limit = min(limit, count - offset)
        if limit <= 0:
            return []
        column = self._table.c[name]
        if count <= self._few or by:
            of = column == value if isinstance(value, int) else among(column, value)
            return self._sorted([of, *self._conditions()], by, offset, limit)
        falls = self._sorting.is_falling
        is_from_end = offset > count // 2
        if is_from_end:
            offset, falls = count - offset - limit, not falls
        ties = (each.desc() if falls else each for each in self._sorting.order.by)
        query = select(self._table.c.id).where(self._unindexed(name, value), *self._walked()).order_by(*ties)
        found = self._ids(query.limit(limit).offset(offset or None))
        return found[::-1] if is_from_end else found

    def _walked(self) -> list[ColumnElement[bool]]:
        return conditions(self._found, self._sorting.order)

    def _unindexed(self, name: str, value: int | Sequence[int]) -> ColumnElement[bool]:
        if isinstance(value, int):
            column: ColumnElement[int] = literal_column(f"+{self._table.name}.{name}", Integer)  # type: ignore[attr-defined]
            return column == value
        return marked(self._table.c[name], value)

    def _sorted(self, of: Sequence[ColumnElement[bool]], by: Sequence[By], offset: int, limit: int) -> list[int]:
        """Some of the entries that are found by their values; all of them are sorted."""
        keys = [_sort_key(self._table, each) for each in by]
        # Not by the index of the list, or every entry would be met.
        keys += [(each + 0).desc() if self._sorting.is_falling else each + 0 for each in self._sorting.order.by]
        query = select(self._table.c.id).where(*of).order_by(*keys).limit(limit)
        return self._ids(query.offset(offset or None))

    def _ids(self, query: Any) -> list[int]:
        (ids,) = lists_for(self._connection).columns(self._connection, query)
        return ids

    # --- places -----------------------------------------------------------------------------------------------------

    def places(self, ids: Sequence[int]) -> dict[int, int]:
        if _is_short(self._found, self._entries) or len(ids) > _MOST_PLACED:
            wanted = set(ids)
            return {id_: n for n, id_ in enumerate(self.page(0, self._entries)) if id_ in wanted}
        by = self._sorting.by[0]
        entry = self._table.c
        ties = (each.label(f"tie{n}") for n, each in enumerate(self._sorting.order.by))
        query = select(entry.id, entry[by.column].label("by"), *ties)
        rows = self._connection.execute(query.where(among(entry.id, ids), *self._conditions()))
        return {row[0]: self._place(by, row[1], (row[2], row[3])) for row in rows}

    def _place(self, by: By, value: int, tie: tuple[int, int]) -> int:
        first, second = self._sorting.order.by
        if self._sorting.is_falling:
            before = or_(first > tie[0], and_(first == tie[0], second > tie[1]))
        else:
            before = or_(first < tie[0], and_(first == tie[0], second < tie[1]))
        blocks = self._sorting.blocks
        if blocks is None:
            return self._before(value) + self._count(self._table.c[by.column] == value, before)
        at = next(n for n, ids in enumerate(blocks.ids) if value in ids)
        return blocks.begin(at) + self._count(among(self._table.c[by.column], blocks.ids[at]), before)


def _sort_key(table: FromClause, by: By) -> ColumnElement[Any]:
    column: ColumnElement[Any] = table.c[by.column]
    if by.texts is None:
        column = column + 0
    else:
        numbers = {text: n for n, text in enumerate(sorted(set(by.texts.values())))}
        column = ranked(column, {id_: numbers[text] for id_, text in by.texts.items()})
    return column.desc() if by.is_falling else column
