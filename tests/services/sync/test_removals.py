"""Nothing is lost on doubt: what is absent, what is held back, and what a person decides."""

from collections.abc import Callable

import pytest
from tests.services.conftest import World

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.sync import RemovalState, SyncOutcome, SyncTier
from retrovue.demo.fault_kinds import Run


def remove(world: World, section: str, count: int) -> list[int]:
    """Remove some movies that share nothing with others; returns their ids."""
    movies = [each for each in world.library.members(section, "movie") if not odd(world, each.id)][:count]
    assert len(movies) == count
    for movie in movies:
        world.library.remove(movie.id)
    return [movie.id for movie in movies]


def odd(world: World, item_id: int) -> bool:
    return any(item_id in items for items in world.library.oddities.values())


def ids(world: World, state: RemovalState) -> list[int]:
    return [each.id for each in world.host.removals.all() if each.state is state]


@pytest.mark.parametrize(
    ("movies", "gone", "held"),
    [(200, 20, False), (200, 21, True), (240, 24, False), (240, 25, True), (30, 15, False), (30, 16, True)],
)
def test_the_borders_of_held_back_removals(new_world: Callable[..., World], movies: int, gone: int, held: bool) -> None:
    """More than 10 % and more than 20 items, or more than half of more than three."""
    world = new_world(movies=0, shows=1, episodes=1)
    for number in range(movies):
        world.library.add_movie(f"Film {number}", year=1950 + number % 70)
    world.sync()
    remove(world, world.adapter.movies, gone)
    report = world.sync()
    expected = {"held_back": gone} if held else {"removed": gone}
    assert world.counts(report, world.adapter.movies) == expected
    outcome = SyncOutcome.HELD_BACK if held else SyncOutcome.OK
    assert world.of(report, world.adapter.movies).outcome is outcome
    assert world.value("SELECT count(*) FROM movies WHERE removed_at IS NULL") == movies - (0 if held else gone)


@pytest.mark.parametrize(("movies", "gone", "held"), [(3, 2, False), (4, 2, False), (4, 3, True)])
def test_small_libraries(new_world: Callable[..., World], movies: int, gone: int, held: bool) -> None:
    world = new_world(movies=0, shows=1, episodes=1)
    for number in range(movies):
        world.library.add_movie(f"Film {number}", year=1950 + number % 70)
    world.sync()
    remove(world, world.adapter.movies, gone)
    report = world.sync()
    assert world.counts(report, world.adapter.movies) == ({"held_back": gone} if held else {"removed": gone})


def test_held_back_removals_are_accepted(synced: World) -> None:
    gone = remove(synced, synced.adapter.movies, 30)
    report = synced.sync()
    found = synced.of(report, synced.adapter.movies)
    assert (found.outcome, found.held_back, found.removed) == (SyncOutcome.HELD_BACK, 30, 0)
    assert "30" in (found.error or "")
    synced.check(kept=[synced.adapter.remote_id(each) for each in gone])
    waiting = synced.host.removals.all()
    assert {each.state for each in waiting} == {RemovalState.HELD_BACK}
    assert synced.host.removals.accept([each.id for each in waiting], now=synced.clock.epoch()) == 30
    synced.check()
    assert not synced.sync().wrote


def test_held_back_removals_stay_while_nobody_decides(synced: World) -> None:
    gone = remove(synced, synced.adapter.movies, 30)
    synced.sync()
    synced.library.add_movie("One more", year=2024)
    report = synced.sync()
    # The known absences explain the count: no sweep for the sake of them.
    assert synced.of(report, synced.adapter.movies).mode is SyncTier.DELTA
    assert len(ids(synced, RemovalState.HELD_BACK)) == 30
    report = synced.sync(full=True)
    assert synced.counts(report, synced.adapter.movies) == {"held_back": 30}
    synced.check(kept=[synced.adapter.remote_id(each) for each in gone])


