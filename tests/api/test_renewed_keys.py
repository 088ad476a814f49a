"""A key or an address for webhooks that is renewed counts at once, whichever process renewed it."""

import contextlib
import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from tests.api.conftest import Asker

from retrovue.api.house import SharedHouse
from retrovue.api.server import ApiServer
from retrovue.core.context import AppContext
from retrovue.core.domain.servers import ServerKind
from retrovue.core.services.servers import registration as servers
from retrovue.core.services.sharing.board import SessionBoard
from retrovue.core.services.sharing.hooks import hook_secret, put_back_hook, renew_hook
from retrovue.core.services.sharing.keys import ApiKey, api_key, keep_key, new_key
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.secrets import SecretPlace
from retrovue.core.system.zone import local_zone
from retrovue.demo import DemoServer, LibrarySpec, make_library

ENVIRON = {"RETROVUE_SECRETS": "file"}


def profile(folder: Path) -> AppContext:
    return AppContext(resolve_dirs(folder), environ=ENVIRON, keyring=lambda: None, write_log=False)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[AppContext]:
    """The same profile in another process, as far as a key goes."""
    host = profile(tmp_path)
    yield host
    host.close()


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    host = profile(tmp_path)
    house = SharedHouse(host, api_key(host, ENVIRON), SessionBoard(), local_zone())
    server = ApiServer(house)
    server.start()
    yield Asker(server, house)
    server.stop()
    host.close()


def status(asker: Asker, key: str, cmd: str = "status") -> int:
    return asker.raw(f"/api/v2?apikey={key}&cmd={cmd}")[0]


def test_a_renewed_key_counts_from_the_next_request_on(asker: Asker, other: AppContext) -> None:
    old = asker.house.key.text
    # The second answer is one that is given again, without a look at anything else.
    assert [status(asker, old, "get_activity") for _ in range(2)] == [200, 200]
    new = new_key(other).text
    assert [status(asker, old, "get_activity"), status(asker, old), status(asker, new)] == [400, 400, 200]
    assert asker.raw("/api/v1/servers", headers={"X-Api-Key": old})[0] == 401
    assert asker.raw("/api/v1/servers", headers={"X-Api-Key": new})[0] == 200
    # Two within a moment, and taken back: as after a click too many.
    newest = new_key(other).text
    assert [status(asker, new), status(asker, newest)] == [400, 200]
    keep_key(other, old)
    assert [status(asker, newest), status(asker, old)] == [400, 200]


def test_of_two_programs_that_find_no_key_one_makes_it(tmp_path: Path) -> None:
    ready = Barrier(2)
    with contextlib.ExitStack() as open_until:
        hosts = [profile(tmp_path) for _ in range(2)]
        for host in hosts:
            open_until.callback(host.close)

        def first_key(host: AppContext) -> str:
            ready.wait(30)
            return api_key(host, ENVIRON).text

        with ThreadPoolExecutor(2) as threads:
            one, other = threads.map(first_key, hosts)
        assert one == other == api_key(hosts[0], ENVIRON).text


@pytest.mark.slow
def test_a_key_of_the_environment_is_not_renewed(asker: Asker, other: AppContext) -> None:
    given = "f" * 32
    asker.house.key = ApiKey(given, SecretPlace.ENVIRONMENT)
    new = new_key(other).text
    assert [status(asker, new), status(asker, given)] == [400, 200]


def test_events_end_for_whoever_has_the_old_key(asker: Asker, other: AppContext) -> None:

    old = asker.house.key.text
    connection = http.client.HTTPConnection("127.0.0.1", int(asker.server.url.rsplit(":", 1)[1]), timeout=30)
    connection.request("GET", "/api/v1/events", headers={"X-Api-Key": old})
    answer = connection.getresponse()
    assert answer.status == 200
    new_key(other)
    assert answer.read() == b""
    connection.close()


@pytest.mark.slow
def test_a_new_address_for_webhooks_counts_at_once(asker: Asker, other: AppContext) -> None:
    with DemoServer(make_library(LibrarySpec(shows=0, episodes=0, movies=1))) as demo:
        added = servers.add(other, kind=ServerKind.PLEX, name="Attic", url=demo.url, secret=demo.token)
    uuid = added.server.uuid

    def answered(secret: str) -> int:
        return asker.raw(f"/hooks/{secret}", method="POST", body=json.dumps({"event": "media.play"}).encode())[0]

    first = hook_secret(other, asker.house.key, uuid)
    assert answered(first) == 204
    before = renew_hook(other, uuid)
    second = hook_secret(other, asker.house.key, uuid)
    assert [answered(first), answered(second)] == [404, 204]
    put_back_hook(other, uuid, before)
    assert [answered(second), answered(first)] == [404, 204]
    key = new_key(other)
    assert [answered(first), answered(hook_secret(other, key, uuid))] == [404, 204]
