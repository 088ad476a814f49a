"""Stored connections to other programs."""

import uuid as uuids
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from retrovue.core.domain.connections import StoredConnection
from retrovue.core.storage.database import Database
from retrovue.core.storage.tables import connections
from retrovue.core.storage.times import to_datetime


class ConnectionRepository:
    """Rows of `connections`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, kind: str) -> list[StoredConnection]:
        """Return the connections of a kind, oldest first."""
        query = select(connections).where(connections.c.kind == kind).order_by(connections.c.id)
        with self._database.read() as connection:
            return [_connection(row) for row in connection.execute(query)]

    def store(
        self,
        kind: str,
        *,
        url: str,
        name: str,
        version: str | None,
        machine_identifier: str | None,
        server_id: int | None,
        now: int,
    ) -> StoredConnection:
        """Store a connection, in the place of one of the same kind with this address or to the same machine."""
        facts = {
            "url": url,
            "name": name,
            "version": version,
            "machine_identifier": machine_identifier,
            "server_id": server_id,
        }
        same = connections.c.url == url
        if machine_identifier is not None:
            same = same | (connections.c.machine_identifier == machine_identifier)
        with self._database.write() as connection:
            found = connection.execute(
                select(connections.c.id, connections.c.machine_identifier)
                .where(connections.c.kind == kind, same)
                .order_by(connections.c.id)
            ).all()
            if not found:
                row = {"uuid": uuids.uuid4().hex, "kind": kind, "rows_read": 0, "created_at": now, **facts}
                connection.execute(insert(connections).values(row))
            else:
                kept, *others = found
                connection.execute(delete(connections).where(connections.c.id.in_([row.id for row in others])))
                if kept.machine_identifier != machine_identifier:
                    # Rows of another server's history say nothing about this one's.
                    facts |= {"last_row_id": None, "rows_read": 0, "synced_at": None}
                connection.execute(update(connections).where(connections.c.id == kept.id).values(error=None, **facts))
            query = select(connections).where(connections.c.kind == kind, connections.c.url == url)
            return _connection(connection.execute(query).one())

    def note(self, connection_id: int, **facts: Any) -> None:
        """Store facts of a connection, by the names of its columns."""
        with self._database.write() as connection:
            connection.execute(update(connections).where(connections.c.id == connection_id).values(**facts))

    def remove(self, connection_id: int) -> None:
        """Delete a connection. Its counts stay until its server goes."""
        with self._database.write() as connection:
            connection.execute(delete(connections).where(connections.c.id == connection_id))

    def put_back(self, removed: StoredConnection, *, now: int) -> None:
        """Store a connection as it was before `remove`, unless one to this address was made since."""
        facts = {field.name: getattr(removed, field.name) for field in fields(removed)}
        for name in ("synced_at", "tried_at"):
            facts[name] = None if facts[name] is None else int(facts[name].timestamp())
        same = (connections.c.kind == removed.kind) & (connections.c.url == removed.url)
        with self._database.write() as connection:
            if connection.execute(select(connections.c.id).where(same)).first() is None:
                connection.execute(insert(connections).values(created_at=now, **facts))


def _connection(row: Row[Any]) -> StoredConnection:
    return StoredConnection(
        id=row.id,
        uuid=row.uuid,
        kind=row.kind,
        name=row.name,
        url=row.url,
        server_id=row.server_id,
        machine_identifier=row.machine_identifier,
        version=row.version,
        last_row_id=row.last_row_id,
        rows_read=row.rows_read,
        synced_at=to_datetime(row.synced_at),
        tried_at=to_datetime(row.tried_at),
        error=row.error,
    )
