"""Once a day, while nobody uses the window and nothing runs: upkeep of the catalog file, off the GUI thread."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtCore import QObject, QTimer, Slot

from retrovue.core.domain.errors import StorageError
from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.pages.services import PageServices
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
_LOOK_EVERY_MS = 60_000
_QUIET_LOOKS = 10
"""Looks in a row that find nothing going on: somebody who was away for a minute comes back to a window that answers."""


class CatalogUpkeep(QObject):
    """Begins when it has been quiet for ten minutes, and ends as soon as it is not. Thread: GUI.

    Args:
        is_in_front: whether somebody looks at the window.
    """

    def __init__(self, services: PageServices, is_in_front: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._is_in_front = is_in_front
        self._quiet = 0
        self._begun_at: datetime | None = None
        self.task: TaskHandle | None = None
        timer = QTimer(self)
        timer.timeout.connect(self.look)
        timer.start(_LOOK_EVERY_MS)
        services.sync.state_changed.connect(self._on_sync_state)

    @Slot()
    def look(self) -> None:
        """Called each minute."""
        services, now = self._services, self._services.context.clock.now()
        self._quiet = 0 if self._is_busy() else self._quiet + 1
        if not self._quiet:
            self._stop()
        if services.runner.is_closed or self._quiet < _QUIET_LOOKS or (self.task and not self.task.is_finished):
            return
        if self._begun_at is not None and abs(now - self._begun_at) < EVERY:
            return
        self._begun_at = now
        context = services.context

        def maintain(token: CancelToken, _report: object) -> None:
            from retrovue.core.services.upkeep.maintenance import maintain

            try:
                maintain(context, token)
            except StorageError as error:
                # A full disk, or a sync from the command line: it is tried again tomorrow, and nothing is worse.
                log.warning("no upkeep of the catalog today: %s %s", error.text, error.detail)

        self.task = services.runner.submit(maintain, lane=Lane.FILES)
        self.task.cancelled.connect(self._on_cancelled)

    @Slot()
    def _on_cancelled(self) -> None:
        """Somebody came back: it begins anew when it is quiet again, not tomorrow."""
        self._begun_at = None

    def _is_busy(self) -> bool:
        services = self._services
        return services.sync.is_running or bool(services.monitor.sessions) or self._is_in_front()

    @Slot(object)
    def _on_sync_state(self, _state: object) -> None:
        if self._services.sync.is_running:
            self._stop()

    def _stop(self) -> None:
        if self.task is not None and not self.task.is_finished:
            self.task.cancel()
