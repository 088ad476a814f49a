"""The task runner: one outcome each, on the GUI thread, in order, whatever the function does."""

import gc
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QObject, Slot
from pytestqt.qtbot import QtBot

from retrovue.core.domain.errors import Cancelled as CancelledError
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Cancelled, Failed, InlineRunner, Report, Succeeded, TaskHandle, TaskRunner

WAIT_S = 10.0


class Recorder:
    """Everything a handle said, in order, with the thread that heard it."""

    def __init__(self, handle: TaskHandle) -> None:
        self.events: list[tuple[str, object]] = []
        self.threads: set[int] = set()
        handle.progress.connect(lambda value: self._add("progress", value))
        handle.succeeded.connect(lambda value: self._add("succeeded", value))
        handle.failed.connect(lambda value: self._add("failed", value))
        handle.cancelled.connect(lambda: self._add("cancelled", None))
        handle.finished.connect(lambda: self._add("finished", None))

    def _add(self, name: str, value: object) -> None:
        self.events.append((name, value))
        self.threads.add(threading.get_ident())

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.events]


@dataclass(frozen=True)
class Outcome:
    change_set: ChangeSet


def block(started: threading.Event, release: threading.Event) -> Callable[[CancelToken, Report], str]:
    """A function that ignores cancelling and ends when the test says so."""

    def function(token: CancelToken, report: Report) -> str:
        started.set()
        assert release.wait(WAIT_S)
        return "released"

    return function


def test_result_arrives_once_and_then_finished_on_the_gui_thread(qtbot: QtBot, runner: TaskRunner) -> None:
    worker_thread: list[int] = []

    def function(token: CancelToken, report: Report) -> int:
        worker_thread.append(threading.get_ident())
        report("half")
        return 5_000_000_000

    handle = runner.submit(function, lane=Lane.IO)
    heard = Recorder(handle)
    with qtbot.waitSignal(handle.finished):
        pass
    assert heard.events == [("progress", "half"), ("succeeded", 5_000_000_000), ("finished", None)]
    assert heard.threads == {threading.get_ident()}
    assert worker_thread != [threading.get_ident()]
    assert handle.outcome == Succeeded(handle.task_id, 5_000_000_000)


def test_slots_of_a_qobject_run_on_the_gui_thread(qtbot: QtBot, runner: TaskRunner) -> None:
    class Page(QObject):
        thread_ident = 0

        @Slot(object)
        def show_result(self, result: object) -> None:
            self.thread_ident = threading.get_ident()

    page = Page()
    handle = runner.submit(lambda token, report: None, lane=Lane.IO)
    handle.succeeded.connect(page.show_result)
    with qtbot.waitSignal(handle.finished):
        pass
    assert page.thread_ident == threading.get_ident()


def test_connecting_after_the_function_has_ended_is_safe(qtbot: QtBot, runner: TaskRunner) -> None:
    ended = threading.Event()
    lane_is_idle = threading.Event()
    handle = runner.submit(lambda token, report: ended.set(), lane=Lane.IO)
    runner.submit(lambda token, report: lane_is_idle.set(), lane=Lane.IO)
    assert ended.wait(WAIT_S)
    assert lane_is_idle.wait(WAIT_S)  # so the outcome of the first task is emitted already
    heard = Recorder(handle)
    with qtbot.waitSignal(handle.finished):
        pass
    assert heard.names == ["succeeded", "finished"]


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt()])
def test_whatever_is_raised_becomes_a_failure(qtbot: QtBot, runner: TaskRunner, error: BaseException) -> None:
    def function(token: CancelToken, report: Report) -> None:
        raise error

    handle = runner.submit(function, lane=Lane.IO)
    heard = Recorder(handle)
    with qtbot.waitSignal(handle.finished):
        pass
    assert heard.events == [("failed", error), ("finished", None)]
    assert isinstance(handle.outcome, Failed)
    assert handle.outcome.error.__traceback__ is not None


def test_the_lane_goes_on_after_a_failure(qtbot: QtBot, runner: TaskRunner) -> None:
    runner.submit(lambda token, report: 1 / 0, lane=Lane.IO)
    handle = runner.submit(lambda token, report: "next", lane=Lane.IO)
    with qtbot.waitSignal(handle.succeeded) as waiting:
        pass
    assert waiting.args == ["next"]


def test_one_lane_keeps_the_order_and_lanes_run_beside_each_other(qtbot: QtBot, runner: TaskRunner) -> None:
    started, release = threading.Event(), threading.Event()
    order: list[int] = []
    runner.submit(block(started, release), lane=Lane.SYNC, of="a")
    for number in range(20):
        last = runner.submit(lambda token, report, number=number: order.append(number), lane=Lane.SYNC, of="a")
    other = runner.submit(lambda token, report: "beside", lane=Lane.SYNC, of="b")
    with qtbot.waitSignal(other.finished):
        pass
    assert order == []
    with qtbot.waitSignal(last.finished):
        release.set()
    assert order == list(range(20))


