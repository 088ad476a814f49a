"""The steps of a connection test on one line, from the address to the libraries."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QLineF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, fixed_font, font
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.flow import FlowLayout
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.notices import ToneIcon
from retrovue.gui.widgets.tips import plain_tip

_DOT = 16


class StepLook(StrEnum):
    """How far a step came."""

    PASSED = "passed"
    FAILED = "failed"
    RUNNING = "running"
    UNTRIED = "untried"


@dataclass(frozen=True)
class VerdictStep:
    """One step: its name, what was found ("open, 24 ms"), and how it went."""

    title: str
    note: str
    state: StepLook


_LOOKS = {
    StepLook.PASSED: ("check-circle-fill", "success"),
    StepLook.FAILED: ("x-circle-fill", "danger"),
    StepLook.RUNNING: ("circle-notch-fill", "info"),
    StepLook.UNTRIED: ("circle", "control"),
}


def step_words(state: StepLook) -> str:
    """The word for a state, for those who cannot see its shape."""
    return {
        StepLook.PASSED: _("passed"),
        StepLook.FAILED: _("failed"),
        StepLook.RUNNING: _("running"),
        StepLook.UNTRIED: _("not tested"),
    }[state]


class VerdictSteps(QWidget):
    """The step bar. A line up to a step has the colour of how that step went."""

    def __init__(self, steps: tuple[VerdictStep, ...] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: tuple[VerdictStep, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_steps(steps)

    @property
    def steps(self) -> tuple[VerdictStep, ...]:
        """What is shown."""
        return self._steps

    def set_steps(self, steps: tuple[VerdictStep, ...]) -> None:
        """Show these steps."""
        self._steps = steps
        said = "; ".join(f"{s.title}: {step_words(s.state)} {s.note}".strip() for s in steps)
        self.setAccessibleName(said)
        self.setToolTip(plain_tip("\n".join(f"{s.title}: {s.note or step_words(s.state)}" for s in steps)))
        self.updateGeometry()
        self.update()

    def _heights(self) -> tuple[int, int]:
        title = QFontMetrics(font(FontRole.HEADER)).height()
        return title, QFontMetrics(font(FontRole.SMALL)).height()

    def sizeHint(self) -> QSize:
        """A dot, a title and a note."""
        title, note = self._heights()
        return QSize(96 * max(1, len(self._steps)), _DOT + 10 + title + 4 + note + 2)

    def minimumSizeHint(self) -> QSize:
        """Notes elide before the bar asks for more."""
        return QSize(64 * max(1, len(self._steps)), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint lines, dots and texts."""
        if not self._steps:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        width = self.width() / len(self._steps)
        middle = _DOT / 2 + 1
        for number, step in enumerate(self._steps):
            centre = width * (number + 0.5)
            icon, tone = _LOOKS[step.state]
            if number:
                passed = step.state is not StepLook.UNTRIED
                painter.setPen(QPen(active.color(tone if passed else "track"), 2))
                painter.drawLine(QLineF(centre - width + 15, middle, centre - 15, middle))
            place = QRect(round(centre) - _DOT // 2, 1, _DOT, _DOT)
            if step.state is StepLook.UNTRIED:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(active.color("control"))
                painter.drawEllipse(QRectF(place).adjusted(2, 2, -2, -2))
            else:
                icons.paint(painter, place.adjusted(-1, -1, 1, 1), icon, active.color(tone))
            self._paint_texts(painter, active, step, QRect(round(width * number), 0, round(width), 0))

    def _paint_texts(self, painter: QPainter, active: tokens.Tokens, step: VerdictStep, column: QRect) -> None:
        title, note = self._heights()
        lines = (
            (FontRole.HEADER, "text", step.title, _DOT + 10, title),
            (FontRole.SMALL, "text2", step.note or step_words(step.state), _DOT + 10 + title + 4, note),
        )
        for role, tone, text, top, height in lines:
            painter.setFont(font(role))
            painter.setPen(active.color(tone))
            # No margin: in the wizard a column is 80 px wide, of which "Bibliotheken" takes 78.
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, column.width())
            rect = QRect(column.x(), top, column.width(), height + 2)
            painter.drawText(rect, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop), shown)


class VerdictView(QFrame):
    """Head with the sentence, the step bar, a remedy, and buttons for it.

    `tone` is success, warning, danger or info.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = "info"
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._head = QHBoxLayout()
        self._head.setContentsMargins(17, 0, 17, 0)
        self._head.setSpacing(12)
        self._icon = ToneIcon("info-fill", "info")
        self._title = label(role=FontRole.CARD_TITLE, wrap=True)
        self._remark = label(role=FontRole.SMALL, tone="text2")
        self._head.addWidget(self._icon)
        self._head.addWidget(self._title, 1)
        self._head.addWidget(self._remark)
        self._head_holder = QWidget()
        self._head_holder.setLayout(self._head)
        self._head_holder.setMinimumHeight(44)
        self._head_holder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        # Not Maximum: its hint is of a width where the remedy takes one line, and the steps lost theirs to the second.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        column.addWidget(self._head_holder)
        body = QVBoxLayout()
        body.setContentsMargins(17, 14, 17, 15)
        body.setSpacing(14)
        self.steps = VerdictSteps()
        self._text = label(wrap=True)
        body.addWidget(self.steps)
        body.addWidget(self._text)
        self._code = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle, text_font=fixed_font(FontRole.SMALL), tone="text2")
        self._code.hide()
        body.addWidget(self._code)
        self._actions = FlowLayout(gap=8)
        body.addLayout(self._actions)
        column.addLayout(body)

    @property
    def title(self) -> str:
        """The sentence."""
        return self._title.text()

    def show_verdict(
        self, tone: str, title: str, steps: tuple[VerdictStep, ...], *, text: str = "", remark: str = ""
    ) -> None:
        """Show how a test ended: the sentence, its steps, the remedy, and when it was ("20:51 · 0.3 s")."""
        self._tone = tone
        self._title.setText(title)
        self._remark.setText(remark)
        self.steps.set_steps(steps)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        names = {"success": "check-circle-fill", "warning": "warning-fill", "danger": "x-circle-fill"}
        self._icon.set_look(names.get(tone, "info-fill"), tone)
        self.setAccessibleName(f"{title} {text}".strip())
        self.update()

    def set_actions(self, buttons: list[Button], *, code: str = "") -> None:
        """Put the remedy's buttons below, with a code (a fingerprint) above them."""
        while self._actions.count():
            item = self._actions.takeAt(0)
            old = item.widget() if item is not None else None
            if old is not None:
                old.hide()
                old.deleteLater()
        for button in buttons:
            self._actions.addWidget(button)
        self._code.set_text(code)
        self._code.setVisible(bool(code))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the plate and its soft head."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        soft = active.color(f"{self._tone}_soft")
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(active.color("base"))
        painter.drawRoundedRect(frame, 8, 8)
        painter.save()
        painter.setClipRect(QRectF(0, 0, self.width(), self._head_holder.height()))
        painter.setBrush(soft)
        painter.drawRoundedRect(frame, 8, 8)
        painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(tokens.blend(active.color(self._tone), active.color("base"), 0.4), 1))
        painter.drawRoundedRect(frame, 8, 8)
