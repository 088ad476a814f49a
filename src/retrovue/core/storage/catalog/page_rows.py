"""The rows of one page of a list: items, groups of items, files."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from retrovue.core.domain.browse import FileRow, ItemCopy, ItemRow, Watch
from retrovue.core.domain.media import FileState, ItemKind
from retrovue.core.domain.titles import episode_code, episode_title
from retrovue.core.storage.catalog import watched
from retrovue.core.storage.catalog.groups import Member, members_of
from retrovue.core.storage.catalog.joining import FILE_KEY
from retrovue.core.storage.catalog.reading import marks_for
from retrovue.core.storage.database import computer_of
from retrovue.core.storage.files import looked_at
from retrovue.core.storage.places import OF_PLACE, STATE, joined
from retrovue.core.storage.tables import episodes, media_links, movies, shows
from retrovue.core.storage.times import to_datetime


def item_rows(
    connection: Connection, kind: ItemKind, ids: Sequence[int], *, without_states: Container[int] = ()
) -> dict[int, ItemRow]:
    """Rows by id, each for itself; the states of some files can be left out, which cost most of it."""
    rows: dict[int, ItemRow] = {}
    for start in range(0, len(ids), 500):
        chunk = tuple(ids[start : start + 500])
        marks = marks_for(chunk)
        wanted = tuple(item_id for item_id in chunk if item_id not in without_states)
        states = _states(connection, kind, wanted, marks_for(wanted)) if wanted else {}
        watches = watched.of_items(connection, kind, chunk)
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
                is_shared=not row["is_owner"],
                aired=row["originally_available_at"] if kind is ItemKind.EPISODE else None,
                watch=watches.get(item_id, _UNWATCHED),
            )
    return rows


_UNWATCHED = Watch()
_COMMON = (
    "t.id, t.title, t.year, s.name AS server, s.kind AS server_kind, l.name AS library, t.size_bytes, "
    "t.duration_ms, t.artwork, t.originally_available_at, l.server_id, t.library_id, t.trashed_at, s.is_owner, "
)
_JOINS = " JOIN libraries l ON l.id = t.library_id JOIN servers s ON s.id = l.server_id "
_BEST = (
    "(SELECT f.resolution FROM media_links k JOIN media_files f ON f.id = k.media_file_id WHERE k.{kind}_id = t.id "
    "ORDER BY f.height DESC NULLS LAST, k.version_index LIMIT 1) AS resolution, "
    "(SELECT count(DISTINCT k.version_index) FROM media_links k WHERE k.{kind}_id = t.id) AS versions, "
)
_ROWS = {
    ItemKind.SHOW: (
        f"SELECT {_COMMON} NULL AS resolution, 0 AS versions, NULL AS show_id, NULL AS show_title, "
        "NULL AS season_number, NULL AS episode_number, NULL AS episode_number_end, t.total_seasons, "
        "t.total_episodes, w.watched, w.added_at "
        f"FROM shows t {_JOINS} LEFT JOIN (SELECT e.show_id, "
        "count(CASE WHEN e.view_count > 0 THEN 1 END) AS watched, max(e.added_at) AS added_at "
        "FROM episodes e WHERE e.show_id IN ({marks}) AND e.removed_at IS NULL "
        "GROUP BY e.show_id) w ON w.show_id = t.id WHERE t.id IN ({marks})"
    ),
    ItemKind.MOVIE: (
        f"SELECT {_COMMON} {_BEST.format(kind='movie')} NULL AS show_id, NULL AS show_title, "
        "NULL AS season_number, NULL AS episode_number, NULL AS episode_number_end, 0 AS total_seasons, "
        "0 AS total_episodes, CASE WHEN t.view_count > 0 THEN 1 ELSE 0 END AS watched, t.added_at "
        f"FROM movies t {_JOINS} WHERE t.id IN ({{marks}})"
    ),
    ItemKind.EPISODE: (
        f"SELECT {_COMMON} {_BEST.format(kind='episode')} t.show_id, h.title AS show_title, "
        "t.season_number, t.episode_number, t.episode_number_end, 0 AS total_seasons, "
        "0 AS total_episodes, CASE WHEN t.view_count > 0 THEN 1 ELSE 0 END AS watched, t.added_at "
        f"FROM episodes t JOIN shows h ON h.id = t.show_id {_JOINS} WHERE t.id IN ({{marks}})"
    ),
}


def _states(connection: Connection, kind: ItemKind, ids: Sequence[int], marks: str) -> dict[int, dict[FileState, int]]:
    places = joined(connection)
    if kind is ItemKind.SHOW:
        sql = (
            f"SELECT e.show_id, {STATE}, count(DISTINCT f.id) FROM episodes e "
            f"JOIN media_links k ON k.episode_id = e.id JOIN media_files f ON f.id = k.media_file_id {places} "
            f"WHERE e.show_id IN ({marks}) AND e.removed_at IS NULL GROUP BY e.show_id, {STATE}"
        )
    else:
        sql = (
            f"SELECT k.{kind.value}_id, {STATE}, count(*) FROM media_links k "
            f"JOIN media_files f ON f.id = k.media_file_id {places} WHERE k.{kind.value}_id IN ({marks}) "
            f"GROUP BY k.{kind.value}_id, {STATE}"
        )
    found: dict[int, dict[FileState, int]] = {}
    for item_id, state, count in connection.exec_driver_sql(sql, tuple(ids)):
        found.setdefault(item_id, {})[FileState(state)] = count
    return found


def grouped_rows(connection: Connection, kind: ItemKind, ids: Sequence[int]) -> dict[int, ItemRow]:
    """Rows by id, each for all items that are the same."""
    members = members_of(connection, kind, ids)
    every = dict.fromkeys([*ids, *(member.item_id for group in members.values() for member in group)])
    grouped = {member.item_id for group in members.values() for member in group}
    rows = item_rows(connection, kind, list(every), without_states=grouped)
    states = _group_states(connection, kind, members, rows)
    counts = _group_counts(connection, list(members)) if kind is ItemKind.SHOW else {}
    found = {item_id: rows[item_id] for item_id in ids if item_id in rows}
    for item_id, group in members.items():
        own = [rows[member.item_id] for member in group if member.item_id in rows]
        if item_id not in rows or len(own) < 2:
            continue
        row = rows[item_id]
        seasons, episodes, seen = counts.get(item_id, (row.seasons, row.episodes, max(one.watched for one in own)))
        found[item_id] = replace(
            row,
            size_bytes=group[0].group_bytes,
            states=states.get(item_id, row.states),
            added_at=max((one.added_at for one in own if one.added_at is not None), default=None),
            resolution=max((one.resolution for one in own if one.resolution), key=_lines, default=None),
            artwork=row.artwork,
            seasons=seasons,
            episodes=episodes,
            watched=seen,
            versions=sum(one.versions for one in own),
            trashed=all(one.trashed for one in own),
            watch=watched.together([one.watch for one in own]),
            copies=tuple(
                ItemCopy(one.id, one.server_id, one.server, one.server_kind, one.library, one.is_shared) for one in own
            ),
        )
    return found


def _lines(resolution: str) -> int:
    """How fine a resolution is that servers write as 1080p, 4K or sd."""
    digits = "".join(filter(str.isdigit, resolution))
    return 2160 if resolution.lower() == "4k" else int(digits or 0)


_OF_GROUP = (
    "FROM item_groups a CROSS JOIN item_groups g INDEXED BY ix_item_groups_group_id "
    "ON g.kind = a.kind AND g.group_id = a.group_id "
    "CROSS JOIN {source} WHERE a.kind = '{kind}' AND a.item_id IN ({marks})"
)


def _group_states(
    connection: Connection, kind: ItemKind, members: Mapping[int, Sequence[Member]], rows: Mapping[int, ItemRow]
) -> dict[int, dict[FileState, int]]:
    """Of each group the states of its files, each local file once.

    Files of somebody else's server say nothing of this computer where there are copies of one's own.
    """
    ids = list(members)
    shared = sorted({row.server_id for row in rows.values() if row.is_shared})
    own = {item_id for item_id in ids if not rows[item_id].is_shared} if shared else set()
    of_others = f"AND NOT (f.server_id IN ({', '.join(map(str, shared))}) AND a.item_id IN"
    links = f"media_links k ON k.{{item}} CROSS JOIN media_files f ON f.id = k.media_file_id {joined(connection)}"
    source = links.format(item=f"{kind.value}_id = g.item_id")
    if kind is ItemKind.SHOW:
        of_episode = links.format(item="episode_id = e.id")
        source = f"episodes e ON e.show_id = g.item_id AND e.removed_at IS NULL CROSS JOIN {of_episode}"
    found: dict[int, dict[FileState, int]] = {}
    for start in range(0, len(ids), 500):
        chunk = tuple(ids[start : start + 500])
        of_group = _OF_GROUP.format(source=source, kind=kind.value, marks=marks_for(chunk))
        theirs = [str(n) for n in chunk if n in own]
        left_out = f"{of_others} ({', '.join(theirs)})) " if theirs else ""
        sql = (
            f"SELECT id, state, count(*) FROM (SELECT a.item_id AS id, min({STATE}) AS state {of_group} "
            f"{left_out}GROUP BY a.item_id, {FILE_KEY}) AS once GROUP BY id, state"
        )
        for item_id, state, count in connection.exec_driver_sql(sql, chunk):
            found.setdefault(item_id, {})[FileState(state)] = count
    return found


def _group_counts(connection: Connection, ids: Sequence[int]) -> Mapping[int, tuple[int, int, int]]:
    """Of each group of shows its seasons, episodes and watched episodes, each once."""
    found: dict[int, tuple[int, int, int]] = {}
    source = (
        "episodes e ON e.show_id = g.item_id AND e.removed_at IS NULL "
        "LEFT JOIN item_groups n ON n.kind = 'episode' AND n.item_id = e.id"
    )
    for start in range(0, len(ids), 500):
        chunk = tuple(ids[start : start + 500])
        sql = (
            "SELECT a.item_id, count(DISTINCT e.season_number), count(DISTINCT coalesce(n.group_id, e.id)), "
            "count(DISTINCT CASE WHEN e.view_count > 0 THEN coalesce(n.group_id, e.id) END) "
            f"{_OF_GROUP.format(source=source, kind='show', marks=marks_for(chunk))} GROUP BY a.item_id"
        )
        found.update({row[0]: (row[1], row[2], row[3]) for row in connection.exec_driver_sql(sql, chunk)})
    return found


def file_rows(connection: Connection, ids: Sequence[int]) -> dict[int, FileRow]:
    """File rows by id."""
    rows: dict[int, FileRow] = {}
    for start in range(0, len(ids), 500):
        chunk = tuple(ids[start : start + 500])
        titles = _titles_of_files(connection, chunk)
        sql = (
            f"SELECT f.*, {OF_PLACE}, {looked_at(computer_of(connection))} AS looked_at, s.name AS server, "
            f"s.kind AS server_kind FROM media_files f {joined(connection)} "
            f"JOIN servers s ON s.id = f.server_id WHERE f.id IN ({marks_for(chunk)})"
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
                items=", ".join(titles.get(row["id"], ())),
                map_reason=row["map_reason"],
                checked_at=to_datetime(row["looked_at"]),
                server_id=row["server_id"],
            )
    return rows


def _titles_of_files(connection: Connection, file_ids: Sequence[int]) -> dict[int, list[str]]:
    """What each file contains: the movie, or the show with the number of each episode."""
    m, e, h, k = movies.alias("m"), episodes.alias("e"), shows.alias("h"), media_links.alias("k")
    query = (
        select(
            k.c.media_file_id, m.c.title, h.c.title, e.c.season_number, e.c.episode_number, e.c.episode_number_end,
            e.c.originally_available_at,
        )
        .select_from(k)
        .outerjoin(m, m.c.id == k.c.movie_id)
        .outerjoin(e, e.c.id == k.c.episode_id)
        .outerjoin(h, h.c.id == e.c.show_id)
        .where(k.c.media_file_id.in_(file_ids))
        .order_by(
            k.c.media_file_id, e.c.season_number.nulls_first(), e.c.episode_number.nulls_first(), k.c.id
        )
    )  # fmt: skip
    found: dict[int, list[str]] = {}
    for file_id, movie, show, *number in connection.execute(query):
        found.setdefault(file_id, []).append(movie or episode_title(show, episode_code(*number)))
    return found
