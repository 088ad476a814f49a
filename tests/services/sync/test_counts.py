"""Servers that count what is no item, and items that nobody can read: known once, they cost nothing more."""

from typing import Any

import pytest
from tests.services.conftest import World

from retrovue.core.domain.sync import SyncOutcome, SyncTier
from retrovue.demo.fault_kinds import IgnoreParameters, SpoilItem, WrongTotal, wrong_types
from retrovue.demo.http import Request
from retrovue.demo.model import Item

OK = SyncOutcome.OK


def films(world: World) -> list[Item]:
    """Movies that share nothing with others."""
    odd = {item_id for items in world.library.oddities.values() for item_id in items}
    return [each for each in world.library.members(world.adapter.movies, "movie") if each.id not in odd]


def costs_nothing(world: World) -> None:
    """The next sync looks at no list, and finds nothing new."""
    world.pass_time(600)
    world.sync()
    report = world.sync()
    assert report.requests == world.adapter.idle_requests
    assert {each.mode for each in report.libraries} == {world.adapter.idle_tier}
    assert not report.wrote


# --- placeholders ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.every_kind
def test_placeholders_that_are_listed_all_the_same(world: World) -> None:
    """A version that knows neither spelling of "no missing episodes" counts them, too."""
    world.needs("placeholders")
    world.server.faults.add(IgnoreParameters())
    report = world.sync()
    assert {each.outcome for each in report.libraries} == {OK}
    world.check()
    costs_nothing(world)
    gone = next(
        each
        for each in world.library.members(world.adapter.anime, "episode")
        if each.id in world.adapter.truths(world.server)
    )
    world.library.remove(gone.id)
    report = world.sync()
    assert world.counts(report, world.adapter.anime) == {"removed": 1}
    world.check()
    costs_nothing(world)


@pytest.mark.slow
@pytest.mark.every_kind
@pytest.mark.parametrize("ignored", [True, False])
def test_a_file_that_went_and_left_a_placeholder(world: World, ignored: bool) -> None:
    """The number of entries stays as it was: only the entry itself says that its file is gone."""
    world.needs("placeholders")
    if ignored:
        world.server.faults.add(IgnoreParameters())
    world.sync()
    world.pass_time(600)
    episode = next(each for each in world.library.members(world.adapter.anime, "episode") if each.versions)
    with world.library.lock:
        episode.versions = ()
        world.library.edit(episode.id, updated_at=world.library.now())
    report = world.sync()
    assert world.counts(report, world.adapter.anime) == {"removed": 1}
    world.check()
    costs_nothing(world)


def test_a_server_that_learns_to_leave_placeholders_out(world: World) -> None:
    world.needs("placeholders")
    with world.server.faults.using(IgnoreParameters()):
        world.sync()
        costs_nothing(world)
    report = world.sync()
    assert {each.outcome for each in report.libraries} == {OK}
    assert not report.wrote
    world.check()
    costs_nothing(world)


# --- totals that are too large --------------------------------------------------------------------------------------


def overcount(world: World, by: int = 2) -> WrongTotal:
    movies = world.library.sections[world.adapter.movies].key
    wanted = world.adapter.library_id(movies)
    return WrongTotal(by=by, match=lambda request: request.param("ParentId") == wanted and not _since(request))


def _since(request: Request) -> bool:
    return any(name.startswith("MinDate") for name, _value in request.params)


@pytest.mark.slow
@pytest.mark.every_kind
def test_a_total_that_is_always_too_large(world: World) -> None:
    """The user is not stuck for ever: the list is read twice, and what it lacks is asked for by its id."""
    if not world.adapter.overcounts:
        pytest.skip("totals that are too large for good were seen on Jellyfin only")
    world.sizes.page = world.sizes.slim = 20
    world.server.faults.add(overcount(world))
    report = world.sync()
    found = world.of(report, world.adapter.movies)
    assert found.outcome is OK
    assert any(issue.level == "warning" and "every time" in issue.message for issue in found.issues)
    world.check()
    costs_nothing(world)
    gone = films(world)[4]
    world.library.remove(gone.id)
    world.library.add_movie("In its place", year=2021)
    world.library.remove(films(world)[6].id)
    report = world.sync()
    assert world.counts(report, world.adapter.movies) == {"added": 1, "removed": 2}
    world.check()
    costs_nothing(world)


@pytest.mark.slow
@pytest.mark.every_kind
@pytest.mark.parametrize("known", [True, False])
def test_a_list_that_ends_early_is_no_total_that_is_too_large(synced: World, known: bool) -> None:
    """What is missing is known by its id, or the answers about ids lack everything: nothing goes."""
    if not synced.adapter.overcounts:
        pytest.skip("totals that are too large for good were seen on Jellyfin only")
    listing, details = synced.adapter.listing(synced.adapter.movies), synced.adapter.details()
    synced.sizes.slim = 10
    movies = sorted(synced.library.members(synced.adapter.movies, "movie"), key=lambda each: (each.added_at, each.id))

    class EndsEarly(WrongTotal):
        def page(self, page: Any) -> None:
            page.ids = [each for each in page.ids if each not in hidden]
            page.total = len(page.all_ids)

    hidden = {each.id for each in movies[-3:]}
    synced.server.faults.add(EndsEarly(match=listing))
    if not known:
        synced.server.faults.add(_Empty(match=details))
    synced.let_verification_be_due()
    report = synced.sync()
    found = synced.of(report, synced.adapter.movies)
    assert (found.outcome, found.removed, found.held_back) == (SyncOutcome.INCOMPLETE, 0, 0)
    assert "incomplete" in (found.error or "")
    synced.server.faults.clear()
    synced.sync()
    synced.check()


