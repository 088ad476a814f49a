"""Who listens to which kind of server."""

from collections.abc import Callable

from retrovue.core.domain.servers import ServerKind
from retrovue.core.sources.base import Connection
from retrovue.core.sources.http.listening import SocketListener


def tells_library_changes(kind: ServerKind, connection: Connection) -> bool:
    """Whether the server tells this account of changes, as far as that is known beforehand."""
    if kind is ServerKind.PLEX:
        return True
    from retrovue.core.sources.mediabrowser.notifications import tells_changes

    return tells_changes(kind, connection)


def folds_changes(kind: ServerKind) -> bool:
    """Whether the server gathers changes before it tells them, so that there is nothing more to wait for."""
    return kind is not ServerKind.PLEX


def listener_for(
    kind: ServerKind,
    connection: Connection,
    *,
    before: Callable[[], None] = lambda: None,
    judge: Callable[[], None] | None = None,
) -> SocketListener:
    """A listener for one server; `before` is called before each opening, `judge` when one is refused: see
    `SocketListener`.

    Raises:
        UnreachableError: the address is none (layer "address").
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
    """A listener for what is played: complete lists from Emby and Jellyfin, single players' states from Plex.

    Raises:
        UnreachableError: the address is none (layer "address").
    """
    if kind is ServerKind.PLEX:
        return listener_for(kind, connection, before=before, judge=judge)
    from retrovue.core.sources.mediabrowser.notifications import mediabrowser_sessions

    return SocketListener(connection, mediabrowser_sessions(kind, connection), before=before, judge=judge)
