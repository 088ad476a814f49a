"""Opening a catalog on a PostgreSQL server: create it, or refuse it with a clear word."""

import uuid
from collections.abc import Callable

from sqlalchemy import Connection, insert, inspect

from retrovue.core.domain.computers import Computer
from retrovue.core.domain.errors import ConfigError, SchemaTooNewError, StorageError
from retrovue.core.i18n import _
from retrovue.core.storage.catalog import search
from retrovue.core.storage.computers import introduce
from retrovue.core.storage.listing.settling import settle
from retrovue.core.storage.postgres.address import PostgresAddress
from retrovue.core.storage.postgres.database import PostgresDatabase
from retrovue.core.storage.postgres.triggers import create_triggers
from retrovue.core.storage.revisions import HEAD, REVISIONS, VERSION_TABLE
from retrovue.core.storage.tables import metadata, profile


def open_postgres(
    address: PostgresAddress,
    *,
    now: Callable[[], int],
    computer: Computer | None = None,
    tell: Callable[[str], None] = lambda _words: None,
) -> PostgresDatabase:
    """The open catalog of a database, made where that is empty. See `schema.open_catalog`.

    Raises:
        ConfigError: the database has tables of something else.
        SchemaTooNewError: a newer RetroVue wrote it; nothing is touched.
        StorageError: it cannot be opened, with the remedy.
    """
    database = PostgresDatabase(address, before_commit=settle)
    try:
        with database.read() as connection:
            revision = revision_of(connection, address)
        _require_known(revision)
        if revision is None:
            _create(database, now())
        introduce(database, computer, now=now())
    except BaseException:
        database.close()
        raise
    return database


def revision_of(connection: Connection, address: PostgresAddress) -> str | None:
    """The schema revision of a database, None for an empty one.

    Raises:
        ConfigError: it has tables, and none of them is ours.
    """
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if VERSION_TABLE not in tables:
        raise ConfigError(
            _("{address} is not empty: it has the table “{table}”.").format(address=address.shown(), table=min(tables)),
            hint=_("Choose an empty database. Nothing was changed."),
        )
    return str(connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar_one())


def _require_known(revision: str | None) -> None:
    if revision is None or revision == HEAD:
        return
    if revision in REVISIONS:
        raise StorageError(
            _("This catalog was written by an older version of RetroVue (schema {revision}).").format(
                revision=revision
            ),
            hint=_("Copy it with that version, then open the copy with this one."),
        )
    raise SchemaTooNewError(
        _("This catalog was written by a newer version of RetroVue (schema {revision}).").format(revision=revision),
        hint=_("Update RetroVue, or choose another database."),
    )


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


def _share_conditions() -> None:
    """Partial indexes are the same here: named with the tables, each would load this dialect at every start."""
    for table in metadata.tables.values():
        for index in table.indexes:
            condition = index.dialect_options["sqlite"]["where"]
            if condition is not None:
                index.dialect_options["postgresql"]["where"] = condition
