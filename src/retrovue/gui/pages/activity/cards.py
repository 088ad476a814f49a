"""The cards of all live sessions in equal columns."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from retrovue.core.services.monitor import ActiveSession
from retrovue.gui.pages.activity.card import SessionCard

_GAP = 16
_ONE_BELOW, _THREE_ABOVE = 880, 1700
_MOST_COLUMNS = 3


def columns_for(width: int) -> int:
    """How many cards stand side by side in so many pixels."""
    if width < _ONE_BELOW:
        return 1
    return _MOST_COLUMNS if width > _THREE_ABOVE else 2


class SessionCards(QScrollArea):
    """Keeps the card of a session while the session lasts, so that focus and posters stay. Thread: GUI."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: dict[tuple[int, str], SessionCard] = {}
        self._columns = 2
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget()
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        self.setWidget(inner)

    @property
    def cards(self) -> tuple[SessionCard, ...]:
        """The cards in order."""
        return tuple(self._cards.values())

    @property
    def columns(self) -> int:
        """How many stand side by side."""
        return self._columns

    def show_sessions(self, sessions: Sequence[ActiveSession], now: datetime) -> None:
        """Show exactly these sessions."""
        wanted = {active.key: active for active in sessions}
        for key in [key for key in self._cards if key not in wanted]:
            card = self._cards.pop(key)
            self._grid.removeWidget(card)
            card.hide()
            card.deleteLater()
        for key, active in wanted.items():
            known = self._cards.get(key)
            if known is None:
                self._cards[key] = SessionCard(active, now)
            else:
                known.show_session(active, now)
        self._cards = {key: self._cards[key] for key in wanted}
        self._place()

    def tick(self, now: datetime) -> None:
        """Move the positions."""
        for card in self._cards.values():
            card.tick(now)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many columns as fit."""
        super().resizeEvent(event)
        columns = columns_for(self.viewport().width())
        if columns != self._columns:
            self._columns = columns
            self._place()

    def _place(self) -> None:
        before: QWidget | None = None
        for number, card in enumerate(self._cards.values()):
            self._grid.addWidget(card, number // self._columns, number % self._columns, Qt.AlignmentFlag.AlignTop)
            card.show()
            if before is not None:
                QWidget.setTabOrder(before, card)
            before = card
        for column in range(_MOST_COLUMNS):
            self._grid.setColumnStretch(column, 1 if column < self._columns else 0)
        rows = -(-len(self._cards) // self._columns)
        for row in range(self._grid.rowCount() + 1):
            self._grid.setRowStretch(row, 1 if row == rows else 0)
