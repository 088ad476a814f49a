"""What a page shows while it has nothing to show."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.labels import label

_TEXT_WIDTH = 440


class Television(QWidget):
    """A drawn television set with rabbit ears; one line of its screen carries the accent."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """The largest drawing that the design allows."""
        return QSize(168, 132)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        line = QPen(active.color("control"), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(line)
        for x, y in ((60, 8), (106, 4)):
            painter.drawLine(QPointF(84, 28), QPointF(x, y))
        for x, foot in ((40, 35), (128, 133)):
            painter.drawLine(QPointF(x, 116), QPointF(foot, 126))
        painter.setBrush(active.color("base"))
        painter.drawRoundedRect(QRectF(14, 28, 140, 88), 17, 17)
        painter.setBrush(active.color("alt"))
        painter.drawRoundedRect(QRectF(26, 40, 92, 64), 12, 12)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(136, 56), 7, 7)
        painter.drawLine(QPointF(136, 51), QPointF(136, 55))
        painter.drawEllipse(QPointF(136, 78), 4, 4)
        for y in (94, 99):
            painter.drawLine(QPointF(129, y), QPointF(143, y))
        self._paint_lines(painter, active)

    def _paint_lines(self, painter: QPainter, active: tokens.Tokens) -> None:
        lines = ((41, 59, 62, "track"), (47, 68, 50, "track"), (35, 77, 74, "accent"), (41, 86, 62, "track"))
        for x, y, width, name in lines:
            pen = QPen(active.color(name), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            path = QPainterPath(QPointF(x, y))
            path.lineTo(QPointF(x + width, y))
            painter.drawPath(path)


class EmptyState(QWidget):
    """A drawing, one sentence, up to three lines of text, one button and at most one link below it."""

    triggered = Signal()
    link_triggered = Signal()

    def __init__(
        self,
        sentence: str,
        text: str = "",
        *,
        button: str = "",
        icon: str | None = None,
        link: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(1)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(Television(), 0, centre)
        column.addSpacing(16)
        self._sentence = label(sentence, FontRole.CARD_TITLE, wrap=True)
        self._text = label(text, tone="text2", wrap=True)
        for words in (self._sentence, self._text):
            words.setAlignment(centre)
            words.setFixedWidth(_TEXT_WIDTH)
            # Stretches, not an alignment: an aligned item gets the height that its text needs at the whole width.
            row = QHBoxLayout()
            row.addStretch(1)
            row.addWidget(words)
            row.addStretch(1)
            column.addLayout(row)
        self._text.setVisible(bool(text))
        self.button: Button | None = None
        if button:
            self.button = Button(button, kind=ButtonKind.PRIMARY, icon=icon, height=34)
            self.button.clicked.connect(self.triggered)
            column.addSpacing(8)
            column.addWidget(self.button, 0, centre)
        self.link: Button | None = None
        if link:
            self.link = Button(link, kind=ButtonKind.LINK)
            self.link.clicked.connect(self.link_triggered)
            column.addWidget(self.link, 0, centre)
        column.addStretch(2)

    @property
    def sentence(self) -> str:
        """The sentence on screen."""
        return self._sentence.text()

    def set_texts(self, sentence: str, text: str = "") -> None:
        """Say something else, such as which search found nothing."""
        self._sentence.setText(sentence)
        self._text.setText(text)
        self._text.setVisible(bool(text))
