"""Reading the collections of servers into the catalog."""

import logging
from collections.abc import Iterable

from retrovue.core.context import AppContext
from retrovue.core.domain.collections import Collection
from retrovue.core.domain.errors import SecretError, SourceError
from retrovue.core.domain.servers import RemoteLibrary, Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.system import deeds

log = logging.getLogger(__name__)


def listed(host: AppContext, server: Server | None = None) -> list[Collection]:
    """Return the stored collections of a server, or of all, by server, library and title."""
    return [one for one in host.collections.all() if server is None or one.server_id == server.id]


def refresh(
    host: AppContext, servers: Iterable[Server], token: CancelToken
) -> list[tuple[Server, SourceError | SecretError]]:
    """Read the collections of servers; return those that failed, whose stored collections stay as they are.

    Raises:
        StorageError: they cannot be stored.
        Cancelled: canceled.
    """
    failed: list[tuple[Server, SourceError | SecretError]] = []
    for server in servers:
        token.raise_if_cancelled()
        try:
            refresh_server(host, server, token)
        except (SourceError, SecretError) as error:
            token.raise_if_cancelled()
            log.info("collections of %s: %s", server.name, error.detail)
            deeds.complain_of(server.name, error.text)
            failed.append((server, error))
    return failed


def asked_libraries(host: Host, server: Server) -> list[RemoteLibrary]:
    """The libraries of a server whose collections and marks are asked for."""
    return [
        RemoteLibrary(remote_id=library.remote_id, name=library.name, kind=library.kind)
        for library in host.libraries.all(server.id)
        if library.is_enabled and library.kind.is_imported
    ]


def refresh_server(host: AppContext, server: Server, token: CancelToken) -> None:
    """Read the collections of one server.

    Raises:
        SecretError: there is no token for it.
        SourceError: it cannot be asked, or a list is incomplete. Nothing was changed.
    """
    libraries = asked_libraries(host, server)
    source = host.open_source(server, token)
    try:
        found = source.collections(libraries)
    finally:
        source.close()
    host.collections.replace(server.id, found, now=host.clock.epoch())
