"""Which rows a list of the catalogue has, and in which order: ids only, as fast as SQLite gives them.

A list of 200,000 rows opens within the blink of an eye only if no row is looked up: the orders that are asked for most
come from an index that holds the id too, and what is absent is taken out of them afterwards.
"""

import json
from array import array
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from retrovue.core.domain.browse import BrowseQuery, SortField, View
from retrovue.core.domain.guids import parse_guid
from retrovue.core.domain.media import ItemKind
from retrovue.core.storage import search
from retrovue.core.storage.ingest import TABLES

KIND_OF = {View.SHOWS: ItemKind.SHOW, View.MOVIES: ItemKind.MOVIE, View.EPISODES: ItemKind.EPISODE}
LIVE_SERVERS = "SELECT id FROM servers WHERE removed_at IS NULL"
_RANK_OF_STATE = (
    "CASE {table}.file_state WHEN 'missing' THEN 6 WHEN 'size_differs' THEN 5 WHEN 'unreachable' THEN 4 "
    "WHEN 'unmapped' THEN 3 WHEN 'unchecked' THEN 2 ELSE 1 END"
)
_RANK = f"max({_RANK_OF_STATE.format(table='f')}) "
_RANK_OF_FILE = _RANK_OF_STATE.format(table="t")
_WORST = f"(SELECT {_RANK}FROM media_links l JOIN media_files f ON f.id = l.media_file_id WHERE l.{{kind}}_id = t.id)"
_HEIGHT = (
    "(SELECT max(f.height) FROM media_links l JOIN media_files f ON f.id = l.media_file_id WHERE l.{kind}_id = t.id)"
)
_FILES_OF_SHOW = (
    "FROM episodes e JOIN media_links l ON l.episode_id = e.id JOIN media_files f ON f.id = l.media_file_id "
    "WHERE e.show_id = t.id AND e.removed_at IS NULL)"
)
_WORST_OF_SHOW = f"(SELECT {_RANK}{_FILES_OF_SHOW}"
_HEIGHT_OF_SHOW = f"(SELECT max(f.height) {_FILES_OF_SHOW}"
WATCHED_OF_SHOW = (
    "(SELECT count(*) FROM episodes e WHERE e.show_id = t.id AND e.view_count > 0 AND e.removed_at IS NULL)"
)


def ordered_ids(connection: Connection, query: BrowseQuery) -> "array[int]":
    """Row ids of a list in its order."""
    chosen = _files(query) if query.view is View.FILES else _items(connection, query)
    if query.view is View.FILES and query.sort is SortField.TITLE:
        return _files_by_title(connection, chosen, descending=query.descending)
    if chosen.is_found:
        return _ids(connection, chosen.select(chosen.order), chosen.parameters)
    if chosen.few is not None:
        return _by_few_values(connection, chosen, descending=query.descending)
    if chosen.order == chosen.base_order:
        return _in_base_order(connection, chosen)
    return _ids(connection, chosen.select(chosen.order), chosen.parameters)


@dataclass(frozen=True, slots=True)
class _List:
    """A list as SQL.

    Attributes:
        source, where, parameters: of the SELECT; rows are called `t`.
        order: as asked for. base_order: the order that an index gives; base_source, too.
        few: a value that rows are grouped by, of which there are few; None when `order` says all.
        is_found: the rows were searched for and are few: they are simply sorted.
        absent: a SELECT of the ids that a list without filters does not show; empty with filters.
    """

    source: str
    where: str
    parameters: tuple[object, ...]
    order: str
    base_source: str
    base_order: str
    few: str | None = None
    is_found: bool = False
    absent: str = ""

    def select(self, order: str) -> str:
        return f"SELECT t.id AS id FROM {self.source} WHERE {self.where} ORDER BY {order}"


def _ids(connection: Connection, select: str, parameters: Sequence[object] = ()) -> "array[int]":
    """The ids of a SELECT in its order, in one step of the cursor.

    200,000 steps take three times as long, and hand the interpreter over to a painting window at each.
    """
    sql = f"SELECT json_group_array(id) FROM ({select})"
    return array("q", json.loads(connection.exec_driver_sql(sql, tuple(parameters)).scalar_one()))


def _in_base_order(connection: Connection, chosen: _List) -> "array[int]":
    ids = _ids(connection, f"SELECT t.id AS id FROM {chosen.base_source} ORDER BY {chosen.base_order}")
    keep: Callable[[int], bool]
    if chosen.absent:
        absent: Container[int] = frozenset(_ids(connection, chosen.absent))
        if not absent:
            return ids
        keep = lambda item_id: item_id not in absent  # noqa: E731
    else:
        select = f"SELECT t.id AS id FROM {chosen.source} WHERE {chosen.where}"
        keep = frozenset(_ids(connection, select, chosen.parameters)).__contains__
    return array("q", filter(keep, ids))


