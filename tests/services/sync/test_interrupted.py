"""Cancelled, killed, run twice at once, without a disk: what was stored is kept, and the next run goes on."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from tests.rights import can_bind, rights_bind
from tests.services.conftest import World

from retrovue.core.domain.errors import DiskFullError, LockedError, ReadOnlyError
from retrovue.core.domain.sync import SyncOutcome, SyncProgress, SyncReport, SyncRequest, SyncTier
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.sync import run_sync
from retrovue.core.storage.database import SqliteDatabase
from retrovue.core.system.locks import library_lock
from retrovue.demo.fault_kinds import Hang, Run

PROGRAM = Path(__file__).with_name("program.py")


def run_program(world: World, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), world.server.url, str(world.directory), *options],
        env={**os.environ, **world.environ},
        stdout=subprocess.PIPE,
        text=True,
    )


def answer(process: "subprocess.Popen[str]", timeout_s: float = 60.0) -> dict[str, Any]:
    out, _err = process.communicate(timeout=timeout_s)
    return dict(json.loads(out.strip().splitlines()[-1]))


def in_background(
    world: World, token: CancelToken, *, report: Callable[[SyncProgress], None] | None = None, **request: Any
) -> tuple[threading.Thread, list[SyncReport]]:
    reports: list[SyncReport] = []

    def work() -> None:
        reports.append(run_sync(world.host, SyncRequest(**request), token, report))

    thread = threading.Thread(target=work)
    thread.start()
    return thread, reports


# --- cancel ---------------------------------------------------------------------------------------------------------

PHASES = {
    "who is there": (lambda world: world.adapter.identity(), False, False),
    "the list of libraries": (lambda world: world.adapter.sections(), False, False),
    "the first page": (lambda world: world.adapter.full(world.adapter.movies), False, False),
    "shows": (lambda world: both(world.adapter.full(world.adapter.shows), world.adapter.is_of("show")), False, False),
    "episodes": (
        lambda world: both(world.adapter.full(world.adapter.shows), world.adapter.is_of("episode")),
        False,
        False,
    ),
    "a full sync": (lambda world: world.adapter.full(world.adapter.shows), True, True),
    "a delta": (lambda world: world.adapter.delta(world.adapter.movies), True, False),
    "a sweep": (lambda world: world.adapter.slim(world.adapter.movies), True, False),
    "details": (lambda world: world.adapter.details(), True, False),
}


def both(one: Callable[[Any], bool], two: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda request: one(request) and two(request)


@pytest.mark.parametrize(
    "phase",
    [pytest.param(each, marks=() if each in ("the first page", "a sweep") else pytest.mark.slow) for each in PHASES],
)
def test_cancel_waits_for_no_answer_in_any_phase(world: World, phase: str) -> None:
    match, again, full = PHASES[phase]
    world.sizes.page = world.sizes.slim = 20
    if again:
        world.sync()
        world.pass_time(600)
        movies = [each for each in world.library.members(world.adapter.movies, "movie") if each.versions]
        for movie in movies[3:9]:
            if phase == "a delta":
                world.library.edit(movie.id, title=f"Changed {movie.id}")
            else:
                world.library.rename_file(movie.id, f"/media/movies/{movie.id}.mkv", bump=True)
        if phase in ("a sweep", "details"):
            world.let_verification_be_due()
    # The server is silent, and only the cancel ends a read: no time-out does while the test waits.
    world.sizes.read_timeout_s = world.sizes.total_timeout_s = 3600.0
    reached = threading.Event()
    wanted = match(world)
    world.server.faults.add(Run(match=wanted, action=reached.set))
    world.server.faults.add(Hang(match=wanted, after=0 if phase != "episodes" else 3))
    token = CancelToken()
    thread, reports = in_background(world, token, full=full)
    assert reached.wait(60)
    token.cancel()
    thread.join(60)
    assert not thread.is_alive()
    assert all(each.outcome in (SyncOutcome.CANCELLED, SyncOutcome.OK) for each in reports[0].libraries)
    assert reports[0].failures == ()
    world.check_order()
    world.server.faults.clear()
    report = world.sync()
    assert {each.outcome for each in report.libraries} == {SyncOutcome.OK}
    world.check()


@pytest.mark.slow
@pytest.mark.every_kind
def test_a_cancelled_import_goes_on_where_it_was(world: World) -> None:
    world.sizes.page = 20
    world.host.settings_store.update(gentle="on")
    token = CancelToken()
    episodes = both(world.adapter.full(world.adapter.shows), world.adapter.is_of("episode"))
    world.server.faults.add(Run(match=episodes, after=5, times=1, action=token.cancel))
    report = world.sync(token=token)
    assert world.of(report, world.adapter.shows).outcome is SyncOutcome.CANCELLED
    kept = world.of(report, world.adapter.shows).added
    assert kept > 60
    world.server.faults.clear()
    report = world.sync()
    found = world.of(report, world.adapter.shows)
    assert found.outcome is SyncOutcome.OK
    assert found.added == world.size(world.adapter.shows) - kept
    world.check()


def test_a_cancelled_token_does_nothing(world: World) -> None:
    token = CancelToken()
    token.cancel()
    report = world.sync(token=token)
    assert not report.wrote
    assert report.is_canceled
    assert world.value("SELECT count(*) FROM movies") == 0


# --- two at once ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_second_program_waits_and_makes_its_own_pass(world: World) -> None:
    world.sync(library_ids=())
    library = world.stored_library(world.adapter.movies)
    lock = library_lock(world.host.dirs.lock_dir, library.id)
    lock.acquire()
    started = threading.Event()
    world.server.faults.add(Run(match=world.adapter.sections(), action=started.set))
    process = run_program(world)
    assert started.wait(60)
    world.library.add_movie("While it waited", year=2024)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    assert world.value("SELECT count(*) FROM movies WHERE library_id = ?", library.id) == 0
    lock.release()
    told = answer(process)
    assert process.returncode == 0
    assert {each[1] for each in told["libraries"]} == {"ok"}
    world.pass_time(60)
    world.check()


@pytest.mark.slow
def test_two_syncs_of_one_program_at_once(world: World) -> None:
    world.sizes.page = 20
    threads = [in_background(world, CancelToken()) for _number in range(3)]
    for thread, _reports in threads:
        thread.join(60)
    outcomes = {each.outcome for _thread, reports in threads for each in reports[0].libraries}
    assert outcomes == {SyncOutcome.OK}
    added = [sum(each.added for each in reports[0].libraries) for _thread, reports in threads]
    assert sum(added) == world.total
    world.check()


def test_waiting_for_another_program_can_be_cancelled(synced: World) -> None:
    library = synced.stored_library(synced.adapter.movies)
    with library_lock(synced.host.dirs.lock_dir, library.id):
        token = CancelToken()
        waiting = threading.Event()

        def watch(state: SyncProgress) -> None:
            # Libraries are read in the order of their names: 4K Movies, Anime, and Movies is next.
            if state.libraries_done >= 2:
                waiting.set()

        thread, reports = in_background(synced, token, report=watch, full=True)
        assert waiting.wait(60)
        token.cancel()
        thread.join(30)
        assert not thread.is_alive()
    assert SyncOutcome.CANCELLED in {each.outcome for each in reports[0].libraries}


# --- the disk -------------------------------------------------------------------------------------------------------


def test_a_disk_that_is_full(world: World) -> None:
    """What was stored before stays, nothing is damaged, and the text says what to do."""
    world.sizes.page = 20
    pages = world.value("PRAGMA page_count")

    engine = world.host.database.engine

    def limit(connection: sqlite3.Connection, _entry: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 60}")

    engine.dispose()
    event.listen(engine, "connect", limit)
    with pytest.raises(DiskFullError) as caught:
        world.sync()
    assert "Free some space" in caught.value.user_text()
    event.remove(engine, "connect", limit)
    engine.dispose()
    with world.sql() as connection:
        assert [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]
    assert world.value("SELECT count(*) FROM movies") > 0
    report = world.sync()
    assert {each.outcome for each in report.libraries} == {SyncOutcome.OK}
    world.check()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes")
def test_files_that_may_not_grow(world: World) -> None:
    """The write-ahead log itself cannot be written: another error of the same cause."""
    world.host.database.close()
    process = run_program(world, "--page", "20", "--limit-bytes", str(world.path.stat().st_size + 200_000))
    told = answer(process)
    assert process.returncode == 4
    assert told["error"] in ("DiskFullError", "StorageError")
    # Sums of shows are made good by the next sync.
    assert world.value("PRAGMA integrity_check") == "ok"
    assert world.rows("PRAGMA foreign_key_check") == []
    report = world.sync()
    assert {each.outcome for each in report.libraries} == {SyncOutcome.OK}
    world.check()


def test_a_database_that_another_program_holds(synced: World) -> None:
    synced.library.add_movie("Not now", year=2024)
    synced.host.database.close()
    synced.host._database = SqliteDatabase(synced.path, busy_timeout_s=0.2)
    for name in ("servers", "libraries", "mappings", "runs", "removals"):
        synced.host.__dict__.pop(name, None)
    holder = sqlite3.connect(synced.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(LockedError) as caught:
        synced.sync()
    assert "Another program" in caught.value.user_text()
    holder.execute("ROLLBACK")
    holder.close()
    report = synced.sync()
    assert synced.counts(report, synced.adapter.movies) == {"added": 1}
    synced.check()


def test_a_catalog_that_may_only_be_read(synced: World) -> None:
    synced.library.add_movie("Not here", year=2024)
    engine = synced.host.database.engine

    def protect(connection: sqlite3.Connection, _entry: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    engine.dispose()
    event.listen(engine, "connect", protect)
    with pytest.raises(ReadOnlyError) as caught:
        synced.sync()
    assert str(synced.path) in caught.value.user_text()
    event.remove(engine, "connect", protect)
    engine.dispose()
    synced.sync()
    synced.check()


def open_and_sync(world: World) -> None:
    world.open()
    world.sync()


@pytest.mark.skipif(not can_bind, reason="rights do not bind here")
def test_a_directory_that_cannot_be_written(synced: World) -> None:
    synced.library.add_movie("Not here", year=2024)
    synced.host.close()
    files = [synced.directory, *synced.directory.rglob("*")]
    try:
        for path in files:
            path.chmod(path.stat().st_mode & ~0o222)
        with rights_bind(), pytest.raises(ReadOnlyError):
            open_and_sync(synced)
    finally:
        for path in files:
            path.chmod(path.stat().st_mode | 0o200)
    synced.open()
    synced.sync()
    synced.check()


# --- killed ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_import_that_was_killed_goes_on(world: World) -> None:
    reached = threading.Event()
    episodes = both(world.adapter.full(world.adapter.shows), world.adapter.is_of("episode"))
    world.server.faults.add(Run(match=episodes, after=8, action=reached.set))
    hang = world.server.faults.add(Hang(match=episodes, after=8))
    process = run_program(world, "--page", "20")
    assert reached.wait(60)
    process.kill()
    process.communicate(timeout=60)
    world.server.faults.remove(hang)
    library = world.stored_library(world.adapter.shows)
    stored = world.value("SELECT count(*) FROM episodes WHERE library_id = ?", library.id)
    assert stored > 0
    report = world.sync()
    found = world.of(report, world.adapter.shows)
    assert (found.outcome, found.mode) == (SyncOutcome.OK, SyncTier.FULL)
    assert found.added <= world.size(world.adapter.shows) - stored
    interrupted = [each for each in world.host.runs.recent() if each.error == "interrupted"]
    assert [each.library for each in interrupted] == ["TV Shows"]
    world.check()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_at_random_instants_of_a_first_import(new_world: Callable[..., World]) -> None:
    world = new_world(shows=20, episodes=900, movies=150)
    clean = world.directory.with_name("clean")
    world.host.close()
    shutil.copytree(world.directory, clean)
    rng = random.Random(20)
    full_s = _duration(world)
    assert full_s > 0
    interrupted = attempts = 0
    while interrupted < 20 and attempts < 60:
        attempts += 1
        shutil.rmtree(world.directory)
        shutil.copytree(clean, world.directory)
        interrupted += _kill_after(world, rng.uniform(0, full_s), "--page", "20")
        _whole_again(world)
    assert interrupted == 20


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_at_random_instants_of_a_second_sync(new_world: Callable[..., World]) -> None:
    world = new_world(shows=20, episodes=900, movies=150)
    world.sync()
    world.check()
    rng = random.Random(21)
    interrupted = attempt = 0
    while interrupted < 10 and attempt < 40:
        attempt += 1
        for section in (world.adapter.movies, world.adapter.shows):
            world.library.rebuild_section(section)
        for kind, section in (("movie", world.adapter.movies), ("episode", world.adapter.shows)):
            members = world.library.members(section, kind)
            world.library.remove(members[attempt % 10].id)
            world.library.edit(members[attempt % 10 + 10].id, title=f"Edited {attempt}")
        world.host.close()
        interrupted += _kill_after(world, rng.uniform(0, 1.2), "--page", "20")
        _whole_again(world)
    assert interrupted == 10


def _duration(world: World) -> float:
    process = run_program(world, "--page", "20")
    assert process.stdout is not None
    process.stdout.readline()
    started = time.monotonic()
    assert process.wait(120) == 0
    process.stdout.close()
    return time.monotonic() - started


def _kill_after(world: World, delay_s: float, *options: str) -> bool:
    """Kill the program that long after it began to sync; whether it was still at it."""
    process = run_program(world, *options)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        process.wait(delay_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(60)
        return True
    finally:
        process.stdout.close()
    return False


def _whole_again(world: World) -> None:
    """The catalog is sound right after the kill, and equals the server after the next sync."""
    with sqlite3.connect(world.directory / "retrovue.db") as connection:
        assert [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
    world.open()
    # The killed program had the computer's clock.
    world.clock.seconds = time.time() + 10
    report = world.sync()
    assert {each.outcome for each in report.libraries} == {SyncOutcome.OK}
    assert sum(each.held_back for each in report.libraries) == 0
    world.check()
    world.host.close()
