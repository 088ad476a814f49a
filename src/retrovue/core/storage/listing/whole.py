"""Lists for those who scroll: how long they are, what was played on each day, and their entries part by part.

A list by its start is known by the sums of its days: which entry stands at a place is then a few steps from the
beginning of a day, so a million plays cost no million ids. What is sorted by something else is read part by part, too
(see `ordered`); what a rare filter lets through is read whole.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, func, literal, select

from retrovue.core.storage.dialects.expressions import among
from retrovue.core.storage.dialects.lists import lists_for
from retrovue.core.storage.dialects.spans import sums_between
from retrovue.core.storage.listing.choosing import Matching, Wanted
from retrovue.core.storage.listing.ordered import By, Sorting, names_of, sort, state_of
from retrovue.core.storage.listing.reading import (
    PLAYS,
    SITTINGS,
    ListedRepository,
    Order,
    Totals,
    conditions,
    totals,
)
from retrovue.core.storage.tables import listed_plays, listed_sittings, listed_ways, listed_works


class DaySums(NamedTuple):
    """What a list has of a day: the number of the day in what was asked for, and entries, plays and seconds."""

    number: int
    entries: int
    plays: int
    play_s: int


class Names(NamedTuple):
    """Rows of `listed_works` and `listed_ways` that have plays, and when the first play started (epoch seconds)."""

    works: list[Row[Any]]
    ways: list[Row[Any]]
    first_at: int | None


class Stretch(NamedTuple):
    """Entries of a list by its start that follow one another.

    Attributes:
        at: where they are counted from, epoch seconds: the first instant that belongs, or falling the first that
            does not any more.
        skipped: how many entries stand between that instant and the first of them.
    """

    at: int
    skipped: int
    length: int
    is_falling: bool


@dataclass(frozen=True, slots=True)
class WholeList:
    """A list as it was when it was opened.

    Attributes:
        ids: plays, or the first plays of sittings; None where there are so many that they are read part by part. Those
            of a list by its start rise.
        bounds: of a list by its start, when each of the days begins that were asked for.
        days: of a list by its start, only days with anything.
        sorting: of a list by something else.
        state: of the whole history then, where the list has no days to tell it by.
    """

    ids: list[int] | None
    totals: Totals
    bounds: Sequence[int] = ()
    days: list[DaySums] = field(default_factory=list)
    sorting: Sorting | None = None
    state: tuple[Any, ...] = field(default=(), compare=False)


class WholeLists:
    """Reads whole lists. Thread: any."""

    def __init__(self, listed: ListedRepository) -> None:
        self._listed = listed

    def by_day(self, asked: Wanted, *, grouped: bool, days: Callable[[int, int], Sequence[int]]) -> WholeList:
        """A list by its start.

        Args:
            days: when each day begins, from that of the first instant on to the one after that of the second.
        """
        order = SITTINGS if grouped else PLAYS
        with self._listed.matching(asked) as (connection, found):
            # Each in a query of its own: for both at once SQLite reads the whole index instead of its ends.
            first, last = (connection.execute(select(end(order.table.c.started_at))) for end in (func.min, func.max))
            first_at, last_at = first.scalar(), last.scalar()
            if first_at is None or last_at is None:
                return WholeList([], Totals(0, 0, 0))
            bounds = days(first_at, last_at)
            if found.is_few or found.most <= found.few:
                return _in_one_pass(connection, found, order, bounds)
            sums = _sums(connection, found, order, bounds)
        return WholeList(None, _total(sums), bounds=bounds, days=sums)

    def stretch(self, asked: Wanted, part: Stretch, *, grouped: bool) -> list[int]:
        """The entries of a part of a list by its start, in its order."""
        with self._listed.matching(asked) as (connection, found):
            return _stretch(connection, found, SITTINGS if grouped else PLAYS, part)

    def stretches(
        self, asked: Wanted, known: WholeList, parts: Sequence[Stretch], *, grouped: bool
    ) -> list[list[int]] | None:
        """The entries of several parts; None when a day of them is not what it was when the days were summed."""
        order = SITTINGS if grouped else PLAYS
        with self._listed.matching(asked) as (connection, found):
            now = _sums(connection, found, order, known.bounds)
            spans = [_days_of(known, part) for part in parts]
            if any(_within(now, span) != _within(known.days, span) for span in spans):
                return None
            return [_stretch(connection, found, order, part) for part in parts]

    def starts(self, asked: Wanted, ids: Sequence[int], *, grouped: bool) -> dict[int, int]:
        """When those of some plays or sittings that are in a list start (epoch seconds)."""
        order = SITTINGS if grouped else PLAYS
        entry = order.table.c
        with self._listed.matching(asked) as (connection, found):
            there = conditions(found, order)
            rows = connection.execute(select(entry.id, entry.started_at).where(among(entry.id, ids), *there))
            return {row.id: row.started_at for row in rows}

    def sorted(self, asked: Wanted, by: By, *, grouped: bool) -> WholeList:
        """A list by something else; equal ones by their start, in the same direction."""
        order = SITTINGS if grouped else PLAYS
        with self._listed.matching(asked) as (connection, found):
            sums = totals(connection, found, order)
            sorting = sort(connection, found, order, [by], is_falling=by.is_falling, entries=sums.entries)
            ids = sorting.page(connection, found, 0, sums.entries) if sums.entries <= found.few else None
            return WholeList(ids, sums, sorting=sorting, state=state_of(connection))

    def sorted_parts(
        self, asked: Wanted, known: WholeList, parts: Sequence[range], *, is_same: bool = False
    ) -> list[list[int]] | None:
        """The entries of some parts of it; None where it has to be the same as when it was opened, and is not."""
        assert known.sorting is not None
        with self._listed.matching(asked) as (connection, found):
            if is_same and state_of(connection) != known.state:
                return None
            return [known.sorting.page(connection, found, part.start, len(part)) for part in parts]

    def sorted_places(self, asked: Wanted, known: WholeList, ids: Sequence[int]) -> dict[int, int]:
        """Where some plays or sittings stand in it, those that are there."""
        assert known.sorting is not None
        with self._listed.matching(asked) as (connection, found):
            return known.sorting.places(connection, found, ids)

    def names_of(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """(number, columns …) of works or ways that have plays."""
        with self._listed.read() as connection:
            return names_of(connection, table, *columns)

    def names(self) -> Names:
        """What works and ways are called."""
        with self._listed.read() as connection:
            works = select(listed_works).where(listed_works.c.plays > 0)
            ways = select(listed_ways).where(listed_ways.c.plays > 0)
            first = connection.execute(select(func.min(listed_plays.c.started_at))).scalar()
            return Names(list(connection.execute(works)), list(connection.execute(ways)), first)


def _columns(connection: Connection, query: Select[Any]) -> list[list[Any]]:
    return lists_for(connection).columns(connection, query)


def _entries(found: Matching, order: Order, *columns: ColumnElement[Any], is_falling: bool = False) -> Select[Any]:
    by = order.by
    if found.is_few:
        # Not by the index of the list, or every play would be met.
        by = (by[0] + 0, by[1] + 0)
    query = select(*columns).where(*conditions(found, order))
    return query.order_by(*(column.desc() if is_falling else column for column in by))


def _stretch(connection: Connection, found: Matching, order: Order, part: Stretch) -> list[int]:
    started_at = order.by[0]
    within = started_at < part.at if part.is_falling else started_at >= part.at
    query = _entries(found, order, order.table.c.id, is_falling=part.is_falling).where(within)
    (ids,) = _columns(connection, query.limit(part.length).offset(part.skipped))
    return ids


def _in_one_pass(connection: Connection, found: Matching, order: Order, bounds: Sequence[int]) -> WholeList:
    """For a list that is looked for: what is found is counted here rather than looked for once more."""
    entry = order.table.c
    count = entry.plays if order.table is listed_sittings else literal(1).label("plays")
    query = _entries(found, order, entry.id, entry.started_at, count, entry.play_s)
    ids, starts, plays, times = _columns(connection, query)
    sums: list[DaySums] = []
    begin = 0
    while begin < len(ids):
        day = bisect_right(bounds, starts[begin]) - 1
        end = bisect_left(starts, bounds[day + 1], begin)
        sums.append(DaySums(day, end - begin, sum(plays[begin:end]), sum(times[begin:end])))
        begin = end
    return WholeList(ids, _total(sums), bounds=bounds, days=sums)


def _sums(connection: Connection, found: Matching, order: Order, bounds: Sequence[int]) -> list[DaySums]:
    # Of plays, as many as there are entries: counted twice, a million of them take a seventh longer.
    sums = order.sums if order.table is listed_plays else (func.count(), *order.sums)
    days = sums_between(connection, order.table.c.started_at, bounds, sums, conditions(found, order))
    found_days = (DaySums(day[0], day[1], *day[-2:]) for day in sorted(days))
    return [day for day in found_days if day.entries]


def _days_of(known: WholeList, part: Stretch) -> tuple[int, int]:
    """The numbers of the first and the last day that a part needs as they were."""
    days = [day for day in known.days if (known.bounds[day.number] < part.at) is part.is_falling]
    if part.is_falling:
        days.reverse()
    left, numbers = part.skipped + part.length, [bisect_left(known.bounds, part.at) - part.is_falling]
    for day in days:
        if left <= 0:
            break
        left -= day.entries
        numbers.append(day.number)
    return min(numbers), max(numbers)


def _within(days: Iterable[DaySums], numbers: tuple[int, int]) -> list[DaySums]:
    first, last = numbers
    return [day for day in days if first <= day.number <= last]


def _total(days: Sequence[DaySums]) -> Totals:
    return Totals(sum(day.entries for day in days), sum(day.plays for day in days), sum(day.play_s for day in days))
