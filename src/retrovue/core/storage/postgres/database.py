"""The open catalog on a PostgreSQL server."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from retrovue.core.storage.database import BUSY_TIMEOUT_S, Database
from retrovue.core.storage.postgres.address import PostgresAddress, driver
from retrovue.core.storage.postgres.connection import CATALOG_LOCK, open_connection
from retrovue.core.storage.postgres.errors import in_our_words

CHANNEL = "retrovue_changed"


class PostgresDatabase(Database):
    """A catalog on a server. One transaction at a time writes, of all computers, as SQLite has it."""

    def __init__(
        self,
        address: PostgresAddress,
        *,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        before_commit: Callable[[Connection], None] | None = None,
        computer_id: int = 0,
    ) -> None:
        super().__init__(_make_engine(address), before_commit=before_commit, computer_id=computer_id)
        self.address = address
        self._busy_timeout_s = busy_timeout_s
        self._token = uuid.uuid4().hex
        self._changes = 0
        self._changes_lock = threading.Lock()
        self._listener: Any = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """See `Database`."""
        with self._translated(), self._engine.connect() as plain:
            connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """See `Database`. The server frees the lock when this computer is gone."""
        with self._translated(), self._engine.connect() as plain:
            connection = plain.execution_options(isolation_level="READ COMMITTED")
            try:
                wait = f"{round(self._busy_timeout_s * 1000)}ms"
                connection.exec_driver_sql("SELECT set_config('lock_timeout', %s, true)", (wait,))
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (CATALOG_LOCK,))
                yield connection
                if self._before_commit is not None:
                    self._before_commit(connection)
                told = connection.exec_driver_sql(
                    "SELECT pg_notify(%s, %s) WHERE pg_current_xact_id_if_assigned() IS NOT NULL",
                    (CHANNEL, self._token),
                ).first()
            except BaseException:
                connection.rollback()
                raise
            connection.commit()
        if told is not None:
            with self._changes_lock:
                self._changes += 1

    def data_version(self) -> int:
        """See `Database`."""
        with self._translated(), self._changes_lock:
            if self._listener is None:
                self._listener = _connect(self.address)
                self._listener.autocommit = True
                self._listener.execute(f"LISTEN {CHANNEL}")
            self._changes += sum(note.payload != self._token for note in self._listener.notifies(timeout=0))
            return self._changes

    def close(self) -> None:
        """See `Database`."""
        with self._changes_lock:
            if self._listener is not None:
                self._listener.close()
                self._listener = None
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        psycopg = driver()
        try:
            yield
        except (DBAPIError, psycopg.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
            raise in_our_words(cause, self.address) from error


def _connect(address: PostgresAddress, *, is_ours: bool = False) -> Any:
    try:
        return open_connection(address, is_ours=is_ours)
    except driver().Error as error:
        raise in_our_words(error, address, is_connected=False) from error


def _make_engine(address: PostgresAddress) -> Engine:
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: _connect(address, is_ours=True),
        pool_size=8,
        max_overflow=8,
        pool_pre_ping=True,
        use_native_hstore=False,
    )
