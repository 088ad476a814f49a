"""The past of the demo's house comes through the same imports as anybody's."""

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from retrovue.cli.demo_past import import_past, past_beside
from retrovue.core.context import AppContext
from retrovue.core.domain.history import PlayFilter
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.servers import registration
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo.house import House


@pytest.fixture
def context(tmp_path: Path) -> Iterator[AppContext]:
    context = AppContext(
        resolve_dirs(tmp_path), environ={"RETROVUE_SECRETS": "memory"}, keyring=lambda: None, write_log=False
    )
    yield context
    context.close()


@pytest.mark.slow
def test_every_server_tells_its_past_once(context: AppContext) -> None:
    with House(context.clock.now(), zone=UTC, days=40) as house:
        for kind, name in ((ServerKind.PLEX, "plex"), (ServerKind.JELLYFIN, "jellyfin"), (ServerKind.EMBY, "emby")):
            server = house.servers[name]  # type: ignore[index]
            registration.add(context, kind=kind, name=name, url=server.url, secret=server.token, token=CancelToken())
        first = {server.name: counts.added for server, counts in import_past(context, house, CancelToken())}
        for name, plays in house.past.items():
            # What Tautulli (120 s) and the plugin (20 s) leave out is short.
            long_enough = [one for one in plays if one.stopped_at - one.started_at - one.paused_s >= 120]
            assert len(long_enough) <= first[name] <= len(plays)
        assert not any(counts.added for _server, counts in import_past(context, house, CancelToken()))
        people = {play.user for play in context.plays.list(PlayFilter())}
        assert {"marlow", "Mireille", "Großeltern", "Zofia"} <= people


def test_a_window_that_closes_at_once_does_not_wait(context: AppContext) -> None:
    with House(context.clock.now(), zone=UTC, days=2) as house, past_beside(context, house):
        pass
    assert context.plays.list(PlayFilter()) == []
