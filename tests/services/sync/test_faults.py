"""Servers, networks and proxies that misbehave: nothing is lost, the cause is named, the next sync is right again."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.services.conftest import World

from retrovue.core.domain.servers import ServerState
from retrovue.core.domain.sync import SyncOutcome, SyncReport
from retrovue.demo.fault_kinds import (
    BadGzip,
    CapPages,
    Cut,
    CutInBody,
    Drip,
    Duplicates,
    EmptyPage,
    Flag,
    Hang,
    Html,
    Malformed,
    Overlap,
    RefuseLargePages,
    Replace,
    Run,
    SpoilItem,
    Status,
    Truncate,
    WrongTotal,
    without_key,
    wrong_types,
)
from retrovue.demo.faults import Fault, Match

Make = Callable[..., Fault]

OK, INCOMPLETE, FAILED = SyncOutcome.OK, SyncOutcome.INCOMPLETE, SyncOutcome.FAILED
BAD = {INCOMPLETE, FAILED}

# name: (the fault on pages of Movies, outcomes of Movies, a word of the message)
FAULTS: dict[str, tuple[Make, set[SyncOutcome], str]] = {
    "500 on every third": (lambda **on: Status(status=500, every=3, **on), {OK}, ""),
    "500 always": (lambda **on: Status(status=500, **on), BAD, "500"),
    "500 from the third page on": (lambda **on: Status(status=500, after=2, **on), BAD, "500"),
    "503 with a short wait": (lambda **on: Status(status=503, retry_after="1", times=2, **on), {OK}, ""),
    "503 for an hour": (lambda **on: Status(status=503, retry_after="3600", **on), BAD, "wait"),
    "429 once": (lambda **on: Status(status=429, times=1, **on), {OK}, ""),
    "429 always": (lambda **on: Status(status=429, retry_after="0", **on), BAD, "wait"),
    "404": (lambda **on: Status(status=404, **on), BAD, ""),
    "400 to large pages": (lambda **on: RefuseLargePages(limit=30, **on), {OK}, ""),
    "reset before every fourth": (lambda **on: Cut(every=4, **on), {OK}, ""),
    "closed before every fourth": (lambda **on: Cut(every=4, reset=False, **on), {OK}, ""),
    "reset always": (lambda **on: Cut(**on), BAD, ""),
    "cut in every third body": (lambda **on: CutInBody(every=3, **on), {OK}, ""),
    "cut in each body": (lambda **on: CutInBody(share=0.3, **on), BAD, "closed the connection"),
    "truncated once": (lambda **on: Truncate(times=1, **on), {OK, INCOMPLETE}, ""),
    "truncated always": (lambda **on: Truncate(**on), BAD, ""),
    "malformed once": (lambda **on: Malformed(after=1, times=1, **on), {OK, INCOMPLETE}, ""),
    "malformed always": (lambda **on: Malformed(**on), BAD, ""),
    "a login page": (lambda **on: Html(**on), BAD, ""),
    "a login page in the middle": (lambda **on: Html(after=2, **on), BAD, ""),
    "one too many": (lambda **on: WrongTotal(by=1, **on), BAD, ""),
    "one too few": (lambda **on: WrongTotal(by=-1, **on), BAD, ""),
    "no total": (lambda **on: WrongTotal(by=None, **on), BAD, "total"),
    "a total that moves": (lambda **on: WrongTotal(by=1, moving=True, **on), BAD, ""),
    "capped pages": (lambda **on: CapPages(limit=7, **on), {OK}, ""),
    "an empty page once": (lambda **on: EmptyPage(after=1, times=1, **on), {OK}, ""),
    "an empty page in the middle": (lambda **on: EmptyPage(after=1, every=2, **on), BAD | {OK}, ""),
    "only empty pages": (lambda **on: EmptyPage(**on), BAD, ""),
    "duplicates": (lambda **on: Duplicates(every=2, **on), BAD, ""),
    "overlaps": (lambda **on: Overlap(items=5, **on), BAD | {OK}, ""),
    "bad gzip": (lambda **on: BadGzip(**on), BAD, "decompressed"),
    "bad gzip once": (lambda **on: BadGzip(after=1, times=1, **on), {OK, INCOMPLETE}, ""),
    "always XML": (lambda **on: Flag(flag="always_xml", **on), {OK}, ""),
    "the JSON of 2015": (lambda **on: Flag(flag="legacy_tree", **on), BAD, "old"),
    "hoisted attributes": (lambda **on: Flag(flag="hoist", **on), {OK}, ""),
    "slimming ignored": (lambda **on: Flag(flag="ignore_slim", **on), {OK}, ""),
}
_FORMATS_OF_PLEX = ("always XML", "the JSON of 2015", "hoisted attributes", "slimming ignored")


def fault_of(world: World, name: str, match: Match) -> tuple[Fault, set[SyncOutcome], str]:
    if name in _FORMATS_OF_PLEX:
        world.needs("plex formats")
    make, outcomes, word = FAULTS[name]
    if name == "one too many" and world.adapter.overcounts:
        outcomes = {OK}
    return make(match=match), outcomes, word


def small_pages(world: World) -> None:
    world.sizes.page, world.sizes.slim, world.sizes.ids = 12, 14, 10
    world.sizes.read_timeout_s, world.sizes.total_timeout_s = 0.4, 1.2


def change(world: World) -> int:
    """Something added, edited, renamed and removed in Movies; returns the id that went."""
    library, key = world.library, world.adapter.movies
    movies = library.members(key, "movie")
    gone = movies[20].id
    library.edit(movies[22].id, title="Edited meanwhile")
    world.rename_file(movies[24].id, "/media/movies/renamed.mkv", bump=True)
    library.add_movie("Added meanwhile", year=2023)
    library.remove(gone)
    return gone


def everything_is_kept(world: World) -> None:
    """No row of an item that the server still has was removed."""
    wanted = {
        world.adapter.remote_id(each.id)
        for each in world.library.items.values()
        if each.kind in ("movie", "show", "episode") and each.section in world.library.sections
    }
    for table in ("movies", "shows", "episodes"):
        removed = {row[0] for row in world.rows(f"SELECT remote_id FROM {table} WHERE removed_at IS NOT NULL")}
        assert not removed & wanted


def judge(world: World, report: SyncReport, outcomes: set[SyncOutcome], word: str) -> None:
    found = world.of(report, world.adapter.movies)
    assert found.outcome in outcomes, (found.outcome, found.error)
    assert found.held_back == 0
    everything_is_kept(world)
    world.check_order()
    if found.outcome is OK:
        world.check()
    else:
        assert found.error
        assert found.removed == 0
        assert any(issue.level in ("warning", "error") for issue in found.issues)
        assert word.lower() in f"{found.error} {found.hint}".lower(), found.error


def heal(world: World) -> None:
    world.server.faults.clear()
    report = world.sync()
    assert {each.outcome for each in report.libraries} == {OK}
    world.check()


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_a_full_sync(synced: World, name: str) -> None:
    fault, outcomes, word = fault_of(synced, name, synced.adapter.listing(synced.adapter.movies))
    small_pages(synced)
    change(synced)
    synced.server.faults.add(fault)
    report = synced.sync(full=True)
    judge(synced, report, outcomes, word)
    heal(synced)


@pytest.mark.parametrize("name", FAULTS)
def test_an_ordinary_sync(synced: World, name: str) -> None:
    fault, outcomes, word = fault_of(synced, name, synced.adapter.listing(synced.adapter.movies))
    small_pages(synced)
    change(synced)
    synced.server.faults.add(fault)
    report = synced.sync()
    judge(synced, report, outcomes, word)
    heal(synced)


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_a_first_import(world: World, name: str) -> None:
    fault, outcomes, word = fault_of(world, name, world.adapter.listing(world.adapter.movies))
    small_pages(world)
    world.server.faults.add(fault)
    report = world.sync()
    judge(world, report, outcomes, word)
    heal(world)


DETAIL_FAULTS: dict[str, Make] = {
    "500": lambda **on: Status(status=500, **on),
    "404": lambda **on: Status(status=404, **on),
    "400": lambda **on: Status(status=400, **on),
    "cut": lambda **on: CutInBody(**on),
    "html": lambda **on: Html(**on),
    "empty": lambda **on: EmptyPage(**on),
    "malformed": lambda **on: Malformed(**on),
}


@pytest.mark.parametrize("name", DETAIL_FAULTS)
def test_details_that_cannot_be_had(synced: World, name: str) -> None:
    """Absent items are asked for by id: an answer that fails removes nothing; one that knows nothing does."""
    small_pages(synced)
    change(synced)
    synced.server.faults.add(DETAIL_FAULTS[name](match=synced.adapter.details()))
    synced.sync(full=True)
    everything_is_kept(synced)
    synced.check_order()
    heal(synced)


def test_details_in_smaller_portions(synced: World) -> None:
    """An address that is too long for the proxy: half of the ids, and half of these."""
    synced.library.bump_all(synced.adapter.movies)
    movies = [each for each in synced.library.members(synced.adapter.movies, "movie") if each.versions]
    for movie in movies[:40]:
        synced.library.rename_file(movie.id, f"/media/movies/{movie.id}.mkv", bump=True)
    details = synced.adapter.details()
    synced.server.faults.add(
        Status(status=414, match=lambda request: details(request) and synced.adapter.ids_of(request) > 6)
    )
    with synced.sql() as connection:
        connection.execute("UPDATE libraries SET last_verified_at = 1")
    report = synced.sync()
    assert synced.counts(report, synced.adapter.movies) == {"updated": 40}
    synced.check()


XML_FAULTS: dict[str, tuple[Make, set[SyncOutcome]]] = {
    "truncated once": (lambda **on: Truncate(times=1, **on), {OK, INCOMPLETE}),
    "truncated always": (lambda **on: Truncate(**on), BAD),
    "malformed": (lambda **on: Malformed(**on), BAD),
    "bytes that no XML may hold": (lambda **on: Replace(find=b'title="', by=b'title="\x01\x0b', **on), {OK}),
    "an entity bomb": (lambda **on: Replace(find=b"<MediaContainer", by=_BOMB + b"<MediaContainer", **on), BAD),
}
_BOMB = b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize("name", XML_FAULTS)
def test_xml(synced: World, name: str) -> None:
    synced.needs("plex formats")
    make, outcomes = XML_FAULTS[name]
    small_pages(synced)
    change(synced)
    pages = synced.adapter.listing(synced.adapter.movies)
    synced.server.faults.add(Flag(flag="always_xml"))
    synced.server.faults.add(make(match=pages))
    report = synced.sync(full=True)
    judge(synced, report, outcomes, "")
    heal(synced)


@pytest.mark.parametrize("word", ["shrinks", "grows", "shrinks and grows"])
@pytest.mark.parametrize("full", [False, True])
def test_a_library_that_changes_while_it_is_read(synced: World, word: str, full: bool) -> None:
    small_pages(synced)
    library, key = synced.library, synced.adapter.movies
    ordered = sorted(library.members(key, "movie"), key=lambda each: (each.added_at, each.id))
    victims = iter([ordered[1].id, ordered[2].id, ordered[3].id])
    numbers = iter(range(10))

    def act() -> None:
        if "shrinks" in word:
            library.remove(next(victims))
        if "grows" in word:
            library.add_movie(f"Grown {next(numbers)}", year=2001, added_at=5_000, updated_at=None)

    library.touch_section(key)
    synced.server.faults.add(Run(match=synced.adapter.listing(key), after=2, times=3, action=act))
    report = synced.sync(full=full)
    assert synced.of(report, key).outcome in (OK, INCOMPLETE)
    everything_is_kept(synced)
    synced.check_order()
    heal(synced)


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, None])
@pytest.mark.parametrize("share", [None, 0.0, 0.5])
def test_a_server_that_hangs(synced: World, share: float | None, times: int | None) -> None:
    small_pages(synced)
    change(synced)
    synced.server.faults.add(Hang(share=share, times=times, match=synced.adapter.listing(synced.adapter.movies)))
    report = synced.sync(full=True)
    judge(synced, report, {OK, INCOMPLETE} if times else BAD, "" if times else "did not respond within")
    heal(synced)


@pytest.mark.slow
def test_a_server_that_drips(synced: World) -> None:
    small_pages(synced)
    change(synced)
    synced.server.faults.add(Drip(match=synced.adapter.listing(synced.adapter.movies), pause_s=0.05, chunk_bytes=20))
    report = synced.sync(full=True)
    judge(synced, report, BAD, "within")
    heal(synced)


@pytest.mark.slow
@pytest.mark.every_kind
@pytest.mark.parametrize("full", [False, True])
def test_a_token_that_is_revoked_in_the_middle(world: World, full: bool) -> None:
    """It stops this server with "sign in again" and keeps everything."""
    small_pages(world)
    if full:
        world.sync()
        world.pass_time(600)
    world.server.faults.add(Status(status=401, match=world.adapter.listing(world.adapter.movies), after=2))
    report = world.sync(full=full)
    assert [each.reason for each in report.failures] == ["sign_in"]
    assert "ign in again" in report.failures[0].message
    assert world.host.servers.get(world.stored.id).state is ServerState.SIGN_IN_AGAIN
    after = [each for each in report.libraries if each.library == "TV Shows"]
    assert [each.outcome for each in after] == [FAILED]
    everything_is_kept(world)
    heal(world)
    assert world.host.servers.get(world.stored.id).state is ServerState.ONLINE


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_list_of_libraries_that_cannot_be_had(synced: World, status: int) -> None:
    before = synced.dump()
    with synced.server.faults.using(Status(status=status, match=synced.adapter.sections())):
        report = synced.sync()
    assert len(report.failures) == 1
    assert report.failures[0].message
    assert synced.dump() == before
    assert all(each.unavailable_since is None for each in synced.host.libraries.all())
    heal(synced)


def test_a_short_list_of_libraries_hides_none(synced: World) -> None:
    with synced.server.faults.using(Truncate(match=synced.adapter.sections(), share=0.7)):
        report = synced.sync()
    assert len(report.failures) == 1
    assert all(each.unavailable_since is None for each in synced.host.libraries.all())


@pytest.mark.slow
@pytest.mark.parametrize("named", [True, False])
def test_one_bad_item_among_many(world: World, named: bool) -> None:
    """It is reported and stops nothing; without an id nothing can be proven absent."""
    small_pages(world)
    bad = world.library.members(world.adapter.movies, "movie")[12]
    spoil = SpoilItem(item_id=bad.id, change=wrong_types if named else without_key)
    world.server.faults.add(spoil)
    report = world.sync()
    found = world.of(report, world.adapter.movies)
    assert found.failed == 1
    assert found.added == world.size(world.adapter.movies) - 1
    assert found.outcome is (OK if named else INCOMPLETE)
    errors = [issue for issue in found.issues if issue.level == "error"]
    assert [issue.remote_id for issue in errors] == [world.adapter.remote_id(bad.id) if named else None]
    world.check(missing=[bad.id])
    run = next(each for each in world.host.runs.recent() if each.library == "Movies")
    assert [issue.remote_id for issue in world.host.runs.issues(run.id) if issue.level == "error"] == [
        world.adapter.remote_id(bad.id) if named else None
    ]
    gone = world.library.members(world.adapter.movies, "movie")[30].id
    world.library.remove(gone)
    report = world.sync()
    assert world.of(report, world.adapter.movies).removed == (1 if named else 0)
    world.let_verification_be_due()
    heal(world)


@pytest.mark.slow
@pytest.mark.parametrize("by", [b"\xff\xfe", b"\\u0000", b"\x00", b"\\ud83d"])
def test_spoilt_text(synced: World, by: bytes) -> None:
    """Bytes that no text can hold are left out; the item stays."""
    small_pages(synced)
    key = synced.adapter.title_key
    pages = synced.adapter.full(synced.adapter.movies)
    synced.server.faults.add(Replace(find=key, by=key + by, count=3, match=pages))
    report = synced.sync(full=True)
    found = synced.of(report, synced.adapter.movies)
    assert (found.outcome, found.failed, found.removed) == (OK, 0, 0)
    synced.check_order()
    synced.server.faults.clear()
    synced.sync(full=True)
    synced.check()


def test_an_item_that_the_database_refuses(world: World) -> None:
    """A number beyond 64 bits in one item: the others of its batch are stored."""

    world.needs("numbers without bounds")

    def huge(document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "duration": 2**70}

    bad = world.library.members(world.adapter.movies, "movie")[12]
    world.server.faults.add(SpoilItem(item_id=bad.id, change=huge))
    report = world.sync()
    found = world.of(report, world.adapter.movies)
    assert (found.added, found.failed, found.outcome) == (54, 1, OK)
    world.check(missing=[bad.id])
    world.library.touch_section(world.adapter.movies)
    heal(world)
