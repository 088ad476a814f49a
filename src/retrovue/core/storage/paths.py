"""The local paths of media files: derived from their server paths, anew whenever a rule changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from retrovue.core.domain.media import FileState, FileToCheck
from retrovue.core.domain.path_syntax import spelled_alike
from retrovue.core.storage.engine import Database
from retrovue.core.storage.ingest import MappedFile

_BATCH = 5000
_TO_CHECK = (
    "SELECT f.id, f.local_path, f.size_bytes, m.local_path, f.file_state, "
    "f.disk_size_bytes IS NOT NULL, f.disk_size_bytes "
    "FROM media_files f LEFT JOIN path_mappings m ON m.id = f.mapping_id "
    "WHERE f.removed_at IS NULL{condition} ORDER BY f.id"
)
"""The fields of `FileToCheck`."""


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
