"""Opening a catalog on a PostgreSQL server: create it, upgrade it, or refuse it with a clear word."""

import uuid
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, insert

from retrovue.core.domain.computers import Computer
from retrovue.core.domain.errors import ConfigError, LockedError
from retrovue.core.i18n import _
from retrovue.core.storage.catalog import search
from retrovue.core.storage.computers import introduce
from retrovue.core.storage.listing.settling import settle
from retrovue.core.storage.postgres.address import PostgresAddress
from retrovue.core.storage.postgres.connection import require_server
from retrovue.core.storage.postgres.database import PostgresDatabase
from retrovue.core.storage.postgres.dumps import dump_program, make_dump
from retrovue.core.storage.postgres.inspection import ServerFacts, sign_in
from retrovue.core.storage.postgres.triggers import create_triggers
from retrovue.core.storage.postgres.versions import require_known
from retrovue.core.storage.revisions import HEAD, VERSION_TABLE
from retrovue.core.storage.tables import metadata, profile

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def open_postgres(
    address: PostgresAddress,
    *,
    now: Callable[[], int],
    computer: Computer | None = None,
    tell: Callable[[str], None] = lambda _words: None,
    password: Callable[[], str | None] = lambda: None,
    backups: Path | None = None,
) -> PostgresDatabase:
    """The open catalog of a database, made where that is empty, upgraded where it is older. See `schema.open_catalog`.

    Args:
        password: asked where the server wants one and libpq has found none.
        backups: the folder where a backup is made before an upgrade, where this computer has `pg_dump`.

    Raises:
        CatalogPasswordError: the server wants a password, or another one.
        ConfigError: the database has tables of something else.
        SchemaTooNewError: a newer RetroVue wrote it; nothing is touched.
        StorageError: it cannot be opened, with the remedy.
    """
    address, facts = sign_in(address, password)
    require_usable(facts, address)
    database = PostgresDatabase(address, before_commit=settle)
    try:
        if facts.revision is None:
            _create(database, now())
        elif facts.revision != HEAD:
            if backups is not None and dump_program() is not None:
                tell(_("Upgrading the catalog: a backup is made…"))
                make_dump(address, backups, server_version=facts.version, now=now(), reason="before-upgrade")
            _upgrade_alone(database, tell)
        introduce(database, computer, now=now())
        database.expect_revision()
    except BaseException:
        database.close()
        raise
    return database


def require_usable(facts: ServerFacts, address: PostgresAddress) -> None:
    """Refuse a database that the program cannot work on.

    Raises:
        ConfigError: it has tables, and none of them is ours.
        SchemaTooNewError: a newer RetroVue wrote it.
        StorageError: the server is too old, or the database has another encoding.
    """
    require_server(facts.version, facts.encoding)
    if facts.revision is None and facts.table is not None:
        raise ConfigError(
            _("{address} is not empty: it has the table “{table}”.").format(address=address.shown(), table=facts.table),
            hint=_("Choose an empty database. Nothing was changed."),
        )
    if facts.revision is not None:
        require_known(facts.revision)


def _create(database: PostgresDatabase, now: int) -> None:
    with database.write() as connection:
        # Two computers may meet in a new database: the second finds the work done.
        if connection.dialect.has_table(connection, VERSION_TABLE):
            return
        create_tables(connection)
        create_triggers(connection)
        search.create_index(connection)
        connection.execute(insert(profile).values(id=uuid.uuid4().hex, created_at=now))


def create_tables(connection: Connection) -> None:
    """Every table of the newest schema in an empty database, and the version. Without triggers: rows may come first."""
    _share_conditions()
    metadata.create_all(connection, checkfirst=False)
    connection.exec_driver_sql(
        f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL, "
        f"CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
    )
    connection.exec_driver_sql(f"INSERT INTO {VERSION_TABLE} (version_num) VALUES (%s)", (HEAD,))


def _upgrade_alone(database: PostgresDatabase, tell: Callable[[str], None]) -> None:
    try:
        upgrade_postgres(database, tell)
    except LockedError as error:
        raise LockedError(
            _("The catalog has to be upgraded, and another computer is writing to it or is upgrading it."),
            hint=_("Wait until it has finished, then try again."),
            detail=error.detail,
        ) from error


def _share_conditions() -> None:
    """Partial indexes are the same here: named with the tables, each would load this dialect at every start."""
    for table in metadata.tables.values():
        for index in table.indexes:
            condition = index.dialect_options["sqlite"]["where"]
            if condition is not None:
                index.dialect_options["postgresql"]["where"] = condition


def upgrade_postgres(
    database: PostgresDatabase,
    tell: Callable[[str], None],
    *,
    head: str = HEAD,
    scripts: Path = MIGRATIONS,
) -> None:
    """Bring the catalog to the newest schema, in one transaction under the lock of whoever writes.

    Alembic takes a second to import, so it is loaded here.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    # `%` begins a substitution in Alembic's options.
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    with database.write() as connection:
        found = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar_one()
        if found == head:
            # Another computer was first.
            return
        tell(_("Upgrading the catalog…"))
        # An index of a large table takes longer than a statement may.
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        config.attributes["connection"] = connection
        command.upgrade(config, head)
        _order_by_bytes(connection)
        create_triggers(connection)


def _order_by_bytes(connection: Connection) -> None:
    """Have texts that a revision made sorted by their bytes, as all others are: revisions know no collations."""
    found = connection.exec_driver_sql(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() "
        "AND data_type = 'text' AND collation_name IS NULL"
    ).all()
    for table, column in found:
        if table in metadata.tables:
            connection.exec_driver_sql(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE text COLLATE "C"')
