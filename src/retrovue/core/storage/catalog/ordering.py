"""In which order the rows of a list come: ids only, as fast as SQLite gives them.

A list of 200,000 rows opens within the blink of an eye only if no row is looked up: the orders that are asked for most
come from an index that holds the id too, and what is absent is taken out of them afterwards.
"""

import json
from array import array
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from retrovue.core.domain.browse import BrowseQuery, SortField, View
from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.catalog.conditions import (
    LIVE_SERVERS,
    WATCHED_OF_SHOW,
    chosen_libraries,
    file_conditions,
    filter_items,
    find_files,
    find_items,
    items_of_files,
    marks_for,
)
from retrovue.core.storage.tables import ITEM_TABLES

_SORTED_MAX = 5_000
KIND_OF = {View.SHOWS: ItemKind.SHOW, View.MOVIES: ItemKind.MOVIE, View.EPISODES: ItemKind.EPISODE}
_STATE_RANKS = {"missing": 6, "size_differs": 5, "unreachable": 4, "unmapped": 3, "unchecked": 2, "found": 1}
_RANK_OF_STATE = "CASE {table}.file_state " + " ".join(f"WHEN '{s}' THEN {r}" for s, r in _STATE_RANKS.items()) + " END"
_FILES_OF = "FROM media_links l JOIN media_files f ON f.id = l.media_file_id WHERE l.{kind}_id = t.id)"
_FILES_OF_SHOW = (
    "FROM episodes e JOIN media_links l ON l.episode_id = e.id JOIN media_files f ON f.id = l.media_file_id "
    "WHERE e.show_id = t.id AND e.removed_at IS NULL)"
)
# The show that stands for a group counts what any copy has; its copies count their own, which is never more.
_OF_GROUPED_SHOW = (
    "coalesce((SELECT count(DISTINCT coalesce(n.group_id, e.id)) FROM item_groups g JOIN episodes e "
    "ON e.show_id = g.item_id AND e.removed_at IS NULL{watched} LEFT JOIN item_groups n ON n.kind = 'episode' "
    "AND n.item_id = e.id WHERE g.kind = 'show' AND g.group_id = t.id HAVING count(g.item_id)), {own})"
)


_HAS_SHARED = "SELECT 1 FROM servers WHERE removed_at IS NULL AND NOT is_owner"
# Files of somebody else's server say nothing of this computer where there are copies of one's own.
_NOT_FOR_OWN = (
    " AND NOT (f.server_id IN (SELECT id FROM servers WHERE NOT is_owner) AND {item} IN (SELECT g.item_id "
    "FROM item_groups g JOIN {table} o ON o.id = g.group_id JOIN libraries l ON l.id = o.library_id "
    "JOIN servers s ON s.id = l.server_id AND s.is_owner WHERE g.kind = '{kind}'))"
)


def group_bytes(kind: ItemKind) -> str:
    """The size of all files of a row's group, or of its own where it is alone, as SQL."""
    of_group = f"SELECT g.group_bytes FROM item_groups g WHERE g.kind = '{kind.value}' AND g.item_id = t.id"
    return f"coalesce(({of_group}), t.size_bytes)"


def ordered_ids(connection: Connection, query: BrowseQuery) -> "array[int]":
    """Row ids of a list in its order; groups are not folded yet."""
    chosen = _files(connection, query) if query.view is View.FILES else _items(connection, query)
    if query.view is View.FILES and query.sort is SortField.TITLE:
        return _files_by_title(connection, chosen, descending=query.descending)
    if chosen.is_found and not (chosen.order == chosen.base_order and _are_many(connection)):
        return _ids(connection, chosen.select(chosen.order), chosen.parameters)
    if query.view is View.EPISODES and query.show_id is not None:
        # The episodes of one show come by their numbers, whatever the shows are sorted by.
        return _ids(connection, chosen.select(chosen.order), chosen.parameters)
    if query.view is not View.SHOWS and query.sort in (SortField.STATE, SortField.RESOLUTION):
        # Not shows: they are few, and each is asked for its files sooner than all episodes are for their shows.
        return _by_files(connection, chosen, query)
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
        names: what the values of `few` stand for, where that is something else.
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
    names: Mapping[int, str] | None = None
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


def _are_many(connection: Connection) -> bool:
    """Whether so much was found that taking it out of the order of an index is quicker than sorting it."""
    return bool(connection.exec_driver_sql("SELECT count(*) FROM temp.found").scalar_one() > _SORTED_MAX)


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
    if chosen.names is not None:
        named: dict[str | int, array[int]] = {}
        for value in sorted(groups, key=str):
            named.setdefault(chosen.names.get(int(value or 0), ""), array("q")).extend(groups[value])
        groups = named
    ordered = array("q")
    # Missing values come first upwards, whatever the others are.
    for value in sorted(groups, key=lambda value: (value != "", value), reverse=descending):
        ordered.extend(groups[value])
    return ordered


