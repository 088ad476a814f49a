"""Items of several libraries that are one and the same: which they are, kept so that lists need not find it out.

Two servers of 100,000 episodes each make 100,000 pairs; finding them takes seconds, so it is done once per change and
kept in `item_groups`. The rows of the items stay as they are: a group is only a view of them, and a list that reads
groups which are a little old still shows every present item, alone or in its group.
"""

import threading
from array import array
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from operator import eq

from sqlalchemy import Connection

from retrovue.core.domain.browse import BrowseQuery, SortField
from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.catalog.duplicates import SharedId
from retrovue.core.storage.catalog.joining import joins
from retrovue.core.storage.catalog.reading import marks_for
from retrovue.core.storage.database import Database
from retrovue.core.storage.tables import ITEM_TABLES

FILE_KEY = (
    "CASE WHEN f.local_path IS NULL THEN f.server_path || ' ' || coalesce(f.size_bytes, 0) "
    "WHEN substr(f.local_path, 2, 1) = ':' OR substr(f.local_path, 1, 2) IN ('//', '\\\\') "
    "THEN lower(replace(f.local_path, '\\', '/')) ELSE f.local_path END"
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
# Runs that wrote nothing change no group: an hourly look at a server that stands still costs nothing here.
_SIGNATURE = (
    "SELECT (SELECT count(*) || '.' || coalesce(max(id), 0) || '.' || coalesce(max(finished_at), 0) FROM sync_runs "
    "WHERE finished_at IS NOT NULL AND added + updated + removed + held_back > 0)"
    " || '/' || coalesce((SELECT group_concat(id || is_owner || (removed_at IS NULL)) FROM servers), '')"
    " || '/' || coalesce((SELECT group_concat(state || n) FROM (SELECT state, count(*) AS n FROM held_removals "
    "GROUP BY state ORDER BY state)), '')"
    " || '/' || coalesce((SELECT group_concat(id || server_path || local_path, '|') FROM path_mappings), '')"
)
_BY_SHOW = (
    "INSERT INTO temp.alike (item_id, root) SELECT e.id, min(e.id) OVER (PARTITION BY r.root, e.season_number, "
    "e.episode_number) FROM temp.roots r CROSS JOIN episodes e ON e.show_id = r.item_id "
    "WHERE e.removed_at IS NULL AND e.season_number IS NOT NULL AND e.episode_number IS NOT NULL"
)
# One's own server stands for all, then the item that was there first.
_GROUPS = (
    "SELECT item_id, group_id FROM (SELECT a.item_id, "
    "first_value(a.item_id) OVER (PARTITION BY a.root ORDER BY s.is_owner DESC, a.item_id) AS group_id, "
    "min(t.library_id) OVER (PARTITION BY a.root) AS least, max(t.library_id) OVER (PARTITION BY a.root) AS most "
    "FROM temp.alike a JOIN {table} t ON t.id = a.item_id JOIN libraries l ON l.id = t.library_id "
    "JOIN servers s ON s.id = l.server_id) WHERE least <> most"
)
_BYTES = (
    "SELECT group_id, sum(size) FROM (SELECT n.group_id, max(coalesce(f.size_bytes, 0)) AS size FROM temp.named n "
    f"{{join}} JOIN media_files f ON f.id = k.media_file_id GROUP BY n.group_id, {FILE_KEY}) GROUP BY group_id"
)


@dataclass(frozen=True, slots=True)
class Member:
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

    def __init__(self, database: Database) -> None:
        self._database = database
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
            return bool(row != connection.exec_driver_sql(_SIGNATURE).scalar_one())

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
        found: dict[ItemKind, list[Member]] = {}
        with self._database.read() as connection:
            signature = connection.exec_driver_sql(_SIGNATURE).scalar_one()
            _make_tables(connection)
            for kind in (ItemKind.SHOW, ItemKind.MOVIE, ItemKind.EPISODE):
                check()
                found[kind] = _reckon(connection, kind, same)
        check()
        return self._keep(found, str(signature))

    def _keep(self, found: dict[ItemKind, list[Member]], signature: str) -> bool:
        is_other = False
        with self._database.write() as connection:
            for kind, members in found.items():
                stored = {
                    row[0]: Member(*row)
                    for row in connection.exec_driver_sql(
                        "SELECT item_id, group_id, group_bytes FROM item_groups WHERE kind = ?", (kind.value,)
                    )
                }
                wanted = {member.item_id: member for member in members}
                gone = [(kind.value, item_id) for item_id in stored.keys() - wanted.keys()]
                fresh = [
                    (kind.value, member.item_id, member.group_id, member.group_bytes)
                    for member in members
                    if stored.get(member.item_id) != member
                ]
                if gone:
                    connection.exec_driver_sql("DELETE FROM item_groups WHERE kind = ? AND item_id = ?", gone)
                if fresh:
                    connection.exec_driver_sql("INSERT OR REPLACE INTO item_groups VALUES (?, ?, ?, ?)", fresh)
                is_other = is_other or bool(gone or fresh)
            connection.exec_driver_sql(
                "INSERT INTO item_grouping (id, signature, version) VALUES (1, ?, 1) ON CONFLICT (id) DO UPDATE SET "
                "signature = excluded.signature, version = version + ?",
                (signature, int(is_other)),
            )
        return is_other


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


def _make_tables(connection: Connection) -> None:
    for statement in (
        "CREATE TEMP TABLE roots (item_id INTEGER PRIMARY KEY, root INTEGER NOT NULL)",
        "CREATE TEMP TABLE alike (item_id INTEGER PRIMARY KEY, root INTEGER NOT NULL)",
        "CREATE TEMP TABLE named (item_id INTEGER PRIMARY KEY, group_id INTEGER NOT NULL)",
    ):
        connection.exec_driver_sql(statement)


def _reckon(
    connection: Connection, kind: ItemKind, same: Callable[[Iterable[SharedId]], Iterable[list[int]]]
) -> list[Member]:
    connection.exec_driver_sql("DELETE FROM temp.alike")
    connection.exec_driver_sql("DELETE FROM temp.named")
    rows = _episodes(connection) if kind is ItemKind.EPISODE else _titles(connection, kind)
    if kind is ItemKind.EPISODE:
        connection.exec_driver_sql(_BY_SHOW)
        _join_by_own_ids(connection, same(rows))
    else:
        pairs = [(item_id, ids[0]) for ids in same(rows) if len(ids) > 1 for item_id in ids]
        if pairs:
            connection.exec_driver_sql("INSERT INTO temp.alike (item_id, root) VALUES (?, ?)", pairs)
        if kind is ItemKind.SHOW:
            connection.exec_driver_sql("INSERT INTO temp.roots SELECT item_id, root FROM temp.alike")
    connection.exec_driver_sql(f"INSERT INTO temp.named {_GROUPS.format(table=ITEM_TABLES[kind])}")
    link = "k.movie_id" if kind is ItemKind.MOVIE else "k.episode_id"
    join = f"JOIN media_links k ON {link} = n.item_id"
    if kind is ItemKind.SHOW:
        join = f"JOIN episodes e ON e.show_id = n.item_id AND e.removed_at IS NULL JOIN media_links k ON {link} = e.id"
    sizes = {row[0]: row[1] for row in connection.exec_driver_sql(_BYTES.format(join=join))}
    named = connection.exec_driver_sql("SELECT item_id, group_id FROM temp.named").fetchall()
    return [Member(row[0], row[1], sizes.get(row[1], 0)) for row in named]


def _titles(connection: Connection, kind: ItemKind) -> list[SharedId]:
    rows = connection.exec_driver_sql(
        f"SELECT DISTINCT g.provider, g.external_id, t.id, t.year FROM {kind.value}_guids g "
        f"JOIN {ITEM_TABLES[kind]} t ON t.id = g.{kind.value}_id {_LIVE}{_SHARED.format(kind=kind.value)}"
    )
    return [SharedId((row[0], row[1]), row[2], row[3]) for row in rows]


def _episodes(connection: Connection) -> list[SharedId]:
    """Episodes that share an id of their own, as far as their shows do not tell already that they are the same."""
    rows = connection.exec_driver_sql(
        "SELECT DISTINCT g.provider, g.external_id, t.id, h.year, t.show_id, t.season_number, t.episode_number "
        "FROM episode_guids g JOIN episodes t ON t.id = g.episode_id JOIN shows h ON h.id = t.show_id "
        f"{_LIVE}{_SHARED.format(kind='episode')} AND (g.provider, g.external_id) IN (SELECT o.provider, o.external_id "
        "FROM episode_guids o JOIN episodes e ON e.id = o.episode_id WHERE e.show_id NOT IN "
        "(SELECT item_id FROM temp.roots))"
    )
    return [SharedId((row[0], row[1]), *row[2:]) for row in rows]


def _join_by_own_ids(connection: Connection, groups: Iterable[list[int]]) -> None:
    """Add what shares ids of its own to the groups that are known by show and number."""
    for ids in groups:
        if len(ids) < 2:
            continue
        chunk = tuple(ids)
        roots = connection.exec_driver_sql(
            f"SELECT DISTINCT root FROM temp.alike WHERE item_id IN ({marks_for(chunk)})", chunk
        ).fetchall()
        root = min((row[0] for row in roots), default=ids[0])
        connection.exec_driver_sql(
            "INSERT INTO temp.alike (item_id, root) VALUES (?, ?) ON CONFLICT (item_id) DO NOTHING",
            [(item_id, root) for item_id in ids],
        )
        others = [(root, row[0]) for row in roots if row[0] != root]
        if others:
            connection.exec_driver_sql("UPDATE temp.alike SET root = ? WHERE root = ?", others)
