"""Odd shapes of Plex's answers, written by hand after recorded ones."""

import json

import pytest
from msgspec.structs import replace
from tests.sources.conftest import answering, http_answer

from retrovue.core.domain.errors import ProtocolError, UnsupportedVersionError, WrongServerError
from retrovue.core.domain.guids import ExternalId, parse_guid
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import LibraryKind
from retrovue.core.sources.documents import repair
from retrovue.core.sources.plex.decode import container, full_listing, slim_listing
from retrovue.core.sources.plex.items import change_key, external_ids, item_page, resolution_label, stub_page
from retrovue.core.sources.plex.libraries import remote_libraries
from retrovue.core.sources.plex.shapes import GuidTag, Media, Part, SlimItem
from retrovue.core.sources.plex.source import PlexSource

MOVIE = {
    "ratingKey": "51",
    "key": "/library/metadata/51",
    "guid": "plex://movie/5d776825880197001ec90a10",
    "type": "movie",
    "title": "A Lantern in March",
    "titleSort": "Lantern in March",
    "editionTitle": "Director's Cut",
    "year": 1994,
    "summary": "",
    "originallyAvailableAt": "1994-03-02 00:00:00",
    "duration": 5400000,
    "addedAt": 1700000000,
    "rating": 7,
    "Rating": [{"value": 7.5}],
    "Media": [
        {"id": 1, "videoResolution": "4k", "bitrate": 18000, "width": 3840, "height": 2160, "container": "mkv",
         "videoCodec": "hevc", "audioCodec": "eac3", "audioChannels": 6,
         "Part": [
             {"id": 11, "key": "/library/parts/11/1644697576/file.mkv", "file": "/m/a - pt1.mkv", "size": 4354485068},
             {"id": 12, "key": "/library/parts/12/1644697577/file.mkv", "file": "/m/a - pt2.mkv", "size": 300},
         ]},
        {"id": 2, "proxyType": 42, "target": "Mobile", "title": "Optimized for Mobile",
         "Part": [{"id": 13, "key": "/library/parts/13/1/file.mp4", "file": "/m/Plex Versions/a.mp4", "size": 9}]},
        {"id": 3, "videoResolution": "sd", "Part": [{"id": "14", "file": "C:\\m\\a.avi", "container": "avi"}]},
    ],
    "Genre": [{"tag": "Drama"}, {"tag": "Mystery"}],
    "Guid": [{"id": "tmdb://603"}, {"id": "imdb://tt0133093"}, {"id": "tvdb://4"}, {"id": "tmdb://603"}],
}  # fmt: skip


def answer(*items, **head):
    return json.dumps({"MediaContainer": {"size": len(items), **head, "Metadata": list(items)}}).encode()


def one(item, kind=ItemKind.MOVIE, **head):
    page = item_page(full_listing(answer(item, **head)), kind, start=0)
    assert len(page.items) == 1, page
    return page.items[0]


def test_a_movie_with_parts_versions_and_a_copy_made_by_the_server():
    movie = one(MOVIE)
    assert [(x.server_path, x.version_index, x.part_index, x.resolution, x.version_name) for x in movie.files] == [
        ("/m/a - pt1.mkv", 0, 0, "4K", "Director's Cut"),
        ("/m/a - pt2.mkv", 0, 1, "4K", "Director's Cut"),
        ("C:\\m\\a.avi", 1, 0, "SD", "Director's Cut"),
    ]
    assert movie.files[0].size_bytes == 4354485068
    assert [x.change_stamp for x in movie.files] == ["1644697576", "1644697577", None]
    assert (movie.genre, movie.summary, movie.originally_available_at) == ("Drama", None, "1994-03-02")
    assert movie.updated_at is None
    assert movie.external_ids == (
        ExternalId("plex", "movie/5d776825880197001ec90a10", "guid"),
        ExternalId("imdb", "tt0133093", "guids"),
        ExternalId("tmdb", "603", "guids"),
        ExternalId("tvdb", "4", "guids"),
    )


def test_a_copy_made_by_the_server_does_not_move_the_change_key():
    without = {**MOVIE, "Media": [MOVIE["Media"][0], MOVIE["Media"][2]]}
    assert one(MOVIE).change_key == one(without).change_key