def _by_files(connection: Connection, chosen: _List, query: BrowseQuery) -> "array[int]":
    """By the worst state or the greatest height among the files of each item, in the base order within each.

    Walking the files in the order of an index and marking their items takes a third of the time of asking each item
    for its files.
    """
    select = "SELECT f.id FROM media_files f" if query.view is View.FILES else items_of_files(KIND_OF[query.view])
    item, _from, source = select.removeprefix("SELECT ").partition(" FROM ")
    value = "f.height" if query.sort is SortField.RESOLUTION else "f.file_state"
    key = "f.resolution, f.height" if query.sort is SortField.RESOLUTION else value
    where = f"{item} IS NOT NULL"
    if query.grouped and query.view is not View.FILES and connection.exec_driver_sql(_HAS_SHARED).first():
        where += _NOT_FOR_OWN.format(kind=KIND_OF[query.view].value, table=ITEM_TABLES[KIND_OF[query.view]], item=item)
    rows = connection.exec_driver_sql(
        f"SELECT {value}, json_group_array({item}) FROM {source} WHERE {where} GROUP BY {key}"
    ).all()
    values = sorted({row[0] for row in rows}, key=lambda v: _STATE_RANKS.get(v, v) if v is not None else 0)
    of = {found: rank for rank, found in enumerate(values, start=1)}
    rank_of: dict[int, int] = {}
    for row in sorted(rows, key=lambda row: of[row[0]]):
        rank_of.update(dict.fromkeys(json.loads(row[1]), of[row[0]]))
    groups = [array("q") for _n in range(len(of) + 1)]
    for item_id in _in_base_order(connection, chosen):
        groups[rank_of.get(item_id, 0)].append(item_id)
    ordered = array("q")
    for group in reversed(groups) if query.descending else groups:
        ordered.extend(group)
    return ordered


_FEW_FILES = 20_000
_TITLES_OF_FILES = (
    "SELECT w.value AS id FROM json_each(?) w LEFT JOIN media_links l ON l.media_file_id = w.value "
    "LEFT JOIN movies m ON m.id = l.movie_id LEFT JOIN episodes e ON e.id = l.episode_id "
    "LEFT JOIN shows h ON h.id = e.show_id GROUP BY w.value "
    "ORDER BY min(coalesce(m.sort_key, h.sort_key)) IS NULL, min(coalesce(m.sort_key, h.sort_key)){direction}, "
    "min(coalesce(m.id, h.id)){direction}, min(e.season_number), min(e.episode_number), w.value"
)


