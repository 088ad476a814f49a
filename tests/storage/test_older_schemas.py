"""A catalog of every older schema, with rows in each table, becomes one of today and keeps its counts.

The catalogs are made by the migrations themselves, which never change once they are released.
"""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from retrovue.core.domain.errors import CorruptError
from retrovue.core.storage import schema
from retrovue.core.storage.restore import restore_backup
from retrovue.core.storage.revisions import HEAD, REVISIONS
from retrovue.core.storage.tables.triggers import TRIGGERS, own_trigger
from retrovue.core.storage.upgrade import upgrade

NOW = 1_700_000_000
MADE_AGAIN = {
    "summed_months",
    *("listed_plays", "listed_sittings", "listed_works", "listed_ways", "listed_changes"),
}
"""Made of plays: the upgrade empties the first, and the others follow the plays when the catalog is opened."""


def older(path: Path, revision: str) -> dict[str, int]:
    """Make a catalog of a revision with two rows in each table; return how many rows there are, by table."""
    upgrade(path, target=revision)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _sql in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        waiting = [name for name in tables(connection) if name != "alembic_version"]
        while waiting:
            table = next(each for each in waiting if parents(connection, each).isdisjoint({*waiting} - {each}))
            for n in (1, 2):
                insert(connection, table, n)
            waiting.remove(table)
        for _name, sql in triggers:
            connection.execute(sql)
        connection.commit()
        return counts(connection)


def tables(connection: sqlite3.Connection) -> list[str]:
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '%fts%'"
    )
    return [row[0] for row in names]


def parents(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[2] for row in connection.execute(f"PRAGMA foreign_key_list({table})")}


KILLED = """
import os, pathlib, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from retrovue.core.storage import schema

@event.listens_for(Engine, "after_cursor_execute")
def count(_connection, _cursor, statement, *_rest):
    if statement.startswith("UPDATE alembic_version"):
        sys.argv[2] = str(int(sys.argv[2]) - 1)
        if sys.argv[2] == "0":
            os.kill(os.getpid(), signal.SIGKILL)

schema.open_catalog(pathlib.Path(sys.argv[1]), now=lambda: 1)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize("steps", [1, 8, len(REVISIONS) - 1])
def test_a_kill_in_the_middle_leaves_the_old_catalog(tmp_path: Path, steps: int) -> None:
    """After a step, after half of them, and after the last one before anything was committed."""
    path = tmp_path / "retrovue.db"
    before = older(path, REVISIONS[0])
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path), str(steps)], timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert schema.revision_of(path) == REVISIONS[0]
    with closing(sqlite3.connect(path)) as connection:
        assert counts(connection) == before
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    schema.open_catalog(path, now=lambda: NOW).close()
    assert schema.revision_of(path) == HEAD


def insert(connection: sqlite3.Connection, table: str, n: int) -> None:
    referring = {row[3] for row in connection.execute(f"PRAGMA foreign_key_list({table})")}
    values: dict[str, Any] = {}
    for _cid, name, kind, is_needed, _default, key in connection.execute(f"PRAGMA table_info({table})"):
        if name in referring or key or (is_needed and "INT" in kind):
            values[name] = n if "INT" in kind else f"{name} {n}"
        elif "INT" in kind or "BOOL" in kind:
            values[name] = n % 2
        else:
            values[name] = f"{name} {n}"
    marks = ", ".join("?" * len(values))
    words = ", ".join(f'"{name}"' for name in values)
    connection.execute(f"INSERT OR IGNORE INTO {table} ({words}) VALUES ({marks})", list(values.values()))


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables(connection)}


def test_a_catalog_with_statistics_is_upgraded(tmp_path: Path) -> None:
    path = tmp_path / "retrovue.db"
    assert older(path, "0013")["summed_months"] == 2
    upgrade(path)
    with closing(sqlite3.connect(path)) as connection:
        assert counts(connection)["summed_months"] == 0
        # What is new is found by its id from here on: no trigger notes it any more.
        assert sorted(connection.execute("SELECT * FROM item_watch_marks")) == [("episode", 2), ("movie", 2)]
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        assert dict(triggers) == {name: own_trigger(name) for name in TRIGGERS}


@pytest.mark.slow
@pytest.mark.parametrize("revision", ["0013", "0018"])
def test_a_backup_of_an_older_schema_is_restored_with_the_triggers_of_its_time_only(
    tmp_path: Path, revision: str
) -> None:
    path, copy = tmp_path / "retrovue.db", tmp_path / "copy.db"
    older(copy, revision)
    schema.open_catalog(path, now=lambda: NOW).close()
    restore_backup(copy, path, now=NOW)
    schema.open_catalog(path, now=lambda: NOW).close()
    assert schema.revision_of(path) == HEAD
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("DROP TRIGGER plays_updated")
        connection.execute("CREATE TRIGGER plays_updated AFTER UPDATE ON plays BEGIN DELETE FROM servers; END")
    with pytest.raises(CorruptError, match="not a RetroVue catalog"):
        restore_backup(copy, path, now=NOW)


@pytest.mark.slow
@pytest.mark.parametrize("revision", REVISIONS)
def test_a_catalog_of_an_older_schema_opens_and_keeps_its_counts(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "retrovue.db"
    before = older(path, revision)
    assert [name for name, count in before.items() if not count] == ["media_links"], "it is of one movie or episode"
    schema.open_catalog(path, now=lambda: NOW).close()
    assert schema.revision_of(path) == HEAD
    with closing(sqlite3.connect(path)) as connection:
        after = counts(connection)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    lost = {name: (count, after.get(name)) for name, count in before.items() if after.get(name, 0) < count}
    assert lost.keys() <= MADE_AGAIN, lost
