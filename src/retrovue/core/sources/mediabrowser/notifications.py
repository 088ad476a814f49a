"""Live notifications of Emby and Jellyfin: from websocket frames to hints.

Both collect changes before they send them, Jellyfin until nothing changed for 30 s, so the client need not wait. They
send them to users: a websocket with an API key gets none on Jellyfin. On Emby this is unknown.
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
from retrovue.core.sources.session_memory import SessionMemory

_SUBSCRIBE = '{"MessageType":"SessionsStart","Data":"0,1500"}'
_KEEP_ALIVE = '{"MessageType":"KeepAlive"}'
_CHANGED, _REMOVED = ("ItemsAdded", "ItemsUpdated"), ("ItemsRemoved",)
_SHORTEST_BEAT_S = 1.0
_LONGEST_BEAT = 1_024
"""Bytes. A keep-alive frame has a number and an id; longer ones are something else."""


def mediabrowser_notifications(kind: ServerKind, connection: Connection) -> Dialect:
    """Return the websocket conventions for changes.

    The token is in the headers, which proxies and servers do not log. Jellyfin accepts that. Not every Emby might, so
    after a refusal the token is sent in the address.
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
    """Return the websocket conventions for sessions, which users and API keys get after one frame of the client.

    Jellyfin sends its whole list 2 to 40 ms after every start, report, pause and stop (measured on 12.0). Emby
    repeats it every 1.5 s. A 4.9.5 once ignored the frame right after the opening, so it is sent again as keep-alive.
    """
    told = {"parse": partial(parse_sessions, memory=SessionMemory()), "greeting": _SUBSCRIBE}
    if kind is ServerKind.EMBY:
        told["beat"] = _SUBSCRIBE
    dialect = replace(mediabrowser_notifications(kind, connection), **told)  # type: ignore[arg-type]
    otherwise = dialect.otherwise
    return dialect if otherwise is None else replace(dialect, otherwise=replace(otherwise, **told))  # type: ignore[arg-type]


def parse_sessions(text: str | bytes, *, memory: SessionMemory | None = None) -> Sequence[Said]:
    """Return the list of a `Sessions` frame; nothing for other frames and without a list.

    Args:
        memory: has the list of the frame before.
    """
    kind, data = _message(text)
    return [SessionsHint(tuple(remote_sessions(data, memory)))] if kind == "Sessions" and isinstance(data, list) else []


def tells_changes(kind: ServerKind, connection: Connection) -> bool:
    """Return whether this account gets changes: Jellyfin sends them to users, never to API keys."""
    return kind is not ServerKind.JELLYFIN or connection.user_id is not None


def beat_of(frame: bytes) -> float | None:
    """Return the keep-alive interval of a frame in seconds; None for other frames.

    The frame has the number of seconds after which the server drops an idle client.
    """
    if len(frame) > _LONGEST_BEAT:
        # Lists of sessions come every second, and are decoded once already.
        return None
    kind, data = _message(frame)
    limit_s = number_of(data) if kind == "ForceKeepAlive" else None
    return None if limit_s is None else max(_SHORTEST_BEAT_S, limit_s / 2)


def parse_frame(text: str | bytes, *, user_id: str | None = None) -> Sequence[Said]:
    """Return the hints of one frame; an empty list for other or unreadable frames.

    `user_id`: the user whose watch state counts.
    """
    kind, data = _message(text)
    if kind == "UserDataChanged" and isinstance(data, dict):
        return _watched(data, user_id)
    if kind != "LibraryChanged" or not isinstance(data, dict):
        return []
    libraries = _ids(data, ("CollectionFolders",))
    # With several libraries the frame does not say which item is in which.
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
    """Return the watched items of a frame. Jellyfin 12 sends it 0.5 s after a start, a stop and each mark."""
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
