"""Names that are no extra files: a person's patterns, one a line."""

import fnmatch
import re
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import FontRole, fixed_font
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.fields import FieldBlock
from retrovue.gui.widgets.labels import label
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report

SEPARATOR = "|"
_MOST_NAMES = 20


def split_patterns(kept: str) -> list[str]:
    """The patterns of the setting, which keeps them in one line."""
    return [one.strip() for one in kept.split(SEPARATOR) if one.strip()]


def pattern_problem(pattern: str) -> str:
    """Why something cannot be a pattern, in a sentence; empty when it can."""
    if SEPARATOR in pattern:
        return _("A pattern cannot contain “{sign}”: {pattern}").format(sign=SEPARATOR, pattern=pattern)
    try:
        re.compile(fnmatch.translate(pattern))
    except re.error:
        return _("This is not a valid pattern: {pattern}").format(pattern=pattern)
    if not pattern.strip("*?/"):
        return _("{pattern} would ignore every file.").format(pattern=pattern)
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
                    "One pattern per line, for a name or for a path below a mapped folder: * matches any "
                    "text, ? one character. A matching folder is ignored with everything in it. Letter "
                    "case does not matter."
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
            _("Patterns"), self.edit, hint=_("Samples, trailers and extras folders are always ignored.")
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


class IgnoredNames(QObject):
    """Keeps the patterns, with a way back. Thread: GUI.

    Signals:
        kept: other patterns hold from now on.
        failed: the exception.
    """

    kept = Signal()
    failed = Signal(object)

    def __init__(self, services: PageServices, page: QWidget) -> None:
        super().__init__(page)
        self._services = services
        self._page = page

    def edit(self, paths: Sequence[str] = ()) -> None:
        """Open the patterns, with more of them for the names of these files."""
        names = [path.replace("\\", "/").rpartition("/")[2] for path in paths[:_MOST_NAMES]]
        # What a pattern takes for a sign of its own stands for itself in brackets.
        suggested = [name.replace("[", "[[]") for name in names if SEPARATOR not in name]
        self.suggest(suggested)

    def suggest(self, patterns: Sequence[str]) -> None:
        """Open the patterns, with these besides."""
        known = split_patterns(self._services.context.settings.extra_files_ignore)
        dialog = IgnoreDialog(known, patterns, self._page.window())
        dialog.chosen.connect(self.keep)
        dialog.open()

    @Slot(object)
    def keep(self, patterns: Sequence[str]) -> None:
        """Store the patterns; a toast offers to take it back."""
        context = self._services.context
        kept = SEPARATOR.join(patterns)

        def save(_token: CancelToken, _report: Report) -> str:
            before = context.settings.extra_files_ignore
            context.settings_store.update(extra_files_ignore=kept)
            return before

        handle = self._services.runner.submit(save, lane=Lane.SETTINGS)
        handle.succeeded.connect(self._on_kept)
        handle.failed.connect(self.failed)

    @Slot(object)
    def _on_kept(self, before: str) -> None:
        self._services.toast(_("Ignored names saved."), lambda: self.keep(split_patterns(before)))
        self.kept.emit()
