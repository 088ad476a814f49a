"""Reading the catalog for lists: ordered ids first, rows of a page on demand.

200,000 rows stay quick only if a list never builds rows it does not show: `ids` answers with a flat array in the order
asked for (one SELECT), `items`, `seasons` and `files` fill one page.
"""

from array import array
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import case, func, literal, select

from retrovue.core.domain.browse import (
    KIND_OF,
    BrowseQuery,
    CatalogTotals,
    FileRow,
    ItemRow,
    SeasonRow,
    View,
    Watch,
)
from retrovue.core.domain.media import FileState, ItemKind
from retrovue.core.domain.text import fold, sort_key
from retrovue.core.storage.catalog import page_rows, search, watched
from retrovue.core.storage.catalog.conditions import chosen_ids, episodes_of_show, present_among
from retrovue.core.storage.catalog.groups import GroupRepository, folded, folded_away, members_of
from retrovue.core.storage.catalog.joining import FILE_KEY
from retrovue.core.storage.catalog.ordering import is_order_kept, order_of, order_of_all, table_of
from retrovue.core.storage.catalog.reading import CatalogReader, Reading, marks_for, packed
from retrovue.core.storage.catalog.values import FEW, group_bytes
from retrovue.core.storage.database import Database
from retrovue.core.storage.places import STATE, joined
from retrovue.core.storage.times import to_datetime

_JUDGED = 2_000
_HIGHEST = "\U0010ffff"


