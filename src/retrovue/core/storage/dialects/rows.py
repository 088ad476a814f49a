"""Rows by the million, past SQLAlchemy, whose own would cost as much again as reading or writing them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, Protocol

from sqlalchemy import Connection

Row = tuple[Any, ...]


class Rows(Protocol):
    """How an engine reads and writes many rows within the transaction of a connection.

    Statements are written with `?`. Thread: that of the transaction.

    Attributes:
        among: comes after a column: whether it is one of many numbers, which are one value, the text of a JSON list.
        among_texts: the same for texts.
        joined: with an expression in place of `{}`: its values in a group as one text, commas between them.
    """

    among: str
    among_texts: str
    joined: str

    def run(self, sql: str, *values: Any) -> None:
        """Execute a statement."""

    def read(self, sql: str, *values: Any) -> list[Row]:
        """Return all rows of a query."""

    def stream(self, sql: str, *values: Any) -> Iterator[Row]:
        """Return the rows of a query one by one, while others are read and written."""

    def insert(self, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows; `columns` are names with commas between them. Getting the rows may read and write others."""

    def change(self, table: str, to: str, rows: Iterable[Sequence[int]]) -> None:
        """Change rows by their ids.

        Args:
            to: what stands after SET, with `{0}`, `{1}`, … for the numbers of a row, in that order.
            rows: the numbers, and the id as the last one.
        """

    def filling(self, *tables: str) -> AbstractContextManager[None]:
        """Write almost everything that tables will have within this block, and nothing else to them."""


def rows_for(connection: Connection) -> Rows:
    """Return the rows of a connection."""
    return _kind(connection.dialect.name)(connection)


@cache
def _kind(dialect: str) -> Callable[[Connection], Rows]:
    # PostgreSQL's driver is loaded where somebody uses it.
    if dialect == "postgresql":
        from retrovue.core.storage.dialects.postgres_rows import PostgresRows

        return PostgresRows
    from retrovue.core.storage.dialects.sqlite_rows import SqliteRows

    return SqliteRows
