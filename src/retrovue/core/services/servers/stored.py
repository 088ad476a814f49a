"""Servers and libraries as the catalog has them. No server is asked, and importing this loads no storage."""

from retrovue.core.domain.servers import Library, Server, ServerKind
from retrovue.core.host import Host


def all_servers(host: Host) -> list[Server]:
    """Return every server that was not removed, by name."""
    return host.servers.all()


def active_servers(host: Host) -> list[Server]:
    """Return the servers that are synced and watched, by name."""
    return [server for server in host.servers.all() if server.is_active]


def server_with_id(host: Host, server_id: int) -> Server | None:
    """Return a server, unless it was removed."""
    return host.servers.get(server_id)


def server_of_machine(host: Host, kind: ServerKind, machine_identifier: str) -> Server | None:
    """Return the server of a kind that has this machine identifier."""
    return host.servers.by_machine(kind, machine_identifier)


def set_active(host: Host, server: Server, *, active: bool) -> None:
    """Sync and watch a server from now on, or leave it alone.

    Raises:
        StorageError: the catalog cannot be written.
    """
    host.servers.change(server.id, is_active=active)


def all_libraries(host: Host, server: Server | None = None) -> list[Library]:
    """Return the libraries of a server, or of every one, by server and name."""
    return host.libraries.all(None if server is None else server.id)


def active_libraries(host: Host) -> list[Library]:
    """Return the libraries of active servers."""
    active = {server.id for server in active_servers(host)}
    return [library for library in host.libraries.all() if library.server_id in active]
