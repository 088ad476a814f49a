"""Items of several libraries that are one and the same: which they are, kept so that lists need not find it out.

Two servers of 100,000 episodes each make 100,000 pairs; finding them takes seconds, so it is done once per change and
kept in `item_groups`. The rows of the items stay as they are: a group is only a view of them, and a list that reads
groups which are a little old still shows every present item, alone or in its group.
"""

import json
import threading
from array import array
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from enum import Enum, auto
from itertools import compress
from operator import eq, itemgetter
from typing import NamedTuple

from sqlalchemy import Connection, Label, and_, func, literal_column, select

from retrovue.core.domain.browse import BrowseQuery, SortField
from retrovue.core.domain.guids import names_nothing
from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.catalog.duplicates import SharedId
from retrovue.core.storage.catalog.joining import joins
from retrovue.core.storage.catalog.reading import CatalogReader, Reading, marks_for
from retrovue.core.storage.catalog.values import links, removed_rows, shows_of_episodes, zeros
from retrovue.core.storage.database import Database
from retrovue.core.storage.dialects.lists import lists_for
from retrovue.core.storage.tables import (
    GUID_TABLES,
    ITEM_TABLES,
    episodes,
    file_places,
    item_groups,
    libraries,
    media_files,
    servers,
)

FILE_KEY = (
    "CASE WHEN p.local_path IS NULL THEN f.server_path || ' ' || coalesce(f.size_bytes, 0) "
    "WHEN substr(p.local_path, 2, 1) = ':' OR substr(p.local_path, 1, 2) IN ('//', '\\\\') "
    "THEN lower(replace(p.local_path, '\\', '/')) ELSE p.local_path END"
)
"""What rows of one file share, in SQL: the local path (drives and shares in any case and with either slash), or, where
no rule covers it, what servers tell of it. Splitting 400,000 paths in Python took 17 s."""

_LIVE = (
    "JOIN libraries l ON l.id = t.library_id JOIN servers s ON s.id = l.server_id AND s.removed_at IS NULL "
    "WHERE t.removed_at IS NULL "
)
_SHARED = (
    f"AND {joins('g')} "
    "AND (g.provider, g.external_id) IN (SELECT provider, external_id "
    "FROM {kind}_guids GROUP BY provider, external_id HAVING count(DISTINCT {kind}_id) > 1)"
)
_PUT = (
    "INSERT INTO item_groups (kind, item_id, group_id, group_bytes) VALUES ('{kind}', ?, ?, ?) "
    "ON CONFLICT (kind, item_id) DO UPDATE SET group_id = excluded.group_id, group_bytes = excluded.group_bytes"
)
# Runs that wrote nothing change no group: an hourly look at a server that stands still costs nothing here.
_SIGNED = (
    "SELECT count(*), coalesce(max(id), 0), coalesce(max(finished_at), 0) FROM sync_runs "
    "WHERE finished_at IS NOT NULL AND added + updated + removed + held_back > 0",
    "SELECT id, CASE WHEN is_owner THEN 1 ELSE 0 END, CASE WHEN removed_at IS NULL THEN 1 ELSE 0 END FROM servers "
    "ORDER BY id",
    "SELECT state, count(*) FROM held_removals GROUP BY state ORDER BY state",
    "SELECT id, server_path, local_path FROM path_mappings ORDER BY id",
)


class Member(NamedTuple):
    """An item of a group, as `item_groups` has it."""

    item_id: int
    group_id: int
    group_bytes: int


class Place(Enum):
    """Where a group stands in a list: where the item stood that stands for it, or its first or last one."""

    OWN = auto()
    FIRST = auto()
    LAST = auto()


