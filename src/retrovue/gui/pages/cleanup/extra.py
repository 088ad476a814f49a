"""Video files under the mapped folders that no server knows: a search, and the list of what it found."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO

from PySide6.QtCore import QPoint, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.cleanup.extralist import ExtraQuery, ExtraSource, ExtraTable
from retrovue.gui.pages.cleanup.ignore import IgnoredNames
from retrovue.gui.pages.cleanup.problems import ProblemsDialog
from retrovue.gui.pages.cleanup.reportsection import ReportSection
from retrovue.gui.pages.cleanup.saving import Write
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme import icons
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.card import Card, hairline
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.fields import ComboBox, SearchField
from retrovue.gui.widgets.labels import ElidedLabel
from retrovue.gui.widgets.notices import Banner, NoticeAction, Tone
from retrovue.gui.widgets.page import PageAction
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report

if TYPE_CHECKING:
    from retrovue.core.services.files.extra import ExtraReport


class ExtraSection(ReportSection):
    """Searches when it is asked to: reading every folder of a disk is nothing that a page does by itself."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(services, parent, name=_("extra files"), doing=_("Searching"))
        self.source = ExtraSource()
        self._has_rules: bool | None = None
        self.ignored = IgnoredNames(services, self)
        self.ignored.kept.connect(self._on_ignored)
        self.ignored.failed.connect(self._on_failed)
        self.ignore_button = self.head.add_action(PageAction(_("Edit ignored names…"), "eye-slash", self.edit_ignored))
        self.search_button = self.head.add_action(PageAction(_("Search again"), "magnifying-glass", self.refresh))
        self._build_tools()
        self._build_empty_states()
        self._build_list()
        self._show_state()

    # --- widgets ----------------------------------------------------------------------------------------------------

    def _build_tools(self) -> None:
        self.search = SearchField(_("Search paths"))
        self.search.searched.connect(self._ask)
        self.root = ComboBox(name=_("Mapped folder"))
        self.root.currentIndexChanged.connect(self._ask)
        self.tool_row.addWidget(self.search)
        self.tool_row.addWidget(self.root)
        self.tool_row.addSpacing(8)
        self.tool_row.addWidget(self.totals, 1)

    def _build_empty_states(self) -> None:
        self.no_rules = EmptyState(
            _("No rule maps to a folder on this computer yet."),
            _("RetroVue searches the mapped folders for extra files."),
            button=_("Show rules"),
            icon="signpost",
        )
        self.no_rules.triggered.connect(self.rules_wanted)
        self.not_searched = EmptyState(
            _("Are there video files that no server knows about?"),
            _(
                "RetroVue searches your mapped folders for them. Nothing is changed, and nothing outside "
                "these folders is read."
            ),
            button=_("Search folders"),
            icon="magnifying-glass",
        )
        self.not_searched.triggered.connect(self.refresh)
        self.searching = EmptyState(_("Searching the mapped folders…"), _("Results appear when the search is done."))
        self.none_found = EmptyState(_("Every video file is known to a server."), link=_("Edit ignored names…"))
        self.none_found.link_triggered.connect(self.edit_ignored)
        self.none_shown = EmptyState(_("No paths match."), button=_("Clear search"), icon="x")
        self.none_shown.triggered.connect(self._clear)
        for widget in (self.no_rules, self.not_searched, self.searching, self.none_found, self.none_shown):
            self.stack.addWidget(widget)

    def _build_list(self) -> None:
        self.list = Card(padded=False)
        self.list.body.setSpacing(0)
        self.table = ExtraTable(self.source, self.services.runner)
        self.table.rows.listed.connect(self._on_listed)
        self.table.rows.failed.connect(self._on_failed)
        self.table.selectionModel().selectionChanged.connect(lambda _on, _off: self._show_chosen())
        self.table.show_wanted.connect(self.show_in_folder)
        self.table.copy_wanted.connect(self.copy_paths)
        self.table.menu_wanted.connect(self._show_menu)
        self.list.body.addWidget(self.table, 1)
        self.list.body.addWidget(hairline())
        row = QHBoxLayout()
        row.setContentsMargins(14, 8, 10, 3)
        row.setSpacing(8)
        self.chosen_words = ElidedLabel(tone="text2")
        row.addWidget(self.chosen_words, 1)
        self.ignore_chosen = Button(_("Ignore…"), icon="eye-slash")
        self.ignore_chosen.clicked.connect(self.ignore_selected)
        self.show_button = Button(_("Show in folder"), icon="folder-open")
        self.show_button.clicked.connect(self.show_in_folder)
        self.copy_button = Button(_("Copy paths"), icon="copy")
        self.copy_button.clicked.connect(self.copy_paths)
        for button in (self.ignore_chosen, self.show_button, self.copy_button):
            row.addWidget(button)
        self.list.body.addLayout(row)
        self.stack.addWidget(self.list)

    # --- searching --------------------------------------------------------------------------------------------------

    @property
    def report(self) -> "ExtraReport | None":
        """What was found last."""
        return self.source.report

    def activate(self) -> None:
        """See whether there is anything to search."""
        context = self.services.context

        def has_rules(_token: object, _report: object) -> bool:
            from retrovue.core.services.mapping import rules

            return bool(rules.stored(context))

        handle = self.services.runner.submit(has_rules, lane=Lane.QUERY)
        handle.succeeded.connect(self._on_rules)
        handle.failed.connect(self._on_failed)

    @Slot()
    def refresh(self) -> None:
        """Search the folders; does nothing while a search runs."""
        context = self.services.context

        def run(token: CancelToken, report: Report) -> "ExtraReport":
            from retrovue.core.services.files import check as files

            return files.extra(context, token=token, report=lambda count, folder: report((count, folder)))

        self.start(run, of="extra", unit=_("folders"))

    def start_search(self) -> None:
        """Ctrl+F."""
        if self.search.isEnabled():
            self.search.setFocus()

    @Slot(object)
    def _on_rules(self, has_rules: bool) -> None:
        self._has_rules = has_rules
        self._show_state()

    def _starters(self) -> Sequence[Button | None]:
        return self.search_button, self.not_searched.button

    @Slot(object)
    def _on_progress(self, progress: Any) -> None:
        count, folder = progress
        self.progress.set_texts(_("Searching"), folder)
        self.progress.set_count(count, None, ngettext("folder", "folders", count))

    def _keep(self, made: Any) -> None:
        self.source.report = made
        self._show_roots(made)
        self._ask()
        self._show_problems(made)

    def _show_problems(self, report: "ExtraReport") -> None:
        n = len(report.problems)
        title = ngettext("{n} folder could not be read.", "{n} folders could not be read.", n).format(n=text.number(n))
        words = ngettext("Files in it are not in this list.", "Files in them are not in this list.", n)
        if not report.is_complete:
            title = _("There are too many folders for one search.")
            words = _("The list is incomplete. Ignore folders that do not need searching.")
        elif not n:
            return
        actions = (NoticeAction(_("Show folders…"), partial(self._open_problems, report)),) if n else ()
        self.show_banner(Banner(Tone.WARNING, title, words, actions=actions, closable=True))

    def _open_problems(self, report: "ExtraReport") -> None:
        ProblemsDialog(report.problems, self.window()).open()

    # --- listing ----------------------------------------------------------------------------------------------------

    @Slot()
    def _ask(self) -> None:
        query = self.table.rows.query
        sort = (query.sort_key, query.descending) if isinstance(query, ExtraQuery) else ("path", False)
        words = self.search.text().strip()
        self.table.rows.set_query(ExtraQuery(self._number, self.root.currentData() or "", words, *sort))

    @Slot()
    def _on_listed(self) -> None:
        self._show_state()
        self._show_chosen()

    def _is_narrowed(self) -> bool:
        return bool(self.search.text()) or self.root.currentIndex() > 0

    @Slot()
    def _clear(self) -> None:
        self.search.clear()
        self.root.setCurrentIndex(0)
        self._ask()

    def _show_roots(self, report: "ExtraReport") -> None:
        chosen = self.root.currentData()
        self.root.blockSignals(True)
        self.root.clear()
        self.root.addItem(_("All mapped folders"), "")
        for root in sorted({file.root for file in report.files}):
            self.root.addItem(root, root)
        self.root.setCurrentIndex(max(0, self.root.findData(chosen)))
        self.root.blockSignals(False)
        self.root.setMaximumWidth(220)

    def _show_state(self) -> None:
        report, is_running = self.report, self._handle is not None
        has_files = report is not None and bool(report.files)
        for widget in (self.search, self.root):
            widget.setVisible(has_files)
        self.root.setVisible(has_files and self.root.count() > 2)
        self.search_button.setEnabled(self._has_rules is not False and not is_running)
        # Before the first search the page itself has the button.
        self.search_button.setVisible(report is not None)
        self.ignore_button.setEnabled(not is_running)
        self.export_button.setEnabled(has_files)
        self.progress_card.setVisible(is_running)
        self._show_totals(report)
        if report is None:
            first = self.no_rules if self._has_rules is False else self.not_searched
            self.stack.setCurrentWidget(self.searching if is_running else first)
        elif not has_files:
            self._show_none(report)
        elif self.table.rows.ids:
            self.stack.setCurrentWidget(self.list)
        elif not self.table.rows.is_loading:
            self.stack.setCurrentWidget(self.none_shown)

    def _show_none(self, report: "ExtraReport") -> None:
        words = ngettext("{n} folder was searched.", "{n} folders were searched.", report.folders)
        self.none_found.set_texts(
            _("Every video file is known to a server.")
            if not report.problems and report.is_complete
            else _("No extra files in the folders that could be read."),
            words.format(n=text.number(report.folders)),
        )
        self.stack.setCurrentWidget(self.none_found)

    def _show_totals(self, report: "ExtraReport | None") -> None:
        if report is None or self._made_at is None:
            self.head.set_subtitle("")
            self.totals.show_parts()
            return
        n = len(report.files)
        files = ngettext("{n} file not known to any server", "{n} files not known to any server", n)
        when = _("searched {when}").format(when=text.when(self._made_at, datetime.now(UTC)))
        size = text.size(report.total_bytes) if n else ""
        parts = (files.format(n=text.number(n)) if n else "", size, when)
        self.head.set_subtitle(" · ".join(part for part in parts if part))
        ids = self.table.rows.ids
        is_narrowed = 0 < len(ids) < n
        shown = _("{n} of {total} shown").format(n=text.number(len(ids)), total=text.number(n)) if is_narrowed else ""
        self.totals.show_parts(shown, text.size(self.source.sum_bytes(ids)) if is_narrowed else "")

    # --- what can be done with files --------------------------------------------------------------------------------

    def _show_chosen(self) -> None:
        chosen = self.table.chosen
        n = len(chosen)
        words = ngettext("{n} selected", "{n} selected", n).format(n=text.number(n))
        size = text.size(self.source.sum_bytes(chosen))
        self.chosen_words.set_text(
            f"{words} · {size}" if n else _("RetroVue never deletes files. It only shows what is there.")
        )
        self.show_button.setEnabled(n == 1)
        self.show_button.setToolTip("" if n == 1 else _("Select one file."))
        self.copy_button.setEnabled(n > 0)
        self.ignore_chosen.setEnabled(n > 0)

    @Slot()
    def show_in_folder(self) -> None:
        """Show the chosen file in the file manager."""
        paths = self.source.paths(self.table.chosen[:1])
        if paths:
            self.opener.show_in_folder(paths[0])

    @Slot()
    def copy_paths(self) -> None:
        """Put the paths of the chosen files into the clipboard, one a line."""
        paths = self.source.paths(self.table.chosen)
        if paths:
            QGuiApplication.clipboard().setText("\n".join(paths))
            n = len(paths)
            self.services.toast(ngettext("Path copied.", "{n} paths copied.", n).format(n=text.number(n)), None)

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        show = menu.addAction(icons.icon("folder-open"), _("Show in folder"), self.show_in_folder)
        show.setEnabled(self.show_button.isEnabled())
        copy = menu.addAction(icons.icon("copy"), _("Copy paths"), self.copy_paths)
        copy.setEnabled(self.copy_button.isEnabled())
        ignore = menu.addAction(icons.icon("eye-slash"), _("Ignore…"), self.ignore_selected)
        ignore.setEnabled(self.ignore_chosen.isEnabled())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.table.viewport().mapToGlobal(place))

    # --- ignored names ----------------------------------------------------------------------------------------------

    @Slot()
    def ignore_selected(self) -> None:
        """Offer patterns for the chosen files."""
        self.ignored.edit([row.file.path for row in self.source.rows(self.table.chosen)])

    @Slot()
    def edit_ignored(self) -> None:
        """Open the patterns for editing."""
        self.ignored.edit()

    @Slot()
    def _on_ignored(self) -> None:
        if self.report is not None:
            self.refresh()

    # --- export -----------------------------------------------------------------------------------------------------

    def _writer(self) -> Write | None:
        report = self.report
        if report is None:
            return None

        def write(how: str, out: TextIO) -> int:
            from retrovue.core.services.catalog.export import ExportFormat
            from retrovue.core.services.files.reports import write_extra

            return write_extra(report, ExportFormat(how), out)

        return write
