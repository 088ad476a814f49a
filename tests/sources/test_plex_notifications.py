"""Notifications: frames become hints; the websocket comes back by itself, and stops for a refused token."""

import queue
import threading

import pytest

from retrovue.core.domain.errors import AuthError, UnreachableError
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.sources.base import Connection
from retrovue.core.sources.hints import Connected, Disconnected, ItemHint, LibraryHint, PlayingHint
from retrovue.core.sources.http.listening import SocketListener
from retrovue.core.sources.plex.notifications import parse_frame, plex_notifications
from retrovue.demo.fault_kinds import Status

PLAYING = (
    '{"type":"playing","size":1,"%s":[{"sessionKey":"7","clientIdentifier":"box","guid":"","ratingKey":"51",'
    '"key":"/library/metadata/51","viewOffset":"60000","state":"paused","transcodeSession":"abc"}]}'
)
HINT = PlayingHint("7", "paused", "51", 60_000, "box", "abc")


def timeline(**facts):
    import json

    entry = {"identifier": "com.plexapp.plugins.library", "sectionID": 3, "itemID": "51", "type": 4, "state": 5}
    entry |= facts
    return json.dumps({"NotificationContainer": {"type": "timeline", "size": 1, "TimelineEntry": [entry]}})


@pytest.mark.parametrize(
    "text",
    [
        '{"NotificationContainer":' + PLAYING % "PlaySessionStateNotification" + "}",
        PLAYING % "PlaySessionStateNotification",
        PLAYING % "_children",
        (PLAYING % "PlaySessionStateNotification").encode(),
    ],
)
def test_playing_frames(text):
    assert parse_frame(text) == [HINT]


@pytest.mark.parametrize(
    ("facts", "removed"),
    [({}, False), ({"state": "5"}, False), ({"state": 9}, True), ({"state": 1, "metadataState": "deleted"}, True),
     ({"state": 1, "type": -1}, True)],
)  # fmt: skip
def test_timeline_frames_that_say_done_or_removed(facts, removed):
    (hint,) = parse_frame(timeline(**facts))
    assert isinstance(hint, ItemHint)
    assert (hint.remote_id, hint.library_id, hint.removed) == ("51", "3", removed)
    assert hint.kind is (None if facts.get("type") == -1 else ItemKind.EPISODE)


def test_a_season_that_goes_may_take_its_episodes_silently():
    assert parse_frame(timeline(type=3, state=9)) == [LibraryHint("3", removed=True)]


@pytest.mark.parametrize(
    "text",
    [
        timeline(state=0),
        timeline(state=3),
        timeline(type=3),
        timeline(type=10),
        timeline(type=18, state=9),
        timeline(identifier="tv.plex.providers.epg.cloud:4"),
        timeline(itemID="0"),
        timeline(itemID="a-b"),
        timeline(itemID=None),
        '{"NotificationContainer":{"type":"activity","ActivityNotification":[{}]}}',
        '{"NotificationContainer":{"type":"playing","PlaySessionStateNotification":[{"state":"playing"},5]}}',
        '{"NotificationContainer":[]}',
        "[]",
        "not json",
        b"\xff\xfe",
        "",
    ],
)
def test_frames_that_say_nothing(text):
    assert parse_frame(text) == []


class Listening:
    """A listener on a thread of its own; its events come out of a queue."""

    def __init__(self, url, token="demo-token", **facts):
        self.cancel = CancelToken()
        self.events = queue.Queue()
        self.pauses = []
        self.error = None
        facts.setdefault("wait", lambda seconds: self.pauses.append(seconds) or self.cancel.cancelled)
        connection = Connection(url, token=token)
        self._listener = SocketListener(connection, plex_notifications(connection), jitter=lambda: 0.0, **facts)
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        try:
            self._listener.listen(self.events.put, self.cancel)
        except AuthError as error:
            self.error = error

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_exc):
        self.cancel.cancel()
        self.thread.join(30)
        assert not self.thread.is_alive()

    def expect(self, kind):
        """The next event of a kind."""
        while True:
            event = self.events.get(timeout=30)
            if isinstance(event, kind):
                return event


@pytest.fixture
def episode(plex, shows):
    return int(plex.items_page(shows, ItemKind.EPISODE, start=0, size=1).items[0].remote_id)


