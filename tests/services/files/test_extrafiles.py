"""Files that no server knows, on real trees."""

import errno
import sys
from pathlib import Path

import pytest

from retrovue.core.domain.errors import Cancelled
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.files.extra import FolderProblem, find_extra_files
from retrovue.core.services.looking import FileFault
from retrovue.core.system.filesystem import ComputerFileSystem


def tree(root: Path, names: list[str]) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")


def test_extra_files_with_their_sizes(tmp_path: Path) -> None:
    tree(
        tmp_path,
        [
            "tv/Show/known.mkv",
            "tv/Show/Extra.MKV",
            "tv/Show/Extra.nfo",
            "tv/Show/._Extra.mkv",
            "tv/Show/Show.Sample.mkv",
            "tv/Show/Sampler.mkv",
            "tv/Show/Show-trailer.mp4",
            "tv/Show/Trailers/one.mp4",
            "tv/Show/Plex Versions/Optimized/one.mp4",
            "tv/Disc/BDMV/STREAM/0001.m2ts",
            "tv/Private/mine.mkv",
            "tv/Show/skip.this.mkv",
            "elsewhere/other.mkv",
        ],
    )
    tv = tmp_path / "tv"
    told = []
    report = find_extra_files(
        [str(tv), str(tv / "Show"), str(tv)],
        [str(tv / "Show" / "known.mkv"), str(tv / "Disc")],
        fs=ComputerFileSystem(),
        ignore=["private", "Show/skip.*", ""],
        on_progress=lambda count, folder: told.append((count, folder)),
    )
    assert [(Path(file.path).name, file.size_bytes, file.root) for file in report.files] == [
        ("Extra.MKV", 5, str(tv)),
        ("Sampler.mkv", 5, str(tv)),
    ]
    assert (report.total_bytes, report.problems, report.is_complete) == (10, [], True)
    assert report.folders == len(told) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_links_lead_nowhere(tmp_path: Path) -> None:
    tree(tmp_path, ["root/a/one.mkv", "outside/secret.mkv"])
    (tmp_path / "root" / "a" / "again").symlink_to(tmp_path / "root")
    (tmp_path / "root" / "out").symlink_to(tmp_path / "outside")
    (tmp_path / "root" / "gone.mkv").symlink_to(tmp_path / "none")
    report = find_extra_files([str(tmp_path / "root")], [], fs=ComputerFileSystem())
    assert [(Path(file.path).name, file.size_bytes) for file in report.files] == [("one.mkv", 5), ("gone.mkv", None)]


def test_folders_that_fail_are_told_and_stop_nothing_else(fake_fs) -> None:
    fs = fake_fs()
    for path in ("/m/shut/a.mkv", "/m/open/a.mkv", "/dead/x/a.mkv", "/dead/y/a.mkv"):
        fs.add(path)
    fs.errors["/m/shut"] = errno.EACCES
    fs.hanging.add("/dead/x")
    report = find_extra_files(["/m", "/dead", "/none"], [], fs=fs, look_timeout_s=0.1)
    assert [file.path for file in report.files] == ["/m/open/a.mkv"]
    assert report.problems == [
        FolderProblem("/dead/x", FileFault.NO_ANSWER),
        FolderProblem("/m/shut", FileFault.NO_PERMISSION),
        FolderProblem("/none", FileFault.ROOT_GONE),
    ]


def test_windows_paths_in_any_case(fake_fs) -> None:
    fs = fake_fs(ignores_case=True)
    fs.add("Z:\\TV\\Show\\A.mkv")
    fs.add("Z:\\TV\\Show\\B.mkv")
    report = find_extra_files(["z:\\tv"], ["Z:\\tv\\show\\a.mkv"], fs=fs)
    assert [file.path for file in report.files] == ["z:\\tv\\Show\\B.mkv"]


def test_limits_and_cancel(fake_fs) -> None:
    fs = fake_fs()
    for number in range(20):
        fs.add(f"/m/{number}/a.mkv")
    report = find_extra_files(["/m"], [], fs=fs, max_folders=5)
    assert (report.folders, report.is_complete) == (5, False)
    token = CancelToken()
    with pytest.raises(Cancelled):
        find_extra_files(["/m"], [], fs=fs, token=token, on_progress=lambda count, folder: token.cancel())


def test_folders_of_libraries_that_are_not_imported_hold_nothing_extra(tmp_path: Path) -> None:
    tree(tmp_path, ["tv/Show/extra.mkv", "home/2020/birthday.mp4", "tv/home/beach.mp4", "tv/home2/extra.mkv"])
    media = str(tmp_path)
    known = [str(tmp_path / "home"), str(tmp_path / "tv" / "home")]
    for roots in ([media], [str(tmp_path / "tv"), str(tmp_path / "home")], [str(tmp_path / "home" / "2020"), media]):
        report = find_extra_files(roots, [], fs=ComputerFileSystem(), known_folders=known)
        assert [one.path for one in report.files] == [
            str(tmp_path / "tv" / "Show" / "extra.mkv"),
            str(tmp_path / "tv" / "home2" / "extra.mkv"),
        ]
        assert not report.problems


def test_where_a_server_does_not_tell_its_folders_nothing_is_extra(tmp_path: Path) -> None:
    tree(tmp_path, ["tv/Show/extra.mkv", "films/extra.mkv"])
    tv = str(tmp_path / "tv")
    for roots in ([tv, str(tmp_path / "films")], [str(tmp_path)]):
        report = find_extra_files(roots, [], fs=ComputerFileSystem(), untold_folders=[tv, tv])
        assert [one.path for one in report.files] == [str(tmp_path / "films" / "extra.mkv")]
        assert report.problems == [FolderProblem(tv, FileFault.FOLDERS_NOT_TOLD)]
        assert "administrator" in report.problems[0].fault.user_text
    report = find_extra_files([str(tmp_path / "films")], [], fs=ComputerFileSystem(), untold_folders=[tv])
    assert not report.problems
