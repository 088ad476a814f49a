"""Shows, seasons, episodes: the top level from an id list, children when a row is opened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Protocol

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot

from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.tables.columns import ID_ROLE, Column, cell_data, header_data, placeholder_data
from retrovue.gui.tables.id_list import replace_sort
from retrovue.gui.tables.pages import PAGE_ROWS, ListAnswer, RowPages, RowSource
from retrovue.gui.tables.rows import edit_rows
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Failed, Report, Succeeded, TaskHandle, TaskRunner

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_ROOT = 0


class TreeSource(RowSource, Protocol):
    """A row source whose rows have children. Called on the query lane."""

    def children(self, level: int, parent_id: int, token: CancelToken) -> list[Any]:
        """The child rows, in order, of `parent_id`, which stands at `level` (0: top level)."""
        ...


@dataclass(slots=True)
class _Branch:
    """The fetched children of one row. Its number is the internal id of their indexes."""

    number: int
    parent: int
    parent_id: int
    level: int
    rows: list[Any] = field(default_factory=list)
    parent_row: int = 0


@dataclass(frozen=True, slots=True)
class _Children:
    """What one read brought: (number of the branch above, id of the row, its children)."""

    of: tuple[tuple[int, int, list[Any]], ...]


class TreeModel(QAbstractItemModel):
    """A tree of `levels` levels; the last one has no children. Lives on the GUI thread.

    Ids are unique among the children of one row, not across levels. Fetched children survive a refresh
    and are then read again; `view.prepare_tree` keeps what is expanded, current and selected by id.

    Signals: as IdListModel, and `children_loaded(QModelIndex)` when a row was opened for the first time.
    """

    listed = Signal()
    failed = Signal(object)
    loading_changed = Signal(bool)
    children_loaded = Signal(QModelIndex)

    def __init__(
        self,
        columns: Sequence[Column],
        source: TreeSource,
        runner: TaskRunner,
        *,
        levels: int = 3,
        row_id: Callable[[Any], int] = attrgetter("id"),
        kinds: frozenset[str] = frozenset(),
        sort_query: Callable[[Any, str, bool], Any] = replace_sort,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._source = source
        self._runner = runner
        self._levels = levels
        self._row_id = row_id
        self._sort_query = sort_query
        self._branches: dict[int, _Branch] = {}
        self._by_parent: dict[tuple[int, int], _Branch] = {}
        self._next_number = _ROOT + 1
        self._fetching: dict[tuple[int, int], TaskHandle] = {}
        self._unreadable: set[tuple[int, int]] = set()
        self._reloading: TaskHandle | None = None
        self._pages = RowPages(source, runner, row_id=row_id, kinds=kinds, parent=self)
        self._pages.listed.connect(self._on_listed)
        self._pages.loaded.connect(self._on_loaded)
        self._pages.failed.connect(self.failed)
        self._pages.loading_changed.connect(self.loading_changed)

    @property
    def ids(self) -> Sequence[int]:
        """The ids of the top level in order. Read only."""
        return self._pages.ids

    @property
    def query(self) -> Any:
        """The query whose rows are shown; None before the first."""
        return self._pages.query

    def set_query(self, query: Any) -> None:
        """Show what `query` finds, once it is here; the former content stays until then."""
        self._pages.request(query)

    def refresh(self) -> None:
        """Ask the same query again, and the children of every row that was opened."""
        self._pages.refresh()

    def level_of(self, index: Index) -> int:
        """0 for the top level, counting down the tree."""
        branch = self._branches.get(index.internalId())
        return branch.level if branch else 0

    def path_of(self, index: Index) -> tuple[int, ...]:
        """The ids from the top level down to `index`."""
        if not index.isValid():
            return ()
        path = [self._id_at(index)]
        branch = self._branches.get(index.internalId())
        while branch is not None:
            path.append(branch.parent_id)
            branch = self._branches.get(branch.parent)
        return tuple(reversed(path))

    def index_of(self, path: Sequence[int]) -> QModelIndex:
        """The index at `path`; invalid if a row on the way is gone or not fetched."""
        found = QModelIndex()
        number = _ROOT
        for depth, row_id in enumerate(path):
            if depth:
                branch = self._by_parent.get((number, path[depth - 1]))
                if branch is None:
                    return QModelIndex()
                number = branch.number
            row = self._row_of(number, row_id)
            if row < 0:
                return QModelIndex()
            found = self.createIndex(row, 0, number)
        return found

    def index(self, row: int, column: int, parent: Index = _NO_INDEX) -> QModelIndex:
        # Qt asks for every row of the top level when it lays them out: `hasIndex` would ask for the counts each time.
        if not parent.isValid():
            count, number = len(self._pages.ids), _ROOT
        elif branch := self._branch_below(parent):
            count, number = len(branch.rows), branch.number
        else:
            return QModelIndex()
        if not (0 <= row < count and 0 <= column < len(self.columns)):
            return QModelIndex()
        return self.createIndex(row, column, number)

    def parent(self, index: Index = _NO_INDEX) -> QModelIndex:  # type: ignore[override]
        branch = self._branches.get(index.internalId()) if index.isValid() else None
        return self._parent_index(branch) if branch else QModelIndex()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        if not parent.isValid():
            return len(self._pages.ids)
        branch = self._branch_below(parent)
        return len(branch.rows) if branch else 0

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return len(self.columns)

    def hasChildren(self, parent: Index = _NO_INDEX) -> bool:
        if not parent.isValid():
            return len(self._pages.ids) > 0
        if parent.column() > 0 or self.level_of(parent) >= self._levels - 1:
            return False
        if not self._by_parent:
            return True
        branch = self._branch_below(parent)
        return branch is None or len(branch.rows) > 0

    def canFetchMore(self, parent: Index) -> bool:
        if not parent.isValid() or parent.column() > 0 or self.level_of(parent) >= self._levels - 1:
            return False
        key = (parent.internalId(), self._id_at(parent))
        return not (key in self._by_parent or key in self._fetching or key in self._unreadable)

    def fetchMore(self, parent: Index) -> None:
        if not self.canFetchMore(parent):
            return
        key, level, source = (parent.internalId(), self._id_at(parent)), self.level_of(parent), self._source

        def read(token: CancelToken, report: Report) -> _Children:
            return _Children(((*key, source.children(level, key[1], token)),))

        handle = self._fetching[key] = self._runner.submit(read, lane=Lane.QUERY)
        handle.finished.connect(self._on_fetched)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.column() < len(self.columns):
            return None
        if role == ID_ROLE:
            return self._id_at(index)
        column = self.columns[index.column()]
        branch = self._branches.get(index.internalId())
        row = branch.rows[index.row()] if branch else self._pages.row(index.row())
        if row is None:
            return placeholder_data(column, index.column() == 0, role)
        return cell_data(column, row, role)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return header_data(self.columns, section, orientation, role)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Ask the query again, its top level in the order of `column`."""
        if self._pages.asked is None or not 0 <= column < len(self.columns):
            return
        sort_key = self.columns[column].sort_key
        if sort_key is not None:
            descending = order == Qt.SortOrder.DescendingOrder
            self.set_query(self._sort_query(self._pages.asked, sort_key, descending))

    def _id_at(self, index: Index) -> int:
        branch = self._branches.get(index.internalId())
        return self._row_id(branch.rows[index.row()]) if branch else self._pages.ids[index.row()]

    def _branch_below(self, parent: Index) -> _Branch | None:
        if parent.column() > 0:
            return None
        return self._by_parent.get((parent.internalId(), self._id_at(parent)))

    def _row_of(self, number: int, row_id: int) -> int:
        if number == _ROOT:
            return self._pages.row_number(row_id)
        rows = self._branches[number].rows
        return next((n for n, row in enumerate(rows) if self._row_id(row) == row_id), -1)

    def _parent_index(self, branch: _Branch) -> QModelIndex:
        # Qt asks for parents all the time; searching 20,000 ids each time would freeze the view.
        above = self._branches.get(branch.parent)
        known: Sequence[Any] = above.rows if above else self._pages.ids
        row = branch.parent_row
        if not 0 <= row < len(known) or (self._row_id(known[row]) if above else known[row]) != branch.parent_id:
            row = branch.parent_row = self._row_of(branch.parent, branch.parent_id)
        return self.createIndex(row, 0, branch.parent) if row >= 0 else QModelIndex()

    @Slot()
    def _on_fetched(self) -> None:
        for key, handle in list(self._fetching.items()):
            if not handle.is_finished:
                continue
            del self._fetching[key]
            match handle.outcome:
                case Succeeded(result=_Children(of=of)):
                    self._add_branch(*of[0])
                case Failed(error=error, is_away=is_away):
                    self._unreadable.add(key)
                    if not is_away:
                        self.failed.emit(error)

    def _add_branch(self, above: int, parent_id: int, rows: list[Any]) -> None:
        owner = self._row_of(above, parent_id) if above == _ROOT or above in self._branches else -1
        if owner < 0:
            return  # the row went away while its children were read
        parent = self.createIndex(owner, 0, above)
        branch = _Branch(self._next_number, above, parent_id, self.level_of(parent) + 1, parent_row=owner)
        self._next_number += 1
        self._branches[branch.number] = self._by_parent[(above, parent_id)] = branch
        edit_rows(self, parent, branch.rows, rows, self._row_id)
        self.children_loaded.emit(parent)

    @Slot(object)
    def _on_listed(self, listing: ListAnswer) -> None:
        self._unreadable.clear()
        if listing.ids == self._pages.ids:
            self._pages.take(listing)
            for page in listing.pages:
                self._on_loaded(page * PAGE_ROWS, min((page + 1) * PAGE_ROWS, len(listing.ids)) - 1)
        else:
            self.beginResetModel()
            self._pages.take(listing)
            if self._branches:
                left = set(listing.ids)
                tops = [b.parent_id for b in self._branches.values() if b.parent == _ROOT]
                self._drop_branches(_ROOT, [row_id for row_id in tops if row_id not in left])
            self.endResetModel()
        self.listed.emit()
        self._reload_branches()

    def _drop_branches(self, number: int, parent_ids: Sequence[int]) -> None:
        for parent_id in parent_ids:
            branch = self._by_parent.pop((number, parent_id), None)
            if branch is not None:
                self._drop_branches(branch.number, [self._row_id(row) for row in branch.rows])
                del self._branches[branch.number]

    def _reload_branches(self) -> None:
        if self._reloading is not None:
            self._reloading.cancel()
            self._reloading = None
        wanted = tuple((b.parent, b.parent_id, b.level - 1) for b in self._branches.values())
        if not wanted:
            return
        source = self._source

        def read(token: CancelToken, report: Report) -> _Children:
            found = []
            for above, parent_id, level in wanted:
                token.raise_if_cancelled()
                found.append((above, parent_id, source.children(level, parent_id, token)))
            return _Children(tuple(found))

        self._reloading = self._runner.submit(read, lane=Lane.QUERY)
        self._reloading.finished.connect(self._on_reloaded)

    @Slot()
    def _on_reloaded(self) -> None:
        handle = self._reloading
        if handle is None or not handle.is_finished:
            return
        self._reloading = None
        match handle.outcome:
            case Succeeded(result=_Children(of=of)):
                for above, parent_id, rows in of:
                    branch = self._by_parent.get((above, parent_id))
                    if branch is not None:
                        parent = self._parent_index(branch)
                        gone = edit_rows(self, parent, branch.rows, rows, self._row_id)
                        self._drop_branches(branch.number, gone)
            case Failed(error=error, is_away=False):
                self.failed.emit(error)

    @Slot(int, int)
    def _on_loaded(self, first: int, last: int) -> None:
        if self.columns and 0 <= first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))
