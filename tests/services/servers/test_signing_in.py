"""Signing in through the services: what the wizard and the command line stand on."""

import json
import threading
from collections.abc import Callable

import pytest
from tests.services.servers.conftest import TOKEN, Machines, Says, machine

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import AuthError, Cancelled, ConfigError, ProtocolError, WrongServerError
from retrovue.core.domain.servers import Server, ServerKind, ServerState
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.servers import registration as servers
from retrovue.core.services.servers import sign_in as signing_in
from retrovue.core.services.sync.run import run_sync
from retrovue.demo.account import DemoAccount, connection
from retrovue.demo.fault_kinds import Redirect
from retrovue.demo.faults import path
from retrovue.demo.mediabrowser_users import PASSWORD

BOTH = pytest.mark.parametrize("product", [ServerKind.EMBY, ServerKind.JELLYFIN], ids=["emby", "jellyfin"])


def test_a_plex_account_from_the_code_to_a_stored_server(
    host: AppContext, service: DemoAccount, machines: Machines
) -> None:
    server = machines()
    service.add_server("Attic", machine(server.library, ServerKind.PLEX), server.url, token=TOKEN)
    service.confirms_after = 1
    pin = signing_in.start_plex(host)
    assert pin.code in pin.browser_url
    assert host.settings.client_id in pin.browser_url
    given = signing_in.wait_for_plex(host, pin, poll_s=0.01)
    (listed,) = signing_in.plex_servers(host, given)
    reached = signing_in.reach_plex(host, listed)
    assert (reached.url, reached.info.name, reached.is_relay) == (server.url, "Attic", False)
    assert all(record.headers.get("x-plex-token") is None for record in server.requests)
    assert TOKEN not in repr(reached)
    verdict = servers.probe(host, ServerKind.PLEX, reached.url, reached.secret)
    assert verdict.ok


def test_a_code_that_nobody_confirms_expires_and_can_be_given_up(host: AppContext, service: DemoAccount) -> None:
    pin = signing_in.start_plex(host)
    service.expire()
    with pytest.raises(AuthError):
        signing_in.wait_for_plex(host, pin, poll_s=0.01)
    token = CancelToken()
    pin = signing_in.start_plex(host)
    stopping = threading.Timer(0.05, token.cancel)
    stopping.start()
    with pytest.raises(Cancelled):
        signing_in.wait_for_plex(host, pin, token=token, poll_s=30)
    stopping.join(30)


@pytest.mark.parametrize(
    "given",
    ["a\r\nX-Plex-Token: other", "blank in it", "t\u00f6ken", "x" * 5_000, {"token": "x"}, ["x"], 7, True, "\x07"],
)
def test_a_token_of_odd_characters_is_refused_at_once(host: AppContext, service: DemoAccount, given: object) -> None:
    pin = signing_in.start_plex(host)
    service.spoiled[f"/api/v2/pins/{pin.id}"] = json.dumps({"id": pin.id, "code": "c", "authToken": given}).encode()
    with pytest.raises(ProtocolError):
        signing_in.wait_for_plex(host, pin, poll_s=0.01)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"null", b"{", b"[" * 100_000, b"<html><body>portal</body></html>", b'{"id": 1}',
        b'{"id": "x", "code": "abc"}', b'{"id": -1, "code": "abc"}', b'{"id": 1, "code": "a b"}',
        b'{"id": 1, "code": "abc&code=other"}', b'{"id": 1, "code": ["abc"]}',
        b'{"id": 1, "code": "' + b"x" * 2_000_000 + b'"}',
    ],
)  # fmt: skip
def test_a_code_that_is_none_is_refused(host: AppContext, service: DemoAccount, body: bytes) -> None:
    service.spoiled["/api/v2/pins"] = body
    with pytest.raises(ProtocolError):
        signing_in.start_plex(host)


def test_a_code_is_never_waited_for_longer_than_an_hour(host: AppContext, service: DemoAccount) -> None:
    for told in (10**12, -5, "soon", None):
        service.spoiled["/api/v2/pins"] = json.dumps({"id": 1, "code": "abc", "expiresIn": told}).encode()
        pin = signing_in.start_plex(host)
        assert 0 < pin.expires_at - host.clock.epoch() <= 3_600


