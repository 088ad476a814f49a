"""Tables of plays by day, user, title and so on, with totals that agree."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from heapq import nlargest
from operator import itemgetter
from typing import Any

from retrovue.core.context import AppContext
from retrovue.core.domain.concurrency import Peak
from retrovue.core.domain.days import DayRange, day_of, numbered_day
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.played_titles import PART, TITLE_YEAR, part_words, within
from retrovue.core.domain.statistics import (
    LISTED_VIEWS,
    STREAMS,
    TIME_VIEWS,
    Amount,
    Chosen,
    Comparison,
    ConcurrentRow,
    ConcurrentTable,
    Key,
    StatRow,
    StatTable,
    View,
    ordered,
)
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.storage.statistics.counting import Names, Wanted
from retrovue.core.storage.statistics.facts import Cells, Scope
from retrovue.core.system.memory import rare_collections

# Positions of a clock that was never set, and what zones of the far future cannot say.
_EARLIEST, _LATEST = date(1970, 1, 2), date(2199, 12, 31)

UNDIVIDED = frozenset({View.TITLES, View.SEASONS, View.ITEMS})
"""Views whose rows are not told apart by stream decision: they have thousands of rows, and no chart divides them."""

Streams = dict[str | None, Amount]
"""Amounts by stream decision."""

_NO_STREAMS: Streams = {}
_BY_PLAYS, _BY_TIME = itemgetter(1, 2, 0), itemgetter(2, 1, 0)

CELLS: dict[View, tuple[Cells, tuple[str, ...]]] = {
    View.DAYS: (Cells.DAY, ("key",)),
    View.WEEKDAYS: (Cells.DAY, ("key",)),
    View.MONTHS: (Cells.DAY, ("key",)),
    View.HOURS: (Cells.HOUR, ("key",)),
    View.USERS: (Cells.ALL, ("user_id", "user_name")),
    View.LIBRARIES: (Cells.ALL, ("library_id", "library_name")),
    View.STREAMS: (Cells.ALL, ()),
    View.PLATFORMS: (Cells.PLATFORM, ("key",)),
    View.PLAYERS: (Cells.PLAYER, ("key",)),
    View.TITLES: (Cells.TITLE, ("key",)),
    View.RESOLUTIONS: (Cells.RESOLUTION, ("key",)),
    View.DELIVERED: (Cells.DELIVERED, ("key",)),
    View.COMPLETION: (Cells.COMPLETION, ("key",)),
    View.GENRES: (Cells.GENRE, ("key",)),
    View.SEASONS: (Cells.SEASON, ("key",)),
    View.ITEMS: (Cells.ITEM, ("key",)),
}
"""What the catalog counts for a view, and by which columns."""


def day_range(host: AppContext, first: date | None, last: date | None) -> DayRange:
    """Return days of this desktop's zone, both included; None is open.

    Raises:
        ConfigError: the last day is before the first, or a day is too far away to be one of a play.
    """
    if first is not None and last is not None and last < first:
        raise ConfigError(
            _("The range ends before it begins."), hint=_("Choose a last day that is not before the first day.")
        )
    for day in (first, last):
        if day is not None and not _EARLIEST <= day <= _LATEST:
            raise ConfigError(
                _("{day} is too far away.").format(day=day.isoformat()),
                hint=_("Choose days from {first} to {last}.").format(first=_EARLIEST, last=_LATEST),
            )
    return DayRange(first, last, host.zone)


def statistics(
    host: AppContext, view: View, chosen: Chosen, *, largest: int | None = None, token: CancelToken | None = None
) -> StatTable:
    """Count the plays of a range by a view; `concurrent` counts streams.

    Args:
        largest: of titles, seasons and items only the rows that are among so many largest, by plays or by play time:
            naming tens of thousands takes longer than counting them.

    Raises:
        Cancelled: canceled on the way.
        ValueError: the view is `View.CONCURRENT`.
    """
    if view is View.CONCURRENT:
        raise ValueError("concurrent() counts streams")
    chosen = resolved(host, chosen)
    cells, by = CELLS[view]
    if view in UNDIVIDED:
        # Ten thousand rows of the catalog, and as many of the table: Python would look for garbage among them in vain.
        with rare_collections():
            rows, names = host.statistics.count(wanted(host, chosen), cells, by, token)
            return _undivided(view, chosen, rows, names, largest)
    by = (*by, "stream")
    rows, names = host.statistics.count(wanted(host, chosen), cells, by, token)
    bars: dict[Key, Streams] = defaultdict(dict)
    refer = _REFER[view]
    for row in rows:
        amount = Amount(row.plays, row.play_s)
        streams, stream = bars[refer(row, names)], STREAMS[row.stream]
        known = streams.get(stream)
        streams[stream] = amount if known is None else known + amount
    refs = _all_refs(view, chosen.days) if view in TIME_VIEWS else bars
    shown = labels(view, refs, names)
    table = [_row(shown[ref], ref, bars.get(ref, {})) for ref in refs]
    return StatTable(view, chosen, _total(rows), ordered(table, view, chosen.top))


def _total(rows: Sequence[Any]) -> Amount:
    return Amount(sum(map(itemgetter(-2), rows)), sum(map(itemgetter(-1), rows)))


def _undivided(view: View, chosen: Chosen, rows: Sequence[Any], names: Names, largest: int | None) -> StatTable:
    """A table of titles, seasons or items: one row of the catalog is one row of it."""
    # A row is a key, plays and seconds; read by place instead of by name, for there are tens of thousands.
    kept = rows
    if chosen.top is not None:
        kept = nlargest(chosen.top, rows, key=_BY_PLAYS)
    elif largest is not None:
        # What is in no season is no season that could be among the largest.
        known = [row for row in rows if row[0] or view is not View.SEASONS]
        both = [*nlargest(largest, known, key=_BY_PLAYS), *nlargest(largest, known, key=_BY_TIME)]
        kept = list({row[0]: row for row in both}.values())
    refs = [row[0] or None for row in rows]
    shown = labels(view, refs, names, only=refs if kept is rows else [row[0] or None for row in kept])
    table = [StatRow(shown[key or None], plays, play_s, _NO_STREAMS, key or None) for key, plays, play_s in kept]
    return StatTable(view, chosen, _total(rows), ordered(table, view, chosen.top))


def concurrent(host: AppContext, chosen: Chosen, *, token: CancelToken | None = None) -> ConcurrentTable:
    """Find the most streams at once on each day of a range.

    Raises:
        Cancelled: canceled on the way.
    """
    chosen = resolved(host, chosen)
    found = host.statistics.peaks(chosen.days, _scope(host, chosen), token)
    rows = [ConcurrentRow(day, peak.streams, peak.at) for day, peak in zip(chosen.days.days(), found, strict=True)]
    most = max(found, key=lambda peak: peak.streams, default=Peak(0, None))
    if chosen.top is not None:
        rows = sorted(rows, key=lambda row: (-row.max, row.key))[: chosen.top]
    return ConcurrentTable(chosen, total(host, chosen, token=token), rows, most.streams, most.at)


def everything(
    host: AppContext, chosen: Chosen, *, token: CancelToken | None = None
) -> dict[View, StatTable | ConcurrentTable]:
    """Return every view that scripts know.

    Raises:
        Cancelled: canceled on the way.
    """
    chosen = resolved(host, chosen)
    return {
        view: concurrent(host, chosen, token=token)
        if view is View.CONCURRENT
        else statistics(host, view, chosen, token=token)
        for view in LISTED_VIEWS
    }


def total(host: AppContext, chosen: Chosen, *, token: CancelToken | None = None) -> Amount:
    """Count the plays of a range."""
    rows, _names = host.statistics.count(wanted(host, chosen), Cells.ALL, ("stream",), token)
    return sum((Amount(row.plays, row.play_s) for row in rows), Amount())


def compared(host: AppContext, chosen: Chosen, *, token: CancelToken | None = None) -> Comparison:
    """Compare a range with the range of as many days before it."""
    chosen = resolved(host, chosen)
    before = chosen.days.before()
    return Comparison(total(host, chosen, token=token), total(host, chosen.of_days(before), token=token), before)


def resolved(host: AppContext, chosen: Chosen) -> Chosen:
    """Close an open range: from the first play until today, or the last play where that is later."""
    days = chosen.days
    if days.first is not None and days.last is not None:
        return chosen
    today = day_of(host.clock.epoch(), days.zone)
    span = host.statistics.span()
    first = days.first or (today if span is None else day_of(span[0], days.zone))
    last = days.last or (today if span is None else max(today, day_of(span[1], days.zone)))
    # An open end never makes a range that ends before it begins.
    if days.first is None:
        first = min(first, last)
    if days.last is None:
        last = max(first, last)
    return chosen.of_days(DayRange(first, last, days.zone))


def wanted(host: AppContext, chosen: Chosen) -> Wanted:
    """Return what the catalog is asked for."""
    window = timedelta(hours=host.settings.sitting_hours).total_seconds() if chosen.sittings else None
    return Wanted(chosen.days, _scope(host, chosen), window)


def _scope(host: AppContext, chosen: Chosen) -> Scope:
    accounts = None if chosen.user is None else host.statistics.accounts(chosen.user)
    return Scope(chosen.server_id, accounts, chosen.library_id, chosen.within)


def _row(key: Key, ref: Key, streams: Streams) -> StatRow:
    shares = {stream: streams[stream] for stream in STREAMS if stream in streams}
    plays, play_s = sum(one.plays for one in shares.values()), sum(one.play_s for one in shares.values())
    return StatRow(key, plays, play_s, shares, ref)


@lru_cache(maxsize=50_000)
def _day(key: str) -> date:
    return numbered_day(int(key))


def _library_ref(row: Any, _names: Names) -> Key:
    return row.library_id or row.library_name or None


_REFER: dict[View, Callable[[Any, Names], Key]] = {
    View.DAYS: lambda row, names: _day(row.key).isoformat(),
    View.WEEKDAYS: lambda row, names: _day(row.key).isoweekday(),
    View.MONTHS: lambda row, names: _day(row.key).strftime("%Y-%m"),
    View.HOURS: lambda row, names: int(row.key),
    View.USERS: lambda row, names: names.users.get(row.user_id, row.user_name) or None,
    View.LIBRARIES: _library_ref,
    View.STREAMS: lambda row, names: STREAMS[row.stream],
    View.PLATFORMS: lambda row, names: row.key or None,
    View.PLAYERS: lambda row, names: row.key or None,
    View.TITLES: lambda row, names: row.key or None,
    View.RESOLUTIONS: lambda row, names: row.key or None,
    View.DELIVERED: lambda row, names: row.key or None,
    View.COMPLETION: lambda row, names: row.key or None,
    View.GENRES: lambda row, names: row.key or None,
    View.SEASONS: lambda row, names: row.key or None,
    View.ITEMS: lambda row, names: row.key or None,
}


def _all_refs(view: View, days: DayRange) -> list[Key]:
    """Every bar of a view in time, in order, also those without plays."""
    match view:
        case View.WEEKDAYS:
            return list(range(1, 8))
        case View.HOURS:
            return list(range(24))
        case View.MONTHS:
            return list(dict.fromkeys(day.strftime("%Y-%m") for day in days.days()))
        case _:
            return [day.isoformat() for day in days.days()]


def labels(view: View, refs: Iterable[Key], names: Names, only: Iterable[Key] | None = None) -> dict[Key, Key]:
    """What each row is called: titles get their year, libraries their server, where several have the same name.

    Args:
        only: the rows that are asked for, where not all are.
    """
    if view in UNDIVIDED:
        refs = list(refs)
        count = Counter([str(ref).partition(TITLE_YEAR)[0] for ref in refs if ref is not None])
        return {ref: _title_name(ref, count) for ref in (refs if only is None else only)}
    if view is View.LIBRARIES:
        return _unique(refs, lambda ref: _library_name(ref, names), lambda ref: _with_server(ref, names))
    return {ref: ref for ref in refs}


def _title_name(ref: Key, count: Counter[str]) -> Key:
    if ref is None:
        return None
    title, _mark, year = str(ref).partition(TITLE_YEAR)
    if not year:
        return part_words(title) if PART in title else title
    return title if count[title] == 1 else within(str(ref)).words


def _library_name(ref: Key, names: Names) -> str:
    return names.libraries[ref][0] if isinstance(ref, int) and ref in names.libraries else str(ref)


def _with_server(ref: Key, names: Names) -> str:
    if not isinstance(ref, int) or ref not in names.libraries:
        return str(ref)
    name, server = names.libraries[ref]
    return _("{library} ({server})").format(library=name, server=server)


def _unique(refs: Iterable[Key], short: Callable[[Key], str], long: Callable[[Key], str]) -> dict[Key, Key]:
    """The short name of each row where no other one has it, else the long one."""
    called = {ref: short(ref) for ref in refs if ref is not None}
    count = Counter(called.values())
    shown: dict[Key, Key] = {ref: name if count[name] == 1 else long(ref) for ref, name in called.items()}
    return {ref: shown.get(ref) for ref in refs}
