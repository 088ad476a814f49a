"""Path mapping rules: kept together with the paths that are derived from them.

A rule and its paths are written in one transaction, and whoever writes paths besides (a sync) asks for the rules inside
its own (`rules_of`): so a path is never of a rule that is not there any more, nor without one that is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, case, delete, func, insert, select, update

from retrovue.core.domain.path_syntax import without_password
from retrovue.core.domain.paths import PathMapping
from retrovue.core.storage.database import Database, computer_of, new_id
from retrovue.core.storage.files import MapFile, RederiveReport, rederive
from retrovue.core.storage.tables import (
    file_checks,
    libraries,
    library_roots,
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


@dataclass(frozen=True, slots=True)
class Rules:
    """All that decides about the local paths of a server, as of one instant.

    Attributes:
        roots: (library, folder) as the server tells them.
    """

    mappings: tuple[PathMapping, ...]
    roots: tuple[tuple[int, str], ...]


Derive = Callable[[Rules], MapFile]
"""Makes of rules what is applied to each file. Called inside the transaction that writes what comes of it."""


def rules_of(connection: Connection, server_id: int) -> Rules:
    """The rules of a server on this computer, as this transaction sees them."""
    stored = connection.execute(
        select(path_mappings)
        .where(path_mappings.c.server_id == server_id, path_mappings.c.computer_id == computer_of(connection))
        .order_by(path_mappings.c.id)
    )
    roots = connection.execute(
        select(library_roots.c.library_id, library_roots.c.path)
        .join(libraries, libraries.c.id == library_roots.c.library_id)
        .where(libraries.c.server_id == server_id)
        .order_by(libraries.c.name, libraries.c.id, library_roots.c.id)
    )
    return Rules(tuple(_mapping(row) for row in stored), tuple((row[0], row[1]) for row in roots))


class MappingRepository:
    """Rows of `path_mappings`, those of this computer. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, server_id: int | None = None) -> list[PathMapping]:
        """The rules of a server (or of all servers), in the order they were made."""
        query = (
            select(path_mappings)
            .join(servers, servers.c.id == path_mappings.c.server_id)
            .where(servers.c.removed_at.is_(None), path_mappings.c.computer_id == self._database.computer_id)
            .order_by(path_mappings.c.id)
        )
        if server_id is not None:
            query = query.where(path_mappings.c.server_id == server_id)
        with self._database.read() as connection:
            return [_mapping(row) for row in connection.execute(query)]

    def add(
        self, mapping: PathMapping, *, now: int, check: Callable[[Rules], None], derive: Derive
    ) -> tuple[int, RederiveReport]:
        """Store a rule and derive the paths of its server with it, in one transaction; returns its id, too.

        Args:
            check: raises where the rule cannot work beside those that are stored.
        """
        with self._database.write() as connection:
            check(rules_of(connection, mapping.server_id or 0))
            result = connection.execute(
                insert(path_mappings).values(
                    computer_id=computer_of(connection),
                    server_id=mapping.server_id,
                    library_id=mapping.library_id,
                    server_path=mapping.server_path,
                    local_path=mapping.local_path,
                    created_at=now,
                )
            )
            return new_id(result), _derive(connection, mapping.server_id or 0, derive)

    def change(self, mapping: PathMapping, *, check: Callable[[Rules], None], derive: Derive) -> RederiveReport:
        """Replace a rule, forget how it was tried, and derive the paths of its server, in one transaction."""
        with self._database.write() as connection:
            check(rules_of(connection, mapping.server_id or 0))
            connection.execute(
                update(path_mappings)
                .where(path_mappings.c.id == mapping.id)
                .values(
                    library_id=mapping.library_id,
                    server_path=mapping.server_path,
                    local_path=mapping.local_path,
                    tested_at=None,
                    tested_found=None,
                    tested_sampled=None,
                )
            )
            return _derive(connection, mapping.server_id or 0, derive)

    def remove(self, mapping: PathMapping, *, derive: Derive) -> RederiveReport:
        """Delete a rule and derive the paths of its server without it, in one transaction."""
        with self._database.write() as connection:
            connection.execute(delete(path_mappings).where(path_mappings.c.id == mapping.id))
            return _derive(connection, mapping.server_id or 0, derive)

    def rederive(self, server_id: int, derive: Derive) -> RederiveReport:
        """Derive every local path of a server from its rules, in one transaction."""
        with self._database.write() as connection:
            return _derive(connection, server_id, derive)

    def keep_proof(self, mapping: PathMapping, *, found: int, sampled: int, now: int) -> None:
        """Keep how a rule was tried on files, unless it became another one meanwhile."""
        with self._database.write() as connection:
            row = connection.execute(select(path_mappings).where(path_mappings.c.id == mapping.id)).first()
            if row is None or _mapping(row) != mapping:
                return
            connection.execute(
                update(path_mappings)
                .where(path_mappings.c.id == mapping.id)
                .values(tested_at=now, tested_found=found, tested_sampled=sampled)
            )

    def proofs(self) -> dict[int, MappingProof]:
        """Per rule that was ever tried on files: the last outcome."""
        columns = path_mappings.c
        query = select(columns.id, columns.tested_at, columns.tested_sampled, columns.tested_found).where(
            columns.tested_at.is_not(None), columns.computer_id == self._database.computer_id
        )
        found: dict[int, MappingProof] = {}
        with self._database.read() as connection:
            for mapping_id, at, sampled, count in connection.execute(query):
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

    def finding_nothing(self) -> set[int]:
        """The rules whose files were all looked for, and of which none is there."""
        found = func.sum(case((media_files.c.file_state == "found", 1), else_=0))
        unlooked = func.sum(case((media_files.c.file_state == "unchecked", 1), else_=0))
        with self._database.read() as connection:
            rows = connection.execute(
                select(media_files.c.mapping_id)
                .where(media_files.c.mapping_id.is_not(None), media_files.c.removed_at.is_(None))
                .group_by(media_files.c.mapping_id)
                .having(found == 0, unlooked == 0)
            )
            return {row[0] for row in rows}


def _derive(connection: Connection, server_id: int, derive: Derive) -> RederiveReport:
    # Interrupted and running checks began with other paths: none of them may go on where it was.
    connection.execute(
        update(file_checks)
        .where(file_checks.c.mark.is_not(None), file_checks.c.computer_id == computer_of(connection))
        .values(mark=None, marked_at=None)
    )
    return rederive(connection, server_id, derive(rules_of(connection, server_id)))


def _mapping(row: Row[tuple[object, ...]]) -> PathMapping:
    return PathMapping(
        id=row.id,
        server_id=row.server_id,
        library_id=row.library_id,
        # Rules of older versions may hold a password, which no screen shows.
        server_path=without_password(row.server_path),
        local_path=row.local_path,
    )