class _Empty(WrongTotal):
    def page(self, page: Any) -> None:
        page.ids, page.total = [], 0


# --- items that nobody can read -------------------------------------------------------------------------------------


def unreadable(document: dict[str, Any]) -> dict[str, Any]:
    """Well in a slim list, spoilt in what is only asked for in full."""
    return {**document, "Genre": 7, "Genres": {"a": 1}}


@pytest.mark.slow
@pytest.mark.every_kind
def test_an_item_that_can_never_be_read_is_asked_for_again_only_when_it_changed(world: World) -> None:
    bad, gone, other = films(world)[3], films(world)[5], films(world)[7]
    remote_id = world.adapter.remote_id(bad.id)
    spoilt = world.adapter.either(world.adapter.full(), world.adapter.delta(), world.adapter.details())
    world.server.faults.add(SpoilItem(item_id=bad.id, change=unreadable, match=spoilt))
    report = world.sync()
    assert world.of(report, world.adapter.movies).failed == 1
    world.check(missing=[bad.id])
    # It explains the count from the start.
    costs_nothing(world)
    # The first comparison asks for it once more, and learns how it looks in the list.
    world.library.remove(gone.id)
    report = world.sync()
    assert world.of(report, world.adapter.movies).failed == 1
    assert asked_for(world, remote_id)
    world.library.remove(other.id)
    report = world.sync()
    found = world.of(report, world.adapter.movies)
    assert (found.mode, found.removed, found.failed) == (SyncTier.SWEEP, 1, 1)
    assert [issue.remote_id for issue in found.issues if issue.level == "error"] == [remote_id]
    assert not asked_for(world, remote_id)
    # A change elsewhere is a delta, not a comparison of everything.
    world.library.edit(films(world)[9].id, title="Elsewhere")
    assert world.of(world.sync(), world.adapter.movies).mode is SyncTier.DELTA
    # It changed, and can be read now.
    world.server.faults.clear()
    world.library.edit(bad.id, summary="Mended.")
    world.sync()
    world.check()
    costs_nothing(world)


def test_an_unreadable_item_that_heals_without_a_sign_is_found_when_all_is_compared(world: World) -> None:
    bad = films(world)[3]
    spoil = world.server.faults.add(SpoilItem(item_id=bad.id, change=unreadable, match=world.adapter.details()))
    world.sync()
    world.pass_time(600)
    world.library.edit(bad.id, stamp=False, year=1950)
    world.let_verification_be_due()
    world.sync()
    world.server.faults.remove(spoil)
    world.let_verification_be_due()
    world.sync()
    world.check()


def asked_for(world: World, remote_id: str) -> bool:
    """Whether the last sync asked for this item by its id."""
    return any(remote_id in f"{each.path}?{each.query}" for each in world.server.requests)


# --- mixed libraries ------------------------------------------------------------------------------------------------


def mix(world: World) -> str:
    """Make the movie library one of movies and shows."""
    key = world.adapter.movies
    world.adapter.mix(world.server, key)
    show = world.library.add_show("Between the Films", section=key, year=2004)
    for number in range(1, 8):
        world.library.add_episode(show, f"Part {number}", season=1, index=number)
    return key


@pytest.mark.slow
@pytest.mark.every_kind
def test_a_mixed_library_costs_no_more_than_four_requests(world: World) -> None:
    world.needs("mixed libraries")
    key = mix(world)
    report = world.sync()
    assert {each.outcome for each in report.libraries} == {OK}
    world.check()
    costs_nothing(world)
    world.library.edit(films(world)[2].id, title="Told Anew")
    report = world.sync()
    assert world.of(report, key).requests == 4
    assert world.counts(report, key) == {"updated": 1}


def test_changes_of_every_kind_in_a_mixed_library(world: World) -> None:
    world.needs("mixed libraries")
    key = mix(world)
    world.sync()
    world.pass_time(600)
    (show,) = world.library.members(key, "show")
    world.library.edit(show.id, summary="Another story.")
    world.library.edit(films(world)[2].id, title="Told Anew")
    world.library.add_movie("Fresh", year=2022)
    world.library.add_episode(show, "Epilogue", season=2, index=1)
    report = world.sync()
    assert world.counts(report, key) == {"added": 2, "updated": 2}
    assert world.of(report, key).mode is SyncTier.DELTA
    world.check()
    # One comes and another goes: together they are as many as before, but the one that came is seen.
    world.library.remove(show.id)
    world.library.add_movie("In Exchange", year=2022)
    report = world.sync()
    assert world.of(report, key).removed == 9
    world.check()


def test_spoilt_rows_are_bad_for_every_kind(world: World) -> None:
    """The one above leans on it: what is spoilt in full lists cannot be read."""
    bad = films(world)[3]
    assert unreadable({"Genre": []}) != wrong_types({"Genre": []})
    world.server.faults.add(SpoilItem(item_id=bad.id, change=unreadable))
    report = world.sync()
    assert world.of(report, world.adapter.movies).failed == 1
