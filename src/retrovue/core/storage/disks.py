"""Volumes as they were last seen, capacities that a person typed in, and what the catalog keeps on them."""

from collections.abc import Iterable
from typing import NamedTuple

from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_syntax import storable
from retrovue.core.storage.database import Database
from retrovue.core.storage.places import joined
from retrovue.core.storage.values import is_path


class StoredVolume(NamedTuple):
    """A row of `volumes`. Times are epoch seconds."""

    path: str
    label: str | None
    total_bytes: int | None
    free_bytes: int | None
    read_at: int | None
    manual_total_bytes: int | None
    manual_free_bytes: int | None
    manual_at: int | None


class MappedFileRow(NamedTuple):
    """A mapped file for adding up disks. `size_bytes`: on disk where it is known, else as the server tells."""

    media_file_id: int
    local_path: str
    size_bytes: int
    state: FileState


class DiskRepository:
    """Rows of `volumes` of this computer, and the sizes of mapped files. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def volumes(self) -> list[StoredVolume]:
        """Every volume that was seen or typed in, by path."""
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT path, label, total_bytes, free_bytes, read_at, manual_total_bytes, manual_free_bytes, "
                "manual_at FROM volumes WHERE computer_id = ? ORDER BY path",
                (self._database.computer_id,),
            )
            return [StoredVolume(*row) for row in rows]

    def store_read(self, seen: Iterable[tuple[str, str, int | None, int | None]], *, now: int) -> None:
        """Keep capacities that were read as (path, label, total, free)."""
        rows = [
            (self._database.computer_id, storable(path), storable(label), total, free, now)
            for path, label, total, free in seen
            if total is not None and is_path(path)
        ]
        if not rows:
            return
        with self._database.write() as connection:
            connection.exec_driver_sql(
                "INSERT INTO volumes (computer_id, path, label, total_bytes, free_bytes, read_at) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (computer_id, path) DO UPDATE SET "
                "label = excluded.label, total_bytes = excluded.total_bytes, "
                "free_bytes = excluded.free_bytes, read_at = excluded.read_at",
                rows,
            )

    def set_manual(self, path: str, *, total_bytes: int | None, free_bytes: int | None, now: int) -> None:
        """Keep what a person says of a disk; None for both takes it back."""
        is_taken_back = total_bytes is None and free_bytes is None
        with self._database.write() as connection:
            connection.exec_driver_sql(
                "INSERT INTO volumes (computer_id, path, manual_total_bytes, manual_free_bytes, manual_at) "
                "VALUES (?, ?, ?, ?, ?) ON CONFLICT (computer_id, path) DO UPDATE SET "
                "manual_total_bytes = excluded.manual_total_bytes, manual_free_bytes = excluded.manual_free_bytes, "
                "manual_at = excluded.manual_at",
                (self._database.computer_id, path, total_bytes, free_bytes, None if is_taken_back else now),
            )
            connection.exec_driver_sql("DELETE FROM volumes WHERE read_at IS NULL AND manual_at IS NULL")

    def mapped_files(self) -> list[MappedFileRow]:
        """Every present file that has a local path and is not known to be missing."""
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT f.id, p.local_path, coalesce(p.disk_size_bytes, f.size_bytes, 0), p.file_state "
                f"FROM media_files f {joined(connection)} "
                "JOIN servers s ON s.id = f.server_id AND s.removed_at IS NULL "
                "WHERE f.removed_at IS NULL AND p.local_path IS NOT NULL AND p.file_state <> 'missing' ORDER BY f.id"
            )
            return [MappedFileRow(row[0], row[1], row[2], FileState(row[3])) for row in rows.fetchall()]

    def libraries_of_files(self) -> dict[int, tuple[int, ...]]:
        """File id → ids of the libraries that list it."""
        found: dict[int, tuple[int, ...]] = {}
        with self._database.read() as connection:
            for kind in ("episode", "movie"):
                rows = connection.exec_driver_sql(
                    f"SELECT DISTINCT k.media_file_id, i.library_id FROM media_links k JOIN {kind}s i "
                    f"ON i.id = k.{kind}_id WHERE i.removed_at IS NULL ORDER BY 1, 2"
                )
                for file_id, library_id in rows.fetchall():
                    found[file_id] = (*found.get(file_id, ()), library_id)
        return found