@pytest.mark.parametrize(
    "change",
    [{"id": 12}, {"key": "/library/parts/11/2/file.mkv"}, {"size": 6}, {"file": "/m/b"}],
)
def test_the_change_key_looks_at_every_part(change):
    facts = {"id": 11, "key": "/library/parts/11/1/file.mkv", "size": 5, "file": "/m/a"}
    item = SlimItem("1", title="A", updated_at=1, media=[Media(parts=[Part(**facts)])])
    before = change_key(item)
    assert change_key(replace(item, media=[Media(parts=[Part(**{**facts, **change})])])) != before
    assert change_key(replace(item)) == before
    assert -(2**63) <= before < 2**63


@pytest.mark.parametrize(
    "change",
    [{"updated_at": 2}, {"deleted_at": 3}, {"title": "B"}, {"year": 1}, {"index": 1}, {"view_count": 1},
     {"last_viewed_at": 1}],
)  # fmt: skip
def test_the_change_key_looks_at_what_a_time_stamp_may_miss(change):
    item = SlimItem("1", title="A", updated_at=1)
    assert change_key(replace(item, **change)) != change_key(item)


def test_the_change_key_is_the_same_in_every_run():
    """Stored in catalogs: another value would make every item of every library look changed."""
    media = [Media(parts=[Part(id=11, key="/library/parts/11/1644697576/file.mkv", size=5, file="/m/ä.mkv")])]
    item = SlimItem("1", title="Ä", updated_at=1700000000, view_count=2, media=media)
    assert change_key(item) == -2402709065018303414


def test_numbers_as_text_and_text_as_numbers():
    odd = {
        **MOVIE, "ratingKey": 51, "title": 1917, "year": "1994", "duration": 5400000.0, "addedAt": "1700000000",
        "Media": [{**m, "bitrate": "18000"} for m in MOVIE["Media"][:1]],
    }  # fmt: skip
    movie = one(odd)
    assert (movie.remote_id, movie.title, movie.year, movie.duration_ms, movie.added_at) == (
        "51", "1917", 1994, 5400000, 1700000000,
    )  # fmt: skip
    assert movie.files[0].bitrate_kbps == 18000


def test_nulls_and_empty_texts_are_nothing():
    sparse = {"ratingKey": "7", "type": "movie", "title": None, "originalTitle": "Nur so", "year": None, "studio": "",
              "Media": [], "duration": ""}  # fmt: skip
    movie = one(sparse)
    assert (movie.title, movie.year, movie.studio, movie.files, movie.duration_ms) == ("Nur so", None, None, (), None)


@pytest.mark.parametrize("size", [2**63, -(2**70)])
def test_a_number_that_no_database_holds_makes_a_bad_item(size):
    odd = {**MOVIE, "Media": [{"Part": [{"id": 1, "file": "/a", "size": size}]}]}
    page = item_page(full_listing(answer(odd, {**MOVIE, "ratingKey": "52"})), ItemKind.MOVIE, start=0)
    assert [bad.remote_id for bad in page.bad] == ["51"]
    assert [item.remote_id for item in page.items] == ["52"]


def test_a_negative_size_is_unknown():
    odd = {**MOVIE, "Media": [{"Part": [{"id": 1, "file": "/a", "size": -22}]}]}
    assert one(odd).files[0].size_bytes is None


def test_live_television_and_clips_are_no_items():
    live = {**MOVIE, "ratingKey": "1", "live": "1"}
    also_live = {**MOVIE, "ratingKey": "2", "key": "/livetv/sessions/abc"}
    clip = {**MOVIE, "ratingKey": "3", "type": "clip"}
    page = item_page(full_listing(answer(live, also_live, clip, MOVIE, totalSize=4)), ItemKind.MOVIE, start=0)
    assert [item.remote_id for item in page.items] == ["51"]
    assert (page.arrived, page.skipped, page.skipped_ids) == (4, 3, ["1", "2", "3"])
    slim = stub_page(slim_listing(answer(live, also_live, clip, MOVIE)), ItemKind.MOVIE, start=0)
    assert (len(slim.stubs), slim.skipped_ids) == (1, ["1", "2", "3"])


def test_trashed_on_the_item_or_on_every_version():
    assert one({**MOVIE, "deletedAt": 5}).trashed_at == 5
    first, _copy, last = MOVIE["Media"]
    assert one({**MOVIE, "Media": [{**first, "deletedAt": 6}, {**last, "deletedAt": 7}]}).trashed_at == 7
    assert one({**MOVIE, "Media": [{**first, "deletedAt": 6}, last]}).trashed_at is None


