"""The life of a play: times, pauses, stops that are told or concluded, returns, seeks, sleeps, decisions, watched."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from retrovue.core.domain.play_state import advance, start
from retrovue.core.domain.playback import (
    EventKind,
    PlaybackSession,
    RemoteSession,
    SessionEvent,
    Transition,
    WatchedRule,
)
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.services.monitor import SessionWatcher
from retrovue.core.sources.hints import PlayingHint
from retrovue.core.sources.mediabrowser.sessions import remote_sessions

START = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
SERVER = Server(3, "uuid", ServerKind.PLEX, "Attic", "http://attic:32400", "machine", "1.40")
FILM = RemoteSession(
    "7", "101", "movie", "Static Hour", "playing", user_id="2", device_id="tv", position_ms=0, duration_ms=6_000_000
)


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


class Story:
    """One play told second by second: `seen(10, position_s=10)`, `gone(20)`."""

    def __init__(self, first: RemoteSession = FILM, *, interval_s: float = 5.0) -> None:
        self.interval_s = interval_s
        self.play, happened = start(3, SessionEvent(START, first, interval_s=interval_s), WatchedRule())
        self.happened: list[Transition] = happened

    def seen(self, second: float, position_s: float | None = None, *, is_told: bool = False, **facts: Any) -> "Story":
        if position_s is not None:
            facts["position_ms"] = int(position_s * 1000)
        session = replace(self.play.session, **facts)
        return self.event(SessionEvent(at(second), session, is_told, self.interval_s))

    def gone(self, second: float, *, is_told: bool = False) -> "Story":
        return self.event(SessionEvent(at(second), None, is_told, self.interval_s))

    def event(self, event: SessionEvent) -> "Story":
        self.play, happened = advance(self.play, event)
        self.happened += happened
        return self

    @property
    def kinds(self) -> list[str]:
        return [each.kind.value for each in self.happened]


def test_time_counts_from_the_start_to_a_stop_that_is_told() -> None:
    story = Story().seen(10, 10).seen(20, 20).gone(25, is_told=True)
    assert (story.play.stopped_at, story.play.play_s, story.play.is_inferred) == (at(25), 25, False)
    assert story.kinds == ["started", "stopped"]


def test_a_concluded_stop_takes_two_lists_and_was_when_it_was_last_seen() -> None:
    story = Story().seen(10, 10).gone(15)
    assert story.play.stopped_at is None
    story.gone(20)
    assert (story.play.stopped_at, story.play.play_s, story.play.is_inferred) == (at(10), 10, True)


def test_who_comes_back_within_two_minutes_of_a_concluded_stop_goes_on() -> None:
    story = Story().seen(10, 10).gone(15).gone(20).seen(60, 60).gone(70, is_told=True)
    assert story.kinds == ["started", "stopped", "resumed", "stopped"]
    assert story.play.play_s == 65
    late = Story().seen(10, 10).gone(15).gone(20)
    ended = late.play
    assert late.seen(20 + 121, 60).play == ended


def test_pauses_do_not_count_and_the_first_state_may_be_one() -> None:
    story = Story(replace(FILM, state="paused")).seen(60, 0, state="playing").seen(70, 10)
    story.seen(80, 20, state="paused").seen(200, 20, state="playing").seen(210, 30).gone(210, is_told=True)
    assert (story.play.paused_s, story.play.play_s) == (180, 30)
    assert story.kinds == ["started", "resumed", "paused", "resumed", "stopped"]


def test_a_seek_on_adds_no_time_and_a_seek_back_loses_none() -> None:
    assert Story().seen(10, 10).seen(20, 3_000).seen(30, 3_010).gone(30, is_told=True).play.play_s == 30
    back = Story().seen(60, 60).seen(61, 0).seen(121, 60).gone(121, is_told=True)
    assert back.play.play_s == 121


def test_a_night_asleep_with_the_player_open_adds_no_hours() -> None:
    story = Story().seen(10, 10).seen(8 * 3600, 20).seen(8 * 3600 + 10, 30).gone(8 * 3600 + 10, is_told=True)
    assert story.play.play_s <= 30 + 5


def test_a_clock_that_is_set_back_loses_nothing() -> None:
    story = Story().seen(600, 600).seen(-3000, 610).seen(-2990, 620).gone(-2990, is_told=True)
    assert story.play.stopped_at is not None
    assert 600 <= story.play.play_s <= (story.play.stopped_at - story.play.started_at).total_seconds()


def test_late_and_repeated_events_change_nothing() -> None:
    story = Story().seen(20, 20)
    before = story.play
    assert story.seen(15, 15).play == before
    assert story.seen(20, 20).play == before


def test_live_television_has_no_position_to_prove_it() -> None:
    live = replace(FILM, is_live=True, position_ms=0, duration_ms=None)
    assert Story(live).seen(600).gone(1200, is_told=True).play.play_s == 1200


def test_only_check_ins_prove_time_where_the_server_moves_positions_on() -> None:
    first = replace(FILM, checked_in_at=1.0)
    story = Story(first).seen(10, 10, checked_in_at=11.0)
    for second in range(20, 500, 10):
        story.seen(second, second)
    story.gone(510).gone(515)
    assert (story.play.stopped_at, story.play.play_s) == (at(10), 10)


def test_a_late_report_revives_the_play_and_a_lingering_list_does_not() -> None:
    story = Story(replace(FILM, checked_in_at=1.0)).seen(10, 10, checked_in_at=11.0).gone(12, is_told=True)
    ended = story.play
    assert story.seen(12.2, 12, is_told=True).play == ended
    story.seen(12.7, 12, checked_in_at=13.7, is_told=True)
    assert story.play.stopped_at is None
    assert story.play.uid == ended.uid


def test_a_decision_counts_when_it_has_settled() -> None:
    transcode = Story().seen(2, 2, decision="transcode").seen(20, 20).gone(30, is_told=True)
    assert (transcode.kinds, transcode.play.decision) == (["started", "stopped"], "transcode")
    flicker = Story().seen(20, 20, decision="transcode").seen(25, 25, decision="direct_play").seen(40, 40)
    assert flicker.kinds == ["started"]
    changed = Story().seen(20, 20, decision="transcode").seen(25, 25).seen(30, 30).seen(40, 40)
    assert changed.kinds == ["started", "decision_changed"]


def test_buffering_is_counted_and_errors_are_told() -> None:
    story = Story().seen(5, 5, state="buffering").seen(6, 5).seen(7, 6, state="playing").seen(9, 8, state="buffering")
    story.seen(10, 8, state="error").seen(15, 8, state="playing")
    assert story.play.buffered == 2
    assert story.kinds == ["started", "buffering", "buffering", "error"]
    assert story.play.session.state == "playing"


@pytest.mark.parametrize(
    ("rule", "facts", "expected_s"),
    [
        (WatchedRule(), {}, 5100),
        (WatchedRule({"movie": 50}), {}, 3000),
        (WatchedRule(), {"credits_at_ms": 4_000_000}, 4000),
        (WatchedRule(), {"credits_at_ms": 5_900_000}, 5100),
        (WatchedRule(marker="credits"), {"credits_at_ms": 5_900_000}, 5900),
        (WatchedRule(marker="credits"), {}, 5100),
        (WatchedRule(marker="percent"), {"credits_at_ms": 4_000_000}, 5100),
        (WatchedRule(), {"duration_ms": 0}, None),
        (WatchedRule(), {"is_live": True}, None),
    ],
)
def test_watched(rule: WatchedRule, facts: dict[str, Any], expected_s: float | None) -> None:
    at_ms = rule.position_ms(replace(FILM, **facts))
    assert at_ms == (None if expected_s is None else expected_s * 1000)


def test_watched_is_told_once_and_stays_after_seeking_back() -> None:
    story = Story().seen(10, 5_500, state="buffering").seen(20, 5_500, state="playing").seen(30, 100).seen(40, 5_900)
    assert story.kinds == ["started", "buffering", "watched"]
    assert story.play.is_watched


@pytest.mark.parametrize("position_ms", [None, -5, 10**15])
@pytest.mark.parametrize("duration_ms", [None, 0, -1, 6_000_000])
def test_absurd_numbers_end_in_no_absurd_play(position_ms: int | None, duration_ms: int | None) -> None:
    story = Story(replace(FILM, position_ms=position_ms, duration_ms=duration_ms)).seen(10, 20).seen(20)
    story.gone(30, is_told=True)
    assert 0 <= story.play.play_s <= 30
    assert story.play.percent is None or 0 <= story.play.percent <= 100


DEVICES = st.sampled_from("abc")
HOURS = st.sampled_from([0, -1, 1])
STATES = st.sampled_from(["playing", "paused", "buffering", "error"])


class AnEvening(RuleBasedStateMachine):
    """Three devices, two films and a server that is asked, speaks, fails, repeats and forgets.

    Computers with clocks of their own take turns at recording, and are to make the same plays as one with the right
    clock, which is told the same.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.watcher = SessionWatcher(SERVER)
        self.right = SessionWatcher(SERVER)
        self.playing: dict[str, RemoteSession] = {}
        self.starts: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self.stored: dict[str, PlaybackSession] = {}
        self.keys = 0
        self.both("listed", self.now, [])

    def both(self, what: str, now: datetime, *facts: Any, **more: Any) -> None:
        ahead = self.watcher.ahead
        expected = getattr(self.right, what)(*facts, now, **more)
        update = getattr(self.watcher, what)(*facts, now - ahead, **more)
        self.take(update)
        if update is None:
            assert expected is None
            return
        assert update.plays == expected.plays
        for told, known in zip(update.sessions, expected.sessions, strict=True):
            for name in ("started_at", "state_since", "reported_at", "heard_at"):
                assert getattr(told, name) + ahead == getattr(known, name)
        assert [replace(each, at=each.at + ahead) for each in update.events] == list(expected.events)

    def take(self, update: Any) -> None:
        if update is None:
            return
        for play in update.plays:
            known = self.stored.get(play.uid)
            self.starts[play.uid] += known is None
            self.ends[play.uid] += play.stopped_at is not None and (known is None or known.stopped_at is None)
            self.ends[play.uid] -= play.stopped_at is None and known is not None and known.stopped_at is not None
            self.stored[play.uid] = play

    @rule(device=DEVICES, film=st.sampled_from(["1", "2"]), state=st.sampled_from(["playing", "paused"]))
    def begin(self, device: str, film: str, state: str) -> None:
        self.keys += 1
        self.playing[device] = replace(
            FILM, session_key=str(self.keys % 4), device_id=device, remote_id=film, state=state, position_ms=0
        )

    @rule(
        device=DEVICES,
        seconds=st.integers(0, 40),
        state=STATES,
    )
    def go_on(self, device: str, seconds: int, state: str) -> None:
        if device in self.playing:
            session = self.playing[device]
            self.playing[device] = replace(
                session, position_ms=(session.position_ms or 0) + seconds * 1000, state=state
            )

    @rule(device=DEVICES, position_ms=st.integers(-(10**6), 10**8))
    def seek(self, device: str, position_ms: int) -> None:
        if device in self.playing:
            self.playing[device] = replace(self.playing[device], position_ms=position_ms)

    @rule(device=DEVICES)
    def leave(self, device: str) -> None:
        self.playing.pop(device, None)

    @rule(seconds=st.sampled_from([0, 1, 5, 30, 119, 3600, -20, -7200]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(is_told=st.booleans(), lost=st.sampled_from("abcd"), repeats=st.integers(1, 2))
    def look(self, is_told: bool, lost: str, repeats: int) -> None:
        listed = [session for device, session in self.playing.items() if device != lost]
        for _repeat in range(repeats):
            self.both("listed", self.now, [*listed, *listed], is_told=is_told)

    @rule(key=st.integers(0, 4), state=st.sampled_from(["playing", "stopped", "paused"]), late=st.integers(0, 9))
    def word(self, key: int, state: str, late: int) -> None:
        self.both("told", self.now - timedelta(seconds=late), PlayingHint(str(key), state, None, 5_000))

    @rule()
    def fail(self) -> None:
        self.both("failed", self.now)

    @rule(ahead=HOURS)
    def restart(self, ahead: int) -> None:
        """Here, or on another computer that takes over."""
        live = self.watcher.plays()
        assert live == self.right.plays()
        self.watcher = SessionWatcher(SERVER, ahead=timedelta(hours=ahead))
        self.right = SessionWatcher(SERVER)
        self.watcher.restore(live)
        self.right.restore(live)

    @rule(ahead=HOURS)
    def clock_is_set(self, ahead: int) -> None:
        self.watcher.ahead = timedelta(hours=ahead)

    @invariant()
    def times_are_possible(self) -> None:
        for play in self.stored.values():
            end = play.stopped_at if play.stopped_at is not None else play.confirmed_at
            wall_s = (end - play.started_at).total_seconds()
            assert 0 <= play.play_s <= wall_s + 1e-6, play
            assert play.play_s + play.paused_s <= wall_s + 1e-6, play

    @invariant()
    def every_start_has_one_end_at_most(self) -> None:
        live = {play.uid for play in self.watcher.plays()}
        for uid in self.starts:
            assert self.ends[uid] == int(uid not in live), self.stored[uid]

    def teardown(self) -> None:
        for seconds in (200, 400):
            self.both("listed", max(self.now, START) + timedelta(days=1, seconds=seconds), [])
        assert not self.watcher.plays()
        assert set(self.starts.values()) <= {1}
        assert {self.ends[uid] for uid in self.starts} <= {1}


TestAnEvening = AnEvening.TestCase
TestAnEvening.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_recorded_situations_of_a_running_jellyfin(fixtures_dir: Path) -> None:
    """Next episode without a stop, a second device, late reports, a deleted item, a renamed device."""
    watcher = SessionWatcher(replace(SERVER, kind=ServerKind.JELLYFIN))
    plays: dict[str, PlaybackSession] = {}
    kinds: list[tuple[str, EventKind]] = []
    for frame in json.loads((fixtures_dir / "jellyfin12" / "situations.json").read_text(encoding="utf-8"))["frames"]:
        update = watcher.listed(remote_sessions(frame["Sessions"]), at(frame["at"]), is_told=True)
        plays.update((play.uid, play) for play in update.plays)
        kinds += [(event.session.device_id or "", event.kind) for event in update.events if event.session]
    by_device = Counter(play.session.device_id for play in plays.values())
    assert by_device == {"SituA-id": 2, "SituB-id": 1, "SituC-id": 3, "SituD-id": 1}
    assert all(play.stopped_at is not None for play in plays.values())
    assert [kind for device, kind in kinds if device == "SituD-id"] == [EventKind.STARTED, EventKind.STOPPED]
    (renamed,) = [play for play in plays.values() if play.session.device_id == "SituB-id"]
    assert renamed.session.player == "Situ Renamed"
    first = min((p for p in plays.values() if p.session.device_id == "SituA-id"), key=lambda play: play.started_at)
    assert (first.started_at, first.stopped_at) == (at(4.69), at(6.29))
