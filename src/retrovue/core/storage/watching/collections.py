"""Collections with their members, and snapshots of what was watched of them."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select, union, update

from retrovue.core.domain.collections import Collection, CollectionSnapshot, RemoteCollection
from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.database import Database, new_id
from retrovue.core.storage.tables import (
    collection_analytics,
    collection_members,
    collections,
    episodes,
    libraries,
    movies,
    seasons,
    servers,
    shows,
)
from retrovue.core.storage.times import to_datetime
from retrovue.core.storage.values import is_known_by, storable_text


class CollectionRepository:
    """Rows of `collections`, `collection_members` and `collection_analytics`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(self, server_id: int, found: Sequence[RemoteCollection], *, now: int) -> None:
        """Store the complete list of a server's collections; those that are not in it are removed.

        One that comes back later is the same again, with its snapshots. A server can list one twice, or a member.
        """
        listed = {one.remote_id: one for one in found if is_known_by(one.remote_id)}.values()
        with self._database.write() as connection:
            by_remote = select(libraries.c.remote_id, libraries.c.id).where(libraries.c.server_id == server_id)
            library_ids = {row.remote_id: row.id for row in connection.execute(by_remote)}
            query = select(collections.c.remote_id, collections.c.id).where(collections.c.server_id == server_id)
            known = {row.remote_id: row.id for row in connection.execute(query)}
            for one in listed:
                facts = {
                    "library_id": library_ids.get(one.library_id or ""),
                    "title": storable_text(one.title),
                    "is_promoted": one.is_promoted,
                    "seen_at": now,
                    "removed_at": None,
                }
                collection_id = known.pop(one.remote_id, None)
                if collection_id is None:
                    row = {"server_id": server_id, "remote_id": storable_text(one.remote_id), **facts}
                    collection_id = new_id(connection.execute(insert(collections).values(row)))
                else:
                    connection.execute(update(collections).where(collections.c.id == collection_id).values(facts))
                mine = collection_members.c.collection_id == collection_id
                connection.execute(delete(collection_members).where(mine))
                members = [
                    {"collection_id": collection_id, "remote_id": storable_text(remote_id), "position": position}
                    for position, remote_id in enumerate(filter(is_known_by, dict.fromkeys(one.member_ids)))
                ]
                if members:
                    connection.execute(insert(collection_members), members)
            gone = collections.c.id.in_(list(known.values())) & collections.c.removed_at.is_(None)
            connection.execute(update(collections).where(gone).values(removed_at=now))

    def all(self) -> list[Collection]:
        """Return the collections of all servers, by server, library and title."""
        members = (
            select(func.count())
            .where(collection_members.c.collection_id == collections.c.id)
            .correlate(collections)
            .scalar_subquery()
        )
        query = (
            select(collections, servers.c.name.label("server"), libraries.c.name.label("library"), members.label("n"))
            .join(servers, servers.c.id == collections.c.server_id)
            .outerjoin(libraries, libraries.c.id == collections.c.library_id)
            .where(collections.c.removed_at.is_(None), servers.c.removed_at.is_(None))
            .order_by(servers.c.name, libraries.c.name.nulls_first(), collections.c.title, collections.c.id)
        )
        with self._database.read() as connection:
            return [_collection(row) for row in connection.execute(query)]

    def item_ids(self, collection_id: int) -> dict[str, list[int]]:
        """Return the members that are in the catalog, in order: ids of movies, shows and episodes, by kind."""
        found: dict[str, list[int]] = {}
        with self._database.read() as connection:
            for kind, table in (("movie", movies), ("show", shows), ("episode", episodes)):
                query = (
                    select(table.c.id)
                    .join(libraries, libraries.c.id == table.c.library_id)
                    .join(collections, collections.c.server_id == libraries.c.server_id)
                    .join(
                        collection_members,
                        (collection_members.c.collection_id == collections.c.id)
                        & (collection_members.c.remote_id == table.c.remote_id),
                    )
                    .where(collections.c.id == collection_id, table.c.removed_at.is_(None))
                    .order_by(collection_members.c.position)
                )
                found[kind] = [row.id for row in connection.execute(query)]
        return found

    def content(self, collection_id: int) -> dict[ItemKind, list[int]]:
        """Return the movies and episodes of a collection, those below its shows and seasons included, by kind."""
        of_episodes = union(
            _members(episodes, collection_id),
            _episodes_below(collection_id, shows.c.remote_id, shows.c.id == episodes.c.show_id),
            _episodes_below(collection_id, seasons.c.remote_id, seasons.c.id == episodes.c.season_id),
        )
        with self._database.read() as connection:
            return {
                ItemKind.MOVIE: list(connection.scalars(_members(movies, collection_id))),
                ItemKind.EPISODE: list(connection.scalars(of_episodes)),
            }

    def keep(self, collection: Collection, snapshot: CollectionSnapshot) -> None:
        """Keep a snapshot."""
        row = {
            "collection_id": collection.id,
            "library_id": collection.library_id,
            "remote_id": collection.remote_id,
            "title": snapshot.title,
            "label": snapshot.label,
            "total_plays": snapshot.total_plays,
            "total_duration_s": snapshot.total_duration_s,
            "unique_users": snapshot.unique_users,
            "collected_at": int(snapshot.collected_at.timestamp()),
            "extra_data": json.dumps(dict(snapshot.extra), ensure_ascii=True),
        }
        with self._database.write() as connection:
            connection.execute(insert(collection_analytics).values(row))

    def snapshots(self, collection_id: int) -> list[CollectionSnapshot]:
        """Return the snapshots of a collection, oldest first."""
        query = (
            select(collection_analytics)
            .where(collection_analytics.c.collection_id == collection_id)
            .order_by(collection_analytics.c.collected_at, collection_analytics.c.id)
        )
        with self._database.read() as connection:
            return [_snapshot(row) for row in connection.execute(query)]


def _members(table: Any, collection_id: int) -> Select[Any]:
    return (
        select(table.c.id)
        .join(libraries, libraries.c.id == table.c.library_id)
        .join(collections, collections.c.server_id == libraries.c.server_id)
        .join(
            collection_members,
            (collection_members.c.collection_id == collections.c.id)
            & (collection_members.c.remote_id == table.c.remote_id),
        )
        .where(collections.c.id == collection_id)
    )


def _episodes_below(collection_id: int, parent: Any, joined: Any) -> Select[Any]:
    return (
        select(episodes.c.id)
        .join(parent.table, joined)
        .join(libraries, libraries.c.id == episodes.c.library_id)
        .join(collections, collections.c.server_id == libraries.c.server_id)
        .join(
            collection_members,
            (collection_members.c.collection_id == collections.c.id) & (collection_members.c.remote_id == parent),
        )
        .where(collections.c.id == collection_id)
    )


def _collection(row: Row[Any]) -> Collection:
    return Collection(
        id=row.id,
        server_id=row.server_id,
        server=row.server,
        library_id=row.library_id,
        library=row.library,
        remote_id=row.remote_id,
        title=row.title,
        items=row.n,
        is_promoted=row.is_promoted,
    )


def _snapshot(row: Row[Any]) -> CollectionSnapshot:
    collected_at = to_datetime(row.collected_at)
    assert collected_at is not None
    return CollectionSnapshot(
        title=row.title,
        total_plays=row.total_plays,
        total_duration_s=row.total_duration_s,
        unique_users=row.unique_users,
        collected_at=collected_at,
        label=row.label,
        extra=json.loads(row.extra_data or "{}"),
    )
