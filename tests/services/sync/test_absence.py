"""Thresholds and pairs of absent and new rows; on doubt nothing is merged and nothing goes."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.services.conftest import World

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.sync import RemovalState
from retrovue.core.services.sync.absence import is_too_many
from retrovue.core.storage.catalog.identity import RelinkRepository, unambiguous


@pytest.mark.parametrize(
    ("absent", "stored", "too_many"),
    [
        (0, 0, False), (1, 1, False), (2, 2, False), (3, 3, False), (2, 4, False), (3, 4, True), (4, 4, True),
        (20, 100, False), (21, 100, True), (21, 209, True), (21, 210, False), (20, 39, True), (20, 40, False),
        (100, 1000, False), (101, 1000, True), (10_000, 100_000, False), (10_001, 100_000, True),
    ],
)  # fmt: skip
def test_thresholds(absent: int, stored: int, too_many: bool) -> None:
    assert is_too_many(absent, stored) is too_many


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(10, 18)), max_size=30, unique=True))
def test_ambiguous_pairs_are_never_taken(pairs: list[tuple[int, int]]) -> None:
    chosen = unambiguous(pairs)
    for old, new in chosen:
        assert sum(a == old for a, _b in pairs) == 1
        assert sum(b == new for _a, b in pairs) == 1
    assert len({a for a, _b in chosen}) == len({b for _a, b in chosen}) == len(chosen)


def two(world: World) -> tuple[int, int]:
    """Row ids of two movies that differ in everything."""
    movies = [each for each in world.library.members(world.adapter.movies, "movie") if each.external_ids and each.year]
    return world.row(movies[3].id)["id"], world.row(movies[4].id)["id"]


def test_rows_without_anything_in_common_are_no_pair(synced: World) -> None:
    relink = RelinkRepository(synced.host.database)
    one, other = two(synced)
    assert relink.pairs(ItemKind.MOVIE, [one], [other]) == []
    assert relink.pairs(ItemKind.MOVIE, [one], []) == []
    assert relink.pairs(ItemKind.MOVIE, [], [other]) == []


@pytest.mark.parametrize(
    "change", ["", "year = year + 1", "library_id = (SELECT id FROM libraries WHERE name = 'Anime')"]
)
def test_shared_ids_make_a_pair_only_with_the_same_year_and_library(synced: World, change: str) -> None:
    relink = RelinkRepository(synced.host.database)
    one, other = two(synced)
    with synced.sql() as connection:
        connection.execute("DELETE FROM movie_guids WHERE movie_id = ?", (other,))
        connection.execute(
            "INSERT INTO movie_guids SELECT ?, provider, external_id, source FROM movie_guids WHERE movie_id = ?",
            (other, one),
        )
        connection.execute("UPDATE movies SET year = (SELECT year FROM movies WHERE id = ?) WHERE id = ?", (one, other))
        if change:
            connection.execute(f"UPDATE movies SET {change} WHERE id = ?", (other,))
    assert relink.pairs(ItemKind.MOVIE, [one], [other]) == ([] if change else [(one, other)])


def test_ids_that_only_one_server_knows_are_no_identity(synced: World) -> None:
    relink = RelinkRepository(synced.host.database)
    one, other = two(synced)
    with synced.sql() as connection:
        connection.execute("DELETE FROM movie_guids WHERE movie_id IN (?, ?)", (one, other))
        connection.execute("UPDATE movies SET year = 2000 WHERE id IN (?, ?)", (one, other))
        connection.executemany("INSERT INTO movie_guids VALUES (?, 'local', '17', 'guid')", [(one,), (other,)])
    assert relink.pairs(ItemKind.MOVIE, [one], [other]) == []


def test_merging_gives_the_old_row_everything_of_the_new_one(synced: World) -> None:
    relink = RelinkRepository(synced.host.database)
    one, other = two(synced)
    remote_id = synced.value("SELECT remote_id FROM movies WHERE id = ?", other)
    title = synced.value("SELECT title FROM movies WHERE id = ?", other)
    relink.merge(ItemKind.MOVIE, [(one, other)], now=synced.clock.epoch())
    (row,) = synced.rows("SELECT id, title FROM movies WHERE remote_id = ?", remote_id)
    assert tuple(row) == (one, title)
    assert synced.rows("SELECT 1 FROM movies WHERE id = ?", other) == []
    synced.check_order()


def test_decisions_are_made_once(synced: World) -> None:
    removals = synced.host.removals
    one, other = two(synced)
    library = synced.stored_library(synced.adapter.movies).id
    removals.hold_back(library, {ItemKind.MOVIE: [one, other]}, run_id=None, now=5)
    assert removals.known_absent(library, ItemKind.MOVIE) == 2
    first, second = (each.id for each in removals.all(library_id=library))
    assert removals.accept([first], now=6) == 1
    assert removals.accept([first], now=7) == 0
    assert removals.restore([second], now=8) == 1
    assert removals.restore([second], now=9) == 0
    assert removals.kept(library, ItemKind.MOVIE) == {one}
    assert [each.state for each in removals.all()] == [RemovalState.REMOVED]
    assert removals.all(server_id=99) == []
    assert removals.accept([12345], now=9) == 0
    removals.drop_stale(library, ItemKind.MOVIE, [])
    assert removals.kept(library, ItemKind.MOVIE) == set()
    assert removals.restore([first], now=10) == 1
    synced.check()


def test_what_was_removed_is_named(synced: World) -> None:
    show = synced.library.members(synced.adapter.shows, "show")[0]
    episode = next(each for each in synced.library.leaves(show.id) if each.index)
    row = synced.row(episode.id)["id"]
    removals = synced.host.removals
    removals.tombstone(synced.stored_library("3").id, {ItemKind.EPISODE: [row]}, run_id=None, now=5)
    title = f"{show.title} S{episode.season_number:02d}E{episode.index:02d} {episode.title}"
    assert [(each.title, each.kind, each.item_id) for each in removals.all()] == [(title, ItemKind.EPISODE, row)]
    assert removals.named(ItemKind.EPISODE, [row]) == {row: (synced.adapter.remote_id(episode.id), title)}
    synced.check_order()


def test_purging_one_library_leaves_the_others(synced: World) -> None:
    removals = synced.host.removals
    one, _other = two(synced)
    uhd = synced.row(synced.library.members(synced.adapter.movies_4k, "movie")[0].id)["id"]
    removals.tombstone(synced.stored_library("1").id, {ItemKind.MOVIE: [one]}, run_id=None, now=5)
    removals.tombstone(synced.stored_library("2").id, {ItemKind.MOVIE: [uhd]}, run_id=None, now=5)
    assert removals.purge(library_id=synced.stored_library("2").id)[ItemKind.MOVIE] == 1
    assert [each.item_id for each in removals.all()] == [one]
    synced.check_order()


def test_ids_of_purged_rows_are_never_given_again(new_world: Callable[..., World]) -> None:
    world = new_world(movies=30)
    world.sync()
    last = max(world.library.members(world.adapter.movies, "movie"), key=lambda each: world.row(each.id)["id"])
    row_id = world.row(last.id)["id"]
    world.library.remove(last.id)
    world.sync()
    world.host.removals.purge()
    new = world.library.add_movie("Another", year=2001)
    world.sync()
    assert world.row(new.id)["id"] > row_id
