"""`get_metadata`, `get_children_metadata`, `get_recently_added` and `search`: items of the catalog."""

from typing import Any

from retrovue.api.tautulli.params import Params
from retrovue.api.tautulli.scope import NO_FACE, Scope, thumb
from retrovue.api.tautulli.streams import bare_resolution
from retrovue.core.domain.sharing import SharedItem, SharedUser
from retrovue.core.services.sharing.items import added_last, children_of, files_of, items_with_text

_UNKNOWN = (
    "edition_title slug parent_slug grandparent_slug tagline rating rating_image audience_rating "
    "audience_rating_image user_rating parent_year banner last_viewed_at parent_guid"
).split()
_LISTS = "directors writers actors labels collections markers parent_guids grandparent_guids".split()
_OF_CHILD = (
    "media_type section_id library_name rating_key parent_rating_key grandparent_rating_key title parent_title "
    "grandparent_title original_title sort_title media_index parent_media_index studio content_rating summary tagline "
    "rating rating_image audience_rating audience_rating_image user_rating duration year thumb parent_thumb "
    "grandparent_thumb art banner originally_available_at added_at updated_at last_viewed_at guid directors writers "
    "actors genres labels collections full_title server remote_id"
).split()
_MOST = 1_000


def described(scope: Scope, item: SharedItem | None) -> dict[str, Any]:
    """An item as Tautulli describes one: texts throughout, empty for what is not known."""
    library = scope.library_of(item)
    key, parent, above = scope.keys_of(item)
    of_season = item is not None and item.kind == "season"
    words = {
        "media_type": "" if item is None else item.kind,
        "section_id": _text(scope.section(library)),
        "library_name": "" if library is None else library.name,
        "rating_key": _text(key),
        "parent_rating_key": _text(parent),
        "grandparent_rating_key": _text(above),
        "title": "" if item is None else item.title or (f"Season {item.number}" if of_season else ""),
        "parent_title": "" if item is None else _parent(item),
        "grandparent_title": "" if item is None or of_season else item.show_title,
        "original_title": None if item is None else item.original_title,
        "sort_title": None if item is None else item.sort_title,
        "media_index": None if item is None else item.number,
        "parent_media_index": None if item is None else item.season_number,
        "studio": None if item is None else item.studio,
        "content_rating": None if item is None else item.content_rating,
        "summary": None if item is None else item.summary,
        "duration": None if item is None else item.duration_ms,
        "year": None if item is None else item.year,
        "grandparent_year": None if item is None else item.show_year,
        "thumb": thumb(key),
        "parent_thumb": thumb(parent),
        "grandparent_thumb": thumb(above),
        "art": "",
        "originally_available_at": None if item is None else item.aired,
        "added_at": None if item is None else item.added_at,
        "updated_at": None if item is None else item.updated_at,
        "guid": None if item is None else item.guid,
        "grandparent_guid": None if item is None else item.show_guid,
        "full_title": "" if item is None else _full(item),
    }
    document: dict[str, Any] = dict.fromkeys(_UNKNOWN, "") | {name: _text(value) for name, value in words.items()}
    document |= {name: [] for name in _LISTS}
    return document | {
        "genres": [] if item is None else list(item.genres),
        "guids": [] if item is None else list(item.ids),
        "children_count": 0 if item is None else item.children,
        "live": 0,
        "server": _server(scope, item),
        "remote_id": None if item is None else item.remote_id,
    }


def media_words(file: Any) -> dict[str, Any]:
    """A file, as a row of `media_files`, in texts; empty ones for None."""
    resolution = "" if file is None else bare_resolution(file.resolution)
    return {"video_resolution": resolution} | {
        name: "" if file is None else _text(getattr(file, column))
        for name, column in (
            ("container", "container"),
            ("bitrate", "bitrate_kbps"),
            ("height", "height"),
            ("width", "width"),
            ("video_height", "height"),
            ("video_width", "width"),
            ("video_codec", "video_codec"),
            ("video_full_resolution", "resolution"),
            ("audio_codec", "audio_codec"),
            ("audio_channels", "audio_channels"),
            ("file", "server_path"),
            ("file_size", "size_bytes"),
        )
    }


def people(scope: Scope, person: SharedUser | None, name: str | None = None) -> dict[str, Any]:
    """A person as Tautulli describes one. E-mail addresses are told to nobody."""
    own = name or ("Local" if person is None else person.name)
    server = None if person is None else scope.server_named(person.server_id)
    return {
        "row_id": 0 if person is None else person.id,
        "user_id": 0 if person is None else scope.user_number(person),
        "username": own,
        "friendly_name": own if person is None else person.shown,
        "user_thumb": NO_FACE,
        "email": "",
        "is_active": 1,
        "is_admin": 0,
        "is_home_user": 0,
        "is_allow_sync": 0,
        "is_restricted": 0,
        "do_notify": 1,
        "keep_history": 1,
        "deleted_user": 0,
        "allow_guest": 0,
        "shared_libraries": [],
        "last_seen": None,
        "server": None if server is None else server.name,
        "remote_user_id": None if person is None else person.key,
    }


