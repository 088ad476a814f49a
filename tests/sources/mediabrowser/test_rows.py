"""Rows as real servers sent them, their hand-written twins, and rows that are odd in every way seen or feared."""

import json
from pathlib import Path
from typing import Any

import pytest

from retrovue.core.domain.errors import ProtocolError
from retrovue.core.domain.guids import ExternalId, parse_provider_ids
from retrovue.core.domain.media import ItemKind, RemoteItem
from retrovue.core.domain.servers import LibraryKind, LibraryRoot
from retrovue.core.sources.base import Page
from retrovue.core.sources.mediabrowser.decode import full_listing, rows_of, slim_listing
from retrovue.core.sources.mediabrowser.items import item_page, stub_page
from retrovue.core.sources.mediabrowser.libraries import remote_libraries
from retrovue.core.sources.mediabrowser.query import MAX_ID_LIST, id_lists
from retrovue.core.sources.mediabrowser.sessions import remote_sessions
from retrovue.core.sources.mediabrowser.values import day_of, epoch_of, iso_of, ms_of_ticks, resolution_label

EPISODE: dict[str, Any] = {
    "Name": "The Lamplighter", "ServerId": "a" * 32, "Id": "4803776", "Type": "Episode", "IsFolder": False,
    "DateCreated": "2025-02-23T04:31:46.0000000Z", "PremiereDate": "2025-02-18T08:00:00.0000000Z",
    "Path": "/mnt/media/tv/Lamps/Season 3/Lamps.S03E07.mkv", "Overview": "Somebody forgets the oil.",
    "RunTimeTicks": 25_158_890_000, "Size": 1_222_528_860, "Bitrate": 3_887_385, "Container": "mkv",
    "ProductionYear": 2025, "IndexNumber": 7, "ParentIndexNumber": 3, "Genres": [], "Studios": [],
    "ProviderIds": {"Tvdb": "10921934", "IMDB": "tt35671624", "Zap2It": " "}, "ParentId": "4795178",
    "SeriesName": "Lamps", "SeriesId": "4731552", "SeasonId": "4795178", "SeasonName": "Season 3",
    "ImageTags": {"Primary": "f461"}, "MediaType": "Video", "Etag": "e1",
    "MediaStreams": [
        {"Type": "Video", "Codec": "h264", "Width": 1920, "Height": 800},
        {"Type": "Audio", "Codec": "aac", "Channels": 2, "IsDefault": False},
        {"Type": "Audio", "Codec": "eac3", "Channels": 6, "IsDefault": True},
        {"Type": "Subtitle", "Codec": "subrip"},
    ],
}  # fmt: skip


def page_of(*rows: Any, kind: ItemKind = ItemKind.EPISODE, parts: list[Any] | None = None, **answer: Any) -> Page:
    body = json.dumps({"Items": list(rows), "TotalRecordCount": len(rows), **answer}).encode()
    return item_page(full_listing(body), kind, start=0, parts_of=lambda _id: full_listing(
        json.dumps({"Items": parts or []}).encode()).rows)  # fmt: skip


def only(page: Page) -> RemoteItem:
    assert not page.bad, page.bad
    [item] = page.items
    assert isinstance(item, RemoteItem)
    return item


def test_a_file_without_media_sources_is_described_by_its_row() -> None:
    item = only(page_of(EPISODE))
    assert item.external_ids == (
        ExternalId("imdb", "tt35671624", "provider_ids"),
        ExternalId("tvdb", "10921934", "provider_ids"),
    )
    assert (item.remote_id, item.show_remote_id, item.season_remote_id) == ("4803776", "4731552", "4795178")
    assert (item.season_number, item.episode_number, item.season_title) == (3, 7, "Season 3")
    assert (item.originally_available_at, item.added_at, item.duration_ms) == ("2025-02-18", 1_740_285_106, 2_515_889)
    [file] = item.files
    assert (file.resolution, file.video_codec, file.audio_codec, file.audio_channels) == ("1080p", "h264", "eac3", 6)
    assert (file.size_bytes, file.bitrate_kbps, file.container) == (1_222_528_860, 3_887, "mkv")
    assert item.artwork == "/Items/4803776/Images/Primary?tag=f461"


