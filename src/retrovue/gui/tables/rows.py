"""Small lists (servers, rules, runs): edited in place, so that views keep selection, scroll and focus."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, Protocol

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from retrovue.gui.tables.columns import ID_ROLE, Column, cell_data, header_data

Index = QModelIndex | QPersistentModelIndex
RowKey = Callable[[Any], Any]
_NO_INDEX = QModelIndex()


class _EditableModel(Protocol):
    """The part of QAbstractItemModel that an in-place edit needs."""

    dataChanged: Any  # noqa: N815 - Qt's name

    def beginRemoveRows(self, parent: Index, first: int, last: int) -> None: ...
    def endRemoveRows(self) -> None: ...
    def beginInsertRows(self, parent: Index, first: int, last: int) -> None: ...
    def endInsertRows(self) -> None: ...
    def beginMoveRows(self, source: Index, first: int, last: int, destination: Index, child: int) -> bool: ...
    def endMoveRows(self) -> None: ...
    def index(self, row: int, column: int, parent: Index = ...) -> QModelIndex: ...
    def columnCount(self, parent: Index = ...) -> int: ...


def edit_rows(
    model: _EditableModel, parent: QModelIndex, rows: list[Any], wanted: Sequence[Any], row_id: RowKey
) -> list[Any]:
    """Turn `rows`, the children of `parent` in `model`, into `wanted` with the signals Qt needs.

    Meant for lists of up to a few thousand rows whose order rarely changes: every row that moves is a
    move of its own. Ids must be unique in both lists.

    Returns:
        The ids that are gone. Thread: GUI.
    """
    gone = _remove_missing(model, parent, rows, {row_id(row) for row in wanted}, row_id)
    known = {row_id(row) for row in rows}
    changed: list[int] = []
    position = 0
    while position < len(wanted):
        row = wanted[position]
        if row_id(row) not in known:
            position = _insert_run(model, parent, rows, wanted, position, known, row_id)
            continue
        if row_id(rows[position]) != row_id(row):
            _move_here(model, parent, rows, position, row_id(row), row_id)
        if rows[position] != row:
            rows[position] = row
            changed.append(position)
        position += 1
    _tell_changed(model, parent, changed)
    return gone


def _remove_missing(
    model: _EditableModel, parent: QModelIndex, rows: list[Any], keep: set[Any], row_id: RowKey
) -> list[Any]:
    gone: list[Any] = []
    last = len(rows) - 1
    while last >= 0:
        if row_id(rows[last]) in keep:
            last -= 1
            continue
        first = last
        while first > 0 and row_id(rows[first - 1]) not in keep:
            first -= 1
        model.beginRemoveRows(parent, first, last)
        gone.extend(row_id(row) for row in rows[first : last + 1])
        del rows[first : last + 1]
        model.endRemoveRows()
        last = first - 1
    return gone


def _insert_run(
    model: _EditableModel,
    parent: QModelIndex,
    rows: list[Any],
    wanted: Sequence[Any],
    first: int,
    known: set[Any],
    row_id: RowKey,
) -> int:
    end = first
    while end < len(wanted) and row_id(wanted[end]) not in known:
        end += 1
    model.beginInsertRows(parent, first, end - 1)
    rows[first:first] = wanted[first:end]
    model.endInsertRows()
    return end


def _move_here(
    model: _EditableModel, parent: QModelIndex, rows: list[Any], position: int, wanted_id: Any, row_id: RowKey
) -> None:
    source = next(n for n in range(position + 1, len(rows)) if row_id(rows[n]) == wanted_id)
    model.beginMoveRows(parent, source, source, parent, position)
    rows.insert(position, rows.pop(source))
    model.endMoveRows()


def _tell_changed(model: _EditableModel, parent: QModelIndex, changed: Sequence[int]) -> None:
    last_column = model.columnCount(parent) - 1
    start = 0
    for number, position in enumerate(changed):
        if number + 1 == len(changed) or changed[number + 1] != position + 1:
            first = model.index(changed[start], 0, parent)
            model.dataChanged.emit(first, model.index(position, last_column, parent))
            start = number + 1


class ListModel(QAbstractTableModel):
    """A table of a small list of frozen dataclasses, keyed by id. Thread: GUI.

    Args:
        columns: what to show.
        row_id: the unique id of a row; any hashable.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        row_id: RowKey = attrgetter("id"),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._row_id = row_id
        self._rows: list[Any] = []

    @property
    def rows(self) -> tuple[Any, ...]:
        """All rows in order."""
        return tuple(self._rows)

    def set_rows(self, rows: Iterable[Any]) -> None:
        """Show `rows` in their order, touching only what differs. Ids must be unique."""
        edit_rows(self, QModelIndex(), self._rows, list(rows), self._row_id)

    def put_row(self, row: Any) -> None:
        """Replace the row with the same id, or append it."""
        number = self.row_of(self._row_id(row))
        if number < 0:
            self.set_rows([*self._rows, row])
        else:
            self.set_rows([*self._rows[:number], row, *self._rows[number + 1 :]])

    def remove_row(self, row_id: Any) -> None:
        """Remove the row with `row_id`, if it is there."""
        self.set_rows([row for row in self._rows if self._row_id(row) != row_id])

    def row_at(self, number: int) -> Any:
        """The row object of row `number`."""
        return self._rows[number]

    def row_of(self, row_id: Any) -> int:
        """The row number of `row_id`; -1 if it is not there."""
        return next((n for n, row in enumerate(self._rows) if self._row_id(row) == row_id), -1)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        number, section = index.row(), index.column()
        if not 0 <= number < len(self._rows) or not 0 <= section < len(self.columns):
            return None
        if role == ID_ROLE:
            return self._row_id(self._rows[number])
        return cell_data(self.columns[section], self._rows[number], role)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return header_data(self.columns, section, orientation, role)
