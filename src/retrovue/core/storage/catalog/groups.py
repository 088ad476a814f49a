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
from operator import eq
from typing import NamedTuple

from sqlalchemy import Connection, select

from retrovue.core.domain.browse import BrowseQuery, SortField
from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.catalog.duplicates import SharedId
from retrovue.core.storage.catalog.reading import CatalogReader, marks_for
from retrovue.core.storage.catalog.same_items import LIVE, find_groups
from retrovue.core.storage.database import Database
from retrovue.core.storage.dialects.lists import lists_for
from retrovue.core.storage.dialects.writing import writing_for
from retrovue.core.storage.tables import ITEM_TABLES, item_groups

_PUT = (
    "INSERT INTO item_groups (kind, item_id, group_id, group_bytes) VALUES ('{kind}', ?, ?, ?) "
    "ON CONFLICT (kind, item_id) DO UPDATE SET group_id = excluded.group_id, group_bytes = excluded.group_bytes"
)
_MANY = 1_000
"""So many new groups change what a planner should know of them."""
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
            found = find_groups(reading, same, check)
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
                if len(fresh) > _MANY:
                    writing_for(connection).learn(connection, (item_groups.name,))
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
            f"CROSS JOIN {ITEM_TABLES[kind]} t ON t.id = g.item_id {LIVE}"
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
            f"JOIN {ITEM_TABLES[kind]} t ON t.id = g.item_id {LIVE} AND g.kind = ?",
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
        f"SELECT DISTINCT g.group_id FROM item_groups g JOIN {ITEM_TABLES[kind]} t ON t.id = g.item_id {LIVE}"
        "AND t.view_count > 0 AND g.kind = ?",
        (kind.value,),
    )
    return frozenset(row[0] for row in rows)
