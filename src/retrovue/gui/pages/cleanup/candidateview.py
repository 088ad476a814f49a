"""The widgets of the tab of candidates: disks, rules, the list, and why the chosen title is on it."""

from collections.abc import Mapping

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.pages.cleanup.candidatelist import APART, LISTED, NO_HISTORY, CandidateSource, CandidateTable
from retrovue.gui.pages.cleanup.diskstrip import DiskStrip
from retrovue.gui.pages.cleanup.rulepanel import RulePanel
from retrovue.gui.pages.cleanup.why import WhyCard
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.segments import Segments
from retrovue.gui.work.tasks import TaskRunner

_GAP = 16
_HIGH = 460
"""Lower, as in the smallest window below two notices, rules and reasons need the room of the disks."""


def _views() -> list[tuple[str, str]]:
    return [(LISTED, _("Candidates")), (NO_HISTORY, _("No history that far back")), (APART, _("Kept apart"))]


class CandidatesView(QWidget):
    """Rules on the left, the list on the right, disks above both. Thread: GUI."""

    def __init__(self, source: CandidateSource, runner: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source = source
        self.strip = DiskStrip()
        self.panel = RulePanel()
        self.show_switch = Segments(_views(), name=_("Which titles"))
        self.table = CandidateTable(source, runner)
        self.none_shown = EmptyState(_("Nothing here."), _("No title of this rule is in this list."))
        self.why = WhyCard()
        card = Card(padded=False)
        card.body.addWidget(self.table)
        self.lists = QStackedWidget()
        self.lists.addWidget(card)
        self.lists.addWidget(self.none_shown)
        # Or the list could be no lower than what stands in its place, and the reasons below were laid over each other.
        self.none_shown.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(12)
        whole.addWidget(self.strip)
        self._whole, self._column = whole, QVBoxLayout()
        row = QHBoxLayout()
        row.setSpacing(_GAP)
        whole.addLayout(row, 1)
        row.addWidget(self.panel)
        column = self._column
        column.setSpacing(12)
        row.addLayout(column, 1)
        column.addWidget(self.show_switch)
        column.addWidget(self.lists, 1)
        column.addWidget(self.why)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low window the disks give way: their tab has them, too."""
        super().resizeEvent(event)
        self.strip.set_room(has_room=event.size().height() >= _HIGH)
        self._place_switch()

    def _place_switch(self) -> None:
        """Put the switch above the list, or above the rules as well where longer words ask for more room."""
        fits = self.show_switch.sizeHint().width() <= self.width() - self.panel.width() - _GAP
        if fits and self._column.indexOf(self.show_switch) < 0:
            self._column.insertWidget(0, self.show_switch)
        elif not fits and self._whole.indexOf(self.show_switch) < 0:
            self._whole.insertWidget(1, self.show_switch)

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """How many titles each of the lists has."""
        for key, name in _views():
            self.show_switch.segment(key).setText(f"{name} {text.number(counts[key])}")
        self.show_switch.updateGeometry()
        self._place_switch()

    def show_lines(self, has_lines: bool) -> None:
        """The list, or what is said of an empty one."""
        self.lists.setCurrentIndex(0 if has_lines else 1)
