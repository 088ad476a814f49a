"""The table of rules: one row each, six rows high at most."""

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyleOptionViewItem, QWidget

from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.pages.mapping.words import PROVEN_SHARE, RuleRow, conflict_states, percent, rule_look, rule_tooltip
from retrovue.gui.tables.cells import LOOK_ROLE, CellDelegate, StateDelegate
from retrovue.gui.tables.columns import RIGHT, ROW_ROLE, Column
from retrovue.gui.tables.path_cells import PathDelegate
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import ROW_RULES, DataTable, Index, room_for, room_for_words
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import at_least
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.menus import Menu
from retrovue.gui.widgets.states import StateLook

_MOST_ROWS = 6
_MOST_ROWS_NARROW = 4
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


class _ShareDelegate(CellDelegate):
    """A thin bar and per cent."""

    def paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        row = index.data(ROW_ROLE)
        active = tokens.of(self._view.palette())
        if not isinstance(row, RuleRow) or row.share is None:
            painter.setPen(active.color("text3"))
            painter.drawText(rect, _RIGHT, text.DASH)
            return
        words = index.data(Qt.ItemDataRole.DisplayRole)
        painter.setPen(active.color("text"))
        painter.drawText(rect, _RIGHT, words)
        widest = painter.fontMetrics().horizontalAdvance(percent(0.999))
        track = QRectF(rect.x(), rect.center().y() - 1.5, max(0, min(56, rect.width() - widest - 8)), 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(active.color("track"))
        painter.drawRoundedRect(track, 2, 2)
        painter.setBrush(active.color("success" if row.share >= PROVEN_SHARE else "warning"))
        painter.drawRoundedRect(QRectF(track.x(), track.y(), max(4.0, track.width() * row.share), 4), 2, 2)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(136, at_least(ROW_RULES, self._view.fontMetrics()))


class RulesTable(DataTable):
    """Rules of one server. Delete removes the chosen one, Enter edits it, Insert adds one."""

    remove_requested = Signal(object)
    edit_requested = Signal(object)
    add_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(row_height=ROW_RULES, name=_("Rules"), parent=parent)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._most = _MOST_ROWS
        self.rules = ListModel(_columns(), parent=self)
        self.setModel(self.rules)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        header = self.horizontalHeader()
        header.setSectionsMovable(False)
        for place, column in enumerate(self.rules.columns):
            self.setColumnWidth(place, room_for(column))
        for place in (1, 2):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
        self.setItemDelegateForColumn(1, PathDelegate(self, arrow=True))
        self.setItemDelegateForColumn(2, PathDelegate(self))
        self.setItemDelegateForColumn(5, _ShareDelegate(self, row_height=ROW_RULES))
        self.setItemDelegateForColumn(6, StateDelegate(self, row_height=ROW_RULES))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.activated.connect(self._on_activated)

    @property
    def current(self) -> RuleRow | None:
        """The chosen rule."""
        model = self.selectionModel()
        chosen = [index.row() for index in model.selectedRows()]
        if not chosen:
            return None
        row = model.currentIndex().row()
        current: RuleRow | None = self.rules.row_at(row if row in chosen else chosen[0])
        return current

    def choose(self, rule_id: int | None, *others: int) -> bool:
        """Select a rule, and mark others beside it; None selects none. False when there is no such rule."""
        model = self.selectionModel()
        if rule_id is None:
            model.clear()
            return True
        rows = [row for one in (rule_id, *others) if (row := self.rules.row_of(one)) >= 0]
        if not rows or rows[0] != self.rules.row_of(rule_id):
            return False
        flag = QItemSelectionModel.SelectionFlag
        model.setCurrentIndex(self.rules.index(rows[0], 0), flag.ClearAndSelect | flag.Rows)
        for row in rows[1:]:
            model.select(self.rules.index(row, 0), flag.Select | flag.Rows)
        return True

    def set_rows(self, rows: Sequence[RuleRow]) -> None:
        """Show rules, as high as they are."""
        self.rules.set_rows(rows)
        self._fit()

    def set_narrow(self, *, narrow: bool) -> None:
        """A small window has less room for rules: the preview is what people look at."""
        self._most = _MOST_ROWS_NARROW if narrow else _MOST_ROWS
        self._fit()
        # Where fewer rows are shown, the chosen one is one of them.
        QTimer.singleShot(0, self, self._show_current)

    def _show_current(self) -> None:
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def _fit(self) -> None:
        rows = min(max(1, self.rules.rowCount()), self._most)
        self.setFixedHeight(self.horizontalHeader().height() + self.verticalHeader().defaultSectionSize() * rows + 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete and Insert."""
        row = self.current
        if event.key() == Qt.Key.Key_Delete and row is not None:
            self.remove_requested.emit(row)
        elif event.key() == Qt.Key.Key_Insert:
            self.add_requested.emit()
        else:
            super().keyPressEvent(event)

    def _on_activated(self, index: QModelIndex) -> None:
        self.edit_requested.emit(self.rules.row_at(index.row()))

    def _show_menu(self, place: QPoint) -> None:
        index = self.indexAt(place)
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if index.isValid():
            row = self.rules.row_at(index.row())
            menu.addAction(_("Edit"), lambda: self.edit_requested.emit(row))
            menu.addAction(icons.icon("trash"), _("Remove rule"), lambda: self.remove_requested.emit(row))
            menu.addSeparator()
        menu.addAction(icons.icon("plus"), _("Add rule"), self.add_requested.emit)
        menu.popup(self.viewport().mapToGlobal(place))


class RulesCard(Card):
    """The table on its plate."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(padded=False, parent=parent)
        self.setAccessibleName(_("Rules"))
        self.table = RulesTable()
        self.body.setContentsMargins(0, 1, 0, 4)
        self.body.addWidget(self.table)


def scope_text(row: RuleRow) -> str:
    """What a rule applies to."""
    if row.view.mapping.library_id is None:
        return _("Whole server")
    return _("Library {name}").format(name=row.view.library or text.DASH)


def _columns() -> list[Column]:
    def server_path(row: RuleRow) -> str:
        return row.view.mapping.server_path

    def local_path(row: RuleRow) -> str:
        return row.view.mapping.local_path

    def look(row: RuleRow) -> StateLook:
        return rule_look(row, datetime.now(UTC))

    return [
        Column("number", _("#"), lambda row: str(row.number), align=RIGHT, width=44),
        Column("server_path", _("Server path"), server_path, width=240, tooltip=server_path),
        Column("local_path", _("Local path"), local_path, width=240, tooltip=local_path),
        Column("scope", _("Applies to"), scope_text, width=140, tooltip=scope_text),
        Column("files", _("Files"), lambda row: text.number(row.view.files), align=RIGHT, width=76),
        Column(
            "found",
            _("Found"),
            lambda row: text.DASH if row.share is None else percent(row.share),
            width=136,
            tooltip=rule_tooltip,
        ),
        Column(
            "state",
            _("Status"),
            lambda row: look(row).word,
            width=room_for_words(conflict_states(), least=150, most_chars=32, extra=24),
            tooltip=rule_tooltip,
            roles={LOOK_ROLE: look},
        ),
    ]
