"""What a view needs to be fast with 200,000 rows and to keep its place when the list is swapped."""

from array import array
from collections.abc import Callable, Collection, Iterable
from itertools import groupby

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QObject,
    Qt,
    Slot,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QTreeView

from retrovue.gui.tables.columns import Column
from retrovue.gui.tables.id_list import IdListModel
from retrovue.gui.tables.tree import TreeModel
from retrovue.gui.tables.views import room_for

# Without the Rows flag: it compares every range with every other, 0.5 s for 10,000 ranges that are whole
# rows anyway.
_SELECT = QItemSelectionModel.SelectionFlag.Select
_MAX_KEPT_PATHS = 1000


def prepare_table(
    view: QTableView, model: IdListModel, *, keeper: "Callable[[QTableView, IdListModel], QObject] | None" = None
) -> QObject:
    """Show `model` in `view`: rows, sorting by header, no costly headers, place kept across swaps.

    Args:
        keeper: makes what keeps the place; None for a `TableKeeper`.

    Returns:
        The keeper, owned by `view`. Thread: GUI.
    """
    view.setModel(model)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    view.setWordWrap(False)
    view.setShowGrid(False)
    view.setTabKeyNavigation(False)  # Tab leaves the table; arrow keys move inside
    vertical = view.verticalHeader()
    vertical.hide()
    vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    for header in (view.horizontalHeader(), vertical):
        _detach_selection(header, model)
    _prepare_header(view.horizontalHeader(), model.columns)
    view.setSortingEnabled(True)
    return (keeper or TableKeeper)(view, model)


def prepare_tree(view: QTreeView, model: TreeModel) -> "TreeKeeper":
    """Show `model` in `view`: rows, sorting by header, expansion and place kept across swaps.

    Returns:
        The keeper, owned by `view`. Thread: GUI.
    """
    view.setModel(model)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    view.setUniformRowHeights(True)  # otherwise Qt measures every row
    _detach_selection(view.header(), model)
    _prepare_header(view.header(), model.columns)
    view.setSortingEnabled(True)
    return TreeKeeper(view, model)


def selected_rows(view: QAbstractItemView) -> list[tuple[int, int]]:
    """The selected top-level row numbers as sorted (first, last) ranges.

    `selectedRows()` makes an object per row: 3 s for 200,000 of them. Thread: GUI.
    """
    ranges = sorted(
        (r.top(), r.bottom()) for r in _parts(view.selectionModel().selection()) if not r.parent().isValid()
    )
    merged: list[tuple[int, int]] = []
    for first, last in ranges:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def selected_ids(view: QAbstractItemView, model: IdListModel) -> "array[int]":
    """The ids of the selected rows, in the order of the list. Thread: GUI."""
    ids: array[int] = array("q")
    for first, last in selected_rows(view):
        ids.extend(model.ids[first : last + 1])
    return ids


def rows_of_ids(model: IdListModel | TreeModel, ids: Collection[int]) -> QItemSelection:
    """The top-level rows with these ids, as far as they are listed. Thread: GUI."""
    chosen = frozenset(ids)
    return rows_selection(model, _ranges(number for number, row_id in enumerate(model.ids) if row_id in chosen))


class TableKeeper(QObject):
    """Brings current row, selection and scroll position of a table back after a swap, by id."""

    def __init__(self, view: QTableView, model: IdListModel) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._current: tuple[int, int] | None = None
        self._selected: array[int] = array("q")
        self._all_selected = False
        self._scrolled = 0
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._restore)

    @Slot()
    def _remember(self) -> None:
        current = self._view.currentIndex()
        self._current = (self._model.ids[current.row()], current.column()) if current.isValid() else None
        self._selected = selected_ids(self._view, self._model)
        self._all_selected = len(self._selected) == len(self._model.ids) > 1
        self._scrolled = self._view.verticalScrollBar().value()

    @Slot()
    def _restore(self) -> None:
        selection = self._view.selectionModel()
        if self._current is not None:
            row = self._model.row_of(self._current[0])
            if row >= 0:
                index = self._model.index(row, self._current[1])
                selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        ranges = self._new_ranges()
        if ranges:
            selection.select(rows_selection(self._model, ranges), _SELECT)
        self._view.verticalScrollBar().setValue(self._scrolled)
        self._selected = array("q")

    def _new_ranges(self) -> list[tuple[int, int]]:
        if not self._selected or not self._model.ids:
            return []
        chosen = set(self._selected)
        if self._all_selected and chosen.issuperset(self._model.ids):
            return [(0, len(self._model.ids) - 1)]
        if len(chosen) == 1:
            row = self._model.row_of(self._selected[0])
            return [(row, row)] if row >= 0 else []
        return _ranges(number for number, row_id in enumerate(self._model.ids) if row_id in chosen)


