"""Counts of items by source and account, and all that the catalog has to say about the watching of an item."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.watch_stats import WatchCount, WatchSource
from retrovue.core.storage.database import Database
from retrovue.core.storage.tables import ITEM_TABLES, connections, episodes, libraries, plays, watch_stats
from retrovue.core.storage.times import to_datetime
from retrovue.core.storage.values import key_text, storable_text

_CHUNK = 300
_FACTS = ("user_name", "guid", "total_play_count", "total_watch_time_s", "last_watched_at", "synced_at")


@dataclass(slots=True)
class Tally:
    """What a source counted of one account's plays of one item."""

    user_name: str | None
    guid: str | None
    plays: int = 0
    watch_time_s: int = 0
    last_watched_at: int = 0

    def add(self, *, play_s: int, stopped_at: int) -> None:
        """Count a play."""
        self.plays += 1
        self.watch_time_s += play_s
        self.last_watched_at = max(self.last_watched_at, stopped_at)


Tallies = dict[tuple[str, str], Tally]
"""By the item's id on its server and the account."""


class WatchCountRepository:
    """Rows of `watch_stats`, and the counts of plays and items beside them. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tallies(self, server_id: int, source: WatchSource) -> Tallies:
        """Return everything that a source counted on a server."""
        query = select(watch_stats).where(watch_stats.c.server_id == server_id, watch_stats.c.source == source.value)
        with self._database.read() as connection:
            return {
                (row.remote_id, row.user_key): Tally(
                    row.user_name, row.guid, row.total_play_count, row.total_watch_time_s, row.last_watched_at
                )
                for row in connection.execute(query)
            }

    def replace(
        self,
        server_id: int,
        source: WatchSource,
        tallies: Tallies,
        *,
        now: int,
        connection_id: int | None = None,
        reading: Mapping[str, object] | None = None,
    ) -> None:
        """Store what a source counts now in the place of what it counted before.

        Args:
            connection_id, reading: the connection that it was read from, and how far, by the names of its columns. Both
                are stored or neither: counts without their mark would be counted again on top of themselves.
        """
        mine = watch_stats.c.server_id == server_id, watch_stats.c.source == source.value
        with self._database.write() as connection:
            query = select(watch_stats.c.remote_id, watch_stats.c.user_key).where(*mine)
            known = {(row.remote_id, row.user_key) for row in connection.execute(query)}
            rows = [_row(server_id, source, key, tally, now) for key, tally in tallies.items()]
            kept = [row for row in rows if (row["remote_id"], row["user_key"]) in known]
            added = [row for row in rows if (row["remote_id"], row["user_key"]) not in known]
            gone = known - {(row["remote_id"], row["user_key"]) for row in rows}
            # Row by row, since what stays as it was must not look like news of its item.
            one = (
                *mine,
                watch_stats.c.remote_id == bindparam("key_item"),
                watch_stats.c.user_key == bindparam("key_user"),
            )
            if gone:
                connection.execute(delete(watch_stats).where(*one), [{"key_item": i, "key_user": u} for i, u in gone])
            if kept:
                facts: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _FACTS}
                changed = [
                    {"key_item": row["remote_id"], "key_user": row["user_key"]}
                    | {f"new_{name}": row[name] for name in _FACTS}
                    for row in kept
                ]
                connection.execute(update(watch_stats).where(*one).values(facts), changed)
            if added:
                connection.execute(insert(watch_stats), added)
            if reading:
                connection.execute(update(connections).where(connections.c.id == connection_id).values(dict(reading)))

    def counts(self, kind: ItemKind, ids: Sequence[int]) -> Mapping[int, list[WatchCount]]:
        """Return what every record counts of movies or episodes, by id; an item that nobody knows of has none."""
        with self._database.read() as connection:
            return counts_of(connection, kind, ids)

    def episodes_of(self, show_id: int, season: int | None = None, *, in_no_season: bool = False) -> list[int]:
        """Return the ids of a show's episodes, of those of one season, or of those in none."""
        query = select(episodes.c.id).where(episodes.c.show_id == show_id, episodes.c.removed_at.is_(None))
        if season is not None:
            query = query.where(episodes.c.season_number == season)
        elif in_no_season:
            query = query.where(episodes.c.season_number.is_(None))
        with self._database.read() as connection:
            return [row.id for row in connection.execute(query)]


def _row(server_id: int, source: WatchSource, key: tuple[str, str], tally: Tally, now: int) -> dict[str, Any]:
    remote_id, user_key = key
    return {
        "server_id": server_id,
        "source": source.value,
        "remote_id": key_text(remote_id),
        "user_key": key_text(user_key),
        "user_name": None if tally.user_name is None else storable_text(tally.user_name),
        "guid": None if tally.guid is None else key_text(tally.guid),
        "total_play_count": tally.plays,
        "total_watch_time_s": tally.watch_time_s,
        "last_watched_at": tally.last_watched_at,
        "synced_at": now,
    }


