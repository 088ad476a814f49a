"""Sums of a long list for each of many spans of a number, such as its days."""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, Integer, Text, column, func, literal, select


def sums_between(
    connection: Connection,
    by: ColumnElement[int],
    bounds: Sequence[int],
    sums: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
) -> list[tuple[Any, ...]]:
    """The number of each span, from 0 on, and its sums. Spans with nothing in them may be left out.

    Args:
        by: the number; an index has it.
        bounds: where each span begins, in order, and where the last one ends.
    """
    read = _of_postgres if connection.dialect.name == "postgresql" else _of_sqlite
    return read(connection, by, bounds, sums, conditions)


def _of_sqlite(
    connection: Connection,
    by: ColumnElement[int],
    bounds: Sequence[int],
    sums: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
) -> list[tuple[Any, ...]]:
    """Span after span from the index: grouped by an expression, all rows would be sorted first."""
    spans = func.json_each(json.dumps(list(pairwise(bounds))))
    span = spans.table_valued(column("key", Integer), column("value", Text)).alias("spans")
    begins, ends = (func.json_extract(span.c.value, f"$[{n}]") for n in (0, 1))
    found = select(func.json_array(*sums)).where(by >= begins, by < ends, *conditions).correlate(span).scalar_subquery()
    return [(number, *json.loads(text)) for number, text in connection.execute(select(span.c.key, found))]


def _of_postgres(
    connection: Connection,
    by: ColumnElement[int],
    bounds: Sequence[int],
    sums: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
) -> list[tuple[Any, ...]]:
    """One pass, in which each row looks for its span."""
    number = func.width_bucket(by, literal(list(bounds), ARRAY(BigInteger))) - 1
    query = select(number.label("number"), *sums).where(by >= bounds[0], by < bounds[-1], *conditions)
    return [tuple(row) for row in connection.execute(query.group_by("number"))]
