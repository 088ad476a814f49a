"""A PostgreSQL catalog of an older schema, with rows, is upgraded by one computer, whatever happens meanwhile."""

import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Float, Integer, MetaData, String, create_engine, select
from sqlalchemy.pool import NullPool
from tests.storage.engines import DESK, NOW, PostgresServer
from tests.storage.test_older_schemas import MADE_AGAIN, older

from retrovue.core.domain.computers import Computer
from retrovue.core.storage.catalog import search
from retrovue.core.storage.database import catalog_url
from retrovue.core.storage.postgres.address import parse_address
from retrovue.core.storage.postgres.schema import open_postgres
from retrovue.core.storage.revisions import VERSION_TABLE
from retrovue.core.storage.tables.base import Integer as WholeNumber
from retrovue.core.storage.tables.base import Text

pytestmark = pytest.mark.slow

LAPTOP = Computer("e" * 32, "laptop", "macOS")
OLD = "0017"
KILLED = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from tests.storage.test_postgres_upgrade import DESK, opened

@event.listens_for(Engine, "after_cursor_execute")
def count(_connection, _cursor, statement, *_rest):
    if statement.startswith("UPDATE alembic_version"):
        os.kill(os.getpid(), signal.SIGKILL)

opened(sys.argv[1], DESK)
"""


def opened(url: str, computer: Computer, tell: Callable[[str], None] = lambda _words: None) -> None:
    open_postgres(parse_address(url), now=lambda: NOW, computer=computer, tell=tell).close()


@pytest.fixture
def old(postgres: PostgresServer, tmp_path: Path) -> tuple[str, dict[str, int]]:
    """A database as the program of that time made it, with two rows in each table, and how many there are."""
    path = tmp_path / "old.db"
    counted = older(path, OLD)
    name = postgres.create()
    metadata = MetaData()
    source = create_engine(catalog_url(path), poolclass=NullPool)
    target = create_engine(
        "postgresql+psycopg://", connect_args={"host": str(postgres.folder), "user": postgres.owner, "dbname": name},
        poolclass=NullPool,
    )  # fmt: skip
    with source.connect() as there, target.begin() as here:
        metadata.reflect(there, only=[*counted, VERSION_TABLE])
        for table in metadata.tables.values():
            for column in table.columns:
                # A truth value is a number there.
                column.server_default = None
                if isinstance(column.type, Integer | String):
                    column.type = WholeNumber if isinstance(column.type, Integer) else Text
            for constraint in table.constraints:
                if len(str(constraint.name)) > 63:
                    constraint.name = None
            for index in table.indexes:
                index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
        metadata.create_all(here)
        for table in metadata.sorted_tables:
            fractions = {column.name: 1.5 for column in table.columns if isinstance(column.type, Float)}
            rows = [{**row, **fractions} for row in there.execute(select(table)).mappings()]
            if rows:
                here.execute(table.insert(), rows)
            if table.autoincrement_column is not None and "id" in table.columns:
                here.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), 9)")
        search.create_index(here)
    return name, counted


def facts(postgres: PostgresServer, name: str, sql: str) -> list[tuple[Any, ...]]:
    with postgres.connect(name) as connection:
        found: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
        return found


def check(postgres: PostgresServer, old: tuple[str, dict[str, int]]) -> None:
    """It is like one that was made today, and has every row."""
    name, counted = old
    new = postgres.new_catalog()
    for sql in (
        "SELECT table_name, column_name, data_type, is_nullable, collation_name FROM information_schema.columns "
        f"WHERE table_schema = 'public' AND table_name <> '{VERSION_TABLE}' ORDER BY 1, 2",
        "SELECT regexp_replace(indexdef, 'INDEX \\S+ ON', 'INDEX ON') FROM pg_indexes WHERE schemaname = 'public' "
        f"AND tablename <> '{VERSION_TABLE}' ORDER BY 1",
        "SELECT event_object_table, trigger_name, action_statement FROM information_schema.triggers ORDER BY 1, 2",
        f"SELECT version_num FROM {VERSION_TABLE}",
    ):
        assert facts(postgres, name, sql) == facts(postgres, new, sql)
    after = {table: facts(postgres, name, f"SELECT count(*) FROM {table}")[0][0] for table in counted}
    assert {table for table, count in counted.items() if after[table] < count} <= MADE_AGAIN


def test_an_older_catalog_with_rows_is_upgraded_after_a_kill_in_the_middle(
    postgres: PostgresServer, old: tuple[str, dict[str, int]]
) -> None:
    url = postgres.url(old[0])
    root = Path(__file__).parents[2]
    killed = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r})\n{KILLED}", url],
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert facts(postgres, old[0], f"SELECT version_num FROM {VERSION_TABLE}") == [(OLD,)]
    assert "file_places" not in postgres.tables(old[0])
    told: list[str] = []
    opened(url, DESK, told.append)
    assert told == ["Upgrading the catalog…"]
    check(postgres, old)
    (place,) = facts(postgres, old[0], "SELECT local_path, file_state FROM file_places WHERE media_file_id = 1")
    assert place == ("local_path 1", "file_state 1")


def test_of_two_computers_that_start_at_once_one_upgrades(
    postgres: PostgresServer, old: tuple[str, dict[str, int]]
) -> None:
    url, told = postgres.url(old[0]), list[str]()
    with ThreadPoolExecutor() as pool:
        for each in [pool.submit(opened, url, computer, told.append) for computer in (DESK, LAPTOP)]:
            each.result(120)
    assert told == ["Upgrading the catalog…"]
    check(postgres, old)
    assert {row[0] for row in facts(postgres, old[0], "SELECT name FROM computers")} >= {"desk", "laptop"}
