"""One server watched without a window: waking, backing off, revoked tokens, a server that goes and comes."""

import json
import re
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest

from retrovue.core.domain.servers import ServerKind, ServerState
from retrovue.core.services.monitor.recorder import Recorder
from retrovue.core.services.servers import registration as servers

NewHouse = Callable[..., Any]
WHO = re.compile("/(identity|System/Info/Public)$")
"""What is asked over each new connection first."""


def test_a_start_and_a_stop_are_heard_without_a_window(new_house: NewHouse) -> None:
    house = new_house()
    with house.watching() as watching:
        key = house.play()
        watching.wait(lambda: watching.kinds == ["started"])
        house.server.playbacks.stop(key)
        watching.wait(lambda: watching.kinds == ["started", "stopped"])
        assert watching.states[-1].sessions == ()


def test_waking_polls_now_and_stopping_waits_for_no_pause(new_house: NewHouse) -> None:
    house = new_house(poll_s=600, idle_poll_s=600)
    with house.watching() as watching:
        house.play()
        watching.watch.wake()
        watching.wait(lambda: watching.states[-1].sessions)
        began = monotonic()
    # The pause would be ten minutes.
    assert monotonic() - began < 20


def test_a_server_that_goes_and_comes_is_stored_and_told(new_house: NewHouse) -> None:
    house = new_house()
    house.play()
    with house.watching() as watching:
        watching.wait(lambda: watching.states[-1].sessions)
        house.server.stop()
        watching.wait(lambda: watching.kinds == ["server_down"])
        assert watching.states[-1].is_down
        assert watching.states[-1].sessions
        assert house.host.servers.get(1).state is ServerState.NOT_REACHABLE
        watching.watch.take(house.host.servers.get(1))
        house.server.start()
        watching.wait(lambda: watching.kinds == ["server_down", "server_up"])
        watching.wait(lambda: len(watching.changes) == 2)
        assert house.host.servers.get(1).state is ServerState.ONLINE


def test_a_server_that_is_off_from_the_start_has_not_just_gone_down(new_house: NewHouse) -> None:
    house = new_house()
    house.server.stop()
    with house.watching() as watching:
        watching.wait(lambda: watching.kinds == ["server_down"])
        assert [each.is_news for each in watching.heard] == [False]


def test_a_revoked_token_ends_the_polls_until_something_changes(new_house: NewHouse) -> None:
    house = new_house()
    with house.watching() as watching:
        house.admit(is_good=False)
        watching.wait(lambda: not watching.states[-1].is_available)
        watching.wait(lambda: watching.changes)
        assert watching.states[-1].needs_sign_in
        house.server.reset_counters()
        assert not watching.token.wait(0.4)
        assert list(house.server.requests) == []
        house.admit(is_good=True)
        house.play()
        watching.watch.take(house.host.servers.get(1))
        watching.wait(lambda: watching.states[-1].sessions)


@pytest.mark.parametrize("way", ["sign in", pytest.param("edit", marks=pytest.mark.slow)])
def test_a_new_token_opens_a_new_connection_while_the_old_one_is_good(new_house: NewHouse, way: str) -> None:
    """The kept connection has the old token, and nothing else about the server changed."""
    house = new_house()
    before = house.host.servers.get(1)
    with house.watching() as watching:
        if way == "sign in":
            servers.sign_in(house.host, before, house.secret)
        else:
            servers.edit(house.host, before, servers.ServerChange(secret=house.secret))
        house.server.reset_counters()
        # A poll over the connection of before may be on its way: it is not the second one.
        assert house.server.wait_for_requests(2)
        assert not any(WHO.search(each.path) for each in list(house.server.requests))
        watching.watch.take(house.host.servers.get(1))
        count = 2
        while not any(WHO.search(each.path) for each in list(house.server.requests)):
            count += 1
            assert house.server.wait_for_requests(count)
            assert count < 50


