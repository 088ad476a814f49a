"""The cards of all live sessions in equal columns."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from retrovue.core.services.monitor import ActiveSession
from retrovue.gui.pages.activity.card import SessionCard
from retrovue.gui.pages.activity.down import DownCard, DownServer

_GAP = 16
_ONE_BELOW, _THREE_ABOVE = 880, 1640
"""Of the cards alone: beside the margins and a scroll bar, a window that fills 1920 px leaves them 1,674."""
_MOST_COLUMNS = 3


def columns_for(width: int) -> int:
    """How many cards stand side by side in so many pixels."""
    if width < _ONE_BELOW:
        return 1
    return _MOST_COLUMNS if width > _THREE_ABOVE else 2


class SessionCards(QScrollArea):
    """Signals as those of a card; `servers_requested(int)`: the Servers page of a server that does not respond.

    Keeps the card of a session while the session lasts, so that focus and posters stay. Thread: GUI."""

    opened = Signal(object)
    menu_requested = Signal(object, QPoint)
    servers_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._down: dict[int, DownCard] = {}
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
                self._cards[key] = card = SessionCard(active, now)
                card.opened.connect(self.opened)
                card.menu_requested.connect(self.menu_requested)
            else:
                known.show_session(active, now)
        self._cards = {key: self._cards[key] for key in wanted}
        self._place()

    @property
    def down(self) -> tuple[DownCard, ...]:
        """The cards of servers that do not respond."""
        return tuple(self._down.values())

    def show_down(self, servers: Sequence[DownServer]) -> None:
        """Show a card for each of these servers, after the sessions."""
        wanted = {server.id: server for server in servers}
        for server_id in [key for key in self._down if key not in wanted]:
            gone = self._down.pop(server_id)
            self._grid.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for server_id, server in wanted.items():
            if server_id not in self._down:
                self._down[server_id] = card = DownCard(server)
                card.requested.connect(self.servers_requested)
            self._down[server_id].show_server(server)
        self._place()

    def reveal(self, key: tuple[int, str]) -> bool:
        """Bring the card of a session into view and give it the keyboard; False when it is not there."""
        card = self._cards.get(key)
        if card is not None:
            self.ensureWidgetVisible(card)
            card.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return card is not None

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
        for number, card in enumerate((*self._cards.values(), *self._down.values())):
            self._grid.addWidget(card, number // self._columns, number % self._columns, Qt.AlignmentFlag.AlignTop)
            card.show()
            if before is not None:
                QWidget.setTabOrder(before, card)
            before = card
        for column in range(_MOST_COLUMNS):
            self._grid.setColumnStretch(column, 1 if column < self._columns else 0)
        rows = -(-(len(self._cards) + len(self._down)) // self._columns)
        for row in range(self._grid.rowCount() + 1):
            self._grid.setRowStretch(row, 1 if row == rows else 0)
