"""What plays now is in a server's record with its start alone: it is no play yet, and nothing that was skipped."""

from pathlib import Path
from typing import Any

import pytest

from retrovue.core.context import AppContext
from retrovue.core.domain.servers import ServerKind
from retrovue.core.services.history.imports.server_record import import_server
from retrovue.core.services.servers import registration
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect
from retrovue.demo.plex import PlexDialect


@pytest.mark.parametrize(
    ("product", "dialect"),
    [
        (ServerKind.JELLYFIN, JellyfinDialect),
        pytest.param(ServerKind.EMBY, EmbyDialect, marks=pytest.mark.slow),
        pytest.param(ServerKind.PLEX, PlexDialect, marks=pytest.mark.slow),
    ],
)
def test_a_play_that_goes_on_is_neither_read_nor_skipped(tmp_path: Path, product: ServerKind, dialect: Any) -> None:
    host = AppContext(
        resolve_dirs(tmp_path), environ={"RETROVUE_SECRETS": "memory"}, keyring=lambda: None, write_log=False
    )
    with DemoServer(make_library(LibrarySpec(shows=0, episodes=0, movies=2)), dialect=dialect) as demo:
        server = registration.add(host, kind=product, name="Attic", url=demo.url, secret=demo.token).server
        demo.playbacks.start(demo.library.members("1", "movie")[0].id)
        for is_rehearsal in (True, False):
            counts = import_server(host, server, is_rehearsal=is_rehearsal).counts
            assert (counts.read, counts.added, counts.skipped) == (0, 0, 0)
    host.close()
