"""A filter of plays, as sets of works and ways: there are few of them, so a search reads few texts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
)

from retrovue.core.domain.history import PlayFilter
from retrovue.core.domain.text import fold
from retrovue.core.storage.dialects.expressions import among, marked
from retrovue.core.storage.dialects.lists import lists_for
from retrovue.core.storage.tables import listed_plays, listed_sittings, listed_ways, listed_works, plays

FEW = 30_000
"""So many plays are quicker to look up and sort than to meet on a way through all of them."""

_WAY, _WORK = "way_id", "work_id"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter by where its parts are kept. Instants are epoch seconds; `started_before` is excluded.

    Attributes:
        others: what only the plays themselves know.
        watched: of a list of sittings, whether any play of it was.
    """

    ways: tuple[ColumnElement[bool], ...] = ()
    works: tuple[ColumnElement[bool], ...] = ()
    words: tuple[str, ...] = ()
    others: tuple[ColumnElement[bool], ...] = ()
    started_from: int | None = None
    started_before: int | None = None
    watched: bool | None = None


def wanted(chosen: PlayFilter, others: Sequence[ColumnElement[bool]]) -> Wanted:
    """What a filter of the history wants; `others` are its conditions on rows of `plays`."""
    way, work = listed_ways.c, listed_works.c
    shown_user = case((way.person != "", way.person), else_=way.user_name)
    ways: list[ColumnElement[bool]] = []
    if chosen.server_id is not None:
        ways.append(way.server_id == chosen.server_id)
    if chosen.user is not None:
        ways.append(shown_user == chosen.user)
    for column, values in ((way.server_id, chosen.server_ids), (shown_user, chosen.users)):
        if values:
            ways.append(column.in_(values))
    if chosen.decisions:
        ways.append(way.decision.in_(chosen.decisions))
    works: list[ColumnElement[bool]] = [work.kind.in_(chosen.kinds)] if chosen.kinds else []
    if chosen.item is not None and chosen.item.is_show:
        works.append(work.show_title == chosen.item.title)
    begins, ends = chosen.started_from, chosen.started_before
    return Wanted(
        ways=tuple(ways),
        works=tuple(works),
        words=tuple(fold(chosen.search).split()),
        others=tuple(others),
        started_from=None if begins is None else int(begins.timestamp()),
        started_before=None if ends is None else int(ends.timestamp()),
        watched=chosen.watched,
    )


