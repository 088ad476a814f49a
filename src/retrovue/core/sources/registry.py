"""Which class speaks to which kind of server."""

from collections.abc import Callable

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.sources.base import Connection, MediaSource

Factory = Callable[[Connection, CancelToken | None], MediaSource]


def _plex(connection: Connection, token: CancelToken | None) -> MediaSource:
    # Imported when needed: the command line must not pay for requests when it only lists what is stored.
    from retrovue.core.sources.plex.source import PlexSource

    return PlexSource(connection, cancel=token)


def _emby(connection: Connection, token: CancelToken | None) -> MediaSource:
    from retrovue.core.sources.emby.source import EmbySource

    return EmbySource(connection, cancel=token)


def _jellyfin(connection: Connection, token: CancelToken | None) -> MediaSource:
    from retrovue.core.sources.jellyfin.source import JellyfinSource

    return JellyfinSource(connection, cancel=token)


_FACTORIES: dict[ServerKind, Factory] = {
    ServerKind.PLEX: _plex,
    ServerKind.EMBY: _emby,
    ServerKind.JELLYFIN: _jellyfin,
}


def kinds() -> tuple[ServerKind, ...]:
    """The kinds of servers that can be read."""
    return tuple(_FACTORIES)


def open_source(kind: ServerKind, connection: Connection, *, token: CancelToken | None = None) -> MediaSource:
    """A source for one server. Close it when done; `token` ends its blocked calls.

    Raises:
        ConfigError: no source for this kind of server is installed.
        UnreachableError: the address is none (layer "address").
    """
    factory = _FACTORIES.get(kind)
    if factory is None:
        raise ConfigError(
            _("This version cannot read {kind} servers.").format(kind=kind.label),
            hint=_("Update RetroVue."),
        )
    return factory(connection, token)
