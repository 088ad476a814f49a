"""How much of an item was watched, by what several records say. Pure functions.

The rule. Three records count plays of an item: our history, Tautulli, and the server itself. None of them says which
of its plays another one counted as well, so they are never added up:

- Of each person, the record with the most plays speaks; play time likewise. A record counts a play at most once, so
  this is never more than there were, and it is exact as soon as one record saw all of a person's plays.
- The plays of an item are the sum over its people. The server's own count knows no people and no times: it speaks only
  where it is larger than that sum.
- It was last watched at the latest time that any record has.

A season or show is the sum of its episodes, its people are the people of all of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class WatchSource(StrEnum):
    """The records that count plays."""

    HISTORY = "history"
    TAUTULLI = "tautulli"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class WatchCount:
    """What one record counts of one person's plays of one item.

    Attributes:
        person: None where the record does not say who it was.
        as_of: when the record was read last; None for our own, which is always current.
    """

    source: WatchSource
    person: str | None
    plays: int
    watch_time_s: int
    last_watched_at: datetime | None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceStats:
    """What one record says on its own, over all people."""

    source: WatchSource
    plays: int
    watch_time_s: int
    people: tuple[str, ...]
    last_watched_at: datetime | None
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class WatchStats:
    """What is known of an item, a season or a show.

    Attributes:
        people: who watched, in alphabetical order.
        sources: what each record says on its own, in the order of `WatchSource`.
    """

    plays: int = 0
    watch_time_s: int = 0
    people: tuple[str, ...] = ()
    last_watched_at: datetime | None = None
    sources: tuple[SourceStats, ...] = ()


def combine(counts: Iterable[WatchCount]) -> WatchStats:
    """Combine what the records say of one item."""
    counts = list(counts)
    plays: dict[str, int] = {}
    times: dict[str, int] = {}
    spoken: dict[tuple[WatchSource, str], list[int]] = {}
    for count in counts:
        if count.source is WatchSource.SERVER:
            continue
        # Accounts of one person on one record are added: those are different plays.
        sums = spoken.setdefault((count.source, count.person or ""), [0, 0])
        sums[0] += count.plays
        sums[1] += count.watch_time_s
    for (_source, person), (number, seconds) in spoken.items():
        plays[person] = max(plays.get(person, 0), number)
        times[person] = max(times.get(person, 0), seconds)
    own = sum(count.plays for count in counts if count.source is WatchSource.SERVER)
    return WatchStats(
        plays=max(sum(plays.values()), own),
        watch_time_s=sum(times.values()),
        people=_people(person for person, number in plays.items() if number),
        last_watched_at=_latest(count.last_watched_at for count in counts),
        sources=tuple(_alone(source, counts) for source in WatchSource if any(one.source is source for one in counts)),
    )


def roll_up(stats: Iterable[WatchStats]) -> WatchStats:
    """Return what is known of a season or show, from that of its episodes."""
    stats = list(stats)
    alone: dict[WatchSource, list[SourceStats]] = {}
    for one in stats:
        for source in one.sources:
            alone.setdefault(source.source, []).append(source)
    return WatchStats(
        plays=sum(one.plays for one in stats),
        watch_time_s=sum(one.watch_time_s for one in stats),
        people=_people(person for one in stats for person in one.people),
        last_watched_at=_latest(one.last_watched_at for one in stats),
        sources=tuple(
            SourceStats(
                source,
                sum(one.plays for one in alone[source]),
                sum(one.watch_time_s for one in alone[source]),
                _people(person for one in alone[source] for person in one.people),
                _latest(one.last_watched_at for one in alone[source]),
                _latest(one.as_of for one in alone[source]),
            )
            for source in WatchSource
            if source in alone
        ),
    )


def _alone(source: WatchSource, counts: list[WatchCount]) -> SourceStats:
    mine = [count for count in counts if count.source is source]
    return SourceStats(
        source,
        sum(count.plays for count in mine),
        sum(count.watch_time_s for count in mine),
        _people(count.person for count in mine if count.plays),
        _latest(count.last_watched_at for count in mine),
        _latest(count.as_of for count in mine),
    )


def _people(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}, key=str.casefold))


def _latest(instants: Iterable[datetime | None]) -> datetime | None:
    return max((instant for instant in instants if instant is not None), default=None)
