"""How many streams ran at the same time, from their true overlap. Pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Peak:
    """The most streams at once within a stretch of time, and the first instant with so many (epoch seconds)."""

    streams: int
    at: int | None


def peaks(intervals: Iterable[tuple[int, int]], bounds: Sequence[int]) -> list[Peak]:
    """Return the peak between each pair of neighboring bounds.

    A stream runs from its start until before its end: one that ends when another starts does not overlap it, one that
    ends at midnight does not touch the next day, and one of no length runs at no time.

    Args:
        intervals: start and end of each stream, epoch seconds, in any order.
        bounds: ascending epoch seconds, such as the midnights of a range and the one after it.
    """
    if len(bounds) < 2:
        return []
    # A number each sorts in a third of the time of pairs: an end of a second is even, and so before the starts of it.
    moves: list[int] = []
    for start, end in intervals:
        begins, ends = max(start, bounds[0]), min(end, bounds[-1])
        if begins < ends:
            moves += (begins * 2 + 1, ends * 2)
    moves.sort()
    found: list[Peak] = []
    running = index = 0
    for begins, ends in pairwise(bounds):
        # What ends at this midnight is over before the day begins.
        while index < len(moves) and moves[index] == begins * 2:
            running -= 1
            index += 1
        most, at = (running, begins) if running and begins < ends else (0, None)
        while index < len(moves) and moves[index] < ends * 2:
            running += 1 if moves[index] % 2 else -1
            if running > most:
                most, at = running, moves[index] // 2
            index += 1
        found.append(Peak(most, at))
    return found
