"""Tautulli's database file. Only a copy is opened, so that nothing happens to the file that Tautulli works with."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from retrovue.core.domain.errors import ConfigError
from retrovue.core.i18n import _
from retrovue.core.sources.given import check_given
from retrovue.core.sources.tautulli.shapes import HistoryPage, HistoryRow, row_of

_PAGE_ROWS = 2_000
_COLUMNS = {
    "session_history": "h",
    "session_history_metadata": "m",
    "session_history_media_info": "i",
}
_WANTED = {
    "h": "started stopped paused_counter user_id user ip_address player product platform machine_id location "
    "media_type view_offset rating_key",
    "m": "title full_title grandparent_title media_index parent_media_index year originally_available_at guid live "
    "duration marker_credits_first",
    "i": "transcode_decision",
}
_NAMES = {"duration": "media_duration", "marker_credits_first": "credits_at"}


class TautulliFile:
    """The history of one file. One thread; close it.

    Args:
        path: the file, wherever Tautulli has it; with its write-ahead log if that is beside it.

    Raises:
        ConfigError: it cannot be read, or is no database of Tautulli.
    """

    def __init__(self, path: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="retrovue-")
        try:
            self._connection = self._opened(path)
        except BaseException:
            self._folder.cleanup()
            raise

    def close(self) -> None:
        """Delete the copy."""
        self._connection.close()
        self._folder.cleanup()

    def machine_identifier(self) -> str | None:
        """Return which Plex server it watched most, None where the file does not tell."""
        query = "SELECT server_id FROM library_sections WHERE server_id <> '' GROUP BY server_id ORDER BY count(*) DESC"
        if "library_sections" not in _stored(self._connection):
            return None
        try:
            row = self._connection.execute(query).fetchone()
        except sqlite3.Error:
            # Versions before 2.0 had one server and did not note which.
            return None
        return None if row is None else str(row[0])

    def pages(self) -> Iterator[HistoryPage]:
        """Yield every play, oldest row first.

        Raises:
            ConfigError: the file is damaged.
        """
        try:
            total = int(self._connection.execute("SELECT count(*) FROM session_history").fetchone()[0])
            last = 0
            while rows := self._connection.execute(self._query, (last, _PAGE_ROWS)).fetchall():
                last = int(rows[-1]["row_id"])
                found = [row_of({**dict(row), "id": row["row_id"]}) for row in rows]
                # Whether a play was watched is not in the file: Tautulli judges that when it is asked.
                plays = [replace(row, watched=None, percent=_percent(row)) for row in found if row is not None]
                yield HistoryPage(plays, bad=len(rows) - len(plays), total=total)
        except sqlite3.Error as error:
            raise _unreadable(str(error)) from error

    def _opened(self, path: Path) -> sqlite3.Connection:
        check_given(path)
        copy = Path(self._folder.name) / "tautulli.db"
        try:
            shutil.copyfile(path, copy)
            log = path.with_name(path.name + "-wal")
            if log.exists():
                check_given(log)
                shutil.copyfile(log, copy.with_name(copy.name + "-wal"))
        except OSError as error:
            raise ConfigError(
                _("{path} cannot be read.").format(path=path),
                hint=_("Check the path and its permissions."),
                detail=str(error),
            ) from error
        connection = sqlite3.connect(copy)
        try:
            connection.row_factory = sqlite3.Row
            # Titles with broken characters spoil their own row at most.
            connection.text_factory = lambda text: text.decode("utf-8", "replace")
            connection.execute("PRAGMA trusted_schema = OFF")
            self._query = _query(connection)
        except sqlite3.Error as error:
            connection.close()
            raise _unreadable(str(error)) from error
        except BaseException:
            connection.close()
            raise
        return connection


def _stored(connection: sqlite3.Connection) -> set[str]:
    """Return the names of the tables. A view can be a query without end; only what is stored is read."""
    return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _query(connection: sqlite3.Connection) -> str:
    """Return the query for a page of rows; columns that this version does not have are null.

    Raises:
        ConfigError: the tables are not there.
    """
    columns, stored = [], _stored(connection)
    for table, alias in _COLUMNS.items():
        if table not in stored:
            raise _unreadable(f"no table {table}")
        present = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        if "id" not in present:
            raise _unreadable(f"no table {table}")
        for name in _WANTED[alias].split():
            value = f"{alias}.{name}" if name in present else "NULL"
            columns.append(f'{value} AS "{_NAMES.get(name, name)}"')
    return (
        f"SELECT h.id AS row_id, {', '.join(columns)} FROM session_history h "
        "LEFT JOIN session_history_metadata m ON m.id = h.id LEFT JOIN session_history_media_info i ON i.id = h.id "
        "WHERE h.id > ? AND typeof(h.id) = 'integer' ORDER BY h.id LIMIT ?"
    )


def _percent(row: HistoryRow) -> int | None:
    if row.position_ms is None or not row.duration_ms:
        return None
    return min(100, row.position_ms * 100 // row.duration_ms)


def _unreadable(detail: str) -> ConfigError:
    return ConfigError(
        _("This file is not a database of Tautulli."),
        hint=_("Choose tautulli.db from Tautulli’s data folder, or a backup of it."),
        detail=detail,
    )
