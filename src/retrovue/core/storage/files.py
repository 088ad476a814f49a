"""Media files: paths derived from the mapping rules, and what checks of them found."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection

from retrovue.core.domain.media import FileState, FileToCheck
from retrovue.core.domain.path_syntax import spelled_alike
from retrovue.core.storage.database import Database
from retrovue.core.storage.times import to_datetime

_BATCH = 5000


_TO_CHECK = (
    "SELECT f.id, f.local_path, f.size_bytes, m.local_path, f.file_state, "
    "f.disk_size_bytes IS NOT NULL, f.disk_size_bytes "
    "FROM media_files f LEFT JOIN path_mappings m ON m.id = f.mapping_id "
    "WHERE f.removed_at IS NULL{condition} ORDER BY f.id"
)
"""The fields of `FileToCheck`."""


@dataclass(frozen=True, slots=True)
class MappedFile:
    """What the mapping rules make of a server path."""

    local_path: str | None
    mapping_id: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class RederiveReport:
    """What deriving the local paths of a server did. `changed` counts files whose path or rule is another now."""

    files: int = 0
    mapped: int = 0
    changed: int = 0


class FileSample(NamedTuple):
    """A file to try rules on. `library_ids` is filled for servers that have rules of single libraries."""

    media_file_id: int
    server_path: str
    size_bytes: int | None
    library_ids: tuple[int, ...]


class FilePathRepository:
    """Paths in `media_files`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rederive(self, server_id: int, map_file: Callable[[str, tuple[int, ...]], MappedFile]) -> RederiveReport:
        """Derive every local path of a server anew, in one transaction.

        `map_file(server_path, library_ids)` is asked for each file, with the libraries that hold it. A file whose local
        path changed was not looked at yet: it is `unchecked`, or `unmapped` without a path.
        """
        files = mapped = changed = 0
        with self._database.write() as connection:
            libraries = _library_ids(connection, server_id)
            last = 0
            while rows := _rows(connection, server_id, last):
                last = rows[-1][0]
                updates: list[tuple[object, ...]] = []
                for file_id, server_path, local_path, mapping_id, reason in rows:
                    result = map_file(server_path, libraries.get(file_id, ()))
                    mapped += result.local_path is not None
                    # Accents as the disk writes them stay: a check put them there.
                    path = local_path if spelled_alike(result.local_path, local_path) else result.local_path
                    if (path, result.mapping_id, result.reason) == (local_path, mapping_id, reason):
                        continue
                    state = FileState.UNMAPPED if path is None else FileState.UNCHECKED
                    updates.append((path, result.mapping_id, result.reason, state.value, file_id))
                _update(connection, updates)
                files += len(rows)
                changed += len(updates)
        return RederiveReport(files=files, mapped=mapped, changed=changed)

    def to_check(self, server_id: int | None = None) -> list[FileToCheck]:
        """Every present file, of one server or of all, as a check of files needs it."""
        with self._database.read() as connection:
            gone = connection.exec_driver_sql("SELECT id FROM servers WHERE removed_at IS NOT NULL").scalars().all()
            # The plus keeps SQLite from the index on server and path, which it would sort whole.
            condition = "" if server_id is None else f" AND +f.server_id = {int(server_id)}"
            if gone:
                condition += f" AND f.server_id NOT IN ({', '.join(map(str, gone))})"
            # The driver's own rows are tuples already, in the order of the fields: no object besides for 100,000 files.
            cursor = connection.connection.cursor()
            cursor.execute(_TO_CHECK.format(condition=condition))
            return list(map(partial(tuple.__new__, FileToCheck), cursor.fetchall()))

    def samples(
        self, server_id: int, *, limit: int, under: str | None = None, library_id: int | None = None
    ) -> list[FileSample]:
        """Some files of a server, spread over all of them, the same ones each time.

        `under`: only those whose path starts with this text. `library_id`: only those that it lists.
        """
        conditions = ["f.server_id = ?", "f.removed_at IS NULL"]
        values: list[object] = [server_id]
        if under is not None:
            conditions.append("substr(f.server_path, 1, ?) = ?")
            values += [len(under), under]
        if library_id is not None:
            conditions.append(
                "EXISTS (SELECT 1 FROM media_links k LEFT JOIN episodes e ON e.id = k.episode_id LEFT JOIN movies m "
                "ON m.id = k.movie_id WHERE k.media_file_id = f.id AND coalesce(e.library_id, m.library_id) = ?)"
            )
            values.append(library_id)
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT f.id, f.server_path, f.size_bytes FROM media_files f "
                # A multiplicative hash of the id: from all over the library, in an order of its own.
                f"WHERE {' AND '.join(conditions)} ORDER BY (f.id * 2654435761) % 4294967296 LIMIT ?",
                (*values, limit),
            ).fetchall()
            libraries = _library_ids(connection, server_id)
        return [FileSample(row[0], row[1], row[2], libraries.get(row[0], ())) for row in rows]

    def sample(self, server_id: int, *, limit: int, under: str | None = None) -> list[str]:
        """Some server paths of a server, spread over its files; `under`: only those that start with this text."""
        condition = "" if under is None else " AND substr(server_path, 1, ?) = ?"
        parameters: tuple[object, ...] = (server_id,) if under is None else (server_id, len(under), under)
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                f"SELECT server_path FROM media_files WHERE server_id = ? AND removed_at IS NULL{condition} "
                # A multiplicative hash of the id: the same files each time, from all over the library.
                "ORDER BY (id * 2654435761) % 4294967296 LIMIT ?",
                (*parameters, limit),
            )
            return [row[0] for row in rows]


