"""How libraries grew: when the items that are there now were added, by the server's own date."""

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from retrovue.core.context import AppContext
from retrovue.core.domain.days import DayRange, day_of
from retrovue.core.domain.statistics import Chosen, View


@dataclass(frozen=True, slots=True)
class Step:
    """A month or a day of the growth.

    Attributes:
        key: "2026-03", or "2026-03-29".
        added: movies and episodes that came in it, as far as the range has it.
        items: how many there were at its end, also those from before the range.
    """

    key: str
    added: int
    items: int


@dataclass(frozen=True, slots=True)
class Growth:
    """Every month, or every day, of a range, in order.

    Attributes:
        days: as asked; an open range begins with the first item and ends today.
        items: movies and episodes at the end of the range.
    """

    days: DayRange
    steps: list[Step]
    items: int


def growth(host: AppContext, chosen: Chosen, by: View = View.MONTHS) -> Growth:
    """Count movies and episodes by the month, or the day, in which they were added.

    Of what is chosen only the range, the server and the library matter.

    What was removed since is not counted, and what a server gives no date for counts from when it was first seen.
    """
    zone = chosen.days.zone
    today = day_of(host.clock.epoch(), zone)
    by_day: Counter[Any] = Counter()
    for at, count in host.statistics.added(chosen.server_id, chosen.library_id):
        by_day[day_of(at, zone)] += count
    first = chosen.days.first or min(by_day, default=today)
    last = chosen.days.last or max([today, *by_day])
    first = min(first, last)
    days = DayRange(first, last, zone)
    before = sum(count for day, count in by_day.items() if day < first)
    form = "%Y-%m" if by is View.MONTHS else "%Y-%m-%d"
    added = dict.fromkeys((day.strftime(form) for day in days.days()), 0)
    for day, count in by_day.items():
        if first <= day <= last:
            added[day.strftime(form)] += count
    totals = list(accumulate(added.values(), initial=before))
    steps = [Step(key, count, total) for (key, count), total in zip(added.items(), totals[1:], strict=True)]
    return Growth(days, steps, totals[-1])


def growth_json(found: Growth) -> dict[str, Any]:
    """Return the shape for scripts."""
    rows = [{"key": step.key, "added": step.added, "items": step.items} for step in found.steps]
    days = found.days
    return {
        "view": "growth",
        "from": str(days.first),
        "to": str(days.last),
        "zone": days.zone_name,
        "items": found.items,
        "rows": rows,
    }
