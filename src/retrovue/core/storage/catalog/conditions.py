"""Which rows of the catalog a list lets through.

Each filter reads the ids that it means by the index that suits it, and the list is what all of them have in common:
one SELECT with all conditions makes SQLite walk 200,000 wide rows in the order of whichever index it likes best.
"""

from collections.abc import Iterator
from itertools import compress
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from retrovue.core.domain.browse import KIND_OF, BrowseQuery, View
from retrovue.core.domain.guids import parse_guid
from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.catalog import members, search, values, watched
from retrovue.core.storage.catalog.ordering import is_of_live_server, table_of
from retrovue.core.storage.catalog.reading import Reading
from retrovue.core.storage.database import computer_of
from retrovue.core.storage.tables import (
    GUID_TABLES,
    ITEM_TABLES,
    episodes,
    file_places,
    item_groups,
    libraries,
    media_files,
    shows,
    sync_runs,
)

_e, _f = episodes.alias("e"), media_files.alias("f")


def chosen_ids(reading: Reading, query: BrowseQuery) -> set[int] | None:
    """Return the ids that the filters and the text of a list let through, rows it does not show perhaps included.

    None: the list is neither filtered nor searched.
    """
    chosen: set[int] | None = None
    for found in _filters(reading, query):
        chosen = found if chosen is None else chosen & found
        if not chosen:
            break
    return chosen


def present_among(reading: Reading, query: BrowseQuery, ids: set[int]) -> list[int]:
    """Return those of these ids that the list shows: present, or removed, of servers that were not removed."""
    table = table_of(query.view)
    is_removed = query.removed and query.view is not View.FILES
    present = table.c.removed_at.is_not(None) if is_removed else table.c.removed_at.is_(None)
    wanted = reading.among(table.c.id, ids)
    return reading.ids(select(table.c.id).where(wanted, present, is_of_live_server(query.view)))


def _filters(reading: Reading, query: BrowseQuery) -> Iterator[set[int]]:
    kind = KIND_OF.get(query.view)
    if query.text.strip():
        yield _files_by_path(reading, query.text) if kind is None else _items_by_text(reading, kind, query.text)
    if kind is None:
        yield from _file_filters(reading, query)
    else:
        yield from _item_filters(reading, kind, query)


def _item_filters(reading: Reading, kind: ItemKind, query: BrowseQuery) -> Iterator[set[int]]:
    table = ITEM_TABLES[kind]
    if query.removed:
        yield set(reading.ids(values.removed_rows(table)))
    if query.server_ids or query.library_ids:
        yield set(reading.ids(select(table.c.id).where(table.c.library_id.in_(_libraries(query)))))
    for files in _by_their_own_values(reading, query):
        yield values.items_of_files(reading, kind, files)
    conditions = list(_row_conditions(reading, kind, query))
    if conditions:
        yield set(reading.ids(select(table.c.id).where(*conditions)))
    if query.watched is not None and kind is ItemKind.SHOW:
        yield _watched_shows(reading, query)
    yield from watched.filters(reading, kind, query.watch, grouped=query.grouped)
    if query.collection_ids:
        yield members.items(reading, kind, query.collection_ids)


def _libraries(query: BrowseQuery) -> Select[Any]:
    wanted = select(libraries.c.id)
    if query.library_ids:
        wanted = wanted.where(libraries.c.id.in_(query.library_ids))
    return wanted.where(libraries.c.server_id.in_(query.server_ids)) if query.server_ids else wanted


def _row_conditions(reading: Reading, kind: ItemKind, query: BrowseQuery) -> Iterator[ColumnElement[bool]]:
    table = ITEM_TABLES[kind]
    if query.trashed:
        yield table.c.trashed_at.is_not(None)
    if query.watched is not None and kind is not ItemKind.SHOW:
        yield table.c.view_count > 0 if query.watched else table.c.view_count == 0
    # A show is let through by what its episodes are.
    row = _e if kind is ItemKind.SHOW else table
    own: list[ColumnElement[bool]] = []
    if query.added_since is not None:
        own.append(row.c.added_at >= query.added_since)
    if query.seen_since is not None:
        own.append(row.c.first_seen_at >= query.seen_since)
    if query.seen_until is not None:
        own.append(row.c.first_seen_at <= query.seen_until)
    if query.in_last_run:
        runs = reading.connection.execute(_LAST_RUNS)
        either = [and_(row.c.library_id == library, row.c.first_seen_at >= since) for library, since in runs]
        own.append(or_(false(), *either))
    for condition in own:
        if kind is ItemKind.SHOW:
            yield table.c.id.in_(select(_e.c.show_id).where(condition, _e.c.removed_at.is_(None)))
        else:
            yield condition


_LAST_RUNS = (
    select(sync_runs.c.library_id, func.max(sync_runs.c.started_at))
    .where(sync_runs.c.library_id.is_not(None), sync_runs.c.added > 0, sync_runs.c.finished_at.is_not(None))
    .group_by(sync_runs.c.library_id)
)


