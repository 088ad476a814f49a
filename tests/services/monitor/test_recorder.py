"""Plays on their way into the history: ends, crashes, two recorders, a catalog that is busy, absurd numbers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from retrovue.core.domain.errors import LockedError, RowError
from retrovue.core.domain.history import PlayFilter
from retrovue.core.domain.play_state import advance, start
from retrovue.core.domain.playback import RemoteSession, SessionEvent, WatchedRule
from retrovue.core.services.monitor.recorder import Recorder, recorder_of
from retrovue.demo.playback import PHONE

pytestmark = pytest.mark.usefixtures("each_engine")

NewHouse = Callable[..., Any]
START = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
FILM = RemoteSession("7", "101", "movie", "Static Hour", "playing", user="mira", user_id="2", position_ms=0)


def test_a_play_is_kept_once_with_its_facts(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    with house.watching(Recorder("monitor")) as watching:
        key = house.play()
        watching.wait(lambda: "started" in watching.kinds)
        assert [play.session.title for play in house.live()] == [house.library.members("1", "movie")[0].title]
        assert house.history() == []
        house.server.playbacks.stop(key)
        watching.wait(lambda: "stopped" in watching.kinds)
    (play,) = house.history()
    assert house.live() == []
    assert (play.server, play.user, play.kind, play.source) == ("Attic", "marlow", "movie", "live")
    assert 0 <= play.play_s <= (play.stopped_at - play.started_at).total_seconds()
    assert play.duration_ms


def test_what_is_too_short_is_not_kept(new_house: NewHouse) -> None:
    house = new_house(min_length_s=60)
    with house.watching(Recorder("monitor")) as watching:
        key = house.play()
        watching.wait(lambda: "started" in watching.kinds)
        house.server.playbacks.stop(key)
        watching.wait(lambda: "stopped" in watching.kinds)
    assert (house.live(), house.history()) == ([], [])


def test_after_a_crash_what_is_still_listed_goes_on_and_the_rest_has_ended(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    with house.watching(Recorder("monitor")) as watching:
        stays, leaves = house.play(0), house.play(1, player=PHONE)
        watching.wait(lambda: len(watching.states[-1].sessions) == 2)
    first = {play.session.title: play for play in house.live()}
    assert len(first) == 2
    house.server.playbacks.stop(leaves)
    with house.watching(Recorder("monitor")) as watching:
        (ended,) = house.history()
        assert watching.kinds == ["stopped"]
        assert ended.stopped_at == first[ended.title].confirmed_at.replace(microsecond=0)
        house.server.playbacks.stop(stays)
        watching.wait(lambda: len(watching.kinds) == 2)
    assert [play.title for play in house.history()].count(ended.title) == 1
    (other,) = [play for play in house.history() if play.title != ended.title]
    assert other.started_at == first[other.title].started_at.replace(microsecond=0)


def test_a_second_recorder_only_watches_until_the_first_ends(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    assert recorder_of(house.host) is None
    with house.watching(Recorder("window")) as first:
        house.play()
        first.wait(lambda: first.states[-1].sessions)
        found = recorder_of(house.host)
        assert found is not None
        assert found.role == "window"
        second_recorder = Recorder("monitor")
        second = house.start_watching(second_recorder)
        second.wait(lambda: second.states and second.states[-1].sessions)
        assert not second_recorder.claim(house.host)
        (live,) = house.live()
    try:
        second.wait(lambda: second_recorder.claim(house.host))
        house.server.playbacks.stop(house.server.playbacks.active()[0].session_key)
        second.wait(lambda: "stopped" in second.kinds)
        (play,) = house.history()
        assert play.started_at == live.started_at.replace(microsecond=0)
    finally:
        second.stop()
    assert recorder_of(house.host) is None


def test_a_busy_catalog_delays_a_play_and_loses_none(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    recorder = Recorder("monitor")
    play, _happened = start(house.stored.id, SessionEvent(START, FILM), WatchedRule())
    ended, _happened = advance(play, SessionEvent(START + timedelta(seconds=60), None, is_told=True))
    engine = house.host.database.engine
    with engine.begin() as other:
        other.exec_driver_sql("ALTER TABLE plays RENAME TO plays_away")
    recorder.store(house.host, [ended])
    with engine.begin() as other:
        other.exec_driver_sql("ALTER TABLE plays_away RENAME TO plays")
    recorder.store(house.host, [])
    assert [each.title for each in house.history()] == ["Static Hour"]
    recorder.store(house.host, [ended])
    assert len(house.history()) == 1


class Refusing:
    """A catalog that refuses one of several plays, and goes away before they are stored one by one."""

    def store(self, plays: list[object], **_rules: object) -> None:
        if len(plays) > 1:
            raise RowError("refused")
        raise LockedError("away")


def test_a_catalog_that_goes_while_plays_are_stored_one_by_one_loses_none(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    recorder = Recorder("monitor")
    ended = []
    for number in range(2):
        play, _happened = start(
            house.stored.id, SessionEvent(START, replace(FILM, remote_id=str(number))), WatchedRule()
        )
        ended.append(advance(play, SessionEvent(START + timedelta(seconds=60), None, is_told=True))[0])
    away = SimpleNamespace(
        settings=house.host.settings,
        dirs=house.host.dirs,
        used_catalog=house.host.used_catalog,
        playback=Refusing(),
    )
    recorder.store(away, ended)
    recorder.store(house.host, [])
    assert sorted(each.remote_id for each in house.history()) == ["0", "1"]


def test_absurd_numbers_and_half_characters_keep_no_play_out(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    recorder = Recorder("monitor")
    told = []
    for number, facts in enumerate(({"duration_ms": 10**30, "year": 10**20}, {"title": "\ud800\0"}, {"user": None})):
        session = replace(FILM, remote_id=str(number), **facts)
        play, _happened = start(house.stored.id, SessionEvent(START, session), WatchedRule())
        told.append(advance(play, SessionEvent(START + timedelta(seconds=60), None, is_told=True))[0])
    recorder.store(house.host, told)
    assert {play.remote_id: play.title for play in house.history()} == {
        "0": "Static Hour",
        "1": "?\ufffd",
        "2": "Static Hour",
    }


def test_filters_and_taking_out_and_bringing_back(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    told = []
    for number, user in enumerate(("mira", "edda", "mira")):
        session = replace(FILM, remote_id=str(number), user=user, user_id=user, title=f"Amélie {number}")
        begins = START + timedelta(hours=number)
        play, _happened = start(house.stored.id, SessionEvent(begins, session), WatchedRule())
        told.append(advance(play, SessionEvent(begins + timedelta(seconds=60), None, is_told=True))[0])
    Recorder("monitor").store(house.host, told)
    plays = house.host.plays

    def ids(**facts: Any) -> list[str | None]:
        return [play.remote_id for play in plays.list(PlayFilter(**facts))]

    assert ids() == ["2", "1", "0"]
    assert ids(user="mira") == ["2", "0"]
    assert ids(search="amelie 1") == ["1"]
    assert ids(search="attic edda") == ["1"]
    assert ids(search="100%") == []
    assert ids(started_from=START + timedelta(hours=1), started_before=START + timedelta(hours=2)) == ["1"]
    assert ids(limit=1) == ["2"]
    count, deletion = plays.delete(now=1, user="mira")
    assert (count, ids()) == (2, ["1"])
    assert plays.restore(deletion) == 2
    assert plays.restore("unknown") == 0
    assert ids() == ["2", "1", "0"]
    _count, deletion = plays.delete(now=1, user="edda")
    assert plays.purge() == 1
    assert (plays.restore(deletion), ids()) == (0, ["2", "0"])
