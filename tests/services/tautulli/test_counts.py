"""What Tautulli counts of each item: read once, read on, counted again where rows were deleted, and combined."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.programs import Program

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import AuthError, ConfigError, ProtocolError, StorageError
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.watch_stats import WatchSource
from retrovue.core.services.servers import registration
from retrovue.core.services.statistics.watch_data import items_watched, show_watched
from retrovue.core.services.sync import run_sync
from retrovue.core.services.tautulli import connection as tautulli
from retrovue.core.services.tautulli.sync import TautulliCounts, sync, sync_due
from retrovue.core.storage.tables import episodes, movies, shows
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.playback import PHONE, USERS, PastPlay, User
from retrovue.demo.tautulli import KEY, TautulliDialect, watching

pytestmark = pytest.mark.usefixtures("each_engine")

HOUR_S = 3_600
SERVERS = "the-token-of-all-servers-of-this-run"
"""Tautulli must never get it."""


@dataclass
class House:
    """A Plex server with a Tautulli, and a profile that imported it."""

    host: AppContext
    plex: DemoServer
    tautulli: DemoServer
    begin: int

    def play(self, item_id: int, user: User, hour: int, minutes: int = 20) -> None:
        """Let somebody have watched a part of an item."""
        begins = self.begin + hour * HOUR_S
        play = PastPlay(item_id, user, PHONE, begins, begins + minutes * 60, minutes * 60_000)
        self.plex.playbacks.add_past(play)

    def sync(self, *, page_rows: int = 3) -> TautulliCounts:
        [connection] = tautulli.connected(self.host)
        return sync(self.host, connection, page_rows=page_rows)

    def id_of(self, table: object, remote_id: int) -> int:
        assert hasattr(table, "c")
        with self.host.database.read() as connection:
            query = table.select().where(table.c.remote_id == str(remote_id))  # type: ignore[attr-defined]
            return int(connection.execute(query).one().id)


DIES = {
    "sqlite": (
        "CREATE TEMP TRIGGER dies BEFORE UPDATE OF rows_read ON connections BEGIN SELECT RAISE(ABORT, 'killed'); END",
        "DROP TRIGGER dies",
    ),
    "postgresql": (
        "ALTER TABLE connections ADD CONSTRAINT dies CHECK (false) NOT VALID",
        "ALTER TABLE connections DROP CONSTRAINT dies",
    ),
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    library = make_library(LibrarySpec(shows=3, episodes=30, movies=20))
    for item in library.items.values():
        item.view_count = 0
    with DemoServer(library, token=SERVERS) as plex, watching(plex) as watcher:
        environ = {"RETROVUE_SECRETS": "memory", "RETROVUE_TOKEN": SERVERS}
        host = Program(resolve_dirs(tmp_path), environ=environ, keyring=lambda: None, write_log=False)
        registration.add(host, kind=ServerKind.PLEX, name="Attic", url=plex.url, secret=plex.token, token=CancelToken())
        run_sync(host, SyncRequest(), CancelToken())
        found = House(host, plex, watcher, int(library.now()) - 100 * HOUR_S)
        movie, other = library.members("1", "movie")[:2]
        found.play(movie.id, USERS[0], 1)
        found.play(movie.id, USERS[1], 2)
        found.play(movie.id, USERS[1], 5)
        found.play(other.id, USERS[1], 8)
        for number, episode in enumerate(library.members("3", "episode")[:4]):
            found.play(episode.id, USERS[number % 2], 20 + number)
        tautulli.connect(host, url=watcher.url, key=KEY)
        yield found
        host.close()


def test_rows_are_counted_once_whatever_the_page(house: House) -> None:
    first = house.sync(page_rows=3)
    assert (first.items, first.plays, first.users, first.last_row_id, first.fresh) == (6, 8, 2, 8, 8)
    again = house.sync(page_rows=100)
    assert (again.items, again.plays, again.fresh) == (6, 8, 0)
    house.play(house.plex.library.members("1", "movie")[0].id, USERS[2], 50)
    later = house.sync(page_rows=3)
    assert (later.plays, later.users, later.last_row_id, later.fresh) == (9, 3, 9, 1)
    [connection] = tautulli.connected(house.host)
    assert (connection.error, connection.rows_read) == (None, 9)


def test_counts_and_how_far_they_go_are_stored_together(house: House) -> None:
    house.sync()
    house.play(house.plex.library.members("1", "movie")[0].id, USERS[2], 50)
    with house.host.database.write() as connection:
        # The program ends between one statement and the next.
        dies, lives = DIES[connection.dialect.name]
        connection.exec_driver_sql(dies)
    with pytest.raises(StorageError):
        house.sync()
    with house.host.database.write() as connection:
        connection.exec_driver_sql(lives)
    assert [house.sync().plays, house.sync().plays] == [9, 9]


def test_the_token_of_the_servers_stays_with_them(house: House) -> None:
    house.sync()
    assert house.tautulli.requests
    assert not any(SERVERS in request.query for request in house.tautulli.requests)


def test_rows_that_were_deleted_there_are_not_counted_any_more(house: House) -> None:
    house.sync()
    dialect = house.tautulli.dialect
    assert isinstance(dialect, TautulliDialect)
    dialect.history.deleted |= {2, 3}
    assert house.sync().plays == 6


def test_the_records_of_an_item_are_combined_and_no_play_counts_twice(house: House) -> None:
    house.sync()
    movie = house.plex.library.members("1", "movie")[0]
    item_id = house.id_of(movies, movie.id)
    stats = items_watched(house.host, ItemKind.MOVIE, [item_id])[item_id]
    assert (stats.plays, stats.watch_time_s, stats.people) == (3, 3_600, ("edda", "marlow"))
    assert [one.source for one in stats.sources] == [WatchSource.TAUTULLI]
    house.plex.library.mark(movie.id, 5)
    run_sync(house.host, SyncRequest(full=True), CancelToken())
    stats = items_watched(house.host, ItemKind.MOVIE, [item_id])[item_id]
    assert (stats.plays, stats.watch_time_s) == (5, 3_600)
    assert [(one.source, one.plays) for one in stats.sources] == [(WatchSource.TAUTULLI, 3), (WatchSource.SERVER, 5)]
    assert all(one.as_of is not None for one in stats.sources)


def test_a_show_is_the_sum_of_its_episodes(house: House) -> None:
    house.sync()
    played = house.plex.library.members("3", "episode")[:4]
    for show in {episode.show_id for episode in played}:
        assert show is not None
        mine = [episode for episode in played if episode.show_id == show]
        stats = show_watched(house.host, house.id_of(shows, show))
        assert (stats.plays, stats.watch_time_s) == (len(mine), len(mine) * 1_200)
    episode = house.id_of(episodes, played[0].id)
    assert items_watched(house.host, ItemKind.EPISODE, [episode])[episode].people == ("marlow",)


def test_a_failure_is_noted_and_changes_no_count(house: House) -> None:
    house.sync()
    dialect = house.tautulli.dialect
    assert isinstance(dialect, TautulliDialect)
    dialect._key = "another-key"
    with pytest.raises(AuthError):
        house.sync()
    [connection] = tautulli.connected(house.host)
    assert connection.error
    assert connection.rows_read == 8
    assert sync_due(house.host, CancelToken()) == 0


def test_a_wrong_key_or_address_stores_nothing(house: House, tmp_path: Path) -> None:
    with pytest.raises(AuthError):
        tautulli.connect(house.host, url=house.tautulli.url, key="0" * 32)
    with pytest.raises(ProtocolError):
        tautulli.connect(house.host, url=f"{house.tautulli.url}/elsewhere", key=KEY)
    assert len(tautulli.connected(house.host)) == 1


def test_a_tautulli_of_a_server_that_is_not_here_says_so(tmp_path: Path) -> None:
    library = make_library(LibrarySpec(shows=1, episodes=2, movies=4))
    with DemoServer(library) as plex, watching(plex) as watcher:
        host = Program(
            resolve_dirs(tmp_path), environ={"RETROVUE_SECRETS": "memory"}, keyring=lambda: None, write_log=False
        )
        with pytest.raises(ConfigError, match="No Tautulli"):
            tautulli.connected(host)
        done = tautulli.connect(host, url=watcher.url, key=KEY)
        assert done.server is None
        with pytest.raises(ConfigError, match="Lanternhouse"):
            sync(host, done.connection)
        host.close()
