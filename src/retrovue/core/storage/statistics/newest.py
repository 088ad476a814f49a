"""Which titles were watched last."""

from typing import Any

from sqlalchemy import Connection, Row, Select, select

from retrovue.core.domain.days import DAY_S, Offset
from retrovue.core.storage.statistics.facts import Cells, Mode, Scope, facts
from retrovue.core.storage.tables import plays

_FIRST_S = 7 * DAY_S


def rows(connection: Connection, mode: Mode, bounds: tuple[int, int], scope: Scope, count: int) -> list[Row[Any]]:
    """Key, start, account and name of the last play of each title, the latest first, and its season and number.

    Looks back a week, then two, four and so on, until there are enough: what was watched last is soon found.

    Args:
        bounds: where the range begins and ends, epoch seconds.
        count: so many titles at most.
    """
    found: dict[str, Row[Any]] = {}
    ends_at, width = bounds[1], _FIRST_S
    while ends_at > bounds[0] and len(found) < count:
        begins_at = max(bounds[0], ends_at - width)
        utc = [Offset(begins_at, ends_at, 0, 0)]
        each = facts(mode, Cells.TITLE, begins_at, ends_at, utc, scope).subquery()
        columns = (each.c.key, each.c.started_at, each.c.user_id, each.c.user_name)
        numbers = (plays.c.season_number, plays.c.episode_number)
        query: Select[Any] = select(*columns, *numbers).join(plays, plays.c.id == each.c.id)
        for row in connection.execute(query.order_by(each.c.started_at.desc(), each.c.id.desc())):
            found.setdefault(row.key, row)
            if len(found) == count:
                break
        ends_at, width = begins_at, width * 2
    return list(found.values())[:count]
