"""What was played while nobody recorded comes from the server's own record, marked, and once."""

from collections.abc import Callable
from contextlib import closing
from typing import Any, cast

import pytest

from retrovue.core.domain.history import PlayFilter
from retrovue.core.domain.servers import ServerKind
from retrovue.core.services.history.imports.server_record import fill_gap, import_server
from retrovue.core.services.monitor.recorder import Recorder
from retrovue.core.sources.base import MediaSource
from retrovue.demo.fault_kinds import Replace, Status
from retrovue.demo.faults import path
from retrovue.demo.playback import BROWSER, LIVING_ROOM, PHONE, USERS, PastPlay

NewHouse = Callable[..., Any]
DAY_S = 86_400


def _old(house: Any, *, days: int) -> None:
    """The server has been known for so long."""
    house.host.servers.change(house.stored.id, created_at=house.library.now() - days * DAY_S)
    house.stored = house.host.servers.get(house.stored.id)


@pytest.mark.every_kind
def test_a_night_without_the_program_is_filled_in(new_house: NewHouse) -> None:
    house = new_house(min_length_s=10)
    _old(house, days=3)
    now, board = house.library.now(), house.server.playbacks
    film, other, third = house.library.members("1", "movie")[:3]
    length_ms = film.duration_ms
    board.add_past(PastPlay(film.id, USERS[1], PHONE, now - 9_000, now - 9_000 + length_ms // 1000 + 600, length_ms))
    board.add_past(PastPlay(other.id, USERS[0], LIVING_ROOM, now - 4_000, now - 3_995, 5_000))
    board.add_past(PastPlay(third.id, USERS[0], BROWSER, now - 3_000, now - 2_000, 1_000_000, logged="start"))
    board.add_past(PastPlay(film.id, USERS[1], PHONE, now - 5 * DAY_S, now - 5 * DAY_S + 3_000, length_ms))
    running = house.play(3)
    with house.watching(Recorder("monitor")) as watching:
        watching.wait(lambda: watching.states[-1].sessions)
        filled = house.history()
        house.server.playbacks.stop(running)
        watching.wait(lambda: "stopped" in watching.kinds)
    found = [(play.title, play.user, play.source, play.play_s, play.watched) for play in filled]
    if house.kind is ServerKind.PLEX:
        # Its history has what was watched to the end, and an instant of it.
        assert found == [(film.title, "edda", "server", 0, True)]
    else:
        assert found == [
            (third.title, "marlow", "server", 0, False),
            (film.title, "edda", "server", length_ms // 1000, False),
        ]
    with house.watching(Recorder("monitor")):
        assert house.history() == filled
    done = import_server(house.host, house.stored)
    assert (done.counts.added, len(house.history())) == (1, len(filled) + 1)
    assert import_server(house.host, house.stored).counts.added == 0


@pytest.mark.every_kind
def test_a_play_that_begins_while_the_record_is_read_comes_once(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    _old(house, days=1)

    class Meanwhile:
        """A source whose server begins to play just before it tells its record."""

        def __init__(self, source: Any) -> None:
            self.sessions = source.sessions
            self._record = source.record

        def record(self, since: int) -> Any:
            house.play(0)
            return self._record(since)

    with closing(house.host.open_source(house.stored)) as source:
        counts = fill_gap(house.host, house.stored, cast(MediaSource, Meanwhile(source)), ())
    assert (counts.added, house.history()) == (0, [])


@pytest.mark.every_kind
def test_a_play_that_ends_while_the_record_is_read_comes_once(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    _old(house, days=1)
    length_ms = house.library.members("1", "movie")[0].duration_ms
    key = house.play(0, offset_ms=length_ms * 95 // 100)
    with house.watching(Recorder("monitor")) as watching:
        watching.wait(lambda: watching.states[-1].sessions)
    assert len(house.live()) == 1
    house.server.playbacks.stop(key)
    with closing(house.host.open_source(house.stored)) as source:
        counts = fill_gap(house.host, house.stored, source, ())
    assert (counts.added, counts.already_known, house.history()) == (0, 1, [])
    with house.watching(Recorder("monitor")):
        assert [play.source for play in house.host.plays.list(PlayFilter())] == ["live"]


@pytest.mark.every_kind
def test_a_play_that_we_saw_the_end_of_gets_its_beginning(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    if house.kind is ServerKind.PLEX:
        pytest.skip("Plex notes no beginnings")
    _old(house, days=1)
    with house.watching(Recorder("monitor")) as watching:
        key = house.play(0, offset_ms=60_000)
        # It had begun an hour before, as the server knows and this program does not.
        began_at = house.library.now() - 3_600
        house.server.playbacks.change(key, started_at=began_at)
        watching.wait(lambda: "started" in watching.kinds)
        house.server.playbacks.stop(key)
        watching.wait(lambda: "stopped" in watching.kinds)
    (before,) = house.history()
    with house.watching(Recorder("monitor")):
        (after,) = house.host.plays.list(PlayFilter())
    assert (after.id, after.source, int(after.started_at.timestamp())) == (before.id, "live", began_at)
    assert before.play_s < after.play_s <= 3_700


@pytest.mark.slow
def test_a_log_without_plays_leaves_what_the_items_say(new_house: NewHouse) -> None:
    """As some of 10.11: it lists sign-ins and sessions, and not one start."""
    house = new_house(min_length_s=0)
    if house.kind is ServerKind.PLEX:
        pytest.skip("Plex keeps no log of activity")
    _old(house, days=2)
    board, now = house.server.playbacks, house.library.now()
    film, other = house.library.members("1", "movie")[:2]
    board.add_past(PastPlay(other.id, USERS[0], LIVING_ROOM, now - 4_000, now - 3_000, 1_000_000))
    for kind in (b"VideoPlaybackStopped", b"VideoPlayback"):
        house.server.faults.add(
            Replace(
                match=path("/System/ActivityLog/Entries"),
                find=b'"Type":"' + kind + b'"',
                by=b'"Type":"SessionStarted"',
                count=-1,
            )
        )
    house.library.mark(film.id, 2)
    with house.watching(Recorder("monitor")):
        found = house.history()
    assert {play.source for play in found} == {"server"}
    assert {(play.title, play.play_s) for play in found} >= {(film.title, 0)}
    assert all(play.play_s == 0 for play in found), "an instant has no play time"
    # A person imports what is older than the server's time here, and none twice.
    assert import_server(house.host, house.stored).counts.already_known == len(found)
    assert import_server(house.host, house.stored).counts.added == 0


def test_a_server_that_tells_nothing_stops_nothing(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    if house.kind is ServerKind.PLEX:
        house.server.faults.add(Status(match=path("/status/sessions/history/all"), status=403))
    else:
        house.server.dialect.has_activity_log = False
        house.server.dialect.users.accounts[:] = house.server.dialect.users.accounts[:1]
        film = house.library.members("1", "movie")[0]
        house.library.mark(film.id, 2)
    with house.watching(Recorder("monitor")) as watching:
        key = house.play(1)
        watching.wait(lambda: "started" in watching.kinds)
        house.server.playbacks.stop(key)
        watching.wait(lambda: "stopped" in watching.kinds)
    found = sorted((play.title, play.source, play.watched, play.play_s > 0) for play in house.history())
    ours = (house.library.members("1", "movie")[1].title, "live")
    assert [each[:2] for each in found if each[1] == "live"] == [ours]
    if house.kind is not ServerKind.PLEX:
        # The items still say that something was watched.
        assert [each for each in found if each[1] == "server"] == [(film.title, "server", True, False)]
