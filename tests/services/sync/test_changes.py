"""What changes on a server arrives in the catalog, and nothing else is written."""

from typing import Any

import pytest

from retrovue.core.domain.sync import Initiator, SyncOutcome, SyncTier
from retrovue.core.services.mapping import rules as mappings


@pytest.mark.every_kind
def test_the_first_import_equals_the_server(world: Any) -> None:
    report = world.sync()
    assert {(each.mode, each.outcome) for each in report.libraries} == {(SyncTier.FULL, SyncOutcome.OK)}
    assert sorted(each.library for each in report.libraries) == ["4K Movies", "Anime", "Movies", "TV Shows"]
    total = sum(each.added for each in report.libraries)
    assert total == world.total
    assert sum(each.updated + each.unchanged + each.removed + each.failed for each in report.libraries) == 0
    assert report.failures == ()
    world.check()


@pytest.mark.every_kind
def test_a_second_sync_costs_next_to_nothing_and_writes_nothing(synced: Any) -> None:
    before = synced.dump()
    report = synced.sync()
    assert report.requests == synced.adapter.idle_requests == synced.server.request_count
    assert {each.mode for each in report.libraries} == {synced.adapter.idle_tier}
    assert sum(each.unchanged for each in report.libraries) == synced.total
    assert not report.wrote
    assert synced.dump() == before


def test_a_full_sync_of_the_same_writes_nothing(synced: Any) -> None:
    before = synced.dump()
    report = synced.sync(full=True)
    assert {each.mode for each in report.libraries} == {SyncTier.FULL}
    assert sum(each.unchanged for each in report.libraries) == synced.total
    assert not report.wrote
    assert synced.dump() == before


@pytest.mark.every_kind
def test_an_added_movie(synced: Any) -> None:
    synced.library.add_movie("The Lighthouse of Ostia", year=2025, external_ids=("imdb://tt0000001",))
    report = synced.sync()
    assert synced.counts(report, synced.adapter.movies) == {"added": 1}
    assert synced.of(report, synced.adapter.movies).mode is SyncTier.DELTA
    assert synced.of(report, synced.adapter.shows).mode is synced.adapter.idle_tier
    assert synced.of(report, synced.adapter.movies).unchanged == synced.size(synced.adapter.movies) - 1
    synced.check()


@pytest.mark.every_kind
def test_an_added_episode_brings_its_season(synced: Any) -> None:
    show = synced.library.members(synced.adapter.shows, "show")[0]
    synced.library.add_episode(show, "One more", season=41)
    report = synced.sync()
    assert synced.counts(report, synced.adapter.shows)["added"] == 1
    synced.check()


def test_an_added_show_with_episodes(synced: Any) -> None:
    show = synced.library.add_show("Night Ferry", section=synced.adapter.shows, year=2024)
    for number in range(1, 4):
        synced.library.add_episode(show, f"Crossing {number}", season=1, index=number)
    report = synced.sync()
    assert synced.counts(report, synced.adapter.shows) == {"added": 4}
    synced.check()


def test_an_episode_that_is_listed_before_its_show_arrived(synced: Any) -> None:
    show = synced.library.add_show("Late Entry", section=synced.adapter.shows, added_at=1_000, updated_at=None)
    synced.library.add_episode(show, "First", season=1)
    synced.sync()
    synced.check()


@pytest.mark.every_kind
def test_a_removed_movie_becomes_a_tombstone(synced: Any) -> None:
    movie = synced.library.members(synced.adapter.movies, "movie")[3]
    row = synced.row(movie.id)
    synced.library.remove(movie.id)
    report = synced.sync()
    assert synced.counts(report, synced.adapter.movies) == {"removed": 1}
    assert synced.of(report, synced.adapter.movies).mode is SyncTier.SWEEP
    assert synced.value("SELECT removed_at FROM movies WHERE id = ?", row["id"]) == synced.clock.epoch()
    synced.check()


