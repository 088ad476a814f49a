"""Opening a catalog file: create it, upgrade it with a backup before, or refuse it with a clear word.

Alembic takes 0.9 s to import, so the revision is read with plain `sqlite3` and Alembic is loaded only when the
file is behind. An empty file gets in one go what the revisions make of it step by step: `tests/storage/test_schema.py`
compares the two object by object, so that there is one schema, the one that the revisions make.
"""

import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, create_engine, insert

from retrovue.core.domain.computers import Computer
from retrovue.core.domain.errors import CorruptError, SchemaTooNewError
from retrovue.core.i18n import _
from retrovue.core.storage import backup
from retrovue.core.storage.catalog import search
from retrovue.core.storage.computers import introduce
from retrovue.core.storage.database import BUSY_TIMEOUT_S, Database, SqliteDatabase, translated_errors
from retrovue.core.storage.listing.settling import settle
from retrovue.core.storage.revisions import HEAD, REVISIONS, VERSION_TABLE
from retrovue.core.storage.tables import metadata, profile


def revision_of(path: Path) -> str | None:
    """The schema revision of a catalog file, None for a file without tables or no file.

    Raises:
        CorruptError: the file is no database, or one without our version table.
    """
    if not path.exists() or path.stat().st_size == 0:
        return None
    with translated_errors(path), closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")}
        if not tables:
            return None
        if VERSION_TABLE not in tables:
            raise CorruptError(
                _("{path} is not a RetroVue catalog.").format(path=path),
                hint=_("Move this file out of the data folder, or choose another folder."),
                command_hint=_(
                    "Choose another data folder with --data-dir, restore a backup with “retrovue db restore”, "
                    "or start with an empty catalog with “retrovue db new”. This file is kept."
                ),
            )
        row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()
    return None if row is None else str(row[0])


def open_catalog(
    path: Path,
    *,
    now: Callable[[], int],
    computer: Computer | None = None,
    tell: Callable[[str], None] = lambda _words: None,
) -> Database:
    """The open catalog at `path`, created or upgraded as needed (a backup is made before an upgrade).

    Args:
        computer: whose rules, disks and checks are read and written; None: the first computer of the catalog.
        tell: called with what an upgrade does now: with a million plays it takes minutes.

    Raises:
        SchemaTooNewError: a newer RetroVue wrote it; nothing is touched.
        StorageError: it cannot be opened, with the remedy.
    """
    revision = revision_of(path)
    if revision is not None and revision not in REVISIONS:
        raise SchemaTooNewError(
            _("This catalog was written by a newer version of RetroVue (schema {revision}).").format(revision=revision),
            hint=_("Update RetroVue, or restore a backup made by this version."),
        )
    if revision is not None and revision != HEAD:
        _upgrade(path, revision, now(), tell)
    database = SqliteDatabase(path, before_commit=settle)
    if revision is None:
        _create(database, now())
    elif revision != HEAD:
        tell(_("Upgrading the catalog: the lists of the history are made…"))
        words = _("Upgrading the catalog: the lists of the history are made ({percent} %)…")
        with database.write() as connection:
            # What an upgrade leaves to `before_commit` is done before anybody reads.
            settle(connection, told=lambda percent: tell(words.format(percent=percent)))
    try:
        introduce(database, computer, now=now())
    except BaseException:
        database.close()
        raise
    return database


def _upgrade(path: Path, revision: str, now: int, tell: Callable[[str], None]) -> None:
    from retrovue.core.storage.upgrade import upgrade

    tell(_("Upgrading the catalog: a backup is made…"))
    backup.make_backup(path, backup.backup_dir(path), now=now, reason="before-upgrade")
    total = len(REVISIONS) - 1 - REVISIONS.index(revision)
    steps = iter(range(1, total + 1))

    def next_step() -> None:
        step = next(steps, None)
        if step is not None:
            tell(_("Upgrading the catalog: step {n} of {total}…").format(n=step, total=total))

    next_step()
    upgrade(path, applied=next_step)


def _create(database: Database, now: int) -> None:
    with database.write() as connection:
        # Two programs may start at once on a fresh directory: the second finds the work done.
        if connection.dialect.has_table(connection, VERSION_TABLE):
            return
        create_tables(connection)
        connection.exec_driver_sql(
            f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL, "
            f"CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
        )
        connection.exec_driver_sql(f"INSERT INTO {VERSION_TABLE} (version_num) VALUES (?)", (HEAD,))
        connection.execute(insert(profile).values(id=uuid.uuid4().hex, created_at=now))


def create_tables(connection: Connection) -> None:
    """Every table of the newest schema in an empty file, the full-text index included."""
    for statement in _statements():
        connection.exec_driver_sql(statement)
    search.create_index(connection)


@cache
def _statements() -> tuple[str, ...]:
    """What `create_all` makes, as SQLite keeps it: composing takes longer than running, and never changes."""
    engine = create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            metadata.create_all(connection)
            # Tables that SQLite keeps for itself have reserved names, and indexes of constraints no text.
            own = "sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            made = connection.exec_driver_sql(f"SELECT sql FROM sqlite_master WHERE {own} ORDER BY rowid")
            return tuple(made.scalars())
    finally:
        engine.dispose()
