"""Where selected entries of the history stand in the list that comes after theirs."""

from array import array
from datetime import date

import pytest

from retrovue.core.domain.history import PlayedDay, PlayFilter, PlayQuery
from retrovue.core.services.history.lists import ListedDay, PlayListing, Span, moved

Day = tuple[int, int]
"""A day of March and how many entries it has."""


def _listing(*days: Day, ids: list[int] | None = None, query: PlayQuery | None = None) -> PlayListing:
    place, lines = 0, []
    for day, count in days:
        lines.append(ListedDay(place, count, 0, PlayedDay(date(2026, 3, day), count, count * 60)))
        place += 1 + count
    entries = None if ids is None else array("q", ids)
    return PlayListing(query or PlayQuery(), tuple(lines), entries, sittings=sum(count for _day, count in days))


@pytest.mark.parametrize(
    ("old", "spans", "new", "found", "lost"),
    [
        # All of three days; another play comes on the newest, then on a day of its own.
        ([(3, 2), (2, 3), (1, 4)], [(0, 11)], [(3, 3), (2, 3), (1, 4)], [(5, 12)], 2),
        ([(3, 2), (2, 3), (1, 4)], [(0, 11)], [(4, 1), (3, 2), (2, 3), (1, 4)], [(3, 13)], 0),
        # A part of two days, and a day between them that goes.
        ([(3, 2), (2, 3), (1, 4)], [(2, 9)], [(3, 2), (1, 4)], [(2, 5)], 0),
        # What was selected of a day was deleted: nothing of it is said to be lost.
        ([(3, 2), (2, 3)], [(4, 5)], [(3, 2), (2, 1)], [], 0),
        # A list that rises.
        ([(1, 4), (2, 3)], [(1, 2)], [(1, 4), (2, 3)], [(1, 2)], 0),
    ],
)
def test_days_that_are_the_same_keep_what_is_selected(
    old: list[Day], spans: list[Span], new: list[Day], found: list[Span], lost: int
) -> None:
    assert moved(_listing(*old), spans, _listing(*new)) == (found, lost)


def test_entries_that_are_known_are_found_wherever_they_are() -> None:
    old = _listing((2, 3), (1, 2), ids=[15, 14, 13, 12, 11])
    new = _listing((2, 4), (1, 2), ids=[16, 15, 14, 13, 12, 11], query=PlayQuery(PlayFilter(search="a")))
    assert moved(old, [(0, 1), (3, 5)], new) == ([(2, 2), (4, 6)], 0)
    fewer = _listing((2, 1), ids=[14])
    assert moved(old, [(1, 6)], fewer) == ([(1, 1)], 0)


def test_another_question_keeps_nothing_that_is_not_known() -> None:
    old = _listing((2, 3), (1, 2))
    for query in (PlayQuery(descending=False), PlayQuery(grouped=False), PlayQuery(PlayFilter(search="a"))):
        assert moved(old, [(0, 6)], _listing((2, 3), (1, 2), query=query)) == ([], 5)
