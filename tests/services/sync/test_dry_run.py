"""A dry run writes nothing and says exactly what a real one then does."""

import tempfile
from pathlib import Path

import pytest
from tests.services.conftest import World

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.sync import LibraryReport, PlannedChange, SyncOutcome, SyncReport
from retrovue.core.domain.tasks import CancelToken


def whole(world: World) -> list[str]:
    """Every row of every table."""
    return world.everything()


def facts(report: SyncReport) -> dict[str, tuple[object, ...]]:
    return {each.library: _facts(each) for each in report.libraries}


def _facts(found: LibraryReport) -> tuple[object, ...]:
    counts = (found.added, found.updated, found.unchanged, found.removed, found.held_back, found.failed)
    return (*counts, found.mode, found.outcome, found.error)


def planned(report: SyncReport) -> list[PlannedChange]:
    return [change for library in report.libraries for change in library.planned]


def test_a_first_import_is_planned(world: World) -> None:
    before = whole(world)
    dry = world.sync(dry_run=True)
    assert whole(world) == before
    assert len(planned(dry)) == world.total
    assert {each.action for each in planned(dry)} == {"add"}
    real = world.sync()
    assert facts(dry) == facts(real)
    assert planned(real) == []
    world.check()


def change_much(world: World) -> None:
    library, key = world.library, world.adapter
    movies = library.members(key.movies, "movie")
    library.edit(movies[2].id, title="Another Name")
    world.rename_file(movies[3].id, "/media/movies/else.mkv")
    library.remove(movies[4].id)
    library.add_movie("Brand new", year=2020)
    library.move_to_section(movies[5].id, key.movies_4k)
    show = min(library.members(key.shows, "show"), key=lambda each: library.leaf_count(each.id))
    library.remove(show.id)
    library.add_episode(library.members(key.shows, "show")[0], "One more", season=30)


@pytest.mark.slow
@pytest.mark.every_kind
@pytest.mark.parametrize("full", [False, True])
def test_changes_of_every_kind(synced: World, full: bool) -> None:
    change_much(synced)
    before = whole(synced)
    dry = synced.sync(dry_run=True, full=full)
    assert whole(synced) == before
    real = synced.sync(full=full)
    assert facts(dry) == facts(real)
    if full:
        synced.check()
    changes = planned(dry)
    for action, count in (("add", "added"), ("update", "updated"), ("remove", "removed")):
        told = sum(getattr(each, count) for each in real.libraries)
        assert sum(change.action == action for change in changes) == told > 0


def test_removals_are_named(synced: World) -> None:
    movie = synced.library.members(synced.adapter.movies, "movie")[4]
    show = synced.library.members(synced.adapter.shows, "show")[0]
    episode = next(each for each in synced.library.leaves(show.id) if each.index and each.title)
    synced.library.remove(movie.id)
    synced.library.remove(episode.id)
    dry = synced.sync(dry_run=True)
    title = f"{show.title} S{episode.season_number:02d}E{episode.index:02d} {episode.title}"
    assert sorted(planned(dry), key=lambda each: each.kind) == [
        PlannedChange("remove", ItemKind.EPISODE, title, synced.adapter.remote_id(episode.id)),
        PlannedChange("remove", ItemKind.MOVIE, movie.title, synced.adapter.remote_id(movie.id)),
    ]
    assert synced.host.removals.all() == []


def test_held_back_removals_are_named(synced: World) -> None:
    for movie in synced.library.members(synced.adapter.movies, "movie")[:40]:
        synced.library.remove(movie.id)
    before = whole(synced)
    dry = synced.sync(dry_run=True)
    assert whole(synced) == before
    assert {each.action for each in planned(dry)} == {"hold_back"}
    assert all(each.title for each in planned(dry))
    assert facts(dry) == facts(synced.sync())


def test_a_library_under_a_reused_id(synced: World) -> None:
    synced.needs("library uuid")
    section = synced.library.sections[synced.adapter.movies_4k]
    section.uuid, section.title = "f" * 32, "Documentaries"
    before = whole(synced)
    dry = synced.sync(dry_run=True)
    assert whole(synced) == before
    assert sum(each.removed + each.held_back for each in dry.libraries) == 0
    assert facts(dry) == facts(synced.sync())


@pytest.mark.slow
def test_a_rebuilt_library(synced: World) -> None:
    synced.library.rebuild_section(synced.adapter.shows)
    dry = synced.sync(dry_run=True)
    assert {each.action for each in planned(dry)} == {"update"}
    assert facts(dry) == facts(synced.sync())
    synced.check()


def test_a_failed_server_leaves_no_trace(synced: World) -> None:
    before = whole(synced)
    synced.server.stop()
    dry = synced.sync(dry_run=True)
    assert [each.reason for each in dry.failures] == ["unreachable"]
    assert whole(synced) == before


def test_a_cancelled_dry_run(synced: World) -> None:
    before = whole(synced)
    token = CancelToken()
    token.cancel()
    dry = synced.sync(dry_run=True, token=token)
    assert all(each.outcome is SyncOutcome.CANCELLED for each in dry.libraries)
    assert whole(synced) == before


def test_the_copy_is_deleted(synced: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    synced.sync(dry_run=True)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_one_show(synced: World) -> None:
    show = synced.library.members(synced.adapter.shows, "show")[0]
    synced.library.add_episode(show, "Another one", season=2)
    before = whole(synced)
    dry = synced.sync(show_title=show.title, dry_run=True)
    assert whole(synced) == before
    assert [each.title for each in planned(dry)]
    assert facts(dry) == facts(synced.sync(show_title=show.title))
