"""The source classes of the server types."""

from collections.abc import Callable

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.sources.base import Connection, MediaSource

Factory = Callable[[Connection, CancelToken | None], MediaSource]


def _plex(connection: Connection, token: CancelToken | None) -> MediaSource:
    # Imported on demand: a command that only reads the catalog must not load the HTTP client.
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
    """Return the supported server types."""
    return tuple(_FACTORIES)


def open_source(kind: ServerKind, connection: Connection, *, token: CancelToken | None = None) -> MediaSource:
    """Return a source for one server. Close it when done. `token` cancels its blocked calls.

    Raises:
        ConfigError: there is no source for this server type.
        UnreachableError: the address is invalid (layer "address").
    """
    factory = _FACTORIES.get(kind)
    if factory is None:
        raise ConfigError(
            _("This version cannot read {kind} servers.").format(kind=kind.label),
            hint=_("Update RetroVue."),
        )
    return factory(connection, token)
