"""An item stays the same row, whatever id and library its server gives it."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.services.conftest import World

from retrovue.core.services.files.duplicates import find_duplicates
from retrovue.core.services.mapping import rules as mappings


def small_show(world: World, section: str) -> Any:
    shows = world.library.members(section, "show")
    return min(shows, key=lambda each: world.library.leaf_count(each.id))


@pytest.mark.parametrize("target", ["movies_4k", "movies"])
def test_a_movie_moves_to_another_library(synced: World, target: str) -> None:
    """4K Movies is synced before Movies: one direction finds the new place first, the other one the gap."""
    source = "movies" if target == "movies_4k" else "movies_4k"
    section = getattr(synced.adapter, source)
    movie = synced.library.members(section, "movie")[1]
    before = synced.row(movie.id)
    (new_id,) = synced.library.move_to_section(movie.id, getattr(synced.adapter, target))
    synced.adapter.settle_in(synced.server, synced.library.items[new_id])
    report = synced.sync()
    after = synced.row(new_id)
    assert (after["id"], after["first_seen_at"]) == (before["id"], before["first_seen_at"])
    # Where the gap is seen first, it is a tombstone until the new place is read.
    assert sum(each.removed for each in report.libraries) == (1 if target == "movies" else 0)
    assert synced.host.removals.all() == []
    assert synced.value("SELECT count(*) FROM movies") == synced.total - synced.listed("show", "episode")
    synced.check()


@pytest.mark.parametrize("target", ["anime", "shows"])
def test_a_show_moves_with_its_episodes(synced: World, target: str) -> None:
    source = "shows" if target == "anime" else "anime"
    show = small_show(synced, getattr(synced.adapter, source))
    rows = [synced.row(show.id)["id"], *(synced.row(each.id)["id"] for each in synced.library.leaves(show.id))]
    new_id = synced.library.move_to_section(show.id, getattr(synced.adapter, target))[0]
    synced.sync()
    leaves = synced.library.leaves(new_id)
    assert [synced.row(new_id)["id"], *(synced.row(each.id)["id"] for each in leaves)] == rows
    assert synced.value("SELECT count(*) FROM episodes WHERE removed_at IS NOT NULL") == 0
    synced.check()


@pytest.mark.parametrize("target", ["movies_4k", "movies"])
def test_a_movie_that_keeps_its_id_in_another_library(synced: World, target: str) -> None:
    source = "movies" if target == "movies_4k" else "movies_4k"
    movie = synced.library.members(getattr(synced.adapter, source), "movie")[2]
    row_id = synced.row(movie.id)["id"]
    with synced.library.lock:
        synced.library.discard(movie)
        movie.section = getattr(synced.adapter, target)
        synced.adapter.settle_in(synced.server, movie)
        synced.library.insert(movie)
        for section in (synced.adapter.movies, synced.adapter.movies_4k):
            synced.library.touch_section(section)
        movie.added_at = movie.updated_at = synced.library.now()
    synced.sync()
    assert synced.row(movie.id)["id"] == row_id
    synced.check()


@pytest.mark.parametrize("order", [("movies", "movies_4k"), ("movies_4k", "movies")])
def test_a_move_that_is_synced_library_by_library(synced: World, order: tuple[str, str]) -> None:
    movie = synced.library.members(synced.adapter.movies, "movie")[1]
    row_id = synced.row(movie.id)["id"]
    (new_id,) = synced.library.move_to_section(movie.id, synced.adapter.movies_4k)
    for name in order:
        library = synced.stored_library(getattr(synced.adapter, name))
        synced.sync(library_ids=(library.id,))
    assert synced.row(new_id)["id"] == row_id
    synced.check()


def test_a_whole_library_moves_and_nothing_is_lost(synced: World) -> None:
    """So many removals are held back at first; then each item is found again in its new place."""
    movies = synced.library.members(synced.adapter.movies, "movie")
    # Copies in the 4K library and the two of one guid are the same film twice: these are left on doubt.
    twice = {each.guid for each in synced.library.members(synced.adapter.movies_4k, "movie")}
    alone = [
        each
        for each in movies
        if each.versions and each.guid not in twice and "shared_guid" not in _odd(synced, each.id)
    ]
    rows = {each.title: synced.row(each.id)["id"] for each in alone}
    for movie in movies:
        synced.library.move_to_section(movie.id, synced.adapter.movies_4k)
    synced.library.add_movie("The only one left", section=synced.adapter.movies)
    synced.sync()
    for movie in alone:
        assert synced.row(movie.id)["id"] == rows[movie.title], movie.title
    synced.check_order()


def _odd(world: World, item_id: int) -> list[str]:
    return [name for name, items in world.library.oddities.items() if item_id in items]


@pytest.mark.slow
def test_a_library_rebuilt_with_all_new_ids(synced: World) -> None:
    keys = (synced.adapter.movies, synced.adapter.shows, synced.adapter.anime)
    known = [number for number, each in synced.adapter.truths(synced.server).items() if each.section in keys]
    rows = {number: synced.row(number)["id"] for number in known}
    new_ids: dict[int, int] = {}
    for key in keys:
        new_ids.update(synced.library.rebuild_section(key))
    report = synced.sync()
    for old, row_id in rows.items():
        assert synced.row(new_ids[old])["id"] == row_id, synced.library.items[new_ids[old]].title
    for each in report.libraries:
        assert (each.added, each.removed, each.held_back) == (0, 0, 0), each
    assert synced.counts(report, synced.adapter.shows) == {"updated": synced.size(synced.adapter.shows)}
    assert synced.rows("SELECT * FROM held_removals") == []
    synced.check()
    synced.sync(pause_s=600)
    assert synced.sync().requests == synced.adapter.idle_requests


def test_unmatched_items_of_a_rebuilt_library_are_known_by_their_files(synced: World) -> None:
    movie = synced.library.items[synced.library.oddities["local_guid"][0]]
    row_id = synced.row(movie.id)["id"]
    synced.library.rebuild_section(movie.section)
    movie.guid = f"local://{movie.id}"
    synced.sync()
    assert synced.row(movie.id)["id"] == row_id
    synced.check()


def test_unmatched_shows_come_along_with_their_episodes(synced: World) -> None:
    show = small_show(synced, synced.adapter.shows)
    for item in (show, *synced.library.leaves(show.id)):
        synced.library.edit(item.id, guid=f"local://{item.id}", external_ids=())
    synced.sync()
    row_id = synced.row(show.id)["id"]
    synced.library.rebuild_section(show.section)
    for item in (show, *synced.library.leaves(show.id)):
        item.guid = f"local://{item.id}"
    synced.sync()
    assert synced.row(show.id)["id"] == row_id
    synced.check()


def test_a_file_upgraded_under_a_new_id(synced: World) -> None:
    """Id and file are new: the row is known by external id, numbers and year."""
    library = synced.library
    shows = [each for each in library.members(synced.adapter.shows, "show") if each.guid.startswith("plex://")]
    episode = next(
        each for show in shows for each in library.leaves(show.id) if each.index is not None and each.external_ids
    )
    row = synced.row(episode.id)
    library.remove(episode.id)
    new = library.add_episode(
        episode.show_id or 0, episode.title, season=episode.season_number or 0, index=episode.index,
        file="/media/tv/upgraded 2160p.mkv", guid=episode.guid, external_ids=episode.external_ids, year=episode.year,
    )  # fmt: skip
    report = synced.sync()
    after = synced.row(new.id)
    assert (after["id"], after["first_seen_at"]) == (row["id"], row["first_seen_at"])
    assert synced.counts(report, synced.adapter.shows) == {"updated": 1}
    synced.check()


def test_a_movie_upgraded_under_a_new_id_in_two_steps(synced: World) -> None:
    """It is gone for a while: the tombstone comes back with the new file."""
    movie = synced.library.members(synced.adapter.movies, "movie")[6]
    row_id = synced.row(movie.id)["id"]
    synced.library.remove(movie.id)
    synced.sync()
    assert synced.rows("SELECT 1 FROM movies WHERE id = ? AND removed_at IS NULL", row_id) == []
    new = synced.library.add_movie(
        movie.title, year=movie.year, file="/media/movies/better.mkv", guid=movie.guid, external_ids=movie.external_ids
    )
    report = synced.sync()
    assert synced.row(new.id)["id"] == row_id
    assert synced.counts(report, synced.adapter.movies) == {"updated": 1}
    assert synced.rows("SELECT * FROM held_removals") == []
    synced.check()


def test_editions_are_never_taken_for_each_other(synced: World) -> None:
    """Two editions share ids and year; one goes while a third comes: on doubt nothing is merged."""
    first = synced.library.members(synced.adapter.movies, "movie")[8]
    second = synced.library.add_movie(first.title, year=first.year, guid=first.guid, external_ids=first.external_ids,
                                      file="/media/movies/edition 2.mkv")  # fmt: skip
    synced.sync()
    rows = {synced.row(first.id)["id"], synced.row(second.id)["id"]}
    synced.library.remove(first.id)
    synced.library.remove(second.id)
    for number in (3, 4):
        synced.library.add_movie(first.title, year=first.year, guid=first.guid, external_ids=first.external_ids,
                                 file=f"/media/movies/edition {number}.mkv")  # fmt: skip
    synced.sync()
    present = {each[0] for each in synced.rows("SELECT id FROM movies WHERE removed_at IS NULL")}
    assert not rows & present
    synced.check()


@pytest.mark.parametrize("wait_s", [0.0, 60.0])
def test_an_edition_that_goes_does_not_swallow_the_one_that_stays(
    new_world: Callable[..., World], wait_s: float
) -> None:
    """Both were imported in the same second: the one that stays is not new, whatever the clock's seconds say."""
    world = new_world()
    first = world.library.members(world.adapter.movies, "movie")[8]
    second = world.library.add_movie(first.title, year=first.year, guid=first.guid, external_ids=first.external_ids,
                                     file="/media/movies/edition 2.mkv")  # fmt: skip
    world.sync(pause_s=0.0)
    rows = world.row(first.id)["id"], world.row(second.id)["id"]
    world.library.remove(first.id)
    report = world.sync(pause_s=wait_s)
    assert world.counts(report, world.adapter.movies) == {"removed": 1}
    assert world.row(second.id)["id"] == rows[1]
    world.check()