class Groups:
    """Which item stands for which, of one kind. Thread: any; read only once made."""

    def __init__(self, pairs: Iterable[Sequence[int]] = ()) -> None:
        self._of = array("q")
        leaders: set[int] = set()
        for item_id, group_id in pairs:
            if item_id >= len(self._of):
                # Doubling: an array that grows by one item each time would be copied each time.
                self._of.extend(bytes(max(item_id + 1, 2 * len(self._of)) - len(self._of)))
            self._of[item_id] = group_id
            leaders.add(group_id)
        self.count = len(leaders)

    def fold(self, ids: "array[int]", place: Place, dropped: Container[int] = ()) -> "array[int]":
        """`ids` with one item per group, the others in their order; `dropped` groups are left out."""
        if not self.count:
            return ids
        missing = max(ids, default=0) + 1 - len(self._of)
        of = self._of + array("q", bytes(8 * missing)) if missing > 0 else self._of
        found = array("q", map(of.__getitem__, ids))
        if sum(map(eq, found, ids)) != self.count:
            return self._fold_slowly(ids, found, place, dropped)
        # What stands for its group is listed for every group: no group needs to be looked at twice.
        if place is Place.OWN:
            folded = array("q", [i for i, group in zip(ids, found, strict=True) if not group or group == i])
        else:
            order = (
                zip(ids, found, strict=True)
                if place is Place.FIRST
                else zip(reversed(ids), reversed(found), strict=True)
            )
            folded = array("q", dict.fromkeys([group or i for i, group in order]))
            if place is Place.LAST:
                folded.reverse()
        return array("q", [i for i in folded if of[i] not in dropped]) if dropped else folded

    def _fold_slowly(
        self, ids: "array[int]", found: "array[int]", place: Place, dropped: Container[int]
    ) -> "array[int]":
        chosen: dict[int, int] = {}
        at: dict[int, int] = {}
        for n, (item_id, group) in enumerate(zip(ids, found, strict=True)):
            if group:
                known = chosen.get(group)
                if known is None or item_id == group or (known != group and item_id < known):
                    chosen[group] = item_id
                    if place is Place.OWN or known is None:
                        at[group] = n
                if place is Place.LAST:
                    at[group] = n
        folded = array("q")
        for n, (item_id, group) in enumerate(zip(ids, found, strict=True)):
            if not group:
                folded.append(item_id)
            elif at[group] == n and group not in dropped:
                folded.append(chosen[group])
        return folded


class GroupRepository:
    """The groups of the catalog. Thread: any."""

    def __init__(self, database: Database, reader: CatalogReader | None = None) -> None:
        self._database = database
        self._reader = reader or CatalogReader(database)
        self._lock = threading.Lock()
        self._known: dict[ItemKind, tuple[int, Groups]] = {}

    def groups(self, connection: Connection, kind: ItemKind) -> Groups:
        """The groups of a kind as they are kept now; read once per change."""
        version = connection.exec_driver_sql("SELECT version FROM item_grouping").scalar() or 0
        with self._lock:
            known = self._known.get(kind)
        if known is None or known[0] != version:
            pairs = connection.exec_driver_sql(
                "SELECT item_id, group_id FROM item_groups WHERE kind = ? ORDER BY item_id", (kind.value,)
            )
            known = (int(version), Groups(pairs.fetchall()))
            with self._lock:
                self._known[kind] = known
        return known[1]

    def is_stale(self) -> bool:
        """Whether something was written since the groups were reckoned that can change them."""
        with self._database.read() as connection:
            row = connection.exec_driver_sql("SELECT signature FROM item_grouping").scalar()
            return bool(row != _signature(connection))

    def rebuild(
        self,
        same: Callable[[Iterable[SharedId]], Iterable[list[int]]],
        check: Callable[[], None],
    ) -> bool:
        """Reckon the groups anew and keep what differs; whether anything did.

        Args:
            same: joins the ids of items that are one.
            check: called between steps; may raise to stop.
        """
        with self._reader.reading() as reading:
            signature = _signature(reading.connection)
            found = _reckon(reading, same, check)
        return self._keep(found, signature)

    def _keep(self, found: Mapping[ItemKind, Sequence[tuple[int, int, int]]], signature: str) -> bool:
        is_other = False
        with self._database.write() as connection:
            for kind, members in found.items():
                name, kept = kind.value, item_groups.c
                query = select(kept.item_id, kept.group_id, kept.group_bytes).where(kept.kind == name)
                stored = set(zip(*lists_for(connection).columns(connection, query), strict=True))
                wanted = set(members)
                fresh = sorted(wanted - stored)
                gone = {row[0] for row in stored - wanted}
                if gone:
                    gone.difference_update(member[0] for member in members)
                if gone:
                    connection.exec_driver_sql(
                        "DELETE FROM item_groups WHERE kind = ? AND item_id = ?", [(name, item_id) for item_id in gone]
                    )
                if fresh:
                    connection.exec_driver_sql(_PUT.format(kind=name), fresh)
                is_other = is_other or bool(gone or fresh)
            connection.exec_driver_sql(
                "INSERT INTO item_grouping (id, signature, version) VALUES (1, ?, 1) ON CONFLICT (id) DO UPDATE SET "
                "signature = excluded.signature, version = item_grouping.version + ?",
                (signature, int(is_other)),
            )
        return is_other


