"""Many rows on SQLite: the driver's own cursors."""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection

_NUMBER = re.compile(r"\{\d+\}")


class SqliteRows:
    """See `Rows`."""

    among = among_texts = "IN (SELECT value FROM json_each(?))"
    joined = "group_concat({})"

    def __init__(self, connection: Connection) -> None:
        self._connection = cast(sqlite3.Connection, connection.connection.dbapi_connection)
        self._cursor = self._connection.cursor()

    def run(self, sql: str, *values: Any) -> None:
        """See `Rows.run`."""
        self._cursor.execute(sql, values)

    def read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """See `Rows.read`."""
        return self._cursor.execute(sql, values).fetchall()

    def stream(self, sql: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """A cursor of its own."""
        return self._connection.cursor().execute(sql, values)

    def insert(self, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        """See `Rows.insert`."""
        marks = ", ".join("?" * (columns.count(",") + 1))
        self._connection.cursor().executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)

    def change(self, table: str, to: str, rows: Iterable[Sequence[int]]) -> None:
        """See `Rows.change`."""
        self._cursor.executemany(f"UPDATE {table} SET {_NUMBER.sub('?', to)} WHERE id = ?", rows)

    @contextmanager
    def filling(self, *tables: str) -> Iterator[None]:
        """Everything is written first and sorted afterwards, which takes half of the time."""
        names = ", ".join(f"'{name}'" for name in tables)
        query = (
            f"SELECT name, sql FROM sqlite_master WHERE tbl_name IN ({names}) AND type = 'index' AND sql IS NOT NULL"
        )
        indexes = self.read(query)
        for name, _sql in indexes:
            self.run(f"DROP INDEX {name}")
        yield
        for _name, sql in indexes:
            self.run(sql)
