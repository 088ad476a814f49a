"""Whole lists, for those who scroll: the ids of everything in its order, and what was played on each day."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, func, literal, select

from retrovue.core.storage.dialects.lists import lists_for
from retrovue.core.storage.dialects.spans import sums_between
from retrovue.core.storage.listing.choosing import Matching, Wanted
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


@dataclass(frozen=True, slots=True)
class WholeList:
    """A list from its oldest to its newest entry.

    Attributes:
        ids: plays, or the first plays of sittings.
        several: how many plays there are in each sitting of several, by its first one.
        values: what each is to be sorted by; empty where it is the start.
        days: of a list by its start, only days with anything.
    """

    ids: list[int]
    several: dict[int, int]
    totals: Totals
    values: list[Any] = field(default_factory=list)
    days: list[DaySums] = field(default_factory=list)


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
                return WholeList([], {}, Totals(0, 0, 0))
            bounds = days(first_at, last_at)
            if not found.is_everything:
                return _in_one_pass(connection, found, order, bounds)
            sums = _sums(connection, found, order, bounds)
            (ids,) = _columns(connection, _entries(found, order, order.table.c.id))
            several = _several(connection, found, order)
        return WholeList(ids, several, _total(sums), days=sums)

    def by_value(self, asked: Wanted, name: str, *, grouped: bool) -> WholeList:
        """A list by its start, with a column of it: `work_id`, `way_id`, `play_s`, `paused_s` or `percent`."""
        order = SITTINGS if grouped else PLAYS
        with self._listed.matching(asked) as (connection, found):
            ids, values = _columns(connection, _entries(found, order, order.table.c.id, order.table.c[name]))
            several = _several(connection, found, order)
            return WholeList(ids, several, totals(connection, found, order), values)

    def names(self) -> Names:
        """What works and ways are called."""
        with self._listed.read() as connection:
            works = select(listed_works).where(listed_works.c.plays > 0)
            ways = select(listed_ways).where(listed_ways.c.plays > 0)
            first = connection.execute(select(func.min(listed_plays.c.started_at))).scalar()
            return Names(list(connection.execute(works)), list(connection.execute(ways)), first)


def _columns(connection: Connection, query: Select[Any]) -> list[list[Any]]:
    return lists_for(connection).columns(connection, query)


def _entries(found: Matching, order: Order, *columns: ColumnElement[Any]) -> Select[Any]:
    by = order.by
    if found.is_few:
        # Not by the index of the list, or every play would be met.
        by = (by[0] + 0, by[1] + 0)
    return select(*columns).where(*conditions(found, order)).order_by(*by)


def _several(connection: Connection, found: Matching, order: Order) -> dict[int, int]:
    if order.table is not listed_sittings:
        return {}
    sitting = listed_sittings.c
    ids, plays = _columns(connection, _entries(found, order, sitting.id, sitting.plays).where(sitting.plays > 1))
    return dict(zip(ids, plays, strict=True))


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
    several = {head: n for head, n in zip(ids, plays, strict=True) if n > 1}
    return WholeList(ids, several, _total(sums), days=sums)


def _sums(connection: Connection, found: Matching, order: Order, bounds: Sequence[int]) -> list[DaySums]:
    sums = (func.count(), *order.sums)
    days = sums_between(connection, order.table.c.started_at, bounds, sums, conditions(found, order))
    return [DaySums(*day) for day in sorted(days) if day[1]]


def _total(days: Sequence[DaySums]) -> Totals:
    return Totals(sum(day.entries for day in days), sum(day.plays for day in days), sum(day.play_s for day in days))
