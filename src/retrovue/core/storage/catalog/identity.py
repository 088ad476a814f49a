"""Finding an item again that its server lists under a new id, so that its row and all that hangs on it stay.

An address is server + library + remote id; the identity is server + guid + file. When id and file both changed (the
file was upgraded) the row is found again by external id, numbers and year inside its library. A match counts only
when it is the only one on both sides: two editions of one film are never taken for each other on doubt.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.catalog import search, totals, writer
from retrovue.core.storage.catalog.joining import joins
from retrovue.core.storage.database import Database
from retrovue.core.storage.dialects.writing import writing_for
from retrovue.core.storage.tables import ITEM_TABLES

Pair = tuple[int, int]
"""(row that is absent, row that was just created for the same item)"""

_COPIED = [name for name in writer.ITEM_COLUMNS if name not in ("id", "remote_id")]
_COPIED_EPISODE = [name for name in writer.EPISODE_COLUMNS if name not in ("id", "remote_id")]


class RelinkRepository:
    """Pairs absent rows with fresh ones and merges them. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def fresh(self, library_id: int, kind: ItemKind, since: int, *, elsewhere_on: int | None = None) -> list[int]:
        """Present rows of a library that were first seen after `since` (epoch s).

        Args:
            elsewhere_on: those of all other libraries of this server instead.
        """
        where = "t.library_id = ?"
        parameters: list[object] = [since, library_id]
        if elsewhere_on is not None:
            where = "t.library_id <> ? AND t.library_id IN (SELECT id FROM libraries WHERE server_id = ?)"
            parameters.append(elsewhere_on)
        sql = f"SELECT t.id FROM {ITEM_TABLES[kind]} t WHERE t.first_seen_at > ? AND t.removed_at IS NULL AND {where}"
        with self._database.read() as connection:
            return [row[0] for row in connection.exec_driver_sql(sql, tuple(parameters))]

    def gone(self, server_id: int, kind: ItemKind) -> list[tuple[int, int, bool]]:
        """(row, library, is removed) of a server's tombstones and of rows that it is known to lack.

        An item that moved to another library may already have been removed, or held back, in its old one.
        """
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                f"SELECT t.id, t.library_id, t.removed_at IS NOT NULL FROM {ITEM_TABLES[kind]} t "
                "JOIN libraries l ON l.id = t.library_id "
                f"LEFT JOIN held_removals h ON h.{kind.value}_id = t.id AND substr(h.state, 1, 5) <> 'files' "
                "WHERE l.server_id = ? AND (t.removed_at IS NOT NULL OR h.id IS NOT NULL)",
                (server_id,),
            )
            return [(row[0], row[1], bool(row[2])) for row in rows]

    def unlisted(self, server_id: int, kind: ItemKind) -> list[int]:
        """Present rows in libraries that the server lists no more: it was perhaps made anew under another id."""
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                f"SELECT t.id FROM {ITEM_TABLES[kind]} t JOIN libraries l ON l.id = t.library_id "
                "WHERE l.server_id = ? AND l.unavailable_since IS NOT NULL AND t.removed_at IS NULL",
                (server_id,),
            )
            return [row[0] for row in rows]

    def shows_of(self, pairs: Sequence[Pair]) -> list[Pair]:
        """(old show, new show) of pairs of episodes, before these are merged."""
        if not pairs:
            return []
        with self._database.write() as connection:
            dialect = writing_for(connection)
            dialect.hold(connection, "paired", ("a", "b"), pairs)
            rows = connection.exec_driver_sql(
                "SELECT DISTINCT a.show_id, b.show_id FROM paired p JOIN episodes a ON a.id = p.a "
                "JOIN episodes b ON b.id = p.b WHERE a.show_id <> b.show_id"
            )
            found = [(row[0], row[1]) for row in rows]
            dialect.let_go(connection, "paired")
        return found

    def shows_with_other_episodes(self, show_ids: Sequence[int], absent_episodes: Sequence[int]) -> set[int]:
        """Those of the shows that have present episodes besides the absent ones."""
        if not show_ids:
            return set()
        with self._database.write() as connection:
            dialect = writing_for(connection)
            dialect.hold(connection, "absent_rows", ("id",), _rows(absent_episodes))
            dialect.hold(connection, "asked_shows", ("id",), _rows(show_ids))
            rows = connection.exec_driver_sql(
                "SELECT DISTINCT e.show_id FROM asked_shows s JOIN episodes e ON e.show_id = s.id "
                "WHERE e.removed_at IS NULL AND e.id NOT IN (SELECT id FROM absent_rows)"
            )
            alive = {row[0] for row in rows}
            dialect.let_go(connection, "absent_rows", "asked_shows")
        return alive

    def pairs(self, kind: ItemKind, absent: Sequence[int], fresh: Sequence[int]) -> list[Pair]:
        """The unambiguous pairs between absent and fresh rows of a kind."""
        if not absent or not fresh:
            return []
        with self._database.write() as connection:
            dialect = writing_for(connection)
            dialect.hold(connection, "absent_rows", ("id",), _rows(absent))
            dialect.hold(connection, "fresh_rows", ("id",), _rows(fresh))
            found = unambiguous((row[0], row[1]) for row in connection.exec_driver_sql(_SAME_FILE[kind]))
            others = [_SAME_IDS[kind], _BY_SHOW] if kind is ItemKind.EPISODE else [_SAME_IDS[kind]]
            for sql in others:
                paired = {row for pair in found for row in pair}
                more = unambiguous((row[0], row[1]) for row in connection.exec_driver_sql(sql))
                found += [(a, b) for a, b in more if a not in paired and b not in paired]
            dialect.let_go(connection, "absent_rows", "fresh_rows")
        return found

    def merge(self, kind: ItemKind, pairs: Sequence[Pair], *, now: int) -> None:
        """Give the old rows what the fresh ones hold (id, content, files) and delete the fresh ones."""
        if not pairs:
            return
        with self._database.write() as connection:
            dialect = writing_for(connection)
            dialect.hold(connection, "merged", ("a", "b"), pairs)
            left = _shows_of_merged(connection) if kind is ItemKind.EPISODE else set()
            released = _move_children(connection, kind)
            _copy_rows(connection, kind)
            _move_search(connection, kind, pairs)
            totals.clear_removals(connection, kind, [a for a, _b in pairs])
            totals.release_files(connection, released, now)
            if kind is ItemKind.EPISODE:
                shows = {
                    *left,
                    *_shows_of_merged(connection),
                }
                totals.update_totals(connection, shows)
            elif kind is ItemKind.SHOW:
                totals.update_totals(connection, {a for a, _b in pairs})
            dialect.let_go(connection, "merged")


