"""A self-signed certificate is trusted for one server, by its fingerprint, over HTTP and over the websocket."""

import queue
import threading
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from tests.services.servers.conftest import TOKEN, Machines
from tests.tls_front import TlsFront

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError, TlsError, WrongServerError
from retrovue.core.domain.servers import Server, ServerKind, ServerState, readable_fingerprint
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.servers import registration as servers
from retrovue.core.services.servers import sign_in as signing_in
from retrovue.core.services.servers import trust
from retrovue.core.services.sync.run import run_sync
from retrovue.core.sources.hints import Connected, Disconnected, PlayingHint
from retrovue.core.sources.listeners import listener_for
from retrovue.demo import DemoServer
from retrovue.demo.mediabrowser_users import PASSWORD

ALL = pytest.mark.parametrize("product", list(ServerKind))


@pytest.fixture
def server(machines: Machines) -> DemoServer:
    return machines()


@pytest.fixture
def front(server: DemoServer) -> Iterator[TlsFront]:
    with TlsFront(server.port, "self-signed") as running:
        yield running


@pytest.fixture
def stored(add: Callable[..., Server], front: TlsFront) -> Server:
    return add(front, url=front.url, tls_fingerprint=trust.look_at(front.url).fingerprint)


def test_what_a_certificate_is_can_be_seen_before_it_is_trusted(front: TlsFront, host: AppContext) -> None:
    shown = trust.look_at(front.url)
    assert (shown.subject, shown.issuer) == ("localhost", "localhost")
    assert (shown.valid_from, shown.valid_until) == (date(2020, 1, 1), date(2120, 1, 1))
    text = trust.described(shown)
    assert shown.readable in text
    assert "valid until 1 January 2120" in text
    verdict = servers.probe(host, ServerKind.PLEX, front.url, TOKEN)
    assert verdict.certificate == shown
    assert not verdict.ok


@ALL
def test_a_pin_is_enough_for_sign_in_test_and_sync(host: AppContext, machines: Machines, product: ServerKind) -> None:
    server = machines(product)
    with TlsFront(server.port, "self-signed") as front:
        pin = trust.look_at(front.url).fingerprint
        secret, user_id = TOKEN, None
        if product is not ServerKind.PLEX:
            with pytest.raises(TlsError):
                signing_in.with_password(host, product, front.url, "marlow", PASSWORD)
            signed = signing_in.with_password(host, product, front.url, "marlow", PASSWORD, tls_fingerprint=pin)
            secret, user_id = signed.token, signed.user_id
        added = servers.add(
            host, kind=product, name="Home", url=front.url, secret=secret, user_id=user_id, tls_fingerprint=pin
        )
        assert servers.check(host, added.server).ok
        report = run_sync(host, SyncRequest(), CancelToken())
        assert not report.failures
        assert host.servers.item_count(added.server.id) > 10


def test_a_pin_is_for_one_server_only(host: AppContext, stored: Server, machines: Machines) -> None:
    with TlsFront(machines(seed=9).port, "self-signed") as other:
        assert servers.probe(host, ServerKind.PLEX, other.url, TOKEN).certificate is not None
        with pytest.raises(TlsError):
            servers.add(host, kind=ServerKind.PLEX, name="Other", url=other.url, secret=TOKEN)


def test_a_changed_certificate_stops_everything_and_asks_again(
    host: AppContext, stored: Server, front: TlsFront, server: DemoServer
) -> None:
    assert not run_sync(host, SyncRequest(), CancelToken()).failures
    items = host.servers.item_count(stored.id)
    front.show("other-name")
    new = trust.look_at(front.url).fingerprint
    server.reset_counters()
    report = run_sync(host, SyncRequest(), CancelToken())
    assert len(report.failures) == 1
    assert server.requests == []
    state = host.servers.get(stored.id)
    assert state.state is ServerState.CERTIFICATE
    for fingerprint in (stored.tls_fingerprint, new):
        assert readable_fingerprint(fingerprint) in state.state_detail
    verdict = servers.check(host, state)
    assert isinstance(verdict.error, TlsError)
    assert (verdict.error.trusted, verdict.error.fingerprint) == (stored.tls_fingerprint, new)
    assert host.servers.item_count(stored.id) == items
    trust.trust(host, state, readable_fingerprint(new))
    assert servers.check(host, host.servers.get(stored.id)).ok
    assert host.servers.get(stored.id).state is ServerState.ONLINE