EPISODE = {"ratingKey": "9", "type": "episode", "title": "Pilot", "index": 2}


def test_what_a_season_says_for_all_its_episodes():
    head = {"grandparentRatingKey": 45520, "grandparentTitle": "Alley", "parentIndex": 3, "parentTitle": "Season 3"}
    episode = one(EPISODE, ItemKind.EPISODE, **head)
    assert (episode.show_remote_id, episode.show_title, episode.season_number) == ("45520", "Alley", 3)


def test_above_the_leaves_of_a_show_the_index_is_the_shows_own():
    """Recorded: the container of all leaves says `parentIndex="1"` above episodes of season 10."""
    listing = full_listing(answer(EPISODE, parentIndex=1, parentTitle="Alley", key="22"))
    page = item_page(listing, ItemKind.EPISODE, start=0, below_show=True)
    assert (page.items[0].season_number, page.items[0].season_title) == (None, None)


def test_all_episodes_above_the_seasons_counts_but_is_no_item():
    body = json.dumps(
        {"MediaContainer": {"size": 2, "Directory": [{"key": "/library/metadata/22/allLeaves", "title": "All"}],
                            "Metadata": [EPISODE]}}
    ).encode()  # fmt: skip
    page = item_page(full_listing(body), ItemKind.EPISODE, start=0)
    assert (page.arrived, page.skipped, len(page.items)) == (2, 1, 1)


@pytest.mark.parametrize(
    "body",
    [
        b'<MediaContainer size="1"><Directory ratingKey="3" type="show" title="Gold &amp; Dust" year="2010">'
        b'<Genre tag="Reality"/></Directory></MediaContainer>',
        b'\xef\xbb\xbf{"MediaContainer":{"size":1,"Directory":[{"ratingKey":3,"type":"show","title":"Gold & Dust",'
        b'"year":"2010","Genre":[{"tag":"Reality"}]}]}}',
        b'{"MediaContainer":{"size":1,"Metadata":{"ratingKey":"3","type":"show","title":"Gold & Dust","year":2010,'
        b'"Genre":{"tag":"Reality"}}}}',
    ],
)
def test_shows_as_directories_and_an_only_child(body):
    page = item_page(full_listing(body), ItemKind.SHOW, start=0)
    if not page.items:
        pytest.fail(str(page))
    assert (page.items[0].remote_id, page.items[0].title, page.items[0].year) == ("3", "Gold & Dust", 2010)
    assert page.items[0].genre == "Reality"


@pytest.mark.parametrize("body", [b'{"MediaContainer":{"size":0}}', b'<MediaContainer size="0"></MediaContainer>'])
def test_an_empty_list(body):
    page = item_page(full_listing(body), ItemKind.MOVIE, start=0)
    assert (page.arrived, page.declared, page.items) == (0, 0, [])


@pytest.mark.parametrize(
    "body",
    [b"", b"  ", b"null", b"[]", b"{}", b'{"Items":[],"TotalRecordCount":0}', b"{", b"<MediaContainer", b"<rss/>",
     b'{"MediaContainer":[]}', b"plain words", b'{"MediaContainer":{"size":"many"}}'],
)  # fmt: skip
def test_what_is_not_plex_is_refused(body):
    with pytest.raises(ProtocolError) as caught:
        full_listing(body)
    assert caught.value.hint


@pytest.mark.parametrize(
    "body",
    [b'{"_elementType":"MediaContainer","_children":[]}', b'{"MediaContainer":{"size":1,"_children":[]}}'],
)
def test_the_tree_of_2015_is_refused_with_a_remedy(body):
    with pytest.raises(UnsupportedVersionError, match="too old") as caught:
        full_listing(body)
    assert caught.value.hint == "Update the server."


def test_a_quadratic_or_external_entity_is_refused():
    for inner in ('<!ENTITY x SYSTEM "file:///etc/hostname">', '<!ENTITY x "y">', ""):
        with pytest.raises(ProtocolError, match="entities"):
            container(f"<!DOCTYPE m [{inner}]><MediaContainer/>".encode())


