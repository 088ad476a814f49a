"""Plex's live notifications: from websocket frames to hints."""

from collections.abc import Sequence
from typing import Any

import msgspec

from retrovue.core.domain.media import ItemKind
from retrovue.core.sources.base import Connection
from retrovue.core.sources.documents import number_of, text_of
from retrovue.core.sources.hints import ItemHint, LibraryHint, PlayingHint, Said
from retrovue.core.sources.http.listening import Dialect
from retrovue.core.sources.plex.decode import children
from retrovue.core.sources.plex.sessions import position_ms_of
from retrovue.core.sources.plex.source import plex_headers

_PATH = "/:/websockets/notifications"
_LIBRARY = "com.plexapp.plugins.library"
_DONE, _DELETED = 5, 9
_KINDS = {1: ItemKind.MOVIE, 2: ItemKind.SHOW, 4: ItemKind.EPISODE}
_SEASON, _UNKNOWN = 3, -1


def plex_notifications(connection: Connection) -> Dialect:
    """Return the websocket conventions of Plex. The token is sent as a header."""
    headers = plex_headers(connection)
    headers.pop("Accept")
    return Dialect(_PATH, headers, parse_frame)


def parse_frame(text: str | bytes) -> Sequence[Said]:
    """Return the hints of one frame; an empty list for other or unreadable frames.

    Frames are wrapped in `NotificationContainer` or bare, with named lists or, from old servers, `_children`.
    """
    try:
        document = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
    container = document.get("NotificationContainer", document) if isinstance(document, dict) else None
    if not isinstance(container, dict):
        return []
    match container.get("type"):
        case "playing":
            playing = map(_playing, _entries(container, "PlaySessionStateNotification"))
            return [hint for hint in playing if hint is not None]
        case "timeline":
            timeline = map(_timeline, _entries(container, "TimelineEntry"))
            return [hint for hint in timeline if hint is not None]
    return []


def _entries(container: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = children(container, name) or children(container, "_children")
    return [entry for entry in found if isinstance(entry, dict)]


def _playing(entry: dict[str, Any]) -> PlayingHint | None:
    session_key, state = text_of(entry.get("sessionKey")), text_of(entry.get("state"))
    if session_key is None or state is None:
        return None
    return PlayingHint(
        session_key,
        state,
        text_of(entry.get("ratingKey")),
        position_ms_of(entry),
        text_of(entry.get("clientIdentifier")),
        text_of(entry.get("transcodeSession")),
    )


def _timeline(entry: dict[str, Any]) -> ItemHint | LibraryHint | None:
    remote_id = text_of(entry.get("itemID"))
    # The program guide and playlists use the same channel. Items "0" and words are theirs.
    if entry.get("identifier") != _LIBRARY or remote_id is None or not remote_id.isdecimal() or remote_id == "0":
        return None
    state, number = number_of(entry.get("state")), number_of(entry.get("type"))
    removed = state == _DELETED or entry.get("metadataState") == "deleted" or number == _UNKNOWN
    if not removed and state != _DONE:
        # Before the state "done" an item is incomplete.
        return None
    library_id = text_of(entry.get("sectionID"))
    if number == _SEASON:
        # Seasons are read with their episodes, which are announced as well. A deleted season can delete them silently.
        return LibraryHint(library_id, removed=True) if removed else None
    if number is not None and number != _UNKNOWN and number not in _KINDS:
        # Music, photos and collections are not imported.
        return None
    return ItemHint(remote_id, library_id, removed, _KINDS.get(number) if number is not None else None)
