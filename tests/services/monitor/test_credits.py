"""Watched from the credits on, where a server tells where they begin; and how often an announced server is asked."""

from collections.abc import Callable
from typing import Any

import pytest

from retrovue.core.domain.servers import ServerKind
from retrovue.core.services.monitor.recorder import Recorder

pytestmark = pytest.mark.usefixtures("each_engine")

NewHouse = Callable[..., Any]


@pytest.fixture
def product() -> ServerKind:
    """Only Plex has markers, and a websocket that announces without telling lists."""
    return ServerKind.PLEX


def test_a_play_is_watched_where_the_credits_begin(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    film, other = house.library.members("1", "movie")[:2]
    house.library.edit(film.id, credits_at_ms=film.duration_ms // 2)
    with house.watching(Recorder("monitor")) as watching:
        keys = [house.play(0, offset_ms=film.duration_ms // 2), house.play(1, offset_ms=other.duration_ms // 2)]
        watching.wait(lambda: watching.kinds.count("started") == 2)
        watching.wait(lambda: "watched" in watching.kinds)
        asked = [each.path for each in house.server.requests if "includeMarkers" in each.query]
        assert sorted(asked) == sorted(f"/library/metadata/{each.id}" for each in (film, other))
        for key in keys:
            house.server.playbacks.stop(key)
        watching.wait(lambda: watching.kinds.count("stopped") == 2)
    assert {play.title: play.watched for play in house.history()} == {film.title: True, other.title: False}


def test_an_idle_server_that_announces_is_asked_as_rarely_as_the_settings_say(new_house: NewHouse) -> None:
    house = new_house(poll_s=200, idle_poll_s=600)
    with house.watching() as watching:
        assert watching.watch._pause_s(house.host.settings) == 400
        # The window has one websocket a server, for plays and the library alike.
        watching.watch.announce(is_on=True)
        assert watching.watch._pause_s(house.host.settings) == 600
        watching.wait(lambda: watching.states)
        key = house.play()
        watching.watch.announce(is_on=False)
        # What was not heard while the websocket broke may have been a start.
        watching.wait(lambda: watching.states[-1].sessions)
        house.server.playbacks.stop(key)
    with house.watching(listens=True) as watching:
        assert house.server.sockets.wait_for_clients()
        # What it announces is told at once, so that nothing here waits for a poll.
        key = house.play()
        watching.wait(lambda: watching.states[-1].sessions)
        house.server.playbacks.stop(key)
        watching.wait(lambda: not watching.states[-1].sessions)
        assert watching.watch._pause_s(house.host.settings) == 600
