"""A catalog file with values that no sync stores any more goes to PostgreSQL, or each row that cannot is named."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Float, String
from tests.storage.engines import DESK, NOW, PostgresServer

from retrovue.core.domain.errors import StorageError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.storage.database import SqliteDatabase
from retrovue.core.storage.postgres.address import parse_address
from retrovue.core.storage.postgres.copying import copy_to_postgres
from retrovue.core.storage.schema import open_catalog
from retrovue.core.storage.tables import metadata

pytestmark = pytest.mark.slow

# Of four bytes each, and so mixed that nothing can be compressed.
LONG = "".join(chr(Random(n).randrange(0x20000, 0x2A000)) for n in range(3_000))
ODD = "CAST(X'6100ff62' AS TEXT)"


class OddCatalog:
    """A file with one row in each table, whose values a test chooses."""

    def __init__(self, folder: Path, postgres: PostgresServer) -> None:
        self._path = folder / "odd.db"
        open_catalog(self._path, now=lambda: NOW, computer=DESK).close()
        self._postgres = postgres
        self.target = postgres.create()
        with closing(sqlite3.connect(self._path)) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            connection.commit()

    def fill(self, value: Callable[["Column[Any]"], str]) -> None:
        with closing(sqlite3.connect(self._path)) as connection:
            for table in metadata.sorted_tables:
                connection.execute(f"DELETE FROM {table.name}")
                names = ", ".join(column.name for column in table.columns)
                values = ", ".join("NULL" if is_empty(column) else value(column) for column in table.columns)
                connection.execute(f"INSERT INTO {table.name} ({names}) VALUES ({values})")
            connection.commit()

    def copy(self) -> dict[str, dict[str, Any]]:
        """Copy it, and return the row that each table has then."""
        with closing(SqliteDatabase(self._path)) as database:
            copy_to_postgres(database, parse_address(self._postgres.url(self.target)), token=CancelToken())
        found = {}
        with self._postgres.connect(self.target) as connection:
            for name, table in metadata.tables.items():
                rows = connection.execute(f"SELECT * FROM {name}").fetchall()
                found[name] = dict(zip(table.columns.keys(), rows[0], strict=True)) if rows else {}
        return found


@pytest.fixture
def odd(tmp_path: Path, postgres: PostgresServer) -> OddCatalog:
    return OddCatalog(tmp_path, postgres)


def is_empty(column: "Column[Any]") -> bool:
    """A link is of a movie or of an episode."""
    return str(column) == "media_links.movie_id"


def is_free(column: "Column[Any]") -> bool:
    """Whether a number may be anything."""
    return bool(column.nullable) and not column.foreign_keys


def test_what_only_sqlite_can_store_is_copied_as_a_sync_would_store_it(odd: OddCatalog) -> None:
    def value(column: "Column[Any]") -> str:
        match column.type:
            case String():
                return ODD
            case Boolean():
                return "2"
            case Float():
                return "9e999"
            case _:
                return "1e300" if is_free(column) else "1"

    def wanted(column: "Column[Any]") -> Any:
        match column.type:
            case String():
                return "a\ufffd\ufffdb"
            case Boolean():
                return True
            case Float():
                return float("inf")
            case _:
                return None if is_free(column) or is_empty(column) else 1

    odd.fill(value)
    copied = odd.copy()
    for name, table in metadata.tables.items():
        assert copied[name] == {column.name: wanted(column) for column in table.columns}, name


def test_a_text_that_is_too_long_is_cut_where_a_sync_cuts_it_or_its_row_is_named(
    odd: OddCatalog, postgres: PostgresServer
) -> None:
    def value(column: "Column[Any]") -> str:
        return f"'{LONG}'" if isinstance(column.type, String) else "1"

    odd.fill(value)
    with pytest.raises(StorageError, match=r"cannot store \d\d rows of this catalog: computers 1 “") as refused:
        odd.copy()
    named = {line.split()[0] for line in refused.value.detail.splitlines()}
    assert {"libraries", "media_files", "movies", "shows", "episodes", "saved_filters", "servers"} <= named
    assert f"movies 1 “{LONG[:60]}…”: remote_id" in refused.value.detail
    assert refused.value.hint.startswith("Nothing was copied. Change these on their server")
    assert len(refused.value.text) < 2_000
    assert postgres.tables(odd.target) == []

    known_by = {"uid", "uuid", "id", "remote_id", "path", "server_path", "url", "signature"}

    def shorter(column: "Column[Any]") -> str:
        is_known = column.name in known_by or column.table.name not in {"plays", "movies", "movie_guids", "notices"}
        return "'short'" if is_known and isinstance(column.type, String) else value(column)

    odd.fill(shorter)
    copied = odd.copy()
    assert copied["movies"]["title"] == copied["notices"]["title"] == LONG
    assert copied["movies"]["sort_key"] == LONG[:500]
    # Of a play, 800 bytes: two titles and two names share a row of an index.
    assert (copied["plays"]["title"], copied["plays"]["folded"]) == (LONG[:200], LONG)
    assert copied["plays"]["player"] == LONG[:90]
    assert copied["movie_guids"] == {}, "no sync stores such an ID"


def test_a_row_that_leads_nowhere_is_named_by_the_server(odd: OddCatalog, postgres: PostgresServer) -> None:
    odd.fill(lambda column: "'x'" if isinstance(column.type, String) else "9" if column.name == "library_id" else "1")
    with pytest.raises(StorageError, match=r"cannot store 1 row of this catalog: \w+ Key \(library_id\)=\(9\)"):
        odd.copy()
    assert postgres.tables(odd.target) == []
