"""Writing many rows, their ids and what is searched: what every engine does, each in its own way."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from sqlalchemy import Connection

from retrovue.core.storage.dialects.sqlite_writing import SqliteWriting


class WriteDialect(Protocol):
    """How an engine takes the rows of a sync. Each call is part of a write transaction."""

    def insert(
        self, connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        """Add rows that are not there yet, however many."""

    def next_ids(self, connection: Connection, table: str, count: int) -> int:
        """Take ids for so many rows of a table and return the first; they and all above were never used."""

    def hold(self, connection: Connection, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Keep rows of numbers in a table that only this transaction sees, until `let_go`.

        The first column is its key; a row whose key is there already is left out.
        """

    def let_go(self, connection: Connection, *names: str) -> None:
        """Drop tables that `hold` made."""

    def learn(self, connection: Connection, tables: Iterable[str]) -> None:
        """Have the planner know what tables have now, after many rows were added."""

    def make_index(self, connection: Connection) -> None:
        """Make what finds the texts of `search_text` quickly."""

    def index(self, connection: Connection, rows: Sequence[tuple[int, str]]) -> None:
        """Note rows (id, text) that were added to `search_text`."""

    def unindex(self, connection: Connection, rows: Sequence[tuple[int, str]]) -> None:
        """Note rows (id, text) that will be deleted from `search_text`."""


def writing_for(connection: Connection) -> WriteDialect:
    """Return the dialect of a connection."""
    if connection.dialect.name == "sqlite":
        return SqliteWriting()
    from retrovue.core.storage.dialects.postgres_writing import PostgresWriting

    return PostgresWriting()
