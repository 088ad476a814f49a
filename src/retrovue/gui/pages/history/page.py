"""The History page."""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QTimer, Slot
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from retrovue.core.domain.history import Play, PlayDetails, PlayedItem
from retrovue.core.domain.media import CatalogItem
from retrovue.core.domain.servers import Server
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.history import lists
from retrovue.core.services.history.lists import PlayChoices
from retrovue.core.services.servers.stored import all_servers
from retrovue.gui import text
from retrovue.gui.pages.history import words
from retrovue.gui.pages.history.area import PlayArea
from retrovue.gui.pages.history.columns import PlayRow
from retrovue.gui.pages.history.criteria import (
    Dates,
    ImportWanted,
    PickedPlays,
    PlayCriteria,
    PlayFilters,
    only_item,
    plays_of_title,
)
from retrovue.gui.pages.history.deleting import DeleteDialog, PlayRemover
from retrovue.gui.pages.history.details import PlayPanel
from retrovue.gui.pages.history.exporting import PlayExporter
from retrovue.gui.pages.history.filters import PlayFilterRow
from retrovue.gui.pages.history.importing import ImportDialog
from retrovue.gui.pages.history.keeping import KeepingDialog, UserKeeper
from retrovue.gui.pages.history.selecting import MOST_COPIED
from retrovue.gui.pages.history.toolbar import PlayToolbar
from retrovue.gui.pages.library.clock import now
from retrovue.gui.pages.library.criteria import OneItem
from retrovue.gui.pages.saved_filters import SavedFilters
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import hairline
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.notices import Tone
from retrovue.gui.widgets.page import PAGE_MARGIN, Page, PageAction, PageHead
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error
from retrovue.gui.work.tasks import TaskHandle

_DETAILS_DELAY_MS = 60
_GROUPED = "history/grouped"


@dataclass(frozen=True)
class _Overview:
    servers: list[Server]
    choices: PlayChoices


