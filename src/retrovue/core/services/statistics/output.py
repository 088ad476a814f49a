"""The fixed shape of statistics for scripts."""

from collections.abc import Mapping, Sequence
from typing import Any

from retrovue.core.domain.statistics import Amount, Chosen, ConcurrentTable, StatTable, View
from retrovue.core.domain.text import isoformat
from retrovue.core.services.statistics.watched import PopularTitle, Recent


def table_json(table: StatTable | ConcurrentTable) -> dict[str, Any]:
    """Return the shape of a view."""
    if isinstance(table, ConcurrentTable):
        rows = [{"key": row.key.isoformat(), "max": row.max} for row in table.rows]
        return {**_head(View.CONCURRENT, table.chosen, table.total), "max": table.max, "rows": rows}
    bars = [{"key": row.key, "plays": row.plays, "play_s": row.play_s} for row in table.rows]
    return {**_head(table.view, table.chosen, table.total), "rows": bars}


def tables_json(tables: Mapping[View, StatTable | ConcurrentTable]) -> dict[str, Any]:
    """Return the shape of all views of one range."""
    chosen = next(iter(tables.values())).chosen
    return {**_range(chosen), "views": {view.value: table_json(table) for view, table in tables.items()}}


def popular_json(chosen: Chosen, total: Amount, titles: Sequence[PopularTitle]) -> dict[str, Any]:
    """Return the shape of the most popular titles of a range whose days are known."""
    rows = [{"key": title.key, "users": title.users, "plays": title.plays, "play_s": title.play_s} for title in titles]
    return {"view": "popular", **_range(chosen), "total": {"plays": total.plays, "play_s": total.play_s}, "rows": rows}


def recent_json(found: Recent) -> dict[str, Any]:
    """Return the shape of the titles that were watched last."""
    rows = [
        {
            "key": title.key,
            "episode": title.episode or None,
            "user": title.user,
            "last_started_at": isoformat(title.at),
            "plays": title.plays,
            "play_s": title.play_s,
        }
        for title in found.titles
    ]
    total = {"plays": found.total.plays, "play_s": found.total.play_s}
    return {"view": "recent", **_range(found.chosen), "total": total, "rows": rows}


def _head(view: View, chosen: Chosen, total: Amount) -> dict[str, Any]:
    return {
        "view": view.value,
        **_range(chosen),
        "total": {"plays": total.plays, "play_s": total.play_s},
    }


def _range(chosen: Chosen) -> dict[str, Any]:
    days = chosen.days
    assert days.first is not None
    assert days.last is not None
    return {"from": days.first.isoformat(), "to": days.last.isoformat(), "zone": days.zone_name}
