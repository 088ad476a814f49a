"""A window beside two servers that come and go: what it holds open stays what it was."""

import contextlib
import gc
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.gui.conftest import SMALL, MakeDesk

from retrovue.core.domain.servers import ServerKind
from retrovue.core.services.servers import registration
from retrovue.demo.generate import make_library
from retrovue.demo.mediabrowser import JellyfinDialect
from retrovue.demo.server import DemoServer
from retrovue.gui.work.tasks import TaskHandle

CYCLES = 40
WARM_UP = 15
PAGES = (
    "activity", "library", "servers", "mapping", "sync", "history", "statistics", "cleanup", "settings", "log"
)  # fmt: skip
# One connection or thread may be between two states while it is counted.
SLACK_DESCRIPTORS, SLACK_THREADS, SLACK_BYTES, SLACK_TASKS = 4, 2, 12 * 1024 * 1024, 5

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.qt_log_ignore("propagateSizeHints"),
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts what the system keeps in /proc"),
]


def held() -> tuple[int, int, int, int]:
    """Open descriptors, threads, resident bytes and tasks of this process, after garbage is collected."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    tasks = sum(type(each) is TaskHandle for each in gc.get_objects())
    descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    return descriptors, threading.active_count(), pages * os.sysconf("SC_PAGE_SIZE"), tasks


def flap(desk: Any, servers: list[DemoServer], number: int) -> None:
    """Both servers go away and come back while pages are looked at, and a sync runs now and then."""
    monitor = desk.services.monitor
    for server in servers:
        server.stop()
    desk.wait(lambda: all(state.is_down for state in monitor.states))
    desk.shell.open_page(PAGES[number % len(PAGES)])
    for server in servers:
        server.start()
        # What a demo server remembers is not the program's.
        server.requests.clear()
    desk.wait(lambda: not any(state.is_down for state in monitor.states))
    if number % 5 == 0:
        with desk.qtbot.waitSignal(desk.services.sync.finished):
            desk.services.sync.start()
    desk.settle()


def test_descriptors_threads_and_memory_stay_flat(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    with DemoServer(make_library(SMALL), dialect=JellyfinDialect) as other:
        registration.add(desk.context, kind=ServerKind.JELLYFIN, name="Loft", url=other.url, secret=other.token)
        desk.services.monitor.watch(desk.context.servers.all())
        desk.wait(lambda: len(desk.services.monitor.states) == 2)
        servers = [desk.server, other]
        for number in range(WARM_UP):
            flap(desk, servers, number)
        # Live updates connect again at their own pace, each with a thread and two descriptors.
        desk.wait(lambda: all(server.sockets.sockets for server in servers))
        before = held()
        for number in range(CYCLES):
            flap(desk, servers, number)
        slack = (SLACK_DESCRIPTORS, SLACK_THREADS, SLACK_BYTES, SLACK_TASKS)

        def is_flat() -> bool:
            after[:] = held()
            return all(now - then <= room for now, then, room in zip(after, before, slack, strict=True))

        # A connection that is still open for a moment goes; what leaks does not.
        after: list[int] = []
        with contextlib.suppress(desk.qtbot.TimeoutError):
            desk.wait(is_flat)
        assert is_flat(), (before, after)
