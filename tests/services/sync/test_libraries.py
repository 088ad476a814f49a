"""Servers and libraries that vanish, return, are reused or are not who they were."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.services.conftest import World

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import ServerState
from retrovue.core.domain.sync import Initiator, SyncOutcome, SyncRun, SyncTier
from retrovue.core.services.servers import libraries as library_service
from retrovue.demo.fault_kinds import Status


@pytest.mark.every_kind
def test_a_library_that_vanished_is_unavailable_and_comes_back(synced: World) -> None:
    key = synced.adapter.movies_4k
    movies = synced.listed("movie")
    synced.library.remove_section(key)
    report = synced.sync()
    found = synced.of(report, key)
    assert (found.outcome, found.removed, found.held_back) == (SyncOutcome.UNAVAILABLE, 0, 0)
    assert found.error
    since = synced.stored_library(key).unavailable_since
    assert since is not None
    assert synced.value("SELECT count(*) FROM movies WHERE removed_at IS NULL") == movies
    synced.check()
    synced.sync()
    assert synced.stored_library(key).unavailable_since == since
    synced.library.restore_section(key)
    report = synced.sync()
    assert synced.of(report, key).outcome is SyncOutcome.OK
    assert synced.stored_library(key).unavailable_since is None
    assert not report.wrote
    synced.check()


def test_the_id_of_a_library_is_given_to_another_one(synced: World) -> None:
    """Its uuid says that it is not the same: nothing of the old one is removed or mixed in."""
    synced.needs("library uuid")
    key = synced.adapter.movies_4k
    old_library = synced.stored_library(key)
    old_items = [each.id for each in synced.library.members(key, "movie")]
    with synced.library.lock:
        section = synced.library.sections[key]
        withdrawn = [synced.library.items[each] for each in old_items]
        for item in withdrawn:
            synced.library.discard(item)
        synced.library.sections[key] = replace(section, title="Documentaries", uuid="0" * 32)
    for number in range(3):
        synced.library.add_movie(f"Reef {number}", section=key, year=2001)
    report = synced.sync()
    by_name = {each.library: each for each in report.libraries}
    assert by_name["Documentaries"].added == 3
    assert by_name["4K Movies"].outcome is SyncOutcome.UNAVAILABLE
    assert sum(each.removed + each.held_back for each in report.libraries) == 0
    assert synced.value("SELECT count(*) FROM movies WHERE library_id = ?", old_library.id) == len(old_items)
    synced.check()
    with synced.library.lock:
        # The old one returns under an id of its own.
        synced.library.sections["9"] = replace(section, key="9")
        for item in withdrawn:
            item.section = "9"
            synced.library.insert(item)
        synced.library.touch_section("9")
    synced.sync()
    library = next(each for each in synced.host.libraries.all() if each.name == "4K Movies")
    assert (library.id, library.remote_id) == (old_library.id, "9")
    synced.check()


def test_libraries_that_are_not_imported_cost_nothing(synced: World) -> None:
    assert {each.name for each in synced.host.libraries.all() if not each.is_enabled} == {"Music", "Photos"}
    library = synced.stored_library(synced.adapter.movies)
    synced.host.libraries.change(library.id, is_enabled=False)
    synced.library.add_movie("Unseen", year=2001)
    report = synced.sync()
    assert library.id not in {each.library_id for each in report.libraries}
    assert not report.wrote


def test_a_server_that_is_added_again_continues(synced: World) -> None:
    before = synced.dump()
    synced.host.servers.remove(synced.stored.id, now=synced.clock.epoch())
    with pytest.raises(ConfigError):
        synced.sync()
    again = synced.add_server("Home")
    assert again.id == synced.stored.id
    report = synced.sync()
    assert report.requests == synced.adapter.idle_requests
    assert synced.dump() == before
    synced.check()


@pytest.mark.every_kind
def test_another_machine_at_the_address_is_refused(synced: World, new_world: Callable[..., World]) -> None:
    other = new_world(seed=99, shows=2, episodes=20, movies=3)
    before = synced.dump()
    synced.host.servers.change(synced.stored.id, url=other.server.url)
    report = synced.sync()
    (failure,) = report.failures
    assert failure.reason == "other"
    assert "A different server" in failure.message
    assert report.libraries == ()
    assert synced.dump() == before


def test_one_server_of_two_fails(synced: World, new_world: Callable[..., World]) -> None:
    other = new_world(seed=99, shows=2, episodes=20, movies=30)
    source = other.adapter.source(other.adapter.connection(other.server), None, other.sizes, other._wait)
    info = source.probe()
    source.close()
    added = synced.host.servers.add(name="Other", url=other.server.url, info=info, now=synced.clock.epoch())
    synced.server.stop()
    report = synced.sync()
    (failure,) = report.failures
    assert (failure.server, failure.reason) == ("Demo", "unreachable")
    assert sum(each.added for each in report.libraries if each.server_id == added.id) == other.total
    assert synced.host.servers.get(synced.stored.id).state is ServerState.NOT_REACHABLE
    synced.server.start()
    report = synced.sync()
    assert report.failures == ()
    assert synced.host.servers.get(synced.stored.id).state is ServerState.ONLINE
    synced.host.servers.remove(added.id, now=synced.clock.epoch())


def test_runs_are_kept_with_what_they_did(synced: World) -> None:
    synced.library.add_movie("Noted", year=2001)
    synced.sync()
    runs = synced.host.runs.recent()
    newest = next(each for each in runs if each.library == "Movies")
    assert (newest.added, newest.outcome, newest.mode) == (1, SyncOutcome.OK, SyncTier.DELTA)
    assert newest.requests > 0
    assert all(each.finished_at is not None for each in runs)
    assert len([each for each in runs if each.mode is SyncTier.FULL]) == 4


def test_a_server_that_cannot_be_reached_leaves_one_line(synced: World) -> None:
    """Only a banner told of it: an hour later nobody could see that the sync had not happened."""
    known = {each.id for each in synced.host.runs.recent()}

    def new_runs() -> list[SyncRun]:
        return [each for each in synced.host.runs.recent() if each.id not in known]

    synced.server.stop()
    synced.sync()
    (line,) = new_runs()
    assert (line.server, line.library, line.library_id) == ("Demo", "4 libraries", None)
    assert (line.outcome, line.initiator) == (SyncOutcome.UNAVAILABLE, Initiator.PERSON)
    assert line.error
    assert line.finished_at is not None
    synced.sync(library_ids=(synced.stored_library(synced.adapter.movies_4k).id,))
    assert new_runs()[0].library == "4K Movies"
    # A server that is off for the night is asked every few minutes; it has its line already.
    synced.sync(initiator=Initiator.SCHEDULE)
    synced.sync(dry_run=True)
    assert len(new_runs()) == 2
    synced.server.start()
    synced.sync(initiator=Initiator.SCHEDULE)
    known |= {each.id for each in synced.host.runs.recent()}
    synced.server.stop()
    synced.sync(initiator=Initiator.SERVER_HINT)
    assert new_runs() == []


def test_a_scheduled_sync_tells_once_that_a_server_is_away(synced: World) -> None:
    known = {each.id for each in synced.host.runs.recent()}
    synced.server.stop()
    for _again in range(3):
        synced.sync(initiator=Initiator.SCHEDULE)
    (line,) = [each for each in synced.host.runs.recent() if each.id not in known]
    assert (line.outcome, line.initiator) == (SyncOutcome.UNAVAILABLE, Initiator.SCHEDULE)


def test_a_refused_sign_in_leaves_a_line_that_failed(synced: World) -> None:
    known = {each.id for each in synced.host.runs.recent()}
    with synced.server.faults.using(Status(status=401, match=synced.adapter.sections())):
        assert [each.reason for each in synced.sync().failures] == ["sign_in"]
    (line,) = [each for each in synced.host.runs.recent() if each.id not in known]
    assert (line.outcome, line.library) == (SyncOutcome.FAILED, "4 libraries")


def test_nothing_to_sync_says_so(synced: World) -> None:
    synced.host.servers.change(synced.stored.id, is_active=False)
    with pytest.raises(ConfigError):
        synced.sync()


def test_a_renamed_library_and_new_roots(synced: World) -> None:
    section = synced.library.sections[synced.adapter.movies]
    library_id = synced.stored_library(synced.adapter.movies).id
    section.title = "Cinema"
    section.roots[0].path = "/srv/cinema"
    synced.sync()
    library = synced.host.libraries.get(library_id)
    assert library is not None
    assert (library.name, [root.path for root in library.roots]) == ("Cinema", ["/srv/cinema"])


def rebuilt(world: World, key: str, new_key: str) -> None:
    """The library was deleted on the server and created anew: other ids everywhere, the same guids and files."""
    with world.library.lock:
        section = world.library.sections.pop(key)
        world.library.sections[new_key] = replace(section, key=new_key, uuid="f" * 32)
        family = [each for each in world.library.items.values() if each.section == key]
        for item in family:
            world.library.discard(item)
        for item in family:
            item.section = new_key
            world.library.insert(item)
    world.library.rebuild_section(new_key)


@pytest.mark.parametrize("name", ["movies", "movies_4k", "shows", "anime"])
def test_a_library_that_was_made_anew_takes_over_the_rows(synced: World, name: str) -> None:
    key = getattr(synced.adapter, name)
    table = "movies" if name.startswith("movies") else "episodes"
    before = {
        (row["server_path"], row["id"])
        for row in synced.rows(
            f"SELECT t.id, f.server_path FROM {table} t JOIN media_links k ON k.{table[:-1]}_id = t.id "
            "JOIN media_files f ON f.id = k.media_file_id"
        )
    }
    shows = {row["id"] for row in synced.rows("SELECT id FROM shows")}
    total = synced.total
    rebuilt(synced, key, "12")
    report = synced.sync()
    assert sum(each.removed + each.held_back for each in report.libraries) == 0
    after = {
        (row["server_path"], row["id"])
        for row in synced.rows(
            f"SELECT t.id, f.server_path FROM {table} t JOIN media_links k ON k.{table[:-1]}_id = t.id "
            "JOIN media_files f ON f.id = k.media_file_id"
        )
    }
    assert after == before
    assert {row["id"] for row in synced.rows("SELECT id FROM shows WHERE removed_at IS NULL")} == shows
    assert synced.total == total
    # The film without a file has nothing to be known again by.
    left = synced.rows(
        "SELECT title FROM movies WHERE library_id IN (SELECT id FROM libraries WHERE unavailable_since)"
    )
    assert len(left) <= 1
    if not left:
        assert [each.outcome for each in report.libraries] == [SyncOutcome.OK] * len(report.libraries)
        synced.check()
    report = synced.sync()
    assert not report.wrote


def test_two_libraries_that_claim_one_uuid_stay_two(world: World) -> None:
    """A copied database: whatever order they are listed in, each keeps its own rows."""
    world.needs("library uuid")
    one, other = world.library.sections[world.adapter.movies], world.library.sections[world.adapter.movies_4k]
    other.uuid = one.uuid
    world.sync()
    world.check()
    before = world.dump()
    with world.library.lock:
        world.library.sections = dict(reversed(world.library.sections.items()))
    for _run in range(2):
        report = world.sync(full=True)
        assert not report.wrote
        assert world.dump()["media_links"] == before["media_links"]
    assert len([each for each in world.host.libraries.all() if each.kind.is_imported]) == 4
    # One of them goes: the other one is still who it was.
    world.library.remove_section(other.key)
    report = world.sync()
    assert world.of(report, other.key).outcome is SyncOutcome.UNAVAILABLE
    assert not report.wrote
    world.library.restore_section(other.key)
    world.sync()
    world.check()


@pytest.mark.every_kind
def test_a_library_that_is_gone_is_let_go_and_brought_back(synced: World) -> None:
    key = synced.adapter.movies_4k
    library = synced.stored_library(key)
    with pytest.raises(ConfigError):
        library_service.forget(synced.host, library)
    synced.library.remove_section(key)
    synced.sync()
    count = synced.value("SELECT count(*) FROM movies WHERE library_id = ?", library.id)
    counts = library_service.forget(synced.host, synced.stored_library(key))
    assert counts == {ItemKind.MOVIE: count, ItemKind.SHOW: 0, ItemKind.EPISODE: 0}
    assert library.id not in {each.id for each in synced.host.libraries.all()}
    synced.check_order()
    # Nothing is left to complain of.
    report = synced.sync()
    assert {each.outcome for each in report.libraries} == {SyncOutcome.OK}
    removals = synced.host.removals.all(library_id=library.id)
    assert len(removals) == count
    synced.host.removals.restore([each.id for each in removals], now=synced.clock.epoch())
    assert library.id in {each.id for each in synced.host.libraries.all()}
    assert synced.value("SELECT count(*) FROM movies WHERE library_id = ? AND removed_at IS NULL", library.id) == count
    library_service.forget(synced.host, synced.stored_library(key))
    synced.host.removals.purge()
    assert synced.value("SELECT count(*) FROM movies WHERE library_id = ?", library.id) == 0
    synced.library.restore_section(key)
    synced.sync()
    synced.check()


def test_no_time_of_a_sync_lies_in_the_future(world: World) -> None:
    world.sync()
    world.clock.seconds -= 3_600
    world.sync(full=True, pause_s=0)
    for library in world.host.libraries.all():
        if library.last_sync_at is not None:
            assert library.last_sync_at <= world.clock.now()
