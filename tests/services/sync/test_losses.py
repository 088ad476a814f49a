"""Items that arrive with less than what is stored of them: nothing of it is lost on doubt."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.services.conftest import World

from retrovue.core.domain.media import ItemKind as Kind
from retrovue.core.domain.media import RemoteFile, RemoteItem
from retrovue.core.domain.sync import RemovalState, SyncOutcome, SyncTier
from retrovue.core.services.sync.losses import Loss, doubt_of
from retrovue.core.storage.catalog.facts import StoredFacts, StoredPart
from retrovue.demo.fault_kinds import CapPages, Replace, SpoilItem, Status, WrongTotal
from retrovue.demo.faults import path
from retrovue.demo.model import Item

Document = dict[str, Any]
Change = Callable[[Document], Document]


class SpoilAll(SpoilItem):
    """Spoil every item wherever it is listed."""

    def page(self, page: Any) -> None:
        page.spoil.update(dict.fromkeys(page.ids, self.change))


def leaving_out(*names: str) -> Change:
    return lambda document: {name: value for name, value in document.items() if name not in names}


def with_null(*names: str) -> Change:
    return lambda document: {**document, **{name: None for name in names if name in document}}


def of_media(change: Callable[[Document], Any]) -> Change:
    """Change each version of an item of Plex."""
    return lambda document: (
        {**document, "Media": [change(medium) for medium in document["Media"]]} if "Media" in document else document
    )


def with_part(**values: Any) -> Change:
    return of_media(lambda medium: {**medium, "Part": [{**part, **values} for part in medium["Part"]]})


FILELESS: dict[str, dict[str, Change]] = {
    "plex": {
        "Media missing": leaving_out("Media"),
        "Media null": with_null("Media"),
        "Media empty": lambda document: {**document, "Media": []},
        "Part null": of_media(lambda medium: {**medium, "Part": None}),
        "Part empty": of_media(lambda medium: {**medium, "Part": []}),
        "file null": with_part(file=None),
        "file empty": with_part(file=""),
    },
    "mediabrowser": {
        "Path and MediaSources null": with_null("Path", "MediaSources"),
        "Path and MediaSources missing": leaving_out("Path", "MediaSources"),
        "Path null, MediaSources empty": lambda document: {**document, "Path": None, "MediaSources": []},
    },
}


def ways(world: World) -> dict[str, Change]:
    return FILELESS["plex" if world.adapter.kind.value == "plex" else "mediabrowser"]


def films(world: World) -> list[Item]:
    """Movies that share nothing with others."""
    odd = {item_id for items in world.library.oddities.values() for item_id in items}
    return [each for each in world.library.members(world.adapter.movies, "movie") if each.id not in odd]


def nothing_is_lost(world: World, before: dict[str, list[tuple[Any, ...]]]) -> None:
    after = world.dump()
    for table in ("media_files", "media_links", "movies", "episodes", "movie_guids", "episode_guids"):
        assert after[table] == before[table], table


@pytest.mark.slow
def test_a_whole_library_that_arrives_without_files(synced: World) -> None:
    """The reading is complete and its totals are right: only the files are missing, of every item."""
    for name, change in ways(synced).items():
        before = synced.dump()
        with synced.server.faults.using(SpoilAll(change=change)):
            report = synced.sync(full=True)
        found = synced.of(report, synced.adapter.movies)
        assert (found.outcome, found.removed) == (SyncOutcome.HELD_BACK, 0), name
        assert found.failed == found.held_back > 50
        waiting = synced.host.removals.all(library_id=found.library_id)
        assert len(waiting) == found.held_back
        assert all(each.is_of_files and "files only" in each.label for each in waiting)
        nothing_is_lost(synced, before)
        synced.check_order()
        # A plain sync asks for them again, and finds them whole.
        report = synced.sync()
        assert {each.outcome for each in report.libraries} == {SyncOutcome.OK}, name
        assert not any(each.failed or each.updated for each in report.libraries), name
        nothing_is_lost(synced, before)
        assert synced.host.removals.all() == []
    synced.check()
    synced.sync()
    assert synced.sync().requests == synced.adapter.idle_requests


def test_one_item_without_files_is_named_and_asked_for_again(synced: World) -> None:
    movie = films(synced)[3]
    change = next(iter(ways(synced).values()))
    before = synced.dump()
    synced.server.faults.add(SpoilItem(item_id=movie.id, change=change))
    synced.library.edit(movie.id, summary="Edited meanwhile.", updated_at=synced.library.now())
    for _run in range(3):
        report = synced.sync()
        found = synced.of(report, synced.adapter.movies)
        assert (found.outcome, found.failed, found.removed, found.updated) == (SyncOutcome.OK, 1, 0, 0)
        (issue,) = [each for each in found.issues if each.level == "error"]
        assert issue.remote_id == synced.adapter.remote_id(movie.id)
        assert movie.title in issue.message
        assert issue.remote_id in issue.message
        nothing_is_lost(synced, before)
    # Also when a week goes by: no server means that.
    synced.let_verification_be_due()
    assert synced.of(synced.sync(), synced.adapter.movies).failed == 1
    nothing_is_lost(synced, before)
    synced.server.faults.clear()
    report = synced.sync()
    assert synced.counts(report, synced.adapter.movies) == {"updated": 1}
    synced.check()


@pytest.mark.every_kind
def test_a_row_without_a_name_keeps_its_name_and_ids(synced: World) -> None:
    movie = films(synced)[3]
    names = ("title", "Name", "OriginalTitle", "originalTitle", "Guid", "guid", "ProviderIds")
    for change in (leaving_out(*names), with_null(*names)):
        before = synced.dump()
        synced.library.edit(movie.id, updated_at=synced.library.now())
        with synced.server.faults.using(SpoilItem(item_id=movie.id, change=change)):
            found = synced.of(synced.sync(), synced.adapter.movies)
        assert (found.failed, found.removed, found.updated) == (1, 0, 0)
        nothing_is_lost(synced, before)
        report = synced.sync()
        assert not any(each.failed for each in report.libraries)
    synced.check()


@pytest.mark.every_kind
def test_an_episode_without_its_show_stays_in_it(synced: World) -> None:
    episode = synced.library.members(synced.adapter.anime, "episode")[3]
    before = synced.dump()
    names = ("grandparentRatingKey", "grandparentTitle", "SeriesId", "SeriesName")
    synced.library.edit(episode.id, updated_at=synced.library.now())
    with synced.server.faults.using(SpoilItem(item_id=episode.id, change=leaving_out(*names))):
        found = synced.of(synced.sync(), synced.adapter.anime)
    assert (found.failed, found.removed, found.updated) == (1, 0, 0)
    nothing_is_lost(synced, before)
    synced.sync()
    synced.check()


@pytest.mark.every_kind
def test_the_sync_of_one_show_loses_nothing_either(synced: World) -> None:
    """What it doubts is asked for again by the next sync of everything."""
    show = next(each for each in synced.library.members(synced.adapter.shows, "show") if each.year)
    episode = next(each for each in synced.library.leaves(show.id) if each.versions)
    before = synced.dump()
    change = next(iter(ways(synced).values()))
    with synced.server.faults.using(SpoilItem(item_id=episode.id, change=change)):
        report = synced.sync(show_title=show.title, show_year=show.year)
        assert sum(each.failed for each in report.libraries) == 1
        nothing_is_lost(synced, before)
        assert synced.of(synced.sync(), synced.adapter.shows).failed == 1
    nothing_is_lost(synced, before)
    synced.sync()
    synced.check()


def fewer_parts(document: Document) -> Document:
    return {**document, "Media": [{**medium, "Part": medium["Part"][:1]} for medium in document.get("Media", [])]}


@pytest.mark.every_kind
def test_fewer_parts_than_before(synced: World) -> None:
    """Believed when the server says so for a day; until then both files stay."""
    movie = synced.library.items[synced.library.oddities["multi_part"][0]]
    assert len(movie.versions[0].parts) == 2
    before = synced.dump()
    if synced.adapter.kind.value == "plex":
        synced.server.faults.add(SpoilItem(item_id=movie.id, change=fewer_parts))
    else:
        synced.server.faults.add(Replace(find=b'"PartCount":2', by=b'"PartCount":1', count=-1))
    synced.library.edit(movie.id, updated_at=synced.library.now())
    for _run in range(2):
        found = synced.of(synced.sync(), synced.adapter.movies)
        assert (found.outcome, found.failed, found.updated) == (SyncOutcome.OK, 1, 0)
        assert "1 of its 2 files" in found.issues[0].message
        nothing_is_lost(synced, before)
    synced.pass_time(86_400)
    report = synced.sync()
    assert synced.counts(report, synced.adapter.movies) == {"updated": 1}
    assert synced.value("SELECT count(*) FROM media_files WHERE removed_at IS NOT NULL") == 1
    synced.check_order()
    synced.server.faults.clear()
    synced.sync(full=True)
    synced.check()


@pytest.mark.every_kind
@pytest.mark.parametrize("answer", ["404", "500", "empty", "short"])
def test_further_parts_that_do_not_come(synced: World, answer: str) -> None:
    """The item says how many parts it has: fewer is a fault, however often the server repeats it."""
    if synced.adapter.kind.value == "plex":
        pytest.skip("parts are in the lists")
    parts = path(r"/AdditionalParts$")
    movie = synced.library.items[synced.library.oddities["multi_part"][1]]
    assert len(movie.versions[0].parts) == 3
    faults = {
        "404": Status(status=404, match=parts),
        "500": Status(status=500, match=parts),
        "empty": _Rows(match=parts, keep=0),
        "short": _Rows(match=parts, keep=1),
    }
    before = synced.dump()
    synced.server.faults.add(faults[answer])
    report = synced.sync(full=True)
    found = synced.of(report, synced.adapter.movies)
    # With one of two further parts the film of two files is whole.
    assert (found.outcome, found.failed, found.updated) == (SyncOutcome.OK, 1 if answer == "short" else 2, 0)
    nothing_is_lost(synced, before)
    synced.pass_time(86_400)
    assert synced.of(synced.sync(), synced.adapter.movies).failed == found.failed
    nothing_is_lost(synced, before)
    synced.server.faults.clear()
    report = synced.sync()
    assert not any(each.failed or each.updated for each in report.libraries)
    synced.check()


@pytest.mark.every_kind
def test_a_first_import_without_further_parts_asks_for_them_again(world: World) -> None:
    if world.adapter.kind.value == "plex":
        pytest.skip("parts are in the lists")
    with world.server.faults.using(Status(status=404, match=path(r"/AdditionalParts$"))):
        found = world.of(world.sync(), world.adapter.movies)
    assert found.outcome is SyncOutcome.OK
    assert sum("1 of its" in issue.message for issue in found.issues) == 2
    report = world.sync()
    assert world.counts(report, world.adapter.movies) == {"updated": 2}
    world.check()


class _Rows(Replace):
    def __init__(self, *, keep: int, **facts: Any) -> None:
        super().__init__(**facts)
        self._keep = keep

    def answer(self, request: Any, response: Any) -> Any:
        rows = json.loads(response.body)["Items"][: self._keep]
        response.body = json.dumps({"Items": rows, "TotalRecordCount": len(rows)}).encode()
        return response


def test_versions_that_many_items_lose_at_once_are_held_back(new_world: Callable[..., World]) -> None:
    world = new_world(movies=0, shows=1, episodes=1)
    library = world.library
    for number in range(40):
        movie = library.add_movie(f"Film {number}", year=1950 + number)
        if number < 25:
            second = library.items[library.add_movie(f"Other {number}", year=1990).id]
            movie.versions += second.versions
            library.remove(second.id)
    world.sync()
    world.check()
    two = [each for each in library.members(world.adapter.movies, "movie") if len(each.versions) == 2]
    kept = {each.id: each.versions for each in two}

    def lose(movies: list[Item]) -> None:
        for movie in movies:
            movie.versions = movie.versions[:1]
            library.edit(movie.id, updated_at=library.now())

    # Some: an ordinary change.
    lose(two[:2])
    report = world.sync()
    assert world.counts(report, world.adapter.movies) == {"updated": 2}
    world.check()
    before = world.dump()
    lose(two[2:])
    found = world.of(world.sync(), world.adapter.movies)
    assert (found.outcome, found.held_back, found.updated) == (SyncOutcome.HELD_BACK, 23, 0)
    nothing_is_lost(world, before)
    waiting = world.host.removals.all()
    assert [(each.state, each.is_of_files) for each in waiting] == [(RemovalState.HELD_BACK, True)] * 23
    # Some may go, one is kept; the others are asked about again.
    assert world.host.removals.accept([waiting[0].id], now=world.clock.epoch()) == 1
    assert world.host.removals.restore([waiting[1].id], now=world.clock.epoch()) == 1
    nothing_is_lost(world, before)
    found = world.of(world.sync(), world.adapter.movies)
    assert (found.outcome, found.updated, found.held_back) == (SyncOutcome.HELD_BACK, 1, 21)
    assert len(world.host.removals.all()) == 21
    gone = world.value("SELECT count(*) FROM media_files WHERE removed_at IS NOT NULL")
    assert gone == 2 + 1
    # What is kept stays when few are left that lost files.
    waiting = world.host.removals.all()
    world.host.removals.accept([each.id for each in waiting], now=world.clock.epoch())
    found = world.of(world.sync(), world.adapter.movies)
    assert (found.outcome, found.updated, found.held_back) == (SyncOutcome.OK, 21, 0)
    assert world.host.removals.all() == []
    world.sync(full=True)
    assert world.value("SELECT count(*) FROM media_files WHERE removed_at IS NOT NULL") == 2 + 22
    for movie in two[2:]:
        movie.versions = kept[movie.id]
        library.edit(movie.id, updated_at=library.now())
    found = world.of(world.sync(), world.adapter.movies)
    assert (found.outcome, found.held_back, found.removed) == (SyncOutcome.OK, 0, 0)
    assert world.host.removals.all() == []
    world.check()


@pytest.mark.parametrize("full", [False, True])
def test_all_films_are_replaced_by_as_many_others(new_world: Callable[..., World], full: bool) -> None:
    """Shares are counted on what was stored: what the run added hides nothing."""
    world = new_world(movies=0, shows=1, episodes=1)
    films = [world.library.add_movie(f"Film {number}", year=1950 + number) for number in range(10)]
    world.sync()
    for film in films:
        world.library.remove(film.id)
    for number in range(10):
        world.library.add_movie(f"Another {number}", year=2000 + number)
    found = world.of(world.sync(full=full), world.adapter.movies)
    assert (found.outcome, found.held_back, found.removed, found.added) == (SyncOutcome.HELD_BACK, 10, 0, 10)
    assert world.value("SELECT count(*) FROM movies WHERE removed_at IS NULL") == 20


@pytest.mark.parametrize("cap", [7, 20, 25])
def test_a_total_that_is_too_small_where_pages_are_capped(synced: World, cap: int) -> None:
    """What lies beyond the total is looked for: two films that just came are not lost until the next verification."""
    synced.host.settings_store.update(gentle="on")
    listing = synced.adapter.listing(synced.adapter.movies)
    for number in range(2):
        synced.library.add_movie(f"Newcomer {number}", year=2020)
    synced.server.faults.add(CapPages(limit=cap, match=listing))
    synced.server.faults.add(WrongTotal(by=-5, match=synced.adapter.full(synced.adapter.movies), times=50))
    report = synced.sync(full=True)
    assert synced.of(report, synced.adapter.movies).removed == 0
    synced.server.faults.clear()
    synced.sync()
    synced.check()


@pytest.mark.every_kind
def test_a_list_that_lacks_what_the_server_knows_removes_nothing(synced: World) -> None:
    """A hidden item proves that the list lacks something: then the one that is really gone may not go either."""
    movies = films(synced)
    hidden, gone = movies[4].id, movies[5].id
    synced.library.remove(gone)

    class Hides(WrongTotal):
        def page(self, page: Any) -> None:
            page.ids = [each for each in page.ids if each != hidden]
            page.total = len(page.all_ids) - (hidden in page.all_ids)

    synced.server.faults.add(Hides(match=synced.adapter.slim(synced.adapter.movies), times=1))
    synced.let_verification_be_due()
    report = synced.sync()
    found = synced.of(report, synced.adapter.movies)
    # The list is read again: it has the hidden one, and still lacks the other.
    assert (found.outcome, found.removed) == (SyncOutcome.OK, 1)
    synced.check()
    synced.server.faults.add(Hides(match=synced.adapter.slim(synced.adapter.movies), times=1))
    another = movies[7].id
    synced.server.faults.add(_HidesLater(another, match=synced.adapter.slim(synced.adapter.movies), after=1))
    synced.library.remove(movies[6].id)
    synced.let_verification_be_due()
    found = synced.of(synced.sync(), synced.adapter.movies)
    assert (found.outcome, found.removed) == (SyncOutcome.INCOMPLETE, 0)
    synced.server.faults.clear()
    found = synced.of(synced.sync(), synced.adapter.movies)
    assert found.mode is SyncTier.SWEEP
    assert found.removed == 1
    synced.check()


class _HidesLater(WrongTotal):
    def __init__(self, item_id: int, **facts: Any) -> None:
        super().__init__(**facts)
        self._item_id = item_id

    def page(self, page: Any) -> None:
        page.ids = [each for each in page.ids if each != self._item_id]
        page.total = len(page.all_ids) - (self._item_id in page.all_ids)


def _files(*parts: tuple[int, str, int | None]) -> tuple[RemoteFile, ...]:
    return tuple(RemoteFile(name, size, version_index=version) for version, name, size in parts)


@pytest.mark.parametrize(
    ("stored", "arrives", "loss"),
    [
        ([(0, "a", 1)], [(0, "a", 1)], None),
        ([(0, "a", 1)], [(0, "b", 2)], None),
        ([(0, "a", 1)], [], Loss.FILES),
        ([(0, "a", 1), (0, "b", 1)], [(0, "a", 1)], Loss.PARTS),
        ([(0, "a", 1), (0, "b", 1)], [(0, "b", 1)], Loss.PARTS),
        ([(0, "a", 1), (0, "b", 1)], [(0, "a", 1), (0, "c", 1)], None),
        ([(0, "a", 1), (0, "b", 1)], [(0, "whole", 2)], Loss.VERSION),
        ([(0, "a", 1), (1, "b", 1)], [(0, "a", 1)], Loss.VERSION),
        ([(0, "a", 1), (1, "b", 1)], [(0, "b", 1)], Loss.VERSION),
        ([(0, "a", 1), (1, "b", 1)], [(0, "b", 1), (1, "a", 1)], None),
        ([(0, "a", 1), (1, "b", 1), (1, "c", 1)], [(0, "a", 1), (1, "b", 1)], Loss.PARTS),
        ([(0, "a", 1)], [(0, "a", None)], Loss.SIZES),
        ([(0, "a", None)], [(0, "a", None)], None),
        ([], [], None),
        ([], [(0, "a", 1)], None),
    ],
)
def test_what_counts_as_a_loss(
    stored: list[tuple[int, str, int | None]], arrives: list[tuple[int, str, int | None]], loss: Loss | None
) -> None:
    facts = StoredFacts("Film", None, tuple(StoredPart(*each) for each in stored))
    doubt = doubt_of(facts, RemoteItem(Kind.MOVIE, "7", "Film", 1, files=_files(*arrives)))
    assert (doubt and doubt.loss) == loss
    if doubt is not None:
        assert "Film" in doubt.reason("7")
        assert "7" in doubt.reason("7")