def _by_few_values(connection: Connection, chosen: _List, *, descending: bool) -> "array[int]":
    """Grouped by the value, in the base order within each group.

    A second key of text would make SQLite sort 200,000 texts; and reading the values in the order of the rows is ten
    times as fast as looking each up in the order of an index.
    """
    select = f"SELECT t.id AS id, {chosen.few} AS value FROM {chosen.source} WHERE {chosen.where}"
    row = connection.exec_driver_sql(
        f"SELECT json_group_array(id), json_group_array(coalesce(value, '')) FROM ({select})", chosen.parameters
    ).one()
    value_of = dict(zip(json.loads(row[0]), json.loads(row[1]), strict=True))
    groups: dict[str | int, array[int]] = {value: array("q") for value in set(value_of.values())}
    for item_id in _ids(connection, f"SELECT t.id AS id FROM {chosen.base_source} ORDER BY {chosen.base_order}"):
        value = value_of.get(item_id)
        if value is not None:
            groups[value].append(item_id)
    ordered = array("q")
    # Missing values come first upwards, whatever the others are.
    for value in sorted(groups, key=lambda value: (value != "", value), reverse=descending):
        ordered.extend(groups[value])
    return ordered


def _files_by_title(connection: Connection, chosen: _List, *, descending: bool) -> "array[int]":
    """Files by the title of what they hold, episodes in order; files that hold nothing come last.

    Asking for the title of each of 220,000 files takes seconds; here titles are walked in order instead.
    """
    wanted = _ids(connection, f"SELECT t.id AS id FROM {chosen.source} WHERE {chosen.where}", chosen.parameters)
    left = dict.fromkeys(wanted)
    files_of: dict[tuple[str, int], list[int]] = {}
    # An episode's files are filed under its show, and the walk over the episodes brings them in order.
    for name, order in (("movie", "l.id"), ("show", "e.season_number, e.episode_number, e.id")):
        owner, join = "l.movie_id", ""
        if name == "show":
            owner, join = "e.show_id", "JOIN episodes e ON e.id = l.episode_id"
        found = connection.exec_driver_sql(
            f"SELECT json_group_array(owner), json_group_array(file) FROM (SELECT {owner} AS owner, "
            f"l.media_file_id AS file FROM media_links l {join} WHERE {owner} IS NOT NULL ORDER BY {order})"
        ).one()
        for owner_id, file_id in zip(json.loads(found[0]), json.loads(found[1]), strict=True):
            files_of.setdefault((name, owner_id), []).append(file_id)
    direction = " DESC" if descending else ""
    titles = connection.exec_driver_sql(
        "SELECT 'movie' AS name, id, sort_key FROM movies UNION ALL SELECT 'show', id, sort_key FROM shows "
        f"ORDER BY sort_key{direction}, name, id{direction}"
    ).all()
    ordered = array("q")
    for name, item_id, _key in titles:
        for file_id in files_of.get((name, item_id), ()):
            if file_id in left:
                del left[file_id]
                ordered.append(file_id)
    ordered.extend(left)
    return ordered


def _items(connection: Connection, query: BrowseQuery) -> _List:
    kind = KIND_OF[query.view]
    table = TABLES[kind]
    libraries, all_of_them = _library_ids(connection, query)
    conditions = ["t.removed_at IS NOT NULL" if query.removed else "t.removed_at IS NULL"]
    parameters: list[object] = []
    if not all_of_them:
        conditions.append(f"t.library_id IN ({marks_for(libraries)})")
        parameters += libraries
    _filter_items(kind, query, conditions, parameters)
    is_found = bool(query.text.strip())
    source, base_source = f"{table} t", f"{table} t"
    if is_found:
        _find(connection, kind, query.text)
        source = f"temp.found x CROSS JOIN {source} ON t.id = x.id"
    order, base_order = _order(kind, query), _base_order(kind)
    if kind is ItemKind.EPISODE and query.show_id is None:
        # Shows in the outer loop: both indexes give the order, and nothing is sorted.
        base_source = f"shows h CROSS JOIN {table} t ON t.show_id = h.id"
        if "h." in order or is_found:
            source = f"{source} CROSS JOIN shows h ON h.id = t.show_id"
        if order == _SHOW_DOWNWARDS:
            base_order = order
    elif kind is not ItemKind.EPISODE and query.sort is SortField.TITLE:
        base_order = order
    absent = ""
    if all_of_them and len(conditions) == 1 and not query.removed:
        absent = (
            f"SELECT t.id AS id FROM {table} t WHERE t.library_id IN (SELECT id FROM libraries) "
            "AND t.removed_at IS NOT NULL"
        )
    few = _few_values(kind, query.sort)
    if few is not None and is_found:
        order = f"{few}{' DESC' if query.descending else ''}, {base_order}"
    return _List(
        source,
        " AND ".join(conditions),
        tuple(parameters),
        order,
        base_source,
        base_order,
        few=few,
        is_found=is_found,
        absent=absent,
    )


