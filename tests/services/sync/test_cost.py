"""What a sync costs follows what changed, not what there is."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from tests.services.conftest import World

from retrovue.core.domain.sync import SyncTier


class Meter:
    """Statements sent to SQLite and rows fetched from it."""

    def __init__(self) -> None:
        self.statements = 0
        self.rows = 0


@contextmanager
def measured(world: World) -> Iterator[Meter]:
    meter = Meter()
    engine = world.host.database.engine
    engine.dispose()

    def prepare(connection: sqlite3.Connection, _entry: object) -> None:
        def row(_cursor: object, values: tuple[object, ...]) -> tuple[object, ...]:
            meter.rows += 1
            return values

        connection.row_factory = row

    def statement(*_args: object) -> None:
        meter.statements += 1

    event.listen(engine, "connect", prepare)
    event.listen(engine, "before_cursor_execute", statement)
    try:
        yield meter
    finally:
        event.remove(engine, "connect", prepare)
        event.remove(engine, "before_cursor_execute", statement)
        engine.dispose()


def cost(world: World, changes: int) -> tuple[int, int, int]:
    """(requests, statements, rows) of a sync after `changes` edits."""
    for number, movie in enumerate(world.library.members(world.adapter.movies, "movie")[:changes]):
        world.library.edit(movie.id, title=f"Edited at {world.clock.epoch()} {number}")
    with measured(world) as meter:
        report = world.sync()
    found = world.of(report, world.adapter.movies)
    assert (found.mode, found.updated) == (SyncTier.DELTA, changes)
    return report.requests, meter.statements, meter.rows


@pytest.mark.slow
def test_a_delta_follows_what_changed(new_world: Callable[..., World]) -> None:
    small = new_world(movies=60)
    large = new_world(movies=1200, seed=8)
    for world in (small, large):
        world.sync()
        world.pass_time(600)
    # A thousand items more make no difference.
    first, first_too = cost(small, 3), cost(large, 3)
    assert first[0] == first_too[0]
    assert abs(first[1] - first_too[1]) <= 2
    small.pass_time(600)
    large.pass_time(600)
    few, few_too = cost(small, 3), cost(large, 3)
    assert few[0] == few_too[0]
    assert abs(few[1] - few_too[1]) <= 2
    # The same items have a few ids and files more or less.
    assert abs(few[2] - few_too[2]) < 60
    large.pass_time(600)
    many = cost(large, 40)
    assert many[0] == few[0]
    assert abs(many[1] - few[1]) <= 2
    assert few_too[2] < many[2] < few_too[2] + 40 * 12


def test_nothing_moved_reads_hardly_anything(synced: World) -> None:
    with measured(synced) as meter:
        report = synced.sync()
    assert report.requests == synced.adapter.idle_requests
    assert meter.rows < 200
    # Each is a way there and back where the catalog is on a server.
    assert meter.statements < 40


@pytest.mark.slow
def test_a_sweep_asks_only_for_details_of_what_differs(new_world: Callable[..., World]) -> None:
    world = new_world(movies=600)
    world.sync()
    world.pass_time(600)
    movies = [each for each in world.library.members(world.adapter.movies, "movie") if each.versions]
    for movie in movies[:3]:
        world.rename_file(movie.id, f"/media/movies/{movie.id}.mkv", bump=True)
    report = world.sync()
    assert world.of(report, world.adapter.movies).mode is SyncTier.SWEEP
    assert world.of(report, world.adapter.movies).updated == 3
    # At most two deltas, a count, a slim page, and one request for the details.
    assert world.of(report, world.adapter.movies).requests <= 5
    world.check()
