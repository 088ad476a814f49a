"""Servers in the catalog."""

import uuid

from sqlalchemy import delete, func, insert, select, update

from retrovue.core.domain.servers import Server, ServerInfo, ServerKind, ServerState
from retrovue.core.storage.database import Database, new_id
from retrovue.core.storage.overview import read_servers, server_of
from retrovue.core.storage.tables import (
    episodes,
    libraries,
    movies,
    profile,
    servers,
    shows,
)


class ServerRepository:
    """Rows of `servers`. Removed servers keep their rows and are hidden, so that signing in to the same machine
    again continues where it was. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def profile_id(self) -> str:
        """The random id of this catalog: tokens in the keyring are kept under it."""
        with self._database.read() as connection:
            return str(connection.execute(select(profile.c.id)).scalar_one())

    def all(self) -> list[Server]:
        """Every server that was not removed, by name."""
        with self._database.read() as connection:
            return read_servers(connection.exec_driver_sql)

    def get(self, server_id: int) -> Server | None:
        """The server with this id, unless it was removed."""
        return next((server for server in self.all() if server.id == server_id), None)

    def by_machine(self, kind: ServerKind, machine_identifier: str, *, removed: bool = False) -> Server | None:
        """The server of a kind with this machine identifier; with `removed`, only among the removed ones.

        Of a kind, because Emby and Jellyfin on one computer may have the same one: both began from the same file.
        """
        gone = servers.c.removed_at.is_not(None) if removed else servers.c.removed_at.is_(None)
        with self._database.read() as connection:
            row = connection.execute(
                select(servers)
                .where(servers.c.machine_identifier == machine_identifier, servers.c.kind == kind.value, gone)
                .order_by(servers.c.id.desc())
            ).first()
            return None if row is None else server_of(row)

    def add(self, *, name: str, url: str, info: ServerInfo, now: int) -> Server:
        """Store a new server, or bring back the removed one of the same machine."""
        values = {
            "name": name,
            "url": url,
            "kind": info.kind.value,
            "machine_identifier": info.machine_identifier,
            "version": info.version,
            "platform": info.platform,
            "account": info.account,
            "remote_user_id": info.user_id,
            "is_owner": info.is_owner,
            "is_active": True,
            "state": ServerState.ONLINE.value,
            "state_at": now,
            "removed_at": None,
        }
        earlier = self.by_machine(info.kind, info.machine_identifier, removed=True)
        with self._database.write() as connection:
            if earlier is not None:
                server_id = earlier.id
                connection.execute(update(servers).where(servers.c.id == server_id).values(**values))
            else:
                result = connection.execute(insert(servers).values(**values, uuid=uuid.uuid4().hex, created_at=now))
                server_id = new_id(result)
            row = connection.execute(select(servers).where(servers.c.id == server_id)).one()
            return server_of(row)

    def change(self, server_id: int, **values: object) -> None:
        """Set columns of a server: name, url, is_active, follow_live, tls_fingerprint, account, version …"""
        with self._database.write() as connection:
            connection.execute(update(servers).where(servers.c.id == server_id).values(**values))

    def set_state(self, server_id: int, state: ServerState, *, detail: str | None, now: int) -> None:
        """Keep what the server's last answer said; unchanged states are not written again."""
        with self._database.read() as connection:
            row = connection.execute(
                select(servers.c.state, servers.c.state_detail).where(servers.c.id == server_id)
            ).first()
        if row is None or (row.state == state.value and row.state_detail == detail):
            return
        self.change(server_id, state=state.value, state_detail=detail, state_at=now)

    def remove(self, server_id: int, *, now: int) -> None:
        """Hide the server and everything of it; `purge_removed` deletes it for good."""
        self.change(server_id, removed_at=now, is_active=False)

    def purge_removed(self) -> list[str]:
        """Delete removed servers and all their rows; returns their uuids (for the keyring)."""
        with self._database.write() as connection:
            gone = connection.execute(
                select(servers.c.id, servers.c.uuid).where(servers.c.removed_at.is_not(None))
            ).all()
            connection.execute(delete(servers).where(servers.c.id.in_([row.id for row in gone])))
            return [row.uuid for row in gone]

    def item_count(self, server_id: int) -> int:
        """Movies, shows and episodes of a server that are in the catalog."""
        total = 0
        with self._database.read() as connection:
            for table in (movies, shows, episodes):
                total += connection.execute(
                    select(func.count())
                    .select_from(table.join(libraries, libraries.c.id == table.c.library_id))
                    .where(libraries.c.server_id == server_id, table.c.removed_at.is_(None))
                ).scalar_one()
        return total
