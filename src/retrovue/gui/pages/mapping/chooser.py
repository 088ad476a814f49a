"""The choice of a server, each with its letter tile."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from retrovue.core.domain.servers import Server
from retrovue.core.i18n import _
from retrovue.gui.theme import tokens
from retrovue.gui.widgets.fields import ComboBox
from retrovue.gui.widgets.states import paint_kind_tile

_TILE = 16


class ServerChooser(ComboBox):
    """`chosen` comes only when a person chooses."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(name=_("Server"), parent=parent)
        self._servers: tuple[Server, ...] = ()
        self.setIconSize(QSize(_TILE, _TILE))
        self.setFixedWidth(200)
        self.activated.connect(self._on_activated)

    def set_servers(self, servers: Sequence[Server], current: int | None) -> None:
        """Offer these and show `current` (an id) as chosen."""
        with QSignalBlocker(self):
            if [(one.id, one.name, one.kind) for one in servers] != [
                (one.id, one.name, one.kind) for one in self._servers
            ]:
                self._servers = tuple(servers)
                self.clear()
                for server in servers:
                    self.addItem(self._tile(server.kind.value), server.name, server.id)
            self.setCurrentIndex(self.findData(current))

    def changeEvent(self, event: QEvent) -> None:
        """The tiles have other colours in another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for place, server in enumerate(self._servers):
                self.setItemIcon(place, self._tile(server.kind.value))

    def _tile(self, kind: str) -> QIcon:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(QSize(_TILE, _TILE) * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_kind_tile(painter, QRect(0, 0, _TILE, _TILE), kind, tokens.of(self.palette()))
        painter.end()
        return QIcon(pixmap)

    @Slot(int)
    def _on_activated(self, place: int) -> None:
        self.chosen.emit(self.itemData(place))
