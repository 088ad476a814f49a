"""Rows in the order of any of their values, and where one more would stand among them. Pure."""

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Key = tuple[int, float, str]
"""What a value is compared by: what is not known comes before numbers, and numbers before texts."""
_DEALT = 8
"""Values of which each has at least so many rows are dealt out."""


def key_of(value: object) -> Key:
    """Return the key of a value; texts compare without letter case."""
    if value is None or value == "":
        return 0, 0.0, ""
    if isinstance(value, int | float):
        return 1, float(value), ""
    return 2, 0.0, str(value).casefold()


@dataclass(frozen=True, slots=True)
class _Ranks:
    """The different values of a column, rising by their keys."""

    values: list[Any]
    is_falling: bool

    def of(self, key: Key) -> float:
        """The rank of a key; between two whole numbers where no row has it."""
        at = bisect_left(self.values, key, key=key_of)
        rank: float = at
        if at == len(self.values) or key_of(self.values[at]) != key:
            rank = at - 0.5
        return len(self.values) - 1 - rank if self.is_falling else rank


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
    ranked = [_rank(*each) for each in zip(columns, meant, falling, strict=True)]
    ranks = tuple(each[0] for each in ranked)
    if len(columns) == 1:
        return _by_one(ids, columns[0], *ranked[0])
    dealt = [array("q", map(of.__getitem__, values)) for (_ranks, of), values in zip(ranked, columns, strict=True)]
    by = list(zip(*dealt, strict=True))
    order = sorted(range(len(ids)), key=by.__getitem__)
    return OrderedRows(array("q", map(ids.__getitem__, order)), ranks, [by[n] for n in order])


def _rank(values: Sequence[Any], mapping: Mapping[Any, Any] | None, is_falling: bool) -> tuple[_Ranks, dict[Any, int]]:
    """The different values, and the rank of each."""
    different = set(values)
    if mapping is None and all(type(value) is int for value in different):
        # As their keys would be, but a million instants need none.
        rising = sorted(different)
        places = {value: n for n, value in enumerate(rising)}
    else:
        keys = {value: key_of(value if mapping is None else mapping[value]) for value in different}
        shown = {key: value for value, key in keys.items()}
        numbers = {key: n for n, key in enumerate(sorted(shown))}
        rising = [shown[key] if mapping is None else mapping[shown[key]] for key in numbers]
        places = {value: numbers[key] for value, key in keys.items()}
    if is_falling:
        places = {value: len(rising) - 1 - place for value, place in places.items()}
    return _Ranks(rising, is_falling), places


def _by_one(ids: Sequence[int], values: Sequence[Any], ranks: _Ranks, places: dict[Any, int]) -> OrderedRows:
    """By one column: few different values are dealt out, which compares nothing; many are sorted as whole numbers."""
    count = len(ids)
    if len(ranks.values) * _DEALT > count:
        packed = sorted([places[value] * count + n for n, value in enumerate(values)])
        found = array("q", [ids[each % count] for each in packed])
        return OrderedRows(found, (ranks,), array("q", [each // count for each in packed]))
    heaps: list[array[int]] = [array("q") for _ in ranks.values]
    put = {value: heaps[place].append for value, place in places.items()}
    for row_id, value in zip(ids, values, strict=True):
        put[value](row_id)
    found, of = array("q"), array("q")
    for place, heap in enumerate(heaps):
        found.extend(heap)
        of.extend(array("q", [place]) * len(heap))
    return OrderedRows(found, (ranks,), of)
