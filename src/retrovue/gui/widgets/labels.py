"""Text: labels in the roles of the design, and labels that elide."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, fixed_font, font
from retrovue.gui.widgets.tips import plain_tip


def label(
    text: str = "",
    role: FontRole = FontRole.BODY,
    *,
    tone: str = "text",
    wrap: bool = False,
    selectable: bool = False,
    fixed: bool = False,
) -> QLabel:
    """A plain-text label.

    Args:
        text: shown literally; markup in it is not interpreted.
        role: size and weight.
        tone: one of text, text2, text3, accent, success, warning, danger.
        wrap: break lines at the width.
        selectable: let the mouse and the keyboard select the text.
        fixed: in the fixed font, as codes are. (A font that is set after the style sheet was applied is lost.)
    """
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setFont(fixed_font(role) if fixed else font(role))
    made.setWordWrap(wrap)
    if selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    set_tone(made, tone)
    return made


def set_tone(widget: QWidget, tone: str) -> None:
    """Give a label another colour, which the style sheet takes from the theme."""
    if widget.property("tone") == tone:
        return
    widget.setProperty("tone", tone)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class ElidedLabel(QWidget):
    """One line that shortens itself; its tooltip and accessible name always have the whole text.

    Paths elide in the middle, where the file name stays; titles at the end.
    """

    def __init__(
        self,
        text: str = "",
        *,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        text_font: QFont | None = None,
        tone: str = "text",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._text = ""
        self._mode = mode
        self._tone = tone
        if text_font is not None:
            self.setFont(text_font)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    @property
    def text(self) -> str:
        """The whole text."""
        return self._text

    @property
    def tone(self) -> str:
        """The token of its colour."""
        return self._tone

    def set_text(self, text: str) -> None:
        """Show another text."""
        self._text = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self._refresh_tooltip()
        self.update()

    def set_tone(self, tone: str) -> None:
        """Take the colour of another token."""
        self._tone = tone
        self.update()

    def shown_text(self) -> str:
        """The text as it fits now."""
        return self.fontMetrics().elidedText(self._text, self._mode, self.width())

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._text) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        metrics = self.fontMetrics()
        return QSize(min(metrics.horizontalAdvance("MMM…"), self.sizeHint().width()), metrics.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A tooltip is needed only where something is cut."""
        super().resizeEvent(event)
        self._refresh_tooltip()

    def changeEvent(self, event: QEvent) -> None:
        """Another font has another width."""
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
        super().changeEvent(event)

    def _refresh_tooltip(self) -> None:
        self.setToolTip(plain_tip(self._text if self.shown_text() != self._text else ""))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line, elided."""
        painter = QPainter(self)
        tone = self._tone if self.isEnabled() else "text3"
        painter.setPen(tokens.of(self.palette()).color(tone))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, self.shown_text())
