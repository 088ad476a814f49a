"""The full-text index: find as you type over shows, movies and episodes.

FTS5's trigram tokenizer on SQLite 3.40 cannot strip accents, so folded text is indexed; and terms under three
characters (most Chinese and Japanese words) find nothing in a trigram index, so they go to the base table.
The base table is `search_text`; PostgreSQL has its trigram index over it, where the extension can be made.
"""

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.text import fold
from retrovue.core.storage.catalog.reading import Reading
from retrovue.core.storage.dialects.lists import ListDialect, lists_for
from retrovue.core.storage.dialects.writing import writing_for
from retrovue.core.storage.tables import search_text

_CODES = {ItemKind.SHOW: 0, ItemKind.MOVIE: 1, ItemKind.EPISODE: 2}
_KINDS = {code: kind for kind, code in _CODES.items()}
_CHUNK = 500
_CANDIDATES_MAX = 10_000
_WORDS_MAX = 50
# No title is longer; SQLite refuses a pattern of more than 50,000 bytes.
_LONGEST = 5_000


def create_index(connection: Connection) -> None:
    """Make what finds the texts quickly, next to their table."""
    writing_for(connection).make_index(connection)


def search_id(kind: ItemKind, item_id: int) -> int:
    """The row of an item in the search tables."""
    return item_id * 4 + _CODES[kind]


def item_of(row: int) -> tuple[ItemKind, int]:
    """The kind and id behind a row of the search tables."""
    return _KINDS[row % 4], row // 4


def index_rows(kind: ItemKind, entries: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """(row, folded text) of items given as (id, text)."""
    code = _CODES[kind]
    return [(item_id * 4 + code, fold(text)) for item_id, text in entries]


def insert_rows(connection: Connection, rows: list[tuple[int, str]]) -> None:
    """Add rows that are not there yet."""
    if not rows:
        return
    dialect = writing_for(connection)
    dialect.insert(connection, "search_text", ("id", "folded"), rows)
    dialect.index(connection, rows)


def replace_rows(connection: Connection, rows: list[tuple[int, str]]) -> None:
    """Set the text of rows that may exist; rows whose text did not change are left alone."""
    stored = stored_texts(connection, [row for row, _text in rows])
    changed = [(row, text) for row, text in rows if stored.get(row) != text]
    delete_rows(connection, [row for row, _text in changed if row in stored])
    insert_rows(connection, changed)


def delete_rows(connection: Connection, ids: Sequence[int]) -> None:
    """Take rows out of the index and the base table."""
    stored = stored_texts(connection, ids)
    if not stored:
        return
    writing_for(connection).unindex(connection, list(stored.items()))
    connection.exec_driver_sql("DELETE FROM search_text WHERE id = ?", [(row,) for row in stored])


def plain(text: str) -> str:
    """What a person can mean by a text: SQLite takes neither half characters nor, in a search, NUL."""
    return text.encode("utf-8", "ignore").decode().replace("\0", " ")


def find(connection: Connection, text: str, *, limit: int = 5000) -> list[int]:
    """Return rows whose text contains every word of `text`, in no particular order, `limit` at most."""
    return _matching(connection, lists_for(connection), text, select(search_text.c.id))[:limit]


def found_ids(reading: Reading, kind: ItemKind, text: str) -> "array[int]":
    """Return the ids of items of a kind whose title contains every word of `text`.

    All kinds are read in one pass and kept: a search asks for each of them, and the list that is open was first.
    """
    every = reading.keep(("text", text), lambda: _by_code(reading, text))
    return every[_CODES[kind]]


def _by_code(reading: Reading, text: str) -> "dict[int, array[int]]":
    rows = _matching(reading.connection, reading.dialect, text, select(search_text.c.id))
    return {code: array("q", [row >> 2 for row in rows if row & 3 == code]) for code in _KINDS}


def _matching(connection: Connection, dialect: ListDialect, text: str, rows: Select[Any]) -> list[int]:
    """Return what `rows` selects of the texts that contain every word.

    What the index finds is looked at once more, since its trigrams know no order. Beyond some thousand candidates
    reading all texts takes less than looking them up.
    """
    words = sorted(set(fold(plain(text)).split()), key=len, reverse=True)[:_WORDS_MAX]
    if not words or len(words[0]) > _LONGEST:
        return []
    candidates = dialect.indexed_rows(connection, words, _CANDIDATES_MAX)
    if candidates is not None:
        rows = rows.where(dialect.among(search_text.c.id, candidates))
    (found,) = dialect.columns(
        connection, rows.where(*(dialect.contains(search_text.c.folded, word) for word in words))
    )
    return found


def stored_texts(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """row -> folded text of those rows that exist."""
    found: dict[int, str] = {}
    for start in range(0, len(ids), _CHUNK):
        chunk = tuple(ids[start : start + _CHUNK])
        marks = ",".join("?" * len(chunk))
        for row in connection.exec_driver_sql(f"SELECT id, folded FROM search_text WHERE id IN ({marks})", chunk):
            found[row[0]] = row[1]
    return found
