"""Pages, counts and whole lists of plays and sittings."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, func, select

from retrovue.core.storage.database import Database
from retrovue.core.storage.dialects.expressions import among
from retrovue.core.storage.listing.choosing import FEW, Matching, Wanted, match
from retrovue.core.storage.listing.settling import is_settled, settle
from retrovue.core.storage.tables import listed_plays, listed_sittings, listed_ways

_CHUNK = 50_000


class Totals(NamedTuple):
    """Of everything that a filter lets through: entries of the list, plays in them, and their play time in seconds."""

    entries: int
    plays: int
    play_s: int


class ListedRepository:
    """Reads what `settling` keeps. Thread: any.

    Args:
        window_s: the longest pause within a sitting at present, seconds.
        few: so many plays are looked up and sorted; more are met on a way through all of them.
    """

    def __init__(self, database: Database, window_s: Callable[[], float], *, few: int = FEW) -> None:
        self._database = database
        self._few = few
        self._window_s = window_s

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction in which everything listed is that of the plays."""
        while True:
            window_s = self._window_s()
            with self._database.read() as connection:
                if is_settled(connection, window_s):
                    yield connection
                    return
            with self._database.write() as connection:
                settle(connection, window_s)

    @contextmanager
    def matching(self, asked: Wanted) -> Iterator[tuple[Connection, Matching]]:
        """Such a transaction, and what a filter finds among works and ways."""
        with self.read() as connection:
            yield connection, match(connection, asked, self._few)

    @contextmanager
    def found(self, asked: Wanted) -> "Iterator[Found]":
        """What a filter finds, looked up once for all that is asked of it within the block."""
        with self.matching(asked) as (connection, matching):
            yield Found(connection, matching)

    def plays(self, asked: Wanted, *, limit: int | None, offset: int = 0, rising: bool = False) -> list[int]:
        """See `Found.plays`."""
        with self.found(asked) as found:
            return found.plays(limit=limit, offset=offset, rising=rising)

    def sittings(
        self, asked: Wanted, *, limit: int | None, offset: int = 0, rising: bool = False, by_last: bool = False
    ) -> list[list[int]]:
        """See `Found.sittings`."""
        with self.found(asked) as found:
            return found.sittings(limit=limit, offset=offset, rising=rising, by_last=by_last)

    def members(self, heads: Iterable[int]) -> list[list[int]]:
        """The plays of sittings by their first ones, oldest first; those that are gone are left out."""
        with self.read() as connection:
            return _members(connection, list(heads))

    def totals(self, asked: Wanted, *, grouped: bool) -> Totals:
        """See `Found.totals`."""
        with self.found(asked) as found:
            return found.totals(grouped=grouped)


@dataclass(frozen=True, slots=True)
class Found:
    """The plays that a filter lets through, within one transaction."""

    connection: Connection
    matching: Matching

    def plays(self, *, limit: int | None, offset: int = 0, rising: bool = False) -> list[int]:
        """The plays of a page, newest first unless `rising`."""
        return _page(self.connection, self.matching, PLAYS, limit, offset, rising)

    def sittings(
        self, *, limit: int | None, offset: int = 0, rising: bool = False, by_last: bool = False
    ) -> list[list[int]]:
        """The plays of each sitting of a page, oldest first; sittings by their start, or by that of their last play."""
        order = BY_LAST if by_last else SITTINGS
        return _members(self.connection, _page(self.connection, self.matching, order, limit, offset, rising))

    def members(self, heads: Sequence[int]) -> list[list[int]]:
        """The plays of sittings by their first ones, in the order of these; those that are gone are left out."""
        return _members(self.connection, heads)

    def totals(self, *, grouped: bool) -> Totals:
        """How much a filter lets through."""
        return totals(self.connection, self.matching, SITTINGS if grouped else PLAYS)


class Order(NamedTuple):
    """A list: its table, what it is ordered by, and what is counted."""

    table: FromClause
    by: tuple[ColumnElement[Any], ColumnElement[Any]]
    sums: tuple[Any, Any]


