"""Links inside mapped folders: followed to mapped places, never anywhere else."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from retrovue.core.domain.media import FileState
from retrovue.core.services.looking import (
    CheckMark,
    CheckOptions,
    CheckSummary,
    FileFault,
    FileResult,
    FileToCheck,
    check_files,
)
from retrovue.core.system.filesystem import ComputerFileSystem

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need a right on Windows")


@dataclass
class Watched(ComputerFileSystem):
    """This computer's disks; keeps the real path of whatever is read through a link or not."""

    read: list[str] = field(default_factory=list)

    def scan(self, folder: str) -> list[os.DirEntry[str]]:
        self.read.append(os.path.realpath(folder))
        return super().scan(folder)

    def stat(self, path: str) -> os.stat_result:
        self.read.append(os.path.realpath(path))
        return super().stat(path)

    def lstat(self, path: str) -> os.stat_result:
        parent, name = os.path.split(path)
        self.read.append(os.path.join(os.path.realpath(parent), name))  # noqa: PTH118 - the last link is not followed
        return super().lstat(path)


def put(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def check(
    root: Path, names: list[str], *, fs: ComputerFileSystem | None = None, mapped: tuple[Path, ...] = ()
) -> tuple[list[FileResult], CheckSummary]:
    files = [FileToCheck(number, f"{root}/{name}", 1, str(root)) for number, name in enumerate(names)]
    found: dict[int, FileResult] = {}

    def keep(results: list[FileResult], _mark: CheckMark) -> None:
        found.update((result.media_file_id, result) for result in results)

    options = CheckOptions(mapped_folders=frozenset(str(one) for one in mapped))
    summary = check_files(files, fs=fs or ComputerFileSystem(), options=options, on_batch=keep)
    assert summary.checked == len(files)
    return [found[number] for number in range(len(files))], summary


def test_a_link_out_of_the_mapped_folder_is_not_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "media" / "tv", tmp_path / "secret"
    put(root / "here" / "a.mkv", outside / "a.mkv", outside / "deep" / "er" / "a.mkv", tmp_path / "media" / "b.mkv")
    (root / "away").symlink_to(outside)
    (root / "up").symlink_to("../../secret")
    (root / "here" / "file.mkv").symlink_to(outside / "a.mkv")
    (root / "here" / "nothing.mkv").symlink_to(outside / "nothing.mkv")
    (root / "beside").symlink_to(tmp_path / "media" / "tv-kids")
    names = [
        "away/a.mkv",
        "away/deep/er/a.mkv",
        "up/a.mkv",
        "here/file.mkv",
        "here/nothing.mkv",
        "beside/a.mkv",
        "here/a.mkv",
    ]
    fs = Watched()
    results, summary = check(root, names, fs=fs)
    assert [(one.state, one.fault) for one in results[:-1]] == [(FileState.UNREACHABLE, FileFault.LINK_OUTSIDE)] * 6
    assert results[-1].state is FileState.FOUND
    assert summary.roots[0].problem is None
    above = {str(tmp_path / "media"), str(tmp_path), *map(str, tmp_path.parents)}
    assert {path for path in fs.read if not path.startswith(str(root))} <= above
    assert fs.read


def test_links_inside_the_root_and_into_another_mapped_folder(tmp_path: Path) -> None:
    root, other = tmp_path / "tv", tmp_path / "more"
    put(root / "Show" / "a.mkv", root / "Show" / "S01" / "b.mkv", other / "Other" / "c.mkv", other / "d.mkv")
    (root / "Alias").symlink_to("Show")
    (root / "Deep").mkdir()
    (root / "Deep" / "Back").symlink_to("../../tv/Show/../Show")
    (root / "Other").symlink_to(other / "Other")
    (root / "d.mkv").symlink_to(other / "d.mkv")
    (root / "Twice").symlink_to("Alias")
    names = ["Alias/a.mkv", "Alias/S01/b.mkv", "Deep/Back/S01/b.mkv", "Twice/a.mkv", "Other/c.mkv", "d.mkv"]
    results, _summary = check(root, names, mapped=(other,))
    assert [one.state for one in results] == [FileState.FOUND] * 6
    alone, _summary = check(root, names)
    assert [one.fault for one in alone] == [None] * 4 + [FileFault.LINK_OUTSIDE] * 2


def test_a_root_that_is_itself_a_link(tmp_path: Path) -> None:
    real = tmp_path / "disk" / "video"
    put(real / "Show" / "a.mkv", tmp_path / "disk" / "secret.mkv")
    (tmp_path / "tv").symlink_to(real)
    (real / "Alias").symlink_to(tmp_path / "tv" / "Show")
    (real / "Same").symlink_to(real / "Show")
    (real / "Show" / "out.mkv").symlink_to("../../secret.mkv")
    names = ["Show/a.mkv", "Alias/a.mkv", "Same/a.mkv", "Show/out.mkv"]
    results, _summary = check(tmp_path / "tv", names)
    assert [one.state for one in results[:3]] == [FileState.FOUND] * 3
    assert results[3].fault is FileFault.LINK_OUTSIDE


def test_up_and_back_through_a_mapped_link_is_outside(tmp_path: Path) -> None:
    """The system goes up from where a link leads, not from where it is written."""
    root, other = tmp_path / "tv", tmp_path / "linked"
    put(root / "a.mkv", tmp_path / "far" / "disk" / "b.mkv", tmp_path / "far" / "c.mkv")
    other.symlink_to(tmp_path / "far" / "disk")
    (root / "trick").symlink_to(other / ".." / "tv")
    (root / "fine").symlink_to(other)
    results, _summary = check(root, ["trick/a.mkv", "fine/b.mkv"], mapped=(other,))
    assert results[0].fault is FileFault.LINK_OUTSIDE
    assert results[1].state is FileState.FOUND


def test_circles_end_with_a_sentence(tmp_path: Path) -> None:
    put(tmp_path / "real" / "a.mkv")
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    (tmp_path / "self.mkv").symlink_to("self.mkv")
    (tmp_path / "real" / "again").symlink_to(tmp_path / "real")
    names = ["one/a.mkv", "self.mkv", "real/" + "again/" * 50 + "a.mkv", "real/" + "again/" * 9 + "a.mkv"]
    results, _summary = check(tmp_path, names)
    assert [one.fault for one in results] == [FileFault.LINK_LOOP] * 3 + [None]
    assert [one.state for one in results] == [FileState.UNREACHABLE] * 3 + [FileState.FOUND]


def test_a_link_to_nothing_inside_is_missing(tmp_path: Path) -> None:
    put(tmp_path / "real" / "a.mkv")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "gone.mkv").symlink_to("nowhere.mkv")
    results, _summary = check(tmp_path, ["gone/a.mkv", "gone.mkv", "gone/deeper/b.mkv"])
    assert [(one.state, one.fault) for one in results] == [
        (FileState.MISSING, FileFault.FOLDER_GONE),
        (FileState.MISSING, FileFault.BROKEN_LINK),
        (FileState.MISSING, FileFault.FOLDER_GONE),
    ]