def test_a_removed_show_goes_with_its_episodes(synced: Any) -> None:
    shows = synced.library.members(synced.adapter.shows, "show")
    show = min(shows, key=lambda each: synced.library.leaf_count(each.id))
    episodes = synced.library.leaf_count(show.id)
    synced.library.remove(show.id)
    report = synced.sync()
    assert synced.counts(report, synced.adapter.shows) == {"removed": episodes + 1}
    synced.check()


@pytest.mark.every_kind
def test_an_edited_title_is_found_by_a_delta(synced: Any) -> None:
    movie = synced.library.members(synced.adapter.movies, "movie")[5]
    synced.library.edit(movie.id, title="Amélie's Return", sort_title="Amelie's Return", summary="Anew.", year=1999)
    report = synced.sync()
    assert synced.counts(report, synced.adapter.movies) == {"updated": 1}
    assert synced.of(report, synced.adapter.movies).mode is SyncTier.DELTA
    synced.check()


def test_an_item_without_timestamps_is_edited(synced: Any) -> None:
    episode = next(each for each in synced.library.items.values() if each.kind == "episode" and not each.updated_at)
    synced.library.edit(episode.id, stamp=False, title="Told again", index=(episode.index or 0) + 500)
    report = synced.sync_unstamped()
    assert synced.counts(report, episode.section) == {"updated": 1}
    synced.check()


def test_a_year_and_a_summary_of_an_item_without_timestamps(synced: Any) -> None:
    """A slim listing shows no summary: such an edit is seen when everything is read."""
    movie = synced.library.items[synced.library.oddities["no_updated_at"][0]]
    synced.library.edit(movie.id, stamp=False, summary="Another story.")
    synced.sync()
    synced.sync(full=True)
    synced.check()


@pytest.mark.every_kind
@pytest.mark.parametrize("bump", [True, False])
def test_a_renamed_file_whose_timestamp_did_not_move(synced: Any, bump: bool) -> None:
    if not bump:
        synced.needs("stamps of their own")
    movie = synced.library.members(synced.adapter.movies, "movie")[7]
    old = movie.versions[0].parts[0].file
    synced.rename_file(movie.id, old.replace(".m", " (restored).m"), bump=bump)
    if not bump:
        # Without any sign on the server it is found when the verification is due.
        assert not synced.sync().wrote
        synced.pass_time(8 * 86_400)
    report = synced.sync()
    assert synced.counts(report, synced.adapter.movies) == {"updated": 1}
    assert synced.value("SELECT removed_at IS NOT NULL FROM media_files WHERE server_path = ?", old) == 1
    synced.check()


# Beyond the ids of tests that run on one server one after the other.
ELSEWHERE = 1_000_000


def here_and_elsewhere(synced: Any) -> None:
    """Two computers found every file: this one, and another one with rules of its own."""
    server = synced.host.servers.all()[0]
    mappings.add(synced.host, server, None, "/", "/mnt/here")
    with synced.sql() as connection:
        connection.execute(
            f"INSERT INTO computers (id, uuid, name, platform, last_seen_at) VALUES ({ELSEWHERE}, 'x', 'y', '', 1)"
        )
        connection.execute(
            "INSERT INTO path_mappings (computer_id, server_id, server_path, local_path, created_at) "
            f"SELECT {ELSEWHERE}, server_id, server_path, '/mnt/elsewhere', 1 FROM path_mappings"
        )
        connection.execute(
            f"INSERT INTO file_places SELECT media_file_id, {ELSEWHERE}, replace(local_path, 'here', 'elsewhere'), "
            f"(SELECT id FROM path_mappings WHERE computer_id = {ELSEWHERE}), NULL, file_state, NULL, NULL "
            "FROM file_places"
        )
        connection.execute("UPDATE file_places SET file_state = 'found'")


@pytest.mark.every_kind
def test_a_replaced_file(synced: Any) -> None:
    movie = synced.library.members(synced.adapter.movies, "movie")[9]
    here_and_elsewhere(synced)
    synced.library.replace_file(movie.id, size_bytes=987_654_321)
    report = synced.sync()
    assert synced.counts(report, synced.adapter.movies) == {"updated": 1}
    other = synced.rows(
        "SELECT server_path, computer_id, file_state FROM media_files JOIN file_places ON media_file_id = id "
        "WHERE file_state <> 'found' ORDER BY computer_id"
    )
    assert [tuple(row) for row in other] == [
        (movie.versions[0].parts[0].file, computer, "unchecked")
        for computer in (synced.host.database.computer_id, ELSEWHERE)
    ]
    synced.check()


