"""Directories of a profile, and locks that exclude across threads and processes."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from retrovue.core.domain.errors import Cancelled, ReadOnlyError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.system.dirs import is_network_path, network_type, portable_folder, resolve_dirs
from retrovue.core.system.locks import library_lock


def test_a_named_profile_lies_wholly_inside_its_directory(tmp_path: Path) -> None:
    dirs = resolve_dirs(tmp_path / "one", {"RETROVUE_DATA_DIR": str(tmp_path / "two")}).create()
    assert dirs.data_dir == tmp_path / "one"
    for directory in (dirs.log_dir, dirs.cache_dir, dirs.backup_dir, dirs.lock_dir):
        assert dirs.data_dir in directory.parents
        assert directory.is_dir()
    assert dirs.catalog == tmp_path / "one" / "retrovue.db"
    if os.name != "nt":
        assert dirs.data_dir.stat().st_mode & 0o777 == 0o700


def test_the_variable_names_a_profile_and_the_system_is_the_rest(tmp_path: Path) -> None:
    assert resolve_dirs(None, {"RETROVUE_DATA_DIR": str(tmp_path)}).data_dir == tmp_path
    assert resolve_dirs(None, {}).data_dir.name == "RetroVue"


def test_a_portable_folder_beside_the_program_is_the_profile(tmp_path: Path) -> None:
    program = tmp_path / "retrovue"
    assert portable_folder({}, program) is None
    (tmp_path / "retrovue-data").mkdir()
    assert portable_folder({}, program) == tmp_path / "retrovue-data"
    assert portable_folder({}) is None, "a program that is not packaged has no folder of its own"


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ReadOnlyError, match="Could not create this folder"):
        resolve_dirs(tmp_path / "file" / "data").create()


def test_network_shares_are_recognised_by_the_nearest_mount(tmp_path: Path) -> None:
    share = str(tmp_path / "nas")
    mounts = {"/": "ext4", share: "nfs4", f"{share}/local": "xfs"}
    assert network_type(tmp_path / "nas" / "a", mounts) == "nfs4"
    assert network_type(tmp_path / "nas" / "local" / "a", mounts) is None
    assert network_type(tmp_path / "nasty", mounts) is None
    assert is_network_path(tmp_path) is False


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    first, second = library_lock(tmp_path, 7), library_lock(tmp_path, 7)
    assert first.try_acquire()
    assert not second.try_acquire()
    assert library_lock(tmp_path, 8).try_acquire()
    first.release()
    assert second.try_acquire()
    second.release()


def test_waiting_ends_when_the_other_one_is_done(tmp_path: Path) -> None:
    holder = library_lock(tmp_path, 7)
    assert holder.try_acquire()
    done = threading.Event()

    def wait() -> None:
        with library_lock(tmp_path, 7):
            done.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not done.wait(0.2)
    holder.release()
    assert done.wait(30)
    thread.join(30)


def test_waiting_can_be_cancelled(tmp_path: Path) -> None:
    holder = library_lock(tmp_path, 7)
    assert holder.try_acquire()
    token = CancelToken()
    timer = threading.Timer(0.1, token.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        library_lock(tmp_path, 7, token).acquire()
    timer.join(30)
    holder.release()


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from retrovue.core.system.locks import library_lock;"
        "lock = library_lock(pathlib.Path(sys.argv[1]), 7); assert lock.try_acquire();"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "held"
        lock = library_lock(tmp_path, 7)
        assert not lock.try_acquire()
        process.kill()
        process.wait(60)
        lock.acquire()
        lock.release()