PLAYS = Order(
    listed_plays, (listed_plays.c.started_at, listed_plays.c.id), (func.count(), func.sum(listed_plays.c.play_s))
)
SITTINGS = Order(
    listed_sittings,
    (listed_sittings.c.started_at, listed_sittings.c.id),
    (func.sum(listed_sittings.c.plays), func.sum(listed_sittings.c.play_s)),
)
BY_LAST = SITTINGS._replace(by=(listed_sittings.c.last_at, listed_sittings.c.last_id))


def conditions(found: Matching, order: Order, *, by_start: bool = True) -> list[ColumnElement[bool]]:
    """What an entry must be: for a way through the list, or for a look at the few that match.

    Args:
        by_start: whether entries may be looked up by their start, where they are not few.
    """
    table, few = order.table, found.is_few
    within = found.within(table, with_index=by_start and not few)
    if table is listed_plays:
        return [*found.of_plays(with_index=few), *within]
    if few:
        parts = select(listed_plays.c.sitting_id).where(*found.of_plays(with_index=True))
        return [listed_sittings.c.id.in_(parts), *within]
    return [*found.of_sittings(), *within]


def _page(
    connection: Connection, found: Matching, order: Order, limit: int | None, offset: int, rising: bool
) -> list[int]:
    query = select(order.table.c.id).where(*conditions(found, order))
    by = order.by
    if found.is_few:
        # Not by an index: SQLite would take the list's own and meet every play.
        by = (by[0] + 0, by[1] + 0)
    query = query.order_by(*(column if rising else column.desc() for column in by))
    return list(connection.execute(query.limit(limit).offset(offset or None)).scalars())


def totals(connection: Connection, found: Matching, order: Order) -> Totals:
    """How much matches; from the sums of ways where they are enough."""
    is_whole = found.is_always
    if is_whole and found.is_everything:
        ways = select(func.coalesce(func.sum(listed_ways.c.play_s), 0))
        entries = found.listed
        if order.table is listed_sittings:
            entries = connection.execute(select(func.count()).select_from(listed_sittings)).scalar_one()
        return Totals(entries, found.listed, int(connection.execute(ways).scalar_one()))
    if is_whole and order.table is listed_plays and found.is_by_way:
        sums = select(func.sum(listed_ways.c.plays), func.sum(listed_ways.c.play_s))
        plays, play_s = connection.execute(sums.where(among(listed_ways.c.id, found.ways or ()))).one()
        return Totals(plays or 0, plays or 0, play_s or 0)
    if is_whole and found.is_of_either:
        return _of_either(connection, found, order)
    query = select(func.count(), *order.sums).select_from(order.table).where(*conditions(found, order))
    entries, plays, play_s = connection.execute(query).one()
    return Totals(entries, plays or 0, play_s or 0)


def _of_either(connection: Connection, found: Matching, order: Order) -> Totals:
    """Entries of some works or of some ways: only those of other ways are looked at one by one."""
    ((_works, ways),) = found.either
    known = select(listed_ways.c.id, listed_ways.c.plays, listed_ways.c.play_s).where(listed_ways.c.plays > 0)
    all_ways = {row.id: (row.plays, row.play_s) for row in connection.execute(known)}
    sums = select(func.count(), *order.sums).select_from(order.table)
    if order.table is listed_plays:
        of_ways = [all_ways[way] for way in ways]
        plays = sum(count for count, _play_s in of_ways)
        first: Sequence[Any] = (plays, plays, sum(play_s for _count, play_s in of_ways))
    else:
        first = connection.execute(sums.where(among(order.table.c.way_id, ways))).one()
    others = among(order.table.c.way_id, all_ways.keys() - ways)
    second = connection.execute(sums.where(others, *conditions(found, order))).one()
    return Totals(*((one or 0) + (other or 0) for one, other in zip(first, second, strict=True)))


def _members(connection: Connection, heads: Sequence[int]) -> list[list[int]]:
    found: dict[int, list[int]] = {head: [] for head in heads}
    play = listed_plays.c
    for first in range(0, len(heads), _CHUNK):
        query = select(play.sitting_id, play.id).where(among(play.sitting_id, heads[first : first + _CHUNK]))
        for head, play_id in connection.execute(query.order_by(play.sitting_id, play.started_at, play.id)):
            found[head].append(play_id)
    return [ids for ids in found.values() if ids]
