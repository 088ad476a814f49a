"""The copies of a title: where each lies, what it takes, and what it counts for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QWidget

from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.cleanup.duplicatelist import title_of
from retrovue.gui.tables.cells import LOOK_ROLE, PAIR_ROLE, REASON_ROLE, PathPair, PathPairDelegate, StateDelegate
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import ROW_PAIR, DataTable, room_for
from retrovue.gui.theme import icons
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.states import StateLook

if TYPE_CHECKING:
    from retrovue.core.services.files.duplicates import Copy, DuplicateGroup


@dataclass(frozen=True)
class CopyRow:
    """A copy as the table shows it. `is_largest`: the one that stays in every sum."""

    id: int
    copy: "Copy"
    is_largest: bool

    @property
    def local_path(self) -> str | None:
        """Of its first part."""
        return self.copy.files[0].local_path if self.copy.files else None


def copy_rows(group: "DuplicateGroup") -> list[CopyRow]:
    """The copies in the order of the report; the largest that counts is the one that stays."""
    largest = next((place for place, copy in enumerate(group.copies) if copy.counts), -1)
    return [CopyRow(place, copy, place == largest) for place, copy in enumerate(group.copies)]


def copy_look(row: CopyRow) -> StateLook:
    """What a copy counts for."""
    if row.copy.is_missing:
        return StateLook("x-circle-fill", "danger", _("Missing"))
    if row.copy.is_shared:
        return StateLook("user", "text2", _("Shared with you"))
    if row.copy.is_other_cut:
        return StateLook("question", "warning", _("Possibly another version"))
    if row.copy.is_doubtful:
        return StateLook("question", "warning", _("Possibly the same file"))
    if row.is_largest:
        return StateLook("check-circle-fill", "success", _("Largest copy"))
    return StateLook("stack", "text2", _("Other copy"))


def copy_reason(row: CopyRow) -> str:
    """The short line below."""
    if row.copy.is_missing:
        return _("missing: frees nothing")
    if row.copy.is_shared:
        return _("not yours: never counted")
    if row.copy.is_other_cut:
        return _("different length or edition: frees nothing")
    if row.copy.is_doubtful:
        return _("unmapped: frees nothing") if row.local_path is None else _("disk not checked: frees nothing")
    if row.is_largest:
        return _("always counted")
    return _("could free {size}").format(size=text.size(row.copy.size_bytes))


def copy_pair(row: CopyRow) -> PathPair:
    """The server's path above, the local one below."""
    file = row.copy.files[0]
    return PathPair(file.server_path, file.local_path or _("no rule maps it to this computer"))


def copy_tooltip(row: CopyRow) -> str:
    """Every path of every server, and the local ones."""
    lines = [f"{one.server} · {one.library}: {path}" for one in row.copy.listings for path in one.server_paths]
    lines += [file.local_path for file in row.copy.files if file.local_path is not None]
    return "\n".join(lines)


def copy_where(row: CopyRow) -> str:
    """Libraries that list it; a file that two servers reach is in both."""
    return " + ".join(f"{library} · {server}" for server, library in row.copy.places)


def _size_words(row: CopyRow) -> str:
    parts = len(row.copy.files)
    size = text.size(row.copy.size_bytes)
    if parts <= 1:
        return size
    return _("{size}, {n} parts").format(size=size, n=text.number(parts))


def _id_words(group: "DuplicateGroup") -> str:
    """The id that people know a title by; there is room for one."""
    known = {one.provider: one for one in group.ids}
    first = next((known[name] for name in ("tmdb", "tvdb", "imdb") if name in known), None)
    return "" if first is None else str(first)


