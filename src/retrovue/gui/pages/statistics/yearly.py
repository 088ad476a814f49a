"""Counts the year that the page shows."""

from PySide6.QtCore import QObject, Signal, Slot

from retrovue.gui.pages.statistics.counting import Counting
from retrovue.gui.pages.statistics.posters import TitlePosters
from retrovue.gui.pages.statistics.year import YearSummary, YearView
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle, TaskRunner


class YearCounter(QObject):
    """Asks for the year that was chosen last, and shows it. Thread: GUI."""

    failed = Signal(object)

    def __init__(self, runner: TaskRunner, counting: Counting, view: YearView, posters: TitlePosters) -> None:
        super().__init__(view)
        self._runner = runner
        self._counting = counting
        self._view = view
        self._posters = posters
        self._summing: TaskHandle | None = None
        view.chosen.connect(self.sum)

    @Slot(int, object)
    def sum(self, year: int, user: object) -> None:
        """Ask for a year of a person, or with None of everybody."""
        if self._summing is not None:
            self._summing.cancel()
        self._view.show_busy()
        who = str(user) if user is not None else None
        self._summing = self._runner.submit(
            lambda token, _report: self._counting.year(year, who, token), lane=Lane.REPORT, of="year"
        )
        self._summing.succeeded.connect(self._on_year)
        self._summing.failed.connect(self.failed)

    @Slot(object)
    def _on_year(self, summary: YearSummary) -> None:
        self._view.show_summary(summary)
        if self._view.sheet.titles.data is not None:
            self._posters.look_up(self._view.sheet.titles.data)
