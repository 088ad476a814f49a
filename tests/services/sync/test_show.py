"""The sync of one show, without looking at the rest of its library."""

import pytest
from tests.services.conftest import World

from retrovue.core.domain.sync import SyncOutcome, SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.sync.show import find_shows
from retrovue.demo.fault_kinds import CutInBody, EmptyPage, Status


@pytest.mark.every_kind
def test_only_the_named_show_is_read(synced: World) -> None:
    first, second = synced.library.members(synced.adapter.shows, "show")[:2]
    synced.library.add_episode(first, "Of the first", season=2)
    other = synced.library.add_episode(second, "Of the second", season=2)
    report = synced.sync(show_title=first.title.upper())
    assert [each.added for each in report.libraries] == [1]
    asked = [request.query for request in synced.server.requests]
    assert not any("type=4" in query or "IncludeItemTypes=Episode" in query for query in asked)
    synced.check(missing=[other.id, *(each.id for each in synced.library.ancestors(other) if each.kind == "season")])
    synced.sync()
    synced.check()


def test_nothing_is_removed(synced: World) -> None:
    show = synced.library.members(synced.adapter.shows, "show")[0]
    gone = synced.library.leaves(show.id)[0]
    synced.library.remove(gone.id)
    report = synced.sync(show_title=show.title)
    assert [each.removed for each in report.libraries] == [0]
    synced.check(kept=[synced.adapter.remote_id(gone.id)])


def test_several_shows_of_one_title(synced: World) -> None:
    title = synced.library.members(synced.adapter.shows, "show")[0].title
    year = synced.library.members(synced.adapter.shows, "show")[0].year
    synced.library.add_show(title, section=synced.adapter.shows, year=1950)
    synced.library.add_show(title, section=synced.adapter.anime, year=1960)
    found = find_shows(synced.host, SyncRequest(show_title=title), CancelToken())
    assert sorted((library.name, show.year or 0) for library, show in found) == sorted(
        [("TV Shows", year or 0), ("TV Shows", 1950), ("Anime", 1960)]
    )
    narrowed = find_shows(synced.host, SyncRequest(show_title=title, show_year=1950), CancelToken())
    assert [show.year for _library, show in narrowed] == [1950]
    report = synced.sync(show_title=title, show_year=1960)
    assert [(each.library, each.added) for each in report.libraries] == [("Anime", 1)]


def test_a_title_that_no_server_has(synced: World) -> None:
    report = synced.sync(show_title="There is no such show")
    assert report.libraries == ()
    assert find_shows(synced.host, SyncRequest(show_title="There is no such show"), CancelToken()) == []


def test_a_show_that_cannot_be_read_is_incomplete(synced: World) -> None:
    show = synced.library.members(synced.adapter.shows, "show")[0]
    synced.library.add_episode(show, "Unread", season=2)
    episodes = synced.adapter.episodes_of()
    with synced.server.faults.using(Status(status=500, match=episodes)):
        report = synced.sync(show_title=show.title)
    assert [each.outcome for each in report.libraries] == [SyncOutcome.INCOMPLETE]
    assert report.libraries[0].error
    with synced.server.faults.using(EmptyPage(match=episodes)):
        report = synced.sync(show_title=show.title)
    assert [each.outcome for each in report.libraries] == [SyncOutcome.INCOMPLETE]
    with synced.server.faults.using(CutInBody(match=episodes, times=1)):
        report = synced.sync(show_title=show.title)
    assert [each.outcome for each in report.libraries] == [SyncOutcome.OK]
    synced.check()


def test_a_refused_sign_in_stops(synced: World) -> None:
    show = synced.library.members(synced.adapter.shows, "show")[0]
    before = synced.dump()
    with synced.server.faults.using(Status(status=401, match=synced.adapter.episodes_of())):
        report = synced.sync(show_title=show.title)
    assert [each.reason for each in report.failures] == ["sign_in"]
    assert synced.dump() == before


@pytest.mark.every_kind
def test_a_show_that_was_found_is_not_looked_for_again(synced: World) -> None:
    show = synced.library.members(synced.adapter.shows, "show")[0]
    synced.library.add_episode(show, "One more", season=2)
    asked = SyncRequest(show_title=show.title)
    shows = tuple((library.id, item) for library, item in find_shows(synced.host, asked, CancelToken()))
    plain = synced.sync(show_title=show.title, dry_run=True).requests
    narrowed = tuple(library_id for library_id, _show in shows)
    report = synced.sync(show_title=show.title, shows=shows, library_ids=narrowed)
    assert [each.added for each in report.libraries] == [1]
    # Who answers, the libraries, the episodes; no search in any library.
    assert report.requests == 3 < plain
    synced.check()
