"""Reads everything that clean-up rules look at: titles, files, plays and how far the history reaches."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from retrovue.core.domain.cleanup.facts import FileFact, GroupFact, LaterUnits, Level, Marks, Origin, Unit
from retrovue.core.domain.cleanup.keeping import STARTED_S
from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_syntax import native
from retrovue.core.storage.cleanup.marks import read_marks
from retrovue.core.storage.cleanup.plays import PlaysByItem, live_addresses, raw_rows, read_plays
from retrovue.core.storage.database import Database
from retrovue.core.storage.places import STATE, joined

_ITEM = (
    "i.id, i.library_id, i.title, i.remote_id, i.added_at, i.first_seen_at, i.year, i.genre, i.content_rating, "
    "i.originally_available_at, i.view_count, i.last_viewed_at, i.guid_primary, i.source_guid"
)
_FEW = 40_000
_PRESENT = "i.removed_at IS NULL AND i.trashed_at IS NULL"
_HEIGHTS = {"4k": 2160, "2160": 2160, "1440": 1440, "1080": 1080, "720": 720, "576": 576, "480": 480, "sd": 480}


@dataclass(frozen=True, slots=True)
class Read:
    """All titles, and what is known of them. `built`: for what a caller computes from it.

    Shows and seasons come with the episodes, and origins are those of the titles that were read last.
    """

    movies: LaterUnits
    episodes: LaterUnits
    shows: dict[int, GroupFact]
    seasons: dict[tuple[int, int], GroupFact]
    origins: list[Origin]
    marks: Marks
    built: dict[str, Any] = field(default_factory=dict)


class CleanupReader:
    """The catalog and the history, as clean-up rules look at them. Thread: any but the GUI's: so many take seconds.

    Movies are read when somebody first looks at one, and so are episodes, each with their plays and what is known of
    their servers in one view of the catalog. What was read stays in memory until anything is written to the catalog,
    by whatever program, or it is forgotten.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._kept: tuple[int, Read] | None = None

    def read(self, *, now: int, key_of: Callable[[str], Hashable]) -> Read:
        """Read everything but the titles themselves, unless nothing was written since the last time.

        Args:
            key_of: what all spellings of a local path share.
        """
        with self._lock:
            # Taken before the read: what is written during it is read again the next time.
            version = self._database.data_version()
            if self._kept is None or self._kept[0] != version:
                self._kept = None
                self._kept = version, self._read(now - STARTED_S, key_of)
            return self._kept[1]

    def forget(self) -> None:
        """Let go of what was read; the next reading reads everything. Of 200,000 titles it takes 0.5 s."""
        with self._lock:
            self._kept = None

    def _read(self, begun_since: int, key_of: Callable[[str], Hashable]) -> Read:
        shows: dict[int, GroupFact] = {}
        seasons: dict[tuple[int, int], GroupFact] = {}
        origins: list[Origin] = []

        def later(level: Level, count: int) -> LaterUnits:
            def read() -> list[Unit]:
                with self._database.read() as connection:
                    fresh = read_origins(connection)
                    builder = Builder(connection, fresh, key_of)
                    units = builder.units(level, begun_since=begun_since)
                    if level is Level.EPISODE:
                        shows.update(builder.shows())
                        seasons.update(_seasons(connection))
                # What is known of the servers belongs to these plays, not to those that were there when it began.
                origins[:] = fresh.values()
                return units

            def read_files() -> list[FileFact]:
                with self._database.read() as connection:
                    of_items = Builder(connection, read_origins(connection), key_of).files(level, of_present=True)
                    return [file for files in of_items.values() for file in files]

            return LaterUnits(count, read, read_files)

        with self._database.read() as connection:
            origins += read_origins(connection).values()
            counts = [
                connection.exec_driver_sql(
                    f"SELECT count(*) FROM {level}s i JOIN libraries l ON l.id = i.library_id "
                    f"JOIN servers s ON s.id = l.server_id WHERE {_PRESENT} AND s.removed_at IS NULL"
                ).scalar_one()
                for level in (Level.MOVIE, Level.EPISODE)
            ]
            movies, episodes = map(later, (Level.MOVIE, Level.EPISODE), counts)
            return Read(movies, episodes, shows, seasons, origins, read_marks(connection))

    def genres_and_ratings(self) -> tuple[set[str], set[str]]:
        """Every text that stands for the genres of a title, and every age rating."""
        with self._database.read() as connection:
            found = [
                {
                    row[0]
                    for kind in ("movie", "episode", "show")
                    for row in raw_rows(connection, f"SELECT DISTINCT i.{column} FROM {kind}s i WHERE {_PRESENT}")
                    if row[0]
                }
                for column in ("genre", "content_rating")
            ]
        return found[0], found[1]

    def marks(self) -> Marks:
        """Collections, tags and favorites alone."""
        with self._database.read() as connection:
            return read_marks(connection)

    def origins(self) -> list[Origin]:
        """Every library of every server that is not removed."""
        with self._database.read() as connection:
            return list(read_origins(connection).values())