def test_a_second_version(synced: Any) -> None:
    movie = synced.library.members(synced.adapter.movies, "movie")[11]
    synced.library.add_version(movie.id, "/media/movies/extra/second.mkv", size_bytes=123)
    report = synced.sync()
    assert synced.counts(report, synced.adapter.movies) == {"updated": 1}
    synced.check()


def test_trashed_and_restored(synced: Any) -> None:
    synced.needs("trash")
    movie = synced.library.members(synced.adapter.movies, "movie")[13]
    row_id = synced.row(movie.id)["id"]
    synced.library.trash(movie.id)
    report = synced.sync()
    assert synced.counts(report, synced.adapter.movies) == {"updated": 1}
    assert synced.row(movie.id)["trashed_at"] is not None
    assert synced.row(movie.id)["removed_at"] is None
    synced.check()
    synced.library.restore_from_trash(movie.id)
    synced.sync()
    assert synced.row(movie.id)["trashed_at"] is None
    assert synced.row(movie.id)["id"] == row_id
    synced.check()


def test_a_rematched_item_keeps_its_row(synced: Any) -> None:
    movie = synced.library.members(synced.adapter.movies, "movie")[15]
    before = synced.row(movie.id)
    synced.library.rematch(movie.id, "plex://movie/0123456789abcdef01234567", external_ids=("tmdb://4242",))
    report = synced.sync()
    assert synced.counts(report, synced.adapter.movies) == {"updated": 1}
    after = synced.row(movie.id)
    assert (after["id"], after["first_seen_at"]) == (before["id"], before["first_seen_at"])
    assert after["guid_primary"] == "tmdb:4242"
    synced.check()


@pytest.mark.parametrize("full", [True, False])
def test_timestamps_bumped_for_everything_write_no_content(synced: Any, full: bool) -> None:
    before = synced.dump()
    for section in (synced.adapter.movies, synced.adapter.shows):
        synced.library.bump_all(section)
    report = synced.sync(full=full)
    assert not report.wrote
    assert synced.dump() == before
    synced.check()


@pytest.mark.every_kind
def test_a_server_whose_clock_went_back(synced: Any) -> None:
    synced.library.set_clock_back(30 * 86_400)
    synced.library.bump_all(synced.adapter.movies)
    movie = synced.library.members(synced.adapter.movies, "movie")[1]
    synced.library.edit(movie.id, title="Yesterday Again")
    synced.library.add_movie("Back Then", year=1985)
    synced.sync()
    synced.check()
    # From now on the cursor is that of the clock that went back.
    synced.library.edit(movie.id, title="Yesterday Once More")
    report = synced.sync()
    assert synced.of(report, synced.adapter.movies).mode is SyncTier.DELTA
    synced.check()


@pytest.mark.every_kind
@pytest.mark.parametrize("section", ["movies", "shows"])
def test_a_play_that_moves_no_timestamp(synced: Any, section: str) -> None:
    key = getattr(synced.adapter, section)
    kind = "movie" if section == "movies" else "episode"
    item = next(each for each in synced.library.members(key, kind) if not each.view_count)
    synced.library.edit(item.id, stamp=False, view_count=1, last_viewed_at=synced.library.now())
    report = synced.sync_unstamped()
    assert synced.counts(report, key) == {"updated": 1}
    synced.check()


def test_an_item_added_in_the_future_does_not_explain_other_changes(synced: Any) -> None:
    """It is in every delta for years: a renamed file must be looked for all the same."""
    future = synced.library.items[synced.library.oddities["added_in_future"][0]]
    assert future.added_at > synced.library.now()
    movie = synced.library.members(future.section, "movie")[2]
    synced.rename_file(movie.id, "/media/movies/elsewhere.mkv", bump=True)
    synced.sync()
    synced.check()


