"""The same values as a table, for people who read numbers and for screen readers."""

from collections.abc import Hashable
from operator import attrgetter

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from retrovue.core.i18n import _
from retrovue.gui.charts.data import ChartData, Mark
from retrovue.gui.tables.columns import RIGHT, ROW_ROLE, Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import DataTable, room_for

_VALUE_ROLE = ROW_ROLE + 10
"""What a column sorts by."""
_NAME_WIDTH = 110


def rows_of(data: ChartData) -> list[list[str]]:
    """Head and rows as people read them; a total where there are several series."""
    several = len(data.series) > 1
    head = [data.heading, *(series.name for series in data.series), *([_("Total")] if several else [])]
    made = [head]
    for mark in data.marks:
        values = [data.say(value) for value in mark.values]
        made.append([mark.full_name, *values, *([data.say(mark.total)] if several else [])])
    return made


def as_text(data: ChartData) -> str:
    """Rows with tabs between, as spreadsheets take them from the clipboard."""
    return "\n".join("\t".join(cell.replace("\t", " ") for cell in row) for row in rows_of(data))


class ChartTable(DataTable):
    """Marks as rows; Enter or a double click opens one. Thread: GUI."""

    opened = Signal(object)

    def __init__(self, name: str, data: ChartData, parent: QWidget | None = None) -> None:
        super().__init__(name=name, parent=parent)
        self._data = data
        self._source = ListModel(_columns(data), row_id=attrgetter("key", "full_name"), parent=self)
        self._source.set_rows(data.marks)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._source)
        self._sorted.setSortRole(_VALUE_ROLE)
        self.setModel(self._sorted)
        header = self.horizontalHeader()
        # The first column sorts by the order of the chart: weekdays and months are not in that of the alphabet.
        # What is in the order of its values, or of neither, has no arrow: it would say that names are in order.
        header.setSortIndicator(0 if data.by_name else -1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        header.setMinimumSectionSize(48)
        for place, column in enumerate(self._source.columns):
            self.setColumnWidth(place, room_for(column))
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.activated.connect(self._on_activated)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        mark = index.data(ROW_ROLE)
        key: Hashable = mark.key if isinstance(mark, Mark) else None
        if key is not None:
            self.opened.emit(key)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a small card the parts of a bar give way to its name and its total."""
        super().resizeEvent(event)
        last = len(self._source.columns) - 1
        rest = sum(room_for(column) for column in self._source.columns[1:])
        for place in range(1, last):
            self.setColumnHidden(place, self.viewport().width() < rest + _NAME_WIDTH)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies the whole table, heading included."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(as_text(self._data))
            return
        super().keyPressEvent(event)


def _columns(data: ChartData) -> list[Column]:
    order = {(mark.key, mark.full_name): number for number, mark in enumerate(data.marks)}

    def place(mark: Mark) -> int:
        return order[mark.key, mark.full_name]

    made = [
        Column(
            "name",
            data.heading,
            lambda mark: str(mark.full_name),
            width=110,
            tooltip=lambda mark: str(mark.full_name),
            roles={_VALUE_ROLE: place},
        )
    ]
    for number, series in enumerate(data.series):
        made.append(
            Column(
                f"value{number}",
                series.name,
                lambda mark, n=number: data.say(mark.values[n]),  # type: ignore[misc]
                RIGHT,
                width=72,
                roles={_VALUE_ROLE: lambda mark, n=number: mark.values[n]},  # type: ignore[misc]
            )
        )
    if len(data.series) > 1:
        by_total = {_VALUE_ROLE: attrgetter("total")}
        made.append(Column("total", _("Total"), lambda mark: data.say(mark.total), RIGHT, width=72, roles=by_total))
    return made
