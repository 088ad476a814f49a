"""Emby's and Jellyfin's websocket: frames become hints, the connection is kept alive, the token stays out of sight."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from retrovue.core.domain.errors import AuthError, ForbiddenError, TlsError
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.sources.base import Connection
from retrovue.core.sources.hints import Connected, Disconnected, Hint, ItemHint, LibraryHint, SessionsHint, WatchedHint
from retrovue.core.sources.http.failures import fetch_peer
from retrovue.core.sources.http.listening import SocketListener
from retrovue.core.sources.listeners import listener_for, tells_library_changes
from retrovue.core.sources.mediabrowser.notifications import (
    beat_of,
    mediabrowser_notifications,
    parse_frame,
    parse_sessions,
)
from retrovue.demo import DemoLibrary, DemoServer
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect, MediaBrowserDialect

DIALECTS = {ServerKind.EMBY: EmbyDialect, ServerKind.JELLYFIN: JellyfinDialect}


def changed(**data: Any) -> bytes:
    return json.dumps({"MessageType": "LibraryChanged", "MessageId": "a", "Data": data}).encode()


def test_items_of_one_library() -> None:
    frame = changed(ItemsAdded=["1", 2], ItemsUpdated=["2", "3"], ItemsRemoved=["3", "4"], CollectionFolders=["7"])
    assert parse_frame(frame) == [
        ItemHint("1", "7"),
        ItemHint("2", "7"),
        ItemHint("3", "7", removed=True),
        ItemHint("4", "7", removed=True),
    ]


def test_with_several_libraries_nothing_says_where_an_item_is() -> None:
    assert parse_frame(changed(ItemsAdded=["1"], CollectionFolders=["7", "8"])) == [ItemHint("1")]
    assert parse_frame(changed(ItemsAdded=["1"])) == [ItemHint("1")]


@pytest.mark.parametrize(
    ("data", "hints"),
    [
        ({"CollectionFolders": ["7", "8"]}, [LibraryHint("7"), LibraryHint("8")]),
        ({"CollectionFolders": ["7"], "FoldersRemovedFrom": ["9"]}, [LibraryHint("7", removed=True)]),
        ({"FoldersRemovedFrom": ["9"]}, [LibraryHint(None, removed=True)]),
        ({"FoldersAddedTo": ["9"]}, []),
        ({}, []),
    ],
)
def test_changes_that_name_no_item(data: dict[str, Any], hints: list[Hint]) -> None:
    assert parse_frame(changed(**data)) == hints


@pytest.mark.parametrize(
    "frame",
    [
        b'{"MessageType":"Sessions","Data":[]}',
        b'{"MessageType":"LibraryChanged","Data":[]}',
        b'{"MessageType":"LibraryChanged"}',
        changed(ItemsAdded="1", ItemsRemoved={"1": 2}, ItemsUpdated=[None, [], {}, True, ""]),
        b'{"MessageType":["LibraryChanged"]}',
        b"[]",
        b"not json",
        b"\xff\xfe",
        b"",
    ],
)
def test_frames_that_say_nothing(frame: bytes) -> None:
    assert parse_frame(frame) == []


def watched(data: Any) -> bytes:
    return json.dumps({"MessageType": "UserDataChanged", "MessageId": "a", "Data": data}).encode()


def test_what_the_account_watched() -> None:
    rows = [{"ItemId": "1", "Played": True}, {"ItemId": "1"}, {"ItemId": 2}, {"Key": "3"}, None, "4"]
    frame = watched({"UserId": "BE84b8fa-b501-40db-9363-2649ba601480", "UserDataList": rows})
    own = "be84b8fab50140db93632649ba601480"
    assert parse_frame(frame, user_id=own) == [WatchedHint("1"), WatchedHint("2")]
    # What others watch is theirs, and a key belongs to nobody.
    assert parse_frame(frame, user_id="another") == []
    assert parse_frame(frame) == []


@pytest.mark.parametrize("data", [None, [], "x", {"UserId": "7"}, {"UserId": "7", "UserDataList": {"ItemId": "1"}}])
def test_watched_frames_that_say_nothing(data: Any) -> None:
    assert parse_frame(watched(data), user_id="7") == []


@pytest.mark.parametrize(
    ("frame", "seconds"),
    [
        (b'{"MessageType":"ForceKeepAlive","Data":60}', 30.0),
        (b'{"MessageType":"ForceKeepAlive","Data":"30"}', 15.0),
        (b'{"MessageType":"ForceKeepAlive","Data":0}', 1.0),
        (b'{"MessageType":"ForceKeepAlive"}', None),
        (b'{"MessageType":"KeepAlive","Data":60}', None),
    ],
)
def test_how_often_the_server_wants_to_hear_from_us(frame: bytes, seconds: float | None) -> None:
    assert beat_of(frame) == seconds


def test_jellyfin_tells_changes_to_people_only() -> None:
    key, person = Connection("http://nas:8096", token="key"), Connection("http://nas:8096", token="t", user_id="7")
    assert not tells_library_changes(ServerKind.JELLYFIN, key)
    assert tells_library_changes(ServerKind.JELLYFIN, person)
    assert tells_library_changes(ServerKind.EMBY, key)


class Listening:
    """A listener on a thread of its own; its events come out of a queue."""

    def __init__(self, listener: SocketListener) -> None:
        self.cancel = CancelToken()
        self.events: queue.Queue[Hint] = queue.Queue()
        self.error: Exception | None = None
        self._listener = listener
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self._listener.listen(self.events.put, self.cancel)
        except (AuthError, ForbiddenError) as error:
            self.error = error

    def __enter__(self) -> "Listening":
        self.thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.cancel.cancel()
        self.thread.join(30)
        assert not self.thread.is_alive()

    def expect(self, kind: type[Hint]) -> Any:
        while True:
            event = self.events.get(timeout=30)
            if isinstance(event, kind):
                return event


@pytest.fixture(params=[ServerKind.EMBY, ServerKind.JELLYFIN], ids=["emby", "jellyfin"])
def kind(request: pytest.FixtureRequest) -> ServerKind:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def server(library: DemoLibrary, kind: ServerKind) -> Iterator[DemoServer]:
    with DemoServer(library, dialect=DIALECTS[kind], base_path="/media") as running:
        running.dialect.announcer.library_changes = True
        yield running


@pytest.fixture
def person(server: DemoServer) -> Connection:
    """A signed-in person's connection."""
    assert isinstance(server.dialect, MediaBrowserDialect)
    users = server.dialect.users
    return Connection(server.url, token=users.issue(users.accounts[0]), client_id="c7", user_id=users.accounts[0].id)


