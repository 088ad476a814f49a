"""The libraries of a server: which are on, what they hold, when they were synced."""

from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QActionGroup, QIcon, QPainter
from PySide6.QtWidgets import QHeaderView, QWidget

from retrovue.core.domain.servers import Library, LibraryKind, SyncMode
from retrovue.core.i18n import _
from retrovue.core.services.words import library_kind
from retrovue.gui import text
from retrovue.gui.tables.cells import CellDelegate
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import DataTable, Index, room_for, room_for_dates, room_for_words
from retrovue.gui.theme import icons, tokens
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.menus import Menu

_MODE = 5
_CARET_ROOM = 16


class ChoiceDelegate(CellDelegate):
    """A text with a caret: a click opens what can be chosen."""

    def paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Paint text and caret."""
        active = tokens.of(self._view.palette())
        can = bool(index.flags() & Qt.ItemFlag.ItemIsEnabled)
        ink = active.color("text" if can else "text3")
        painter.setPen(ink)
        room = rect.adjusted(0, 0, -_CARET_ROOM if can else 0, 0)
        said = painter.fontMetrics().elidedText(index.data() or "", Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), said)
        if can:
            place = QRect(rect.right() - 11, rect.center().y() - 5, 12, 12)
            icons.paint(painter, place, "caret-down", active.color("text2"))


def mode_name(library: Library, plan: str) -> str:
    """When a library is synced without being asked, or why it is not.

    Args:
        plan: what the schedule of all libraries does, for those that follow it.
    """
    if not library.kind.is_imported:
        return _("Not supported yet")
    if library.unavailable_since is not None:
        return _("Unavailable")
    if not library.is_enabled:
        return _("Off")
    return plan if library.sync_mode is SyncMode.AUTOMATIC else mode_text(library.sync_mode)


def mode_text(mode: SyncMode) -> str:
    """A sync mode in words."""
    return {
        SyncMode.AUTOMATIC: _("As scheduled"),
        SyncMode.DAILY: _("Daily"),
        SyncMode.BY_HAND: _("Manual only"),
    }[mode]


def _kind_words() -> list[str]:
    """Everything that the second column can say."""
    return [library_kind(kind) for kind in LibraryKind]


def _mode_words() -> list[str]:
    """Everything that the last column can say."""
    return [_("Not supported yet"), _("Unavailable"), _("Off"), *map(mode_text, SyncMode), text.sync_plan("every", 24)]


def _roots_text(library: Library) -> str:
    if not library.roots:
        return text.DASH
    first, more = library.roots[0].path, len(library.roots) - 1
    return first if more == 0 else f"{first} +{more}"


class _LibraryModel(ListModel):
    """Adds the check box of the first column; the page stores what is ticked."""

    toggled = Signal(object, bool)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # type: ignore[override]
        """The check state besides what every list answers."""
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == 0:
            library = self.row_at(index.row())
            on = library.is_enabled and library.kind.is_imported
            return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        return super().data(index, role)

    def setData(self, index: QModelIndex, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:  # type: ignore[override]
        """A click on the box; the box moves when the store has it."""
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != 0:
            return False
        self.toggled.emit(self.row_at(index.row()), Qt.CheckState(value) is Qt.CheckState.Checked)
        return True

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:  # type: ignore[override]
        """Kinds that are not imported cannot be ticked. (A handful of rows: Python may answer here.)"""
        library = self.row_at(index.row())
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        if not library.kind.is_imported:
            return Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else flags


class LibrariesCard(Card):
    """The table of libraries."""

    toggled = Signal(object, bool)
    """(library, on)"""
    mode_chosen = Signal(object, object)
    """(library, SyncMode)"""
    sync_requested = Signal(object)
    """A library to sync now."""
    forget_requested = Signal(object)
    """A library that the server lists no more, to let go of."""

    def __init__(self, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(padded=False, parent=parent)
        self.setAccessibleName(_("Libraries"))
        self._plan = ""
        kinds = room_for_words(_kind_words(), most_chars=18)
        modes = room_for_words(_mode_words(), most_chars=24)
        yesterday = text.when_cell(now() - timedelta(days=1), now())
        columns = [
            Column("name", _("Library"), lambda lib: lib.name, width=150, icon=_icon, tooltip=_roots_tip),
            Column("kind", _("Type"), lambda lib: library_kind(lib.kind), width=kinds),
            Column("items", _("Items"), lambda lib: text.number(lib.items) if lib.items else text.DASH, RIGHT, 64),
            Column(
                "roots",
                _("Folders"),
                _roots_text,
                width=160,
                tooltip=_roots_tip,
            ),
            Column(
                "last",
                _("Last synced"),
                lambda lib: text.when_cell(lib.last_sync_at, now()),
                RIGHT,
                max(room_for_dates(least=104), room_for_words([yesterday], most_chars=24)),
                tooltip=lambda lib: text.exact(lib.last_sync_at),
            ),
            Column("mode", _("Sync"), self._mode, width=modes + _CARET_ROOM, tooltip=self._mode_tip),
        ]
        self.model = _LibraryModel(columns, parent=self)
        self.model.toggled.connect(self.toggled)
        self.table = DataTable(name=_("Libraries"))
        self.table.setModel(self.model)
        for place, column in enumerate(columns):
            self.table.setColumnWidth(place, room_for(column))
        # The card is as high as its rows: the page scrolls, not the table.
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._open_menu)
        self.table.setItemDelegateForColumn(_MODE, ChoiceDelegate(self.table))
        self.table.activated.connect(self._on_activated)
        self.table.clicked.connect(self._on_clicked)
        self.body.addWidget(self.table)

    def set_libraries(self, libraries: list[Library], plan: str) -> None:
        """Show these libraries and make the card just as high as they need.

        Args:
            plan: what the schedule does with those that follow it.
        """
        self._plan = plan
        self.model.set_rows(libraries)
        rows = max(1, len(libraries))
        height = self.table.horizontalHeader().sizeHint().height()
        height += rows * self.table.verticalHeader().defaultSectionSize() + 10
        self.table.setFixedHeight(height)

    def show_roots(self, *, shown: bool) -> None:
        """In a narrow window the roots give way (the tooltip of a name still tells them)."""
        self.table.setColumnHidden(3, not shown)
        stretched = 3 if shown else 0
        for section in (0, 3):
            mode = QHeaderView.ResizeMode.Stretch if section == stretched else QHeaderView.ResizeMode.Interactive
            self.table.horizontalHeader().setSectionResizeMode(section, mode)
        if shown:
            # What it had stretched to in a narrow window would push the others out.
            self.table.setColumnWidth(0, room_for(self.model.columns[0]))

    def _mode(self, library: Library) -> str:
        return mode_name(library, self._plan)

    def _mode_tip(self, library: Library) -> str:
        if library.unavailable_since is not None:
            return _("The server has not listed this library since {date}. Everything stored is kept.").format(
                date=text.exact(library.unavailable_since)
            )
        return self._mode(library)

    def _on_clicked(self, index: QModelIndex) -> None:
        """The mode is a choice in its cell."""
        if index.column() == _MODE:
            self._open_menu(self.table.visualRect(index).bottomLeft() - QPoint(0, 1))

    def _on_activated(self, index: QModelIndex) -> None:
        if index.isValid():
            self._open_menu(self.table.visualRect(index).bottomLeft())

    def _open_menu(self, place: QPoint) -> None:
        index = self.table.indexAt(place)
        if not index.isValid():
            return
        library = self.model.row_at(index.row())
        if not library.kind.is_imported:
            return
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sync = menu.addAction(icons.icon("arrows-clockwise"), _("Sync this library now"))
        sync.triggered.connect(lambda: self.sync_requested.emit(library))
        menu.addSeparator()
        modes = QActionGroup(menu)
        for mode in SyncMode:
            said = mode_text(mode)
            action = menu.addAction(f"{said} ({self._plan})" if mode is SyncMode.AUTOMATIC else said)
            action.setCheckable(True)
            action.setChecked(library.sync_mode is mode)
            modes.addAction(action)
            action.triggered.connect(lambda _checked=False, mode=mode: self.mode_chosen.emit(library, mode))
        if library.unavailable_since is not None:
            menu.addSeparator()
            forget = menu.addAction(icons.icon("trash"), _("Forget this library…"))
            forget.triggered.connect(lambda: self.forget_requested.emit(library))
        menu.popup(self.table.viewport().mapToGlobal(place))


def _icon(library: Library) -> QIcon:
    names = {LibraryKind.MOVIES: "film-slate", LibraryKind.SHOWS: "television", LibraryKind.MUSIC: "music-note"}
    name = names.get(library.kind, "folder-open")
    return icons.icon(name if name in icons.icon_names() else "film-strip")


def _roots_tip(library: Library) -> str | None:
    return "\n".join(root.path for root in library.roots) or None