def test_cancelling_a_running_task(qtbot: QtBot, runner: TaskRunner) -> None:
    started = threading.Event()

    def function(token: CancelToken, report: Report) -> None:
        started.set()
        assert token.wait(WAIT_S)
        token.raise_if_cancelled()

    handle = runner.submit(function, lane=Lane.IO)
    heard = Recorder(handle)
    assert started.wait(WAIT_S)
    with qtbot.waitSignal(handle.finished):
        handle.cancel()
    assert heard.names == ["cancelled", "finished"]
    assert handle.outcome == Cancelled(handle.task_id)


def test_a_waiting_task_is_cancelled_at_once_behind_a_long_one(qtbot: QtBot, runner: TaskRunner) -> None:
    started, release = threading.Event(), threading.Event()
    ran: list[str] = []
    long = runner.submit(block(started, release), lane=Lane.IO)
    waiting = runner.submit(lambda token, report: ran.append("waiting"), lane=Lane.IO)
    heard = Recorder(waiting)
    with qtbot.waitSignal(waiting.finished):
        waiting.cancel()
    waiting.cancel()
    assert not long.is_finished
    with qtbot.waitSignal(long.finished):
        release.set()
    assert heard.names == ["cancelled", "finished"]
    assert ran == []


def test_a_read_error_after_cancelling_is_a_cancel_not_a_failure(qtbot: QtBot, runner: TaskRunner) -> None:
    started = threading.Event()

    def function(token: CancelToken, report: Report) -> None:
        started.set()
        assert token.wait(WAIT_S)
        raise OSError("the socket was closed under the read")

    handle = runner.submit(function, lane=Lane.IO)
    assert started.wait(WAIT_S)
    with qtbot.waitSignal(handle.cancelled):
        handle.cancel()


def test_cancelling_after_the_end_changes_nothing(qtbot: QtBot, runner: TaskRunner) -> None:
    handle = runner.submit(lambda token, report: 1, lane=Lane.IO)
    heard = Recorder(handle)
    with qtbot.waitSignal(handle.finished):
        pass
    handle.cancel()
    barrier = runner.submit(lambda token, report: 2, lane=Lane.IO)
    with qtbot.waitSignal(barrier.finished):
        pass
    assert heard.names == ["succeeded", "finished"]


def test_dropped_handles_still_run_and_report(qtbot: QtBot, runner: TaskRunner) -> None:
    heard: list[int] = []
    release = threading.Event()
    for _ in range(50):
        runner.submit(lambda token, report: release.wait(WAIT_S) and 1, lane=Lane.IO).succeeded.connect(heard.append)
    gc.collect()
    release.set()
    qtbot.waitUntil(lambda: runner.active_count == 0)
    assert heard == [1] * 50


def test_progress_is_coalesced_and_the_last_value_comes_before_the_outcome(qtbot: QtBot, runner: TaskRunner) -> None:
    def function(token: CancelToken, report: Report) -> str:
        for number in range(50_000):
            report(number)
            if number % 100 == 0:
                token.wait(0.001)
        return "done"

    handle = runner.submit(function, lane=Lane.IO)
    heard = Recorder(handle)
    with qtbot.waitSignal(handle.finished):
        begin_s = time.monotonic()
    took_s = time.monotonic() - begin_s
    values = [value for name, value in heard.events if name == "progress"]
    assert 3 <= len(values) <= took_s * 10 + 2
    assert values == sorted(values)
    assert heard.events[-3:] == [("progress", 49_999), ("succeeded", "done"), ("finished", None)]


def test_progress_followed_by_silence_is_shown_without_waiting_for_the_next(qtbot: QtBot, runner: TaskRunner) -> None:
    release = threading.Event()

    def function(token: CancelToken, report: Report) -> None:
        report("first")
        report("second")
        report("third")
        assert release.wait(WAIT_S)

    handle = runner.submit(function, lane=Lane.IO)
    heard = Recorder(handle)
    qtbot.waitUntil(lambda: ("progress", "third") in heard.events)
    with qtbot.waitSignal(handle.finished):
        release.set()
    assert heard.names.count("succeeded") == 1


def test_progress_may_come_from_threads_of_the_function(qtbot: QtBot, runner: TaskRunner) -> None:
    def function(token: CancelToken, report: Report) -> None:
        fetchers = [threading.Thread(target=lambda: [report(n) for n in range(500)]) for _ in range(4)]
        for fetcher in fetchers:
            fetcher.start()
        for fetcher in fetchers:
            fetcher.join()
        report("all")

    handle = runner.submit(function, lane=Lane.IO)
    heard = Recorder(handle)
    with qtbot.waitSignal(handle.finished):
        pass
    assert heard.events[-3:] == [("progress", "all"), ("succeeded", None), ("finished", None)]
    assert heard.threads == {threading.get_ident()}


def test_a_change_set_is_broadcast_once(qtbot: QtBot, runner: TaskRunner) -> None:
    changes = ChangeSet(frozenset({"items"}), "test")
    broadcast: list[object] = []
    runner.changed.connect(broadcast.append)
    for result in (changes, Outcome(changes), "no change set"):
        handle = runner.submit(lambda token, report, result=result: result, lane=Lane.IO)
        with qtbot.waitSignal(handle.finished):
            pass
    assert broadcast == [changes, changes]


