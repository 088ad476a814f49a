"""Answers of real servers: nothing that the catalog stores gets lost."""

import json
from xml.etree import ElementTree

import pytest

from retrovue.core.domain.errors import UnsupportedVersionError
from retrovue.core.domain.media import ItemKind
from retrovue.core.sources.plex.decode import container, full_listing, slim_listing
from retrovue.core.sources.plex.items import item_page, stub_page
from retrovue.core.sources.plex.libraries import remote_libraries, server_info
from retrovue.core.sources.plex.notifications import parse_frame
from retrovue.core.sources.plex.sessions import remote_sessions

ITEM_FILES = [
    "plex-api-spec/get-library-items.0.json",
    "plex-api-spec/get-library-items.1.json",
    "plex-api-spec/get-library-items.2.json",
    "plex-api-spec/get-library-all.2.json",
    "plex-api-spec/get-recently-added.0.json",
    "plex-api-spec/get-media-meta-data.0.json",
    "plex-api-spec/get-media-meta-data.2.json",
    "plex-api-spec/get-media-meta-data.4.json",
    "plex-api-spec/get-media-meta-data.5.json",
    "plex-api.rs/server/media/metadata_108.json",
    "plex-api.rs/server/media/tv_library.json",
    "plex-api.rs/timeline/metadata_182_1.json",
    "plex-api.rs/transcode/metadata_1036.json",
    "plex-api.rs/transcode/metadata_13194.json",
    "plex-api.rs/transcode/decision_13194.json",
]
SAME_NAME = {
    "title": "title", "source_guid": "guid", "sort_title": "titleSort", "original_title": "originalTitle",
    "year": "year",
    "content_rating": "contentRating", "studio": "studio", "duration_ms": "duration", "added_at": "addedAt",
    "updated_at": "updatedAt", "last_viewed_at": "lastViewedAt", "originally_available_at": "originallyAvailableAt",
}  # fmt: skip
EPISODE_NAMES = {
    "show_title": "grandparentTitle", "show_guid": "grandparentGuid", "season_number": "parentIndex",
    "episode_number": "index", "show_remote_id": "grandparentRatingKey", "season_remote_id": "parentRatingKey",
    "season_title": "parentTitle",
}  # fmt: skip
FILE_NAMES = {"server_path": "file", "size_bytes": "size", "duration_ms": "duration", "container": "container"}
MEDIA_NAMES = {
    "video_codec": "videoCodec", "audio_codec": "audioCodec", "audio_channels": "audioChannels", "width": "width",
    "height": "height", "bitrate_kbps": "bitrate",
}  # fmt: skip


@pytest.fixture
def recorded(fixtures_dir):
    return lambda name: (fixtures_dir / "plex" / name).read_bytes()


def pages(body):
    """(raw entry, item) of every movie, show and episode."""
    raw = {str(e["ratingKey"]): e for e in json.loads(body)["MediaContainer"]["Metadata"]}
    for kind in ItemKind:
        page = item_page(full_listing(body), kind, start=0)
        assert page.bad == []
        for item in page.items:
            yield raw[item.remote_id], item


@pytest.mark.parametrize("name", ITEM_FILES)
def test_every_stored_field_is_the_recorded_one(recorded, name):
    checked = 0
    for raw, item in pages(recorded(name)):
        for ours, theirs in SAME_NAME.items():
            assert getattr(item, ours) == raw.get(theirs), theirs
        if item.kind is ItemKind.EPISODE:
            for ours, theirs in EPISODE_NAMES.items():
                assert getattr(item, ours) == raw.get(theirs), theirs
        assert (item.summary or "") == raw.get("summary", "")
        assert item.view_count == raw.get("viewCount", 0)
        assert item.genre == next((g["tag"] for g in raw.get("Genre", [])), None)
        assert item.artwork == raw.get("thumb")
        parts = [
            (m, p) for m in raw.get("Media", []) if m.get("proxyType") != 42 for p in m.get("Part", []) if p.get("file")
        ]
        assert len(item.files) == len(parts)
        for file, (media, part) in zip(item.files, parts, strict=True):
            assert {ours: getattr(file, ours) for ours in FILE_NAMES} == {
                ours: part.get(theirs) for ours, theirs in FILE_NAMES.items()
            }
            assert {ours: getattr(file, ours) for ours in MEDIA_NAMES} == {
                ours: media.get(theirs) for ours, theirs in MEDIA_NAMES.items()
            }
            assert file.change_stamp == part["key"].split("/")[4]
        guids = {g["id"] for g in raw.get("Guid", [])}
        assert {f"{e.provider}://{e.external_id}" for e in item.external_ids if e.source == "guids"} == guids
        assert any(e.source == "guid" for e in item.external_ids)
        checked += 1
    assert checked


@pytest.mark.parametrize("name", ITEM_FILES)
def test_the_change_key_of_a_recording_is_the_same_from_fewer_fields(recorded, name):
    body = recorded(name)
    document = json.loads(body)
    kept = (
        *("ratingKey", "key", "type", "updatedAt", "deletedAt", "Media"),
        *("title", "year", "index", "viewCount", "lastViewedAt"),
    )
    document["MediaContainer"]["Metadata"] = [
        {k: v for k, v in entry.items() if k in kept} for entry in document["MediaContainer"]["Metadata"]
    ]
    for kind in ItemKind:
        full = item_page(full_listing(body), kind, start=0)
        slim = stub_page(slim_listing(json.dumps(document).encode()), kind, start=0)
        assert [(i.remote_id, i.change_key) for i in full.items] == [(s.remote_id, s.change_key) for s in slim.stubs]