def _rows(
    connection: Connection, server_id: int, after: int
) -> Sequence[tuple[int, str, str | None, int | None, str | None]]:
    return connection.exec_driver_sql(
        # The plus keeps SQLite from the index on server and path, which it would sort whole for every batch.
        "SELECT id, server_path, local_path, mapping_id, map_reason FROM media_files "
        "WHERE +server_id = ? AND id > ? ORDER BY id LIMIT ?",
        (server_id, after, _BATCH),
    ).fetchall()


def _update(connection: Connection, updates: list[tuple[object, ...]]) -> None:
    if updates:
        connection.exec_driver_sql(
            "UPDATE media_files SET local_path = ?1, mapping_id = ?2, map_reason = ?3, "
            "checked_at = CASE WHEN local_path IS ?1 THEN checked_at END, "
            "disk_size_bytes = CASE WHEN local_path IS ?1 THEN disk_size_bytes END, "
            "file_state = CASE WHEN local_path IS ?1 AND ?1 IS NOT NULL THEN file_state ELSE ?4 END WHERE id = ?5",
            updates,
        )


def _library_ids(connection: Connection, server_id: int) -> dict[int, tuple[int, ...]]:
    """The libraries of each file; asked only of a server that has rules for single libraries."""
    own = connection.exec_driver_sql(
        "SELECT 1 FROM path_mappings WHERE server_id = ? AND library_id IS NOT NULL LIMIT 1", (server_id,)
    ).first()
    found: dict[int, tuple[int, ...]] = {}
    if own is None:
        return found
    rows = connection.exec_driver_sql(
        "SELECT DISTINCT k.media_file_id, coalesce(e.library_id, m.library_id) AS library_id FROM media_links k "
        "LEFT JOIN episodes e ON e.id = k.episode_id LEFT JOIN movies m ON m.id = k.movie_id "
        "JOIN media_files f ON f.id = k.media_file_id WHERE f.server_id = ? ORDER BY 1, 2",
        (server_id,),
    )
    for file_id, library_id in rows:
        found[file_id] = (*found.get(file_id, ()), library_id)
    return found


LOOKED_AT = (
    "CASE WHEN f.checked_at IS NOT NULL THEN max(f.checked_at, coalesce((SELECT max(c.finished_at) FROM file_checks c "
    "WHERE c.scope IN ('all', 'server:' || f.server_id)), 0)) END"
)
"""When the file `f` was looked for last: a check writes only files that are not as they were, and its own time."""


class CheckedFile(NamedTuple):
    """What a check found of a file that is not as it was.

    Attributes:
        disk_size_bytes: None leaves what is known: it says that the file was seen once.
        actual_path: the path that opens, where the disk spells it otherwise than the rule.
        is_event: False when the file had no known state before; a first look is no change.
    """

    media_file_id: int
    state: FileState
    disk_size_bytes: int | None = None
    actual_path: str | None = None
    is_event: bool = True


class FileEvent(NamedTuple):
    """A change of a file's state."""

    media_file_id: int
    server_path: str
    at: datetime
    old_state: FileState
    new_state: FileState


class StoredCheck(NamedTuple):
    """A row of `file_checks`. `mark` is there while a check is unfinished, `summary` after the first finished one."""

    started_at: int
    mark: str | None
    marked_at: int | None
    finished_at: int | None
    summary: Any


