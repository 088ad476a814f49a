"""A row of exclusive choices in one frame."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, at_least, font, paint_focus_ring
from retrovue.gui.widgets.focus import KeyboardFocus
from retrovue.gui.widgets.tips import plain_tip

_RADIUS = 5


class Segment(KeyboardFocus, QAbstractButton):
    """One choice: text, or an icon with a name."""

    def __init__(self, text: str, icon: str | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = icon
        self.setText("" if icon else text)
        self.setCheckable(True)
        self.setAccessibleName(text)
        self.setToolTip(plain_tip(text if icon else ""))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as its bold text, so that a choice does not move its neighbours."""
        metrics = QFontMetrics(font(FontRole.STRONG))
        height = at_least(30, metrics)
        if self._icon_name:
            return QSize(height + 3, height)
        return QSize(metrics.horizontalAdvance(self.text()) + 26, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text or icon, and the line under the chosen one."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        if not self.isEnabled():
            ink = active.color("text3")
        else:
            ink = active.color("text" if self.isChecked() or self.underMouse() else "text2")
        if self._icon_name:
            size = self.size()
            icons.paint(
                painter,
                QRect((size.width() - 16) // 2, (size.height() - 16) // 2, 16, 16),
                self._icon_name,
                ink,
            )
        else:
            painter.setFont(font(FontRole.STRONG if self.isChecked() else FontRole.BODY))
            painter.setPen(ink)
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self.text())
        if self.shows_focus:
            paint_focus_ring(painter, QRectF(self.rect()), active.color("accent"), _RADIUS)


class Segments(QWidget):
    """Chooses one of a few. Arrow keys move the choice."""

    chosen = Signal(str)
    """The key that the person chose (not emitted by `select`)."""

    def __init__(
        self,
        choices: list[tuple[str, str]],
        *,
        icons_of: dict[str, str] | None = None,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Args: `choices` as (key, text); `icons_of` shows an icon instead of the text of a key."""
        super().__init__(parent)
        self._segments: dict[str, Segment] = {}
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._group = QButtonGroup(self)
        for key, text in choices:
            segment = Segment(text, (icons_of or {}).get(key))
            segment.setProperty("key", key)
            self._segments[key] = segment
            self._group.addButton(segment)
            row.addWidget(segment)
        self._group.buttonToggled.connect(self._on_toggled)
        self._silent = False
        if choices:
            self.select(choices[0][0])

    @property
    def current(self) -> str:
        """The chosen key."""
        checked = self._group.checkedButton()
        return str(checked.property("key")) if checked is not None else ""

    def segment(self, key: str) -> Segment:
        """The button of a choice.

        Raises:
            KeyError: no such choice.
        """
        return self._segments[key]

    def select(self, key: str) -> None:
        """Choose without a signal."""
        self._silent = True
        self._segments[key].setChecked(True)
        self._silent = False

    def clear(self) -> None:
        """Choose none of them: what is chosen is none of these."""
        self._silent = True
        self._group.setExclusive(False)
        for segment in self._segments.values():
            segment.setChecked(False)
        self._group.setExclusive(True)
        self._silent = False

    @Slot(QAbstractButton, bool)
    def _on_toggled(self, button: QAbstractButton, on: bool) -> None:
        self.update()
        if on and not self._silent:
            self.chosen.emit(str(button.property("key")))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the common frame, the fill of the chosen part and the dividers."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        outline = QPainterPath()
        outline.addRoundedRect(frame, _RADIUS, _RADIUS)
        painter.fillPath(outline, active.color("button"))
        painter.save()
        painter.setClipPath(outline)
        for segment in self._segments.values():
            place = segment.geometry()
            if segment.isChecked():
                painter.fillRect(place, active.color("selection"))
                painter.fillRect(place.x(), self.height() - 3, place.width(), 3, active.color("accent"))
            if place.x() > 0:
                painter.fillRect(place.x(), 0, 1, self.height(), active.color("button_border"))
        painter.restore()
        painter.setPen(QPen(active.color("button_border"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame, _RADIUS, _RADIUS)
