"""In which order the rows of a list come.

A list of 200,000 rows opens within the blink of an eye only if no row is looked up: the orders that are asked for most
come from an index that contains the id too, and what is absent is taken out of them afterwards. An order by a value of
which there are few (a state, a library) is the first order, sorted by the value in Python: a second key of text makes
SQLite sort 200,000 texts.
"""

from array import array
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, func, literal, select, union_all

from retrovue.core.domain.browse import KIND_OF, BrowseQuery, SortField, View
from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.catalog import values, watched
from retrovue.core.storage.catalog.reading import Reading, packed
from retrovue.core.storage.tables import (
    ITEM_TABLES,
    episodes,
    libraries,
    media_files,
    movies,
    servers,
    shows,
)

_LIVE_LIBRARIES = (
    select(libraries.c.id)
    .join(servers, servers.c.id == libraries.c.server_id)
    .where(servers.c.removed_at.is_(None))
)  # fmt: skip


def table_of(view: View) -> Table:
    """Return the table of a list."""
    return media_files if view is View.FILES else ITEM_TABLES[KIND_OF[view]]


def is_of_live_server(view: View) -> ColumnElement[bool]:
    """Return whether the server of a row was not removed."""
    if view is View.FILES:
        return media_files.c.server_id.in_(values.LIVE_SERVERS)
    return table_of(view).c.library_id.in_(_LIVE_LIBRARIES)


def is_order_kept(reading: Reading, query: BrowseQuery) -> bool:
    """Whether the order of all rows is known already."""
    return reading.is_kept(_key(query))


def order_of_all(reading: Reading, query: BrowseQuery) -> "array[int]":
    """Return the ids of all present rows in the order that is asked for."""
    return reading.keep(_key(query), lambda: _ordered(reading, query, None))


def order_of(reading: Reading, query: BrowseQuery, ids: Collection[int]) -> "array[int]":
    """Return these ids in the order that is asked for; they must be rows of the list."""
    return _ordered(reading, query, ids)


def _key(query: BrowseQuery) -> BrowseQuery:
    return BrowseQuery(query.view, sort=query.sort, descending=query.descending, grouped=query.grouped)


def _ordered(reading: Reading, query: BrowseQuery, ids: Collection[int] | None) -> "array[int]":
    value = _few_values(reading, query, ids)
    if value is not None:
        base = _base_order(reading, query.view, ids)
        return packed(sorted(base, key=value, reverse=query.descending))
    if query.view is View.FILES and query.sort is SortField.TITLE:
        return _files_by_title(reading, ids, descending=query.descending)
    column = _column(query)
    if column is None:
        return _base_order(reading, query.view, ids, descending=query.descending)
    table = table_of(query.view)
    # Without conditions: SQLite would walk an index over libraries, and look up each row for its value.
    rows = select(table.c.id).order_by(column.nulls_first(), table.c.id)
    found = reading.ids(rows if ids is None else rows.where(reading.among(table.c.id, ids)))
    present = _without_absent(reading, query.view, found) if ids is None else packed(found)
    return present[::-1] if query.descending else present


def _few_values(reading: Reading, query: BrowseQuery, ids: Collection[int] | None) -> "values.Key | None":
    """Return the value of a row that the list is sorted by, where few are different; None for other orders."""
    table, kind = table_of(query.view), KIND_OF.get(query.view)
    match query.sort:
        case SortField.STATE | SortField.RESOLUTION if kind is None:
            return values.file_ranks(reading, query.sort, ids).__getitem__
        case SortField.STATE | SortField.RESOLUTION if kind is not None:
            return values.item_ranks(reading, kind, query.sort, ids, grouped=query.grouped).__getitem__
        case SortField.SERVER:
            return values.place_ranks(reading, table, query.sort, ids)
        case SortField.LIBRARY if kind is not None:
            return values.place_ranks(reading, table, query.sort, ids)
        case SortField.WATCHED if kind in (ItemKind.MOVIE, ItemKind.EPISODE):
            return values.watched_ranks(reading, table, ids)
        case SortField.WATCHED | SortField.EPISODES if kind is ItemKind.SHOW:
            return values.show_counts(reading, query.sort, grouped=query.grouped)
        case sort if kind is not None and sort in watched.SORTS:
            return watched.ranks(reading, kind, sort, grouped=query.grouped)
    return None


def _column(query: BrowseQuery) -> ColumnElement[Any] | None:
    """Return what SQL sorts by; None for the first order of a list."""
    table, kind = table_of(query.view), KIND_OF.get(query.view)
    if kind is None:
        return {SortField.SIZE: table.c.size_bytes, SortField.ADDED: table.c.first_seen_at}.get(query.sort)
    columns = {SortField.YEAR: table.c.year, SortField.ADDED: table.c.added_at, SortField.DURATION: table.c.duration_ms}
    if query.sort in columns:
        return columns[query.sort]
    if query.sort is SortField.SIZE:
        return values.group_bytes(table, kind) if query.grouped else table.c.size_bytes
    is_first = kind is not ItemKind.EPISODE or query.sort in (SortField.SHOW, SortField.EPISODES)
    return None if is_first else table.c.sort_key


