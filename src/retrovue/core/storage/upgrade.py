"""Running migrations. Imported only when a catalog is behind: Alembic takes long to load.

SQLite changes a table by making it anew (Alembic's batch mode): under `foreign_keys=ON` that deletes the children of
the table, and it drops the table's triggers and the number that its ids have reached. So migrations run with foreign
keys off and without triggers, in one explicit transaction; triggers and numbers are put back, and the outcome is
checked before it is committed: no dangling reference, no table with fewer rows, none that would give out ids twice.
"""

import sqlite3
from collections.abc import Callable, Container
from pathlib import Path
from typing import cast

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from retrovue.core.domain.errors import StorageError
from retrovue.core.i18n import _
from retrovue.core.storage.database import catalog_url, translated_errors
from retrovue.core.storage.revisions import VERSION_TABLE

MIGRATIONS = Path(__file__).parent / "migrations"
_MADE_AGAIN = frozenset("summed_months listed_changes listed_plays listed_sittings listed_works listed_ways".split())
"""What is made of the plays: a migration that makes it otherwise empties it, and the program makes it again."""
_RETIRED = {"movies_watch_inserted": "0019", "episodes_watch_inserted": "0019"}
"""Triggers that were given up, and the revision that goes without: it does not see them, so it cannot drop them."""


def upgrade(
    path: Path, *, target: str = "head", scripts: Path = MIGRATIONS, applied: Callable[[], None] = lambda: None
) -> None:
    """Bring the catalog at `path` to `target`; on any failure the file stays as it was.

    Args:
        applied: called after each revision.

    Raises:
        StorageError: a migration failed, left dangling references or lost rows; nothing was changed.
    """
    engine = create_engine(catalog_url(path), poolclass=NullPool)
    config = Config()
    # `%` begins a substitution in Alembic's options.
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    try:
        with translated_errors(path), engine.connect() as connection:
            # Off, so that BEGIN, COMMIT and ROLLBACK are ours and cover the schema's changes, too.
            cast(sqlite3.Connection, connection.connection.dbapi_connection).isolation_level = None
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                config.attributes["connection"] = connection
                config.attributes["applied"] = lambda **_facts: applied()
                _migrate(connection, config, target)
            except BaseException:
                connection.rollback()
                raise
            connection.commit()
    finally:
        engine.dispose()


def _migrate(connection: Connection, config: Config, target: str) -> None:
    before = _row_counts(connection)
    triggers, sequences = _triggers(connection), _sequences(connection)
    for name in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    command.upgrade(config, target)
    after = _row_counts(connection)
    made = _triggers(connection)
    reached = str(connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar_one())
    for name, (table, sql) in triggers.items():
        # One that the migration made anew, or whose table it dropped, is its own business.
        if name not in made and table in after and not (name in _RETIRED and _RETIRED[name] <= reached):
            connection.exec_driver_sql(sql)
    _restore_sequences(connection, sequences, after)
    kept = before.keys() - _MADE_AGAIN
    lost = {name: (before[name], after[name]) for name in kept if after.get(name, before[name]) < before[name]}
    if lost:
        _refuse(_("The catalog could not be upgraded: some rows would have been lost."), f"rows: {lost}")
    dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if dangling:
        _refuse(
            _("The catalog could not be upgraded: some references would have been lost."),
            f"foreign_key_check: {dangling[:5]}",
        )


def _sequences(connection: Connection) -> dict[str, int]:
    """The last id that was given out, by table; with AUTOINCREMENT it is never given out again."""
    if not connection.dialect.has_table(connection, "sqlite_sequence"):
        return {}
    rows = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")
    return {row[0]: row[1] for row in rows}


def _restore_sequences(connection: Connection, sequences: dict[str, int], tables: Container[str]) -> None:
    counted = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'")
    counting = set(counted.scalars())
    plain = [name for name in sequences if name in tables and name not in counting]
    if plain:
        # Alembic does not see AUTOINCREMENT: `batch_alter_table(…, table_kwargs={"sqlite_autoincrement": True})`.
        _refuse(_("The catalog could not be upgraded: some IDs would have been used twice."), f"tables: {plain}")
    reached = _sequences(connection)
    for name, last in sequences.items():
        if name in counting:
            connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
            connection.exec_driver_sql(
                "INSERT INTO sqlite_sequence VALUES (?, ?)", (name, max(last, reached.get(name, 0)))
            )


def _refuse(text: str, detail: str) -> None:
    raise StorageError(text, hint=_("Nothing was changed. Report this and attach the log."), detail=detail)


def _row_counts(connection: Connection) -> dict[str, int]:
    """The rows of each table. The tables of the full-text index are its own."""
    names = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' "
        "AND name NOT LIKE 'sqlite~_%' ESCAPE '~' AND name NOT LIKE 'search~_fts~_%' ESCAPE '~' "
        "AND name <> 'alembic_version'"
    )
    return {
        name: connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one()
        for name in names.scalars().all()
    }


def _triggers(connection: Connection) -> dict[str, tuple[str, str]]:
    """name → (table, statement) of each trigger."""
    rows = connection.exec_driver_sql("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
    return {row[0]: (row[1], row[2]) for row in rows}
