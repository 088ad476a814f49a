"""The list of servers: kind, name, state, address."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter
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
        first = QRect(inner.x(), inner.y(), inner.width(), half)
        second = first.translated(0, half)
        word = self._view.fontMetrics().horizontalAdvance(look.word) + 1
        beside = QRect(first.right() - word + 1, first.y(), word, half)
        room = QRect(first.x(), first.y(), beside.x() - first.x() - 28, half)
        fits = stands_beside(server.name, room.width())
        _paint_line(painter, room if fits else first, server.name, active.color("text"), font(FontRole.STRONG))
        state = beside if fits else second.adjusted(20, 0, 0, 0)
        _paint_line(painter, state, look.word, active.color(look.tone), self._view.font())
        place = QRect(QPoint(state.x() - 20, state.center().y() - 6), QSize(14, 14))
        icons.paint(painter, place, look.icon, active.color(look.tone))
        if fits:
            mode = Qt.TextElideMode.ElideMiddle
            _paint_line(painter, second, address_of(server), active.color("text2"), self._view.font(), mode)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, at_least(_HEIGHT, self._view.fontMetrics()))


def stands_beside(name: str, room: int) -> bool:
    """Whether a server's name is whole in this room, in px, beside its state.

    A state in a long language left two letters of a name: then the address, which is in the details, goes instead.
    """
    return QFontMetrics(font(FontRole.STRONG)).horizontalAdvance(name) <= room


def _paint_line(
    painter: QPainter,
    room: QRect,
    text: str,
    ink: QColor,
    text_font: QFont,
    mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    painter.setFont(text_font)
    painter.setPen(ink)
    painter.drawText(room, _LEFT, painter.fontMetrics().elidedText(text, mode, room.width()))


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