@pytest.mark.parametrize("quirk", ["plain", "slow"])
def test_quick_and_slow_decoding_agree(quirk: str) -> None:
    broken = {**EPISODE, "Id": "2", "IndexNumber": "not a number"}
    page = page_of(EPISODE, broken) if quirk == "slow" else page_of(EPISODE)
    assert page.items[0] == only(page_of(EPISODE))
    assert [bad.remote_id for bad in page.bad] == (["2"] if quirk == "slow" else [])
    assert page.arrived == len(page.items) + len(page.bad)


def test_ids_may_be_numbers_and_names_too() -> None:
    item = only(page_of({**EPISODE, "Id": 4803776, "SeriesId": 4731552, "Name": 1899}))
    assert (item.remote_id, item.show_remote_id, item.title) == ("4803776", "4731552", "1899")


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"RunTimeTicks": 9_000_000_000_000_000_000}, "duration_ms", None),
        ({"RunTimeTicks": 123456789012345678901234567890}, "duration_ms", None),
        ({"RunTimeTicks": -5}, "duration_ms", None),
        ({"RunTimeTicks": 25_158_890_000.0}, "duration_ms", 2_515_889),
        ({"IndexNumberEnd": 9}, "episode_number_end", 9),
        ({"IndexNumberEnd": 7}, "episode_number_end", None),
        ({"IndexNumberEnd": 3}, "episode_number_end", None),
        ({"IndexNumberEnd": 9_999}, "episode_number_end", None),
        ({"ParentIndexNumber": None, "IndexNumber": None}, "episode_number", None),
        ({"ProductionYear": 0}, "year", None),
        ({"PremiereDate": "0001-01-01T00:00:00.0000000Z"}, "originally_available_at", None),
        ({"PremiereDate": "not a date"}, "originally_available_at", None),
        ({"DateCreated": "0001-01-01T00:00:00.0000000Z"}, "added_at", None),
        ({"Name": None}, "title", ""),
        ({"ProviderIds": None}, "external_ids", ()),
        ({"Genres": "Drama"}, "genre", "Drama"),
        ({"Overview": ""}, "summary", None),
        ({"ImageTags": {}, "SeriesPrimaryImageTag": "aa"}, "artwork", "/Items/4731552/Images/Primary?tag=aa"),
    ],
)
def test_one_odd_value_costs_that_value_only(change: dict[str, Any], field: str, value: object) -> None:
    item = only(page_of({**EPISODE, **change}))
    assert getattr(item, field) == value
    assert item.files[0].server_path == EPISODE["Path"]


@pytest.mark.parametrize(
    "given",
    [
        {"Imdb": "tt1", "Tvdb": "5"}, {"IMDB": "tt1", "Imdb": "tt1"}, {"IMDB": "tt1", "Imdb": "tt2"}, {"Tmdb": "tt7"},
        {"Imdb": "TT7", "Tmdb": " 8 "}, {"Tvdb": "", "Tmdb": "9"}, {"tvdb": "5"}, {"Tvdb": 5}, {"AniDB": "3"},
        {"Imdb": "12"}, {"Tvdb": "٣"}, {"Tvdb": None}, {},
    ],
)  # fmt: skip
def test_the_quick_way_with_ids_is_right(given: dict[str, Any]) -> None:
    found = only(page_of({**EPISODE, "ProviderIds": given})).external_ids
    assert set(found) == set(parse_provider_ids(given))
    assert list(found) == sorted(found, key=lambda each: (each.provider, each.external_id))


def test_deep_nesting_and_broken_text_cost_their_row_at_most() -> None:
    deep = b'{"Items":[' + b"[" * 200_000 + b"]" * 200_000 + b"]}"
    with pytest.raises(ProtocolError):
        full_listing(deep)
    body = json.dumps({"Items": [EPISODE], "TotalRecordCount": 1}).encode()
    spoilt = body.replace(b"The Lamplighter", b"The \xff\\ud800 Lamp\\u0000lighter")
    page = item_page(full_listing(spoilt), ItemKind.EPISODE, start=0, parts_of=lambda _id: ())
    assert "Lamplighter" in only(page).title


