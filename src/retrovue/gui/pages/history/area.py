"""The middle of the History page: the list or what is said instead of it, and the line of sums below."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QSettings, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from retrovue.core.domain.history import PlayQuery, PlaySort
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.history import words
from retrovue.gui.pages.history.columns import FOLDED, HIDDEN, PlayRow
from retrovue.gui.pages.history.delegates import CARET
from retrovue.gui.pages.history.model import PlayModel
from retrovue.gui.pages.history.selecting import PlayCopier, PlayCounter, SelectedPlays, selected_plays
from retrovue.gui.pages.history.table import TITLE, PlayTable
from retrovue.gui.pages.library.views import Share, TitleStretch
from retrovue.gui.tables.columns import ROW_ROLE
from retrovue.gui.tables.header_state import HeaderState
from retrovue.gui.tables.views import room_for, room_for_dates
from retrovue.gui.theme.style import FontRole, at_least
from retrovue.gui.widgets.card import hairline
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.work.tasks import TaskRunner

if TYPE_CHECKING:
    from retrovue.core.context import AppContext

_FOLD_WIDTHS = (1040, 1000, 840, 690)
"""Below which width the list leaves out each of `FOLDED`."""
_WIDE_PLAYER = 220
"""Width in px of the player where the titles have room to spare: most names of device and app fit."""
_FOLDED_KEY = "history/folded"


class PlayArea(QFrame):
    """See the module. Thread: GUI."""

    failed = Signal(object)
    listed = Signal()
    selection_changed = Signal()
    menu_requested = Signal(QPoint)
    clear_requested = Signal()

    def __init__(
        self, context: "AppContext", runner: TaskRunner, settings: QSettings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "base")
        self._words = ""
        self._is_narrowed = False
        self._total = 0
        self.model = PlayModel(context, runner, self)
        self.view = PlayTable(self.model)
        self._counter = PlayCounter(context, runner, self)
        self.copier = PlayCopier(context, runner, self)
        header = self.view.horizontalHeader()
        header.setFirstSectionMovable(False)
        columns = self.model.columns
        self.columns_state = HeaderState(
            header,
            columns,
            settings=settings,
            view_name="history",
            hidden=HIDDEN,
            sorted_by="started",
            descending=True,
        )
        self._settings = settings
        # What the width has hidden is no wish of a person, and comes back in a wider window of another day.
        self._folded = set(str(settings.value(_FOLDED_KEY, "")).split(",")) & set(FOLDED)
        yields = [("server", self._section("server"))]
        player = self._section("player")
        share = Share(player, room_for(columns[player]), _WIDE_PLAYER)
        self._stretch = TitleStretch(self.view, header, TITLE, state=self.columns_state, yields=yields, share=share)
        self._build()
        self._connect()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.view)
        self.nothing = EmptyState(_("No plays match these filters."), button=_("Clear filters"))
        self.nothing.triggered.connect(self.clear_requested)
        self.stack.addWidget(self.nothing)
        column.addWidget(self.stack, 1)
        column.addWidget(hairline())
        below = QFrame()
        row = QHBoxLayout(below)
        row.setContentsMargins(24, 0, 24, 0)
        small = label("", FontRole.SMALL).font()
        self.left = ElidedLabel(text_font=small, tone="text2")
        self.right = label("", FontRole.SMALL, tone="text2")
        row.addWidget(self.left, 1)
        row.addWidget(self.right)
        below.setFixedHeight(at_least(28, self.fontMetrics()))
        column.addWidget(below)

    def _connect(self) -> None:
        view, header = self.view, self.view.horizontalHeader()
        selection = view.selectionModel()
        selection.selectionChanged.connect(self._on_selection)
        selection.currentChanged.connect(self.selection_changed)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(
            lambda place: self.menu_requested.emit(view.viewport().mapToGlobal(place))
        )
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(lambda place: self.columns_menu().popup(header.mapToGlobal(place)))
        header.sortIndicatorChanged.connect(self._fit_started)
        self.model.listed.connect(self._on_listed)
        self.model.dataChanged.connect(self._on_rows_loaded)
        self._counter.counted.connect(self._show_sums)
        self._counter.failed.connect(self.failed)
        self.copier.failed.connect(self.failed)
        self.model.failed.connect(self.failed)
        view.viewport().installEventFilter(self)
        self._fit_started()

    # --- what is asked ------------------------------------------------------------------------------------------

    @property
    def query(self) -> PlayQuery | None:
        """The query whose rows are shown."""
        shown = self.model.query
        return shown if isinstance(shown, PlayQuery) else None

    def order(self) -> tuple[str, bool]:
        """(what the header sorts by, whether downwards)."""
        header = self.view.horizontalHeader()
        section = header.sortIndicatorSection()
        key = self.model.columns[section].sort_key if 0 <= section < len(self.model.columns) else None
        return key or PlaySort.STARTED, header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder

    def set_query(self, query: PlayQuery, said: str, *, is_narrowed: bool) -> None:
        """Ask for a list; `is_narrowed` says that search or filters hold something back."""
        self._words, self._is_narrowed = said, is_narrowed
        self.model.set_query(query)

    def show_servers(self, count: int) -> None:
        """With plays of one server its column says nothing."""
        self._stretch.take_away("server", gone=count < 2)

    def show_total(self, total: int) -> None:
        """How many plays there are without filters."""
        self._total = total
        self._show_sums()

    @Slot()
    def _on_listed(self) -> None:
        if self.model.rowCount() or not self._is_narrowed:
            self.stack.setCurrentWidget(self.view)
        else:
            said = _("No plays match “{text}”.").format(text=self._words)
            self.nothing.set_texts(said if self._words else _("No plays match these filters."))
            self.stack.setCurrentWidget(self.nothing)
        self._show_sums()
        self.listed.emit()

    @Slot()
    def _on_rows_loaded(self) -> None:
        """What is selected can be said of plays that have come since."""
        if self.view.selectionModel().hasSelection():
            self._show_sums()

    @Slot()
    def _on_selection(self) -> None:
        self._show_sums()
        self.selection_changed.emit()

    def _show_sums(self) -> None:
        listing = self.model.listing
        whole = words.plays_count(max(self._total, listing.plays))
        found = whole
        if listing.plays < self._total:
            found = _("{found} of {all}").format(found=text.number(listing.plays), all=whole)
        parts = [found]
        if self.query is not None and self.query.grouped and listing.sittings != listing.plays:
            n = listing.sittings
            parts.append(ngettext("{n} group", "{n} groups", n).format(n=text.number(n)))
        selected = self.selected_count()
        if selected:
            parts.append(ngettext("{n} selected", "{n} selected", selected).format(n=text.number(selected)))
        self.left.set_text("  ·  ".join(parts))
        played = _("Played {time}").format(time=words.long_time(listing.play_s))
        self.right.setText("  ·  ".join((played, _("Times in {zone}").format(zone=listing.zone))))

    # --- what is selected ---------------------------------------------------------------------------------------

    def current_row(self) -> PlayRow | None:
        """The row that the keyboard is on."""
        row = self.view.currentIndex().siblingAtColumn(0).data(ROW_ROLE)
        return row if isinstance(row, PlayRow) else None

    def selected(self) -> SelectedPlays:
        """Every selected play once; a sitting stands for its plays, the line of a day for nothing."""
        return selected_plays(self.view, self.model)

    def selected_count(self) -> int:
        """How many plays are selected; 0 while they are counted."""
        return self._counter.count(self.selected())

    def copy_rows(self) -> None:
        """Copy the selected rows, tabs between the visible columns."""
        self.copier.copy(self.view, self.model)

    # --- columns ------------------------------------------------------------------------------------------------

    def columns_menu(self) -> QMenu:
        """A menu with a tick per column and "Reset columns"."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for column in self.model.columns:
            if column.key in ("started", "title"):
                continue
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(self.columns_state.is_shown(column.key))
            action.toggled.connect(lambda on, key=column.key: self._show_column(key, on))
        menu.addSeparator()
        menu.addAction(_("Reset columns"), self._reset_columns)
        return menu

    def _show_column(self, key: str, on: bool) -> None:
        self.columns_state.show_column(key, shown=on)
        section = self._section(key)
        self._folded.discard(key)
        if on and self.view.horizontalHeader().sectionSize(section) < 40:
            self.view.horizontalHeader().resizeSection(section, room_for(self.model.columns[section]))
        self._stretch.fit()

    def _reset_columns(self) -> None:
        self.columns_state.reset()
        self._folded.clear()
        self._fold()
        self._stretch.fit()

    @Slot()
    def _fit_started(self) -> None:
        """Without lines of days, the first column has to say the day, too."""
        width = room_for(self.model.columns[0])
        if self.order()[0] != PlaySort.STARTED:
            width = room_for_dates(least=width, then=", 20:44", extra=CARET)
        self.view.horizontalHeader().resizeSection(0, width)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The list has another width."""
        if event.type() == QEvent.Type.Resize:
            self._fold()
        return False

    def _fold(self) -> None:
        """Titles come first: a narrow list leaves columns out."""
        header, before = self.view.horizontalHeader(), set(self._folded)
        width = self.view.viewport().width()
        for key, least in zip(FOLDED, _FOLD_WIDTHS, strict=True):
            section = self._section(key)
            if width < least and not header.isSectionHidden(section):
                self._folded.add(key)
                header.setSectionHidden(section, True)
            elif width >= least and key in self._folded:
                self._folded.discard(key)
                header.setSectionHidden(section, False)
        if self._folded != before:
            self._settings.setValue(_FOLDED_KEY, ",".join(sorted(self._folded)))
            self._stretch.fit()

    def _section(self, key: str) -> int:
        return next(n for n, column in enumerate(self.model.columns) if column.key == key)
