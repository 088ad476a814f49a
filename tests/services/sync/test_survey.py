"""Servers without markers, asked about all libraries at once: cheap at rest, never wrong where it is not certain."""

import re
from typing import Any

import pytest
from tests.services.adapters import ADAPTERS
from tests.services.conftest import World

from retrovue.core.domain.sync import SyncTier
from retrovue.demo.fault_kinds import IgnoreParameters, Status, WrongTotal
from retrovue.demo.http import Request
from retrovue.demo.model import Item

pytestmark = pytest.mark.every_kind


@pytest.fixture
def resting(kind: str, request: pytest.FixtureRequest) -> World:
    """A server at rest, of which all is known that a sync learns."""
    if "marker" not in ADAPTERS[kind].lacks:
        pytest.skip("its list of libraries tells what moved")
    synced: World = request.getfixturevalue("synced")
    report = synced.sync()
    assert (report.requests, report.wrote) == (5, False)
    synced.pass_time(600)
    return synced


def of_all(request: Request) -> bool:
    """Questions about what all libraries hold."""
    asked = {name for name, _value in request.params}
    return request.path.endswith("/Items") and asked.isdisjoint({"ParentId", "Ids", "IsPlayed"})


def film(world: World, section: str, number: int = 3) -> Item:
    odd = {item_id for items in world.library.oddities.values() for item_id in items}
    return [each for each in world.library.members(section, "movie") if each.id not in odd][number]


def modes(world: World, report: Any) -> dict[str, SyncTier]:
    sections = (world.adapter.movies, world.adapter.movies_4k, world.adapter.shows, world.adapter.anime)
    return {section: world.of(report, section).mode for section in sections}


def test_only_the_library_that_changed_is_asked(resting: World) -> None:
    movies = resting.adapter.movies
    resting.library.edit(film(resting, movies).id, title="The Salt Lamp")
    report = resting.sync()
    asked = {section for section, mode in modes(resting, report).items() if mode is not SyncTier.MARKER}
    assert asked == {movies}
    assert resting.counts(report, movies) == {"updated": 1}
    resting.check()
    # Its save date is still within what the next question reaches back for: that alone is no news.
    assert resting.sync().requests == 5


def test_a_removal_shows_in_the_number_of_all_items(resting: World) -> None:
    episode = resting.library.members(resting.adapter.anime, "episode")[5]
    resting.library.remove(episode.id)
    report = resting.sync()
    assert resting.counts(report, resting.adapter.anime) == {"removed": 1}
    resting.check()
    resting.sync()
    assert resting.sync().requests == 5


def test_an_addition_does_not_hide_a_removal_elsewhere(resting: World) -> None:
    resting.library.remove(film(resting, resting.adapter.movies_4k).id)
    resting.library.add_movie("Fresh", year=2022)
    report = resting.sync()
    assert resting.counts(report, resting.adapter.movies) == {"added": 1}
    assert resting.counts(report, resting.adapter.movies_4k) == {"removed": 1}
    resting.check()


def test_an_item_without_a_save_date_does_not_hide_a_removal_elsewhere(resting: World) -> None:
    """The number is as it was, and no question about dates finds the new one: it is among the newest, and unknown."""
    resting.library.remove(film(resting, resting.adapter.movies_4k).id)
    fresh = resting.library.add_movie("Undated", year=2022)
    view = resting.server.dialect.view  # type: ignore[attr-defined]
    with resting.library.lock:
        view._saved.pop(fresh.id, None)
        resting.library.edit(fresh.id, stamp=False, updated_at=None)
    assert view.saved_at(fresh) is None
    report = resting.sync()
    assert resting.counts(report, resting.adapter.movies) == {"added": 1}
    assert resting.counts(report, resting.adapter.movies_4k) == {"removed": 1}
    resting.check()


@pytest.mark.parametrize("by", [-3, 4])
def test_a_total_of_all_that_moves_without_a_reason_leads_to_each_library(resting: World, by: int) -> None:
    resting.server.faults.add(WrongTotal(by=by, match=lambda request: of_all(request) and not _since(request)))
    report = resting.sync()
    assert set(modes(resting, report).values()) == {SyncTier.DELTA}
    assert not report.wrote
    # It stays so: the difference is learned.
    assert resting.sync().requests == 5
    resting.library.remove(film(resting, resting.adapter.movies).id)
    assert resting.counts(resting.sync(), resting.adapter.movies) == {"removed": 1}
    resting.check()


def _since(request: Request) -> bool:
    return any(name.startswith("MinDate") for name, _value in request.params)


@pytest.mark.slow
def test_a_joint_question_that_loses_items_is_never_believed(world: World) -> None:
    """On Emby one question of episodes beside series was seen to lose some."""
    if "marker" not in world.adapter.lacks:
        pytest.skip("its list of libraries tells what moved")

    def joint(request: Request) -> bool:
        return of_all(request) and len((request.param("IncludeItemTypes") or "").split(",")) > 2

    world.server.faults.add(_Loses(match=joint))
    world.sync()
    world.pass_time(600)
    for _each in range(2):
        report = world.sync()
        assert set(modes(world, report).values()) == {SyncTier.DELTA}
        assert not report.wrote
    world.library.edit(world.library.members(world.adapter.anime, "episode")[5].id, title="The Tide Table")
    assert world.counts(world.sync(), world.adapter.anime) == {"updated": 1}
    world.check()


