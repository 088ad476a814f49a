"""Reading lists of 200,000 rows and finding text: what every engine does, each in its own way."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Select

from retrovue.core.storage.dialects.sqlite_lists import SqliteLists


class ListDialect(Protocol):
    """How an engine reads whole columns and finds text."""

    def columns(self, connection: Connection, select: Select[Any]) -> list[list[Any]]:
        """Return the columns of a SELECT, each as one list, in the order of the SELECT."""

    def episode_ids(self, connection: Connection, *, descending: bool) -> list[int]:
        """Return all episodes by title and id of their show (backwards where `descending`), then season and number."""

    def among(self, column: ColumnElement[int], ids: Iterable[int]) -> ColumnElement[bool]:
        """Return a condition that is true for any number of ids."""

    def contains(self, column: ColumnElement[str], text: str) -> ColumnElement[bool]:
        """Return a condition for a part of a text, in any letter case of ASCII."""

    def indexed_rows(self, connection: Connection, words: Sequence[str], limit: int) -> list[int] | None:
        """Return rows of `search_text` that may contain all words, by the full-text index of an engine that is told to.

        A row that contains the words is always among them. None: the index is of no use for these words, or there
        are more than `limit` rows.
        """

    def list_length(self, column: ColumnElement[str]) -> ColumnElement[int]:
        """Return how many elements a JSON list in a column has."""


def lists_for(connection: Connection) -> ListDialect:
    """Return the dialect of a connection."""
    if connection.dialect.name == "sqlite":
        return SqliteLists()
    from retrovue.core.storage.dialects.postgres_lists import PostgresLists

    return PostgresLists()
