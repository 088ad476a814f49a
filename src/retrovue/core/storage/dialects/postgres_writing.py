"""Writing to PostgreSQL: COPY, sequences, and trigrams."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_TRIGRAMS = "CREATE INDEX ix_search_text_trigrams ON search_text USING gin (folded gin_trgm_ops)"
_GROWN = (
    "SELECT c.relname, string_agg(a.attname, ', ') FROM pg_class c "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (%s) "
    "WHERE c.oid = ANY (%s::regclass[]) "
    "AND pg_relation_size(c.oid) > 1.2 * c.relpages * current_setting('block_size')::int GROUP BY c.relname"
)
_ONLY_SHOWN = "summary artwork sort_title original_title server_path".split()


class PostgresWriting:
    """See `WriteDialect`. Thread: any."""

    def insert(
        self, connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        """COPY takes a quarter of the time that statements take, pipelined ones too."""
        raw: Any = connection.connection.dbapi_connection
        with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def next_ids(self, connection: Connection, table: str, count: int) -> int:
        """Taken for good, whatever becomes of the transaction: a rollback leaves a gap."""
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        last = connection.exec_driver_sql(f"SELECT setval({sequence}, nextval({sequence}) + {count - 1})").scalar_one()
        return int(last) - count + 1

    def hold(self, connection: Connection, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """The planner is told what is in it: it would take it for a few thousand rows.

        Each column has an index: SQLite makes one of its own where rows are looked up by another than the key.
        """
        first, *others = columns
        types = "".join(f", {column} BIGINT" for column in others)
        connection.exec_driver_sql(f"CREATE TEMP TABLE {name} ({first} BIGINT PRIMARY KEY{types})")
        self.insert(connection, f"pg_temp.{name}", columns, {row[0]: row for row in rows}.values())
        for column in others:
            connection.exec_driver_sql(f"CREATE INDEX ON pg_temp.{name} ({column})")
        connection.exec_driver_sql(f"ANALYZE pg_temp.{name}")

    def let_go(self, connection: Connection, *names: str) -> None:
        """Named with their schema: a table of the catalog is never meant."""
        for name in names:
            connection.exec_driver_sql(f"DROP TABLE pg_temp.{name}")

    def learn(self, connection: Connection, tables: Iterable[str]) -> None:
        """Until the server looks by itself, a minute passes, and it looks never where its administrator has it so.

        Only tables that grew by a fifth, and without long texts that no statement chooses by: they take most of the
        time. Told of some columns, the server still looks at all of them by itself.
        """
        grown = connection.exec_driver_sql(_GROWN, (_ONLY_SHOWN, list(tables))).all()
        if not grown:
            return
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(f"ANALYZE {', '.join(f'{table} ({columns})' for table, columns in grown)}")
        except DBAPIError as error:
            # 55P03: somebody looks or cleans up already, and takes long.
            if getattr(error.orig, "sqlstate", None) != "55P03":
                raise

    def make_index(self, connection: Connection) -> None:
        """Without the extension, or the right to make it, searches read all texts: a few times as long."""
        try:
            with connection.begin_nested():
                connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                connection.exec_driver_sql(_TRIGRAMS)
        except DBAPIError as error:
            # 58P01, 0A000: it is not installed there. 42501: this user may not make it.
            if getattr(error.orig, "sqlstate", None) not in ("58P01", "0A000", "42501"):
                raise

    def index(self, connection: Connection, rows: Sequence[tuple[int, str]]) -> None:
        """The server keeps its index in step."""

    def unindex(self, connection: Connection, rows: Sequence[tuple[int, str]]) -> None:
        """The server keeps its index in step."""
