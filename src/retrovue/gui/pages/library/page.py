"""The Library page: shows, movies, episodes and files of all servers, with search, filters, details and export."""

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QPoint, Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from retrovue.core.domain.browse import BrowseQuery, CatalogTotals, SortField, View
from retrovue.core.domain.collections import Collection
from retrovue.core.domain.servers import Library, Server
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.catalog import browsing
from retrovue.core.services.servers.stored import all_libraries, all_servers
from retrovue.gui.pages.library.actions import Actions
from retrovue.gui.pages.library.area import ListArea
from retrovue.gui.pages.library.clock import now
from retrovue.gui.pages.library.collections import CollectionsDialog
from retrovue.gui.pages.library.criteria import Criteria, Filters, OneItem
from retrovue.gui.pages.library.details import DetailsPanel
from retrovue.gui.pages.library.exporting import Exporter
from retrovue.gui.pages.library.facts import ItemFacts
from retrovue.gui.pages.library.filters import FilterRow, remember_view, remembered_view
from retrovue.gui.pages.library.firststep import FirstStep
from retrovue.gui.pages.library.grouping import Grouping
from retrovue.gui.pages.library.hits import Hit, HitsPanel
from retrovue.gui.pages.library.pictures import Pictures
from retrovue.gui.pages.library.selection import SelectionReader
from retrovue.gui.pages.library.sorting import SortButton
from retrovue.gui.pages.library.splitter import DetailsSplitter
from retrovue.gui.pages.library.status import TILE_FIRST, TILE_MAX, TILE_MIN, counted, summary_of, total_of
from retrovue.gui.pages.library.toolbar import Toolbar
from retrovue.gui.pages.library.watching import watchers
from retrovue.gui.pages.saved_filters import SavedFilters
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import hairline
from retrovue.gui.widgets.menus import Menu
from retrovue.gui.widgets.notices import NoticeAction, Tone
from retrovue.gui.widgets.page import PAGE_MARGIN, Page, PageHead
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error
from retrovue.gui.work.opening import FileOpener

_CONCERNS = frozenset({"items", "files", "servers", "libraries", "removals", "mappings", "watched", "collections"})
_REFRESH_MS = 300


@dataclass(frozen=True)
class _Overview:
    servers: list[Server]
    libraries: list[Library]
    totals: CatalogTotals
    resolutions: list[str]
    collections: list[Collection] = field(default_factory=list)


