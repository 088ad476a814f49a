"""The Clean-up page: what can go and why, duplicates, extra files and disks."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from retrovue.gui.pages.cleanup.candidates import CandidatesSection
from retrovue.gui.pages.cleanup.disks import DisksSection
from retrovue.gui.pages.cleanup.duplicates import DuplicatesSection
from retrovue.gui.pages.cleanup.extra import ExtraSection
from retrovue.gui.pages.cleanup.parts import Parts
from retrovue.gui.pages.section import CANDIDATES, DISKS, DUPLICATES, EXTRA
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.page import PAGE_MARGIN, Page


class CleanupPage(Page):
    """See the module. Thread: GUI."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parts = Parts(
            {
                CANDIDATES: lambda: CandidatesSection(services),
                DUPLICATES: lambda: DuplicatesSection(services),
                EXTRA: lambda: ExtraSection(services),
                DISKS: lambda: DisksSection(services),
            },
            self,
        )
        self.parts.rules_wanted.connect(lambda: services.open_page("mapping", None))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.parts.heads)
        below = QVBoxLayout()
        below.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 16)
        below.setSpacing(12)
        below.addWidget(self.parts.bar)
        below.addWidget(self.parts.contents, 1)
        column.addLayout(below, 1)

    def activate(self) -> None:
        """Read what is in front."""
        self.parts.choose(self.parts.current)

    def refresh(self) -> None:
        """Read again what is in front."""
        self.parts.section.refresh()

    def start_search(self) -> None:
        """Ctrl+F goes to the search field of the tab in front."""
        self.parts.section.start_search()

    def escape(self) -> bool:
        """Esc stops or clears what the tab in front has open."""
        return self.parts.section.escape()

    def show_argument(self, argument: object) -> None:
        """Show a tab by its key."""
        if isinstance(argument, str):
            self.parts.choose(argument)
