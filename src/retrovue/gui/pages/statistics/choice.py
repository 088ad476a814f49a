"""What is shown on the Statistics page: a range of days, for whom, and in what. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from enum import StrEnum

from retrovue.core.domain.days import DayRange
from retrovue.core.domain.played_titles import Within
from retrovue.core.domain.statistics import Amount, Chosen, View

MOST_DAYS = 92
"""Longer ranges have a bar for each month instead of each day."""


class Span(StrEnum):
    """A range that moves with the calendar, or days that were chosen."""

    WEEK = "7"
    MONTH = "30"
    QUARTER = "90"
    YEAR = "12"
    ALL = "all"
    DAYS = "days"


_LENGTHS = {Span.WEEK: 7, Span.MONTH: 30, Span.QUARTER: 90}


class Measure(StrEnum):
    """What the height of a bar means."""

    PLAYS = "plays"
    HOURS = "hours"

    def of(self, amount: Amount) -> float:
        """The value of an amount: a count, or hours."""
        return float(amount.plays) if self is Measure.PLAYS else amount.play_s / 3600


@dataclass(frozen=True, slots=True)
class Choice:
    """Everything that was chosen.

    Attributes:
        first, last: of `Span.DAYS`; both days are part of it.
        sittings: plays of the same title that follow each other count once.
        user, server_id, library_id, within: None is everything.
    """

    span: Span = Span.MONTH
    first: date | None = None
    last: date | None = None
    measure: Measure = Measure.PLAYS
    sittings: bool = False
    user: str | None = None
    server_id: int | None = None
    library_id: int | None = None
    within: Within | None = None

    def days(self, today: date, zone: tzinfo) -> DayRange:
        """The days of the range; today is the last one, unless days were chosen."""
        match self.span:
            case Span.ALL:
                return DayRange(None, None, zone)
            case Span.YEAR:
                # Whole months, a bar each: this one and the eleven before it.
                month = today.year * 12 + today.month - 12
                return DayRange(date(month // 12, month % 12 + 1, 1), today, zone)
            case Span.DAYS:
                return DayRange(self.first, self.last, zone)
            case _:
                return DayRange(today - timedelta(days=_LENGTHS[self.span] - 1), today, zone)

    def chosen(self, today: date, zone: tzinfo) -> Chosen:
        """What is counted. Plays or hours is no part of it: both come with every answer."""
        days = self.days(today, zone)
        return Chosen(days, self.sittings, self.server_id, self.user, self.library_id, self.within)


def time_view(days: DayRange) -> View:
    """Days or months, by the length of a range; an open one has months."""
    if days.first is None or days.last is None or (days.last - days.first).days >= MOST_DAYS:
        return View.MONTHS
    return View.DAYS