class LibraryPage(Page):
    """See the module. Thread: GUI."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._overview = _Overview([], [], CatalogTotals(), [])
        self._totals = CatalogTotals()
        self._words = ""
        self.pictures = Pictures(services.runner, self._open_artwork, self)
        self.opener = FileOpener(services.runner, parent=self)
        self.area = ListArea(services.context, services.runner, services.settings, self.pictures)
        self.selection = SelectionReader(services, self.area.picked, self.area.current_row, self)
        self.actions_ = Actions(services, self.opener, self.area.picked, lambda: self.selection.summary, self)
        self.exporter = Exporter(services, self)
        self.head = PageHead(_("Library"))
        self.filters = FilterRow()
        self.saved = SavedFilters(services, self, key="library", decode=Criteria.from_json)
        self.grouping = Grouping(services, self)
        self._export_menu = Menu(self)
        self.toolbar = Toolbar(self._export_menu)
        self.hits = HitsPanel(services, self.toolbar.search, self.pictures, self)
        self._row_menu = Menu(self)
        self.details = DetailsPanel(self.pictures, self._row_menu)
        self._build()
        self._timers()
        self._connect()
        width = services.settings.value("library/tile_width", TILE_FIRST, type=int)
        self.area.set_tile_width(min(max(int(str(width)), TILE_MIN), TILE_MAX))
        view, posters = remembered_view(services.settings)
        self._show_view(view, posters=posters, ask=False)

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
        chips.addWidget(self.filters, 1)
        self.sort_button = SortButton()
        chips.addWidget(self.sort_button, 0, Qt.AlignmentFlag.AlignTop)
        self.save_button = Button(_("Save filter…"), kind=ButtonKind.LINK)
        self.save_button.setFont(font(FontRole.SMALL))
        chips.addWidget(self.save_button, 0, Qt.AlignmentFlag.AlignTop)
        inner.addLayout(chips)
        inner.addWidget(self.exporter.strip)
        inner.addWidget(hairline())
        self.splitter = DetailsSplitter(self.area, self.details)
        inner.addWidget(self.splitter, 1)
        self.stack.addWidget(self._full)
        self.empty = FirstStep()
        self.stack.addWidget(self.empty)
        self.waiting = QWidget()
        self.stack.addWidget(self.waiting)
        self.stack.setCurrentWidget(self.waiting)

    def _timers(self) -> None:
        self._refresh_timer = QTimer(self)
        self._refresh_timer.setSingleShot(True)
        self._refresh_timer.setInterval(_REFRESH_MS)
        self._refresh_timer.timeout.connect(self.refresh)

    def _connect(self) -> None:
        self.toolbar.searched.connect(self._on_searched)
        self.hits.chosen.connect(self._open_hit)
        self.hits.found.connect(self.area.show_hits)
        self.hits.failed.connect(self._on_failed)
        self.toolbar.view_chosen.connect(lambda view: self._show_view(view, posters=self.area.is_posters))
        self.toolbar.look_chosen.connect(lambda posters: self._show_view(self.area.kind, posters=posters))
        self.toolbar.server_chosen.connect(self._on_server_chosen)
        self.toolbar.columns_button.clicked.connect(self._open_columns)
        self.toolbar.collections_button.clicked.connect(self.open_collections)
        self.sort_button.chosen.connect(self._on_sort_chosen)
        self.filters.changed.connect(self._on_filters)
        self.filters.menu_opening.connect(self.saved.fill_menu)
        self.save_button.clicked.connect(lambda: self.saved.keep(self.criteria, self._suggested_name()))
        self.saved.chosen.connect(self.show_criteria)
        self.saved.changed.connect(self._show_save_button)
        self.saved.failed.connect(self._on_failed)
        self.toolbar.grouping_chosen.connect(self._on_grouping_chosen)
        self.grouping.reckoned.connect(self._on_grouping_reckoned)
        self.grouping.failed.connect(self._on_failed)
        self._services.monitor.changed.connect(self._show_watchers)
        self._export_menu.aboutToShow.connect(self._fill_export_menu)
        self._row_menu.aboutToShow.connect(lambda: self.actions_.fill_menu(self._row_menu))
        area = self.area
        area.listed.connect(self._on_listed)
        area.failed.connect(self._on_failed)
        self.selection.read.connect(self._on_selection)
        self.selection.failed.connect(self._on_failed)
        area.selection_changed.connect(self.selection.timer.start)
        area.opened.connect(self.splitter.open_over)
        area.copy_requested.connect(lambda: self.actions_.copy_rows(self.area.current))
        area.menu_requested.connect(self._open_row_menu)
        area.clear_requested.connect(self.clear)
        area.elsewhere_requested.connect(lambda view: self._show_view(view, posters=area.is_posters))
        area.paths_to_drag = lambda: self.selection.summary.local_paths
        area.status.tile_width_changed.connect(self._on_tile_width)
        self.details.plays_requested.connect(lambda item: self._services.open_page("history", item))
        self.details.copy_requested.connect(self.actions_.copy_text)
        self.details.open_requested.connect(self.opener.open_file)
        self.details.folder_requested.connect(self.opener.show_in_folder)
        self.opener.failed.connect(self._on_open_failed)
        self.actions_.export_wanted.connect(lambda: self.exporter.ask_selected(self.area.kind, self.area.picked()))
        self.actions_.failed.connect(self._on_failed)
        self.exporter.failed.connect(self._on_failed)
        self.empty.triggered.connect(self._do_first)
        self._services.runner.changed.connect(self._on_changed)

    @Slot(str, str)
    def _on_open_failed(self, what: str, remedy: str) -> None:
        path = self.opener.unopened
        action = NoticeAction(_("Show in folder"), lambda: self.opener.show_in_folder(path)) if path else None
        self._services.say(f"{what} {remedy}", Tone.WARNING, action)

    def _open_artwork(self) -> object:
        from retrovue.core.services.catalog.artwork import ArtworkCache, ArtworkService

        context = self._services.context
        return ArtworkService(context, ArtworkCache(context.dirs.cache_dir / "artwork"))

    # --- the frame's questions ----------------------------------------------------------------------------------

    def activate(self) -> None:
        """Read what is shown."""
        self.refresh()

    def start_search(self) -> None:
        """Ctrl+F."""
        self.toolbar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.toolbar.search.selectAll()

    @Slot()
    def refresh(self) -> None:
        """F5: read the list and the counts again; what is selected and open stays."""
        context = self._services.context

        def read(token: CancelToken, _report: object) -> _Overview:
            from retrovue.core.services.collections.refresh import listed

            token.raise_if_cancelled()
            return _Overview(
                all_servers(context),
                all_libraries(context),
                browsing.totals(context),
                browsing.resolutions(context),
                listed(context),
            )

        handle = self._services.runner.submit(read, lane=Lane.QUERY)
        handle.succeeded.connect(self._on_overview)
        handle.failed.connect(self._on_failed)
        self.saved.read()
        self._ask()

    def escape(self) -> bool:
        """Close the details over the list, else clear the search."""
        if self.splitter.close_over():
            self.area.focus_list()
            return True
        if self.toolbar.search.text():
            self.toolbar.search.clear()
            return True
        return False

    def show_argument(self, argument: object) -> None:
        """Opened from another page with `Criteria`, one item, a `BrowseQuery`, `Filters`, a server id, or a text."""
        if isinstance(argument, BrowseQuery):
            self.show_criteria(Criteria.of_query(argument))
        elif isinstance(argument, Criteria):
            self.show_criteria(argument)
        elif isinstance(argument, OneItem):
            self.show_criteria(argument.criteria)
            self._choose(argument.row_id)
        elif isinstance(argument, Filters):
            self.filters.set_filters_to(argument)
        elif isinstance(argument, int):
            self.filters.set_filters_to(Filters(server_ids=(argument,)))
        elif argument == "export":
            button = self.toolbar.export_button
            self._export_menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
        elif isinstance(argument, str):
            self.toolbar.search.setText(argument)

    # --- what is asked ------------------------------------------------------------------------------------------

    @property
    def criteria(self) -> Criteria:
        """What is listed now."""
        return Criteria(self.area.kind, self._words, self.filters.active)

    @Slot(object)
    def show_criteria(self, criteria: Criteria) -> None:
        """List what these say."""
        self._show_view(criteria.view, posters=self.area.is_posters, ask=False)
        self._words = criteria.words
        self.toolbar.search.setText(criteria.words)
        self.filters.set_filters_to(criteria.filters)

    def _ask(self) -> None:
        pane = self.area.current
        sort, descending = pane.order()
        grouped = self.grouping.is_on
        query = self.filters.active.query(self.area.kind, self._words, sort, descending, grouped=grouped)
        self.area.set_query(query, is_narrowed=bool(self._words) or self.filters.is_filtering)
        self.hits.ask(query)
        self._show_save_button()

    def _show_save_button(self) -> None:
        is_narrowed = bool(self._words) or self.filters.is_filtering
        self.save_button.setVisible(is_narrowed and not self.saved.is_kept(self.criteria))

    def _suggested_name(self) -> str:
        return ", ".join(part for part in (self._words, *(chip.value for chip in self.filters.chips())) if part)

    @Slot(bool)
    def _on_grouping_chosen(self, on: bool) -> None:
        self.grouping.set_wanted(on)
        self._on_grouping_reckoned()

    @Slot()
    def _on_grouping_reckoned(self) -> None:
        self._ask()
        self._show_totals()
        self.selection.timer.start()

    def _show_view(self, view: View, *, posters: bool, ask: bool = True) -> None:
        self.filters.set_view(view)
        self.area.show_view(view, posters=posters)
        self.toolbar.show_view(view, posters=self.area.is_posters and self.area.has_posters)
        self._show_order()
        remember_view(self._services.settings, view, posters=posters)
        if ask:
            self._ask()
        self.selection.timer.start()

    def _show_order(self) -> None:
        table = self.area.pane(self.area.kind)
        self.sort_button.show_order(table.model.columns, *table.order())
        self.sort_button.setVisible(self.area.current is not table)

    @Slot(str, bool)
    def _on_sort_chosen(self, key: str, descending: bool) -> None:
        self.area.pane(self.area.kind).sort_by(SortField(key), descending=descending)
        self._show_order()
        self._ask()

    @Slot(str)
    def _on_searched(self, words: str) -> None:
        self._words = words
        self._ask()

    @Slot(object)
    def _open_hit(self, hit: Hit) -> None:
        """Show a title that was found in its list, among the others that match; or only the list."""
        self._show_view(hit.view, posters=self.area.is_posters)
        if hit.row is not None:
            self._choose(hit.row.id)
        self.area.focus_list()

    def _choose(self, row_id: int) -> None:
        """Select a row of the list in front, as soon as it is listed, and show its details."""
        self.area.choose(row_id)
        if not self.splitter.is_over:
            self.splitter.open_over()

    @Slot(object)
    def _on_filters(self, filters: Filters) -> None:
        self.toolbar.set_servers(self._overview.servers, filters.server_ids)
        self._ask()

    @Slot(object)
    def _on_server_chosen(self, server_id: int | None) -> None:
        chosen = () if server_id is None else (server_id,)
        self.filters.set_filters_to(replace(self.filters.filters, server_ids=chosen))

    @Slot()
    def open_collections(self) -> CollectionsDialog:
        """Open the collections: their items, and what was watched of them."""
        dialog = CollectionsDialog(self._services, self)
        dialog.chosen.connect(self.show_collections)
        dialog.open()
        return dialog

    @Slot(object)
    def show_collections(self, ids: tuple[int, ...]) -> None:
        """List the items of these collections: its movies where there are only movies, else its shows."""
        context = self._services.context

        def find(_token: CancelToken, _report: object) -> View:
            shows = BrowseQuery(View.SHOWS, collection_ids=ids)
            movies = BrowseQuery(View.MOVIES, collection_ids=ids)
            has_shows, has_movies = bool(browsing.list_ids(context, shows)), bool(browsing.list_ids(context, movies))
            return View.MOVIES if has_movies and not has_shows else View.SHOWS

        handle = self._services.runner.submit(find, lane=Lane.QUERY)
        handle.succeeded.connect(lambda view: self.show_criteria(Criteria(view, "", Filters(collection_ids=ids))))
        handle.failed.connect(self._on_failed)

    @Slot()
    def clear(self) -> None:
        """Show everything again."""
        self._words = ""
        self.toolbar.search.clear()
        self.filters.clear()

    # --- what is shown ------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_overview(self, overview: _Overview) -> None:
        self._overview = overview
        self.filters.set_choices(overview.servers, overview.libraries, overview.resolutions, overview.collections)
        self.toolbar.set_servers(overview.servers, self.filters.filters.server_ids)
        self.area.show_servers(len(overview.servers))
        self.hits.show_servers(len(overview.servers))
        was_grouped = self.grouping.is_on
        self.grouping.set_servers(len(overview.servers))
        self.toolbar.show_grouping(on=self.grouping.is_wanted, is_possible=self.grouping.is_possible)
        self.grouping.refresh()
        if self.grouping.is_on is not was_grouped:
            self._ask()
        totals = overview.totals
        has_items = bool(totals.shows or totals.movies or totals.episodes or totals.files)
        self.empty.show_step(has_servers=bool(overview.servers))
        self.stack.setCurrentWidget(self._full if has_items else self.empty)
        self._show_totals()

    def _show_totals(self) -> None:
        totals = self._overview.totals
        hidden = self.grouping.hidden
        totals = replace(
            totals,
            shows=totals.shows - hidden(View.SHOWS),
            movies=totals.movies - hidden(View.MOVIES),
            episodes=totals.episodes - hidden(View.EPISODES),
        )
        self._totals = totals
        self.head.set_subtitle(summary_of(totals) if totals != CatalogTotals() else "")
        self._show_counts()

    @Slot()
    def _do_first(self) -> None:
        if self._overview.servers:
            self._services.sync.start()
            self._services.open_page("sync", None)
        else:
            self._services.open_page("servers", "add")

    @Slot()
    def _on_listed(self) -> None:
        self._show_counts()
        self.selection.timer.start()

    def _show_counts(self) -> None:
        total = total_of(self._totals, self.area.kind)
        found = self.area.count
        picked = self.area.picked()
        size = self.selection.summary.size_bytes if picked.count else None
        self.area.status.show_counts(counted(self.area.kind, found, max(found, total)), picked.count, size)

    @Slot(object)
    def _on_selection(self, details: ItemFacts | None) -> None:
        if details is None:
            self.details.show_hint(_("Select a title to see its files and IDs."))
            self.splitter.close_over()
        else:
            self.details.show_details(details)
            self._show_watchers()
        self._show_counts()

    @Slot()
    def _show_watchers(self) -> None:
        details = self.details.details
        if details is not None:
            self.details.show_watchers(watchers(self._services.monitor.sessions, details, now()))

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        show_error(self.window(), error)

    @Slot(object)
    def _on_changed(self, change: ChangeSet) -> None:
        if change.kinds & {"servers"}:
            self.pictures.ask_again()
        if "plays" in change.kinds and self.isVisible():
            # Only the details tell of them.
            self.selection.timer.start()
        if change.kinds & _CONCERNS and self.isVisible() and not self._refresh_timer.isActive():
            self._refresh_timer.start()

    # --- menus --------------------------------------------------------------------------------------------------

    @Slot(QPoint)
    def _open_row_menu(self, place: QPoint) -> None:
        if self.area.picked().count:
            self._row_menu.popup(place)

    @Slot()
    def _open_columns(self) -> None:
        button = self.toolbar.columns_button
        self.area.current.columns_menu(button).popup(button.mapToGlobal(QPoint(0, button.height() + 2)))

    @Slot()
    def _fill_export_menu(self) -> None:
        query = self.area.current.model.query
        self.exporter.fill_menu(self._export_menu, self.area.kind, query, self.area.picked())

    @Slot(int)
    def _on_tile_width(self, width: int) -> None:
        self.area.set_tile_width(width)
        self._services.settings.setValue("library/tile_width", width)
