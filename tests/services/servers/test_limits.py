"""What an account with fewer rights gets: the data says what is off, and the server agrees."""

from collections.abc import Callable
from contextlib import closing

import pytest
from tests.services.servers.conftest import TOKEN, Machines

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ForbiddenError
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.servers import registration as servers
from retrovue.core.services.servers import sign_in as signing_in
from retrovue.core.services.servers.rights import Feature, limits
from retrovue.core.services.sync.run import run_sync
from retrovue.core.sources.listeners import tells_library_changes
from retrovue.demo.fault_kinds import Status
from retrovue.demo.faults import path
from retrovue.demo.mediabrowser_users import PASSWORD

BOTH = pytest.mark.parametrize("product", [ServerKind.EMBY, ServerKind.JELLYFIN])


def _off(server: Server) -> set[Feature]:
    return {limit.feature for limit in limits(server)}


@pytest.fixture
def sign_in(host: AppContext) -> Callable[..., Server]:
    def add(server, product: ServerKind, user: str) -> Server:
        signed = signing_in.with_password(host, product, server.url, user, PASSWORD)
        return servers.add(
            host, kind=product, name=user, url=server.url, secret=signed.token, user_id=signed.user_id
        ).server

    return add


@BOTH
def test_an_administrator_gets_everything(
    machines: Machines, sign_in: Callable[..., Server], product: ServerKind
) -> None:
    assert limits(sign_in(machines(product), product, "marlow")) == []


@BOTH
def test_a_plain_account_syncs_what_it_sees(
    host: AppContext, machines: Machines, sign_in: Callable[..., Server], product: ServerKind
) -> None:
    server = machines(product)
    stored = sign_in(server, product, "edda")
    assert _off(stored) == {Feature.SESSIONS, Feature.HISTORY_OF_OTHERS, Feature.FOLDERS, Feature.OTHER_LIBRARIES}
    assert all(limit.reason and limit.feature.label for limit in limits(stored))
    seen = host.libraries.all()
    assert len(seen) == len(server.dialect.users.accounts[1].sections) < len(server.library.sections)
    assert [library.roots for library in seen] == [()] * len(seen)
    report = run_sync(host, SyncRequest(), CancelToken())
    assert not report.failures
    assert host.servers.item_count(stored.id) > 0
    assert servers.check(host, stored).ok


def test_a_plain_account_of_jellyfin_sees_only_its_own_streams(
    host: AppContext, machines: Machines, sign_in: Callable[..., Server]
) -> None:
    server = machines(ServerKind.JELLYFIN)
    server.playbacks.start(next(item.id for item in server.library.items.values() if item.kind == "movie"))
    for user, streams in (("edda", 0), ("marlow", 1)):
        stored = sign_in(server, ServerKind.JELLYFIN, user)
        with closing(host.open_source(stored)) as source:
            assert len(source.sessions()) == streams
        assert (Feature.SESSIONS in _off(stored)) == (streams == 0)
        servers.remove(host, stored)


@BOTH
def test_a_key_belongs_to_nobody(
    host: AppContext, machines: Machines, add: Callable[..., Server], sign_in: Callable[..., Server],
    product: ServerKind,
) -> None:  # fmt: skip
    server = machines(product)
    stored = add(server, product)
    assert _off(stored) == ({Feature.LIVE_CHANGES} if product is ServerKind.JELLYFIN else set())
    connection = host.connection(url=stored.url, secret=TOKEN, server=stored)
    assert tells_library_changes(product, connection) == (product is ServerKind.EMBY)
    servers.remove(host, stored)
    person = sign_in(server, product, "marlow")
    connection = host.connection(url=person.url, secret=TOKEN, server=person)
    assert tells_library_changes(product, connection)


@pytest.mark.parametrize("status", [401, 403])
def test_a_shared_plex_server_works_without_its_owners_features(
    host: AppContext, machines: Machines, add: Callable[..., Server], status: int
) -> None:
    server = machines()
    server.faults.add(Status(status=status, match=path("/status/sessions")))
    stored = add(server)
    assert not stored.is_owner
    assert {Feature.SESSIONS, Feature.HISTORY_OF_OTHERS, Feature.LIVE_CHANGES} <= _off(stored)
    report = run_sync(host, SyncRequest(), CancelToken())
    assert not report.failures
    assert host.servers.item_count(stored.id) > 10
    server.faults.clear()
    assert servers.check(host, stored).ok
    assert limits(host.servers.get(stored.id)) == []


def test_rights_that_are_taken_away_show_after_the_next_test(
    host: AppContext, machines: Machines, sign_in: Callable[..., Server]
) -> None:
    server = machines(ServerKind.JELLYFIN)
    stored = sign_in(server, ServerKind.JELLYFIN, "marlow")
    server.dialect.users.accounts[0].is_administrator = False
    assert servers.check(host, stored).ok
    assert Feature.SESSIONS in _off(host.servers.get(stored.id))
    with closing(host.open_source(stored)) as source, pytest.raises(ForbiddenError):
        source._folders()
