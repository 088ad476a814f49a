"""The Plex account: codes, servers with their addresses, and which of these is taken."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrovue.core.domain.errors import AuthError, Cancelled, UnreachableError, WrongServerError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.sources.base import Connection
from retrovue.core.sources.http import HttpClient
from retrovue.core.sources.plex.reach import best_address
from retrovue.core.sources.plex.sign_in import AccountAddress, AccountServer, PlexAccount
from retrovue.core.sources.plex.source import plex_headers
from retrovue.demo import DemoLibrary, DemoServer
from retrovue.demo.account import DemoAccount, connection


@pytest.fixture
def service() -> Iterator[DemoAccount]:
    with DemoAccount() as running:
        yield running


@pytest.fixture
def cancel() -> CancelToken:
    return CancelToken()


@pytest.fixture
def account(service: DemoAccount, cancel: CancelToken) -> Iterator[PlexAccount]:
    with PlexAccount("desk-1", url=service.url, cancel=cancel, clock=lambda: 1_000.0) as opened:
        yield opened


def test_a_code_is_confirmed_in_the_browser(account: PlexAccount, service: DemoAccount) -> None:
    pin = account.start_pin()
    assert pin.browser_url.startswith(service.url + "/auth#?clientID=desk-1&code=" + pin.code)
    assert "context%5Bdevice%5D%5Bproduct%5D=RetroVue" in pin.browser_url
    assert pin.expires_at == 1_000.0 + service.lifetime_s
    assert account.poll(pin) is None
    confirming = threading.Timer(0.05, service.confirm, (pin.code,))
    confirming.start()
    token = account.wait(pin, poll_s=0.01)
    confirming.join(30)
    assert token == service.token
    assert account.name(token) == "marlow"


def test_the_browser_goes_to_plex_itself_by_default(service: DemoAccount) -> None:
    facts = Connection(service.url, client_id="desk-1")
    client = HttpClient(facts, headers=plex_headers(facts))
    with PlexAccount("desk-1", client=client) as opened:
        assert opened.start_pin().browser_url.startswith("https://app.plex.tv/auth#?clientID=desk-1&code=")


def test_codes_expire_and_belong_to_one_installation(account: PlexAccount, service: DemoAccount) -> None:
    pin = account.start_pin()
    with PlexAccount("another-desk", url=service.url) as other, pytest.raises(AuthError):
        other.poll(pin)
    service.lifetime_s = 1
    with PlexAccount("desk-1", url=service.url, clock=iter((1_000.0, 1_001.0)).__next__) as late:
        overdue = late.start_pin()
        with pytest.raises(AuthError):
            late.wait(overdue, poll_s=0.01)
    service.expire()
    with pytest.raises(AuthError):
        account.wait(pin, poll_s=0.01)


def test_waiting_can_be_cancelled(account: PlexAccount, cancel: CancelToken) -> None:
    pin = account.start_pin()
    stopping = threading.Timer(0.05, cancel.cancel)
    stopping.start()
    with pytest.raises(Cancelled):
        account.wait(pin, poll_s=30)
    stopping.join(30)


def test_a_worthless_token_is_told_from_an_outage(account: PlexAccount, service: DemoAccount) -> None:
    with pytest.raises(AuthError):
        account.servers("stale")
    service.__exit__()
    with pytest.raises(UnreachableError):
        account.name(service.token)


def test_servers_own_and_shared_with_every_way_to_them(account: PlexAccount, service: DemoAccount) -> None:
    hashed = "https://192-168-1-5.abc.plex.direct:32400"
    own = [
        connection("https://relay.invalid:8443", local=False, relay=True),
        connection("https://203.0.113.5:32400", local=False),
        {**connection(hashed), "address": "192.168.1.5"},
    ]
    service.add_server("Attic", "a" * 40, token="t-own", connections=own)
    service.add_server(
        "Cousin", "b" * 40, token="t-shared", owned=False, sourceTitle="cousin", publicAddressMatches=False,
        connections=[connection("http://192.168.9.9:32400"), connection("https://198.51.100.1:443", local=False)],
    )  # fmt: skip
    service.add_server("Web", "c" * 40, token="t", provides="player")
    service.resources.append({"name": "no token", "provides": "server", "clientIdentifier": "d"})
    attic, cousin = account.servers(service.token)
    assert [each.url for each in attic.addresses] == [
        hashed, "http://192.168.1.5:32400", "https://203.0.113.5:32400", "https://relay.invalid:8443",
    ]  # fmt: skip
    assert [each.is_relay for each in attic.addresses] == [False, False, False, True]
    assert (cousin.is_owned, cousin.owner, cousin.token) == (False, "cousin", "t-shared")
    assert [each.url for each in cousin.addresses] == ["https://198.51.100.1:443"]
    assert "t-own" not in repr(attic)


def test_recorded_resources(fixtures_dir: Path, account: PlexAccount, service: DemoAccount) -> None:
    path = fixtures_dir / "plex" / "plex-api-spec" / "get-server-resources.0.json"
    recorded = json.loads(path.read_text())
    service.resources.extend(recorded)
    servers = account.servers(service.token)
    assert {server.name for server in servers} == {
        entry["name"] for entry in recorded if "server" in entry["provides"].split(",") and entry.get("accessToken")
    }
    stream = next(server for server in servers if server.name == "StreamMaster")
    assert [each.is_relay for each in stream.addresses] == [False, False, False, False, True]


def _server(machine: str, *addresses: AccountAddress) -> AccountServer:
    return AccountServer("Attic", machine, "t", addresses=addresses)


def test_the_best_address_that_is_the_right_machine_is_taken(library: DemoLibrary) -> None:
    machine = library.machine_identifier
    with DemoServer(library) as near, DemoServer(library) as far:
        dead = AccountAddress("http://127.0.0.1:1", is_local=True)
        local = AccountAddress(near.url, is_local=True)
        remote = AccountAddress(far.url)
        relay = AccountAddress(far.url + "/relay", is_relay=True)
        for addresses, chosen in (
            ((local, remote), local),
            ((dead, remote), remote),
            ((dead, local, remote), local),
            ((relay, remote), remote),
        ):
            assert best_address(_server(machine, *addresses), client_id="desk-1").address == chosen
        assert all("x-plex-token" not in record.headers for record in (*near.requests, *far.requests))


def test_a_stranger_at_the_address_is_never_taken(library: DemoLibrary) -> None:
    with DemoServer(library) as stranger, pytest.raises(WrongServerError):
        best_address(_server("f" * 40, AccountAddress(stranger.url, is_local=True)), client_id="desk-1")


def test_nobody_answers_anywhere_or_the_search_is_given_up(cancel: CancelToken) -> None:
    dead = AccountAddress("http://127.0.0.1:1")
    with pytest.raises(UnreachableError):
        best_address(_server("f" * 40, dead), client_id="desk-1")
    with pytest.raises(UnreachableError):
        best_address(_server("f" * 40), client_id="desk-1")
    cancel.cancel()
    with pytest.raises(Cancelled):
        best_address(_server("f" * 40, dead), client_id="desk-1", cancel=cancel)