def test_a_server_that_fails_is_asked_less_and_less_often(new_house: NewHouse) -> None:
    house = new_house(poll_s=2, idle_poll_s=30)
    pauses = []
    house.server.stop()
    with house.watching() as watching:
        watch = watching.watch
        for failures in (1, 2, 3, 10):
            watch._failures = failures
            pauses.append(watch._pause_s(house.host.settings))
    for pause, longest in zip(pauses, (4, 6, 8, 10), strict=True):
        assert 0.75 * longest <= pause <= longest


@pytest.mark.parametrize("with_key", [False, True], ids=["person", "key"])
def test_what_a_server_says_by_itself_needs_no_poll(new_house: NewHouse, with_key: bool) -> None:
    house = new_house(poll_s=600, idle_poll_s=600, min_length_s=0, with_key=with_key)
    with house.watching(Recorder("monitor"), listens=True) as watching:
        assert house.server.sockets.wait_for_clients()
        key = house.play()
        watching.wait(lambda: watching.kinds == ["started"])
        house.server.reset_counters()
        house.server.playbacks.pause(key)
        watching.wait(lambda: watching.kinds[-1] == "paused")
        house.server.playbacks.resume(key)
        watching.wait(lambda: watching.kinds[-1] == "resumed")
        house.server.playbacks.stop(key)
        watching.wait(lambda: watching.kinds[-1] == "stopped")
        assert watching.kinds == ["started", "paused", "resumed", "stopped"]
        # The look that every opening of a websocket asks for may come late, and makes a stop right after it doubtful.
        assert len([each.path for each in house.server.requests if "essions" in each.path]) <= 2
    (play,) = house.history()
    assert play.title == house.library.members("1", "movie")[0].title


def test_a_list_that_was_made_before_an_answer_ends_nothing(new_house: NewHouse) -> None:
    house = new_house(poll_s=600, idle_poll_s=600)
    if house.kind is ServerKind.PLEX:
        pytest.skip("Plex tells no lists")
    with house.watching(listens=True) as watching:
        assert house.server.sockets.wait_for_clients()
        announcer = house.server.dialect.announcer
        made_before = json.dumps(announcer.message("Sessions", [])).encode()
        house.play(announce=False)
        watching.watch.wake()
        watching.wait(lambda: watching.kinds == ["started"])
        house.server.reset_counters()
        for socket in house.server.sockets.sockets:
            socket.send(made_before)
        assert house.server.wait_for_requests(1)
        key = house.play(1)
        watching.wait(lambda: len(watching.kinds) == 2)
        house.server.playbacks.stop(key)
        watching.wait(lambda: len(watching.kinds) == 3)
    assert watching.kinds == ["started", "started", "stopped"]


def test_lists_that_stop_while_the_socket_lives_leave_the_polls(new_house: NewHouse) -> None:
    house = new_house(poll_s=0.2, idle_poll_s=0.2)
    if house.kind is not ServerKind.EMBY:
        pytest.skip("only Emby repeats its lists")
    with house.watching(listens=True) as watching:
        assert house.server.sockets.wait_for_clients()
        key = house.play()
        watching.wait(lambda: watching.kinds == ["started"])
        (socket,) = house.server.sockets.sockets
        house.server.sockets.on_message(socket, '{"MessageType": "SessionsStop"}')
        house.server.playbacks.stop(key)
        watching.wait(lambda: watching.kinds == ["started", "stopped"])


def test_a_lost_websocket_leaves_the_polls(new_house: NewHouse) -> None:
    house = new_house(poll_s=0.2, idle_poll_s=0.2)
    with house.watching(listens=True) as watching:
        assert house.server.sockets.wait_for_clients()
        house.server.playbacks.start(house.library.members("1", "movie")[0].id)
        watching.wait(lambda: watching.kinds == ["started"])
        house.server.stop()
        watching.wait(lambda: "server_down" in watching.kinds)
        house.server.start()
        watching.wait(lambda: "server_up" in watching.kinds, 20)
