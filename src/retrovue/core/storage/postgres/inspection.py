"""What a PostgreSQL server is like, before a catalog is opened or made there."""

from collections.abc import Callable
from dataclasses import dataclass

from retrovue.core.domain.errors import CatalogPasswordError
from retrovue.core.storage.postgres.address import PostgresAddress, driver
from retrovue.core.storage.postgres.errors import in_our_words
from retrovue.core.storage.postgres.opening import open_connection
from retrovue.core.storage.revisions import VERSION_TABLE

DEADLINE_S = 20.0


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a database told of itself.

    Attributes:
        version: as the server numbers it: 150004 is 15.4.
        table: any table that is there, None in an empty database.
        revision: of the catalog in it, None without one.
    """

    version: int
    encoding: str
    user: str
    may_create: bool
    table: str | None
    revision: str | None
    size_bytes: int


def sign_in(address: PostgresAddress, password: Callable[[], str | None]) -> tuple[PostgresAddress, ServerFacts]:
    """Connect as everything that opens a catalog does, and ask; returns the address with the password it needs.

    What libpq finds by itself comes first, PGPASSWORD before `.pgpass`: somebody set it for this computer, and can
    change it without us. Where that is missing or wrong, `password` is asked, which is the keyring.

    Raises:
        CatalogAwayError, CatalogPasswordError, StorageError: it cannot be reached, or refuses.
        SecretError: the keyring is locked or refused.
    """
    try:
        return address, inspect_server(address)
    except CatalogPasswordError:
        own = address.with_password(password())
        if own.password is None:
            raise
        return own, inspect_server(own)


def inspect_server(address: PostgresAddress) -> ServerFacts:
    """Connect, and ask.

    Raises:
        CatalogAwayError, CatalogPasswordError, StorageError: it cannot be reached, or refuses.
    """
    psycopg = driver()
    try:
        connection = open_connection(address, deadline_s=DEADLINE_S)
    except psycopg.Error as error:
        raise in_our_words(error, address, is_connected=False) from error
    try:
        row = connection.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), current_user, "
            "coalesce(has_schema_privilege(current_schema(), 'CREATE'), false), "
            "(SELECT min(tablename::text) FROM pg_tables WHERE schemaname = current_schema()), "
            "to_regclass(%s) IS NOT NULL, pg_database_size(current_database())",
            (VERSION_TABLE,),
        ).fetchone()
        version, encoding, user, may_create, table, has_version, size = row
        found = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone() if has_version else None
    except psycopg.Error as error:
        raise in_our_words(error, address) from error
    finally:
        connection.close()
    revision = None if found is None else str(found[0])
    return ServerFacts(version, encoding, user, may_create, table, revision, size)
