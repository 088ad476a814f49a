"""What a column shows, and the data roles that every model answers in the same way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon

from retrovue.core.i18n import _
from retrovue.gui.widgets.tips import plain_tip

ROW_ROLE = int(Qt.ItemDataRole.UserRole)
"""The row object behind an index; None while it is loading."""
ID_ROLE = ROW_ROLE + 1
"""The id behind an index; known even while the row is loading."""

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTER = Qt.AlignmentFlag.AlignCenter

PLACEHOLDER = "…"

# Plain integers: Qt asks for ten roles per cell, and comparing enum members costs more than the answer.
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_DECORATION = int(Qt.ItemDataRole.DecorationRole)
_TOOLTIP = int(Qt.ItemDataRole.ToolTipRole)
_ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)
_ACCESSIBLE = int(Qt.ItemDataRole.AccessibleTextRole)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table or tree.

    Args:
        key: stable name, used for saved column state; never shown.
        title: translated header text.
        text: the cell's text for a row object; formats, never computes.
        align: of cells and header.
        width: initial width in pixels.
        tooltip: the cell's tooltip for a row object; may return None.
        icon: the cell's icon for a row object; may return None.
        sort_key: what a query sorts by; None if the column cannot be sorted.
        roles: what delegates ask for besides: data role to a function of the row object.
    """

    key: str
    title: str
    text: Callable[[Any], str]
    align: Qt.AlignmentFlag = LEFT
    width: int = 120
    tooltip: Callable[[Any], str | None] | None = None
    icon: Callable[[Any], QIcon | None] | None = None
    sort_key: str | None = None
    roles: Mapping[int, Callable[[Any], object]] = field(default_factory=dict, hash=False)


def cell_data(column: Column, row: Any, role: int) -> object:
    """What `column` answers to `role` for a loaded `row`. Thread: GUI."""
    if role == _DISPLAY:
        return column.text(row)
    if role == _ALIGNMENT:
        return column.align
    if role == _DECORATION:
        return column.icon(row) if column.icon else None
    if role == _TOOLTIP:
        said = column.tooltip(row) if column.tooltip else None
        return None if said is None else plain_tip(said)
    if role == _ACCESSIBLE:
        value = column.text(row) or _("empty")
        return f"{column.title}: {value}"
    if role == ROW_ROLE:
        return row
    special = column.roles.get(role)
    return None if special is None else special(row)


def placeholder_data(column: Column, is_first: bool, role: int) -> object:
    """What `column` answers to `role` while its row is loading. Thread: GUI."""
    if role == _DISPLAY:
        return PLACEHOLDER if is_first else ""
    if role == _ALIGNMENT:
        return column.align
    if role == _ACCESSIBLE:
        return _("Loading")
    return None


def header_data(columns: Sequence[Column], section: int, orientation: Qt.Orientation, role: int) -> object:
    """The header's title, alignment and tooltip; None elsewhere. Thread: GUI."""
    if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(columns):
        return None
    if role in (_DISPLAY, _ACCESSIBLE, _TOOLTIP):
        return columns[section].title
    return columns[section].align if role == _ALIGNMENT else None
