"""Path mapping rules."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, case, delete, func, insert, select, update

from retrovue.core.domain.path_syntax import without_password
from retrovue.core.domain.paths import PathMapping
from retrovue.core.storage.database import Database, new_id
from retrovue.core.storage.tables import (
    media_files,
    path_mappings,
    servers,
)
from retrovue.core.storage.times import to_datetime


@dataclass(frozen=True, slots=True)
class MappingProof:
    """The last time a rule was tried on files: when, on how many, and how many were found as the server tells."""

    at: datetime
    sampled: int
    found: int


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


def _mapping(row: Row[tuple[object, ...]]) -> PathMapping:
    return PathMapping(
        id=row.id,
        server_id=row.server_id,
        library_id=row.library_id,
        # Rules of older versions may hold a password, which no screen shows.
        server_path=without_password(row.server_path),
        local_path=row.local_path,
    )
