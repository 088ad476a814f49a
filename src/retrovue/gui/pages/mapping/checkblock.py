"""How far a check of files is, and what it found."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.media import FileState
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.mapping.dialogs import problem_text, summary_text
from retrovue.gui.pages.mapping.work import Checked
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.notices import Banner, NoticeAction, Tone
from retrovue.gui.widgets.progress import ProgressBlock

if TYPE_CHECKING:
    from retrovue.core.services.looking import CheckProgress


class CheckBlock(QWidget):
    """A progress block with *Cancel* while files are looked for; afterwards a line with the outcome."""

    cancelled = Signal()
    folders_wanted = Signal(object)
    """A `Checked`: its folders are to be shown."""
    missing_wanted = Signal(object)
    """A `Checked`: its missing files are to be shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._card = Card()
        row = QHBoxLayout()
        row.setSpacing(16)
        self.progress = ProgressBlock(_("Checking files"))
        row.addWidget(self.progress, 1)
        self.cancel = Button(_("Cancel"), icon="square")
        self.cancel.clicked.connect(self._on_cancel)
        row.addWidget(self.cancel)
        self._card.body.addLayout(row)
        self._column.addWidget(self._card)
        self.banner: Banner | None = None
        self._card.hide()
        self.hide()

    @Slot(str)
    def show_start(self, server: str) -> None:
        """A check has begun."""
        self._drop_banner()
        self.progress.set_texts(_("Checking files from {server}").format(server=server))
        self.progress.set_count(0, None)
        self.cancel.setEnabled(True)
        self._card.show()
        self.show()

    @Slot(object)
    def show_progress(self, progress: "CheckProgress") -> None:
        """How far it is, and where."""
        self.progress.set_texts(_("Checking files"), progress.root)
        self.progress.set_count(progress.done, progress.total, _("files"))

    @Slot(object)
    def show_outcome(self, checked: Checked) -> None:
        """What was found, with a list by folder behind it."""
        summary = checked.summary
        title = ngettext("{n} file checked.", "{n} files checked.", summary.checked).format(
            n=text.number(summary.checked)
        )
        problem = problem_text(summary)
        actions = [NoticeAction(_("Show folders…"), lambda: self.folders_wanted.emit(checked))]
        if summary.counts.get(FileState.MISSING):
            actions.append(NoticeAction(_("Show missing files"), lambda: self.missing_wanted.emit(checked)))
        self._show_banner(
            Banner(
                Tone.WARNING if problem else Tone.SUCCESS,
                f"{title} {summary_text(summary)}" if not problem else title,
                problem,
                actions=tuple(actions),
                closable=True,
            )
        )

    @Slot(bool)
    def show_end(self, cancelled: bool) -> None:
        """It runs no more."""
        self._card.hide()
        self.setVisible(self.banner is not None)
        if cancelled:
            self._show_banner(Banner(Tone.INFO, _("Canceled. Results so far are kept."), closable=True))

    def _show_banner(self, banner: Banner) -> None:
        self._drop_banner()
        self.banner = banner
        banner.closed.connect(self._on_closed)
        self._column.addWidget(banner)
        self.show()

    @Slot()
    def _on_closed(self) -> None:
        self.banner = None
        self.setVisible(not self._card.isHidden())

    def _drop_banner(self) -> None:
        if self.banner is not None:
            self._column.removeWidget(self.banner)
            self.banner.hide()
            self.banner.deleteLater()
            self.banner = None

    def _on_cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.cancelled.emit()