def test_a_person_keeps_what_was_held_back(synced: World) -> None:
    gone = remove(synced, synced.adapter.movies, 30)
    synced.sync()
    assert synced.host.removals.restore(ids(synced, RemovalState.HELD_BACK), now=synced.clock.epoch()) == 30
    assert synced.host.removals.all() == []
    synced.library.touch_section(synced.adapter.movies)
    report = synced.sync()
    assert synced.of(report, synced.adapter.movies).outcome is SyncOutcome.OK
    assert not report.wrote
    synced.check(kept=[synced.adapter.remote_id(each) for each in gone])
    # A full sync asks again.
    report = synced.sync(full=True)
    assert synced.counts(report, synced.adapter.movies) == {"held_back": 30}


def test_a_tombstone_is_restored_by_a_person(synced: World) -> None:
    (gone,) = remove(synced, synced.adapter.movies, 1)
    synced.sync()
    assert synced.host.removals.restore(ids(synced, RemovalState.REMOVED), now=synced.clock.epoch()) == 1
    synced.check(kept=[synced.adapter.remote_id(gone)])
    synced.library.touch_section(synced.adapter.movies)
    synced.sync()
    synced.check(kept=[synced.adapter.remote_id(gone)])


@pytest.mark.every_kind
def test_a_tombstone_returns_by_itself(synced: World) -> None:
    movie = synced.library.members(synced.adapter.movies, "movie")[5]
    row_id = synced.row(movie.id)["id"]
    synced.library.remove(movie.id)
    synced.sync()
    assert len(ids(synced, RemovalState.REMOVED)) == 1
    synced.library.insert(movie)
    synced.library.touch_section(movie.section)
    report = synced.sync()
    assert synced.counts(report, synced.adapter.movies) == {"added": 1}
    assert synced.row(movie.id)["id"] == row_id
    assert synced.host.removals.all() == []
    synced.check()


def test_a_show_returns_with_its_episodes(synced: World) -> None:
    library = synced.library
    show = min(library.members(synced.adapter.shows, "show"), key=lambda each: library.leaf_count(each.id))
    family = library.with_descendants(show)
    rows = {each.id: synced.row(each.id)["id"] for each in family if each.kind != "season"}
    library.remove(show.id)
    synced.sync()
    synced.check()
    for item in reversed(family):
        library.insert(item)
    library.touch_section(show.section)
    synced.sync()
    assert {each: synced.row(each)["id"] for each in rows} == rows
    synced.check()


def test_purge_is_a_separate_act(synced: World) -> None:
    library = synced.library
    show = min(library.members(synced.adapter.shows, "show"), key=lambda each: library.leaf_count(each.id))
    episodes = library.leaf_count(show.id)
    library.remove(show.id)
    remove(synced, synced.adapter.movies, 2)
    synced.sync()
    files = synced.value("SELECT count(*) FROM media_files")
    counts = synced.host.removals.purge()
    assert counts == {ItemKind.EPISODE: episodes, ItemKind.MOVIE: 2, ItemKind.SHOW: 1}
    assert synced.value("SELECT count(*) FROM media_files") == files - episodes - 2
    assert synced.value("SELECT count(*) FROM episodes WHERE removed_at IS NOT NULL") == 0
    assert synced.value("SELECT count(*) FROM seasons WHERE show_id NOT IN (SELECT id FROM shows)") == 0
    synced.check()


@pytest.mark.every_kind
def test_an_emptied_library_removes_nothing(synced: World) -> None:
    gone = [each.id for each in synced.library.members(synced.adapter.movies_4k, "movie")]
    for item_id in gone:
        synced.library.remove(item_id)
    report = synced.sync()
    found = synced.of(report, synced.adapter.movies_4k)
    assert found.outcome is SyncOutcome.INCOMPLETE
    assert "nothing" in (found.error or "")
    assert found.removed == found.held_back == 0
    synced.check(kept=[synced.adapter.remote_id(each) for each in gone])
    assert synced.sync().libraries[0].outcome is SyncOutcome.INCOMPLETE
    assert synced.host.removals.all() == []


