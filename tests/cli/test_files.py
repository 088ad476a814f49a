"""Rules and files on the command line: suggest, add, test, check, extra files, disks, duplicates."""

import csv
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from retrovue.demo.files import WrittenFiles, write_files
from retrovue.demo.library import DemoLibrary
from retrovue.demo.server import DemoServer

TOKEN = "demo-Tok3n-never-to-be-seen"
COUNTS = ["found", "missing", "size_differs", "unmapped", "unreachable"]


@dataclass
class Place:
    """An imported server, and the folder with its files."""

    cli: Any
    media: Path
    made: WrittenFiles

    def __call__(self, *words: str) -> Any:
        return self.cli(*words)

    def adopt(self) -> list[dict[str, Any]]:
        """Add every rule that is suggested for the folder."""
        found = self.cli("mappings", "suggest", "--server", "Home", "--in", str(self.media), "--json").json
        for one in found:
            done = self.cli("mappings", "add", "--server", "Home", one["server_path"], one["local_path"])
            assert done.code == 0, done.err
        return list(found)


@pytest.fixture
def place(cli: Any, library: DemoLibrary, tmp_path: Path) -> Iterator[Place]:
    made = write_files(library, tmp_path / "media")
    with DemoServer(library, token=TOKEN) as server:
        cli.add(server)
        assert cli("sync").code == 0
        yield Place(cli, tmp_path / "media", made)


def test_suggest_add_test_and_check(place: Place) -> None:
    found = place.adopt()
    assert found
    assert all(list(one) == ["server_path", "local_path", "sampled", "found", "sizes_equal"] for one in found)
    assert all(0 < one["sizes_equal"] <= one["found"] <= one["sampled"] for one in found)
    tested = place("mappings", "test", "--server", "Home", "--all", "--json")
    assert tested.code == 0
    assert list(tested.json) == ["sampled", *COUNTS, "examples"]
    assert all(list(one) == ["server_path", "local_path", "state", "reason"] for one in tested.json["examples"])
    checked = place("files", "check", "--json")
    assert checked.code == 0
    assert list(checked.json) == ["checked", *COUNTS, "roots"]
    assert {name: checked.json[name] for name in COUNTS} == {name: tested.json[name] for name in COUNTS}
    assert checked.json["checked"] == tested.json["sampled"] == sum(checked.json[name] for name in COUNTS)
    assert (checked.json["missing"], checked.json["size_differs"], checked.json["unmapped"]) == (4, 3, 1)
    exported = [json.loads(line) for line in place("export", "episodes", "--format", "json").out.splitlines()]
    missing = {file["server_path"] for item in exported for file in item["files"] if file["state"] == "missing"}
    assert missing <= set(place.made.missing)
    assert missing


def test_a_sample_is_tested_unless_all_is_asked(place: Place) -> None:
    place.adopt()
    rules = place("mappings", "list", "--json").json
    one = place("mappings", "test", "--id", str(rules[0]["id"]), "--json").json
    assert one["sampled"] == rules[0]["files"]
    assert place("mappings", "test", "--id", "999", "--json").code == 2
    assert place("mappings", "test", "--server", "Nobody").code == 2
    shown = place("mappings", "test")
    assert "files found" in shown.out
    assert "The folder does not contain this name." in shown.out


def test_an_unmatched_path_names_the_nearest_rule(place: Place) -> None:
    place("mappings", "add", "--server", "Home", "/Media/tv", str(place.media / "tv"))
    tested = place("mappings", "test", "--json").json
    assert tested["unmapped"] == tested["sampled"]
    assert any("/Media/tv" in one["reason"] and "case" in one["reason"] for one in tested["examples"])


