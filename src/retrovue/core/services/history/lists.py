"""The history as a window lists it: ids in any order with sittings and days, then the rows that are on screen.

A list of a million plays costs its ids. What is listed, counted and summed is read in one transaction, so that every
number on the page is of the same plays.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import reduce
from typing import Any

from retrovue.core.context import AppContext
from retrovue.core.domain.days import day_of, midnight
from retrovue.core.domain.history import Play, PlayDetails, PlayedDay, PlayFilter, PlayQuery, PlaySort, join
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.text import fold
from retrovue.core.storage.play_lists import PlayChoices

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


@dataclass(frozen=True, slots=True)
class PlayListing:
    """The answer to a query.

    Attributes:
        ids: in the order asked for: the first play of each sitting, and before the first of a day `day_id` of it.
        several: how many plays there are in the sittings that have several.
        members: the plays of sittings that were looked at, oldest first: `rows` adds those that it reads.
        days: what each day's line says; only in a list that is sorted by the start.
    """

    ids: "array[int]" = field(default_factory=lambda: array("q"))
    several: dict[int, int] = field(default_factory=dict)
    members: dict[int, tuple[int, ...]] = field(default_factory=dict)
    days: dict[int, PlayedDay] = field(default_factory=dict)
    plays: int = 0
    sittings: int = 0
    play_s: int = 0
    zone: str = ""


def day_id(day: date) -> int:
    """The id of a day's line, which no play has."""
    return -day.toordinal()


def list_ids(host: AppContext, query: PlayQuery, token: CancelToken) -> PlayListing:
    """The ids of a list with its days and sums.

    Raises:
        Cancelled: canceled on the way.
    """
    sort = PlaySort(query.sort_key)
    if sort is PlaySort.STARTED:
        return _by_day(host, query, token)
    found = host.play_lists.by_value(query.chosen, sort, grouped=query.grouped)
    token.raise_if_cancelled()
    ids = array("q", _sorted(found.ids, found.values))
    if query.descending:
        ids.reverse()
    entries, plays, play_s = found.totals
    return PlayListing(ids, found.several, plays=plays, sittings=entries, play_s=play_s, zone=str(host.zone))


def _by_day(host: AppContext, query: PlayQuery, token: CancelToken) -> PlayListing:
    zone = host.zone
    dates: list[date] = []

    def days(first_at: int, last_at: int) -> list[int]:
        first, last = day_of(first_at, zone), day_of(last_at, zone)
        dates.extend(first + timedelta(days=n) for n in range((last - first).days + 2))
        return [midnight(day, zone) for day in dates]

    found = host.play_lists.by_day(query.chosen, grouped=query.grouped, days=days)
    token.raise_if_cancelled()
    ids, begin = array("q"), len(found.ids) if query.descending else 0
    lines: dict[int, PlayedDay] = {}
    for sums in reversed(found.days) if query.descending else found.days:
        day = dates[sums.number]
        line = day_id(day)
        lines[line] = PlayedDay(day, sums.plays, sums.play_s)
        ids.append(line)
        if query.descending:
            begin -= sums.entries
        entries = found.ids[begin : begin + sums.entries]
        if query.descending:
            entries.reverse()
        else:
            begin += sums.entries
        ids.extend(entries)
    count, plays, play_s = found.totals
    return PlayListing(ids, found.several, days=lines, plays=plays, sittings=count, play_s=play_s, zone=str(zone))


def _sorted(ids: Sequence[int], values: Sequence[Any]) -> Iterator[int]:
    """Ids in the order of their values: what is not known first, equal ones as they come.

    There are few different values, so everything is dealt out once instead of being compared again and again.
    """
    different = set(values)
    is_number = any(isinstance(value, int) for value in different)
    keys = {value: _key(value, is_number=is_number) for value in different}
    heaps: dict[Any, list[int]] = {key: [] for key in keys.values()}
    for row_id, value in zip(ids, values, strict=True):
        heaps[keys[value]].append(row_id)
    for key in sorted(heaps):
        yield from heaps[key]


def _key(value: Any, *, is_number: bool) -> Any:
    if is_number:
        return -1 if value is None else value
    return fold(value or "")


def rows(host: AppContext, listing: PlayListing, ids: Iterable[int]) -> list[Play]:
    """The sittings of `ids`, each under the id of its first play; ids of days are passed over."""
    heads = [head for head in ids if head > 0]
    listing.members.update(host.play_lists.members(head for head in heads if head in listing.several))
    wanted = {head: listing.members.get(head, (head,)) for head in heads}
    found = {play.id: play for play in _many(host, [play_id for ids in wanted.values() for play_id in ids])}
    sittings = []
    for head, members in wanted.items():
        there = [found[play_id] for play_id in members if play_id in found]
        if there:
            sittings.append(replace(reduce(join, there), id=head))
    return sittings


def parts(host: AppContext, head: int) -> list[Play]:
    """The plays of a sitting, oldest first."""
    members = host.play_lists.members([head]).get(head, (head,))
    return sorted(host.play_lists.many(members), key=lambda play: (play.started_at, play.id))


def details(host: AppContext, play_id: int) -> PlayDetails | None:
    """One play with everything that is known of its stream; None when it is gone."""
    return host.play_lists.details(play_id)


def choices(host: AppContext) -> PlayChoices:
    """What there is to filter by."""
    return host.play_lists.choices()


def item_of(host: AppContext, play: Play) -> tuple[str, str] | None:
    """(kind, title) of the item of the catalog that was played; None when it is not there, or not any more."""
    if play.server_id is None or play.remote_id is None:
        return None
    return host.play_lists.item_of(play.server_id, play.remote_id)


def plays_of(host: AppContext, chosen: PlayFilter) -> tuple[int, list[Play]]:
    """(how many plays a filter lets through, the newest of them as far as its limit)."""
    return host.play_lists.of_item(chosen)


def _many(host: AppContext, ids: Sequence[int]) -> Iterator[Play]:
    for first in range(0, len(ids), _CHECK_EVERY):
        yield from host.play_lists.many(ids[first : first + _CHECK_EVERY])
