"""When items of several libraries are one and the same: they share an external id, and nothing speaks against it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from retrovue.core.storage.catalog.duplicates import SharedId

_Number = tuple[int | None, int | None]


def same_items(rows: Iterable[SharedId], alone: Iterable[int] = ()) -> Iterator[list[int]]:
    """Ids of items that are one and the same, by joining what shares a key; those of `alone` also without one.

    Earlier rows weigh more: a key that would make two episodes of one show the same joins nothing.
    """
    by_key: dict[tuple[str | int, ...], list[SharedId]] = defaultdict(list)
    for row in rows:
        by_key[row.key].append(row)
    groups = _Groups()
    for alike in by_key.values():
        for guarded in _guard(alike):
            groups.join(guarded)
    yield from groups.members(alone)


class _Groups:
    """Items that are joined step by step.

    Two servers can number a show differently (as aired, as on disc). An id then joins S01E02 with S01E03 and the
    numbers join S01E03 with S01E03: step by step the whole show would become one episode with many copies.
    """

    def __init__(self) -> None:
        self._leader: dict[int, int] = {}
        self._rows: dict[int, SharedId] = {}
        self._numbers: dict[int, dict[int | None, _Number]] = {}

    def join(self, rows: Sequence[SharedId]) -> None:
        """Make these the same, but for what would bring two numbers of one show together."""
        for row in rows:
            if row.item_id not in self._leader:
                self._leader[row.item_id] = row.item_id
                self._rows[row.item_id] = row
        first = self._find(rows[0].item_id) if rows else 0
        for row in rows[1:]:
            second = self._find(row.item_id)
            if first != second and self._agree(first, second):
                self._leader[second] = first

    def _agree(self, first: int, second: int) -> bool:
        """Whether no show has two numbers in both groups together; the first then takes those of the second."""
        if self._rows[first].show_id is None:
            return True
        kept, gone = self._of(first), self._of(second)
        for show_id, number in gone.items():
            if kept.get(show_id, number) != number:
                return False
        kept.update(gone)
        self._numbers[first] = kept
        self._numbers.pop(second, None)
        return True

    def _of(self, leader: int) -> dict[int | None, _Number]:
        row = self._rows[leader]
        return self._numbers.get(leader) or {row.show_id: (row.season, row.number)}

    def members(self, alone: Iterable[int]) -> Iterator[list[int]]:
        """The items of each group, and those of `alone` that are in none."""
        found: dict[int, list[int]] = defaultdict(list)
        for item_id in self._leader:
            found[self._find(item_id)].append(item_id)
        for ids in found.values():
            yield sorted(ids)
        yield from ([item_id] for item_id in set(alone) - self._leader.keys())

    def _find(self, item_id: int) -> int:
        leader = self._leader
        while leader[item_id] != item_id:
            leader[item_id] = leader[leader[item_id]]
            item_id = leader[item_id]
        return item_id


def _guard(alike: Sequence[SharedId]) -> Iterator[list[SharedId]]:
    """Those of one key that can be the same: years that agree; numbers, where an id is that of a whole show."""
    numbers: dict[int, set[tuple[int | None, int | None]]] = defaultdict(set)
    for row in alike:
        if row.show_id is not None:
            numbers[row.show_id].add((row.season, row.number))
    is_of_show = any(len(found) > 1 for found in numbers.values())
    parts: dict[tuple[int | None, int | None], list[SharedId]] = defaultdict(list)
    for row in alike:
        parts[(row.season, row.number) if is_of_show else (None, None)].append(row)
    for part in parts.values():
        yield from _by_year(part)


def _by_year(rows: Iterable[SharedId]) -> Iterator[list[SharedId]]:
    dated = sorted((row for row in rows if row.year is not None), key=lambda row: (row.year or 0, row.item_id))
    undated = [row for row in rows if row.year is None]
    runs: list[list[SharedId]] = []
    for row in dated:
        # Servers differ by a year about when a film came out; remakes are further apart.
        if runs and (row.year or 0) - (runs[-1][0].year or 0) <= 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    if len(runs) <= 1:
        yield [*(runs[0] if runs else ()), *undated]
    else:
        yield from runs