class TreeKeeper(QObject):
    """Brings expanded rows, current row and a selection of up to 1,000 rows back after a swap, by id."""

    def __init__(self, view: QTreeView, model: TreeModel) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._expanded: set[tuple[int, ...]] = set()
        self._current: tuple[int, ...] = ()
        self._selected: list[tuple[int, ...]] = []
        self._scrolled = 0
        view.expanded.connect(self._on_expanded)
        view.collapsed.connect(self._on_collapsed)
        model.children_loaded.connect(self._on_children_loaded)
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._restore)

    @Slot(QModelIndex)
    def _on_expanded(self, index: QModelIndex) -> None:
        self._expanded.add(self._model.path_of(index))
        self._model.fetchMore(index)  # a view that waits for its next layout would not ask yet

    @Slot(QModelIndex)
    def _on_collapsed(self, index: QModelIndex) -> None:
        self._expanded.discard(self._model.path_of(index))

    @Slot(QModelIndex)
    def _on_children_loaded(self, index: QModelIndex) -> None:
        if not self._model.hasChildren(index):
            self._view.scheduleDelayedItemsLayout()  # the view remembers carets until it lays out again

    @Slot()
    def _remember(self) -> None:
        self._current = self._model.path_of(self._view.currentIndex())
        self._selected = []
        self._scrolled = self._view.verticalScrollBar().value()
        selection = self._view.selectionModel().selection()
        if sum(part.height() for part in _parts(selection)) <= _MAX_KEPT_PATHS:
            rows = self._view.selectionModel().selectedRows()
            self._selected = [self._model.path_of(index) for index in rows]

    @Slot()
    def _restore(self) -> None:
        wanted, self._expanded = sorted(self._expanded, key=len), set()
        for path in wanted:
            index = self._model.index_of(path)
            if index.isValid():
                self._view.expand(index)
        selection = self._view.selectionModel()
        current = self._model.index_of(self._current)
        if current.isValid():
            selection.setCurrentIndex(current, QItemSelectionModel.SelectionFlag.NoUpdate)
        rows = QItemSelection()
        last_column = self._model.columnCount() - 1
        for path in self._selected:
            index = self._model.index_of(path)
            if index.isValid():
                rows.select(index, index.siblingAtColumn(last_column))
        selection.select(rows, _SELECT)
        self._view.verticalScrollBar().setValue(self._scrolled)


def _detach_selection(header: QHeaderView, model: IdListModel | TreeModel) -> None:
    # Painting a header asks every selected cell for its flags: 2.8 s after Ctrl+A on 200,000 rows. With a
    # selection model of its own the header sees an empty selection.
    header.setSelectionModel(QItemSelectionModel(model, header))
    header.setHighlightSections(False)


def _prepare_header(header: QHeaderView, columns: Iterable[Column]) -> None:
    header.setSectionsMovable(True)
    header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)  # or enabling sorting would sort at once
    header.setSectionsClickable(True)
    for section, column in enumerate(columns):
        header.resizeSection(section, room_for(column))


def _parts(selection: QItemSelection) -> list[QItemSelectionRange]:
    return [selection.at(number) for number in range(selection.count())]


def _ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        rows = [number for _, number in run]
        ranges.append((rows[0], rows[-1]))
    return ranges


def rows_selection(model: IdListModel | TreeModel, ranges: Iterable[tuple[int, int]]) -> QItemSelection:
    """The top-level rows of these (first, last) ranges. Thread: GUI."""
    last_column = model.columnCount() - 1
    selection = QItemSelection()
    for first, last in ranges:
        selection.select(model.index(first, 0), model.index(last, last_column))
    return selection
