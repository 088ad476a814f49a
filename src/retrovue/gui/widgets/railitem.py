"""One entry of the navigation rail."""

from math import ceil

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, at_least, font, paint_focus_ring
from retrovue.gui.widgets.focus import KeyboardFocus
from retrovue.gui.widgets.tips import plain_tip

_ICON = 20
_MARGIN = 8
_TITLE_LEFT = 48
_INSET = 9  # from the plate's edge
_GAP = 6  # between title and badge

_BADGES = {
    "plain": ("track", "text"),
    "warning": ("warning_soft", "warning"),
    "danger": ("danger_soft", "danger"),
    "accent": ("selection", "text"),
}


class RailItem(KeyboardFocus, QToolButton):
    """A page's button: icon, title, badge; selected it has a needle at the rail's edge.

    Collapsed it shows the icon, with a dot where the badge was; the title moves to the tooltip.

    Args:
        widest_badge: the widest that it will show: room is kept for it from the beginning.
    """

    def __init__(self, title: str, icon: str, parent: QWidget | None = None, *, widest_badge: str = "") -> None:
        super().__init__(parent)
        self._icon_name = icon
        self._widest_badge = widest_badge
        self._collapsed = False
        self._badge = ""
        self._badge_tone = "plain"
        self.shown_title = ""
        """The title as it was painted last: elided where there was no room."""
        self.setText(title)
        self.setCheckable(True)
        self.setFont(font(FontRole.BODY))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._refresh_names()

    @property
    def badge(self) -> str:
        """The text beside the title, or empty."""
        return self._badge

    def set_badge(self, text: str, *, tone: str = "plain", meaning: str = "") -> None:
        """Show a short text ("4", "46 %") beside the title.

        Args:
            text: empty hides the badge.
            tone: plain, warning, danger or accent.
            meaning: what it says in words, for assistive technology ("4 streams").
        """
        self._badge = text
        self._badge_tone = tone
        self._refresh_names(meaning or text)
        self.updateGeometry()
        self.update()

    def set_collapsed(self, collapsed: bool) -> None:
        """Show the icon only."""
        self._collapsed = collapsed
        self._refresh_names()
        self.updateGeometry()
        self.update()

    def _refresh_names(self, meaning: str = "") -> None:
        said = meaning or self._badge
        self.setAccessibleName(f"{self.text()}, {said}" if said else self.text())
        self.setToolTip(plain_tip(self.text() if self._collapsed else ""))

    def sizeHint(self) -> QSize:
        """36 px high, or more where the font is larger."""
        height = at_least(36, self.fontMetrics()) + 2
        if self._collapsed:
            return QSize(56, height)
        return QSize(self.natural_width(), height)

    def minimumSizeHint(self) -> QSize:
        """Any width: the title elides."""
        return QSize(40, self.sizeHint().height())

    def natural_width(self) -> int:
        """The width at which the bold title fits beside its widest badge, so that no badge moves the pages."""
        # Rounded up, and one pixel more: what is elided is measured with fractions.
        title = ceil(QFontMetricsF(font(FontRole.STRONG)).horizontalAdvance(self.text())) + 1
        badges = [_GAP + _badge_size(text).width() for text in (self._widest_badge, self._badge) if text]
        return _TITLE_LEFT + title + max(badges, default=0) + _MARGIN + _INSET + 1

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the plate, the needle, the icon, the title and the badge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        plate = QRectF(self.rect()).adjusted(_MARGIN + 0.5, 1.5, -_MARGIN - 0.5, -1.5)
        if self.isChecked():
            painter.setPen(QPen(active.color("border"), 1))
            painter.setBrush(active.color("base"))
            painter.drawRoundedRect(plate, 6, 6)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(active.color("accent"))
            painter.drawRoundedRect(QRectF(-3, self.height() / 2 - 9, 6, 18), 2, 2)
        elif self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(active.color("hover"))
            painter.drawRoundedRect(plate, 6, 6)
        self._paint_icon(painter, active)
        if not self._collapsed:
            self._paint_title(painter, active, plate)
        elif self._badge:
            painter.setPen(QPen(active.color("rail"), 1.5))
            painter.setBrush(active.color(_BADGES[self._badge_tone][1]))
            painter.drawEllipse(QRectF(self.width() / 2 + 5, self.height() / 2 - 12, 8, 8))
        if self.shows_focus and self.hasFocus():
            paint_focus_ring(painter, plate.adjusted(-0.5, -0.5, 0.5, 0.5), active.color("accent"), 6)

    def _paint_icon(self, painter: QPainter, active: tokens.Tokens) -> None:
        x = (self.width() - _ICON) // 2 if self._collapsed else _MARGIN + 10
        rect = QRect(x, (self.height() - _ICON) // 2, _ICON, _ICON)
        filled = f"{self._icon_name}-fill"
        name = filled if self.isChecked() and filled in icons.icon_names() else self._icon_name
        icons.paint(painter, rect, name, active.color("accent" if self.isChecked() else "text2"))

    def _paint_title(self, painter: QPainter, active: tokens.Tokens, plate: QRectF) -> None:
        right = int(plate.right()) - _INSET
        if self._badge:
            right = self._paint_badge(painter, active, right) - _GAP
        painter.setFont(font(FontRole.STRONG if self.isChecked() else FontRole.BODY))
        painter.setPen(active.color("text" if self.isChecked() else "text2"))
        room = QRect(_TITLE_LEFT, 0, right - _TITLE_LEFT, self.height())
        self.shown_title = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), self.shown_title)

    def _paint_badge(self, painter: QPainter, active: tokens.Tokens, right: int) -> int:
        painter.setFont(_badge_font())
        size = _badge_size(self._badge)
        width, height = size.width(), size.height()
        fill, ink = _BADGES[self._badge_tone]
        rect = QRectF(right - width, (self.height() - height) / 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(active.color(fill))
        painter.drawRoundedRect(rect, height / 2, height / 2)
        painter.setPen(QColor(active.color(ink)))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), self._badge)
        return right - width


def _badge_font() -> QFont:
    bold = font(FontRole.CAPTION)
    bold.setWeight(bold.Weight.DemiBold)
    return bold


def _badge_size(text: str) -> QSize:
    metrics = QFontMetrics(_badge_font())
    height = metrics.height() + 4
    return QSize(max(height, metrics.horizontalAdvance(text) + 12), height)
