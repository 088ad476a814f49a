"""A short list to choose one entry from: found servers, servers of an account. What cannot be chosen says why."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from retrovue.gui.tables.views import Index
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, at_least, font, paint_focus_ring
from retrovue.gui.widgets.states import StateLook, paint_kind_tile
from retrovue.gui.widgets.tips import plain_tip

_HEIGHT = 48
_KEY_ROLE = Qt.ItemDataRole.UserRole
_ROW_ROLE = Qt.ItemDataRole.UserRole + 1
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True)
class Choice:
    """An entry.

    Attributes:
        kind: whose letter tile it has: plex, emby or jellyfin.
        detail: the second line; elided in the middle, as addresses are.
        look: icon and word at the right, None for nothing.
        is_enabled: whether it can be chosen; `why` says what speaks against it.
    """

    key: str
    kind: str
    title: str
    detail: str
    look: StateLook | None = None
    is_enabled: bool = True
    why: str = ""

    @property
    def said(self) -> str:
        """All of it in one line, for those who hear it."""
        parts = (self.title, self.detail, self.look.word if self.look else "", self.why)
        return ", ".join(dict.fromkeys(part for part in parts if part))


class _ChoiceDelegate(QStyledItemDelegate):
    def __init__(self, view: QListWidget) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        choice: Choice = index.data(_ROW_ROLE)
        active = tokens.of(self._view.palette())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = option.rect.adjusted(4, 2, -4, -2)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(active.color("selection"))
            painter.drawRoundedRect(rect, 6, 6)
            if self._view.hasFocus():
                paint_focus_ring(painter, QRectF(rect), active.color("accent"), 6)
        painter.setOpacity(1.0 if choice.is_enabled else 0.55)
        tile = QRect(rect.x() + 10, rect.center().y() - 10, 20, 20)
        paint_kind_tile(painter, tile, choice.kind, active)
        painter.setOpacity(1.0)
        inner = rect.adjusted(42, 4, -10, -4)
        room = inner.width() - self._paint_look(painter, choice, inner, active)
        half = inner.height() // 2
        lines = (
            (choice.title, FontRole.STRONG, "text", Qt.TextElideMode.ElideRight, inner.y()),
            (choice.detail, FontRole.SMALL, "text2", Qt.TextElideMode.ElideMiddle, inner.y() + half),
        )
        for text, role, tone, mode, top in lines:
            painter.setFont(font(role))
            painter.setPen(active.color(tone if choice.is_enabled else "text3"))
            shown = painter.fontMetrics().elidedText(text, mode, room)
            painter.drawText(QRect(inner.x(), top, room, half), _LEFT, shown)
        painter.restore()

    def _paint_look(self, painter: QPainter, choice: Choice, inner: QRect, active: tokens.Tokens) -> int:
        """Icon and word at the right; gives the width that they take."""
        if choice.look is None:
            return 0
        painter.setFont(font(FontRole.SMALL))
        width = painter.fontMetrics().horizontalAdvance(choice.look.word)
        place = QRect(inner.right() - width, inner.y(), width + 1, inner.height())
        ink = active.color(choice.look.tone)
        painter.setPen(ink)
        painter.drawText(place, _LEFT, choice.look.word)
        where = QRect(QPoint(place.x() - 20, place.center().y() - 6), QSize(14, 14))
        icons.paint(painter, where, choice.look.icon, ink)
        return width + 32

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(160, at_least(_HEIGHT, self._view.fontMetrics()))


class ChoiceList(QListWidget):
    """One entry is chosen at a time, by arrows or the mouse; a double click takes it at once."""

    chosen = Signal(str)
    """The key of the entry that is chosen now; empty for none."""
    taken = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setItemDelegate(_ChoiceDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("surface", "card")
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportMargins(2, 4, 2, 4)
        self._silent = False
        self._placeholder = ""
        self.currentItemChanged.connect(self._on_current)
        self.itemDoubleClicked.connect(self._on_double_click)

    @property
    def key(self) -> str:
        """The chosen key; empty for none."""
        item = self.currentItem()
        return "" if item is None else str(item.data(_KEY_ROLE))

    @property
    def keys(self) -> list[str]:
        """Every key in order."""
        return [str(self.item(row).data(_KEY_ROLE)) for row in range(self.count())]

    def choice(self, key: str) -> Choice | None:
        """The entry with a key."""
        found = next((self.item(row) for row in range(self.count()) if self.item(row).data(_KEY_ROLE) == key), None)
        return None if found is None else found.data(_ROW_ROLE)

    def set_choices(self, choices: Iterable[Choice]) -> None:
        """Show these; what is chosen stays chosen while it is there and can be."""
        before, wanted = self.key, list(choices)
        self._silent = True
        if [choice.key for choice in wanted] != self.keys:
            self.clear()
            for choice in wanted:
                item = QListWidgetItem()
                item.setData(_KEY_ROLE, choice.key)
                self.addItem(item)
        for row, choice in enumerate(wanted):
            self._fill(self.item(row), choice)
        self.choose(before)
        self._silent = False
        self.updateGeometry()
        if self.key != before:
            self.chosen.emit(self.key)

    def choose(self, key: str) -> None:
        """Choose an entry by its key; one that cannot be chosen, or is not there, leaves none."""
        for row in range(self.count()):
            item = self.item(row)
            if item.data(_KEY_ROLE) == key and item.flags() & Qt.ItemFlag.ItemIsEnabled:
                self.setCurrentItem(item)
                return
        self.setCurrentRow(-1)
        self.clearSelection()

    def _fill(self, item: QListWidgetItem, choice: Choice) -> None:
        item.setData(_ROW_ROLE, choice)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, choice.said)
        item.setToolTip(plain_tip(choice.why or choice.detail))
        usable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        item.setFlags(usable if choice.is_enabled else Qt.ItemFlag.NoItemFlags)

    @Slot()
    def _on_current(self) -> None:
        if not self._silent:
            self.chosen.emit(self.key)

    @Slot(QListWidgetItem)
    def _on_double_click(self, item: QListWidgetItem) -> None:
        if item.flags() & Qt.ItemFlag.ItemIsEnabled:
            self.taken.emit()

    @property
    def placeholder(self) -> str:
        """What stands there while there is no entry."""
        return self._placeholder

    def set_placeholder(self, text: str) -> None:
        """Say this while there is no entry."""
        self._placeholder = text
        self.setAccessibleDescription(text)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the entries, or what is said in their place."""
        super().paintEvent(event)
        if self.count() or not self._placeholder:
            return
        painter = QPainter(self.viewport())
        painter.setPen(tokens.of(self.palette()).color("text2"))
        room = self.viewport().rect().adjusted(32, 12, -32, -12)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._placeholder)

    def sizeHint(self) -> QSize:
        """Three to five entries; more scroll."""
        return QSize(240, min(5, max(3, self.count())) * at_least(_HEIGHT, self.fontMetrics()) + 12)

    def minimumSizeHint(self) -> QSize:
        """Two entries."""
        return QSize(160, 2 * at_least(_HEIGHT, self.fontMetrics()) + 12)
