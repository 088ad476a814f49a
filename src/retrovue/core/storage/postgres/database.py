"""The open catalog on a PostgreSQL server."""

import selectors
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError

from retrovue.core.domain.errors import CatalogAwayError
from retrovue.core.storage.database import BUSY_TIMEOUT_S, Database
from retrovue.core.storage.dialects.statements import in_postgres, without_zeros
from retrovue.core.storage.locks import Fence, LockKind
from retrovue.core.storage.postgres.address import PostgresAddress, driver
from retrovue.core.storage.postgres.changes import CHANNEL, ChangeListener
from retrovue.core.storage.postgres.connection import CATALOG_LOCK
from retrovue.core.storage.postgres.errors import in_our_words
from retrovue.core.storage.postgres.locks import PostgresLock
from retrovue.core.storage.postgres.opening import open_connection
from retrovue.core.storage.postgres.versions import require_unchanged
from retrovue.core.storage.revisions import VERSION_TABLE

STATEMENT_S = 120.0
"""Longer takes no statement, except where a server hangs. Indexes of a large catalog take a minute on a small one."""
_FRESH_S = 10.0
_REVISION = f"SELECT version_num FROM {VERSION_TABLE}"
_UNKNOWN_NAMES = ("42703", "42P01")
"""A column, a table that is not there."""


class PostgresDatabase(Database):
    """A catalog on a server. One transaction at a time writes, of all computers, as SQLite has it.

    A connection that was lost fails what is under way with `CatalogAwayError`; the next use connects again.
    """

    is_on_server = True

    def __init__(
        self,
        address: PostgresAddress,
        *,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        statement_s: float = STATEMENT_S,
        before_commit: Callable[[Connection], None] | None = None,
        computer_id: int = 0,
    ) -> None:
        engine = _make_engine(address, statement_s, busy_timeout_s)
        super().__init__(engine, before_commit=before_commit, computer_id=computer_id)
        self.address = address
        self._of_thread = threading.local()
        self._expects_revision = False
        token = uuid.uuid4().hex
        self._notify = f"SELECT pg_notify('{CHANNEL}', '{token}') WHERE pg_current_xact_id_if_assigned() IS NOT NULL"
        self._changes = ChangeListener(lambda: open_connection(address, deadline_s=statement_s), token)

    @contextmanager
    def together(self) -> Iterator[None]:
        """See `Database`."""
        with self.read() as connection:
            before = getattr(self._of_thread, "shared", None)
            self._of_thread.shared = connection
            try:
                yield
            finally:
                self._of_thread.shared = before

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """See `Database`."""
        shared: Connection | None = getattr(self._of_thread, "shared", None)
        if shared is not None:
            with self._translated():
                yield shared
            return
        with self._translated(), self._engine.connect() as connection:
            _say(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """See `Database`. The server frees the lock when this computer is gone."""
        with self.alone(), self._translated(), self._engine.connect() as connection:
            try:
                self._begin(connection)
                for fence in self._own_fences():
                    fence(connection)
                yield connection
                if self._before_commit is not None:
                    self._before_commit(connection)
                told = _say(connection, f"{self._notify}; COMMIT").fetchone()
            except BaseException:
                connection.rollback()
                raise
        if told is not None:
            self._changes.add()

    def _begin(self, connection: Connection) -> None:
        begun = f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({CATALOG_LOCK})"
        if not self._expects_revision:
            _say(connection, begun)
            return
        said = _say(connection, f"{begun}; {_REVISION}")
        while said.nextset():
            """Only what was said last."""
        require_unchanged(said.fetchone()[0])

    def expect_revision(self) -> None:
        """Write nothing more once the catalog has another schema: a newer program upgrades it while this one runs."""
        self._expects_revision = True

    @contextmanager
    def fenced(self, fence: Fence) -> Iterator[None]:
        """Run `fence` first in every transaction that this thread writes inside the block; what it raises ends that."""
        fences = self._own_fences()
        fences.append(fence)
        try:
            yield
        finally:
            fences.remove(fence)

    def _own_fences(self) -> list[Fence]:
        found: list[Fence] | None = getattr(self._of_thread, "fences", None)
        if found is None:
            found = self._of_thread.fences = []
        return found

    def data_version(self) -> int:
        """See `Database`."""
        return self._changes.count()

    def now(self, own: int) -> int:
        """See `Database`: the server's clock. Those of computers can be hours apart."""
        with self.read() as connection:
            found = connection.exec_driver_sql("SELECT floor(extract(epoch FROM clock_timestamp()))::bigint")
            return int(found.scalar_one())

    @property
    def seems_away(self) -> bool:
        """See `Database`: the connection that listens is the first to notice."""
        return self._changes.is_away

    def lock(self, kind: LockKind, number: int = 0) -> PostgresLock:
        """See `Database`."""
        return PostgresLock(self, self.address, kind=kind, number=number, fenced=self.fenced)

    def close(self) -> None:
        """See `Database`."""
        self._changes.stop()
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        psycopg = driver()
        try:
            yield
        except (DBAPIError, psycopg.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
            if self._expects_revision and getattr(cause, "sqlstate", None) in _UNKNOWN_NAMES:
                self._require_revision()
            words = in_our_words(cause, self.address)
            if isinstance(words, CatalogAwayError):
                # What broke one connection has broken the others: the next use begins with new ones.
                self._engine.dispose()
            raise words from error

    def _require_revision(self) -> None:
        """Say why a table or a column is not there, where that is the reason."""
        # Where not even the revision can be read, what the server said first is told.
        with suppress(DBAPIError), self._engine.connect() as connection:
            require_unchanged(connection.exec_driver_sql(_REVISION).scalar_one())


def _say(connection: Connection, statements: str) -> Any:
    """Run statements without values that begin and end transactions, several at once: each way there and back counts.

    Returns:
        a cursor with what the first statement returned.
    """
    raw: Any = connection.connection.driver_connection
    # Only one statement at a time can be kept prepared.
    return raw.execute(statements, prepare=False)


def _make_engine(address: PostgresAddress, statement_s: float, busy_timeout_s: float) -> Engine:
    def connect() -> Any:
        try:
            return open_connection(address, is_ours=True, deadline_s=statement_s, lock_s=busy_timeout_s)
        except driver().Error as error:
            raise in_our_words(error, address, is_connected=False) from error

    engine = create_engine(
        "postgresql+psycopg://", creator=connect, pool_size=8, max_overflow=8, use_native_hstore=False
    )

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _word(
        _connection: Connection, _cursor: Any, sql: str, values: Any, context: Any, _many: bool
    ) -> tuple[str, Any]:
        # Statements by hand only: SQLAlchemy writes its own as the driver wants them.
        return sql if context.compiled is not None else in_postgres(sql), without_zeros(values)

    @event.listens_for(engine, "checkin")
    def _put_back(_dbapi: Any, record: Any) -> None:
        record.info["since"] = monotonic()

    @event.listens_for(engine, "checkout")
    def _take_out(dbapi: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get("since")
        if since is not None and (monotonic() - since > _FRESH_S or _has_news(dbapi)):
            _require_alive(dbapi)

    return engine


def _has_news(dbapi: Any) -> bool:
    """Whether the server said something that nobody asked for: most likely that it goes."""
    if dbapi.closed:
        return True
    with selectors.DefaultSelector() as selector:
        selector.register(dbapi.fileno(), selectors.EVENT_READ)
        return bool(selector.select(0))


def _require_alive(dbapi: Any) -> None:
    try:
        dbapi.execute("SELECT 1")
    except driver().Error as error:
        # The pool then makes another connection.
        raise DisconnectionError from error