_LINKED = (
    "SELECT a.id, b.id FROM absent_rows x JOIN {table} a ON a.id = x.id "
    "JOIN media_links la ON la.{kind}_id = a.id "
    "JOIN media_links lb ON lb.media_file_id = la.media_file_id AND lb.{kind}_id <> a.id "
    "JOIN fresh_rows y ON y.id = lb.{kind}_id JOIN {table} b ON b.id = y.id "
    "WHERE (a.source_guid IS b.source_guid OR {own_a} OR {own_b}){numbers} GROUP BY a.id, b.id"
)


def _is_own(alias: str) -> str:
    """Whether a guid was made for its item alone: it says nothing once the id changed."""
    # Compared by their beginnings: LIKE and its signs differ between engines and drivers.
    schemes = ("local://", "none://", "com.plexapp.agents.none://", "tv.plex.agents.none://")
    return "(" + " OR ".join(f"substr({alias}.source_guid, 1, {len(s)}) = '{s}'" for s in schemes) + ")"


_OWN = {"own_a": _is_own("a"), "own_b": _is_own("b")}
# Personal media have no guid: the same file and the same numbers are the same episode.
_NUMBERS = " AND a.season_number IS b.season_number AND a.episode_number IS b.episode_number"
_SAME_FILE = {
    ItemKind.MOVIE: _LINKED.format(table="movies", kind="movie", numbers="", **_OWN),
    ItemKind.EPISODE: _LINKED.format(table="episodes", kind="episode", numbers=_NUMBERS, **_OWN),
    ItemKind.SHOW: (
        "SELECT a.id, b.id FROM absent_rows x JOIN shows a ON a.id = x.id "
        "JOIN shows b ON b.source_guid = a.source_guid AND b.id <> a.id "
        "JOIN fresh_rows y ON y.id = b.id GROUP BY a.id, b.id"
    ),
}
# No index is to be used for it: PostgreSQL has not counted the rows of a library that was just made anew, takes it for
# empty and would go through it once for each row.
_SAME_LIBRARY = "a.library_id + 0 = b.library_id + 0"
_SHARED_ID = (
    "SELECT a.id, b.id FROM absent_rows x JOIN {table} a ON a.id = x.id "
    "JOIN {kind}_guids ga ON ga.{kind}_id = a.id AND " + joins("ga") + " "
    "JOIN {kind}_guids gb ON gb.provider = ga.provider AND gb.external_id = ga.external_id "
    "JOIN fresh_rows y ON y.id = gb.{kind}_id JOIN {table} b ON b.id = y.id "
    f"WHERE b.id <> a.id AND {_SAME_LIBRARY} AND a.year IS b.year" + "{numbers} GROUP BY a.id, b.id"
)
_SAME_IDS = {
    ItemKind.MOVIE: _SHARED_ID.format(table="movies", kind="movie", numbers=""),
    ItemKind.SHOW: _SHARED_ID.format(table="shows", kind="show", numbers=""),
    ItemKind.EPISODE: _SHARED_ID.format(table="episodes", kind="episode", numbers=_NUMBERS),
}


