"""Filter chips."""

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QMenu, QSizePolicy, QWidget

from retrovue.core.i18n import _
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, at_least, font, paint_focus_ring
from retrovue.gui.widgets.flow import FlowLayout
from retrovue.gui.widgets.focus import KeyboardFocus

_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_CROSS = 12


class FilterChip(KeyboardFocus, QAbstractButton):
    """ "name **value** ×": a click edits the filter, × or Del removes it."""

    removed = Signal()

    def __init__(self, name: str, value: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._value = value
        self.setFont(font(FontRole.SMALL))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleDescription(_("Press Enter to change this filter, Delete to remove it"))
        self.set_value(value)

    @property
    def name(self) -> str:
        """What is filtered."""
        return self._name

    @property
    def value(self) -> str:
        """What is let through, in words."""
        return self._value

    def set_value(self, value: str) -> None:
        """Show another value."""
        self._value = value
        self.setAccessibleName(f"{self._name}: {value}")
        self.updateGeometry()
        self.update()

    def _bold_width(self) -> int:
        bold = self.font()
        bold.setWeight(bold.Weight.DemiBold)
        return QFontMetrics(bold).horizontalAdvance(self._value)

    def sizeHint(self) -> QSize:
        """26 px high, rounded at both ends."""
        metrics = self.fontMetrics()
        width = 10 + metrics.horizontalAdvance(self._name) + 5 + self._bold_width() + 7 + _CROSS + 8
        return QSize(width, at_least(26, metrics))

    def cross_rect(self) -> QRect:
        """Where a click removes the filter."""
        return QRect(self.width() - _CROSS - 11, 0, _CROSS + 11, self.height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """On the cross: remove; elsewhere: edit."""
        if event.button() == Qt.MouseButton.LeftButton and self.cross_rect().contains(event.position().toPoint()):
            self.setDown(False)
            self.removed.emit()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Del removes, Enter edits (Space does so by itself)."""
        match event.key():
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self.removed.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.click()
            case _:
                super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The cross lights up under the pointer."""
        super().mouseMoveEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the pill, its two texts and the cross."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        fill = active.color("selection")
        if self.underMouse() or self.isDown():
            fill = tokens.blend(active.color("text"), fill, 0.08)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        radius = self.height() / 2
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        painter.setPen(active.color("text2"))
        painter.drawText(QRect(10, 0, self.width(), self.height()), _LEFT, self._name)
        x = 10 + self.fontMetrics().horizontalAdvance(self._name) + 5
        bold = self.font()
        bold.setWeight(bold.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(active.color("text"))
        painter.drawText(QRect(x, 0, self.width(), self.height()), _LEFT, self._value)
        here = self.mapFromGlobal(self.cursor().pos()) if self.underMouse() else QPoint(-1, -1)
        tone = "text" if self.cross_rect().contains(here) else "text2"
        cross = QRect(self.width() - _CROSS - 8, (self.height() - _CROSS) // 2, _CROSS, _CROSS)
        icons.paint(painter, cross, "x", active.color(tone))
        if self.shows_focus:
            paint_focus_ring(painter, QRectF(self.rect()), active.color("accent"), radius)


class AddChip(KeyboardFocus, QAbstractButton):
    """The dashed pill that adds a filter."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setAccessibleName(text)
        chip_font = font(FontRole.SMALL)
        chip_font.setWeight(chip_font.Weight.Medium)
        self.setFont(chip_font)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As high as a chip."""
        metrics = self.fontMetrics()
        return QSize(10 + 14 + 6 + metrics.horizontalAdvance(self.text()) + 12, at_least(26, metrics))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter works like Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the dashed outline, the plus and the text."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        pen = QPen(active.color("control"), 1, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.setBrush(active.color("hover") if self.underMouse() or self.isDown() else Qt.BrushStyle.NoBrush)
        radius = self.height() / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius - 0.5, radius - 0.5)
        ink = active.color("text2" if self.isEnabled() else "text3")
        icons.paint(painter, QRect(10, (self.height() - 14) // 2, 14, 14), "plus", ink)
        painter.setPen(ink)
        painter.drawText(QRect(30, 0, self.width(), self.height()), _LEFT, self.text())
        if self.shows_focus:
            paint_focus_ring(painter, QRectF(self.rect()), active.color("accent"), radius)


class FilterBar(QWidget):
    """A wrapping row of chips that ends in "Add filter"."""

    edit_requested = Signal(str)
    """The key of the chip that was clicked."""
    remove_requested = Signal(str)
    add_requested = Signal()

    def __init__(self, add_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chips: dict[str, FilterChip] = {}
        self._menu: QMenu | None = None
        self._flow = FlowLayout(self)
        self.add_chip = AddChip(add_text)
        self.add_chip.clicked.connect(self.add_requested)
        self._flow.addWidget(self.add_chip)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def chips(self) -> list[FilterChip]:
        """The chips in order."""
        return list(self._chips.values())

    def set_filters(self, filters: list[tuple[str, str, str]]) -> None:
        """Show exactly these filters, each (key, name, value)."""
        for chip in self._chips.values():
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = {}
        for index, (key, name, value) in enumerate(filters):
            chip = FilterChip(name, value, self)
            chip.clicked.connect(lambda _checked=False, key=key: self.edit_requested.emit(key))
            chip.removed.connect(lambda key=key: self.remove_requested.emit(key))
            self._flow.insert_widget(index, chip)
            chip.show()
            self._chips[key] = chip

    def _new_menu(self, menu: QMenu) -> QMenu:
        """The only menu there is from now on."""
        if self._menu is not None:
            self._menu.deleteLater()
        self._menu = menu
        return menu

    def _popup(self, key: str = "") -> None:
        """Open the menu below the chip of a filter, or below "Add filter" where it has none."""
        assert self._menu is not None
        below = self._chips.get(key, self.add_chip)
        self._menu.popup(below.mapToGlobal(QPoint(0, below.height() + 2)))

    def _close_menu(self) -> None:
        if self._menu is not None:
            self._menu.close()
