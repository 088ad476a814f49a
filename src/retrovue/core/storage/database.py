"""The open catalog, and the engine for a catalog file: PRAGMAs, transactions, the disk's errors in our own words.

SQLite facts behind this module (measured): plain BEGIN in read-then-write transactions failed 591 of 800 times
with "database is locked" despite a busy time-out, BEGIN IMMEDIATE never; and a migration that fails half-way
rolls back only under explicit transactions, so the driver's own transaction handling is off.
"""

import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, CursorResult, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from retrovue.core.domain.errors import (
    CorruptError,
    DiskFullError,
    LockedError,
    ReadOnlyError,
    RowError,
    StorageError,
)
from retrovue.core.i18n import _
from retrovue.core.storage.locks import CatalogLock, LockKind
from retrovue.core.storage.turns import Turns

BUSY_TIMEOUT_S = 30.0
"""So long other programs are waited for: on a busy computer what `retrovue sync` writes at once takes ten seconds."""
_COMPUTER = "retrovue_computer"
CHUNK = 500
"""So many values fit one statement on every SQLite (999 parameters before 3.32)."""


class Database(ABC):
    """The open catalog. Thread: any; each `read()` or `write()` block belongs to the thread that opens it.

    Args:
        before_commit: what else a transaction that wrote has to do, such as keeping in step what is stored twice.

    Attributes:
        computer_id: whose private rows its transactions read and write, see `tables.ownership`. 0: nobody's.
        is_on_server: several computers may have it open. A file is on one computer, which may be another one tomorrow.
    """

    is_on_server = False

    def __init__(self, engine: Engine, *, before_commit: Callable[[Connection], None] | None, computer_id: int) -> None:
        self._before_commit = before_commit
        self._engine = engine
        self._turns = Turns()
        self.belongs_to(computer_id)

    def belongs_to(self, computer_id: int) -> None:
        """Read and write the private rows of this computer from now on; before any other use."""
        self.computer_id = computer_id
        self._engine.update_execution_options(**{_COMPUTER: computer_id})

    @property
    def engine(self) -> Engine:
        """The engine, for migrations and checks inside this package."""
        return self._engine

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """Return a consistent view: everything read inside the block is of one instant."""

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let the `read()` blocks of this thread inside this one share a transaction where the catalog is on a server:
        each costs two ways there and back. Never around a wait for anything else.
        """
        yield

    @abstractmethod
    def write(self) -> AbstractContextManager[Connection]:
        """Return a transaction that is the only one that writes; commits at the end, rolls back on error."""

    def alone(self) -> AbstractContextManager[None]:
        """Return a block in which no other thread of this program writes; whoever wants to waits, however long."""
        return self._turns.taken()

    @abstractmethod
    def data_version(self) -> int:
        """Return a number that moves when anybody has written, in this program or another one. Never waits."""

    def now(self, own: int) -> int:
        """Return the time by the clock that the computers of this catalog share, epoch seconds.

        Args:
            own: this computer's own, which is the one for a file.
        """
        return own

    @property
    def seems_away(self) -> bool:
        """Whether the server of the catalog could not be reached the last time. Never waits; a file never is away."""
        return False

    def lock(self, kind: LockKind, number: int = 0) -> CatalogLock | None:
        """Return a lock between the computers of this catalog. None: a catalog file has only one."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Give back every connection."""

    def let_go(self) -> None:
        """Close the connections that nobody uses now: each keeps up to 16 MB of pages. Thread: any."""
        self._engine.dispose()


