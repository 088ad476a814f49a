"""The scripting API: its example runs, and every promised name is there."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from retrovue.core.domain.errors import AuthError, ConfigError, UnreachableError
from retrovue.core.plex_integration import (
    GUIDParser,
    PlexImporter,
    PlexPathMappingService,
    Profile,
    create_plex_importer,
    extract_guids_from_plex_metadata,
    open_database,
)
from retrovue.demo.generate import LibrarySpec, make_library
from retrovue.demo.library import DemoLibrary
from retrovue.demo.server import DemoServer

TOKEN = "script-token-never-shown"


@pytest.fixture
def library() -> DemoLibrary:
    return make_library(LibrarySpec(shows=12, episodes=120, movies=40))


@pytest.fixture
def server(library: DemoLibrary) -> Iterator[DemoServer]:
    with DemoServer(library, token=TOKEN) as server:
        yield server


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Profile]:
    with open_database(tmp_path / "data") as database:
        yield database


@pytest.fixture
def importer(database: Profile, server: DemoServer) -> PlexImporter:
    return create_plex_importer(database.add_plex_server("Home", server.url, TOKEN), database)


def test_the_example(database: Profile, server: DemoServer) -> None:
    said: list[str] = []
    server_id = database.add_plex_server("Home", server.url, TOKEN)
    mapping_id = database.add_plex_path_mapping("/media/tv", "/mnt/nas/tv", server_id)
    importer = create_plex_importer(server_id, database, status_callback=said.append)
    assert importer.test_connection() is True
    assert importer.sync_all_libraries() == {"added": 172, "updated": 0, "removed": 0}
    assert importer.sync_all_libraries() == {"added": 0, "updated": 0, "removed": 0}
    assert importer.get_local_path("/media/tv/Show/S01E01.mkv") == "/mnt/nas/tv/Show/S01E01.mkv"
    assert importer.get_local_path("/else/where.mkv") == "/else/where.mkv"
    assert said
    (stored,) = database.get_plex_servers()
    assert stored["id"] == server_id
    assert TOKEN not in repr(stored)
    (rule,) = database.get_plex_path_mappings(server_id)
    assert (rule["id"], rule["plex_path"], rule["local_path"]) == (mapping_id, "/media/tv", "/mnt/nas/tv")


def test_libraries_are_listed_and_synced_by_key(importer: PlexImporter, library: DemoLibrary) -> None:
    listed = {one["title"]: one for one in importer.get_libraries()}
    assert listed["Movies"]["type"] == "movie"
    assert listed["TV Shows"]["type"] == "show"
    assert importer.sync_library(listed["Movies"]["key"], "movie")["added"] == 37
    library.add_movie("The Newest Lantern")
    assert importer.sync_library(int(listed["Movies"]["key"]), "movie") == {"added": 1, "updated": 0, "removed": 0}
    with pytest.raises(ConfigError):
        importer.sync_library(listed["Movies"]["key"], "show")


def test_a_show_is_found_and_synced(importer: PlexImporter, library: DemoLibrary) -> None:
    show = library.add_show("Twice Told", year=1999)
    library.add_episode(show, "First")
    (found,) = importer.discover_shows_by_title("twice told")
    assert (found["title"], found["year"], found["library"]) == ("Twice Told", 1999, "TV Shows")
    assert importer.discover_shows_by_title("twice told", 2020) == []
    assert importer.sync_show_by_title_and_year("Twice Told", 1999) == {"added": 2, "updated": 0, "removed": 0}
    with pytest.raises(ConfigError):
        importer.sync_show_by_title_and_year("Never Made")


def test_progress_is_told(importer: PlexImporter) -> None:
    fractions: list[float | None] = []
    importer.sync_all_libraries(lambda progress: fractions.append(progress.fraction))
    assert fractions


def test_a_server_that_fails_raises(importer: PlexImporter, server: DemoServer, database: Profile) -> None:
    server.stop()
    assert importer.test_connection() is False
    with pytest.raises(UnreachableError):
        importer.sync_all_libraries()
    with pytest.raises(UnreachableError):
        importer.get_libraries()
    with pytest.raises(ConfigError):
        create_plex_importer(99, database)


def test_a_refused_token_raises(database: Profile, server: DemoServer) -> None:
    with pytest.raises(AuthError):
        database.add_plex_server("Home", server.url, "wrong-token")
    assert database.get_plex_servers() == []


@pytest.mark.slow
def test_collections_and_their_snapshots(database: Profile, server: DemoServer, library: DemoLibrary) -> None:
    library.add_collection("Rainy Sundays", library.members("1", "movie")[:5], promoted=True)
    library.add_collection("Old ones", library.members("1", "movie")[5:8])
    importer = create_plex_importer(database.add_plex_server("Home", server.url, TOKEN), database)
    importer.sync_all_libraries()
    old, rainy = database.get_collections()
    assert rainy == {
        "id": rainy["id"], "server": "Home", "library": "Movies", "title": "Rainy Sundays", "items": 5,
        "promoted": True,
    }  # fmt: skip
    assert (old["title"], old["items"], old["promoted"]) == ("Old ones", 3, False)
    taken = database.snapshot_collections(promoted=True, label="May", extra_data={"run": 1})
    assert taken == {"collected": 1, "failed": 0, "total": 1}
    assert database.snapshot_collections([old["id"], rainy["id"]])["total"] == 2
    first, second = database.get_collection_snapshots(rainy["id"])
    assert (first["label"], first["extra_data"]["run"], first["total_plays"]) == ("May", 1, 0)
    assert (second["label"], second["unique_users"], second["total_duration_s"]) == (None, 0, 0)
    assert first["collected_at"] <= second["collected_at"]
    with pytest.raises(ConfigError):
        database.get_collection_snapshots(999)
    with pytest.raises(ConfigError):
        database.snapshot_collections()
    server.stop()
    assert [one["title"] for one in database.get_collections()] == ["Old ones", "Rainy Sundays"]


def test_rules_from_dictionaries() -> None:
    service = PlexPathMappingService(
        [
            {"plex_path": "/media", "local_path": "/mnt/a"},
            {"plex_path": "/media", "local_path": "/mnt/kids", "library_root": "/media/kids"},
            {"plex_path": "/other", "local_path": "/mnt/other", "server_id": 2},
        ],
        server_id=1,
    )
    assert service.get_local_path("/media/tv/a.mkv") == "/mnt/a/tv/a.mkv"
    assert service.get_local_path("/media/kids/a.mkv") == "/mnt/kids/kids/a.mkv"
    assert service.get_local_path("/media/tv/a.mkv", library_root="/media/kids") == "/mnt/kids/tv/a.mkv"
    assert service.get_local_path("/other/a.mkv") == "/other/a.mkv"
    assert PlexPathMappingService([]).get_local_path("/x") == "/x"


def test_guids() -> None:
    assert GUIDParser.parse_guid("com.plexapp.agents.thetvdb://121361/6/1?lang=en") == ("tvdb", "121361/6/1")
    assert GUIDParser.parse_guid("plex://show/abc") == ("plex", "show/abc")
    assert GUIDParser.parse_guid("") is None
    metadata = {"guid": "plex://show/abc", "Guid": [{"id": "tvdb://1"}, {"id": "imdb://tt1"}, {"id": "tvdb://1"}]}
    assert extract_guids_from_plex_metadata(metadata) == ["plex://show/abc", "tvdb://1", "imdb://tt1"]
    item = SimpleNamespace(guid="plex://show/abc", guids=[SimpleNamespace(id="tmdb://5")])
    assert extract_guids_from_plex_metadata(item) == ["plex://show/abc", "tmdb://5"]
    assert extract_guids_from_plex_metadata({"Guid": {"id": "tvdb://1"}}) == ["tvdb://1"]
    assert extract_guids_from_plex_metadata({"Guid": {"tvdb": "1"}, "guid": 7}) == []
    assert extract_guids_from_plex_metadata({"Guid": ["tvdb://1", None, 5, {"id": 5}], "guid": "local://1"}) == [
        "local://1",
        "tvdb://1",
    ]
    assert extract_guids_from_plex_metadata({"Guid": "tvdb://1"}) == ["tvdb://1"]
    for nothing in ({}, None, 7, "plex://show/abc", {"Guid": None, "guid": None}, SimpleNamespace(guids=None)):
        assert extract_guids_from_plex_metadata(nothing) in ([], ["plex://show/abc"])
    for odd in (81189, None, b"tvdb://1", ["tvdb://1"]):
        assert GUIDParser.parse_guid(odd) is None
