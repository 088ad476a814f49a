"""Running migrations. Imported only when a catalog is behind: Alembic takes long to load.

Alembic's batch mode under `foreign_keys=ON` deletes the children of every table it rebuilds, so migrations run on a
connection with foreign keys off, in one explicit transaction, and are checked before they are committed.
"""

import sqlite3
from pathlib import Path
from typing import cast

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from retrovue.core.domain.errors import StorageError
from retrovue.core.i18n import _
from retrovue.core.storage.database import translated_errors

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(path: Path, *, target: str = "head") -> None:
    """Bring the catalog at `path` to `target`; on any failure the file stays as it was.

    Raises:
        StorageError: a migration failed or left dangling references; nothing was changed.
    """
    # check_same_thread: the file belongs to this function alone.
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    script = ScriptDirectory(str(MIGRATIONS))
    try:
        with translated_errors(path), engine.connect() as connection:
            # Off, so that BEGIN, COMMIT and ROLLBACK are ours and cover the schema's changes, too.
            cast(sqlite3.Connection, connection.connection.dbapi_connection).isolation_level = None
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                _run(connection, script, target)
                _check(connection)
            except BaseException:
                connection.rollback()
                raise
            connection.commit()
    finally:
        engine.dispose()


def _run(connection: Connection, script: ScriptDirectory, target: str) -> None:
    context = MigrationContext.configure(
        connection,
        opts={
            "fn": lambda revision, _context: script._upgrade_revs(target, revision),
            "transactional_ddl": False,
            "render_as_batch": True,
        },
    )
    with Operations.context(context):
        context.run_migrations()


def _check(connection: Connection) -> None:
    dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if dangling:
        raise StorageError(
            _("The catalog could not be upgraded: a table would have lost its references."),
            hint=_("Nothing was changed. Please report this with the log."),
            detail=f"foreign_key_check: {dangling[:5]}",
        )
