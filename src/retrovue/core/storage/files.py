"""Media files as a check takes them: paths derived from the mapping rules, and what checks of them found."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Text,
    and_,
    bindparam,
    exists,
    func,
    insert,
    select,
    update,
)

from retrovue.core.domain.media import FileState, FileToCheck
from retrovue.core.storage.database import Database, computer_of
from retrovue.core.storage.places import STATE, MapFile, Placing, joined
from retrovue.core.storage.tables import file_checks, file_events, file_places, media_files
from retrovue.core.storage.times import to_datetime

_BATCH = 5000


_TO_CHECK = (
    f"SELECT f.id, p.local_path, f.size_bytes, m.local_path, {STATE}, "
    "p.disk_size_bytes IS NOT NULL, p.disk_size_bytes "
    "FROM media_files f {places} LEFT JOIN path_mappings m ON m.id = p.mapping_id "
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
    """Files and where they are on this computer. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
            cursor.execute(_TO_CHECK.format(places=joined(connection), condition=condition))
            return list(map(partial(tuple.__new__, FileToCheck), cursor.fetchall()))

    def to_look_at(self, file_ids: Sequence[int] | None = None) -> list[FileToCheck]:
        """These files, or every file with a local path that nobody has looked for yet."""
        if file_ids is None:
            condition = f" AND {STATE} = 'unchecked'"
        else:
            condition = f" AND f.id IN ({', '.join(str(int(file_id)) for file_id in file_ids)})"
        condition += (
            " AND p.local_path IS NOT NULL AND f.server_id IN (SELECT id FROM servers WHERE removed_at IS NULL)"
        )
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                _TO_CHECK.format(places=joined(connection), condition=condition)
            ).fetchall()
            return [FileToCheck(*row) for row in rows]

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
            libraries = _library_ids(connection, server_id, computer_of(connection))
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


def rederive(connection: Connection, server_id: int, map_file: MapFile, *, computer_id: int) -> RederiveReport:
    """Derive every local path of a server on a computer anew, see `Placing`."""
    files = mapped = changed = 0
    libraries = _library_ids(connection, server_id, computer_id)
    last = 0
    while rows := _rows(connection, server_id, computer_id, last):
        last = rows[-1][0]
        placing = Placing()
        for file_id, server_path, is_known, path, rule, reason in rows:
            result = map_file(server_path, libraries.get(file_id, ()))
            mapped += result.local_path is not None
            known = (path, rule, reason) if is_known else None
            changed += placing.take(computer_id, file_id, known, result)
        placing.write(connection)
        files += len(rows)
    return RederiveReport(files=files, mapped=mapped, changed=changed)


def _rows(
    connection: Connection, server_id: int, computer_id: int, after: int
) -> Sequence[tuple[int, str, bool, str | None, int | None, str | None]]:
    return connection.exec_driver_sql(
        "SELECT f.id, f.server_path, p.media_file_id IS NOT NULL, p.local_path, p.mapping_id, p.map_reason "
        "FROM media_files f LEFT JOIN file_places p ON p.media_file_id = f.id AND p.computer_id = ? "
        # The plus keeps SQLite from the index on server and path, which it would sort whole for every batch.
        "WHERE +f.server_id = ? AND f.id > ? ORDER BY f.id LIMIT ?",
        (computer_id, server_id, after, _BATCH),
    ).fetchall()


