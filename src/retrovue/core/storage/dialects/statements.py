"""Statements by hand that run on every engine: written with `?`, as sqlite3 has it."""

from functools import lru_cache

from sqlalchemy import Connection


def marks(connection: Connection, sql: str) -> str:
    """Return a statement with the marks of the connection's driver.

    On PostgreSQL each `?` outside of quotes becomes `%s`, and each `%` is doubled, as psycopg wants it of every
    statement that is run with values; with `exec_driver_sql` those are all.
    """
    return sql if connection.dialect.name == "sqlite" else _psycopg_marks(sql)


@lru_cache(maxsize=512)
def _psycopg_marks(sql: str) -> str:
    parts = sql.replace("%", "%%").split("'")
    # Every other part is within quotes, also where a quote is doubled.
    parts[::2] = [part.replace("?", "%s") for part in parts[::2]]
    return "'".join(parts)