@pytest.mark.parametrize(
    "row",
    [
        {**EPISODE, "LocationType": "Virtual"},
        {**EPISODE, "IsMissing": True},
        {**EPISODE, "Type": "Season"},
        {**EPISODE, "Type": "TvChannel"},
        {**EPISODE, "ExtraType": "Trailer"},
    ],
)
def test_what_is_no_episode_with_a_file_is_passed_over_but_was_present(row: dict[str, Any]) -> None:
    page = page_of(row)
    assert (page.items, page.skipped_ids, page.arrived) == ([], ["4803776"], 1)


@pytest.mark.parametrize("sources", [None, [], [{"Path": None}], [{"Type": "Placeholder", "Path": "/x.mkv"}]])
@pytest.mark.parametrize("place", [None, "FileSystem", "Remote", "Offline"])
def test_a_row_without_a_path_is_an_item_without_files(sources: Any, place: str | None) -> None:
    """Only a row that says so stands for something that nobody has."""
    page = page_of({**EPISODE, "Path": None, "MediaSources": sources, "LocationType": place})
    assert only(page).files == ()
    assert not page.placeholder_ids


def test_versions_come_once_the_items_own_first_and_placeholders_not_at_all() -> None:
    sources = [
        {"Id": "b", "Path": "/m/film 4k.mkv", "Name": "4K", "Size": 9, "MediaStreams": [{"Type": 1, "Width": 3840}]},
        {"Id": "a", "Path": "/m/film.mkv", "Name": "HD", "Size": 5},
        {"Id": "p", "Path": "/m/film.disc", "Type": "Placeholder"},
    ]
    row = {**EPISODE, "Type": "Movie", "Path": "/m/film.mkv", "MediaSources": sources,
           "AlternateMediaSources": sources[:1]}  # fmt: skip
    item = only(page_of(row, kind=ItemKind.MOVIE))
    assert [(f.server_path, f.version_index, f.version_name) for f in item.files] == [
        ("/m/film.mkv", 0, "HD"),
        ("/m/film 4k.mkv", 1, "4K"),
    ]
    assert item.files[1].resolution == "4K"


def test_remote_files_folders_and_foreign_paths_stay_as_they_are() -> None:
    for path in ("http://cdn.invalid/film.m3u8", "\\\\nas\\tv\\a.mkv", "D:\\tv\\a.mkv", "/films/Disc (BDMV)"):
        assert only(page_of({**EPISODE, "Path": path})).files[0].server_path == path


def test_a_stacked_item_has_its_parts_and_their_length() -> None:
    part = {"Id": "9", "Type": "Video", "Path": "/m/cd2.avi", "RunTimeTicks": 20_000_000, "Size": 7}
    row = {**EPISODE, "Path": "/m/cd1.avi", "RunTimeTicks": 10_000_000, "PartCount": 2}
    item = only(page_of(row, parts=[part]))
    assert [(f.server_path, f.part_index) for f in item.files] == [("/m/cd1.avi", 0), ("/m/cd2.avi", 1)]
    assert item.duration_ms == 3_000


def test_the_change_key_is_the_servers_hash_and_without_one_what_every_row_has() -> None:
    for change in ({}, {"Etag": None}):
        row = {**EPISODE, **change}
        thin = {name: row[name] for name in ("Id", "Type", "Name", "Etag", "RunTimeTicks", "IndexNumber",
                                             "ParentIndexNumber", "SeriesId", "SeasonId")}  # fmt: skip
        body = json.dumps({"Items": [thin], "TotalRecordCount": 1}).encode()
        [stub] = stub_page(slim_listing(body), ItemKind.EPISODE, start=0).stubs
        assert stub.change_key == only(page_of(row)).change_key
    keys = {only(page_of({**EPISODE, "Etag": etag, "Name": name})).change_key
            for etag, name in (("e1", "A"), ("e2", "A"), (None, "A"), (None, "B"))}  # fmt: skip
    assert len(keys) == 4


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"null", b"[]", b'{"Items":null}', b'{"Items":{}}', b'{"Items":[', b"<a/>"]
)
def test_what_is_no_list_of_items_is_refused(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        full_listing(body)


def test_a_total_of_zero_beside_rows_was_not_counted() -> None:
    assert page_of(EPISODE, TotalRecordCount=0).total is None
    assert page_of(TotalRecordCount=0).total == 0
    assert page_of(EPISODE, TotalRecordCount="3").total == 3


def test_a_row_without_an_id_is_present_and_nameless() -> None:
    page = page_of({name: value for name, value in EPISODE.items() if name != "Id"}, EPISODE)
    assert [bad.remote_id for bad in page.bad] == [None]
    assert len(page.items) == 1


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1995-09-04T22:00:00.0000000Z", "1995-09-05"),
        ("2025-02-18T08:00:00.0000000Z", "2025-02-18"),
        ("2025-02-18T00:00:00.0000000Z", "2025-02-18"),
        ("2024-12-31T23:00:00Z", "2025-01-01"),
        ("2025-02-18T00:00:00", "2025-02-18"),
        ("2025-02-18T00:00:00+02:00", "2025-02-18"),
        ("9999-12-31T23:59:59.9999999Z", None),
        (None, None),
    ],
)
def test_premieres_are_rounded_to_the_nearest_day(text: str | None, day: str | None) -> None:
    assert day_of(text) == day


