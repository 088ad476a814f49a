"""Lists and text on PostgreSQL: columns as one JSON value each, and trigrams."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Text,
    cast,
    func,
    literal,
    select,
    text,
)

# Whole numbers are sorted, not the titles of 200,000 shows.
_EPISODES = {
    descending: text(
        f"WITH h AS (SELECT id, row_number() OVER (ORDER BY sort_key{direction}, id{direction}) AS place FROM shows) "
        "SELECT CAST(coalesce(json_agg(id), '[]') AS TEXT) FROM (SELECT t.id FROM episodes t "
        "JOIN h ON h.id = t.show_id ORDER BY h.place, t.season_number NULLS FIRST, t.episode_number NULLS FIRST, t.id) "
        "AS ordered"
    )
    for descending, direction in ((False, ""), (True, " DESC"))
}


class PostgresLists:
    """See `ListDialect`. Thread: any."""

    def columns(self, connection: Connection, select_: Select[Any]) -> list[list[Any]]:
        """Read each column as one value: rows would be objects of Python, one by one."""
        rows = select_.subquery()
        packed = connection.execute(
            select(*(func.coalesce(cast(func.json_agg(one), Text), "[]") for one in rows.c))
        ).one()
        return [msgspec.json.decode(values) for values in packed]

    def episode_ids(self, connection: Connection, *, descending: bool) -> list[int]:
        """Return the order; see `ListDialect`."""
        return list(msgspec.json.decode(connection.execute(_EPISODES[descending]).scalar_one()))

    def among(self, column_: ColumnElement[int], ids: Iterable[int]) -> ColumnElement[bool]:
        """One parameter, however many ids; as rows, which are looked up in a hash: 13 reads an array from its start."""
        return column_.in_(select(func.unnest(literal(list(ids), ARRAY(BigInteger)))))

    def contains(self, column_: ColumnElement[str], part: str) -> ColumnElement[bool]:
        """In the collation C only the letters of ASCII have a case."""
        escaped = part.replace("^", "^^").replace("%", "^%").replace("_", "^_")
        return column_.ilike(literal(f"%{escaped}%"), escape="^")

    def indexed_rows(self, connection: Connection, words: Sequence[str], limit: int) -> list[int] | None:
        """The server looks in its index by itself where `contains` can use it."""
        return None

    def list_length(self, column_: ColumnElement[str]) -> ColumnElement[int]:
        """Return how many elements a JSON list in a column has."""
        return func.json_array_length(cast(column_, JSON))
