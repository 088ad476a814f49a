"""Reads the collections of servers twice a day, off the GUI thread: a sync of items does not ask for them."""

from datetime import datetime, timedelta

from PySide6.QtCore import QObject

from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.servers.stored import active_servers
from retrovue.gui.pages.services import PageServices
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

EVERY = timedelta(hours=12)


class CollectionReader(QObject):
    """Begins a reading when one is due; never while a sync runs. Thread: GUI."""

    def __init__(self, services: PageServices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._task: TaskHandle | None = None
        self._read_at: datetime | None = None

    def look(self) -> None:
        """Called each minute."""
        services, context = self._services, self._services.context
        now = context.clock.now()
        is_reading = self._task is not None and not self._task.is_finished
        if services.runner.is_closed or services.sync.is_running or is_reading:
            return
        if context.settings.sync_schedule == "off":
            return
        if self._read_at is not None and abs(now - self._read_at) < EVERY:
            return
        self._read_at = now

        def read(token: CancelToken, _report: object) -> ChangeSet | None:
            from retrovue.core.services.collections.refresh import refresh

            servers = active_servers(context)
            if not servers:
                return None
            refresh(context, servers, token)
            return ChangeSet(frozenset({"collections"}), "collections")

        self._task = services.runner.submit(read, lane=Lane.REPORT, of="collections")
