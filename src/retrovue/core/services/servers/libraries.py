"""Libraries of a server: read anew, and which of them are imported."""

from collections.abc import Iterable

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import Library, Server, SyncMode
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.i18n import _
from retrovue.core.services.servers.probe import check_machine


def refresh(host: Host, server: Server, *, token: CancelToken | None = None) -> list[Library]:
    """Ask the server for its libraries and keep them; none is removed for being absent.

    Raises:
        SecretError: there is no token for it.
        WrongServerError: another machine answers at its address; nothing changed.
        SourceError: the server could not be asked; nothing changed.
    """
    source = host.open_source(server, token)
    try:
        # Another machine at this address has other libraries: none of them may take the place of these.
        check_machine(source.identify(), server)
        listed = source.libraries()
    finally:
        source.close()
    host.libraries.store_listing(server.id, listed, now=host.clock.epoch())
    return host.libraries.all(server.id)


def set_enabled(host: Host, libraries: Iterable[Library], *, enabled: bool) -> list[Library]:
    """Choose whether libraries are synced; their catalog stays either way. Returns them as they are now.

    Raises:
        ConfigError: one holds what is not imported; nothing changed.
    """
    chosen = list(libraries)
    for library in chosen:
        if enabled and not library.kind.is_imported:
            raise ConfigError(
                _("“{library}” contains neither movies nor shows, and cannot be imported yet.").format(
                    library=library.name
                )
            )
    for library in chosen:
        if library.is_enabled != enabled:
            host.libraries.change(library.id, is_enabled=enabled)
    ids = {library.id for library in chosen}
    return [library for library in host.libraries.all() if library.id in ids]


def forget(host: Host, library: Library, *, token: CancelToken | None = None) -> dict[ItemKind, int]:
    """Let go of a library that its server lists no more; returns how many items left the catalog, by kind.

    They are removed like others: `removals restore` brings them, and the library, back until a purge.

    Raises:
        ConfigError: the server still lists it; nothing changed.
        Cancelled: asked to stop while a sync holds the library.
    """
    if library.unavailable_since is None:
        raise ConfigError(
            _("The server still lists “{library}”.").format(library=library.name),
            hint=_("Turn the library off instead: it is then left out of syncs."),
        )
    with host.library_lock(library.id, token or CancelToken()):
        ids = {kind: host.libraries.present_ids(library.id, kind) for kind in ItemKind}
        host.removals.tombstone(library.id, ids, run_id=None, now=host.clock.epoch())
    return {kind: len(rows) for kind, rows in ids.items()}


def set_sync_mode(host: Host, library: Library, mode: SyncMode) -> None:
    """Choose when a library is synced without being asked."""
    host.libraries.change(library.id, sync_mode=mode.value)
