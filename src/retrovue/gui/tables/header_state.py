"""Which columns a view shows, how wide, in which order, sorted by what: kept from run to run."""

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QObject, QSettings, Qt, QTimer, Slot
from PySide6.QtWidgets import QHeaderView

from retrovue.core.i18n import language
from retrovue.gui.tables.columns import Column
from retrovue.gui.tables.views import room_for

VERSION = 1
_SAVE_DELAY_MS = 250


class HeaderState(QObject):
    """Restores the state of `header` on creation and saves it whenever a person changes it.

    State written under another version number, or for other columns, is not used: restoring it would put
    widths on the wrong columns. Each language has its own: what fits English words cuts longer ones.

    Args:
        header: of a view that has its model already; also the owner of this object.
        columns: the model's columns; their widths are the initial ones.
        settings: where to keep the state; not owned.
        view_name: one name per view and per kind of library, such as "files" or "library/shows".
        hidden: keys of columns that are hidden at first.
        sorted_by: key of the column that is sorted at first; None for none.
        descending: whether it is sorted downwards at first.
    """

    def __init__(
        self,
        header: QHeaderView,
        columns: Sequence[Column],
        *,
        settings: QSettings,
        view_name: str,
        hidden: frozenset[str] = frozenset(),
        sorted_by: str | None = None,
        descending: bool = False,
        version: int = VERSION,
    ) -> None:
        super().__init__(header)
        self._header = header
        self._keys = [column.key for column in columns]
        self._widths = [room_for(column) for column in columns]
        self._settings = settings
        self._group = f"columns/v{version}/{language()}/{view_name.replace('/', '.')}"
        self._hidden = hidden
        self.yielded: set[str] = set()
        """Columns that a narrow view hides by itself: they stay chosen, and are kept as shown."""
        self._sorted_by = sorted_by
        self._first_order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SAVE_DELAY_MS)
        self._timer.timeout.connect(self.save)
        if not self._restore():
            self._apply_defaults()
        header.sectionResized.connect(self._on_changed)
        header.sectionMoved.connect(self._on_changed)
        header.sortIndicatorChanged.connect(self._on_changed)

    def save(self) -> None:
        """Write the state now; called by itself shortly after a change. Thread: GUI."""
        self._timer.stop()
        self._settings.setValue(f"{self._group}/keys", ",".join(self._keys))
        self._header.blockSignals(True)
        for key in self.yielded:
            self._header.setSectionHidden(self._keys.index(key), False)
        self._settings.setValue(f"{self._group}/state", self._header.saveState())
        for key in self.yielded:
            self._header.setSectionHidden(self._keys.index(key), True)
        self._header.blockSignals(False)

    def reset(self) -> None:
        """Bring back the initial columns, widths, order and sort, and forget what was saved."""
        self._apply_defaults()
        self._timer.stop()
        self._settings.remove(self._group)

    def is_shown(self, key: str) -> bool:
        """Whether the column `key` is wanted; a narrow view may hide it for now."""
        return key in self.yielded or not self._header.isSectionHidden(self._keys.index(key))

    def show_column(self, key: str, *, shown: bool) -> None:
        """Show or hide the column `key`; the last visible column stays."""
        if shown or self._header.count() - self._header.hiddenSectionCount() > 1:
            self._header.setSectionHidden(self._keys.index(key), not shown)

    def _restore(self) -> bool:
        state = self._settings.value(f"{self._group}/state")
        keys = self._settings.value(f"{self._group}/keys")
        if not isinstance(state, QByteArray) or keys not in (",".join(self._keys), self._keys):
            return False
        return self._header.restoreState(state)

    def _apply_defaults(self) -> None:
        for section, key in enumerate(self._keys):
            self._header.moveSection(self._header.visualIndex(section), section)
            self._header.setSectionHidden(section, key in self._hidden)
            if key not in self._hidden:
                self._header.resizeSection(section, self._widths[section])
        sort = self._keys.index(self._sorted_by) if self._sorted_by is not None else -1
        self._header.setSortIndicator(sort, self._first_order)

    @Slot()
    def _on_changed(self) -> None:
        self._timer.start()
