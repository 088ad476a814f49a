"""What was watched, as lists show, sort and filter it: of items as it is kept, of seasons, shows and groups by roll-up.

The counts of a list are read as whole columns and summed up here, as `values` does it and for the same reason.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from sqlalchemy import Connection, select

from retrovue.core.domain.browse import SortField, Watch, WatchedBounds
from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.catalog.reading import Reading, marks_for
from retrovue.core.storage.catalog.values import Key, shows_of_episodes
from retrovue.core.storage.tables import ITEM_TABLES, item_groups, item_watch
from retrovue.core.storage.times import to_datetime

SORTS = frozenset({SortField.LAST_WATCHED, SortField.PLAYS, SortField.PEOPLE, SortField.WATCH_TIME})
_COLUMNS = {
    SortField.LAST_WATCHED: item_watch.c.last_watched_at,
    SortField.PLAYS: item_watch.c.plays,
    SortField.PEOPLE: item_watch.c.people,
    SortField.WATCH_TIME: item_watch.c.watch_time_s,
}


def ranks(reading: Reading, kind: ItemKind, sort: SortField, *, grouped: bool) -> Key:
    """Return what a list of items is sorted by: a number for each item by its id, 0 where nothing was watched."""
    found = numbers(reading, kind, sort, grouped=grouped)
    return lambda item: found.get(item, 0)


def numbers(reading: Reading, kind: ItemKind, sort: SortField, *, grouped: bool) -> Mapping[int, int]:
    """Return the plays, seconds, people or last time of every item of which anything is known.

    Grouped, each item of a group has the number of the whole group.
    """
    return reading.keep(("watched", kind, sort, grouped), lambda: _numbers(reading, kind, sort, grouped))


def _numbers(reading: Reading, kind: ItemKind, sort: SortField, grouped: bool) -> Mapping[int, int]:
    own = ItemKind.EPISODE if kind is ItemKind.SHOW else kind
    groups = _groups(reading, kind) if grouped else {}
    is_kept = kind is not ItemKind.SHOW and not groups
    # Names are only needed where those of several items make one number: they take three times as long to read.
    is_counted = is_kept and sort is SortField.PEOPLE
    number = reading.dialect.list_length(item_watch.c.people) if is_counted else _COLUMNS[sort]
    query = select(item_watch.c.item_id, number.label("number")).where(item_watch.c.kind == own.value)
    items, counts = reading.columns(query)
    if is_kept:
        return dict(zip(items, counts, strict=True))
    of = list(items)
    if kind is ItemKind.SHOW:
        show_of = shows_of_episodes(reading)
        of = [show_of.get(item, 0) for item in of]
    if groups:
        of = [groups.get(item, item) for item in of]
    found = _summed(of, counts, sort)
    # Of an episode that is removed.
    if kind is ItemKind.SHOW:
        found.pop(0, None)
    for item, group in groups.items():
        if group in found:
            found[item] = found[group]
    return found


def _summed(owners: Iterable[int], counts: Iterable[int | str], sort: SortField) -> dict[int, int]:
    if sort is SortField.PEOPLE:
        # Few different sets of people watch many things: each is read once.
        pairs = set(zip(owners, counts, strict=True))
        people: dict[int, frozenset[str]] = defaultdict(frozenset)
        for owner, names in pairs:
            people[owner] |= _names(str(names))
        return {owner: len(names) for owner, names in people.items()}
    found: dict[int, int] = defaultdict(int)
    if sort is SortField.LAST_WATCHED:
        for owner, count in zip(owners, counts, strict=True):
            if int(count) > found[owner]:
                found[owner] = int(count)
    else:
        for owner, count in zip(owners, counts, strict=True):
            found[owner] += int(count)
    return found


@lru_cache(maxsize=10_000)
def _names(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


def _groups(reading: Reading, kind: ItemKind) -> dict[int, int]:
    query = select(item_groups.c.item_id, item_groups.c.group_id).where(item_groups.c.kind == kind.value)
    return dict(reading.connection.execute(query).all())


def filters(reading: Reading, kind: ItemKind, bounds: WatchedBounds, *, grouped: bool) -> Iterable[set[int]]:
    """Yield the items within each bound that is set."""
    for sort, least in (
        (SortField.LAST_WATCHED, bounds.since),
        (SortField.PLAYS, bounds.least_plays),
        (SortField.PEOPLE, bounds.least_people),
        (SortField.WATCH_TIME, bounds.least_time_s),
    ):
        if least is not None:
            found = numbers(reading, kind, sort, grouped=grouped)
            yield {item for item, number in found.items() if number >= least}
    for sort, too_much in (
        (SortField.LAST_WATCHED, bounds.before),
        (SortField.PLAYS, None if bounds.most_plays is None else bounds.most_plays + 1),
    ):
        if too_much is not None:
            found = numbers(reading, kind, sort, grouped=grouped)
            every = set(reading.ids(select(ITEM_TABLES[kind].c.id)))
            yield every - {item for item, number in found.items() if number >= too_much}


_OF_ITEM = "SELECT item_id, plays, watch_time_s, last_watched_at, people FROM item_watch WHERE kind = '{kind}' "
_OF_EPISODES = (
    "SELECT e.{key}, w.plays, w.watch_time_s, w.last_watched_at, w.people FROM episodes e "
    "JOIN item_watch w ON w.kind = 'episode' AND w.item_id = e.id "
    "WHERE e.show_id IN ({marks}) AND e.removed_at IS NULL"
)


def of_items(connection: Connection, kind: ItemKind, ids: Sequence[int]) -> dict[int, Watch]:
    """Return what was watched of movies, episodes or shows, at most 500, where anything was."""
    if kind is ItemKind.SHOW:
        sql = _OF_EPISODES.format(key="show_id", marks=marks_for(ids))
    else:
        sql = _OF_ITEM.format(kind=kind.value) + f"AND item_id IN ({marks_for(ids)})"
    parts: dict[int, list[Watch]] = defaultdict(list)
    for key, *counts in connection.exec_driver_sql(sql, tuple(ids)):
        parts[key].append(_watch(*counts))
    return {key: together(some) for key, some in parts.items()}


def of_seasons(connection: Connection, show_ids: Sequence[int]) -> dict[int | None, Watch]:
    """Return what was watched of the seasons of a show, or of shows that are the same."""
    parts: dict[int | None, list[Watch]] = defaultdict(list)
    sql = _OF_EPISODES.format(key="season_number", marks=marks_for(show_ids))
    for key, *counts in connection.exec_driver_sql(sql, tuple(show_ids)):
        parts[key].append(_watch(*counts))
    return {key: together(some) for key, some in parts.items()}


def together(parts: Sequence[Watch]) -> Watch:
    """Roll up what was watched: plays and time are summed, people are those of all."""
    if len(parts) == 1:
        return parts[0]
    return Watch(
        sum(part.plays for part in parts),
        sum(part.watch_time_s for part in parts),
        tuple(sorted({name for part in parts for name in part.people}, key=str.casefold)),
        max((part.last_watched_at for part in parts if part.last_watched_at is not None), default=None),
    )


def _watch(plays: int, watch_time_s: int, last_watched_at: int, people: str) -> Watch:
    names = tuple(sorted(_names(people), key=str.casefold))
    return Watch(plays, watch_time_s, names, to_datetime(last_watched_at or None))
