"""Sums of whole months beside the plays: whether they are current, and making them so.

`is_current` and the view that needs it are read in one transaction, so a sum that is read is never older than a play
that is read. `work` does one bounded piece in a transaction of its own, so that no other writer waits for long.
"""

from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Any

from sqlalchemy import Connection, Integer, delete, func, insert, literal_column, select, update

from retrovue.core.domain.concurrency import peaks
from retrovue.core.domain.days import DAY_S, day_number, midnight, offsets
from retrovue.core.storage.statistics import libraries, months, sittings, yearly
from retrovue.core.storage.statistics.facts import MONTHLY, Mode, month_sums
from retrovue.core.storage.tables import (
    play_changes,
    play_peaks,
    play_sums,
    plays,
    statistics_state,
    summed_months,
)

FEW_MONTHS = 2
"""So many months are counted from their plays instead of making anybody wait: one play takes the sums of its month."""
_MONTHS_AT_ONCE = 3
"""Another writer waits for so many at most: half a second for a year of 200,000 plays."""
_MANY_CHANGES = 50_000
_ALL, _SERVER, _LIBRARY, _ACCOUNT = range(4)
PEAK_SCOPES = {"server_id": _SERVER, "library_id": _LIBRARY, "user_id": _ACCOUNT}
EVERYTHING = _ALL
_OF_PLAYS = play_changes.c.started_at != sittings.FOR_SITTINGS
# Not a parameter: SQLite takes the partial index only where the condition is spelled as in the index.
_LONG_S = literal_column(str(DAY_S), Integer)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a view reads beside the plays themselves.

    Attributes:
        window_s: the longest pause within a sitting; None where only plays are counted.
        months: of which sums are read, by number, both included.
        years: of which sums are read, by their last months, see `yearly`.
        spared: so many of these months, and of these years, need no sums: their plays, and months, are read instead.
    """

    zone: tzinfo
    mode: Mode
    window_s: float | None = None
    months: tuple[int, int] | None = None
    years: tuple[int, ...] = ()
    spared: int = 0


def is_current(connection: Connection, needs: Needs) -> bool:
    """Whether everything that a view needs is that of the plays in this transaction."""
    state = connection.execute(select(statistics_state)).first()
    if state is None or state.catalog_mark != libraries.mark(connection):
        return False
    if needs.window_s is not None and state.window_s != needs.window_s:
        return False
    if _is_any_noted(connection, needs):
        return False
    if needs.months is None:
        return True
    if state.zone != months.signature(needs.zone):
        return False
    return all(len(each) <= needs.spared for each in missing(connection, needs))


def _is_any_noted(connection: Connection, needs: Needs) -> bool:
    """Whether something is noted that a view has to know; one of plays does not wait for sittings to be joined."""
    query = select(play_changes.c.id).limit(1)
    if needs.window_s is None:
        query = query.where(_OF_PLAYS)
    return connection.execute(query).first() is not None


def missing(connection: Connection, needs: Needs) -> tuple[list[int], list[int]]:
    """The months and the years of a view that have no sums."""
    if needs.months is None:
        return [], []
    return _missing(connection, needs.mode, needs.months), yearly.missing(connection, needs.mode, needs.years)


def work(connection: Connection, needs: Needs) -> None:
    """Do a piece of what is missing: what was noted of plays first, then a few months."""
    libraries.fill(connection)
    _remember(connection, needs)
    _settle(connection, needs)
    if needs.months is None or _is_any_noted(connection, needs):
        return
    lacking, years = missing(connection, needs)
    if len(lacking) > needs.spared:
        for month in lacking[:_MONTHS_AT_ONCE]:
            _sum(connection, needs.mode, month, needs.zone)
            connection.execute(insert(summed_months).values(mode=needs.mode, month=month))
        lacking = lacking[_MONTHS_AT_ONCE:]
    if len(lacking) <= needs.spared < len(years):
        for year in years:
            if not any(yearly.is_within(month, year) for month in lacking):
                yearly.add(connection, needs.mode, year)


def _missing(connection: Connection, mode: Mode, wanted: tuple[int, int]) -> list[int]:
    within = summed_months.c.month.between(*wanted)
    there = set(connection.scalars(select(summed_months.c.month).where(summed_months.c.mode == mode, within)))
    return [month for month in months.between(*wanted) if month not in there]


def _remember(connection: Connection, needs: Needs) -> None:
    """Note the zone and the window; sums of others go."""
    state = connection.execute(select(statistics_state)).first()
    zone, mark = months.signature(needs.zone), libraries.mark(connection)
    if state is None:
        connection.execute(insert(statistics_state).values(id=1, zone=zone, window_s=None, catalog_mark=mark))
    elif state.zone != zone or state.catalog_mark != mark:
        connection.execute(update(statistics_state).values(zone=zone, catalog_mark=mark))
        if state.zone != zone:
            connection.execute(delete(summed_months))
    known = None if state is None else state.window_s
    if needs.window_s is not None and known != needs.window_s:
        connection.execute(update(statistics_state).values(window_s=needs.window_s))
        sittings.rebuild(connection)
        connection.execute(delete(summed_months).where(summed_months.c.mode == Mode.SITTINGS))


def _settle(connection: Connection, needs: Needs) -> None:
    """Work off `play_changes`: months that were touched lose their sums, and some sittings are joined again.

    Those are left for later where plays are counted: an item that was played thousands of times takes half a second.
    """
    window_s = connection.execute(select(statistics_state.c.window_s)).scalar_one()
    if connection.execute(select(func.count()).select_from(play_changes).where(_OF_PLAYS)).scalar_one() > _MANY_CHANGES:
        connection.execute(delete(summed_months))
        sittings.collapse(connection)
    else:
        changes = connection.execute(
            select(play_changes.c.started_at, play_changes.c.stopped_at).where(_OF_PLAYS)
        ).all()
        for mode in (Mode.PLAYS, Mode.SITTINGS):
            _forget(connection, mode, {change.started_at for change in changes}, needs.zone)
        running = {at for change in changes for at in _touched_days(change.started_at, change.stopped_at)}
        _forget(connection, Mode.PEAKS, running, needs.zone)
    if window_s is None:
        connection.execute(delete(play_changes))
    elif needs.window_s is None:
        never = sittings.FOR_SITTINGS
        connection.execute(update(play_changes).where(_OF_PLAYS).values(started_at=never, stopped_at=never))
    else:
        _forget(connection, Mode.SITTINGS, sittings.update(connection, window_s), needs.zone)


def _touched_days(started_at: int, stopped_at: int) -> set[int]:
    return {started_at, *range(started_at, stopped_at, DAY_S), stopped_at}


def _forget(connection: Connection, mode: Mode, instants: set[int], zone: tzinfo) -> None:
    """Let the sums of months go that instants are in."""
    query = delete(summed_months).where(summed_months.c.mode == mode)
    if found := months.months_of(instants, zone):
        years = {number for month in found for number in yearly.of_month(month)}
        connection.execute(query.where(summed_months.c.month.in_(found | years)))


def _sum(connection: Connection, mode: Mode, month: int, zone: tzinfo) -> None:
    starts_at, ends_at = months.starts_at(month, zone), months.starts_at(month + 1, zone)
    if mode is Mode.PEAKS:
        _sum_peaks(connection, month, zone)
        return
    # By the whole front of the key: without the view, SQLite would look at the sums of every month.
    mine = (play_sums.c.mode == mode) & (play_sums.c.month == month)
    connection.execute(delete(play_sums).where(mine, play_sums.c.view.in_(MONTHLY)))
    found = month_sums(mode, month, (starts_at, ends_at), offsets(zone, starts_at, ends_at))
    connection.execute(insert(play_sums).from_select([*found.selected_columns.keys()], found))


def running_between(starts_at: int, ends_at: int) -> list[Any]:
    """The condition for plays that run at any time of a stretch, in two parts of which each has an index."""
    shortly = (plays.c.started_at >= starts_at - DAY_S) & (plays.c.started_at < ends_at)
    other = plays.alias()
    long = (
        (other.c.stopped_at - other.c.started_at > _LONG_S)
        & (other.c.started_at < starts_at - DAY_S)
        & (other.c.stopped_at > starts_at)
    )
    # In a query of its own: beside a filter by server or person SQLite takes their index, and reads all from before.
    return [shortly, plays.c.id.in_(select(other.c.id).where(long))]


def _sum_peaks(connection: Connection, month: int, zone: tzinfo) -> None:
    first, after = months.first_day(month), months.first_day(month + 1)
    numbers = range(day_number(first), day_number(after))
    connection.execute(delete(play_peaks).where(play_peaks.c.day.in_(numbers)))
    bounds = [midnight(first + timedelta(days=n), zone) for n in range(len(numbers) + 1)]
    scopes: dict[tuple[int, int], list[tuple[int, int]]] = {}
    columns = [plays.c.started_at, plays.c.stopped_at, plays.c.server_id, plays.c.library_id, plays.c.media_user_id]
    for condition in running_between(bounds[0], bounds[-1]):
        for row in connection.execute(select(*columns).where(plays.c.deleted_at.is_(None), condition)):
            interval = (row.started_at, row.stopped_at)
            scopes.setdefault((_ALL, 0), []).append(interval)
            for scope, scope_id in (
                (_SERVER, row.server_id),
                (_LIBRARY, row.library_id),
                (_ACCOUNT, row.media_user_id),
            ):
                if scope_id is not None:
                    scopes.setdefault((scope, scope_id), []).append(interval)
    rows = [
        {"scope": scope, "scope_id": scope_id, "day": day, "streams": peak.streams, "at": peak.at}
        for (scope, scope_id), intervals in scopes.items()
        for day, peak in zip(numbers, peaks(intervals, bounds), strict=True)
        if peak.streams
    ]
    if rows:
        connection.execute(insert(play_peaks), rows)


def first_and_last(connection: Connection) -> tuple[int, int] | None:
    """When the first and the last play start, epoch seconds; None without plays. What was deleted counts, too."""
    # Each in a query of its own: for both at once SQLite reads the whole index instead of its ends.
    ends = (select(end(plays.c.started_at)).scalar_subquery() for end in (func.min, func.max))
    row = connection.execute(select(*ends)).one()
    return None if row[0] is None else (int(row[0]), int(row[1]))


def running_span(connection: Connection) -> tuple[int, int] | None:
    """From when until when anything may run, epoch seconds; None without plays."""
    span = first_and_last(connection)
    if span is None:
        return None
    long = plays.c.stopped_at - plays.c.started_at > _LONG_S
    longest = connection.execute(select(func.max(plays.c.stopped_at)).where(long)).scalar()
    return span[0], max(span[1] + DAY_S, int(longest or 0))
