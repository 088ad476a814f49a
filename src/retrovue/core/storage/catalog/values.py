"""What lists are sorted and filtered by beyond the rows themselves: values of files, libraries and groups.

Each function reads whole columns and joins them here: going from each of 200,000 items to its files inside SQLite takes
three times as long as reading both indexes in their own order.
"""

from array import array
from collections.abc import Callable, Collection, Container, Mapping
from itertools import compress
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, and_, case, distinct, func, select

from retrovue.core.domain.browse import SortField
from retrovue.core.domain.media import FileState, ItemKind
from retrovue.core.storage.catalog.reading import Reading, packed
from retrovue.core.storage.places import WITHOUT, is_own
from retrovue.core.storage.tables import (
    ITEM_TABLES,
    episodes,
    file_places,
    item_groups,
    libraries,
    media_files,
    media_links,
    servers,
    shows,
)

FEW = 5_000
"""So many rows are looked up and sorted one by one; beyond, whole columns are read."""

Key = Callable[[int], int]
"""The value of a row by its id, to sort by."""

# The state that needs attention most counts for an item with several files.
STATE_RANKS = {
    FileState.MISSING: 6,
    FileState.SIZE_DIFFERS: 5,
    FileState.UNREACHABLE: 4,
    FileState.UNMAPPED: 3,
    FileState.UNCHECKED: 2,
    FileState.FOUND: 1,
}
LIVE_SERVERS = select(servers.c.id).where(servers.c.removed_at.is_(None))
_p = file_places.c
_e, _f, _k = episodes.alias("e"), media_files.alias("f"), media_links.alias("k")


def links(reading: Reading, files: Collection[int] | None = None) -> tuple["array[int]", "array[int]"]:
    """Return file and item of every link, or of the links of some files; the ids of movies stand below 0.

    Links come by their file.
    """
    item = func.coalesce(_k.c.episode_id, -_k.c.movie_id).label("item")
    query = select(_k.c.media_file_id, item).order_by(_k.c.media_file_id)
    if files is not None:
        of_files, items = reading.columns(query.where(reading.among(_k.c.media_file_id, files)))
        return packed(of_files), packed(items)

    def read() -> tuple["array[int]", "array[int]"]:
        of_files, items = reading.columns(query)
        return packed(of_files), packed(items)

    return reading.keep("links", read)


def shows_of_episodes(reading: Reading, episode_ids: Collection[int] | None = None) -> Mapping[int, int]:
    """Return the show of each episode, or of some; 0 for an episode that is removed."""
    if episode_ids is not None:
        show = case((_e.c.removed_at.is_(None), _e.c.show_id), else_=0)
        query = select(_e.c.id, show.label("show")).where(reading.among(_e.c.id, episode_ids))
        ids, of_shows = reading.columns(query)
        return dict(zip(ids, of_shows, strict=True))

    def read() -> dict[int, int]:
        ids, of_shows = reading.columns(select(_e.c.id, _e.c.show_id))
        found = dict(zip(ids, of_shows, strict=True))
        found.update(dict.fromkeys(reading.ids(removed_rows(episodes)), 0))
        return found

    return reading.keep("shows of episodes", read)


def removed_rows(table: Table) -> Select[Any]:
    """Return a SELECT of the rows that are removed, by way of the index over library and time."""
    every = select(libraries.c.id)
    return select(table.c.id).where(table.c.library_id.in_(every), table.c.removed_at.is_not(None))


def items_of_files(reading: Reading, kind: ItemKind, files: Collection[int]) -> set[int]:
    """Return the items that contain any of these files; a show contains those of its present episodes."""
    if len(files) <= FEW and not reading.is_kept("links"):
        item = _item_column(kind)
        query = select(item).where(reading.among(_k.c.media_file_id, files), item.is_not(None))
        found = set(reading.ids(query))
    else:
        wanted = files if isinstance(files, set | frozenset) else frozenset(files)
        of_files, items = links(reading)
        found = set(compress(items, map(wanted.__contains__, of_files)))
        found = {-item for item in found if item < 0} if kind is ItemKind.MOVIE else {i for i in found if i > 0}
    return _shows_of(reading, found) if kind is ItemKind.SHOW else found


