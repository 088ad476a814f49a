"""Answers of the statistics as data of charts. Pure but for the words, which are in the language of the screen."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from retrovue.core.domain.statistics import (
    COMPLETIONS,
    STREAMS,
    TIME_VIEWS,
    Amount,
    Bar,
    Chosen,
    ConcurrentTable,
    Key,
    StatRow,
    StatTable,
    View,
)
from retrovue.core.domain.titles import episode_title
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.charts.data import ChartData, Mark, Series, count, hours
from retrovue.gui.pages.statistics import words
from retrovue.gui.pages.statistics.choice import Measure, time_view

if TYPE_CHECKING:
    from retrovue.core.services.statistics.growth import Growth
    from retrovue.core.services.statistics.watched import PopularTitle, Recent

TOP = 5
"""Rows of a ranking on the page."""
PICTURED = frozenset({View.TITLES, View.SEASONS, View.ITEMS})
"""Views whose rows have a poster."""
_NONE = Amount()
_TOKENS = {
    "direct_play": "direct_play_chart",
    "direct_stream": "direct_stream_chart",
    "transcode": "transcode_chart",
    None: "control",
}


def heading_of(view: View) -> str:
    """What the rows of a view are."""
    return {
        View.DAYS: _("Day"),
        View.MONTHS: _("Month"),
        View.WEEKDAYS: _("Weekday"),
        View.HOURS: _("Hour"),
        View.USERS: _("User"),
        View.PLATFORMS: _("Platform"),
        View.PLAYERS: _("Player"),
        View.TITLES: _("Title"),
        View.LIBRARIES: _("Library"),
        View.STREAMS: _("Stream"),
        View.RESOLUTIONS: _("Source resolution"),
        View.DELIVERED: _("Delivered resolution"),
        View.COMPLETION: _("Progress"),
        View.GENRES: _("Genre"),
        View.SEASONS: _("Season"),
        View.ITEMS: _("Title"),
    }.get(view, "")


def measure_word(measure: Measure) -> str:
    """The heading of a lone series."""
    return _("Plays") if measure is Measure.PLAYS else _("Hours")


def streams_in(rows: Iterable[StatRow]) -> tuple[str | None, ...]:
    """The stream decisions to tell apart: the three known ones, and "not known" where it occurs."""
    has_unknown = any(row.streams.get(None, _NONE).plays for row in rows)
    return STREAMS if has_unknown else STREAMS[:-1]


def by_stream(table: StatTable, measure: Measure) -> ChartData:
    """Bars that are divided by stream decision."""
    decisions = streams_in(table.rows)
    series = tuple(Series(words.stream_word(decision), _TOKENS[decision]) for decision in decisions)

    def values(row: StatRow) -> tuple[float, ...]:
        return tuple(measure.of(row.streams.get(decision, _NONE)) for decision in decisions)

    return _data(table, measure, series, tuple(_mark(table, row, values(row)) for row in table.rows))


def whole(table: StatTable, measure: Measure) -> ChartData:
    """Bars of one color."""
    marks = tuple(_mark(table, row, (measure.of(Amount(row.plays, row.play_s)),)) for row in table.rows)
    return _data(table, measure, (Series(measure_word(measure), "accent"),), marks)


def concurrent(table: ConcurrentTable) -> ChartData:
    """The most streams at once on each day, or in each month of a long range."""
    zone = table.chosen.days.zone
    by_month = time_view(table.chosen.days) is View.MONTHS
    marks: dict[str, Mark] = {}
    for row in table.rows:
        key = f"{row.key:%Y-%m}" if by_month else row.key.isoformat()
        label, name = words.label_of(View.MONTHS if by_month else View.DAYS, key)
        if row.at is not None:
            name = words.day_and_time(row.at, zone, with_year=words.needs_year(table.chosen.days))
        before = marks.get(key)
        if before is None or row.max > before.total:
            bar = Bar(View.CONCURRENT, row.key.isoformat(), replace(table.chosen, top=None)) if row.max else None
            marks[key] = Mark(bar, label, (float(row.max),), name)
    return ChartData(_("Day"), (Series(_("Streams at once"), "accent"),), tuple(marks.values()))


def largest(table: StatTable, measure: Measure, count: int = TOP) -> StatTable:
    """The largest rows by what is shown; the totals stay those of all. How far plays got stays in order."""
    if table.view is View.COMPLETION:
        return replace(table, rows=sorted(table.rows, key=lambda row: COMPLETIONS.index(_text(row.ref))))
    # What is in no season is no season.
    rows = [row for row in table.rows if row.plays and (row.ref is not None or table.view is not View.SEASONS)]
    return replace(table, rows=sorted(rows, key=lambda row: -measure.of(Amount(row.plays, row.play_s)))[:count])


def popular(titles: "Iterable[PopularTitle]", chosen: Chosen) -> ChartData:
    """Titles by how many people watched them, the most first; what is opened are their plays, whose number is said."""
    marks = []
    for title in titles:
        if not title.users:
            continue
        label, name = words.label_of(View.TITLES, title.key)
        users = words.users_count(title.users)
        said = f"{users} · {words.plays_count(title.plays)}"
        bar = Bar(View.TITLES, title.ref, replace(chosen, top=None))
        marks.append(Mark(bar, label, (float(title.plays),), f"{name} · {users}", _text(title.ref), said))
    return ChartData(_("Title"), (Series(_("Plays"), "accent"),), tuple(marks), by_name=False)


def recent(found: "Recent") -> ChartData:
    """Titles by when they were watched last; what is opened are their plays of the range."""
    zone, with_year = found.chosen.days.zone, words.needs_year(found.chosen.days)
    marks = []
    for title in found.titles:
        when = words.day_and_time(int(title.at.timestamp()), zone, with_year=with_year)
        name = episode_title(words.label_of(View.TITLES, title.key)[1], title.episode)
        said = " · ".join(part for part in (name, when, title.user) if part)
        bar = Bar(View.TITLES, title.ref, found.chosen)
        marks.append(Mark(bar, name, (float(title.plays),), said, _text(title.ref), when))
    return ChartData(_("Title"), (Series(_("Plays"), "accent"),), tuple(marks), by_name=False)


def growth(found: "Growth") -> ChartData:
    """How many movies and episodes there were at the end of each day or month."""
    view = time_view(found.days)
    marks = []
    for step in found.steps if found.items else ():
        label, name = words.label_of(view, step.key)
        added = _("{n} added").format(n=text.number(step.added))
        marks.append(Mark(None, label, (float(step.items),), f"{name} · {added}" if step.added else name))
    heading = _("Month") if view is View.MONTHS else _("Day")
    return ChartData(heading, (Series(_("Movies and episodes"), "accent"),), tuple(marks))


def _text(ref: Key) -> str | None:
    return None if ref is None else str(ref)


def _mark(table: StatTable, row: StatRow, values: tuple[float, ...]) -> Mark:
    label, name = words.label_of(table.view, row.key)
    picture = str(row.ref) if table.view in PICTURED and row.ref is not None else None
    key = Bar(table.view, row.ref, replace(table.chosen, top=None)) if row.plays else None
    return Mark(key, label, values, name, picture)


def _data(table: StatTable, measure: Measure, series: tuple[Series, ...], marks: tuple[Mark, ...]) -> ChartData:
    is_plays = measure is Measure.PLAYS
    by_name = table.view in TIME_VIEWS or table.view is View.COMPLETION
    say = count if is_plays else hours
    return ChartData(heading_of(table.view), series, marks, say, whole=is_plays, by_name=by_name)
