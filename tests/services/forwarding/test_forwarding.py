"""Notices sent elsewhere: real HTTP on loopback, a queue that survives a restart, and no address in the log."""

import contextlib
import json
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from keyring.errors import KeyringLocked
from tests.servers.bare import BareServer, read_head

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError, LockedError, SecretError
from retrovue.core.domain.forwarding import NoticeChoice
from retrovue.core.domain.playback import EventKind, RemoteSession
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.sync import LibraryReport, SyncOutcome, SyncReport, SyncTier
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.forwarding import targets
from retrovue.core.services.forwarding.forwarder import Forwarder, announce, concerns
from retrovue.core.services.forwarding.sending import send
from retrovue.core.services.forwarding.synced import send_sync, sync_notices
from retrovue.core.services.forwarding.wording import fields_of, preview
from retrovue.core.services.monitor import Heard, PlaybackEvent
from retrovue.core.services.monitor.notices import NoticeText
from retrovue.core.services.monitor.recorder import Recorder
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
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,))
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
        targets.add(host, "json://127.0.0.1/", NoticeChoice(events=("exploded",)))
    assert host.forwarding.targets() == []


def test_without_a_keyring_and_consent_nothing_is_kept(tmp_path: Path) -> None:
    context = profile(tmp_path, Clock(), secrets="memory")
    with pytest.raises(SecretError):
        targets.add(context, "json://127.0.0.1/")
    assert context.forwarding.targets() == []
    context.close()


