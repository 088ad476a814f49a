"""The libraries: `get_libraries`, `get_library`, `get_library_names`, their table and their media."""

from typing import Any

from retrovue.api.tautulli.params import CommandError, Params
from retrovue.api.tautulli.plays import media_type, sittings, table, words_of
from retrovue.api.tautulli.scope import Scope, thumb
from retrovue.api.tautulli.streams import bare_resolution
from retrovue.core.domain.servers import Library, LibraryKind
from retrovue.core.domain.sharing import SharedItem, ShareFilter, Sitting
from retrovue.core.services.sharing.items import (
    children_of,
    counts_of_library,
    files_of,
    items_of_library,
    items_of_plays,
)
from retrovue.core.services.sharing.plays import sittings_in

_AGENTS = {"movie": "tv.plex.agents.movie", "show": "tv.plex.agents.series"}
_MEDIA_COLUMNS = frozenset(
    "added_at sort_title container bitrate video_codec video_resolution video_framerate audio_codec audio_channels "
    "file_size last_played play_count title year".split()
)
_TABLE_COLUMNS = frozenset(
    "section_name section_type count parent_count child_count last_accessed last_played plays duration".split()
)


def get_libraries(scope: Scope, _params: Params) -> list[dict[str, Any]]:
    """Every library that has been imported."""
    return [_listed(scope, library) for library in _told(scope)]


def get_library_names(scope: Scope, _params: Params) -> list[dict[str, Any]]:
    """Numbers and names of the libraries."""
    return [
        {
            "section_id": scope.section(library),
            "section_name": library.name,
            "section_type": kind_of(library),
            "agent": _AGENTS[kind_of(library)],
            **_where(scope, library),
        }
        for library in _told(scope)
    ]


def get_library(scope: Scope, params: Params) -> dict[str, Any]:
    """One library; one called "Local" for an unknown number.

    Raises:
        CommandError: no `section_id` is given.
    """
    params.required("section_id")
    library = scope.library(params.number("section_id", -1))
    if library is None:
        return _shape(0, "", 0, "Local", "") | {
            "library_thumb": "interfaces/default/images/cover.png",
            "count": 0,
            "parent_count": 0,
            "child_count": 0,
            "do_notify": 0,
            "do_notify_created": 0,
        }
    server = scope.server_named(library.server_id)
    document = _shape(
        library.id,
        "" if server is None else server.machine_identifier,
        scope.section(library),
        library.name,
        kind_of(library),
    )
    document |= _counts(scope, library) | _where(scope, library)
    if params.flag("include_last_accessed"):
        newest = sittings_in(scope.house.host, ShareFilter(library_ids=(library.id,)), grouped=False, limit=1)
        document["last_accessed"] = newest[0].started_at if newest else None
    return document


def get_libraries_table(scope: Scope, params: Params) -> dict[str, Any]:
    """Libraries with what was played last, paged."""
    rows = [_row(scope, params, library) for library in _told(scope)]
    text = params.text("search").casefold()
    found = [row for row in rows if text in row["section_name"].casefold()]
    return table(params, found, len(rows), columns=_TABLE_COLUMNS, default="section_name")


def get_library_media_info(scope: Scope, params: Params) -> dict[str, Any]:
    """The movies or shows of a library, or what is below a show or season, with files and plays.

    Raises:
        CommandError: neither `section_id` nor `rating_key` is given.
    """
    if not params.text("section_id") and not params.text("rating_key"):
        raise CommandError
    host = scope.house.host
    parent = scope.item(params.number("rating_key", -1)) if params.text("rating_key") else None
    library = scope.library_of(parent) if parent is not None else scope.library(params.number("section_id", -1))
    if library is None:
        empty = table(params, [], 0)
        return empty | {"filtered_file_size": 0, "total_file_size": 0, "last_refreshed": None}
    if parent is not None:
        everything = children_of(host, parent.kind, parent.id)
    else:
        everything = items_of_library(host, kind_of(library), library.id)
    plays = _plays_by_item(scope, params, library, everything)
    rows = _media_rows(scope, library, everything, plays)
    text = params.text("search").casefold()
    found = [row for row in rows if text in row["title"].casefold()]
    answer = table(params, found, len(rows), columns=_MEDIA_COLUMNS, default="added_at")
    last = library.last_sync_at
    return answer | {
        "filtered_file_size": sum(_size(row) for row in found),
        "total_file_size": sum(_size(row) for row in rows),
        "last_refreshed": None if last is None else int(last.timestamp()),
    }


def kind_of(library: Library) -> str:
    """What a library is there: a library of both kinds counts as movies."""
    return "show" if library.kind is LibraryKind.SHOWS else "movie"


def _told(scope: Scope) -> list[Library]:
    return [
        library
        for library in scope.libraries
        if library.kind in (LibraryKind.MOVIES, LibraryKind.SHOWS, LibraryKind.MIXED)
    ]


def _counts(scope: Scope, library: Library) -> dict[str, Any]:
    movies, shows, seasons, episodes = counts_of_library(scope.house.host, library.id)
    if kind_of(library) == "show":
        return {"count": shows, "parent_count": seasons, "child_count": episodes}
    return {"count": movies, "parent_count": None, "child_count": None}


def _listed(scope: Scope, library: Library) -> dict[str, Any]:
    kind = kind_of(library)
    counts = {name: str(value) for name, value in _counts(scope, library).items() if value is not None}
    return {
        "section_id": str(scope.section(library)),
        "section_name": library.name,
        "section_type": kind,
        "agent": _AGENTS[kind],
        "thumb": f"/:/resources/{kind}.png",
        "art": "",
        **counts,
        "is_active": int(library.is_enabled),
        **_where(scope, library),
    }


