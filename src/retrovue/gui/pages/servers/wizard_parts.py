"""The steps at the left of the wizard, and what its pages share."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.states import ServerKindTile

STEPS_WIDTH = 208
_TITLE_LEFT = 49


class StepList(QWidget):
    """The steps at the left: done, current, to come."""

    def __init__(self, titles: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles = titles
        self._current = 0
        # The current step is bold, and another language may be longer.
        widest = max(QFontMetrics(font(FontRole.STRONG)).horizontalAdvance(title) for title in titles)
        self.setFixedWidth(max(STEPS_WIDTH, _TITLE_LEFT + widest + 12))
        self.setProperty("surface", "rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.set_current(0)

    def set_current(self, step: int) -> None:
        """Mark a step; all before it are done."""
        self._current = step
        self.setAccessibleName(
            _("Step {n} of {total}: {title}").format(n=step + 1, total=len(self._titles), title=self._titles[step])
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint circles, lines and titles."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        painter.fillRect(self.rect(), active.color("rail"))
        for number, title in enumerate(self._titles):
            top = 20 + number * 44
            if number + 1 < len(self._titles):
                painter.setPen(active.color("border"))
                painter.drawLine(28, top + 22, 28, top + 44)
            self._paint_circle(painter, number, top, active)
            here = number == self._current
            painter.setFont(font(FontRole.STRONG if here else FontRole.BODY))
            painter.setPen(active.color("text" if here else "text2"))
            painter.drawText(_TITLE_LEFT, top, self.width() - _TITLE_LEFT - 8, 22, Qt.AlignmentFlag.AlignVCenter, title)

    def _paint_circle(self, painter: QPainter, number: int, top: int, active: tokens.Tokens) -> None:
        done, here = number < self._current, number == self._current
        painter.setPen(active.color("accent" if done or here else "control"))
        painter.setBrush(active.color("accent" if done else "rail"))
        painter.drawEllipse(17, top, 22, 22)
        if done:
            place = self.rect()
            place.setRect(21, top + 4, 14, 14)
            icons.paint(painter, place, "check", active.color("on_accent"))
            return
        painter.setFont(font(FontRole.SMALL))
        painter.setPen(active.color("accent" if here else "text2"))
        painter.drawText(17, top, 22, 22, Qt.AlignmentFlag.AlignCenter, str(number + 1))


class WizardPage(QWidget):
    """A page with a title and a sentence.

    `completed` says that Next may be pressed now, or not any more. A page that has to ask a server first works when
    Next is pressed (`leave` gives False) and emits `advanced` once it may be left.
    """

    completed = Signal()
    advanced = Signal()

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self.title = title
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(40, 28, 40, 20)
        self.column.setSpacing(12)
        self._heading = label(title, FontRole.PAGE_TITLE)
        self._sentence = label(text, tone="text2", wrap=True)
        self._head = QHBoxLayout()
        self._head.setSpacing(10)
        self._head.addWidget(self._heading, 1)
        self.column.addLayout(self._head)
        self.column.addWidget(self._sentence)
        self._tile: ServerKindTile | None = None

    def set_heading(self, title: str, text: str, kind: str = "") -> None:
        """Say something else above, beside the letter tile of a kind of server."""
        self._heading.setText(title)
        self._sentence.setText(text)
        self._sentence.setVisible(bool(text))
        if self._tile is not None:
            self._head.removeWidget(self._tile)
            self._tile.deleteLater()
            self._tile = None
        if kind:
            self._tile = ServerKindTile(kind, size=24)
            self._head.insertWidget(0, self._tile)

    def enter(self) -> None:
        """The page has come to the front."""

    def is_complete(self) -> bool:
        """Whether Next may be pressed."""
        return True

    def next_text(self) -> str:
        """What the button that leads on says."""
        return _("Next")

    def leave(self) -> bool:
        """Next was pressed: whether the next page may come now."""
        return True

    def cancel(self) -> None:
        """Stop what runs for this page."""