def test_only_what_the_server_shows_can_be_trusted(
    host: AppContext, stored: Server, front: TlsFront, add: Callable[..., Server], machines: Machines
) -> None:
    with pytest.raises(TlsError, match=readable_fingerprint("ab" * 32)):
        trust.trust(host, stored, "ab" * 32)
    assert host.servers.get(stored.id).tls_fingerprint == stored.tls_fingerprint
    plain = add(machines(seed=7), name="Plain")
    with pytest.raises(ConfigError):
        trust.trust(host, plain, "ab" * 32)
    with TlsFront(machines(seed=9).port, "other-name") as stranger:
        host.servers.change(stored.id, url=stranger.url)
        moved = host.servers.get(stored.id)
        with pytest.raises(WrongServerError):
            trust.trust(host, moved, trust.look_at(stranger.url).fingerprint)
        assert host.servers.get(stored.id).tls_fingerprint == stored.tls_fingerprint


def test_trust_is_forgotten(host: AppContext, stored: Server) -> None:
    assert trust.is_trusted(host, stored) is None
    forgotten = trust.forget(host, stored)
    assert isinstance(trust.is_trusted(host, forgotten), TlsError)
    assert servers.check(host, host.servers.get(stored.id)).certificate is not None


@pytest.mark.parametrize(
    "text",
    [
        "ab" * 32, "AB" * 32, ":".join(["ab"] * 32), " " + " ".join(["AB"] * 32) + "\n",
        "SHA256 Fingerprint=" + ":".join(["AB"] * 32), "sha-256: " + "ab" * 32, "SHA256:" + "ab" * 32,
    ],
)  # fmt: skip
def test_a_fingerprint_in_any_form(text: str) -> None:
    assert trust.fingerprint_of(text) == "ab" * 32


@pytest.mark.parametrize("text", ["", "ab", "ab" * 31, "ab" * 33, "gh" * 32, "any", "*", "ab" * 20])
def test_what_is_no_fingerprint(text: str) -> None:
    with pytest.raises(ConfigError):
        trust.fingerprint_of(text)


class Heard:
    """Listens on a thread; `expect` waits for the next event of a kind."""

    def __init__(self, host: AppContext, stored: Server) -> None:
        self._events: queue.Queue[object] = queue.Queue()
        self._token = CancelToken()
        connection = host.connection(url=stored.url, secret=TOKEN, server=stored)
        listener = listener_for(stored.kind, connection)
        self._thread = threading.Thread(target=listener.listen, args=(self._events.put, self._token))
        self._thread.start()

    def expect(self, kind: type) -> object:
        while True:
            event = self._events.get(timeout=30)
            if isinstance(event, kind):
                return event

    def stop(self) -> None:
        self._token.cancel()
        self._thread.join(30)
        assert not self._thread.is_alive()


@pytest.mark.slow
def test_the_websocket_heeds_the_pin_too(host: AppContext, stored: Server, front: TlsFront, server: DemoServer) -> None:
    heard = Heard(host, stored)
    try:
        heard.expect(Connected)
        server.dialect.announcer.playbacks = True
        server.playbacks.start(next(item.id for item in server.library.items.values() if item.kind == "movie"))
        assert isinstance(heard.expect(PlayingHint), PlayingHint)
        front.show("other-name")
        while not isinstance(error := heard.expect(Disconnected).error, TlsError):
            pass
        assert error.trusted == stored.tls_fingerprint
        assert error.fingerprint == trust.look_at(front.url).fingerprint
        front.show("self-signed")
        heard.expect(Connected)
    finally:
        heard.stop()


def test_the_websocket_trusts_nothing_without_a_pin(host: AppContext, stored: Server, server: DemoServer) -> None:
    server.reset_counters()
    heard = Heard(host, trust.forget(host, stored))
    try:
        assert isinstance(heard.expect(Disconnected).error, TlsError)
        assert server.requests == []
    finally:
        heard.stop()