def _where(scope: Scope, library: Library) -> dict[str, Any]:
    """Return what the server itself calls a library, beside our number."""
    server = scope.server_named(library.server_id)
    return {"server": "" if server is None else server.name, "remote_id": library.remote_id}


def _shape(row_id: int, server: str, section: int | None, name: str, kind: str) -> dict[str, Any]:
    return {
        "row_id": row_id,
        "server_id": server,
        "section_id": section,
        "section_name": name,
        "section_type": kind,
        "library_thumb": f"/:/resources/{kind}.png",
        "library_art": "",
        "is_active": 1,
        "do_notify": 1,
        "do_notify_created": 1,
        "keep_history": 1,
        "deleted_section": 0,
        "last_accessed": None,
    }


def _row(scope: Scope, params: Params, library: Library) -> dict[str, Any]:
    group = sittings(scope, params, ShareFilter(library_ids=(library.id,)))
    server = scope.server_named(library.server_id)
    names = (
        "history_row_id last_played rating_key media_type thumb parent_title year media_index parent_media_index "
        "content_rating live originally_available_at guid"
    ).split()
    last: dict[str, Any] = dict.fromkeys(names) | {"labels": []}
    if group:
        play = group[0].last
        item = items_of_plays(scope.house.host, [play]).get((play.server_id or 0, play.remote_id or ""))
        key = scope.keys_of(item, play)[0]
        last |= {
            "history_row_id": play.id,
            "last_played": words_of(play),
            "rating_key": key,
            "media_type": media_type(play),
            "thumb": thumb(key),
            "parent_title": (item.season_title if item is not None else None) or "",
            "year": play.year,
            "media_index": play.episode,
            "parent_media_index": play.season,
            "content_rating": (item.content_rating if item is not None else None) or "",
            "live": int(play.is_live),
            "originally_available_at": play.aired or "",
            "guid": play.guid or "",
        }
    return {
        "row_id": library.id,
        "server_id": "" if server is None else server.machine_identifier,
        "section_id": scope.section(library),
        "section_name": library.name,
        "section_type": kind_of(library),
        **_counts(scope, library),
        "library_thumb": f"/:/resources/{kind_of(library)}.png",
        "library_art": "",
        "plays": len(group),
        "duration": sum(each.play_s for each in group),
        "last_accessed": group[0].last.started_at if group else None,
        **last,
        "do_notify": 1,
        "do_notify_created": 1,
        "keep_history": 1,
        "is_active": int(library.is_enabled),
    }


def _plays_by_item(
    scope: Scope, params: Params, library: Library, rows: list[SharedItem]
) -> dict[tuple[str, int], list[Sitting]]:
    """Sittings by the listed item that they are of, or that is above what was played."""
    group = sittings(scope, params, ShareFilter(library_ids=(library.id,)))
    items = items_of_plays(scope.house.host, (each.last for each in group))
    wanted = {(row.kind, row.id) for row in rows}
    found: dict[tuple[str, int], list[Sitting]] = {}
    for sitting in group:
        item = items.get((sitting.last.server_id or 0, sitting.last.remote_id or ""))
        if item is None:
            continue
        for place in ((item.kind, item.id), ("season", item.season_id), ("show", item.show_id)):
            if place[1] is not None and place in wanted:
                found.setdefault((place[0], place[1]), []).append(sitting)
    return found


def _media_rows(
    scope: Scope, library: Library, items: list[SharedItem], plays: dict[tuple[str, int], list[Sitting]]
) -> list[dict[str, Any]]:
    host = scope.house.host
    kind = items[0].kind if items else "movie"
    files = files_of(host, kind, [item.id for item in items]) if kind in ("movie", "episode") else {}
    rows = []
    for item in items:
        file = next(iter(files.get(item.id, [])), None)
        key, parent, above = scope.keys_of(item)
        group = plays.get((item.kind, item.id), [])
        rows.append(
            {
                "section_id": scope.section(library),
                "section_type": kind_of(library),
                "added_at": _text(item.added_at),
                "media_type": item.kind,
                "rating_key": _text(key),
                "parent_rating_key": _text(parent),
                "grandparent_rating_key": _text(above),
                "title": item.title or (f"Season {item.number}" if item.kind == "season" else ""),
                "sort_title": item.sort_title or item.title,
                "year": _text(item.year),
                "media_index": _text(item.number),
                "parent_media_index": _text(item.season_number),
                "thumb": thumb(key),
                "container": "" if file is None else _text(file.container),
                "bitrate": "" if file is None else _text(file.bitrate_kbps),
                "video_codec": "" if file is None else _text(file.video_codec),
                "video_resolution": "" if file is None else bare_resolution(file.resolution),
                "video_framerate": "",
                "audio_codec": "" if file is None else _text(file.audio_codec),
                "audio_channels": "" if file is None else _text(file.audio_channels),
                "file_size": "" if file is None else _text(sum(each.size_bytes or 0 for each in files[item.id])),
                "last_played": group[0].last.started_at if group else None,
                "play_count": len(group) if group else None,
            }
        )
    return rows


def _size(row: dict[str, Any]) -> int:
    return int(row["file_size"] or 0)


def _text(value: object) -> str:
    return "" if value is None else str(value)