def as_xml(name, value):
    """A recorded document as the XML that the same server sends for it."""
    tags = {"movie": "Video", "episode": "Video", "clip": "Video", "track": "Track"}
    element = ElementTree.Element(tags.get(value.get("type"), "Directory") if name == "Metadata" else name)
    for key, each in value.items():
        if isinstance(each, list):
            element.extend(as_xml(key, child) for child in each if isinstance(child, dict))
        elif isinstance(each, dict):
            element.append(as_xml(key, each))
        elif each is not None:
            element.set(key, str(int(each)) if isinstance(each, bool) else str(each))
    return element


@pytest.mark.parametrize("name", ITEM_FILES)
def test_xml_gives_equal_items(recorded, name):
    body = recorded(name)
    xml = ElementTree.tostring(as_xml("MediaContainer", json.loads(body)["MediaContainer"]))
    for kind in ItemKind:
        assert item_page(full_listing(xml), kind, start=0).items == item_page(full_listing(body), kind, start=0).items


def test_most_recorded_episodes_have_no_change_time(recorded):
    page = item_page(full_listing(recorded("plex-api-spec/get-library-items.2.json")), ItemKind.EPISODE, start=0)
    assert sum(item.updated_at is None for item in page.items) == 7
    assert (page.arrived, page.total, page.declared) == (10, 3438, 10)
    assert len({item.change_key for item in page.items}) == 10


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("home-assistant/library_sections.xml", ["movies", "shows", "music"]),
        ("plex.py/library/sections.xml", ["shows", "movies"]),
        ("plex-api-spec/get-all-libraries.0.json", None),
        ("plex-api-spec/get-all-libraries.1.json", None),
    ],
)
def test_recorded_libraries(recorded, name, kinds):
    found = container(recorded(name))
    libraries = remote_libraries(found)
    assert libraries
    assert all(library.remote_id and library.name and library.roots for library in libraries)
    assert kinds is None or [library.kind.value for library in libraries] == kinds


def test_a_recorded_marker_is_opaque_text(recorded):
    markers = [
        each.change_marker for each in remote_libraries(container(recorded("home-assistant/library_sections.xml")))
    ]
    assert markers == ["116893155", "117133678", "116260421"]


def test_the_pseudo_directory_above_recorded_seasons(recorded):
    page = item_page(full_listing(recorded("plex-api.rs/server/media/tv_seasons.json")), ItemKind.EPISODE, start=0)
    assert (page.arrived, page.declared, page.items, page.skipped) == (3, 3, [], 3)


def test_recorded_bytes_that_are_illegal_in_xml(recorded):
    found = container(recorded("plex.py/detail_malformed.xml"))
    assert found["friendlyName"] == "Mock Server"
    assert len(found["Directory"]) == 14


@pytest.mark.parametrize("name", ["root.json", "library/sections.json", "library/sections/1/all.json", "clients.json"])
def test_the_recorded_tree_of_2015_is_refused(recorded, name):
    with pytest.raises(UnsupportedVersionError):
        container(recorded(f"node-plex-api/{name}"))
    with pytest.raises(UnsupportedVersionError):
        full_listing(recorded(f"node-plex-api/{name}"))


def test_a_recorded_server_of_2014_says_who_it_is_only_with_its_machine(recorded):
    info = server_info(container(recorded("plex.py/detail_a.xml")) | {"machineIdentifier": "m"}, fallback_name="h")
    assert (info.name, info.platform, info.version) == ("Mock Server", "Windows", "0.9.9.16.555-50cd0c3")


def test_recorded_sessions(recorded):
    (live,) = list(remote_sessions(
            container(recorded("home-assistant/livetv_sessions.xml").replace(b"<Video ", b'<Video sessionKey="1" '))
        ))  # fmt: skip
    assert (live.is_live, live.decision, live.source_label) == (True, "direct_stream", "1080p MPEG2VIDEO · AC3 5.1")
    (movie,) = remote_sessions(container(recorded("home-assistant/session_base.xml")))
    assert (movie.decision, movie.state, movie.location, movie.bandwidth_kbps) == ("transcode", "playing", "lan", 7000)
    three = remote_sessions(container(recorded("plex.py/status/sessions.xml")))
    assert [(s.session_key, s.kind, s.decision) for s in three] == [
        ("3", "episode", "transcode"), ("5", "movie", "transcode"), ("4", "track", "direct_play"),
    ]  # fmt: skip
    assert (three[0].show_title, three[0].season_number, three[0].episode_number) == ("30 Rock", 1, 3)
    assert remote_sessions(container(recorded("plex-api.rs/transcode/empty_sessions.json"))) == []


@pytest.mark.parametrize("name", ["events.json", "events-played.json"])
def test_recorded_activity_says_nothing(recorded, name):
    assert parse_frame(recorded(f"PlexTraktSync/{name}")) == []
