"""Numbers that no item has: each costs its own value or its own item, never the page, never a sum."""

import json
from typing import Any

import pytest

from retrovue.core.domain.media import ItemKind, RemoteItem
from retrovue.core.sources.base import Page
from retrovue.core.sources.documents import LARGEST_FILE, any_json
from retrovue.core.sources.mediabrowser import sessions as row_sessions
from retrovue.core.sources.mediabrowser.decode import full_listing as full_rows
from retrovue.core.sources.mediabrowser.items import item_page as row_page
from retrovue.core.sources.plex import sessions as plex_sessions
from retrovue.core.sources.plex.decode import full_listing
from retrovue.core.sources.plex.items import item_page

_PLEX: dict[str, Any] = {
    "ratingKey": "7", "type": "episode", "title": "Odd", "index": 1, "parentIndex": 1, "year": 1999, "duration": 60_000,
    "addedAt": 1_700_000_000, "updatedAt": 1_700_000_000, "viewCount": 1, "lastViewedAt": 1_700_000_000,
    "grandparentRatingKey": "3",
    "Media": [{"id": 1, "width": 720, "height": 576, "bitrate": 900, "audioChannels": 2, "Part": [
        {"id": 1, "key": "/library/parts/1/1/f", "file": "/tv/odd.mkv", "size": 1000, "duration": 60_000}]}],
}  # fmt: skip
_ROW: dict[str, Any] = {
    "Id": "7", "Type": "Episode", "Name": "Odd", "IndexNumber": 1, "ParentIndexNumber": 1, "ProductionYear": 1999,
    "RunTimeTicks": 600_000_000, "SeriesId": "3", "Path": "/tv/odd.mkv", "DateCreated": "2020-01-01T00:00:00Z",
    "UserData": {"PlayCount": 1}, "MediaSources": [{"Path": "/tv/odd.mkv", "Size": 1000, "Bitrate": 900_000,
    "RunTimeTicks": 600_000_000, "MediaStreams": [{"Type": "Video", "Width": 720, "Height": 576}]}],
}  # fmt: skip
_ABSURD = [
    "NaN",
    "-Infinity",
    "1e400",
    "9" * 5_000,
    "-" + "9" * 5_000,
    "1e30",
    str(2**63),
    str(2**63 - 1),
    "-1",
    str(-(2**63)),
]


def _pages(document: dict[str, Any], name: str, number: str) -> Page:
    """A page of three items, of which the second has `number` in place of one value."""
    mark = "@@odd@@"
    spoilt = json.loads(json.dumps(document), object_hook=lambda each: {**each, name: mark} if name in each else each)
    items = [{**document, "ratingKey" if document is _PLEX else "Id": key} for key in ("1", "3")]
    rows = [items[0], spoilt, items[1]]
    if document is _PLEX:
        body = {"MediaContainer": {"size": 3, "totalSize": 3, "Metadata": rows}}
        text = json.dumps(body).replace(f'"{mark}"', number)
        return item_page(full_listing(text.encode()), ItemKind.EPISODE, start=0)
    text = json.dumps({"Items": rows, "TotalRecordCount": 3}).replace(f'"{mark}"', number)
    return row_page(full_rows(text.encode()), ItemKind.EPISODE, start=0, parts_of=lambda _id: ())


_PLACES = [
    *((_PLEX, name) for name in ("index", "parentIndex", "year", "duration", "addedAt", "updatedAt", "viewCount",
                                 "lastViewedAt", "size", "width", "height", "bitrate", "audioChannels")),
    *((_ROW, name) for name in ("IndexNumber", "ParentIndexNumber", "ProductionYear", "RunTimeTicks", "Size", "Bitrate",
                                "Width", "Height", "PlayCount")),
]  # fmt: skip


@pytest.mark.parametrize(("document", "name"), _PLACES, ids=lambda value: value if isinstance(value, str) else "")
def test_an_absurd_number_costs_its_own_value_or_item(document: dict[str, Any], name: str) -> None:
    for number in _ABSURD:
        page = _pages(document, name, number)
        assert page.arrived == 3, number
        assert len(page.bad) <= 1
        assert all(bad.remote_id == "7" for bad in page.bad)
        kept = [item for item in page.items if item.remote_id == "7"]
        assert len(kept) + len(page.bad) == 1
        for item in kept:
            _is_sane(item)


def _is_sane(item: RemoteItem) -> None:
    """Nothing in an item is beyond what a column, a date or a sum of a library holds."""
    for number in (item.season_number, item.episode_number, item.view_count):
        assert number is None or 0 <= number < 2**31
    assert item.year is None or 1 <= item.year <= 9_999
    for moment in (item.added_at, item.updated_at, item.last_viewed_at, item.trashed_at):
        assert moment is None or 0 <= moment < 253_402_300_800
    for file in item.files:
        assert file.size_bytes is None or 0 <= file.size_bytes <= LARGEST_FILE
        assert file.duration_ms is None or 0 <= file.duration_ms <= 60 * 86_400_000
        for number in (file.width, file.height, file.bitrate_kbps, file.audio_channels):
            assert number is None or 0 <= number < 2**31


def test_sums_over_the_largest_library_fit() -> None:
    assert LARGEST_FILE * 2_000_000 < 2**63


@pytest.mark.parametrize(("given", "kept"), [(0, None), (-1, None), (1, 1), (1894, 1894), (10_000, None)])
def test_years_that_are_none(given: int, kept: int | None) -> None:
    assert _only(_pages(_PLEX, "year", str(given))).year == kept
    assert _only(_pages(_ROW, "ProductionYear", str(given))).year == kept


@pytest.mark.parametrize(("given", "kept"), [(-1, None), (0, 0), (1, 1), (20_210_131, 20_210_131)])
def test_numbers_that_are_none(given: int, kept: int | None) -> None:
    for document, season, episode in ((_PLEX, "parentIndex", "index"), (_ROW, "ParentIndexNumber", "IndexNumber")):
        assert _only(_pages(document, season, str(given))).season_number == kept
        assert _only(_pages(document, episode, str(given))).episode_number == kept


def _only(page: Page) -> RemoteItem:
    (item,) = [each for each in page.items if each.remote_id == "7"]
    return item


@pytest.mark.parametrize("number", [*_ABSURD, str(10**18)])
def test_a_live_session_has_no_absurd_length_or_position(number: str) -> None:
    (film,) = plex_sessions.remote_sessions(
        any_json(
            b'{"MediaContainer":{"Metadata":[{"sessionKey":"1","type":"movie","viewOffset":%s,"duration":%s}]}}'
            % (number.encode(), number.encode())
        )["MediaContainer"]
    )
    (row,) = row_sessions.remote_sessions(
        any_json(
            b'[{"Id":"1","PlayState":{"PositionTicks":%s},"NowPlayingItem":{"Id":"7","RunTimeTicks":%s}}]'
            % (number.encode(), number.encode())
        )
    )
    for session in (film, row):
        assert (session.position_ms, session.duration_ms) == (None, None)
