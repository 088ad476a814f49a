"""Restoring a copy: what it is given is looked at first, and there is a catalog at every instant."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from retrovue.core.domain.errors import CorruptError, DiskFullError, SchemaTooNewError, StorageError
from retrovue.core.storage import backup, schema
from retrovue.core.storage.restore import restore_backup

NOW = 1_700_000_000
DAY = 86_400


def catalog_with(path: Path, title: str) -> Path:
    database = schema.open_catalog(path, now=lambda: NOW)
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO notices (at, event, title, body) VALUES (1, 'x', ?, '')", (title,))
    database.close()
    return path


def title_in(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return str(connection.execute("SELECT title FROM notices").fetchone()[0])


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return catalog_with(tmp_path / "retrovue.db", "old")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    (tmp_path / "other").mkdir()
    made = catalog_with(tmp_path / "other" / "retrovue.db", "new")
    return backup.make_backup(made, tmp_path / "backups", now=NOW, reason="weekly")


def run_sql(*statements: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    return spoil


def other_program(path: Path) -> None:
    path.unlink()
    run_sql("CREATE TABLE recipes (id INTEGER)")(path)


ENDLESS = "WITH RECURSIVE n(id, removed_at) AS (SELECT 1, NULL UNION ALL SELECT id + 1, NULL FROM n) SELECT * FROM n"
SPOILED = {
    "empty": (lambda path: path.write_bytes(b""), CorruptError),
    "another program's": (other_program, CorruptError),
    "newer": (run_sql("UPDATE alembic_version SET version_num = '9999'"), SchemaTooNewError),
    "without a revision": (run_sql("DELETE FROM alembic_version"), CorruptError),
    "a trigger": (
        run_sql("CREATE TRIGGER t AFTER INSERT ON notices BEGIN DELETE FROM movies; END"),
        CorruptError,
    ),
    "a view": (run_sql("CREATE VIEW v AS SELECT 1"), CorruptError),
    "a view in place of a table": (
        run_sql("ALTER TABLE servers RENAME TO s", f"CREATE VIEW servers AS {ENDLESS}"),
        CorruptError,
    ),
    "another table": (run_sql("CREATE TABLE recipes (id INTEGER)"), CorruptError),
    "a table short": (run_sql("DROP TABLE notices"), CorruptError),
    "another search index": (run_sql("CREATE VIRTUAL TABLE f USING fts5(x)"), CorruptError),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:20_000]), CorruptError),
}


@pytest.mark.parametrize("how", SPOILED)
def test_what_is_no_whole_catalog_of_ours_touches_nothing(catalog: Path, copy: Path, how: str) -> None:
    spoil, error = SPOILED[how]
    spoil(copy)
    before = sorted(path.name for path in catalog.parent.iterdir())
    with pytest.raises(error):
        restore_backup(copy, catalog, now=NOW)
    assert sorted(path.name for path in catalog.parent.iterdir()) == before
    assert title_in(catalog) == "old"


def test_counting_what_a_copy_holds_runs_no_view(copy: Path) -> None:
    SPOILED["a view in place of a table"][0](copy)
    with pytest.raises(CorruptError):
        backup.contents(copy)


def test_a_copy_takes_the_place_and_the_old_one_is_kept(catalog: Path, copy: Path) -> None:
    kept = restore_backup(copy, catalog, now=NOW)
    assert title_in(catalog) == "new"
    assert kept is not None
    assert title_in(kept) == "old"
    assert not catalog.with_name("retrovue.db.restoring").exists()


def test_looking_into_a_copy_and_restoring_it_write_nothing_beside_it(catalog: Path, copy: Path) -> None:
    backup.contents(copy)
    restore_backup(copy, catalog, now=NOW)
    assert list(copy.parent.iterdir()) == [copy]
    # What an older RetroVue left there goes with its copy.
    left = copy.with_name(copy.name + "-wal")
    left.touch()
    for day in range(1, backup.KEEP + 1):
        backup.make_backup(catalog, copy.parent, now=NOW + day * DAY, reason="weekly")
    assert not copy.exists()
    assert not left.exists()


def test_what_is_in_the_log_only_is_kept_and_does_not_come_back(catalog: Path, copy: Path) -> None:
    """A program that was killed leaves its write-ahead log behind, which SQLite plays into whatever lies there."""
    program = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA wal_autocheckpoint=0'); "
        "c.execute(\"UPDATE notices SET title = 'logged'\"); c.commit(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program, str(catalog)], check=True)
    assert catalog.with_name("retrovue.db-wal").stat().st_size > 0
    kept = restore_backup(copy, catalog, now=NOW)
    assert title_in(catalog) == "new"
    assert kept is not None
    assert title_in(kept) == "logged"


KILLED = """
import os, signal, sys
from pathlib import Path
from retrovue.core.storage.restore import restore_backup
left = [int(sys.argv[3])]
def hook(event, _arguments):
    if event in ("os.rename", "os.link", "os.remove", "os.truncate", "sqlite3.connect"):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
restore_backup(Path(sys.argv[1]), Path(sys.argv[2]), now=1_700_000_000)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.slow
def test_killed_at_any_step_the_catalog_is_the_old_or_the_new_one(tmp_path: Path, copy: Path) -> None:
    seen = []
    for step in range(1, 40):
        folder = tmp_path / str(step)
        folder.mkdir()
        catalog = catalog_with(folder / "retrovue.db", "old")
        done = subprocess.run([sys.executable, "-c", KILLED, str(copy), str(catalog), str(step)], check=False)
        seen.append(title_in(catalog))
        if done.returncode == 0:
            break
        restore_backup(copy, catalog, now=NOW)
        assert title_in(catalog) == "new"
        assert not catalog.with_name("retrovue.db.restoring").exists()
    assert seen[-1] == "new"
    assert len(seen) > 5
    assert set(seen) == {"old", "new"}


def test_a_clock_that_jumped_ahead_pushes_out_no_copy(catalog: Path) -> None:
    folder = catalog.parent / "backups"
    real = [backup.make_backup(catalog, folder, now=NOW + day * DAY, reason="weekly") for day in range(5)]
    jumped = NOW + 15 * 365 * DAY
    odd = [backup.make_backup(catalog, folder, now=jumped + day * DAY, reason="weekly") for day in range(6)]
    assert all(path.exists() for path in real)
    assert [path.exists() for path in odd] == [False, *[True] * 5]
    back = backup.make_backup(catalog, folder, now=NOW + 6 * DAY, reason="weekly")
    assert [path.exists() for path in real] == [False, *[True] * 4]
    listed = backup.list_backups(folder, now=NOW + 6 * DAY)
    assert listed[0].path == back
    assert {one.path for one in listed[-5:]} == set(odd[1:])


def test_a_copy_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    broken = tmp_path / "retrovue.db"
    broken.write_bytes(b"SQLite format 3\x00" + b"\xff" * 50_000)
    with pytest.raises(StorageError) as caught:
        backup.make_backup(broken, tmp_path / "backups", now=NOW, reason="weekly")
    assert not isinstance(caught.value, DiskFullError)
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_folder_with_a_name_like_an_address_is_backed_up_and_restored(tmp_path: Path) -> None:
    folder = tmp_path / "%41?mode=ro#x"
    folder.mkdir()
    catalog = catalog_with(folder / "retrovue.db", "old")
    assert catalog.exists()
    made = backup.make_backup(catalog, folder / "backups", now=NOW, reason="weekly")
    assert title_in(made) == "old"
    catalog_with(catalog, "later")
    restore_backup(made, catalog, now=NOW)
    assert title_in(catalog) == "old"
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
