"""When items of several libraries are one and the same: they share an external id, and nothing speaks against it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from retrovue.core.storage.duplicates import SharedId


def same_items(rows: Iterable[SharedId], alone: Iterable[int] = ()) -> Iterator[list[int]]:
    """Ids of items that are one and the same, by joining what shares a key; those of `alone` also without one."""
    leader: dict[int, int] = {}

    def lead(item_id: int) -> int:
        leader.setdefault(item_id, item_id)
        while leader[item_id] != item_id:
            leader[item_id] = leader[leader[item_id]]
            item_id = leader[item_id]
        return item_id

    by_key: dict[tuple[str | int, ...], list[SharedId]] = defaultdict(list)
    for row in rows:
        by_key[row.key].append(row)
    for alike in by_key.values():
        for guarded in _guard(alike):
            for row in guarded[1:]:
                leader[lead(row.item_id)] = lead(guarded[0].item_id)
    for item_id in alone:
        lead(item_id)
    members: dict[int, list[int]] = defaultdict(list)
    for item_id in leader:
        members[lead(item_id)].append(item_id)
    for ids in members.values():
        yield sorted(ids)


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
