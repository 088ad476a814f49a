"""The middle of the Library page: the list that is chosen, or what is said instead of it, and the line below."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSettings, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QStackedWidget, QVBoxLayout, QWidget

from retrovue.core.domain.browse import BrowseQuery, View
from retrovue.core.i18n import _
from retrovue.core.services.catalog.picked import Picked
from retrovue.gui.pages.library.carrying import Chosen, SelectionCarrier
from retrovue.gui.pages.library.pictures import Pictures
from retrovue.gui.pages.library.posters import GridPane
from retrovue.gui.pages.library.status import TILE_FIRST, StatusLine, counted
from retrovue.gui.pages.library.views import ListPane
from retrovue.gui.widgets.card import hairline
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.work.tasks import TaskRunner

if TYPE_CHECKING:
    from retrovue.core.context import AppContext
    from retrovue.core.services.catalog.hits import KindHits


class ListArea(QFrame):
    """Panes are built when they are first shown. Thread: GUI."""

    listed = Signal()
    failed = Signal(object)
    selection_changed = Signal()
    opened = Signal()
    copy_requested = Signal()
    menu_requested = Signal(QPoint)
    clear_requested = Signal()
    elsewhere_requested = Signal(object)
    """A `View` that has hits where the one in front has none."""

    def __init__(
        self,
        context: "AppContext",
        runner: TaskRunner,
        settings: QSettings,
        pictures: Pictures,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "base")
        self._parts = (context, runner, settings, pictures)
        self._panes: dict[View, ListPane] = {}
        self._grids: dict[View, GridPane] = {}
        self.kind = View.SHOWS
        self.is_posters = False
        self.paths_to_drag: Callable[[], Sequence[str]] = list
        self._words = ""
        self._is_narrowed = False
        self._servers = 0
        self._tile_width = TILE_FIRST
        self._carrier = SelectionCarrier(self)
        self._hits: Sequence[KindHits] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.stack = QStackedWidget()
        column.addWidget(self.stack, 1)
        column.addWidget(hairline())
        self.status = StatusLine()
        column.addWidget(self.status)
        self.nothing = EmptyState(_("No titles match these filters."), button=_("Clear filters"), link=" ")
        self.nothing.triggered.connect(self.clear_requested)
        self.nothing.link_triggered.connect(lambda: self.elsewhere_requested.emit(self._elsewhere))
        self.stack.addWidget(self.nothing)
        pictures.arrived.connect(self._repaint)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_servers(self, count: int) -> None:
        """How many servers there are: with one its column goes."""
        self._servers = count
        for pane in self._panes.values():
            pane.show_servers(count)
        for grid in self._grids.values():
            grid.show_servers(count)

    def pane(self, view: View) -> ListPane:
        """The list of a view, built now if it was not."""
        if view not in self._panes:
            self._panes[view] = pane = ListPane(view, *self._parts, self)
            pane.show_servers(self._servers)
            self._take(pane)
        return self._panes[view]

    def grid(self, view: View) -> GridPane:
        """The posters of a view, built now if they were not."""
        if view not in self._grids:
            context, runner, _settings, pictures = self._parts
            self._grids[view] = grid = GridPane(view, self.pane(view), context, runner, pictures, self)
            grid.view.set_tile_width(self._tile_width)
            grid.show_servers(self._servers)
            self._take(grid)
        return self._grids[view]

    def _take(self, pane: ListPane | GridPane) -> None:
        self.stack.addWidget(pane.view)
        pane.view.paths_to_drag = lambda: self.paths_to_drag()
        pane.listed.connect(lambda: self._on_listed(pane))
        pane.failed.connect(self.failed)
        pane.selection_changed.connect(self.selection_changed)
        pane.opened.connect(self.opened)
        pane.copy_requested.connect(self.copy_requested)
        pane.menu_requested.connect(self.menu_requested)

    @property
    def has_posters(self) -> bool:
        """Whether the chosen view can be shown as posters."""
        return self.kind in (View.SHOWS, View.MOVIES)

    @property
    def current(self) -> ListPane | GridPane:
        """What is in front: the list of the chosen view, or its posters."""
        return self.grid(self.kind) if self.is_posters and self.has_posters else self.pane(self.kind)

    @property
    def count(self) -> int:
        """How many rows the list in front has."""
        return self.current.count

    def show_view(self, view: View, *, posters: bool) -> None:
        """Bring a list, or its posters, to the front."""
        former = self.current if view is self.kind and self._panes else None
        self.kind = view
        self.is_posters = posters
        if former is not None:
            self._carrier.carry(former, self.current)
        self.status.set_posters(on=posters and self.has_posters)
        self._show_front(self.current)

    def set_tile_width(self, width: int) -> None:
        """How wide posters are, 96 to 200 px."""
        self._tile_width = width
        if self.status.slider.value() != width:
            self.status.slider.setValue(width)
        for grid in self._grids.values():
            grid.view.set_tile_width(width)

    def set_query(self, query: BrowseQuery, *, is_narrowed: bool) -> None:
        """Ask the chosen list; `is_narrowed` says that search or filters hold something back."""
        if is_narrowed and not self._is_narrowed:
            self._carrier.narrow(self.current)
        self._words = query.text if is_narrowed else ""
        self._is_narrowed = is_narrowed
        self.current.set_query(query)

    def choose(self, row_id: int) -> None:
        """Select one row of the list in front, now or when it is listed."""
        self._carrier.want(self.current, Chosen((row_id,), row_id))

    def picked(self) -> Picked:
        """What is selected."""
        return self.current.picked()

    def current_row(self) -> Picked:
        """The row that the keyboard is on."""
        return self.current.current()

    def focus_list(self) -> None:
        """Give the list the keyboard."""
        self.current.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_listed(self, pane: ListPane | GridPane) -> None:
        if pane is self.current:
            self._show_front(pane)
            self._carrier.on_listed(pane, is_narrowed=self._is_narrowed)
            self.status.show_took(pane.source.took_ms)
            self.listed.emit()

    def _show_front(self, pane: ListPane | GridPane) -> None:
        is_empty = pane.count == 0 and pane.model.query is not None
        if is_empty and self._is_narrowed:
            words = self._words
            self.nothing.set_texts(
                _("No titles match “{text}”.").format(text=words) if words else _("No titles match these filters."),
                "",
            )
            self._show_elsewhere()
            self.stack.setCurrentWidget(self.nothing)
        else:
            self.stack.setCurrentWidget(pane.view)

    @Slot(object)
    def show_hits(self, hits: "Sequence[KindHits]") -> None:
        """What the words find in each kind: the way on where the list in front has nothing."""
        self._hits = hits
        self._show_elsewhere()

    @property
    def _elsewhere(self) -> View | None:
        """The other view that has most hits."""
        others = [hits for hits in self._hits if hits.view is not self.kind] if self._words else []
        return max(others, key=lambda hits: hits.count).view if others else None

    def _show_elsewhere(self) -> None:
        link, view = self.nothing.link, self._elsewhere
        if link is None:
            return
        link.setVisible(view is not None)
        if view is not None:
            n = next(hits.count for hits in self._hits if hits.view is view)
            link.setText(_("Show {what}").format(what=counted(view, n, n)))

    @Slot()
    def _repaint(self) -> None:
        viewport = getattr(self.stack.currentWidget(), "viewport", None)
        if viewport is not None:
            viewport().update()