def _find(connection: Connection, kind: ItemKind, text: str) -> None:
    """Fill the temporary table `found` with the ids of a kind that a search text means: by title, external id, path."""
    connection.exec_driver_sql("CREATE TEMP TABLE IF NOT EXISTS found (id INTEGER PRIMARY KEY)")
    connection.exec_driver_sql("DELETE FROM temp.found")
    wanted = search.statement(text)
    if wanted is not None:
        sql, parameters = wanted
        connection.exec_driver_sql(
            f"INSERT OR IGNORE INTO temp.found (id) {search.of_kind(sql, kind)}", tuple(parameters)
        )
    other = _by_external_id(connection, kind, text.strip())
    if any(mark in text for mark in "/\\"):
        other += _by_path(connection, kind, text.strip())
    if other:
        connection.exec_driver_sql("INSERT OR IGNORE INTO temp.found (id) VALUES (?)", [(i,) for i in other])


def _library_ids(connection: Connection, query: BrowseQuery) -> tuple[list[int], bool]:
    """The libraries that the list is limited to, and whether these are all there are."""
    rows = connection.exec_driver_sql(
        "SELECT l.id, l.server_id, s.removed_at IS NULL FROM libraries l JOIN servers s ON s.id = l.server_id"
    ).all()
    wanted = [
        row[0]
        for row in rows
        if row[2]
        and (not query.library_ids or row[0] in query.library_ids)
        and (not query.server_ids or row[1] in query.server_ids)
    ]
    return wanted, len(wanted) == len(rows)


def _filter_items(kind: ItemKind, query: BrowseQuery, conditions: list[str], parameters: list[object]) -> None:
    if query.trashed:
        conditions.append("t.trashed_at IS NOT NULL")
    if query.added_since is not None:
        if kind is ItemKind.SHOW:
            conditions.append("EXISTS (SELECT 1 FROM episodes e WHERE e.show_id = t.id AND e.added_at >= ?)")
        else:
            conditions.append("t.added_at >= ?")
        parameters.append(query.added_since)
    if query.watched is not None:
        if kind is ItemKind.SHOW:
            conditions.append(f"({WATCHED_OF_SHOW} {'=' if query.watched else '<'} t.total_episodes)")
        else:
            conditions.append("t.view_count > 0" if query.watched else "t.view_count = 0")
    if query.show_id is not None and kind is ItemKind.EPISODE:
        conditions.append("t.show_id = ?")
        parameters.append(query.show_id)
        if query.season is not None:
            conditions.append("t.season_number = ?")
            parameters.append(query.season)
    for column, values in (
        ("file_state", [state.value for state in query.states]),
        ("resolution", list(query.resolutions)),
    ):
        if values:
            link = "l.movie_id = t.id" if kind is ItemKind.MOVIE else "l.episode_id = t.id"
            join = ""
            if kind is ItemKind.SHOW:
                link, join = "e.show_id = t.id AND e.removed_at IS NULL", "JOIN episodes e ON e.id = l.episode_id "
            conditions.append(
                f"EXISTS (SELECT 1 FROM media_links l JOIN media_files f ON f.id = l.media_file_id {join}"
                f"WHERE {link} AND f.{column} IN ({marks_for(values)}))"
            )
            parameters += values


def _few_values(kind: ItemKind, sort: SortField) -> str | None:
    """The SQL of a sort field that has few different values; None for the others."""
    if sort is SortField.LIBRARY:
        return "(SELECT name FROM libraries WHERE id = t.library_id)"
    if sort is SortField.SERVER:
        return "(SELECT s.name FROM servers s JOIN libraries l ON l.server_id = s.id WHERE l.id = t.library_id)"
    if sort is SortField.STATE:
        return _WORST_OF_SHOW if kind is ItemKind.SHOW else _WORST.format(kind=kind.value)
    if sort is SortField.RESOLUTION:
        return _HEIGHT_OF_SHOW if kind is ItemKind.SHOW else _HEIGHT.format(kind=kind.value)
    if sort is SortField.WATCHED:
        return WATCHED_OF_SHOW if kind is ItemKind.SHOW else "t.view_count > 0"
    if sort is SortField.EPISODES and kind is ItemKind.SHOW:
        return "t.total_episodes"
    return None


_SHOW_DOWNWARDS = "h.sort_key DESC, h.id DESC, t.season_number, t.episode_number, t.id"


