"""Work off the GUI thread: serial lanes of worker objects, results handed over on the GUI thread.

The only module that names QThread. A lane is one long-lived thread with an event loop and one worker
object; jobs reach it through a queued signal, so Qt's own queue keeps them in order. The worker reports
through one signal to the runner, and only the runner, on the GUI thread, emits the signals of a handle:
a signal emitted by the worker itself would be lost whenever it fired before the caller connected, and a
lambda connected to it would run on the worker's thread.
"""

import itertools
import logging
import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QThread, QTimer, Signal, Slot

from retrovue.gui.work.garbage import GuiGarbage
from retrovue.gui.work.jobs import Cancelled as Cancelled
from retrovue.gui.work.jobs import Ended, Job, change_set_of
from retrovue.gui.work.jobs import Failed as Failed
from retrovue.gui.work.jobs import Progress as Progress
from retrovue.gui.work.jobs import Report as Report
from retrovue.gui.work.jobs import Succeeded as Succeeded
from retrovue.gui.work.jobs import TaskFunction as TaskFunction
from retrovue.gui.work.jobs import TaskHandle as TaskHandle
from retrovue.gui.work.lanes import Lane, lane_name

_log = logging.getLogger(__name__)

PROGRESS_INTERVAL_S = 0.1
SHUTDOWN_TIMEOUT_S = 15.0
DRAIN_TIMEOUT_S = 5.0
"""How long a quit waits for settings that are on their way to the disk."""

# Destroying a QThread that still runs aborts the process. Threads that outlive a shutdown stay
# referenced here until the caller leaves with os._exit.
_hanging_lanes: list["_Lane"] = []


class _Worker(QObject):
    """Runs jobs one after the other on the thread of its lane."""

    report = Signal(object)

    @Slot(object)
    def run(self, job: Job) -> None:
        if job.claim():
            threading.current_thread().name = job.lane  # log lines name the lane
            job.run(self.report.emit)


class _Task:
    """What the runner keeps of a job: things that no worker may hold. Thread: GUI."""

    def __init__(self, job: Job, handle: TaskHandle) -> None:
        self.job = job
        self.handle = handle
        self.delivered_at_s = -PROGRESS_INTERVAL_S


class _Lane(QObject):
    """A thread, its worker and the signal that feeds it. Lives on the GUI thread."""

    job = Signal(object)

    def __init__(self, name: str, on_report: Callable[[Progress | Ended], None]) -> None:
        super().__init__()
        self.name = name
        self.thread_of_lane = QThread()
        self.thread_of_lane.setObjectName(name)
        self.worker = _Worker()
        self.worker.moveToThread(self.thread_of_lane)
        self.job.connect(self.worker.run, Qt.ConnectionType.QueuedConnection)
        self.worker.report.connect(on_report, Qt.ConnectionType.QueuedConnection)
        self.thread_of_lane.start()


