"""Which events become notices, when, and in how many words: as tables of what happens at which second."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from retrovue.core.domain.playback import EventKind, RemoteSession
from retrovue.core.services.monitor import Heard, PlaybackEvent
from retrovue.core.services.monitor.notices import NoticeFilter, NoticeFlow, NoticeRules, Told, rules_of
from retrovue.core.services.monitor.notices.rules import asks_for_libraries
from retrovue.core.system.settings import Settings

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ALL = NoticeRules(wanted=frozenset(kind.value for kind in EventKind))
FILM = RemoteSession("7", "101", "movie", "Static Hour", "playing", user="mira", user_id="2", device_id="tv")
MIRA_STARTED_AND_STOPPED = ["mira started watching", "mira stopped watching"]
NAMES = ("mira", "edda", "marlow", "jo", "finn", "ada", "kit")


def person(number: int) -> RemoteSession:
    return replace(FILM, session_key=str(number), user=NAMES[number], user_id=str(number + 2), device_id=f"tv{number}")


def event(word: str, second: float) -> Heard:
    """ "started", "started 2" (the third person), "down", "up", "paused!" (it begins paused)."""
    kind, _space, number = word.partition(" ")
    at = NOON + timedelta(seconds=second)
    if kind in ("down", "up"):
        return Heard(PlaybackEvent(EventKind(f"server_{kind}"), at, "Attic", 1))
    session = person(int(number or 0))
    if kind == "started!":
        kind, session = "started", replace(session, state="paused")
    return Heard(PlaybackEvent(EventKind(kind), at, "Attic", 1, session))


def play(script: Sequence[tuple[float, str]], rules: NoticeRules = ALL, *, until: float = 120) -> list[Told]:
    """Run the script; between its lines the flow is called when it asks to be, and once at the end."""
    flow = NoticeFlow(lambda: rules)
    told: list[Told] = flow.hear([], NOON)
    clock = NOON

    def run_to(moment: datetime) -> None:
        nonlocal clock
        while (wake := flow.next_at()) is not None and wake <= moment:
            clock = max(clock, wake)
            told.extend(flow.hear([], clock))
            assert flow.next_at() != wake
        clock = max(clock, moment)

    seconds = sorted({second for second, _word in script})
    for second in seconds:
        run_to(NOON + timedelta(seconds=second))
        told += flow.hear([event(word, second) for at, word in script if at == second], clock)
    run_to(NOON + timedelta(seconds=until))
    told += flow.hear([], clock)
    return told


@pytest.mark.parametrize(
    ("script", "titles"),
    [
        ([(0, "started")], ["mira started watching"]),
        ([(0, "started"), (8, "stopped")], []),
        ([(0, "started"), (11, "stopped")], ["mira started watching", "mira stopped watching"]),
        ([(0, "started"), (4, "paused"), (60, "resumed"), (64, "stopped")], []),
        ([(0, "started"), (4, "paused"), (60, "resumed"), (67, "stopped")], MIRA_STARTED_AND_STOPPED),
        ([(0, "started!"), (50, "stopped")], []),
        ([(0, "started!"), (50, "resumed")], ["mira started watching"]),
        ([(0, "paused"), (20, "resumed")], []),
        ([(0, "paused"), (31, "resumed")], ["mira paused", "mira resumed watching"]),
        ([(0, "paused"), (20, "stopped")], ["mira stopped watching"]),
        ([(0, "buffering"), (20, "buffering"), (50, "buffering")], ["mira’s stream is buffering"]),
        ([(0, "buffering"), (61, "buffering")], ["mira’s stream is buffering"] * 2),
        ([(0, "buffering"), (1, "buffering 1")], ["mira’s stream is buffering", "edda’s stream is buffering"]),
        ([(0, "started"), (0, "started 1")], ["mira started watching", "edda started watching"]),
        ([(0, "started"), (1, "started 1"), (2, "started 2")], ["3 streams started"]),
        ([(0, f"started {n}") for n in range(5)], ["5 streams started"]),
        ([(0, "started"), (1, "started 1"), (30, "started 2")], [f"{name} started watching" for name in NAMES[:3]]),
        ([(0, f"stopped {n}") for n in range(4)], ["4 streams stopped"]),
        ([(0, "down")], ["Attic is not responding"]),
        ([(0, "down"), (20, "up")], ["Attic is not responding", "Attic is back online"]),
        ([(0, "down"), (20, "up"), (22, "down"), (24, "up")], ["Attic is not responding", "Attic is back online"]),
    ],
    ids=[
        "a start counts after ten seconds",
        "what stops before that is not told at all",
        "what stops after it is",
        "a pause is no playing",
        "playing goes on after the pause",
        "what began paused and never played",
        "what began paused and played later",
        "a short pause is taken back",
        "a long one is told, and so is its end",
        "a stop takes the pause with it",
        "once a minute",
        "after a minute again",
        "another stream is another matter",
        "two are told one by one",
        "three within moments are one",
        "five at once are one",
        "two and a later one",
        "a burst of stops",
        "silence is told at once",
        "and its end",
        "a server that comes and goes",
    ],
)  # fmt: skip
def test_what_is_told(script: list[tuple[float, str]], titles: list[str]) -> None:
    assert [told.notice.title for told in play(script)] == titles


def test_without_a_delay_a_start_is_told_at_once() -> None:
    flow = NoticeFlow(lambda: replace(ALL, delay_s=0))
    assert [told.notice.title for told in flow.hear([event("started", 0)], NOON)] == ["mira started watching"]
    assert flow.next_at() is None


def test_a_start_asks_to_be_looked_at_when_it_is_due() -> None:
    flow = NoticeFlow(lambda: ALL)
    assert flow.hear([event("started", 0)], NOON) == []
    assert flow.next_at() == NOON + timedelta(seconds=10)


def test_a_clock_that_is_set_back_holds_no_notice_up() -> None:
    flow = NoticeFlow(lambda: ALL)
    flow.hear([event("started", 0), event("paused 1", 0)], NOON)
    earlier = NOON - timedelta(hours=1)
    assert flow.hear([], earlier) == []
    assert flow.next_at() == earlier + timedelta(seconds=10)
    titles = [told.notice.title for told in flow.hear([], earlier + timedelta(seconds=30))]
    assert titles == ["mira started watching", "edda paused"]


def test_a_burst_names_who_and_what_and_says_how_many_more() -> None:
    (told,) = play([(0, f"started {n}") for n in range(7)])
    assert told.notice.title == "7 streams started"
    lines = told.notice.body.splitlines()
    assert lines[0] == "mira · Static Hour"
    assert lines[-1] == "and 2 more"
    assert len(lines) == 6


def test_one_stream_keeps_its_place_on_the_screen() -> None:
    told = play([(0, "started"), (20, "paused"), (60, "resumed"), (90, "stopped")])
    assert len(told) == 4
    assert len({one.key for one in told}) == 1


def test_what_happened_while_a_server_was_silent_is_one_summary() -> None:
    script = [(0, "down"), (600 / 4, "up"), (150, "started 1"), (150, "started 2"), (156, "stopped")]
    told = play(script, until=200)
    assert [one.notice.title for one in told] == ["Attic is not responding", "Attic is back online"]
    assert told[-1].notice.body == "2 streams started\n1 stream stopped"


def test_after_a_sleep_there_is_one_summary_and_no_backlog() -> None:
    flow = NoticeFlow(lambda: ALL)
    assert flow.hear([event("started", 0)], NOON) == []
    wake = 3600.0
    now = NOON + timedelta(seconds=wake)
    words = ["down", "up", "stopped", "stopped 1", "started 2"]
    assert flow.hear([event(word, wake) for word in words], now) == []
    assert flow.next_at() == now + timedelta(seconds=30)
    (told,) = flow.hear([], now + timedelta(seconds=30))
    assert told.notice.title == "While this computer was asleep"
    assert told.notice.body == "2 streams started\n2 streams stopped"
    assert flow.next_at() is None


def test_a_server_that_stays_silent_after_a_sleep_is_named() -> None:
    flow = NoticeFlow(lambda: ALL)
    flow.hear([], NOON)
    now = NOON + timedelta(hours=8)
    assert flow.hear([event("down", 8 * 3600)], now) == []
    (told,) = flow.hear([], now + timedelta(seconds=31))
    assert (told.notice.event, told.notice.body) == ("server_down", "Attic is not responding")


def test_a_sleep_in_which_nothing_happened_is_not_told() -> None:
    flow = NoticeFlow(lambda: ALL)
    flow.hear([], NOON)
    flow.hear([], NOON + timedelta(hours=8))
    assert flow.hear([], NOON + timedelta(hours=8, minutes=1)) == []


@pytest.mark.parametrize("event_kind", list(EventKind))
def test_each_event_has_its_own_switch(event_kind: EventKind) -> None:
    word = event_kind.value.removeprefix("server_")
    only, none = NoticeRules(wanted=frozenset({event_kind.value})), NoticeRules()
    assert [told.notice.event for told in play([(0, word)], only)] == [event_kind.value]
    assert play([(0, word)], none) == []


@pytest.mark.parametrize(
    ("rules", "library", "session", "is_told"),
    [
        (ALL, None, FILM, True),
        (replace(ALL, general=NoticeFilter(muted_users=frozenset({"mira"}))), None, replace(FILM, user="Mira"), False),
        (replace(ALL, general=NoticeFilter(muted_users=frozenset({"edda"}))), None, FILM, True),
        (replace(ALL, general=NoticeFilter(muted_libraries=frozenset({"movies"}))), "Movies", FILM, False),
        (replace(ALL, general=NoticeFilter(muted_libraries=frozenset({"movies"}))), "Anime", FILM, True),
        (replace(ALL, general=NoticeFilter(muted_libraries=frozenset({"movies"}))), None, FILM, True),
        (replace(ALL, general=NoticeFilter(muted_servers=frozenset({"attic"}))), None, FILM, False),
        (replace(ALL, place="remote"), None, replace(FILM, location="wan"), True),
        (replace(ALL, place="remote"), None, replace(FILM, location="lan"), False),
        (replace(ALL, place="local"), None, FILM, True),
        (replace(ALL, place="local"), None, replace(FILM, location="wan"), False),
        (replace(ALL, leaves_out_own=True, own_ids={1: "2"}), None, FILM, False),
        (replace(ALL, leaves_out_own=True, own_ids={1: "3"}), None, FILM, True),
        (replace(ALL, leaves_out_own=True, own_ids={2: "2"}), None, FILM, True),
        (replace(ALL, leaves_out_own=True, own_names=frozenset({"mira"})), None, FILM, False),
        (replace(ALL, leaves_out_own=False, own_names=frozenset({"mira"})), None, FILM, True),
    ],
)
def test_filters(rules: NoticeRules, library: str | None, session: RemoteSession, is_told: bool) -> None:
    flow = NoticeFlow(lambda: replace(rules, delay_s=0))
    heard = Heard(PlaybackEvent(EventKind.STARTED, NOON, "Attic", 1, session), library)
    assert bool(flow.hear([heard], NOON)) is is_told


def test_a_muted_server_says_nothing_of_itself_either() -> None:
    assert play([(0, "down")], replace(ALL, general=NoticeFilter(muted_servers=frozenset({"attic"})))) == []


def test_the_settings_become_rules() -> None:
    settings = Settings(
        notices={"started": True, "stopped": False},
        notice_delay_s=25,
        notice_place="remote",
        notice_not_me=True,
        notice_my_names=" Mira | mira-tv ||",
        notice_muted_users="Edda",
        notice_muted_libraries="Kids|",
        notice_muted_servers="",
    )
    assert rules_of(settings, {1: "9"}) == NoticeRules(
        wanted=frozenset({"started"}),
        delay_s=25,
        buffering_times=3,
        place="remote",
        general=NoticeFilter(muted_users=frozenset({"edda"}), muted_libraries=frozenset({"kids"})),
        leaves_out_own=True,
        own_names=frozenset({"mira", "mira-tv"}),
        own_ids={1: "9"},
    )


def titles_of(script: Sequence[tuple[float, str]], rules: NoticeRules, until: float = 300) -> list[str]:
    return [told.notice.title for told in play(script, rules, until=until)]


def test_buffering_is_told_as_often_as_is_wanted() -> None:
    rules = replace(ALL, buffering_times=3)
    assert titles_of([(second, "buffering") for second in (0, 70, 140, 210)], rules) == ["mira’s stream is buffering"]
    again = [(0, "buffering"), (1, "buffering"), (2, "stopped"), (3, "buffering"), (4, "buffering")]
    assert titles_of(again, rules) == ["mira stopped watching"], "another play is counted from the start"


def test_several_streams_of_one_person_are_told() -> None:
    rules = replace(ALL, wanted=ALL.wanted | {"several_streams"})
    flow = NoticeFlow(lambda: rules)
    flow.hear([], NOON)
    second = replace(FILM, session_key="8", device_id="phone", user_id="2")
    starts = [Heard(PlaybackEvent(EventKind.STARTED, NOON, "Attic", 1, each)) for each in (FILM, second)]
    told = [*flow.hear(starts, NOON), *flow.hear([], NOON + timedelta(seconds=11))]
    assert [one.notice.title for one in told][-1] == "mira has 2 streams"
    assert (told[-1].key, told[-1].user, told[-1].session) == ("several:mira", "mira", (1, "8"))
    assert not [title for title in titles_of([(0, "started"), (0, "started 1")], rules) if "2 streams" in title]


def test_a_change_of_decision_says_what_it_is_now_and_kinds_are_filtered() -> None:
    changed = Heard(PlaybackEvent(EventKind.DECISION_CHANGED, NOON, "Attic", 1, replace(FILM, decision="transcode")))
    (told,) = NoticeFlow(lambda: ALL).hear([changed], NOON)
    assert "Transcode" in told.notice.body
    assert told.session == (1, "7")
    for kinds, count in (("", 1), ("movie|live", 1), ("episode", 0), ("live|episode", 0)):
        rules = replace(ALL, general=rules_of(replace(Settings(), notice_kinds=kinds)).general)
        assert len(NoticeFlow(lambda rules=rules: rules).hear([changed], NOON)) == count, kinds
    found = rules_of(replace(Settings(), notice_kinds="episode|live", notice_buffering=5, notice_streams=4))
    assert (found.general.kinds, found.buffering_times, found.streams) == ({"episode", "live"}, 5, 4)


def test_each_notice_has_a_filter_of_its_own() -> None:
    filters = {
        "started": {"users": "Mira", "kinds": "movie"},
        "stopped": {"servers": "attic"},
        "paused": {"libraries": "Kids"},
        "several_streams": {"kinds": "episode"},
    }
    assert asks_for_libraries(replace(Settings(), notice_filters=filters))
    assert not asks_for_libraries(Settings())
    found = rules_of(replace(Settings(), notice_filters=filters)).filters
    rules = replace(ALL, wanted=ALL.wanted | {"several_streams"}, filters=found)
    assert titles_of([(0, "started"), (0, "started 1"), (40, "stopped"), (40, "stopped 1")], rules) == [
        "edda started watching"
    ]
    # A pause is told half a minute later, and still knows its library.
    for library, count in (("Films", 1), ("kids", 0)):
        flow = NoticeFlow(lambda: rules)
        pause = Heard(PlaybackEvent(EventKind.PAUSED, NOON, "Attic", 1, FILM), library)
        assert flow.hear([pause], NOON) == []
        assert len(flow.hear([], NOON + timedelta(seconds=31))) == count, library
    # The summary of an outage leaves out what its own filter does.
    script = [(0, "down"), (60, "up"), (61, "stopped"), (61, "paused 1")]
    assert "stopped" not in " ".join(f"{one.notice.title} {one.notice.body}" for one in play(script, rules))
