"""Lists: paging, totals, filters, sorts, slimming, and what the two formats say."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from retrovue.demo import DemoLibrary, DemoServer
from retrovue.demo.store import ManualClock

from .conftest import Client

EPISODES = "/library/sections/3/all?type=4"


def test_paging_by_query_and_by_header_gives_the_same(client: Client, library: DemoLibrary) -> None:
    total = library.count("3", "episode")
    collected: list[str] = []
    while len(collected) < total:
        start = len(collected)
        by_query = client.get(f"{EPISODES}&X-Plex-Container-Start={start}&X-Plex-Container-Size=50")
        by_header = client.get(EPISODES, headers={"X-Plex-Container-Start": str(start), "X-Plex-Container-Size": "50"})
        assert by_query.content == by_header.content
        container = by_query.json()["MediaContainer"]
        assert (container["offset"], container["totalSize"]) == (start, total)
        assert container["size"] == len(container["Metadata"])
        assert by_query.headers["X-Plex-Container-Total-Size"] == str(total)
        assert by_query.headers["X-Plex-Container-Start"] == str(start)
        collected += [item["ratingKey"] for item in container["Metadata"]]
    assert len(set(collected)) == total


def test_size_zero_counts_and_a_page_past_the_end_is_empty(client: Client, library: DemoLibrary) -> None:
    counted = client.container(f"{EPISODES}&X-Plex-Container-Start=0&X-Plex-Container-Size=0")
    assert (counted["size"], counted["totalSize"]) == (0, library.count("3", "episode"))
    assert "Metadata" not in counted
    past = client.container(f"{EPISODES}&X-Plex-Container-Start=9999&X-Plex-Container-Size=10")
    assert (past["size"], past["totalSize"]) == (0, library.count("3", "episode"))


def test_an_unpaged_list_is_its_own_total_and_a_limited_one_has_none(client: Client, library: DemoLibrary) -> None:
    whole = client.container(EPISODES)
    assert "totalSize" not in whole
    assert whole["size"] == library.count("3", "episode")
    limited = client.container(f"{EPISODES}&limit=7&X-Plex-Container-Start=0&X-Plex-Container-Size=5")
    assert (limited["size"], "totalSize" in limited) == (5, False)


def test_ids_are_strings_in_items_and_numbers_on_the_container(client: Client, library: DemoLibrary) -> None:
    season = library.members("3", "season")[0]
    container = client.container(f"/library/metadata/{season.id}/children")
    assert container["librarySectionID"] == 3
    assert container["grandparentRatingKey"] == season.show_id
    assert container["Metadata"][0]["grandparentRatingKey"] == str(season.show_id)


def test_typed_lists_that_hold_nothing_have_no_children(client: Client) -> None:
    for path in ("/library/sections/1/all?type=18", "/library/sections/1/all?type=4"):
        container = client.container(path)
        assert (container["size"], "Metadata" in container) == (0, False)


@pytest.mark.parametrize("operator", [">>=", "%3E%3E="])
@pytest.mark.parametrize("field", ["updatedAt", "addedAt"])
def test_time_filters_are_strict_and_pass_over_what_has_no_time(
    client: Client, library: DemoLibrary, operator: str, field: str
) -> None:
    name = {"updatedAt": "updated_at", "addedAt": "added_at"}[field]
    times = sorted(getattr(i, name) for i in library.members("3", "episode") if getattr(i, name) is not None)
    bound = times[len(times) // 2]
    found = client.container(f"{EPISODES}&{field}{operator}{bound}")["Metadata"]
    assert len(found) == sum(time > bound for time in times)
    assert all(item[field] > bound for item in found)


def test_a_filter_sees_what_changed_since(client: Client, library: DemoLibrary, clock: ManualClock) -> None:
    since = library.now()
    assert client.keys(f"{EPISODES}&updatedAt>>={since}") == []
    clock.advance(5)
    episode = library.members("3", "episode")[7]
    library.edit(episode.id, title="Changed")
    assert client.keys(f"{EPISODES}&updatedAt>>={since}") == [str(episode.id)]


@pytest.mark.parametrize("query", ["title=={}", "title%3D={}"])
def test_exact_titles_and_years(client: Client, library: DemoLibrary, query: str) -> None:
    show = library.members("3", "show")[1]
    path = f"/library/sections/3/all?type=2&{query.format(show.title.replace('&', '%26'))}&year={show.year}"
    assert client.keys(path) == [str(show.id)]
    assert client.keys(path.replace(f"year={show.year}", "year=1800")) == []


def test_filters_on_guid_on_relatives_and_relative_dates(
    client: Client, library: DemoLibrary, clock: ManualClock
) -> None:
    show = library.members("3", "show")[0]
    assert client.keys(f"/library/sections/3/all?type=2&guid={show.guid}") == [str(show.id)]
    below = client.keys(f"{EPISODES}&show.title=={show.title.replace('&', '%26')}")
    assert sorted(below) == sorted(str(leaf.id) for leaf in library.leaves(show.id))
    recent = client.keys("/library/sections/1/all?type=1&addedAt>>=-30d")
    bound = library.now() - 30 * 86_400
    assert len(recent) == sum(movie.added_at > bound for movie in library.members("1", "movie"))
    clock.advance(400 * 86_400)
    [only] = client.keys("/library/sections/1/all?type=1&addedAt>>=-30d")
    assert int(only) in library.oddities["added_in_future"]
    assert client.get("/library/sections/1/all?type=1&year>>=soon").status_code == 400


@pytest.mark.parametrize(
    ("sort", "field", "reverse"),
    [("addedAt", "addedAt", False), ("updatedAt:desc", "updatedAt", True), ("id", "ratingKey", False)],
)
def test_sorting(client: Client, sort: str, field: str, reverse: bool) -> None:
    items = client.container(f"/library/sections/1/all?type=1&sort={sort}")["Metadata"]
    values = [int(item[field]) for item in items if field in item]
    assert values == sorted(values, reverse=reverse)
    assert len(set(values)) > 50


def test_guids_come_only_when_asked_for_and_always_in_details(client: Client, library: DemoLibrary) -> None:
    movie = library.members("1", "movie")[0]
    plain = client.container(f"/library/sections/1/all?type=1&guid={movie.guid}")["Metadata"][0]
    with_guids = client.container(f"/library/sections/1/all?type=1&guid={movie.guid}&includeGuids=1")["Metadata"][0]
    assert "Guid" not in plain
    assert [guid["id"] for guid in with_guids["Guid"]] == list(movie.external_ids)
    details = client.container(f"/library/metadata/{movie.id}")["Metadata"][0]
    assert details["Guid"] == with_guids["Guid"]
    assert {stream["streamType"] for stream in details["Media"][0]["Part"][0]["Stream"]} == {1, 2}
    assert "Stream" not in with_guids["Media"][0]["Part"][0]


def test_slim_lists(client: Client) -> None:
    def first(query: str) -> dict[str, Any]:
        return client.container(f"/library/sections/1/all?type=1&includeGuids=1&{query}")["Metadata"][0]

    only = first("includeElements=Media")
    assert [name for name, value in only.items() if isinstance(value, list)] == ["Media"]
    without = first("excludeElements=Media,Genre&excludeFields=summary,ratingKey")
    assert "Media" not in without
    assert "Genre" not in without
    assert "summary" not in without
    assert "ratingKey" in without
    assert "Guid" in without


def test_a_batch_gives_what_exists_and_404_when_nothing_does(client: Client, library: DemoLibrary) -> None:
    first, second = library.members("1", "movie")[:2]
    found = client.keys(f"/library/metadata/{first.id},999999,{second.id}")
    assert found == [str(first.id), str(second.id)]
    assert client.get("/library/metadata/999999").status_code == 404
    library.remove_section("1")
    assert client.get(f"/library/metadata/{first.id}").status_code == 404
    assert client.get("/library/sections/1/all").status_code == 404


def test_all_episodes_is_a_pseudo_directory_unless_excluded(client: Client, library: DemoLibrary) -> None:
    show = next(show for show in library.members("3", "show") if library.child_count(show.id) > 1)
    seasons = library.child_count(show.id)
    container = client.container(f"/library/metadata/{show.id}/children")
    assert container["Directory"][0]["title"] == "All episodes"
    assert "ratingKey" not in container["Directory"][0]
    assert container["size"] == seasons + 1
    plain = client.container(f"/library/metadata/{show.id}/children?excludeAllLeaves=1")
    assert ("Directory" in plain, plain["size"]) == (False, seasons)
    leaves = client.container(f"/library/metadata/{show.id}/allLeaves")
    assert leaves["size"] == library.leaf_count(show.id)


def test_hidden_seasons_are_not_listed(client: Client, library: DemoLibrary) -> None:
    [hidden] = library.oddities["hidden_seasons"]
    listed = client.container("/library/sections/3/all?type=3")["Metadata"]
    assert str(hidden) not in {season["parentRatingKey"] for season in listed}
    assert len(listed) == library.count("3", "season") - library.child_count(hidden)


@pytest.mark.parametrize(
    "path",
    [
        "/identity",
        "/library/sections",
        "/library/sections/1/all?type=1&includeGuids=1",
        "/library/sections/3/all?type=2",
        "/library/sections/4/all?type=3",
        "/library/sections/4/all?type=4&X-Plex-Container-Start=3&X-Plex-Container-Size=40",
        "/library/sections/1/all?type=1&includeMeta=1&X-Plex-Container-Start=0&X-Plex-Container-Size=0",
    ],
)
def test_xml_and_json_say_the_same(client: Client, path: str) -> None:
    as_json = client.container(path)
    answer = client.get(path, accept="*/*")
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert _from_xml(ET.fromstring(answer.content)) == _flat(as_json)


def _flat(document: dict[str, Any]) -> dict[str, Any]:
    """JSON as XML has it: all values text, children by name."""
    flat: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, list):
            flat[f"<{name}>"] = [_flat(child) for child in value]
        elif isinstance(value, dict):
            flat[f"<{name}>"] = [_flat(value)]
        else:
            flat[name] = str(int(value)) if isinstance(value, bool) else str(value)
    return flat


def _from_xml(element: ET.Element) -> dict[str, Any]:
    flat: dict[str, Any] = dict(element.attrib)
    for child in element:
        is_item = child.tag in ("Video", "Directory") and "ratingKey" in child.attrib
        flat.setdefault("<Metadata>" if is_item else f"<{child.tag}>", []).append(_from_xml(child))
    return flat


def test_what_a_list_shows_follows_every_change(client: Client, library: DemoLibrary, server: DemoServer) -> None:
    show = library.members("3", "show")[0]
    leaf = library.leaves(show.id)[0]
    path = f"{EPISODES}&includeGuids=1"
    client.container(path)
    library.edit(show.id, title="Renamed & new")
    shown = {item["ratingKey"]: item for item in client.container(path)["Metadata"]}
    assert shown[str(leaf.id)]["grandparentTitle"] == "Renamed & new"
    library.remove(leaf.id)
    assert str(leaf.id) not in client.keys(path)
    library.rebuild_section("3")
    assert not set(shown) & set(client.keys(path))
    assert len(client.keys(path)) == len(shown) - 1
    assert server.requests[-1].path == "/library/sections/3/all"
