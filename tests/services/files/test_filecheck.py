"""The file check on real trees and on disks that fail in every way."""

import errno
import os
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.rights import can_bind, rights_bind

from retrovue.core.domain.errors import Cancelled
from retrovue.core.domain.media import FileState
from retrovue.core.domain.tasks import CancelToken
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
from retrovue.core.system.volumes import Volume, VolumeKind

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs names and rights that Windows has not")


def wanted(
    root: str | Path, names: Iterable[str], *, size_bytes: int | None = 1, found_before: bool = False
) -> list[FileToCheck]:
    mark = "\\" if str(root)[1:2] == ":" else os.sep
    return [
        FileToCheck(
            number,
            f"{str(root).rstrip(mark)}{mark}{name}",
            size_bytes,
            str(root),
            FileState.FOUND if found_before else FileState.UNCHECKED,
            found_before,
        )
        for number, name in enumerate(names)
    ]


def write(root: Path, names: Iterable[str], size_bytes: int = 1) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size_bytes)


class Collected:
    """What a check told, file by file; a second answer for a file is an error."""

    def __init__(self) -> None:
        self.results: dict[int, FileResult] = {}
        self.marks: list[str] = []

    def __call__(self, results: list[FileResult], mark: CheckMark) -> None:
        for result in results:
            assert result.media_file_id not in self.results
            self.results[result.media_file_id] = result
        self.marks.append(mark.dump())

    def states(self) -> list[str]:
        return [self.results[key].state.value for key in sorted(self.results)]


def check(files: list[FileToCheck], **more: object) -> tuple[CheckSummary, Collected]:
    collected = Collected()
    more.setdefault("fs", ComputerFileSystem())
    summary = check_files(files, on_batch=collected, **more)  # type: ignore[arg-type]
    assert sorted(collected.results) == sorted(file.media_file_id for file in files)
    assert summary.checked == len(files)
    return summary, collected


def test_states_of_a_real_tree(tmp_path: Path) -> None:
    write(tmp_path, ["Show/S01/a.mkv", "Show/S01/b.mkv", "Film/f.mkv"])
    (tmp_path / "Disc" / "BDMV").mkdir(parents=True)
    names = ["Show/S01/a.mkv", "Show/S01/b.mkv", "Show/S01/c.mkv", "Film/f.mkv", "Gone/g.mkv", "Disc"]
    files = wanted(tmp_path, names)
    files[1] = files[1]._replace(size_bytes=99)
    files[3] = files[3]._replace(size_bytes=None)
    files.append(FileToCheck(6, None, 1, None))
    files.append(FileToCheck(7, str(tmp_path / ".." / "x"), 1, str(tmp_path)))
    files.append(FileToCheck(8, str(tmp_path) + "-other/x", 1, str(tmp_path)))
    files.append(FileToCheck(9, str(tmp_path / "a\0b"), 1, str(tmp_path)))
    summary, collected = check(files)
    assert collected.states() == [
        "found", "size_differs", "missing", "found", "missing", "found", *["unmapped"] * 4,
    ]  # fmt: skip
    results = collected.results
    assert results[1].disk_size_bytes == 1
    assert results[4].fault is FileFault.FOLDER_GONE
    assert [results[key].fault for key in (6, 7, 8, 9)] == [
        FileFault.NO_LOCAL_PATH,
        FileFault.OUTSIDE_ROOT,
        FileFault.OUTSIDE_ROOT,
        FileFault.BAD_PATH,
    ]
    (root,) = summary.roots
    assert (root.root, root.checked, root.problem, root.user_text) == (str(tmp_path), 6, None, "")
    assert summary.counts == {
        FileState.FOUND: 3,
        FileState.SIZE_DIFFERS: 1,
        FileState.MISSING: 2,
        FileState.UNMAPPED: 4,
    }
    assert all(fault.user_text for fault in FileFault)


def test_each_folder_is_listed_once_and_no_file_is_asked_for(fake_fs) -> None:
    fs = fake_fs()
    names = [f"Show {show}/S{season}/{episode}.mkv" for show in range(9) for season in (1, 2) for episode in range(9)]
    for name in names:
        fs.add(f"/m/{name}")
    check(wanted("/m", names), fs=fs)
    listed = [folder for folder in fs.scans if folder != "/m"]
    assert len(listed) == len(set(listed)) == 18
    assert {folder for folder in fs.scans if not folder.startswith("/m")} == set()