class TaskRunner(QObject):
    """Runs functions on named serial lanes and hands their results over on the GUI thread.

    `changed` is emitted once for each change set that a task returns, or reports while it runs, so that
    models can ask again. Create, use and shut down on the GUI thread.
    """

    changed = Signal(object)
    failed_unheard = Signal(object)
    """The error of a task whose `failed` nobody is connected to: a person must hear of it all the same."""
    catalog_lost = Signal()
    """A task failed because the server of the catalog is out of reach."""
    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread_ident = threading.get_ident()
        self._ids = itertools.count(1)
        self._tasks: dict[int, _Task] = {}
        self._lanes: dict[str, _Lane] = {}
        self._is_closed = False
        self._garbage: GuiGarbage | None = None
        self._due: set[int] = set()
        self._due_timer = QTimer(self)
        self._due_timer.setSingleShot(True)
        self._due_timer.timeout.connect(self._deliver_due)
        self._posted.connect(self._on_report, Qt.ConnectionType.QueuedConnection)
        self._over: list[TaskHandle] = []
        self._over_timer = QTimer(self)
        self._over_timer.setSingleShot(True)
        self._over_timer.timeout.connect(self._let_go)

    @property
    def active_count(self) -> int:
        """How many tasks wait, run or have an outcome that is not handed over yet; standing ones do not count.

        Thread: GUI.
        """
        return sum(not task.handle.is_standing for task in self._tasks.values())

    @property
    def is_closed(self) -> bool:
        """Whether `shutdown` was called. Thread: GUI."""
        return self._is_closed

    def submit(
        self, fn: TaskFunction, *, lane: Lane, of: int | str | None = None, is_standing: bool = False
    ) -> TaskHandle:
        """Run `fn(token, report)` on `lane`, or on that lane of one, after everything submitted there before.

        `report(value)` may be called from any thread as often as the function likes: `progress` is emitted
        at most 10 times a second, and the last value always before the outcome. After `shutdown` the
        returned handle ends as cancelled without running `fn`. A standing task runs until it is cancelled, as
        one that listens does: nobody waits for its end. Thread: GUI.
        """
        if threading.get_ident() != self._thread_ident:
            raise RuntimeError("submit tasks from the GUI thread")
        task_id = next(self._ids)
        handle = TaskHandle(task_id, lane_name(lane, of), self._withdraw, is_standing=is_standing)
        job = Job(fn, handle)
        self._tasks[task_id] = _Task(job, handle)
        if self._is_closed:
            handle.cancel()
        else:
            self._start(job)
        return handle

    def shutdown(self, timeout_s: float = SHUTDOWN_TIMEOUT_S) -> tuple[str, ...]:
        """Refuse new work, cancel everything and stop the lanes, waiting `timeout_s` seconds in all.

        Returns:
            The names of lanes that still run. If there are any, the caller closes the database, flushes
            the log and leaves with `os._exit`: destroying a running thread aborts the process.
            Otherwise every task has had its outcome. Thread: GUI.
        """
        self._is_closed = True
        self._drain(Lane.SETTINGS)
        for task in reversed(list(self._tasks.values())):  # oldest last, or its lane would start the next one
            task.handle.cancel()
        for lane in self._lanes.values():
            lane.thread_of_lane.quit()
        deadline_s = time.monotonic() + timeout_s
        hanging = []
        for lane in self._lanes.values():
            left_ms = max(0, round((deadline_s - time.monotonic()) * 1000))
            if not lane.thread_of_lane.wait(left_ms):
                hanging.append(lane)
        _hanging_lanes[:] = [*(lane for lane in _hanging_lanes if lane.thread_of_lane.isRunning()), *hanging]
        self._lanes = {lane.name: lane for lane in hanging}
        self._deliver_now()
        if self._garbage is not None and not hanging:  # or a lane that hangs would collect what it comes upon
            self._garbage.stop()
        return tuple(lane.name for lane in hanging)

    def _start(self, job: Job) -> None:
        lane = self._lanes.get(job.lane)
        if lane is None:
            if self._garbage is None:
                self._garbage = GuiGarbage(self)
            lane = self._lanes[job.lane] = _Lane(job.lane, self._on_report)
        lane.job.emit(job)

    def _drain(self, lane: Lane) -> None:
        """Let what waits on a lane run to its end, for a while."""
        found = self._lanes.get(lane.value)
        if found is None:
            return
        done = threading.Event()
        # Behind everything else on the lane. Its outcome is nobody's: it is not among the runner's jobs.
        found.job.emit(Job(lambda _token, _report: done.set(), TaskHandle(0, lane.value, lambda _id: None)))
        if not done.wait(DRAIN_TIMEOUT_S):
            _log.warning("settings could not be saved in %s s", DRAIN_TIMEOUT_S)

    def _withdraw(self, task_id: int) -> None:
        # A task that waits behind a long one must not wait for it only to be told that it is cancelled.
        task = self._tasks.get(task_id)
        if task is not None and task.job.claim():
            task.job.withdraw(self._posted.emit)

    def _deliver_now(self) -> None:
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)

    @Slot(object)
    def _on_report(self, message: Progress | Ended) -> None:
        task = self._tasks.get(message.task_id)
        if task is None:
            return
        if isinstance(message, Progress):
            self._due.add(message.task_id)
            self._deliver_due()
            return
        self._deliver_progress(task)
        del self._tasks[message.task_id]
        self._due.discard(message.task_id)
        outcome = task.job.empty()
        is_away = isinstance(outcome, Failed) and outcome.is_away
        is_heard = not isinstance(outcome, Failed) or is_away or task.handle.is_failure_heard
        if is_away and not self._is_closed:
            self.catalog_lost.emit()
        task.handle.end(outcome)
        if isinstance(outcome, Failed) and not is_heard and not self._is_closed:
            self.failed_unheard.emit(outcome.error)
        if isinstance(outcome, Succeeded):
            changes = change_set_of(outcome.result)
            if changes is not None:
                self.changed.emit(changes)
        task.handle.finished.emit()
        # Not at once: whoever waited for the end in an event loop of its own disconnects first.
        self._over.append(task.handle)
        self._over_timer.start(0)

    @Slot()
    def _let_go(self) -> None:
        over, self._over = self._over, []
        for handle in over:
            handle.let_go()

    @Slot()
    def _deliver_due(self) -> None:
        now_s = time.monotonic()
        next_s = PROGRESS_INTERVAL_S
        for task_id in list(self._due):
            task = self._tasks.get(task_id)
            if task is None:  # a handler of `progress` ran an event loop of its own and the task ended in it
                continue
            left_s = task.delivered_at_s + PROGRESS_INTERVAL_S - now_s
            if left_s > 0:
                next_s = min(next_s, left_s)
                continue
            self._due.discard(task_id)
            task.delivered_at_s = now_s
            self._deliver_progress(task)
        if self._due and not self._due_timer.isActive():
            self._due_timer.start(int(next_s * 1000) + 1)

    def _deliver_progress(self, task: _Task) -> None:
        newest, changes = task.job.mailbox.take()
        for value in newest:
            task.handle.progress.emit(value)
        for change_set in changes:
            self.changed.emit(change_set)


class InlineRunner(TaskRunner):
    """A runner for tests of pages: `submit` runs the function at once, on the calling thread.

    Signals still come from the event loop, so connecting after `submit` works as with the real runner;
    `drain` hands everything over now.
    """

    def drain(self) -> None:
        """Emit the signals of all tasks that ran, and of those that their handlers submit."""
        while self._tasks:
            self._deliver_now()

    def _start(self, job: Job) -> None:
        if job.claim():
            job.run(self._posted.emit)
