"""Plays counted by anything, for ranges of local days: from the plays for short ranges, else from sums of months."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, false, func, literal, select, union_all

from retrovue.core.domain.concurrency import Peak, peaks
from retrovue.core.domain.days import DayRange, day_number, day_of, midnight, offsets
from retrovue.core.domain.statistics import Key, View
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.storage.accounts import SHOWN_ACCOUNT
from retrovue.core.storage.database import Database
from retrovue.core.storage.statistics import behind, months, rollups
from retrovue.core.storage.statistics.facts import EVERYONE, Accounts, Cells, Mode, Scope, facts, matching, of_plays
from retrovue.core.storage.statistics.rollups import Needs
from retrovue.core.storage.tables import libraries, media_users, play_peaks, play_sums, plays, servers

SHORT_DAYS = 62
"""Ranges up to so many days are counted from their plays: sums of whole months would save little."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is counted.

    Attributes:
        days: an open end takes all plays there are.
        window_s: the longest pause within a sitting; None counts plays.
    """

    days: DayRange
    scope: Scope = EVERYONE
    window_s: float | None = None

    @property
    def mode(self) -> Mode:
        """What is counted."""
        return Mode.PLAYS if self.window_s is None else Mode.SITTINGS


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called: accounts, and libraries with their server."""

    users: dict[int, str]
    libraries: dict[int, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A range as it is read: whole months from sums, the rest from plays."""

    months: tuple[int, int] | None
    plays: tuple[tuple[int, int], ...]


class StatisticsRepository:
    """Counts plays. Thread: any; the first count after many plays were written works for seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def span(self) -> tuple[int, int] | None:
        """When the first and the last play start, epoch seconds; None without plays."""
        with self._database.read() as connection:
            return rollups.first_and_last(connection)

    def count(
        self, wanted: Wanted, cells: Cells, by: Sequence[str], token: CancelToken | None = None
    ) -> tuple[list[Row[Any]], Names]:
        """Rows of `by` (dimensions and "key"), plays, play_s, as of one instant; and what the ids in them are called.

        Raises:
            Cancelled: while sums were made.
        """
        with self._database.read() as connection:
            stretch = _stretch(wanted.days, rollups.first_and_last(connection))
        needs = Needs(wanted.days.zone, wanted.mode, wanted.window_s, stretch.months)
        with self._current(needs, token) as connection:
            stretch = _stretch(wanted.days, rollups.first_and_last(connection), within=stretch.months)
            rows = connection.execute(_counted(wanted, cells, by, stretch)).all()
            return list(rows), _names(connection)

    def peaks(self, days: DayRange, scope: Scope, token: CancelToken | None = None) -> list[Peak]:
        """The most streams at once on each day of a closed range."""
        assert days.first is not None
        assert days.last is not None
        short = (days.last - days.first).days <= SHORT_DAYS
        wanted = None
        if not short:
            with self._database.read() as connection:
                wanted = _running_months(connection, days)
        needs = Needs(days.zone, Mode.PEAKS, None, wanted)
        with self._current(needs, token) as connection:
            stored = None if short else _peak_scope(connection, scope)
            if stored is None:
                return _peaks_of_plays(connection, days, scope)
            return _stored_peaks(connection, days, stored)

    def ids_behind(
        self, wanted: Wanted, cells: Cells, view: View, ref: Key, token: CancelToken | None = None
    ) -> list[int]:
        """The plays that a row of a view counts; with sittings, all plays of each."""
        with self._current(Needs(wanted.days.zone, wanted.mode, wanted.window_s), token) as connection:
            stretch = _stretch(wanted.days, rollups.first_and_last(connection), whole=False)
            if not stretch.plays:
                return []
            (bounds,) = stretch.plays
            if view is View.CONCURRENT:
                return behind.running(connection, bounds, wanted.scope)
            return behind.ids(connection, wanted.mode, cells, bounds, (view, ref), wanted.scope, wanted.days.zone)

    def longest(self, wanted: Wanted, token: CancelToken | None = None) -> list[int]:
        """The plays of the sitting with the most play time; the earliest of several."""
        with self._current(Needs(wanted.days.zone, wanted.mode, wanted.window_s), token) as connection:
            stretch = _stretch(wanted.days, rollups.first_and_last(connection), whole=False)
            return behind.longest(connection, wanted.mode, stretch.plays[0], wanted.scope) if stretch.plays else []

    def names(self) -> Names:
        """What accounts and libraries are called."""
        with self._database.read() as connection:
            return _names(connection)

    def accounts(self, name: str) -> Accounts:
        """The accounts that go by a name."""
        users = self.names().users
        return Accounts(tuple(sorted(id_ for id_, each in users.items() if each == name)), name)

    @contextmanager
    def _current(self, needs: Needs, token: CancelToken | None) -> Iterator[Connection]:
        """A transaction in which everything beside the plays is that of the plays."""
        while True:
            with self._database.read() as connection:
                if rollups.is_current(connection, needs):
                    yield connection
                    return
            if token is not None:
                token.raise_if_cancelled()
            with self._database.write() as connection:
                rollups.work(connection, needs)


def _stretch(
    days: DayRange, span: tuple[int, int] | None, within: tuple[int, int] | None = None, *, whole: bool = True
) -> _Stretch:
    """How to read a range.

    Args:
        within: the months that have sums, where that is decided.
        whole: False reads plays only.
    """
    if span is None:
        return _Stretch(within, ())
    zone = days.zone
    starts_at = days.starts_at if days.starts_at is not None else span[0]
    ends_at = days.ends_at if days.ends_at is not None else max(span[1] + 1, starts_at)
    if starts_at >= ends_at:
        return _Stretch(within, ())
    if within is None and whole:
        within = _whole_months(days, span)
    if within is None:
        return _Stretch(None, ((starts_at, ends_at),))
    begin, end = months.starts_at(within[0], zone), months.starts_at(within[1] + 1, zone)
    edges = ((starts_at, min(begin, ends_at)), (max(end, starts_at), ends_at))
    return _Stretch(within, tuple(edge for edge in edges if edge[0] < edge[1]))


def _whole_months(days: DayRange, span: tuple[int, int]) -> tuple[int, int] | None:
    first = day_of(span[0], days.zone).replace(day=1) if days.first is None else days.first
    last = day_of(span[1], days.zone) if days.last is None else days.last
    if (last - first).days <= SHORT_DAYS:
        return None
    lowest = months.month_of(first) + (first.day > 1)
    # The last month of an open range is whole: nothing starts after it.
    ends_month = days.last is None or (last + timedelta(days=1)).day == 1
    highest = months.month_of(last) - (not ends_month)
    # Months before the first play and after the last one have nothing to sum.
    lowest = max(lowest, months.month_of(day_of(span[0], days.zone)))
    highest = min(highest, months.month_of(day_of(span[1], days.zone)))
    return (lowest, highest) if lowest <= highest else None


def _running_months(connection: Connection, days: DayRange) -> tuple[int, int] | None:
    """The months of a range in which anything runs, so that a range of centuries has few."""
    running = rollups.running_span(connection)
    if running is None or days.first is None or days.last is None:
        return None
    first, last = max(days.first, day_of(running[0], days.zone)), min(days.last, day_of(running[1], days.zone))
    return (months.month_of(first), months.month_of(last)) if first <= last else None


def _counted(wanted: Wanted, cells: Cells, by: Sequence[str], stretch: _Stretch) -> Select[Any]:
    parts: list[Select[Any]] = []
    if stretch.months is not None:
        sums = play_sums.c
        kept = (sums.mode == wanted.mode, sums.view == cells, sums.month.between(*stretch.months))
        columns = [sums[name] for name in by]
        parts.append(select(*columns, sums.plays, sums.play_s).where(*kept, *matching(wanted.scope, sums)))
    for starts_at, ends_at in stretch.plays:
        stretches = offsets(wanted.days.zone, starts_at, ends_at)
        rows = facts(wanted.mode, cells, starts_at, ends_at, stretches, wanted.scope).subquery()
        parts.append(select(*[rows.c[name] for name in by], literal(1).label("plays"), rows.c.play_s))
    if not parts:
        parts.append(select(*[play_sums.c[name] for name in by], play_sums.c.plays, play_sums.c.play_s).where(false()))
    whole = union_all(*parts).subquery()
    names = [whole.c[name] for name in by]
    total = (func.coalesce(func.sum(whole.c.plays), 0), func.coalesce(func.sum(whole.c.play_s), 0))
    return select(*names, total[0].label("plays"), total[1].label("play_s")).group_by(*names)


def _names(connection: Connection) -> Names:
    users = connection.execute(select(media_users.c.id, SHOWN_ACCOUNT.label("name")))
    places = connection.execute(
        select(libraries.c.id, libraries.c.name, servers.c.name.label("server")).join_from(libraries, servers)
    )
    return Names({row.id: row.name for row in users}, {row.id: (row.name, row.server) for row in places})


def _peak_scope(connection: Connection, scope: Scope) -> tuple[int, int] | None:
    """(scope, id) where the peaks of a filter are stored; None where they have to be counted."""
    chosen = [name for name in ("server_id", "library_id", "accounts") if getattr(scope, name) is not None]
    if not chosen:
        return rollups.EVERYTHING, 0
    if len(chosen) > 1:
        return None
    if scope.accounts is None:
        return rollups.PEAK_SCOPES[chosen[0]], getattr(scope, chosen[0])
    called = func.coalesce(plays.c.person, plays.c.user_name)
    unnamed = plays.c.media_user_id.is_(None) & (called == scope.accounts.name)
    if len(scope.accounts.ids) != 1 or connection.execute(select(plays.c.id).where(unnamed).limit(1)).first():
        return None
    return rollups.PEAK_SCOPES["user_id"], scope.accounts.ids[0]


def _days_of(days: DayRange) -> list[date]:
    return list(days.days())


def _peaks_of_plays(connection: Connection, days: DayRange, scope: Scope) -> list[Peak]:
    bounds = [midnight(day, days.zone) for day in _days_of(days)]
    assert days.ends_at is not None
    bounds.append(days.ends_at)
    columns = select(plays.c.started_at, plays.c.stopped_at).where(*of_plays(scope))
    intervals = [
        (started_at, stopped_at)
        for condition in rollups.running_between(bounds[0], bounds[-1])
        for started_at, stopped_at in connection.execute(columns.where(condition))
    ]
    return peaks(intervals, bounds)


def _stored_peaks(connection: Connection, days: DayRange, stored: tuple[int, int]) -> list[Peak]:
    numbers = [day_number(day) for day in _days_of(days)]
    query = select(play_peaks.c.day, play_peaks.c.streams, play_peaks.c.at).where(
        play_peaks.c.scope == stored[0],
        play_peaks.c.scope_id == stored[1],
        play_peaks.c.day.between(numbers[0], numbers[-1]),
    )
    found = {row.day: Peak(row.streams, row.at) for row in connection.execute(query)}
    return [found.get(number, Peak(0, None)) for number in numbers]
