"""Which items of the catalog are one and the same, and how large the files of each such group are.

Read from all libraries at once, whenever something was written that can change it; `groups` keeps what is found.
"""

from array import array
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from itertools import compress
from operator import itemgetter

from sqlalchemy import Connection, Label, and_, func, literal_column, select

from retrovue.core.domain.guids import names_nothing
from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.catalog.duplicates import SharedId
from retrovue.core.storage.catalog.joining import FILE_KEY, joins
from retrovue.core.storage.catalog.reading import Reading
from retrovue.core.storage.catalog.values import links, removed_rows, shows_of_episodes, zeros
from retrovue.core.storage.tables import (
    GUID_TABLES,
    ITEM_TABLES,
    episodes,
    file_places,
    libraries,
    media_files,
    servers,
)

LIVE = (
    "JOIN libraries l ON l.id = t.library_id JOIN servers s ON s.id = l.server_id AND s.removed_at IS NULL "
    "WHERE t.removed_at IS NULL "
)
"""Of items `t`: those that are present, on a server that is not removed."""

_SHARED = (
    f"AND {joins('g')} "
    "AND (g.provider, g.external_id) IN (SELECT provider, external_id "
    "FROM {kind}_guids GROUP BY provider, external_id HAVING count(DISTINCT {kind}_id) > 1)"
)


def find_groups(
    reading: Reading, same: Callable[[Iterable[SharedId]], Iterable[list[int]]], check: Callable[[], None]
) -> dict[ItemKind, list[tuple[int, int, int]]]:
    """Find all groups, of shows before those of their episodes: (item, group, size of the group's files).

    Whole columns are read and joined here: window functions over 200,000 episodes and grouping their files by path
    took SQLite 6 s.
    """
    sizes = _FileSizes(reading)
    found: dict[ItemKind, list[tuple[int, int]]] = {}
    joined: dict[ItemKind, list[list[int]]] = {}
    for kind in (ItemKind.SHOW, ItemKind.MOVIE):
        check()
        joined[kind] = [ids for ids in same(_titles(reading, kind)) if len(ids) > 1]
        found[kind] = _members(reading, kind, joined[kind])
    check()
    root_of = {show: ids[0] for ids in joined[ItemKind.SHOW] for show in ids}
    found[ItemKind.EPISODE] = _members(reading, ItemKind.EPISODE, _alike_episodes(reading, root_of, same))
    check()
    return {kind: sizes.measured(kind, members) for kind, members in found.items()}


def _alike_episodes(
    reading: Reading, root_of: Mapping[int, int], same: Callable[[Iterable[SharedId]], Iterable[list[int]]]
) -> list[list[int]]:
    """Return episodes that are the same: by show and number, then what shares an id of its own with one of them."""
    query = select(episodes.c.id, episodes.c.show_id, episodes.c.season_number, episodes.c.episode_number)
    first_of: dict[tuple[int, int, int], int] = {}
    # Most episodes are the only one or the first of their number: a list only where there is another.
    others_of: dict[int, list[int]] = {}
    removed = frozenset(reading.ids(removed_rows(episodes)))
    for item_id, show, season, number in zip(*reading.columns(query), strict=True):
        root = root_of.get(show)
        if root is not None and season is not None and number is not None and item_id not in removed:
            first = first_of.setdefault((root, season, number), item_id)
            if first != item_id:
                others_of.setdefault(first, []).append(item_id)
    alike = [sorted((first, *others)) for first, others in others_of.items()]
    rows = _episodes(reading.connection, root_of)
    return _joined_by_own_ids(alike, same(rows)) if rows else alike


def _joined_by_own_ids(alike: list[list[int]], groups: Iterable[list[int]]) -> list[list[int]]:
    group_of = {item_id: ids for ids in alike for item_id in ids}
    for ids in groups:
        if len(ids) < 2:
            continue
        known = {id(group): group for item_id in ids if (group := group_of.get(item_id)) is not None}
        merged = sorted({*ids, *(item_id for group in known.values() for item_id in group)})
        for item_id in merged:
            group_of[item_id] = merged
    return list({id(group): group for group in group_of.values()}.values())


def _members(reading: Reading, kind: ItemKind, joined: Iterable[list[int]]) -> list[tuple[int, int]]:
    """Return (item, group) of every group: one's own server stands for all, then the item that was there first.

    Versions of an item in one library stay rows of their own.
    """
    table = ITEM_TABLES[kind]
    library_of = zeros(reading, table)
    for item_id, library in zip(*reading.columns(select(table.c.id, table.c.library_id)), strict=True):
        library_of[item_id] = library
    owned = select(libraries.c.id).join(servers, servers.c.id == libraries.c.server_id).where(servers.c.is_owner)
    own = frozenset(reading.ids(owned))
    found: list[tuple[int, int]] = []
    for alike in joined:
        leader = alike[0]
        library = library_of[leader]
        of = [library_of[item_id] for item_id in alike]
        if of.count(library) != len(of):
            if library not in own:
                leader = next((item_id for item_id in alike if library_of[item_id] in own), leader)
            found += [(item_id, leader) for item_id in alike]
    return found


