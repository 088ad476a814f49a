"""Lists in the order of any column, for programs that turn their pages: sorted once, and kept for a moment."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, FromClause, Select, func, select

from retrovue.core.domain.ordering import OrderedRows, ordered
from retrovue.core.domain.sharing import full_title
from retrovue.core.storage.dialects.lists import lists_for
from retrovue.core.storage.listing.choosing import Matching
from retrovue.core.storage.listing.reading import BY_LAST, PLAYS, conditions
from retrovue.core.storage.tables import (
    listed_plays,
    listed_sittings,
    listed_state,
    listed_ways,
    listed_works,
    plays,
)

_KEPT_S = 60.0
_MOST_KEPT = 8
_OF_PLAYS = {"ip_address": "address", "platform": "platform", "product": "product", "duration": "duration_ms"}

T = TypeVar("T")


class KeptAnswers:
    """What took long to find out of the history, until it changes. Thread: any."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[float, Hashable, Any]] = OrderedDict()

    def get(self, connection: Connection, asked: Hashable, find: Callable[[], T]) -> T:
        """Return what `find` returned for the same question of the same history a moment ago, else find it now."""
        state = _state_of(connection)
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


def _state_of(connection: Connection) -> Hashable:
    """Numbers that are others after a play came, went, or became one of another title, person, device or length."""
    way, work = listed_ways.c, listed_works.c
    sums = (
        select(func.sum(way.plays), func.sum(way.play_s), func.sum(way.plays * way.id)),
        select(func.sum(work.plays * work.id)),
        select(func.max(listed_plays.c.id)),
        select(listed_state.c.window_s),
    )
    return tuple(tuple(row) for query in sums for row in connection.execute(query))


def ordered_entries(
    connection: Connection,
    found: Matching,
    *,
    grouped: bool,
    names: Mapping[int, str],
    by: Sequence[tuple[str, bool]],
) -> OrderedRows:
    """Sort all that a filter lets through; equal entries stand newest first.

    Args:
        names: what accounts are called.
        by: columns (see `domain.sharing.ORDERS`), and whether each falls.
    """
    order = BY_LAST if grouped else PLAYS
    table = order.table
    wanted = [_column(name, table) for name, _falls in by]
    query: Select[Any] = select(table.c.id, *(column.label(f"by{n}") for n, column in enumerate(wanted)))
    if any(name in _OF_PLAYS for name, _falls in by):
        last = table.c.last_id if grouped else table.c.id
        query = query.select_from(table.join(plays, plays.c.id == last))
    newest = [(column + 0 if found.is_few else column).desc() for column in order.by]
    query = query.where(*conditions(found, order)).order_by(*newest)
    ids, *columns = lists_for(connection).columns(connection, query)
    texts = [_texts(connection, name, names) for name, _falls in by]
    return ordered(ids, columns, texts, [falls for _name, falls in by])


def _column(name: str, table: FromClause) -> ColumnElement[Any]:
    is_sitting = table is listed_sittings
    match name:
        case "date":
            return table.c.last_at if is_sitting else table.c.started_at
        case "started":
            return table.c.started_at
        case "stopped" if is_sitting:
            latest = select(func.max(listed_plays.c.stopped_at)).where(listed_plays.c.sitting_id == table.c.id)
            return latest.correlate(table).scalar_subquery()
        case "stopped":
            return table.c.stopped_at
        case "paused_counter":
            return table.c.paused_s
        case "full_title":
            return table.c.work_id
        case "friendly_name" | "player":
            return table.c.way_id
        case _:
            return plays.c[_OF_PLAYS[name]]


def _texts(connection: Connection, name: str, names: Mapping[int, str]) -> dict[int, str] | None:
    """What is compared in place of the number of a work or a way; None where the column has the value itself."""
    match name:
        case "full_title":
            works = connection.execute(select(listed_works))
            return {row.id: full_title(row.kind, row.show_title, row.title) for row in works}
        case "friendly_name":
            ways = connection.execute(select(listed_ways))
            return {row.id: names.get(row.user_id, row.user_name) for row in ways}
        case "player":
            return {row.id: row.player for row in connection.execute(select(listed_ways))}
        case _:
            return None
