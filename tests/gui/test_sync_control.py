"""Syncs as the window sees them: joined, queued, side by side, cancelled together."""

from collections.abc import Callable
from typing import Any

import pytest

from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.services.servers import registration as servers
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.fault_kinds import Delay
from retrovue.demo.faults import path

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]
ALL_PAGES = path(r"/library/sections/\d+/all")


def full_runs(desk: Any) -> int:
    return sum(1 for run in desk.context.runs.recent() if run.mode.value == "full")


@pytest.mark.slow
def test_the_same_request_joins_the_running_sync(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.server.faults.add(Delay(delay_s=0.1, match=ALL_PAGES))
    control = desk.services.sync
    with desk.qtbot.waitSignal(control.finished):
        control.start()
        desk.wait(lambda: control.state.progress.requests > 0)
        control.start()
        assert control.state.servers == 1
    desk.settle()
    libraries = [run.library for run in desk.context.runs.recent()]
    assert len(libraries) == len(set(libraries))


@pytest.mark.slow
def test_another_request_waits_behind_it_and_both_are_cancelled_together(make_desk: MakeDesk) -> None:
    desk = make_desk(page_size=10, pages_in_flight=1)
    desk.server.faults.add(Delay(delay_s=0.3, match=ALL_PAGES))
    control = desk.services.sync
    with desk.qtbot.waitSignal(control.finished):
        control.start()
        desk.wait(lambda: control.state.progress.requests > 0)
        control.start(SyncRequest(full=True))
        desk.qtbot.waitUntil(lambda: len(control._runs) == 2)
        control.cancel()
    assert not control.is_running


@pytest.mark.slow
def test_two_servers_are_synced_side_by_side_and_the_sum_never_goes_back(make_desk: MakeDesk) -> None:
    desk = make_desk()
    library = make_library(LibrarySpec(shows=10, episodes=400, movies=40, seed=11))
    library.machine_identifier = "another-machine"
    second = DemoServer(library).start()
    try:
        servers.add(desk.context, kind=ServerKind.PLEX, name="Cabin", url=second.url, secret=second.token)
        second.faults.add(Delay(delay_s=0.15, match=ALL_PAGES))
        control, shares, done = desk.services.sync, [], []
        control.state_changed.connect(lambda state: shares.append(state.progress.fraction or 0.0))
        control.state_changed.connect(lambda state: done.append(state.progress.items_done))
        with desk.qtbot.waitSignal(control.finished) as finished:
            control.start()
        assert {report.server for report in finished.args[0].libraries} == {"Attic", "Cabin"}
        assert done == sorted(done)
        assert shares[-1] == pytest.approx(1.0)
        desk.settle()
    finally:
        second.stop()


@pytest.mark.slow
def test_the_log_says_once_of_each_library_that_nothing_changed(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    control = desk.services.sync
    for _again in range(2):
        # The second one finds nothing, whatever happened while the window was opened.
        with desk.qtbot.waitSignal(control.finished):
            control.start()
        desk.settle()
    said = [line.text for line in control.lines if "no change" in line.text]
    enabled = [library.name for library in desk.context.libraries.all() if library.is_enabled]
    assert [sum(f"Attic · {name}: " in text for text in said) for name in enabled] == [1] * len(enabled)


def test_without_a_server_it_says_so_and_ends(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    control = desk.services.sync
    with desk.qtbot.waitSignal(control.finished):
        control.start()
    assert [line.text for line in control.lines] == ["There are no servers to sync."]
    assert not control.state.is_running
