"""What can happen to a library between two looks."""

from __future__ import annotations

import pytest

from retrovue.demo import DemoLibrary
from retrovue.demo.model import UHD
from retrovue.demo.store import ManualClock


def _marker(library: DemoLibrary, key: str) -> int:
    return library.sections[key].content_marker


def test_adding_stamps_the_item_and_moves_only_its_sections_marker(library: DemoLibrary, clock: ManualClock) -> None:
    before = {key: _marker(library, key) for key in library.sections}
    clock.advance(60)
    movie = library.add_movie("New & Shiny", year=2025)
    assert (movie.added_at, movie.updated_at) == (1_767_300_060, 1_767_300_060)
    changed = {key for key in library.sections if _marker(library, key) != before[key]}
    assert changed == {"1"}
    assert library.truth("1")[str(movie.id)].files[0].path == "/media/movies/New & Shiny/New & Shiny (2025).mkv"


def test_an_episode_brings_its_season_and_the_next_number(library: DemoLibrary) -> None:
    show = library.add_show("Fresh", year=2025)
    first, second = (library.add_episode(show, name) for name in ("One", "Two"))
    assert (first.index, second.index, first.season_id) == (1, 2, second.season_id)
    special = library.add_episode(show, "Extra", season=0)
    assert [season.title for season in library.children(show.id)] == ["Specials", "Season 1"]
    assert special.season_number == 0


def test_removing_the_last_episode_takes_season_and_show_along(library: DemoLibrary) -> None:
    show = library.add_show("Fresh")
    episode = library.add_episode(show, "Only")
    assert set(library.remove(episode.id)) == {episode.id, episode.season_id, show.id}
    assert show.id not in library.items


def test_a_renamed_file_leaves_no_trace_but_its_path(library: DemoLibrary) -> None:
    movie = library.members("1", "movie")[3]
    before, marker = library.truth()[str(movie.id)], _marker(library, "1")
    library.rename_file(movie.id, "/media/movies/renamed.mkv")
    after = library.truth()[str(movie.id)]
    assert (after.updated_at, _marker(library, "1")) == (before.updated_at, marker)
    assert after.files[0].path == "/media/movies/renamed.mkv"
    assert after.files[0].stamp == before.files[0].stamp


def test_a_replaced_file_has_another_size_stamp_and_quality(library: DemoLibrary, clock: ManualClock) -> None:
    movie = library.members("1", "movie")[4]
    library.replace_file(movie.id, size_bytes=99, quality=UHD)
    [file, *_] = library.truth()[str(movie.id)].files
    assert (file.size_bytes, file.stamp, file.resolution) == (99, int(clock()), "4k")


def test_rebuilding_gives_new_ids_and_keeps_guids_and_files(library: DemoLibrary) -> None:
    before = library.truth("3")
    new = library.rebuild_section("3")
    after = library.truth("3")
    assert not before.keys() & after.keys()
    assert len(after) == len(before)
    for old_id, new_id in new.items():
        if str(old_id) in before:
            old, now = before[str(old_id)], after[str(new_id)]
            assert (old.guid, old.files, old.title) == (now.guid, now.files, now.title)
    for episode in library.members("3", "episode"):
        assert library.item(episode.show_id).kind == "show"
        assert library.item(episode.season_id).kind == "season"


def test_moving_a_show_takes_seasons_and_episodes_to_the_other_section(library: DemoLibrary) -> None:
    show = library.members("3", "show")[0]
    episodes = len(library.leaves(show.id))
    before = library.count("4", "episode")
    [new_id, *_] = library.move_to_section(show.id, "4")
    assert library.count("4", "episode") == before + episodes
    assert len(library.leaves(new_id)) == episodes
    assert {leaf.section for leaf in library.leaves(new_id)} == {"4"}


def test_trash_and_rematch_are_edits_under_the_same_id(library: DemoLibrary) -> None:
    movie = library.members("1", "movie")[5]
    library.trash(movie.id)
    assert library.truth()[str(movie.id)].in_server_trash
    library.restore_from_trash(movie.id)
    library.rematch(movie.id, "plex://movie/other", external_ids=["imdb://tt1"])
    truth = library.truth()[str(movie.id)]
    assert (truth.in_server_trash, truth.guid, truth.external_ids) == (False, "plex://movie/other", ("imdb://tt1",))


def test_bumping_all_changes_nothing_but_timestamps(library: DemoLibrary, clock: ManualClock) -> None:
    before, marker = library.truth("3"), _marker(library, "3")
    library.bump_all("3")
    assert _marker(library, "3") != marker
    for remote_id, truth in library.truth("3").items():
        assert truth.updated_at == int(clock())
        assert truth.files == before[remote_id].files


def test_the_clock_can_go_back(library: DemoLibrary) -> None:
    now = library.now()
    library.set_clock_back(3_600)
    assert library.now() == now - 3_600


def test_a_section_can_vanish_and_return_with_its_items(library: DemoLibrary) -> None:
    before = library.truth("1")
    library.remove_section("1")
    assert "1" not in library.sections
    library.restore_section("1")
    assert library.truth("1") == before


def test_an_edit_of_what_is_no_field_is_refused(library: DemoLibrary) -> None:
    with pytest.raises(TypeError, match="not editable: colour"):
        library.edit(library.members("1", "movie")[0].id, colour="red")


def test_optimized_copies_are_not_part_of_the_truth(library: DemoLibrary) -> None:
    [item_id] = library.oddities["optimized"]
    assert len(library.item(item_id).versions) == 2
    assert [file.version_index for file in library.truth()[str(item_id)].files] == [0]
