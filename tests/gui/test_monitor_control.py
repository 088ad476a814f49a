"""What polling for live sessions finds out about a server itself."""

from collections.abc import Callable
from typing import Any

import pytest

from retrovue.core.domain.servers import ServerState

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_a_server_that_goes_away_is_not_shown_as_online(make_desk: Callable[..., Any]) -> None:
    desk = make_desk(poll_s=1, idle_poll_s=1)
    monitor = desk.services.monitor
    desk.wait(lambda: any(not state.is_down for state in monitor.states))
    heard: list[Any] = []
    desk.services.runner.changed.connect(heard.append)

    def state() -> ServerState:
        return desk.services.context.servers.get(1).state  # type: ignore[no-any-return]

    assert state() is ServerState.ONLINE
    desk.server.stop()
    monitor.poll_now()
    desk.wait(lambda: state() is ServerState.NOT_REACHABLE)
    desk.wait(lambda: any("servers" in change.kinds for change in heard))
    desk.server.start()
    desk.wait(lambda: state() is ServerState.ONLINE)


def test_a_revoked_token_asks_to_sign_in_again_before_the_next_sync(make_desk: Callable[..., Any]) -> None:
    desk = make_desk(poll_s=1, idle_poll_s=1)
    monitor = desk.services.monitor
    desk.wait(lambda: any(not state.is_down for state in monitor.states))
    desk.server.dialect.token = "another"
    monitor.poll_now()
    desk.wait(lambda: desk.services.context.servers.get(1).state is ServerState.SIGN_IN_AGAIN)
    desk.wait(lambda: [state.needs_sign_in for state in monitor.states] == [True])
