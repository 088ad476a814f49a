"""Movies and episodes that are there more than once: in several libraries, on several servers, in several versions."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from PySide6.QtCore import QModelIndex, QPoint, Slot
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from retrovue.core.domain.browse import BrowseQuery, View
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.catalog import browsing
from retrovue.gui import text
from retrovue.gui.pages.cleanup.copies import CopiesCard
from retrovue.gui.pages.cleanup.duplicatelist import ALL, EPISODES, MOVIES, DuplicateQuery, DuplicateSource, GroupTable
from retrovue.gui.pages.cleanup.reportsection import ReportSection
from retrovue.gui.pages.cleanup.saving import Write
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme import icons
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.fields import SearchField
from retrovue.gui.widgets.notices import Banner, NoticeAction, Tone
from retrovue.gui.widgets.page import PageAction
from retrovue.gui.widgets.segments import Segments
from retrovue.gui.work.tasks import Report

if TYPE_CHECKING:
    from retrovue.core.services.files.duplicates import DuplicateReport


class DuplicatesSection(ReportSection):
    """Compares when it is first shown and when it is asked to: while a sync runs, answers change by the second."""

    concerns = frozenset({"files", "items", "mappings", "libraries", "servers"})

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(services, parent, name=_("duplicates"), doing=_("Comparing"))
        self.source = DuplicateSource()
        self._has_files = False
        self.again_button = self.head.add_action(PageAction(_("Compare again"), "arrow-clockwise", self.refresh))
        self._build_tools()
        self._build_empty_states()
        self._build_list()
        self._show_state()

    # --- widgets ----------------------------------------------------------------------------------------------------

    def _build_tools(self) -> None:
        self.kind = Segments([(ALL, _("All")), (MOVIES, _("Movies")), (EPISODES, _("Episodes"))], name=_("Title type"))
        self.kind.chosen.connect(self._ask)
        self.search = SearchField(_("Search titles and IDs"))
        self.search.setMinimumWidth(110)
        self.search.setMaximumWidth(240)
        self.search.searched.connect(self._ask)
        self.tool_row.addWidget(self.kind)
        # What is said beside it yields first.
        self.tool_row.addWidget(self.search, 3)
        self.tool_row.addSpacing(8)
        self.tool_row.addWidget(self.totals, 1)

    def _build_empty_states(self) -> None:
        self.comparing = EmptyState(_("Comparing titles…"), _("By external ID, checked against year and type."))
        self.not_compared = EmptyState(
            _("Nothing has been compared yet."),
            _("Movies and episodes count as the same when they share an external ID and their years match."),
            button=_("Compare titles"),
            icon="equals",
        )
        self.not_compared.triggered.connect(self.refresh)
        self.none_found = EmptyState(
            _("No duplicates."),
            _("You have no movie or episode more than once. A file that two servers can reach counts as one copy."),
        )
        self.none_shown = EmptyState(_("No titles match."), button=_("Clear filters"), icon="x")
        self.none_shown.triggered.connect(self._clear)
        self.no_files = EmptyState(
            _("Nothing has been imported yet."),
            _("Once movies and episodes are imported, duplicates appear here."),
            button=_("Go to Servers"),
            icon="hard-drives",
        )
        self.no_files.triggered.connect(lambda: self.services.open_page("servers", None))
        for widget in (self.comparing, self.not_compared, self.no_files, self.none_found, self.none_shown):
            self.stack.addWidget(widget)

    def _build_list(self) -> None:
        self.list = QWidget()
        column = QVBoxLayout(self.list)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        card = Card(padded=False)
        self.table = GroupTable(self.source, self.services.runner)
        card.body.addWidget(self.table)
        column.addWidget(card, 3)
        self.copies = CopiesCard()
        column.addWidget(self.copies, 2)
        self.table.rows.listed.connect(self._on_listed)
        self.table.rows.dataChanged.connect(self._on_loaded)
        self.table.rows.failed.connect(self._on_failed)
        self.table.selectionModel().currentRowChanged.connect(self._on_current)
        self.table.open_wanted.connect(self.open_in_library)
        self.table.menu_wanted.connect(self._show_menu)
        self.copies.open_wanted.connect(self.open_in_library)
        self.copies.show_wanted.connect(self.opener.show_in_folder)
        self.copies.copied.connect(lambda words: self.services.toast(words, None))
        self.stack.addWidget(self.list)

    # --- comparing --------------------------------------------------------------------------------------------------

    @property
    def report(self) -> "DuplicateReport | None":
        """What was found last."""
        return self.source.report

    def activate(self) -> None:
        """Compare, the first time."""
        if self.report is None:
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Compare again; does nothing while titles are compared."""
        context = self.services.context

        def run(token: CancelToken, report: Report) -> "tuple[DuplicateReport, bool]":
            from retrovue.core.services.files.duplicates import find_duplicates

            found = find_duplicates(context, token=token, report=lambda done, total: report((done, total)))
            return found, browsing.totals(context).files > 0

        self.start(run, of="duplicates", unit=_("titles"))

    @Slot()
    def outdated(self) -> None:
        """The catalog changed: say so, and let the person choose the moment."""
        if self.report is None or self._handle is not None or self.banner is not None:
            return
        action = NoticeAction(_("Compare again"), self.refresh)
        self.show_banner(
            Banner(Tone.INFO, _("The catalog has changed since this comparison."), actions=(action,), closable=True)
        )

    def start_search(self) -> None:
        """Ctrl+F."""
        self.search.setFocus()

    def _starters(self) -> Sequence[Button | None]:
        return self.again_button, self.not_compared.button

    @Slot(object)
    def _on_progress(self, progress: Any) -> None:
        self.progress.set_count(progress[0], progress[1], _("titles"))

    def _keep(self, made: Any) -> None:
        self.source.report, self._has_files = made
        self._ask()

    # --- listing ----------------------------------------------------------------------------------------------------

    @Slot()
    def _ask(self) -> None:
        query = self.table.rows.query
        sort = (query.sort_key, query.descending) if isinstance(query, DuplicateQuery) else ("extra", True)
        self.table.rows.set_query(DuplicateQuery(self._number, self.kind.current, self.search.text().strip(), *sort))

    @Slot()
    def _on_listed(self) -> None:
        self._show_state()
        if self.table.rows.ids and not self.table.currentIndex().isValid():
            self.table.selectRow(0)
        self.copies.show_group(self.table.current)

    @Slot()
    def _on_loaded(self) -> None:
        self.copies.show_group(self.table.current)

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, _current: QModelIndex, _before: QModelIndex) -> None:
        self.copies.show_group(self.table.current)

    def _is_narrowed(self) -> bool:
        return bool(self.search.text()) or self.kind.current != ALL

    @Slot()
    def _clear(self) -> None:
        self.search.clear()
        self.kind.select(ALL)
        self._ask()

    def _show_state(self) -> None:
        report, is_running = self.report, self._handle is not None
        has_groups = report is not None and bool(report.groups)
        self.kind.setVisible(has_groups)
        self.search.setVisible(has_groups)
        self.export_button.setEnabled(has_groups)
        self.again_button.setEnabled(not is_running)
        self.progress_card.setVisible(is_running)
        self._show_totals(report)
        if report is None:
            self.stack.setCurrentWidget(self.comparing if is_running else self.not_compared)
        elif not has_groups:
            self.stack.setCurrentWidget(self.none_found if self._has_files else self.no_files)
        elif self.table.rows.ids:
            self.stack.setCurrentWidget(self.list)
        elif not self.table.rows.is_loading:
            self.stack.setCurrentWidget(self.none_shown)

    def _show_totals(self, report: "DuplicateReport | None") -> None:
        if report is None or not report.groups:
            self.head.set_subtitle("")
            self.totals.show_parts()
            return
        n = len(report.groups)
        titles = ngettext("{n} duplicate title", "{n} duplicate titles", n).format(n=text.number(n))
        freed = _("{size} could be freed").format(size=text.size(report.extra_bytes))
        when = text.when(self._made_at, datetime.now(UTC))
        self.head.set_subtitle(" · ".join((titles, freed, _("compared {when}").format(when=when))))
        ids = self.table.rows.ids
        if not 0 < len(ids) < n:
            self.totals.show_remark(_("Each file counts once."))
            return
        shown = _("{n} of {total} shown").format(n=text.number(len(ids)), total=text.number(n))
        self.totals.show_parts(shown, _("{size} could be freed").format(size=text.size(self.source.extra_bytes(ids))))

    # --- what can be done with a title ------------------------------------------------------------------------------

    @Slot()
    def open_in_library(self) -> None:
        """Show the chosen title in the Library, on every server that has it."""
        group = self.table.current
        if group is None:
            return
        view = View.MOVIES if group.kind.value == MOVIES else View.EPISODES
        self.services.open_page("library", BrowseQuery(view=view, text=group.title))

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        if self.table.current is None:
            return
        menu = QMenu(self)
        menu.addAction(icons.icon("film-strip"), _("Open in Library"), self.open_in_library)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.table.viewport().mapToGlobal(place))

    # --- export -----------------------------------------------------------------------------------------------------

    def _writer(self) -> Write | None:
        report = self.report
        if report is None:
            return None

        def write(how: str, out: TextIO) -> int:
            from retrovue.core.services.catalog.export import ExportFormat
            from retrovue.core.services.files.reports import write_duplicates

            return write_duplicates(report, ExportFormat(how), out)

        return write
