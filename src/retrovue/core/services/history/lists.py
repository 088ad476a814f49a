"""The history as a window lists it: ids in any order with sittings and days, then the rows that are on screen.

A list of a million plays costs its ids. Days and sittings are found in one pass over what sorts and groups, so that
every number on the page is counted from the same plays.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from functools import reduce
from typing import Any, Protocol

from retrovue.core.domain.history import Play, PlayDetails, PlayedDay, PlayFilter, PlayQuery, PlaySort, join
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.text import fold
from retrovue.core.services.host import Host
from retrovue.core.storage.play_lists import PlayChoices, PlayListRepository, PlaySpan

__all__ = [
    "PlayChoices",
    "PlayListing",
    "choices",
    "day_id",
    "details",
    "item_of",
    "list_ids",
    "parts",
    "plays_of",
    "rows",
]

_CHECK_EVERY = 5000


class PlayListHost(Host, Protocol):
    """What lists of plays need besides."""

    @property
    def play_lists(self) -> PlayListRepository:
        """Long lists of the history."""

    @property
    def zone(self) -> tzinfo:
        """The zone of this desktop, whose days are meant."""


@dataclass(frozen=True, slots=True)
class PlayListing:
    """The answer to a query.

    Attributes:
        ids: in the order asked for: the first play of each sitting, and before the first of a day `day_id` of it.
        members: the plays of the sittings that have several, oldest first.
        days: what each day's line says; only in a list that is sorted by the start.
    """

    ids: "array[int]" = field(default_factory=lambda: array("q"))
    members: dict[int, tuple[int, ...]] = field(default_factory=dict)
    days: dict[int, PlayedDay] = field(default_factory=dict)
    plays: int = 0
    sittings: int = 0
    play_s: int = 0
    zone: str = ""


def day_id(day: date) -> int:
    """The id of a day's line, which no play has."""
    return -day.toordinal()


@dataclass(slots=True)
class _Sitting:
    id: int
    started_at: int
    stopped_at: int
    play_s: int
    paused_s: int
    percent: int | None
    value: Any
    members: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        return len(self.members) or 1


def list_ids(host: PlayListHost, query: PlayQuery, token: CancelToken) -> PlayListing:
    """The ids of a list with its sittings, days and sums.

    Raises:
        Cancelled: canceled on the way.
    """
    sort = PlaySort(query.sort_key)
    window_s = int(timedelta(hours=host.settings.sitting_hours).total_seconds()) if query.grouped else None
    found = _joined(_watching(host.play_lists.spans(query.chosen, sort), token), window_s)
    plays, play_s = sum(each.count for each in found), sum(each.play_s for each in found)
    members = {each.id: each.members for each in found if each.members}
    if sort is PlaySort.STARTED:
        if query.descending:
            found.reverse()
        ids, days = _with_days(found, host.zone)
        return PlayListing(ids, members, days, plays, len(found), play_s, str(host.zone))
    found.sort(key=_order(sort), reverse=query.descending)
    return PlayListing(array("q", (each.id for each in found)), members, {}, plays, len(found), play_s, str(host.zone))


def rows(host: PlayListHost, listing: PlayListing, ids: Iterable[int]) -> list[Play]:
    """The sittings of `ids`, each under the id of its first play; ids of days are passed over."""
    wanted = {head: listing.members.get(head, (head,)) for head in ids if head > 0}
    found = {play.id: play for play in _many(host, [play_id for ids in wanted.values() for play_id in ids])}
    sittings = []
    for head, members in wanted.items():
        there = [found[play_id] for play_id in members if play_id in found]
        if there:
            sittings.append(replace(reduce(join, there), id=head))
    return sittings


def parts(host: PlayListHost, listing: PlayListing, head: int) -> list[Play]:
    """The plays of a sitting, oldest first."""
    found = host.play_lists.many(listing.members.get(head, (head,)))
    return sorted(found, key=lambda play: (play.started_at, play.id))


def details(host: PlayListHost, play_id: int) -> PlayDetails | None:
    """One play with everything that is known of its stream; None when it is gone."""
    return host.play_lists.details(play_id)


def choices(host: PlayListHost) -> PlayChoices:
    """What there is to filter by."""
    return host.play_lists.choices()


def item_of(host: PlayListHost, play: Play) -> tuple[str, str] | None:
    """(kind, title) of the item of the catalog that was played; None when it is not there, or not any more."""
    if play.server_id is None or play.remote_id is None:
        return None
    return host.play_lists.item_of(play.server_id, play.remote_id)


def plays_of(host: PlayListHost, chosen: PlayFilter) -> tuple[int, list[Play]]:
    """(how many plays a filter lets through, the newest of them as far as its limit)."""
    return host.play_lists.of_item(chosen)


def _many(host: PlayListHost, ids: Sequence[int]) -> Iterator[Play]:
    for first in range(0, len(ids), _CHECK_EVERY):
        yield from host.play_lists.many(ids[first : first + _CHECK_EVERY])


def _watching(spans: Iterable[PlaySpan], token: CancelToken) -> Iterator[PlaySpan]:
    for n, span in enumerate(spans):
        if n % _CHECK_EVERY == 0:
            token.raise_if_cancelled()
        yield span


def _joined(spans: Iterable[PlaySpan], window_s: int | None) -> list[_Sitting]:
    """Sittings by their start; `domain.history.sittings` has the rule, which this follows without whole plays."""
    found: list[_Sitting] = []
    newest: dict[tuple[Any, Any, Any], _Sitting] = {}
    for span in spans:
        key = (span.server, span.person, span.item)
        before = newest.get(key) if window_s is not None else None
        if before is None or window_s is None or span.started_at - before.stopped_at > window_s:
            newest[key] = sitting = _Sitting(
                span.id, span.started_at, span.stopped_at, span.play_s, span.paused_s, span.percent, span.value
            )
            found.append(sitting)
            continue
        before.members = (*(before.members or (before.id,)), span.id)
        before.stopped_at = max(before.stopped_at, span.stopped_at)
        before.play_s += span.play_s
        before.paused_s += span.paused_s
        before.percent = max((p for p in (before.percent, span.percent) if p is not None), default=None)
        before.value = span.value
    return found


def _with_days(found: Iterable[_Sitting], zone: tzinfo) -> tuple["array[int]", dict[int, PlayedDay]]:
    ids = array("q")
    days: dict[int, list[Any]] = {}
    begins = ends = 0
    known: list[Any] = []
    for sitting in found:
        if not begins <= sitting.started_at < ends:
            day = datetime.fromtimestamp(sitting.started_at, zone).date()
            begins, ends = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
            line = day_id(day)
            ids.append(line)
            days[line] = known = [day, 0, 0]
        ids.append(sitting.id)
        known[1] += sitting.count
        known[2] += sitting.play_s
    return ids, {row_id: PlayedDay(*sums) for row_id, sums in days.items()}


def _midnight(day: date, zone: tzinfo) -> int:
    return int(datetime.combine(day, time.min, zone).timestamp())


def _order(sort: PlaySort) -> Callable[[_Sitting], tuple[Any, ...]]:
    """Ascending, with what is not known first; equal ones by their start."""
    numbers: dict[PlaySort, Callable[[_Sitting], int | None]] = {
        PlaySort.PLAYED: lambda each: each.play_s,
        PlaySort.PAUSED: lambda each: each.paused_s,
        PlaySort.PERCENT: lambda each: each.percent,
    }
    number = numbers.get(sort)
    if number is not None:
        return lambda each: (value if (value := number(each)) is not None else -1, each.started_at, each.id)
    return lambda each: (fold(each.value or ""), each.started_at, each.id)
