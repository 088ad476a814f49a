"""The catalog file: created, upgraded, refused, and the same whichever way it came to be."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from retrovue.core.domain.errors import CorruptError, SchemaTooNewError
from retrovue.core.storage import backup, schema
from retrovue.core.storage.restore import restore_backup
from retrovue.core.storage.revisions import HEAD
from retrovue.core.storage.upgrade import upgrade

NOW = 1_700_000_000


def _objects(path: Path) -> dict[str, object]:
    """Every table, index, trigger and view with all that SQLite knows of it; only the order of columns is free.

    (A later revision adds its columns at the end.)
    """
    with closing(sqlite3.connect(path)) as db:
        objects: dict[str, object] = {}
        for kind, name, table, sql in db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall():
            text = " ".join((sql or "").replace('"', "").split())
            if kind == "table" and not text.startswith("CREATE VIRTUAL"):
                columns = [row[1:] for row in db.execute("SELECT * FROM pragma_table_xinfo(?)", (name,))]
                keys = [row[2:] for row in db.execute("SELECT * FROM pragma_foreign_key_list(?)", (name,))]
                flags = [row[3:] for row in db.execute("SELECT * FROM pragma_table_list(?)", (name,))]
                checks = sorted(re.findall(r"CONSTRAINT \w+ CHECK \(.*?\)(?=,| \)|\))", text))
                named = sorted(re.findall(r"CONSTRAINT (\w+)", text))
                objects[name] = (sorted(columns), sorted(keys), flags, checks, named, "AUTOINCREMENT" in text)
            elif kind == "index":
                parts = [row[2:] for row in db.execute("SELECT * FROM pragma_index_xinfo(?)", (name,))]
                about = [
                    row[2:] for row in db.execute("SELECT * FROM pragma_index_list(?)", (table,)) if row[1] == name
                ]
                objects[name] = (table, parts, about, text.partition(" WHERE ")[2])
            else:
                objects[name] = (kind, table, text)
    return objects


def test_a_new_file_has_the_newest_schema_and_a_profile_id(tmp_path: Path) -> None:
    database = schema.open_catalog(tmp_path / "retrovue.db", now=lambda: NOW)
    with database.read() as connection:
        (profile,) = connection.exec_driver_sql("SELECT id FROM profile").one()
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    database.close()
    assert len(profile) == 32
    assert schema.revision_of(tmp_path / "retrovue.db") == HEAD


def test_migrations_and_fresh_creation_give_the_same_schema(tmp_path: Path) -> None:
    fresh, migrated = tmp_path / "fresh.db", tmp_path / "migrated.db"
    schema.open_catalog(fresh, now=lambda: NOW).close()
    upgrade(migrated)
    assert schema.revision_of(migrated) == HEAD
    made, moved = _objects(fresh), _objects(migrated)
    assert len(made) > 60
    assert made == moved


def test_opening_again_keeps_the_profile(tmp_path: Path) -> None:
    path = tmp_path / "retrovue.db"
    ids = []
    for _again in range(2):
        database = schema.open_catalog(path, now=lambda: NOW)
        with database.read() as connection:
            ids.append(connection.exec_driver_sql("SELECT id FROM profile").scalar_one())
        database.close()
    assert ids[0] == ids[1]


def test_a_newer_schema_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "retrovue.db"
    schema.open_catalog(path, now=lambda: NOW).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(SchemaTooNewError, match="newer version of RetroVue"):
        schema.open_catalog(path, now=lambda: NOW)
    assert path.read_bytes() == before


def test_some_other_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE recipes (id INTEGER)")
    with pytest.raises(CorruptError, match="not a RetroVue catalog"):
        schema.open_catalog(path, now=lambda: NOW)


def test_a_file_that_is_no_database_is_reported_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "retrovue.db"
    path.write_bytes(b"this is not a database, but long enough to look at" * 100)
    with pytest.raises(CorruptError, match="damaged"):
        schema.open_catalog(path, now=lambda: NOW)


def test_backup_and_restore_bring_the_same_rows_back(tmp_path: Path) -> None:
    path = tmp_path / "retrovue.db"
    database = schema.open_catalog(path, now=lambda: NOW)
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO notices (at, event, title, body) VALUES (1, 'x', 'first', '')")
    copy = backup.make_backup(path, backup.backup_dir(path), now=NOW, reason="by-hand")
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO notices (at, event, title, body) VALUES (2, 'x', 'second', '')")
    database.close()
    kept = restore_backup(copy, path, now=NOW + 5)
    assert kept is not None
    assert kept.exists()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT title FROM notices").fetchall() == [("first",)]


def test_only_the_newest_backups_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "retrovue.db"
    schema.open_catalog(path, now=lambda: NOW).close()
    directory = backup.backup_dir(path)
    for offset in range(7):
        backup.make_backup(path, directory, now=NOW + offset, reason="weekly", keep=5)
    listed = backup.list_backups(directory, now=NOW)
    assert len(listed) == 5
    assert [entry.made_at.timestamp() for entry in listed] == [NOW + offset for offset in (6, 5, 4, 3, 2)]


def test_a_damaged_backup_is_not_restored(tmp_path: Path) -> None:
    path = tmp_path / "retrovue.db"
    schema.open_catalog(path, now=lambda: NOW).close()
    before = path.read_bytes()
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    with pytest.raises(CorruptError):
        restore_backup(broken, path, now=NOW)
    assert path.read_bytes() == before


def test_a_damaged_catalog_is_set_aside_with_its_companions(tmp_path: Path) -> None:
    path = tmp_path / "retrovue.db"
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).write_bytes(b"x")
    aside = backup.set_aside(path, now=NOW)
    assert not path.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(aside.name + suffix for suffix in ("", "-shm", "-wal"))
