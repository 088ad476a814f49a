"""The plays that one row of a view counts."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Integer, Select, cast, select, true, union

from retrovue.core.domain.concurrency import peaks
from retrovue.core.domain.days import Offset, offsets
from retrovue.core.domain.statistics import STREAMS, Key, View
from retrovue.core.storage.statistics import rollups
from retrovue.core.storage.statistics.facts import Cells, Mode, Scope, facts, of_plays
from retrovue.core.storage.tables import plays, sitting_plays


def ids(
    connection: Connection,
    mode: Mode,
    cells: Cells,
    bounds: tuple[int, int],
    row: tuple[View, Key],
    scope: Scope,
    zone: Any,
) -> list[int]:
    """The plays of a row, those of its sittings included.

    Args:
        bounds: where the range begins and ends, epoch seconds.
        row: its view, and what it is known by there.
    """
    found = facts(mode, cells, *bounds, offsets(zone, *bounds), scope).subquery()
    matching = select(found.c.id).where(_of_row(*row, found))
    if mode is Mode.PLAYS:
        return list(connection.scalars(matching))
    return _members(connection, matching)


def longest(connection: Connection, mode: Mode, bounds: tuple[int, int], scope: Scope) -> list[int]:
    """The play of a stretch with the most play time, or the plays of such a sitting; the earliest of several."""
    utc = [Offset(*bounds, 0, 0)]
    found = facts(mode, Cells.ALL, *bounds, utc, scope).subquery()
    first = select(found.c.id).order_by(found.c.play_s.desc(), found.c.started_at, found.c.id).limit(1)
    return _members(connection, first)


def _members(connection: Connection, matching: Select[Any]) -> list[int]:
    """The plays of the sittings with these last plays."""
    last = matching.subquery()
    own = sitting_plays.alias()
    joined = (
        select(sitting_plays.c.play_id)
        .select_from(last)
        .join(own, own.c.play_id == last.c.id)
        .join(sitting_plays, sitting_plays.c.sitting_id == own.c.sitting_id)
    )
    return list(connection.scalars(union(select(last.c.id), joined)))


def at_peak(connection: Connection, bounds: tuple[int, int], scope: Scope) -> list[int]:
    """The plays that run at the first instant of a stretch at which most do."""
    columns = select(plays.c.started_at, plays.c.stopped_at, plays.c.id).where(*of_plays(scope))
    rows = [
        (row.started_at, row.stopped_at, row.id)
        for condition in rollups.running_between(*bounds)
        for row in connection.execute(columns.where(condition))
    ]
    (peak,) = peaks([row[:2] for row in rows], bounds)
    if peak.at is None:
        return []
    return [id_ for started_at, stopped_at, id_ in rows if started_at <= peak.at < stopped_at]


def _of_row(view: View, ref: Key, found: FromClause) -> ColumnElement[bool]:
    column = found.c
    match view:
        case View.DAYS | View.MONTHS:
            # The range is that of the day or the month.
            return true()
        case View.WEEKDAYS:
            # Day 0 was a Thursday.
            return (cast(column.key, Integer) + 3) % 7 + 1 == ref
        case View.USERS:
            # The scope is that of the name.
            return true() if ref is not None else (column.user_id == 0) & (column.user_name == "")
        case View.LIBRARIES:
            if isinstance(ref, int):
                return column.library_id == ref
            return (column.library_id == 0) & (column.library_name == (ref or ""))
        case View.STREAMS:
            return column.stream == STREAMS.index(None if ref is None else str(ref))
        case _:
            return column.key == ("" if ref is None else str(ref))
