"""What the tabs of the Clean-up page have in common: a head, tools beside the switch, and work on a lane."""

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.sync import ChangeSet
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.labels import ElidedLabel
from retrovue.gui.widgets.notices import Banner, NoticeAction, Tone
from retrovue.gui.widgets.page import PageHead
from retrovue.gui.work.messages import message_for, show_message

CANDIDATES, DISKS, EXTRA, DUPLICATES = "candidates", "disks", "extra", "duplicates"
_REFRESH_PAUSE_MS = 300


class Section(QWidget):
    """One part of the page. Built when it is first chosen. Thread: GUI.

    Attributes:
        head: in place of the page's head while this part is in front.
        tools: beside the switch.
        body: where its content goes; banners stand above.
    """

    rules_wanted = Signal()
    """Show the rules instead."""

    concerns: frozenset[str] = frozenset()
    """Kinds of change sets after which what is shown may be of yesterday."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self.head = PageHead(_("Clean-up"))
        self.tools = QWidget()
        self.tool_row = QHBoxLayout(self.tools)
        self.tool_row.setContentsMargins(0, 0, 0, 0)
        self.tool_row.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self._banners = QVBoxLayout()
        self._banners.setSpacing(8)
        column.addLayout(self._banners)
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        column.addLayout(self.body, 1)
        self.banner: Banner | None = None
        self._has_missed = False
        # A sync tells of changed files many times a second; once for all of them is enough.
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_REFRESH_PAUSE_MS)
        self._pause.timeout.connect(self.outdated)
        services.runner.changed.connect(self._on_changed)

    def activate(self) -> None:
        """The part has come to the front."""

    def refresh(self) -> None:
        """F5: read again what is shown."""

    def start_search(self) -> None:
        """Ctrl+F: put the cursor into the search field."""

    def escape(self) -> bool:
        """Esc: stop or clear what is open; False when there was nothing."""
        return False

    @Slot()
    def outdated(self) -> None:
        """What is shown may be of yesterday; called while it is on screen, now and then."""

    def show_banner(self, banner: Banner | None) -> None:
        """A notice above the content, in place of the one before; None takes it away."""
        if self.banner is not None:
            self._banners.removeWidget(self.banner)
            self.banner.hide()
            self.banner.deleteLater()
        self.banner = banner
        if banner is not None:
            banner.closed.connect(self._forget_banner)
            self._banners.addWidget(banner)

    def show_failure(self, error: BaseException, again: Callable[[], None]) -> None:
        """Say what went wrong above the content, which stays as it was."""
        message = message_for(error)
        actions = [NoticeAction(_("Try again"), again)]
        if message.detail:
            actions.append(NoticeAction(_("Show details…"), lambda: _show_details(self, error)))
        words = f"{message.text} {message.hint}".strip()
        self.show_banner(Banner(Tone.DANGER, message.title, words, actions=tuple(actions), closable=True))

    @Slot()
    def _forget_banner(self) -> None:
        self.banner = None

    @Slot(object)
    def _on_changed(self, change: ChangeSet) -> None:
        if not change.kinds & self.concerns:
            return
        if not self.isVisible():
            self._has_missed = True
        elif not self._pause.isActive():
            self._pause.start()

    def showEvent(self, event: QShowEvent) -> None:
        """What changed meanwhile counts now."""
        super().showEvent(event)
        if self._has_missed:
            self._has_missed = False
            self._pause.start()


def _show_details(parent: QWidget, error: BaseException) -> None:
    show_message(parent, message_for(error))


class Totals(ElidedLabel):
    """A line of figures at the end of the tools."""

    def __init__(self) -> None:
        self._is_remark = False
        super().__init__(tone="text2")

    def show_parts(self, *parts: str) -> None:
        """Parts that are not empty, with dots between."""
        self._is_remark = False
        self.set_text(" · ".join(part for part in parts if part))

    def show_remark(self, remark: str) -> None:
        """What nobody needs in a hurry: it is shown whole, or only as the tooltip."""
        self._is_remark = True
        self.set_text(remark)

    def shown_text(self) -> str:
        """The text as it fits now."""
        shown = super().shown_text()
        return "" if self._is_remark and shown != self.text else shown


def sized(size_bytes: int) -> str:
    """A size for a sum: "0 B" reads as "nothing" where a dash would read as "not known"."""
    return text.size(size_bytes)