class _FileSizes:
    """Adds up the files of groups, each local file once however many servers tell of it."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._key_of = self._size_of = array("q")
        self._is_told_alike = True
        """Whether all that tell of a file tell the same size."""

    def measured(self, kind: ItemKind, members: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
        """Return the members of the groups with the size of all files of each group."""
        if not members:
            return []
        if not self._key_of:
            self._read()
        of_files, of_items = links(self._reading)
        groups = array("q", map(self._groups_of(kind, members).__getitem__, of_items))
        files = array("q", compress(of_files, groups))
        keys, sizes = map(self._key_of.__getitem__, files), map(self._size_of.__getitem__, files)
        pairs: Iterable[tuple[int, int]] = zip(
            [group << 32 | key for group, key in zip(filter(None, groups), keys, strict=True)], sizes, strict=True
        )
        # Of several sizes of one file the largest counts: a dictionary keeps the last.
        largest = dict(pairs if self._is_told_alike else sorted(pairs, key=itemgetter(1)))
        total = dict.fromkeys([group for _item, group in members], 0)
        for pair, size in largest.items():
            total[pair >> 32] += size
        return [(item_id, group, total[group]) for item_id, group in members]

    def _groups_of(self, kind: ItemKind, members: Sequence[tuple[int, int]]) -> "array[int]":
        """Return the group of each episode by its id, and of each movie from the end, as `links` has them; 0: none."""
        last = self._last_id(ItemKind.EPISODE) + self._last_id(ItemKind.MOVIE)
        group_of = array("q", bytes(8 * (last + 1)))
        if kind is ItemKind.SHOW:
            of_show = dict(members)
            for episode, show in shows_of_episodes(self._reading).items():
                group_of[episode] = of_show.get(show, 0)
        else:
            sign = -1 if kind is ItemKind.MOVIE else 1
            for item_id, group in members:
                group_of[sign * item_id] = group
        return group_of

    def _last_id(self, kind: ItemKind) -> int:
        return self._reading.connection.execute(select(func.max(ITEM_TABLES[kind].c.id))).scalar() or 0

    def _read(self) -> None:
        file = media_files.alias("f")
        # Groups are the same for every computer: whichever has a path for a file says which others are the same file.
        place = file_places.alias("p")
        mapped = file.outerjoin(place, and_(place.c.media_file_id == file.c.id, place.c.local_path.is_not(None)))
        key: Label[str] = literal_column(FILE_KEY).label("key")
        query = select(file.c.id, func.coalesce(file.c.size_bytes, 0), key).select_from(mapped)
        ids, sizes, texts = self._reading.columns(query.order_by(file.c.id, place.c.computer_id))
        self._key_of, self._size_of = zeros(self._reading, media_files), zeros(self._reading, media_files)
        number_of: dict[str, int] = {}
        told = array("q")
        last = 0
        for item_id, size, text in zip(ids, sizes, texts, strict=True):
            if item_id == last:
                continue
            last = item_id
            number = number_of.setdefault(text, len(told))
            if number == len(told):
                told.append(size)
            elif told[number] != size:
                self._is_told_alike = False
            self._key_of[item_id], self._size_of[item_id] = number, size


def _titles(reading: Reading, kind: ItemKind) -> list[SharedId]:
    """Return shows or movies that share an id; ids that the same items share count once."""
    table, guids = ITEM_TABLES[kind], GUID_TABLES[kind]
    live = select(libraries.c.id).join(servers, servers.c.id == libraries.c.server_id)
    present = select(table.c.id, table.c.year).where(
        table.c.removed_at.is_(None), table.c.library_id.in_(live.where(servers.c.removed_at.is_(None)))
    )
    years: dict[int, int | None] = dict(zip(*reading.columns(present), strict=True))
    query = select(guids.c.provider, guids.c.external_id, guids.c[f"{kind.value}_id"])
    items_of: dict[tuple[str, str], list[int]] = {}
    for provider, external_id, item_id in zip(*reading.columns(query), strict=True):
        if item_id in years:
            items_of.setdefault((provider, external_id), []).append(item_id)
    keys: dict[tuple[int, ...], tuple[str, str]] = {}
    for key, items in items_of.items():
        if len(items) > 1 and not names_nothing(*key):
            alike = tuple(sorted(set(items)))
            if len(alike) > 1:
                keys.setdefault(alike, key)
    return [SharedId(key, item_id, years[item_id]) for alike, key in keys.items() for item_id in alike]


def _episodes(connection: Connection, known_shows: Container[int]) -> list[SharedId]:
    """Episodes that share an id of their own, as far as their shows do not tell already that they are the same."""
    rows = connection.exec_driver_sql(
        "SELECT DISTINCT g.provider, g.external_id, t.id, h.year, t.show_id, t.season_number, t.episode_number "
        "FROM episode_guids g JOIN episodes t ON t.id = g.episode_id JOIN shows h ON h.id = t.show_id "
        f"{LIVE}{_SHARED.format(kind='episode')}"
    ).fetchall()
    open_keys = {(row[0], row[1]) for row in rows if row[4] not in known_shows}
    return [SharedId((row[0], row[1]), *row[2:]) for row in rows if (row[0], row[1]) in open_keys]
