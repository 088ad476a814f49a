"""Tree and tables of the Library page: keys, dragging files out, column state, what is selected."""

from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QSettings, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDrag, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QMenu, QWidget

from retrovue.core.domain.browse import BrowseQuery, SortField, View
from retrovue.core.i18n import _
from retrovue.core.services.catalog.picked import Picked
from retrovue.gui.pages.library.columns import FIRST_SORT, HIDDEN, columns_of
from retrovue.gui.pages.library.delegates import ServerDelegate, TitleDelegate, ValueDelegate
from retrovue.gui.pages.library.pictures import Pictures
from retrovue.gui.pages.library.sources import CatalogSource, row_id, season_of, sort_query
from retrovue.gui.tables.cells import PathPairDelegate, StateDelegate
from retrovue.gui.tables.columns import ID_ROLE, ROW_ROLE
from retrovue.gui.tables.header_state import HeaderState
from retrovue.gui.tables.id_list import IdListModel
from retrovue.gui.tables.tree import TreeModel
from retrovue.gui.tables.view import prepare_table, prepare_tree, selected_ids
from retrovue.gui.tables.views import ROW, ROW_PAIR, DataTable, DataTree, room_for, starts_at_end
from retrovue.gui.widgets.menus import Menu
from retrovue.gui.work.tasks import TaskRunner

if TYPE_CHECKING:
    from retrovue.core.context import AppContext

STATE_VERSION = 1
_MIN_TITLE = 170
_GOOD_TITLE = 250
"""Room in px that most titles fit into; below it other columns yield."""
_AMPLE_TITLE = 480
"""Room in px that is more than titles need; what is beyond goes to a column that has use for it."""
YIELDS = ("server", "added", "size", "watched")
_NEVER_NARROW = ("server",)
"""Goes only where there is one server."""
_INDENTATION = 22


def _name(kind: View) -> str:
    names = {View.SHOWS: _("Shows"), View.MOVIES: _("Movies"), View.EPISODES: _("Episodes"), View.FILES: _("Files")}
    return names[kind]


class FileDrag:
    """Mix-in before a Qt view: rows are dragged out as files; Enter, Space and Ctrl+C mean what they mean here.

    Dragging by Qt itself asks the flags of each selected row, which a model of 200,000 rows must not answer in Python.
    """

    paths_to_drag: Callable[[], Sequence[str]] = staticmethod(lambda: ())
    on_open: Callable[[], None] = staticmethod(lambda: None)
    on_copy: Callable[[], None] = staticmethod(lambda: None)
    _pressed_at: QPoint | None = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a drag would begin: on a row that was selected already."""
        view: Any = self
        place = event.position().toPoint()
        index = view.indexAt(place)
        chosen = index.isValid() and view.selectionModel().isSelected(index)
        plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers()
        self._pressed_at = place if chosen and plain else None
        super().mousePressEvent(event)  # type: ignore[misc]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin a drag once the pointer has moved far enough."""
        start = self._pressed_at
        if start is None or not event.buttons() & Qt.MouseButton.LeftButton:
            super().mouseMoveEvent(event)  # type: ignore[misc]
            return
        if (event.position().toPoint() - start).manhattanLength() >= QApplication.startDragDistance():
            self._pressed_at = None
            paths = self.paths_to_drag()
            if paths:
                view: Any = self
                drag = QDrag(view)
                drag.setMimeData(file_mime(paths))
                drag.exec(Qt.DropAction.CopyAction)

    def copy(self) -> None:
        """The Edit menu's Copy."""
        self.on_copy()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space show the details, Ctrl+C copies the rows."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.on_copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and not event.modifiers():
            self.on_open()
        elif not starts_at_end(cast(QAbstractItemView, self), event):
            super().keyPressEvent(event)  # type: ignore[misc]


def file_mime(paths: Sequence[str]) -> QMimeData:
    """Local files as `text/uri-list`."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return mime


class LibraryTree(FileDrag, DataTree):
    """Shows, seasons, episodes."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.setIndentation(_INDENTATION)


class LibraryTable(FileDrag, DataTable):
    """Movies, episodes or files."""

    def __init__(self, name: str, row_height: int) -> None:
        super().__init__(name=name, row_height=row_height)


class Share(NamedTuple):
    """A column of one width that has another where there is much room."""

    section: int
    usual: int
    wide: int


