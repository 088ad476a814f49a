"""Tags that protect: a server that cannot say what it has keeps what was known."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.programs import Program

from retrovue.core.context import AppContext
from retrovue.core.domain.cleanup.facts import Level
from retrovue.core.domain.cleanup.rules import Preset, preset_rule
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.cleanup import kept, marks
from retrovue.core.services.servers import registration
from retrovue.core.services.sync import run_sync
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo import DemoServer, LibrarySpec, make_library

pytestmark = pytest.mark.usefixtures("each_engine")

RULE = preset_rule(Preset.UNWATCHED, Level.MOVIE)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[AppContext, DemoServer, Server]]:
    host = Program(
        resolve_dirs(tmp_path), environ={"RETROVUE_SECRETS": "memory"}, keyring=lambda: None, write_log=False
    )
    with DemoServer(make_library(LibrarySpec(shows=2, episodes=8, movies=6))) as server:
        added = registration.add(host, kind=ServerKind.PLEX, name="Attic", url=server.url, secret=server.token)
        run_sync(host, SyncRequest(), CancelToken())
        yield host, server, added.server
    host.close()


def test_nothing_is_asked_while_nothing_looks_at_them(house: tuple[AppContext, DemoServer, Server]) -> None:
    host, server, _stored = house
    server.reset_counters()
    assert marks.refresh_for(host, [RULE], CancelToken()) == []
    assert list(server.requests) == []


def test_a_library_without_labels_has_none_and_one_that_is_gone_says_nothing(
    house: tuple[AppContext, DemoServer, Server],
) -> None:
    host, server, stored = house
    kept.exclude_tag(host, stored, "Keep")
    # Long ago, so that it is due.
    host.marks.replace(stored.id, [("tag", "Keep", "1")], now=1)
    server.library.remove_section("1")
    ((failed, _error),) = marks.refresh_for(host, [RULE], CancelToken())
    assert failed.id == stored.id
    assert host.marks.tags() == [(stored.id, "Keep")], "what protected before protects still"
    server.library.restore_section("1")
    assert marks.refresh_for(host, [RULE], CancelToken()) == []
    assert host.marks.tags() == []