def _signature(connection: Connection) -> str:
    """Return a text that is another one when something was written that can change groups."""
    return json.dumps([[list(row) for row in connection.exec_driver_sql(sql)] for sql in _SIGNED])


def members_of(connection: Connection, kind: ItemKind, ids: Sequence[int]) -> dict[int, list[Member]]:
    """The present members of the groups that these items are in: id asked for → members, itself first.

    Items that are alone, or whose companions are gone, have no entry.
    """
    found: dict[int, list[Member]] = {}
    for start in range(0, len(ids), 500):
        chunk = tuple(ids[start : start + 500])
        rows = connection.exec_driver_sql(
            # Told how: SQLite would read all groups of the kind (37 s for a page where there are 100,000).
            "SELECT a.item_id, g.item_id, g.group_id, g.group_bytes FROM item_groups a "
            "CROSS JOIN item_groups g INDEXED BY ix_item_groups_group_id "
            "ON g.kind = a.kind AND g.group_id = a.group_id "
            f"CROSS JOIN {ITEM_TABLES[kind]} t ON t.id = g.item_id {_LIVE}"
            f"AND a.kind = ? AND a.item_id IN ({marks_for(chunk)}) "
            "ORDER BY g.item_id <> a.item_id, s.is_owner DESC, s.name, g.item_id",
            (kind.value, *chunk),
        )
        for asked, *member in rows:
            found.setdefault(asked, []).append(Member(*member))
    return {asked: members for asked, members in found.items() if len(members) > 1 and members[0].item_id == asked}


def folded_away(connection: Connection, kind: ItemKind) -> int:
    """How many present items a grouped list does not show because another one stands for them."""
    return int(
        connection.exec_driver_sql(
            "SELECT count(*) - count(DISTINCT g.group_id) FROM item_groups g "
            f"JOIN {ITEM_TABLES[kind]} t ON t.id = g.item_id {_LIVE} AND g.kind = ?",
            (kind.value,),
        ).scalar_one()
    )


# A group shows the best, worst or newest of its items: it stands where that one does, whichever way the list goes.
_OF_THE_MOST = frozenset(
    {SortField.ADDED, SortField.WATCHED, SortField.STATE, SortField.RESOLUTION, SortField.EPISODES}
)


def folded(
    connection: Connection, groups: Groups, ids: "array[int]", kind: ItemKind, query: BrowseQuery
) -> "array[int]":
    """The ids of a list with one item per group, and only the groups that the query means as a whole."""
    place = Place.OWN
    if query.sort in _OF_THE_MOST and not (kind is ItemKind.EPISODE and query.sort is SortField.EPISODES):
        place = Place.FIRST if query.descending else Place.LAST
    dropped: Container[int] = ()
    if query.watched is not None and groups.count:
        dropped = _half_meant(connection, kind, watched=query.watched)
    return groups.fold(ids, place, dropped)


def _half_meant(connection: Connection, kind: ItemKind, *, watched: bool) -> Container[int]:
    """Groups that a list of (not) watched items leaves out, though some of their items would be let through."""
    if kind is ItemKind.SHOW:
        rows = connection.exec_driver_sql(
            "SELECT g.group_id, count(DISTINCT coalesce(n.group_id, e.id)), "
            "count(DISTINCT CASE WHEN e.view_count > 0 THEN coalesce(n.group_id, e.id) END) FROM item_groups g "
            "JOIN episodes e ON e.show_id = g.item_id AND e.removed_at IS NULL LEFT JOIN item_groups n "
            "ON n.kind = 'episode' AND n.item_id = e.id WHERE g.kind = 'show' GROUP BY g.group_id"
        )
        return frozenset(row[0] for row in rows if (row[1] == row[2]) is not watched)
    if watched:
        return ()
    rows = connection.exec_driver_sql(
        f"SELECT DISTINCT g.group_id FROM item_groups g JOIN {ITEM_TABLES[kind]} t ON t.id = g.item_id {_LIVE}"
        "AND t.view_count > 0 AND g.kind = ?",
        (kind.value,),
    )
    return frozenset(row[0] for row in rows)


def _reckon(
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
        f"{_LIVE}{_SHARED.format(kind='episode')}"
    ).fetchall()
    open_keys = {(row[0], row[1]) for row in rows if row[4] not in known_shows}
    return [SharedId((row[0], row[1]), *row[2:]) for row in rows if (row[0], row[1]) in open_keys]