def test_dates_ticks_and_pictures() -> None:
    assert epoch_of("2025-02-23T04:31:46.1234567Z") == epoch_of("2025-02-23T04:31:46") == 1_740_285_106
    assert iso_of(1_740_285_106.9) == "2025-02-23T04:31:46Z"
    assert ms_of_ticks(10_000) == 1
    assert ms_of_ticks(0) is None
    shapes = {(1916, 800): "1080p", (1280, 534): "720p", (720, 576): "SD", (3840, 1600): "4K", (1440, 1080): "1080p",
              (2560, 1440): "2K", (7680, 4320): "8K", (0, 0): None}  # fmt: skip
    assert {size: resolution_label(*size) for size in shapes} == shapes


def test_long_id_lists_are_split_by_their_length_as_sent() -> None:
    ids = [f"{number:032x}" for number in range(100)]
    chunks = list(id_lists(ids, 100))
    assert [each for chunk in chunks for each in chunk] == ids
    assert all(len("%2C".join(chunk)) <= MAX_ID_LIST for chunk in chunks)
    assert max(map(len, chunks)) == 42
    assert [len(chunk) for chunk in id_lists(ids, 30)] == [30, 30, 30, 10]


def test_virtual_folders_in_every_shape() -> None:
    row = {"Name": "TV", "ItemId": "7", "CollectionType": "tvshows", "Locations": ["/tv", "\\\\nas\\tv", "/tv2"],
           "LibraryOptions": {"PathInfos": [{"Path": "/tv", "NetworkPath": "\\\\nas\\tv"}, {"Bad": 1}, 5]}}  # fmt: skip
    [library] = remote_libraries([row])
    assert library.roots == (LibraryRoot("/tv", None, "\\\\nas\\tv"), LibraryRoot("/tv2"))
    kinds = {word: remote_libraries([{**row, "CollectionType": word}])[0].kind
             for word in (None, "", "mixed", "Movies", "boxsets")}  # fmt: skip
    assert kinds == {None: LibraryKind.MIXED, "": LibraryKind.MIXED, "mixed": LibraryKind.MIXED,
                     "Movies": LibraryKind.MOVIES, "boxsets": LibraryKind.OTHER}  # fmt: skip
    assert [each.name for each in remote_libraries([row, {"Name": "just made"}])] == ["TV"]
    assert remote_libraries([]) == []
    for bad in ([{"Name": "just made"}], ["x"]):
        with pytest.raises(ProtocolError):
            remote_libraries(bad)


# --- recordings ---------------------------------------------------------------------------------------------


