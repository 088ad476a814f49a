"""A process killed in mid-sync, again and again: the catalogue stays whole, and the next sync equals the server."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing

import pytest
from tests.services.conftest import TOKEN, World

from retrovue.core.domain.sync import SyncOutcome

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

_FIRST_KILLS = 20
_LATER_KILLS = 10
_PATIENCE_S = 60


def _start(world: World, *words: str) -> "subprocess.Popen[bytes]":
    environ = {**os.environ, "RETROVUE_TOKEN": TOKEN, "RETROVUE_PAGE_SIZE": "10", "RETROVUE_PAGES_IN_FLIGHT": "2"}
    command = [sys.executable, "-m", "retrovue", "--data-dir", str(world.directory), "sync", *words]
    return subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _kill_after(world: World, process: "subprocess.Popen[bytes]", requests: int) -> bool:
    """Kill the process when the server has seen so many requests; False when it was done before."""
    while not world.server.wait_for_requests(requests, timeout_s=0.2):
        if process.poll() is not None:
            return False
    process.send_signal(signal.SIGKILL)
    return process.wait(_PATIENCE_S) == -signal.SIGKILL


def _is_whole(world: World) -> None:
    with closing(sqlite3.connect(world.directory / "retrovue.db", timeout=10)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        for table in ("movies", "shows", "episodes"):
            gone = connection.execute(f"SELECT count(*) FROM {table} WHERE removed_at IS NOT NULL").fetchone()
            assert gone == (0,), f"a killed sync removed {table}"


def _finish(world: World) -> None:
    """One undisturbed sync, then item by item against the server."""
    process = _start(world)
    assert process.wait(_PATIENCE_S) == 0
    world.open()
    world.check()


def test_a_first_import_survives_twenty_kills(new_world: Callable[..., World]) -> None:
    world = new_world(shows=20, episodes=900, movies=300)
    world.close()
    dice = random.Random(20)
    kills = 0
    for _attempt in range(_FIRST_KILLS * 3):
        if kills == _FIRST_KILLS:
            break
        world.server.reset_counters()
        kills += _kill_after(world, _start(world), dice.randint(1, 14))
        _is_whole(world)
    assert kills == _FIRST_KILLS
    _finish(world)


def test_a_re_sync_survives_ten_kills(new_world: Callable[..., World]) -> None:
    world = new_world(shows=20, episodes=900, movies=300)
    assert {each.outcome for each in world.sync().libraries} == {SyncOutcome.OK}
    ids = world.row_ids()
    world.close()
    dice = random.Random(10)
    kills = 0
    for attempt in range(_LATER_KILLS * 3):
        if kills == _LATER_KILLS:
            break
        world.server_clock.advance(60)
        for item in list(world.library.items.values())[attempt::40]:
            if item.kind in ("movie", "episode") and item.section in world.library.sections:
                world.library.edit(item.id, summary=f"Edited {attempt}")
        world.server.reset_counters()
        kills += _kill_after(world, _start(world, "--full"), dice.randint(2, 60))
        _is_whole(world)
    assert kills == _LATER_KILLS
    _finish(world)
    assert world.row_ids() == ids
