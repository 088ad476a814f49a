"""Answers that nobody would think of: each costs itself, or ends with a clear word, and nothing is lost."""

from typing import Any

import pytest
from tests.services.conftest import World

from retrovue.core.domain.sync import LibraryReport, SyncOutcome, SyncReport
from retrovue.core.services.upkeep import database
from retrovue.demo.fault_kinds import Replace, SpoilItem
from retrovue.demo.model import Item

OK, INCOMPLETE, FAILED = SyncOutcome.OK, SyncOutcome.INCOMPLETE, SyncOutcome.FAILED
BAD = (INCOMPLETE, FAILED, SyncOutcome.UNAVAILABLE)


def victim(world: World) -> Item:
    """A movie that shares nothing with others."""
    odd = {item_id for items in world.library.oddities.values() for item_id in items}
    return next(each for each in world.library.members(world.adapter.movies, "movie") if each.id not in odd)


def movies_of(world: World, report: SyncReport) -> LibraryReport:
    return world.of(report, world.adapter.movies)


def nothing_is_lost(world: World, before: int) -> None:
    assert world.value("SELECT count(*) FROM movies WHERE removed_at IS NULL") == before
    assert world.rows("SELECT 1 FROM held_removals") == []
    world.check_order()


def heal(world: World) -> None:
    world.server.faults.clear()
    world.sync(full=True)
    world.check()


def another_type(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, **({"Type": "Hologram"} if "Id" in document else {"type": "hologram"})}


def nameless(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in ("Name", "OriginalTitle", "title")}


def absurd(document: dict[str, Any]) -> dict[str, Any]:
    numbers = ("RunTimeTicks", "IndexNumber", "ProductionYear", "Size", "duration", "year")
    return {name: -(10**15) if name in numbers else value for name, value in document.items()}


def odd_dates(document: dict[str, Any]) -> dict[str, Any]:
    dates = ("DateCreated", "PremiereDate", "originallyAvailableAt")
    return {name: "99999-13-77T99:99" if name in dates else value for name, value in document.items()}


def deep(document: dict[str, Any]) -> dict[str, Any]:
    nested: Any = "bottom"
    for _level in range(200):
        nested = [nested]
    return {**document, "Hologram": nested, "Overview": "deep"}


CHANGES = {
    "a type that nobody knows": (another_type, {0, 1}),
    "no name": (nameless, {0, 1}),
    "absurd numbers": (absurd, {0, 1}),
    "dates of no calendar": (odd_dates, {0, 1}),
    "deep nesting": (deep, {0}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_one_odd_item_costs_itself_at_most(synced: World, name: str) -> None:
    change, failed = CHANGES[name]
    before = synced.value("SELECT count(*) FROM movies WHERE removed_at IS NULL")
    synced.server.faults.add(SpoilItem(item_id=victim(synced).id, change=change))
    report = synced.sync(full=True)
    found = movies_of(synced, report)
    assert found.outcome is OK, found.error
    assert found.failed in failed
    assert found.removed == found.held_back == 0
    nothing_is_lost(synced, before)
    heal(synced)


@pytest.mark.parametrize("name", CHANGES)
def test_one_odd_item_of_a_first_import(world: World, name: str) -> None:
    change, failed = CHANGES[name]
    world.server.faults.add(SpoilItem(item_id=victim(world).id, change=change))
    found = movies_of(world, world.sync())
    assert found.outcome is OK, found.error
    assert found.failed in failed
    assert found.added >= world.size(world.adapter.movies) - 1
    world.check_order()
    heal(world)


def test_nesting_that_no_reader_survives(synced: World) -> None:
    """A hundred thousand brackets before a name: a damaged answer, or one item that cannot be read."""
    key = synced.adapter.title_key
    before = synced.value("SELECT count(*) FROM movies WHERE removed_at IS NULL")
    deep_text = b'"Hologram":' + b"[" * 100_000 + b"]" * 100_000 + b"," + key
    synced.server.faults.add(
        Replace(find=key, by=deep_text, count=1, match=synced.adapter.listing(synced.adapter.movies))
    )
    found = movies_of(synced, synced.sync(full=True))
    assert found.outcome in (OK, INCOMPLETE, FAILED)
    assert found.error or found.failed or found.outcome is OK
    nothing_is_lost(synced, before)
    heal(synced)


@pytest.mark.slow
@pytest.mark.parametrize(("megabytes", "outcomes"), [(50, {OK}), (70, {INCOMPLETE, FAILED})])
def test_an_answer_of_many_megabytes(synced: World, megabytes: int, outcomes: set[SyncOutcome]) -> None:
    key = synced.adapter.title_key
    before = synced.value("SELECT count(*) FROM movies WHERE removed_at IS NULL")
    padding = b'"Hologram":"' + b"x" * (megabytes * 1_000_000) + b'",' + key
    synced.server.faults.add(
        Replace(find=key, by=padding, count=1, match=synced.adapter.listing(synced.adapter.movies))
    )
    found = movies_of(synced, synced.sync(full=True))
    assert found.outcome in outcomes, found.error
    assert found.outcome is OK or "MB" in (found.error or "")
    nothing_is_lost(synced, before)
    heal(synced)


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"7", b"{}", b'{"Items":7,"MediaContainer":7}'])
def test_answers_of_another_shape(synced: World, body: bytes) -> None:
    before = synced.dump()
    for match in (synced.adapter.listing(), synced.adapter.sections(), synced.adapter.identity()):
        with synced.server.faults.using(_Whole(body=body, match=match)):
            report = synced.sync(full=True)
        assert report.failures or all(each.outcome in BAD for each in report.libraries)
        assert synced.dump() == before
    if body != b"[]":
        # An empty list is one of no libraries on Emby and Jellyfin: they are away, and return.
        assert all(each.unavailable_since is None for each in synced.host.libraries.all())
    heal(synced)


class _Whole(Replace):
    def __init__(self, *, body: bytes, **facts: Any) -> None:
        super().__init__(**facts)
        self._body = body

    def answer(self, request: Any, response: Any) -> Any:
        response.body = self._body
        return response


class _SpoilAll(SpoilItem):
    def page(self, page: Any) -> None:
        page.spoil.update(dict.fromkeys(page.ids, self.change))


def vast(document: dict[str, Any]) -> dict[str, Any]:
    """Every file is as large as a number can be."""
    sources = [{**each, "Size": 2**63 - 1} for each in document.get("MediaSources") or ()]
    media = [
        {**medium, "Part": [{**part, "size": 2**63 - 1, "duration": 2**63 - 1} for part in medium.get("Part", ())]}
        for medium in document.get("Media", ())
    ]
    own = {"MediaSources": sources, "Size": 2**63 - 1} if "Id" in document else {"Media": media, "duration": 2**63 - 1}
    return {**document, **own, "addedAt": 2**62, "viewCount": 2**62}


@pytest.mark.slow
@pytest.mark.every_kind
def test_sizes_that_no_disk_holds_overflow_no_sum(world: World) -> None:
    world.server.faults.add(_SpoilAll(change=vast))
    report = world.sync()
    assert {each.outcome for each in report.libraries} == {OK}
    # Further parts come in answers of their own, which are as they should be.
    assert world.value("SELECT count(*) FROM media_files WHERE size_bytes > 4000000000000") == 0
    assert world.value("SELECT sum(size_bytes) FROM shows") == 0
    assert database.info(world.host).counts["files"] > 100
    assert world.host.catalog.search("a")
    world.check_order()
    heal(world)
