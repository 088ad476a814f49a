"""Streams, the server's own history, scripts, and the frames that tell of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import websocket

from retrovue.demo import DemoLibrary, DemoServer
from retrovue.demo.playback import BROWSER, PHONE, USERS
from retrovue.demo.scripts import SessionScript, Step, evening, seed_history
from retrovue.demo.store import ManualClock

from .conftest import Client


@pytest.fixture
def ear(server: DemoServer) -> Iterator[websocket.WebSocket]:
    url = server.url.replace("http", "ws") + "/:/websockets/notifications"
    sock = websocket.create_connection(url, header={"X-Plex-Token": server.token}, timeout=30)
    assert server.sockets.wait_for_clients()
    yield sock
    sock.close()


def _hear(ear: websocket.WebSocket) -> dict[str, Any]:
    return json.loads(ear.recv())["NotificationContainer"]


def test_an_idle_server_lists_no_sessions(client: Client) -> None:
    container = client.container("/status/sessions")
    assert (container["size"], "Metadata" in container) == (0, False)


def test_a_stream_as_the_sheet_describes_it(client: Client, server: DemoServer, library: DemoLibrary) -> None:
    episode = library.members("3", "episode")[3]
    server.playbacks.start(episode.id, USERS[1], PHONE, offset_ms=9_000, decision="transcode", bandwidth_kbps=2_100)
    [item] = client.container("/status/sessions")["Metadata"]
    assert (item["ratingKey"], item["type"], item["viewOffset"]) == (str(episode.id), "episode", 9_000)
    assert item["sessionKey"] == "1"
    assert item["librarySectionID"] == "3"
    assert item["User"] == {"id": "2", "thumb": "", "title": "edda"}
    assert (item["Player"]["state"], item["Player"]["local"]) == ("playing", False)
    assert item["Session"] == {"id": "demo-session-0001", "bandwidth": 2_100, "location": "wan"}
    assert item["TranscodeSession"]["videoDecision"] == "transcode"
    assert item["Media"][0]["selected"] is True


def test_a_stream_of_an_item_that_is_removed_is_not_listed(
    client: Client, server: DemoServer, library: DemoLibrary
) -> None:
    gone, kept = library.members("1", "movie")[:2]
    stream = server.playbacks.start(gone.id)
    server.playbacks.start(kept.id, USERS[1], PHONE)
    library.remove(gone.id)
    assert [item["ratingKey"] for item in client.container("/status/sessions")["Metadata"]] == [str(kept.id)]
    assert server.playbacks.stop(stream.session_key).state == "stopped"


def test_direct_play_has_no_transcode_session_and_direct_stream_copies(
    client: Client, server: DemoServer, library: DemoLibrary
) -> None:
    first, second = library.members("1", "movie")[:2]
    server.playbacks.start(first.id)
    server.playbacks.start(second.id, USERS[2], BROWSER, decision="direct stream")
    direct, copied = client.container("/status/sessions")["Metadata"]
    assert "TranscodeSession" not in direct
    assert copied["TranscodeSession"]["videoDecision"] == "copy"


def test_the_position_moves_with_the_clock_only_while_playing(
    client: Client, server: DemoServer, library: DemoLibrary, clock: ManualClock
) -> None:
    movie = library.members("1", "movie")[0]
    key = server.playbacks.start(movie.id).session_key

    def position() -> int:
        return client.container("/status/sessions")["Metadata"][0]["viewOffset"]

    clock.advance(30)
    assert position() == 30_000
    server.playbacks.pause(key)
    clock.advance(100)
    assert position() == 30_000
    server.playbacks.resume(key)
    clock.advance(5)
    assert position() == 35_000
    server.playbacks.seek(key, 1_000)
    assert position() == 1_000
    clock.advance(1_000_000)
    assert position() == movie.duration_ms


def test_every_change_of_state_is_told(
    ear: websocket.WebSocket, server: DemoServer, library: DemoLibrary, clock: ManualClock
) -> None:
    movie = library.members("1", "movie")[0]
    board = server.playbacks
    key = board.start(movie.id).session_key
    board.pause(key)
    board.resume(key)
    board.buffer(key)
    clock.advance(2)
    board.seek(key, 60_000)
    board.report(key)
    board.stop(key)
    frames = [_hear(ear) for _ in range(7)]
    states = [frame["PlaySessionStateNotification"][0]["state"] for frame in frames]
    assert states == ["playing", "paused", "playing", "buffering", "buffering", "buffering", "stopped"]
    assert {frame["type"] for frame in frames} == {"playing"}
    last = frames[-1]["PlaySessionStateNotification"][0]
    assert (last["sessionKey"], last["ratingKey"], last["viewOffset"]) == ("1", str(movie.id), 60_000)


def test_watching_to_the_end_enters_the_history(
    client: Client, server: DemoServer, library: DemoLibrary, clock: ManualClock
) -> None:
    movie = library.members("1", "movie")[0]
    seen, marker = movie.view_count, library.sections["1"].content_marker
    client.container("/library/sections/1/all?type=1")
    key = server.playbacks.start(movie.id, USERS[1]).session_key
    clock.advance(movie.duration_ms / 1_000)
    server.playbacks.stop(key)
    container = client.container("/status/sessions/history/all?sort=viewedAt:desc")
    [entry] = container["Metadata"]
    assert (entry["ratingKey"], entry["accountID"], entry["viewedAt"]) == (str(movie.id), 2, library.now())
    shown = {i["ratingKey"]: i for i in client.container("/library/sections/1/all?type=1")["Metadata"]}
    assert shown[str(movie.id)]["viewCount"] == seen + 1
    assert library.sections["1"].content_marker == marker


def test_history_is_filtered_sorted_and_paged(client: Client, server: DemoServer, library: DemoLibrary) -> None:
    seed_history(library, server.playbacks, 60)
    path = "/status/sessions/history/all?sort=viewedAt:desc"
    everything = client.container(path)["Metadata"]
    times = [entry["viewedAt"] for entry in everything]
    assert len(times) == 60
    assert times == sorted(times, reverse=True)
    page = client.container(f"{path}&X-Plex-Container-Start=10&X-Plex-Container-Size=5")
    assert page["Metadata"] == everything[10:15]
    assert page["totalSize"] == 60
    newer = client.container(f"{path}&viewedAt%3E={times[20]}")["Metadata"]
    assert newer == [entry for entry in everything if entry["viewedAt"] > times[20]]
    edda = client.container(f"{path}&accountID=2")["Metadata"]
    assert 0 < len(edda) < 60
    assert {entry["accountID"] for entry in edda} == {2}
    library.remove(int(everything[0]["ratingKey"]))
    assert "ratingKey" not in client.container(path)["Metadata"][0]


def test_terminate_by_either_method_and_404_for_a_stranger(
    client: Client, server: DemoServer, library: DemoLibrary
) -> None:
    playback = server.playbacks.start(library.members("1", "movie")[0].id)
    url = f"{server.url}/status/sessions/terminate"
    headers = {"X-Plex-Token": server.token}
    params = {"sessionId": playback.session_id, "reason": "the film is over"}
    assert client.session.post(url, headers=headers, params=params, timeout=30).status_code == 200
    assert server.playbacks.active() == []
    assert client.get("/status/sessions/terminate", params=params).status_code == 404


def test_odd_streams(client: Client, server: DemoServer, library: DemoLibrary) -> None:
    movie = library.members("1", "movie")[0]
    server.playbacks.start(movie.id, live=True, extra={"Session": None, "User": None})
    [item] = client.container("/status/sessions")["Metadata"]
    assert item["live"] == "1"
    assert item["key"].startswith("/livetv/sessions/")
    assert not {"Session", "User", "librarySectionID"} & item.keys()
    assert "file" not in item["Media"][0]["Part"][0]


def test_a_stream_can_vanish_and_keys_start_again_after_a_restart(
    client: Client, server: DemoServer, library: DemoLibrary
) -> None:
    movies = library.members("1", "movie")
    first = server.playbacks.start(movies[0].id)
    server.playbacks.vanish(first.session_key)
    assert client.container("/status/sessions")["size"] == 0
    assert server.playbacks.start(movies[1].id).session_key == "2"
    server.playbacks.restart()
    again = server.playbacks.start(movies[2].id, USERS[1])
    assert again.session_key == first.session_key
    server.playbacks.change(again.session_key, item_id=movies[3].id, offset_ms=0)
    assert client.container("/status/sessions")["Metadata"][0]["ratingKey"] == str(movies[3].id)


def test_a_new_movie_causes_a_storm_and_a_removal_one_word(
    ear: websocket.WebSocket, server: DemoServer, library: DemoLibrary
) -> None:
    server.dialect.announcer.library_changes = True
    movie = library.add_movie("Thunder")
    frames = [_hear(ear) for _ in range(147)]
    counts = Counter(frame["type"] for frame in frames)
    assert counts == {"activity": 80, "progress": 52, "timeline": 14, "status": 1}
    entries = [frame["TimelineEntry"][0] for frame in frames if frame["type"] == "timeline"]
    assert {entry["itemID"] for entry in entries} == {str(movie.id)}
    assert [entry["state"] for entry in entries][0::13] == [0, 5]
    library.remove(movie.id)
    [gone] = _hear(ear)["TimelineEntry"]
    assert (gone["itemID"], gone["state"], gone["metadataState"]) == (str(movie.id), 9, "deleted")
    library.edit(library.members("3", "episode")[0].id, title="Edited")
    assert _hear(ear)["TimelineEntry"][0]["state"] == 5


def test_websockets_answer_pings_and_survive_a_drop(
    ear: websocket.WebSocket, server: DemoServer, library: DemoLibrary
) -> None:
    ear.ping("are you there")
    assert ear.recv_data(control_frame=True) == (websocket.ABNF.OPCODE_PONG, b"are you there")
    server.sockets.ping()
    assert ear.recv_data(control_frame=True)[0] == websocket.ABNF.OPCODE_PING
    long = {"text": "é" * 70_000}
    assert server.sockets.broadcast(long) == 1
    assert json.loads(ear.recv()) == long
    server.sockets.drop()
    with pytest.raises(websocket.WebSocketConnectionClosedException):
        ear.recv()
    assert server.sockets.wait_for_clients(0)
    assert server.sockets.broadcast({}) == 0


def test_a_websocket_without_token_is_refused(server: DemoServer) -> None:
    url = server.url.replace("http", "ws") + "/:/websockets/notifications"
    with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
        websocket.create_connection(url, timeout=30)
    assert refusal.value.status_code == 401


def test_a_script_follows_the_clock_that_the_test_moves(
    server: DemoServer, library: DemoLibrary, clock: ManualClock
) -> None:
    script = SessionScript(server.playbacks, evening(library))
    assert script.advance_to(0.5) == 0
    assert script.advance_to(10) == 3
    assert [playback.user for playback in server.playbacks.active()] == list(USERS)
    clock.advance(60)
    assert script.advance_to(60) == 3
    assert script.done
    assert [playback.user.id for playback in server.playbacks.active()] == [1, 3]


def test_a_script_runs_on_a_thread(server: DemoServer, library: DemoLibrary) -> None:
    movie = library.members("1", "movie")[0]
    steps = [Step(2.0, lambda board: board.stop("1")), Step(1.0, lambda board: board.start(movie.id))]
    script = SessionScript(server.playbacks, steps)
    script.start(speed=100)
    assert script.wait()
    assert server.playbacks.active() == []
    endless = SessionScript(server.playbacks, [Step(3_600, lambda board: None)])
    endless.start()
    endless.stop()
    assert not endless.done
