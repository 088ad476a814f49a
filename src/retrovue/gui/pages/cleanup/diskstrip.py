"""The disks above the list: what is free on each, and how much the list in front would add."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolTip, QWidget

from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.cleanup.diskcard import capacity_words, disk_look
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, font, paint_focus_ring
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.focus import KeyboardFocus
from retrovue.gui.widgets.labels import ElidedLabel
from retrovue.gui.widgets.notices import ToneIcon
from retrovue.gui.widgets.states import StatePill
from retrovue.gui.widgets.tips import plain_tip

if TYPE_CHECKING:
    from retrovue.core.services.cleanup.room import Gains
    from retrovue.core.services.files.disks import Disk

MOST_DISKS = 4
_WIDEST = 340
_HEIGHT = 6
_STEP = 4.0
_TONES = {"fine": "accent", "filling": "warning", "almost_full": "danger", "unknown": "text3"}


class RoomBar(QWidget):
    """What is taken of a disk, with the end of it hatched: that is what would be free."""

    def __init__(self, disk: "Disk", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._disk = disk
        self.gain_bytes = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A thin line."""
        return QSize(120, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the track, what stays and what would go."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), _HEIGHT / 2, _HEIGHT / 2)
        painter.setClipPath(outline)
        painter.fillRect(self.rect(), active.color("track"))
        total, free = self._disk.total_bytes, self._disk.free_bytes
        if not total or free is None:
            return
        taken = self.width() * (total - free) / total
        gain = min(taken, max(2.0, self.width() * self.gain_bytes / total)) if self.gain_bytes else 0.0
        color = active.color(_TONES[self._disk.fullness.value])
        painter.fillRect(QRectF(0, 0, taken - gain, _HEIGHT), color)
        painter.setClipRect(QRectF(taken - gain, 0, gain, _HEIGHT), Qt.ClipOperation.IntersectClip)
        painter.setPen(QPen(color, 1.5))
        for number in range(int(gain / _STEP) + 4):
            x = taken - gain + (number - 2) * _STEP
            painter.drawLine(int(x), _HEIGHT, int(x + _HEIGHT), 0)


class DiskTile(KeyboardFocus, Card):
    """One disk in the strip. What the list frees there is hatched, and in the tooltip, which the Tab key shows, too."""

    def __init__(self, disk: "Disk", parent: QWidget | None = None) -> None:
        super().__init__(padded=False, parent=parent)
        self.disk = disk
        self.setMaximumWidth(_WIDEST)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.body.setContentsMargins(12, 8, 12, 8)
        self.body.setSpacing(5)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(ToneIcon("hard-drive", "text2"))
        path = ElidedLabel(disk.path, mode=Qt.TextElideMode.ElideMiddle, text_font=font(FontRole.STRONG))
        head.addWidget(path, 1)
        head.addWidget(StatePill(disk_look(disk)))
        self.body.addLayout(head)
        self.bar = RoomBar(disk)
        self.body.addWidget(self.bar)
        free, total = capacity_words(disk)
        self.free, self.total = ElidedLabel(free, text_font=font(FontRole.STRONG)), ElidedLabel(total, tone="text2")
        foot = QHBoxLayout()
        foot.setSpacing(6)
        foot.addWidget(self.free)
        foot.addStretch(1)
        foot.addWidget(self.total)
        self.body.addLayout(foot)
        self.show_gain(None)

    def show_gain(self, gain_bytes: int | None, left: str = "") -> None:
        """Say how much the list frees here, and what of it frees nothing; None: its files are being looked at."""
        self.bar.gain_bytes = gain_bytes or 0
        self.bar.update()
        if gain_bytes is None:
            words = _("Counting what can be freed…")
        elif gain_bytes == 0:
            words = _("This list frees nothing here")
        else:
            words = _("This list frees {size}").format(size=text.size(gain_bytes))
        self.setToolTip(plain_tip("\n".join(part for part in (words, left) if part)))
        free = f"{self.free.text} {self.total.text}".strip()
        self.setAccessibleName(". ".join((self.disk.path, disk_look(self.disk).word, free, words)))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the tooltip to those who have no mouse."""
        super().focusInEvent(event)
        if self.shows_focus:
            QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), self.toolTip(), self)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take it away again."""
        super().focusOutEvent(event)
        QToolTip.hideText()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show where the keyboard is."""
        super().paintEvent(event)
        if self.shows_focus and self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_focus_ring(painter, QRectF(self.rect()), tokens.of(self.palette()).color("accent"), 8)


class DiskStrip(QWidget):
    """Hidden while no disk is known. Thread: GUI."""

    more_wanted = Signal()
    """All disks, in a tab of their own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(12)
        self.tiles: list[DiskTile] = []
        self.more = Button("", kind=ButtonKind.LINK)
        self.more.clicked.connect(self.more_wanted)
        self._row.addWidget(self.more)
        # One disk does not need the width of four.
        self._row.addStretch(1)
        self._disks: tuple[Disk, ...] = ()
        self.gains: Gains | None = None
        self._has_room = True
        self.hide()

    def set_room(self, *, has_room: bool) -> None:
        """Give way while there is no room for more than the list."""
        self._has_room = has_room
        self.setVisible(bool(self.tiles) and has_room)

    def set_disks(self, disks: Sequence["Disk"]) -> None:
        """Show other disks."""
        self._disks = tuple(disks)
        self._build()

    def set_gains(self, gains: "Gains | None") -> None:
        """Say what the list in front frees; None: not counted yet, and the disks stay where they are."""
        self.gains = gains
        if gains is not None and len(self._disks) > MOST_DISKS:
            self._build()
        self._show()

    @property
    def total_free(self) -> dict[str, int | None]:
        """Path → what is free there now."""
        return {disk.path: disk.free_bytes for disk in self._disks}

    def _build(self) -> None:
        for old in self.tiles:
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        by_disk = {} if self.gains is None else self.gains.by_disk
        # Where the most is to be had comes first, then the fullest.
        ordered = sorted(self._disks, key=lambda disk: (-by_disk.get(disk.path, 0), _free_share(disk), disk.path))
        self.tiles = [DiskTile(disk) for disk in ordered[:MOST_DISKS]]
        for place, tile in enumerate(self.tiles):
            self._row.insertWidget(place, tile, 3)
        rest = len(ordered) - len(self.tiles)
        self.more.setText(ngettext("{n} more disk", "{n} more disks", rest).format(n=text.number(rest)))
        self.more.setVisible(rest > 0)
        self.setVisible(bool(self.tiles) and self._has_room)
        self._show()

    def _show(self) -> None:
        left = _left_words(self.gains)
        for tile in self.tiles:
            tile.show_gain(None if self.gains is None else self.gains.by_disk.get(tile.disk.path, 0), left)


def _free_share(disk: "Disk") -> float:
    return 2.0 if not disk.total_bytes or disk.free_bytes is None else disk.free_bytes / disk.total_bytes


def _left_words(gains: "Gains | None") -> str:
    if gains is None or not gains.left:
        return ""
    from retrovue.core.services.cleanup.room import left_text

    lines = [left_text(one, text.size(one.size_bytes)) for one in gains.left]
    return "\n".join((_("What frees nothing:"), *lines))