class TitleStretch(QObject):
    """Gives the column of titles what the others leave, and never less than a title needs.

    Args:
        state: of the header, where columns yield.
        yields: keys of columns that are hidden while titles have less than `_GOOD_TITLE`, the first to go first.
        share: the column that is wider where titles have room to spare.
    """

    def __init__(
        self,
        view: QAbstractItemView,
        header: QHeaderView,
        section: int = 0,
        *,
        state: HeaderState | None = None,
        yields: Sequence[tuple[str, int]] = (),
        share: Share | None = None,
    ) -> None:
        super().__init__(header)
        self._share = share
        self._section = section
        self._view = view
        self._header = header
        self._state = state
        self._yields = list(yields)
        self._gone: set[str] = set()
        self._fitting = False
        view.viewport().installEventFilter(self)
        header.sectionResized.connect(self._on_resized)

    def take_away(self, key: str, *, gone: bool) -> None:
        """Hide a column that says nothing, such as the server's with one server; it stays chosen."""
        if gone != (key in self._gone):
            self._gone ^= {key}
            self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The view has another width."""
        if event.type() == QEvent.Type.Resize:
            self.fit()
        return False

    @Slot(int, int, int)
    def _on_resized(self, section: int, _old: int, _new: int) -> None:
        if section != self._section:
            self.fit()

    def fit(self) -> None:
        """Fit it now."""
        if self._fitting:
            return
        self._fitting = True
        self._yield()
        if self._share is not None:
            self._widen(self._share)
        self._header.resizeSection(self._section, max(_MIN_TITLE, self._room()))
        self._fitting = False

    def _room(self) -> int:
        others = sum(self._header.sectionSize(n) for n in range(self._header.count()) if n != self._section)
        return self._view.viewport().width() - others

    def _widen(self, share: Share) -> None:
        """Give or take; a column whose width somebody chose keeps it."""
        width = self._header.sectionSize(share.section)
        if width in (share.usual, share.wide) and not self._header.isSectionHidden(share.section):
            spare = self._room() + width - share.wide >= _AMPLE_TITLE
            self._header.resizeSection(share.section, share.wide if spare else share.usual)

    def _must_yield(self, key: str) -> bool:
        return key in self._gone or (key not in _NEVER_NARROW and self._room() < _GOOD_TITLE)

    def _yield(self) -> None:
        state = self._state
        if state is None:
            return
        for key, section in self._yields:
            if key in state.yielded:
                state.yielded.discard(key)
                self._header.setSectionHidden(section, False)
        for key, section in self._yields:
            if not self._header.isSectionHidden(section) and self._must_yield(key):
                self._header.setSectionHidden(section, True)
                state.yielded.add(key)


class ListPane(QObject):
    """One view with its model and column state. Thread: GUI.

    Signals:
        listed: another list is shown.
        failed(error): a read raised.
        selection_changed, opened (Enter, Space, double click), copy_requested.
        menu_requested(QPoint): a context menu is wanted at this global place.
    """

    listed = Signal()
    failed = Signal(object)
    selection_changed = Signal()
    opened = Signal()
    copy_requested = Signal()
    menu_requested = Signal(QPoint)

    def __init__(
        self,
        view_kind: View,
        context: "AppContext",
        runner: TaskRunner,
        settings: QSettings,
        pictures: Pictures,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.kind = view_kind
        self.source = CatalogSource(context, view_kind)
        columns = columns_of(view_kind)
        self.model: IdListModel | TreeModel
        self.view: LibraryTree | LibraryTable
        name = _name(view_kind)
        if view_kind is View.SHOWS:
            tree = TreeModel(columns, self.source, runner, row_id=row_id, sort_query=sort_query, parent=self)
            view = LibraryTree(name)
            self._keeper: QObject = prepare_tree(view, tree)
            header = view.header()
            self.model, self.view = tree, view
        else:
            rows = IdListModel(columns, self.source, runner, row_id=row_id, sort_query=sort_query, parent=self)
            table = LibraryTable(name, ROW_PAIR if view_kind is View.FILES else ROW)
            self._keeper = prepare_table(table, rows)
            header = table.horizontalHeader()
            self.model, self.view = rows, table
        self.header = header
        self._set_delegates(pictures)
        self.columns_state = HeaderState(
            header,
            columns,
            settings=settings,
            view_name=f"library/{view_kind.value}",
            hidden=HIDDEN[view_kind],
            sorted_by=FIRST_SORT[view_kind],
            version=STATE_VERSION,
        )
        places = {column.key: place for place, column in enumerate(columns)}
        yields = [(key, places[key]) for key in YIELDS if key in places]
        self._stretch = TitleStretch(self.view, header, state=self.columns_state, yields=yields)
        self._connect()

    def _set_delegates(self, pictures: Pictures) -> None:
        view = self.view
        for place, column in enumerate(self.model.columns):
            match column.key:
                case "title":
                    view.setItemDelegateForColumn(place, TitleDelegate(view, pictures))
                case "server":
                    view.setItemDelegateForColumn(place, ServerDelegate(view))
                case "state":
                    height = ROW_PAIR if self.kind is View.FILES else ROW
                    view.setItemDelegateForColumn(place, StateDelegate(view, row_height=height))
                case "path":
                    view.setItemDelegateForColumn(place, PathPairDelegate(view))
                case _:
                    view.setItemDelegateForColumn(place, ValueDelegate(view))

    def _connect(self) -> None:
        view = self.view
        view.on_open = self.opened.emit
        view.on_copy = self.copy_requested.emit
        view.doubleClicked.connect(self._on_double_click)
        view.selectionModel().selectionChanged.connect(self.selection_changed)
        view.selectionModel().currentChanged.connect(self.selection_changed)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(
            lambda place: self.menu_requested.emit(view.viewport().mapToGlobal(place))
        )
        self.header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.header.customContextMenuRequested.connect(
            lambda place: self.columns_menu(view).popup(self.header.mapToGlobal(place))
        )
        self.model.listed.connect(self.listed)
        self.model.failed.connect(self.failed)

    def show_servers(self, count: int) -> None:
        """With one server its column says nothing."""
        self._stretch.take_away("server", gone=count < 2)

    # --- what is asked ------------------------------------------------------------------------------------------

    def order(self) -> tuple[SortField, bool]:
        """(what the header sorts by, whether downwards)."""
        section = self.header.sortIndicatorSection()
        key = self.model.columns[section].sort_key if 0 <= section < len(self.model.columns) else None
        descending = self.header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
        return SortField(key or SortField.TITLE), descending

    def sort_by(self, key: SortField, *, descending: bool) -> None:
        """Sort as a click on the header would."""
        section = next((n for n, column in enumerate(self.model.columns) if column.sort_key == key), 0)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self.header.setSortIndicator(section, order)

    def set_query(self, query: BrowseQuery) -> None:
        """Show what `query` finds."""
        self.model.set_query(query)

    def refresh(self) -> None:
        """Ask again."""
        self.model.refresh()

    @property
    def count(self) -> int:
        """How many rows the list has (shows in the tree)."""
        return self.model.rowCount()

    # --- what is selected ---------------------------------------------------------------------------------------

    @property
    def is_grouped(self) -> bool:
        """Whether each row stands for all items that are the same."""
        return self.model.query is not None and bool(self.model.query.grouped)

    def picked(self) -> Picked:
        """Everything that is selected."""
        if isinstance(self.model, IdListModel):
            return Picked.of_view(self.kind, selected_ids(self.view, self.model), grouped=self.is_grouped)
        return self._of_indexes(self._selected_indexes())

    def current(self) -> Picked:
        """The current row alone."""
        index = self.view.currentIndex()
        if not index.isValid():
            return Picked()
        if isinstance(self.model, IdListModel):
            return Picked.of_view(self.kind, (self.model.ids[index.row()],), grouped=self.is_grouped)
        return self._of_indexes([index])

    def entries(self) -> list[Any]:
        """The selected rows in order: row objects, or ids of rows that are not loaded."""
        if isinstance(self.model, IdListModel):
            return list(selected_ids(self.view, self.model))
        found = []
        for index in self._selected_indexes():
            row = index.data(ROW_ROLE)
            found.append(index.data(ID_ROLE) if row is None else row)
        return found

    def _selected_indexes(self) -> list[Any]:
        selection = self.view.selectionModel().selection()
        parts = [selection.at(n) for n in range(selection.count())]
        seen: dict[tuple[int, int], Any] = {}
        for part in parts:
            for row in range(part.top(), part.bottom() + 1):
                index = self.model.index(row, 0, part.parent())
                seen.setdefault((index.internalId(), row), index)
        return list(seen.values())

    def _of_indexes(self, indexes: Sequence[Any]) -> Picked:
        assert isinstance(self.model, TreeModel)
        shows, seasons, episodes = array("q"), [], array("q")
        for index in indexes:
            chosen = int(index.data(ID_ROLE))
            match self.model.level_of(index):
                case 0:
                    shows.append(chosen)
                case 1:
                    seasons.append(season_of(chosen))
                case _:
                    episodes.append(chosen)
        return Picked(tuple(shows), tuple(seasons), tuple(episodes), grouped=self.is_grouped)

    # --- columns ------------------------------------------------------------------------------------------------

    def columns_menu(self, parent: QWidget) -> QMenu:
        """A menu with a tick per column and "Reset columns"."""
        menu = Menu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for column in self.model.columns[1:]:
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(self.columns_state.is_shown(column.key))
            action.toggled.connect(lambda on, key=column.key: self._show_column(key, on))
        menu.addSeparator()
        menu.addAction(_("Reset columns"), self._reset_columns)
        return menu

    def _show_column(self, key: str, on: bool) -> None:
        self.columns_state.show_column(key, shown=on)
        section = next(n for n, column in enumerate(self.model.columns) if column.key == key)
        if on and self.header.sectionSize(section) < 40:
            self.header.resizeSection(section, room_for(self.model.columns[section]))
        self._stretch.fit()

    def _reset_columns(self) -> None:
        self.columns_state.reset()
        self._stretch.fit()

    def _on_double_click(self, index: Any) -> None:
        if isinstance(self.model, TreeModel) and self.model.hasChildren(index.siblingAtColumn(0)):
            top = index.siblingAtColumn(0)
            self.view.setExpanded(top, not self.view.isExpanded(top))  # type: ignore[union-attr]
        else:
            self.opened.emit()
