"""Paths and disks at their worst: each gets a state and a sentence, nothing raises, nothing outside is read."""

import errno
import io
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_syntax import native
from retrovue.core.services.catalog.export import ExportFormat
from retrovue.core.services.files import check as files
from retrovue.core.services.files import disks
from retrovue.core.services.files.duplicates import find_duplicates
from retrovue.core.services.files.reports import write_extra
from retrovue.core.services.looking import FileFault
from retrovue.core.services.mapping import rules as mappings

ROOT = "/media/tv"
LONG = "/media/tv/" + "x" * (32_767 - len("/media/tv/"))
BAD_NAMES = {
    "/media/tv/../../etc/passwd": "“..”",
    "/media/tv/a/../b.mkv": "“..”",
    "/media/tv/nul\0byte.mkv": "NUL",
    LONG: "longer than",
    "": "no path",
    "relative/path.mkv": "does not start",
    "/media/tv-kids/a.mkv": "No rule",
}
ON_WINDOWS = {
    "/media/tv/bell\x07.mkv": "control character",
    "/media/tv/con.mkv": "reserved",
    "/media/tv/LPT1": "reserved",
    "/media/tv/ends with a dot./a.mkv": "ends with a dot",
    "/media/tv/ends with a blank /a.mkv": "ends with a dot or a space",
    "/media/tv/what?.mkv": "cannot store",
    "/media/tv/back\\slash.mkv": "backslash",
}


def put(home: Any, server_paths: Any) -> None:
    """Files of the server with these paths, their local paths derived by the rules."""
    with home.world.sql() as connection:
        connection.execute("DELETE FROM file_places")
        connection.execute("DELETE FROM media_files")
        connection.executemany(
            "INSERT INTO media_files (server_id, server_path, size_bytes, first_seen_at) VALUES (?, ?, 5, 1)",
            [(home.server.id, path) for path in server_paths],
        )
    mappings.rederive(home.host, home.server.id)


def reasons(home: Any) -> dict[str, tuple[FileState, str]]:
    outcome = mappings.test(home.host, everything=True)
    return {one.server_path: (one.state, one.reason) for one in outcome.examples}


@pytest.mark.parametrize(("path", "why"), BAD_NAMES.items(), ids=range(len(BAD_NAMES)))
def test_paths_that_cannot_be_mapped(home: Any, path: str, why: str) -> None:
    mappings.add(home.host, home.server, None, ROOT, str(home.media / "tv"))
    put(home, [path])
    ((state, reason),) = reasons(home).values()
    assert state is FileState.UNMAPPED
    assert why in reason
    files.check(home.host)
    assert home.states() == {"unmapped": 1}
    assert home.disks.scans == []


@pytest.mark.parametrize(("path", "why"), ON_WINDOWS.items(), ids=range(len(ON_WINDOWS)))
def test_names_that_windows_cannot_hold(home: Any, path: str, why: str) -> None:
    rule, _report = mappings.add(home.host, home.server, None, ROOT, "Z:\\TV")
    put(home, [path])
    ((state, reason),) = reasons(home).values()
    assert state is FileState.UNMAPPED
    assert why in reason
    files.check(home.host)
    assert home.states() == {"unmapped": 1}
    mappings.remove(home.host, rule.id or 0)
    if sys.platform == "win32":
        return
    # Where the local side is no Windows they are names like others.
    mappings.add(home.host, home.server, None, ROOT, str(home.media / "tv"))
    local = home.local(path)
    local.parent.mkdir(parents=True, exist_ok=True)
    local.write_bytes(b"12345")
    files.check(home.host)
    assert home.states() == {"found": 1}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right on Windows")
