"""The servers and their libraries, read with SQL that needs no SQLAlchemy.

Scripts and completions call `servers list` all the time, and importing SQLAlchemy with our tables was three quarters of
the processor time of that. The repositories read the same statements over their own connection, so that there is one
answer to what a server and a library are.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, Protocol

from retrovue.core.domain.servers import (
    Library,
    LibraryKind,
    LibraryRoot,
    Server,
    ServerKind,
    ServerState,
    SyncMode,
)
from retrovue.core.storage.revisions import HEAD, VERSION_TABLE
from retrovue.core.storage.times import to_datetime

_BUSY_TIMEOUT_S = 10.0
_SERVERS = "SELECT * FROM servers WHERE removed_at IS NULL ORDER BY name"
_LIBRARIES = (
    "SELECT libraries.*, servers.name AS server_name FROM libraries JOIN servers ON servers.id = libraries.server_id "
    "WHERE servers.removed_at IS NULL ORDER BY servers.name, libraries.name, libraries.id"
)
_ROOTS = "SELECT library_id, path, remote_id, network_path FROM library_roots ORDER BY id"
_COUNTS = " UNION ALL ".join(
    f"SELECT library_id, count(*) AS items FROM {table} WHERE removed_at IS NULL GROUP BY library_id"
    for table in ("movies", "episodes")
)
_GONE = "SELECT id FROM libraries WHERE unavailable_since IS NOT NULL" + "".join(
    f" AND NOT EXISTS (SELECT 1 FROM {table} WHERE library_id = libraries.id AND removed_at IS NULL)"
    for table in ("movies", "shows", "episodes")
)


class Execute(Protocol):
    """Runs one statement; the rows have their columns as attributes."""

    def __call__(self, statement: str, /) -> Iterable[Any]:
        """Run it."""


class Overview(NamedTuple):
    """What the catalog holds, at one moment.

    Attributes:
        servers: those that were not removed, by name.
        libraries: of these, by server and name; without those that left with everything in them.
    """

    servers: list[Server]
    libraries: list[Library]


def read_overview(path: Path) -> Overview | None:
    """Return what a catalog file holds; None for one that has to be made, upgraded or mended first. Thread: any."""
    try:
        with closing(sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)) as connection:
            connection.row_factory = _named
            connection.execute("PRAGMA query_only=ON")
            connection.execute("BEGIN")
            revision = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()
            if revision is None or revision.version_num != HEAD:
                return None
            return Overview(read_servers(connection.execute), read_libraries(connection.execute))
    except sqlite3.Error:
        # Opening it in full meets the same error, and says what to do.
        return None


def read_servers(execute: Execute) -> list[Server]:
    """Return every server that was not removed, by name."""
    return [server_of(row) for row in execute(_SERVERS)]


def read_libraries(execute: Execute, *, include_gone: bool = False) -> list[Library]:
    """Return the libraries with folders and counts, by server and name; see `LibraryRepository.all`."""
    roots: dict[int, tuple[LibraryRoot, ...]] = {}
    for row in execute(_ROOTS):
        root = LibraryRoot(row.path, row.remote_id, row.network_path)
        roots[row.library_id] = (*roots.get(row.library_id, ()), root)
    counts: dict[int, int] = {}
    for row in execute(_COUNTS):
        counts[row.library_id] = counts.get(row.library_id, 0) + row.items
    found = list(execute(_LIBRARIES))
    gone: set[int] = set()
    # Each statement is a way there and back where the catalog is on a server: this one is hardly ever needed.
    if not include_gone and any(row.unavailable_since is not None for row in found):
        gone = {row.id for row in execute(_GONE)}
    return [_library_of(row, roots.get(row.id, ()), counts.get(row.id, 0)) for row in found if row.id not in gone]


def server_of(row: Any) -> Server:
    """Return the server of a row of `servers`."""
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
        is_owner=bool(row.is_owner),
        is_active=bool(row.is_active),
        follow_live=bool(row.follow_live),
        state=ServerState(row.state) if row.is_active else ServerState.DISABLED,
        state_detail=row.state_detail,
        state_at=to_datetime(row.state_at),
        tls_fingerprint=row.tls_fingerprint,
        created_at=to_datetime(row.created_at),
    )


def _library_of(row: Any, roots: tuple[LibraryRoot, ...], items: int) -> Library:
    return Library(
        id=row.id,
        server_id=row.server_id,
        remote_id=row.remote_id,
        name=row.name,
        kind=LibraryKind(row.kind),
        uuid=row.uuid,
        is_enabled=bool(row.is_enabled),
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


def _named(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> SimpleNamespace:
    # sqlite3.Row has no attributes.
    return SimpleNamespace(**dict(zip((column[0] for column in cursor.description), values, strict=True)))
