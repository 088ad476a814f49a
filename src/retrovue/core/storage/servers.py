"""Servers, libraries and path mappings in the catalog."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, case, delete, func, insert, select, update

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.paths import PathMapping
from retrovue.core.domain.servers import (
    Library,
    LibraryKind,
    LibraryRoot,
    RemoteLibrary,
    Server,
    ServerInfo,
    ServerKind,
    ServerState,
    SyncMode,
)
from retrovue.core.storage.engine import Database, new_id
from retrovue.core.storage.tables import (
    episodes,
    libraries,
    library_roots,
    media_files,
    movies,
    path_mappings,
    profile,
    servers,
    shows,
)
from retrovue.core.storage.times import to_datetime


@dataclass(frozen=True, slots=True)
class LibraryCursor:
    """What the last completed sync of a library left behind, for the sync service.

    Attributes:
        resume_mark: where an interrupted full listing goes on, None when none was interrupted.
        listing_notes: what the last proven listing taught about the server, as `finish_sync` was given it.
    """

    change_marker: str | None
    delta_cursor: int | None
    resume_mark: dict[str, object] | None
    last_sync_at: int | None
    last_full_sync_at: int | None
    last_verified_at: int | None
    listing_notes: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class MappingProof:
    """The last time a rule was tried on files: when, on how many, and how many were found as the server tells."""

    at: datetime
    sampled: int
    found: int


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
            rows = connection.execute(select(servers).where(servers.c.removed_at.is_(None)).order_by(servers.c.name))
            return [_server(row) for row in rows]

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
            return None if row is None else _server(row)

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
            return _server(row)

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


class LibraryRepository:
    """Rows of `libraries` and `library_roots`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, server_id: int | None = None) -> list[Library]:
        """Libraries of a server (or of all), with roots and item counts, by server and name."""
        query = (
            select(libraries, servers.c.name.label("server_name"))
            .join(servers, servers.c.id == libraries.c.server_id)
            .where(servers.c.removed_at.is_(None))
            .order_by(servers.c.name, libraries.c.name, libraries.c.id)
        )
        if server_id is not None:
            query = query.where(libraries.c.server_id == server_id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            roots = _roots(connection)
            counts = _item_counts(connection)
        return [_library(row, roots.get(row.id, ()), counts.get(row.id, 0)) for row in rows]

    def get(self, library_id: int) -> Library | None:
        """The library with this id."""
        return next((library for library in self.all() if library.id == library_id), None)

    def store_listing(self, server_id: int, listed: Sequence[RemoteLibrary], *, now: int) -> None:
        """Bring the libraries of a server up to date from a complete list.

        A library is known again by its uuid (a server may reuse its id for another one), else by its id. One that
        is not listed is "unavailable since" now: nothing of it is removed.
        """
        with self._database.write() as connection:
            known = connection.execute(select(libraries).where(libraries.c.server_id == server_id)).all()
            seen: set[int] = set()
            for remote in listed:
                row = _match(remote, [row for row in known if row.id not in seen])
                library_id = _store_library(connection, server_id, remote, row)
                seen.add(library_id)
                _store_roots(connection, library_id, remote.roots)
            connection.execute(
                update(libraries)
                .where(
                    libraries.c.server_id == server_id,
                    libraries.c.id.not_in(seen),
                    libraries.c.unavailable_since.is_(None),
                )
                .values(unavailable_since=now)
            )

    def change(self, library_id: int, **values: object) -> None:
        """Set columns of a library: is_enabled, sync_mode."""
        with self._database.write() as connection:
            connection.execute(update(libraries).where(libraries.c.id == library_id).values(**values))

    def cursor(self, library_id: int) -> LibraryCursor:
        """Where the last sync of a library left off."""
        with self._database.read() as connection:
            row = connection.execute(select(libraries).where(libraries.c.id == library_id)).one()
        mark = json.loads(row.resume_mark) if row.resume_mark else None
        return LibraryCursor(
            change_marker=row.change_marker,
            delta_cursor=row.delta_cursor,
            resume_mark=mark,
            last_sync_at=row.last_sync_at,
            last_full_sync_at=row.last_full_sync_at,
            last_verified_at=row.last_verified_at,
            listing_notes=json.loads(row.listing_notes) if row.listing_notes else None,
        )

    def present(self, library_id: int, kind: ItemKind) -> int:
        """Rows of a kind in a library that are not removed."""
        table = {ItemKind.MOVIE: movies, ItemKind.SHOW: shows, ItemKind.EPISODE: episodes}[kind]
        with self._database.read() as connection:
            return connection.execute(
                select(func.count()).where(table.c.library_id == library_id, table.c.removed_at.is_(None))
            ).scalar_one()

    def finish_sync(
        self,
        library_id: int,
        *,
        now: int,
        change_marker: str | None,
        delta_cursor: int | None,
        synced: bool,
        full: bool,
        verified: bool,
        listing_notes: dict[str, object] | None = None,
    ) -> None:
        """Keep where the next sync begins and forget the resume mark.

        Args:
            change_marker, delta_cursor: None leaves the marker out of date, the cursor as it was.
            synced: the sync ended well. full: everything was read. verified: absence was proven, too.
            listing_notes: for the next sync, as JSON can hold it.
        """
        notes = None if listing_notes is None else json.dumps(listing_notes, ensure_ascii=False)
        values: dict[str, object] = {
            "resume_mark": None,
            "change_marker": change_marker,
            "listing_notes": notes,
        }
        if delta_cursor is not None:
            values["delta_cursor"] = delta_cursor
        for column, applies in (("last_sync_at", synced), ("last_full_sync_at", full), ("last_verified_at", verified)):
            if applies:
                values[column] = now
        self.change(library_id, **values)

    def nothing_moved(self, library_ids: Sequence[int], *, now: int) -> None:
        """Note that these libraries are as the last sync left them."""
        with self._database.write() as connection:
            connection.execute(update(libraries).where(libraries.c.id.in_(library_ids)).values(last_sync_at=now))


class MappingRepository:
    """Rows of `path_mappings`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, server_id: int | None = None) -> list[PathMapping]:
        """The rules of a server (or of all servers), in the order they were made."""
        query = (
            select(path_mappings)
            .join(servers, servers.c.id == path_mappings.c.server_id)
            .where(servers.c.removed_at.is_(None))
            .order_by(path_mappings.c.id)
        )
        if server_id is not None:
            query = query.where(path_mappings.c.server_id == server_id)
        with self._database.read() as connection:
            return [_mapping(row) for row in connection.execute(query)]

    def add(self, mapping: PathMapping, *, now: int) -> int:
        """Store a rule that was validated; returns its id."""
        with self._database.write() as connection:
            result = connection.execute(
                insert(path_mappings).values(
                    server_id=mapping.server_id,
                    library_id=mapping.library_id,
                    server_path=mapping.server_path,
                    local_path=mapping.local_path,
                    created_at=now,
                )
            )
            return new_id(result)

    def change(self, mapping_id: int, **values: object) -> None:
        """Set columns of a rule."""
        with self._database.write() as connection:
            connection.execute(update(path_mappings).where(path_mappings.c.id == mapping_id).values(**values))

    def remove(self, mapping_id: int) -> None:
        """Delete a rule; the stored local paths are derived anew by the mapping service."""
        with self._database.write() as connection:
            connection.execute(delete(path_mappings).where(path_mappings.c.id == mapping_id))

    def proofs(self) -> dict[int, MappingProof]:
        """Per rule that was ever tried on files: the last outcome."""
        columns = path_mappings.c
        query = select(columns.id, columns.tested_at, columns.tested_sampled, columns.tested_found)
        found: dict[int, MappingProof] = {}
        with self._database.read() as connection:
            for mapping_id, at, sampled, count in connection.execute(query.where(columns.tested_at.is_not(None))):
                when = to_datetime(at)
                assert when is not None
                found[mapping_id] = MappingProof(when, sampled or 0, count or 0)
        return found

    def file_counts(self) -> dict[int, tuple[int, int]]:
        """Per rule: (files it maps, of these found on this computer)."""
        found = func.sum(case((media_files.c.file_state == "found", 1), else_=0))
        with self._database.read() as connection:
            rows = connection.execute(
                select(media_files.c.mapping_id, func.count(), found)
                .where(media_files.c.mapping_id.is_not(None), media_files.c.removed_at.is_(None))
                .group_by(media_files.c.mapping_id)
            )
            return {row[0]: (row[1], int(row[2] or 0)) for row in rows}


def _match(remote: RemoteLibrary, known: Sequence[Row[tuple[object, ...]]]) -> Row[tuple[object, ...]] | None:
    if remote.uuid is not None:
        for row in known:
            if row.uuid == remote.uuid:
                return row
    for row in known:
        # The same id with another uuid is another library: the server reused the id.
        if row.remote_id == remote.remote_id and (row.uuid is None or remote.uuid is None):
            return row
    return None


def _store_library(
    connection: Connection, server_id: int, remote: RemoteLibrary, row: Row[tuple[object, ...]] | None
) -> int:
    values = {
        "remote_id": remote.remote_id,
        "uuid": remote.uuid,
        "name": remote.name,
        "kind": remote.kind.value,
        "unavailable_since": None,
    }
    # A library that another one's id was given to: make room, its rows stay.
    connection.execute(
        update(libraries)
        .where(
            libraries.c.server_id == server_id,
            libraries.c.remote_id == remote.remote_id,
            libraries.c.id != (row.id if row is not None else -1),
        )
        .values(remote_id=libraries.c.remote_id + "#" + func.coalesce(libraries.c.uuid, "gone"))
    )
    if row is None:
        result = connection.execute(
            insert(libraries).values(server_id=server_id, is_enabled=remote.kind.is_imported, **values)
        )
        return new_id(result)
    if any(getattr(row, key) != value for key, value in values.items()):
        connection.execute(update(libraries).where(libraries.c.id == row.id).values(**values))
    return int(row.id)


def _store_roots(connection: Connection, library_id: int, roots: Sequence[LibraryRoot]) -> None:
    stored = connection.execute(
        select(library_roots.c.path, library_roots.c.remote_id, library_roots.c.network_path)
        .where(library_roots.c.library_id == library_id)
        .order_by(library_roots.c.id)
    ).all()
    unique = {root.path: root for root in roots}
    wanted = [(root.path, root.remote_id, root.network_path) for root in unique.values()]
    # Servers tell folders to administrators only: signing in as somebody else must not forget what is known.
    if not wanted or [tuple(row) for row in stored] == wanted:
        return
    connection.execute(delete(library_roots).where(library_roots.c.library_id == library_id))
    if wanted:
        connection.execute(
            insert(library_roots),
            [
                {"library_id": library_id, "path": path, "remote_id": remote_id, "network_path": network}
                for path, remote_id, network in wanted
            ],
        )


def _roots(connection: Connection) -> dict[int, tuple[LibraryRoot, ...]]:
    found: dict[int, tuple[LibraryRoot, ...]] = {}
    for row in connection.execute(select(library_roots).order_by(library_roots.c.id)):
        root = LibraryRoot(row.path, row.remote_id, row.network_path)
        found[row.library_id] = (*found.get(row.library_id, ()), root)
    return found


def _item_counts(connection: Connection) -> dict[int, int]:
    counts: dict[int, int] = {}
    for table in (movies, episodes):
        rows = connection.execute(
            select(table.c.library_id, func.count()).where(table.c.removed_at.is_(None)).group_by(table.c.library_id)
        )
        for library_id, count in rows:
            counts[library_id] = counts.get(library_id, 0) + count
    return counts


def _server(row: Row[tuple[object, ...]]) -> Server:
    return Server(
        id=row.id,
        uuid=row.uuid,
        kind=ServerKind(row.kind),
        name=row.name,
        url=row.url,
        machine_identifier=row.machine_identifier,
        version=row.version,
        platform=row.platform,
        account=row.account,
        remote_user_id=row.remote_user_id,
        is_owner=row.is_owner,
        is_active=row.is_active,
        follow_live=row.follow_live,
        state=ServerState(row.state) if row.is_active else ServerState.DISABLED,
        state_detail=row.state_detail,
        state_at=to_datetime(row.state_at),
        tls_fingerprint=row.tls_fingerprint,
        created_at=to_datetime(row.created_at),
    )


def _library(row: Row[tuple[object, ...]], roots: tuple[LibraryRoot, ...], items: int) -> Library:
    return Library(
        id=row.id,
        server_id=row.server_id,
        remote_id=row.remote_id,
        name=row.name,
        kind=LibraryKind(row.kind),
        uuid=row.uuid,
        is_enabled=row.is_enabled,
        change_marker=row.change_marker,
        items=items,
        roots=roots,
        sync_mode=SyncMode(row.sync_mode),
        last_sync_at=to_datetime(row.last_sync_at),
        last_full_sync_at=to_datetime(row.last_full_sync_at),
        last_verified_at=to_datetime(row.last_verified_at),
        unavailable_since=to_datetime(row.unavailable_since),
        server_name=row.server_name,
    )


def _mapping(row: Row[tuple[object, ...]]) -> PathMapping:
    return PathMapping(
        id=row.id,
        server_id=row.server_id,
        library_id=row.library_id,
        server_path=row.server_path,
        local_path=row.local_path,
    )