@dataclass(slots=True)
class Matching:
    """A filter with what it finds among works and ways. None: any of them.

    Attributes:
        either: of each pair, a play is of one of these works or of one of these ways.
        most: how many plays there can be at most.
        listed: how many plays there are.
        few: see `FEW`.
    """

    wanted: Wanted
    works: set[int] | None = None
    ways: set[int] | None = None
    either: list[tuple[set[int], set[int]]] = field(default_factory=list)
    most: int = 0
    listed: int = 0
    few: int = FEW

    @property
    def is_everything(self) -> bool:
        """Whether every play matches, whenever it was."""
        return self.works is None and self.ways is None and not self.either and not self.wanted.others

    @property
    def is_always(self) -> bool:
        """Whether it does not matter when a play was, and whether it was watched."""
        wanted = self.wanted
        return wanted.started_from is None and wanted.started_before is None and wanted.watched is None

    @property
    def is_by_way(self) -> bool:
        """Whether only by whom, where and how decides."""
        return self.ways is not None and self.works is None and not self.either and not self.wanted.others

    @property
    def is_of_either(self) -> bool:
        """Whether one word decides, which works have and ways as well."""
        others = self.works is not None or self.ways is not None or bool(self.wanted.others)
        return len(self.either) == 1 and not others and not self.is_few

    @property
    def is_few(self) -> bool:
        """Whether what matches is better looked up than met on the way."""
        return bool(self.wanted.others) or (not self.is_everything and self.most <= self.few)

    def conditions(self, table: FromClause, *, with_index: bool) -> list[ColumnElement[bool]]:
        """What a row of listed plays or sittings must be, by its work and way.

        Args:
            with_index: whether SQLite may look rows up by these; else it keeps the order of the list.
        """
        found: list[ColumnElement[bool]] = []

        def has(name: str, ids: Iterable[int], indexed: bool) -> ColumnElement[bool]:
            return among(table.c[name], ids) if indexed else marked(table.c[name], ids)

        if self.works is not None:
            found.append(has(_WORK, self.works, with_index))
        if self.ways is not None:
            found.append(has(_WAY, self.ways, with_index and self.works is None))
        indexed = with_index and not found
        for works, ways in self.either:
            found.append(or_(has(_WORK, works, indexed), has(_WAY, ways, indexed)))
            indexed = False
        return found

    def of_plays(self, *, with_index: bool) -> list[ColumnElement[bool]]:
        """What a listed play must be, but for its start and whether it was watched."""
        found = self.conditions(listed_plays, with_index=with_index and not self.wanted.others)
        if self.wanted.others:
            query = select(plays.c.id).where(plays.c.deleted_at.is_(None), *self.wanted.others)
            found.append(listed_plays.c.id.in_(query))
        return found

    def of_sittings(self) -> list[ColumnElement[bool]]:
        """What a sitting must be, but for its start and whether it was watched: one of its plays matches."""
        if self.is_everything:
            return []
        other = listed_plays.alias("other")
        parts = select(other.c.id).where(other.c.sitting_id == listed_sittings.c.id)
        own = and_(*self.conditions(listed_sittings, with_index=False))
        mixed = and_(listed_sittings.c.is_mixed, parts.where(*self.conditions(other, with_index=False)).exists())
        return [or_(own, mixed)]

    def within(self, table: FromClause, *, with_index: bool = True) -> list[ColumnElement[bool]]:
        """When a row must start, and whether it was watched."""
        started_at: ColumnElement[Any] = table.c.started_at
        if not with_index:
            started_at = literal_column(f"+{table.name}.started_at", Integer)  # type: ignore[attr-defined]
        found: list[ColumnElement[bool]] = []
        if self.wanted.started_from is not None:
            found.append(started_at >= self.wanted.started_from)
        if self.wanted.started_before is not None:
            found.append(started_at < self.wanted.started_before)
        if self.wanted.watched is not None:
            found.append(table.c.is_watched.is_(self.wanted.watched))
        return found


def match(connection: Connection, asked: Wanted, few: int) -> Matching:
    """Look up the works and ways of a filter."""
    all_ways, all_works = _Counted(connection, listed_ways), _Counted(connection, listed_works)
    found = Matching(asked, listed=all_ways.total, few=few)
    most = [found.listed]
    if asked.ways:
        found.ways = _narrow(None, all_ways.that(and_(*asked.ways)), most)
    if asked.works:
        found.works = _narrow(None, all_works.that(and_(*asked.works)), most)
    for word in asked.words:
        ways = all_ways.that(listed_ways.c.folded.contains(word, autoescape=True))
        works = all_works.that(listed_works.c.folded.contains(word, autoescape=True))
        plays_of_ways, plays_of_works = sum(ways.values()), sum(works.values())
        if found.listed in (plays_of_ways, plays_of_works):
            continue
        if not ways:
            found.works = _narrow(found.works, works, most)
        elif not works:
            found.ways = _narrow(found.ways, ways, most)
        else:
            found.either.append((set(works), set(ways)))
            most.append(plays_of_ways + plays_of_works)
    found.most = min(most)
    return found


def _narrow(known: set[int] | None, more: dict[int, int], most: list[int]) -> set[int]:
    both = set(more) if known is None else known & more.keys()
    most.append(sum(more[each] for each in both))
    return both


class _Counted:
    """Works or ways that have plays, with how many."""

    def __init__(self, connection: Connection, table: FromClause) -> None:
        self._connection = connection
        self._table = table

    @property
    def total(self) -> int:
        """How many plays all of them have."""
        query = select(func.coalesce(func.sum(self._table.c.plays), 0))
        return int(self._connection.execute(query).scalar_one())

    def that(self, condition: ColumnElement[bool]) -> dict[int, int]:
        """Those for which a condition is true, and how many plays each has."""
        query = select(self._table.c.id, self._table.c.plays).where(condition, self._table.c.plays > 0)
        ids, counts = lists_for(self._connection).columns(self._connection, query)
        return dict(zip(ids, counts, strict=True))
