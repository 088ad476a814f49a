"""A bar as a question to the History page, where that page can ask it."""

from datetime import date, timedelta

from retrovue.core.domain.statistics import Bar, View
from retrovue.gui.pages.history.criteria import Dates, PlayCriteria, PlayFilters


def criteria_of(bar: Bar) -> PlayCriteria | None:
    """What the History page shows for a bar; None where it has no filter that says the same."""
    chosen = bar.chosen
    first, last = chosen.days.first, chosen.days.last
    if first is None or last is None or chosen.library_id is not None:
        return None
    users = () if chosen.user is None else (chosen.user,)
    decisions: tuple[str, ...] = ()
    match bar.view:
        case View.DAYS:
            first = last = date.fromisoformat(str(bar.ref))
        case View.MONTHS:
            month = date.fromisoformat(f"{bar.ref}-01")
            # The 28th exists in every month, and four days after it is always the next one.
            following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
            first, last = max(first, month), min(last, following - timedelta(days=1))
        case View.USERS if bar.ref is not None:
            users = (str(bar.ref),)
        case View.STREAMS if bar.ref is not None:
            decisions = (str(bar.ref),)
        case _:
            return None
    servers = () if chosen.server_id is None else (chosen.server_id,)
    return PlayCriteria(filters=PlayFilters(servers, users, decisions=decisions), dates=Dates(first, last))