class HistoryPage(Page):
    """See the package. Thread: GUI."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._overview: _Overview | None = None
        self._words = ""
        self._dates = Dates()
        self._asking: TaskHandle | None = None
        self.area = PlayArea(services.context, services.runner, services.settings)
        self.panel = PlayPanel()
        self.panel.hide()
        self.filters = PlayFilterRow()
        self.saved = SavedFilters(services, self, key="history", decode=PlayCriteria.from_json)
        self.exporter = PlayExporter(services, self)
        self.remover = PlayRemover(services, self)
        self.keeper = UserKeeper(services, self)
        self.toolbar = PlayToolbar(services.context.settings.sitting_hours)
        self.head = PageHead(_("History"))
        self._export_menu = QMenu(self)
        self.head.add_action(PageAction(_("Import…"), "download", self.ask_import))
        self.head.add_action(PageAction(_("Users and libraries…"), "user", self.ask_keeping))
        self._head_buttons = (
            self.head.add_action(PageAction(_("Export"), "export", menu=self._export_menu)),
            self.head.add_action(PageAction(_("Delete…"), "trash", self.ask_delete)),
        )
        self.save_button = Button(_("Save filter…"), kind=ButtonKind.LINK)
        self.clear_button = Button(_("Clear filters"), kind=ButtonKind.LINK)
        self._row_menu = QMenu(self)
        self._build()
        self._details_timer = QTimer(self)
        self._details_timer.setSingleShot(True)
        self._details_timer.setInterval(_DETAILS_DELAY_MS)
        self._details_timer.timeout.connect(self._read_details)
        self._connect()
        self.toolbar.show_grouping(on=bool(services.settings.value(_GROUPED, True, type=bool)))

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        self.stack = QStackedWidget()
        column.addWidget(self.stack, 1)
        self._full = QWidget()
        inner = QVBoxLayout(self._full)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self.toolbar)
        chips = QHBoxLayout()
        chips.setContentsMargins(PAGE_MARGIN, 10, PAGE_MARGIN, 12)
        chips.setSpacing(12)
        chips.addWidget(self.filters, 1)
        for link in (self.clear_button, self.save_button):
            link.setFont(font(FontRole.SMALL))
            chips.addWidget(link)
        inner.addLayout(chips)
        inner.addWidget(hairline())
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.area, 1)
        self._edge = hairline(vertical=True)
        self._edge.hide()
        middle.addWidget(self._edge)
        middle.addWidget(self.panel)
        inner.addLayout(middle, 1)
        self.stack.addWidget(self._full)
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
        self.stack.addWidget(self.empty)
        self.waiting = QWidget()
        self.stack.addWidget(self.waiting)
        self.stack.setCurrentWidget(self.waiting)

    def _connect(self) -> None:
        self.toolbar.searched.connect(self._on_searched)
        self.toolbar.dates_button.chosen.connect(self._on_dates)
        self.toolbar.grouping_chosen.connect(self._on_grouping)
        self.toolbar.saved_menu.aboutToShow.connect(self._fill_saved_menu)
        self.filters.changed.connect(self._ask)
        self.save_button.clicked.connect(lambda: self.saved.keep(self.criteria, self._suggested_name()))
        self.clear_button.clicked.connect(self.clear)
        self.saved.chosen.connect(self.show_criteria)
        self.saved.changed.connect(self._show_links)
        self.saved.failed.connect(self._on_failed)
        self._export_menu.aboutToShow.connect(lambda: self.exporter.fill_menu(self._export_menu, self.area.query))
        self.exporter.failed.connect(self._on_failed)
        self.remover.failed.connect(self._on_failed)
        self.keeper.failed.connect(self._on_failed)
        area = self.area
        area.failed.connect(self._on_failed)
        area.selection_changed.connect(self._details_timer.start)
        area.listed.connect(self._on_listed)
        area.clear_requested.connect(self.clear)
        area.view.opened.connect(self.toggle_panel)
        area.view.title_clicked.connect(self.open_item)
        area.view.delete_requested.connect(self.delete_selected)
        area.view.copy_requested.connect(self.copy_rows)
        area.view.deselected.connect(self._on_deselected)
        area.copier.copied.connect(self._on_copied)
        area.copier.refused.connect(self._on_too_many)
        area.menu_requested.connect(self._open_row_menu)
        self.panel.closed.connect(self.escape)
        self.panel.item_requested.connect(self.open_item)
        self.panel.plays_requested.connect(self._show_plays_of)
        self.empty.triggered.connect(self.ask_import)
        self.empty.link_triggered.connect(lambda: self._services.open_page("activity", None))
        self._services.runner.changed.connect(self._on_changed)

    # --- the frame's questions ----------------------------------------------------------------------------------

    def activate(self) -> None:
        """Read what is shown."""
        self.refresh()

    def start_search(self) -> None:
        """Ctrl+F."""
        self.toolbar.focus_search()

    @Slot()
    def refresh(self) -> None:
        """F5: read the list and what there is to filter by; what is selected and unfolded stays."""
        self._read_overview()
        self.saved.read()
        self._ask()

    def _read_overview(self) -> None:
        context = self._services.context

        def read(token: CancelToken, _report: object) -> _Overview:
            token.raise_if_cancelled()
            return _Overview(all_servers(context), lists.choices(context))

        handle = self._services.runner.submit(read, lane=Lane.QUERY)
        handle.succeeded.connect(self._on_overview)
        handle.failed.connect(self._on_failed)

    def escape(self) -> bool:
        """Close the details, else clear the search."""
        if not self.panel.isHidden():
            self.panel.hide()
            self._edge.hide()
            self.area.view.setFocus()
            return True
        return self.toolbar.clear_search()

    def show_argument(self, argument: object) -> None:
        """Opened from another page with `PlayCriteria`, `PickedPlays`, a `PlayedItem`, a user's name or an import."""
        if isinstance(argument, PlayCriteria):
            self.show_criteria(argument)
        elif isinstance(argument, PickedPlays):
            # Not remembered: the choice of the page is for everything else.
            self.toolbar.show_grouping(on=argument.grouped)
            self.show_criteria(PlayCriteria(filters=PlayFilters(picked=argument)))
        elif isinstance(argument, PlayedItem):
            self.show_criteria(only_item(argument))
        elif isinstance(argument, str):
            self.show_criteria(PlayCriteria(filters=PlayFilters(users=(argument,))))
        elif isinstance(argument, ImportWanted):
            self.ask_import()

    # --- what is asked ------------------------------------------------------------------------------------------

    @property
    def criteria(self) -> PlayCriteria:
        """What is listed now."""
        return PlayCriteria(self._words, self.filters.filters, self._dates)

    @Slot(object)
    def show_criteria(self, criteria: PlayCriteria) -> None:
        """List what these say."""
        self._words, self._dates = criteria.words, criteria.dates
        self.toolbar.show_words(criteria.words)
        self.toolbar.dates_button.show_dates(criteria.dates)
        self.filters.set_filters_to(criteria.filters)

    @Slot()
    def clear(self) -> None:
        """Show everything again."""
        self.show_criteria(PlayCriteria())

    @Slot()
    def _ask(self) -> None:
        sort_key, descending = self.area.order()
        query = self.criteria.query(sort_key, descending=descending, grouped=self.toolbar.is_grouping)
        self.area.set_query(query, self._words, is_narrowed=self.criteria.is_narrowed)
        self._show_links()

    @Slot()
    def _show_links(self) -> None:
        is_narrowed = self.criteria.is_narrowed
        self.clear_button.setVisible(is_narrowed)
        self.save_button.setVisible(is_narrowed and not self.saved.is_kept(self.criteria))

    def _suggested_name(self) -> str:
        parts = [self._words, *(chip.value for chip in self.filters.chips())]
        if self._dates != Dates():
            parts.append(self.toolbar.dates_button.text())
        return ", ".join(part for part in parts if part)

    @Slot(str)
    def _on_searched(self, said: str) -> None:
        self._words = said
        self._ask()

    @Slot(object)
    def _on_dates(self, dates: Dates) -> None:
        self._dates = dates
        self.toolbar.dates_button.show_dates(dates)
        self._ask()

    @Slot(bool)
    def _on_grouping(self, on: bool) -> None:
        self._services.settings.setValue(_GROUPED, on)
        self._ask()

    @Slot()
    def _fill_saved_menu(self) -> None:
        menu = self.toolbar.saved_menu
        menu.clear()
        self.saved.fill_menu(menu)
        if self.criteria.is_narrowed and not self.saved.is_kept(self.criteria):
            menu.addAction(_("Save filter…"), lambda: self.saved.keep(self.criteria, self._suggested_name()))
        elif menu.isEmpty():
            menu.addAction(_("No saved filters yet")).setEnabled(False)

    # --- what is shown ------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_overview(self, overview: _Overview) -> None:
        self._overview = overview
        choices = overview.choices
        self.filters.set_choices(overview.servers, choices)
        self.area.show_total(choices.plays)
        self.area.show_servers(choices.servers)
        self.stack.setCurrentWidget(self._full if choices.plays else self.empty)
        for button in self._head_buttons:
            button.setEnabled(bool(choices.plays))
        said = ""
        if choices.first_at is not None:
            said = _("{plays} since {day}").format(
                plays=words.plays_count(choices.plays), day=text.day(choices.first_at, now())
            )
        self.head.set_subtitle(said)

    @Slot(object)
    def _on_changed(self, change: ChangeSet) -> None:
        """The list refreshes by itself."""
        if change.kinds & {"plays", "servers"} and self.isVisible():
            self._read_overview()

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        show_error(self, error)

    # --- details ------------------------------------------------------------------------------------------------

    @Slot()
    def toggle_panel(self) -> None:
        """Open the details beside the list; a second time closes them."""
        if not self.panel.isHidden():
            self.escape()
            return
        self.panel.show()
        self._edge.show()
        self._read_details()

    @Slot()
    def _on_listed(self) -> None:
        """A list without the play that is shown says nothing of a selection that it lost."""
        if not self.area.view.currentIndex().isValid():
            self._details_timer.start()

    @Slot()
    def _read_details(self) -> None:
        row = self.area.current_row()
        if self.panel.isHidden():
            return
        if row is None:
            self.panel.show_nothing()
            return
        members = row.members
        context = self._services.context
        if self._asking is not None:
            self._asking.cancel()
        self._asking = self._services.runner.submit(
            lambda _token, _report: (row.play, lists.details(context, members[-1])), lane=Lane.QUERY
        )
        self._asking.succeeded.connect(self._on_details)
        self._asking.failed.connect(self._on_failed)

    @Slot(object)
    def _on_details(self, found: tuple[Play, PlayDetails | None]) -> None:
        play, details = found
        if details is not None:
            self.panel.show_play(play, details)
        else:
            self.panel.show_nothing()

    # --- what is done -------------------------------------------------------------------------------------------

    @Slot(object)
    def open_item(self, play: Play) -> None:
        """Show what was played on the Library page."""
        context = self._services.context
        handle = self._services.runner.submit(
            lambda _token, _report: (play, lists.item_of(context, play)), lane=Lane.QUERY
        )
        handle.succeeded.connect(self._on_item)
        handle.failed.connect(self._on_failed)

    @Slot(object)
    def _on_item(self, found: tuple[Play, CatalogItem | None]) -> None:
        play, item = found
        if item is None:
            said = _("“{title}” is not in the catalog, or not any more.").format(title=words.full_title(play))
            self._services.say(said, Tone.WARNING, None)
            return
        self._services.open_page("library", OneItem.of(item))

    @Slot(object)
    def _show_plays_of(self, play: Play) -> None:
        self.show_criteria(plays_of_title(play))

    @Slot()
    def ask_import(self) -> None:
        """Bring in the history of other programs and of the servers."""
        ImportDialog(self._services, self).open()

    @Slot()
    def ask_delete(self) -> None:
        """Ask which plays to delete."""
        users = self._overview.choices.users if self._overview is not None else ()
        dialog = DeleteDialog(self.area.selected(), self.area.selected_count(), users, self)
        dialog.wanted.connect(self.remover.delete)
        dialog.open()

    @Slot()
    def ask_keeping(self) -> None:
        """Decide whose plays are kept, and which users are one person."""
        KeepingDialog(self._services, self).open()

    @Slot()
    def delete_selected(self) -> None:
        """Delete the selected plays; the message takes it back."""
        selected = self.area.selected()
        if selected.is_any:
            self.remover.delete(selected.choice)

    @Slot()
    def copy_rows(self) -> None:
        """Copy the selected rows as a table."""
        self.area.copy_rows()

    @Slot(object)
    def _on_copied(self, rows: str) -> None:
        QApplication.clipboard().setText(rows)

    @Slot(int)
    def _on_deselected(self, count: int) -> None:
        said = ngettext(
            "The list has changed. {n} row is no longer selected.",
            "The list has changed. {n} rows are no longer selected.",
            count,
        )
        self._services.say(said.format(n=text.number(count)), Tone.INFO, None)

    @Slot(int)
    def _on_too_many(self, count: int) -> None:
        said = _("{n} rows are too many to copy. Up to {most} can be copied; “Export” saves all plays in a file.")
        self._services.say(said.format(n=text.number(count), most=text.number(MOST_COPIED)), Tone.INFO, None)

    @Slot(QPoint)
    def _open_row_menu(self, place: QPoint) -> None:
        row = self.area.current_row()
        menu = self._row_menu
        menu.clear()
        if isinstance(row, PlayRow):
            play = row.play
            menu.addAction(_("Details"), self._open_panel)
            menu.addAction(_("Open in the library"), lambda: self.open_item(play))
            menu.addSeparator()
            menu.addAction(_("All plays of this title"), lambda: self._show_plays_of(play))
            if play.user is not None:
                name = play.user
                shown = name.replace("&", "&&")
                menu.addAction(_("All plays of {user}").format(user=shown), lambda: self.show_argument(name))
                stop = _("Do not keep plays of {user}").format(user=shown)
                menu.addAction(stop, lambda: self.keeper.stop_keeping(name))
            menu.addSeparator()
        is_any = self.area.selected().is_any
        menu.addAction(_("Copy"), self.copy_rows).setEnabled(is_any)
        menu.addAction(_("Delete"), self.delete_selected).setEnabled(is_any)
        menu.popup(place)

    def _open_panel(self) -> None:
        if self.panel.isHidden():
            self.toggle_panel()
