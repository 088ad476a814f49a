"""What a search finds in shows, movies and episodes together, below the search field while somebody types.

The list behind it is narrowed by the same words. The keyboard stays in the field: Down and Up choose a hit, Enter opens
it, Esc closes the panel.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from retrovue.core.domain.browse import BrowseQuery, ItemRow, View
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.titles import episode_code
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.library.pictures import Pictures
from retrovue.gui.pages.library.status import counted
from retrovue.gui.pages.services import PageServices
from retrovue.gui.tables.views import Index
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, at_least, font
from retrovue.gui.widgets.fields import SearchField
from retrovue.gui.widgets.states import paint_kind_tile
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

if TYPE_CHECKING:
    from retrovue.core.services.catalog.hits import KindHits
    from retrovue.gui.theme.tokens import Tokens

_MOST = 5
"""Of each kind."""
_ENTRY = Qt.ItemDataRole.UserRole
_WIDTH, _LEAST_WIDTH = 560, 320
_MARGIN = 6
_PAD = 10
_MINI = QSize(18, 26)
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


@dataclass(frozen=True)
class Hit:
    """A line of the panel: a title that was found, or (`row` None) all of its kind."""

    view: View
    count: int
    row: ItemRow | None = None

    @property
    def words(self) -> str:
        """The line as text."""
        if self.row is None:
            return counted(self.view, self.count, self.count)
        lead = code_of(self.row)
        return " ".join(part for part in (lead, self.row.title) if part)


def code_of(row: ItemRow) -> str:
    """The number of an episode; empty for shows and movies."""
    return episode_code(row.season, row.episode, row.episode_end, row.aired)


class HitsPanel(QFrame):
    """The hits by kind with their numbers, above the page. Thread: GUI.

    Signals:
        chosen(Hit): a title is to be opened, or a kind to be listed.
        found(hits): the kinds that have hits are known.
        failed(error): the search raised.
    """

    chosen = Signal(object)
    found = Signal(object)
    failed = Signal(object)

    def __init__(self, services: PageServices, field: SearchField, pictures: Pictures, page: QWidget) -> None:
        super().__init__(page)
        self._services = services
        self._page = page
        self._field = field
        self._asking: TaskHandle | None = None
        self._is_typed = False
        self.setProperty("surface", "popup")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list = QListWidget(self)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(_("Hits"))
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._delegate = _HitDelegate(self.list, pictures)
        self.list.setItemDelegate(self._delegate)
        self.list.itemClicked.connect(lambda item: self._choose(item.data(_ENTRY)))
        column = QVBoxLayout(self)
        column.setContentsMargins(1, _MARGIN, 1, _MARGIN)
        column.addWidget(self.list)
        field.installEventFilter(self)
        field.textEdited.connect(self._on_typed)
        pictures.arrived.connect(self.list.viewport().update)
        self.hide()

    def show_servers(self, count: int) -> None:
        """With one server its tile says nothing."""
        self._delegate.has_tiles = count > 1

    # --- what is asked ------------------------------------------------------------------------------------------

    @Slot()
    def _on_typed(self) -> None:
        self._is_typed = True

    def ask(self, query: BrowseQuery) -> None:
        """Look for the words of `query` in every kind; the panel opens if somebody is typing them."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
        if not query.text:
            self._is_typed = False
            self._show([])
            self.found.emit([])
            return
        context = self._services.context

        def find(token: CancelToken, _report: object) -> "list[KindHits]":
            from retrovue.core.services.catalog.hits import find_hits

            return find_hits(context, query, most=_MOST, token=token)

        self._asking = self._services.runner.submit(find, lane=Lane.QUERY)
        self._asking.succeeded.connect(self._on_found)
        self._asking.failed.connect(self.failed)

    @Slot(object)
    def _on_found(self, found: "Sequence[KindHits]") -> None:
        self._asking = None
        self._show(found)
        self.found.emit(found)
        if self._is_typed and self.list.count():
            self.open()

    # --- what is shown ------------------------------------------------------------------------------------------

    @property
    def hits(self) -> list[Hit]:
        """Every line."""
        return [self.list.item(n).data(_ENTRY) for n in range(self.list.count())]

    def _show(self, found: "Sequence[KindHits]") -> None:
        self.list.clear()
        for kind in found:
            for hit in (Hit(kind.view, kind.count), *(Hit(kind.view, kind.count, row) for row in kind.best)):
                item = QListWidgetItem(hit.words)
                item.setData(_ENTRY, hit)
                self.list.addItem(item)
        n = sum(kind.count for kind in found)
        said = ngettext("{n} hit", "{n} hits", n).format(n=text.number(n)) if n else ""
        self._field.setAccessibleDescription(said)
        if not found:
            self.hide()

    def open(self) -> None:
        """Show the panel below the field."""
        place = self._field.mapTo(self._page, QPoint(0, self._field.height() + 4))
        room = self._page.size() - QSize(place.x() + 16, place.y() + 16)
        rows = sum(self.list.sizeHintForRow(n) for n in range(self.list.count()))
        width = max(_LEAST_WIDTH, min(_WIDTH, room.width()))
        self.setGeometry(QRect(place, QSize(width, min(rows + 2 * _MARGIN + 2, room.height()))))
        self.list.setCurrentRow(-1)
        self.list.scrollToTop()
        self.show()
        self.raise_()

    def close_panel(self) -> bool:
        """Close it; whether it was open."""
        was_open = self.isVisible()
        self._is_typed = False
        self.hide()
        return was_open

    # --- what is chosen -----------------------------------------------------------------------------------------

    def _choose(self, hit: Hit) -> None:
        self.close_panel()
        self.chosen.emit(hit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The keys of the field that mean the panel."""
        if event.type() == QEvent.Type.FocusOut:
            self.close_panel()
        if event.type() in (QEvent.Type.Hide, QEvent.Type.Resize) and self.isVisible():
            self.close_panel()
        is_pressed = event.type() == QEvent.Type.KeyPress
        return is_pressed and self._on_key(cast(QKeyEvent, event))

    def _on_key(self, event: QKeyEvent) -> bool:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is not None and self.list.count():
            self._step(step)
            return True
        if not self.isVisible():
            return False
        if event.key() == Qt.Key.Key_Escape:
            return self.close_panel()
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return False
        row = self.list.currentRow()
        if row < 0:
            self.close_panel()
            return False
        self._choose(self.hits[row])
        return True

    def _step(self, step: int) -> None:
        if not self.isVisible():
            self.open()
            return
        row = self.list.currentRow() + step
        self.list.setCurrentRow(row if 0 <= row < self.list.count() else (0 if step > 0 else self.list.count() - 1))


class _HitDelegate(QStyledItemDelegate):
    """A head with the number of its kind, or a title with its poster, place and server."""

    def __init__(self, view: QListWidget, pictures: Pictures) -> None:
        super().__init__(view)
        self._list = view
        self._pictures = pictures
        self.has_tiles = False

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Rows of a list, heads of a table."""
        return QSize(0, at_least(28 if index.data(_ENTRY).row is None else 32, self._list.fontMetrics()))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the line, marked where the keyboard or the pointer is."""
        active = tokens.of(self._list.palette())
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, active.color("selection"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, active.color("hover"))
        hit: Hit = index.data(_ENTRY)
        rect = option.rect.adjusted(_PAD, 0, -_PAD, 0)
        if hit.row is None:
            self._paint_head(painter, rect, hit, active)
        else:
            self._paint_row(painter, rect, hit.row, active)
        painter.restore()

    def _paint_head(self, painter: QPainter, rect: QRect, hit: Hit, active: "Tokens") -> None:
        painter.setFont(font(FontRole.HEADER))
        painter.setPen(active.color("text2"))
        painter.drawText(rect, _LEFT, hit.words)
        painter.setPen(active.color("accent"))
        painter.drawText(rect, _RIGHT, _("Show in list"))

    def _paint_row(self, painter: QPainter, rect: QRect, row: ItemRow, active: "Tokens") -> None:
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        if code_of(row):
            rect = rect.adjusted(_MINI.width() + 8, 0, 0, 0)
        else:
            picture = self._pictures.poster(row.title, row.server_id, row.artwork, _MINI, ratio, radius=2)
            painter.drawPixmap(rect.x(), rect.y() + (rect.height() - _MINI.height()) // 2, picture)
            rect = rect.adjusted(_MINI.width() + 8, 0, 0, 0)
        painter.setFont(font(FontRole.BODY))
        if self.has_tiles:
            paint_kind_tile(painter, QRect(rect.right() - 13, rect.center().y() - 6, 14, 14), row.server_kind, active)
            rect = rect.adjusted(0, 0, -22, 0)
        metrics = painter.fontMetrics()
        tail = row.show_title or (str(row.year) if row.year else "")
        tail = metrics.elidedText(tail, Qt.TextElideMode.ElideRight, rect.width() * 2 // 5)
        painter.setPen(active.color("text2"))
        painter.drawText(rect, _RIGHT, tail)
        rect = rect.adjusted(0, 0, -metrics.horizontalAdvance(tail) - 12, 0)
        if lead := code_of(row):
            painter.drawText(rect, _LEFT, lead)
            rect = rect.adjusted(metrics.horizontalAdvance(lead) + 8, 0, 0, 0)
        painter.setPen(active.color("text"))
        painter.drawText(rect, _LEFT, metrics.elidedText(row.title, Qt.TextElideMode.ElideRight, rect.width()))
