"""Reads everything that clean-up rules look at: titles, files, plays and how far the history reaches."""

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from retrovue.core.domain.cleanup.facts import FileFact, GroupFact, Level, Marks, Origin, Unit
from retrovue.core.domain.cleanup.keeping import STARTED_S
from retrovue.core.domain.path_syntax import native_or_none
from retrovue.core.storage.cleanup.marks import read_marks
from retrovue.core.storage.cleanup.plays import PlaysByItem, live_addresses, raw_rows, read_plays
from retrovue.core.storage.database import Database
from retrovue.core.storage.places import STATE, joined

_ITEM = (
    "i.id, i.library_id, i.title, i.remote_id, i.added_at, i.first_seen_at, i.year, i.genre, i.content_rating, "
    "i.originally_available_at, i.view_count, i.last_viewed_at, i.guid_primary, i.source_guid"
)
_PRESENT = "i.removed_at IS NULL AND i.trashed_at IS NULL"
_HEIGHTS = {"4k": 2160, "2160": 2160, "1440": 1440, "1080": 1080, "720": 720, "576": 576, "480": 480, "sd": 480}


@dataclass(frozen=True, slots=True)
class Read:
    """All titles at one instant, and what is known of them. `built`: for what a caller computes from it."""

    movies: list[Unit]
    episodes: list[Unit]
    shows: dict[int, GroupFact]
    seasons: dict[tuple[int, int], GroupFact]
    origins: list[Origin]
    marks: Marks
    built: dict[str, Any] = field(default_factory=dict)


class CleanupReader:
    """One consistent view of the catalog and the history. Thread: any but the GUI's: a large one takes seconds.

    What was read stays in memory until anything is written to the catalog, by whatever program, or it is forgotten.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._kept: tuple[int, Read] | None = None

    def read(self, *, now: int) -> tuple[Read, bool]:
        """Read everything; the second value: it is the same as last time, with what was put into its units since."""
        with self._lock:
            # Taken before the read: what is written during it is read again the next time.
            version = self._database.data_version()
            if self._kept is not None and self._kept[0] == version:
                return self._kept[1], True
            self._kept = None
            found = self._read(begun_since=now - STARTED_S)
            self._kept = version, found
            return found, False

    def forget(self) -> None:
        """Let go of what was read; the next reading reads everything. Of 200,000 titles it takes 0.5 s."""
        with self._lock:
            self._kept = None

    def _read(self, *, begun_since: int) -> Read:
        with self._database.read() as connection:
            origins = read_origins(connection)
            builder = _Builder(connection, origins)
            movies = builder.items(Level.MOVIE)
            episodes = builder.items(Level.EPISODE)
            builder.add_plays([*movies, *episodes], begun_since=begun_since)
            marks = read_marks(connection)
            return Read(movies, episodes, builder.shows(), _seasons(connection), list(origins.values()), marks)

    def marks(self) -> Marks:
        """Collections, tags and favorites alone."""
        with self._database.read() as connection:
            return read_marks(connection)

    def origins(self) -> list[Origin]:
        """Every library of every server that is not removed."""
        with self._database.read() as connection:
            return list(read_origins(connection).values())


_KNOWN_UNTIL = (
    "(SELECT count(*) - count(c.synced_at) FROM connections c WHERE c.server_id = s.id), "
    "(SELECT min(c.synced_at) FROM connections c WHERE c.server_id = s.id), "
    "(SELECT h.heard_at FROM history_starts h WHERE h.server_id = s.id), "
    "(SELECT max(m.marked_at) FROM import_marks m WHERE m.origin = s.uuid)"
)
"""Of a server: connections that were never read, and until when its plays are known: by all connections, recorded
without a gap, or read from the server's own record."""