# An episode without an id of its own is known by its show and its numbers, or its day where it has no number. Two
# that have ids, and share none, are two.
_SAME_PLACE = (
    "b.season_number IS a.season_number AND (b.episode_number = a.episode_number OR (a.episode_number IS NULL "
    "AND b.episode_number IS NULL AND b.originally_available_at = a.originally_available_at)) "
    f"JOIN fresh_rows y ON y.id = b.id WHERE b.id <> a.id AND {_SAME_LIBRARY} AND NOT ("
    "EXISTS (SELECT 1 FROM episode_guids g WHERE g.episode_id = a.id AND " + joins("g") + ") AND "
    "EXISTS (SELECT 1 FROM episode_guids g WHERE g.episode_id = b.id AND " + joins("g") + "))"
)
_BY_SHOW = (
    "SELECT a.id, b.id FROM absent_rows x JOIN episodes a ON a.id = x.id "
    f"JOIN episodes b ON b.show_id = a.show_id AND {_SAME_PLACE} "
    # In this order: SQLite would begin with all episodes there are, and compare each with a season of the absent ones.
    "UNION SELECT a.id, b.id FROM absent_rows x CROSS JOIN episodes a ON a.id = x.id "
    "CROSS JOIN show_guids ga ON ga.show_id = a.show_id AND " + joins("ga") + " "
    "CROSS JOIN show_guids gb ON gb.provider = ga.provider AND gb.external_id = ga.external_id "
    f"CROSS JOIN episodes b ON b.show_id = gb.show_id AND {_SAME_PLACE}"
)


def unambiguous(rows: Iterable[tuple[int, int]]) -> list[Pair]:
    """Those pairs whose two sides are in no other pair."""
    pairs = list(rows)
    left = Counter(a for a, _b in pairs)
    right = Counter(b for _a, b in pairs)
    return [(a, b) for a, b in pairs if left[a] == 1 and right[b] == 1]


