"""The line below the list: what is chosen, what can be done with it, and on demand why it is on the list or not."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.cleanup.rules import Join
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.flow import FlowLayout
from retrovue.gui.widgets.labels import ElidedLabel, label

if TYPE_CHECKING:
    from retrovue.core.services.cleanup.words import Explained


class WhyCard(Card):
    """The acts on all titles that are selected, and above them, when asked for, the reasons of one. Thread: GUI.

    Folded it leaves its room to the list, whose lines say in short why they are there.
    """

    exclude_wanted = Signal()
    show_wanted = Signal()
    copy_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.body.setContentsMargins(15, 7, 15, 7)
        self.body.setSpacing(8)
        self.explained = QWidget()
        column = QVBoxLayout(self.explained)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(8)
        self.title = ElidedLabel(text_font=font(FontRole.SECTION))
        column.addWidget(self.title)
        self.reasons = label("", tone="text2", wrap=True)
        column.addWidget(self.reasons)
        self._lines = FlowLayout(gap=20, line_gap=2)
        column.addLayout(self._lines)
        self.labels: list[ElidedLabel] = []
        self.explained.hide()
        self.body.addWidget(self.explained)
        self._said = QWidget()
        said = FlowLayout(self._said, gap=12, line_gap=0)
        self.chosen, self.gain = ElidedLabel(text_font=font(FontRole.STRONG)), ElidedLabel(tone="text2")
        self.why = Button(_("Why?"), kind=ButtonKind.LINK)
        self.why.setCheckable(True)
        self.why.setToolTip(_("Why this title is in the list (Enter)"))
        self.why.toggled.connect(self._on_why)
        for part in (self.chosen, self.why, self.gain):
            # On one line with the link.
            part.setFixedHeight(self.why.sizeHint().height())
            said.addWidget(part)
        self._acts = QWidget()
        self._buttons = FlowLayout(self._acts, gap=8)
        self.exclude = Button(_("Exclude"), icon="shield-check")
        self.show_button = Button(_("Show in folder"), icon="folder-open")
        self.copy = Button(_("Copy paths"), icon="copy")
        for button, wanted in (
            (self.exclude, self.exclude_wanted),
            (self.show_button, self.show_wanted),
            (self.copy, self.copy_wanted),
        ):
            button.clicked.connect(wanted)
            self._buttons.addWidget(button)
        self._foot = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._foot.setSpacing(6)
        self._foot.addWidget(self._said, 1, Qt.AlignmentFlag.AlignVCenter)
        self._foot.addWidget(self._acts, 0, Qt.AlignmentFlag.AlignVCenter)
        self.body.addLayout(self._foot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons below the words where there is no room for both."""
        super().resizeEvent(event)
        self._place_buttons()

    def _place_buttons(self) -> None:
        buttons = self._buttons.sizeHint().width() + self._foot.spacing()
        room = self.contentsRect().marginsRemoved(self.body.contentsMargins()).width() - 2 - buttons
        # What is freed can go on a line of its own, and the end of it may be left to its tooltip.
        least = self.chosen.sizeHint().width() + 12 + self.why.sizeHint().width()
        ways = QBoxLayout.Direction
        self._foot.setDirection(ways.LeftToRight if room >= least else ways.TopToBottom)

    @Slot()
    def toggle(self) -> None:
        """Show or hide the reasons."""
        self.why.toggle()

    @Slot(bool)
    def _on_why(self, is_open: bool) -> None:
        self.explained.setVisible(is_open)
        self.why.setText(_("Hide reasons") if is_open else _("Why?"))
        self.why.setAccessibleName(self.why.text())
        self._place_buttons()

    def show_title(self, title: str, remark: str, explained: Sequence["Explained"]) -> None:
        """Explain one title."""
        self.title.set_text(title)
        self.reasons.setText(remark)
        for old in self.labels:
            self._lines.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.labels = [ElidedLabel(_line(one), tone=_TONES[one.verdict]) for one in explained]
        for made in self.labels:
            self._lines.addWidget(made)

    def show_chosen(self, count: int, size_bytes: int, gain: str) -> None:
        """Say how much is selected, and what that would free."""
        words = ngettext("{n} chosen · {size}", "{n} chosen · {size} together", count)
        shown = words.format(n=text.number(count), size=text.size(size_bytes)) if count else ""
        self.chosen.set_text(shown)
        self.gain.set_text(gain)
        self._place_buttons()
        for button in (self.exclude, self.show_button, self.copy):
            button.setEnabled(count > 0)


_TONES = {True: "text", False: "text2", None: "warning"}


def _line(one: "Explained") -> str:
    mark = {True: "✓", False: "✗", None: "?"}[one.verdict]
    return f"{mark}  {_said(one)}"


def _said(one: "Explained") -> str:
    if one.join is not None:
        word = _("and") if one.join is Join.AND else _("or")
        return f" {word} ".join(map(_said, one.parts)) or f"{one.text}:"
    has = {True: _("true"), False: _("not true"), None: _("not known")}[one.verdict]
    return f"{one.text} ({one.actual or has})"
