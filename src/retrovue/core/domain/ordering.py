"""Rows in the order of any of their values, and where one more would stand among them. Pure."""

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Key = tuple[int, float, str]
"""What a value is compared by: what is not known comes before numbers, and numbers before texts."""


def key_of(value: object) -> Key:
    """Return the key of a value; texts compare without letter case."""
    if value is None or value == "":
        return 0, 0.0, ""
    if isinstance(value, int | float):
        return 1, float(value), ""
    return 2, 0.0, str(value).casefold()


@dataclass(frozen=True, slots=True)
class _Ranks:
    """The different keys of a column, rising."""

    keys: list[Key]
    is_falling: bool

    def of(self, key: Key) -> float:
        """The rank of a key; between two whole numbers where no row has it."""
        at = bisect_left(self.keys, key)
        rank: float = at
        if at == len(self.keys) or self.keys[at] != key:
            rank = at - 0.5
        return len(self.keys) - 1 - rank if self.is_falling else rank


@dataclass(frozen=True, slots=True)
class OrderedRows:
    """Rows by one or several columns; equal ones stay as they came."""

    ids: "array[int]"
    _columns: tuple[_Ranks, ...]
    _ranks: Sequence[Any]
    """The rank of each row, in the order of `ids`: a number, or one a column."""

    def place(self, keys: Sequence[Key]) -> tuple[Any, int]:
        """Return what a row with these keys compares by, and how many rows stand before it: before its equals."""
        ranks = tuple(column.of(key) for column, key in zip(self._columns, keys, strict=True))
        rank = ranks if len(ranks) > 1 else ranks[0]
        return rank, bisect_left(self._ranks, rank)


def ordered(
    ids: Sequence[int],
    columns: Sequence[Sequence[Any]],
    meant: Sequence[Mapping[Any, Any] | None],
    falling: Sequence[bool],
) -> OrderedRows:
    """Sort rows by their values, the first column first.

    Args:
        columns: one value a row each.
        meant: of each column, what to compare in place of its values; None where they are compared themselves.
        falling: which columns go from the greatest to the least.
    """
    known: list[_Ranks] = []
    dealt: list[Sequence[int]] = []
    for values, mapping, is_falling in zip(columns, meant, falling, strict=True):
        keys = {value: key_of(value if mapping is None else mapping[value]) for value in set(values)}
        ranks = sorted(set(keys.values()))
        known.append(_Ranks(ranks, is_falling))
        numbers = {key: n for n, key in enumerate(reversed(ranks) if is_falling else ranks)}
        of = {value: numbers[key] for value, key in keys.items()}
        dealt.append(array("q", map(of.__getitem__, values)))
    by: Sequence[Any] = list(zip(*dealt, strict=True)) if len(dealt) > 1 else dealt[0]
    order = sorted(range(len(ids)), key=by.__getitem__)
    return OrderedRows(array("q", map(ids.__getitem__, order)), tuple(known), [by[n] for n in order])
