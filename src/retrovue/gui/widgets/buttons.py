"""Push buttons: primary, secondary, link and icon-only."""

from enum import StrEnum

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from retrovue.core.i18n import _
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, font, paint_focus_ring
from retrovue.gui.theme.tokens import Tokens
from retrovue.gui.widgets.focus import KeyboardFocus
from retrovue.gui.widgets.tips import plain_tip

_ICON = 16
_CARET = 12
_ARROW = 28
"""The width of a split button's arrow."""
RING = 4
"""The room around a link for its focus ring."""


class ButtonKind(StrEnum):
    """How a button looks. A page has at most one primary button."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    LINK = "link"
    FLAT = "flat"
    DANGER = "danger"
    """Takes something away: outlined in the colour of danger, never the primary one."""


class Button(KeyboardFocus, QPushButton):
    """A painted push button: QSS leaves no gap between icon and text and cannot place a menu caret.

    Without text it is square; then `name` is what assistive technology and the tooltip say. `height` is
    the design's (30; in wizards and empty states 34); larger system fonts make it larger.
    """

    def __init__(
        self,
        text: str = "",
        *,
        kind: ButtonKind = ButtonKind.SECONDARY,
        icon: str | None = None,
        name: str = "",
        height: int = 30,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind = kind
        self._icon_name = icon
        self._value = height
        self._choices: QMenu | None = None
        self.setText(text)
        self.setFont(font(FontRole.STRONG if kind is not ButtonKind.LINK else FontRole.BODY))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(False)
        self.setAccessibleName(name or text.replace("&", ""))
        if name:
            self.setToolTip(plain_tip(name))
        if kind is ButtonKind.LINK:
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    @property
    def kind(self) -> ButtonKind:
        """Primary, secondary, link or flat."""
        return self._kind

    @property
    def icon_name(self) -> str | None:
        """The icon, or None."""
        return self._icon_name

    def set_icon_name(self, name: str | None) -> None:
        """Show another icon, or none."""
        self._icon_name = name
        self.updateGeometry()
        self.update()

    def set_label(self, text: str) -> None:
        """Change the text and, with it, the accessible name."""
        self.setText(text)
        self.setAccessibleName(text.replace("&", ""))
        self.updateGeometry()

    def setMenu(self, menu: QMenu | None) -> None:
        """Open `menu` on click; a caret says so."""
        super().setMenu(menu)  # type: ignore[arg-type]
        self.updateGeometry()

    def set_choices(self, menu: QMenu | None) -> None:
        """Split it: a click acts, the arrow at its end (Alt+Down, F4) opens `menu`."""
        self._choices = menu
        if menu is not None:
            self.setAccessibleDescription(_("Alt+Down opens the choices."))
        self.updateGeometry()

    @property
    def arrow_rect(self) -> QRect:
        """Where the arrow of a split button is; empty on another one."""
        if self._choices is None:
            return QRect()
        return QRect(self.width() - _ARROW, 0, _ARROW, self.height())

    def open_choices(self) -> None:
        """Open the menu of a split button below it."""
        if self._choices is not None and self.isEnabled():
            width = self._choices.sizeHint().width()
            self._choices.popup(self.mapToGlobal(QPoint(max(0, self.width() - width), self.height() + 2)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The arrow opens, the rest acts."""
        if self.arrow_rect.contains(event.position().toPoint()) and event.button() is Qt.MouseButton.LeftButton:
            self.open_choices()
            return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus, as Space does.

        Without this Qt gives Enter to the default button of the dialog, whatever is focused, and in a window to
        nothing.
        """
        opens = event.key() == Qt.Key.Key_F4 or (
            event.key() == Qt.Key.Key_Down and event.modifiers() & Qt.KeyboardModifier.AltModifier
        )
        if self._choices is not None and opens:
            self.open_choices()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif self.menu() is not None:
            self.showMenu()
        elif not event.isAutoRepeat():
            self.click()

    def _content_width(self) -> int:
        width = self.fontMetrics().horizontalAdvance(self.text().replace("&", "")) if self.text() else 0
        if self._icon_name is not None:
            width += _ICON + (7 if self.text() else 0)
        if self.menu() is not None and self.text():
            width += _CARET + 8
        return width

    def sizeHint(self) -> QSize:
        """Heights and gaps of the design, in the metrics of the system's font."""
        height = max(self._value, self.fontMetrics().height() + min(10, self._value - 16))
        if self._kind is ButtonKind.LINK:
            return QSize(self._content_width() + 2 * RING, self.fontMetrics().height() + 2 * RING)
        if not self.text():
            return QSize(height, height)
        return QSize(self._content_width() + 26 + self._arrow_width(), height)

    def _arrow_width(self) -> int:
        return _ARROW - 4 if self._choices is not None else 0

    def minimumSizeHint(self) -> QSize:
        """A button never cuts its own text."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint frame, icon, text, caret and ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        self._paint_frame(painter, active)
        self._paint_content(painter, self._ink(active))
        if self.shows_focus and self.hasFocus():
            self._paint_ring(painter, active)

    def _paint_ring(self, painter: QPainter, active: Tokens) -> None:
        rect = QRectF(self.rect())
        if self._kind is ButtonKind.PRIMARY:
            # On a filled button a ring in the accent colour would vanish: a gap sets it apart.
            paint_focus_ring(painter, rect, active.color("accent"), 5)
            painter.setPen(QPen(active.color("base"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(2.5, 2.5, -2.5, -2.5), 3, 3)
            return
        paint_focus_ring(painter, rect, active.color("accent"), 5)

    def _fill(self, active: Tokens) -> tuple[QColor | None, QColor | None]:
        """(background, border) of the present state; None paints nothing."""
        pressed = self.isDown() or self.isChecked()
        hovered = self.underMouse()
        if self._kind is ButtonKind.LINK:
            return None, None
        if self._kind is ButtonKind.FLAT:
            name = "track" if pressed else "hover"
            return (active.color(name) if (pressed or hovered) and self.isEnabled() else None), None
        if not self.isEnabled():
            return active.color("window"), active.color("border")
        if self._kind is ButtonKind.PRIMARY:
            accent = active.color("accent_hover" if pressed or hovered else "accent")
            return accent, accent
        if self.isChecked() and not self.isDown():
            return active.color("selection"), active.color("accent")
        if self._kind is ButtonKind.DANGER:
            soft = active.color("danger_soft")
            return (soft if pressed or hovered else active.color("button")), active.color("danger")
        name = "track" if pressed else ("hover" if hovered else "button")
        return active.color(name), active.color("button_border")

    def _paint_frame(self, painter: QPainter, active: Tokens) -> None:
        fill, border = self._fill(active)
        painter.setPen(QPen(border, 1) if border is not None else Qt.PenStyle.NoPen)
        painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
        if fill is not None or border is not None:
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)

    def _ink(self, active: Tokens) -> QColor:
        if not self.isEnabled():
            return tokens.blend(active.color("text3"), active.color("window"), 0.75)
        if self._kind is ButtonKind.PRIMARY:
            return active.color("on_accent")
        if self._kind is ButtonKind.DANGER:
            return active.color("danger")
        if self._kind is ButtonKind.LINK:
            return active.color("accent_hover" if self.underMouse() else "accent")
        return active.color("text")

    def _paint_content(self, painter: QPainter, ink: QColor) -> None:
        x = (self.width() - self._arrow_width() - self._content_width()) // 2
        middle = self.height() // 2
        if self._icon_name is not None:
            icons.paint(painter, QRect(x, middle - _ICON // 2, _ICON, _ICON), self._icon_name, ink)
            x += _ICON + 7
        painter.setPen(ink)
        if self._kind is ButtonKind.LINK and self.underMouse():
            underlined = self.font()
            underlined.setUnderline(True)
            painter.setFont(underlined)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRect(x, 0, self.width() - x, self.height()), int(flags), self.text())
        if self.menu() is not None and self.text():
            x = (self.width() + self._content_width()) // 2 - _CARET
            icons.paint(painter, QRect(x, middle - _CARET // 2, _CARET, _CARET), "caret-down", ink)
        if self._choices is not None:
            arrow = self.arrow_rect
            line = QColor(ink)
            line.setAlphaF(0.4)
            painter.setPen(QPen(line, 1))
            painter.drawLine(arrow.left(), 7, arrow.left(), self.height() - 8)
            place = QRect(0, 0, _CARET, _CARET)
            place.moveCenter(arrow.center())
            icons.paint(painter, place, "caret-down", ink)


def flush(link: Button) -> QHBoxLayout:
    """A row with a link whose text begins where the other texts do: it has room of its own for the ring."""
    row = QHBoxLayout()
    row.setSpacing(0)
    # Qt takes a margin below 0 for none at all.
    row.addSpacing(-RING)
    row.addWidget(link)
    row.addStretch(1)
    return row