def test_change_sets_reported_on_the_way_are_never_coalesced(qtbot: QtBot, runner: TaskRunner) -> None:
    sent = [ChangeSet(frozenset({"items"}), str(number)) for number in range(100)]
    broadcast: list[object] = []
    runner.changed.connect(broadcast.append)

    def function(token: CancelToken, report: Report) -> None:
        for changes in sent:
            report(changes)
        raise CancelledError

    handle = runner.submit(function, lane=Lane.IO)
    heard = Recorder(handle)
    with qtbot.waitSignal(handle.finished):
        pass
    assert broadcast == sent
    assert heard.names == ["cancelled", "finished"]


def test_submitting_from_another_thread_is_refused(runner: TaskRunner) -> None:
    errors: list[str] = []

    def attempt() -> None:
        try:
            runner.submit(lambda token, report: None, lane=Lane.IO)
        except RuntimeError as error:
            errors.append(str(error))

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join(WAIT_S)
    assert errors == ["submit tasks from the GUI thread"]


def test_shutdown_gives_every_task_its_outcome_and_refuses_new_ones(qtbot: QtBot) -> None:
    runner = TaskRunner()
    started = threading.Event()

    def until_cancelled(token: CancelToken, report: Report) -> None:
        started.set()
        assert token.wait(WAIT_S)
        token.raise_if_cancelled()

    running = Recorder(runner.submit(until_cancelled, lane=Lane.IO))
    waiting = [Recorder(runner.submit(lambda token, report: 1, lane=Lane.IO)) for _ in range(10)]
    assert started.wait(WAIT_S)
    assert runner.shutdown() == ()
    assert runner.is_closed
    assert [heard.names for heard in (running, *waiting)] == [["cancelled", "finished"]] * 11
    ran: list[int] = []
    late = runner.submit(lambda token, report: ran.append(1), lane=Lane.IO)
    with qtbot.waitSignal(late.cancelled):
        pass
    assert ran == []
    assert runner.shutdown() == ()


def test_shutdown_names_the_lanes_that_hang(qtbot: QtBot) -> None:
    runner = TaskRunner()
    started, release = threading.Event(), threading.Event()
    handle = runner.submit(block(started, release), lane=Lane.SECRETS)
    other = runner.submit(lambda token, report: 1, lane=Lane.IO)
    with qtbot.waitSignal(other.finished):
        assert started.wait(WAIT_S)
    assert runner.shutdown(timeout_s=0.2) == ("secrets",)
    assert not handle.is_finished
    heard = Recorder(handle)
    release.set()
    assert runner.shutdown() == ()
    assert heard.names == ["succeeded", "finished"]


def test_the_inline_runner_runs_at_once_and_hands_over_later(inline_runner: InlineRunner) -> None:
    ran_on: list[int] = []

    def function(token: CancelToken, report: Report) -> str:
        ran_on.append(threading.get_ident())
        report("half")
        return "done"

    handle = inline_runner.submit(function, lane=Lane.QUERY)
    assert ran_on == [threading.get_ident()]
    heard = Recorder(handle)
    assert heard.events == []
    inline_runner.drain()
    assert heard.events == [("progress", "half"), ("succeeded", "done"), ("finished", None)]


def test_the_inline_runner_drains_what_handlers_submit(inline_runner: InlineRunner) -> None:
    results: list[object] = []

    def more(result: object) -> None:
        results.append(result)
        if len(results) < 3:
            inline_runner.submit(lambda token, report: len(results), lane=Lane.QUERY).succeeded.connect(more)

    inline_runner.submit(lambda token, report: 0, lane=Lane.QUERY).succeeded.connect(more)
    inline_runner.drain()
    assert results == [0, 1, 2]
    assert inline_runner.active_count == 0


def test_settings_are_saved_before_the_program_ends(qtbot: QtBot) -> None:
    runner = TaskRunner()
    started, release, saved = threading.Event(), threading.Event(), []
    runner.submit(block(started, release), lane=Lane.CHECK)

    def save(number: int) -> None:
        release.wait(WAIT_S)
        saved.append(number)

    for number in range(3):
        runner.submit(lambda token, report, number=number: save(number), lane=Lane.SETTINGS)
    assert started.wait(WAIT_S)
    release.set()
    assert runner.shutdown() == ()
    assert saved == [0, 1, 2]


def test_a_failure_that_nobody_listens_to_is_told_once(qtbot: QtBot, runner: TaskRunner) -> None:
    told: list[BaseException] = []
    runner.failed_unheard.connect(told.append)
    heard = runner.submit(lambda token, report: 1 / 0, lane=Lane.IO)
    heard.failed.connect(lambda error: None)
    unheard = runner.submit(lambda token, report: {}["missing"], lane=Lane.IO)
    with qtbot.waitSignal(unheard.finished, timeout=WAIT_S * 1000):
        pass
    assert [type(error) for error in told] == [KeyError]
