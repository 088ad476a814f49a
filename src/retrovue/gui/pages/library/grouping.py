"""Whether titles that several servers hold are listed once: remembered, and kept up to date behind the list."""

from PySide6.QtCore import QObject, Signal, Slot

from retrovue.core.domain.browse import View
from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.pages.services import PageServices
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

_KEY = "library/grouped"


class Grouping(QObject):
    """Thread: GUI; finds out what is the same on a lane of its own, since it takes seconds after a large sync.

    Signals:
        reckoned: what is the same is other than before; lists ask again.
        failed(error): it could not be found out.
    """

    reckoned = Signal()
    failed = Signal(object)

    def __init__(self, services: PageServices, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._servers = 0
        self._hidden: dict[View, int] = {}
        self._handle: TaskHandle | None = None
        self.is_wanted = bool(services.settings.value(_KEY, True, type=bool))

    @property
    def is_possible(self) -> bool:
        """Whether there are several servers."""
        return self._servers > 1

    @property
    def is_on(self) -> bool:
        """Whether lists are grouped."""
        return self.is_wanted and self.is_possible

    def set_wanted(self, on: bool) -> None:
        """Remember what a person wants."""
        self.is_wanted = on
        self._services.settings.setValue(_KEY, on)
        self.refresh()

    def set_servers(self, count: int) -> None:
        """How many servers there are now."""
        self._servers = count

    def hidden(self, view: View) -> int:
        """How many rows a grouped list without filters has less than the catalog."""
        return self._hidden.get(view, 0) if self.is_on else 0

    def refresh(self) -> None:
        """Find out what is the same, if something was written since."""
        if not self.is_on or (self._handle is not None and not self._handle.is_finished):
            return
        context = self._services.context

        def read(token: CancelToken, _report: object) -> tuple[bool, dict[View, int]]:
            from retrovue.core.services.catalog.groups import regroup

            return regroup(context, token)

        self._handle = self._services.runner.submit(read, lane=Lane.GROUPS)
        self._handle.succeeded.connect(self._on_reckoned)
        self._handle.failed.connect(self.failed)

    @Slot(object)
    def _on_reckoned(self, found: tuple[bool, dict[View, int]]) -> None:
        is_other, hidden = found
        is_other = is_other or hidden != self._hidden
        self._hidden = hidden
        if is_other:
            self.reckoned.emit()