def test_suggest_says_why_there_is_nothing(place: Place, cli: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert place("mappings", "suggest", "--server", "Home", "--in", str(tmp_path / "not there")).code == 2
    assert place("mappings", "suggest", "--server", "Nobody").code == 2
    assert place("mappings", "suggest").code == 2


def test_a_lost_root_is_one_sentence_and_accepted_on_demand(place: Place) -> None:
    place("mappings", "add", "--server", "Home", "/media/tv", str(place.media / "tv"))
    before = place("files", "check", "--json").json
    files = sorted((place.media / "tv").rglob("*.mkv"))
    for file in files[: len(files) // 2]:
        file.unlink()
    lost = place("files", "check", "--json")
    assert lost.code == 0
    assert lost.json["missing"] == before["missing"]
    assert [root["problem"] for root in lost.json["roots"]] == ["many_lost"]
    assert "disappeared at once" in lost.err
    assert "--accept-loss" in lost.err
    accepted = place("files", "check", "--accept-loss", str(place.media / "tv"), "--json")
    assert accepted.json["missing"] == before["missing"] + len(files) // 2
    assert place("files", "check", "--accept-loss", "/nowhere").code == 2


def test_an_unplugged_folder_is_unreachable(place: Place) -> None:
    place.adopt()
    place("files", "check")
    place.media.rename(place.media.with_name("unplugged"))
    done = place("files", "check", "--json")
    assert done.code == 0
    assert (done.json["missing"], done.json["found"]) == (0, 0)
    assert done.json["unreachable"] == done.json["checked"] - 1
    assert "may not be mounted" in done.err
    states = {one["state"] for one in place("mappings", "list", "--json").json}
    assert states == {"folder_missing"}
    assert "Folder not found" in place("mappings", "list").out


def test_extra_files_as_text_json_and_csv(place: Place, tmp_path: Path) -> None:
    place.adopt()
    assert place("files", "extra", "--json").json["files"] == []
    extra = place.media / "tv" / "Mine" / "clip, one.mkv"
    extra.parent.mkdir()
    extra.write_bytes(b"1234567")
    (extra.parent / "b-trailer.mkv").write_bytes(b"1")
    done = place("files", "extra", "--server", "Home", "--json")
    assert done.code == 0
    assert list(done.json) == ["files", "total_bytes", "folders", "complete", "problems"]
    (found,) = done.json["files"]
    assert (found["path"], found["size_bytes"]) == (str(extra), 7)
    assert str(extra) in place("files", "extra").out
    out = tmp_path / "extra.csv"
    assert place("files", "extra", "--out", str(out)).code == 0
    with out.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["path", "size_bytes", "modified_at", "root"]
    assert rows[1][:3] == [str(extra), "7", found["modified_at"]]
    assert place("files", "extra", "--ignore", "Mine", "--json").json["files"] == []


def test_disks(place: Place) -> None:
    place.adopt()
    place("files", "check")
    report = place("stats", "disks", "--json")
    assert report.code == 0
    assert list(report.json) == ["disks", "files", "used_bytes"]
    used = sum(path.stat().st_size for path in place.media.rglob("*") if path.is_file())
    assert report.json["used_bytes"] == used
    assert report.json["files"] == place.made.written
    (disk,) = [one for one in report.json["disks"] if one["files"]]
    assert disk["mounted"] is True
    assert disk["source"] == "read"
    assert 0 <= disk["free_bytes"] <= disk["total_bytes"]
    assert disk["at"].endswith("Z")
    assert {one["library"] for one in disk["libraries"]} >= {"Movies", "TV Shows"}
    words = ("stats", "disks", "--set", "/mnt/nowhere", "--total", "1000", "--free", "10", "--json")
    manual = {one["path"]: one for one in place(*words).json["disks"]}["/mnt/nowhere"]
    assert (manual["total_bytes"], manual["free_bytes"], manual["source"]) == (1000, 10, "manual")
    assert "/mnt/nowhere" in place("stats", "disks").out
    assert place("stats", "disks", "--set", "/mnt/x", "--total", "5", "--free", "10").code == 2
    assert place("stats", "disks", "--total", "5").code == 2


def test_duplicates(place: Place) -> None:
    place.adopt()
    done = place("stats", "duplicates", "--json")
    assert done.code == 0
    assert list(done.json) == ["groups", "size_bytes", "extra_bytes"]
    films = [one for one in done.json["groups"] if one["kind"] == "movie"]
    assert films
    for film in films:
        places = {(spot["server"], spot["library"]) for copy in film["copies"] for spot in copy["places"]}
        assert places == {("Home", "Movies"), ("Home", "4K Movies")}
        assert film["extra_bytes"] == min(copy["size_bytes"] for copy in film["copies"])
    assert done.json["extra_bytes"] == sum(one["extra_bytes"] for one in done.json["groups"])
    assert films[0]["title"] in place("stats", "duplicates").out


@pytest.mark.skipif(sys.platform != "linux", reason="names of bytes that are no text")
def test_a_folder_whose_name_is_no_text(place: Place, tmp_path: Path) -> None:
    """Scripts get paths that open, in JSON and in files."""
    odd = tmp_path / os.fsdecode(b"caf\xe9")
    place.media.rename(odd)
    place.media = odd
    for one in place.adopt():
        assert Path(one["local_path"]).is_relative_to(odd)
    checked = place("files", "check", "--json").json
    assert checked["found"] > 50
    assert all(Path(root["path"]).is_relative_to(odd) for root in checked["roots"])
    assert all(Path(one["local_path"]).is_dir() for one in place("mappings", "list", "--json").json)
    out = tmp_path / "all.m3u"
    assert place("export", "files", "--format", "m3u", "--out", str(out)).code == 0
    listed = [Path(os.fsdecode(line)) for line in out.read_bytes().splitlines() if not line.startswith(b"#")]
    assert len(listed) > 50
    assert sum(path.exists() for path in listed) >= checked["found"]
    out = tmp_path / "all.json"
    assert place("export", "files", "--format", "json", "--out", str(out)).code == 0
    entries = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    found = [one for one in entries if one["state"] == "found"]
    assert found
    assert all(Path(one["local_path"]).exists() for one in found)
