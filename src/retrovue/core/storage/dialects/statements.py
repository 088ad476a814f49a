"""Statements by hand that run on every engine: written with `?`, as sqlite3 has it.

They may have three things more that are SQLite's own: hints (`INDEXED BY`, and `CROSS JOIN … ON` for the order of
tables), and `IS` between two columns, which is `IS NOT DISTINCT FROM` elsewhere and in SQLite 3.39.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection


def marks(connection: Connection, sql: str) -> str:
    """Return a statement with the marks of the connection's driver.

    On PostgreSQL each `?` outside of quotes becomes `%s`, and each `%` is doubled, as psycopg wants it of every
    statement that is run with values; with `exec_driver_sql` those are all.
    """
    return sql if connection.dialect.name == "sqlite" else _psycopg_marks(sql)


@lru_cache(maxsize=512)
def in_postgres(sql: str) -> str:
    """Return a statement as PostgreSQL and psycopg want it; one that psycopg could read already stays as it is."""
    for pattern, words in _OWN_WORDS:
        sql = pattern.sub(words, sql)
    return sql if "%s" in sql or "%%" in sql else _psycopg_marks(sql)


_OWN_WORDS = (
    (re.compile(r" INDEXED BY \w+"), ""),
    (re.compile(r"\bCROSS JOIN(?= \w+( \w+)? ON\b)"), "JOIN"),
    (re.compile(r"\bIS(?= [a-z_]+\.)"), "IS NOT DISTINCT FROM"),
)


@lru_cache(maxsize=512)
def _psycopg_marks(sql: str) -> str:
    parts = sql.replace("%", "%%").split("'")
    # Every other part is within quotes, also where a quote is doubled.
    parts[::2] = [part.replace("?", "%s") for part in parts[::2]]
    return "'".join(parts)


def without_zeros(values: Any) -> Any:
    """Return the values of a statement, one row or many, as PostgreSQL can take them: U+FFFD for the character 0.

    What is stored has no such character either, so that a search for it finds the same on every engine.
    """
    if isinstance(values, dict):
        return {name: _without_zero(value) for name, value in values.items()} if _has_zero(values.values()) else values
    if not isinstance(values, list):
        return tuple(map(_without_zero, values)) if values and _has_zero(values) else values
    return [without_zeros(row) for row in values] if values and isinstance(values[0], dict | tuple) else values


def _has_zero(values: Iterable[Any]) -> bool:
    return any(isinstance(value, str) and "\0" in value for value in values)


def _without_zero(value: Any) -> Any:
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value
