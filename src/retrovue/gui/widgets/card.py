"""Cards, section heads, hairlines and the strip of figures."""

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QHeaderView, QLabel, QVBoxLayout, QWidget

from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.labels import label, set_tone

_RADIUS = 8
_PROBE = 16
"""So far below its upper edge a card without a head has the header of its table, in px."""


def hairline(*, vertical: bool = False) -> QFrame:
    """A line of one pixel in the border colour."""
    line = QFrame()
    line.setProperty("surface", "line")
    if vertical:
        line.setFixedWidth(1)
    else:
        line.setFixedHeight(1)
    return line


class SectionHead(QWidget):
    """A section's title, a remark beside it, and room for widgets at the end."""

    def __init__(self, title: str, remark: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._title = label(title, FontRole.SECTION)
        self._remark = label(remark, tone="text2")
        self._row.addWidget(self._title)
        self._row.addWidget(self._remark)
        self._row.addStretch(1)

    def set_title(self, text: str) -> None:
        """Change the title."""
        self._title.setText(text)

    def set_remark(self, text: str) -> None:
        """Change the remark."""
        self._remark.setText(text)

    def add_leading(self, widget: QWidget) -> None:
        """Put a widget at the start, before the title."""
        self._row.insertWidget(0, widget)

    def add_widget(self, widget: QWidget) -> None:
        """Put a widget at the end."""
        self._row.addWidget(widget)


class Card(QFrame):
    """A plate with a hairline border and, if wanted, a head above a line.

    Put content into `body`. With `padded=False` it reaches the border, as tables do.
    """

    def __init__(
        self, title: str = "", remark: str = "", *, padded: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.setAccessibleName(title)
        column = QVBoxLayout(self)
        # One pixel keeps content off the border that the style sheet paints.
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        self.head: SectionHead | None = None
        if title:
            self.head = SectionHead(title, remark)
            self.head.setContentsMargins(14, 8, 8, 8)
            self.head.setMinimumHeight(36)
            column.addWidget(self.head)
            if not padded:
                column.addWidget(hairline())
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        if padded:
            self.body.setContentsMargins(15, 3 if title else 14, 15, 14)
        else:
            # Square corners of a view would stick out of the rounded ones of the card.
            self.body.setContentsMargins(0, 0 if title else 4, 0, 5)
        column.addLayout(self.body, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Let the header of a table reach the upper border: its own corners are square, so it begins lower."""
        super().paintEvent(event)
        below = self.childAt(QPoint(self.width() // 2, _PROBE)) if self.head is None else None
        header = None if below is None else below.parentWidget()
        if not isinstance(header, QHeaderView):
            return
        top = header.mapTo(self, QPoint(0, 0)).y()
        rounded, strip = QPainterPath(), QPainterPath()
        rounded.addRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), _RADIUS - 1, _RADIUS - 1)
        strip.addRect(QRectF(0, 0, self.width(), top))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(rounded & strip, tokens.of(self.palette()).color("alt"))
        painter.end()


def in_card(view: QWidget) -> Card:
    """Frame a table or a list: on the bare window it would end in square corners without an edge."""
    card = Card(padded=False)
    card.body.addWidget(view)
    return card


class StatTile(QWidget):
    """A small label, a figure, and its unit or remark."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 10, 12, 10)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(2)
        grid.addWidget(label(title, FontRole.SMALL, tone="text2"), 0, 0, 1, 3)
        self._figure = label("–", FontRole.FIGURE)
        self._unit = label("", FontRole.SMALL, tone="text2")
        grid.addWidget(self._figure, 1, 0, Qt.AlignmentFlag.AlignBaseline)
        grid.addWidget(self._unit, 1, 1, Qt.AlignmentFlag.AlignBaseline)
        grid.setColumnStretch(2, 1)
        self.set_value("–")

    @property
    def figure(self) -> str:
        """The figure on screen."""
        return self._figure.text()

    def set_value(self, figure: str, unit: str = "", *, tone: str = "text2") -> None:
        """Show a figure ("25.6") and its unit or remark ("Mbps", "of 14")."""
        self._figure.setText(figure)
        self._unit.setText(unit)
        set_tone(self._unit, tone)
        self.setAccessibleName(f"{self._title}: {figure} {unit}".strip())


class StatStrip(QFrame):
    """Figures side by side with hairlines between; a card of its own unless `framed` is False."""

    def __init__(self, *, framed: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if framed:
            self.setProperty("surface", "card")
        self._tiles: dict[str, StatTile] = {}
        self._row = QHBoxLayout(self)
        margin = 1 if framed else 0
        self._row.setContentsMargins(margin, margin, margin, margin)
        self._row.setSpacing(0)

    def add(self, key: str, title: str) -> StatTile:
        """Add a tile at the end."""
        if self._tiles:
            self._row.addWidget(hairline(vertical=True))
        tile = StatTile(title)
        self._tiles[key] = tile
        self._row.addWidget(tile, 1)
        return tile

    def tile(self, key: str) -> StatTile:
        """A tile.

        Raises:
            KeyError: no such tile.
        """
        return self._tiles[key]


def remark(text: str) -> QLabel:
    """A small wrapped line of explanation."""
    return label(text, FontRole.SMALL, tone="text2", wrap=True)
