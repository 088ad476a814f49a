"""Path mapping rules: kept together with the paths that are derived from them.

A rule and its paths are written in one transaction, and whoever writes paths besides (a sync) asks for the rules inside
its own (`rules_of`): so a path is never of a rule that is not there any more, nor without one that is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, delete, func, insert, select, update

from retrovue.core.domain.path_syntax import without_password
from retrovue.core.domain.paths import PathMapping
from retrovue.core.storage.database import Database, computer_of, new_id
from retrovue.core.storage.files import RederiveReport, rederive
from retrovue.core.storage.places import MapFile, is_own
from retrovue.core.storage.tables import (
    file_checks,
    file_places,
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
    own = rules_by_computer(connection, server_id).get(computer_of(connection))
    return own or Rules((), _roots(connection, server_id))


def rules_by_computer(connection: Connection, server_id: int) -> dict[int, Rules]:
    """The rules of a server on each computer that has any, as this transaction sees them."""
    stored = connection.execute(
        select(path_mappings)
        .where(path_mappings.c.server_id == server_id)
        .order_by(path_mappings.c.computer_id, path_mappings.c.id)
    ).all()
    if not stored:
        return {}
    roots = _roots(connection, server_id)
    by_computer = groupby(stored, key=lambda row: int(row.computer_id))
    return {computer: Rules(tuple(map(_mapping, rows)), roots) for computer, rows in by_computer}


def _roots(connection: Connection, server_id: int) -> tuple[tuple[int, str], ...]:
    roots = connection.execute(
        select(library_roots.c.library_id, library_roots.c.path)
        .join(libraries, libraries.c.id == library_roots.c.library_id)
        .where(libraries.c.server_id == server_id)
        .order_by(libraries.c.name, libraries.c.id, library_roots.c.id)
    )
    return tuple((row[0], row[1]) for row in roots)


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
        with self._database.read() as connection:
            rows = connection.execute(_by_rule(connection, func.count(), _count("found")))
            return {row[0]: (row[1], int(row[2] or 0)) for row in rows}

    def finding_nothing(self) -> set[int]:
        """The rules whose files were all looked for, and of which none is there."""
        with self._database.read() as connection:
            rows = connection.execute(_by_rule(connection).having(_count("found") == 0, _count("unchecked") == 0))
            return {row[0] for row in rows}


def _by_rule(connection: Connection, *columns: ColumnElement[Any]) -> Select[Any]:
    """The present files of this computer by the rule that maps them."""
    return (
        select(file_places.c.mapping_id, *columns)
        .join(media_files, media_files.c.id == file_places.c.media_file_id)
        .where(is_own(connection), file_places.c.mapping_id.is_not(None), media_files.c.removed_at.is_(None))
        .group_by(file_places.c.mapping_id)
    )


def _count(state: str) -> ColumnElement[int]:
    return func.sum(case((file_places.c.file_state == state, 1), else_=0))


def _derive(connection: Connection, server_id: int, derive: Derive) -> RederiveReport:
    # Interrupted and running checks began with other paths: none of them may go on where it was.
    own = computer_of(connection)
    connection.execute(
        update(file_checks)
        .where(file_checks.c.mark.is_not(None), file_checks.c.computer_id == own)
        .values(mark=None, marked_at=None)
    )
    return rederive(connection, server_id, derive(rules_of(connection, server_id)), computer_id=own)


def _mapping(row: Row[tuple[object, ...]]) -> PathMapping:
    return PathMapping(
        id=row.id,
        server_id=row.server_id,
        library_id=row.library_id,
        # Rules of older versions may hold a password, which no screen shows.
        server_path=without_password(row.server_path),
        local_path=row.local_path,
    )