def counts_of(connection: Connection, kind: ItemKind, ids: Sequence[int]) -> dict[int, list[WatchCount]]:
    """Return what every record counts of movies or episodes, by id; an item that nobody knows of has none."""
    found: dict[int, list[WatchCount]] = {}
    for start in range(0, len(ids), _CHUNK):
        for item_id, count in _counts(connection, ITEM_TABLES[kind], ids[start : start + _CHUNK]):
            found.setdefault(item_id, []).append(count)
    return found


def _counts(connection: Connection, items: Table, ids: Sequence[int]) -> Iterator[tuple[int, WatchCount]]:
    query = (
        select(
            items.c.id,
            libraries.c.server_id,
            items.c.remote_id,
            items.c.guid_primary,
            items.c.source_guid,
            items.c.view_count,
            items.c.last_viewed_at,
            libraries.c.last_sync_at,
        )
        .join(libraries, libraries.c.id == items.c.library_id)
        .where(items.c.id.in_(ids))
    )
    found: Sequence[Any] = connection.execute(query).all()
    for record, read in ((plays, _own_plays), (watch_stats, _tallied)):
        by_id, by_guid = _records(connection, record, found, read)
        for row in found:
            of_item = by_id.get((row.server_id, row.remote_id), [])
            for guid in {row.guid_primary, row.source_guid}:
                of_item = [*of_item, *by_guid.get((row.server_id, guid), ())]
            yield from ((row.id, count) for count in of_item)
    for row in found:
        if row.view_count > 0:
            last, as_of = to_datetime(row.last_viewed_at), to_datetime(row.last_sync_at)
            yield row.id, WatchCount(WatchSource.SERVER, None, row.view_count, 0, last, as_of)


_Key = tuple[int, str]
_Read = Callable[[Connection, Column[str], Sequence[Any]], Iterator[tuple[_Key, WatchCount]]]


def _records(
    connection: Connection, record: Table, items: Sequence[Any], read: _Read
) -> tuple[dict[_Key, list[WatchCount]], dict[_Key, list[WatchCount]]]:
    """The records of some items by server and id, and by server and guid where no item of the server has their id.

    Two questions with values in them: joined to the items, SQLite read every play for each of them.
    """
    found: tuple[dict[_Key, list[WatchCount]], dict[_Key, list[WatchCount]]] = ({}, {})
    servers = {row.server_id for row in items}
    ids = {row.remote_id for row in items}
    guids = {guid for row in items for guid in (row.guid_primary, row.source_guid) if guid}
    for into, column, conditions in (
        (found[0], record.c.remote_id, [record.c.server_id.in_(servers), record.c.remote_id.in_(ids)]),
        (found[1], record.c.guid, [record.c.guid.in_(guids), ~_has_item(record)]),
    ):
        for key, count in read(connection, column, conditions):
            into.setdefault(key, []).append(count)
    return found


def _own_plays(
    connection: Connection, column: Column[str], conditions: Sequence[Any]
) -> Iterator[tuple[_Key, WatchCount]]:
    who = func.coalesce(plays.c.person, plays.c.user_name)
    query = (
        select(
            plays.c.server_id,
            column.label("key"),
            who.label("who"),
            func.count().label("plays"),
            func.sum(plays.c.play_s).label("play_s"),
            func.max(plays.c.stopped_at).label("last"),
        )
        .where(*conditions, plays.c.deleted_at.is_(None))
        .group_by(plays.c.server_id, column, who)
        .order_by(plays.c.server_id, column, who.nulls_first())
    )
    for row in connection.execute(query):
        count = WatchCount(WatchSource.HISTORY, row.who, row.plays, row.play_s or 0, to_datetime(row.last))
        yield (row.server_id, row.key), count


def _tallied(
    connection: Connection, column: Column[str], conditions: Sequence[Any]
) -> Iterator[tuple[_Key, WatchCount]]:
    for row in connection.execute(
        select(watch_stats, column.label("key"))
        .where(*conditions)
        .order_by(watch_stats.c.source, watch_stats.c.user_key)
    ):
        yield (
            (row.server_id, row.key),
            WatchCount(
                WatchSource(row.source),
                row.user_name or row.user_key or None,
                row.total_play_count,
                row.total_watch_time_s,
                to_datetime(row.last_watched_at),
                to_datetime(row.synced_at),
            ),
        )


def _has_item(record: Table) -> ColumnElement[bool]:
    """Whether an item of the record's server has its id."""
    namesakes = [
        select(table.c.id)
        .join(other, other.c.id == table.c.library_id)
        .where(other.c.server_id == record.c.server_id, table.c.remote_id == record.c.remote_id)
        .correlate(record)
        .exists()
        for kind in (ItemKind.MOVIE, ItemKind.EPISODE)
        for table, other in ((ITEM_TABLES[kind].alias(), libraries.alias()),)
    ]
    return or_(*namesakes)
