"""What is selected, read behind the list: its sum for the line below, and the details of the current row."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.catalog.picked import Picked, SelectionSummary, summarise
from retrovue.gui.pages.library.facts import ItemFacts, read_details
from retrovue.gui.pages.services import PageServices
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

_DELAY_MS = 60


class SelectionReader(QObject):
    """Thread: GUI; an answer that a newer selection has overtaken is never handed over.

    Args:
        picked, current: what is selected, and the row that the keyboard is on.

    Signals:
        read(ItemFacts | None): `summary` is new, and these are the details.
        failed(error): a read raised.
    """

    read = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        services: PageServices,
        picked: Callable[[], Picked],
        current: Callable[[], Picked],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._picked = picked
        self._current = current
        self._asking: TaskHandle | None = None
        self._proven: list[int] = []
        self.summary = SelectionSummary()
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setInterval(_DELAY_MS)
        self.timer.timeout.connect(self._ask)

    @Slot()
    def _ask(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
        context, picked, current = self._services.context, self._picked(), self._current()

        def read(token: CancelToken, _report: object) -> tuple[SelectionSummary, ItemFacts | None]:
            summary = summarise(context, picked, token)
            wanted = current if current.count else picked
            return summary, read_details(context, wanted, token) if picked.count else None

        self._asking = self._services.runner.submit(read, lane=Lane.QUERY)
        self._asking.succeeded.connect(self._on_read)
        self._asking.failed.connect(self.failed)

    @Slot(object)
    def _on_read(self, facts: tuple[SelectionSummary, ItemFacts | None]) -> None:
        self.summary, details = facts
        self.read.emit(details)
        self._prove(details)

    def _prove(self, details: ItemFacts | None) -> None:
        """Look for the files of what is shown, once while it is shown."""
        ids = [] if details is None else [part.id for version in details.versions for part in version.parts]
        if not ids or ids == self._proven:
            return
        self._proven = ids
        context = self._services.context

        def look(token: CancelToken, _report: object) -> ChangeSet | None:
            from retrovue.core.services.files.fresh import prove

            return ChangeSet(frozenset({"files"}), "proof") if prove(context, ids, token=token) else None

        # A disk that does not answer is no news here: the states stay as they are.
        self._services.runner.submit(look, lane=Lane.LOOK)
