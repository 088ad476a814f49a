"""The mixed house: shared titles, people on every server, and records that agree with each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from retrovue.demo import DemoServer
from retrovue.demo.house import House, make_shelf, night
from retrovue.demo.mediabrowser import MediaBrowserDialect
from retrovue.demo.people import PEOPLE
from retrovue.demo.playback import OWNER, PlaybackBoard
from retrovue.demo.scripts import SessionScript
from retrovue.demo.store import ManualClock
from retrovue.demo.tautulli import KEY

UNTIL = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House(UNTIL, zone=UTC, days=40) as running:
        yield running


def test_the_servers_share_titles_and_have_some_of_their_own(house: House) -> None:
    titles = {
        name: {item.title for item in library.items.values() if item.kind == "movie"}
        for name, library in house.shelves.items()
    }
    for name in ("jellyfin", "emby"):
        assert len(titles[name] & titles["plex"]) > len(titles[name]) * 0.8
        assert titles[name] - titles["plex"]
    assert len({library.machine_identifier[:32] for library in house.shelves.values()}) == 3


def test_somebody_is_watching_on_every_server_from_the_start(house: House) -> None:
    assert all(server.playbacks.active() for server in house.servers.values())
    decisions = {one.decision for server in house.servers.values() for one in server.playbacks.active()}
    assert {"direct play", "transcode"} <= decisions


def test_everybody_who_plays_has_an_account(house: House) -> None:
    for name, server in house.servers.items():
        dialect = server.dialect
        if isinstance(dialect, MediaBrowserDialect):
            assert all(dialect.users.named(person.user.name) for person in PEOPLE if name in person.servers)


def test_the_records_of_the_servers_agree(house: House) -> None:
    plex, board = house.servers["plex"], house.servers["plex"].playbacks
    watched = [play for play in board.history if play.user == OWNER]
    assert sum(item.view_count for item in plex.library.items.values()) == len(watched)
    parameters = {"apikey": KEY, "cmd": "get_history", "grouping": "0", "include_activity": "0", "length": "1"}
    answer = requests.get(f"{house.tautulli.url}/api/v2", params=parameters, timeout=30).json()
    long_enough = [play for play in board.past if play.stopped_at - play.started_at - play.paused_s >= 120]
    assert answer["response"]["data"]["recordsTotal"] == len(long_enough)


def test_a_night_brings_pauses_transcodes_and_ends_and_outlives_a_stream_that_was_ended() -> None:
    library, clock = make_shelf("plex"), ManualClock()
    board = PlaybackBoard(library, clock)
    states: set[str] = set()
    board.listen(lambda playback: states.add(playback.state))
    steps = night("plex", library)
    script = SessionScript(board, steps)
    script.advance_to(0.0)
    assert len(board.active()) == 4
    board.terminate(board.active()[0].session_id, "Time for bed.")
    for minute in range(1, 181):
        clock.advance(60)
        script.advance_to(minute * 60.0)
    assert {"playing", "paused", "stopped"} <= states
    assert len(board.past) > 20
    assert {play.decision for play in board.past} >= {"direct play", "transcode"}
    assert any(play.position_ms >= (library.items[play.item_id].duration_ms or 0) * 0.9 for play in board.past)


def test_a_house_can_be_entered_once_and_is_closed_after(house: House) -> None:
    other = House(UNTIL, zone=UTC, days=1)
    with pytest.raises(RuntimeError, match="not running"):
        _ = other.tautulli
    with other:
        assert isinstance(other.tautulli, DemoServer)
