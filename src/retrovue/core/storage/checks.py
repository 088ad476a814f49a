"""What checks of files found: states, events, where an interrupted check goes on, and the last outcome."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_syntax import spelled_alike
from retrovue.core.storage.engine import Database
from retrovue.core.storage.times import to_datetime

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
