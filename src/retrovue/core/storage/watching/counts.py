"""Counts of items by source and account, and all that the catalog has to say about the watching of an item."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, or_, select

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.watch_stats import WatchCount, WatchSource
from retrovue.core.storage.database import Database
from retrovue.core.storage.tables import ITEM_TABLES, episodes, libraries, plays, watch_stats
from retrovue.core.storage.times import to_datetime
from retrovue.core.storage.values import storable_text

_CHUNK = 300


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

    def replace(self, server_id: int, source: WatchSource, tallies: Tallies, *, now: int) -> None:
        """Store what a source counts now in the place of what it counted before."""
        rows = [
            {
                "server_id": server_id,
                "source": source.value,
                "remote_id": storable_text(remote_id),
                "user_key": storable_text(user_key),
                "user_name": None if tally.user_name is None else storable_text(tally.user_name),
                "guid": None if tally.guid is None else storable_text(tally.guid),
                "total_play_count": tally.plays,
                "total_watch_time_s": tally.watch_time_s,
                "last_watched_at": tally.last_watched_at,
                "synced_at": now,
            }
            for (remote_id, user_key), tally in tallies.items()
        ]
        with self._database.write() as connection:
            connection.execute(
                delete(watch_stats).where(watch_stats.c.server_id == server_id, watch_stats.c.source == source.value)
            )
            if rows:
                connection.execute(insert(watch_stats), rows)

    def counts(self, kind: ItemKind, ids: Sequence[int]) -> Mapping[int, list[WatchCount]]:
        """Return what every record counts of movies or episodes, by id; an item that nobody knows of has none."""
        found: dict[int, list[WatchCount]] = {}
        with self._database.read() as connection:
            for start in range(0, len(ids), _CHUNK):
                chunk = ids[start : start + _CHUNK]
                for item_id, count in _counts(connection, ITEM_TABLES[kind], chunk):
                    found.setdefault(item_id, []).append(count)
        return found

    def episodes_of(self, show_id: int, season: int | None = None) -> list[int]:
        """Return the ids of a show's episodes, or of those of one season."""
        query = select(episodes.c.id).where(episodes.c.show_id == show_id, episodes.c.removed_at.is_(None))
        if season is not None:
            query = query.where(episodes.c.season_number == season)
        with self._database.read() as connection:
            return [row.id for row in connection.execute(query)]


def _counts(connection: Connection, items: Table, ids: Sequence[int]) -> Iterator[tuple[int, WatchCount]]:
    yield from _own_plays(connection, items, ids)
    yield from _tallied(connection, items, ids)
    query = (
        select(items.c.id, items.c.view_count, items.c.last_viewed_at, libraries.c.last_sync_at)
        .join(libraries, libraries.c.id == items.c.library_id)
        .where(items.c.id.in_(ids), items.c.view_count > 0)
    )
    for row in connection.execute(query):
        last, as_of = to_datetime(row.last_viewed_at), to_datetime(row.last_sync_at)
        yield row.id, WatchCount(WatchSource.SERVER, None, row.view_count, 0, last, as_of)


def _own_plays(connection: Connection, items: Table, ids: Sequence[int]) -> Iterator[tuple[int, WatchCount]]:
    who = func.coalesce(plays.c.person, plays.c.user_name)
    query = (
        select(
            items.c.id,
            who.label("who"),
            func.count().label("plays"),
            func.sum(plays.c.play_s).label("play_s"),
            func.max(plays.c.stopped_at).label("last"),
        )
        .join(libraries, libraries.c.id == items.c.library_id)
        .join(plays, _is_of(plays, items))
        .where(items.c.id.in_(ids), plays.c.deleted_at.is_(None))
        .group_by(items.c.id, who)
    )
    for row in connection.execute(query):
        yield row.id, WatchCount(WatchSource.HISTORY, row.who, row.plays, row.play_s or 0, _instant(row.last))


def _tallied(connection: Connection, items: Table, ids: Sequence[int]) -> Iterator[tuple[int, WatchCount]]:
    query = (
        select(items.c.id, watch_stats)
        .join(libraries, libraries.c.id == items.c.library_id)
        .join(watch_stats, _is_of(watch_stats, items))
        .where(items.c.id.in_(ids))
    )
    for row in connection.execute(query):
        yield (
            row.id,
            WatchCount(
                WatchSource(row.source),
                row.user_name or row.user_key or None,
                row.total_play_count,
                row.total_watch_time_s,
                _instant(row.last_watched_at),
                _instant(row.synced_at),
            ),
        )


def _is_of(record: Table, items: Table) -> ColumnElement[bool]:
    """Whether a record is of an item: by its id, or by its guid where no item of the server has that id any more."""
    namesakes = [
        select(table.c.id)
        .join(other, other.c.id == table.c.library_id)
        .where(other.c.server_id == record.c.server_id, table.c.remote_id == record.c.remote_id)
        .correlate(record)
        .exists()
        for kind in (ItemKind.MOVIE, ItemKind.EPISODE)
        for table, other in ((ITEM_TABLES[kind].alias(), libraries.alias()),)
    ]
    by_guid = record.c.guid.in_((items.c.guid_primary, items.c.source_guid)) & ~or_(*namesakes)
    return (record.c.server_id == libraries.c.server_id) & ((record.c.remote_id == items.c.remote_id) | by_guid)


def _instant(epoch: int | None) -> datetime | None:
    return to_datetime(epoch)
