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
    moves: list[tuple[int, int]] = []
    for start, end in intervals:
        begins, ends = max(start, bounds[0]), min(end, bounds[-1])
        if begins < ends:
            moves += [(begins, 1), (ends, -1)]
    # An end sorts before a start of the same second.
    moves.sort()
    found: list[Peak] = []
    running = index = 0
    for begins, ends in pairwise(bounds):
        # What ends at this midnight is over before the day begins.
        while index < len(moves) and moves[index][0] == begins and moves[index][1] < 0:
            running -= 1
            index += 1
        most, at = (running, begins) if running and begins < ends else (0, None)
        while index < len(moves) and moves[index][0] < ends:
            instant, step = moves[index]
            running += step
            index += 1
            if running > most:
                most, at = running, instant
        found.append(Peak(most, at))
    return found
