"""The card of one live session."""

from datetime import datetime

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.core.services.monitor import ActiveSession
from retrovue.gui.pages.activity import words
from retrovue.gui.pages.activity.streams import decision_note
from retrovue.gui.pages.activity.tuner import TunerBar
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, font, paint_focus_ring
from retrovue.gui.widgets.focus import KeyboardFocus
from retrovue.gui.widgets.labels import ElidedLabel, label, set_tone
from retrovue.gui.widgets.poster import Poster
from retrovue.gui.widgets.states import ServerKindTile, StatePill
from retrovue.gui.widgets.tips import plain_tip

POSTER_WIDTH = 107
HEIGHT = 192
_NARROW = 480
_STATE_ICONS = {"playing": "play-fill", "paused": "pause-fill", "buffering": "circle-notch"}


class Glyph(QWidget):
    """A small icon in the colour of a token."""

    def __init__(self, icon: str, tone: str = "text2", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self._tone = tone
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def icon(self) -> str:
        """The name of the icon."""
        return self._icon

    def show_icon(self, icon: str, tone: str) -> None:
        """Show another one."""
        if (icon, tone) != (self._icon, self._tone):
            self._icon, self._tone = icon, tone
            self.update()

    def sizeHint(self) -> QSize:
        """14 px square."""
        return QSize(14, 14)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the icon."""
        if self._icon:
            icons.paint(QPainter(self), QRect(0, 0, 14, 14), self._icon, tokens.of(self.palette()).color(self._tone))


class _WholeOrNothing(ElidedLabel):
    """A remark that goes where there is no room for all of it: half a time of day is worse than none."""

    def shown_text(self) -> str:
        """The text, or nothing."""
        return self.text if self.fontMetrics().horizontalAdvance(self.text) <= self.width() else ""


class SessionCard(KeyboardFocus, QFrame):
    """Poster, who watches what on which player, how it gets there and how far it is. Thread: GUI.

    Signals:
        opened(ActiveSession): its details are wanted.
        menu_requested(ActiveSession, QPoint): a context menu is wanted at this global place.

    `show_session` takes a new report; `tick` moves the position between reports.
    """

    opened = Signal(object)
    menu_requested = Signal(object, QPoint)

    def __init__(self, active: ActiveSession, now: datetime, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._active = active
        self._note = ""
        self.setProperty("surface", "card")
        self.setToolTip(plain_tip(_("Click for details")))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Ignored: equal columns are given by the grid, not asked for by long titles.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.poster = Poster(words.heading(active.session), width=POSTER_WIDTH)
        self.title = ElidedLabel(text_font=font(FontRole.CARD_TITLE))
        self._tile = ServerKindTile(active.server_kind, size=16)
        self.server = ElidedLabel(tone="text2")
        self.item = ElidedLabel(tone="text2")
        strong = font(FontRole.BODY)
        strong.setWeight(QFont.Weight.Medium)
        self.user = ElidedLabel(text_font=strong)
        self._device = Glyph("")
        self.player = ElidedLabel(tone="text2")
        self.pill = StatePill(words.look_of(active.session), filled=True)
        self.delivery = ElidedLabel(tone="text2")
        self.reason = ElidedLabel(text_font=font(FontRole.SMALL), tone="text2")
        self.bar = TunerBar()
        self._build()
        self.show_session(active, now)

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(15, 15, 15, 15)
        row.setSpacing(16)
        row.addWidget(self.poster, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(0)
        row.addLayout(column, 1)
        head = QHBoxLayout()
        head.setSpacing(7)
        head.addWidget(self.title, 1)
        head.addWidget(self._tile)
        head.addWidget(self.server)
        column.addLayout(head)
        column.addSpacing(2)
        column.addWidget(self.item)
        column.addStretch(3)
        people = QHBoxLayout()
        people.setSpacing(6)
        people.addWidget(Glyph("user"))
        people.addWidget(self.user)
        people.addSpacing(8)
        people.addWidget(self._device)
        people.addWidget(self.player, 1)
        column.addLayout(people)
        column.addStretch(3)
        how = QHBoxLayout()
        how.setSpacing(9)
        how.addWidget(self.pill)
        how.addWidget(self.delivery, 1)
        column.addLayout(how)
        column.addSpacing(4)
        column.addWidget(self.reason)
        column.addStretch(2)
        column.addWidget(self.bar)
        column.addLayout(self._times())

    def _times(self) -> QHBoxLayout:
        self._state = Glyph("play-fill", "accent")
        self.position = label(role=FontRole.STRONG)
        self._length = label(tone="text2")
        self.remark = _WholeOrNothing(tone="text2")
        self._network_icon = Glyph("")
        self.network = label(tone="text2")
        self.rate = label(role=FontRole.STRONG)
        row = QHBoxLayout()
        row.setSpacing(5)
        for widget in (self._state, self.position, self._length):
            row.addWidget(widget)
        row.addSpacing(7)
        row.addWidget(self.remark, 1)
        for widget in (self._network_icon, self.network):
            row.addWidget(widget)
        row.addSpacing(5)
        row.addWidget(self.rate)
        return row

    @property
    def active(self) -> ActiveSession:
        """The session as last reported."""
        return self._active

    def show_session(self, active: ActiveSession, now: datetime) -> None:
        """Show a new report."""
        before, session = self._active.session, active.session
        note = decision_note(self._active, active, now)
        if note or before.remote_id != session.remote_id:
            self._note = note
        self._active = active
        if words.heading(session) != words.heading(before):
            self.poster.set_title(words.heading(session))
        self.title.set_text(words.heading(session))
        self.item.set_text(words.item_line(session))
        self.server.set_text(active.server)
        self.user.set_text(session.user or "?")
        self._device.show_icon(words.device_icon(session), "text2")
        self.player.set_text(words.player_line(session))
        self.pill.set_look(words.look_of(session))
        self.delivery.set_text(words.delivery(session))
        self.reason.set_text(" · ".join(part for part in (self._note, words.reason(session)) if part))
        icon, word = words.network(session)
        self._network_icon.show_icon(icon, "text2")
        self._network_icon.setToolTip(plain_tip(word))
        self.network.setText(word)
        self.rate.setText(words.rate(session.bandwidth_kbps))
        self._state.show_icon(
            _STATE_ICONS.get(session.state, "play-fill"), "accent" if session.state == "playing" else "text3"
        )
        set_tone(self.position, "text" if session.state == "playing" else "text2")
        self.tick(now)

    def show_picture(self, picture: QPixmap) -> None:
        """Show a poster, or what stands in for one."""
        self.poster.set_picture(picture)

    def tick(self, now: datetime) -> None:
        """Show where the session is now."""
        session = self._active.session
        position_ms = self._active.position_ms_at(now)
        self.bar.show_position(position_ms, session.duration_ms, is_playing=session.state == "playing")
        self.position.setText(words.clock(position_ms))
        self._length.setText(f"/ {words.clock(session.duration_ms)}" if session.duration_ms else "")
        self.remark.set_text(words.progress_remark(self._active, position_ms, now))
        self.setAccessibleName(words.sentence(self._active, now))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click shows the details."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit(self._active)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space show the details."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(self._active)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with it."""
        self.menu_requested.emit(self._active, event.globalPos())

    def sizeHint(self) -> QSize:
        """As high as the poster wants, or higher with a larger font."""
        layout = self.layout()
        needed = layout.minimumSize().height() if layout is not None else 0
        return QSize(500, max(HEIGHT, needed))

    def minimumSizeHint(self) -> QSize:
        """Narrower than the design's 400 only where the window leaves no choice."""
        return QSize(320, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow card keeps its times and tells the network by its icon."""
        super().resizeEvent(event)
        self.network.setVisible(self.width() >= _NARROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card and, for who uses keys, the ring."""
        super().paintEvent(event)
        if self.shows_focus and self.hasFocus():
            painter = QPainter(self)
            paint_focus_ring(painter, QRectF(self.rect()), tokens.of(self.palette()).color("accent"), 8)