def test_a_show_that_is_missing_from_its_list_while_its_episodes_are_listed(synced: World) -> None:
    library = synced.library
    show = library.members(synced.adapter.shows, "show")[1]
    with library.lock:
        # It stays an item, so that its episodes name it, but is no member of its library's list.
        del library._members[show.section, "show"][show.id]
        library.touch_section(show.section)
    report = synced.sync()
    assert synced.of(report, synced.adapter.shows).removed == 0
    assert synced.row(show.id)["removed_at"] is None
    synced.check(kept=[synced.adapter.remote_id(show.id)])


def test_an_episode_that_returns_wakes_its_show(synced: World) -> None:
    library = synced.library
    show = min(library.members(synced.adapter.shows, "show"), key=lambda each: library.leaf_count(each.id))
    family = library.with_descendants(show)
    library.remove(show.id)
    synced.sync()
    with library.lock:
        for item in reversed(family):
            library.insert(item)
        del library._members[show.section, "show"][show.id]
        library.touch_section(show.section)
    synced.sync()
    assert synced.row(show.id)["removed_at"] is None
    synced.check(kept=[synced.adapter.remote_id(show.id)])


@pytest.mark.every_kind
def test_an_item_that_slipped_between_two_pages_stays(synced: World) -> None:
    """One was removed, one added while the list was read: the total is right, and one that is there was not seen."""
    synced.sizes.slim = 20
    library, key = synced.library, synced.adapter.movies
    movies = sorted(library.members(key, "movie"), key=lambda each: (each.added_at, each.id))
    slipped = movies[20]
    synced.let_verification_be_due()

    def shift() -> None:
        library.remove(movies[3].id)
        library.add_movie("In the meantime", year=2020)

    synced.host.settings_store.update(gentle="on")
    synced.server.faults.add(Run(match=synced.adapter.slim(key), after=1, times=1, action=shift))
    synced.sync()
    assert synced.row(slipped.id)["removed_at"] is None
    synced.sync()
    synced.check()


def test_a_show_goes_and_comes_with_its_episodes_by_hand(synced: World) -> None:
    library = synced.library
    show = max(library.members(synced.adapter.shows, "show"), key=lambda each: library.leaf_count(each.id))
    listed = synced.adapter.truths(synced.server)
    family = [each for each in library.with_descendants(show) if each.id in listed]
    assert len(family) > 21
    library.remove(show.id)
    report = synced.sync()
    assert synced.counts(report, synced.adapter.shows) == {"held_back": len(family)}
    (own,) = [each.id for each in synced.host.removals.all() if each.kind is ItemKind.SHOW]
    synced.host.removals.accept([own], now=synced.clock.epoch())
    synced.check_order()
    synced.check()
    synced.host.removals.restore([own], now=synced.clock.epoch())
    synced.check_order()
    synced.check(kept=[synced.adapter.remote_id(each.id) for each in family])


def test_removed_episodes_that_are_restored_bring_their_show(synced: World) -> None:
    library = synced.library
    show = min(library.members(synced.adapter.shows, "show"), key=lambda each: library.leaf_count(each.id))
    family = [each for each in library.with_descendants(show) if each.kind != "season"]
    library.remove(show.id)
    synced.sync()
    episode = next(each for each in synced.host.removals.all() if each.kind is ItemKind.EPISODE)
    synced.host.removals.restore([episode.id], now=synced.clock.epoch())
    assert synced.row_of("show", synced.adapter.remote_id(show.id))["removed_at"] is None
    assert not [each for each in synced.host.removals.all() if each.kind is ItemKind.SHOW]
    synced.check_order()
    assert len(synced.host.removals.all()) == len(family) - 2
