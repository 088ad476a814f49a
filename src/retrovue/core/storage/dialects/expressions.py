"""Expressions that every engine has, each in its own words: written when a statement meets its engine."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, LargeBinary, Text, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_RANK = 4
"""Bytes."""


class _Condition(FunctionElement[bool]):
    """A comparison that is written out. SQLAlchemy would write "= 1" after it, and no index is used then."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """As it is: it binds more tightly than AND, OR and NOT."""
        return self


class _Among(_Condition):
    """A number, and many of them as the text of a JSON list: one value, for SQLite takes 32,766 of them a statement."""

    name = "among"
    inherit_cache = True


class _Marked(_Condition):
    """A number, and bytes of which those of marked numbers are 1."""

    name = "marked"
    inherit_cache = True


class _Ranked(FunctionElement[bytes]):
    """A number, and bytes of which each number has four: what it is sorted by."""

    name = "ranked"
    type = LargeBinary()
    inherit_cache = True


class _Position(FunctionElement[int]):
    """Where a part begins in a text, from 1 on; 0: nowhere."""

    name = "position_in"
    type = Integer()
    inherit_cache = True


class _Size(_Condition):
    """Whether a text begins with a digit and ends as sizes of pictures do: 1080p, 576i, 4K."""

    name = "is_size"
    inherit_cache = True


class _Digits(FunctionElement[str]):
    """A whole number as text."""

    name = "digits"
    type = Text()
    inherit_cache = True


class _Either(FunctionElement[Any]):
    """A number, or a text where that is NULL: something to tell rows apart by."""

    name = "either"
    inherit_cache = True


def among(column: ColumnElement[Any], ids: Iterable[int]) -> ColumnElement[bool]:
    """Whether a number is one of many."""
    return _Among(column, literal(json.dumps(list(ids)), Text))


def marked(column: ColumnElement[Any], ids: Iterable[int]) -> ColumnElement[bool]:
    """Whether a number is one of many, for a way through a million rows: never by an index, in half of the time.

    Each number has a byte in one value; the engine copies that byte alone, where a list is searched for every row.
    """
    values = list(ids)
    marks = bytearray(max(values, default=0) + 1)
    for each in values:
        marks[each] = 1
    return _Marked(column, literal(bytes(marks), LargeBinary))


def ranked(column: ColumnElement[Any], ranks: Mapping[int, int]) -> ColumnElement[bytes]:
    """What stands for a number where rows are sorted; a number without a rank comes first."""
    packed = bytearray(_RANK * (max(ranks, default=0) + 1))
    for each, rank in ranks.items():
        packed[each * _RANK : (each + 1) * _RANK] = rank.to_bytes(_RANK, "big")
    return _Ranked(column, literal(bytes(packed), LargeBinary))


def position(text: Any, part: str) -> ColumnElement[int]:
    """Where a part begins in a text, from 1 on; 0: nowhere."""
    return _Position(text, literal(part))


def is_size(word: Any) -> ColumnElement[bool]:
    """Whether a word begins with a digit and ends as sizes of pictures do: 1080p, 576i, 4K."""
    return _Size(word)


def digits(number: Any) -> ColumnElement[str]:
    """A whole number as text."""
    return _Digits(number)


def either(number: Any, text: Any) -> ColumnElement[Any]:
    """A number, or a text where that is NULL: something to tell rows apart by, and nothing to show."""
    return _Either(number, text)


def _parts(element: FunctionElement[Any], compiler: SQLCompiler, kw: dict[str, Any]) -> list[str]:
    return [compiler.process(part, **kw) for part in element.clauses]


@compiles(_Among)
def _among(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, ids = _parts(element, compiler, kw)
    return f"{column} IN (SELECT value FROM json_each({ids}))"


@compiles(_Among, "postgresql")
def _among_array(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, ids = _parts(element, compiler, kw)
    return f"{column} = ANY (CAST(translate({ids}, '[]', '{{}}') AS BIGINT[]))"


@compiles(_Either)
def _coalesce(element: _Either, compiler: SQLCompiler, **kw: Any) -> str:
    return f"coalesce({', '.join(_parts(element, compiler, kw))})"


@compiles(_Either, "postgresql")
def _of_one_type(element: _Either, compiler: SQLCompiler, **kw: Any) -> str:
    number, text = _parts(element, compiler, kw)
    return f"coalesce('n' || {number}, 't' || {text})"


@compiles(_Marked)
def _marked(element: _Marked, compiler: SQLCompiler, **kw: Any) -> str:
    column, marks = _parts(element, compiler, kw)
    return f"substr({marks}, {column} + 1, 1) = X'01'"


@compiles(_Marked, "postgresql")
def _marked_bytea(element: _Marked, compiler: SQLCompiler, **kw: Any) -> str:
    column, marks = _parts(element, compiler, kw)
    return f"substr(CAST({marks} AS BYTEA), CAST({column} + 1 AS INTEGER), 1) = '\\x01'"


@compiles(_Ranked)
def _ranked(element: _Ranked, compiler: SQLCompiler, **kw: Any) -> str:
    column, ranks = _parts(element, compiler, kw)
    return f"substr({ranks}, {column} * {_RANK} + 1, {_RANK})"


@compiles(_Ranked, "postgresql")
def _ranked_bytea(element: _Ranked, compiler: SQLCompiler, **kw: Any) -> str:
    column, ranks = _parts(element, compiler, kw)
    return f"substr(CAST({ranks} AS BYTEA), CAST({column} * {_RANK} + 1 AS INTEGER), {_RANK})"


@compiles(_Position)
def _instr(element: _Position, compiler: SQLCompiler, **kw: Any) -> str:
    return f"instr({', '.join(_parts(element, compiler, kw))})"


@compiles(_Position, "postgresql")
def _strpos(element: _Position, compiler: SQLCompiler, **kw: Any) -> str:
    return f"strpos({', '.join(_parts(element, compiler, kw))})"


@compiles(_Size)
def _glob(element: _Size, compiler: SQLCompiler, **kw: Any) -> str:
    (word,) = _parts(element, compiler, kw)
    return f"({word} GLOB '[0-9]*[piKk]')"


@compiles(_Size, "postgresql")
def _pattern(element: _Size, compiler: SQLCompiler, **kw: Any) -> str:
    (word,) = _parts(element, compiler, kw)
    return f"({word} ~ '^[0-9].*[piKk]$')"


@compiles(_Digits)
def _printf(element: _Digits, compiler: SQLCompiler, **kw: Any) -> str:
    (number,) = _parts(element, compiler, kw)
    return f"printf('%d', {number})"


@compiles(_Digits, "postgresql")
def _cast(element: _Digits, compiler: SQLCompiler, **kw: Any) -> str:
    (number,) = _parts(element, compiler, kw)
    return f"CAST({number} AS TEXT)"