def test_what_an_account_claims_of_its_servers_is_not_believed(host: AppContext, service: DemoAccount) -> None:
    odd = [
        "javascript:alert(1)", "file:///etc/passwd", "https://user:secret@192.0.2.1:1", "http://1.2.3.4:32400",
        "https://a.invalid/?x=1", "https:// ", "ftp://192.168.1.1", "https://192.168.1.5\\@evil.invalid", 7, None,
        "https://a.invalid:99999", "https://x.invalid/" + "y" * 900,
    ]  # fmt: skip
    good = connection("https://203.0.113.9:32400", local=False)
    spoiled = [{**good, "uri": uri, "local": local} for uri in odd for local in (True, False)]
    public = {**connection("https://192-168-1-5.abc.plex.direct:32400"), "address": "1.2.3.5"}
    service.add_server("\u202e\x1bAttic" + "x" * 500, "a" * 40, token="t", connections=[*spoiled, "no", public, good])
    service.add_server("two lines", "b" * 40, token="t\r\nX: y")
    service.add_server("no identity", "../../x", token="t")
    service.resources += [7, None, [], {"provides": ["server"]}, {"provides": "server", "accessToken": 1}]
    (attic,) = signing_in.plex_servers(host, service.token)
    assert [each.url for each in attic.addresses] == [
        "https://192-168-1-5.abc.plex.direct:32400", "https://203.0.113.9:32400",
    ]  # fmt: skip
    assert attic.name.isprintable()
    assert len(attic.name) == 100


@pytest.mark.parametrize("body", [b"{}", b"null", b"[", b"x" * (9 * 1024 * 1024), b"<html></html>"])
def test_an_answer_that_is_no_list_of_servers(host: AppContext, service: DemoAccount, body: bytes) -> None:
    service.spoiled["/api/v2/resources"] = body
    with pytest.raises(ProtocolError):
        signing_in.plex_servers(host, service.token)


@BOTH
def test_a_name_and_a_password_give_a_server_that_syncs(
    host: AppContext, machines: Machines, product: ServerKind
) -> None:
    server = machines(product)
    signed = signing_in.with_password(host, product, server.url, "edda", PASSWORD)
    added = servers.add(host, kind=product, name="Home", url=server.url, secret=signed.token, user_id=signed.user_id)
    assert (added.server.account, added.server.remote_user_id, added.server.is_owner) == ("edda", signed.user_id, False)
    report = run_sync(host, SyncRequest(), CancelToken())
    assert not report.failures
    assert {library.outcome.value for library in report.libraries} == {"ok"}


@BOTH
def test_a_password_is_sent_only_to_what_was_asked_for(
    host: AppContext, machines: Machines, product: ServerKind
) -> None:
    plex = machines()
    other_kind = ServerKind.JELLYFIN if product is ServerKind.EMBY else ServerKind.EMBY
    other = machines(other_kind)
    for server in (plex, other):
        with pytest.raises(WrongServerError):
            signing_in.with_password(host, product, server.url, "edda", PASSWORD)
        assert all(record.method == "GET" for record in server.requests)
    with pytest.raises(AuthError):
        signing_in.with_password(host, ServerKind.PLEX, plex.url, "edda", PASSWORD)


@BOTH
def test_a_password_is_not_sent_to_another_machine(
    host: AppContext, machines: Machines, add: Callable[..., Server], product: ServerKind
) -> None:
    stored = add(machines(product), product)
    stranger = machines(product, seed=9)
    with pytest.raises(WrongServerError):
        signing_in.with_password(host, product, stranger.url, "edda", PASSWORD, expected=stored)
    assert all(record.method == "GET" for record in stranger.requests)


def test_quick_connect_gives_a_token(host: AppContext, machines: Machines) -> None:
    server = machines(ServerKind.JELLYFIN)
    users = server.dialect.users
    assert signing_in.quick_connect_offered(host, ServerKind.JELLYFIN, server.url)
    assert not signing_in.quick_connect_offered(host, ServerKind.EMBY, server.url)
    code = signing_in.start_quick_connect(host, server.url)
    assert users.approve(code.code, users.accounts[0])
    signed = signing_in.wait_for_quick_connect(host, server.url, code, poll_s=0.01)
    assert (signed.user_name, signed.is_administrator) == ("marlow", True)
    users.quick_connect = False
    assert not signing_in.quick_connect_offered(host, ServerKind.JELLYFIN, server.url)
    with pytest.raises(WrongServerError):
        signing_in.start_quick_connect(host, machines(ServerKind.EMBY).url)