def test_links_in_a_circle_and_links_to_nothing(mapped: Any) -> None:
    folder = mapped.media / "tv"
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "circle").symlink_to(folder)
    (folder / "broken.mkv").symlink_to(folder / "nothing.mkv")
    put(mapped, [f"{ROOT}/loop/a.mkv", f"{ROOT}/circle/circle/circle/b.mkv", f"{ROOT}/broken.mkv"])
    found = reasons(mapped)
    assert found[f"{ROOT}/loop/a.mkv"] == (FileState.UNREACHABLE, FileFault.LINK_LOOP.user_text)
    assert found[f"{ROOT}/circle/circle/circle/b.mkv"][0] is FileState.MISSING
    assert found[f"{ROOT}/broken.mkv"] == (FileState.MISSING, FileFault.BROKEN_LINK.user_text)
    files.check(mapped.host)
    assert mapped.states() == {"unreachable": 1, "missing": 2}
    # The search for extra files walks in no circle: every folder is read once.
    mapped.disks.scans.clear()
    files.extra(mapped.host)
    assert len(mapped.disks.scans) == len(set(mapped.disks.scans))


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right on Windows")
def test_a_link_out_of_the_mapped_folder_and_its_remedy(home: Any, tmp_path: Path) -> None:
    far = tmp_path / "other disk"
    (far / "Show").mkdir(parents=True)
    (far / "Show" / "a.mkv").write_bytes(b"12345")
    (home.media / "tv").mkdir(parents=True, exist_ok=True)
    (home.media / "tv" / "Show").symlink_to(far / "Show")
    mappings.add(home.host, home.server, None, ROOT, str(home.media / "tv"))
    path = f"{ROOT}/Show/a.mkv"
    put(home, [path])
    home.disks.scans.clear()
    files.check(home.host)
    assert home.state(path) == "unreachable"
    assert reasons(home)[path] == (FileState.UNREACHABLE, FileFault.LINK_OUTSIDE.user_text)
    assert not [folder for folder in home.disks.scans if "Show" in folder]
    mappings.add(home.host, home.server, None, "/other disk", str(far))
    files.check(home.host)
    assert home.state(path) == "found"
    assert reasons(home)[path][0] is FileState.FOUND


@pytest.mark.parametrize(
    ("number", "state", "fault"),
    [
        (errno.EACCES, "unreachable", FileFault.NO_PERMISSION),
        (errno.EINVAL, "unreachable", FileFault.READ_ERROR),
        (errno.ENAMETOOLONG, "missing", FileFault.TOO_LONG),
    ],
)
def test_a_folder_that_cannot_be_read(mapped: Any, number: int, state: str, fault: FileFault) -> None:
    files.check(mapped.host)
    path = mapped.world.value(
        "SELECT server_path FROM media_files JOIN file_places ON media_file_id = id "
        "WHERE file_state = 'found' AND server_path LIKE '/media/tv/%'"
    )
    mapped.disks.errors[str(mapped.local(path).parent)] = number
    summary = files.check(mapped.host)
    assert mapped.state(path) == state
    assert summary.counts[FileState.FOUND] > 50
    assert fault.user_text in {one.reason for one in mappings.test(mapped.host, everything=True).examples}
    report = files.extra(mapped.host)
    # The root of a library without files is not there either.
    assert {problem.fault for problem in report.problems} == {fault, FileFault.ROOT_GONE}


def test_files_that_vanish_in_mid_check(mapped: Any) -> None:
    files.check(mapped.host)
    victims = [
        Path(row[0])
        for row in mapped.world.rows("SELECT local_path FROM file_places WHERE local_path LIKE '%/media/tv/%'")
    ]
    folder = victims[-1].parent

    mapped.disks.before = lambda scanned: shutil.rmtree(folder, ignore_errors=True)
    summary = files.check(mapped.host)
    gone = [path for path in victims if path.parent == folder]
    states = {
        row[0] for row in mapped.world.rows("SELECT file_state FROM file_places WHERE local_path = ?", str(gone[0]))
    }
    assert states <= {"missing", "unreachable"}
    assert "found" not in states
    assert summary.checked == mapped.world.value("SELECT count(*) FROM media_files")


