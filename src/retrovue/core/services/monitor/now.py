"""Who is watching at this moment, asked once. Nothing is recorded."""

from collections.abc import Iterable

from retrovue.core.domain.playback import RemoteSession
from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host


def watching_now(host: Host, servers: Iterable[Server], token: CancelToken) -> list[tuple[Server, RemoteSession]]:
    """Return the live sessions of servers, in the order of the servers.

    Raises:
        SecretError: there is no token for one of them.
        SourceError: one of them cannot be asked.
        Cancelled: canceled.
    """
    found: list[tuple[Server, RemoteSession]] = []
    for server in servers:
        token.raise_if_cancelled()
        source = host.open_source(server, token)
        try:
            found += [(server, session) for session in source.sessions()]
        finally:
            source.close()
    return found
