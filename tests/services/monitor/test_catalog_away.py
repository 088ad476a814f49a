"""A monitor whose catalog is on a server that goes away and comes back."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event
from time import monotonic
from typing import Any

import pytest
from tests.programs import Program
from tests.services.monitor.conftest import House
from tests.storage.engines import PostgresServer

from retrovue.core.domain.servers import ServerKind
from retrovue.core.services.monitor.recorder import Recorder

pytestmark = pytest.mark.slow
NewHouse = Callable[..., House]


@pytest.fixture
def product() -> ServerKind:
    return ServerKind.PLEX


@pytest.fixture(autouse=True)
def on_postgres(postgres: PostgresServer) -> Iterator[None]:
    Program.server = postgres
    yield
    Program.server = None
    Program.catalogs.clear()


def until(condition: Callable[[], Any]) -> None:
    end = monotonic() + 60
    while not condition():
        assert monotonic() < end
        Event().wait(0.02)


def test_a_play_that_ends_while_the_catalog_is_away_is_stored_once(
    new_house: NewHouse, postgres: PostgresServer
) -> None:
    house = new_house(min_length_s=0)
    kept = house.host.dirs.waiting_plays
    with house.watching(Recorder("monitor")) as watching:
        key = house.play()
        watching.wait(lambda: "started" in watching.kinds)
        with postgres.stopped():
            house.server.playbacks.stop(key)
            # It goes on watching, and the next start is seen as well.
            watching.wait(lambda: "stopped" in watching.kinds)
            house.play(1)
            watching.wait(lambda: watching.kinds.count("started") == 2)
            until(kept.exists)
            assert kept.stat().st_mode & 0o077 == 0
            assert house.secret not in kept.read_text()
        until(house.history)
        until(lambda: not kept.exists())
        until(house.live)
    assert len(house.history()) == 1
    assert len(house.live()) == 1


def test_what_a_monitor_could_not_store_is_stored_by_the_next_one(
    new_house: NewHouse, postgres: PostgresServer
) -> None:
    house = new_house(min_length_s=0)
    kept = house.host.dirs.waiting_plays
    with house.watching(Recorder("monitor")) as watching:
        ends = house.play()
        watching.wait(lambda: "started" in watching.kinds)
        house.play(1)
        watching.wait(lambda: watching.kinds.count("started") == 2)
        until(lambda: len(house.live()) == 2)
        postgres.stop()
        try:
            house.server.playbacks.stop(ends)
            watching.wait(lambda: "stopped" in watching.kinds)
            until(kept.exists)
            watching.stop()
        finally:
            postgres.start()
    following = Recorder("monitor")
    following.enter()
    try:
        until(lambda: following.claim(house.host))
        plays = house.history()
        assert len({play.title for play in plays}) == len(plays) >= 1
        assert not kept.exists()
        # Once more is the same.
        again = Recorder("monitor")
        assert not again.claim(house.host)
        assert house.history() == plays
    finally:
        following.leave()
    assert all(play.stopped_at - play.started_at < timedelta(minutes=5) for play in plays)