@pytest.mark.parametrize("case", ["gone", "empty"])
def test_a_root_that_is_not_there_is_unreachable_never_missing(tmp_path: Path, case: str) -> None:
    root = tmp_path / "share"
    if case == "empty":
        root.mkdir()
    summary, collected = check(wanted(root, ["a.mkv", "x/b.mkv"], found_before=True))
    assert collected.states() == ["unreachable"] * 2
    expected = FileFault.ROOT_GONE if case == "gone" else FileFault.ROOT_EMPTY
    assert summary.roots[0].problem is expected
    assert str(root) in summary.roots[0].user_text


def test_a_volume_that_is_not_mounted_is_not_even_looked_at(fake_fs) -> None:
    fs = fake_fs()
    fs.add("/mnt/nas/tv/other.mkv")
    fs.add("/mnt/here/a.mkv")
    fs.add("/mnt/sub/x/stale.mkv")
    volumes = [
        Volume("/mnt/nas", VolumeKind.NETWORK, is_mounted=False),
        Volume("/mnt/sub/x", VolumeKind.NETWORK, is_mounted=False),
    ]
    files = [*wanted("/mnt/nas/tv", ["a.mkv"]), *wanted("/mnt/here", ["a.mkv"]), *wanted("/mnt", ["sub/x/a.mkv"])]
    files = [file._replace(media_file_id=number) for number, file in enumerate(files)]
    summary, collected = check(files, fs=fs, volumes=volumes)
    assert collected.states() == ["unreachable", "found", "unreachable"]
    assert summary.roots[2].problem is FileFault.NOT_MOUNTED
    assert collected.results[2].fault is FileFault.NOT_MOUNTED
    assert not [folder for folder in fs.scans if folder.startswith(("/mnt/nas", "/mnt/sub"))]


def test_a_root_that_lost_many_files_is_one_problem(tmp_path: Path) -> None:
    names = [f"{number}/a.mkv" for number in range(10)]
    write(tmp_path, names[:7])
    files = wanted(tmp_path, names, found_before=True)
    summary, collected = check(files)
    assert collected.states() == ["found"] * 7 + ["unreachable"] * 3
    assert summary.roots[0].problem is FileFault.MANY_LOST
    assert summary.roots[0].lost == 3
    assert "3" in summary.roots[0].user_text
    # The next check still compares with what was there, not with the smaller rest.
    again = [file._replace(previous=collected.results[file.media_file_id].state, was_found=True) for file in files]
    _summary, second = check(again)
    assert second.states() == collected.states()
    # A person says that they are gone.
    options = CheckOptions(accepted_losses=frozenset({str(tmp_path)}))
    _summary, accepted = check(again, options=options)
    assert accepted.states() == ["found"] * 7 + ["missing"] * 3
    # What is known to be missing is not lost again.
    known = [file._replace(previous=accepted.results[file.media_file_id].state) for file in again]
    _summary, later = check(known)
    assert later.states() == accepted.states()


def test_a_few_lost_files_are_missing(tmp_path: Path) -> None:
    names = [f"{number}.mkv" for number in range(10)]
    write(tmp_path, names[:8])
    _summary, collected = check(wanted(tmp_path, names, found_before=True))
    assert collected.states() == ["found"] * 8 + ["missing"] * 2
    write(tmp_path / "small", ["a.mkv"])
    _summary, small = check(wanted(tmp_path / "small", ["a.mkv", "b.mkv"], found_before=True))
    assert small.states() == ["found", "missing"]


def test_a_disk_that_hangs_stops_only_itself(fake_fs) -> None:
    fs = fake_fs()
    for number in range(5):
        fs.add(f"/dead/{number}/a.mkv")
        fs.add(f"/live/{number}/a.mkv")
    fs.hanging.add("/dead/2")
    names = [f"{number}/a.mkv" for number in range(5)]
    files = [*wanted("/dead", names), *wanted("/dead/3", ["a.mkv"]), *wanted("/live", names)]
    files = [file._replace(media_file_id=number) for number, file in enumerate(files)]
    volumes = [Volume("/dead", VolumeKind.NETWORK), Volume("/live", VolumeKind.LOCAL)]
    options = CheckOptions(look_timeout_s=0.2, folders_per_batch=2)
    summary, collected = check(files, fs=fs, volumes=volumes, options=options)
    assert fs.let_go == 0
    assert collected.states()[:5] == ["found", "found", "unreachable", "unreachable", "unreachable"]
    assert collected.states()[6:] == ["found"] * 5
    assert collected.results[5].fault is FileFault.NO_ANSWER
    assert summary.roots[0].problem is FileFault.NO_ANSWER


