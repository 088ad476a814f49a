"""The Statistics page."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QMenu, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from retrovue.core.domain.played_titles import Within
from retrovue.core.domain.statistics import Bar, Chosen, ConcurrentTable, StatTable, View
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.i18n import _
from retrovue.gui.charts.saving import FileSaver
from retrovue.gui.pages.history.criteria import ImportWanted
from retrovue.gui.pages.library.exporting import ask_path
from retrovue.gui.pages.services import PageServices
from retrovue.gui.pages.statistics import cards, shapes
from retrovue.gui.pages.statistics.asking import Asker, Question
from retrovue.gui.pages.statistics.bars import BarOpener, named
from retrovue.gui.pages.statistics.choice import Choice, time_view
from retrovue.gui.pages.statistics.counting import CatalogCounting, Counting
from retrovue.gui.pages.statistics.extras import Extras
from retrovue.gui.pages.statistics.figures import Figures
from retrovue.gui.pages.statistics.grid import CardGrid
from retrovue.gui.pages.statistics.parts import PartMenu
from retrovue.gui.pages.statistics.posters import TitlePosters
from retrovue.gui.pages.statistics.toolbar import Choices, StatisticsToolbar
from retrovue.gui.pages.statistics.year import YearView
from retrovue.gui.pages.statistics.yearly import YearCounter
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.notices import Banner, NoticeAction, Tone
from retrovue.gui.widgets.page import PAGE_MARGIN, Page, PageAction, PageHead
from retrovue.gui.work.messages import message_for

_DIM_AFTER_MS = 250
"""Answers come in less: what is shown is dimmed only where they do not."""
_BAR = 12
"""The width of a scroll bar, see the style sheet."""
_CONCERNS = frozenset({"plays", "servers", "libraries", "users"})


class StatisticsPage(Page):
    """See the package. Thread: GUI."""

    def __init__(
        self, services: PageServices, *, counting: Counting | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._counting: Counting = counting or CatalogCounting(services.context)
        self._choices = Choices()
        self._tables: dict[View, StatTable] = {}
        self._peaks: ConcurrentTable | None = None
        self._asked: Chosen | None = None
        self._is_outdated = True
        self.banner: Banner | None = None
        self.asker = Asker(services.runner, self)
        self.opener = BarOpener(services.runner, self._counting.behind, self)
        self.saver = FileSaver(services.runner, self, ask=ask_path)
        self.posters = TitlePosters(services.runner, services.context, self._counting.posters, self)
        self.head = PageHead(_("Statistics"))
        self.table_button = self.head.add_action(PageAction(_("View as table"), "table", self.toggle_tables))
        self._export_menu = QMenu(self)
        export = self.head.add_action(PageAction(_("Export"), "export", menu=self._export_menu))
        year = self.head.add_action(PageAction(_("Your year"), "calendar", self.show_year))
        self._buttons = (self.table_button, export, year)
        self.toolbar = StatisticsToolbar()
        self.figures = Figures()
        self.cards = cards.make_cards(self.posters.draw, self)
        self.extras = Extras(self.cards, self._counting, self.posters)
        self.part_menu = PartMenu(self)
        self.grid = CardGrid(self.cards.wide, tuple(self.cards.small.values()))
        self.year = YearView(self.posters.draw)
        self.year_counter = YearCounter(services.runner, self._counting, self.year, self.posters)
        self.empty = EmptyState(
            _("No plays yet."),
            _(
                "Plays appear here when they end, as long as RetroVue is running. Older ones can be imported from "
                "Tautulli, Jellystat and the servers."
            ),
            button=_("Import history…"),
            icon="download",
            link=_("Open Activity"),
        )
        self._build()
        self._dim = QTimer(self)
        self._dim.setSingleShot(True)
        self._dim.setInterval(_DIM_AFTER_MS)
        self._connect()

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.views = QStackedWidget()
        outer.addWidget(self.views)
        self._overview = QWidget()
        self.views.addWidget(self._overview)
        self.views.addWidget(self.year)
        column = QVBoxLayout(self._overview)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        self._banners = QVBoxLayout()
        self._banners.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 0)
        column.addLayout(self._banners)
        self.stack = QStackedWidget()
        column.addWidget(self.stack, 1)
        self._content = self._full()
        self.stack.addWidget(self._content)
        self.stack.addWidget(self.empty)
        cards.fill_export(self._export_menu, self.cards)

    def _full(self) -> QWidget:
        full = QWidget()
        outer = QVBoxLayout(full)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(12)
        held = QVBoxLayout()
        held.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 0)
        held.addWidget(self.toolbar)
        outer.addLayout(held)
        content = QWidget()
        content.setProperty("page", "true")
        inner = QVBoxLayout(content)
        inner.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 16)
        inner.setSpacing(12)
        inner.addWidget(self.figures)
        inner.addWidget(self.grid, 1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(content)
        # What is below the head ends where the head ends, with and without a scroll bar.
        self.area.verticalScrollBar().rangeChanged.connect(
            lambda _least, most: inner.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN - (_BAR if most else 0), 16)
        )
        outer.addWidget(self.area, 1)
        return full

    def _connect(self) -> None:
        self.toolbar.chosen.connect(self._on_chosen)
        self.asker.failed.connect(self._on_failed)
        self.asker.settled.connect(self._on_settled)
        self._dim.timeout.connect(self._show_loading)
        self.posters.arrived.connect(self._show_posters)
        self.empty.triggered.connect(lambda: self._services.open_page("history", ImportWanted()))
        self.empty.link_triggered.connect(lambda: self._services.open_page("activity", None))
        self.opener.found.connect(lambda picked: self._services.open_page("history", picked))
        self.opener.failed.connect(self._on_act_failed)
        self.saver.saved.connect(self._on_saved)
        self.saver.failed.connect(self._on_act_failed)
        self._services.runner.changed.connect(self._on_changed)
        self.year.back.connect(self.show_overview)
        self.year_counter.failed.connect(self._on_year_failed)
        self.year.save_requested.connect(self.saver.save)
        self.year.sheet.opened.connect(self.open_bar)
        for card in self.cards.all():
            card.opened.connect(self.open_bar)
            card.save_requested.connect(self.saver.save)
        for card in self.cards.of_titles():
            self.part_menu.listen(card)
        self.part_menu.plays_wanted.connect(self.open_bar)
        self.part_menu.part_wanted.connect(self.show_argument)

    # --- the frame's questions ------------------------------------------------------------------------------------

    def activate(self) -> None:
        """Read what may have changed while another page was in front; another day has another range."""
        if self._is_outdated or self._asked != self._chosen():
            self.refresh()

    def refresh(self) -> None:
        """Ask for everything again."""
        self._is_outdated = False
        self.posters.ask_again()
        self._ask()

    def escape(self) -> bool:
        """Esc: back from the year; charts again where there are tables."""
        if self.views.currentWidget() is self.year:
            self.show_overview()
            return True
        if any(card.is_table for card in self.cards.all()):
            self.toggle_tables()
            return True
        return False

    @Slot(object)
    def show_argument(self, argument: object) -> None:
        """Another page, or a row here, asks for the statistics of a title, a season or an item."""
        if isinstance(argument, Within):
            self.show_overview()
            self.show_choice(replace(self.choice, within=argument))

    @Slot(object)
    def _on_changed(self, change: ChangeSet) -> None:
        if not change.kinds & _CONCERNS:
            return
        self._is_outdated = True
        if self.isVisible() and not self.asker.is_busy:
            self.refresh()

    # --- asking ---------------------------------------------------------------------------------------------------

    @property
    def choice(self) -> Choice:
        """What is shown."""
        return self.toolbar.choice

    def show_choice(self, choice: Choice) -> None:
        """Show something else, as if it had been chosen."""
        self.toolbar.show_choice(choice, None)
        self._on_chosen(choice)

    def _chosen(self) -> Chosen:
        return self.choice.chosen(self._counting.today(), self._counting.zone)

    @Slot(object)
    def _on_chosen(self, choice: Choice) -> None:
        if self._asked is not None and self._chosen() == self._asked:
            # Plays or hours: both are there.
            self._show_all()
            return
        self._ask()

    def _ask(self) -> None:
        choice, chosen = self.choice, self._chosen()
        self._asked = chosen
        self.show_banner(None)
        self.toolbar.show_choice(choice, chosen.days)
        self.head.set_subtitle(_("Days in {zone}").format(zone=chosen.days.zone_name.replace("_", " ")))
        self.grid.show_cards([card for view, card in self.cards.small.items() if cards.useful(view, choice)])
        over_time = time_view(chosen.days)
        questions: dict[Any, tuple[Question, Callable[[Any], None]]] = {
            over_time: (partial(self._counting.table, over_time, chosen), self._on_table),
        }
        if chosen.days.first is not None and chosen.days.last is not None:
            questions["compared"] = (partial(self._counting.compared, chosen), self.figures.show_comparison)
        else:
            self.figures.show_comparison(None)
        questions[View.CONCURRENT] = (partial(self._counting.concurrent, chosen), self._on_concurrent)
        for view in cards.SMALL:
            # Users are counted in the strip, too.
            if not isinstance(view, View) or view is View.CONCURRENT:
                continue
            if view is View.USERS or cards.useful(view, choice):
                questions[view] = (partial(self._counting.table, view, chosen), self._on_table)
        questions |= self.extras.questions(choice, chosen)
        # Of all time, so that it waits for sums where a month need not: last, once something is shown.
        questions["choices"] = (self._counting.choices, self._on_choices)
        self._dim.start()
        self.asker.ask(questions)

    # --- answers --------------------------------------------------------------------------------------------------

    def _on_choices(self, choices: Choices) -> None:
        self._choices = choices
        self.toolbar.set_choices(choices)
        if View.USERS in self._tables:
            self._show_table(self._tables[View.USERS])
        # Deleted or not recorded yet: without plays of all time and everybody there is nothing to choose.
        self.stack.setCurrentWidget(self._content if choices.has_plays else self.empty)
        for button in self._buttons:
            button.setEnabled(choices.has_plays)
            button.setToolTip("" if choices.has_plays else _("No plays yet."))

    def _on_table(self, table: StatTable) -> None:
        self._tables[table.view] = table
        self._show_table(table)

    def _show_table(self, table: StatTable) -> None:
        measure = self.choice.measure
        if table.view in (View.DAYS, View.MONTHS):
            self.cards.wide.set_title(cards.wide_title(table.view, measure))
            self.cards.wide.show_data(shapes.by_stream(table, measure))
            self.figures.show_total(table)
            self.toolbar.show_choice(self.choice, table.chosen.days)
            return
        if table.view is View.USERS:
            self.figures.show_users(table, len(self._choices.users) if self.choice.user is None else 0)
        shown = shapes.largest(table, measure) if table.view in cards.RANKINGS else table
        shape = shapes.by_stream if table.view in cards.DIVIDED else shapes.whole
        data = shape(shown, measure)
        self.cards.small[table.view].show_data(data)
        self.posters.look_up(data)

    def _on_concurrent(self, table: ConcurrentTable) -> None:
        self._peaks = table
        self.figures.show_concurrent(table)
        self.cards.small[View.CONCURRENT].show_data(shapes.concurrent(table))

    def _show_all(self) -> None:
        self.figures.show_measure(self.choice.measure)
        for table in self._tables.values():
            if table.view not in (View.DAYS, View.MONTHS) or table.view is self._over_time():
                self._show_table(table)

    def _over_time(self) -> View:
        return time_view(self._asked.days) if self._asked is not None else View.DAYS

    @Slot()
    def _on_settled(self) -> None:
        self._dim.stop()
        if self._is_outdated and self.isVisible():
            self.refresh()

    @Slot()
    def _show_loading(self) -> None:
        if self.asker.awaits(self._over_time()):
            self.cards.wide.show_loading()
        for view, card in self.cards.small.items():
            if self.asker.awaits(view):
                card.show_loading()

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        self._dim.stop()
        self._asked = None
        message = message_for(error)
        again = NoticeAction(_("Try again"), self.refresh)
        said = f"{message.text} {message.hint}".strip()
        self.show_banner(Banner(Tone.DANGER, message.title, said, actions=(again,), closable=True))

    def show_banner(self, banner: Banner | None) -> None:
        """A notice above the content, in place of the one before; None takes it away."""
        if self.banner is not None:
            self._banners.removeWidget(self.banner)
            self.banner.hide()
            self.banner.deleteLater()
        self.banner = banner
        if banner is not None:
            banner.closed.connect(self._forget_banner)
            self._banners.addWidget(banner)

    @Slot()
    def _forget_banner(self) -> None:
        self.banner = None

    # --- acts -----------------------------------------------------------------------------------------------------

    @Slot()
    def toggle_tables(self) -> None:
        """All charts as tables, or all as charts again."""
        wanted = not all(card.is_table for card in self.cards.all())
        for card in self.cards.all():
            card.set_table(wanted=wanted)
        self.table_button.set_label(_("View as charts") if wanted else _("View as table"))

    @Slot(object)
    def open_bar(self, bar: object) -> None:
        """Show the plays that a bar counts, in the history."""
        if isinstance(bar, Bar):
            table = self._tables.get(bar.view)
            rows = [] if table is None else table.rows
            self.opener.open(bar, next((row.key for row in rows if row.ref == bar.ref), named(bar)))

    @Slot(object)
    def _on_saved(self, name: str) -> None:
        self._services.wrote(_("Chart saved to {name}.").format(name=name))

    @Slot(object)
    def _on_act_failed(self, error: BaseException) -> None:
        message = message_for(error)
        said = f"{message.text} {message.hint}".strip()
        self.show_banner(Banner(Tone.DANGER, message.title, said, closable=True))

    # --- the year ---------------------------------------------------------------------------------------------------

    @Slot()
    def show_year(self) -> None:
        """Show the year of the range, of the person who is chosen."""
        days = self._asked.days if self._asked is not None else None
        year = days.last.year if days is not None and days.last is not None else self._counting.today().year
        years = self._choices.years or (year,)
        user = self.choice.user
        self.year.offer(years, self._choices.users, year, user)
        self.views.setCurrentWidget(self.year)
        self.year_counter.sum(year, user)

    @Slot()
    def show_overview(self) -> None:
        """Back to the charts."""
        self.views.setCurrentWidget(self._overview)

    @Slot(object)
    def _on_year_failed(self, error: BaseException) -> None:
        self.show_overview()
        self._on_failed(error)

    @Slot()
    def _show_posters(self) -> None:
        for card in self.cards.of_titles():
            card.chart.update()
        self.year.sheet.titles.update()