@BOTH
def test_a_revoked_token_asks_to_sign_in_again_and_everything_goes_on(
    host: AppContext, machines: Machines, product: ServerKind
) -> None:
    server = machines(product)
    signed = signing_in.with_password(host, product, server.url, "marlow", PASSWORD)
    stored = servers.add(
        host, kind=product, name="Home", url=server.url, secret=signed.token, user_id=signed.user_id
    ).server
    run_sync(host, SyncRequest(), CancelToken())
    before = host.servers.item_count(stored.id)
    assert before > 10
    server.dialect.users.revoke(signed.token)
    report = run_sync(host, SyncRequest(), CancelToken())
    assert [failure.reason for failure in report.failures] == ["sign_in"]
    assert host.servers.get(stored.id).state is ServerState.SIGN_IN_AGAIN
    assert host.servers.item_count(stored.id) == before
    again = signing_in.with_password(host, product, server.url, "marlow", PASSWORD, expected=stored)
    servers.sign_in(host, stored, again.token, user_id=again.user_id)
    renewed = host.servers.get(stored.id)
    assert (renewed.state, renewed.id, renewed.uuid) == (ServerState.ONLINE, stored.id, stored.uuid)
    report = run_sync(host, SyncRequest(), CancelToken())
    assert sum(library.added + library.removed for library in report.libraries) == 0
    assert host.servers.item_count(stored.id) == before


def test_a_plex_account_signs_in_again_and_follows_a_server_that_moved(
    host: AppContext, service: DemoAccount, machines: Machines, add: Callable[..., Server]
) -> None:
    server = machines()
    stored = add(server)
    entry = service.add_server("Attic", stored.machine_identifier, server.url, token=TOKEN)
    assert signing_in.renew_plex(host, stored, service.token) is not None
    assert host.servers.get(stored.id).url == server.url
    server.stop()
    moved = machines()
    entry["connections"] = [connection(moved.url)]
    signing_in.renew_plex(host, stored, service.token)
    assert host.servers.get(stored.id).url == moved.url
    with pytest.raises(ConfigError):
        signing_in.renew_plex(host, stored, service.token, url="")


def test_a_plex_account_without_the_machine_is_refused(
    host: AppContext, service: DemoAccount, machines: Machines, add: Callable[..., Server]
) -> None:
    stored = add(machines())
    with pytest.raises(WrongServerError, match="Home"):
        signing_in.renew_plex(host, stored, service.token)
    service.add_server("Cellar", "f" * 40, machines(seed=9).url, token=TOKEN)
    with pytest.raises(WrongServerError) as caught:
        signing_in.renew_plex(host, stored, service.token)
    assert "Cellar" in caught.value.hint
    assert host.secrets.get(stored.uuid, stored.name) == TOKEN


def test_one_accounts_token_takes_the_place_of_anothers(host: AppContext, machines: Machines) -> None:
    for product in (ServerKind.EMBY, ServerKind.JELLYFIN):
        server = machines(product)
        first = signing_in.with_password(host, product, server.url, "marlow", PASSWORD)
        added = servers.add(
            host, kind=product, name=product.label, url=server.url, secret=first.token, user_id=first.user_id
        )
        second = signing_in.with_password(host, product, server.url, "edda", PASSWORD)
        servers.sign_in(host, added.server, second.token, user_id=second.user_id)
        stored = host.servers.get(added.server.id)
        assert (stored.account, stored.remote_user_id, stored.is_owner) == ("edda", second.user_id, False)
        servers.sign_in(host, stored, TOKEN)
        with_key = host.servers.get(stored.id)
        assert with_key.is_owner


_USER = {"Id": "ab" * 16, "Name": "marlow", "Policy": {"IsAdministrator": True}}


