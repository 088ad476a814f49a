"""Which servers and libraries a sync is about."""

from dataclasses import dataclass

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.servers import Library, Server
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.host import Host
from retrovue.core.i18n import _


@dataclass(slots=True)
class Target:
    """A server with those of its libraries that were asked for."""

    server: Server
    libraries: list[Library]


def targets(host: Host, request: SyncRequest) -> list[Target]:
    """Return the servers that a request is about, with all of their libraries.

    Raises:
        ConfigError: there is none.
    """
    with host.database.together():
        everyone, known = host.servers.all(), host.libraries.all()
    wanted = [
        server
        for server in everyone
        if server.is_active and (request.server_ids is None or server.id in request.server_ids)
    ]
    if not wanted:
        raise ConfigError(_("There are no servers to sync."), hint=_("Add a server first, or enable one."))
    return [Target(server, [each for each in known if each.server_id == server.id]) for server in wanted]


def expected(library: Library) -> int | None:
    """The items that a sync of it goes through; None for one that was never read whole: what is stored says nothing."""
    return library.items if library.last_full_sync_at is not None else None


def is_wanted(library: Library, request: SyncRequest) -> bool:
    """Return whether a request is about a library: one that is named, else those that are not switched off."""
    if not library.kind.is_imported:
        return False
    if request.library_ids is not None:
        return library.id in request.library_ids
    return library.is_enabled
