"""What the head of a server says in each state, and the remedy beside it."""

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from retrovue.core.domain.servers import Server, ServerKind, ServerState
from retrovue.core.services.follow.states import FollowPhase
from retrovue.gui.pages.servers.live import follow_look
from retrovue.gui.pages.servers.state_notices import StateNotices
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.states import server_look


@pytest.fixture
def server() -> Server:
    return Server(
        1, "uuid", ServerKind.PLEX, "Home", "http://nas:32400", "machine", "1", state=ServerState.KEYRING_LOCKED
    )


def test_a_locked_keyring_offers_to_try_again(qtbot: QtBot, server: Server) -> None:
    notices = StateNotices()
    qtbot.addWidget(notices)
    notices.show_server(server)
    (banner,) = notices.banners
    again = next(button for button in banner.findChildren(Button) if button.text() == "Try again")
    with qtbot.waitSignal(notices.retry_requested):
        again.click()
    notices.show_server(replace(server, state=ServerState.ONLINE))
    assert notices.banners == []


@pytest.mark.parametrize("state", ServerState)
def test_every_state_of_a_server_has_a_look(state: ServerState) -> None:
    assert server_look(state.value).word


@pytest.mark.parametrize("phase", FollowPhase)
def test_every_phase_of_following_has_a_look(phase: FollowPhase) -> None:
    assert follow_look(phase).word