@pytest.mark.slow
def test_an_answer_without_end_is_waited_for_once(service: Service) -> None:
    enough = threading.Event()

    def drip(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while not enough.wait(0.05):
            sock.sendall(b"x")

    with BareServer(drip) as server:
        url = f"json://127.0.0.1:{server.port}/"
        assert send(url, "Title", "Text", deadline_s=0.5)
        # Nothing more is sent there while the first attempt hangs, and others are not held up.
        assert send(url, "Title", "Text", deadline_s=60)
        assert server.hits == 1
        assert send(service.url, "Title", "Text") == ""
        [thread] = [each for each in threading.enumerate() if each.name == "notice"]
        enough.set()
        thread.join(30)
        assert not thread.is_alive()


class LockedKeyring:
    """Nobody answers its prompt."""

    def get_password(self, _service: str, _name: str) -> str | None:
        raise KeyringLocked("prompt dismissed")

    def set_password(self, _service: str, _name: str, _secret: str) -> None:
        raise KeyringLocked("prompt dismissed")

    def delete_password(self, _service: str, _name: str) -> None:
        raise KeyringLocked("prompt dismissed")


def test_a_locked_keyring_is_said_to_be_locked_and_leaves_no_target_without_address(tmp_path: Path) -> None:
    context = AppContext(resolve_dirs(tmp_path), environ={}, keyring=LockedKeyring, write_log=False)
    with pytest.raises(SecretError) as caught:
        targets.add(context, "json://127.0.0.1/")
    assert caught.value.is_locked
    assert context.forwarding.targets() == []
    context.close()


def test_a_target_stays_until_its_address_can_be_forgotten(tmp_path: Path) -> None:
    context = profile(tmp_path, Clock())
    target = targets.add(context, "json://127.0.0.1/")
    context.close()
    locked = AppContext(resolve_dirs(tmp_path), environ={}, keyring=LockedKeyring, write_log=False)
    with pytest.raises(SecretError):
        targets.remove(locked, target.id)
    assert [each.id for each in locked.forwarding.targets()] == [target.id]
    locked.close()


def test_events_are_sent_by_the_filters_of_each_target(host: AppContext, service: Service) -> None:
    server = DemoServer(make_library(LibrarySpec(shows=1, episodes=1, movies=1)), dialect=PlexDialect).start()
    attic = servers.add(host, kind=ServerKind.PLEX, name="Attic", url=server.url, secret=server.token).server
    server.stop()
    targets.add(host, service.url, NoticeChoice(events=("stopped",), users=("Mira", "otto")))
    targets.add(host, service.url, NoticeChoice(events=("stopped",), servers=(attic.id,)))
    with sending(host) as forwarder:
        forwarder.take((heard(EventKind.STOPPED), heard(EventKind.STOPPED, "edda", server_id=99)))
        service.wait(2)
    assert all("mira" in each["title"] for each in service.taken)
    assert host.forwarding.next_at() is None


def test_what_a_dead_service_did_not_take_survives_a_restart(tmp_path: Path, service: Service) -> None:
    clock = Clock()
    context = profile(tmp_path, clock)
    targets.add(context, service.url, NoticeChoice(events=("stopped",)))
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
    dead = targets.add(host, "json://127.0.0.1:9/", NoticeChoice(events=("stopped",)))
    targets.add(host, service.url, NoticeChoice(events=("stopped",)))
    with sending(host) as forwarder:
        forwarder.take((heard(EventKind.STOPPED),))
        service.wait(1)
    assert [each.target_id for each in host.forwarding.due(host.clock.epoch() + 31)] == [dead.id]


def test_an_address_that_cannot_be_read_stops_no_other(host: AppContext, service: Service) -> None:
    lost = targets.add(host, "json://127.0.0.1:9/", NoticeChoice(events=("stopped",)))
    host.secrets.delete(f"notify:{lost.id}")
    odd = targets.add(host, "json://127.0.0.1:9/", NoticeChoice(events=("stopped",)))
    host.secrets.put(f"notify:{odd.id}", "nonsense")
    targets.add(host, service.url, NoticeChoice(events=("stopped",)))
    with sending(host) as forwarder:
        forwarder.take((heard(EventKind.STOPPED),))
        service.wait(1)
    waiting = {each.target_id for each in host.forwarding.due(host.clock.epoch() + 31)}
    assert waiting == {lost.id, odd.id}


@pytest.mark.slow
def test_a_catalog_that_is_busy_loses_no_notice(host: AppContext, service: Service) -> None:
    targets.add(host, service.url, NoticeChoice(events=("stopped",)))
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


def test_what_concerns_a_service() -> None:
    film = heard(EventKind.STARTED)
    tide = replace(film, library="Films")
    down = Heard(PlaybackEvent(EventKind.SERVER_DOWN, Clock().at, "Attic", 1))
    for choice, told in (
        (NoticeChoice(), (True, True, True)),
        (NoticeChoice(servers=(2, 1)), (True, True, True)),
        (NoticeChoice(servers=(2,)), (False, False, False)),
        (NoticeChoice(users=("edda", "MIRA")), (True, True, False)),
        (NoticeChoice(libraries=("films",)), (False, True, False)),
        (NoticeChoice(kinds=("episode", "live")), (False, False, False)),
        (NoticeChoice(kinds=("movie",)), (True, True, False)),
    ):
        assert tuple(concerns(choice, each) for each in (film, tide, down)) == told, choice


def test_a_notice_in_the_words_of_its_service(host: AppContext, service: Service) -> None:
    text = "{user} is done\n{title} in {library}\n{show}"
    targets.add(host, service.url, NoticeChoice(events=("stopped", "server_down"), text=text))
    with sending(host) as forwarder:
        forwarder.take((replace(heard(EventKind.STOPPED), library="Films"),))
        service.wait(1)
    assert (service.taken[0]["title"], service.taken[0]["message"]) == ("mira is done", "The Tide Table in Films")


def test_a_text_says_what_each_event_has() -> None:
    now = Clock().at
    assert preview("{user}: {title}", "started", now, UTC) == ("", "Anna: Harbour Lights · S02E05 · Low Tide")
    assert preview("{server}\n{user} at {position} of {duration}, {percent}", "paused", now, UTC) == (
        "Attic",
        "Anna at 12:34 of 44:00, 28 %",
    )
    assert preview("{server}\n{user}", "server_down", now, UTC) == ("", "Attic")
    # Nothing that the text names is known of this event: better our own words than an empty notice.
    assert preview("{user}", "sync_failed", now, UTC)[0] == "Sync incomplete"
    for event in targets.EVENTS:
        assert preview("", event, now, UTC)[0]
        assert set(fields_of(event)) >= {"headline", "time"}
        everything = "\n".join(f"{name} {{{name}}}" for name in fields_of(event) if name != "library")
        assert len(preview(everything, event, now, UTC)[1].splitlines()) >= len(fields_of(event)) - 4
    for wrong in ("{nonsense}", "x" * 3_000):
        with pytest.raises(ConfigError):
            preview(wrong, "started", now, UTC)
    with pytest.raises(ConfigError):
        preview("", "exploded", now, UTC)


def test_the_end_of_a_sync_is_sent_to_whoever_wants_it(host: AppContext, service: Service) -> None:
    notice = NoticeText("Sync complete", "2 new movies", "sync_finished", None)
    # As on the desktop, where this is off by default, and limited to a person: neither is told.
    targets.add(host, service.url)
    targets.add(host, service.url, NoticeChoice(events=("sync_finished",), users=("mira",)))
    wanted = targets.add(host, service.url, NoticeChoice(events=("sync_finished",), text="{event} at {time}"))
    announce(host, notice)
    assert [(each.target_id, each.body[:16]) for each in host.forwarding.due(host.clock.epoch())] == [
        (wanted.id, "sync_finished at")
    ]


def test_a_service_that_never_answers_delays_no_other(host: AppContext) -> None:
    hanging, arrived = threading.Event(), threading.Event()
    dead = targets.add(host, "json://dead:9/", NoticeChoice(events=("stopped",)))
    targets.add(host, "json://alive:9/", NoticeChoice(events=("stopped",)))

    def send(url: str, _title: str, _body: str) -> str:
        if "dead" in url:
            hanging.wait(30)
            return "no answer"
        arrived.set()
        return ""

    forwarder, token = Forwarder(host, send=send), CancelToken()
    thread = threading.Thread(target=forwarder.run, args=(token,))
    thread.start()
    try:
        for server_id in (1, 2):
            # What happens while the other one hangs arrives as well.
            forwarder.take((heard(EventKind.STOPPED, server_id=server_id),))
            assert arrived.wait(20)
            arrived.clear()
    finally:
        token.cancel()
        hanging.set()
        thread.join(40)
    assert not thread.is_alive()
    assert [each.target_id for each in host.forwarding.due(host.clock.epoch() + 31)] == [dead.id] * 2


def test_a_service_is_changed_and_one_that_was_removed_comes_back(host: AppContext, service: Service) -> None:
    target = targets.add(host, service.url, NoticeChoice(text="{user}"))
    changed = NoticeChoice(events=("error",), servers=(1,), users=("mira",), libraries=("Films",), kinds=("movie",))
    targets.change(host, target.id, changed)
    assert host.forwarding.targets()[0].choice == changed
    removed = targets.remove(host, target.id)
    assert (host.forwarding.targets(), targets.address_of(host, target.id)) == ([], None)
    assert "very-secret-word" not in repr(removed)
    targets.put_back(host, removed)
    assert host.forwarding.targets() == [replace(target, choice=changed)]
    assert [each.problem for each in targets.try_out(host)] == [""]
    with pytest.raises(ConfigError):
        targets.change(host, target.id, NoticeChoice(kinds=("song",)))
    with pytest.raises(ConfigError):
        targets.change(host, target.id, changed, "nonsense")
    assert targets.address_of(host, target.id) == service.url


def sync_of(outcome: SyncOutcome = SyncOutcome.OK, held_back: int = 0) -> SyncReport:
    library = LibraryReport("Attic", "Movies", 1, 1, SyncTier.FULL, outcome, added=2, held_back=held_back)
    return SyncReport(libraries=(library,))


def test_the_end_of_a_sync_as_notices() -> None:
    def told(report: SyncReport) -> list[str]:
        return [notice.event for notice in sync_notices(report)]

    assert told(sync_of()) == ["sync_finished"]
    assert told(sync_of(held_back=3)) == ["sync_finished", "held_back"]
    assert told(sync_of(SyncOutcome.FAILED)) == ["sync_failed"]
    assert told(sync_of(SyncOutcome.CANCELLED)) == []
    assert told(SyncReport()) == []


def test_a_program_that_only_syncs_sends_itself_unless_another_one_does(host: AppContext, service: Service) -> None:
    targets.add(host, service.url, NoticeChoice(events=("sync_finished",)))
    recorder = Recorder("monitor")
    recorder.enter()
    assert recorder.claim(host)
    send_sync(host, sync_of(), CancelToken())
    assert (len(host.forwarding.due(host.clock.epoch())), service.asked) == (1, 0)
    recorder.leave()
    send_sync(host, sync_of(), CancelToken())
    assert [each["message"] for each in service.taken] == ["2 added, 0 updated, 0 removed"] * 2
    assert not host.forwarding.due(host.clock.epoch())
    service.status = 500
    send_sync(host, sync_of(), CancelToken())
    assert service.asked == 3
    assert host.forwarding.next_at() is not None