def test_a_disk_that_dies_in_mid_check_loses_nothing(mapped: Any) -> None:
    files.check(mapped.host)
    before = mapped.states()
    names = sorted(path.name for path in (mapped.media / "tv").iterdir())
    for folder in (mapped.media / "tv" / names[len(names) // 2]).rglob("*"):
        mapped.disks.errors[str(folder)] = errno.EIO
    summary = files.check(mapped.host)
    assert FileFault.NO_ANSWER in {root.problem for root in summary.roots}
    assert mapped.states().get("missing", 0) <= before["missing"]
    mapped.disks.errors.clear()
    files.check(mapped.host)
    assert mapped.states() == before


@pytest.mark.skipif(sys.platform != "linux", reason="names of bytes that are no text")
def test_names_on_disk_that_are_no_text(mapped: Any) -> None:
    folder = os.fsencode(mapped.media / "tv")
    Path(os.fsdecode(folder + b"/caf\xe9.mkv")).write_bytes(b"12345")
    files.check(mapped.host)
    report = files.extra(mapped.host)
    assert [os.fsencode(one.path) for one in report.files] == [folder + b"/caf\xe9.mkv"]
    out = io.StringIO()
    assert write_extra(report, ExportFormat.CSV, out) == 1
    assert "caf" in out.getvalue()


@pytest.mark.skipif(sys.platform != "linux", reason="names of bytes that are no text")
def test_files_and_folders_whose_names_are_no_text(home: Any) -> None:
    """A server replaces what is no text by a sign; the disk says which name was meant, and that path opens."""
    raw = os.fsencode(home.media) + b"/caf\xe9/tv"
    folder = os.fsdecode(raw)
    for name in (b"/Na\xefve/a\xe9\xe8.mkv", b"/Plain/one.mkv", b"/Two/x\xe9.mkv", b"/Two/x\xe8.mkv"):
        Path(os.fsdecode(raw + name)).parent.mkdir(parents=True, exist_ok=True)
        Path(os.fsdecode(raw + name)).write_bytes(b"12345")
    rule, _report = mappings.add(home.host, home.server, None, ROOT, folder)
    paths = ["Na\ufffdve/a\ufffd.mkv", "Plain/one.mkv", "Two/x\ufffd.mkv"]
    put(home, [f"{ROOT}/{name}" for name in paths])
    assert reasons(home)[f"{ROOT}/{paths[0]}"] == (FileState.FOUND, FileFault.NOT_TEXT.user_text)
    summary = files.check(home.host)
    assert [root.problem for root in summary.roots] == [None]
    assert [home.state(f"{ROOT}/{name}") for name in paths] == ["found", "found", "missing"]
    stored = str(home.local(f"{ROOT}/{paths[0]}"))
    assert os.fsencode(native(stored)) == raw + b"/Na\xefve/a\xe9\xe8.mkv"
    # It stays so: when rules are applied again, and at the next check.
    mappings.rederive(home.host, home.server.id)
    assert str(home.local(f"{ROOT}/{paths[0]}")) == stored
    assert files.check(home.host).counts[FileState.FOUND] == 2
    assert {os.fsencode(one.path) for one in files.extra(home.host).files} == {
        raw + b"/Two/x\xe9.mkv",
        raw + b"/Two/x\xe8.mkv",
    }
    (view,) = mappings.views(home.host)
    assert not view.conflicts
    assert files.check(home.host, accept=[folder]).checked == 3
    assert mappings.remove(home.host, rule.id or 0)[0] == rule


def test_nothing_outside_of_the_mapped_folders_is_read(mapped: Any) -> None:
    put(mapped, [*BAD_NAMES, *ON_WINDOWS, f"{ROOT}/fine.mkv"])
    (mapped.media / "tv" / "fine.mkv").write_bytes(b"12345")
    files.check(mapped.host)
    files.extra(mapped.host)
    mappings.test(mapped.host, everything=True)
    assert mapped.disks.scans
    assert all(Path(folder).is_relative_to(mapped.media) and ".." not in folder for folder in mapped.disks.scans)
    assert disks.usage(mapped.host).files == 1
    assert find_duplicates(mapped.host).groups == ()
