"""Shows or movies as posters, in columns that fill the width."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from retrovue.core.domain.browse import BrowseQuery, ItemRow, SortField, View
from retrovue.core.domain.media import FileState, ItemKind
from retrovue.core.services.catalog.picked import Picked
from retrovue.core.services.words import file_state
from retrovue.gui.pages.library.columns import columns_of, look_of, worst_state
from retrovue.gui.pages.library.pictures import Pictures
from retrovue.gui.pages.library.sources import CatalogSource, sort_query
from retrovue.gui.pages.library.status import TILE_FIRST
from retrovue.gui.pages.library.views import FileDrag, ListPane
from retrovue.gui.tables.columns import ROW_ROLE
from retrovue.gui.tables.header_state import HeaderState
from retrovue.gui.tables.id_list import IdListModel
from retrovue.gui.tables.view import TableKeeper, selected_ids
from retrovue.gui.tables.views import Index
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, font, paint_focus_ring
from retrovue.gui.theme.tokens import Tokens
from retrovue.gui.widgets.focus import KeyboardFocus
from retrovue.gui.widgets.states import file_look, paint_kind_tile
from retrovue.gui.widgets.tips import plain_tip
from retrovue.gui.work.tasks import TaskRunner

if TYPE_CHECKING:
    from retrovue.core.context import AppContext

_GAP_MIN, _GAP_MAX = 16, 32
_MARGIN = 24
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_PROBLEMS = (FileState.MISSING, FileState.SIZE_DIFFERS, FileState.UNREACHABLE)
_BADGE_INK = {"danger": "#F3988F", "warning": "#E7B25E"}


class PosterGrid(FileDrag, KeyboardFocus, QListView):
    """One column of a model as tiles. Thread: GUI.

    Icon mode of Qt keeps a record per item; list mode with wrapping and one size for all needs only arithmetic, which
    matters with 200,000 rows.
    """

    def __init__(self, pictures: Pictures, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.tile_width = TILE_FIRST
        self.gap = _GAP_MIN
        self.hovered = QModelIndex()
        self.has_tiles = False
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # A bar that comes and goes would change the columns, which would make it go and come.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setMouseTracking(True)
        self.setFont(font(FontRole.BODY))
        self.setItemDelegate(TileDelegate(self, pictures))
        self.verticalScrollBar().setSingleStep(40)

    @property
    def tile(self) -> QSize:
        """The poster's size."""
        return QSize(self.tile_width, self.tile_width * 3 // 2)

    @property
    def cell(self) -> QSize:
        """Poster, two lines of text, and the gap."""
        return QSize(self.tile_width + self.gap, self.tile.height() + 2 * self.fontMetrics().height() + 30)

    def set_tile_width(self, width: int) -> None:
        """Larger or smaller tiles; what is in the middle of the screen stays in sight."""
        if width == self.tile_width:
            return
        middle = self.indexAt(self.viewport().rect().center())
        self.tile_width = width
        self._fit()
        if middle.isValid():
            self.scrollTo(middle, QAbstractItemView.ScrollHint.PositionAtCenter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the width with as many columns as fit."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = max(1, self.width() - self.verticalScrollBar().sizeHint().width() - 2 * _MARGIN + _GAP_MIN)
        columns = max(1, room // (self.tile_width + _GAP_MIN))
        spare = room - _GAP_MIN - columns * self.tile_width
        self.gap = max(_GAP_MIN, min(_GAP_MAX, spare // max(1, columns - 1)))
        self.setViewportMargins(_MARGIN - self.gap // 2, 8, 0, 0)
        self.setGridSize(self.cell)
        self.scheduleDelayedItemsLayout()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        self._hover(self.indexAt(event.position().toPoint()))
        super().mouseMoveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """The pointer is gone."""
        if event.type() == QEvent.Type.Leave:
            self._hover(QModelIndex())
        return super().viewportEvent(event)

    def _hover(self, index: QModelIndex) -> None:
        if index != self.hovered:
            self.hovered = index
            self.viewport().update()


class TileDelegate(QStyledItemDelegate):
    """A poster of 2:3, badges on it, title and year below."""

    def __init__(self, grid: PosterGrid, pictures: Pictures) -> None:
        super().__init__(grid)
        self._grid = grid
        self._pictures = pictures

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One size for all."""
        return self._grid.cell

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the tile."""
        active = tokens.of(self._grid.palette())
        row = index.data(ROW_ROLE)
        tile = self._grid.tile
        place = QRect(option.rect.topLeft() + QPoint(self._grid.gap // 2, 8), tile)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not isinstance(row, ItemRow):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(active.color("hover"))
            painter.drawRoundedRect(place, 4, 4)
            painter.restore()
            return
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        picture = self._pictures.poster(row.title, row.server_id, row.artwork, tile, ratio)
        painter.drawPixmap(place.topLeft(), picture)
        self._paint_frame(painter, place, option, index, active)
        self._paint_badges(painter, place, row)
        self._paint_words(painter, place, row, active)
        painter.restore()

    def _paint_frame(
        self, painter: QPainter, place: QRect, option: QStyleOptionViewItem, index: Index, active: Tokens
    ) -> None:
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(active.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(place).adjusted(-3, -3, 3, 3), 6, 6)
        elif self._grid.hovered == index:
            painter.setPen(QPen(active.color("control"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(place).adjusted(-1.5, -1.5, 1.5, 1.5), 5, 5)
        if self._grid.shows_focus and self._grid.currentIndex() == index:
            paint_focus_ring(painter, QRectF(place).adjusted(-7, -7, 7, 7), active.color("accent"), 8)

    def _paint_badges(self, painter: QPainter, place: QRect, row: ItemRow) -> None:
        watched = row.watched >= row.episodes > 0 if row.kind is ItemKind.SHOW else bool(row.watched)
        if watched:
            disc = QRect(place.x() + 7, place.y() + 7, 17, 17)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.DARK.color("rail"))
            painter.drawEllipse(disc)
            icons.paint(painter, disc.adjusted(3, 3, -3, -3), "check", tokens.DARK.color("text"))
        worst = worst_state(row.states)
        if worst in _PROBLEMS:
            look = file_look(worst.value)
            self._paint_badge(painter, place, file_state(worst), look.icon, _BADGE_INK[look.tone])
        elif row.resolution in ("2160p", "4K", "4k"):
            self._paint_badge(painter, place, "4K", "", "")

    def _paint_badge(self, painter: QPainter, place: QRect, words: str, icon: str, ink: str) -> None:
        small = font(FontRole.CAPTION)
        small.setWeight(small.Weight.DemiBold)
        painter.setFont(small)
        metrics = painter.fontMetrics()
        width = metrics.horizontalAdvance(words) + 10 + (16 if icon else 0)
        plate = QRect(place.right() - width - 5, place.y() + 6, width, metrics.height() + 3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.DARK.color("rail"))
        painter.drawRoundedRect(plate, 4, 4)
        words_at = plate.adjusted(5, 0, -5, 0)
        if icon:
            icons.paint(painter, QRect(plate.x() + 5, plate.center().y() - 5, 12, 12), icon, QColor(ink))
            words_at.adjust(16, 0, 0, 0)
        painter.setPen(tokens.DARK.color("text"))
        painter.drawText(words_at, _LEFT, words)

    def _paint_words(self, painter: QPainter, place: QRect, row: ItemRow, active: Tokens) -> None:
        painter.setFont(self._grid.font())
        metrics = painter.fontMetrics()
        line = QRect(place.x(), place.bottom() + 10, place.width(), metrics.height())
        painter.setPen(active.color("text"))
        painter.drawText(line, _LEFT, metrics.elidedText(row.title, Qt.TextElideMode.ElideRight, line.width()))
        line.translate(0, metrics.height() + 1)
        painter.setPen(active.color("text2"))
        painter.drawText(line, _LEFT, str(row.year) if row.year else "")
        if self._grid.has_tiles:
            tile = QRect(line.right() - 13, line.center().y() - 6, 14, 14)
            paint_kind_tile(painter, tile, row.server_kind, active)

    def helpEvent(self, event: Any, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        """The tooltip has what the tile has no room for."""
        row = index.data(ROW_ROLE)
        if isinstance(row, ItemRow):
            look = look_of(row)
            view.setToolTip(
                plain_tip("\n".join(part for part in (row.title, row.server, look.word if look else "") if part))
            )
        return bool(super().helpEvent(event, view, option, index))


class GridPane(QObject):
    """The posters of a view; the same questions and signals as `ListPane`. Thread: GUI.

    Args:
        table: the list of the same view: posters follow its order and its columns are what is copied.
    """

    listed = Signal()
    failed = Signal(object)
    selection_changed = Signal()
    opened = Signal()
    copy_requested = Signal()
    menu_requested = Signal(QPoint)

    def __init__(
        self,
        view_kind: View,
        table: ListPane,
        context: "AppContext",
        runner: TaskRunner,
        pictures: Pictures,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.kind = view_kind
        self._table = table
        self.source = CatalogSource(context, view_kind)
        columns = columns_of(view_kind)
        self.model = IdListModel(columns, self.source, runner, sort_query=sort_query, parent=self)
        self.view = view = PosterGrid(pictures, table.view.accessibleName())
        view.setModel(self.model)
        self._keeper = TableKeeper(view, self.model)  # type: ignore[arg-type]
        view.on_open = self.opened.emit
        view.on_copy = self.copy_requested.emit
        view.doubleClicked.connect(lambda _index: self.opened.emit())
        view.selectionModel().selectionChanged.connect(self.selection_changed)
        view.selectionModel().currentChanged.connect(self.selection_changed)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(
            lambda place: self.menu_requested.emit(view.viewport().mapToGlobal(place))
        )
        self.model.listed.connect(self.listed)
        self.model.failed.connect(self.failed)

    def show_servers(self, count: int) -> None:
        """With one server its tile says nothing."""
        self.view.has_tiles = count > 1
        self.view.viewport().update()

    @property
    def header(self) -> QHeaderView:
        """The header of the table."""
        return self._table.header

    @property
    def columns_state(self) -> HeaderState:
        """The column state of the table."""
        return self._table.columns_state

    @property
    def count(self) -> int:
        """How many tiles there are."""
        return self.model.rowCount()

    def order(self) -> tuple[SortField, bool]:
        """As the table is sorted."""
        return self._table.order()

    def columns_menu(self, parent: QWidget) -> QMenu:
        """The columns of the table."""
        return self._table.columns_menu(parent)

    def set_query(self, query: BrowseQuery) -> None:
        """Show what `query` finds."""
        self.model.set_query(query)

    @property
    def _is_grouped(self) -> bool:
        return self.model.query is not None and bool(self.model.query.grouped)

    def picked(self) -> Picked:
        """Everything that is selected."""
        return Picked.of_view(self.kind, selected_ids(self.view, self.model), grouped=self._is_grouped)

    def current(self) -> Picked:
        """The current tile alone."""
        index = self.view.currentIndex()
        if not index.isValid():
            return Picked()
        return Picked.of_view(self.kind, (self.model.ids[index.row()],), grouped=self._is_grouped)

    def entries(self) -> list[Any]:
        """The ids of the selected tiles in order."""
        return list(selected_ids(self.view, self.model))
