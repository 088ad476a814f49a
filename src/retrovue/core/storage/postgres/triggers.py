"""The triggers of the catalog in PostgreSQL, made from what `tables` writes for SQLite: one definition for both.

What differs: a trigger calls a function, and its condition may not ask other tables, so one that does stands in the
function.
"""

import re

from sqlalchemy import Connection

from retrovue.core.storage.tables.triggers import TRIGGERS

_PARTS = re.compile(
    r"(?P<moment>(?P<time>AFTER|BEFORE) .+? ON \w+)(?: WHEN (?P<condition>.+?))? BEGIN (?P<body>.+) END", re.DOTALL
)


def create_triggers(connection: Connection) -> None:
    """Make every trigger anew."""
    for statement in statements():
        # Without values, so that no % means anything.
        connection.connection.cursor().execute(statement)


def statements() -> list[str]:
    """What makes all triggers: for each a function, and the trigger that calls it."""
    return [statement for name, rest in TRIGGERS.items() for statement in _translated(name, rest)]


def _translated(name: str, rest: str) -> tuple[str, ...]:
    found = _PARTS.fullmatch(rest)
    assert found is not None, name
    moment, time, condition, body = found["moment"], found["time"], found["condition"], found["body"]
    when = ""
    if condition is not None:
        # SQLite's IS compares any two values, and PostgreSQL's only with NULL, TRUE and FALSE.
        condition = re.sub(r"\bIS NOT (?=NEW\.)", "IS DISTINCT FROM ", condition)
        if "SELECT" in condition:
            body = f"IF {condition} THEN {body} END IF;"
        else:
            when = f" WHEN ({condition})"
    function = f"retrovue_{name}"
    # What a trigger before a deletion returns decides whether there is one.
    result = "OLD" if time == "BEFORE" else "NULL"
    table = moment.rpartition(" ")[2]
    return (
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$body$ BEGIN {body} RETURN {result}; END $body$",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} {moment} FOR EACH ROW{when} EXECUTE FUNCTION {function}()",
    )