class BrowseRepository:
    """Lists of the catalog. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reader = CatalogReader(database)
        self.groups = GroupRepository(database, self._reader)
        """Which items are one and the same."""

    def ids(self, query: BrowseQuery) -> "array[int]":
        """Row ids of a list in its order; of a grouped list one id per group."""
        with self._reader.reading() as reading:
            return self._ids(reading, replace(query, text=search.plain(query.text)))

    def _ids(self, reading: Reading, query: BrowseQuery) -> "array[int]":
        kind = KIND_OF.get(query.view)
        ids = _listed(reading, query)
        if not query.grouped or query.removed or kind is None:
            return ids
        return folded(reading.connection, self.groups.groups(reading.connection, kind), ids, kind, query)

    def best(self, query: BrowseQuery, most: int) -> tuple[int, list[int]]:
        """How many rows a searched list has, and the ids of those that answer the search best."""
        query = replace(query, text=search.plain(query.text))
        with self._reader.reading() as reading:
            ids = self._ids(reading, query)
            return len(ids), _best(reading, query, ids, most)

    def items(self, kind: ItemKind, ids: Sequence[int], *, grouped: bool = False) -> list[ItemRow]:
        """Rows of these ids in the order given; ids that are gone are left out.

        Args:
            grouped: each row stands for all items that are the same (`ItemRow.copies`).
        """
        with self._database.read() as connection:
            found = (
                page_rows.grouped_rows(connection, kind, ids) if grouped else page_rows.item_rows(connection, kind, ids)
            )
        return [found[item_id] for item_id in ids if item_id in found]

    def members(self, kind: ItemKind, ids: Sequence[int]) -> list[int]:
        """These items, each followed by those that are the same on other servers; every id once."""
        with self._database.read() as connection:
            found = members_of(connection, kind, ids)
        every = (member for item_id in ids for member in (item_id, *(m.item_id for m in found.get(item_id, ()))))
        return list(dict.fromkeys(every))

    def folded_away(self, kind: ItemKind) -> int:
        """How many present items a grouped list without filters does not show, since others stand for them."""
        with self._database.read() as connection:
            return folded_away(connection, kind)

    def seasons(self, show_id: int, *, grouped: bool = False) -> list[SeasonRow]:
        """Seasons of a show by number (specials first), from what its present episodes say.

        Args:
            grouped: from the episodes of all shows that are the same, each once.
        """
        with self._database.read() as connection:
            members = members_of(connection, ItemKind.SHOW, [show_id]).get(show_id, ()) if grouped else ()
            shows = tuple(member.item_id for member in members) or (show_id,)
            marks, places = marks_for(shows), joined(connection)
            one = "coalesce(n.group_id, e.id)" if grouped else "e.id"
            rows = connection.exec_driver_sql(_SEASONS.format(marks=marks, one=one), shows).all()
            sizes = {}
            if len(shows) > 1:
                rows_of_sizes = connection.exec_driver_sql(_SEASON_SIZES.format(marks=marks, places=places), shows)
                sizes = dict(tuple(row) for row in rows_of_sizes)
            states = connection.exec_driver_sql(_SEASON_STATES.format(marks=marks, places=places), shows).all()
            watches = watched.of_seasons(connection, shows)
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
                size_bytes=sizes.get(row[0], 0) if sizes else row[4],
                states=by_season.get(row[0], {}),
                added_at=to_datetime(row[5]),
                watch=watches.get(row[0], Watch()),
            )
            for row in rows
        ]

    def files(self, ids: Sequence[int]) -> list[FileRow]:
        """File rows of these ids in the order given."""
        with self._database.read() as connection:
            found = page_rows.file_rows(connection, ids)
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

    def size_bytes(self, view: View, ids: Sequence[int], *, grouped: bool = False) -> int:
        """How large these rows of a list are together, in one statement."""
        table, kind = table_of(view), KIND_OF.get(view)
        size = group_bytes(table, kind) if grouped and kind is not None else table.c.size_bytes
        with self._reader.reading() as reading:
            query = select(func.coalesce(func.sum(size), 0)).where(reading.among(table.c.id, ids))
            return int(reading.connection.execute(query).scalar_one())

    def resolutions(self) -> list[str]:
        """Every resolution that a present file has, largest first."""
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT resolution FROM media_files WHERE removed_at IS NULL AND resolution IS NOT NULL "
                "GROUP BY resolution ORDER BY max(height) DESC NULLS LAST, resolution"
            )
            return [row[0] for row in rows]

    def totals(self, server_id: int | None = None) -> CatalogTotals:
        """How much is in the catalog, of one server or of all; a local file of two servers counts once."""
        libraries = _LIVE_LIBRARIES + ("" if server_id is None else " AND s.id = ?")
        parameters = () if server_id is None else (server_id,)
        counts: dict[str, int] = {}
        with self._database.read() as connection:
            for table in ("shows", "episodes", "movies"):
                counts[table] = connection.exec_driver_sql(
                    f"SELECT count(*) FROM {table} WHERE removed_at IS NULL AND library_id IN ({libraries})",
                    parameters,
                ).scalar_one()
            servers = _LIVE_SERVERS + ("" if server_id is None else " AND id = ?")
            files = f"media_files f {joined(connection)} WHERE f.removed_at IS NULL AND f.server_id IN ({servers})"
            states = f"SELECT {STATE} AS state, f.size_bytes AS size_bytes FROM {files}"
            if server_id is None and connection.exec_driver_sql(_HAS_SEVERAL_SERVERS).scalar_one():
                # Grouping costs a sort of all paths: only where two servers can reach one file.
                states = (
                    f"SELECT min({STATE}) AS state, max(f.size_bytes) AS size_bytes "
                    f"FROM {files} GROUP BY coalesce(p.local_path, CAST(f.id AS TEXT))"
                )
            rows = connection.exec_driver_sql(
                f"SELECT state, count(*), coalesce(sum(size_bytes), 0) FROM ({states}) AS once GROUP BY state",
                parameters,
            ).all()
        return CatalogTotals(
            **counts,
            files=sum(row[1] for row in rows),
            size_bytes=sum(row[2] for row in rows),
            states={FileState(row[0]): row[1] for row in rows},
        )


def _listed(reading: Reading, query: BrowseQuery) -> "array[int]":
    """Return the ids of a list in its order; groups are not folded yet."""
    chosen = chosen_ids(reading, query)
    if query.view is View.EPISODES and query.show_id is not None:
        # The episodes of one show come by their numbers, whatever the shows are sorted by.
        episodes = episodes_of_show(reading, query)
        return packed(episodes if chosen is None else filter(chosen.__contains__, episodes))
    if chosen is None:
        return order_of_all(reading, query)
    if query.removed or (len(chosen) <= FEW and not is_order_kept(reading, query)):
        return order_of(reading, query, present_among(reading, query, chosen))
    return packed(filter(chosen.__contains__, order_of_all(reading, query)))


_HAS_SEVERAL_SERVERS = "SELECT count(*) > 1 FROM servers WHERE removed_at IS NULL"
_LIVE_SERVERS = "SELECT id FROM servers WHERE removed_at IS NULL"
_LIVE_LIBRARIES = "SELECT l.id FROM libraries l JOIN servers s ON s.id = l.server_id WHERE s.removed_at IS NULL"

_SEASONS = (
    "SELECT e.season_number, max(s.title), count(DISTINCT {one}), "
    "count(DISTINCT CASE WHEN e.view_count > 0 THEN {one} END), sum(e.size_bytes), "
    "max(e.added_at) FROM episodes e LEFT JOIN seasons s ON s.id = e.season_id "
    "LEFT JOIN item_groups n ON n.kind = 'episode' AND n.item_id = e.id "
    "WHERE e.show_id IN ({marks}) AND e.removed_at IS NULL GROUP BY e.season_number "
    "ORDER BY e.season_number NULLS FIRST"
)
_SEASON_FILES = (
    "FROM episodes e JOIN media_links l ON l.episode_id = e.id JOIN media_files f ON f.id = l.media_file_id {places} "
    f"WHERE e.show_id IN ({{marks}}) AND e.removed_at IS NULL GROUP BY e.season_number, {FILE_KEY}"
)
_SEASON_SIZES = (
    f"SELECT number, sum(size) FROM (SELECT e.season_number AS number, max(f.size_bytes) AS size {_SEASON_FILES}) "
    "AS once GROUP BY number"
)
_SEASON_STATES = (
    f"SELECT number, state, count(*) FROM (SELECT e.season_number AS number, min({STATE}) AS state "
    f"{_SEASON_FILES}) AS once GROUP BY number, state"
)


def _best(reading: Reading, query: BrowseQuery, listed: "array[int]", most: int) -> list[int]:
    """Return the ids of `listed` whose titles answer the text of `query` best, `most` at most.

    First the very title, then titles that begin with the text, then those in which a word does. The best answer may
    stand anywhere in the order of the list. Its first thousands are judged, and of shows and movies also what begins
    with the words by the index over sort keys: nobody ends with a word of 41,000 titles.
    """
    table, key = table_of(query.view), sort_key(query.text)
    begins = (table.c.sort_key >= key, table.c.sort_key < key + _HIGHEST)
    judged = set(listed[:_JUDGED])
    if len(listed) > _JUDGED and query.view is not View.EPISODES:
        judged.update(set(reading.ids(select(table.c.id).where(*begins).limit(_JUDGED))).intersection(listed))
    a_word_does = reading.dialect.contains(literal(" ").concat(table.c.sort_key), f" {key}")
    rank = case((table.c.sort_key == key, 0), (begins[0] & begins[1], 1), (a_word_does, 2), else_=3)
    ranked = select(table.c.id).where(reading.among(table.c.id, judged)).order_by(rank, table.c.sort_key, table.c.id)
    return reading.ids(ranked.limit(most))


def rank_title(title: str, text: str) -> int:
    """How well a title answers a search: 0 exact, 1 begins with it, 2 a word begins with it, 3 holds it."""
    folded, wanted = fold(title), fold(text).strip()
    if folded == wanted:
        return 0
    if folded.startswith(wanted):
        return 1
    return 2 if f" {wanted}" in folded else 3
