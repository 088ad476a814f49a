"""From an event on a server to a notice on the desktop: delay, quiet hours, filters, syncs, and the record of all."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from retrovue.core.services.monitor.notices import NoticeText as Said
from retrovue.demo.playback import BROWSER, PHONE, USERS
from retrovue.gui.alerts.desktop import MUTE

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]


def play(desk: Any, number: int = 0, **facts: Any) -> str:
    movie = desk.server.library.members("1", "movie")[number]
    return str(desk.server.playbacks.start(movie.id, **facts).session_key)


def shown(desk: Any) -> list[str]:
    return [notice.title for notice in desk.notifier.notices]


def kept(desk: Any) -> list[str]:
    desk.settle()
    return [notice.title for notice in desk.context.notices.recent()]


@pytest.mark.slow
def test_a_start_is_told_after_the_delay_and_a_short_play_never(make_desk: MakeDesk) -> None:
    desk = make_desk(poll_s=0.1, idle_poll_s=0.1, notice_delay_s=0.8)
    short = play(desk)
    desk.wait(lambda: desk.services.monitor.sessions)
    desk.server.playbacks.stop(short)
    desk.wait(lambda: not desk.services.monitor.sessions)
    play(desk, 1, user=USERS[1], player=PHONE)
    desk.wait(lambda: desk.services.monitor.sessions)
    assert shown(desk) == []
    desk.wait(lambda: desk.notifier.notices)
    assert shown(desk) == ["edda started watching"]
    assert kept(desk) == ["edda started watching"]


def test_three_at_once_are_one_notice(make_desk: MakeDesk) -> None:
    desk = make_desk(poll_s=60, idle_poll_s=60)
    # Three that are found by one poll: the announcements of single ones are not waited for.
    desk.services.follow.stop()
    desk.settle()
    for number, player in enumerate((PHONE, BROWSER, PHONE)):
        play(desk, number, user=USERS[number], player=player)
    desk.services.monitor.poll_now()
    desk.wait(lambda: desk.notifier.notices)
    assert shown(desk) == ["3 streams started"]
    assert kept(desk) == ["3 streams started"]


@pytest.mark.slow
def test_a_muted_library_is_looked_up_in_the_catalog(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True, notice_muted_libraries="Movies")
    play(desk, 0)
    desk.wait(lambda: desk.services.monitor.sessions)
    episode = desk.server.library.members("3", "episode")[0]
    desk.server.playbacks.start(episode.id, USERS[1], PHONE)
    desk.wait(lambda: desk.notifier.notices)
    assert shown(desk) == ["edda started watching"]


def test_problems_get_through_quiet_hours_where_that_is_wanted(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False, quiet_hours="00:00-00:00", quiet_lets_problems=True)
    teller = desk.services.monitor.teller
    problem = Said("Sync incomplete", "", "sync_failed", None)
    teller.tell(problem, "sync")
    teller.tell(Said("4 removals are held back", "", "nonsense", None), "x")
    assert shown(desk) == ["Sync incomplete"]
    desk.services.monitor.alerts.pause("on")
    teller.tell(problem, "sync")
    assert len(shown(desk)) == 1
    assert kept(desk) == ["Sync incomplete"] * 2


@pytest.mark.parametrize(("is_wanted", "titles"), [(True, ["Sync complete"]), (False, [])])
def test_a_sync_that_ended_well_is_told_on_request(make_desk: MakeDesk, is_wanted: bool, titles: list[str]) -> None:
    desk = make_desk()
    desk.context.settings_store.update(notices={"sync_finished": is_wanted})
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.services.sync.start()
    desk.settle()
    assert shown(desk) == titles


@pytest.mark.slow
def test_held_back_removals_are_told_and_lead_to_the_sync_page(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    library = desk.server.library
    for movie in library.members("1", "movie")[5:]:
        library.remove(movie.id)
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.services.sync.start()
    desk.settle()
    (notice,) = [n for n in desk.notifier.notices if "held back" in n.title]
    assert notice.target == "sync"
    desk.notifier.activated.emit(notice)
    assert desk.window.current_key == "sync"


@pytest.mark.slow
def test_a_new_device_is_told_and_a_click_shows_its_card_and_mutes_its_person(make_desk: MakeDesk) -> None:
    desk = make_desk(min_length_s=0, notices="new_device,started")
    key = play(desk, 0, user=USERS[1], player=PHONE)
    desk.wait(lambda: desk.services.monitor.sessions)
    desk.server.playbacks.stop(key)
    desk.wait(lambda: not desk.services.monitor.sessions)
    assert "edda plays on a new device" not in shown(desk), "the first device of a person is no other one"
    play(desk, 1, user=USERS[1], player=BROWSER)
    desk.wait(lambda: "edda plays on a new device" in shown(desk))
    notice = next(one for one in desk.notifier.notices if one.key.startswith("device:"))
    desk.notifier.activated.emit(notice)
    desk.wait(lambda: desk.window.current_key == "activity" and desk.window.page("activity").cards.cards)
    (card,) = desk.window.page("activity").cards.cards
    assert notice.argument == card.active.key
    desk.notifier.activated.emit(replace(notice, action=MUTE))
    assert desk.services.monitor.alerts.is_muted("Edda")
    before = len(desk.notifier.notices)
    play(desk, 2, user=USERS[1], player=PHONE)
    play(desk, 3, user=USERS[2])
    desk.wait(lambda: len(desk.notifier.notices) > before)
    assert [one.person for one in desk.notifier.notices[before:]] == [USERS[2].name]
