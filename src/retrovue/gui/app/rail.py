"""The navigation rail on the left of the window."""

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.widgets.railitem import RailItem

WIDE = 184
NARROW = 56
_WIDEST = 232


class Brand(QWidget):
    """The mark, and the name of the program beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._collapsed = False
        self.setAccessibleName("RetroVue")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(58)

    def set_collapsed(self, collapsed: bool) -> None:
        """Show the mark only."""
        self._collapsed = collapsed
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint mark and name."""
        painter = QPainter(self)
        active = tokens.of(self.palette())
        x = (self.width() - 26) // 2 if self._collapsed else 16
        icons.paint(painter, QRect(x, 17, 26, 26), "mark", active.color("accent"))
        if self._collapsed:
            return
        rect = QRect(52, 0, self.width() - 52, 60)
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        plain = font(FontRole.CARD_TITLE)
        plain.setWeight(plain.Weight.Medium)
        painter.setFont(plain)
        painter.setPen(active.color("text"))
        painter.drawText(rect, flags, "Retro")
        rect.setLeft(rect.left() + painter.fontMetrics().horizontalAdvance("Retro"))
        plain.setWeight(plain.Weight.Bold)
        painter.setFont(plain)
        painter.setPen(active.color("accent"))
        painter.drawText(rect, flags, "Vue")


class Rail(QFrame):
    """One checkable entry per page; arrow keys move between them."""

    chosen = Signal(str)
    """The key of the page that the person chose."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "rail")
        self.setAccessibleName(_("Pages"))
        self._items: dict[str, RailItem] = {}
        self._collapsed = False
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._group.buttonClicked.connect(self._on_clicked)
        self._brand = Brand()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(0)
        column.addWidget(self._brand)
        self._top = QVBoxLayout()
        self._bottom = QVBoxLayout()
        for part in (self._top, self._bottom):
            part.setSpacing(0)
        column.addLayout(self._top)
        column.addStretch(1)
        column.addLayout(self._bottom)
        self._apply_width()

    @property
    def collapsed(self) -> bool:
        """Whether only icons are shown."""
        return self._collapsed

    def add(self, key: str, title: str, icon: str, *, bottom: bool = False, widest_badge: str = "") -> RailItem:
        """Add an entry below those already there."""
        item = RailItem(title, icon, widest_badge=widest_badge)
        item.setProperty("key", key)
        item.set_collapsed(self._collapsed)
        self._items[key] = item
        self._group.addButton(item)
        (self._bottom if bottom else self._top).addWidget(item)
        self._apply_width()
        return item

    def item(self, key: str) -> RailItem:
        """The entry of a page.

        Raises:
            KeyError: there is no such page.
        """
        return self._items[key]

    def select(self, key: str) -> None:
        """Mark a page as the one in front, without a signal."""
        self._items[key].setChecked(True)

    def set_collapsed(self, collapsed: bool) -> None:
        """Show icons only, or icons with titles."""
        if collapsed == self._collapsed:
            return
        self._collapsed = collapsed
        self._brand.set_collapsed(collapsed)
        for item in self._items.values():
            item.set_collapsed(collapsed)
        self._apply_width()

    def sizeHint(self) -> QSize:
        """As wide as the rail is fixed to."""
        return QSize(self.maximumWidth(), 400)

    def _apply_width(self) -> None:
        if self._collapsed:
            self.setFixedWidth(NARROW)
            return
        natural = max((item.natural_width() for item in self._items.values()), default=WIDE)
        self.setFixedWidth(min(_WIDEST, max(WIDE, natural)))

    def event(self, event: QEvent) -> bool:
        """Make room when an entry needs more: another font or language has wider titles."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._apply_width()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down move the focus from entry to entry."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        items = list(self._items.values())
        focused = self.focusWidget()
        if step is None or focused not in items:
            super().keyPressEvent(event)
            return
        target = items[(items.index(focused) + step) % len(items)]
        target.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot(object)
    def _on_clicked(self, item: RailItem) -> None:
        self.chosen.emit(item.property("key"))