def _base_order(reading: Reading, view: View, ids: Collection[int] | None, *, descending: bool = False) -> "array[int]":
    """Return the first order of a list: by title, of episodes by show and number, of files by server and path."""
    if ids is None:
        return reading.keep(("base", view, descending), lambda: _base_order_of_all(reading, view, descending))
    order = _base_clause(view, descending)
    if view is View.EPISODES:
        source = episodes.join(shows, shows.c.id == episodes.c.show_id)
        query = select(episodes.c.id).select_from(source).where(reading.among(episodes.c.id, ids))
        return packed(reading.ids(query.order_by(*order)))
    table = table_of(view)
    return packed(reading.ids(select(table.c.id).where(reading.among(table.c.id, ids)).order_by(*order)))


def _base_clause(view: View, descending: bool) -> Sequence[ColumnElement[Any]]:
    if view is View.FILES:
        first: Sequence[ColumnElement[Any]] = (media_files.c.server_id, media_files.c.server_path)
    elif view is View.EPISODES:
        first = (shows.c.sort_key, shows.c.id)
    else:
        first = (table_of(view).c.sort_key, table_of(view).c.id)
    head = [column.desc() for column in first] if descending else list(first)
    # Episodes go upwards in either direction of their shows.
    tail = (episodes.c.season_number.nulls_first(), episodes.c.episode_number.nulls_first(), episodes.c.id)
    return (*head, *tail) if view is View.EPISODES else head


def _base_order_of_all(reading: Reading, view: View, descending: bool) -> "array[int]":
    """Read the whole order from an index, and take out what is absent."""
    if view is View.EPISODES:
        ids = reading.dialect.episode_ids(reading.connection, descending=descending)
    else:
        ids = reading.ids(select(table_of(view).c.id).order_by(*_base_clause(view, descending)))
    return _without_absent(reading, view, ids)


def _without_absent(reading: Reading, view: View, ids: list[int]) -> "array[int]":
    absent = _absent_of(reading, view)
    return packed(row for row in ids if row not in absent) if absent else packed(ids)


def _absent_of(reading: Reading, view: View) -> frozenset[int]:
    return reading.keep(("absent", view), lambda: _absent(reading, view))


def _absent(reading: Reading, view: View) -> frozenset[int]:
    """Return the rows that a list does not show: mostly very few, while those it shows are all."""
    table = table_of(view)
    removed = select(table.c.id).where(table.c.removed_at.is_not(None))
    found = reading.ids(removed if view is View.FILES else values.removed_rows(table))
    gone = select(func.count()).select_from(servers).where(servers.c.removed_at.is_not(None))
    if reading.connection.execute(gone).scalar_one():
        found += reading.ids(select(table.c.id).where(~is_of_live_server(view)))
    return frozenset(found)


def _files_by_title(reading: Reading, ids: Collection[int] | None, *, descending: bool) -> "array[int]":
    """Return files by the title of what they contain, episodes in order; files that contain nothing come last.

    Asking for the title of each of 220,000 files takes seconds: the titles are walked in order instead.
    """
    base = _base_order(reading, View.FILES, ids)
    of_files, of_items = values.links(reading, ids)
    some = None if ids is None else _present_episodes(reading, {item for item in of_items if item > 0})
    absent = _absent_of(reading, View.MOVIES)
    in_order = _base_order(reading, View.EPISODES, some, descending=descending)
    counts = _episode_counts(reading, some)
    ordered: dict[int, None] = {}
    files_of = _files_by_item(of_items, of_files)
    at = 0
    for title in _titles(reading, descending=descending):
        if title < 0 and -title not in absent:
            ordered.update(dict.fromkeys(files_of.get(title, ())))
        elif (count := counts.get(title, 0)) > 0:
            # Both come by their shows in the same order.
            for episode in in_order[at : at + count]:
                for file in files_of.get(episode, ()):
                    ordered[file] = None
            at += count
    wanted = frozenset(base)
    found = packed(filter(wanted.__contains__, ordered))
    if len(found) < len(base):
        found.extend(file for file in base if file not in ordered)
    return found


def _present_episodes(reading: Reading, ids: Collection[int]) -> list[int]:
    return reading.ids(select(episodes.c.id).where(reading.among(episodes.c.id, ids), episodes.c.removed_at.is_(None)))


def _files_by_item(items: Iterable[int], files: Iterable[int]) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for item, file in zip(items, files, strict=True):
        found[item] = (*found[item], file) if item in found else (file,)
    return found


def _episode_counts(reading: Reading, some: Collection[int] | None) -> dict[int, int]:
    """Return how many episodes of each show are in the order of episodes."""
    query = select(episodes.c.show_id, func.count()).group_by(episodes.c.show_id)
    if some is not None:
        query = query.where(reading.among(episodes.c.id, some))
    counts: dict[int, int] = dict(reading.connection.execute(query).all())
    if some is None and (absent := _absent_of(reading, View.EPISODES)):
        gone = select(episodes.c.show_id).where(reading.among(episodes.c.id, absent))
        for show in reading.ids(gone):
            counts[show] -= 1
    return counts


def _titles(reading: Reading, *, descending: bool) -> "array[int]":
    """Return shows and movies by title: ids of shows, and ids of movies below 0."""
    titles = union_all(
        select((-movies.c.id).label("title"), movies.c.sort_key, literal(0).label("kind"), movies.c.id),
        select(shows.c.id, shows.c.sort_key, literal(1), shows.c.id),
    ).subquery()
    order = (titles.c.sort_key, titles.c.kind, titles.c.id)
    if descending:
        order = (titles.c.sort_key.desc(), titles.c.kind, titles.c.id.desc())  # type: ignore[assignment]
    return reading.keep(("titles", descending), lambda: packed(reading.ids(select(titles.c.title).order_by(*order))))
