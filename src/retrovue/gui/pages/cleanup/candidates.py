"""What can go: a rule with its live numbers, the list per movie, episode, season or show, and why each is on it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from retrovue.core.domain.cleanup.evaluate import StaleList
from retrovue.core.domain.cleanup.facts import Facts, Level
from retrovue.core.domain.cleanup.rules import Preset, Rule, preset_rule
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.cleanup import words
from retrovue.gui import text
from retrovue.gui.pages.cleanup import reading
from retrovue.gui.pages.cleanup.acts import CandidateActs
from retrovue.gui.pages.cleanup.candidatelist import (
    CandidateQuery,
    CandidateSource,
)
from retrovue.gui.pages.cleanup.candidateview import CandidatesView
from retrovue.gui.pages.cleanup.chosen import ChosenTitles
from retrovue.gui.pages.cleanup.exclusions import ExclusionActs
from retrovue.gui.pages.cleanup.idle import IdleWatch
from retrovue.gui.pages.cleanup.room import RoomReader
from retrovue.gui.pages.cleanup.rulepanel import RuleRow
from retrovue.gui.pages.section import DISKS, Section
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.busy import BusyIcon
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.fields import SearchField
from retrovue.gui.widgets.notices import Banner, NoticeAction, Tone
from retrovue.gui.widgets.page import PageAction
from retrovue.gui.widgets.segments import Segments
from retrovue.gui.work.garbage import collect_all
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report, TaskHandle

if TYPE_CHECKING:
    pass

_TYPING_PAUSE_MS = 60
"""A change of a rule waits this long for the next key; its list follows well within 300 ms."""
_MOST_LISTED = 20_000
_FEW_TITLES = 20_000
"""Facts of so many are kept; those of 200,000 take 330 MB and are let go while nobody looks at them."""


class CandidatesSection(Section):
    """Facts are read once, and every change of the rule is applied to them. Thread: GUI.

    Many are let go once the page was hidden for long, and read again when it is back.
    """

    concerns = frozenset({"files", "items", "mappings", "libraries", "servers", "plays"})

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self.source = CandidateSource()
        self.facts: Facts | None = None
        self.rule: Rule = preset_rule(Preset.UNWATCHED, Level.MOVIE)
        self._number = 0
        self._reading: TaskHandle | None = None
        self._listing: TaskHandle | None = None
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}
        self._rules: list[Rule] = []
        self.few_titles = _FEW_TITLES
        self.idle = IdleWatch(self)
        self._is_resting = False
        self._wants_marks = False
        self.acts = CandidateActs(services, self)
        self.exclusions = ExclusionActs(services, self)
        self.head.set_subtitle(_("RetroVue deletes no media file. It says what can go, and why."))
        self.exclusions_button = self.head.add_action(
            PageAction(_("Exclusions…"), "shield-check", self.exclusions.show)
        )
        self.leaving_button = self.head.add_action(PageAction(_("Leaving soon…"), "clock", self._show_leaving))
        self.export_button = self.head.add_action(
            PageAction(_("Export list"), "export", menu=self.acts.menu(), primary=True)
        )
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_PAUSE_MS)
        self._typing.timeout.connect(self._list)
        self._build_tools()
        self._build_main(services)
        self._connect()
        self._show_state()

    # --- widgets ----------------------------------------------------------------------------------------------------

    def _build_tools(self) -> None:
        self.busy = BusyIcon()
        self.busy.hide()
        self.search = SearchField(_("Search titles"))
        self.search.setMinimumWidth(110)
        self.search.setMaximumWidth(240)
        self.level = Segments([(level, words.level_name(level)) for level in Level], name=_("Listed by"))
        self.tool_row.addStretch(1)
        self.tool_row.addWidget(self.busy)
        self.tool_row.addWidget(self.search)
        self.tool_row.addWidget(self.level)

    def _build_main(self, services: PageServices) -> None:
        self.stack = QStackedWidget()
        self.body.addWidget(self.stack, 1)
        self.loading = QWidget()
        self.empty = EmptyState(
            _("Nothing has been imported yet."),
            _("Once movies and shows are imported, what can go appears here."),
            button=_("Go to Servers"),
            icon="hard-drives",
        )
        self.empty.triggered.connect(lambda: self.services.open_page("servers", None))
        self.main = CandidatesView(self.source, self.services.runner)
        self.strip, self.panel, self.table, self.why = self.main.strip, self.main.panel, self.main.table, self.main.why
        self.show_switch = self.main.show_switch
        self.room = RoomReader(self.services, self)
        self.chosen = ChosenTitles(services, self.acts.opener, self.main, self.room, self)
        for widget in (self.loading, self.empty, self.main):
            self.stack.addWidget(widget)

    def _connect(self) -> None:
        self.idle.long_hidden.connect(self._rest)
        self.idle.shown.connect(self._wake)
        self.search.searched.connect(self._ask)
        self.level.chosen.connect(self._on_level)
        self.show_switch.chosen.connect(self._ask)
        self.panel.chosen.connect(self._on_rule)
        self.panel.edited.connect(self._on_edited)
        self.panel.marks_wanted.connect(self._on_marks_wanted)
        self.panel.save_wanted.connect(self.acts.save_rule)
        self.panel.remove_wanted.connect(self.acts.remove_rule)
        self.table.rows.listed.connect(self._on_listed)
        self.table.rows.dataChanged.connect(self.chosen.show)
        self.table.rows.failed.connect(self._on_failed)
        self.chosen.exclude_wanted.connect(self.exclusions.exclude)
        self.strip.more_wanted.connect(lambda: self.services.open_page("cleanup", DISKS))
        self.room.disks_read.connect(self.strip.set_disks)
        self.room.list_counted.connect(self.strip.set_gains)
        self.room.failed.connect(self._on_failed)
        self.acts.changed.connect(self._read_kept)
        self.acts.failed.connect(self._on_failed)
        self.exclusions.changed.connect(self._read_kept)
        self.exclusions.failed.connect(self._on_failed)

    # --- reading ----------------------------------------------------------------------------------------------------

    @property
    def chosen_level(self) -> Level:
        """What a line of the list is."""
        return Level(self.level.current)

    def activate(self) -> None:
        """Read the facts, the first time."""
        if self.facts is None:
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Read the facts again, and the list with them."""
        if self._reading is not None:
            return
        self.show_banner(None)
        self._reading = self.services.runner.submit(
            reading.facts_reader(self.services.context, wants_marks=self._wants_marks),
            lane=Lane.REPORT,
            of="candidates",
        )
        self._reading.succeeded.connect(self._on_read)
        self._reading.failed.connect(self._on_failed)
        self._reading.finished.connect(self._on_read_ended)
        self.busy.show()

    @Slot()
    def _read_kept(self) -> None:
        """Read exclusions and rules again: titles and plays are as they were, and take seconds."""
        facts, context = self.facts, self.services.context
        if facts is None or self._reading is not None:
            self.refresh()
            return

        read = reading.kept_reader(context, facts)
        handle = self.services.runner.submit(read, lane=Lane.REPORT, of="candidates")
        handle.succeeded.connect(self._on_read)
        handle.failed.connect(self._on_failed)

    @Slot()
    def outdated(self) -> None:
        """Titles, files or plays changed: say so, and let the person choose the moment."""
        if self.facts is None or self._reading is not None or self.banner is not None:
            return
        action = NoticeAction(_("Read again"), self.refresh)
        self.show_banner(
            Banner(Tone.INFO, _("The catalog has changed since this list was made."), actions=(action,), closable=True)
        )

    @Slot(object)
    def _on_read(self, read: reading.Read) -> None:
        self.facts, self._rules = read.facts, read.rules
        self.chosen.facts = read.facts
        if read.values is not None:
            self.panel.offer(read.values)
        self._is_resting = False
        if not self.isVisible():
            self.idle.timer.start()
        self._counts.clear()
        now = datetime.fromtimestamp(self.facts.now, UTC)
        self.panel.set_reach(self.facts, now)
        if self.panel.typed is None:
            self.panel.show_rule(self.rule)
        self._show_rules()
        self._show_state()
        self.room.read_disks()
        self._count_rules()
        self._list()

    @Slot()
    def _on_read_ended(self) -> None:
        self._reading = None
        self.busy.hide()

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        self.show_failure(error, self.refresh)

    # --- resting ----------------------------------------------------------------------------------------------------

    @Slot()
    def _rest(self) -> None:
        """Let go of the facts; rule, level and search stay. They are read again when the page is back."""
        facts = self.facts
        if facts is None or facts.held <= self.few_titles:
            return
        if self._reading is not None or (self._listing is not None and not self._listing.is_finished):
            self.idle.timer.start()
            return
        context = self.services.context
        held: list[object] = [facts, self.source.found]
        self.facts, self.source.found, self._listing, self._is_resting = None, None, None, True
        self.chosen.facts = None
        self._number += 1
        self.acts.set_list(None, None)
        self.room.forget()
        self._ask()
        self._show_state()
        del facts

        letting_go = self.services.runner.submit(reading.forgetter(context, held), lane=Lane.REPORT, of="candidates")
        letting_go.succeeded.connect(collect_all)
        letting_go.failed.connect(self._on_failed)

    @Slot()
    def _wake(self) -> None:
        if self._is_resting:
            self._has_missed = False
            self.refresh()

    # --- listing ----------------------------------------------------------------------------------------------------

    def _applied(self, rule: Rule) -> Callable[[CancelToken, Report], StaleList]:
        assert self.facts is not None
        return reading.applier(self.services.context, self.facts, rule, self.chosen_level)

    @Slot()
    def _list(self) -> None:
        """Apply the rule in front; the list before is not waited for."""
        if self.facts is None:
            return
        if self._listing is not None:
            self._listing.cancel()
        self._number += 1
        number, rule = self._number, self.panel.typed or self.rule
        handle = self.services.runner.submit(self._applied(rule), lane=Lane.REPORT, of="candidates")
        self._listing = handle
        handle.succeeded.connect(lambda found: self._on_found(number, found))
        handle.failed.connect(self._on_failed)

    def _on_found(self, number: int, found: StaleList) -> None:
        if number != self._number:
            return  # the rule was changed meanwhile; its list is on the way
        self.source.found = found
        self.table.make_room()
        self.acts.set_list(self.facts, found)
        if self.facts is not None:
            self.room.count_list(self.facts, found.candidates)
        self._note(found)
        counts = self.source.counts()
        self.main.show_counts(counts)
        n = len(found.candidates)
        titles = ngettext("{n} title, {size}", "{n} titles, {size}", n)
        self.head.set_subtitle(
            " · ".join(
                (
                    titles.format(n=text.number(n), size=text.size(found.total_bytes)),
                    _("RetroVue deletes no media file"),
                )
            )
        )
        self._show_rules()
        self._ask()

    def _note(self, found: StaleList) -> None:
        if found.rule in self._rules:
            self._counts[found.rule.name, found.level] = (len(found.candidates), found.total_bytes)

    def _count_rules(self) -> None:
        """Say what every rule means, one after the other behind the one in front."""
        for rule in self._rules:
            if (rule.name, self.chosen_level) not in self._counts:
                handle = self.services.runner.submit(self._applied(rule), lane=Lane.REPORT, of="candidates")
                handle.succeeded.connect(self._on_counted)

    @Slot(object)
    def _on_counted(self, found: StaleList) -> None:
        self._note(found)
        self._show_rules()

    def _show_rules(self) -> None:
        level = self.chosen_level
        rows = [RuleRow(rule.name, rule, *self._counts.get((rule.name, level), (None, 0))) for rule in self._rules]
        self.panel.set_rules(rows, self.rule.name)

    @Slot(object)
    def _on_rule(self, rule: Rule) -> None:
        self.rule = rule
        self._list()

    @Slot(object)
    def _on_edited(self, _rule: Rule) -> None:
        self._typing.start()

    @Slot()
    def _on_marks_wanted(self) -> None:
        """Read collections and tags, once: a rule that nobody saved needs them, too, and their names are completed."""
        if not self._wants_marks and self._reading is None:
            self._wants_marks = True
            self.refresh()

    @Slot()
    def _on_level(self) -> None:
        self._show_rules()
        self._list()
        self._count_rules()

    @Slot()
    def _ask(self) -> None:
        query = self.table.rows.query
        sort = (query.sort_key, query.descending) if isinstance(query, CandidateQuery) else ("size", True)
        self.table.rows.set_query(
            CandidateQuery(self._number, self.show_switch.current, self.search.text().strip(), *sort)
        )

    @Slot()
    def _on_listed(self) -> None:
        has_lines = len(self.table.rows.ids) > 0
        self.main.show_lines(has_lines)
        if has_lines and not self.table.currentIndex().isValid():
            self.table.selectRow(0)
        self.chosen.show()

    def _show_state(self) -> None:
        facts = self.facts
        if facts is None:
            self.stack.setCurrentWidget(self.loading)
        elif len(facts.movies) or len(facts.episodes):
            self.stack.setCurrentWidget(self.main)
        else:
            self.stack.setCurrentWidget(self.empty)
        has_titles = self.stack.currentWidget() is self.main
        for widget in (self.search, self.level):
            widget.setVisible(has_titles)
        for button in (self.export_button, self.exclusions_button, self.leaving_button):
            button.setEnabled(has_titles)

    @Slot()
    def _show_leaving(self) -> None:
        self.acts.show_leaving(self.rule, self.chosen_level)

    def start_search(self) -> None:
        """Ctrl+F."""
        self.search.setFocus()

    def escape(self) -> bool:
        """Clear the search."""
        if not self.search.text():
            return False
        self.search.clear()
        self._ask()
        return True
