"""Libraries, their folders, and where the last sync of each left off."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import (
    Library,
    LibraryRoot,
    RemoteLibrary,
)
from retrovue.core.storage.database import Database, new_id
from retrovue.core.storage.overview import read_libraries
from retrovue.core.storage.tables import (
    ITEM_TABLES,
    libraries,
    library_roots,
)
from retrovue.core.storage.values import is_known_by, is_path, key_text


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


class LibraryRepository:
    """Rows of `libraries` and `library_roots`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, server_id: int | None = None, *, include_gone: bool = False) -> list[Library]:
        """Libraries of a server (or of all), with roots and item counts, by server and name.

        Args:
            include_gone: also those that their server lists no more and that hold nothing: taken over by a library
                that was made anew, or let go by a person.
        """
        with self._database.read() as connection:
            found = read_libraries(connection.exec_driver_sql, include_gone=include_gone)
        return found if server_id is None else [library for library in found if library.server_id == server_id]

    def present_ids(self, library_id: int, kind: ItemKind) -> list[int]:
        """Row ids of a kind in a library that are not removed."""
        table = ITEM_TABLES[kind]
        with self._database.read() as connection:
            rows = connection.execute(
                select(table.c.id).where(table.c.library_id == library_id, table.c.removed_at.is_(None))
            )
            return [row[0] for row in rows]

    def get(self, library_id: int) -> Library | None:
        """The library with this id."""
        return next((library for library in self.all() if library.id == library_id), None)

    def store_listing(self, server_id: int, listed: Sequence[RemoteLibrary], *, now: int) -> None:
        """Bring the libraries of a server up to date from a complete list.

        A library is known again by its uuid (a server may reuse its id for another one), else by its id. A uuid that
        several claim says nothing (a copied database). One that is not listed is "unavailable since" now: nothing of
        it is removed. One whose id no index can hold is none.
        """
        listed = [
            remote if remote.uuid is None else replace(remote, uuid=key_text(remote.uuid))
            for remote in listed
            if is_known_by(remote.remote_id)
        ]
        claims = Counter(remote.uuid for remote in listed)
        with self._database.write() as connection:
            known = connection.execute(select(libraries).where(libraries.c.server_id == server_id)).all()
            roots = _stored_roots(connection, server_id)
            # Each statement is a way there and back on a server: nothing is asked or said that changes nothing.
            taken = {row.remote_id for row in known}
            seen: set[int] = set()
            for remote in listed:
                others = [row for row in known if row.id not in seen]
                row = _match(remote, others, is_shared=claims[remote.uuid] > 1)
                if remote.remote_id in taken and (row is None or row.remote_id != remote.remote_id):
                    _make_room(connection, server_id, remote.remote_id, row)
                library_id = _store_library(connection, server_id, remote, row)
                taken.add(remote.remote_id)
                seen.add(library_id)
                _store_roots(connection, library_id, remote.roots, roots.get(library_id, []))
            if any(row.id not in seen and row.unavailable_since is None for row in known):
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
        return self.cursors([library_id])[library_id]

    def cursors(self, library_ids: Sequence[int]) -> dict[int, LibraryCursor]:
        """Where the last sync of each library left off, by its id."""
        with self._database.read() as connection:
            rows = connection.execute(select(libraries).where(libraries.c.id.in_(library_ids))).all()
        return {row.id: _cursor_of(row) for row in rows}

    def present(self, library_id: int, *kinds: ItemKind) -> int:
        """Rows of some kinds in a library that are not removed."""
        counts = (
            select(func.count()).where(table.c.library_id == library_id, table.c.removed_at.is_(None)).scalar_subquery()
            for table in (ITEM_TABLES[kind] for kind in kinds)
        )
        with self._database.read() as connection:
            return sum(connection.execute(select(*counts)).one())

    def finish_sync(
        self,
        library_id: int,
        *,
        now: int,
        verified_at: int,
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
            verified_at: what the next run compares new rows with: never before the rows of this run.
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
        if synced:
            values["last_sync_at"] = now
        if full:
            values["last_full_sync_at"] = now
        if verified:
            values["last_verified_at"] = verified_at
        self.change(library_id, **values)

    def nothing_moved(
        self,
        library_ids: Sequence[int],
        *,
        now: int,
        delta_cursor: int | None = None,
        also: Callable[[Connection], None] | None = None,
    ) -> None:
        """Note that these libraries are as the last sync left them, and where their next delta begins, if given.

        Args:
            also: what else the same transaction writes.
        """
        values: dict[str, object] = {"last_sync_at": now}
        if delta_cursor is not None:
            values["delta_cursor"] = delta_cursor
        with self._database.write() as connection:
            connection.execute(update(libraries).where(libraries.c.id.in_(library_ids)).values(**values))
            if also is not None:
                also(connection)


def _cursor_of(row: Row[tuple[Any, ...]]) -> LibraryCursor:
    return LibraryCursor(
        change_marker=row.change_marker,
        delta_cursor=row.delta_cursor,
        resume_mark=json.loads(row.resume_mark) if row.resume_mark else None,
        last_sync_at=row.last_sync_at,
        last_full_sync_at=row.last_full_sync_at,
        last_verified_at=row.last_verified_at,
        listing_notes=json.loads(row.listing_notes) if row.listing_notes else None,
    )


def _match(
    remote: RemoteLibrary, known: Sequence[Row[tuple[object, ...]]], *, is_shared: bool
) -> Row[tuple[object, ...]] | None:
    if remote.uuid is not None:
        claiming = [row for row in known if row.uuid == remote.uuid]
        for row in claiming:
            if row.remote_id == remote.remote_id:
                return row
        if claiming and not is_shared:
            return claiming[0]
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
    if row is None:
        result = connection.execute(
            insert(libraries).values(server_id=server_id, is_enabled=remote.kind.is_imported, **values)
        )
        return new_id(result)
    if any(getattr(row, key) != value for key, value in values.items()):
        connection.execute(update(libraries).where(libraries.c.id == row.id).values(**values))
    return int(row.id)


def _make_room(connection: Connection, server_id: int, remote_id: str, row: Row[tuple[object, ...]] | None) -> None:
    """The id of a library was given to another one, `row` or a new one: the rows of the first stay."""
    connection.execute(
        update(libraries)
        .where(
            libraries.c.server_id == server_id,
            libraries.c.remote_id == remote_id,
            libraries.c.id != (row.id if row is not None else -1),
        )
        .values(remote_id=libraries.c.remote_id + "#" + func.coalesce(libraries.c.uuid, "gone"))
    )


def _stored_roots(connection: Connection, server_id: int) -> dict[int, list[tuple[object, ...]]]:
    """(path, remote id, network path) of the folders of a server's libraries, by library."""
    roots = library_roots.c
    found: dict[int, list[tuple[object, ...]]] = {}
    for library_id, *root in connection.execute(
        select(roots.library_id, roots.path, roots.remote_id, roots.network_path)
        .join(libraries, libraries.c.id == roots.library_id)
        .where(libraries.c.server_id == server_id)
        .order_by(roots.id)
    ):
        found.setdefault(library_id, []).append(tuple(root))
    return found


def _store_roots(
    connection: Connection, library_id: int, roots: Sequence[LibraryRoot], stored: Sequence[tuple[object, ...]]
) -> None:
    unique = {root.path: root for root in roots if is_path(root.path)}
    wanted = [(root.path, root.remote_id, root.network_path) for root in unique.values()]
    # Servers tell folders to administrators only: signing in as somebody else must not forget what is known.
    if not wanted or list(stored) == wanted:
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
