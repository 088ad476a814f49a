"""A report that is made when it is asked for: it can be stopped, made again, narrowed and saved."""

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.gui.pages.cleanup.saving import ReportSaver, Write
from retrovue.gui.pages.section import Section, Totals
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.notices import Banner, Tone
from retrovue.gui.widgets.page import PageAction
from retrovue.gui.widgets.progress import ProgressBlock
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import UserMessage, show_message
from retrovue.gui.work.opening import FileOpener
from retrovue.gui.work.tasks import Report, TaskHandle


class ReportSection(Section):
    """The work of a report on its lane, with what shows and stops it. Thread: GUI.

    Args:
        name: what a saved report is called.
        doing: what is done while it is made, such as "Searching".
    """

    def __init__(self, services: PageServices, parent: QWidget | None, *, name: str, doing: str) -> None:
        super().__init__(services, parent)
        self._doing = doing
        self._number = 0
        """Of the report that is shown: a new one is listed anew."""
        self._made_at: datetime | None = None
        self._handle: TaskHandle | None = None
        self.opener = FileOpener(services.runner, parent=self)
        self.opener.failed.connect(self._on_open_failed)
        self.saver = ReportSaver(services, self, name, self._writer)
        self.saver.failed.connect(self._on_failed)
        self.export_button = self.head.add_action(PageAction(_("Export"), "export", menu=self.saver.menu()))
        self.totals = Totals()
        self.progress_card = Card()
        row = QHBoxLayout()
        row.setSpacing(16)
        self.progress = ProgressBlock(doing)
        row.addWidget(self.progress, 1)
        self.cancel_button = Button(_("Cancel"), icon="square")
        self.cancel_button.clicked.connect(self.cancel)
        row.addWidget(self.cancel_button)
        self.progress_card.body.addLayout(row)
        self.progress_card.hide()
        self.body.addWidget(self.progress_card)
        self.stack = QStackedWidget()
        self.body.addWidget(self.stack, 1)

    # --- what each report says of itself ----------------------------------------------------------------------------

    @property
    def report(self) -> object | None:
        """What was found last."""
        raise NotImplementedError

    def _starters(self) -> Sequence[Button | None]:
        """The buttons that make the report; the first is always there."""
        raise NotImplementedError

    def _keep(self, made: object) -> None:
        """Take what was made, and list it."""
        raise NotImplementedError

    def _is_narrowed(self) -> bool:
        """Whether filters leave something out."""
        raise NotImplementedError

    def _clear(self) -> None:
        """Leave nothing out."""
        raise NotImplementedError

    def _show_state(self) -> None:
        """Show what there is now, and enable what can be done."""
        raise NotImplementedError

    def _writer(self) -> Write | None:
        """What writes the report as it is now; None when there is none."""
        raise NotImplementedError

    # --- making it --------------------------------------------------------------------------------------------------

    def start(self, make: Callable[[CancelToken, Report], object], *, of: str, unit: str) -> None:
        """Make the report; does nothing while it is made.

        Args:
            of: what the task is called on the lane.
            unit: what is counted, in the plural.
        """
        if self._handle is not None:
            return
        self.show_banner(None)
        handle = self.services.runner.submit(make, lane=Lane.REPORT, of=of)
        self._handle = handle
        handle.progress.connect(self._on_progress)
        handle.succeeded.connect(self._on_made)
        handle.failed.connect(self._on_failed)
        handle.cancelled.connect(self._on_cancelled)
        handle.finished.connect(self._on_finished)
        self.progress.set_texts(self._doing)
        self.progress.set_count(0, None, unit)
        self.cancel_button.setEnabled(True)
        # A button that is disabled under the fingers of a keyboard user hands on to the one that stops.
        is_by_key = any(button is not None and button.hasFocus() for button in self._starters())
        self._show_state()
        if is_by_key:
            self.cancel_button.setFocus()

    @Slot()
    def cancel(self) -> None:
        """Stop; the report from before stays."""
        if self._handle is not None:
            self.cancel_button.setEnabled(False)
            self._handle.cancel()

    def escape(self) -> bool:
        """Stop, or clear the filters."""
        if self._handle is not None:
            self.cancel()
            return True
        if self._is_narrowed():
            self._clear()
            return True
        return False

    @Slot(object)
    def _on_progress(self, progress: object) -> None:
        """Show how far it is, as the work reports it."""

    @Slot(object)
    def _on_made(self, made: object) -> None:
        self._number += 1
        self._made_at = self.services.context.clock.now()
        self._keep(made)

    @Slot()
    def _on_cancelled(self) -> None:
        words = _("Canceled. The list still shows the previous result.") if self.report else _("Canceled.")
        self.show_banner(Banner(Tone.INFO, words, closable=True))

    @Slot()
    def _on_finished(self) -> None:
        self._handle = None
        is_by_key = self.cancel_button.hasFocus()
        first = self._starters()[0]
        if first is not None:
            first.setEnabled(True)
            if is_by_key:
                first.setFocus()
        self._show_state()

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        self.show_failure(error, self.refresh)

    @Slot(str, str)
    def _on_open_failed(self, words: str, hint: str) -> None:
        show_message(self, UserMessage(_("Could not open this"), words, hint))