@pytest.mark.parametrize(
    "answer",
    [
        {}, [], None, "token", {"AccessToken": "t"}, {"User": _USER}, {"User": _USER, "AccessToken": "a\r\nX: y"},
        {"User": _USER, "AccessToken": {"x": 1}}, {"User": [_USER], "AccessToken": "t"},
        {"User": {**_USER, "Id": "../System"}, "AccessToken": "t"}, {"User": {**_USER, "Id": 7.5}, "AccessToken": "t"},
        {"User": _USER, "AccessToken": "t" * 9_000},
    ],
)  # fmt: skip
@BOTH
def test_a_sign_in_that_answers_oddly_gives_no_token(
    host: AppContext, machines: Machines, product: ServerKind, answer: object
) -> None:
    server = machines(product)
    server.faults.add(Says(match=path("/Users/AuthenticateByName"), body=json.dumps(answer).encode()))
    with pytest.raises(ProtocolError):
        signing_in.with_password(host, product, server.url, "marlow", PASSWORD)


@BOTH
@pytest.mark.parametrize("body", [b"", b"<html><body>login</body></html>", b"[" * 200_000, b'{"User": {"Id"'])
def test_a_sign_in_that_is_no_json(host: AppContext, machines: Machines, product: ServerKind, body: bytes) -> None:
    server = machines(product)
    server.faults.add(Says(match=path("/Users/AuthenticateByName"), body=body))
    with pytest.raises(ProtocolError):
        signing_in.with_password(host, product, server.url, "marlow", PASSWORD)


@BOTH
def test_a_sign_in_for_another_machine_is_refused(host: AppContext, machines: Machines, product: ServerKind) -> None:
    server = machines(product)
    answer = {"User": _USER, "AccessToken": "t", "ServerId": "cd" * 16}
    server.faults.add(Says(match=path("/Users/AuthenticateByName"), body=json.dumps(answer).encode()))
    with pytest.raises(WrongServerError):
        signing_in.with_password(host, product, server.url, "marlow", PASSWORD)


def test_a_code_of_quick_connect_fits_the_screen(host: AppContext, machines: Machines) -> None:
    server = machines(ServerKind.JELLYFIN)
    for code, secret in (("1" * 500, "s"), ("<b>1</b>", "s"), ("123456", "a b"), (None, "s"), ("123456", ["s"])):
        body = json.dumps({"Code": code, "Secret": secret}).encode()
        with (
            server.faults.using(Says(match=path("/QuickConnect/Initiate"), body=body)),
            pytest.raises(ProtocolError),
        ):
            signing_in.start_quick_connect(host, server.url)


def test_a_sign_in_is_never_sent_on_to_another_host(host: AppContext, machines: Machines) -> None:
    server = machines(ServerKind.JELLYFIN)
    server.faults.add(Redirect(match=path("/Users/AuthenticateByName"), location="http://evil.invalid/collect"))
    with pytest.raises(ProtocolError, match="evil"):
        signing_in.with_password(host, ServerKind.JELLYFIN, server.url, "marlow", PASSWORD)


def test_what_a_server_says_of_itself_is_made_fit(host: AppContext, machines: Machines) -> None:
    server = machines(ServerKind.JELLYFIN)
    facts = {"Id": "ab" * 16, "Version": "10.11\u202e" + "9" * 500, "ProductName": "Jellyfin Server"}
    odd = {**facts, "ServerName": "\x1b[31mA\n" + "b" * 9_000}
    with server.faults.using(Says(match=path("/System/Info"), body=json.dumps(odd).encode())):
        verdict = servers.probe(host, ServerKind.JELLYFIN, server.url, TOKEN)
    assert verdict.info.name.isprintable()
    assert (len(verdict.info.name), len(verdict.info.version)) == (100, 100)
    bad = {**facts, "Id": "../../" + "x" * 500}
    with server.faults.using(Says(match=path("/System/Info"), body=json.dumps(bad).encode())):
        assert isinstance(servers.probe(host, ServerKind.JELLYFIN, server.url, TOKEN).error, ProtocolError)


def test_two_servers_in_turns_at_one_address_are_not_taken_for_one(host: AppContext, machines: Machines) -> None:
    server = machines(ServerKind.JELLYFIN)
    other = {"Id": "cd" * 16, "Version": "10.11.8", "ProductName": "Jellyfin Server"}
    server.faults.add(Says(match=path("/System/Info$"), body=json.dumps(other).encode()))
    verdict = servers.probe(host, ServerKind.JELLYFIN, server.url, TOKEN)
    assert isinstance(verdict.error, WrongServerError)
    assert "take turns" in verdict.error.text
    assert verdict.recognised is None
