"""Answers of the statistics as data of charts. Pure but for the words, which are in the language of the screen."""

from collections.abc import Iterable
from dataclasses import replace

from retrovue.core.domain.statistics import (
    COMPLETIONS,
    STREAMS,
    Amount,
    Bar,
    ConcurrentTable,
    Key,
    StatRow,
    StatTable,
    View,
)
from retrovue.core.i18n import _
from retrovue.gui.charts.data import ChartData, Mark, Series, count, hours
from retrovue.gui.pages.statistics import words
from retrovue.gui.pages.statistics.choice import Measure, time_view

TOP = 5
"""Rows of a ranking on the page."""
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
    rows = sorted(table.rows, key=lambda row: -measure.of(Amount(row.plays, row.play_s)))[:count]
    return replace(table, rows=[row for row in rows if row.plays])


def _text(ref: Key) -> str | None:
    return None if ref is None else str(ref)


def _mark(table: StatTable, row: StatRow, values: tuple[float, ...]) -> Mark:
    label, name = words.label_of(table.view, row.key)
    picture = str(row.ref) if table.view is View.TITLES and row.ref is not None else None
    key = Bar(table.view, row.ref, replace(table.chosen, top=None)) if row.plays else None
    return Mark(key, label, values, name, picture)


def _data(table: StatTable, measure: Measure, series: tuple[Series, ...], marks: tuple[Mark, ...]) -> ChartData:
    is_plays = measure is Measure.PLAYS
    return ChartData(heading_of(table.view), series, marks, count if is_plays else hours, whole=is_plays)