def _files_by_title(connection: Connection, chosen: _List, *, descending: bool) -> "array[int]":
    """Files by the title of what they hold, episodes in order; files that hold nothing come last.

    Asking for the title of each of 220,000 files takes seconds; here titles are walked in order instead.
    """
    wanted = _ids(connection, f"SELECT t.id AS id FROM {chosen.source} WHERE {chosen.where}", chosen.parameters)
    if len(wanted) <= _FEW_FILES:
        return _ids(
            connection,
            _TITLES_OF_FILES.replace("{direction}", " DESC" if descending else ""),
            [json.dumps(list(wanted))],
        )
    left = dict.fromkeys(wanted)
    files_of: dict[tuple[str, int], list[int]] = {}
    # An episode's files are filed under its show, and the walk over the episodes brings them in order.
    for name, source in (
        (
            "movie",
            "SELECT l.movie_id AS owner, l.media_file_id AS file FROM media_links l WHERE l.movie_id IS NOT NULL",
        ),
        (
            "show",
            "SELECT e.show_id AS owner, l.media_file_id AS file FROM episodes e "
            "INDEXED BY ix_episodes_show_order CROSS JOIN media_links l ON l.episode_id = e.id "
            "ORDER BY e.show_id, e.season_number, e.episode_number, e.id",
        ),
    ):
        found = connection.exec_driver_sql(
            f"SELECT json_group_array(owner), json_group_array(file) FROM ({source})"
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
    table = ITEM_TABLES[kind]
    libraries, all_of_them = chosen_libraries(connection, query)
    conditions = ["t.removed_at IS NOT NULL" if query.removed else "t.removed_at IS NULL"]
    parameters: list[object] = []
    if not all_of_them:
        conditions.append(f"t.library_id IN ({marks_for(libraries)})")
        parameters += libraries
    filter_items(connection, kind, query, conditions, parameters)
    is_found = bool(query.text.strip())
    source, base_source = f"{table} t", f"{table} t"
    if is_found:
        find_items(connection, kind, query.text)
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
    if all_of_them and len(conditions) == 1 and not query.removed and not is_found:
        absent = (
            f"SELECT t.id AS id FROM {table} t WHERE t.library_id IN (SELECT id FROM libraries) "
            "AND t.removed_at IS NOT NULL"
        )
    few = _few_values(kind, query)
    names: dict[int, str] | None = None
    if few is not None and is_found:
        order = f"{few}{' DESC' if query.descending else ''}, {base_order}"
    elif query.sort in _NAMES:
        few = "t.library_id"
        names = {row[0]: row[1] for row in connection.exec_driver_sql(_NAMES[query.sort])}
    return _List(
        source,
        " AND ".join(conditions),
        tuple(parameters),
        order,
        base_source,
        base_order,
        few=few,
        names=names,
        is_found=is_found,
        absent=absent,
    )


_NAMES = {
    SortField.LIBRARY: "SELECT id, name FROM libraries",
    SortField.SERVER: "SELECT l.id, s.name FROM libraries l JOIN servers s ON s.id = l.server_id",
}


def _few_values(kind: ItemKind, query: BrowseQuery) -> str | None:
    """The SQL of a sort field that has few different values; None for the others."""
    is_show = kind is ItemKind.SHOW
    files = _FILES_OF_SHOW if is_show else _FILES_OF.format(kind=kind.value)
    match query.sort:
        case SortField.LIBRARY:
            return "(SELECT name FROM libraries WHERE id = t.library_id)"
        case SortField.SERVER:
            return "(SELECT s.name FROM servers s JOIN libraries l ON l.server_id = s.id WHERE l.id = t.library_id)"
        case SortField.STATE:
            return f"(SELECT max({_RANK_OF_STATE.format(table='f')}) {files}"
        case SortField.RESOLUTION:
            return f"(SELECT max(f.height) {files}"
        case SortField.WATCHED:
            if not is_show:
                return "t.view_count > 0"
            watched = " AND e.view_count > 0"
            return _OF_GROUPED_SHOW.format(watched=watched, own=WATCHED_OF_SHOW) if query.grouped else WATCHED_OF_SHOW
        case SortField.EPISODES if is_show:
            own = "t.total_episodes"
            return _OF_GROUPED_SHOW.format(watched="", own=own) if query.grouped else own
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
            return f"{'' if query.grouped else 't.show_id, '}t.season_number, t.episode_number, t.id"
        if query.sort in (SortField.SHOW, SortField.EPISODES):
            return _SHOW_DOWNWARDS if query.descending else _base_order(kind)
    expression = {
        SortField.YEAR: "t.year",
        SortField.SIZE: group_bytes(kind) if query.grouped else "t.size_bytes",
        SortField.ADDED: "t.added_at",
        SortField.DURATION: "t.duration_ms",
    }.get(query.sort, "t.sort_key")
    return f"{expression}{direction}, t.id{direction}"


def _files(connection: Connection, query: BrowseQuery) -> _List:
    conditions, parameters = file_conditions(connection, query)
    is_found = bool(query.text.strip())
    source = "media_files t"
    if is_found:
        find_files(connection, query.text)
        source = "temp.found x CROSS JOIN media_files t ON t.id = x.id"
    few = {
        SortField.STATE: _RANK_OF_STATE.format(table="t"),
        SortField.RESOLUTION: "t.height",
        SortField.SERVER: "(SELECT s.name FROM servers s WHERE s.id = t.server_id)" if is_found else "t.server_id",
    }.get(query.sort)
    names: dict[int, str] | None = None
    if query.sort is SortField.SERVER:
        names = {row[0]: row[1] for row in connection.exec_driver_sql("SELECT id, name FROM servers")}
    direction = " DESC" if query.descending else ""
    columns = {
        SortField.SIZE: f"t.size_bytes{direction}, t.id{direction}",
        SortField.ADDED: f"t.first_seen_at{direction}, t.id{direction}",
    }
    base_order = "t.server_id, t.server_path"
    by_path = f"t.server_id{direction}, t.server_path{direction}"
    order = columns.get(query.sort, by_path)
    absent = ""
    if len(conditions) == 2 and not is_found:
        absent = (
            "SELECT t.id AS id FROM media_files t WHERE t.removed_at IS NOT NULL OR t.server_id NOT IN "
            f"({LIVE_SERVERS})"
        )
    if few is not None and is_found:
        order = f"{few}{direction}, {base_order}"
    return _List(
        source,
        " AND ".join(conditions),
        tuple(parameters),
        order,
        "media_files t",
        by_path if order == by_path and few is None else base_order,
        few=few,
        names=names,
        is_found=is_found,
        absent=absent,
    )
