"""Whatever happens to the server of the catalog in the middle of an import: words, and the next run heals it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from functools import partial
from pathlib import Path

import pytest
from tests.services.adapters import Sizes
from tests.services.conftest import World, new_world_in
from tests.services.postgres_world import PostgresWorld
from tests.storage.engines import DESK, NOW, PostgresServer

from retrovue.core.domain.computers import Computer
from retrovue.core.domain.errors import CatalogAwayError, DiskFullError, StorageError
from retrovue.core.domain.sync import SyncOutcome, SyncProgress, SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.sync import run_sync
from retrovue.core.storage.locks import LockKind
from retrovue.core.storage.postgres.address import parse_address
from retrovue.core.storage.postgres.schema import open_postgres

pytestmark = pytest.mark.slow

_OF_LIBRARY = "SELECT count(*) FROM movies WHERE library_id = ?"
LAPTOP = Computer("e" * 32, "laptop", "macOS")


@pytest.fixture
def world(postgres: PostgresServer, tmp_path: Path) -> Iterator[World]:
    made = new_world_in(tmp_path / "profile", "plex", made=partial(PostgresWorld, postgres=postgres))
    yield made
    made.close()
    made.server.stop()


def stored(world: World) -> int:
    return sum(world.value(f"SELECT count(*) FROM {table}") for table in ("movies", "shows", "episodes"))


@pytest.mark.parametrize("is_back", [False, True])
def test_a_server_that_goes_away_in_mid_import(world: World, postgres: PostgresServer, *, is_back: bool) -> None:
    falls: list[Callable[[], None]] = [postgres.stop]

    def report(progress: SyncProgress) -> None:
        if progress.items_done and falls:
            falls.pop()()
            if is_back:
                postgres.start()

    # One that is back at once has forgotten who syncs the library: that one ends, and the next one goes on.
    refused: AbstractContextManager[object] = nullcontext()
    if not is_back:
        refused = pytest.raises(CatalogAwayError, match=r"server was lost|Could not connect")
    try:
        with refused:
            run_sync(world.host, SyncRequest(), CancelToken(), report)
    finally:
        if not is_back:
            postgres.start()
    assert falls == []
    world.check_order()
    world.sync()
    world.check()


def test_a_library_that_another_computer_may_have_taken_is_not_written(world: World, postgres: PostgresServer) -> None:
    assert isinstance(world, PostgresWorld)
    world.sizes = Sizes(page=2)
    with closing(world.host.open_source(world.stored)) as source:
        world.host.libraries.store_listing(world.stored.id, source.libraries(), now=world.clock.epoch())
    lost_id, held_id = (world.stored_library(section).id for section in ("2", "3"))
    with postgres.connect(world.catalog) as connection:
        # Only the connection that holds the lock breaks, with the first row: those that write know nothing of it.
        connection.execute(
            "CREATE FUNCTION break_lock() RETURNS trigger AS 'BEGIN PERFORM pg_terminate_backend(pid, 30000) "
            f"FROM pg_stat_activity WHERE application_name LIKE ''% computer {world.host.database.computer_id}''; "
            "RETURN NULL; END' LANGUAGE plpgsql"
        )
        connection.execute(
            f"CREATE TRIGGER lost_lock AFTER INSERT ON movies FOR EACH ROW WHEN (NEW.library_id = {lost_id}) "
            "EXECUTE FUNCTION break_lock()"
        )

    with closing(postgres.open(world.catalog, LAPTOP)) as laptop:
        held, free = (laptop.lock(LockKind.LIBRARY, library_id) for library_id in (held_id, lost_id))
        assert held.try_acquire()
        done = run_sync(world.host, SyncRequest(), CancelToken())
        lost, waits = world.of(done, "2"), world.of(done, "3")
        assert lost.error == "The connection that kept other computers from syncing this library was lost."
        assert waits.error == "“laptop” is syncing this library."
        assert [report.outcome for report in done.libraries].count(SyncOutcome.OK) == 2, "the others are their own"
        assert 0 < world.value(_OF_LIBRARY, lost_id) < len(world.library.members("2", "movie"))
        assert world.value(_OF_LIBRARY, held_id) == 0
        assert lost.error in [run.error for run in world.host.runs.recent()], "it is not said to go on"
        assert free.try_acquire(), "another computer can take it from then on"
        for lock in (held, free):
            lock.release()
    with postgres.connect(world.catalog) as connection:
        connection.execute("DROP TRIGGER lost_lock ON movies")
    world.check_order()
    world.sync()
    world.check()


def test_a_server_without_space(world: World, postgres: PostgresServer) -> None:
    with world.sql() as connection:
        connection.execute(
            "CREATE FUNCTION no_space() RETURNS trigger AS 'BEGIN IF (SELECT count(*) FROM episodes) > 20 THEN "
            "RAISE EXCEPTION ''could not extend file'' USING ERRCODE = ''53100'', HINT = ''Check free disk space.''; "
            "END IF; RETURN NULL; END' LANGUAGE plpgsql"
        )
        connection.execute("CREATE TRIGGER full_disk AFTER INSERT ON episodes EXECUTE FUNCTION no_space()")
    with pytest.raises(DiskFullError, match="The PostgreSQL server has no space or memory left"):
        world.sync()
    world.check_order()
    with world.sql() as connection:
        connection.execute("DROP TRIGGER full_disk ON episodes")
    world.sync()
    world.check()


def test_a_user_who_may_only_read(world: World, postgres: PostgresServer) -> None:
    world.sync()
    before = stored(world)
    assert isinstance(world, PostgresWorld)
    address = parse_address(postgres.url(world.catalog, "reader"))

    def change() -> None:
        with closing(open_postgres(address, now=lambda: NOW, computer=DESK)) as database, database.write() as own:
            own.exec_driver_sql("UPDATE movies SET title = ''")

    with postgres.connect(world.catalog) as connection:
        connection.execute("CREATE ROLE reader LOGIN")
        try:
            connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
            with pytest.raises(StorageError, match="no permission for this on the PostgreSQL server") as refused:
                change()
            assert "owner" in refused.value.hint
        finally:
            connection.execute("DROP OWNED BY reader; DROP ROLE reader")
    assert stored(world) == before
    world.check()


def test_a_database_in_another_encoding(postgres: PostgresServer) -> None:
    name = postgres.create("ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(StorageError, match="has the encoding LATIN1, which cannot store all titles") as refused:
        postgres.open(name)
    assert "UTF8" in refused.value.hint
    assert postgres.tables(name) == []


def test_a_clock_that_differs(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """That of this program stands still in the past."""
    world.close()
    world.open()
    caplog.clear()
    assert world.host.servers.all()
    (said,) = [record.getMessage() for record in caplog.records if record.name == "retrovue.done"]
    assert said.startswith("The clocks of this computer and of the catalog’s server differ by ")
    assert world.host.clocks_apart == said