def _move_children(connection: Connection, kind: ItemKind) -> set[int]:
    """Guids, files and episodes go to the old row; returns files that the old row lost."""
    name = kind.value
    connection.exec_driver_sql(f"DELETE FROM {name}_guids WHERE {name}_id IN (SELECT a FROM merged)")
    connection.exec_driver_sql(
        f"UPDATE {name}_guids SET {name}_id = (SELECT a FROM merged WHERE b = {name}_id) "
        f"WHERE {name}_id IN (SELECT b FROM merged)"
    )
    if kind is ItemKind.SHOW:
        _move_episodes(connection)
        return set()
    lost = connection.exec_driver_sql(
        f"SELECT media_file_id FROM media_links WHERE {name}_id IN (SELECT a FROM merged)"
    )
    files = {row[0] for row in lost}
    connection.exec_driver_sql(f"DELETE FROM media_links WHERE {name}_id IN (SELECT a FROM merged)")
    connection.exec_driver_sql(
        f"UPDATE media_links SET {name}_id = (SELECT a FROM merged WHERE b = {name}_id) "
        f"WHERE {name}_id IN (SELECT b FROM merged)"
    )
    return files


def _move_episodes(connection: Connection) -> None:
    # A season of both keeps its row, and is called what the server calls it now.
    fresh = (
        "FROM seasons s2 JOIN merged m ON s2.show_id = m.b WHERE m.a = seasons.show_id AND s2.number = seasons.number"
    )
    connection.exec_driver_sql(
        f"UPDATE seasons SET (title, remote_id) = (SELECT s2.title, s2.remote_id {fresh}) "
        f"WHERE show_id IN (SELECT a FROM merged) AND EXISTS (SELECT 1 {fresh})"
    )
    connection.exec_driver_sql(
        "UPDATE seasons SET show_id = (SELECT a FROM merged WHERE b = show_id) "
        "WHERE show_id IN (SELECT b FROM merged) AND NOT EXISTS (SELECT 1 FROM seasons s2 JOIN merged m "
        "ON s2.show_id = m.a WHERE m.b = seasons.show_id AND s2.number = seasons.number)"
    )
    connection.exec_driver_sql(
        "UPDATE episodes SET show_id = (SELECT a FROM merged WHERE b = show_id) WHERE show_id IN (SELECT b FROM merged)"
    )
    connection.exec_driver_sql(
        "UPDATE episodes SET season_id = (SELECT s.id FROM seasons s WHERE s.show_id = episodes.show_id "
        "AND s.number = episodes.season_number) WHERE show_id IN (SELECT a FROM merged)"
    )


def _shows_of_merged(connection: Connection) -> set[int]:
    rows = connection.exec_driver_sql("SELECT DISTINCT show_id FROM episodes WHERE id IN (SELECT a FROM merged)")
    return {row[0] for row in rows}


def _copy_rows(connection: Connection, kind: ItemKind) -> None:
    table = ITEM_TABLES[kind]
    remote_ids = connection.exec_driver_sql(
        f"SELECT x.remote_id, m.a FROM merged m JOIN {table} x ON x.id = m.b"
    ).fetchall()
    # An item may keep its id when it moves to another library: there must never be two of it in one.
    connection.exec_driver_sql(
        f"UPDATE {table} SET remote_id = 'merged:' || id WHERE id IN (SELECT a FROM merged UNION SELECT b FROM merged)"
    )
    columns = _COPIED_EPISODE if kind is ItemKind.EPISODE else _COPIED
    names = ", ".join(columns)
    connection.exec_driver_sql(
        f"UPDATE {table} SET ({names}) = (SELECT {', '.join('x.' + c for c in columns)} FROM {table} x "
        f"JOIN merged m ON m.b = x.id WHERE m.a = {table}.id), removed_at = NULL WHERE id IN (SELECT a FROM merged)"
    )
    connection.exec_driver_sql(f"DELETE FROM {table} WHERE id IN (SELECT b FROM merged)")
    connection.exec_driver_sql(f"UPDATE {table} SET remote_id = ? WHERE id = ?", [tuple(row) for row in remote_ids])


def _move_search(connection: Connection, kind: ItemKind, pairs: Sequence[Pair]) -> None:
    texts: dict[int, str] = {}
    rows = {search.search_id(kind, b): search.search_id(kind, a) for a, b in pairs}
    for fresh, text in search.stored_texts(connection, list(rows)).items():
        texts[rows[fresh]] = text
    search.delete_rows(connection, list(rows))
    search.replace_rows(connection, list(texts.items()))


def _rows(ids: Sequence[int]) -> Iterable[tuple[int]]:
    return ((row_id,) for row_id in ids)
