"""How posters are sorted, which have no header to click."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QWidget

from retrovue.core.domain.browse import SortField
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.tables.columns import Column
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.menus import Menu


class SortButton(Button):
    """ "Sorted by title", with a menu of everything that can be sorted by. Thread: GUI."""

    chosen = Signal(str, bool)
    """The `SortField` and whether downwards."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("Sorted by title"), kind=ButtonKind.LINK, parent=parent)
        self.setFont(font(FontRole.SMALL))
        self._columns: Sequence[Column] = ()
        self._key = SortField.TITLE
        self._descending = False
        self._menu = Menu(self)
        self._menu.aboutToShow.connect(self._fill_choices)
        self.setMenu(self._menu)

    def show_order(self, columns: Sequence[Column], key: SortField, descending: bool) -> None:
        """Say what the list is sorted by; `columns` are offered."""
        self._columns = [column for column in columns if column.sort_key is not None]
        self._key, self._descending = key, descending
        name = next((column.title for column in self._columns if column.sort_key == key), "")
        pattern = _("Sorted by {column}, descending") if descending else _("Sorted by {column}")
        self.set_label(pattern.format(column=text.inside(name)))

    @Slot()
    def _fill_choices(self) -> None:
        menu = self._menu
        menu.clear()
        group = QActionGroup(menu)
        for column in self._columns:
            action = group.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(column.sort_key == self._key)
            action.triggered.connect(lambda _on, key=column.sort_key: self.chosen.emit(str(key), self._descending))
            menu.addAction(action)
        menu.addSeparator()
        direction = QActionGroup(menu)
        for descending, name in ((False, _("Ascending")), (True, _("Descending"))):
            action = direction.addAction(name)
            action.setCheckable(True)
            action.setChecked(self._descending is descending)
            action.triggered.connect(lambda _on, down=descending: self.chosen.emit(str(self._key), down))
            menu.addAction(action)
