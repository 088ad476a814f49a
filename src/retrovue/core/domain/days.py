"""Calendar days of a time zone: where they begin, and which day and hour an instant belongs to. Pure functions.

A day begins at its first midnight and ends where the next one begins. That is right for days of 23 and 25 hours, for
midnights that a change of daylight saving skips, for zones that fall back across midnight (St. John's, until 2011)
and for days that never were (Samoa, 30 December 2011): each instant belongs to exactly one day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY_S = 86_400
_EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class DayRange:
    """A range of local days; both ends are part of it, and None is open."""

    first: date | None
    last: date | None
    zone: tzinfo

    @property
    def zone_name(self) -> str:
        """The name for people and scripts, such as "Europe/Berlin"."""
        return zone_name(self.zone)

    @property
    def starts_at(self) -> int | None:
        """The first instant, epoch seconds."""
        return None if self.first is None else midnight(self.first, self.zone)

    @property
    def ends_at(self) -> int | None:
        """The instant after the last one, epoch seconds."""
        return None if self.last is None else midnight(self.last + timedelta(days=1), self.zone)

    def days(self) -> Iterator[date]:
        """Every day of a closed range, in order; nothing for an open one."""
        if self.first is not None and self.last is not None:
            for ordinal in range(self.first.toordinal(), self.last.toordinal() + 1):
                yield date.fromordinal(ordinal)

    def before(self) -> "DayRange":
        """The range of as many days right before a closed one.

        Raises:
            ValueError: the range is open.
        """
        if self.first is None or self.last is None:
            raise ValueError("an open range has none before it")
        last = self.first - timedelta(days=1)
        return DayRange(last - (self.last - self.first), last, self.zone)


def zone_name(zone: tzinfo) -> str:
    """The name of a zone for people and scripts; its offset where it has none."""
    return str(getattr(zone, "key", None) or datetime.now(zone).strftime("UTC%z"))


def midnight(day: date, zone: tzinfo) -> int:
    """The instant at which a local day begins, epoch seconds."""
    # In a gap `fold=0` is the offset before it, so a skipped midnight is the instant of the change; where midnight
    # comes twice, it is the first.
    return int(datetime.combine(day, time.min, tzinfo=zone).timestamp())


def day_of(at: int, zone: tzinfo) -> date:
    """The local day of an instant."""
    day = datetime.fromtimestamp(at, zone).date()
    # Only where a clock falls back across midnight does an instant have the date before its day.
    return day + timedelta(days=1) if at >= midnight(day + timedelta(days=1), zone) else day


def hour_of(at: int, zone: tzinfo) -> int:
    """The hour that clocks show at an instant, 0 to 23."""
    return datetime.fromtimestamp(at, zone).hour


@dataclass(frozen=True, slots=True)
class Offset:
    """A stretch of time in which days and hours follow from adding seconds to UTC.

    Attributes:
        starts_at, ends_at: epoch seconds, the end excluded.
        hour_s: added to an instant, gives what clocks show.
        day_s: added to an instant, gives its day. Differs from `hour_s` only where a clock fell back across midnight.
    """

    starts_at: int
    ends_at: int
    hour_s: int
    day_s: int


def offsets(zone: tzinfo, starts_at: int, ends_at: int) -> list[Offset]:
    """The stretches from an instant to another one, in order, without gaps.

    A stretch is found by looking at every day and halving where two days differ: `zoneinfo` lists no changes. Two
    changes of the same day that cancel out would be missed; there never were any.
    """
    found: list[Offset] = []
    start, offset = starts_at, _offset(starts_at, zone)
    at = starts_at
    while at < ends_at:
        following = min(at + DAY_S, ends_at)
        if _offset(following, zone) != offset:
            change = _change(zone, at, following)
            found.append(Offset(start, change, offset, offset))
            start, old, offset = change, offset, _offset(change, zone)
            repeated = -(change + offset) % DAY_S
            if (change + offset) // DAY_S < (change - 1 + old) // DAY_S:
                found.append(Offset(start, start + repeated, offset, old))
                start += repeated
        at = following
    if start < ends_at or not found:
        found.append(Offset(start, ends_at, offset, offset))
    return [Offset(o.starts_at, min(o.ends_at, ends_at), o.hour_s, o.day_s) for o in found if o.starts_at < ends_at]


def day_number(day: date) -> int:
    """Days since 1970-01-01, as the catalog stores a local day."""
    return day.toordinal() - _EPOCH_DAY


def numbered_day(number: int) -> date:
    """The day with a number, see `day_number`."""
    return date.fromordinal(number + _EPOCH_DAY)


def _offset(at: int, zone: tzinfo) -> int:
    delta = datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()
    assert delta is not None
    return int(delta.total_seconds())


def _change(zone: tzinfo, low: int, high: int) -> int:
    """The first instant with another offset than `low`."""
    before = _offset(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, zone) == before:
            low = middle
        else:
            high = middle
    return high
