"""What was watched of each item, kept as lists sort by it: worked out again wherever something moved.

Triggers note what moved (`storage.tables.watched_items`), so nothing is forgotten whatever writes. `catch_up` works
off a bounded number of notes in each transaction: an item that was touched is counted anew by the rule of
`domain.watch_stats`, and nothing else is read.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.watch_stats import WatchStats, combine
from retrovue.core.storage.database import Database, chunks
from retrovue.core.storage.tables import ITEM_TABLES, item_watch, libraries, plays, watch_changes, watch_stats
from retrovue.core.storage.watching.counts import counts_of

_AT_ONCE = 5_000
_KINDS = (ItemKind.MOVIE, ItemKind.EPISODE)
_Keys = set[tuple[int, str]]
"""Of a server, and an id or a guid there."""


class ItemWatchRepository:
    """Rows of `item_watch`. Thread: any.

    Args:
        at_once: notes to work off in one transaction.
    """

    def __init__(self, database: Database, at_once: int = _AT_ONCE) -> None:
        self._database = database
        self._at_once = at_once

    def waiting(self, most: int) -> int:
        """Return how much moved that is not in the counts yet, or `most` where it is more."""
        some = select(watch_changes.c.id).limit(most).subquery()
        with self._database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(some)).scalar_one())

    def catch_up(self, token: CancelToken) -> int:
        """Work off all that moved, a piece in a transaction; return how many notes there were.

        Raises:
            Cancelled: canceled between two pieces.
        """
        done, guids = 0, _Guids()
        while True:
            token.raise_if_cancelled()
            with self._database.write() as connection:
                notes = connection.execute(
                    select(watch_changes).order_by(watch_changes.c.id).limit(self._at_once)
                ).all()
                more = len(notes) == self._at_once
                if notes:
                    touched = _touched(connection, notes, guids, are_all=not done and not more)
                    for kind, ids in touched.items():
                        _count_again(connection, kind, sorted(ids))
                    connection.execute(delete(watch_changes).where(watch_changes.c.id <= notes[-1].id))
            done += len(notes)
            if not more:
                return done


class _Guids:
    """Which items of a server have a guid. No index has it, so all of them are read once, when first asked for.

    An item that is written later is noted, too, and counted for itself.
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


def _touched(
    connection: Connection, notes: Iterable[Row[Any]], of_guid: _Guids, *, are_all: bool
) -> dict[ItemKind, set[int]]:
    """Return the items whose counts can be other ones now.

    Args:
        are_all: no other notes were waiting, so that these name every item that moved.
    """
    found: dict[ItemKind, set[int]] = defaultdict(set)
    records, moved = _Keys(), _Keys()
    guids: dict[tuple[int, str | None], set[str]] = defaultdict(set)
    for note in notes:
        if note.item_id is not None:
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
