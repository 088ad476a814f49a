"""Many rows on PostgreSQL: COPY, and cursors of the server."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, islice
from typing import Any

from sqlalchemy import Connection

from retrovue.core.storage.dialects.statements import marks, without_zeros

_AT_A_TIME = 10_000
_NUMBER = re.compile(r"\{(\d+)\}")
_names = count(1)


class PostgresRows:
    """See `Rows`."""

    among = "= ANY (CAST(translate(?, '[]', '{}') AS BIGINT[]))"
    among_texts = "= ANY (ARRAY(SELECT json_array_elements_text(CAST(? AS JSON))))"
    joined = "string_agg(CAST({} AS TEXT), ',')"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._raw: Any = connection.connection.driver_connection

    def run(self, sql: str, *values: Any) -> None:
        """See `Rows.run`."""
        self._raw.execute(marks(self._connection, sql), without_zeros(values))

    def read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """See `Rows.read`."""
        found: list[tuple[Any, ...]] = self._raw.execute(marks(self._connection, sql), without_zeros(values)).fetchall()
        return found

    def stream(self, sql: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """A cursor of the server, planned for all of its rows: as it is, it plans for the first tenth of them."""
        self._raw.execute("SET LOCAL cursor_tuple_fraction = 1")
        with self._raw.cursor(name=f"rows_{next(_names)}") as cursor:
            cursor.execute(marks(self._connection, sql), without_zeros(values))
            while batch := cursor.fetchmany(_AT_A_TIME):
                yield from batch

    def insert(self, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        """Batch by batch: while COPY runs, the connection can do nothing that getting the rows needs."""
        source = iter(rows)
        while batch := list(islice(source, _AT_A_TIME)):
            with self._raw.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in batch:
                    copy.write_row(row)

    def change(self, table: str, to: str, rows: Iterable[Sequence[int]]) -> None:
        """All in one statement: each column of numbers is an array."""
        columns = [list(column) for column in zip(*rows, strict=True)]
        if not columns:
            return
        names = [*(f"v{n}" for n in range(len(columns) - 1)), "of_id"]
        arrays = ", ".join(["%s::bigint[]"] * len(columns))
        news = f"unnest({arrays}) AS news ({', '.join(names)})"
        moved = _NUMBER.sub(r"news.v\1", to)
        self._raw.execute(f"UPDATE {table} SET {moved} FROM {news} WHERE {table}.id = news.of_id", columns)

    @contextmanager
    def filling(self, *tables: str) -> Iterator[None]:
        """The planner learns at once what there is now: until the server looks by itself, a minute passes."""
        yield
        for name in tables:
            self.run(f"ANALYZE {name}")
