"""A dry run: the same sync against a copy of the catalog that is thrown away.

Whatever a real run would find again, hold back or remove is decided by the very same code, so that a dry run cannot
promise something else. The copy always is a file on this computer: a catalog on a server is fetched, and nothing is
written there.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.sources.base import MediaSource
from retrovue.core.storage.computers import own_computer
from retrovue.core.storage.database import Database, SqliteDatabase, translated_errors
from retrovue.core.system.settings import Settings

_PAGES_AT_A_TIME = 2000


class Rehearsal(Host):
    """A host whose catalog is a copy; everything else is the real one's."""

    def __init__(self, host: Host, database: Database) -> None:
        self._host = host
        self._database = database
        self.clock = host.clock

    @property
    def database(self) -> Database:
        """The copy."""
        return self._database

    @property
    def settings(self) -> Settings:
        """The settings as of now."""
        return self._host.settings

    def open_source(self, server: Server, token: CancelToken | None = None, *, may_move: bool = False) -> MediaSource:
        """A connection to a stored server, with its secret.

        Raises:
            SecretError: there is no token for it (or the keyring is locked).
        """
        return self._host.open_source(server, token, may_move=may_move)

    def library_lock(self, library_id: int, token: CancelToken) -> AbstractContextManager[None]:
        """Nobody else uses the copy."""
        return nullcontext()


@contextmanager
def rehearse(host: Host, token: CancelToken) -> Iterator[Rehearsal]:
    """A host with a copy of the catalog in a temporary directory, deleted at the end.

    Raises:
        Cancelled: while copying.
        StorageError: the catalog cannot be read, or there is no room for the copy.
    """
    with TemporaryDirectory(prefix="retrovue-dry-run-", ignore_cleanup_errors=True) as directory:
        path = Path(directory) / "catalog.db"
        if isinstance(host.database, SqliteDatabase):
            _copy(host.database.path, path, token)
        else:
            _fetch(host.database, path, token, now=host.clock.epoch())
        database = SqliteDatabase(path, computer_id=host.database.computer_id)
        try:
            yield Rehearsal(host, database)
        finally:
            database.close()


def _copy(source: Path, target: Path, token: CancelToken) -> None:
    def watch(_status: int, _left: int, _total: int) -> None:
        token.raise_if_cancelled()

    with (
        translated_errors(target),
        closing(sqlite3.connect(source, timeout=10)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        original.backup(copy, pages=_PAGES_AT_A_TIME, progress=watch, sleep=0.01)


def _fetch(catalog: Database, path: Path, token: CancelToken, *, now: int) -> None:
    """Copy a catalog on a server to a new file. Its rows keep their ids, those of computers too."""
    from retrovue.core.storage.postgres.copying import copy_from_postgres
    from retrovue.core.storage.postgres.database import PostgresDatabase
    from retrovue.core.storage.schema import open_catalog

    assert isinstance(catalog, PostgresDatabase), "there are two engines"
    with closing(open_catalog(path, now=lambda: now)) as copy:
        copy_from_postgres(catalog.address, copy, computer=own_computer(catalog), now=now, token=token)