class CopiesCard(Card):
    """Shows the copies of one title.

    Signals:
        open_wanted: the title, in the Library. show_wanted: a local path, in the file manager.
    """

    open_wanted = Signal()
    show_wanted = Signal(str)
    copied = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("Copies"), " ", padded=False, parent=parent)
        self.group: DuplicateGroup | None = None
        self.show_button = Button(_("Show in folder"), icon="folder-open")
        self.show_button.clicked.connect(self._on_show)
        self.open_button = Button(_("Open in Library"), icon="film-strip")
        self.open_button.clicked.connect(self.open_wanted)
        if self.head is not None:
            self.head.add_widget(self.show_button)
            self.head.add_widget(self.open_button)
            self.head.setContentsMargins(14, 6, 8, 6)
        self.table = DataTable(row_height=ROW_PAIR, name=_("Copies"))
        self.model = ListModel(_columns(), parent=self)
        self.table.setModel(self.model)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        header.setSectionsMovable(False)
        for place, column in enumerate(self.model.columns):
            self.table.setColumnWidth(place, room_for(column))
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.setItemDelegateForColumn(0, PathPairDelegate(self.table))
        self.table.setItemDelegateForColumn(4, StateDelegate(self.table, row_height=ROW_PAIR))
        self.table.selectionModel().selectionChanged.connect(lambda _on, _off: self._show_buttons())
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.body.addWidget(self.table)
        self._show_buttons()

    @property
    def current(self) -> CopyRow | None:
        """The chosen copy."""
        index = self.table.currentIndex()
        return self.model.row_at(index.row()) if index.isValid() else None

    def show_group(self, group: "DuplicateGroup | None") -> None:
        """Show the copies of another title."""
        if group == self.group:
            return
        self.group = group
        rows = [] if group is None else copy_rows(group)
        # Rows of another title have the same numbers: they are no changes of the ones before.
        self.model.set_rows([])
        self.model.set_rows(rows)
        if self.head is not None:
            self.head.set_title(_("Copies") if group is None else _("Copies of {title}").format(title=title_of(group)))
            self.head.set_remark("" if group is None else _id_words(group))
        if rows:
            self.table.selectRow(0)
        self._show_buttons()

    def _show_buttons(self) -> None:
        row = self.current
        self.open_button.setEnabled(self.group is not None)
        self.show_button.setEnabled(row is not None and row.local_path is not None)
        mapped = row is None or row.local_path is not None
        self.show_button.setToolTip("" if mapped else _("No rule maps this copy to this computer."))

    @Slot()
    def _on_show(self) -> None:
        row = self.current
        if row is not None and row.local_path is not None:
            self.show_wanted.emit(row.local_path)

    def _copy(self, paths: list[str]) -> None:
        QGuiApplication.clipboard().setText("\n".join(paths))
        n = len(paths)
        self.copied.emit(ngettext("Path copied.", "{n} paths copied.", n).format(n=text.number(n)))

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        row = self.current
        if row is None:
            return
        local = [file.local_path for file in row.copy.files if file.local_path is not None]
        server = [file.server_path for file in row.copy.files]
        menu = QMenu(self)
        menu.addAction(icons.icon("folder-open"), _("Show in folder"), self._on_show).setEnabled(bool(local))
        menu.addAction(icons.icon("desktop"), _("Copy local path"), lambda: self._copy(local)).setEnabled(bool(local))
        menu.addAction(icons.icon("hard-drives"), _("Copy server path"), lambda: self._copy(server))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.table.viewport().mapToGlobal(place))


def _columns() -> list[Column]:
    return [
        Column(
            "paths",
            _("Paths"),
            lambda row: " → ".join((row.copy.files[0].server_path, row.local_path or _("no rule"))),
            width=300,
            tooltip=copy_tooltip,
            roles={PAIR_ROLE: copy_pair},
        ),
        Column("where", _("Listed in"), copy_where, width=190, tooltip=copy_where),
        Column("resolution", _("Resolution"), lambda row: row.copy.resolution or text.DASH, width=92),
        Column("size", _("Size"), _size_words, align=RIGHT, width=84),
        Column(
            "counts",
            _("Counts as"),
            lambda row: copy_look(row).word,
            width=190,
            tooltip=lambda row: f"{copy_look(row).word}: {copy_reason(row)}",
            roles={LOOK_ROLE: copy_look, REASON_ROLE: copy_reason},
        ),
    ]
