"""The table of a large listing: any number of rows for the price of their ids."""

import dataclasses
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot

from retrovue.gui.tables.columns import ID_ROLE, Column, cell_data, header_data, placeholder_data
from retrovue.gui.tables.pages import PAGE_ROWS, ListAnswer, RowPages, RowSource
from retrovue.gui.work.tasks import TaskRunner

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


def replace_sort(query: Any, sort_key: str, descending: bool) -> Any:
    """A copy of the frozen dataclass `query` with its fields `sort_key` and `descending` replaced."""
    return dataclasses.replace(query, sort_key=sort_key, descending=descending)


class IdListModel(QAbstractTableModel):
    """Rows by number, from an id list and a page cache. Lives on the GUI thread, reads on the query lane.

    The list is swapped in by a model reset, since persistent indexes for a selection of 200,000 rows would
    cost more than the query; `view.prepare_table` keeps current row and selection by id across it.

    Signals:
        listed: a query's ids are in; counts and selection may be read again.
        failed(error): a read raised; the former content stays.
        loading_changed(bool): an id list is on its way, or no longer.

    Args:
        source: reads ids and rows.
        runner: runs the reads; its change sets of `kinds` refresh the list.
        row_id: the id of a row object.
        sort_query: (query, sort_key, descending) → query, used when a header is clicked.
    """

    listed = Signal()
    failed = Signal(object)
    loading_changed = Signal(bool)

    # Qt asks every cell of a selection for its flags: overriding flags() here makes Ctrl+A take 17 s.

    def __init__(
        self,
        columns: Sequence[Column],
        source: RowSource,
        runner: TaskRunner,
        *,
        row_id: Callable[[Any], int] = attrgetter("id"),
        kinds: frozenset[str] = frozenset(),
        sort_query: Callable[[Any, str, bool], Any] = replace_sort,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._sort_query = sort_query
        self._pages = RowPages(source, runner, row_id=row_id, kinds=kinds, parent=self)
        self._pages.listed.connect(self._on_listed)
        self._pages.loaded.connect(self._on_loaded)
        self._pages.failed.connect(self.failed)
        self._pages.loading_changed.connect(self.loading_changed)

    @property
    def ids(self) -> Sequence[int]:
        """All ids in order. Read only."""
        return self._pages.ids

    @property
    def query(self) -> Any:
        """The query whose ids are shown; None before the first."""
        return self._pages.query

    @property
    def is_loading(self) -> bool:
        """Whether an id list is on its way."""
        return self._pages.is_loading

    def set_query(self, query: Any) -> None:
        """Show what `query` finds, once it is here; the former content stays until then."""
        self._pages.request(query)

    def refresh(self) -> None:
        """Ask the same query again."""
        self._pages.refresh()

    def row_at(self, number: int) -> Any | None:
        """The row object of row `number`; None while it is loading."""
        return self._pages.row(number)

    def row_of(self, row_id: int) -> int:
        """The row number of `row_id`; -1 if it is not listed."""
        return self._pages.row_number(row_id)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._pages.ids)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        number, section = index.row(), index.column()
        if not 0 <= number < len(self._pages.ids) or not 0 <= section < len(self.columns):
            return None
        if role == ID_ROLE:
            return self._pages.ids[number]
        row = self._pages.row(number)
        if row is None:
            return placeholder_data(self.columns[section], section == 0, role)
        return cell_data(self.columns[section], row, role)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return header_data(self.columns, section, orientation, role)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Ask the query again in the order of `column`; columns without a sort key do nothing."""
        if self._pages.asked is None or not 0 <= column < len(self.columns):
            return
        sort_key = self.columns[column].sort_key
        if sort_key is not None:
            descending = order == Qt.SortOrder.DescendingOrder
            self.set_query(self._sort_query(self._pages.asked, sort_key, descending))

    @Slot(object)
    def _on_listed(self, listing: ListAnswer) -> None:
        if listing.ids == self._pages.ids:
            self._pages.take(listing)
            for page in listing.pages:
                self._on_loaded(page * PAGE_ROWS, min((page + 1) * PAGE_ROWS, len(self.ids)) - 1)
        else:
            self.beginResetModel()
            self._pages.take(listing)
            self.endResetModel()
        self.listed.emit()

    @Slot(int, int)
    def _on_loaded(self, first: int, last: int) -> None:
        if self.columns and 0 <= first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))
