"""What can go: a rule with its live numbers, the list per movie, episode, season or show, and why each is on it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from retrovue.core.domain.cleanup.evaluate import StaleList
from retrovue.core.domain.cleanup.facts import Facts, Level
from retrovue.core.domain.cleanup.rules import Preset, Rule, preset_rule
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.cleanup import words
from retrovue.gui import text
from retrovue.gui.pages.cleanup.acts import CandidateActs
from retrovue.gui.pages.cleanup.candidatelist import (
    APART,
    LISTED,
    NO_HISTORY,
    CandidateQuery,
    CandidateRow,
    CandidateSource,
    CandidateTable,
)
from retrovue.gui.pages.cleanup.diskstrip import DiskStrip
from retrovue.gui.pages.cleanup.exclusions import ExclusionActs
from retrovue.gui.pages.cleanup.idle import IdleWatch
from retrovue.gui.pages.cleanup.room import RoomReader
from retrovue.gui.pages.cleanup.rulepanel import RulePanel, RuleRow
from retrovue.gui.pages.cleanup.why import WhyCard
from retrovue.gui.pages.section import DISKS, Section
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme import icons
from retrovue.gui.widgets.busy import BusyIcon
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.fields import SearchField
from retrovue.gui.widgets.notices import Banner, NoticeAction, Tone
from retrovue.gui.widgets.page import PageAction
from retrovue.gui.widgets.segments import Segments
from retrovue.gui.work.garbage import collect_all
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report, TaskHandle

if TYPE_CHECKING:
    from retrovue.core.services.cleanup.room import Gains
    from retrovue.core.services.cleanup.words import Explained

_TYPING_PAUSE_MS = 60
"""A change of a rule waits this long for the next key; its list follows well within 300 ms."""
_MOST_LISTED = 20_000
_FEW_TITLES = 20_000
"""Facts of so many are kept; those of 200,000 take 330 MB and are let go while nobody looks at them."""


def _views() -> list[tuple[str, str]]:
    return [(LISTED, _("Candidates")), (NO_HISTORY, _("No history that far back")), (APART, _("Kept apart"))]


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
        self._build_main()
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

    def _build_main(self) -> None:
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
        self.main = QWidget()
        whole = QVBoxLayout(self.main)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(12)
        self.strip = DiskStrip()
        self.room = RoomReader(self.services, self)
        whole.addWidget(self.strip)
        row = QHBoxLayout()
        row.setSpacing(16)
        whole.addLayout(row, 1)
        self.panel = RulePanel()
        row.addWidget(self.panel)
        column = QVBoxLayout()
        column.setSpacing(12)
        row.addLayout(column, 1)
        self.show_switch = Segments(_views(), name=_("Which titles"))
        column.addWidget(self.show_switch)
        self.lists = QStackedWidget()
        card = Card(padded=False)
        self.table = CandidateTable(self.source, self.services.runner)
        card.body.addWidget(self.table)
        self.none_shown = EmptyState(_("Nothing here."), _("No title of this rule is in this list."))
        self.lists.addWidget(card)
        self.lists.addWidget(self.none_shown)
        column.addWidget(self.lists, 1)
        self.why = WhyCard()
        column.addWidget(self.why)
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
        self.panel.save_wanted.connect(self.acts.save_rule)
        self.panel.remove_wanted.connect(self.acts.remove_rule)
        self.table.rows.listed.connect(self._on_listed)
        self.table.rows.dataChanged.connect(self._show_why)
        self.table.rows.failed.connect(self._on_failed)
        self.table.selectionModel().selectionChanged.connect(self._show_why)
        self.table.selectionModel().currentRowChanged.connect(self._on_current)
        self.table.menu_wanted.connect(self._show_menu)
        self.why.exclude_wanted.connect(self.exclude)
        self.why.show_wanted.connect(self.show_in_folder)
        self.why.copy_wanted.connect(self.copy_paths)
        self.strip.more_wanted.connect(lambda: self.services.open_page("cleanup", DISKS))
        self.room.disks_read.connect(self.strip.set_disks)
        self.room.list_counted.connect(self.strip.set_gains)
        self.room.chosen_counted.connect(self._on_chosen_counted)
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
        context = self.services.context

        def read(token: CancelToken, _report: Report) -> tuple[Facts, list[Rule]]:
            from retrovue.core.services.cleanup import kept, marks
            from retrovue.core.services.cleanup.lists import read_facts

            rules = kept.all_rules(context)
            # Of a server that does not answer nothing changes: its titles are unknown, and the list says so.
            marks.refresh_for(context, rules, token)
            return read_facts(context, token=token), rules

        self.show_banner(None)
        self._reading = self.services.runner.submit(read, lane=Lane.REPORT, of="candidates")
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

        def read(_token: CancelToken, _report: Report) -> tuple[Facts, list[Rule]]:
            from retrovue.core.services.cleanup import kept
            from retrovue.core.services.cleanup.lists import with_exclusions

            return with_exclusions(context, facts), kept.all_rules(context)

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
    def _on_read(self, read: tuple[Facts, list[Rule]]) -> None:
        self.facts, self._rules = read
        self._is_resting = False
        if not self.isVisible():
            self.idle.timer.start()
        self._counts.clear()
        now = datetime.fromtimestamp(self.facts.now, UTC)
        self.panel.set_origins([one for one in self.facts.origins if one.is_enabled], now, self.facts.oldest_at)
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
        if facts is None or len(facts.movies) + len(facts.episodes) <= self.few_titles:
            return
        if self._reading is not None or (self._listing is not None and not self._listing.is_finished):
            self.idle.timer.start()
            return
        context, held = self.services.context, [facts, self.source.found]
        self.facts, self.source.found, self._listing, self._is_resting = None, None, None, True
        self._number += 1
        self.acts.set_list(None, None)
        self.room.forget()
        self._ask()
        self._show_state()
        del facts

        def forget(_token: CancelToken, _report: Report) -> None:
            from retrovue.core.services.cleanup.lists import forget_facts

            # Here and not above: to free two million objects would take the GUI's thread 0.5 s.
            held.clear()
            forget_facts(context)

        letting_go = self.services.runner.submit(forget, lane=Lane.REPORT, of="candidates")
        letting_go.succeeded.connect(collect_all)
        letting_go.failed.connect(self._on_failed)

    @Slot()
    def _wake(self) -> None:
        if self._is_resting:
            self._has_missed = False
            self.refresh()

    # --- listing ----------------------------------------------------------------------------------------------------

    def _applied(self, rule: Rule) -> Callable[[CancelToken, Report], StaleList]:
        facts, level, context = self.facts, self.chosen_level, self.services.context
        assert facts is not None

        def run(_token: CancelToken, _report: Report) -> StaleList:
            from retrovue.core.services.cleanup.lists import make_list

            return make_list(context, facts, rule, level)

        return run

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
        for key, name in _views():
            self.show_switch.segment(key).setText(f"{name} {text.number(counts[key])}")
        self.show_switch.updateGeometry()
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
        self.lists.setCurrentIndex(0 if has_lines else 1)
        if has_lines and not self.table.currentIndex().isValid():
            self.table.selectRow(0)
        self._show_why()

    def _show_state(self) -> None:
        facts = self.facts
        if facts is None:
            self.stack.setCurrentWidget(self.loading)
        elif facts.movies or facts.episodes:
            self.stack.setCurrentWidget(self.main)
        else:
            self.stack.setCurrentWidget(self.empty)
        has_titles = self.stack.currentWidget() is self.main
        for widget in (self.search, self.level):
            widget.setVisible(has_titles)
        for button in (self.export_button, self.exclusions_button, self.leaving_button):
            button.setEnabled(has_titles)

    # --- the chosen titles ------------------------------------------------------------------------------------------

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, _current: QModelIndex, _before: QModelIndex) -> None:
        self._show_why()

    @Slot()
    def _show_why(self) -> None:
        row, found = self.table.current, self.source.found
        explained: list[Explained] = []
        if row is not None and found is not None and self.facts is not None:
            explained = list(words.explain(self.facts, found.rule, row.unit))
        chosen = self.table.chosen[:_MOST_LISTED]
        self.why.setVisible(row is not None)
        if row is not None:
            self.why.show_title(row.title, row.reason, explained)
        self._show_chosen("")
        if self.facts is not None:
            self.room.count_chosen(self.facts, [line.unit for line in self.source.rows(chosen)])

    def _show_chosen(self, gain: str) -> None:
        chosen = self.table.chosen[:_MOST_LISTED]
        self.why.show_chosen(len(chosen), self.source.size_of(chosen), gain)

    @Slot(object)
    def _on_chosen_counted(self, gains: "Gains") -> None:
        from retrovue.core.services.cleanup.room import would_have

        free = self.strip.total_free
        words = []
        for path, gain in sorted(gains.by_disk.items(), key=lambda one: -one[1]):
            before = free.get(path)
            if before is not None and gain:
                words.append(would_have(path, before=before, gain=gain, size=text.size))
        self._show_chosen(words[0] if words else _("Frees nothing that is known"))

    @property
    def chosen_rows(self) -> list[CandidateRow]:
        """The selected titles."""
        return self.source.rows(self.table.chosen)

    @Slot()
    def _show_leaving(self) -> None:
        self.acts.show_leaving(self.rule, self.chosen_level)

    @Slot()
    def exclude(self) -> None:
        """Keep the selected titles off every list; it can be undone."""
        self.exclusions.exclude([row.unit for row in self.chosen_rows])

    @Slot()
    def show_in_folder(self) -> None:
        """Open the folder of the chosen title."""
        row = self.table.current
        paths = [] if row is None else [one.local_path for one in row.unit.files if one.local_path is not None]
        if paths:
            self.acts.opener.show_in_folder(paths[0])
        else:
            self.services.say(_("No rule maps this title to this computer."), Tone.WARNING, None)

    @Slot()
    def copy_paths(self) -> None:
        """Copy the paths of the selected titles, one a line."""
        files = {file.key: file for row in self.chosen_rows for file in row.unit.files}
        paths = [file.local_path or file.server_path for file in files.values()]
        QGuiApplication.clipboard().setText("\n".join(paths))
        done = ngettext("{n} path copied.", "{n} paths copied.", len(paths))
        self.services.toast(done.format(n=text.number(len(paths))), None)

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        if self.table.current is None:
            return
        menu = QMenu(self)
        menu.addAction(icons.icon("shield-check"), _("Exclude"), self.exclude)
        menu.addAction(icons.icon("folder-open"), _("Show in folder"), self.show_in_folder)
        menu.addAction(icons.icon("copy"), _("Copy paths"), self.copy_paths)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.table.viewport().mapToGlobal(place))

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