def test_tombstones_of_one_library_do_not_touch_rows_of_another(new_world: Callable[..., World]) -> None:
    """A first import of a library looks at what went elsewhere: rows that were there all along are not new."""
    world = new_world()
    hidden = world.library.remove_section(world.adapter.shows)
    first = world.library.members(world.adapter.movies, "movie")[8]
    second = world.library.add_movie(first.title, year=first.year, guid=first.guid, external_ids=first.external_ids,
                                     file="/media/movies/edition 2.mkv")  # fmt: skip
    world.sync()
    row_id = world.row(second.id)["id"]
    world.library.remove(first.id)
    world.sync()
    world.library.restore_section(hidden.key)
    world.sync()
    assert world.row(second.id)["id"] == row_id
    world.check()


def test_the_programs_clock_goes_back(synced: World) -> None:
    movie = synced.library.members(synced.adapter.movies, "movie")[1]
    row_id = synced.row(movie.id)["id"]
    synced.clock.seconds -= 5 * 86_400
    (new_id,) = synced.library.move_to_section(movie.id, synced.adapter.movies_4k)
    synced.sync()
    assert synced.row(new_id)["id"] == row_id
    synced.check()


def test_a_moved_item_leaves_its_history_behind_nowhere(synced: World) -> None:
    """Whatever refers to the row goes on referring to it: here a decision of a person and the file's state."""
    movie = synced.library.members(synced.adapter.movies, "movie")[1]
    mappings.add(synced.host, synced.stored, None, "/media", "/mnt")
    with synced.sql() as connection:
        connection.execute("UPDATE file_places SET file_state = 'found'")
    synced.library.move_to_section(movie.id, synced.adapter.movies_4k)
    synced.sync()
    assert synced.value("SELECT count(*) FROM file_places WHERE file_state <> 'found'") == 0