class SqliteDatabase(Database):
    """A catalog file."""

    def __init__(
        self,
        path: Path,
        *,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        before_commit: Callable[[Connection], None] | None = None,
        computer_id: int = 0,
    ) -> None:
        super().__init__(_make_engine(path, busy_timeout_s), before_commit=before_commit, computer_id=computer_id)
        self.path = path
        self._watch: sqlite3.Connection | None = None
        self._watches = 0
        self._watch_lock = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """See `Database`."""
        with translated_errors(self.path), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """See `Database`: it takes the write lock at once."""
        with self.alone(), translated_errors(self.path), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
                if self._before_commit is not None:
                    self._before_commit(connection)
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def data_version(self) -> int:
        """See `Database`."""
        with translated_errors(self.path), self._watch_lock:
            if self._watch is None:
                self._watch = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
                self._watches += 1
            # Each connection counts from 1: after a restore the number of another file must not look like the old one.
            return self._watches << 32 | int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Give back every pooled connection (the write-ahead log is folded in by SQLite)."""
        with self._watch_lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self._engine.dispose()


def catalog_url(path: Path) -> URL:
    """Where an engine finds the catalog file. Not a text: `%`, `?` and `#` in a folder's name mean something there."""
    return URL.create("sqlite", database=str(path.absolute()))


def _make_engine(path: Path, busy_timeout_s: float) -> Engine:
    engine = create_engine(
        catalog_url(path),
        connect_args={"timeout": busy_timeout_s, "check_same_thread": False},
        pool_size=8,
        max_overflow=8,
    )

    @event.listens_for(engine, "connect")
    def _prepare(dbapi: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        apply_pragmas(dbapi)  # type: ignore[arg-type]  # it is sqlite3's own connection

    return engine


def apply_pragmas(connection: sqlite3.Connection) -> None:
    """What every connection to the catalog is set to; `isolation_level=None` gives us BEGIN ourselves."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.execute("PRAGMA cache_size=-16000")
    cursor.execute("PRAGMA journal_size_limit=67108864")
    cursor.close()


def computer_of(connection: Connection) -> int:
    """The computer whose private rows this transaction reads and writes."""
    return int(connection.get_execution_options()[_COMPUTER])


def new_id(result: CursorResult[Any]) -> int:
    """The id of the row that an INSERT of one row made."""
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


def chunks(values: Sequence[int], size: int = CHUNK) -> Iterable[Sequence[int]]:
    """Slices that fit the number of parameters of one statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into `StorageError`s that say what to do."""
    try:
        yield
    except DBAPIError as error:
        raise storage_error(error.orig if error.orig is not None else error, path) from error
    except sqlite3.Error as error:
        raise storage_error(error, path) from error


def storage_error(error: BaseException, path: Path) -> StorageError:
    """The `StorageError` for one of SQLite's, with a remedy."""
    message = str(error).lower()
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.InterfaceError):
        return RowError(_("An item could not be saved in the catalog."), detail=detail)
    if "locked" in message or "busy" in message:
        return LockedError(
            _("Another program is using the catalog."),
            hint=_("Close the other program, then try again."),
            detail=detail,
        )
    if "disk is full" in message or "disk full" in message or "no space" in message:
        return DiskFullError(
            _("The disk with the catalog is full."),
            hint=_("Free some space, then try again. Everything stored so far is kept."),
            detail=detail,
        )
    if "readonly" in message or "read-only" in message or "unable to open" in message:
        return read_only_error(path, detail)
    if "malformed" in message or "not a database" in message or "corrupt" in message:
        return CorruptError(
            _("The catalog file is damaged: {path}").format(path=path),
            hint=_("Restore a backup, or start with an empty catalog and sync again."),
            command_hint=_(
                "Restore a backup with “retrovue db restore”, or start with an empty catalog with “retrovue db new”."
            ),
            detail=detail,
        )
    return StorageError(
        _("The catalog could not be read or written."),
        hint=_("Restart RetroVue. If it keeps happening, copy the diagnostics from the Log page into a report."),
        command_hint=_("Run “retrovue doctor” to see what is wrong."),
        detail=detail,
    )


def read_only_error(path: Path, detail: str = "") -> ReadOnlyError:
    """Say that the catalog cannot be written."""
    return ReadOnlyError(
        _("The catalog cannot be written: {path}").format(path=path),
        hint=_("Check the permissions of this folder, or choose another folder."),
        command_hint=_("Check the permissions of this folder, or choose another one with --data-dir."),
        detail=detail,
    )
