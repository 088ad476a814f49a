"""Collections as servers have them, and what was watched of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.programs import Program
from tools.past import fill_history

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.collections.refresh import listed, refresh
from retrovue.core.services.collections.snapshots import chosen, take_snapshots
from retrovue.core.services.servers import registration
from retrovue.core.services.sync import run_sync
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo import DemoLibrary, DemoServer, LibrarySpec, make_library
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect
from retrovue.demo.past import make_past
from retrovue.demo.people import ServerName
from retrovue.demo.plex import PlexDialect

pytestmark = pytest.mark.usefixtures("each_engine")

DIALECTS = {"plex": PlexDialect, "jellyfin": JellyfinDialect, "emby": EmbyDialect}
UNTIL = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass
class Shelf:
    """A server with collections, imported."""

    host: AppContext
    server: DemoServer
    library: DemoLibrary
    stored: Server

    def refresh(self) -> None:
        assert refresh(self.host, [self.stored], CancelToken()) == []


@pytest.fixture(
    params=[
        "plex",
        pytest.param("jellyfin", marks=pytest.mark.slow),
        pytest.param("emby", marks=pytest.mark.slow),
    ]
)
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    name: ServerName = request.param
    library = make_library(LibrarySpec(shows=4, episodes=40, movies=30))
    library.add_collection("Rainy Sundays", library.members("1", "movie")[:12], promoted=True)
    library.add_collection("Long evenings", library.members("3", "show")[:2], section="3")
    with DemoServer(library, dialect=DIALECTS[name]) as server:
        host = Program(
            resolve_dirs(tmp_path), environ={"RETROVUE_SECRETS": "memory"}, keyring=lambda: None, write_log=False
        )
        kind = ServerKind(name)
        added = registration.add(
            host, kind=kind, name="Attic", url=server.url, secret=server.token, token=CancelToken()
        )
        run_sync(host, SyncRequest(), CancelToken())
        yield Shelf(host, server, library, added.server)
        host.close()


def test_collections_come_with_their_members_and_go_with_the_list(shelf: Shelf) -> None:
    shelf.refresh()
    by_title = {one.title: one for one in listed(shelf.host)}
    rainy, long = by_title["Rainy Sundays"], by_title["Long evenings"]
    assert (rainy.items, long.items) == (12, 2)
    is_plex = shelf.stored.kind is ServerKind.PLEX
    assert (rainy.is_promoted, long.is_promoted) == (is_plex, False)
    assert rainy.library == ("Movies" if is_plex else None)
    assert len(shelf.host.collections.item_ids(rainy.id)["movie"]) == 12
    gone = next(one for one in shelf.library.collections.values() if one.title == "Long evenings")
    del shelf.library.collections[gone.id]
    shelf.refresh()
    assert [one.title for one in listed(shelf.host)] == ["Rainy Sundays"]
    shelf.library.collections[gone.id] = gone
    shelf.refresh()
    assert {one.id for one in listed(shelf.host)} == {rainy.id, long.id}


def test_a_snapshot_counts_what_everybody_played_of_its_items(shelf: Shelf) -> None:
    name: ServerName = shelf.stored.kind.value  # type: ignore[assignment]
    fill_history(shelf.host, {name: shelf.library}, until=UNTIL, days=200, zone=UTC)
    past = make_past({name: shelf.library}, until=UNTIL, days=200, zone=UTC)[name]
    shelf.refresh()
    members = {title: set(one.item_ids) for one in shelf.library.collections.values() for title in (one.title,)}
    run = take_snapshots(shelf.host, listed(shelf.host), CancelToken(), label="New year", extra={"why": "a test"})
    assert (run.total, len(run.collected), run.failed) == (2, 2, [])
    for snapshot in run.collected:
        wanted = members[snapshot.title]
        items = shelf.library.items
        plays = [play for play in past if wanted & {play.item_id, items[play.item_id].show_id}]
        # A shared guid (another edition) is the same title to a collection.
        assert plays
        assert snapshot.total_plays >= len(plays)
        if snapshot.title == "Long evenings":
            assert snapshot.total_plays == len(plays)
            assert snapshot.total_duration_s == sum(one.stopped_at - one.started_at - one.paused_s for one in plays)
            assert snapshot.unique_users == len({one.user.id for one in plays})
    kept = shelf.host.collections.snapshots(listed(shelf.host)[0].id)
    assert [(one.label, one.extra["why"]) for one in kept] == [("New year", "a test")]
    assert abs(kept[0].collected_at - datetime.now(UTC)) < timedelta(minutes=5)


def test_which_collections(shelf: Shelf) -> None:
    shelf.refresh()
    everything = chosen(shelf.host, everything=True)
    assert len(everything) == 2
    assert len(chosen(shelf.host, promoted=True)) == (shelf.stored.kind is ServerKind.PLEX)
    assert chosen(shelf.host, ids=[everything[1].id, everything[1].id]) == [everything[1]]
    with pytest.raises(ConfigError):
        chosen(shelf.host)
    with pytest.raises(ConfigError, match="999"):
        chosen(shelf.host, ids=[999])


def test_a_server_that_is_away_keeps_its_collections(shelf: Shelf) -> None:
    shelf.refresh()
    shelf.server.stop()
    [(server, _error)] = refresh(shelf.host, [shelf.stored], CancelToken())
    assert server.name == "Attic"
    assert len(listed(shelf.host)) == 2
