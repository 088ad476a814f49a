"""The longer work of the page: trying rules, suggesting them, looking for files. One of each at a time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from retrovue.core.domain.paths import PathMapping
from retrovue.core.domain.servers import Server
from retrovue.gui.pages.mapping.side import SuggestState
from retrovue.gui.pages.mapping.work import Checked, check_files, find_proposals, try_rule, weigh_proposals
from retrovue.gui.pages.services import PageServices
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

if TYPE_CHECKING:
    from retrovue.core.services.mapping.proposals import Proposal
    from retrovue.core.services.mapping.trial import Trial


class TrialJob(QObject):
    """Tries the newest rule; an older trial that still runs is given up."""

    tried = Signal(object)
    progressed = Signal(object)
    failed = Signal(object)

    def __init__(self, services: PageServices, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._handle: TaskHandle | None = None

    def start(self, rule: PathMapping, *, everything: bool = False) -> None:
        """Try a rule on samples, or on every file that it decides about."""
        self.cancel()
        context = self._services.context
        handle = self._services.runner.submit(
            lambda token, report: try_rule(context, rule, token, report, everything=everything), lane=Lane.TRIAL
        )
        self._handle = handle
        handle.progress.connect(lambda progress: self.progressed.emit(progress))
        handle.succeeded.connect(lambda trial: self._on_done(handle, trial))
        handle.failed.connect(self.failed)

    def cancel(self) -> None:
        """Give up what runs."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _on_done(self, handle: TaskHandle, trial: "Trial") -> None:
        # What ended before it heard of its successor would show the result of an older text.
        if handle is self._handle:
            self._handle = None
            self.tried.emit(trial)


class SuggestJob(QObject):
    """Searches for rules and keeps what was found until it is used or dismissed."""

    changed = Signal()
    failed = Signal(object)

    def __init__(self, services: PageServices, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._handle: TaskHandle | None = None
        self._server_id: int | None = None
        self._rules: tuple[PathMapping, ...] | None = None
        self.state = SuggestState()

    def start(self, server: Server, folders: Sequence[str] = ()) -> None:
        """Search this computer, or only these folders."""
        self.cancel()
        context = self._services.context
        places = tuple(folders)
        self._server_id = server.id
        handle = self._services.runner.submit(
            lambda token, _report: find_proposals(context, server, places, token), lane=Lane.SUGGEST
        )
        self._handle = handle
        self._set(SuggestState(is_running=True, server=server.name))
        handle.succeeded.connect(lambda found: self._on_found(handle, server, found))
        handle.failed.connect(self._on_failed)

    @Slot()
    def cancel(self) -> None:
        """Stop searching, or forget what was found."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        self._set(SuggestState())

    def drop(self, found: "Proposal") -> None:
        """Forget one suggestion; the next one follows."""
        left = tuple(one for one in self.state.found or () if one != found)
        self._set(SuggestState(server=self.state.server, found=left or None))

    def follow_rules(self, server: Server, rules: tuple[PathMapping, ...]) -> None:
        """Weigh what was found again where these rules are not the ones it was weighed under.

        A rule may come from another process: its suggestion would go on promising what is done already.
        """
        found = self.state.found
        if not found or rules == self._rules:
            return
        self._rules = rules
        context = self._services.context
        handle = self._services.runner.submit(
            lambda _token, _report: weigh_proposals(context, server, found), lane=Lane.SUGGEST
        )
        handle.succeeded.connect(lambda weighed: self._on_weighed(found, weighed))
        handle.failed.connect(self.failed)

    def _on_weighed(self, before: tuple["Proposal", ...], weighed: list["Proposal"]) -> None:
        # What was used or dismissed meanwhile stays away; of another search nothing is known.
        left = {one.suggestion for one in self.state.found or () if one in before}
        if left:
            still = tuple(one for one in weighed if one.suggestion in left)
            self._set(SuggestState(server=self.state.server, found=still or None))

    def forget_other(self, server_id: int | None) -> None:
        """Another server was chosen: what was found for this one is of no use there."""
        if self._server_id != server_id:
            self._server_id = server_id
            self.cancel()

    def _on_found(self, handle: TaskHandle, server: Server, found: list["Proposal"]) -> None:
        if handle is self._handle:
            self._handle = None
            self._rules = None
            self._set(SuggestState(server=server.name, found=tuple(found)))

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        self._handle = None
        self._set(SuggestState())
        self.failed.emit(error)

    def _set(self, state: SuggestState) -> None:
        if state != self.state:
            self.state = state
            self.changed.emit()


class CheckJob(QObject):
    """Looks for every file of a server."""

    started = Signal(str)
    progressed = Signal(object)
    checked = Signal(object)
    failed = Signal(object)
    ended = Signal(bool)
    """Whether it was cancelled."""

    def __init__(self, services: PageServices, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._handle: TaskHandle | None = None

    @property
    def is_running(self) -> bool:
        """Whether files are being looked for."""
        return self._handle is not None

    def start(self, server: Server, accept: Sequence[str] = ()) -> None:
        """Look for the files of a server; does nothing while a check runs.

        Args:
            accept: local folders whose lost files are really gone.
        """
        if self._handle is not None:
            return
        context = self._services.context
        handle = self._services.runner.submit(
            lambda token, report: check_files(context, server, token, report, accept), lane=Lane.CHECK
        )
        self._handle = handle
        handle.progress.connect(self.progressed)
        handle.succeeded.connect(self._on_checked)
        handle.failed.connect(self.failed)
        handle.cancelled.connect(lambda: self._end(cancelled=True))
        handle.failed.connect(lambda _error: self._end(cancelled=False))
        self.started.emit(server.name)

    @Slot()
    def cancel(self) -> None:
        """Stop; what was seen is kept."""
        if self._handle is not None:
            self._handle.cancel()

    @Slot(object)
    def _on_checked(self, checked: Checked) -> None:
        self._end(cancelled=False)
        self.checked.emit(checked)

    def _end(self, *, cancelled: bool) -> None:
        self._handle = None
        self.ended.emit(cancelled)
