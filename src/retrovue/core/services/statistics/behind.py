"""From a bar to its plays: as many as it counts."""

from dataclasses import replace
from datetime import date, timedelta

from retrovue.core.context import AppContext
from retrovue.core.domain.days import DayRange
from retrovue.core.domain.history import PlayFilter
from retrovue.core.domain.played_titles import within
from retrovue.core.domain.statistics import Bar, Chosen, View
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.statistics.views import CELLS, resolved, wanted
from retrovue.core.storage.statistics.facts import Cells


def filter_of(host: AppContext, bar: Bar, *, token: CancelToken | None = None) -> PlayFilter:
    """Return a filter that lets exactly the plays through that a bar counts now.

    A list of them has as many entries as the bar says: ungrouped where it counts plays, grouped where it counts
    sittings. Of a day of `View.CONCURRENT` they are the plays that run at its peak, never grouped.

    Raises:
        Cancelled: canceled on the way.
        ValueError: the view has no row like that.
    """
    chosen = _narrowed(resolved(host, bar.chosen), bar)
    cells = Cells.ALL if bar.view is View.CONCURRENT else CELLS[bar.view][0]
    found = host.statistics.ids_behind(wanted(host, chosen), cells, bar.view, bar.ref, token)
    return PlayFilter(ids=tuple(sorted(found)))


def _narrowed(chosen: Chosen, bar: Bar) -> Chosen:
    """What is chosen, as far as the bar says it by a range or a person."""
    days = chosen.days
    assert days.first is not None
    assert days.last is not None
    match bar.view:
        case View.DAYS | View.CONCURRENT:
            day = date.fromisoformat(str(bar.ref))
            return chosen.of_days(DayRange(day, day, days.zone))
        case View.MONTHS:
            first = date.fromisoformat(f"{bar.ref}-01")
            # No month has 32 days.
            last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
            return chosen.of_days(DayRange(max(first, days.first), min(last, days.last), days.zone))
        case View.USERS if bar.ref is not None:
            return replace(chosen, user=str(bar.ref))
        case View.TITLES | View.SEASONS | View.ITEMS if bar.ref is not None:
            return replace(chosen, within=within(str(bar.ref)))
        case _:
            return chosen
