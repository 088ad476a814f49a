"""Upkeep of the catalog file: room is given back, an interruption changes nothing, and the search still finds."""

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from retrovue.core.domain.errors import Cancelled, StorageError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.storage import maintenance
from retrovue.core.storage.schema import open_catalog


@pytest.fixture(scope="module")
def wasteful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An upgraded catalog of which most is empty: 25 MB were written and deleted."""
    path = tmp_path_factory.mktemp("wasteful") / "retrovue.db"
    open_catalog(path, now=lambda: 1).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE filler (text TEXT)")
        db.execute("INSERT INTO filler VALUES (zeroblob(25000000))")
        db.execute("DROP TABLE filler")
        db.execute("INSERT INTO search_text (id, folded) VALUES (4, 'amber lantern')")
        db.execute("INSERT INTO search_fts (search_fts) VALUES ('rebuild')")
        db.commit()
    return path


@pytest.fixture
def catalog(wasteful: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(wasteful, tmp_path))


def found(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [row[0] for row in db.execute("SELECT rowid FROM search_fts WHERE search_fts MATCH 'amb'")]


def test_a_catalog_of_empty_pages_becomes_small_and_is_worth_nothing_more(catalog: Path) -> None:
    before = catalog.stat().st_size
    assert maintenance.is_worth_compacting(catalog)
    freed = maintenance.compact(catalog, CancelToken())
    assert freed == before - catalog.stat().st_size > 20_000_000
    assert not maintenance.is_worth_compacting(catalog)
    wal = catalog.with_name(catalog.name + "-wal")
    assert not wal.exists() or wal.stat().st_size == 0
    assert found(catalog) == [4]


class LateToken(CancelToken):
    """Canceled as soon as SQLite asks, in the middle of the work."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    @property
    def cancelled(self) -> bool:
        self.asked += 1
        self.cancel()
        return True


def test_a_canceled_one_leaves_the_file_as_it_was(catalog: Path) -> None:
    before = catalog.stat().st_size
    token = LateToken()
    with closing(sqlite3.connect(catalog)) as db:
        # Rows enough that SQLite looks at the token.
        db.executemany("INSERT INTO search_text (id, folded) VALUES (?, 'x')", ((n,) for n in range(100, 9_000)))
        db.commit()
    with pytest.raises(Cancelled):
        maintenance.compact(catalog, token)
    assert token.asked
    assert catalog.stat().st_size == before
    assert found(catalog) == [4]


def test_somebody_who_writes_goes_first(catalog: Path) -> None:
    with closing(sqlite3.connect(catalog, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError):
            maintenance.compact(catalog, CancelToken(), busy_timeout_s=0.05)
        other.rollback()
    assert found(catalog) == [4]


def test_a_reader_in_another_thread_is_not_disturbed(catalog: Path) -> None:
    with closing(sqlite3.connect(catalog, check_same_thread=False)) as reader:
        reader.execute("BEGIN")
        count = reader.execute("SELECT count(*) FROM search_text").fetchone()
        worker = threading.Thread(target=maintenance.compact, args=(catalog, CancelToken()))
        worker.start()
        worker.join(60)
        assert reader.execute("SELECT count(*) FROM search_text").fetchone() == count
    assert found(catalog) == [4]


def test_what_indexes_hold_is_counted(catalog: Path) -> None:
    maintenance.analyse(catalog)
    with closing(sqlite3.connect(catalog)) as db:
        counted = {row[0] for row in db.execute("SELECT tbl FROM sqlite_stat1")}
    assert "search_text" in counted