def _watched_shows(reading: Reading, query: BrowseQuery) -> set[int]:
    """Return the shows of which all, or not all, episodes were watched; copies that are grouped are judged later."""
    seen = (
        select(_e.c.show_id, func.count().label("n"))
        .where(_e.c.view_count > 0, _e.c.removed_at.is_(None))
        .group_by(_e.c.show_id)
    )
    watched: dict[int, int] = dict(reading.connection.execute(seen).all())
    totals = reading.connection.execute(select(shows.c.id, shows.c.total_episodes))
    if query.watched:
        found = {show for show, total in totals if watched.get(show, 0) == total}
    else:
        found = {show for show, total in totals if watched.get(show, 0) < total}
    if query.grouped:
        # Whether a show that several servers have is watched is said by all of its copies together.
        found.update(reading.ids(select(item_groups.c.item_id).where(item_groups.c.kind == ItemKind.SHOW.value)))
    return found


def _by_their_own_values(reading: Reading, query: BrowseQuery) -> Iterator[set[int]]:
    if query.states:
        yield values.files_in(reading, query.states)
    if query.resolutions:
        yield set(reading.ids(select(_f.c.id).where(_f.c.resolution.in_(query.resolutions))))


def _file_filters(reading: Reading, query: BrowseQuery) -> Iterator[set[int]]:
    if query.server_ids:
        yield set(reading.ids(select(_f.c.id).where(_f.c.server_id.in_(query.server_ids))))
    yield from _by_their_own_values(reading, query)
    seen = [_f.c.first_seen_at >= query.seen_since] if query.seen_since is not None else []
    if query.seen_until is not None:
        seen.append(_f.c.first_seen_at <= query.seen_until)
    if seen:
        yield set(reading.ids(select(_f.c.id).where(*seen)))
    if query.library_ids:
        yield _files_of_libraries(reading, query.library_ids)
    if query.collection_ids:
        yield members.files(reading, query.collection_ids)
    if query.in_last_run:
        found: set[int] = set()
        for library, since in reading.connection.execute(_LAST_RUNS).all():
            new = set(reading.ids(select(_f.c.id).where(_f.c.first_seen_at >= since)))
            found |= new & _files_of_libraries(reading, (library,))
        yield found


def _files_of_libraries(reading: Reading, library_ids: tuple[int, ...]) -> set[int]:
    wanted = {
        kind: frozenset(reading.ids(select(table.c.id).where(table.c.library_id.in_(library_ids))))
        for kind, table in ITEM_TABLES.items()
        if kind is not ItemKind.SHOW
    }
    items = {*wanted[ItemKind.EPISODE], *(-movie for movie in wanted[ItemKind.MOVIE])}
    of_files, of_items = values.links(reading)
    return set(compress(of_files, map(items.__contains__, of_items)))


def _items_by_text(reading: Reading, kind: ItemKind, text: str) -> set[int]:
    """Return the items of a kind that a text means: by title, external id or path."""
    found = set(search.found_ids(reading, kind, text))
    found.update(_by_external_id(reading, kind, text.strip()))
    if any(mark in text for mark in "/\\"):
        found |= values.items_of_files(reading, kind, _files_by_path(reading, text))
    return found


def _files_by_path(reading: Reading, text: str) -> set[int]:
    """Return the files whose path on the server or on this computer contains a text.

    Two SELECTs, since an index contains the paths of servers: a third of the time that the rows take.
    """
    contains, part = reading.dialect.contains, text.strip()
    found = set(reading.ids(select(_f.c.id).where(contains(_f.c.server_path, part))))
    # The sum keeps SQLite from the index on states, by which it would look up each row.
    own = file_places.c.computer_id + 0 == computer_of(reading.connection)
    here = own, contains(file_places.c.local_path, part)
    found.update(reading.ids(select(file_places.c.media_file_id).where(*here)))
    return found


def _by_external_id(reading: Reading, kind: ItemKind, text: str) -> list[int]:
    provider, separator, external_id = text.partition(":")
    if not separator or "//" in text:
        parsed = parse_guid(text)
        if parsed is None:
            if not (text.startswith("tt") and text[2:].isdigit()):
                return []
            parsed = ("imdb", text)
        provider, external_id = parsed
    guids = GUID_TABLES[kind]
    return reading.ids(
        select(guids.c[f"{kind.value}_id"]).where(
            guids.c.provider == provider.strip().lower(), guids.c.external_id == external_id.strip()
        )
    )


def episodes_of_show(reading: Reading, query: BrowseQuery) -> list[int]:
    """Return the present episodes of one show, or one season of it, by their numbers."""
    conditions = [episodes.c.removed_at.is_(None), is_of_live_server(View.EPISODES)]
    if query.removed:
        conditions[0] = episodes.c.removed_at.is_not(None)
    own: ColumnElement[bool] = episodes.c.show_id == query.show_id
    if query.grouped:
        asked, other = item_groups.alias("g"), item_groups.alias("o")
        same = (
            select(other.c.item_id)
            .join(asked, and_(asked.c.kind == other.c.kind, asked.c.group_id == other.c.group_id))
            .where(asked.c.kind == ItemKind.SHOW.value, asked.c.item_id == query.show_id)
        )
        alike = {row[0] for row in reading.connection.execute(same)} | {query.show_id}
        if len(alike) > 1:
            own = episodes.c.show_id.in_(sorted(alike))
    if query.season is not None:
        conditions.append(episodes.c.season_number == query.season)
    order = (episodes.c.season_number.nulls_first(), episodes.c.episode_number.nulls_first(), episodes.c.id)
    return reading.ids(select(episodes.c.id).where(own, *conditions).order_by(*order))
