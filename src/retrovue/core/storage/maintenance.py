"""Upkeep of the catalog file: the statistics that queries are planned by, and the room that deleted rows leave behind.

On connections of their own: a `VACUUM` is no part of a transaction, and its copy must not be made in memory, where the
other connections keep what is temporary.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.storage.database import BUSY_TIMEOUT_S, translated_errors

ANALYSIS_ROWS = 1_000
"""Rows of each index that `ANALYZE` looks at: 22 ms of processor time for 100,000 episodes; all rows take 210 ms."""
_FREE_SHARE, _FREE_BYTES = 0.25, 16 * 1024 * 1024
_STEPS = 10_000
"""Steps of SQLite between two looks at the token: under a millisecond."""
_FOLD_IN_MS = 250


def analyse(path: Path) -> None:
    """Let SQLite count what its indexes hold, which it guesses otherwise; the benchmarks measure plans made with it.

    Connections that are open keep what they know; the next start plans by it.

    Raises:
        StorageError: the catalog cannot be written, or another program writes it for too long.
    """
    with translated_errors(path), closing(_connect(path)) as connection:
        connection.execute(f"PRAGMA analysis_limit={ANALYSIS_ROWS}")
        connection.execute("ANALYZE")


def free_bytes(path: Path) -> int:
    """Return how much of the file holds nothing, bytes."""
    with translated_errors(path), closing(_connect(path)) as connection:
        free = int(connection.execute("PRAGMA freelist_count").fetchone()[0])
        return free * int(connection.execute("PRAGMA page_size").fetchone()[0])


def is_worth_compacting(path: Path) -> bool:
    """Whether a quarter of the file, and enough to matter, holds nothing: the next sync fills less than that again."""
    free = free_bytes(path)
    return free >= _FREE_BYTES and free >= _FREE_SHARE * path.stat().st_size


def compact(path: Path, token: CancelToken, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> int:
    """Write the file anew without its empty pages; returns by how many bytes it is smaller.

    It needs room for another copy meanwhile, and nobody else can write. What is interrupted or fails leaves the file
    as it was.

    Args:
        busy_timeout_s: how long to wait for somebody who writes.

    Raises:
        Cancelled: the token was canceled.
        DiskFullError: there is no room for the copy.
        StorageError: another program writes the catalog.
    """
    token.raise_if_cancelled()
    before = path.stat().st_size
    with translated_errors(path), closing(_connect(path, busy_timeout_s)) as connection:
        # Not interrupt(): one that comes between two statements is lost.
        connection.set_progress_handler(lambda: token.cancelled, _STEPS)
        try:
            connection.execute("VACUUM")
        except sqlite3.OperationalError:
            token.raise_if_cancelled()
            raise
        # The new pages are in the write-ahead log, which would lie beside the file at its full size. Somebody who
        # reads an older state holds that up; whoever closes the catalog last does it then.
        connection.execute(f"PRAGMA busy_timeout={_FOLD_IN_MS}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return max(0, before - path.stat().st_size)


def _connect(path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