def _library_ids(connection: Connection, server_id: int, computer_id: int) -> dict[int, tuple[int, ...]]:
    """The libraries of each file; asked only where a computer has rules for single libraries of a server."""
    own = connection.exec_driver_sql(
        "SELECT 1 FROM path_mappings WHERE server_id = ? AND computer_id = ? AND library_id IS NOT NULL LIMIT 1",
        (server_id, computer_id),
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


def looked_at(computer_id: int) -> str:
    """When a computer last looked for the file `f` at its place `p`, in SQL.

    A check writes only files that are not as they were, and its own time.
    """
    return (
        "(SELECT max(t.at) FROM (SELECT p.checked_at AS at UNION ALL SELECT c.finished_at FROM file_checks c "
        f"WHERE p.checked_at IS NOT NULL AND c.computer_id = {computer_id} "
        "AND c.scope IN ('all', 'server:' || f.server_id)) t)"
    )


class CheckedFile(NamedTuple):
    """What a check found of a file that is not as it was.

    Attributes:
        looked_at, told_bytes: the local path that was looked at, and the size it was compared with. What was found is
            of no file that has another path or size by now.
        disk_size_bytes: None leaves what is known: it says that the file was seen once.
        actual_path: the path that opens, where the disk spells it otherwise than the rule.
        is_event: False when the file had no known state before; a first look is no change.
    """

    media_file_id: int
    looked_at: str | None
    told_bytes: int | None
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


_STILL = (
    file_places.c.media_file_id == bindparam("file", type_=BigInteger),
    file_places.c.computer_id == bindparam("computer", type_=BigInteger),
    file_places.c.local_path == bindparam("looked_at", type_=Text),
    exists().where(
        media_files.c.id == file_places.c.media_file_id,
        media_files.c.size_bytes.is_not_distinct_from(bindparam("told_bytes", type_=BigInteger)),
    ),
)
_CHECK_EVENT = insert(file_events).from_select(
    ["computer_id", "media_file_id", "at", "old_state", "new_state"],
    select(
        file_places.c.computer_id,
        file_places.c.media_file_id,
        bindparam("now", type_=BigInteger),
        file_places.c.file_state,
        bindparam("state", type_=Text),
    ).where(
        *_STILL,
        file_places.c.file_state != bindparam("state", type_=Text),
        file_places.c.file_state != FileState.UNCHECKED.value,
    ),
)
_CHECK_RESULT = (
    update(file_places)
    .where(*_STILL)
    .values(
        file_state=bindparam("state"),
        disk_size_bytes=func.coalesce(bindparam("seen_bytes", type_=BigInteger), file_places.c.disk_size_bytes),
        local_path=func.coalesce(bindparam("actual_path", type_=Text), file_places.c.local_path),
        checked_at=bindparam("now"),
    )
)

NO_MARK = ""
"""The mark of a check that began and has kept nothing yet."""


class StoredCheck(NamedTuple):
    """A row of `file_checks`. `mark` is there while a check is unfinished, `summary` after the first finished one."""

    started_at: int
    mark: str | None
    marked_at: int | None
    finished_at: int | None
    summary: Any


class CheckRepository:
    """States of media files and the checks of this computer that told them. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def _is(self, scope: str) -> ColumnElement[bool]:
        return and_(file_checks.c.computer_id == self._database.computer_id, file_checks.c.scope == scope)

    def get(self, scope: str) -> StoredCheck | None:
        """The check of a scope, finished or not."""
        with self._database.read() as connection:
            columns = file_checks.c
            row = connection.execute(
                select(columns.started_at, columns.mark, columns.marked_at, columns.finished_at, columns.summary).where(
                    self._is(scope)
                )
            ).first()
        if row is None:
            return None
        return StoredCheck(row[0], row[1], row[2], row[3], None if row[4] is None else json.loads(row[4]))

    def begin(self, scope: str, *, now: int) -> None:
        """Forget the mark of an earlier check; its summary stays until this one is finished."""
        fresh = {"started_at": now, "mark": NO_MARK, "marked_at": None}
        with self._database.write() as connection:
            known = connection.execute(update(file_checks).where(self._is(scope)).values(fresh))
            if known.rowcount == 0:
                connection.execute(
                    insert(file_checks).values(computer_id=self._database.computer_id, scope=scope, **fresh)
                )

    def keep(self, scope: str, changed: Sequence[CheckedFile], *, after: str, mark: str, now: int) -> bool:
        """Store states together with the mark that follows them; a change of a known state becomes an event.

        A file whose path or size is not the one that was looked at is left alone, and so is one without a path.

        Args:
            after: the mark that was kept last (`NO_MARK` at first).

        Returns:
            False where that is not the stored one: rules changed or another check began, and no mark is kept.
        """
        rows = [
            {
                "file": one.media_file_id,
                "looked_at": one.looked_at,
                "told_bytes": one.told_bytes,
                "state": one.state.value,
                "seen_bytes": one.disk_size_bytes,
                "actual_path": one.actual_path,
                "now": now,
                "computer": self._database.computer_id,
            }
            for one in changed
        ]
        with self._database.write() as connection:
            events = [row for row, one in zip(rows, changed, strict=True) if one.is_event]
            if events:
                connection.execute(_CHECK_EVENT, events)
            if rows:
                connection.execute(_CHECK_RESULT, rows)
            marked = connection.execute(
                update(file_checks).where(self._is(scope), file_checks.c.mark == after).values(mark=mark, marked_at=now)
            )
            return bool(marked.rowcount)

    def finish(self, scope: str, summary: object, *, now: int) -> None:
        """The check is over: keep its summary, forget its mark."""
        with self._database.write() as connection:
            connection.execute(
                update(file_checks)
                .where(self._is(scope))
                .values(mark=None, marked_at=None, finished_at=now, summary=json.dumps(summary))
            )

    def events(self, *, media_file_id: int | None = None, limit: int = 1000) -> list[FileEvent]:
        """Changes of state on this computer, newest first, of one file or of all present ones."""
        condition = "" if media_file_id is None else "AND e.media_file_id = ? "
        own = (self._database.computer_id,)
        parameters = (*own, limit) if media_file_id is None else (*own, media_file_id, limit)
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT e.media_file_id, f.server_path, e.at, e.old_state, e.new_state FROM file_events e "
                "JOIN media_files f ON f.id = e.media_file_id "
                f"WHERE e.computer_id = ? AND f.removed_at IS NULL {condition}"
                "ORDER BY e.at DESC, e.id DESC LIMIT ?",
                parameters,
            )
            found = []
            for file_id, path, at, old, new in rows:
                when = to_datetime(at)
                assert when is not None
                found.append(FileEvent(file_id, path, when, FileState(old), FileState(new)))
            return found
