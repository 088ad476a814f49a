"""The list of servers: kind, name, state, address."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from retrovue.core.domain.servers import Server
from retrovue.core.i18n import _
from retrovue.gui.tables.columns import ROW_ROLE, Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import Index
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, at_least, font
from retrovue.gui.widgets.states import paint_kind_tile, server_look

_HEIGHT = 60
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def address_of(server: Server) -> str:
    """Address and role in one line: "192.168.1.20:32400 · owner"."""
    address = server.url.removeprefix("http://")
    role = _("owner") if server.is_owner else _("shared with you")
    return f"{address} · {role}"


class _ServerDelegate(QStyledItemDelegate):
    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        server = index.data(ROW_ROLE)
        active = tokens.of(self._view.palette())
        painter.save()
        rect: QRect = option.rect.adjusted(8, 2, -8, -2)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(active.color("selection"))
            painter.drawRoundedRect(rect, 6, 6)
        paint_kind_tile(painter, QRect(rect.x() + 10, rect.y() + 10, 20, 20), server.kind.value, active)
        inner = rect.adjusted(40, 7, -10, -7)
        half = inner.height() // 2
        look = server_look(server.state.value)
        painter.setFont(self._view.font())
        word = painter.fontMetrics().horizontalAdvance(look.word)
        state = QRect(inner.right() - word, inner.y(), word + 1, half)
        painter.setPen(active.color(look.tone))
        painter.drawText(state, _LEFT, look.word)
        icons.paint(
            painter,
            QRect(QPoint(state.x() - 20, state.center().y() - 6), QSize(14, 14)),
            look.icon,
            active.color(look.tone),
        )
        painter.setFont(font(FontRole.STRONG))
        painter.setPen(active.color("text"))
        room = QRect(inner.x(), inner.y(), state.x() - inner.x() - 28, half)
        painter.drawText(
            room, _LEFT, painter.fontMetrics().elidedText(server.name, Qt.TextElideMode.ElideRight, room.width())
        )
        painter.setFont(self._view.font())
        painter.setPen(active.color("text2"))
        room = QRect(inner.x(), inner.y() + half, inner.width(), half)
        line = painter.fontMetrics().elidedText(address_of(server), Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, _LEFT, line)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, at_least(_HEIGHT, self._view.fontMetrics()))


class ServerList(QListView):
    """One server chosen at a time; Delete asks to remove it."""

    remove_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(_("Servers"))
        self.setProperty("surface", "base")
        self.setFrameShape(QListView.Shape.NoFrame)
        self.list_model = ListModel(
            [Column("name", _("Server"), lambda server: f"{server.name} · {server_look(server.state.value).word}")],
            parent=self,
        )
        self.setModel(self.list_model)
        self.setItemDelegate(_ServerDelegate(self))
        self.setViewportMargins(0, 8, 0, 8)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete: ask to remove the chosen server."""
        if event.key() == Qt.Key.Key_Delete:
            self.remove_requested.emit()
            return
        super().keyPressEvent(event)
