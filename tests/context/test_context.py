"""The profile of a running program: lazily opened, checked after a crash, closed without a trace."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import CorruptError, LockedError, SecretError
from retrovue.core.domain.servers import ServerInfo, ServerKind
from retrovue.core.services.upkeep import database
from retrovue.core.storage import backup
from retrovue.core.system.dirs import AppDirs, resolve_dirs

NOW = 1_700_000_000


@pytest.fixture
def dirs(tmp_path: Path) -> AppDirs:
    return resolve_dirs(tmp_path / "data")


def make_context(dirs: AppDirs) -> AppContext:
    return AppContext(dirs, environ={}, keyring=lambda: None)


@pytest.fixture
def context(dirs: AppDirs) -> Iterator[AppContext]:
    context = make_context(dirs)
    yield context
    context.close()


def add_server(context: AppContext) -> int:
    info = ServerInfo(ServerKind.PLEX, "Home", "machine-1", "1.40.0")
    return context.servers.add(name="Home", url="http://127.0.0.1:1", info=info, now=NOW).id


def test_the_catalog_is_opened_on_first_use_and_marks_are_taken_back(dirs: AppDirs) -> None:
    context = make_context(dirs)
    assert not dirs.catalog.exists()
    add_server(context)
    assert dirs.catalog.exists()
    assert list(dirs.lock_dir.glob("open-*"))
    context.close()
    context.close()
    assert not list(dirs.lock_dir.glob("open-*"))
    again = make_context(dirs)
    assert [server.name for server in again.servers.all()] == ["Home"]
    again.close()


def test_a_server_without_token_names_the_remedy(context: AppContext) -> None:
    add_server(context)
    with pytest.raises(SecretError, match="Home") as caught:
        context.open_source(context.servers.all()[0])
    assert "Servers page" in caught.value.user_text()
    assert "RETROVUE_TOKEN_HOME" in caught.value.command_text()
    assert caught.value.reason == "missing"


def test_two_programs_share_a_catalog(dirs: AppDirs, context: AppContext) -> None:
    add_server(context)
    other = make_context(dirs)
    assert len(other.servers.all()) == 1
    other.close()
    assert len(list(dirs.lock_dir.glob("open-*"))) == 1


CRASH = """
import os, sys
from pathlib import Path
from retrovue.core.context import AppContext
from retrovue.core.system.dirs import resolve_dirs
context = AppContext(resolve_dirs(Path(sys.argv[1])), environ={}, keyring=lambda: None)
context.servers.all()
os._exit(9)
"""


def crash(dirs: AppDirs) -> None:
    assert subprocess.run([sys.executable, "-c", CRASH, str(dirs.data_dir)], check=False).returncode == 9
    assert list(dirs.lock_dir.glob("open-*"))


def damage(path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 512] = b"\xde\xad" * 256
    path.write_bytes(bytes(content))


def test_after_a_crash_a_healthy_catalog_just_opens(dirs: AppDirs) -> None:
    first = make_context(dirs)
    add_server(first)
    first.close()
    crash(dirs)
    second = make_context(dirs)
    assert len(second.servers.all()) == 1
    assert "The catalog is being checked." in (dirs.log_dir / "retrovue.log").read_text(encoding="utf-8")
    second.close()
    assert not list(dirs.lock_dir.glob("open-*"))


@pytest.mark.slow
def test_a_damaged_catalog_is_refused_each_time_until_a_backup_replaces_it(dirs: AppDirs) -> None:
    first = make_context(dirs)
    add_server(first)
    copy = backup.make_backup(dirs.catalog, dirs.backup_dir, now=NOW, reason="weekly")
    first.close()
    crash(dirs)
    damage(dirs.catalog)
    before = dirs.catalog.read_bytes()
    for _start in range(3):
        context = make_context(dirs)
        with pytest.raises(CorruptError) as caught:
            context.servers.all()
        context.close()
        assert "retrovue db restore" in caught.value.command_hint
        assert "retrovue db new" in caught.value.command_hint
        assert "2023-11-14" in caught.value.user_text()
        assert dirs.catalog.read_bytes() == before
    last = make_context(dirs)
    kept = database.restore(last, copy).kept
    assert kept is not None
    assert kept.read_bytes() == before
    assert len(last.servers.all()) == 1
    last.close()
    assert not list(dirs.lock_dir.glob("open-*"))


@pytest.mark.parametrize("content", [b"", b"this is no database " * 500, b"SQLite format 3\0" + b"\xff" * 5000])
def test_an_emptied_or_overwritten_catalog_is_not_taken_for_a_new_one(dirs: AppDirs, content: bytes) -> None:
    dirs.create()
    dirs.catalog.write_bytes(content)
    for _start in range(2):
        context = make_context(dirs)
        with pytest.raises(CorruptError, match="damaged") as caught:
            context.servers.all()
        assert "retrovue db new" in caught.value.command_hint
        assert "restore" not in caught.value.user_text()
        assert dirs.catalog.read_bytes() == content
        context.close()
    context = make_context(dirs)
    kept = database.start_empty(context)
    assert kept is not None
    assert kept.read_bytes() == content
    assert context.servers.all() == []
    context.close()


def test_the_database_of_another_program_is_left_alone(dirs: AppDirs) -> None:
    dirs.create()
    with closing(sqlite3.connect(dirs.catalog)) as connection:
        connection.execute("CREATE TABLE notes (text)")
    other = make_context(dirs)
    with pytest.raises(CorruptError, match="not a RetroVue catalog"):
        other.servers.all()
    other.close()
    assert dirs.catalog.exists()


def test_no_empty_catalog_is_begun_while_another_program_has_it_open(dirs: AppDirs, context: AppContext) -> None:
    add_server(context)
    other = make_context(dirs)
    with pytest.raises(LockedError):
        database.start_empty(other)
    other.close()
    assert len(context.servers.all()) == 1


def test_catalogs_that_are_replaced_in_one_second_are_all_kept(dirs: AppDirs, context: AppContext) -> None:
    kept = set()
    for _count in range(3):
        add_server(context)
        kept.add(database.start_empty(context))
    assert len(kept) == 3
    assert all(path is not None and path.exists() for path in kept)


def test_a_suspicion_leads_to_a_check(dirs: AppDirs) -> None:
    context = make_context(dirs)
    add_server(context)
    context.suspect()
    context.close()
    assert list(dirs.lock_dir.glob("open-*"))
    again = make_context(dirs)
    assert len(again.servers.all()) == 1
    again.close()
    assert not list(dirs.lock_dir.glob("open-*"))


def test_making_a_context_imports_no_database_library(dirs: AppDirs) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from retrovue.core.context import AppContext; from retrovue.core.system.dirs import resolve_dirs;"
        "AppContext(resolve_dirs(Path(sys.argv[1])), environ={}).close();"
        "print([name for name in ('sqlalchemy', 'alembic', 'requests', 'plexapi', 'keyring') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(dirs.data_dir)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of Unix")
def test_files_of_the_profile_are_for_this_user_alone(dirs: AppDirs) -> None:
    before = os.umask(0o022)
    try:
        context = make_context(dirs)
        add_server(context)
        database.backup(context)
        files = [path for path in dirs.data_dir.rglob("*") if path.is_file()]
        assert len([path for path in files if path.name.startswith("retrovue.db")]) == 3
        assert {path.name: oct(path.stat().st_mode & 0o777) for path in files if path.stat().st_mode & 0o077} == {}
        context.close()
        for path in files:
            if path.exists():
                path.chmod(0o644)
        (dirs.data_dir / "a playlist of mine.m3u").touch(0o644)
        again = make_context(dirs)
        again.close()
        loose = {path.name for path in dirs.data_dir.iterdir() if path.is_file() and path.stat().st_mode & 0o077}
        assert loose == {"a playlist of mine.m3u"}
        assert [path for path in dirs.backup_dir.iterdir() if path.stat().st_mode & 0o077] == []
    finally:
        os.umask(before)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of Unix")
def test_a_data_folder_that_others_can_write_is_said(dirs: AppDirs) -> None:
    dirs.create()
    assert not dirs.is_open_to_others()
    dirs.data_dir.chmod(0o777)
    context = make_context(dirs)
    assert "Other users of this computer" in (dirs.log_dir / "retrovue.log").read_text(encoding="utf-8")
    context.close()