def get_metadata(scope: Scope, params: Params) -> dict[str, Any]:
    """One item with its files; nothing for an unknown key."""
    item = scope.item(params.number("rating_key", -1))
    if item is None:
        return {}
    document = described(scope, item) | {"media_info": []}
    if item.kind in ("movie", "episode"):
        files = files_of(scope.house.host, item.kind, [item.id]).get(item.id, [])
        document["media_info"] = [_media(file) for file in files]
    return document


def get_children_metadata(scope: Scope, params: Params) -> dict[str, Any]:
    """The seasons of a show, or the episodes of a season.

    Raises:
        CommandError: no `rating_key` is given.
    """
    params.required("rating_key")
    item = scope.item(params.number("rating_key", -1))
    children = [] if item is None else children_of(scope.house.host, item.kind, item.id)
    rows = [{name: described(scope, child)[name] for name in _OF_CHILD} for child in children]
    return {
        "children_count": len(rows),
        "children_type": children[0].kind if children else "",
        "title": "" if item is None else item.title,
        "children_list": rows,
    }


def get_recently_added(scope: Scope, params: Params) -> dict[str, Any]:
    """What was added last.

    Raises:
        CommandError: no `count` is given.
    """
    params.required("count")
    count = max(0, min(params.number("count"), _MOST))
    start = max(0, min(params.number("start"), 100_000))
    kind = params.text("media_type") or None
    section = params.number("section_id", -1)
    chosen = [library.id for library in scope.libraries if section < 0 or scope.section(library) == section]
    if kind not in (None, "movie", "episode", "show"):
        return {"recently_added": []}
    items = added_last(scope.house.host, kind, chosen, limit=start + count)[start:]
    return {"recently_added": [_added(scope, item) for item in items]}


def search(scope: Scope, params: Params) -> dict[str, Any]:
    """Items by title, by kind.

    Raises:
        CommandError: no `query` is given.
    """
    text = params.required("query")
    limit = max(0, min(params.number("limit", 10), _MOST))
    rows: dict[str, list[dict[str, Any]]] = {
        kind: [] for kind in ("movie", "show", "season", "episode", "artist", "album", "track", "collection")
    }
    wanted = {server.id for server in scope.servers}
    for item in items_with_text(scope.house.host, text, limit=limit):
        if item.server_id in wanted:
            rows[item.kind].append(_added(scope, item))
    return {"results_count": sum(map(len, rows.values())), "results_list": rows}


def _server(scope: Scope, item: SharedItem | None) -> str | None:
    server = None if item is None else scope.server_named(item.server_id)
    return None if server is None else server.name


def _added(scope: Scope, item: SharedItem) -> dict[str, Any]:
    document = described(scope, item)
    return document | {"child_count": "", "parent_guid": "", "art": ""}


def _media(file: Any) -> dict[str, Any]:
    return {
        "id": _text(file.id),
        "container": _text(file.container),
        "bitrate": _text(file.bitrate_kbps),
        "height": _text(file.height),
        "width": _text(file.width),
        "aspect_ratio": "",
        "video_codec": _text(file.video_codec),
        "video_resolution": bare_resolution(file.resolution),
        "video_full_resolution": _text(file.resolution),
        "video_framerate": "",
        "video_profile": "",
        "audio_codec": _text(file.audio_codec),
        "audio_channels": _text(file.audio_channels),
        "audio_channel_layout": "",
        "audio_profile": "",
        "optimized_version": 0,
        "channel_call_sign": "",
        "channel_id": "",
        "channel_identifier": "",
        "channel_title": "",
        "channel_thumb": "",
        "channel_vcn": "",
        "protocol": "",
        "begins_at": 0,
        "ends_at": 0,
        "parts": [
            {
                "id": _text(file.id),
                "file": file.server_path,
                "file_size": _text(file.size_bytes),
                "indexes": 0,
                "streams": [],
                "selected": 0,
            }
        ],
    }


def _parent(item: SharedItem) -> str | None:
    if item.kind == "season":
        return item.show_title
    if item.kind != "episode":
        return ""
    return item.season_title or ("" if item.season_number is None else f"Season {item.season_number}")


def _full(item: SharedItem) -> str:
    if item.kind == "episode" and item.show_title:
        return f"{item.show_title} - {item.title}"
    return item.title or (f"Season {item.number}" if item.kind == "season" else "")


def _text(value: object) -> str:
    return "" if value is None else str(value)