def test_hints_of_a_server(server, library, episode):
    with Listening(server.url) as heard:
        heard.expect(Connected)
        playback = server.playbacks.start(episode, offset_ms=1000)
        hint = heard.expect(PlayingHint)
        assert (hint.remote_id, hint.state, hint.session_key) == (str(episode), "playing", playback.session_key)
        server.dialect.announcer.added(library.items[episode])
        done = heard.expect(ItemHint)
        assert (done.remote_id, done.removed) == (str(episode), False)
        server.dialect.announcer.removed(episode, "3")
        assert heard.expect(ItemHint).removed
    upgrade = next(r for r in server.requests if "websockets" in r.path)
    assert upgrade.headers["x-plex-token"] == "demo-token"
    assert "token" not in upgrade.query.lower()


def test_it_comes_back_after_the_connection_was_lost(server, episode):
    with Listening(server.url) as heard:
        heard.expect(Connected)
        server.drop_connections()
        lost = heard.expect(Disconnected)
        assert lost.retry_in_s == 1.0
        assert lost.error.user_text()
        heard.expect(Connected)
        server.playbacks.start(episode)
        assert heard.expect(PlayingHint).remote_id == str(episode)


def test_pauses_grow_while_nobody_answers(server):
    url = server.url
    server.stop()
    with Listening(url) as heard:
        found = [heard.expect(Disconnected) for _ in range(8)]
    assert [each.retry_in_s for each in found] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert all(isinstance(each.error, UnreachableError) for each in found)


def test_a_refused_token_ends_it(server):
    with Listening(server.url, token="old") as heard:
        heard.thread.join(30)
        assert isinstance(heard.error, AuthError)
        assert heard.events.empty()


def test_a_server_that_is_starting_is_tried_again(server):
    with server.faults.using(Status(status=503, times=2)), Listening(server.url) as heard:
        heard.expect(Connected)
        assert heard.pauses == [1, 2]


def test_a_silent_connection_is_pinged_and_then_given_up(bare):
    import base64
    import hashlib

    from tests.sources.conftest import read_head

    got = queue.Queue()

    def serve(sock):
        if not (head := read_head(sock).decode()):
            return
        key = next(line.split(": ")[1] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key"))
        digest = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        sock.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + digest + b"\r\n\r\n"
        )
        while data := sock.recv(100):
            got.put(data)

    with Listening(bare(serve).url, silence_s=0.1) as heard:
        heard.expect(Connected)
        assert got.get(timeout=30)[0] == 0x89  # a ping
        assert isinstance(heard.expect(Disconnected).error, UnreachableError)


def test_cancelling_ends_it_at_once(server):
    with Listening(server.url, silence_s=30) as heard:
        heard.expect(Connected)
        heard.cancel.cancel()
        heard.thread.join(30)
        assert not heard.thread.is_alive()


def test_cancelling_ends_the_pause(server):
    url = server.url
    server.stop()
    with Listening(url, wait=None) as heard:
        heard.expect(Disconnected)
        heard.cancel.cancel()
        heard.thread.join(30)
        assert not heard.thread.is_alive()


@pytest.mark.parametrize("pinned", [True, False])
def test_the_token_is_sent_only_to_the_trusted_certificate(bare, pinned):
    from tests.sources.conftest import read_head

    from retrovue.core.domain.errors import TlsError
    from retrovue.core.sources.http.failures import fetch_peer

    heads = queue.Queue()

    def serve(sock):
        if head := read_head(sock):
            heads.put(head)
            sock.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")

    server = bare(serve, certificate="self-signed")
    pin = fetch_peer("127.0.0.1", server.port).fingerprint
    cancel = CancelToken()
    found = []
    connection = Connection(server.url, token="demo-token", tls_fingerprint=pin if pinned else "00" * 32)
    listener = SocketListener(connection, plex_notifications(connection), wait=lambda _seconds: True)
    if pinned:
        with pytest.raises(AuthError):
            listener.listen(found.append, cancel)
        assert b"demo-token" in heads.get(timeout=30)
    else:
        listener.listen(found.append, cancel)
        assert isinstance(found[0].error, TlsError)
        assert heads.empty()
