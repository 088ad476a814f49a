"""Names that are no extra files: a person's patterns, one a line."""

import fnmatch
import re
from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from retrovue.core.i18n import _
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.theme import FontRole, fixed_font
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.fields import FieldBlock
from retrovue.gui.widgets.labels import label

SEPARATOR = "|"


def split_patterns(kept: str) -> list[str]:
    """The patterns of the setting, which keeps them in one line."""
    return [one.strip() for one in kept.split(SEPARATOR) if one.strip()]


def pattern_problem(pattern: str) -> str:
    """Why something cannot be a pattern, in a sentence; empty when it can."""
    if SEPARATOR in pattern:
        return _("A pattern cannot hold “{sign}”: {pattern}").format(sign=SEPARATOR, pattern=pattern)
    try:
        re.compile(fnmatch.translate(pattern))
    except re.error:
        return _("This cannot be a pattern: {pattern}").format(pattern=pattern)
    if not pattern.strip("*?/"):
        return _("{pattern} would leave out every file.").format(pattern=pattern)
    return ""


class IgnoreDialog(BaseDialog):
    """Edits the patterns; `chosen` gives them all."""

    chosen = Signal(object)

    def __init__(self, patterns: Sequence[str], suggested: Sequence[str] = (), parent: QWidget | None = None) -> None:
        super().__init__(_("Ignored names"), parent)
        self.setMinimumSize(480, 400)
        self.content.addWidget(label(_("Ignored names"), FontRole.CARD_TITLE))
        self.content.addWidget(
            label(
                _(
                    "One pattern a line, for a name or for a path below a mapped folder: * stands for any text, ? for "
                    "one character. A folder that matches is left out with all in it. Letter case does not matter."
                ),
                tone="text2",
                wrap=True,
            )
        )
        self.edit = QPlainTextEdit()
        self.edit.setFont(fixed_font())
        self.edit.setTabChangesFocus(True)
        self.edit.setPlaceholderText("*.part.mkv\nDownloads/*")
        known = list(patterns)
        self.edit.setPlainText("\n".join([*known, *(one for one in suggested if one not in known)]))
        self.block = FieldBlock(
            _("Patterns"), self.edit, hint=_("Samples, trailers and folders of extras are left out anyway.")
        )
        self.content.addWidget(self.block, 1)
        cancel = self.add_button(Button(_("Cancel")))
        cancel.clicked.connect(self.reject)
        self.save = self.add_button(Button(_("Save patterns"), kind=ButtonKind.PRIMARY), default=True)
        self.save.clicked.connect(self._on_save)
        self.edit.textChanged.connect(self._clear_error)
        self.edit.setFocus()

    @property
    def patterns(self) -> list[str]:
        """What is typed, without empty lines and repetitions."""
        lines = (line.strip().replace("\\", "/") for line in self.edit.toPlainText().splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    @Slot()
    def _clear_error(self) -> None:
        self.block.set_error("")

    @Slot()
    def _on_save(self) -> None:
        problem = next((one for pattern in self.patterns if (one := pattern_problem(pattern))), "")
        if problem:
            self.block.set_error(problem)
            self.edit.setFocus()
            return
        self.chosen.emit(self.patterns)
        self.accept()
