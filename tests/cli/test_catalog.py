"""Libraries, rules, syncs, searches, removals, exports and the file itself: shapes and exit codes as promised."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retrovue.demo.fault_kinds import SpoilItem, Status
from retrovue.demo.faults import path
from retrovue.demo.files import local_path, mappings, write_files
from retrovue.demo.library import DemoLibrary
from retrovue.demo.server import DemoServer

COUNTS = ["added", "updated", "unchanged", "removed", "held_back", "failed"]
ITEM = {"id", "kind", "title", "year", "server", "library", "season", "episode", "ids", "files"}
FILE = {"server_path", "local_path", "size_bytes", "state", "version", "part"}


@pytest.fixture
def synced(cli: Any, server: DemoServer) -> Any:
    cli.add(server)
    assert cli("sync").code == 0
    return cli


@pytest.mark.slow
def test_libraries_have_their_shape_and_are_switched(cli: Any, server: DemoServer) -> None:
    cli.add(server)
    listed = cli("libraries", "list", "--json").json
    assert {tuple(one) for one in listed} == {
        ("id", "server", "name", "kind", "enabled", "items", "roots", "last_sync_at")
    }
    by_name = {one["name"]: one for one in listed}
    assert by_name["TV Shows"]["roots"] == ["/media/tv", "/mnt/archive/tv"]
    assert by_name["Music"]["enabled"] is False
    assert by_name["Movies"]["last_sync_at"] is None
    off = cli("libraries", "disable", "tv shows", str(by_name["Anime"]["id"]), "--json")
    assert off.code == 0
    assert [one["enabled"] for one in off.json] == [False, False]
    report = cli("sync", "--json").json
    assert sorted(one["library"] for one in report["libraries"]) == ["4K Movies", "Movies"]
    assert cli("libraries", "enable", "Anime", "--server", "Home").code == 0
    assert cli("libraries", "enable", "Music").code == 2
    assert cli("libraries", "enable", "Nothing").code == 2
    times = [one["last_sync_at"] for one in cli("libraries", "list", "--json").json if one["name"] == "Movies"]
    assert times[0].endswith("Z")


@pytest.mark.slow
def test_a_library_name_of_two_servers_needs_the_server(
    cli: Any, server: DemoServer, start: Callable[..., DemoServer]
) -> None:
    cli.add(server)
    cli.add(start(seed=9), "Attic")
    unclear = cli("libraries", "disable", "Movies")
    assert unclear.code == 2
    assert "Attic" in unclear.err
    assert cli("libraries", "disable", "Movies", "--server", "Attic").code == 0


def test_rules_are_kept_applied_and_taken_back(synced: Any) -> None:
    added = synced("mappings", "add", "--server", "Home", "/media/tv", "/srv/tv", "--json")
    assert added.code == 0
    assert set(added.json) == {"id", "server", "library", "server_path", "local_path", "files", "state"}
    assert added.json["files"] > 50
    own = synced(
        "mappings", "add", "--server", "Home", "--library", "Movies", "/media/movies", "D:\\Movies", "--json"
    ).json
    assert own["library"] == "Movies"
    listed = synced("mappings", "list", "--json").json
    assert [one["server_path"] for one in listed] == ["/media/tv", "/media/movies"]
    assert {one["state"] for one in listed} == {"folder_missing"}
    found = json.loads(synced("export", "movies", "--format", "json").out.splitlines()[0])
    assert {file["state"] for file in found["files"]} <= {"unchecked", "unmapped"}
    assert synced("mappings", "remove", str(own["id"])).code == 0
    assert synced("mappings", "remove", "999").code == 2
    exported = [json.loads(line) for line in synced("export", "movies", "--format", "json").out.splitlines()]
    assert {file["local_path"] for item in exported for file in item["files"]} == {None}
    assert {file["state"] for item in exported for file in item["files"]} == {"unmapped"}


@pytest.mark.parametrize(
    "words",
    [
        ["/media/tv", "/elsewhere"],
        ["", "/srv/tv"],
        ["/media/../etc", "/srv/tv"],
        ["relative", "/srv/tv"],
    ],
)
def test_refused_rules_exit_2_and_change_nothing(synced: Any, words: list[str]) -> None:
    synced("mappings", "add", "--server", "Home", "/media/tv", "/srv/tv")
    done = synced("mappings", "add", "--server", "Home", *words)
    assert done.code == 2
    assert len(synced("mappings", "list", "--json").json) == 1


def test_resolve_prints_one_path_a_line(cli: Any, server: DemoServer) -> None:
    cli.add(server)
    cli("mappings", "add", "--server", "Home", "/media/tv", "/srv/tv")
    cli("mappings", "add", "--server", "Home", "\\\\nas\\anime", "Z:\\Anime")
    paths = ["/media/tv/A/b.mkv", "//NAS/Anime/c.mkv", "/media/tv-kids/x.mkv"]
    done = cli("mappings", "resolve", "--server", "Home", *paths)
    assert done.code == 0
    assert done.out.splitlines() == ["/srv/tv/A/b.mkv", "Z:\\Anime\\c.mkv", "/media/tv-kids/x.mkv"]
    listed = cli("mappings", "resolve", "--server", "Home", "--json", "--", *paths).json
    assert [one["mapped"] for one in listed] == [True, True, False]
    assert listed[2] == {"server_path": paths[2], "local_path": None, "mapped": False, "mapping_id": None}
    assert cli("mappings", "resolve", "--server", "Nobody", "/x").code == 2


def test_resolve_says_which_rule_nearly_matched(cli: Any, server: DemoServer) -> None:
    cli.add(server)
    cli("mappings", "add", "--server", "Home", "/media/tv", "/mnt/tv")
    done = cli("mappings", "resolve", "--server", "Home", "/media/TV/a.mkv", "/data/media/tv/a.mkv")
    assert done.out.splitlines() == ["/media/TV/a.mkv", "/data/media/tv/a.mkv"]
    said = " ".join(done.err.split())
    assert "the rule has “tv”, the path has “TV”" in said
    assert "The path starts with “data”; the rule does not." in said


def test_sync_has_its_shape_and_a_second_one_writes_nothing(cli: Any, server: DemoServer) -> None:
    cli.add(server)
    first = cli("sync", "--json")
    assert first.code == 0
    assert set(first.json) == {"libraries", "requests", "bytes", "duration_s"}
    for one in first.json["libraries"]:
        assert list(one) == ["server", "library", "mode", *COUNTS, "outcome", "error"]
        assert (one["mode"], one["outcome"], one["error"]) == ("full", "ok", None)
    second = cli("sync", "--json").json
    assert {one["mode"] for one in second["libraries"]} == {"marker"}
    assert sum(one[count] for one in second["libraries"] for count in COUNTS if count != "unchanged") == 0
    assert second["requests"] <= 2
    full = cli("sync", "--full", "--library", "Movies", "--json").json
    assert [(one["library"], one["mode"], one["updated"]) for one in full["libraries"]] == [("Movies", "full", 0)]


def test_a_dry_run_says_what_would_change(synced: Any, library: DemoLibrary) -> None:
    library.add_movie("The Newest Lantern", year=2024)
    planned = synced("sync", "--dry-run", "--json").json
    movies = next(one for one in planned["libraries"] if one["library"] == "Movies")
    assert [(one["action"], one["title"]) for one in movies["planned"]] == [("add", "The Newest Lantern")]
    assert synced("search", "newest lantern", "--json").json == []
    assert "The Newest Lantern" in synced("sync", "--dry-run").out


def test_one_show_by_title_and_year(synced: Any, library: DemoLibrary) -> None:
    show = library.add_show("Twice Told", year=1999)
    library.add_episode(show, "First")
    library.add_show("Twice Told", year=2020)
    unclear = synced("sync", "--show", "Twice Told")
    assert unclear.code == 2
    assert "1999" in unclear.err
    done = synced("sync", "--show", "twice told", "--year", "1999", "--json")
    assert done.code == 0
    assert sum(one["added"] for one in done.json["libraries"]) == 2
    assert synced("sync", "--show", "Never Made").code == 2
    assert synced("sync", "--year", "1999").code == 2


@pytest.mark.slow
def test_failures_of_a_sync_decide_the_exit_code(
    cli: Any, server: DemoServer, start: Callable[..., DemoServer]
) -> None:
    cli.add(server)
    other = start(seed=9)
    cli.add(other, "Attic")
    other.stop()
    some = cli("sync", "--json")
    assert some.code == 1
    assert "Attic" in some.err
    assert {one["server"] for one in some.json["libraries"]} == {"Home"}
    assert cli("sync", "--server", "Attic").code == 3
    server.stop()
    assert cli("sync").code == 3
    assert cli("sync", "--server", "Nobody").code == 2
    assert cli("sync", "--library", "Nothing").code == 2


def test_nothing_to_sync_is_wrong_usage(cli: Any) -> None:
    done = cli("sync", "--json")
    assert done.code == 2
    assert json.loads(done.out)["exit_code"] == 2


def test_a_bad_item_is_named_and_exits_1(cli: Any, server: DemoServer, library: DemoLibrary) -> None:
    cli.add(server)
    victim = next(item.id for item in library.items.values() if item.kind == "movie")
    with server.faults.using(SpoilItem(item_id=victim)):
        done = cli("sync", "--json")
    assert done.code == 1
    assert sum(one["failed"] for one in done.json["libraries"]) == 1
    assert "1 item failed" in done.err


def test_a_bad_item_is_named_with_its_title_and_id(cli: Any, server: DemoServer, library: DemoLibrary) -> None:
    cli.add(server)
    movie = next(item for item in library.items.values() if item.kind == "movie" and item.title)
    spoil = SpoilItem(item_id=movie.id, change=lambda document: {**document, "duration": {"of": "no kind"}})
    with server.faults.using(spoil):
        said = " ".join(cli("sync").err.split())
    assert said.count(f"“{movie.title}” (ID {movie.id})") == 1


def test_a_failure_is_said_once(cli: Any, server: DemoServer) -> None:
    cli.add(server)
    with server.faults.using(Status(status=404, match=path(r"/library/sections/1/all$"))):
        lines = [line for line in cli("sync").err.splitlines() if line.strip()]
    assert len(lines) == len(set(lines))
    sentence = next(line.partition(": ")[2] for line in lines if line.startswith("Home, Movies: "))
    assert " ".join(lines).count(sentence.partition(".")[0]) == 1
    with server.faults.using(Status(status=401, match=path(r"/library/sections/\d/all$"))):
        said = " ".join(cli("sync", "--full").err.split())
    assert said.lower().count("sign in again") == 1


def test_search_and_show(synced: Any) -> None:
    found = synced("search", "lantern", "--json").json
    assert found
    assert all(set(item) == ITEM for item in found)
    with_files = next(item for item in found if item["files"])
    assert set(with_files["files"][0]) == FILE
    shown = synced("show", with_files["id"], "--json").json
    assert shown == with_files
    provider, external_id = shown["ids"][0]
    assert synced("show", f"{provider}:{external_id}", "--json").json["ids"]
    assert with_files["title"] in synced("show", with_files["id"]).out
    for unknown in ("show:99999", "tvdb:0", "movie:x", "nonsense"):
        assert synced("show", unknown).code == 2
    assert "S01E01" in synced("show", "show:1").out


def test_removals_are_listed_accepted_and_restored(synced: Any, library: DemoLibrary) -> None:
    movies = [item.id for item in library.items.values() if item.kind == "movie" and item.section == "1"]
    library.remove(movies[0])
    report = synced("sync", "--json").json
    assert sum(one["removed"] for one in report["libraries"]) == 1
    (removal,) = synced("removals", "list", "--json").json
    assert set(removal) == {"id", "server", "library", "kind", "title", "state"}
    assert removal["state"] == "removed"
    assert synced("removals", "restore", str(removal["id"]), "--json").json == {"restored": 1}
    assert synced("removals", "list", "--json").json == []
    for movie in movies[1:30]:
        library.remove(movie)
    held = synced("sync")
    assert held.code == 0
    assert "held back" in held.err
    waiting = synced("removals", "list", "--library", "Movies", "--json").json
    assert {one["state"] for one in waiting} == {"held_back"}
    assert synced("removals", "accept").code == 2
    assert synced("removals", "accept", "99999").code == 2
    assert synced("removals", "accept", str(waiting[0]["id"]), "--json").json == {"accepted": 1}
    assert synced("removals", "accept", "--all", "--server", "Home").code == 0
    assert {one["state"] for one in synced("removals", "list", "--json").json} == {"removed"}


def test_exports(synced: Any, tmp_path: Path) -> None:
    synced("mappings", "add", "--server", "Home", "/media/tv", "/srv/tv")
    rows = list(csv.DictReader(io.StringIO(synced("export", "episodes", "--format", "csv").out)))
    assert len(rows) == 120
    playlist = synced("export", "episodes", "--format", "m3u").out.splitlines()
    assert playlist[0] == "#EXTM3U"
    assert any(line.startswith("/srv/tv/") for line in playlist)
    near = synced("export", "episodes", "--format", "m3u", "--relative-to", "/srv", "--all-versions")
    assert any(line.startswith("tv/") for line in near.out.splitlines())
    lacking = synced("export", "movies", "--format", "m3u")
    assert (lacking.out, lacking.code) == ("#EXTM3U\n", 0)
    assert "40 items were left out" in lacking.err
    target = tmp_path / "shows.json"
    assert synced("export", "shows", "--format", "json", "--out", str(target)).code == 0
    lines = target.read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["kind"] for line in lines} == {"show"}
    assert synced("export", "shows", "--format", "m3u").code == 2
    assert synced("export", "shows", "--out", str(tmp_path / "no" / "where")).code == 2
    assert [path.name for path in tmp_path.glob(".*partial")] == []


def test_files_are_checked_on_disk(cli: Any, server: DemoServer, library: DemoLibrary, tmp_path: Path) -> None:
    written = write_files(library, tmp_path / "media", missing=3, differing=2)
    cli.add(server)
    for server_path, folder in mappings(library, tmp_path / "media"):
        assert cli("mappings", "add", "--server", "Home", server_path, str(folder)).code == 0
    cli("sync")
    done = cli("files", "check", "--json")
    assert done.code == 0
    assert set(done.json) == {"checked", "found", "missing", "size_differs", "unmapped", "unreachable", "roots"}
    assert (done.json["missing"], done.json["size_differs"]) == (3, 2)
    assert done.json["checked"] == sum(
        done.json[state] for state in ("found", "missing", "size_differs", "unmapped", "unreachable")
    )
    states = {one["state"] for one in cli("mappings", "list", "--json").json}
    assert states <= {"found", "partly_found", "unused"}
    lost = local_path(library, tmp_path / "media", written.missing[0])
    assert lost is not None
    assert not lost.exists()
    assert "3 missing" in cli("files", "check").out


def test_the_file_itself(synced: Any) -> None:
    info = synced("db", "info", "--json").json
    assert info["problems"] == []
    assert (info["shows"], info["episodes"], info["movies"]) == (12, 120, 40)
    copy = synced("db", "backup", "--json").json
    assert Path(copy["path"]).is_file()
    assert synced("servers", "remove", "Home").code == 0
    purged = synced("db", "purge", "--json").json
    assert purged["servers"] == 1
    assert synced("db", "info", "--json").json["shows"] == 0
    restored = synced("db", "restore", copy["path"], "--json").json
    assert Path(restored["kept"]).is_file()
    assert synced("db", "info", "--json").json["shows"] == 12
    assert synced("db", "upgrade", "--json").json["before"] == info["schema"]
    assert synced("db", "restore", "/no/such/file").code == 2


def test_a_catalog_that_cannot_be_used_exits_4(cli: Any, tmp_path: Path) -> None:
    cli.data_dir.mkdir()
    (cli.data_dir / "retrovue.db").write_bytes(b"rubbish" * 1000)
    damaged = cli("libraries", "list", "--json")
    assert damaged.code == 4
    said = json.loads(damaged.out)
    assert "damaged" in said["error"]
    assert "db new" in said["hint"]
    for words in (["sync"], ["db", "info"], ["db", "backup"], ["servers", "list"], ["doctor"]):
        assert cli(*words).code == 4
    kept = Path(cli("db", "new", "--json").json["kept"])
    assert kept.read_bytes() == b"rubbish" * 1000
    assert cli("libraries", "list", "--json").json == []
    blocker = tmp_path / "a-file"
    blocker.write_text("", encoding="utf-8")
    cli.data_dir = blocker / "profile"
    assert cli("servers", "list").code == 4


def test_quiet_says_nothing_but_results(synced: Any) -> None:
    done = synced("mappings", "add", "--server", "Home", "/media/tv", "/srv/tv", "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")


@pytest.mark.parametrize(
    "words", [["nonsense"], ["sync", "--nonsense"], ["mappings", "add", "--server"], ["servers"], ["show"]]
)
def test_wrong_usage_exits_2(cli: Any, words: list[str]) -> None:
    done = cli(*words)
    assert done.code == 2
    assert done.err
    assert done.out == ""