_KNOWN_UNTIL = (
    "(SELECT h.heard_at FROM history_starts h WHERE h.server_id = s.id), "
    "(SELECT max(m.marked_at) FROM import_marks m WHERE m.origin = s.uuid)"
)
"""Until when the plays of a server are known: recorded without a gap, or read from the server's own record."""


def read_origins(connection: Connection) -> dict[int, Origin]:
    """Library id → what is known of it."""
    connected = _connections(connection)
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
            counted_at=_counted_at(row[9], connected.get(row[2], ()), *row[10:]),
        )
        for row in rows.fetchall()
    }


def _connections(connection: Connection) -> dict[int, list[int]]:
    """Server id → when each Tautulli that counts for it was read to its end: its counts, or its history; 0: never."""
    marks = connection.exec_driver_sql("SELECT origin, mark, marked_at FROM import_marks WHERE source = 'tautulli'")
    imported: dict[tuple[str, int], int] = {}
    for origin, text, marked_at in marks:
        mark = json.loads(text)
        if mark.get("is_whole") is True and mark.get("server_id") is not None:
            imported[origin, mark["server_id"]] = marked_at
    found: dict[int, list[int]] = defaultdict(list)
    rows = connection.exec_driver_sql(
        "SELECT server_id, synced_at, machine_identifier, url FROM connections WHERE server_id IS NOT NULL"
    )
    for server_id, synced_at, machine, url in rows:
        found[server_id].append(max(synced_at or 0, imported.get((machine or url, server_id), 0)))
    return found


def _counted_at(synced_at: int | None, connected: Sequence[int], heard: int | None, imported: int | None) -> int | None:
    """Until when the plays of a library are known. A Tautulli records what RetroVue does not."""
    known = min(connected) if connected else max(heard or 0, imported or 0)
    return None if synced_at is None or not known else min(synced_at, known)


