"""Writing the files of items: a row for each path of a server, its links to items, and its places on computers."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from retrovue.core.domain.errors import RowError
from retrovue.core.domain.media import ItemKind, RemoteFile, RemoteItem
from retrovue.core.i18n import _, number
from retrovue.core.storage.dialects.writing import writing_for
from retrovue.core.storage.mappings import Derive, Rules, rules_by_computer
from retrovue.core.storage.places import Arrivals, MapFile
from retrovue.core.storage.values import LONGEST_NAME, LONGEST_PATH, is_path

_FILE_COLUMNS = (
    "server_id server_path size_bytes duration_ms container video_codec audio_codec "
    "audio_channels resolution width height bitrate_kbps version_name change_stamp"
).split()

_CHANGE_FILE = (
    f"UPDATE media_files SET {', '.join(f'{name} = ?' for name in _FILE_COLUMNS[2:])}, removed_at = NULL WHERE id = ?"
)


def too_long(what: str) -> RowError:
    """An index of PostgreSQL cannot hold it, and what is stored is the same on every engine."""
    return RowError(_("An item could not be saved in the catalog."), detail=what)


class FileWriter:
    """Writes the files of one library during one run. One thread.

    Args:
        derive: what the rules of a moment make of files. Each call reads the rules again: a person may change one
            while a first import runs.
    """

    def __init__(self, server_id: int, library_id: int, derive: Derive) -> None:
        self._server_id = server_id
        self._library_id = library_id
        self._derive = derive
        self._rules: Mapping[int, Rules] = {}
        self._mappers: Mapping[int, MapFile] = {}

    def store(
        self, connection: Connection, kind: ItemKind, items: Sequence[tuple[int, RemoteItem]], *, now: int
    ) -> None:
        """Store the files of items by the items' row ids, link them, and place them on every computer with rules.

        Args:
            now: when new ones are first seen, epoch s.

        Raises:
            RowError: a path is too long for an index.
        """
        files: dict[str, RemoteFile] = {}
        for _row_id, item in items:
            for file in item.files:
                files.setdefault(file.server_path, file)
        if not files:
            return
        arrivals = Arrivals(connection, self._server_id, self._mappers_of(connection))
        stored = arrivals.look(list(files))
        ids = self._add_files(connection, [file for path, file in files.items() if path not in stored], now) | stored
        if stored:
            changed = [(*self._file_row(files[path])[2:], file_id) for path, file_id in stored.items()]
            connection.exec_driver_sql(_CHANGE_FILE, changed)
        arrivals.place(files, ids, self._library_id)
        links: dict[tuple[int, int], tuple[int, int]] = {}
        for row_id, item in items:
            for file in item.files:
                links.setdefault((row_id, ids[file.server_path]), (file.version_index, file.part_index))
        columns = (f"{kind.value}_id", "media_file_id", "version_index", "part_index")
        writing_for(connection).insert(
            connection, "media_links", columns, [(*ends, *place) for ends, place in links.items()]
        )

    def _add_files(self, connection: Connection, files: Sequence[RemoteFile], now: int) -> dict[str, int]:
        if not files:
            return {}
        dialect = writing_for(connection)
        first_id = dialect.next_ids(connection, "media_files", len(files))
        rows = [(first_id + n, *self._file_row(file), now) for n, file in enumerate(files)]
        dialect.insert(connection, "media_files", ("id", *_FILE_COLUMNS, "first_seen_at"), rows)
        return {file.server_path: first_id + n for n, file in enumerate(files)}

    def _mappers_of(self, connection: Connection) -> Mapping[int, MapFile]:
        rules = rules_by_computer(connection, self._server_id)
        if rules != self._rules:
            self._rules, self._mappers = rules, {computer: self._derive(own) for computer, own in rules.items()}
        return self._mappers

    def _file_row(self, file: RemoteFile) -> tuple[object, ...]:
        if not is_path(file.server_path):
            raise too_long(_("the path of its file has more than {n} bytes").format(n=number(LONGEST_PATH)))
        return (
            self._server_id,
            file.server_path,
            file.size_bytes,
            file.duration_ms,
            file.container,
            file.video_codec,
            file.audio_codec,
            file.audio_channels,
            file.resolution and file.resolution[:LONGEST_NAME],
            file.width,
            file.height,
            file.bitrate_kbps,
            file.version_name,
            file.change_stamp,
        )