def test_hints_of_a_server(server: DemoServer, library: DemoLibrary, kind: ServerKind, person: Connection) -> None:
    assert isinstance(server.dialect, MediaBrowserDialect)
    identity = server.dialect.flavour.item_id
    with Listening(listener_for(kind, person)) as heard:
        heard.expect(Connected)
        assert server.sockets.wait_for_clients()
        movie = library.add_movie("The Salt Lamp", year=2020)
        assert heard.expect(ItemHint) == ItemHint(identity(movie.id), identity(1))
        library.remove(movie.id)
        assert heard.expect(ItemHint) == ItemHint(identity(movie.id), identity(1), removed=True)
    upgrade = next(record for record in server.requests if record.status == 101)
    assert parse_qs(upgrade.query) == {"deviceId": ["c7"]}
    assert person.token in upgrade.headers["authorization"]


def test_it_comes_back_after_the_connection_was_lost(server: DemoServer, kind: ServerKind, person: Connection) -> None:
    dialect = mediabrowser_notifications(kind, person)
    with Listening(SocketListener(person, dialect, wait=lambda _seconds: False, jitter=lambda: 0.0)) as heard:
        heard.expect(Connected)
        server.drop_connections()
        assert heard.expect(Disconnected).retry_in_s == 1.0
        heard.expect(Connected)