def read_origins(connection: Connection) -> dict[int, Origin]:
    """Library id → what is known of it."""
    rows = connection.exec_driver_sql(
        "SELECT l.id, l.name, s.id, s.name, l.is_enabled, s.is_owner, "
        "(SELECT min(p.started_at) FROM plays p WHERE p.server_id = s.id AND p.deleted_at IS NULL), "
        "(SELECT h.begins_at FROM history_starts h WHERE h.server_id = s.id), "
        "l.keeps_history AND NOT EXISTS "
        "(SELECT 1 FROM media_users u WHERE u.server_id = s.id AND NOT u.keeps_history), "
        f"l.last_sync_at, {_KNOWN_UNTIL} "
        "FROM libraries l JOIN servers s ON s.id = l.server_id WHERE s.removed_at IS NULL ORDER BY s.id, l.id"
    )
    return {
        row[0]: Origin(
            library_id=row[0],
            library=row[1],
            server_id=row[2],
            server=row[3],
            is_enabled=bool(row[4]),
            is_shared=not row[5],
            # Where the plays of somebody are not kept, nobody can say that a title was not played.
            history_from=min((at for at in row[6:8] if at is not None), default=None) if row[8] else None,
            counted_at=_counted_at(*row[9:]),
        )
        for row in rows.fetchall()
    }


def _counted_at(
    synced_at: int | None, unread: int, connected: int | None, heard: int | None, imported: int | None
) -> int | None:
    """Until when the plays of a library are known. A Tautulli records what RetroVue does not."""
    known = connected if connected is not None else max(heard or 0, imported or 0) or None
    return None if unread or synced_at is None or known is None else min(synced_at, known)


