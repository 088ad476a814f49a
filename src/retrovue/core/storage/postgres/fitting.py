"""Rows of a catalog file as PostgreSQL can take them, which is as a sync would store them now.

SQLite keeps any value in any column, and a file may be older than the bounds of `values`: a text can have the character
0 or bytes that are no text, a number can be a fraction or beyond 64 bits, and a text in an index can be too long.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Float, Integer, String, Table, UniqueConstraint
from sqlalchemy.types import TypeEngine

from retrovue.core.storage.tables import GUID_TABLES, metadata
from retrovue.core.storage.values import LONGEST_NAME, LONGEST_PATH, bounded, storable_play, storable_text

Row = tuple[Any, ...]

_LONGEST_SORT_KEY = 500
# Their names are those of plays, and are cut the same way.
_OF_PLAYS = frozenset("plays listed_devices listed_ways listed_works play_sums".split())
_GUIDS = frozenset(table.name for table in GUID_TABLES.values())


class MisfitError(ValueError):
    """A row that nothing can be made of; its text is the column that is in the way."""


def readable(text: bytes) -> str:
    """Return what SQLite takes for a text, whatever its bytes are: a `text_factory` of sqlite3."""
    return text.decode("utf-8", "replace")


class Fitting:
    """Makes the rows of one table fit. They have the columns of the table, in its order."""

    def __init__(self, table: Table) -> None:
        self._name = table.name
        self._columns = [column.name for column in table.columns]
        self._convert = [_converter(column) for column in table.columns]
        places = {column.name: place for place, column in enumerate(table.columns)}
        self._keys, self._indexes = (
            [[places[name] for name in names] for names in found]
            for found in (_unique_texts(table), _other_texts(table))
        )

    def fit(self, row: Row) -> Row | None:
        """Return the row as it fits; None: a sync would not store it, and nothing depends on it.

        Raises:
            MisfitError: it does not fit, and nobody can say what it should be.
        """
        fitting = tuple(convert(value) for convert, value in zip(self._convert, row, strict=True))
        if any(_is_too_long(fitting, each) for each in (*self._keys, *self._indexes)):
            if self._name in _GUIDS:
                return None
            fitting = self._cut(fitting)
            for key in self._keys:
                if _is_too_long(fitting, key):
                    raise MisfitError(self._columns[max(key, key=lambda place: _size(fitting[place]))])
        return fitting

    def _cut(self, row: Row) -> Row:
        """Cut what is in an index, but not what a row is known by."""
        values = dict(zip(self._columns, row, strict=True))
        if self._name in _OF_PLAYS:
            return tuple(storable_play(values).values())
        cut = {place for index in self._indexes if _is_too_long(row, index) for place in index}
        return tuple(
            value[: _LONGEST_SORT_KEY if name == "sort_key" else LONGEST_NAME]
            if place in cut and isinstance(value, str)
            else value
            for place, (name, value) in enumerate(values.items())
        )


def misfits(source: Connection, batches: Callable[[Connection, Table], Iterator[Sequence[Row]]]) -> list[str]:
    """Return every row of a catalog file that does not fit, named for people: table, key, title and column."""
    found = []
    for table in metadata.sorted_tables:
        fitting = Fitting(table)
        for rows in batches(source, table):
            for row in rows:
                try:
                    fitting.fit(row)
                except MisfitError as error:
                    found.append(f"{table.name} {_named(table, row)}: {error}")
    return found


def _named(table: Table, row: Row) -> str:
    values = dict(zip(table.columns.keys(), row, strict=True))
    key = ", ".join(_shown(values[column.name]) for column in table.primary_key)
    title = next((values[name] for name in ("title", "name", "server_path", "path") if values.get(name)), None)
    return key if title is None else f"{key} “{_shown(title)}”"


def _shown(value: object) -> str:
    text = storable_text(value if isinstance(value, str) else str(value))
    return text if len(text) <= 60 else f"{text[:60]}…"


def _converter(column: "Column[Any]") -> Callable[[Any], Any]:
    is_needed = not column.nullable

    def convert(value: Any) -> Any:
        if value is None:
            return None
        fitting = known(value)
        if fitting is None and is_needed:
            raise MisfitError(column.name)
        return fitting

    known = next(function for kind, function in _KNOWN if isinstance(column.type, kind))
    return convert


def _text(value: Any) -> str:
    return storable_text(readable(value) if isinstance(value, bytes) else str(value))


def _truth(value: Any) -> bool | None:
    return value != 0 if isinstance(value, int | float) else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _whole(value: Any) -> int | None:
    """A whole number; SQLite keeps those beyond 64 bits as fractions."""
    if isinstance(value, float):
        return bounded(int(value)) if value.is_integer() else None
    return value if isinstance(value, int) else None


_KNOWN: tuple[tuple[type[TypeEngine[Any]], Callable[[Any], Any]], ...] = (
    (String, _text),
    (Boolean, _truth),
    (Float, _number),
    (Integer, _whole),
)


def _unique_texts(table: Table) -> list[list[str]]:
    keys = [[column.name for column in table.primary_key]]
    keys += [
        [column.name for column in each.columns] for each in table.constraints if isinstance(each, UniqueConstraint)
    ]
    keys += [list(index.columns.keys()) for index in table.indexes if index.unique]
    return _of_texts(table, keys)


def _other_texts(table: Table) -> list[list[str]]:
    return _of_texts(table, [list(index.columns.keys()) for index in table.indexes if not index.unique])


def _of_texts(table: Table, keys: Sequence[Sequence[str]]) -> list[list[str]]:
    found = [[name for name in key if isinstance(table.columns[name].type, String)] for key in keys]
    return [names for names in found if names]


def _is_too_long(row: Row, places: Sequence[int]) -> bool:
    return sum(_size(row[place]) for place in places) > LONGEST_PATH


def _size(value: object) -> int:
    return len(value.encode()) if isinstance(value, str) else 0
