"""Which plays follow each other: the rule of `domain.history.sittings`, kept for the plays that changed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
)

from retrovue.core.storage.dialects.expressions import either
from retrovue.core.storage.tables import play_changes, plays, sitting_plays, sittings

_NOTED = ["play_id", "server_id", "item", "started_at", "stopped_at"]
FOR_SITTINGS = -1
"""The start in a note that an item is joined again, where no month is to be summed again for it."""
ITEMS_AT_ONCE = 500
"""Another writer waits for so many at most: half a second where each was played fifty times."""


def update(connection: Connection, window_s: float) -> set[int]:
    """Join the plays of some items in `play_changes` again, and take these off the list.

    Returns:
        When sittings start whose plays or times are others than before, epoch seconds.
    """
    some = select(play_changes.c.id, play_changes.c.server_id, play_changes.c.item).order_by(play_changes.c.id)
    rows = connection.execute(some.limit(ITEMS_AT_ONCE)).all()
    if not rows:
        return set()
    touched: set[int] = set()
    for server_id, items in _by_server({(row.server_id, row.item) for row in rows}).items():
        touched |= _join(connection, window_s, server_id, items)
    mine = play_changes.c.id <= rows[-1].id
    ids = select(play_changes.c.play_id).where(mine)
    touched.update(connection.scalars(select(sittings.c.started_at).where(sittings.c.last_play_id.in_(ids))))
    touched.update(connection.scalars(select(play_changes.c.started_at).where(mine).distinct()))
    connection.execute(delete(play_changes).where(mine))
    return touched


def rebuild(connection: Connection) -> None:
    """Join the plays of every item again, as `update` comes to it; what was joined before is forgotten."""
    connection.execute(delete(sittings))
    connection.execute(delete(sitting_plays))
    item, never = _item(plays).label("item"), literal(FOR_SITTINGS)
    once = select(func.min(plays.c.id), plays.c.server_id, item, never, never).where(plays.c.deleted_at.is_(None))
    connection.execute(insert(play_changes).from_select(_NOTED, once.group_by(plays.c.server_id, item)))


def collapse(connection: Connection) -> None:
    """Leave one note for each item: an import has many, in an order in which each item comes again and again.

    The sums of all months must have been forgotten.
    """
    last = connection.execute(select(func.max(play_changes.c.id))).scalar() or 0
    note, never = play_changes.c, literal(FOR_SITTINGS)
    once = select(func.min(note.play_id), note.server_id, note.item, never, never)
    connection.execute(insert(play_changes).from_select(_NOTED, once.group_by(note.server_id, note.item)))
    connection.execute(delete(play_changes).where(play_changes.c.id <= last))


def _by_server(changed: Iterable[Any]) -> dict[int | None, list[str]]:
    found: dict[int | None, list[str]] = defaultdict(list)
    for server_id, item in changed:
        found[server_id].append(item)
    return found


def _join(connection: Connection, window_s: float, server_id: int | None, items: Sequence[str]) -> set[int]:
    mine = and_(sittings.c.server_id.is_not_distinct_from(server_id), sittings.c.item.in_(items))
    before = _stored(connection, mine)
    connection.execute(delete(sitting_plays).where(sitting_plays.c.sitting_id.in_(select(sittings.c.id).where(mine))))
    connection.execute(delete(sittings).where(mine))
    _insert(connection, window_s, _of_items(server_id, items))
    return {row[-1] for row in before ^ _stored(connection, mine)}


def _stored(connection: Connection, mine: ColumnElement[bool]) -> set[tuple[Any, ...]]:
    """What the sittings are, and which plays are none of their own: each with its start as the last value."""
    whole = select(sittings.c.id, sittings.c.last_play_id, sittings.c.play_s, sittings.c.started_at).where(mine)
    members = select(sitting_plays.c.play_id, sitting_plays.c.started_at).where(
        sitting_plays.c.sitting_id.in_(select(sittings.c.id).where(mine))
    )
    return {tuple(row) for query in (whole, members) for row in connection.execute(query)}


def _of_items(server_id: int | None, items: Sequence[str]) -> ColumnElement[bool]:
    """Plays of items as `play_changes` names them, so that an index finds them."""
    named = {kind: [item[1:] for item in items if item[0] == kind] for kind in "grt"}
    no_guid, no_id = func.coalesce(plays.c.guid, "") == "", func.coalesce(plays.c.remote_id, "") == ""
    found: list[ColumnElement[bool]] = []
    if named["g"]:
        found.append(plays.c.guid.in_(named["g"]))
    if named["r"]:
        found.append(and_(plays.c.remote_id.in_(named["r"]), no_guid))
    if named["t"]:
        found.append(and_(plays.c.title.in_(named["t"]), no_guid, no_id))
    return and_(plays.c.server_id.is_not_distinct_from(server_id), or_(*found))


def _item(table: FromClause) -> ColumnElement[str]:
    """What a sitting is of, as the triggers note it."""
    return case(
        (table.c.guid > "", literal("g") + table.c.guid),
        (table.c.remote_id > "", literal("r") + table.c.remote_id),
        else_=literal("t") + table.c.title,
    )


def _insert(connection: Connection, window_s: float, which: ColumnElement[bool]) -> None:
    """Join plays into sittings of several."""
    item = _item(plays)
    server = either(plays.c.server_id, plays.c.server_name)
    person = either(plays.c.media_user_id, plays.c.user_name)
    columns = (plays.c.id, plays.c.server_id, plays.c.started_at, plays.c.play_s)
    by: dict[str, Any] = {"partition_by": (server, person, item), "order_by": (plays.c.started_at, plays.c.id)}
    # The end of all that came before: what ended earlier than the sitting itself cannot be nearer.
    ended_at = func.max(plays.c.stopped_at).over(**by, rows=(None, -1))
    begins = case((plays.c.started_at - ended_at <= window_s, 0), else_=1)
    chain = [part.label(name) for name, part in (("server", server), ("person", person), ("item", item))]
    each = select(*columns, *chain, begins.label("begins")).where(plays.c.deleted_at.is_(None), which).subquery()
    order = (each.c.started_at, each.c.id)
    whole = (each.c.server, each.c.person, each.c.item)
    number = func.sum(each.c.begins).over(partition_by=whole, order_by=order, rows=(None, 0))
    counted = select(each, number.label("number")).subquery()
    of_one: dict[str, Any] = {"partition_by": (counted.c.server, counted.c.person, counted.c.item, counted.c.number)}
    inner = {**of_one, "order_by": (counted.c.started_at, counted.c.id), "rows": (None, None)}
    parts = select(
        counted.c.id,
        counted.c.server_id,
        counted.c.item,
        counted.c.started_at,
        counted.c.play_s,
        func.first_value(counted.c.id).over(**inner).label("first_id"),
        func.last_value(counted.c.id).over(**inner).label("last_id"),
        func.count().over(**of_one).label("plays"),
    ).subquery()
    query = select(parts).where(parts.c.plays > 1).order_by(parts.c.first_id, parts.c.started_at, parts.c.id)
    _store(connection, connection.execute(query).all())


def _store(connection: Connection, parts: Sequence[Any]) -> None:
    found: dict[int, dict[str, Any]] = {}
    for part in parts:
        one = found.setdefault(
            part.first_id,
            {
                "id": part.first_id,
                "last_play_id": part.last_id,
                "server_id": part.server_id,
                "item": part.item,
                "started_at": part.started_at,
                "play_s": 0,
            },
        )
        one["play_s"] += part.play_s
    if found:
        connection.execute(insert(sittings), list(found.values()))
        members = [{"play_id": p.id, "sitting_id": p.first_id, "started_at": p.started_at} for p in parts]
        connection.execute(insert(sitting_plays), members)