NONE_AGENTS = ["com.plexapp.agents.none://{}?lang=xn", "tv.plex.agents.none://{}", "none://{}", "local://{}"]


@pytest.mark.parametrize("guid", NONE_AGENTS)
def test_personal_media_keep_their_rows_while_their_files_stay(world: World, guid: str) -> None:
    """Their guid is made per item: under a new id it is another one, and says nothing."""
    world.needs("two items of one file")
    movie = next(each for each in world.library.members(world.adapter.movies, "movie") if each.versions)
    movie.guid, movie.external_ids = guid.format("a" * 40), ()
    world.sync()
    row_id = world.row(movie.id)["id"]
    new_id = world.library.reissue(movie.id)
    world.library.items[new_id].guid = guid.format("b" * 40)
    report = world.sync()
    assert world.row(new_id)["id"] == row_id
    assert sum(each.removed + each.added for each in report.libraries) == 0
    world.check()


@pytest.mark.parametrize("dated", [False, True])
def test_an_episode_without_ids_is_known_by_its_show_and_numbers(world: World, dated: bool) -> None:
    """Its file was renamed and its id is new: only the show has an id of another catalog."""
    show = next(each for each in world.library.members(world.adapter.shows, "show") if each.external_ids)
    episodes = [each for each in world.library.leaves(show.id) if each.versions]
    with world.library.lock:
        for episode in episodes:
            episode.external_ids, episode.guid = (), f"local://{episode.id}"
        episode = episodes[2]
        if dated:
            episode.index, episode.originally_available_at = None, "2011-05-04"
    world.sync()
    row_id = world.row(episode.id)["id"]
    folder = episode.versions[0].parts[0].file.rpartition("/")[0]
    world.library.rename_file(episode.id, f"{folder}/Renamed.mkv")
    new_id = world.library.reissue(episode.id)
    world.library.items[new_id].guid = f"local://{new_id}"
    world.sync()
    assert world.row(new_id)["id"] == row_id
    world.check()


@pytest.mark.every_kind
def test_ids_that_mean_none_are_no_identity(world: World) -> None:
    """Three films of one year with the id 0; one goes, another comes: the newcomer takes over nobody's row."""
    nothing = ("tmdb://0", "imdb://tt0000000", "tvdb://-1")
    movies = [each for each in world.library.members(world.adapter.movies, "movie") if each.versions][5:8]
    with world.library.lock:
        for movie in movies:
            movie.external_ids, movie.year = nothing, 1999
    world.sync()
    gone = world.row(movies[0].id)
    assert gone["guid_primary"] is None or gone["guid_primary"].startswith("plex:")
    assert find_duplicates_of(world, {world.row(each.id)["id"] for each in movies}) == []
    world.library.remove(movies[0].id)
    newcomer = world.library.add_movie("Somebody else", year=1999, external_ids=nothing)
    world.sync()
    assert world.row(newcomer.id)["id"] != gone["id"]
    world.check()


def find_duplicates_of(world: World, rows: set[int]) -> list[Any]:
    groups = find_duplicates(world.host).groups
    return [group for group in groups if rows & {each.item_id for copy in group.copies for each in copy.listings}]
