"""Plays counted by anything, for ranges of local days: from the plays for short ranges, else from sums of months."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, false, func, literal, select, union_all

from retrovue.core.domain.concurrency import Peak, peaks
from retrovue.core.domain.days import DayRange, day_number, day_of, midnight, offsets
from retrovue.core.domain.statistics import Key, View
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.storage.accounts import SHOWN_ACCOUNT
from retrovue.core.storage.database import Database
from retrovue.core.storage.statistics import behind, growth, months, newest, rollups, yearly
from retrovue.core.storage.statistics.facts import EVERYONE, Accounts, Cells, Mode, Scope, facts, matching, of_plays
from retrovue.core.storage.statistics.people import People
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
    """A range as it is read: whole months from sums, the rest from plays.

    Attributes:
        months: the first and the last whole month.
        plays: from when until when plays are read, epoch seconds.
        years: those with sums of their own, by their last months.
        unsummed: months in between without sums.
    """

    months: tuple[int, int] | None
    plays: tuple[tuple[int, int], ...]
    years: tuple[int, ...] = ()
    unsummed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Popular:
    """A title and how many people watched it.

    Attributes:
        key: as sums have it.
    """

    key: str
    people: int
    plays: int
    play_s: int


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
        with self._counting(wanted, cells, by, token) as (connection, found):
            rows = found.subquery()
            names = [rows.c[name] for name in by]
            query: Select[Any] = select(*names, *_amounts(rows)).group_by(*names)
            return list(connection.execute(query).all()), _names(connection)

    def popular(self, wanted: Wanted, token: CancelToken | None = None) -> list[Popular]:
        """Titles and their people (accounts of one person are one), in no order.

        Raises:
            Cancelled: while sums were made.
        """
        by = ("key", "user_id", "user_name")
        # Of one person, the sums that tell people apart are those that are asked.
        cells = Cells.PEOPLE if wanted.scope.accounts is None else Cells.TITLE
        with self._stretched(wanted, cells, by, token) as (connection, stretch, yearly_cells):
            rows = _found(wanted, Cells.TITLE, by, stretch, yearly_cells).subquery()
            names = [rows.c[name] for name in by]
            if yearly_cells is Cells.PEOPLE:
                # Not summed: SQLite would sort them by titles first, which takes longer than summing them here.
                query = select(*names, rows.c.plays, rows.c.play_s)
            else:
                query = select(*names, *_amounts(rows)).group_by(*names)
            return _popular(connection.execute(query).all(), _names(connection))

    @contextmanager
    def _counting(
        self, wanted: Wanted, cells: Cells, by: Sequence[str], token: CancelToken | None
    ) -> Iterator[tuple[Connection, Select[Any]]]:
        """A transaction, and what there is of a range in it: rows that are not summed yet."""
        with self._stretched(wanted, cells, by, token) as (connection, stretch, yearly_cells):
            yield connection, _found(wanted, cells, by, stretch, yearly_cells)

    @contextmanager
    def _stretched(
        self, wanted: Wanted, cells: Cells, by: Sequence[str], token: CancelToken | None
    ) -> Iterator[tuple[Connection, _Stretch, Cells | None]]:
        """A transaction, how to read a range in it, and which sums of years answer."""
        # Of one title there are few plays, and no sums but those by title.
        whole = wanted.scope.within is None
        yearly_cells = _yearly_cells(wanted.scope, cells, by)
        while True:
            with self._database.read() as connection:
                stretch = _stretch_now(connection, wanted.days, whole=whole, by_year=yearly_cells is not None)
            spared = rollups.FEW_MONTHS
            needs = Needs(wanted.days.zone, wanted.mode, wanted.window_s, stretch.months, stretch.years, spared)
            with self._current(needs, token) as connection:
                now = _stretch_now(connection, wanted.days, whole=whole, by_year=yearly_cells is not None)
                # Not where a play came meanwhile that makes other months or years whole.
                if (now.months, now.years) == (stretch.months, stretch.years):
                    months_, years = rollups.missing(connection, needs)
                    summed = tuple(year for year in now.years if year not in years)
                    yield connection, replace(now, years=summed, unsummed=tuple(months_)), yearly_cells
                    return

    def peaks(self, days: DayRange, scope: Scope, token: CancelToken | None = None) -> list[Peak]:
        """The most streams at once on each day of a closed range."""
        assert days.first is not None
        assert days.last is not None
        with self._database.read() as connection:
            scope = _without_doubt(connection, scope)
            wanted = _running_months(connection, days)
            short = (days.last - days.first).days <= SHORT_DAYS
            needs = Needs(days.zone, Mode.PEAKS, None, wanted)
            if short and not (wanted and rollups.is_current(connection, needs)):
                # Sums that are there are read, but nobody waits for them: so few plays are counted as quickly.
                needs = Needs(days.zone, Mode.PEAKS)
        with self._current(needs, token) as connection:
            stored = _peak_scope(connection, scope) if needs.months or not short else None
            if stored is None:
                return _peaks_of_plays(connection, days, scope)
            return _stored_peaks(connection, days, stored, needs.months)

    def ids_behind(
        self, wanted: Wanted, cells: Cells, view: View, ref: Key, token: CancelToken | None = None
    ) -> list[int]:
        """The plays that a row of a view counts; with sittings, all plays of each."""
        with self._current(Needs(wanted.days.zone, wanted.mode, wanted.window_s), token) as connection:
            stretch = _stretch_now(connection, wanted.days, whole=False)
            if not stretch.plays:
                return []
            (bounds,) = stretch.plays
            if view is View.CONCURRENT:
                return behind.at_peak(connection, bounds, wanted.scope)
            return behind.ids(connection, wanted.mode, cells, bounds, (view, ref), wanted.scope, wanted.days.zone)

    def longest(self, wanted: Wanted, token: CancelToken | None = None) -> list[int]:
        """The plays of the sitting with the most play time; the earliest of several."""
        with self._current(Needs(wanted.days.zone, wanted.mode, wanted.window_s), token) as connection:
            stretch = _stretch_now(connection, wanted.days, whole=False)
            return behind.longest(connection, wanted.mode, stretch.plays[0], wanted.scope) if stretch.plays else []

    def newest(self, wanted: Wanted, count: int, token: CancelToken | None = None) -> list[Row[Any]]:
        """The last play or sitting of the titles that were watched last, see `newest`.

        Raises:
            Cancelled: while sittings were joined.
        """
        with self._current(Needs(wanted.days.zone, wanted.mode, wanted.window_s), token) as connection:
            stretch = _stretch_now(connection, wanted.days, whole=False)
            return newest.rows(connection, wanted.mode, stretch.plays[0], wanted.scope, count) if stretch.plays else []

    def prepare(self, zone: tzinfo, window_s: float, token: CancelToken | None = None) -> None:
        """Make every sum that any view reads, in small pieces; quick where all are there.

        Raises:
            Cancelled: what was summed until then stays.
        """
        everything = DayRange(None, None, zone)
        with self._database.read() as connection:
            span = rollups.first_and_last(connection)
            running = rollups.running_span(connection)
        if span is None or running is None:
            return
        stretch = _stretch(everything, span, by_year=True)
        run_in = (months.month_of(day_of(running[0], zone)), months.month_of(day_of(running[1], zone)))
        for needs in (
            Needs(zone, Mode.PLAYS, None, stretch.months, stretch.years),
            Needs(zone, Mode.PEAKS, None, run_in),
            Needs(zone, Mode.SITTINGS, window_s, stretch.months, stretch.years),
        ):
            with self._current(needs, token):
                pass

    def added(self, server_id: int | None, library_id: int | None) -> list[tuple[int, int]]:
        """When items were added and how many, see `growth`."""
        with self._database.read() as connection:
            return growth.added(connection, server_id, library_id)

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


def _popular(rows: Iterable[Any], names: Names) -> list[Popular]:
    """Titles of rows with a title, an account and a name, of which one can stand for several accounts."""
    people = People(names.users)
    whose: dict[str, int] = defaultdict(int)
    plays_: dict[str, int] = defaultdict(int)
    play_s: dict[str, int] = defaultdict(int)
    for key, user_id, user_name, count, seconds in rows:
        whose[key] |= people.of(user_id, user_name)
        plays_[key] += count
        play_s[key] += seconds
    return [Popular(key, people.count(some), plays_[key], play_s[key]) for key, some in whose.items()]


def _yearly_cells(scope: Scope, cells: Cells, by: Sequence[str]) -> Cells | None:
    """The sums of whole years that answer a question; None where there are none."""
    if scope.server_id is not None or scope.library_id is not None:
        return None
    return yearly.answering(cells, by if scope.accounts is None else (*by, "user_id", "user_name"))


def _stretch_now(connection: Connection, days: DayRange, *, whole: bool = True, by_year: bool = False) -> _Stretch:
    """How to read a range, by the plays of this transaction."""
    return _stretch(days, rollups.first_and_last(connection), whole=whole, by_year=by_year)


def _stretch(days: DayRange, span: tuple[int, int] | None, *, whole: bool = True, by_year: bool = False) -> _Stretch:
    """How to read a range.

    Args:
        whole: False reads plays only.
        by_year: whole years are read from their own sums.
    """
    if span is None:
        return _Stretch(None, ())
    zone = days.zone
    starts_at = days.starts_at if days.starts_at is not None else span[0]
    ends_at = days.ends_at if days.ends_at is not None else max(span[1] + 1, starts_at)
    if starts_at >= ends_at:
        return _Stretch(None, ())
    within = _whole_months(days, span) if whole else None
    if within is None:
        return _Stretch(None, ((starts_at, ends_at),))
    begin, end = months.starts_at(within[0], zone), months.starts_at(within[1] + 1, zone)
    edges = ((starts_at, min(begin, ends_at)), (max(end, starts_at), ends_at))
    everything = (months.month_of(day_of(span[0], zone)), months.month_of(day_of(span[1], zone)))
    years = yearly.years_within(within, everything) if by_year else []
    return _Stretch(within, tuple(edge for edge in edges if edge[0] < edge[1]), tuple(years))


def _whole_months(days: DayRange, span: tuple[int, int]) -> tuple[int, int] | None:
    """The first and the last month of which a range has every play there is, where they are worth reading as sums."""
    earliest, latest = day_of(span[0], days.zone), day_of(span[1], days.zone)
    first, last = days.first or earliest.replace(day=1), days.last or latest
    if (last - first).days <= SHORT_DAYS:
        return None
    # A month in which the range begins or ends is whole where nothing starts before the range, or after it.
    cut_first = first.day > 1 and first > earliest
    cut_last = (last + timedelta(days=1)).day > 1 and last < latest
    # Months before the first play and after the last one have nothing to sum.
    lowest = max(months.month_of(first) + cut_first, months.month_of(earliest))
    highest = min(months.month_of(last) - cut_last, months.month_of(latest))
    return (lowest, highest) if lowest <= highest else None


def _running_months(connection: Connection, days: DayRange) -> tuple[int, int] | None:
    """The months of a range in which anything runs, so that a range of centuries has few."""
    running = rollups.running_span(connection)
    if running is None or days.first is None or days.last is None:
        return None
    first, last = max(days.first, day_of(running[0], days.zone)), min(days.last, day_of(running[1], days.zone))
    return (months.month_of(first), months.month_of(last)) if first <= last else None


def _found(
    wanted: Wanted, cells: Cells, by: Sequence[str], stretch: _Stretch, yearly_cells: Cells | None
) -> Select[Any]:
    parts: list[Select[Any]] = []
    sums = play_sums.c
    columns = [sums[name] for name in by]
    if stretch.years and yearly_cells is not None:
        stored = [yearly.stored_as(last) for last in stretch.years]
        kept = (sums.mode == wanted.mode, sums.view == yearly_cells, sums.month.in_(stored))
        parts.append(select(*columns, sums.plays, sums.play_s).where(*kept, *matching(wanted.scope, sums)))
    for first, last in _months_beside(stretch):
        within = sums.month.between(first, last)
        if wanted.scope.titles is not None:
            # One by one: with a range of months, SQLite reads every title of them.
            within = sums.month.in_(range(first, last + 1))
        kept = (sums.mode == wanted.mode, sums.view == cells, within)
        parts.append(select(*columns, sums.plays, sums.play_s).where(*kept, *matching(wanted.scope, sums)))
    zone = wanted.days.zone
    alone = [(months.starts_at(month, zone), months.starts_at(month + 1, zone)) for month in stretch.unsummed]
    for starts_at, ends_at in (*stretch.plays, *alone):
        stretches = offsets(zone, starts_at, ends_at)
        rows = facts(wanted.mode, cells, starts_at, ends_at, stretches, wanted.scope).subquery()
        parts.append(select(*[rows.c[name] for name in by], literal(1).label("plays"), rows.c.play_s))
    if not parts:
        parts.append(select(*[play_sums.c[name] for name in by], play_sums.c.plays, play_sums.c.play_s).where(false()))
    return select(union_all(*parts).subquery())


def _amounts(rows: FromClause) -> tuple[ColumnElement[int], ColumnElement[int]]:
    plays_, play_s = (func.coalesce(func.sum(rows.c[name]), 0).label(name) for name in ("plays", "play_s"))
    return plays_, play_s


def _months_beside(stretch: _Stretch) -> list[tuple[int, int]]:
    """The runs of months of a range that have sums and are in none of its whole years."""
    if stretch.months is None:
        return []
    runs: list[tuple[int, int]] = []
    for month in months.between(*stretch.months):
        if month in stretch.unsummed or any(yearly.is_within(month, last) for last in stretch.years):
            continue
        if runs and runs[-1][1] == month - 1:
            runs[-1] = (runs[-1][0], month)
        else:
            runs.append((month, month))
    return runs


def _names(connection: Connection) -> Names:
    users = connection.execute(select(media_users.c.id, SHOWN_ACCOUNT.label("name")))
    places = connection.execute(
        select(libraries.c.id, libraries.c.name, servers.c.name.label("server")).join_from(libraries, servers)
    )
    return Names({row.id: row.name for row in users}, {row.id: (row.name, row.server) for row in places})


def _without_doubt(connection: Connection, scope: Scope) -> Scope:
    """A library is of one server: a filter for both is one for the library."""
    if scope.server_id is None or scope.library_id is None:
        return scope
    home = connection.execute(select(libraries.c.server_id).where(libraries.c.id == scope.library_id)).scalar()
    return replace(scope, server_id=None) if home == scope.server_id else scope


def _peak_scope(connection: Connection, scope: Scope) -> tuple[int, int] | None:
    """(scope, id) where the peaks of a filter are stored; None where they have to be counted."""
    if scope.within is not None:
        return None
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


def _stored_peaks(
    connection: Connection, days: DayRange, stored: tuple[int, int], running: tuple[int, int] | None
) -> list[Peak]:
    """The peaks of days. Outside the months in which anything runs, rows can be left of plays that are gone."""
    numbers = [day_number(day) for day in _days_of(days)]
    if running is None:
        return [Peak(0, None)] * len(numbers)
    within = day_number(months.first_day(running[0])), day_number(months.first_day(running[1] + 1)) - 1
    query = select(play_peaks.c.day, play_peaks.c.streams, play_peaks.c.at).where(
        play_peaks.c.scope == stored[0],
        play_peaks.c.scope_id == stored[1],
        play_peaks.c.day.between(max(numbers[0], within[0]), min(numbers[-1], within[1])),
    )
    found = {row.day: Peak(row.streams, row.at) for row in connection.execute(query)}
    return [found.get(number, Peak(0, None)) for number in numbers]