def _base_order(kind: ItemKind) -> str:
    """The order that an index gives without sorting."""
    if kind is ItemKind.EPISODE:
        return "h.sort_key, h.id, t.season_number, t.episode_number, t.id"
    return "t.sort_key, t.id"


def _order(kind: ItemKind, query: BrowseQuery) -> str:
    direction = " DESC" if query.descending else ""
    if kind is ItemKind.EPISODE:
        if query.show_id is not None:
            return "t.show_id, t.season_number, t.episode_number, t.id"
        if query.sort in (SortField.SHOW, SortField.EPISODES):
            return _SHOW_DOWNWARDS if query.descending else _base_order(kind)
    expression = {
        SortField.YEAR: "t.year",
        SortField.SIZE: "t.size_bytes",
        SortField.ADDED: "t.added_at",
        SortField.DURATION: "t.duration_ms",
    }.get(query.sort, "t.sort_key")
    return f"{expression}{direction}, t.id{direction}"


def _by_external_id(connection: Connection, kind: ItemKind, text: str) -> list[int]:
    provider, separator, external_id = text.partition(":")
    if not separator or "//" in text:
        parsed = parse_guid(text)
        if parsed is None:
            if not (text.startswith("tt") and text[2:].isdigit()):
                return []
            parsed = ("imdb", text)
        provider, external_id = parsed
    rows = connection.exec_driver_sql(
        f"SELECT {kind.value}_id FROM {kind.value}_guids WHERE provider = ? AND external_id = ?",
        (provider.strip().lower(), external_id.strip()),
    )
    return [row[0] for row in rows]


def _by_path(connection: Connection, kind: ItemKind, text: str) -> list[int]:
    item, join = f"l.{kind.value}_id", ""
    if kind is ItemKind.SHOW:
        item, join = "e.show_id", "JOIN episodes e ON e.id = l.episode_id "
    rows = connection.exec_driver_sql(
        f"SELECT DISTINCT {item} FROM media_files f JOIN media_links l ON l.media_file_id = f.id {join}"
        f"WHERE {item} IS NOT NULL AND (instr(lower(f.server_path), ?) OR instr(lower(f.local_path), ?))",
        (text.lower(), text.lower()),
    )
    return [row[0] for row in rows]


def _files(query: BrowseQuery) -> _List:
    conditions = ["t.removed_at IS NULL", f"t.server_id IN ({LIVE_SERVERS})"]
    parameters: list[object] = []
    if query.server_ids:
        conditions.append(f"t.server_id IN ({marks_for(query.server_ids)})")
        parameters += query.server_ids
    if query.states:
        conditions.append(f"t.file_state IN ({marks_for(query.states)})")
        parameters += [state.value for state in query.states]
    if query.resolutions:
        conditions.append(f"t.resolution IN ({marks_for(query.resolutions)})")
        parameters += query.resolutions
    if query.text.strip():
        conditions.append("(instr(lower(t.server_path), ?) OR instr(lower(coalesce(t.local_path, '')), ?))")
        parameters += [query.text.strip().lower(), query.text.strip().lower()]
    if query.library_ids:
        marks = marks_for(query.library_ids)
        conditions.append(
            "EXISTS (SELECT 1 FROM media_links k LEFT JOIN episodes e ON e.id = k.episode_id LEFT JOIN movies m "
            f"ON m.id = k.movie_id WHERE k.media_file_id = t.id AND coalesce(e.library_id, m.library_id) IN ({marks}))"
        )
        parameters += query.library_ids
    few = {
        SortField.STATE: _RANK_OF_FILE,
        SortField.RESOLUTION: "t.height",
        SortField.SERVER: "(SELECT s.name FROM servers s WHERE s.id = t.server_id)",
    }.get(query.sort)
    direction = " DESC" if query.descending else ""
    columns = {
        SortField.SIZE: f"t.size_bytes{direction}, t.id{direction}",
        SortField.ADDED: f"t.first_seen_at{direction}, t.id{direction}",
    }
    base_order = "t.server_id, t.server_path"
    by_path = f"t.server_id{direction}, t.server_path{direction}"
    order = columns.get(query.sort, by_path)
    absent = ""
    if len(conditions) == 2:
        absent = (
            "SELECT t.id AS id FROM media_files t WHERE t.removed_at IS NOT NULL OR t.server_id NOT IN "
            f"({LIVE_SERVERS})"
        )
    return _List(
        "media_files t",
        " AND ".join(conditions),
        tuple(parameters),
        order,
        "media_files t",
        by_path if order == by_path and few is None else base_order,
        few=few,
        absent=absent,
    )


def marks_for(values: Sequence[object]) -> str:
    """As many question marks as there are values, for IN."""
    return ",".join("?" * len(values))
