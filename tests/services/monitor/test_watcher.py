"""From poll to poll: who started, paused, stopped; what a failed poll says; quiet hours; positions between reports."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from retrovue.core.domain.errors import WrongServerError
from retrovue.core.domain.playback import EventKind, RemoteSession, session_title
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.services.monitor import ActiveSession, PlaybackEvent, SessionWatcher
from retrovue.core.services.monitor.notices import in_quiet_hours, notice_of
from retrovue.core.sources.base import Connection
from retrovue.core.sources.registry import open_source
from retrovue.demo import DemoServer, LibrarySpec, make_library

START = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
SERVER = Server(3, "uuid", ServerKind.PLEX, "Attic", "http://attic:32400", "machine", "1.40")
LANTERN = RemoteSession(
    "7",
    "101",
    "episode",
    "The Tide Table",
    "playing",
    user="mira",
    user_id="2",
    device_id="tv",
    player="Living Room",
    position_ms=60_000,
    duration_ms=3_000_000,
    show_title="The Lantern District",
    season_number=2,
    episode_number=7,
)
PAUSED, BUFFERING = replace(LANTERN, state="paused"), replace(LANTERN, state="buffering")
OTHER = replace(LANTERN, session_key="8", user="edda", user_id="4", device_id="phone")


def at(step: int) -> datetime:
    return START + timedelta(seconds=5 * step)


def told(polls: list[list[RemoteSession] | None]) -> list[list[str]]:
    """The events of each poll; None is a poll that failed. The first list is empty and was asked before."""
    watcher = SessionWatcher(SERVER)
    watcher.listed([], at(0))
    events = []
    for step, sessions in enumerate(polls, start=1):
        update = watcher.failed(at(step)) if sessions is None else watcher.listed(sessions, at(step))
        events.append([event.kind.value for event in update.events])
    return events


@pytest.mark.parametrize(
    ("polls", "events"),
    [
        ([[LANTERN]], [["started"]]),
        ([[LANTERN], [LANTERN]], [["started"], []]),
        ([[LANTERN], [PAUSED], [PAUSED], [LANTERN]], [["started"], ["paused"], [], ["resumed"]]),
        ([[LANTERN], [BUFFERING], [LANTERN]], [["started"], ["buffering"], []]),
        ([[LANTERN], [], []], [["started"], [], ["stopped"]]),
        ([[LANTERN], [], [LANTERN]], [["started"], [], []]),
        ([[LANTERN], [], [LANTERN], [], [LANTERN]], [["started"], [], [], [], []]),
        ([[LANTERN], None, [], []], [["started"], ["server_down"], ["server_up"], ["stopped"]]),
        ([[LANTERN], None, None, [LANTERN]], [["started"], ["server_down"], [], ["server_up"]]),
        ([[LANTERN], [LANTERN, OTHER]], [["started"], ["started"]]),
        ([[LANTERN, OTHER], [OTHER], [OTHER]], [["started", "started"], [], ["stopped"]]),
    ],
    ids=[
        "a start",
        "nothing new",
        "a pause and its end",
        "buffering is over without a word",
        "two polls without it are a stop",
        "one poll without it is none",
        "flicker is none",
        "a failed poll says nothing of sessions",
        "down is said once",
        "a second person",
        "one of two leaves",
    ],
)
def test_events(polls: list[list[RemoteSession] | None], events: list[list[str]]) -> None:
    assert told(polls) == events


def test_a_reused_session_key_is_another_play() -> None:
    """Servers count keys from 1 again: two people under one key must not become one."""
    watcher = SessionWatcher(SERVER)
    watcher.listed([], at(0))
    watcher.listed([LANTERN], at(1))
    reused = replace(OTHER, session_key=LANTERN.session_key)
    update = watcher.listed([reused], at(2))
    assert [(event.kind, event.session) for event in update.events] == [(EventKind.STARTED, reused)]
    update = watcher.listed([reused], at(3))
    assert [(event.kind, event.session) for event in update.events] == [(EventKind.STOPPED, LANTERN)]


def test_a_next_episode_under_the_same_key_is_another_play() -> None:
    watcher = SessionWatcher(SERVER)
    watcher.listed([], at(0))
    watcher.listed([LANTERN], at(1))
    following = replace(LANTERN, remote_id="102", episode_number=8, title="Low Water")
    events = watcher.listed([following], at(2)).events
    assert [(event.kind, event.at) for event in events] == [(EventKind.STOPPED, at(2)), (EventKind.STARTED, at(2))]


def test_who_watches_already_has_not_just_started() -> None:
    watcher = SessionWatcher(SERVER)
    update = watcher.listed([LANTERN], at(0))
    assert update.events == ()
    assert [active.session for active in update.sessions] == [LANTERN]
    assert [event.kind for event in watcher.listed([LANTERN, OTHER], at(1)).events] == [EventKind.STARTED]


def test_sessions_survive_a_server_that_is_down() -> None:
    watcher = SessionWatcher(SERVER)
    watcher.listed([LANTERN], at(0))
    assert [active.session for active in watcher.failed(at(1)).sessions] == [LANTERN]


def only(watcher: SessionWatcher) -> ActiveSession:
    (active,) = watcher.sessions()
    return active


def test_another_machine_at_the_address_is_not_asked_who_is_playing() -> None:
    with DemoServer(make_library(LibrarySpec(shows=1, episodes=1, movies=2))) as demo:
        demo.playbacks.start(demo.library.members("1", "movie")[0].id)
        source = open_source(ServerKind.PLEX, Connection(url=demo.url, token=demo.token, client_id="test"))
        info = source.identify()
        watcher = SessionWatcher(replace(SERVER, url=demo.url, machine_identifier=info.machine_identifier))
        assert len(watcher.poll(source, at(0)).sessions) == 1

        # The address goes to another machine while the first one is away.
        watcher.failed(at(1))
        watcher.server = replace(watcher.server, machine_identifier="another")
        demo.reset_counters()
        with pytest.raises(WrongServerError):
            watcher.poll(source, at(2))
        assert not any(record.path.endswith("/status/sessions") for record in list(demo.requests))

        watcher.server = replace(watcher.server, machine_identifier=info.machine_identifier)
        watcher.poll(source, at(3))
        demo.reset_counters()
        watcher.poll(source, at(4))
        assert len(demo.requests) == 1
        source.close()


def test_the_position_moves_on_between_reports() -> None:
    """Servers repeat the last reported position for ten seconds; the bar must not jump back at each poll."""
    watcher = SessionWatcher(SERVER)
    watcher.listed([LANTERN], at(0))
    watcher.listed([LANTERN], at(1))
    assert only(watcher).position_ms_at(at(1)) == 65_000
    watcher.listed([replace(LANTERN, position_ms=70_000)], at(2))
    assert only(watcher).position_ms_at(at(2)) == 70_000
    assert only(watcher).position_ms_at(at(3)) == 75_000


def test_a_paused_position_stands_still_and_its_age_is_known() -> None:
    watcher = SessionWatcher(SERVER)
    watcher.listed([LANTERN], at(0))
    watcher.listed([replace(PAUSED, position_ms=64_000)], at(1))
    watcher.listed([replace(PAUSED, position_ms=64_000)], at(9))
    active = only(watcher)
    assert active.position_ms_at(at(20)) == 64_000
    assert (active.started_at, active.state_since) == (at(0), at(1))


@pytest.mark.parametrize(
    ("facts", "after_s", "expected"),
    [
        ({"position_ms": None}, 5, None),
        ({"position_ms": 2_999_000}, 60, 3_000_000),
        ({"position_ms": 2_999_000, "duration_ms": None}, 60, 3_059_000),
        ({"position_ms": 2_999_000, "is_live": True}, 60, 3_059_000),
        ({"position_ms": 60_000}, -5, 60_000),
        ({"position_ms": 3_100_000}, 5, 3_100_000),
    ],
    ids=["unknown", "not past the end", "no length", "live", "a clock set back", "longer than said"],
)
def test_positions_at_the_edges(facts: dict[str, object], after_s: int, expected: int | None) -> None:
    session = replace(LANTERN, **facts)  # type: ignore[arg-type]
    active = ActiveSession("Attic", 3, "plex", session, START, START, START)
    assert active.position_ms_at(START + timedelta(seconds=after_s)) == expected


@pytest.mark.parametrize(
    ("hours", "local", "is_quiet"),
    [
        ("", time(3, 0), False),
        ("22:00-07:00", time(21, 59, 59), False),
        ("22:00-07:00", time(22, 0), True),
        ("22:00-07:00", time(0, 0), True),
        ("22:00-07:00", time(6, 59, 59), True),
        ("22:00-07:00", time(7, 0), False),
        ("13:00-15:00", time(12, 59), False),
        ("13:00-15:00", time(13, 0), True),
        ("13:00-15:00", time(15, 0), False),
        ("00:00-00:00", time(12, 0), True),
    ],
)
def test_quiet_hours(hours: str, local: time, is_quiet: bool) -> None:
    assert in_quiet_hours(hours, local) is is_quiet


@pytest.mark.parametrize(
    ("session", "title"),
    [
        (LANTERN, "The Lantern District · S02E07 · The Tide Table"),
        (replace(LANTERN, season_number=None), "The Lantern District · E07 · The Tide Table"),
        (RemoteSession("1", "5", "movie", "Static Hour", "playing", year=1987), "Static Hour (1987)"),
        (RemoteSession("1", "5", "movie", "Static Hour", "playing"), "Static Hour"),
    ],
)
def test_titles(session: RemoteSession, title: str) -> None:
    assert session_title(session) == title


def test_a_notice_names_user_title_server_and_player() -> None:
    notice = notice_of(PlaybackEvent(EventKind.STARTED, START, "Attic", 3, LANTERN))
    assert notice.title == "mira started watching"
    assert notice.body == "The Lantern District · S02E07 · The Tide Table\nAttic · Living Room"


def test_a_player_that_is_listed_and_silent_is_said_to_be_so() -> None:
    watcher = SessionWatcher(SERVER)
    watcher.listed([replace(LANTERN, checked_in_at=1.0)], at(0))
    for step in range(1, 25):
        # The server moves the position on by itself.
        watcher.listed([replace(LANTERN, checked_in_at=1.0, position_ms=60_000 + 5_000 * step)], at(step))
    assert only(watcher).silent_since(at(24)) is None
    assert only(watcher).silent_since(at(24) + timedelta(seconds=1)) == at(0)
    watcher.listed([replace(LANTERN, checked_in_at=130.0)], at(26))
    assert only(watcher).silent_since(at(26)) is None


def test_a_stream_of_no_play_is_left_out() -> None:
    watcher = SessionWatcher(SERVER)
    watcher.listed([], at(0))
    assert watcher.listed([replace(LANTERN, is_extra=True)], at(1)).events == ()


def test_dlna_players_that_only_browse_start_nothing() -> None:
    watcher = SessionWatcher(SERVER)
    watcher.listed([], at(0))
    browsing = replace(LANTERN, product="DLNA")
    assert watcher.listed([browsing], at(1)).events == ()
    assert watcher.listed([], at(1)).events == ()
    watcher.listed([browsing], at(2))
    assert [event.kind for event in watcher.listed([browsing], at(3)).events] == [EventKind.STARTED]


def test_what_plays_on_is_taken_now_and_then_and_its_last_position_at_its_end() -> None:
    watcher = SessionWatcher(SERVER)
    watcher.listed([], START)
    watcher.listed([LANTERN, OTHER], START, is_told=True)

    def list_at(second: float, *sessions: RemoteSession) -> tuple[bool, list[str]]:
        when = START + timedelta(seconds=second)
        news = watcher.is_news(sessions, when)
        update = watcher.listed(sessions, when, is_told=True)
        return news, [event.kind.value for event in update.events]

    def moved(session: RemoteSession, second: float) -> RemoteSession:
        return replace(session, position_ms=60_000 + int(second * 1000))

    def position(session: RemoteSession) -> int | None:
        return next(each.session.position_ms for each in watcher.sessions() if each.session.user == session.user)

    assert list_at(1.5, moved(LANTERN, 1.5), moved(OTHER, 1.5)) == (False, [])
    assert position(LANTERN) == 60_000
    assert list_at(2, moved(LANTERN, 300), moved(OTHER, 2)) == (True, []), "a jump is taken at once"
    assert position(LANTERN) == 360_000
    assert list_at(2.2, replace(moved(LANTERN, 300.2), state="paused"), moved(OTHER, 2.2)) == (True, ["paused"])
    assert list_at(6, replace(moved(LANTERN, 300.2), state="paused"), moved(OTHER, 6))[0], "five seconds are enough"
    assert position(OTHER) == 66_000
    end = replace(OTHER, position_ms=2_700_000)
    assert list_at(7, replace(moved(LANTERN, 300.2), state="paused"), end) == (True, ["watched"])
    held = replace(end, position_ms=2_702_000)
    assert list_at(9, replace(moved(LANTERN, 300.2), state="paused"), held)[1] == []
    update = watcher.listed([], START + timedelta(seconds=9.5), is_told=True)
    assert {play.session.user: play.position_ms for play in update.plays} == {"mira": 360_200, "edda": 2_702_000}
