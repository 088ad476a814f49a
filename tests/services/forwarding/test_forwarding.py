"""Notices sent elsewhere: real HTTP on loopback, a queue that survives a restart, and no address in the log."""

import contextlib
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError, LockedError, SecretError
from retrovue.core.domain.playback import EventKind, RemoteSession
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.forwarding import targets
from retrovue.core.services.forwarding.forwarder import Forwarder
from retrovue.core.services.monitor import Heard, PlaybackEvent
from retrovue.core.services.servers import registration as servers
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.plex import PlexDialect


@dataclass
class Clock:
    """The time as a test says."""

    at: datetime = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def epoch(self) -> int:
        return int(self.at.timestamp())


@dataclass
class Service:
    """A service that takes JSON, or refuses it."""

    taken: list[dict[str, Any]] = field(default_factory=list)
    told: threading.Condition = field(default_factory=threading.Condition)
    asked: int = 0
    status: int = 200
    port: int = 0

    @property
    def url(self) -> str:
        return f"json://someone:very-secret-word@127.0.0.1:{self.port}/"

    def wait(self, count: int) -> None:
        with self.told:
            assert self.told.wait_for(lambda: len(self.taken) >= count, 20), self.taken

    def wait_asked(self, count: int) -> None:
        with self.told:
            assert self.told.wait_for(lambda: self.asked >= count, 20)


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with made.told:
                made.asked += 1
                if made.status == 200:
                    made.taken.append(json.loads(body))
                made.told.notify_all()
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Nothing is printed."""

    httpd = HTTPServer(("127.0.0.1", 0), Handler)
    made.port = httpd.server_port
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield made
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def profile(folder: Path, clock: Clock, secrets: str = "file") -> AppContext:
    return AppContext(
        resolve_dirs(folder),
        environ={"RETROVUE_SECRETS": secrets, "RETROVUE_NOTICE_DELAY_S": "0"},
        keyring=lambda: None,
        clock=clock,
        write_log=False,
    )


@pytest.fixture
def host(tmp_path: Path) -> Iterator[AppContext]:
    context = profile(tmp_path, Clock())
    yield context
    context.close()


@contextlib.contextmanager
def sending(host: AppContext) -> Iterator[Forwarder]:
    """A forwarder at work until the end of the block."""
    forwarder, token = Forwarder(host), CancelToken()
    thread = threading.Thread(target=forwarder.run, args=(token,))
    thread.start()
    try:
        yield forwarder
    finally:
        token.cancel()
        thread.join(20)
        assert not thread.is_alive()


def heard(kind: EventKind, user: str = "mira", server_id: int = 1) -> Heard:
    session = RemoteSession("7", "101", "movie", "The Tide Table", "playing", user=user, user_id=user, device_id="tv")
    return Heard(PlaybackEvent(kind, Clock().at, "Attic", server_id, session))


def test_a_test_notice_arrives_and_the_address_is_shown_nowhere(
    host: AppContext, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    target = targets.add(host, service.url)
    assert [each.problem for each in targets.try_out(host)] == [""]
    assert service.taken[0]["title"] == "RetroVue"
    service.status = 500
    (tried,) = targets.try_out(host, target.id)
    assert tried.problem
    for text in (tried.problem, repr(host.forwarding.targets()), caplog.text):
        assert "very-secret-word" not in text


def test_what_is_not_an_address_is_refused(host: AppContext) -> None:
    for nonsense in ("", "nonsense", "http//x", "ftp://x/y", "json://"):
        with pytest.raises(ConfigError):
            targets.add(host, nonsense)
    with pytest.raises(ConfigError):
        targets.add(host, "json://127.0.0.1/", events=["exploded"])
    assert host.forwarding.targets() == []


def test_without_a_keyring_and_consent_nothing_is_kept(tmp_path: Path) -> None:
    context = profile(tmp_path, Clock(), secrets="memory")
    with pytest.raises(SecretError):
        targets.add(context, "json://127.0.0.1/")
    assert context.forwarding.targets() == []
    context.close()


def test_events_are_sent_by_the_filters_of_each_target(host: AppContext, service: Service) -> None:
    server = DemoServer(make_library(LibrarySpec(shows=1, episodes=1, movies=1)), dialect=PlexDialect).start()
    attic = servers.add(host, kind=ServerKind.PLEX, name="Attic", url=server.url, secret=server.token).server
    server.stop()
    targets.add(host, service.url, events=["stopped"], user="Mira")
    targets.add(host, service.url, events=["stopped"], server=attic)
    with sending(host) as forwarder:
        forwarder.take((heard(EventKind.STOPPED), heard(EventKind.STOPPED, "edda", server_id=99)))
        service.wait(2)
    assert all("mira" in each["title"] for each in service.taken)
    assert host.forwarding.next_at() is None


def test_what_a_dead_service_did_not_take_survives_a_restart(tmp_path: Path, service: Service) -> None:
    clock = Clock()
    context = profile(tmp_path, clock)
    targets.add(context, service.url, events=["stopped"])
    service.status = 500
    with sending(context) as forwarder:
        forwarder.take((heard(EventKind.STOPPED),))
        service.wait_asked(1)
    assert service.taken == []
    assert context.forwarding.next_at() == clock.epoch() + 30
    context.close()
    service.status = 200
    clock.at += timedelta(minutes=5)
    context = profile(tmp_path, clock)
    with sending(context):
        service.wait(1)
    assert context.forwarding.next_at() is None
    context.close()


def test_a_dead_service_delays_no_other(host: AppContext, service: Service) -> None:
    dead = targets.add(host, "json://127.0.0.1:9/", events=["stopped"])
    targets.add(host, service.url, events=["stopped"])
    with sending(host) as forwarder:
        forwarder.take((heard(EventKind.STOPPED),))
        service.wait(1)
    assert [each.target_id for each in host.forwarding.due(host.clock.epoch() + 31)] == [dead.id]


def test_an_address_that_cannot_be_read_stops_no_other(host: AppContext, service: Service) -> None:
    lost = targets.add(host, "json://127.0.0.1:9/", events=["stopped"])
    host.secrets.delete(f"notify:{lost.id}")
    odd = targets.add(host, "json://127.0.0.1:9/", events=["stopped"])
    host.secrets.put(f"notify:{odd.id}", "nonsense")
    targets.add(host, service.url, events=["stopped"])
    with sending(host) as forwarder:
        forwarder.take((heard(EventKind.STOPPED),))
        service.wait(1)
    waiting = {each.target_id for each in host.forwarding.due(host.clock.epoch() + 31)}
    assert waiting == {lost.id, odd.id}


@pytest.mark.slow
def test_a_catalog_that_is_busy_loses_no_notice(host: AppContext, service: Service) -> None:
    targets.add(host, service.url, events=["stopped"])
    forwarder, token = Forwarder(host), CancelToken()
    with host.database.write():
        forwarder.take((heard(EventKind.STOPPED),))
        with pytest.raises(LockedError):
            forwarder.keep()
    thread = threading.Thread(target=forwarder.run, args=(token,))
    thread.start()
    service.wait(1)
    token.cancel()
    thread.join(20)
    assert not thread.is_alive()
    assert len(service.taken) == 1


def test_a_queue_has_an_end(host: AppContext, service: Service) -> None:
    target = targets.add(host, service.url)
    host.forwarding.put(target.id, [(f"notice {n}", "") for n in range(20)], now=host.clock.epoch(), most=5)
    assert [each.title for each in host.forwarding.due(host.clock.epoch())] == [f"notice {n}" for n in range(15, 20)]
    targets.remove(host, target.id)
    assert host.forwarding.due(host.clock.epoch()) == []
    with pytest.raises(ConfigError):
        targets.remove(host, target.id)