class _Builder:
    """Puts titles together from the tables, each of which is read once."""

    def __init__(self, connection: Connection, origins: dict[int, Origin]) -> None:
        self._connection = connection
        self._origins = origins
        self._groups = self._read_groups()
        # The driver makes each value anew: a million equal ones of 200,000 titles took 45 MB.
        self._share = dict[Any, Any]().setdefault
        self._files: dict[Level, dict[int, list[FileFact]]] = {Level.MOVIE: defaultdict(list)}
        self._files[Level.EPISODE] = defaultdict(list)
        self._by_item = PlaysByItem()
        self._titles: dict[int, str] = dict(raw_rows(connection, "SELECT id, title FROM shows"))
        self._read_files()

    def _read_groups(self) -> dict[str, dict[int, int]]:
        found: dict[str, dict[int, int]] = defaultdict(dict)
        for kind, item_id, group_id in raw_rows(self._connection, "SELECT kind, item_id, group_id FROM item_groups"):
            found[kind][item_id] = group_id
        return found

    def _read_files(self) -> None:
        rows = raw_rows(
            self._connection,
            "SELECT f.id, f.server_id, f.server_path, p.local_path, coalesce(p.disk_size_bytes, f.size_bytes, 0), "
            f"f.height, f.resolution, {STATE} FROM media_files f {joined(self._connection)} "
            "JOIN servers s ON s.id = f.server_id "
            "WHERE f.removed_at IS NULL AND s.removed_at IS NULL",
        )
        files: dict[int, FileFact] = {}
        share = self._share
        for file_id, server_id, server_path, local_path, size, height, resolution, state in rows:
            lines = height if height is not None else _HEIGHTS.get((resolution or "").lower().rstrip("p"))
            local_path = native_or_none(local_path)
            if local_path == server_path:
                local_path = server_path
            # What opens on this computer is one file for all servers; the rest is one for its own server.
            key = (server_id, server_path) if local_path is None else local_path
            files[file_id] = FileFact(
                file_id, key, server_path, local_path, size, share(lines, lines), share(state, state)
            )
        movies, episodes = self._files[Level.MOVIE], self._files[Level.EPISODE]
        links = raw_rows(
            self._connection,
            "SELECT media_file_id, episode_id, movie_id FROM media_links ORDER BY version_index, part_index, id",
        )
        for file_id, episode_id, movie_id in links:
            file = files.get(file_id)
            if file is None:
                continue
            if episode_id is not None:
                episodes[episode_id].append(file)
            else:
                movies[movie_id].append(file)

    def items(self, level: Level) -> list[Unit]:
        """Every movie or episode that is not removed, with its files and the server's own marks of plays."""
        is_movie = level is Level.MOVIE
        more = "" if is_movie else ", i.show_id, i.season_number, i.episode_number"
        groups, files, origins = self._groups[level.value], self._files[level], self._origins
        found: list[Unit] = []
        share = self._share
        query = f"SELECT {_ITEM}{more} FROM {level.value}s i WHERE {_PRESENT} ORDER BY i.sort_key, i.id"
        for row in raw_rows(self._connection, query):
            origin = origins.get(row[1])
            if origin is None:
                continue
            unit = _unit(level, row, origin, tuple(files.get(row[0], ())))
            unit.year, unit.genre, unit.rating = share(row[6], row[6]), share(row[7], row[7]), share(row[8], row[8])
            group = groups.get(unit.id)
            if group is not None:
                # Compared within a level only.
                unit.same = group
            if not is_movie:
                unit.show_id, unit.season_number, unit.episode_number = share(row[14], row[14]), row[15], row[16]
                unit.show_title = self._titles.get(row[14])
            self._by_item.add(origin.server_id, unit.remote_id, row[12], row[13])
            found.append(unit)
        return found

    def add_plays(self, units: list[Unit], *, begun_since: int = 0) -> None:
        """Join the history to the titles: by their address, and by guid where that names nothing any more.

        Args:
            units: everything that `items` returned, in that order.
        """
        by_item = self._by_item
        for index, history in read_plays(self._connection, by_item, begun_since=begun_since).items():
            unit = units[index]
            unit.history = history
            unit.plays = max(unit.plays, history.plays)
            if history.last_at is not None and history.last_at > (unit.last_played_at or 0):
                unit.last_played_at = history.last_at
        for unit in units:
            unit.has_undated_play = unit.plays > 0 and unit.last_played_at is None
        for index in by_item.indexes_of(live_addresses(self._connection)):
            units[index].is_playing = True

    def shows(self) -> dict[int, GroupFact]:
        """What the catalog says of shows themselves."""
        groups = self._groups["show"]
        rows = raw_rows(
            self._connection,
            "SELECT i.id, i.title, i.remote_id, i.year, i.genre, i.content_rating, i.last_viewed_at FROM shows i",
        )
        return {
            row[0]: GroupFact(*row[1:], same=("show", groups[row[0]]) if row[0] in groups else None)  # type: ignore[misc]
            for row in rows
        }


def _unit(level: Level, row: Any, origin: Origin, files: tuple[FileFact, ...]) -> Unit:
    added_at, first_seen_at = row[4], row[5]
    size, height = 0, None
    for file in files:
        # A sum with 0 would be another number of 32 bytes for each title.
        size = size + file.size_bytes if size else file.size_bytes
        if file.height is not None and (height is None or file.height > height):
            height = file.height
    return Unit(
        level=level,
        id=row[0],
        origin=origin,
        title=row[2],
        remote_id=row[3],
        # Without a date it was there when it was first seen, which is later than when it was added.
        added_at=first_seen_at if added_at is None else added_at,
        first_added_at=first_seen_at if added_at is None else added_at,
        is_added_known=added_at is not None,
        year=row[6],
        genre=row[7],
        rating=row[8],
        aired=row[9],
        plays=row[10] or 0,
        last_played_at=row[11],
        files=files,
        size_bytes=size,
        height=height,
    )


def _seasons(connection: Connection) -> dict[tuple[int, int], GroupFact]:
    rows = raw_rows(connection, "SELECT show_id, number, title, remote_id FROM seasons")
    return {(show_id, number): GroupFact(title or "", remote_id) for show_id, number, title, remote_id in rows}
