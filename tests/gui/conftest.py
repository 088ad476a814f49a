"""Runners that are shut down after each test, and tables of films to show."""

import sqlite3
import threading
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.tasks import InlineRunner, TaskRunner


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[TaskRunner]:
    """The real runner; a lane that does not stop fails the test."""
    runner = TaskRunner()
    yield runner
    assert runner.shutdown() == ()


@pytest.fixture
def inline_runner(qtbot: QtBot) -> InlineRunner:
    """Runs at once, hands over on `drain`."""
    return InlineRunner()


@dataclass(frozen=True)
class Film:
    id: int
    title: str
    year: int


@dataclass(frozen=True)
class FilmQuery:
    sort_key: str = "title"
    descending: bool = False
    text: str = ""


class FilmSource:
    """Films in a real SQLite file; notes what was read and on which thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.threads: set[int] = set()
        self.reads: list[list[int]] = []
        self.error: Exception | None = None
        self.gate: threading.Event | None = None
        with self.connect() as connection:
            connection.execute("CREATE TABLE films (id INTEGER PRIMARY KEY, title TEXT, year INTEGER)")

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path)

    def fill(self, count: int) -> None:
        """Ids 1 to count, titles in the order of the ids, years going round from 1950 to 2019."""
        self.change(
            "INSERT INTO films VALUES (?, ?, ?)",
            [(n, f"Film {n:06}", 1950 + n * 13 % 70) for n in range(1, count + 1)],
        )

    def change(self, statement: str, rows: Sequence[Sequence[object]] = ((),)) -> None:
        connection = self.connect()
        with connection:
            connection.executemany(statement, rows)
        connection.close()

    def ids(self, query: FilmQuery, token: CancelToken) -> "array[int]":
        self._enter()
        if self.gate is not None:
            assert self.gate.wait(10)
        direction = "DESC" if query.descending else "ASC"
        connection = self.connect()
        found = connection.execute(
            f"SELECT id FROM films WHERE title LIKE ? ORDER BY {query.sort_key} {direction}, id",
            (f"%{query.text}%",),
        )
        ids = array("q", (row[0] for row in found))
        connection.close()
        return ids

    def rows(self, ids: Sequence[int]) -> list[Film]:
        self._enter()
        self.reads.append(list(ids))
        connection = self.connect()
        marks = ",".join("?" * len(ids))
        found = connection.execute(f"SELECT id, title, year FROM films WHERE id IN ({marks})", list(ids))
        films = [Film(*row) for row in found]
        connection.close()
        return films

    def _enter(self) -> None:
        self.threads.add(threading.get_ident())
        if self.error is not None:
            raise self.error


@pytest.fixture
def films(tmp_path: Path) -> FilmSource:
    """An empty table of films."""
    return FilmSource(tmp_path / "films.db")


@pytest.fixture
def film_query() -> type[FilmQuery]:
    """The query of `films`: `sort_key`, `descending`, `text`."""
    return FilmQuery
