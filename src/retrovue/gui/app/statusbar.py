"""The status bar: the running task on the left, the state of each server on the right."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QSizePolicy,
    QStatusBar,
    QWidget,
)

from retrovue.core.i18n import _
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, at_least, font, paint_focus_ring
from retrovue.gui.widgets.busy import BusyIcon
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.focus import KeyboardFocus
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.progress import ProgressBar
from retrovue.gui.widgets.states import server_look
from retrovue.gui.widgets.tips import plain_tip


@dataclass(frozen=True)
class TaskView:
    """The task to show: what it is called and how far it is (`total` None: unknown)."""

    text: str
    done: int = 0
    total: int | None = None
    can_cancel: bool = True

    @property
    def percent(self) -> int | None:
        """Whole per cent, never 100 before the end, or None while the total is unknown."""
        if not self.total:
            return None
        whole = self.done * 100 // self.total
        return min(whole, 99) if self.done < self.total else 100


@dataclass(frozen=True)
class ServerView:
    """One server: `state` is a state of `widgets.states`, `key` comes back when it is clicked."""

    key: str
    name: str
    state: str


class ServerButton(KeyboardFocus, QAbstractButton):
    """Icon, name and, when it is not online, the state in words; a click opens the Servers page."""

    def __init__(self, server: ServerView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._server = server
        self._look = server_look(server.state)
        self._note = "" if server.state == "online" else self._look.word
        self.setFont(font(FontRole.SMALL))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{server.name}: {self._look.word}")
        self.setToolTip(plain_tip(f"{server.name}: {self._look.word}"))

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        metrics = self.fontMetrics()
        width = 9 + 14 + 6 + metrics.horizontalAdvance(self._server.name) + 9
        if self._note:
            width += 6 + metrics.horizontalAdvance(self._note)
        return QSize(width, 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the divider, the icon and the words."""
        painter = QPainter(self)
        active = tokens.of(self.palette())
        painter.fillRect(0, 5, 1, self.height() - 10, active.color("border"))
        tone = active.color(self._look.tone)
        icons.paint(painter, QRect(9, (self.height() - 14) // 2, 14, 14), self._look.icon, tone)
        painter.setPen(active.color("text"))
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        x = 29
        painter.drawText(QRect(x, 0, self.width(), self.height()), flags, self._server.name)
        if self._note:
            x += self.fontMetrics().horizontalAdvance(self._server.name) + 6
            painter.setPen(tone)
            painter.drawText(QRect(x, 0, self.width(), self.height()), flags, self._note)
        if self.shows_focus:
            paint_focus_ring(painter, self.rect().toRectF().adjusted(2, 1, 0, -1), active.color("accent"), 4)


class StatusBar(QStatusBar):
    """Text at rest; a busy icon, a bar, per cent and cancel while something runs."""

    cancel_requested = Signal()
    server_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(4, 0, 12, 0)
        self._busy = BusyIcon(size=14)
        self._text = ElidedLabel(text_font=font(FontRole.SMALL), tone="text2")
        self._bar = ProgressBar(height=4)
        self._bar.setFixedWidth(140)
        self._bar.setAccessibleName(_("Progress of the running task"))
        self._percent = label(role=FontRole.SMALL, tone="text2")
        self._cancel = Button(icon="x", kind=ButtonKind.FLAT, name=_("Cancel the running task"), height=24)
        self._cancel.clicked.connect(self.cancel_requested)
        self._servers_row = QHBoxLayout()
        self._servers_row.setSpacing(8)
        self._server_buttons: list[ServerButton] = []
        self.addWidget(self._build(), 1)
        self.setFixedHeight(at_least(28, self.fontMetrics()))
        self.clear_task("")

    def _build(self) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(8, 0, 0, 0)
        row.setSpacing(8)
        self._text.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        for widget in (self._busy, self._text, self._bar, self._percent, self._cancel):
            row.addWidget(widget)
        row.addStretch(1)
        row.addLayout(self._servers_row)
        return holder

    @property
    def text(self) -> str:
        """What stands on the left."""
        return self._text.text

    @property
    def bar(self) -> ProgressBar:
        """The bar of the running task."""
        return self._bar

    @property
    def cancel_button(self) -> Button:
        """The cross beside the bar."""
        return self._cancel

    @property
    def server_buttons(self) -> list[ServerButton]:
        """What stands on the right, in order."""
        return list(self._server_buttons)

    def show_task(self, task: TaskView) -> None:
        """Show a running task."""
        self._text.set_text(task.text)
        self._text.set_tone("text")
        percent = task.percent
        self._bar.set_progress(task.done, task.total)
        self._percent.setText("" if percent is None else _("{percent} %").format(percent=percent))
        for widget in (self._busy, self._bar):
            widget.setVisible(True)
        self._percent.setVisible(percent is not None)
        self._cancel.setVisible(task.can_cancel)

    @property
    def tone(self) -> str:
        """The colour of the text: "danger" while it tells of a failure."""
        return self._text.tone

    def clear_task(self, text: str, *, is_failure: bool = False) -> None:
        """Nothing runs: show one sentence, such as "Up to date · last sync today 18:02", or what failed last."""
        self._text.set_text(text)
        self._text.set_tone("danger" if is_failure else "text2")
        for widget in (self._busy, self._bar, self._percent, self._cancel):
            widget.setVisible(False)

    def show_servers(self, servers: list[ServerView]) -> None:
        """Show these servers and no others."""
        for old in self._server_buttons:
            self._servers_row.removeWidget(old)
            old.deleteLater()
        self._server_buttons = []
        for server in servers:
            button = ServerButton(server)
            button.clicked.connect(lambda _checked=False, key=server.key: self.server_chosen.emit(key))
            self._servers_row.addWidget(button)
            self._server_buttons.append(button)
