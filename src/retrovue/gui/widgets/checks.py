"""A check box whose text goes on to the next line."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QIcon, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QStyle, QStyleOptionButton, QStylePainter, QWidget

from retrovue.gui.theme import tokens

_GAP = 4
_WIDEST = 400


class WrappedCheckBox(QCheckBox):
    """Qt's own cuts a text that is longer than the dialog, which translations are."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        # Qt's check boxes refuse to be narrower or higher than their hint, which is one line.
        policy.setHorizontalPolicy(QSizePolicy.Policy.Preferred)
        policy.setVerticalPolicy(QSizePolicy.Policy.Preferred)
        self.setSizePolicy(policy)

    def _indent(self) -> int:
        indicator = self.style().pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth, None, self) + _GAP
        return indicator if self.icon().isNull() else indicator + self.iconSize().width() + 2 * _GAP

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height of all lines at that width."""
        room = QRect(0, 0, max(1, width - self._indent()), 10_000)
        lines = self.fontMetrics().boundingRect(room, int(Qt.TextFlag.TextWordWrap), self.text())
        return max(super().sizeHint().height(), lines.height() + 4)

    def sizeHint(self) -> QSize:
        """On one line where that is not too wide."""
        width = min(_WIDEST, self._indent() + self.fontMetrics().horizontalAdvance(self.text()) + 4)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Any width that holds a long word."""
        return QSize(160, super().sizeHint().height())

    def hitButton(self, pos: QPoint) -> bool:
        """The whole of it can be clicked."""
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's indicator beside the first line, and the text."""
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        first = QRect(0, 0, self.width(), super().sizeHint().height())
        icon = self.icon()
        option.text, option.rect, option.icon = "", first, QIcon()
        painter.drawControl(QStyle.ControlElement.CE_CheckBox, option)
        if not icon.isNull():
            side = self.iconSize().width()
            place = QRect(self._indent() - side - _GAP, (first.height() - side) // 2, side, side)
            icon.paint(painter, place, mode=QIcon.Mode.Normal if self.isEnabled() else QIcon.Mode.Disabled)
        painter.setPen(tokens.of(self.palette()).color("text" if self.isEnabled() else "text3"))
        top = max(0, (first.height() - self.fontMetrics().height()) // 2)
        room = self.rect().adjusted(self._indent(), top, 0, 0)
        painter.drawText(room, int(Qt.TextFlag.TextWordWrap), self.text())