def test_a_recorded_episode_keeps_all_it_holds(fixtures_dir: Path) -> None:
    row = json.loads((fixtures_dir / "emby" / "item_episode_nowplaying.json").read_text())
    item = only(page_of(row))
    assert (item.remote_id, item.title) == (row["Id"], row["Name"])
    assert {(each.provider, each.external_id) for each in item.external_ids} == {
        ("tvdb", row["ProviderIds"]["Tvdb"]),
        ("imdb", row["ProviderIds"]["IMDB"]),
    }
    assert (item.show_remote_id, item.show_title, item.season_title) == (
        row["SeriesId"], row["SeriesName"], row["SeasonName"],
    )  # fmt: skip
    assert (item.originally_available_at, item.year, item.summary) == ("2025-02-18", 2025, row["Overview"])
    [file] = item.files
    assert (file.server_path, file.size_bytes, file.container) == (row["Path"], row["Size"], row["Container"])
    assert (file.video_codec, file.audio_codec, file.audio_channels, file.resolution) == ("h264", "eac3", 6, "1080p")


def test_recorded_sessions(fixtures_dir: Path) -> None:
    rows, _total = rows_of((fixtures_dir / "emby" / "sessions_composed.json").read_bytes())
    [session] = remote_sessions(rows)
    assert (session.title, session.show_title) == ("Mariachi Shelley's Frankenstein", "Will Trent")
    assert (session.season_number, session.episode_number, session.remote_id) == (3, 7, "4803776")
    assert (session.position_ms, session.duration_ms) == (310_198, 2_515_889)
    assert (session.decision, session.state, session.location) == ("direct_stream", "playing", "lan")
    assert session.source_label == "1080p H264 · EAC3 5.1"
    rows, _total = rows_of((fixtures_dir / "jellyfin" / "ha_sessions.json").read_bytes())
    assert all(each.session_key for each in remote_sessions(rows))


def test_mock_pages_and_libraries(fixtures_dir: Path) -> None:
    listing = slim_listing((fixtures_dir / "emby" / "mock_episodes_page.json").read_bytes())
    page = stub_page(listing, ItemKind.EPISODE, start=0)
    assert ([stub.remote_id for stub in page.stubs], page.total) == (["402001"], 2)
    data = json.loads((fixtures_dir / "emby" / "watchstate_mediabrowser_data.json").read_text())
    film = only(page_of(*data["library_items"]["Items"], kind=ItemKind.MOVIE))
    assert (film.title, film.year, film.files[0].server_path) == (
        "Test Movie", 2020, "/media/movies/test-movie/test-movie.mkv",
    )  # fmt: skip
    assert [library.kind for library in remote_libraries(data["libraries"]["Items"])] == [
        LibraryKind.MOVIES,
        LibraryKind.SHOWS,
    ]


def test_recorded_versions_of_both(fixtures_dir: Path) -> None:
    versions = json.loads((fixtures_dir / "emby" / "mock_playback_info_multi_version.json").read_text())["MediaSources"]
    row = {"Id": "4242", "Type": "Movie", "Name": "Dune", "Path": versions[1]["Path"], "MediaSources": versions}
    item = only(page_of(row, kind=ItemKind.MOVIE))
    assert [(f.server_path, f.size_bytes, f.resolution) for f in item.files] == [
        (versions[1]["Path"], versions[1]["Size"], "1080p"),
        (versions[0]["Path"], versions[0]["Size"], "4K"),
    ]
    for path in sorted((fixtures_dir / "jellyfin").glob("MediaSourceInfo-*.json")):
        source = json.loads(path.read_text())
        row = {"Id": "a" * 32, "Type": "Movie", "Name": "x", "Path": source.get("Path"), "MediaSources": [source]}
        page = page_of(row, kind=ItemKind.MOVIE)
        assert not page.bad
        for item in page.items:
            [file] = item.files
            assert file.server_path == source["Path"]
            assert file.size_bytes == source.get("Size")
            assert file.container == source.get("Container")
            words = {str(stream["Codec"]) for stream in source.get("MediaStreams", []) if "Codec" in stream}
            assert not words or file.video_codec in words
            assert not words or file.audio_codec in words


def test_recorded_virtual_folders(fixtures_dir: Path) -> None:
    rows, total = rows_of((fixtures_dir / "jellyfin" / "virtual_folders_10.11.8_excerpt.json").read_bytes())
    [library] = remote_libraries(rows)
    assert (library.name, library.kind, library.remote_id, total) == (
        "Séries", LibraryKind.SHOWS, "d565273fd114d77bdf349a2896867069", None,
    )  # fmt: skip
    assert library.roots == (LibraryRoot("/media/series"),)
