"""Servers found on the network, and which of them are there already."""

from collections.abc import Callable

import pytest
from tests.services.servers.conftest import Machines

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import Cancelled
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.servers.discovery import FoundOnNetwork, find_servers
from retrovue.core.sources.discovery import FoundServer


def test_those_that_are_there_already_are_known(
    host: AppContext, machines: Machines, add: Callable[..., Server]
) -> None:
    stored = add(machines(ServerKind.EMBY), ServerKind.EMBY)
    asked = []

    def ask(duration_s: float, cancel: CancelToken | None) -> list[FoundServer]:
        asked.append(duration_s)
        return [
            FoundServer(ServerKind.EMBY, "http://192.168.1.5:8096", "Cellar", stored.machine_identifier),
            FoundServer(ServerKind.JELLYFIN, "http://192.168.1.6:8096", "Roof", stored.machine_identifier),
        ]

    found = find_servers(host, timeout_s=1.5, ask=ask)
    assert asked == [1.5]
    assert found == [
        FoundOnNetwork(ServerKind.EMBY, "Cellar", "http://192.168.1.5:8096", stored.machine_identifier, stored),
        FoundOnNetwork(ServerKind.JELLYFIN, "Roof", "http://192.168.1.6:8096", stored.machine_identifier, None),
    ]


def test_giving_up_is_not_finding_nothing(host: AppContext) -> None:
    token = CancelToken()
    with pytest.raises(Cancelled):
        find_servers(host, token=token, ask=lambda _seconds, cancel: cancel.cancel() or [])
    assert find_servers(host, timeout_s=0.1, ask=lambda _seconds, _cancel: []) == []


def test_the_real_network_is_asked_for_as_long_as_was_said(host: AppContext) -> None:
    assert isinstance(find_servers(host, timeout_s=0.2), list)
