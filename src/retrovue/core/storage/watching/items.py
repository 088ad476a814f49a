"""What was watched of each item, kept as lists sort by it: worked out again wherever something moved.

Triggers note what moved (`storage.tables.watched_items`), so nothing is forgotten whatever writes; what is new has an
id above a mark. `catch_up` works off a bounded number of notes and items in each transaction: an item that was touched
is counted anew by the rule of `domain.watch_stats`, and nothing else is read.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.watch_stats import WatchStats, combine
from retrovue.core.storage.database import Database, chunks
from retrovue.core.storage.tables import (
    ITEM_TABLES,
    item_watch,
    item_watch_marks,
    libraries,
    plays,
    watch_changes,
    watch_stats,
)
from retrovue.core.storage.watching.counts import counts_of

_AT_ONCE = 5_000
_KINDS = (ItemKind.MOVIE, ItemKind.EPISODE)
_Keys = set[tuple[int, str]]
"""Of a server, and an id or a guid there."""


class ItemWatchRepository:
    """Rows of `item_watch`. Thread: any.

    Args:
        at_once: notes and new items to work off in one transaction.
    """

    def __init__(self, database: Database, at_once: int = _AT_ONCE) -> None:
        self._database = database
        self._at_once = at_once

    def waiting(self, most: int) -> int:
        """Return how much moved that is not in the counts yet, or `most` where it is more."""
        with self._database.read() as connection:
            some = [select(watch_changes.c.id).limit(most)]
            for kind in _KINDS:
                item_id = ITEM_TABLES[kind].c.id
                some.append(select(item_id).where(item_id > _mark(connection, kind)).limit(most))
            counts = [connection.execute(select(func.count()).select_from(each.subquery())) for each in some]
            return min(most, sum(int(count.scalar_one()) for count in counts))

    def catch_up(self, token: CancelToken) -> int:
        """Work off all that moved, a piece in a transaction; return how many notes and new items there were.

        Raises:
            Cancelled: canceled between two pieces.
        """
        done, guids = 0, _Guids()
        while True:
            token.raise_if_cancelled()
            with self._database.write() as connection:
                query = select(watch_changes).order_by(watch_changes.c.id).limit(self._at_once)
                notes = connection.execute(query).all()
                room = self._at_once - len(notes)
                came = _came(connection, room, is_all_news=bool(notes)) if room else []
                more = len(came) == room
                touched = _touched(connection, [*notes, *came], guids, are_all=not done and not more)
                for kind, ids in touched.items():
                    _count_again(connection, kind, sorted(ids))
                if notes:
                    connection.execute(delete(watch_changes).where(watch_changes.c.id <= notes[-1].id))
            done += len(notes) + len(came)
            if not more:
                return done


class _Guids:
    """Which items of a server have a guid. No index has it, so all of them are read once, when first asked for.

    An item that is written later is noted or new, too, and counted for itself.
    """

    def __init__(self) -> None:
        self._of: dict[int, dict[str, list[tuple[ItemKind, int]]]] = {}

    def items(self, connection: Connection, keys: _Keys) -> Iterator[tuple[ItemKind, int]]:
        """The items with these guids."""
        for server_id, values in _by_server(keys):
            if server_id not in self._of:
                self._of[server_id] = self._read(connection, server_id)
            for value in values:
                yield from self._of[server_id].get(value, ())

    def _read(self, connection: Connection, server_id: int) -> dict[str, list[tuple[ItemKind, int]]]:
        mine = list(connection.scalars(select(libraries.c.id).where(libraries.c.server_id == server_id)))
        found: dict[str, list[tuple[ItemKind, int]]] = defaultdict(list)
        for kind in _KINDS:
            table = ITEM_TABLES[kind]
            query = select(table.c.id, table.c.guid_primary, table.c.source_guid).where(table.c.library_id.in_(mine))
            for item_id, *guids in connection.execute(query):
                for guid in filter(None, guids):
                    found[guid].append((kind, item_id))
        return found


@dataclass(frozen=True, slots=True)
class _Came:
    """A new item, in the form of a note."""

    server_id: int
    remote_id: str
    kind: str
    item_id: int


def _came(connection: Connection, most: int, *, is_all_news: bool) -> list[_Came]:
    """Items of which something can be known that came since the mark, and move the mark behind them.

    Args:
        is_all_news: name every item: a record that has just gone may have been of one with the same guid until then.
    """
    found: list[_Came] = []
    for kind in _KINDS:
        if len(found) == most:
            break
        items, mark = ITEM_TABLES[kind].c, _mark(connection, kind)
        last = connection.execute(select(func.max(items.id))).scalar() or 0
        if last <= mark:
            continue
        query = select(libraries.c.server_id, items.remote_id, items.id).join_from(ITEM_TABLES[kind], libraries)
        if not is_all_news and not _is_anything_recorded(connection):
            # After a first import: thousands, of which only the server's own counts say anything.
            query = query.where(items.view_count > 0)
        rows = connection.execute(query.where(items.id > mark).order_by(items.id).limit(most - len(found))).all()
        found += [_Came(row.server_id, row.remote_id, kind.value, row.id) for row in rows]
        _set_mark(connection, kind, rows[-1].id if len(found) == most else last)
    return found


def _is_anything_recorded(connection: Connection) -> bool:
    some = (select(table.c.server_id).limit(1) for table in (plays, watch_stats))
    return any(connection.execute(query).first() is not None for query in some)


def _mark(connection: Connection, kind: ItemKind) -> int:
    query = select(item_watch_marks.c.item_id).where(item_watch_marks.c.kind == kind.value)
    return connection.execute(query).scalar() or 0


def _set_mark(connection: Connection, kind: ItemKind, item_id: int) -> None:
    mine = item_watch_marks.c.kind == kind.value
    if not connection.execute(update(item_watch_marks).where(mine).values(item_id=item_id)).rowcount:
        connection.execute(insert(item_watch_marks).values(kind=kind.value, item_id=item_id))


def _touched(
    connection: Connection, notes: Iterable[Row[Any] | _Came], of_guid: _Guids, *, are_all: bool
) -> dict[ItemKind, set[int]]:
    """Return the items whose counts can be other ones now.

    Args:
        are_all: no other notes or new items were waiting, so that these name every item that moved.
    """
    found: dict[ItemKind, set[int]] = defaultdict(set)
    records, moved = _Keys(), _Keys()
    guids: dict[tuple[int, str | None], set[str]] = defaultdict(set)
    for note in notes:
        if isinstance(note, _Came) or note.item_id is not None:
            found[ItemKind(note.kind)].add(note.item_id)
            moved.add((note.server_id, note.remote_id))
            continue
        if note.remote_id is not None:
            records.add((note.server_id, note.remote_id))
        if note.guid:
            guids[note.server_id, note.remote_id].add(note.guid)
    for kind, item_id, key in _by_id(connection, records):
        found[kind].add(item_id)
        # The item that has the id is meant, and no other one with this guid: unless it has just come, since until then
        # those with the guid were. Where a record went as its item came, only its note knows the guid.
        if are_all and key not in moved:
            guids.pop(key, None)
    lost = {(server_id, guid) for (server_id, _id), some in guids.items() for guid in some}
    # Records of an item that came, went or moved are found by their guid from now on, or no longer.
    lost |= _guids_of(connection, moved)
    for kind, item_id in of_guid.items(connection, lost):
        found[kind].add(item_id)
    return found


def _by_server(keys: _Keys) -> Iterator[tuple[int, list[str]]]:
    of: dict[int, list[str]] = defaultdict(list)
    for server_id, value in keys:
        of[server_id].append(value)
    yield from of.items()


def _by_id(connection: Connection, keys: _Keys) -> Iterator[tuple[ItemKind, int, tuple[int, str]]]:
    for server_id, values in _by_server(keys):
        mine = list(connection.scalars(select(libraries.c.id).where(libraries.c.server_id == server_id)))
        for kind in _KINDS:
            table = ITEM_TABLES[kind]
            for chunk in chunks(values):  # type: ignore[arg-type]  # of text here
                wanted = table.c.library_id.in_(mine), table.c.remote_id.in_(chunk)
                for row in connection.execute(select(table.c.id, table.c.remote_id).where(*wanted)):
                    yield kind, row.id, (server_id, row.remote_id)


def _guids_of(connection: Connection, keys: _Keys) -> _Keys:
    found = _Keys()
    for server_id, values in _by_server(keys):
        for record in (plays, watch_stats):
            for chunk in chunks(values):  # type: ignore[arg-type]  # of text here
                wanted = record.c.server_id == server_id, record.c.remote_id.in_(chunk)
                query = select(record.c.guid).where(*wanted, record.c.guid.is_not(None)).distinct()
                found.update((server_id, guid) for guid in connection.scalars(query) if guid)
    return found


def _count_again(connection: Connection, kind: ItemKind, ids: list[int]) -> None:
    counted = counts_of(connection, kind, ids)
    rows = [_row(kind, item_id, combine(counts)) for item_id, counts in counted.items()]
    for chunk in chunks(ids):
        wanted = item_watch.c.kind == kind.value, item_watch.c.item_id.in_(chunk)
        connection.execute(delete(item_watch).where(*wanted))
    if rows:
        connection.execute(insert(item_watch), rows)


def _row(kind: ItemKind, item_id: int, stats: WatchStats) -> dict[str, Any]:
    last = stats.last_watched_at
    return {
        "kind": kind.value,
        "item_id": item_id,
        "plays": stats.plays,
        "watch_time_s": stats.watch_time_s,
        "last_watched_at": 0 if last is None else int(last.timestamp()),
        "people": json.dumps(stats.people, ensure_ascii=True),
    }
