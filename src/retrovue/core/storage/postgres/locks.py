"""Locks that one computer of a catalog on a PostgreSQL server holds at a time.

Each is a session's advisory lock on a connection of its own: the server lets go of it when that connection ends, also
when the computer died or its network went away (within half a minute, see `opening`). Advisory locks belong to the
database, so that two catalogs on one server never meet.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

from sqlalchemy import Connection, select

from retrovue.core.domain.errors import CatalogAwayError, OtherComputerError
from retrovue.core.i18n import _
from retrovue.core.storage.database import Database
from retrovue.core.storage.locks import Fence, LockKind
from retrovue.core.storage.postgres.address import PostgresAddress, driver
from retrovue.core.storage.postgres.errors import in_our_words
from retrovue.core.storage.postgres.opening import open_connection
from retrovue.core.storage.tables import computers

_DEADLINE_S = 10.0
EVERY = 0
"""The number of the lock that stands for all of a kind."""
# Names of applications are ASCII of 63 bytes: the id is told, and the name is looked up.
_APPLICATION = "RetroVue computer "
_HOLDER = (
    "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
    "JOIN pg_database d ON d.oid = l.database AND d.datname = current_database() "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid = ? AND l.objid = ?"
)


_OURS = (
    "SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database() "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid = ? AND l.objid = ? AND l.pid = ?"
)

_LOST: dict[LockKind, Callable[[], OtherComputerError]] = {
    LockKind.LIBRARY: lambda: OtherComputerError(
        _("The connection that kept other computers from syncing this library was lost."),
        hint=_("Sync again. Everything stored is kept."),
    ),
    LockKind.RECORDER: lambda: OtherComputerError(
        _("Another computer may be writing this now."), hint=_("It is tried again automatically.")
    ),
}


class PostgresLock:
    """See `CatalogLock`. Thread: any, one at a time."""

    def __init__(
        self,
        database: Database,
        address: PostgresAddress,
        *,
        kind: LockKind,
        number: int,
        fenced: Callable[[Fence], AbstractContextManager[None]],
    ) -> None:
        self._database = database
        self._address = address
        self._fenced = fenced
        self._kind = kind
        self._key = (kind.value, number)
        self._connection: Any = None

    def try_acquire(self) -> bool:
        """See `CatalogLock`."""
        psycopg, address = driver(), self._address
        connection = None
        try:
            connection = open_connection(address, deadline_s=_DEADLINE_S)
            connection.autocommit = True
            name = f"{_APPLICATION}{self._database.computer_id}"
            connection.execute("SELECT set_config('application_name', %s, false)", (name,))
            taken = all(bool(connection.execute(sql, key).fetchone()[0]) for sql, key in self._wanted())
        except psycopg.Error as error:
            if connection is not None:
                connection.close()
            raise in_our_words(error, address, is_connected=connection is not None) from error
        if not taken:
            connection.close()
            return False
        self._connection = connection
        return True

    def _wanted(self) -> list[tuple[str, tuple[int, int]]]:
        kind, number = self._key
        alone = ("SELECT pg_try_advisory_lock(%s::int, %s::int)", self._key)
        if number == EVERY:
            return [alone]
        # Those of single ones share the lock of all, which whoever wants to be without any then does not get.
        return [("SELECT pg_try_advisory_lock_shared(%s::int, %s::int)", (kind, EVERY)), alone]

    def is_held(self) -> bool:
        """See `CatalogLock`."""
        if self._connection is None:
            return False
        try:
            self._connection.execute("SELECT 1")
        except driver().Error:
            self.release()
            return False
        return True

    def release(self) -> None:
        """See `CatalogLock`."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # The server lets go of everything of a connection that ends.
            with suppress(driver().Error):
                connection.close()

    def require(self, connection: Connection) -> None:
        """See `CatalogLock`."""
        held = self._connection
        pid = 0 if held is None or held.closed else held.info.backend_pid
        if connection.exec_driver_sql(_OURS, (*self._key, pid)).first() is None:
            raise _LOST[self._kind]()

    def guarding(self) -> AbstractContextManager[None]:
        """See `CatalogLock`."""
        return self._fenced(self.require)

    def holder(self) -> str | None:
        """See `CatalogLock`."""
        try:
            with self._database.read() as connection:
                names = connection.exec_driver_sql(_HOLDER, self._key).scalars().all()
                ids = [int(name.removeprefix(_APPLICATION)) for name in names if name.startswith(_APPLICATION)]
                if not ids or self._database.computer_id in ids:
                    return None
                return connection.execute(select(computers.c.name).where(computers.c.id == ids[0])).scalar()
        except CatalogAwayError:
            return None