def test_a_root_that_hangs_at_once(fake_fs) -> None:
    fs = fake_fs()
    fs.add("/dead/a.mkv")
    fs.hanging.add("/dead")
    summary, collected = check(wanted("/dead", ["a.mkv"]), fs=fs, options=CheckOptions(look_timeout_s=0.1))
    assert collected.states() == ["unreachable"]
    assert summary.roots[0].problem is FileFault.NO_ANSWER


@pytest.mark.parametrize(
    ("code", "state", "fault", "is_root_problem"),
    [
        (errno.EACCES, FileState.UNREACHABLE, FileFault.NO_PERMISSION, False),
        (errno.ELOOP, FileState.UNREACHABLE, FileFault.LINK_LOOP, False),
        (errno.ENAMETOOLONG, FileState.MISSING, FileFault.TOO_LONG, False),
        (errno.EINVAL, FileState.UNREACHABLE, FileFault.READ_ERROR, False),
        (errno.EIO, FileState.UNREACHABLE, FileFault.NO_ANSWER, True),
        (errno.ESTALE, FileState.UNREACHABLE, FileFault.NO_ANSWER, True),
    ],
)
def test_a_folder_that_cannot_be_read(fake_fs, code, state, fault, is_root_problem) -> None:
    fs = fake_fs()
    names = ["1/a.mkv", "2/a.mkv", "3/a.mkv"]
    for name in names:
        fs.add(f"/m/{name}")
    fs.errors["/m/2"] = code
    summary, collected = check(wanted("/m", names), fs=fs)
    assert (collected.results[1].state, collected.results[1].fault) == (state, fault)
    assert collected.results[0].state is FileState.FOUND
    last = FileState.UNREACHABLE if is_root_problem else FileState.FOUND
    assert collected.results[2].state is last
    assert (summary.roots[0].problem is not None) is is_root_problem


def test_a_share_that_vanishes_in_mid_check_makes_nothing_missing(fake_fs) -> None:
    fs = fake_fs()
    names = [f"{number}/a.mkv" for number in range(10)]
    for name in names:
        fs.add(f"/m/{name}")
    looks = fs.scan

    def vanish(folder: str):
        found = looks(folder)
        if folder == "/m/5":
            fs.folders.clear()
        return found

    fs.scan = vanish
    summary, collected = check(wanted("/m", names), fs=fs, options=CheckOptions(folders_per_batch=1))
    assert "missing" not in collected.states()
    assert summary.roots[0].problem is FileFault.ROOT_GONE


def test_cancelled_checks_resume_where_they_stopped(tmp_path: Path) -> None:
    names = [f"{number:03}/a.mkv" for number in range(100)]
    write(tmp_path, [name for name in names if not name.startswith("00")])
    files = wanted(tmp_path, names, found_before=True)
    options = CheckOptions(folders_per_batch=5)
    token = CancelToken()
    first = Collected()

    def until_half(results: list[FileResult], mark: CheckMark) -> None:
        first(results, mark)
        if len(first.results) >= 20:
            token.cancel()

    with pytest.raises(Cancelled):
        check_files(files, fs=ComputerFileSystem(), token=token, on_batch=until_half, options=options)
    assert 20 <= len(first.results) < 100
    second = Collected()
    summary = check_files(
        files, fs=ComputerFileSystem(), resume=CheckMark.load(first.marks[-1]), on_batch=second, options=options
    )
    assert not set(first.results) & set(second.results)
    assert len(first.results) + len(second.results) == 100
    # The ten lost ones came before the stop; they are told after it, when the whole root was seen.
    assert sorted(key for key, result in second.results.items() if result.state is FileState.MISSING) == [*range(10)]
    assert summary.counts == {FileState.FOUND: 90, FileState.MISSING: 10}
    # A check that was over resumes to the same summary without a look.
    done = Collected()
    assert (
        check_files(files, fs=ComputerFileSystem(), resume=CheckMark.load(second.marks[-1]), on_batch=done) == summary
    )
    assert done.results == {}


def test_a_mark_of_another_version_starts_afresh() -> None:
    for text in ("", "[]", "{", '{"/m": {}}', '{"/m": {"folder": 1, "counts": {"odd": 1}, "held": [], "had": 0}}'):
        assert CheckMark.load(text).roots == {}


def test_a_cancelled_token_stops_before_the_first_look(fake_fs) -> None:
    fs = fake_fs()
    fs.add("/m/a.mkv")
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        check_files(wanted("/m", ["a.mkv"]), fs=fs, token=token)
    assert fs.scans == []


def test_progress_counts_up_to_all_files(tmp_path: Path) -> None:
    names = [f"{number}/a.mkv" for number in range(20)]
    write(tmp_path, names[1:])
    told = []
    check(
        [*wanted(tmp_path, names), FileToCheck(99, None, 1, None)],
        on_progress=told.append,
        options=CheckOptions(folders_per_batch=3),
    )
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert (told[-1].done, told[-1].total) == (21, 21)