class _Loses(WrongTotal):
    def page(self, page: Any) -> None:
        page.ids, page.total = page.ids[:1], 1


def test_a_question_about_all_that_is_refused_costs_only_requests(resting: World) -> None:
    resting.server.faults.add(Status(status=400, match=of_all))
    resting.library.edit(film(resting, resting.adapter.movies).id, title="The Salt Lamp")
    resting.library.remove(film(resting, resting.adapter.movies_4k).id)
    report = resting.sync()
    assert resting.counts(report, resting.adapter.movies) == {"updated": 1}
    assert resting.counts(report, resting.adapter.movies_4k) == {"removed": 1}
    resting.check()


def test_folders_that_moved_to_another_library_lead_to_each_of_them(resting: World) -> None:
    movies, other = (resting.library.sections[each] for each in (resting.adapter.movies, resting.adapter.movies_4k))
    other.roots.append(movies.roots.pop())
    report = resting.sync()
    assert set(modes(resting, report).values()) == {SyncTier.DELTA}
    assert resting.sync().requests == 5


def test_an_account_that_may_not_list_folders(resting: World) -> None:
    """A plain user is refused the folders, and asked for their views; paths then tell no library."""
    account = resting.server.dialect.users.accounts[0]  # type: ignore[attr-defined]
    account.is_administrator = False
    # The libraries are told without their folders now.
    resting.sync()
    assert resting.sync().requests == 6
    resting.library.add_movie("Fresh", year=2022)
    resting.library.edit(film(resting, resting.adapter.movies_4k).id, title="The Salt Lamp")
    report = resting.sync()
    assert resting.counts(report, resting.adapter.movies) == {"added": 1}
    assert resting.counts(report, resting.adapter.movies_4k) == {"updated": 1}
    resting.check()


# --- what was watched -----------------------------------------------------------------------------------------------


def views(world: World, item: Item) -> tuple[int, int | None]:
    row = world.row(item.id)
    return row["view_count"], row["last_viewed_at"]


@pytest.mark.slow
def test_what_was_watched_or_unmarked_is_here_with_the_next_sync(synced: World) -> None:
    first, second = film(synced, synced.adapter.movies), film(synced, synced.adapter.movies_4k)
    episode = synced.library.members(synced.adapter.anime, "episode")[5]
    for item in (first, second, episode):
        synced.adapter.watch(synced.library, item.id, 0)
    synced.sync()
    synced.check()
    for item in (first, second, episode):
        assert views(synced, item) == (0, None)
        synced.adapter.watch(synced.library, item.id, 2)
    report = synced.sync()
    assert sum(each.updated for each in report.libraries) == 3
    for item in (first, second, episode):
        assert views(synced, item) == synced.adapter.views(item)
        assert views(synced, item)[0] > 0
    synced.check()
    # One is unmarked and another marked: they are as many as before.
    synced.adapter.watch(synced.library, first.id, 0)
    other = film(synced, synced.adapter.movies, 7)
    synced.adapter.watch(synced.library, other.id, other.view_count + 1)
    synced.sync()
    assert views(synced, first) == (0, None)
    synced.check()
    synced.pass_time(600)
    synced.sync()
    assert synced.sync().requests == synced.adapter.idle_requests


def test_what_was_marked_with_an_old_date_is_found_by_the_number(resting: World) -> None:
    """Somebody had begun it long ago: it is deep in the list, beyond its head."""
    item = next(each for each in resting.library.members(resting.adapter.shows, "episode") if not each.view_count)
    resting.library.mark(item.id, 1, at=946_684_800)
    report = resting.sync()
    assert resting.counts(report, resting.adapter.shows) == {"updated": 1}
    resting.check()
    resting.sync()
    assert resting.sync().requests == 5


def test_a_server_that_does_not_know_what_was_watched(resting: World) -> None:
    """It answers with everything: nothing is unmarked by that, and nothing is asked for again and again."""
    resting.server.faults.add(IgnoreParameters(names=frozenset({"isplayed"})))
    assert not resting.sync().wrote
    report = resting.sync()
    assert not report.wrote
    assert report.requests == 5
    resting.check()


def test_a_list_of_the_watched_that_was_cut_unmarks_nothing(resting: World) -> None:
    item = film(resting, resting.adapter.movies)
    resting.server.faults.add(_Cut(match=lambda request: request.param("IsPlayed") is not None))
    resting.library.mark(item.id, 4)
    resting.sync()
    watched = resting.value("SELECT count(*) FROM movies WHERE view_count > 0")
    resting.server.faults.clear()
    resting.sync()
    assert resting.value("SELECT count(*) FROM movies WHERE view_count > 0") == watched
    resting.check()


class _Cut(WrongTotal):
    def page(self, page: Any) -> None:
        page.ids, page.total = page.ids[:5], 7


def test_the_number_of_questions_does_not_follow_the_libraries(resting: World) -> None:
    paths = [re.sub(r"/Users/\w+", "", each.path) for each in resting.server.requests]
    resting.sync()
    paths = [re.sub(r"/Users/\w+", "", each.path) for each in resting.server.requests]
    assert paths == ["/System/Info/Public", "/Library/VirtualFolders", "/Items", "/Items", "/Items"]
