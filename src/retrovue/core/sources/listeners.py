"""The listeners of each server type."""

from collections.abc import Callable

from retrovue.core.domain.servers import ServerKind
from retrovue.core.sources.base import Connection
from retrovue.core.sources.http.listening import SocketListener


def tells_library_changes(kind: ServerKind, connection: Connection) -> bool:
    """Return whether the server sends changes to this account, if that is known in advance."""
    if kind is ServerKind.PLEX:
        return True
    from retrovue.core.sources.mediabrowser.notifications import tells_changes

    return tells_changes(kind, connection)


def folds_changes(kind: ServerKind) -> bool:
    """Return whether the server collects changes before it sends them, so that the client need not wait."""
    return kind is not ServerKind.PLEX


def listener_for(
    kind: ServerKind,
    connection: Connection,
    *,
    before: Callable[[], None] = lambda: None,
    judge: Callable[[], None] | None = None,
) -> SocketListener:
    """Return a listener for one server. For `before` and `judge` see `SocketListener`.

    Raises:
        UnreachableError: the address is invalid (layer "address").
    """
    if kind is ServerKind.PLEX:
        from retrovue.core.sources.plex.notifications import plex_notifications

        return SocketListener(connection, plex_notifications(connection), before=before, judge=judge)
    from retrovue.core.sources.mediabrowser.notifications import mediabrowser_notifications

    return SocketListener(connection, mediabrowser_notifications(kind, connection), before=before, judge=judge)


def play_listener_for(
    kind: ServerKind,
    connection: Connection,
    *,
    before: Callable[[], None] = lambda: None,
    judge: Callable[[], None] | None = None,
) -> SocketListener:
    """Return a listener for playback: complete lists from Emby and Jellyfin, states of single players from Plex.

    Raises:
        UnreachableError: the address is invalid (layer "address").
    """
    if kind is ServerKind.PLEX:
        return listener_for(kind, connection, before=before, judge=judge)
    from retrovue.core.sources.mediabrowser.notifications import mediabrowser_sessions

    return SocketListener(connection, mediabrowser_sessions(kind, connection), before=before, judge=judge)
