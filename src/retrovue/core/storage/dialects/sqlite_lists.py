"""Lists and text on SQLite: columns as one JSON value each, and FTS5."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, column, func, literal, select, text

_TRIGRAM = 3
_GRAMS_MAX = 24
_MATCH = text("SELECT rowid FROM search_fts WHERE search_fts MATCH :grams LIMIT :most")

_EPISODES = {
    descending: text(
        "SELECT json_group_array(id) FROM (SELECT t.id AS id FROM shows h CROSS JOIN episodes t ON t.show_id = h.id "
        f"ORDER BY h.sort_key{direction}, h.id{direction}, t.season_number, t.episode_number, t.id)"
    )
    for descending, direction in ((False, ""), (True, " DESC"))
}


class SqliteLists:
    """See `ListDialect`. Thread: any."""

    def columns(self, connection: Connection, select_: Select[Any]) -> list[list[Any]]:
        """Read each column in one step of the cursor.

        200,000 steps take three times as long, and hand the interpreter over to a painting window at each.
        """
        rows = select_.subquery()
        packed = connection.execute(select(*(func.json_group_array(one) for one in rows.c))).one()
        return [msgspec.json.decode(values) for values in packed]

    def episode_ids(self, connection: Connection, *, descending: bool) -> list[int]:
        """Shows in the outer loop, which CROSS JOIN says: both indexes then give the order, and nothing is sorted."""
        return list(msgspec.json.decode(connection.execute(_EPISODES[descending]).scalar_one()))

    def among(self, column_: ColumnElement[int], ids: Iterable[int]) -> ColumnElement[bool]:
        """One parameter, however many ids: SQLite takes 32,766 parameters at most."""
        values = func.json_each(json.dumps(list(ids))).table_valued(column("value", BigInteger))
        return column_.in_(select(values.c.value))

    def contains(self, column_: ColumnElement[str], part: str) -> ColumnElement[bool]:
        """LIKE takes half of the time of `instr`, which copies each text first."""
        escaped = part.replace("^", "^^").replace("%", "^%").replace("_", "^_")
        return column_.like(literal(f"%{escaped}%"), escape="^")

    def indexed_rows(self, connection: Connection, words: Sequence[str], limit: int) -> list[int] | None:
        """Trigrams only: `detail=none` keeps no positions, so what is found must be looked at once more."""
        grams = sorted({word[at : at + _TRIGRAM] for word in words for at in range(len(word) - _TRIGRAM + 1)})
        if not grams:
            return None
        match = " AND ".join('"' + gram.replace('"', '""') + '"' for gram in grams[:_GRAMS_MAX])
        found = select(_MATCH.bindparams(grams=match, most=limit + 1).columns(column("rowid", BigInteger)).subquery())
        (rows,) = self.columns(connection, found)
        return None if len(rows) > limit else rows

    def list_length(self, column_: ColumnElement[str]) -> ColumnElement[int]:
        """Return how many elements a JSON list in a column has."""
        return func.json_array_length(column_)
