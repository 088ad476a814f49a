"""What statistics count and how: views, ranges, rows. Frozen types and pure functions.

One rule for every view: a play counts once, with its whole play time, at the instant of its start. So the totals of a
range are the same in every view. With `sittings` a group of plays counts as one, at the start of its first play, with
the other facts of its last one. Only concurrency looks at how long a stream ran. A play counts under one genre: the
first that the server names. What is no episode of a numbered season counts under no season.

A row keeps its plays by stream decision, for bars that are divided. A key of None means not known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple

from retrovue.core.domain.days import DayRange
from retrovue.core.domain.played_titles import Within

Key = str | int | None
"""Days "2026-03-29", months "2026-03", weekdays 1 (Monday) to 7, hours 0 to 23, streams as below, else a name."""

STREAMS: tuple[str | None, ...] = ("direct_play", "direct_stream", "transcode", None)
"""The stream decisions in the order of the screen; None is not known."""

STOPPED_AT = {"75": "75–99 %", "50": "50–74 %", "25": "25–49 %", "0": "0–24 %"}
"""How far plays got that were not watched: the keys of `View.COMPLETION`, and how people read them."""


class View(StrEnum):
    """What the plays of a range are counted by."""

    DAYS = "days"
    WEEKDAYS = "weekdays"
    HOURS = "hours"
    MONTHS = "months"
    USERS = "users"
    PLATFORMS = "platforms"
    PLAYERS = "players"
    TITLES = "titles"
    LIBRARIES = "libraries"
    STREAMS = "streams"
    RESOLUTIONS = "resolutions"
    DELIVERED = "delivered"
    COMPLETION = "completion"
    GENRES = "genres"
    SEASONS = "seasons"
    ITEMS = "items"
    CONCURRENT = "concurrent"


TIME_VIEWS = (View.DAYS, View.WEEKDAYS, View.HOURS, View.MONTHS)
"""Views with a row for every day, weekday, hour or month, in order; the others have the largest row first."""

LISTED_VIEWS = tuple(
    view for view in View if view not in (View.DELIVERED, View.COMPLETION, View.GENRES, View.SEASONS, View.ITEMS)
)
"""The views in what scripts get of all views."""

COMPLETIONS: tuple[str | None, ...] = ("watched", "75", "50", "25", "0", None)
"""How far plays got: watched, or else at least so many percent; None where the length is not known."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How many plays (or sittings), and how long: seconds without pauses."""

    plays: int = 0
    play_s: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.plays + other.plays, self.play_s + other.play_s)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is counted. None does not filter.

    Attributes:
        days: whole local days, of the zone that every view uses.
        sittings: count groups of plays instead of plays.
        user: the name that views show; it can be several accounts.
        within: only plays of this title, season or item.
        top: so many rows, the largest first. Totals stay those of all rows.
    """

    days: DayRange
    sittings: bool = False
    server_id: int | None = None
    user: str | None = None
    library_id: int | None = None
    within: Within | None = None
    top: int | None = None

    def of_days(self, days: DayRange) -> "Chosen":
        """The same in another range."""
        return replace(self, days=days)


_NO_STREAMS: Mapping[str | None, Amount] = MappingProxyType({})


class StatRow(NamedTuple):
    """A bar. A tuple, as a view of items has thousands of them: made and ordered in a fifth of the time.

    Attributes:
        key: unique within its table, for people and scripts.
        streams: the amounts by stream decision; decisions without plays are left out. Titles have none.
        ref: what the catalog knows the row by; `Bar` needs it.
    """

    key: Key
    plays: int
    play_s: int
    streams: Mapping[str | None, Amount] = _NO_STREAMS
    ref: Key = None


@dataclass(frozen=True, slots=True)
class StatTable:
    """A view of a range.

    Attributes:
        chosen: as asked, but with the days that an open range came to.
        total: of all rows, also those that `top` cut.
    """

    view: View
    chosen: Chosen
    total: Amount
    rows: Sequence[StatRow]


@dataclass(frozen=True, slots=True)
class ConcurrentRow:
    """The most streams at once on a day, and when they first were (epoch seconds)."""

    key: date
    max: int
    at: int | None


@dataclass(frozen=True, slots=True)
class ConcurrentTable:
    """The most streams at once on each day of a range; every play is a stream, whether sittings are chosen or not.

    Attributes:
        total: the plays that start in the range, the same as in every other view.
    """

    chosen: Chosen
    total: Amount
    rows: Sequence[ConcurrentRow]
    max: int
    at: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A range and the range of as many days before it."""

    now: Amount
    before: Amount
    days_before: DayRange

    @property
    def plays_change(self) -> float | None:
        """The change as a share of before: 0.08 is 8 % more. None without plays before."""
        return None if not self.before.plays else self.now.plays / self.before.plays - 1

    @property
    def play_s_change(self) -> float | None:
        """The change of the play time as a share of before. None without play time before."""
        return None if not self.before.play_s else self.now.play_s / self.before.play_s - 1


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a view as a filter of plays: `plays_behind` finds exactly what the row counts."""

    view: View
    ref: Key
    chosen: Chosen


_AFTER_ALL = "\U0010ffff"


def ordered(rows: Sequence[StatRow], view: View, top: int | None) -> list[StatRow]:
    """Return rows in the order of their view: in time, or the largest first; with `top` always the largest first."""
    if view in TIME_VIEWS and top is None:
        return list(rows)
    by_name = sorted(rows, key=lambda row: str(row.key) if row.key is not None else _AFTER_ALL)
    largest = sorted(by_name, key=attrgetter("plays", "play_s"), reverse=True)
    return largest if top is None else largest[:top]
