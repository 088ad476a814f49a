"""Where files are on a computer, and what was found of them there: `file_places`, read and written in one way.

A file has a row for each computer that has something to say of it. Without one no rule of that computer covers the
file, so that nobody pays for libraries that no rule maps. Whatever reads a state or a local path joins the rows of the
computer whose catalog it is (`joined`); whatever derives paths collects what becomes of them in a `Placing`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection

from retrovue.core.domain.media import FileState, RemoteFile
from retrovue.core.domain.path_syntax import spelled_alike
from retrovue.core.domain.paths import UnmappedReason
from retrovue.core.storage.database import computer_of
from retrovue.core.storage.dialects.rows import rows_for
from retrovue.core.storage.dialects.writing import writing_for
from retrovue.core.storage.tables import file_places

WITHOUT = FileState.UNMAPPED
"""The state of a file without a row."""
STATE = f"coalesce(p.file_state, '{WITHOUT}')"
"""The state of a file, in SQL that `joined` is part of."""
REASON = f"CASE WHEN p.media_file_id IS NULL THEN '{UnmappedReason.NO_RULE}' ELSE p.map_reason END"
"""Why a file has no local path, in SQL that `joined` is part of."""
OF_PLACE = f"p.local_path, p.mapping_id, p.disk_size_bytes, {STATE} AS file_state, {REASON} AS map_reason"
"""What a computer says of a file, in SQL that `joined` is part of."""

_SAYS_NOTHING = (UnmappedReason.NO_RULE.value, None)


def joined(connection: Connection) -> str:
    """The places `p` of the files `f` on this computer, in SQL. All columns of `p` are NULL for a file without one."""
    return f"LEFT JOIN file_places p ON p.media_file_id = f.id AND p.computer_id = {computer_of(connection)}"


def is_own(connection: Connection) -> ColumnElement[bool]:
    """Whether a row of `file_places` is one of this computer."""
    return file_places.c.computer_id == computer_of(connection)


@dataclass(frozen=True, slots=True)
class MappedFile:
    """What the mapping rules make of a server path."""

    local_path: str | None
    mapping_id: int | None
    reason: str | None


MapFile = Callable[[str, tuple[int, ...]], MappedFile]
"""The rules, applied to a server path and the libraries that hold the file."""

Known = tuple[str | None, int | None, str | None]
"""(local path, rule, reason) of a row that is there."""


class Placing:
    """What `file_places` is to say of files, collected and written at once. One thread, in one write transaction.

    A file whose local path became another one was not looked at yet: it is `unchecked`, or `unmapped` without a path.
    """

    def __init__(self) -> None:
        self._new: list[tuple[object, ...]] = []
        self._moved: list[tuple[object, ...]] = []
        self._ruled: list[tuple[object, ...]] = []
        self._gone: list[tuple[int, int]] = []

    def take(self, computer_id: int, file_id: int, known: Known | None, mapped: MappedFile) -> bool:
        """A computer's rules make `mapped` of a file now; returns whether that is another path or rule than before."""
        path, rule, reason = mapped.local_path, mapped.mapping_id, mapped.reason
        says_nothing = path is None and reason in _SAYS_NOTHING
        if known is None:
            if says_nothing:
                return False
            self._new.append((file_id, computer_id, path, rule, reason, _unseen(path)))
            return True
        # Accents as the disk writes them stay: a check put them there.
        if spelled_alike(path, known[0]):
            path = known[0]
        if (path, rule, reason) == known:
            return False
        if says_nothing:
            self._gone.append((file_id, computer_id))
        elif path == known[0]:
            self._ruled.append((rule, reason, file_id, computer_id))
        else:
            self._moved.append((path, rule, reason, _unseen(path), file_id, computer_id))
        return True

    def write(self, connection: Connection) -> None:
        """Store what was taken."""
        if self._new:
            writing_for(connection).insert(connection, "file_places", _NEW, self._new)
        for sql, rows in ((_MOVED, self._moved), (_RULED, self._ruled), (_GONE, self._gone)):
            if rows:
                connection.exec_driver_sql(sql, list(rows))


_OF_ONE = " WHERE media_file_id = ? AND computer_id = ?"
_NEW = ("media_file_id", "computer_id", "local_path", "mapping_id", "map_reason", "file_state")
_MOVED = (
    "UPDATE file_places SET local_path = ?, mapping_id = ?, map_reason = ?, file_state = ?, disk_size_bytes = NULL, "
    f"checked_at = NULL{_OF_ONE}"
)
_RULED = f"UPDATE file_places SET mapping_id = ?, map_reason = ?{_OF_ONE}"
_GONE = f"DELETE FROM file_places{_OF_ONE}"
_CHANGED = (
    f"UPDATE file_places SET file_state = '{FileState.UNCHECKED}' WHERE media_file_id = ? AND local_path IS NOT NULL"
)


def _unseen(path: str | None) -> str:
    return (WITHOUT if path is None else FileState.UNCHECKED).value


_STORED = (
    "SELECT f.server_path, f.id, f.size_bytes, f.change_stamp, p.computer_id, p.local_path, p.mapping_id, p.map_reason "
    "FROM media_files f LEFT JOIN file_places p ON p.media_file_id = f.id"
)


class _Stored(NamedTuple):
    """A file as it is stored, with its places by computer."""

    file_id: int
    size_bytes: int | None
    change_stamp: str | None
    places: dict[int, Known]


class Arrivals:
    """Files that a server tells of, on their way into the catalog: read before `media_files` is written, placed after.

    Every computer that has rules for the server gets its paths by them, whichever computer syncs: a rule is pure, and
    the other computers may not run for weeks.

    Args:
        mappers: computer → its rules. Empty: nobody has any, and nothing is read or written.
    """

    def __init__(self, connection: Connection, server_id: int, mappers: Mapping[int, MapFile]) -> None:
        self._connection = connection
        self._server_id = server_id
        self._mappers = mappers
        self._stored: dict[str, _Stored] = {}

    def look(self, paths: Sequence[str]) -> dict[str, int]:
        """Read what is stored of these server paths, before they are written; returns the ids of their files."""
        rows = rows_for(self._connection)
        wanted = f"WHERE f.server_id = ? AND f.server_path {rows.among_texts}", self._server_id, json.dumps(paths)
        if not self._mappers:
            return dict(rows.read(f"SELECT f.server_path, f.id FROM media_files f {wanted[0]}", *wanted[1:]))
        for path, file_id, size, stamp, computer, *place in rows.read(f"{_STORED} {wanted[0]}", *wanted[1:]):
            stored = self._stored.setdefault(path, _Stored(file_id, size, stamp, {}))
            if computer is not None:
                local_path, rule, reason = place
                stored.places[computer] = (local_path, rule, reason)
        return {path: stored.file_id for path, stored in self._stored.items()}

    def place(self, told: Mapping[str, RemoteFile], ids: Mapping[str, int], library_id: int) -> None:
        """Say where the files of these server paths are, by the ids of all of them; after they are written."""
        if not self._mappers:
            return
        changed = [
            (stored.file_id,)
            for path, stored in self._stored.items()
            if stored.places
            and (stored.size_bytes, stored.change_stamp) != (told[path].size_bytes, told[path].change_stamp)
        ]
        if changed:
            # A file that is another one now was not checked yet, on no computer.
            self._connection.exec_driver_sql(_CHANGED, changed)
        placing = Placing()
        for path, file_id in ids.items():
            places = stored.places if (stored := self._stored.get(path)) is not None else {}
            for computer, map_file in self._mappers.items():
                placing.take(computer, file_id, places.get(computer), map_file(path, (library_id,)))
        placing.write(self._connection)
