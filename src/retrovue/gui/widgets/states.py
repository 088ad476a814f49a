"""States: each has its own shape, its colour and its word, so that none is told by colour alone."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from retrovue.core.domain.media import FileState
from retrovue.core.domain.servers import ServerKind, ServerState
from retrovue.core.domain.sync import SyncOutcome
from retrovue.core.i18n import _
from retrovue.core.services import words
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, font


@dataclass(frozen=True)
class StateLook:
    """An icon, the token of its colour and the translated word."""

    icon: str
    tone: str
    word: str


_SERVER = {
    "online": ("check-circle-fill", "success"),
    "connecting": ("circle-notch-fill", "info"),
    "certificate": ("warning-fill", "warning"),
    "keyring_locked": ("lock", "warning"),
    "sign_in_again": ("key-fill", "warning"),
    "not_reachable": ("x-circle-fill", "danger"),
    "unknown": ("circle-dashed", "text2"),
    "disabled": ("pause-circle-fill", "text2"),
}
_FILE = {
    "found": ("check-circle-fill", "success"),
    "missing": ("x-circle-fill", "danger"),
    "size_differs": ("warning-fill", "warning"),
    "unmapped": ("link-break", "text2"),
    "unchecked": ("circle-dashed", "text2"),
    "unreachable": ("plugs", "danger"),
}
_OUTCOME = {
    "ok": ("check-circle-fill", "success"),
    "held_back": ("hand-palm-fill", "warning"),
    "incomplete": ("warning-fill", "warning"),
    "unavailable": ("plugs", "danger"),
    "cancelled": ("minus-circle-fill", "text2"),
    "failed": ("x-circle-fill", "danger"),
}


def server_look(state: str) -> StateLook:
    """The look of a server's state.

    Args:
        state: a `ServerState` value: unknown, online, connecting, certificate, sign_in_again, keyring_locked,
            not_reachable, disabled.

    Raises:
        KeyError: no such state.
    """
    return StateLook(*_SERVER[state], words.server_state(ServerState(state)))


def file_look(state: str) -> StateLook:
    """The look of a media file's state on this computer.

    Args:
        state: found, missing, size_differs, unmapped, unchecked, unreachable or in_trash.

    Raises:
        KeyError: no such state.
    """
    if state == "in_trash":
        return StateLook("trash", "text2", _("In server trash"))
    return StateLook(*_FILE[state], words.file_state(FileState(state)))


def decision_look(decision: str) -> StateLook:
    """The look of a stream decision.

    Args:
        decision: direct_play, direct_stream or transcode.

    Raises:
        KeyError: no such decision.
    """
    return {
        "direct_play": StateLook("play-circle", "direct_play", _("Direct play")),
        "direct_stream": StateLook("package", "direct_stream", _("Direct stream")),
        "transcode": StateLook("arrows-clockwise", "transcode", _("Transcode")),
    }[decision]


def outcome_look(outcome: str) -> StateLook:
    """The look of how a sync run ended.

    Args:
        outcome: ok, unchanged, held_back, incomplete, unavailable, cancelled, failed or running.

    Raises:
        KeyError: no such outcome.
    """
    if outcome == "unchanged":
        return StateLook("equals", "text2", _("No change"))
    if outcome == "running":
        return StateLook("circle-notch-fill", "info", _("Running"))
    return StateLook(*_OUTCOME[outcome], words.outcome(SyncOutcome(outcome)))


class StatePill(QWidget):
    """Icon and word. With `filled` they stand on the soft colour of the state, as stream decisions do."""

    def __init__(self, look: StateLook, *, filled: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._filled = filled
        weight_font = font(FontRole.SMALL)
        weight_font.setWeight(QFont.Weight.DemiBold if filled else QFont.Weight.Medium)
        self.setFont(weight_font)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_look(look)

    @property
    def look(self) -> StateLook:
        """What is shown."""
        return self._look

    def set_look(self, look: StateLook) -> None:
        """Show another state."""
        self._look = look
        self.setAccessibleName(look.word)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Icon, gap and word."""
        metrics = self.fontMetrics()
        inner = 14 + 6 + metrics.horizontalAdvance(self._look.word) + 1
        if self._filled:
            return QSize(inner + 16, metrics.height() + 8)
        return QSize(inner, metrics.height() + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint icon and word."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        x = 0
        if self._filled:
            painter.setPen(Qt.PenStyle.NoPen)
            soft = f"{self._look.tone}_soft"
            painter.setBrush(active.color(soft if hasattr(active, soft) else "track"))
            painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
            x = 8
        ink = active.color(self._look.tone)
        icons.paint(painter, QRect(x, (self.height() - 14) // 2, 14, 14), self._look.icon, ink)
        painter.setPen(ink)
        painter.drawText(
            QRect(x + 20, 0, self.width(), self.height()),
            int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
            self._look.word,
        )


def paint_kind_tile(painter: QPainter, rect: QRect, kind: str, active: tokens.Tokens) -> None:
    """Paint the letter tile of a server kind (plex, emby, jellyfin), for delegates and widgets."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(active.color(kind))
    radius = 4 if rect.width() > 15 else 3
    painter.drawRoundedRect(QRectF(rect), radius, radius)
    letter = QFont(painter.font())
    letter.setPixelSize(round(rect.height() * 0.64))
    letter.setWeight(QFont.Weight.Bold)
    painter.setFont(letter)
    painter.setPen(active.color(f"{kind}_letter"))
    painter.drawText(QRectF(rect), int(Qt.AlignmentFlag.AlignCenter), ServerKind(kind).label[0])
    painter.restore()


class ServerKindTile(QWidget):
    """A letter tile: P, E or J. Never a logo."""

    def __init__(self, kind: str, *, size: int = 20, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = kind
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(ServerKind(kind).label)
        self.setToolTip(ServerKind(kind).label)

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(self._size, self._size)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the tile."""
        paint_kind_tile(QPainter(self), self.rect(), self._kind, tokens.of(self.palette()))
