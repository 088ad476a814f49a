"""Keeps what lists say was watched up to date with plays, syncs and imports, off the GUI thread."""

from PySide6.QtCore import QObject, QTimer, Slot

from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.pages.services import PageServices
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

_CONCERNS = frozenset({"plays", "items"})
_PAUSE_MS = 2_000
"""A sync and an import tell of themselves many times."""


class WatchedKeeper(QObject):
    """Works in what moved, soon after something was written and once at the start. Thread: GUI."""

    def __init__(self, services: PageServices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._task: TaskHandle | None = None
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setInterval(_PAUSE_MS)
        self.timer.timeout.connect(self.work)
        services.runner.changed.connect(self._on_changed)
        self.timer.start()

    @Slot(object)
    def _on_changed(self, change: ChangeSet) -> None:
        if change.kinds & _CONCERNS:
            self.timer.start()

    @Slot()
    def work(self) -> None:
        """Begin, unless a sync writes just now or it is being done."""
        services, context = self._services, self._services.context
        if services.runner.is_closed:
            return
        if services.sync.is_running or (self._task is not None and not self._task.is_finished):
            self.timer.start()
            return

        def work(token: CancelToken, _report: object) -> ChangeSet | None:
            from retrovue.core.services.statistics.watch_data import bring_up_to_date

            return ChangeSet(frozenset({"watched"}), "watched") if bring_up_to_date(context, token) else None

        self._task = services.runner.submit(work, lane=Lane.REPORT, of="watched")