@posix_only
def test_names_in_two_unicode_spellings(tmp_path: Path) -> None:
    composed, decomposed = "Café.mkv", unicodedata.normalize("NFD", "Café.mkv")
    folder = unicodedata.normalize("NFD", "Été")
    write(tmp_path, [f"both/{composed}"], 1)
    write(tmp_path, [f"both/{decomposed}"], 2)
    write(tmp_path, [f"one/{decomposed}", f"{folder}/x.mkv"], 1)
    files = wanted(tmp_path, [f"both/{composed}", f"both/{decomposed}", f"one/{composed}", "Été/x.mkv", "Ete/x.mkv"])
    files[1] = files[1]._replace(size_bytes=2)
    _summary, collected = check(files)
    assert collected.states() == ["found"] * 4 + ["missing"]
    results = collected.results
    for key, name in ((2, f"one/{decomposed}"), (3, f"{folder}/x.mkv")):
        if results[key].fault is not None:  # a Mac opens both spellings
            assert results[key].fault is FileFault.OTHER_SPELLING
            assert results[key].actual_path == str(tmp_path / name)
    assert results[0].actual_path is results[1].actual_path is None


def test_letter_case_counts_where_the_disk_says_so(fake_fs) -> None:
    windows = fake_fs(ignores_case=True)
    windows.add("Z:\\TV\\Show\\A.mkv")
    _summary, collected = check(wanted("Z:\\tv", ["show\\a.MKV"]), fs=windows)
    assert collected.states() == ["found"]
    linux = fake_fs()
    linux.add("/tv/Show/A.mkv")
    _summary, collected = check(wanted("/tv", ["Show/a.mkv"]), fs=linux)
    assert collected.results[0] == FileResult(0, FileState.MISSING, None, FileFault.OTHER_CASE)


@posix_only
def test_names_that_are_no_text_survive(tmp_path: Path) -> None:
    name = os.fsdecode(b"Show \xff\xfe/a\xe9.mkv")
    try:
        write(tmp_path, [name])
    except OSError:
        pytest.skip("this disk stores text only")
    _summary, collected = check(wanted(tmp_path, [name, os.fsdecode(b"b\xff.mkv")]))
    assert collected.states() == ["found", "missing"]
    assert CheckMark.load(collected.marks[-1]).roots[str(tmp_path)].folder == str(tmp_path / "Show \udcff\udcfe")


@posix_only
def test_links_in_a_circle_and_to_nowhere(tmp_path: Path) -> None:
    write(tmp_path, ["real/a.mkv"])
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "again").symlink_to(tmp_path / "deep")
    (tmp_path / "real" / "dangling.mkv").symlink_to(tmp_path / "none")
    (tmp_path / "real" / "linked.mkv").symlink_to(tmp_path / "real" / "a.mkv")
    files = wanted(
        tmp_path,
        ["loop/a.mkv", "deep/" + "again/" * 60 + "a.mkv", "real/dangling.mkv", "real/linked.mkv", "x" * 5000 + "/a"],
    )
    _summary, collected = check(files)
    results = collected.results
    assert results[0].fault is FileFault.LINK_LOOP
    assert results[1].fault in (FileFault.LINK_LOOP, None)
    assert (results[2].state, results[2].fault) == (FileState.MISSING, FileFault.BROKEN_LINK)
    assert results[3].state is FileState.FOUND
    assert results[4].fault is FileFault.TOO_LONG


@pytest.mark.skipif(not can_bind, reason="rights do not bind here")
@pytest.mark.parametrize(
    ("rights", "below"), [(0o000, FileState.UNREACHABLE), (0o444, FileState.UNREACHABLE), (0o111, FileState.FOUND)]
)
def test_a_folder_without_rights(tmp_path: Path, rights: int, below: FileState) -> None:
    names = ["shut/a.mkv", "shut/deeper/b.mkv", "open/a.mkv"]
    write(tmp_path, names)
    (tmp_path / "shut").chmod(rights)
    try:
        with rights_bind():
            summary, collected = check(wanted(tmp_path, names, found_before=True))
    finally:
        (tmp_path / "shut").chmod(0o700)
    results = collected.results
    assert (results[0].state, results[0].fault) == (FileState.UNREACHABLE, FileFault.NO_PERMISSION)
    # A folder that may be entered but not listed hides nothing of what lies deeper.
    assert results[1].state is below
    assert results[2].state is FileState.FOUND
    assert summary.roots[0].problem is None
