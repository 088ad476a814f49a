"""Half an answer, a web page and a revoked token while people stream: nothing is lost, nothing is counted twice."""

from collections.abc import Callable

import pytest
from tests.services.monitor.conftest import House

from retrovue.core.domain.servers import ServerKind
from retrovue.core.services.monitor.recorder import Recorder
from retrovue.demo import fault_kinds
from retrovue.demo.faults import path as at_path

NewHouse = Callable[..., House]


def _sessions_of(house: House) -> str:
    return "/status/sessions" if house.kind is ServerKind.PLEX else ".*/?Sessions"


@pytest.mark.slow
def test_half_an_answer_and_a_web_page_end_no_play(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    key = house.play()
    with house.watching(Recorder("test")) as watching:
        watching.wait(lambda: watching.states[-1].sessions)
        for fault in (fault_kinds.Truncate, fault_kinds.Html, fault_kinds.CutInBody):
            house.server.faults.add(fault(match=at_path(_sessions_of(house))))
            watching.wait(lambda: watching.states[-1].is_down)
            # What is known is shown on; that the server cannot be read says nothing of its streams.
            assert len(watching.states[-1].sessions) == 1
            house.server.faults.clear()
            watching.wait(lambda: not watching.states[-1].is_down)
        assert "stopped" not in watching.kinds
        house.server.playbacks.stop(key)
        watching.wait(lambda: "stopped" in watching.kinds)
    assert len(house.history()) == 1


def test_a_token_that_is_revoked_while_somebody_streams_loses_no_play(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    key = house.play()
    with house.watching(Recorder("test")) as watching:
        watching.wait(lambda: watching.states[-1].sessions)
        (before,) = house.live()
        house.admit(is_good=False)
        watching.wait(lambda: watching.states[-1].needs_sign_in)
        assert [play.uid for play in house.live()] == [before.uid]
        house.admit(is_good=True)
        server = house.host.servers.get(1)
        assert server is not None
        watching.watch.take(server)
        watching.wait(lambda: watching.states[-1].sessions)
        assert [play.uid for play in house.live()] == [before.uid]
        house.server.playbacks.stop(key)
        watching.wait(lambda: "stopped" in watching.kinds)
    assert len(house.history()) == 1
    assert watching.kinds.count("stopped") == 1
