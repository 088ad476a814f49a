"""Pictures of the Statistics page: 30 days, all time, a person, a library, tables, the plays of a bar, a year."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from tools.screenshots.stage import Scene, Stage

from retrovue.core.domain.sync import ChangeSet

if TYPE_CHECKING:
    from retrovue.gui.pages.statistics.choice import Choice
    from retrovue.gui.pages.statistics.page import StatisticsPage

Settle = Callable[..., None]
_PATIENCE_MS = 900


def statistics_scenes(settle: Settle) -> list[Scene]:
    """The scenes in the order in which they are taken."""
    takes = _Takes(settle)
    return [
        Scene("statistics-empty", takes.empty, is_empty=True),
        Scene("statistics", takes.month),
        Scene("statistics-below", takes.below, takes.above),
        Scene("statistics-all-time", takes.all_time),
        Scene("statistics-hours", takes.hours),
        Scene("statistics-person", takes.person),
        Scene("statistics-library", takes.library),
        Scene("statistics-tables", takes.tables, takes.charts),
        Scene("statistics-plays", takes.plays),
        Scene("statistics-year", takes.year),
        Scene("statistics-year-person", takes.year_of_one, takes.overview),
    ]


class _Takes:
    def __init__(self, settle: Settle) -> None:
        self._settle = settle

    def _page(self, stage: "Stage") -> "StatisticsPage":
        from retrovue.gui.pages.statistics.page import StatisticsPage

        page = stage.page("statistics")
        assert isinstance(page, StatisticsPage)
        self._settle(stage.application)
        return page

    def empty(self, stage: "Stage") -> None:
        self._page(stage)

    def _filled(self, stage: "Stage") -> "StatisticsPage":
        from tools.past import fill_history

        services = stage.shell.services()
        if not services.context.statistics.span():
            fill_history(services.context, stage.server.library)
            services.runner.changed.emit(ChangeSet(frozenset({"plays"}), "past"))
        return self._page(stage)

    def _show(self, stage: "Stage", choice: "Choice") -> "StatisticsPage":
        page = self._filled(stage)
        page.show_choice(choice)
        self._settle(stage.application, least_ms=_PATIENCE_MS)
        return page

    def month(self, stage: "Stage") -> None:
        """30 days, with the pointer on a bar."""
        from retrovue.gui.pages.statistics.choice import Choice

        page = self._show(stage, Choice())
        chart = page.cards.wide.chart
        assert chart.data is not None
        place = chart.places(chart.data, chart.rect().toRectF())[8].center()
        none = Qt.MouseButton.NoButton
        moved = QMouseEvent(
            QMouseEvent.Type.MouseMove, place, chart.mapToGlobal(place), none, none, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(chart, moved)

    def below(self, stage: "Stage") -> None:
        """The lower half."""
        from retrovue.gui.pages.statistics.choice import Choice

        bar = self._show(stage, Choice()).area.verticalScrollBar()
        bar.setValue(bar.maximum())

    def above(self, stage: "Stage") -> None:
        self._filled(stage).area.verticalScrollBar().setValue(0)

    def all_time(self, stage: "Stage") -> None:
        from retrovue.gui.pages.statistics.choice import Choice, Span

        self._show(stage, Choice(Span.ALL))

    def hours(self, stage: "Stage") -> None:
        from retrovue.gui.pages.statistics.choice import Choice, Measure, Span

        self._show(stage, Choice(Span.QUARTER, measure=Measure.HOURS))

    def person(self, stage: "Stage") -> None:
        from retrovue.gui.pages.statistics.choice import Choice, Span

        self._show(stage, Choice(Span.YEAR, user=self._someone(stage)))

    def _someone(self, stage: "Stage") -> str:
        return self._filled(stage).toolbar.users.itemText(1)

    def library(self, stage: "Stage") -> None:
        from retrovue.gui.pages.statistics.choice import Choice, Span

        first = stage.shell.services().context.libraries.all()[0]
        self._show(stage, Choice(Span.QUARTER, library_id=first.id))

    def tables(self, stage: "Stage") -> None:
        from retrovue.gui.pages.statistics.choice import Choice

        page = self._show(stage, Choice())
        if not page.cards.wide.is_table:
            page.toggle_tables()

    def charts(self, stage: "Stage") -> None:
        self._filled(stage).escape()

    def plays(self, stage: "Stage") -> None:
        """The history with the plays of the longest bar of the weekdays."""
        from retrovue.core.domain.statistics import View
        from retrovue.gui.pages.statistics.choice import Choice

        data = self._show(stage, Choice()).cards.small[View.WEEKDAYS].chart.data
        assert data is not None
        self._filled(stage).open_bar(data.marks[data.peak or 0].key)
        self._settle(stage.application, least_ms=_PATIENCE_MS)

    def year(self, stage: "Stage") -> None:
        page = self._filled(stage)
        page.show_year()
        self._settle(stage.application, least_ms=_PATIENCE_MS)

    def year_of_one(self, stage: "Stage") -> None:
        """The year before, of one person."""
        from retrovue.gui.pages.statistics.choice import Choice, Span

        page = self._show(stage, Choice(Span.YEAR, user=self._someone(stage)))
        page.show_year()
        page.year.years.setCurrentIndex(1)
        page.year.years.activated.emit(1)
        self._settle(stage.application, least_ms=_PATIENCE_MS)

    def overview(self, stage: "Stage") -> None:
        self._filled(stage).show_overview()
