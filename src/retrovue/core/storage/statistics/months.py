"""Whole months of a zone, as sums are kept: a number each, and where they begin."""

from collections.abc import Iterable, Iterator
from datetime import date, tzinfo
from functools import lru_cache
from hashlib import blake2b

from retrovue.core.domain.days import DAY_S, day_of, midnight, zone_name

_FIRST_YEAR, _LAST_YEAR = 1995, 2040
_WHAT_IS_SUMMED = 4
"""Goes up with what sums are kept of a month or a year: those of an older version are made again."""


def month_of(day: date) -> int:
    """The number of a month: year * 12 + month - 1."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """The first day of a month with a number."""
    return date(month // 12, month % 12 + 1, 1)


def starts_at(month: int, zone: tzinfo) -> int:
    """When a month begins, epoch seconds."""
    return midnight(first_day(month), zone)


def months_of(instants: Iterable[int], zone: tzinfo) -> set[int]:
    """The months of instants."""
    found: set[int] = set()
    for block in {instant // DAY_S for instant in instants}:
        # A day of UTC is in two local days, and no local month is shorter than one.
        found |= {month_of(day_of(block * DAY_S, zone)), month_of(day_of(block * DAY_S + DAY_S - 1, zone))}
    return found


def between(first: int, last: int) -> Iterator[int]:
    """The months from one to another, both included."""
    return iter(range(first, last + 1))


@lru_cache(maxsize=8)
def signature(zone: tzinfo) -> str:
    """What sums are of: a zone by its name and its rules, as a system can get new rules for the same name."""
    days = (date(year, month, 1) for year in range(_FIRST_YEAR, _LAST_YEAR) for month in range(1, 13))
    rules = ",".join([str(_WHAT_IS_SUMMED), *(str(midnight(day, zone)) for day in days)])
    return f"{zone_name(zone)} {blake2b(rules.encode(), digest_size=8).hexdigest()}"
