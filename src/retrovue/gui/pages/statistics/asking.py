"""The questions of the page, asked one after the other on a lane of its own and dropped when the choice changes."""

from collections.abc import Callable, Hashable
from typing import Any

from PySide6.QtCore import QObject, Signal

from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle, TaskRunner

Question = Callable[[CancelToken], object]
_LANE = "statistics"


class Asker(QObject):
    """Thread: GUI. An answer that came too late for its choice is never delivered."""

    failed = Signal(object)
    """The first error of a round; what was asked after it is dropped."""
    settled = Signal()
    """Every question of a round has its answer."""

    def __init__(self, runner: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._open: dict[Hashable, TaskHandle] = {}

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._open)

    def awaits(self, key: Hashable) -> bool:
        """Whether the answer to this question is not here yet."""
        return key in self._open

    def ask(self, questions: dict[Any, tuple[Question, Callable[[Any], None]]]) -> None:
        """Ask all, in their order, instead of what was asked before. Each has a receiver for its answer."""
        self.drop()
        for key, (question, receive) in questions.items():
            self._submit(key, question, receive)

    def drop(self) -> None:
        """Cancel what is still asked."""
        handles, self._open = list(self._open.values()), {}
        for handle in handles:
            handle.cancel()

    def _submit(self, key: Hashable, question: Question, receive: Callable[[Any], None]) -> None:
        handle = self._runner.submit(lambda token, _report: question(token), lane=Lane.REPORT, of=_LANE)
        self._open[key] = handle

        def is_current() -> bool:
            return self._open.get(key) is handle

        def answered(answer: object) -> None:
            if is_current():
                receive(answer)

        def failed(error: BaseException) -> None:
            if is_current():
                self.drop()
                self.failed.emit(error)

        def finished() -> None:
            if is_current():
                del self._open[key]
                if not self._open:
                    self.settled.emit()

        # Connected to functions: the runner emits on the GUI thread, so they run there.
        handle.succeeded.connect(answered)
        handle.failed.connect(failed)
        handle.finished.connect(finished)
