"""Cards in a grid of six columns: one over the whole width, the others three or two to a row."""

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from retrovue.gui.charts.card import ChartCard

COLUMNS = 6
_NARROW = 960
"""Below this width pairs stand side by side."""
_GAP = 12
_WIDE_HEIGHT = 184
_SMALL_HEIGHT = 155


def spans(count: int, per_row: int) -> list[int]:
    """How many cards each row has: as even as can be, the fuller rows first."""
    rows = -(-count // per_row)
    return [count // rows + (1 if n < count % rows else 0) for n in range(rows)] if rows else []


class CardGrid(QWidget):
    """Thread: GUI."""

    def __init__(self, wide: ChartCard, small: Sequence[ChartCard], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wide = wide
        self._small = list(small)
        self._shape: tuple[int, ...] = ()
        self._shown: list[ChartCard] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1)
            # Equal columns, whatever their content would like.
            self._grid.setColumnMinimumWidth(column, 1)
        wide.setMinimumHeight(_WIDE_HEIGHT)
        for card in small:
            card.setMinimumHeight(max(_SMALL_HEIGHT, card.minimumSizeHint().height()))
            card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._grid.addWidget(wide, 0, 0, 1, COLUMNS)
        self.show_cards(small)

    def show_cards(self, cards: Sequence[ChartCard]) -> None:
        """Show these of the small cards, in the order in which they were given."""
        self._shown = [card for card in self._small if card in cards]
        for card in self._small:
            card.setVisible(card in self._shown)
        self._shape = ()
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        """Any width; the height of all rows."""
        return QSize(320, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Three to a row, or two."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        shape = tuple(spans(len(self._shown), 3 if self.width() >= _NARROW else 2))
        if shape == self._shape:
            return
        self._shape = shape
        for card in self._small:
            self._grid.removeWidget(card)
        cards = iter(self._shown)
        for number, count in enumerate(shape):
            for place in range(count):
                self._grid.addWidget(next(cards), number + 1, place * COLUMNS // count, 1, COLUMNS // count)