def proven_spellings(connection: Connection, server_id: int, mapped: Mapping[str, object]) -> dict[str, str]:
    """The stored local paths that write accents otherwise than the rules do: a check saw that the disk does.

    `mapped`: what the rules make of server paths; server path → local path.
    """
    if not mapped:
        return {}
    rows = connection.exec_driver_sql(
        f"SELECT server_path, local_path FROM media_files WHERE server_id = ? AND local_path IS NOT NULL "
        f"AND server_path IN ({', '.join('?' * len(mapped))})",
        (server_id, *mapped),
    )
    return {path: kept for path, kept in rows.fetchall() if spelled_alike(str(mapped[path]), kept)}


class CheckRepository:
    """States of media files and the checks that told them. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, scope: str) -> StoredCheck | None:
        """The check of a scope, finished or not."""
        with self._database.read() as connection:
            row = connection.exec_driver_sql(
                "SELECT started_at, mark, marked_at, finished_at, summary FROM file_checks WHERE scope = ?", (scope,)
            ).first()
        if row is None:
            return None
        return StoredCheck(row[0], row[1], row[2], row[3], None if row[4] is None else json.loads(row[4]))

    def begin(self, scope: str, *, now: int) -> None:
        """Forget the mark of an earlier check; its summary stays until this one is finished."""
        with self._database.write() as connection:
            connection.exec_driver_sql(
                "INSERT INTO file_checks (scope, started_at) VALUES (?, ?) ON CONFLICT (scope) DO UPDATE SET "
                "started_at = excluded.started_at, mark = NULL, marked_at = NULL",
                (scope, now),
            )

    def keep(self, scope: str, changed: Sequence[CheckedFile], mark: str, *, now: int) -> None:
        """Store states together with the mark that follows them; a change of a known state becomes an event."""
        with self._database.write() as connection:
            events = [(one.media_file_id, now, one.state.value) for one in changed if one.is_event]
            if events:
                connection.exec_driver_sql(
                    "INSERT INTO file_events (media_file_id, at, old_state, new_state) SELECT id, ?2, file_state, ?3 "
                    "FROM media_files WHERE id = ?1 AND file_state <> ?3 "
                    "AND file_state NOT IN ('unchecked', 'unmapped')",
                    events,
                )
            if changed:
                connection.exec_driver_sql(
                    "UPDATE media_files SET file_state = ?2, disk_size_bytes = coalesce(?3, disk_size_bytes), "
                    "local_path = coalesce(?4, local_path), checked_at = ?5 WHERE id = ?1",
                    [
                        (one.media_file_id, one.state.value, one.disk_size_bytes, one.actual_path, now)
                        for one in changed
                    ],
                )
            connection.exec_driver_sql(
                "UPDATE file_checks SET mark = ?, marked_at = ? WHERE scope = ?", (mark, now, scope)
            )

    def finish(self, scope: str, summary: object, *, now: int) -> None:
        """The check is over: keep its summary, forget its mark."""
        with self._database.write() as connection:
            connection.exec_driver_sql(
                "UPDATE file_checks SET mark = NULL, marked_at = NULL, finished_at = ?, summary = ? WHERE scope = ?",
                (now, json.dumps(summary), scope),
            )

    def forget_marks(self) -> None:
        """Interrupted checks begin anew: rules changed, so that what was seen may be of other folders."""
        with self._database.write() as connection:
            connection.exec_driver_sql("UPDATE file_checks SET mark = NULL, marked_at = NULL WHERE mark IS NOT NULL")

    def events(self, *, media_file_id: int | None = None, limit: int = 1000) -> list[FileEvent]:
        """Changes of state, newest first, of one file or of all present ones."""
        condition = "" if media_file_id is None else "AND e.media_file_id = ? "
        parameters = (limit,) if media_file_id is None else (media_file_id, limit)
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT e.media_file_id, f.server_path, e.at, e.old_state, e.new_state FROM file_events e "
                f"JOIN media_files f ON f.id = e.media_file_id WHERE f.removed_at IS NULL {condition}"
                "ORDER BY e.at DESC, e.id DESC LIMIT ?",
                parameters,
            )
            found = []
            for file_id, path, at, old, new in rows:
                when = to_datetime(at)
                assert when is not None
                found.append(FileEvent(file_id, path, when, FileState(old), FileState(new)))
            return found
