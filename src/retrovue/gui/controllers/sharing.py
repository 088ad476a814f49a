"""Other programs that ask: whether they are answered follows the settings.

What is answered is in `retrovue.api`; here it is started and stopped, and given what the window knows of sessions.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.monitor import Heard
from retrovue.core.services.sharing.hooks import HintLog
from retrovue.core.system.settings import names_of
from retrovue.gui.controllers.monitor import MonitorController
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle, TaskRunner

if TYPE_CHECKING:
    from retrovue.api.house import SharedHouse
    from retrovue.core.context import AppContext

_Wish = tuple[bool, str, int, bool, tuple[str, ...]]


class SharingController(QObject):
    """Answers while the settings say so. Thread: GUI."""

    failed = Signal(object)
    """An exception: nobody is answered."""
    state_changed = Signal()
    """It begins or ends."""

    def __init__(
        self, runner: TaskRunner, context: "AppContext", monitor: MonitorController, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._context = context
        self._monitor = monitor
        self._wish: _Wish | None = None
        self._handle: TaskHandle | None = None
        self._house: SharedHouse | None = None
        self.hints = HintLog()
        """When webhooks came, whichever server took them."""
        self.url = ""
        """Where it answers; empty while it does not."""
        monitor.changed.connect(self._on_sessions)
        monitor.happened.connect(self._on_heard)

    @Slot()
    def apply(self) -> None:
        """Do what the settings say now."""
        settings = self._context.settings
        origins = names_of(settings.share_origins)
        wish = (settings.share, settings.share_listen, settings.share_port, settings.share_stop, origins)
        if wish == self._wish or (self._wish is None and not settings.share):
            return
        self._wish = wish
        self._renew()

    @Slot()
    def renew(self) -> None:
        """Begin anew, with the key as it is kept now."""
        if self._wish is not None:
            self._renew()

    def _renew(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        self._on_ended()
        if self._wish is None or not self._wish[0]:
            return
        _on, listen, port, may_stop, origins = self._wish
        context, monitor, hints = self._context, self._monitor, self.hints

        def work(token: CancelToken, report: Callable[[object], None]) -> None:
            from retrovue.api.sharing import serve

            serve(
                context,
                token,
                report,
                listen=listen,
                port=port,
                may_stop_streams=may_stop,
                origins=origins,
                wake=monitor.wake,
                hints=hints,
            )

        # On one lane: the one before has given its port back.
        handle = self._handle = self._runner.submit(work, lane=Lane.SHARING, is_standing=True)
        handle.progress.connect(lambda told: self._on_started(handle, told))
        handle.failed.connect(lambda error: self._on_failed(handle, error))

    def _on_started(self, handle: TaskHandle, told: "tuple[str, SharedHouse]") -> None:
        if handle is self._handle:
            self.url, self._house = told
            self._on_sessions()
            self.state_changed.emit()

    def _on_failed(self, handle: TaskHandle, error: BaseException) -> None:
        if handle is self._handle:
            self._handle = None
            self._on_ended()
            self.failed.emit(error)

    def _on_ended(self) -> None:
        self.url, self._house = "", None
        self.state_changed.emit()

    @Slot()
    def _on_sessions(self) -> None:
        if self._house is not None:
            self._house.board.show(self._monitor.states)

    @Slot(object)
    def _on_heard(self, heard: list[Heard]) -> None:
        if self._house is not None:
            for each in heard:
                self._house.events.tell(each.event)
