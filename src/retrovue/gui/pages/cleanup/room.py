"""Reads the disks behind the list, and counts what it and the chosen titles would free, on a lane of its own."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from retrovue.core.domain.cleanup.facts import Facts, Unit
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.cleanup.room import Gains, disks_of, gains_of
from retrovue.core.services.files.disks import Disk
from retrovue.gui.pages.services import PageServices
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report, TaskHandle

_PAUSE_MS = 400
"""Looking at files waits until the rule or the selection has come to rest."""


class RoomReader(QObject):
    """Disks that do not answer delay nothing else. Thread: GUI."""

    disks_read = Signal(object)
    list_counted = Signal(object)
    """`Gains` of the list; None: it is another one, not counted yet."""
    chosen_counted = Signal(object)
    failed = Signal(object)

    def __init__(self, services: PageServices, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._list: tuple[Facts, Sequence[Unit]] | None = None
        self._chosen: tuple[Facts, Sequence[Unit]] | None = None
        self._counting: TaskHandle | None = None
        self._counting_chosen: TaskHandle | None = None
        self._list_pause, self._chosen_pause = self._timer(self._count_list), self._timer(self._count_chosen)

    def _timer(self, then: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(_PAUSE_MS)
        timer.timeout.connect(then)
        return timer

    def read_disks(self) -> None:
        """Read how full the disks are."""
        context = self._services.context

        def read(_token: CancelToken, _report: Report) -> Sequence[Disk]:
            return disks_of(context)

        handle = self._services.runner.submit(read, lane=Lane.REPORT, of="room")
        handle.succeeded.connect(self.disks_read)
        handle.failed.connect(self.failed)

    def count_list(self, facts: Facts, units: Sequence[Unit]) -> None:
        """Count what a list frees; the one before is not waited for."""
        self._list = facts, units
        if self._counting is not None:
            self._counting.cancel()
        self.list_counted.emit(None)
        self._list_pause.start()

    def count_chosen(self, facts: Facts, units: Sequence[Unit]) -> None:
        """The same for the selected titles."""
        self._chosen = facts, units
        if self._counting_chosen is not None:
            self._counting_chosen.cancel()
        if units:
            self._chosen_pause.start()
        else:
            self._chosen_pause.stop()

    def forget(self) -> None:
        """Let go of the titles of the list and of the selected ones."""
        for handle in (self._counting, self._counting_chosen):
            if handle is not None:
                handle.cancel()
        self._list_pause.stop()
        self._chosen_pause.stop()
        self._list = self._chosen = None

    @Slot()
    def _count_list(self) -> None:
        if self._list is not None:
            self._counting = self._submit(*self._list, of="room")
            self._counting.succeeded.connect(self.list_counted)

    @Slot()
    def _count_chosen(self) -> None:
        if self._chosen is not None:
            self._counting_chosen = self._submit(*self._chosen, of="room-chosen")
            self._counting_chosen.succeeded.connect(self.chosen_counted)

    def _submit(self, facts: Facts, units: Sequence[Unit], *, of: str) -> TaskHandle:
        context = self._services.context

        def count(token: CancelToken, _report: Report) -> Gains:
            return gains_of(context, facts, units, token)

        handle = self._services.runner.submit(count, lane=Lane.REPORT, of=of)
        handle.failed.connect(self.failed)
        return handle
