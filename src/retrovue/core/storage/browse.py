"""Reading the catalogue for lists: ordered ids first, rows of a page on demand.

200,000 rows stay quick only if a list never builds rows it does not show: `ids` answers with a flat array in the order
asked for (one SELECT), `items`, `seasons` and `files` fill one page.
"""

import json
from array import array
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from retrovue.core.domain.browse import (
    BrowseQuery,
    CatalogueTotals,
    FileRow,
    ItemRow,
    SeasonRow,
    View,
)
from retrovue.core.domain.media import FileState, ItemKind
from retrovue.core.domain.text import fold
from retrovue.core.storage import search
from retrovue.core.storage.checks import LOOKED_AT
from retrovue.core.storage.engine import Database
from retrovue.core.storage.ingest import TABLES
from retrovue.core.storage.ordering import KIND_OF, LIVE_SERVERS, marks_for, ordered_ids
from retrovue.core.storage.times import to_datetime


class BrowseRepository:
    """Lists of the catalogue. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ids(self, query: BrowseQuery) -> "array[int]":
        """Row ids of a list in its order."""
        with self._database.read() as connection:
            return ordered_ids(connection, replace(query, text=search.plain(query.text)))

    def items(self, kind: ItemKind, ids: Sequence[int]) -> list[ItemRow]:
        """Rows of these ids in the order given; ids that are gone are left out."""
        with self._database.read() as connection:
            found = _item_rows(connection, kind, ids)
        return [found[item_id] for item_id in ids if item_id in found]

    def seasons(self, show_id: int) -> list[SeasonRow]:
        """Seasons of a show by number (specials first), from what its present episodes say."""
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(_SEASONS, (show_id,)).all()
            states = connection.exec_driver_sql(_SEASON_STATES, (show_id,)).all()
        by_season: dict[int | None, dict[FileState, int]] = {}
        for number, state, count in states:
            by_season.setdefault(number, {})[FileState(state)] = count
        return [
            SeasonRow(
                show_id=show_id,
                number=row[0],
                title=row[1],
                episodes=row[2],
                watched=row[3],
                size_bytes=row[4],
                states=by_season.get(row[0], {}),
                added_at=to_datetime(row[5]),
            )
            for row in rows
        ]

    def files(self, ids: Sequence[int]) -> list[FileRow]:
        """File rows of these ids in the order given."""
        with self._database.read() as connection:
            found = _file_rows(connection, ids)
        return [found[file_id] for file_id in ids if file_id in found]

    def owners(self, kind: ItemKind, file_ids: Sequence[int]) -> list[int]:
        """Movies or episodes that these files belong to, in the order of the files."""
        found: dict[int, None] = {}
        with self._database.read() as connection:
            for start in range(0, len(file_ids), 500):
                chunk = tuple(file_ids[start : start + 500])
                rows = connection.exec_driver_sql(
                    f"SELECT media_file_id, {kind.value}_id FROM media_links "
                    f"WHERE media_file_id IN ({marks_for(chunk)}) AND {kind.value}_id IS NOT NULL",
                    chunk,
                ).all()
                place = {file_id: n for n, file_id in enumerate(chunk)}
                for _file_id, item_id in sorted(rows, key=lambda row: (place[row[0]], row[1])):
                    found[item_id] = None
        return list(found)

    def size_bytes(self, view: View, ids: Sequence[int]) -> int:
        """How large these rows of a list are together, in one statement."""
        table = "media_files" if view is View.FILES else TABLES[KIND_OF[view]]
        with self._database.read() as connection:
            return int(
                connection.exec_driver_sql(
                    f"SELECT coalesce(sum(size_bytes), 0) FROM {table} WHERE id IN (SELECT value FROM json_each(?))",
                    (json.dumps(list(ids)),),
                ).scalar_one()
            )

    def resolutions(self) -> list[str]:
        """Every resolution that a present file has, largest first."""
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT resolution FROM media_files WHERE removed_at IS NULL AND resolution IS NOT NULL "
                "GROUP BY resolution ORDER BY max(height) DESC, resolution"
            )
            return [row[0] for row in rows]

    def totals(self, server_id: int | None = None) -> CatalogueTotals:
        """How much is in the catalogue, of one server or of all; a local file of two servers counts once."""
        libraries = _LIVE_LIBRARIES + ("" if server_id is None else " AND s.id = ?")
        parameters = () if server_id is None else (server_id,)
        counts: dict[str, int] = {}
        with self._database.read() as connection:
            for table in ("shows", "episodes", "movies"):
                counts[table] = connection.exec_driver_sql(
                    f"SELECT count(*) FROM {table} WHERE removed_at IS NULL AND library_id IN ({libraries})",
                    parameters,
                ).scalar_one()
            servers = LIVE_SERVERS + ("" if server_id is None else " AND id = ?")
            files = f"media_files WHERE removed_at IS NULL AND server_id IN ({servers})"
            if server_id is None and connection.exec_driver_sql(_HAS_SEVERAL_SERVERS).scalar_one():
                # Grouping costs a sort of all paths: only where two servers can reach one file.
                files = (
                    "(SELECT min(file_state) AS file_state, max(size_bytes) AS size_bytes "
                    f"FROM {files} GROUP BY coalesce(local_path, CAST(id AS TEXT))) AS once"
                )
            rows = connection.exec_driver_sql(
                f"SELECT file_state, count(*), coalesce(sum(size_bytes), 0) FROM {files} GROUP BY file_state",
                parameters,
            ).all()
        return CatalogueTotals(
            **counts,
            files=sum(row[1] for row in rows),
            size_bytes=sum(row[2] for row in rows),
            states={FileState(row[0]): row[1] for row in rows},
        )


_HAS_SEVERAL_SERVERS = "SELECT count(*) > 1 FROM servers WHERE removed_at IS NULL"
_LIVE_LIBRARIES = "SELECT l.id FROM libraries l JOIN servers s ON s.id = l.server_id WHERE s.removed_at IS NULL"

_SEASONS = (
    "SELECT e.season_number, max(s.title), count(*), sum(e.view_count > 0), sum(e.size_bytes), max(e.added_at) "
    "FROM episodes e LEFT JOIN seasons s ON s.id = e.season_id WHERE e.show_id = ? AND e.removed_at IS NULL "
    "GROUP BY e.season_number ORDER BY e.season_number"
)
_SEASON_STATES = (
    "SELECT e.season_number, f.file_state, count(DISTINCT f.id) FROM episodes e "
    "JOIN media_links l ON l.episode_id = e.id JOIN media_files f ON f.id = l.media_file_id "
    "WHERE e.show_id = ? AND e.removed_at IS NULL GROUP BY e.season_number, f.file_state"
)


def _item_rows(connection: Connection, kind: ItemKind, ids: Sequence[int]) -> dict[int, ItemRow]:
    rows: dict[int, ItemRow] = {}
    for start in range(0, len(ids), 500):
        chunk = tuple(ids[start : start + 500])
        marks = marks_for(chunk)
        states = _states(connection, kind, chunk, marks)
        sql = _ROWS[kind].format(marks=marks)
        for row in connection.exec_driver_sql(sql, chunk * (2 if kind is ItemKind.SHOW else 1)).mappings():
            item_id = row["id"]
            own = states.get(item_id, {})
            rows[item_id] = ItemRow(
                id=item_id,
                kind=kind,
                title=row["title"],
                year=row["year"],
                server=row["server"],
                server_kind=row["server_kind"],
                library=row["library"],
                size_bytes=row["size_bytes"],
                states=own,
                added_at=to_datetime(row["added_at"]),
                duration_ms=row["duration_ms"],
                resolution=row["resolution"],
                artwork=row["artwork"],
                server_id=row["server_id"],
                library_id=row["library_id"],
                show_id=row["show_id"],
                show_title=row["show_title"],
                season=row["season_number"],
                episode=row["episode_number"],
                episode_end=row["episode_number_end"],
                seasons=row["total_seasons"],
                episodes=row["total_episodes"],
                watched=row["watched"] or 0,
                versions=row["versions"] or 0,
                trashed=row["trashed_at"] is not None,
            )
    return rows


_COMMON = (
    "t.id, t.title, t.year, s.name AS server, s.kind AS server_kind, l.name AS library, t.size_bytes, "
    "t.duration_ms, t.artwork, l.server_id, t.library_id, t.trashed_at, "
)
_JOINS = " JOIN libraries l ON l.id = t.library_id JOIN servers s ON s.id = l.server_id "
_BEST = (
    "(SELECT f.resolution FROM media_links k JOIN media_files f ON f.id = k.media_file_id WHERE k.{kind}_id = t.id "
    "ORDER BY f.height DESC, k.version_index LIMIT 1) AS resolution, "
    "(SELECT count(DISTINCT k.version_index) FROM media_links k WHERE k.{kind}_id = t.id) AS versions, "
)
_ROWS = {
    ItemKind.SHOW: (
        f"SELECT {_COMMON} NULL AS resolution, 0 AS versions, NULL AS show_id, NULL AS show_title, "
        "NULL AS season_number, NULL AS episode_number, NULL AS episode_number_end, t.total_seasons, "
        "t.total_episodes, w.watched, w.added_at "
        f"FROM shows t {_JOINS} LEFT JOIN (SELECT e.show_id, sum(e.view_count > 0) AS watched, "
        "max(e.added_at) AS added_at FROM episodes e WHERE e.show_id IN ({marks}) AND e.removed_at IS NULL "
        "GROUP BY e.show_id) w ON w.show_id = t.id WHERE t.id IN ({marks})"
    ),
    ItemKind.MOVIE: (
        f"SELECT {_COMMON} {_BEST.format(kind='movie')} NULL AS show_id, NULL AS show_title, "
        "NULL AS season_number, NULL AS episode_number, NULL AS episode_number_end, 0 AS total_seasons, "
        "0 AS total_episodes, t.view_count > 0 AS watched, t.added_at "
        f"FROM movies t {_JOINS} WHERE t.id IN ({{marks}})"
    ),
    ItemKind.EPISODE: (
        f"SELECT {_COMMON} {_BEST.format(kind='episode')} t.show_id, h.title AS show_title, "
        "t.season_number, t.episode_number, t.episode_number_end, 0 AS total_seasons, "
        "0 AS total_episodes, t.view_count > 0 AS watched, t.added_at "
        f"FROM episodes t JOIN shows h ON h.id = t.show_id {_JOINS} WHERE t.id IN ({{marks}})"
    ),
}


def _states(connection: Connection, kind: ItemKind, ids: Sequence[int], marks: str) -> dict[int, dict[FileState, int]]:
    if kind is ItemKind.SHOW:
        sql = (
            "SELECT e.show_id, f.file_state, count(DISTINCT f.id) FROM episodes e "
            "JOIN media_links k ON k.episode_id = e.id JOIN media_files f ON f.id = k.media_file_id "
            f"WHERE e.show_id IN ({marks}) AND e.removed_at IS NULL GROUP BY e.show_id, f.file_state"
        )
    else:
        sql = (
            f"SELECT k.{kind.value}_id, f.file_state, count(*) FROM media_links k "
            f"JOIN media_files f ON f.id = k.media_file_id WHERE k.{kind.value}_id IN ({marks}) "
            f"GROUP BY k.{kind.value}_id, f.file_state"
        )
    found: dict[int, dict[FileState, int]] = {}
    for item_id, state, count in connection.exec_driver_sql(sql, tuple(ids)):
        found.setdefault(item_id, {})[FileState(state)] = count
    return found


def _file_rows(connection: Connection, ids: Sequence[int]) -> dict[int, FileRow]:
    rows: dict[int, FileRow] = {}
    for start in range(0, len(ids), 500):
        chunk = tuple(ids[start : start + 500])
        sql = (
            f"SELECT f.*, {LOOKED_AT} AS looked_at, s.name AS server, s.kind AS server_kind, "
            "(SELECT group_concat(coalesce(m.title, "
            "h.title || printf(' S%02dE%02d', e.season_number, e.episode_number)), ', ') FROM media_links k "
            "LEFT JOIN movies m ON m.id = k.movie_id LEFT JOIN episodes e ON e.id = k.episode_id "
            "LEFT JOIN shows h ON h.id = e.show_id WHERE k.media_file_id = f.id) AS items "
            f"FROM media_files f JOIN servers s ON s.id = f.server_id WHERE f.id IN ({marks_for(chunk)})"
        )
        for row in connection.exec_driver_sql(sql, chunk).mappings():
            rows[row["id"]] = FileRow(
                id=row["id"],
                server_path=row["server_path"],
                local_path=row["local_path"],
                server=row["server"],
                server_kind=row["server_kind"],
                size_bytes=row["size_bytes"],
                disk_size_bytes=row["disk_size_bytes"],
                state=FileState(row["file_state"]),
                resolution=row["resolution"],
                items=row["items"] or "",
                map_reason=row["map_reason"],
                checked_at=to_datetime(row["looked_at"]),
                server_id=row["server_id"],
            )
    return rows


def rank_title(title: str, text: str) -> int:
    """How well a title answers a search: 0 exact, 1 begins with it, 2 a word begins with it, 3 holds it."""
    folded, wanted = fold(title), fold(text).strip()
    if folded == wanted:
        return 0
    if folded.startswith(wanted):
        return 1
    return 2 if f" {wanted}" in folded else 3
