"""The window follows its server: what changes there shows by itself, and the switch and its state can be seen."""

from collections.abc import Callable
from typing import Any

import pytest

from retrovue.core.domain.browse import View
from retrovue.core.services.follow.states import FollowPhase
from retrovue.core.services.servers.registration import ServerChange, edit
from retrovue.gui.work.lanes import Lane

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]


def follow(make_desk: MakeDesk, **settings: Any) -> Any:
    """A window that hears its server, and has asked for what it did not hear."""
    desk = make_desk(synced=True, follow_quiet_s=0.2, **settings)
    desk.server.dialect.announcer.library_changes = True
    desk.wait(lambda: desk.services.follow.state(1).caught_up_at is not None)
    assert phase(desk) is FollowPhase.CONNECTED
    assert desk.server.sockets.wait_for_clients()
    desk.settle()
    return desk


def phase(desk: Any) -> FollowPhase:
    found: FollowPhase = desk.services.follow.state(1).phase
    return found


def films(desk: Any) -> Any:
    """The Library page in front, with its list of films."""
    page = desk.page("library")
    page._show_view(View.MOVIES, posters=False)
    desk.settle()
    return page


def titles(page: Any) -> list[str]:
    """What the list in front shows, row by row; rows that are still read show nothing."""
    model = page.area.current.model
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


@pytest.mark.slow
def test_a_title_that_is_edited_on_the_server_shows_in_the_library(make_desk: MakeDesk) -> None:
    desk = follow(make_desk)
    page = films(desk)
    movie = desk.server.library.members("1", "movie")[0]
    desk.wait(lambda: any(movie.title in title for title in titles(page)))
    desk.server.reset_counters()
    desk.server.library.edit(movie.id, title="AAA The Salt Lamp", sort_title="aaa the salt lamp")
    desk.wait(lambda: any("AAA The Salt Lamp" in title for title in titles(page)))
    assert [each.path for each in desk.server.requests if "/library/metadata/" in each.path] == [
        f"/library/metadata/{movie.id}"
    ]


@pytest.mark.slow
def test_a_storm_for_one_film_is_one_fetch(make_desk: MakeDesk) -> None:
    desk = follow(make_desk)
    announcer = desk.server.dialect.announcer
    announcer.library_changes = False
    page = films(desk)
    before = len(titles(page))
    movie = desk.server.library.add_movie("AAA The Salt Lamp", year=2020)
    desk.server.reset_counters()
    assert announcer.added(movie) >= 140
    desk.wait(lambda: len(titles(page)) == before + 1)
    desk.wait(lambda: desk.services.follow.state(1).waiting == 0)
    assert len([each for each in desk.server.requests if "/library/" in each.path]) == 1


@pytest.mark.slow
def test_the_monitor_is_woken_over_the_same_socket(make_desk: MakeDesk) -> None:
    desk = follow(make_desk, poll_s=60, idle_poll_s=60)
    assert len(desk.server.sockets.sockets) == 1
    movie = desk.server.library.members("1", "movie")[0]
    desk.server.playbacks.start(movie.id)
    desk.wait(lambda: desk.services.monitor.sessions)


@pytest.mark.slow
def test_the_switch_and_its_state(make_desk: MakeDesk) -> None:
    desk = follow(make_desk)
    card = desk.page("servers").details.live
    assert card.switch.isChecked()
    assert card.pill.look.word == "Connected"
    card.switch.click()
    desk.wait(lambda: card.pill.look.word == "Off")
    assert desk.server.sockets.wait_for_clients(0)
    assert not desk.context.servers.get(1).follow_live
    card.switch.click()
    desk.wait(lambda: card.pill.look.word == "Connected")


@pytest.mark.slow
def test_a_lost_connection_says_why_and_when(make_desk: MakeDesk) -> None:
    desk = follow(make_desk)
    card = desk.page("servers").details.live
    desk.server.stop()
    desk.wait(lambda: card.pill.look.word == "Waiting")
    assert "127.0.0.1" in card.words.text()
    assert ":" in card.words.text()
    desk.server.start()
    desk.wait(lambda: card.pill.look.word == "Connected")


@pytest.mark.slow
def test_a_disabled_server_is_not_followed(make_desk: MakeDesk) -> None:
    desk = follow(make_desk)
    page = desk.page("servers")
    page.details.active_requested.emit(False)
    desk.wait(lambda: phase(desk) is FollowPhase.OFF)
    desk.wait(lambda: not page.details.live.switch.isEnabled())
    assert "disabled" in page.details.live.words.text()


@pytest.mark.slow
def test_signing_in_again_goes_on(make_desk: MakeDesk) -> None:
    desk = follow(make_desk)
    old = desk.server.dialect.token
    desk.server.dialect.token = "another"
    desk.server.drop_connections()
    desk.wait(lambda: phase(desk) is FollowPhase.SIGNED_OUT)
    desk.settle()
    desk.server.dialect.token = old
    server = desk.context.servers.get(1)
    handle = desk.services.runner.submit(
        lambda _token, _report: edit(desk.context, server, ServerChange(secret=old)), lane=Lane.QUERY
    )
    with desk.qtbot.waitSignal(handle.finished):
        pass
    desk.shell._read_servers()
    desk.wait(lambda: phase(desk) is FollowPhase.CONNECTED)
