"""One task: the function that runs on a lane, what came of it, and the handle of whoever asked for it."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import SIGNAL, QObject, Signal

from retrovue.core.domain.errors import Cancelled as CancelledError
from retrovue.core.domain.errors import CatalogAwayError, RetroVueError
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.system import deeds
from retrovue.gui.work.lanes import Lane

_log = logging.getLogger(__name__)

_READING = (Lane.QUERY, Lane.REPORT, Lane.GROUPS)
Report = Callable[[object], None]
TaskFunction = Callable[[CancelToken, Report], object]


@dataclass(frozen=True, slots=True)
class Progress:
    """The task has said something new; the newest value waits in its mailbox."""

    task_id: int


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The function returned `result`."""

    task_id: int
    result: object


@dataclass(frozen=True, slots=True)
class Failed:
    """The function raised `error`, which keeps its traceback."""

    task_id: int
    error: BaseException

    @property
    def is_away(self) -> bool:
        """Whether the server of the catalog was out of reach, which the window says once for everything."""
        return isinstance(self.error, CatalogAwayError)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The task was cancelled before it started or stopped because it was asked to."""

    task_id: int


Outcome = Succeeded | Failed | Cancelled


@dataclass(frozen=True, slots=True)
class Ended:
    """The task is over; its outcome waits in its job."""

    task_id: int


def change_set_of(value: object) -> ChangeSet | None:
    """The change set that `value` is or carries as `change_set`; None if there is none. Thread: any."""
    carried = value if isinstance(value, ChangeSet) else getattr(value, "change_set", None)
    return carried if isinstance(carried, ChangeSet) else None


class Mailbox:
    """Holds the newest progress value, so that a busy task never floods the GUI's queue. Thread: any.

    At most one wake-up is under way at a time; whoever empties the box gets the newest value. Change sets
    are kept one by one, since losing one would leave a table stale.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: list[object] = []
        self._changes: list[ChangeSet] = []
        self._is_woken = False

    def put(self, value: object) -> bool:
        """Keep `value`; True when the reader has to be woken."""
        changes = change_set_of(value)
        with self._lock:
            if changes is not None:
                self._changes.append(changes)
            if changes is not value:
                self._newest = [value]
            wake = not self._is_woken
            self._is_woken = True
            return wake

    def take(self) -> tuple[list[object], list[ChangeSet]]:
        """The newest value (a list of none or one) and the change sets since the last call."""
        with self._lock:
            newest, changes = self._newest, self._changes
            self._newest, self._changes = [], []
            self._is_woken = False
            return newest, changes


class TaskHandle(QObject):
    """What the caller of `submit` holds: signals, all emitted on the GUI thread, and `cancel`.

    A read that the server of the catalog broke off counts as cancelled: it is made again when the server is back.
    Exactly one of `succeeded`, `failed` and `cancelled` is emitted, then `finished`; after that nothing is connected
    any more. Connect before returning to the event loop. The runner owns the handle until it finished, so it may be
    dropped.
    """

    progress = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    finished = Signal()

    def __init__(self, task_id: int, lane: str, withdraw: Callable[[int], None], *, is_standing: bool = False) -> None:
        super().__init__()
        self.is_standing = is_standing
        self.task_id = task_id
        self.lane = lane
        self.token = CancelToken()
        self._withdraw = withdraw
        self._outcome: Outcome | None = None

    @property
    def outcome(self) -> Outcome | None:
        """How the task ended; None while it has not. Thread: GUI."""
        return self._outcome

    @property
    def is_finished(self) -> bool:
        """Whether the outcome has been handed over. Thread: GUI."""
        return self._outcome is not None

    @property
    def is_failure_heard(self) -> bool:
        """Whether anything is connected to `failed`. Thread: GUI."""
        # Not isSignalConnected: PySide 6.11 leaks the object whose signal QMetaMethod.fromSignal is given.
        return self.receivers(SIGNAL("failed(PyObject)")) > 0

    def cancel(self) -> None:
        """Ask the task to stop; one that still waits in its lane ends at once. Thread: GUI."""
        self.token.cancel()
        self._withdraw(self.task_id)

    def let_go(self) -> None:
        """Forget what is connected. Thread: GUI, by the runner."""
        # PySide keeps a connected closure as long as the object, and one that knows its handle keeps that: both would
        # stay for ever, with the result, out of reach of the collector.
        for name in ("progress(PyObject)", "succeeded(PyObject)", "failed(PyObject)", "cancelled()", "finished()"):
            if self.receivers(SIGNAL(name)) > 0:
                getattr(self, name.partition("(")[0]).disconnect()

    def end(self, outcome: Outcome) -> None:
        """Say how the task ended. Thread: GUI, by the runner."""
        self._outcome = outcome
        match outcome:
            case Succeeded(result=result):
                self.succeeded.emit(result)
            case Failed() if outcome.is_away and self.lane.partition(":")[0] in _READING:
                self.cancelled.emit()
            case Failed(error=error):
                self.failed.emit(error)
            case Cancelled():
                self.cancelled.emit()


