"""The history as a window lists it: how long a list is, with sittings and days, then the rows that are on screen.

A list of a million plays costs the sums of its days: what stands at a place is read when somebody goes there. Whatever
is summed is read in one transaction, so that every number on the page is of the same plays.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import reduce
from typing import NamedTuple

from retrovue.core.context import AppContext
from retrovue.core.domain.days import day_of, midnight
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.history import Play, PlayDetails, PlayedDay, PlayFilter, PlayQuery, PlaySort, join
from retrovue.core.domain.media import CatalogItem
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.storage.listing.whole import Stretch, WholeList
from retrovue.core.storage.play_lists import PlayChoices

__all__ = [
    "ListedDay",
    "Placed",
    "PlayChoices",
    "PlayListing",
    "Span",
    "choices",
    "chosen",
    "count_of",
    "details",
    "item_of",
    "moved",
    "open_list",
    "parts",
    "places_of",
    "plays_of",
    "rows",
]

_CHECK_EVERY = 5000

Span = tuple[int, int]
"""The first and the last of places that follow one another."""


class ListedDay(NamedTuple):
    """A day in a list: the place of its line, its entries, and from when these are counted (see `Stretch.at`)."""

    place: int
    entries: int
    at: int
    sums: PlayedDay


class Placed(NamedTuple):
    """What stands at a place: a sitting with the ids of its plays, oldest first, or the line of a day."""

    place: int
    shown: Play | PlayedDay
    members: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PlayListing:
    """The answer to a query. Its places count lines of days and entries (plays or sittings) from 0 on.

    Attributes:
        days: in the order of the list; only in one that is sorted by the start.
        entries: the first play of each entry in order; None where there are so many that they are read part by part.
        whole: what was read of the list.
    """

    query: PlayQuery = field(default_factory=PlayQuery)
    days: tuple[ListedDay, ...] = ()
    entries: "array[int] | None" = None
    whole: WholeList | None = None
    plays: int = 0
    sittings: int = 0
    play_s: int = 0
    zone: str = ""

    def __len__(self) -> int:
        return len(self.days) + self.sittings

    def day_at(self, place: int) -> PlayedDay | None:
        """The day whose line stands at a place; None where an entry does."""
        found = bisect_right(self.days, place, key=_place) - 1
        return self.days[found].sums if found >= 0 and self.days[found].place == place else None

    def entries_of(self, span: Span) -> range:
        """The numbers of the entries within a span."""
        first, last = span
        lines_before, lines = bisect_left(self.days, first, key=_place), bisect_right(self.days, last, key=_place)
        return range(first - lines_before, last + 1 - lines)


def _place(day: ListedDay) -> int:
    return day.place


def open_list(host: AppContext, query: PlayQuery, token: CancelToken) -> PlayListing:
    """A list with its days and sums.

    Raises:
        Cancelled: canceled on the way.
    """
    sort = PlaySort(query.sort_key)
    if sort is PlaySort.STARTED:
        return _by_day(host, query, token)
    # What is not known comes first, and equal ones by their start; falling, all of it the other way round.
    found = host.play_lists.sorted(query.chosen, sort, grouped=query.grouped, is_falling=query.descending)
    token.raise_if_cancelled()
    ids = None if found.ids is None else array("q", found.ids)
    count, plays, play_s = found.totals
    zone = str(host.zone)
    return PlayListing(query, entries=ids, whole=found, plays=plays, sittings=count, play_s=play_s, zone=zone)


def _by_day(host: AppContext, query: PlayQuery, token: CancelToken) -> PlayListing:
    zone = host.zone
    dates: list[date] = []

    def days(first_at: int, last_at: int) -> list[int]:
        first, last = day_of(first_at, zone), day_of(last_at, zone)
        dates.extend(first + timedelta(days=n) for n in range((last - first).days + 2))
        return [midnight(day, zone) for day in dates]

    found = host.play_lists.by_day(query.chosen, grouped=query.grouped, days=days)
    token.raise_if_cancelled()
    lines: list[ListedDay] = []
    place = 0
    for sums in reversed(found.days) if query.descending else found.days:
        at = found.bounds[sums.number + 1 if query.descending else sums.number]
        lines.append(ListedDay(place, sums.entries, at, PlayedDay(dates[sums.number], sums.plays, sums.play_s)))
        place += 1 + sums.entries
    ids = None if found.ids is None else array("q", found.ids)
    if ids is not None and query.descending:
        ids.reverse()
    count, plays, play_s = found.totals
    return PlayListing(query, tuple(lines), ids, found, plays=plays, sittings=count, play_s=play_s, zone=str(zone))


def rows(host: AppContext, listing: PlayListing, places: Iterable[int]) -> list[Placed]:
    """What stands at places; an entry that has gone since the list was read is left out."""
    found: list[Placed] = []
    heads: dict[int, int] = {}
    for first, last in _runs(places):
        days = {place: day for place in range(first, last + 1) if (day := listing.day_at(place)) is not None}
        found.extend(Placed(place, day) for place, day in days.items())
        entries = (place for place in range(first, last + 1) if place not in days)
        heads.update(zip(entries, _heads(host, listing, listing.entries_of((first, last))), strict=False))
    members = host.play_lists.members(heads.values()) if listing.query.grouped and heads else {}
    wanted = {place: members.get(head, (head,)) for place, head in heads.items()}
    known = {play.id: play for play in _many(host, [play_id for ids in wanted.values() for play_id in ids])}
    for place, ids in wanted.items():
        there = [known[play_id] for play_id in ids if play_id in known]
        if there:
            found.append(Placed(place, replace(reduce(join, there), id=heads[place]), ids))
    return found


def places_of(host: AppContext, listing: PlayListing, ids: Sequence[int]) -> dict[int, int]:
    """Where plays, or sittings by their first ones, stand in a list; what is not in it is left out."""
    if not ids:
        return {}
    wanted = set(ids)
    if listing.entries is not None:
        entries = {head: n for n, head in enumerate(listing.entries) if head in wanted}
    elif listing.whole is not None and listing.whole.sorting is not None:
        entries = host.play_lists.sorted_places(listing.query.chosen, listing.whole, ids)
    else:
        entries = _entries_of(host, listing, ids)
    if not listing.days:
        return entries
    firsts = _firsts(listing)
    return {head: entry + bisect_right(firsts, entry) for head, entry in entries.items()}


def _entries_of(host: AppContext, listing: PlayListing, ids: Sequence[int]) -> dict[int, int]:
    """The numbers of entries of a list that is read by its days: each day that has any of them is read."""
    query, firsts = listing.query, _firsts(listing)
    starts = host.play_lists.starts(query.chosen, ids, grouped=query.grouped)
    if query.descending:
        # The days fall, and each is counted from its end, which is not of it any more.
        numbers = {bisect_left(listing.days, -at, key=lambda day: -day.at) - 1 for at in starts.values()}
    else:
        numbers = {bisect_right(listing.days, at, key=lambda day: day.at) - 1 for at in starts.values()}
    found: dict[int, int] = {}
    for number in sorted(each for each in numbers if each >= 0):
        first = firsts[number]
        heads = _heads(host, listing, range(first, first + listing.days[number].entries))
        found.update((head, first + n) for n, head in enumerate(heads) if head in starts)
    return found


def chosen(host: AppContext, listing: PlayListing, spans: Iterable[Span]) -> list[int]:
    """The first plays of all entries within spans of a list, for those who do something with them.

    Raises:
        ConfigError: the history has changed since the list was read, so other plays stand there now.
    """
    parts = [listing.entries_of(span) for span in spans]
    if listing.entries is not None:
        return [head for part in parts for head in listing.entries[part.start : part.stop]]
    query = listing.query
    assert listing.whole is not None
    parts = [part for part in parts if part]
    if listing.whole.sorting is not None:
        found = host.play_lists.sorted_parts(query.chosen, listing.whole, parts, is_same=True)
    else:
        stretches = [_stretch(listing, part) for part in parts]
        found = host.play_lists.stretches(query.chosen, listing.whole, stretches, grouped=query.grouped)
    if found is None:
        raise ConfigError(
            _("The history has changed since these plays were selected, so none were deleted."),
            hint=_("Select the plays again."),
        )
    return [head for heads in found for head in heads]


def moved(old: PlayListing, spans: Iterable[Span], new: PlayListing) -> tuple[list[Span], int]:
    """Where what stands within spans of a list stands in the one that came after it.

    Nothing is read: of a list without ids, a day that has other sums is not told apart any more.

    Returns:
        The spans of the new list, and how many entries were left out that may still be in it.
    """
    parts = [part for span in spans if (part := old.entries_of(span))]
    count = sum(map(len, parts))
    if old.query.grouped is not new.query.grouped:
        return [], count
    if old.entries is not None and new.entries is not None:
        heads = {head for part in parts for head in old.entries[part.start : part.stop]}
        numbers = _runs(n for n, head in enumerate(new.entries) if head in heads)
        return _as_places(new, numbers), 0
    if old.query != new.query or old.entries is not new.entries:
        return [], count
    if old.days or new.days:
        return _moved_days(old, parts, new)
    is_same = old.whole is not None and new.whole is not None and old.whole.state == new.whole.state
    return (_as_places(new, [(part.start, part.stop - 1) for part in parts]), 0) if is_same else ([], count)


def _moved_days(old: PlayListing, parts: Iterable[range], new: PlayListing) -> tuple[list[Span], int]:
    """Day by day: one that has the same sums is the same."""
    firsts = _firsts(old)
    there = {day.sums.day: (first, day) for first, day in zip(_firsts(new), new.days, strict=True)}
    found: list[Span] = []
    lost = 0
    for part in parts:
        begin, number = part.start, bisect_right(firsts, part.start) - 1
        while begin < part.stop:
            first, day = firsts[number], old.days[number]
            end = min(part.stop, first + day.entries)
            now_first, now = there.get(day.sums.day, (0, None))
            if now is not None and (now.entries, now.sums) == (day.entries, day.sums):
                found.append((now_first + begin - first, now_first + end - 1 - first))
            elif now is not None:
                # What the day has less may well be what was selected in it: after it was deleted, it was.
                lost += max(0, end - begin - max(0, day.entries - now.entries))
            begin, number = end, number + 1
    return _as_places(new, _joined(found)), lost


def _joined(spans: Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first == found[-1][1] + 1:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found


def _as_places(listing: PlayListing, entries: Iterable[Span]) -> list[Span]:
    """The places of runs of entries; lines of days within a run are of it."""
    firsts = _firsts(listing)
    return [(first + bisect_right(firsts, first), last + bisect_right(firsts, last)) for first, last in entries]


def count_of(host: AppContext, listing: PlayListing, spans: Iterable[Span]) -> int:
    """How many plays there are in the entries within spans."""
    count = 0
    for span in spans:
        entries = listing.entries_of(span)
        if not listing.query.grouped:
            count += len(entries)
        elif len(entries) == listing.sittings:
            count += listing.plays
        else:
            count += _plays_in(host, listing, entries)
    return count


def _plays_in(host: AppContext, listing: PlayListing, entries: range) -> int:
    """How many plays some sittings have: days that are there as a whole are summed already."""
    count, begin, firsts = 0, entries.start, _firsts(listing)
    while begin < entries.stop:
        number = bisect_right(firsts, begin) - 1
        end = entries.stop
        if number >= 0:
            day = listing.days[number]
            end = min(end, firsts[number] + day.entries)
            if end - begin == day.entries:
                count += day.sums.plays
                begin = end
                continue
        heads = _heads(host, listing, range(begin, end))
        count += sum(map(len, host.play_lists.members(heads).values()))
        begin = end
    return count


def _firsts(listing: PlayListing) -> list[int]:
    """The number of the first entry of each day: as many lines stand before it as days."""
    return [day.place - n for n, day in enumerate(listing.days)]


def _heads(host: AppContext, listing: PlayListing, entries: range) -> Sequence[int]:
    if listing.entries is not None:
        return listing.entries[entries.start : entries.stop]
    if not entries:
        return ()
    query, whole = listing.query, listing.whole
    if whole is not None and whole.sorting is not None:
        found = host.play_lists.sorted_parts(query.chosen, whole, [entries])
        return () if found is None else found[0]
    return host.play_lists.stretch(query.chosen, _stretch(listing, entries), grouped=query.grouped)


def _stretch(listing: PlayListing, entries: range) -> Stretch:
    """Entries are counted from the beginning of the day of the first one, which is never far."""
    number = bisect_right(_firsts(listing), entries.start) - 1
    day = listing.days[number]
    return Stretch(day.at, entries.start - (day.place - number), len(entries), listing.query.descending)


def _runs(places: Iterable[int]) -> Iterator[Span]:
    """Spans of places that follow one another."""
    first = last = -2
    for place in places:
        if place == last + 1:
            last = place
            continue
        if first >= 0:
            yield first, last
        first = last = place
    if first >= 0:
        yield first, last


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


def item_of(host: AppContext, play: Play) -> CatalogItem | None:
    """The item of the catalog that was played; None when it is not there, or not any more."""
    if play.server_id is None or play.remote_id is None:
        return None
    found = host.play_lists.item_of(play.server_id, play.remote_id)
    return None if found is None else host.catalog.get(*found)


def plays_of(host: AppContext, chosen: PlayFilter) -> tuple[int, list[Play]]:
    """(how many plays a filter lets through, the newest of them as far as its limit)."""
    return host.play_lists.of_item(chosen)


def _many(host: AppContext, ids: Sequence[int]) -> Iterator[Play]:
    for first in range(0, len(ids), _CHECK_EVERY):
        yield from host.play_lists.many(ids[first : first + _CHECK_EVERY])
