"""Syncs as the window sees them: one task per server, one overall progress, one cancel.

Each server has a serial lane of its own, so several servers are synced side by side and a second request for the same
server waits behind the first; one that asks for nothing else joins it.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from retrovue.core.domain.servers import Server
from retrovue.core.domain.sync import (
    ChangeSet,
    Initiator,
    LibraryProgress,
    LibraryReport,
    ServerFailure,
    SyncOutcome,
    SyncProgress,
    SyncReport,
    SyncRequest,
)
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.servers.stored import active_servers
from retrovue.gui import text
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import message_for, trace_of
from retrovue.gui.work.tasks import TaskHandle, TaskRunner

if TYPE_CHECKING:
    from retrovue.core.context import AppContext


log = logging.getLogger(__name__)

_LOG_LINES = 500
_LEVELS = {
    SyncOutcome.OK: "info",
    SyncOutcome.CANCELLED: "info",
    SyncOutcome.FAILED: "error",
    SyncOutcome.UNAVAILABLE: "error",
}


@dataclass(frozen=True)
class LogLine:
    """One line of the log of a run. `level` is "info", "warning" or "error"."""

    at: datetime
    level: str
    text: str


@dataclass(frozen=True)
class SyncState:
    """Everything that runs now. `fraction` None: unknown. `current` is the library that moved last."""

    is_running: bool = False
    title: str = ""
    started_at: datetime | None = None
    servers: int = 0
    progress: SyncProgress = field(default_factory=SyncProgress)
    current: LibraryProgress | None = None


@dataclass(frozen=True)
class SyncDone:
    """What a finished task hands over: the report and what views must ask again."""

    report: SyncReport
    change_set: ChangeSet


@dataclass
class _Run:
    server: Server
    request: SyncRequest
    handle: TaskHandle
    progress: SyncProgress = field(default_factory=SyncProgress)
    is_done: bool = False
    said: set[str] = field(default_factory=set)
    """The lines that came while it ran."""


class SyncController(QObject):
    """Starts, watches and cancels syncs. Thread: GUI.

    Args:
        host: a function that gives the profile (`AppContext`) on a lane.
    """

    state_changed = Signal(object)
    """A `SyncState`."""
    line = Signal(object)
    """A `LogLine` as it is said."""
    finished = Signal(object)
    """A `SyncReport` of everything that ran together, when the last server is done."""

    def __init__(
        self,
        runner: TaskRunner,
        context: Callable[[], "AppContext"],
        now: Callable[[], datetime],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._context = context
        self._now = now
        self._runs: list[_Run] = []
        """Everything since the last rest; what is done stays until then, or the overall bar would go backwards."""
        self._reports: list[SyncReport] = []
        self._broken: list[ServerFailure] = []
        """Syncs that ended without a report; one without a server (id 0) could not even begin."""
        self._state = SyncState()
        self._pending: list[TaskHandle] = []
        self.lines: deque[LogLine] = deque(maxlen=_LOG_LINES)
        self.last: SyncReport | None = None
        """What `finished` told last, for pages that open later; None while a sync runs."""

    @property
    def state(self) -> SyncState:
        """The state as last told."""
        return self._state

    @property
    def is_running(self) -> bool:
        """Whether any server is being synced or about to be."""
        return bool(self._open_runs() or self._pending)

    def start(self, request: SyncRequest | None = None) -> None:
        """Sync what is asked for (everything by default); servers that already do exactly this are joined."""
        wanted = request if request is not None else SyncRequest()
        context = self._context
        handle = self._runner.submit(lambda _token, _report: _active_servers(context()), lane=Lane.QUERY)
        self._pending.append(handle)
        handle.succeeded.connect(lambda servers: self._start_servers(handle, wanted, servers))
        handle.failed.connect(lambda error: self._could_not_start(handle, error))
        handle.cancelled.connect(self._on_unbegun)
        handle.cancelled.connect(lambda: self._forget_pending(handle))
        if not self._runs and len(self._pending) == 1:
            self.lines.clear()
            self._reports = []
            self._broken = []
            self.last = None
            self._state = SyncState(is_running=True, title=_title(wanted), started_at=self._now())
            self.state_changed.emit(self._state)

    @Slot()
    def cancel(self) -> None:
        """Stop everything; what arrived stays stored."""
        for handle in (*self._pending, *(run.handle for run in reversed(self._open_runs()))):
            handle.cancel()
        if self.is_running:
            self._say("info", _("Canceling…"))

    def _open_runs(self) -> list[_Run]:
        return [run for run in self._runs if not run.is_done]

    @Slot()
    def _on_unbegun(self) -> None:
        """One that was canceled before it began has no report, and without one all would look well."""
        self._reports.append(SyncReport(is_cut_short=True))

    def _forget_pending(self, handle: TaskHandle) -> None:
        if handle in self._pending:
            self._pending.remove(handle)
        self._settle()

    def _could_not_start(self, handle: TaskHandle, error: BaseException) -> None:
        message = message_for(error)
        said = f"{message.text} {message.hint}".strip()
        self._say("error", said)
        self._broken.append(ServerFailure("", 0, "catalog", said, said))
        self._forget_pending(handle)

    def _start_servers(self, handle: TaskHandle, request: SyncRequest, servers: list[Server]) -> None:
        self._pending.remove(handle)
        for server in servers:
            if request.server_ids is not None and server.id not in request.server_ids:
                continue
            if any(run.server.id == server.id and _covers(run.request, request) for run in self._open_runs()):
                continue
            self._start_server(server, replace(request, server_ids=(server.id,)))
        if not self._runs:
            self._say("info", _("There are no servers to sync."))
        self._settle()

    def _start_server(self, server: Server, request: SyncRequest) -> None:
        context = self._context
        handle = self._runner.submit(
            lambda token, report: _run(context(), request, token, report), lane=Lane.SYNC, of=server.id
        )
        run = _Run(server, request, handle)
        if any(earlier.server.id == server.id for earlier in self._open_runs()):
            log.info("a sync of %s waits behind another one", server.name)
        self._runs.append(run)
        handle.progress.connect(lambda progress: self._on_progress(run, progress))
        handle.succeeded.connect(lambda done: self._on_done(run, done))
        handle.failed.connect(lambda error: self._on_failed(run, error))
        handle.cancelled.connect(self._on_unbegun)
        handle.finished.connect(lambda: self._on_finished(run))

    def _on_progress(self, run: _Run, progress: SyncProgress) -> None:
        run.progress = progress
        if progress.message:
            self._say(progress.level, progress.message)
            run.said.add(progress.message)
        self._tell(progress.current)

    def _on_done(self, run: _Run, done: SyncDone) -> None:
        self._reports.append(done.report)
        for library in done.report.libraries:
            place = f"{run.server.name} · {library.library}"
            text = f"{place}: {summary_of(library)}"
            if text in run.said or (not library.wrote and _("{library}: no changes").format(library=place) in run.said):
                # It was said while the sync ran.
                continue
            level = _LEVELS.get(library.outcome, "warning")
            self._say(level, text)

    def _on_failed(self, run: _Run, error: BaseException) -> None:
        message = message_for(error)
        said = f"{message.text} {message.hint}".strip()
        log.error("the sync of %s failed: %s", run.server.name, message.text, exc_info=trace_of(error))
        self._say("error", f"{run.server.name}: {said}")
        self._broken.append(ServerFailure(run.server.name, run.server.id, "catalog", said, said))

    def _on_finished(self, run: _Run) -> None:
        run.is_done = True
        self._settle()

    def _settle(self) -> None:
        if self.is_running:
            self._tell(self._state.current)
            return
        self._runs.clear()
        if not self._state.is_running:
            return
        merged = SyncReport(
            libraries=tuple(library for report in self._reports for library in report.libraries),
            failures=(*(failure for report in self._reports for failure in report.failures), *self._broken),
            requests=sum(report.requests for report in self._reports),
            received_bytes=sum(report.received_bytes for report in self._reports),
            duration_s=max((report.duration_s for report in self._reports), default=0.0),
            is_cut_short=any(report.is_cut_short for report in self._reports),
        )
        self._state = replace(self._state, is_running=False, servers=0)
        self.last = merged
        self.state_changed.emit(self._state)
        self.finished.emit(merged)

    def _tell(self, current: LibraryProgress | None) -> None:
        progress = _sum(self._runs, self._state.progress)
        self._state = replace(
            self._state,
            is_running=True,
            servers=len({run.server.id for run in self._open_runs()}),
            progress=progress,
            current=current if current is not None else self._state.current,
        )
        self.state_changed.emit(self._state)

    def _say(self, level: str, text: str) -> None:
        line = LogLine(self._now(), level, text)
        self.lines.append(line)
        self.line.emit(line)


def _active_servers(context: "AppContext") -> list[Server]:
    return active_servers(context)


def _run(context: "AppContext", request: SyncRequest, token: CancelToken, report: Callable[[object], None]) -> SyncDone:
    from retrovue.core.services.sync import run_sync

    result = run_sync(context, request, token, report)
    kinds = {"runs", "libraries", "servers"}
    if result.wrote:
        kinds |= {"items", "files", "removals"}
    return SyncDone(result, ChangeSet(frozenset(kinds), "sync"))


def _covers(running: SyncRequest, asked: SyncRequest) -> bool:
    """Whether a running sync already does what is asked, so that the second request joins it."""
    return replace(running, server_ids=None, initiator=Initiator.PERSON) == replace(
        asked, server_ids=None, initiator=Initiator.PERSON
    )


def _sum(runs: list[_Run], before: SyncProgress) -> SyncProgress:
    """One progress over servers that run side by side, weighted by items.

    While one of them has not told how much there is, the whole is not known either. A server that has ended counts
    what it came to, so that one that failed leaves no rest.
    """
    parts = [run.progress for run in runs]
    if not parts:
        return before
    done = sum(part.items_done for part in parts)
    totals = [run.progress.items_done if run.is_done else run.progress.items_total for run in runs]
    is_known = all(run.is_done or run.progress.fraction is not None for run in runs)
    total = sum(each or 0 for each in totals) if is_known else 0
    fraction = min(1.0, done / total) if total else 1.0 if is_known else None
    rates = [part.rate for part in parts if part.rate is not None]
    left = [part.time_left_s for part in parts if part.time_left_s is not None]
    return SyncProgress(
        libraries_done=sum(part.libraries_done for part in parts),
        libraries_total=sum(part.libraries_total for part in parts),
        items_done=done,
        items_total=total or None,
        fraction=fraction,
        rate=sum(rates) if rates else None,
        time_left_s=max(left) if left else None,
        requests=sum(part.requests for part in parts),
        received_bytes=sum(part.received_bytes for part in parts),
        added=sum(part.added for part in parts),
        updated=sum(part.updated for part in parts),
        absent=sum(part.absent for part in parts),
        failed=sum(part.failed for part in parts),
    )


def _title(request: SyncRequest) -> str:
    if request.dry_run:
        return _("Dry run: nothing is changed")
    if request.show_title is not None:
        return _("Sync of “{show}”").format(show=request.show_title)
    return _("Full sync") if request.full else _("Incremental sync")


def summary_of(library: LibraryReport) -> str:
    """What the sync of a library did, in a few words."""
    if library.error:
        return library.error
    if library.outcome is SyncOutcome.CANCELLED:
        return _("canceled; everything received so far is kept")
    if not (library.added or library.updated or library.removed):
        return _("no change")
    return _("{added} added, {updated} updated, {removed} removed").format(
        added=text.number(library.added), updated=text.number(library.updated), removed=text.number(library.removed)
    )
