"""Media servers that answer on the network, and which of them are there already."""

from collections.abc import Callable
from dataclasses import dataclass

from retrovue.core.domain.errors import Cancelled
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.sources.discovery import FoundServer as FoundServer
from retrovue.core.sources.discovery import discover

Asker = Callable[[float, CancelToken | None], list[FoundServer]]
"""Asks the network for that many seconds: (duration_s, cancel)."""


@dataclass(frozen=True, slots=True)
class FoundOnNetwork:
    """Somebody who answered. Nothing of it is proven but that `known` is a stored server of the same identity."""

    kind: ServerKind
    name: str
    url: str
    machine_identifier: str | None
    known: Server | None = None


def ask_network(duration_s: float, cancel: CancelToken | None) -> list[FoundServer]:
    """Ask on every interface of this computer."""
    return discover(duration_s=duration_s, cancel=cancel)


def find_servers(
    host: Host, *, timeout_s: float = 3.0, token: CancelToken | None = None, ask: Asker = ask_network
) -> list[FoundOnNetwork]:
    """Ask everybody on the network for `timeout_s` seconds; nobody there is an empty list. Blocks that long.

    Args:
        ask: asks the network, for tests.

    Raises:
        Cancelled: the token was cancelled.
    """
    found = ask(timeout_s, token)
    if token is not None and token.cancelled:
        raise Cancelled
    stored = {(server.kind, server.machine_identifier): server for server in host.servers.all()}
    return [
        FoundOnNetwork(
            each.kind, each.name, each.url, each.machine_identifier, stored.get((each.kind, each.machine_identifier))
        )
        for each in found
    ]