def test_repairing_keeps_what_was_right():
    body = json.dumps({"a": "emoji 😀 \\ud83d stays \\\\u0000", "b": 'C:\\u0041\\"'}).encode()
    assert json.loads(repair(body)) == json.loads(body)
    assert json.loads(repair(b'{"a":"x\\ud83d\\ude00y\\ud800z\\u0000"}')) == {"a": "x😀y\ufffdz"}


@pytest.mark.parametrize(
    "guid",
    ["plex://movie/5d776825880197001ec90a10", "plex://episode/5f68d2a93109960041ef8aed", "tvdb://7945991",
     "tmdb://603", "imdb://tt0133093", "com.plexapp.agents.thetvdb://268592/1/2?lang=en", "local://44", "nonsense",
     "com.plexapp.agents.none://9c517f9a04a29b8539912288dfabecf6?lang=xn", "TVDB://12", "imdb://TT5", "tmdb://６０３"],
)  # fmt: skip
def test_the_quick_way_to_read_a_guid_agrees_with_the_full_one(guid):
    expected = parse_guid(guid)
    assert external_ids(guid, []) == ((ExternalId(*expected),) if expected else ())
    assert external_ids(None, [GuidTag(guid)]) == ((ExternalId(*expected, "guids"),) if expected else ())


@pytest.mark.parametrize(
    ("value", "label"),
    [("1080", "1080p"), ("720", "720p"), ("480", "480p"), ("4k", "4K"), ("sd", "SD"), ("720p", "720p"), (None, None),
     ("", None)],
)  # fmt: skip
def test_resolution_labels(value, label):
    assert resolution_label(value) == label


def test_library_sections():
    found = container(
        b'<MediaContainer size="2"><Directory key="1" type="movie" title="Films" uuid="u-1" scannedAt="1605409122" '
        b'contentChangedAt="116893155"><Location id="1" path="C:\\Films"/><Location id="2" path="\\\\nas\\films"/>'
        b'</Directory><Directory key="9" type="podcast" title="New"/></MediaContainer>'
    )
    films, new = remote_libraries(found)
    assert (films.remote_id, films.kind, films.uuid, films.change_marker) == (
        "1", LibraryKind.MOVIES, "u-1", "116893155",
    )  # fmt: skip
    assert [root.path for root in films.roots] == ["C:\\Films", "\\\\nas\\films"]
    assert (new.kind, new.change_marker, new.roots) == (LibraryKind.OTHER, None, ())


@pytest.mark.parametrize(
    "found", [{"size": 1}, {"size": "2", "Directory": [{"key": "1"}]}, {"Directory": [{"title": "no key"}]}]
)
def test_a_damaged_list_of_libraries_is_an_error(found):
    with pytest.raises(ProtocolError):
        remote_libraries(found)


@pytest.mark.parametrize(
    ("public", "kind"),
    [
        ({"LocalAddress": "x", "ServerName": "Den", "Version": "4.9.1.90", "Id": "abc"}, "emby"),
        ({"ServerName": "Den", "Version": "10.11.8", "ProductName": "Jellyfin Server", "Id": "abc"}, "jellyfin"),
    ],
)
def test_another_media_server_is_named(bare, http, public, kind):
    def serve(sock):
        from tests.sources.conftest import read_head

        while head := read_head(sock):
            known = b"GET /System/Info/Public" in head
            assert b"demo-token" not in head
            body = json.dumps(public).encode() if known else b"Not found"
            sock.sendall(http_answer(body, status="200 OK" if known else "404 Not Found", kind="application/json"))

    client = http(bare(serve).url)
    with pytest.raises(WrongServerError) as caught:
        PlexSource(client.connection, client=client).identify()
    assert caught.value.found_kind == kind


def test_an_unpaged_answer_is_its_own_total(bare, http):
    body = answer(*({**MOVIE, "ratingKey": str(n)} for n in range(30)))
    client = http(bare(answering(http_answer(body))).url)
    source = PlexSource(client.connection, client=client)
    library = remote_libraries({"Directory": [{"key": "1", "type": "movie"}]})[0]
    assert source.items_page(library, ItemKind.MOVIE, start=0, size=10).total == 30
    # As many as asked for, or fewer, may be one page of many.
    assert source.items_page(library, ItemKind.MOVIE, start=0, size=30).total is None
    assert source.count(library, ItemKind.MOVIE) == 30