def _shows_of(reading: Reading, episode_ids: Collection[int]) -> set[int]:
    few = len(episode_ids) <= FEW and not reading.is_kept("shows of episodes")
    of = shows_of_episodes(reading, episode_ids if few else None)
    found = {of[episode_id] for episode_id in episode_ids}
    found.discard(0)
    return found


def _item_column(kind: ItemKind) -> Column[int]:
    return _k.c.movie_id if kind is ItemKind.MOVIE else _k.c.episode_id


def file_ranks(reading: Reading, sort: SortField, files: Collection[int] | None = None) -> "array[int]":
    """Return a rank for each file by its id: of its state, or its height; 0 where it is not known."""
    if sort is SortField.STATE:
        return _state_ranks(reading, files)
    ranks = zeros(reading, media_files)
    query = select(_f.c.id, _f.c.height)
    ids, found = reading.columns(query if files is None else query.where(reading.among(_f.c.id, files)))
    for file, one in zip(ids, found, strict=True):
        ranks[file] = one or 0
    return ranks


def _state_ranks(reading: Reading, files: Collection[int] | None) -> "array[int]":
    own = is_own(reading.connection)
    if files is not None:
        own = and_(own, reading.among(_p.media_file_id, files))
    ranks = array("q", [STATE_RANKS[WITHOUT]]) * len(zeros(reading, media_files))
    # The id 0 stands for no file at all.
    ranks[0] = 0
    # State by state from the index: 220,000 words would have to be packed and read otherwise.
    for state, rank in STATE_RANKS.items():
        if state is not WITHOUT:
            for file in reading.ids(select(_p.media_file_id).where(own, _p.file_state == state.value)):
                ranks[file] = rank
    return ranks


def files_in(reading: Reading, states: Collection[FileState]) -> set[int]:
    """Return the files that are in one of these states on this computer."""
    own = is_own(reading.connection)
    told = set(states) - {WITHOUT}
    if WITHOUT not in states:
        return set(reading.ids(select(_p.media_file_id).where(own, _p.file_state.in_([one.value for one in told]))))
    # Most files without a row are found by what they are not.
    others = [state.value for state in FileState if state not in told and state is not WITHOUT]
    of_others = reading.ids(select(_p.media_file_id).where(own, _p.file_state.in_(others)))
    return set(reading.ids(select(_f.c.id))).difference(of_others)


def item_ranks(
    reading: Reading, kind: ItemKind, sort: SortField, ids: Collection[int] | None, *, grouped: bool
) -> "array[int]":
    """Return the highest rank among the files of an item, by its id; 0 where nothing is known.

    Args:
        ids: the only items that are asked for, where they are few.
    """
    items, files = _files_of(reading, kind, ids)
    if grouped and (shared := _files_of_others(reading)):
        own = _of_own_groups(reading, kind)
        files = [0 if file in shared and item in own else file for item, file in zip(items, files, strict=True)]
    rank_of = file_ranks(reading, sort, None if ids is None else files)
    best = zeros(reading, ITEM_TABLES[kind])
    for item, rank in zip(items, map(rank_of.__getitem__, files), strict=True):
        if rank > best[item]:
            best[item] = rank
    return best


def zeros(reading: Reading, table: Table) -> "array[int]":
    """Return a zero for each row of a table by its id: a third of the time and memory that a dictionary takes."""
    last = reading.connection.execute(select(func.max(table.c.id))).scalar() or 0
    return array("q", bytes(8 * (last + 1)))


def _files_of(reading: Reading, kind: ItemKind, ids: Collection[int] | None) -> tuple[Collection[int], Collection[int]]:
    """Return items and their files, pair by pair."""
    if ids is not None:
        if kind is ItemKind.SHOW:
            owner, source = _e.c.show_id, _e.join(_k, _k.c.episode_id == _e.c.id)
            query = select(owner, _k.c.media_file_id).select_from(source).where(_e.c.removed_at.is_(None))
        else:
            owner = _item_column(kind)
            query = select(owner, _k.c.media_file_id)
        items, files = reading.columns(query.where(reading.among(owner, ids)))
        return items, files
    of_files, of_items = links(reading)
    if kind is ItemKind.MOVIE:
        return [-item if item < 0 else 0 for item in of_items], of_files
    if kind is ItemKind.EPISODE:
        return [item if item > 0 else 0 for item in of_items], of_files
    show_of = shows_of_episodes(reading)
    return [show_of.get(item, 0) for item in of_items], of_files


