"""Why the chosen title is on the list or not, and what can be done with it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from retrovue.core.domain.cleanup.rules import Join
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.flow import FlowLayout
from retrovue.gui.widgets.labels import ElidedLabel, label

if TYPE_CHECKING:
    from retrovue.core.services.cleanup.words import Explained


class WhyCard(Card):
    """Reasons of one title, and the acts on all that are selected. Thread: GUI."""

    exclude_wanted = Signal()
    show_wanted = Signal()
    copy_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        head = FlowLayout(gap=12, line_gap=2)
        self.title = ElidedLabel(text_font=font(FontRole.SECTION))
        self.chosen = ElidedLabel(tone="text2")
        self.chosen.setFixedHeight(self.title.sizeHint().height())
        head.addWidget(self.title)
        head.addWidget(self.chosen)
        self.body.addLayout(head)
        self.reasons = label("", tone="text2", wrap=True)
        self.body.addWidget(self.reasons)
        self._lines = FlowLayout(gap=20, line_gap=2)
        self.body.addLayout(self._lines)
        self.labels: list[ElidedLabel] = []
        row = FlowLayout(gap=8)
        self.exclude = Button(_("Exclude"), icon="shield-check")
        self.show_button = Button(_("Show in folder"), icon="folder-open")
        self.copy = Button(_("Copy paths"), icon="copy")
        for button, wanted in (
            (self.exclude, self.exclude_wanted),
            (self.show_button, self.show_wanted),
            (self.copy, self.copy_wanted),
        ):
            button.clicked.connect(wanted)
            row.addWidget(button)
        self.body.addLayout(row)

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
        self.chosen.set_text(" · ".join(part for part in (shown, gain) if part))
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
