"""Awkward situations of live sessions, each as lists of a server: programs, devices, keys, phantoms, odd values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from retrovue.core.domain.playback import EventKind, PlaybackSession, RemoteSession
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.services.monitor import SessionWatcher
from retrovue.core.sources.hints import PlayingHint
from retrovue.core.sources.mediabrowser.sessions import remote_sessions

START = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
SERVER = Server(3, "uuid", ServerKind.PLEX, "Attic", "http://attic:32400", "machine", "1.40")
FILM = RemoteSession(
    "7",
    "101",
    "movie",
    "Static Hour",
    "playing",
    user="mira",
    user_id="2",
    device_id="tv",
    player="Living room",
    position_ms=0,
    duration_ms=6_000_000,
)
NEWS = replace(FILM, remote_id=None, guid="plex://episode/news", title="News", is_live=True, duration_ms=None)


class Evening:
    """Lists of a server one after the other, ten seconds apart, and the plays that they make."""

    def __init__(self, **facts: Any) -> None:
        self.watcher = SessionWatcher(SERVER, **facts)
        self.plays: dict[str, PlaybackSession] = {}
        self.events: list[str] = []
        self.step = 0
        self.set_by = timedelta()

    def passes(self, seconds: int) -> "Evening":
        """Nobody looks for so long, or the clock is set."""
        self.set_by += timedelta(seconds=seconds)
        return self

    def look(self, *sessions: RemoteSession, is_told: bool = False) -> "Evening":
        self.step += 1
        update = self.watcher.listed(list(sessions), self.now, is_told=is_told)
        self.plays.update((play.uid, play) for play in update.plays)
        self.events += [each.kind.value for each in update.events]
        return self

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=10 * self.step) + self.set_by

    def end(self) -> list[PlaybackSession]:
        """Everybody leaves: the plays, oldest first."""
        self.look().look()
        assert not self.watcher.sessions()
        assert self.events.count("stopped") == len(self.plays)
        return sorted(self.plays.values(), key=lambda play: (play.started_at, play.key))


def test_the_next_program_of_a_channel_is_a_play_of_its_own() -> None:
    weather = replace(NEWS, guid="plex://episode/weather", title="Weather")
    # A rating key can come and go while the same program is on.
    evening = Evening().look().look(NEWS).look(NEWS).look(replace(NEWS, remote_id="9")).look(weather).look(weather)
    news, following = evening.end()
    assert (news.session.title, following.session.title) == ("News", "Weather")
    assert (news.play_s, following.play_s) == (30, 10)
    assert evening.events == ["started", "stopped", "started", "stopped"]


def test_a_channel_of_jellyfin_is_known_by_its_program() -> None:
    def row(program: str) -> dict[str, Any]:
        item = {"Id": "c1", "Type": "TvChannel", "Name": "One", "CurrentProgram": {"Id": program, "Name": program}}
        return {"Id": "s", "UserId": "u", "DeviceId": "d", "NowPlayingItem": item, "PlayState": {}}

    evening = Evening().look()
    for program in ("News", "News", "Weather", "Weather"):
        evening.look(*remote_sessions([row(program)]), is_told=True)
    assert [play.session.title for play in evening.end()] == ["News", "Weather"]
    # A server that names no program has only its channel.
    (plain,) = remote_sessions([{**row("x"), "NowPlayingItem": {"Id": "c1", "Type": "TvChannel", "Name": "One"}}])
    assert (plain.title, plain.guid, plain.is_live) == ("One", None, True)


def test_one_person_with_the_same_film_on_two_devices_has_two_plays() -> None:
    phone = replace(FILM, session_key="8", device_id="phone")
    evening = Evening().look().look(FILM).look(FILM, phone).look(phone).look(phone)
    assert {play.session.device_id for play in evening.end()} == {"tv", "phone"}


def test_a_device_that_is_renamed_and_an_item_that_is_deleted_stay_one_play() -> None:
    renamed = replace(FILM, player="Cinema", position_ms=10_000)
    # Servers go on listing what they deleted, without most of its facts.
    deleted = replace(renamed, title="", duration_ms=None, guid=None, artwork=None, position_ms=20_000)
    (play,) = Evening().look(FILM).look(renamed).look(deleted).end()
    assert (play.session.title, play.session.duration_ms, play.session.player) == ("Static Hour", 6_000_000, "Cinema")
    assert play.play_s == 20


def test_keys_that_a_restarted_server_gives_again_are_other_plays() -> None:
    """The monitor was away as well: it goes on with what it had stored."""
    before = Evening().look(FILM).look(replace(FILM, position_ms=10_000))
    after = Evening()
    after.watcher.restore(before.watcher.plays())
    other = replace(FILM, user="yui", user_id="5", device_id="tablet")
    after.plays = dict(before.plays)
    after.step = 60
    after.look(other).look(other)
    mira, yui = after.end()
    assert (mira.session.user, mira.play_s, mira.is_inferred) == ("mira", 10, True)
    assert mira.stopped_at is not None
    assert mira.stopped_at < yui.started_at


@pytest.mark.parametrize(
    ("gap_s", "facts", "plays"),
    [
        (3_600, {"session_key": "44", "position_ms": 0}, 2),
        (3_600, {"session_key": "44", "position_ms": 3_630_000}, 1),
        (3_600, {"position_ms": 0}, 2),
        (3_600, {"position_ms": 40_000}, 1),
        (50_000, {"position_ms": 40_000}, 2),
        (60, {"session_key": "44", "position_ms": 0}, 1),
    ],
    ids=["another key", "another key, played on", "from the start", "no further", "the next day", "a moment"],
)
def test_what_is_listed_after_a_gap_may_be_a_later_play(gap_s: int, facts: dict[str, Any], plays: int) -> None:
    evening = Evening()
    evening.look(FILM).look(replace(FILM, position_ms=10_000)).look(replace(FILM, position_ms=20_000))
    evening.passes(gap_s).look(replace(FILM, **facts))
    found = evening.end()
    assert len(found) == plays
    assert plays == 1 or (found[0].stopped_at, found[0].play_s) == (START + timedelta(seconds=30), 20)


def test_a_clock_that_is_set_hides_no_play_and_moves_no_start() -> None:
    evening = Evening()
    evening.look(FILM).look(replace(FILM, position_ms=10_000)).look().look().passes(-3_600).look(FILM)
    assert [play.started_at for play in evening.end()] == [START + timedelta(seconds=s) for s in (-3_550, 10)]
    on_and_back = Evening().look(FILM).look(replace(FILM, position_ms=10_000)).passes(3_600)
    on_and_back.look(replace(FILM, position_ms=20_000)).passes(-3_600).look(replace(FILM, position_ms=30_000))
    (play,) = on_and_back.end()
    assert (play.started_at, play.play_s) == (START + timedelta(seconds=10), 30)


def test_a_key_that_is_given_again_moves_nobody_elses_play() -> None:
    evening = Evening().look(FILM).look()
    hint = PlayingHint(FILM.session_key, "playing", FILM.remote_id, 3_000_000)
    assert evening.watcher.told(hint, evening.now) is None
    assert evening.end()[0].position_ms == 0


def test_a_play_that_is_first_seen_paused_counts_from_when_it_goes_on() -> None:
    paused = replace(FILM, state="paused", position_ms=600_000)
    evening = Evening().look().look(paused).look(paused).look(replace(FILM, position_ms=600_000))
    (play,) = evening.look(replace(FILM, position_ms=610_000)).end()
    assert evening.events == ["started", "resumed", "stopped"]
    assert (play.paused_s, play.play_s) == (20, 10)


def test_an_error_that_passes_is_told_and_ends_nothing() -> None:
    evening = Evening().look().look(FILM).look(replace(FILM, state="error")).look(replace(FILM, position_ms=9_000))
    (play,) = evening.end()
    assert evening.events == ["started", "error", "stopped"]
    assert play.session.state == "playing"


def test_trailers_and_pre_rolls_make_no_play_before_the_film_does() -> None:
    evening = Evening().look().look(replace(FILM, remote_id="5", is_extra=True)).look(FILM)
    assert [play.session.remote_id for play in evening.end()] == ["101"]


@pytest.mark.parametrize(
    "facts",
    [
        {"user": None, "user_id": None},
        {"remote_id": None, "guid": None, "title": ""},
        {"device_id": None, "player": None, "product": None, "platform": None},
        {"duration_ms": None},
        {"position_ms": None},
        {"position_ms": 10**12},
        {"position_ms": -1, "duration_ms": -1},
        {"session_key": "", "state": "?", "decision": ""},
    ],
    ids=["user", "item", "player", "length", "position", "beyond the end", "negative", "words"],
)
def test_what_a_session_lacks_costs_no_play(facts: dict[str, Any]) -> None:
    odd = replace(FILM, **facts)
    evening = Evening().look().look(odd, FILM).look(odd, odd, FILM).look(FILM)
    plays = evening.end()
    assert len(plays) == (1 if odd.user and odd.device_id and odd.title else 2)
    assert all(0 <= play.play_s <= 30 for play in plays)
    assert all(play.percent is None or 0 <= play.percent <= 100 for play in plays)


def test_a_hundred_sessions_at_once_are_a_hundred_plays() -> None:
    many = [
        replace(FILM, session_key=str(number % 7), user_id=f"u{number % 10}", device_id=f"d{number}")
        for number in range(100)
    ]
    evening = Evening().look()
    evening.look(*many, *many).look(*reversed(many))
    assert len(evening.end()) == 100
    assert evening.events.count(EventKind.STARTED.value) == 100
