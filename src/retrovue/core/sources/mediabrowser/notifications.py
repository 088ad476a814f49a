"""Live notifications of Emby and Jellyfin: frames of the websocket become hints.

Both gather changes before they tell them, Jellyfin until nothing changed for 30 s: waiting for more brings nothing.
They tell them to people: a socket that was opened with an API key gets none on Jellyfin; on Emby this is not known.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from retrovue.core.domain.servers import ServerKind
from retrovue.core.sources.base import Connection
from retrovue.core.sources.documents import number_of, text_of
from retrovue.core.sources.hints import ItemHint, LibraryHint, Said, SessionsHint, WatchedHint
from retrovue.core.sources.http.listening import Dialect
from retrovue.core.sources.mediabrowser.headers import mediabrowser_headers
from retrovue.core.sources.mediabrowser.sessions import remote_sessions

_SUBSCRIBE = '{"MessageType":"SessionsStart","Data":"0,1500"}'
_KEEP_ALIVE = '{"MessageType":"KeepAlive"}'
_CHANGED, _REMOVED = ("ItemsAdded", "ItemsUpdated"), ("ItemsRemoved",)
_SHORTEST_BEAT_S = 1.0


def mediabrowser_notifications(kind: ServerKind, connection: Connection) -> Dialect:
    """Where the server notifies, and how.

    The token goes into the headers, which proxies and servers do not log. Jellyfin takes it there; whether every Emby
    does is not known, so that one is asked again with the token in the address where it refuses the headers.
    """
    path = "/embywebsocket" if kind is ServerKind.EMBY else "/socket"
    headers = mediabrowser_headers(kind, connection)
    headers.pop("Accept")
    device = ("deviceId", connection.client_id)
    parse = partial(parse_frame, user_id=connection.user_id)
    dialect = Dialect(path, headers, parse, query=(device,), beat=_KEEP_ALIVE, beat_of=beat_of)
    if kind is not ServerKind.EMBY:
        return dialect
    in_address = replace(dialect, query=(("api_key", connection.token or ""), device))
    return replace(dialect, otherwise=in_address)


def mediabrowser_sessions(kind: ServerKind, connection: Connection) -> Dialect:
    """Where the server tells who plays what: to people and to API keys, after one word from the client.

    Jellyfin sends its whole list 2 to 40 ms after every start, report, pause and stop (a running 12.0); Emby repeats it
    every second and a half, and in one case ignored the word right after the opening (a live 4.9.5), so that it
    hears it again in place of the sign of life.
    """
    told = {"parse": parse_sessions, "greeting": _SUBSCRIBE}
    if kind is ServerKind.EMBY:
        told["beat"] = _SUBSCRIBE
    dialect = replace(mediabrowser_notifications(kind, connection), **told)  # type: ignore[arg-type]
    otherwise = dialect.otherwise
    return dialect if otherwise is None else replace(dialect, otherwise=replace(otherwise, **told))  # type: ignore[arg-type]


def parse_sessions(text: str | bytes) -> Sequence[Said]:
    """The list of a `Sessions` frame; nothing for every other frame, and for what is no list."""
    kind, data = _message(text)
    return [SessionsHint(tuple(remote_sessions(data)))] if kind == "Sessions" and isinstance(data, list) else []


def tells_changes(kind: ServerKind, connection: Connection) -> bool:
    """Whether this account is told of changes at all: Jellyfin tells them to people, never to API keys."""
    return kind is not ServerKind.JELLYFIN or connection.user_id is not None


def beat_of(frame: bytes) -> float | None:
    """How often the server wants to hear from us, s; None for every frame that does not say.

    It drops who was silent for the number of seconds that it says.
    """
    kind, data = _message(frame)
    limit_s = number_of(data) if kind == "ForceKeepAlive" else None
    return None if limit_s is None else max(_SHORTEST_BEAT_S, limit_s / 2)


def parse_frame(text: str | bytes, *, user_id: str | None = None) -> Sequence[Said]:
    """The hints of one frame; an empty list for every other kind of frame, and for what cannot be read.

    `user_id`: whose watching counts.
    """
    kind, data = _message(text)
    if kind == "UserDataChanged" and isinstance(data, dict):
        return _watched(data, user_id)
    if kind != "LibraryChanged" or not isinstance(data, dict):
        return []
    libraries = _ids(data, ("CollectionFolders",))
    # With several libraries nothing says which item is in which.
    library_id = libraries[0] if len(libraries) == 1 else None
    removed = dict.fromkeys(_ids(data, _REMOVED))
    hints: list[Said] = [ItemHint(each, library_id) for each in _ids(data, _CHANGED) if each not in removed]
    hints += [ItemHint(each, library_id, removed=True) for each in removed]
    if not hints:
        gone = bool(_ids(data, ("FoldersRemovedFrom",)))
        hints += [LibraryHint(each, gone) for each in libraries]
        if gone and not libraries:
            hints.append(LibraryHint(None, removed=True))
    return hints


def _watched(data: dict[str, Any], user_id: str | None) -> list[Said]:
    """What somebody watched (recorded from Jellyfin 12: half a second after a start, a stop, and each mark)."""
    account = text_of(data.get("UserId"))
    if account is None or user_id is None or account.replace("-", "").lower() != user_id.replace("-", "").lower():
        return []
    rows = data.get("UserDataList")
    found = [text_of(row.get("ItemId")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [WatchedHint(each) for each in dict.fromkeys(found) if each is not None]


def _message(text: str | bytes) -> tuple[str | None, Any]:
    try:
        document = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None, None
    if not isinstance(document, dict):
        return None, None
    return text_of(document.get("MessageType")), document.get("Data")


def _ids(data: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    found: dict[str, None] = {}
    for name in names:
        listed = data.get(name)
        for each in listed if isinstance(listed, list) else ():
            if (text := text_of(each)) is not None:
                found[text] = None
    return list(found)