def test_a_scheduled_sync_that_waits_with_its_sweep_does_not_forget(synced: Any) -> None:
    synced.needs("marker")
    movie = synced.library.members(synced.adapter.movies, "movie")[2]
    synced.rename_file(movie.id, "/media/movies/elsewhere.mkv", bump=True)
    report = synced.sync(initiator=Initiator.SCHEDULE)
    assert synced.of(report, synced.adapter.movies).mode is SyncTier.DELTA
    assert not report.wrote
    synced.pass_time(3600)
    report = synced.sync(initiator=Initiator.SCHEDULE)
    assert synced.counts(report, synced.adapter.movies) == {"updated": 1}
    synced.check()


def test_a_marker_that_moved_for_nothing(synced: Any) -> None:
    synced.needs("marker")
    before = synced.dump()
    synced.library.touch_section(synced.adapter.shows)
    report = synced.sync()
    assert synced.of(report, synced.adapter.shows).mode is SyncTier.SWEEP
    assert not report.wrote
    assert synced.dump() == before
    assert synced.sync().requests == synced.adapter.idle_requests


def test_odd_files_of_the_first_import(synced: Any) -> None:
    synced.needs("two items of one file")
    odd = synced.library.oddities
    first, second = (synced.row(item_id)["id"] for item_id in odd["shared_file"])
    links = synced.rows("SELECT media_file_id FROM media_links WHERE episode_id IN (?, ?)", first, second)
    assert len(links) == 2
    assert len({row[0] for row in links}) == 1
    three = synced.row(odd["multi_part"][1])["id"]
    parts = synced.rows("SELECT part_index FROM media_links WHERE movie_id = ? ORDER BY 1", three)
    assert [row[0] for row in parts] == [0, 1, 2]
    for item_id in odd["two_versions"]:
        kind = synced.library.items[item_id].kind
        own = synced.row(item_id)["id"]
        versions = synced.rows(f"SELECT version_index FROM media_links WHERE {kind}_id = ? ORDER BY 1", own)
        assert [row[0] for row in versions] == [0, 1]
    assert synced.value("SELECT count(*) FROM media_files WHERE server_path LIKE '%Plex Versions%'") == 0
    assert synced.rows("SELECT 1 FROM media_links WHERE movie_id = ?", synced.row(odd["no_media"][0])["id"]) == []


def test_a_file_that_two_libraries_share(synced: Any) -> None:
    shared = synced.library.members(synced.adapter.movies, "movie")[4]
    path = shared.versions[0].parts[0].file
    other = synced.library.add_movie("The same file", section=synced.adapter.movies_4k, file=path)
    synced.library.replace_file(other.id, size_bytes=shared.versions[0].parts[0].size_bytes)
    part, own = other.versions[0].parts[0], shared.versions[0]
    other.versions = (type(own)(other.versions[0].id, own.quality, (type(part)(part.id, *_facts(own.parts[0])),)),)
    synced.sync()
    assert synced.value("SELECT count(*) FROM media_files WHERE server_path = ?", path) == 1
    synced.check()
    synced.library.remove(other.id)
    synced.sync()
    assert synced.value("SELECT removed_at FROM media_files WHERE server_path = ?", path) is None
    synced.check()


def _facts(part: Any) -> tuple[Any, ...]:
    return part.file, part.size_bytes, part.stamp, part.duration_ms


def test_an_episode_that_moves_to_another_show(synced: Any) -> None:
    shows = synced.library.members(synced.adapter.shows, "show")
    episode = synced.library.leaves(shows[0].id)[0]
    season = synced.library.children(shows[3].id)[0]
    with synced.library.lock:
        synced.library.discard(episode)
        episode.show_id, episode.season_id, episode.season_number = shows[3].id, season.id, season.index
        synced.library.insert(episode)
        synced.library.edit(episode.id, index=900)
    synced.sync()
    synced.check()


def test_a_season_is_renamed(synced: Any) -> None:
    show = synced.library.members(synced.adapter.shows, "show")[0]
    season = synced.library.children(show.id)[-1]
    synced.library.edit(season.id, title="The Final Chapter")
    synced.sync(full=True)
    synced.check()