class Job:
    """One submitted function, shared by the runner and the worker of its lane.

    A worker may drop the last reference to a job: the queue of Qt keeps one until the slot has returned, which is
    after the outcome was sent. So a job holds no handle, and the runner empties it on the GUI thread. The function
    may hold the last reference to a widget (its dialog was closed meanwhile), and so may the traceback of an error,
    through the frames of the function; a widget that is destroyed on a worker crashes or freezes the program.
    """

    def __init__(self, function: TaskFunction, handle: TaskHandle) -> None:
        self.lane = handle.lane
        self.task_id = handle.task_id
        self.token = handle.token
        self.mailbox = Mailbox()
        self._function: TaskFunction | None = function
        self._outcome: Outcome | None = None
        self._claim = threading.Lock()

    def claim(self) -> bool:
        """True for exactly one caller: who claims a job says how it ended. Thread: any."""
        return self._claim.acquire(blocking=False)

    def run(self, emit: Callable[[object], None]) -> None:
        """Run the function on the calling thread, keep its outcome and say so; never raises."""
        self._outcome = self._outcome_of_run(emit)
        emit(Ended(self.task_id))

    def withdraw(self, emit: Callable[[object], None]) -> None:
        """End as cancelled without having run. Thread: GUI."""
        self._outcome = Cancelled(self.task_id)
        emit(Ended(self.task_id))

    def empty(self) -> Outcome:
        """Let go of function and outcome, and return the outcome. Thread: GUI, once the job has ended."""
        outcome, self._outcome, self._function = self._outcome, None, None
        assert outcome is not None, "a job is emptied once, after its end"
        return outcome

    def _outcome_of_run(self, emit: Callable[[object], None]) -> Outcome:
        def report(value: object) -> None:
            if self.mailbox.put(value):
                emit(Progress(self.task_id))

        assert self._function is not None, "a job runs once"
        try:
            self.token.raise_if_cancelled()
            return Succeeded(self.task_id, self._function(self.token, report))
        except CancelledError:
            return Cancelled(self.task_id)
        except BaseException as error:  # noqa: BLE001 - whatever is raised must become an outcome, even SystemExit
            if self.token.cancelled:
                # Cancelling closes the open socket, which shows up as any kind of read error.
                _log.debug("task %d ended by cancelling", self.task_id, exc_info=True)
                return Cancelled(self.task_id)
            if isinstance(error, RetroVueError):
                # Foreseen, and told to a person: where it came from says nothing about a server that is off.
                said = f"{error.text} {error.detail}".strip()
                _log.info("task %d on lane %s failed: %s", self.task_id, self.lane, said)
                if not isinstance(error, CatalogAwayError):
                    deeds.complain(error.text)
            else:
                from retrovue.gui.work.messages import message_for

                _log.warning("task %d on lane %s failed", self.task_id, self.lane, exc_info=True)
                deeds.complain(message_for(error).text)
            return Failed(self.task_id, error)