def test_accents_are_not_looked_for_behind_a_link_out(tmp_path: Path) -> None:
    root, outside = tmp_path / "tv", tmp_path / "secret"
    put(root / "a.mkv", outside / "E\u0301te\u0301" / "a.mkv")
    (root / "away").symlink_to(outside)
    fs = Watched()
    results, _summary = check(root, ["away/\u00c9t\u00e9/a.mkv"], fs=fs)
    assert results[0].fault is FileFault.LINK_OUTSIDE
    assert not [path for path in fs.read if path.startswith(str(outside))]


@pytest.mark.parametrize(
    ("target", "is_outside"),
    [
        ("\\\\?\\C:\\Secret", True),
        ("C:\\Secret", True),
        ("..\\Secret", True),
        ("z:\\tv\\show", False),
        ("Show", False),
        ("\\\\?\\Volume{0b6a}\\", False),
        ("\\\\nas\\secret", True),
    ],
)
def test_junctions_of_windows(fake_fs, target: str, is_outside: bool) -> None:
    fs = fake_fs(ignores_case=True)
    fs.add("Z:\\TV\\Show\\a.mkv")
    fs.add("Z:\\TV\\Link\\a.mkv")
    fs.links["Z:\\TV\\Link"] = target
    found: list[FileResult] = []
    files = [FileToCheck(1, "Z:\\TV\\Link\\a.mkv", 1, "Z:\\TV")]
    check_files(files, fs=fs, on_batch=lambda results, _mark: found.extend(results))
    assert (found[0].fault is FileFault.LINK_OUTSIDE) is is_outside
    assert (found[0].state is FileState.FOUND) is not is_outside