def test_a_refused_token_ends_it_and_is_in_no_text(server: DemoServer, kind: ServerKind) -> None:
    refused = Connection(server.url, token="revoked-secret", user_id="7")
    with Listening(listener_for(kind, refused)) as heard:
        heard.thread.join(30)
        # Jellyfin refuses a handshake with 403 whatever the reason; whoever follows asks what it means.
        assert isinstance(heard.error, ForbiddenError if kind is ServerKind.JELLYFIN else AuthError)
        assert "revoked-secret" not in f"{heard.error.user_text()} {heard.error.detail}"
        assert "revoked-secret" not in repr(mediabrowser_notifications(kind, refused))


@pytest.mark.slow
def test_it_says_that_it_is_alive_as_often_as_asked(bare: Callable[..., Any], kind: ServerKind) -> None:
    from tests.sources.conftest import read_head

    from retrovue.demo.http import Request
    from retrovue.demo.websocket import accept_head, frame

    got: queue.Queue[bytes] = queue.Queue()

    def serve(sock: Any) -> None:
        head = read_head(sock).decode()
        lines = [line.partition(": ") for line in head.split("\r\n") if ": " in line]
        request = Request("GET", "/", "", {name.lower(): value for name, _colon, value in lines}, params=[])
        sock.sendall(accept_head(request) + frame(b'{"MessageType":"ForceKeepAlive","Data":2}'))
        while data := sock.recv(4096):
            got.put(data)

    connection = Connection(bare(serve).url, token="t", user_id="7")
    with Listening(SocketListener(connection, mediabrowser_notifications(kind, connection))) as heard:
        heard.expect(Connected)
        for _each in range(2):
            data = got.get(timeout=30)
            mask, text = data[2:6], data[6:]
            said = bytes(byte ^ mask[number % 4] for number, byte in enumerate(text))
            assert json.loads(said) == {"MessageType": "KeepAlive"}
        assert heard.events.empty()


def test_the_token_is_sent_only_to_the_trusted_certificate(bare: Callable[..., Any], kind: ServerKind) -> None:
    from tests.sources.conftest import read_head

    heads: queue.Queue[bytes] = queue.Queue()

    def serve(sock: Any) -> None:
        if head := read_head(sock):
            heads.put(head)
            sock.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")

    server = bare(serve, certificate="self-signed")
    peer = fetch_peer("127.0.0.1", server.port)
    assert peer is not None
    for pin, trusted in ((peer.fingerprint, True), ("00" * 32, False)):
        connection = Connection(server.url, token="demo-token", user_id="7", tls_fingerprint=pin)
        listener = SocketListener(connection, mediabrowser_notifications(kind, connection), wait=lambda _seconds: True)
        if trusted:
            with pytest.raises(AuthError):
                listener.listen(lambda _hint: None, CancelToken())
            assert b"demo-token" in heads.get(timeout=30)
            # Emby is asked once more, in its other way.
            while not heads.empty():
                heads.get()
        else:
            found: list[Hint] = []
            listener.listen(found.append, CancelToken())
            assert isinstance(found[0], Disconnected)
            assert isinstance(found[0].error, TlsError)
            assert heads.empty()


def test_recorded_lists_of_sessions_name_who_plays_what(fixtures_dir: Path) -> None:
    recorded = json.loads((fixtures_dir / "jellyfin12" / "websocket.json").read_text(encoding="utf-8"))
    frames = [entry["frame"] for entry in recorded if entry.get("from") == "server"]
    said = [hint for frame in frames for hint in parse_sessions(json.dumps(frame))]
    lists = [frame for frame in frames if frame["MessageType"] == "Sessions"]
    assert len(said) == len(lists) > 0
    playing = [session for hint in said if isinstance(hint, SessionsHint) for session in hint.sessions]
    assert playing
    assert all(session.remote_id and session.user and session.checked_in_at for session in playing)


@pytest.mark.parametrize("frame", ["", "[]", "{", '{"MessageType":"Sessions"}', '{"MessageType":"Sessions","Data":{}}'])
def test_what_is_no_list_of_sessions_says_nothing(frame: str) -> None:
    assert parse_sessions(frame) == []


def test_a_list_without_plays_is_complete_all_the_same() -> None:
    idle = {"MessageType": "Sessions", "Data": [{"Id": "1", "DeviceName": "TV"}, None, "x"]}
    assert parse_sessions(json.dumps(idle)) == [SessionsHint(())]