class Builder:
    """Puts the titles of one level together from the tables, each of which is read once.

    200,000 of anything pass through here, so that a call for each of them is a tenth of a second.
    """

    def __init__(self, connection: Connection, origins: dict[int, Origin], key_of: Callable[[str], Hashable]) -> None:
        self._connection = connection
        self._origins = origins
        self._key_of = key_of
        # The driver makes each value anew: a million equal ones of 200,000 titles took 45 MB.
        self._share = dict[Any, Any]().setdefault

    def _groups(self, kind: str) -> dict[int, int]:
        return dict(raw_rows(self._connection, f"SELECT item_id, group_id FROM item_groups WHERE kind = '{kind}'"))

    def files(self, level: Level, *, of_present: bool = False) -> dict[int, list[FileFact]]:
        """The files of each movie or episode. `of_present`: of none that is removed."""
        item = "l.movie_id" if level is Level.MOVIE else "l.episode_id"
        only = f"JOIN {level}s i ON i.id = {item} AND {_PRESENT} " if of_present else ""
        rows = raw_rows(
            self._connection,
            f"SELECT {item}, f.id, f.server_id, f.server_path, p.local_path, "
            f"coalesce(p.disk_size_bytes, f.size_bytes, 0), f.height, f.resolution, {STATE} "
            f"FROM media_links l {only}JOIN media_files f ON f.id = l.media_file_id {joined(self._connection)} "
            f"JOIN servers s ON s.id = f.server_id WHERE {item} IS NOT NULL "
            "AND f.removed_at IS NULL AND s.removed_at IS NULL ORDER BY l.version_index, l.part_index, l.id",
        )
        known: dict[int, FileFact] = {}
        found: dict[int, list[FileFact]] = {}
        share, key_of = self._share, self._key_of
        for item_id, file_id, server_id, server_path, local_path, size, height, resolution, state in rows:
            file = known.get(file_id)
            if file is None:
                lines = height if height is not None else _HEIGHTS.get((resolution or "").lower().rstrip("p"))
                # What opens on this computer is one file for all servers; the rest is one for its own server.
                key: Hashable = (server_id, server_path)
                if local_path is not None:
                    local_path = native(local_path)
                    if local_path == server_path:
                        local_path = server_path
                    key = key_of(local_path)
                    if key == local_path:
                        key = local_path
                if state == FileState.MISSING:
                    # It frees nothing, until the server has noticed as well and lets go of it.
                    size = 0
                file = known[file_id] = FileFact(
                    file_id, key, server_path, local_path, size, share(lines, lines), share(state, state)
                )
            of_item = found.get(item_id)
            if of_item is None:
                found[item_id] = [file]
            else:
                of_item.append(file)
        return found

    def units(self, level: Level, *, begun_since: int = 0) -> list[Unit]:
        """Every movie or episode that is not removed, with its files, the server's own marks of plays, and all plays.

        The history is joined by address, and by guid where that names nothing any more.
        """
        is_movie = level is Level.MOVIE
        more = "" if is_movie else ", i.show_id, i.season_number, i.episode_number"
        groups, files, origins, share = self._groups(level.value), self.files(level), self._origins, self._share
        shows = {} if is_movie else dict(raw_rows(self._connection, "SELECT id, title FROM shows"))
        none: Sequence[FileFact] = ()
        found: list[Unit] = []
        by_item = PlaysByItem()
        show_id = season = number = None
        query = f"SELECT {_ITEM}{more} FROM {level.value}s i WHERE {_PRESENT} ORDER BY i.sort_key, i.id"
        for row in raw_rows(self._connection, query):
            origin = origins.get(row[1])
            if origin is None:
                continue
            item_id, remote_id, added_at, year, genre, rating = row[0], row[3], row[4], row[6], row[7], row[8]
            if not is_movie:
                show_id, season, number = share(row[14], row[14]), row[15], row[16]
            size, height = 0, None
            mine = files.get(item_id, none)
            for file in mine:
                # A sum with 0 would be another number of 32 bytes for each title.
                size = size + file.size_bytes if size else file.size_bytes
                if file.height is not None and (height is None or file.height > height):
                    height = file.height
            # Without a date it was there when it was first seen, which is later than when it was added.
            since = row[5] if added_at is None else added_at
            by_item.add(origin.server_id, remote_id, row[12], row[13])
            found.append(
                Unit(
                    level,
                    item_id,
                    origin,
                    row[2],
                    remote_id,
                    since,
                    since,
                    added_at is not None,
                    share(year, year),
                    share(genre, genre),
                    share(rating, rating),
                    row[9],
                    show_id,
                    shows.get(show_id),
                    season,
                    number,
                    row[11],
                    row[10] or 0,
                    files=tuple(mine),
                    size_bytes=size,
                    height=height,
                    same=groups.get(item_id),  # compared within a level only
                )
            )
        self._add_plays(level, found, by_item, begun_since)
        return found

    def _add_plays(self, level: Level, units: list[Unit], by_item: PlaysByItem, begun_since: int) -> None:
        plays = read_plays(self._connection, by_item, self._only(level, len(units)), begun_since=begun_since)
        for index, history in plays.items():
            unit = units[index]
            unit.history = history
            if history.plays > unit.plays:
                unit.plays = history.plays
            last_at = history.last_at
            if last_at is not None and (unit.last_played_at is None or last_at > unit.last_played_at):
                unit.last_played_at = last_at
        for unit in units:
            if unit.plays and unit.last_played_at is None:
                unit.has_undated_play = True
        for index in by_item.indexes_of(live_addresses(self._connection)):
            units[index].is_playing = True

    def _only(self, level: Level, count: int) -> str:
        """SQL that leaves out plays of none of these, where they are so few of all titles that to ask is worth it."""
        if level is not Level.MOVIE or not 0 < count <= _FEW:
            return ""
        present = f"FROM movies i WHERE {_PRESENT}"
        # Within a call, so that SQLite goes through its one index that has every column.
        return (
            f" AND (coalesce(p.remote_id, '') IN (SELECT i.remote_id {present}) OR coalesce(p.guid, '') IN ("
            f"SELECT i.guid_primary {present} AND i.guid_primary IS NOT NULL UNION "
            f"SELECT i.source_guid {present} AND i.source_guid IS NOT NULL))"
        )

    def shows(self) -> dict[int, GroupFact]:
        """What the catalog says of shows themselves."""
        groups = self._groups("show")
        rows = raw_rows(
            self._connection,
            "SELECT i.id, i.title, i.remote_id, i.year, i.genre, i.content_rating, i.last_viewed_at FROM shows i",
        )
        return {
            row[0]: GroupFact(*row[1:], same=("show", groups[row[0]]) if row[0] in groups else None)  # type: ignore[misc]
            for row in rows
        }


def _seasons(connection: Connection) -> dict[tuple[int, int], GroupFact]:
    rows = raw_rows(connection, "SELECT show_id, number, title, remote_id FROM seasons")
    return {(show_id, number): GroupFact(title or "", remote_id) for show_id, number, title, remote_id in rows}