def _files_of_others(reading: Reading) -> Container[int]:
    """Return the files of servers that are only shared with the person; mostly there are none."""
    shared = select(servers.c.id).where(servers.c.removed_at.is_(None), ~servers.c.is_owner)
    if reading.connection.execute(shared).first() is None:
        return frozenset()
    return frozenset(reading.ids(select(_f.c.id).where(_f.c.server_id.in_(shared))))


def _of_own_groups(reading: Reading, kind: ItemKind) -> Container[int]:
    """Return the items for which one of the person's own servers stands.

    Files of somebody else's server say nothing of this computer where there are copies of one's own.
    """
    table, group = ITEM_TABLES[kind].alias("o"), item_groups.alias("g")
    source = group.join(table, table.c.id == group.c.group_id).join(libraries, libraries.c.id == table.c.library_id)
    source = source.join(servers, and_(servers.c.id == libraries.c.server_id, servers.c.is_owner))
    return frozenset(reading.ids(select(group.c.item_id).select_from(source).where(group.c.kind == kind.value)))


def place_ranks(reading: Reading, table: Table, sort: SortField, ids: Collection[int] | None) -> Key:
    """Return where the name of a row's library or server stands among all names."""
    if table is media_files:
        owner, names = table.c.server_id, select(servers.c.id, servers.c.name)
    else:
        owner, names = table.c.library_id, select(libraries.c.id, libraries.c.name)
        if sort is SortField.SERVER:
            names = select(libraries.c.id, servers.c.name).join(servers, servers.c.id == libraries.c.server_id)
    name_of = dict(reading.connection.execute(names).all())
    places = {name: place for place, name in enumerate(sorted(set(name_of.values())))}
    query = select(table.c.id, owner)
    rows, owners = reading.columns(query if ids is None else query.where(reading.among(table.c.id, ids)))
    if len(places) < 2:
        return lambda _row: 0
    place_of = {one: places[name] for one, name in name_of.items()}
    return dict(zip(rows, map(place_of.__getitem__, owners), strict=True)).__getitem__


def watched_ranks(reading: Reading, table: Table, ids: Collection[int] | None) -> Key:
    """Return whether an item was watched."""
    query = select(table.c.id).where(table.c.view_count > 0)
    return frozenset(reading.ids(query if ids is None else query.where(reading.among(table.c.id, ids)))).__contains__


def show_counts(reading: Reading, sort: SortField, *, grouped: bool) -> Key:
    """Return how many episodes a show has, or how many were watched.

    Grouped, the show that stands for others counts what any copy has; its copies count their own, which is never more.
    """
    if sort is SortField.EPISODES:
        counts = dict(reading.connection.execute(select(shows.c.id, shows.c.total_episodes)).all())
    else:
        views = case((_e.c.view_count > 0, 1), else_=0)
        query = select(_e.c.show_id, func.sum(views)).where(_e.c.removed_at.is_(None)).group_by(_e.c.show_id)
        counts = dict(reading.connection.execute(query).all())
    if grouped:
        counts.update(group_counts(reading, watched=sort is SortField.WATCHED))
    return lambda show: counts.get(show, 0)


def group_counts(reading: Reading, *, watched: bool) -> dict[int, int]:
    """Return for each group of shows how many episodes it has, or how many were watched, each once."""
    group, same = item_groups.alias("g"), item_groups.alias("n")
    one = func.coalesce(same.c.group_id, _e.c.id)
    source = (
        group.join(_e, and_(_e.c.show_id == group.c.item_id, _e.c.removed_at.is_(None)))
        .outerjoin(same, and_(same.c.kind == ItemKind.EPISODE.value, same.c.item_id == _e.c.id))
    )  # fmt: skip
    query = select(group.c.group_id, func.count(distinct(one))).select_from(source)
    query = query.where(group.c.kind == ItemKind.SHOW.value).group_by(group.c.group_id)
    if watched:
        query = query.where(_e.c.view_count > 0)
    return dict(reading.connection.execute(query).all())


def group_bytes(table: Table, kind: ItemKind) -> ColumnElement[int]:
    """Return the size of all files of a row's group, or of its own where it is alone."""
    of_group = select(item_groups.c.group_bytes).where(
        item_groups.c.kind == kind.value, item_groups.c.item_id == table.c.id
    )
    return func.coalesce(of_group.scalar_subquery(), table.c.size_bytes)
