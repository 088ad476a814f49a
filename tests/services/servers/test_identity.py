"""Who is at an address: another machine, another product, or a copy with the same identity. Nothing is ever mixed."""

from collections.abc import Callable

import pytest
from tests.services.servers.conftest import TOKEN, Machines

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import WrongServerError
from retrovue.core.domain.servers import Server, ServerKind, ServerState
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.catalog.lookup import find_remote_shows
from retrovue.core.services.servers import registration as servers
from retrovue.core.services.servers.identity import SameMachineError
from retrovue.core.services.servers.libraries import refresh
from retrovue.core.services.servers.probe import Layer, StepState
from retrovue.core.services.servers.registration import ServerChange
from retrovue.core.services.sync.run import run_sync

ALL = pytest.mark.parametrize("product", list(ServerKind))


def _secrets_sent(server) -> list[str]:
    return [record.path for record in server.requests if TOKEN in " ".join(record.headers.values()) + record.query]


@ALL
def test_another_machine_at_the_address_stops_sync_and_test_and_gets_no_token(
    host: AppContext, machines: Machines, add: Callable[..., Server], product: ServerKind
) -> None:
    server = machines(product)
    stored = add(server, product)
    run_sync(host, SyncRequest(), CancelToken())
    items, libraries = host.servers.item_count(stored.id), host.libraries.all()
    server.stop()
    stranger = machines(product, seed=9, port=server._requested_port)
    report = run_sync(host, SyncRequest(full=True), CancelToken())
    assert [failure.server for failure in report.failures] == ["Home"]
    assert "A different server responds" in report.failures[0].message
    verdict = servers.check(host, stored)
    assert isinstance(verdict.error, WrongServerError)
    assert verdict.recognised is None
    assert verdict.step(Layer.VERSION).state is StepState.FAILED
    assert verdict.step(Layer.SIGN_IN).state is StepState.NOT_TRIED
    assert "A different server responds" in host.servers.get(stored.id).state_detail
    with pytest.raises(WrongServerError):
        servers.sign_in(host, stored, TOKEN)
    with pytest.raises(WrongServerError):
        refresh(host, stored)
    with pytest.raises(WrongServerError):
        find_remote_shows(host, stored, "The Harbour")
    assert _secrets_sent(stranger) == []
    assert host.servers.item_count(stored.id) == items
    assert host.libraries.all() == libraries


@pytest.mark.parametrize("asked", list(ServerKind))
@pytest.mark.parametrize("there", list(ServerKind))
def test_another_product_is_recognised(
    host: AppContext, machines: Machines, asked: ServerKind, there: ServerKind
) -> None:
    server = machines(there)
    verdict = servers.probe(host, asked, server.url, TOKEN)
    if asked is there:
        assert (verdict.ok, verdict.recognised) == (True, None)
        return
    assert verdict.recognised is there
    assert there.label in verdict.error.user_text()
    assert _secrets_sent(server) == []
    assert servers.probe(host, verdict.recognised, server.url, TOKEN).ok


def test_another_product_at_a_stored_address_is_recognised(
    host: AppContext, machines: Machines, add: Callable[..., Server]
) -> None:
    server = machines()
    stored = add(server)
    server.stop()
    machines(ServerKind.JELLYFIN, port=server._requested_port)
    verdict = servers.check(host, stored)
    assert verdict.recognised is ServerKind.JELLYFIN
    assert host.servers.get(stored.id).state is ServerState.NOT_REACHABLE


@ALL
def test_two_servers_with_one_identity_are_never_both_stored(
    host: AppContext, machines: Machines, add: Callable[..., Server], product: ServerKind
) -> None:
    server, copy = machines(product), machines(product)
    stored = add(server, product)
    with pytest.raises(SameMachineError) as caught:
        add(copy, product, "Copy")
    assert (caught.value.server.id, caught.value.still_there) == (stored.id, True)
    assert all(text in caught.value.text for text in ("Home", server.url, copy.url))
    assert ("Preferences.xml" if product is ServerKind.PLEX else "device.txt") in caught.value.hint
    assert [each.id for each in host.servers.all()] == [stored.id]


def test_the_same_address_twice_is_simply_there(
    host: AppContext, machines: Machines, add: Callable[..., Server]
) -> None:
    server = machines()
    add(server)
    with pytest.raises(SameMachineError, match="already added") as caught:
        add(server, name="Again", url=server.url + "/web/index.html")
    assert "copy" not in caught.value.hint


def test_a_server_that_moved_is_signed_in_to_at_its_new_address(
    host: AppContext, machines: Machines, add: Callable[..., Server]
) -> None:
    server = machines()
    stored = add(server)
    run_sync(host, SyncRequest(), CancelToken())
    items = host.servers.item_count(stored.id)
    server.stop()
    moved = machines()
    with pytest.raises(SameMachineError, match="not responding") as caught:
        add(moved, name="Moved")
    assert not caught.value.still_there
    assert moved.url in caught.value.command_hint
    assert "retrovue" not in caught.value.hint
    servers.sign_in(host, stored, TOKEN, url=moved.url)
    assert host.servers.get(stored.id).url == moved.url
    run_sync(host, SyncRequest(), CancelToken())
    assert host.servers.item_count(stored.id) == items


def test_a_stranger_at_the_old_address_is_not_taken_for_the_first(
    host: AppContext, machines: Machines, add: Callable[..., Server]
) -> None:
    server = machines()
    stored = add(server)
    server.stop()
    machines(seed=9, port=server._requested_port)
    with pytest.raises(SameMachineError) as caught:
        add(machines(), name="Moved")
    assert not caught.value.still_there
    with pytest.raises(WrongServerError):
        servers.edit(host, stored, ServerChange(url=machines(seed=7).url))


def test_the_same_identity_of_two_products_is_two_servers(
    host: AppContext, machines: Machines, add: Callable[..., Server]
) -> None:
    add(machines(ServerKind.EMBY), ServerKind.EMBY, "Emby")
    add(machines(ServerKind.JELLYFIN), ServerKind.JELLYFIN, "Jellyfin")
    assert len({server.machine_identifier for server in host.servers.all()}) == 1
    assert len(host.servers.all()) == 2
    with pytest.raises(SameMachineError):
        add(machines(ServerKind.EMBY), ServerKind.EMBY, "Third")
