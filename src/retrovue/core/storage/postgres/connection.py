"""A long transaction on a PostgreSQL server that can be cancelled, for copies of a catalog."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from retrovue.core.domain.errors import Cancelled, RetroVueError, StorageError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.storage.postgres.address import PostgresAddress, driver
from retrovue.core.storage.postgres.errors import in_our_words
from retrovue.core.storage.postgres.opening import open_connection

STALL_S = 120.0
"""A server that moves nothing for so long has hung. Indexes of a large catalog are made without a sign of life."""
OLDEST = 130000
"""PostgreSQL 13, as the server numbers it."""
CATALOG_LOCK = 0x52657472
"""The advisory lock of whoever writes to the catalog, makes it or copies it: any number of ours."""


class Link:
    """An open transaction on a PostgreSQL server. Thread: the one that opened it.

    Attributes:
        connection: for statements of SQLAlchemy.
        raw: the same connection as psycopg has it, for COPY.
    """

    def __init__(self, connection: Connection, token: CancelToken, stall_s: float) -> None:
        self.connection = connection
        self.raw: Any = connection.connection.dbapi_connection
        self.stalled = False
        self._token = token
        self._stall_s = stall_s
        self._moved_at = time.monotonic()
        self._done = threading.Event()

    def moved(self) -> None:
        """Something arrived or was accepted: the server is alive."""
        self._moved_at = time.monotonic()
        self._token.raise_if_cancelled()

    def one(self, sql: str, *values: object) -> Any:
        """The first row of a query, None without one."""
        row = self.raw.execute(sql, values or None).fetchone()
        self.moved()
        return row

    @contextmanager
    def watched(self) -> Iterator[None]:
        """End every blocking call when the token is cancelled or the server hangs."""
        forget = self._token.on_cancel(self._cut)
        watch = threading.Thread(target=self._watch, name="postgres-watch", daemon=True)
        watch.start()
        try:
            yield
        finally:
            self._done.set()
            forget()
            watch.join()

    def _watch(self) -> None:
        while not self._done.wait(min(1.0, self._stall_s / 4)):
            if time.monotonic() - self._moved_at > self._stall_s:
                self.stalled = True
                self._cut()
                return

    def _cut(self) -> None:
        """Shut the socket down, which wakes a thread that waits for it; closing it would not."""
        with (
            suppress(OSError, driver().Error),
            socket.fromfd(self.raw.fileno(), socket.AF_INET, socket.SOCK_STREAM) as line,
        ):
            line.shutdown(socket.SHUT_RDWR)


@contextmanager
def connected(
    address: PostgresAddress, token: CancelToken, *, stall_s: float = STALL_S, is_snapshot: bool = False
) -> Iterator[Link]:
    """A transaction on the server: committed at the end, rolled back on any error.

    Args:
        is_snapshot: everything read is of one instant, and nothing is written.

    Raises:
        Cancelled: the token was cancelled.
        StorageError: the server cannot be reached, refuses, is too old, hangs or fails; with the remedy.
    """
    psycopg = driver()
    token.raise_if_cancelled()
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: open_connection(address, is_snapshot=is_snapshot), poolclass=NullPool
    )
    link: Link | None = None
    try:
        with engine.connect() as connection:
            link = Link(connection, token, stall_s)
            with link.watched():
                _inspect(link)
                yield link
                link.moved()
                connection.commit()
    except RetroVueError:
        raise
    except (DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        if token.cancelled:
            raise Cancelled() from error
        raise in_our_words(
            cause,
            address,
            is_connected=link is not None,
            is_stalled=link is not None and link.stalled,
            after=_("Nothing was copied."),
        ) from error
    finally:
        engine.dispose()


def require_server(number: int, encoding: str) -> None:
    """Refuse a server or a database that cannot have a catalog.

    Raises:
        StorageError: it is too old, or has another encoding.
    """
    if number < OLDEST:
        raise StorageError(
            _("This server runs PostgreSQL {version}, which is too old.").format(version=number // 10000),
            hint=_("Update it to PostgreSQL 13 or newer."),
        )
    if encoding != "UTF8":
        raise StorageError(
            _("The database has the encoding {encoding}, which cannot store all titles.").format(encoding=encoding),
            hint=_("Create a database with the encoding UTF8."),
            command_hint=_("Create one with “createdb --encoding=UTF8 --template=template0 NAME”."),
        )


def _inspect(link: Link) -> None:
    require_server(*link.one("SELECT current_setting('server_version_num')::int, current_setting('server_encoding')"))
    # Waiting for a lock of another program is no sign of life either.
    link.one("SELECT set_config('lock_timeout', '30s', true)")
