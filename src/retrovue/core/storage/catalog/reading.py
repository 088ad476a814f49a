"""Reading one state of the catalog, and keeping what was read until somebody writes."""

import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select

from retrovue.core.storage.database import Database
from retrovue.core.storage.dialects.lists import lists_for

_KEPT_MAX = 12
"""Orders and columns kept at once: 1.6 MB each in a catalog of 200,000 episodes."""

T = TypeVar("T")


class Reading:
    """A read transaction, and what earlier ones read of the same state. Thread: the one that opened it."""

    def __init__(self, connection: Connection, kept: "OrderedDict[Hashable, object]", lock: threading.Lock) -> None:
        self.connection = connection
        self.dialect = lists_for(connection)
        self._kept = kept
        self._lock = lock

    def ids(self, select: Select[Any]) -> list[int]:
        """Return the one column of a SELECT in its order."""
        (found,) = self.dialect.columns(self.connection, select)
        return found

    def columns(self, select: Select[Any]) -> list[list[Any]]:
        """Return the columns of a SELECT, each as one list."""
        return self.dialect.columns(self.connection, select)

    def among(self, column: ColumnElement[int], ids: Iterable[int]) -> ColumnElement[bool]:
        """Return a condition for any number of ids."""
        return self.dialect.among(column, ids)

    def is_kept(self, key: Hashable) -> bool:
        """Whether `keep` would return at once."""
        with self._lock:
            return key in self._kept

    def keep(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return what `read` returned for this key in this state of the catalog. It must not be changed."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]  # type: ignore[return-value]  # each key belongs to one kind of value
        value = read()
        with self._lock:
            self._kept[key] = value
            if len(self._kept) > _KEPT_MAX:
                self._kept.popitem(last=False)
        return value


class CatalogReader:
    """Opens readings of a catalog. Thread: any.

    A list that is searched or filtered was nearly always read in the same order just before, and its order stands
    until somebody writes. SQLite tells so for 20 µs (`PRAGMA data_version`), other programs' writes included.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._version: int | None = None
        self._kept: OrderedDict[Hashable, object] = OrderedDict()

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Open a read transaction."""
        # Asked before the transaction begins: what is written in between makes this reading newer than its version,
        # and the next version then differs, so that nothing old is ever taken for new.
        version = self._database.data_version()
        with self._lock:
            if self._version != version:
                self._version, self._kept = version, OrderedDict()
            kept = self._kept
        with self._database.read() as connection:
            yield Reading(connection, kept, self._lock)


def packed(ids: Iterable[int]) -> "array[int]":
    """Return ids in eight bytes each instead of the 36 of a list."""
    return array("q", ids)


def marks_for(values: Sequence[object]) -> str:
    """Return as many question marks as there are values, for IN."""
    return ",".join("?" * len(values))
