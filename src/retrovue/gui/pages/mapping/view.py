"""The widgets of the Path mapping page and their places, in wide and in narrow windows.

Disks, extra files and duplicates are on the Clean-up page.
"""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.gui.pages.mapping.checkblock import CheckBlock
from retrovue.gui.pages.mapping.checked import CheckedButton
from retrovue.gui.pages.mapping.chooser import ServerChooser
from retrovue.gui.pages.mapping.empty import NoFiles, NoRule, no_server
from retrovue.gui.pages.mapping.preview import PreviewCard
from retrovue.gui.pages.mapping.rules import RulesCard
from retrovue.gui.pages.mapping.side import SidePanel
from retrovue.gui.widgets.labels import ElidedLabel
from retrovue.gui.widgets.page import FOLD_WIDTH, PAGE_MARGIN, Page, PageAction, PageHead

SIDE_WIDTH = 304
_NO_LIMIT = 16_777_215


class MappingWidgets(Page):
    """Head and server chooser; below them the rules with preview and cards, or an empty state."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head = PageHead(_("Path mapping"))
        self.check_button = self.head.add_action(PageAction(_("Check files now"), "check-circle"))
        self.suggest_button = self.head.add_action(PageAction(_("Suggest rules"), "lightbulb"))
        self.add_button = self.head.add_action(PageAction(_("Add rule"), "plus"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        content = QVBoxLayout()
        content.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 16)
        content.setSpacing(12)
        column.addLayout(content, 1)
        self._build_choice()
        content.addWidget(self.choice)
        self.check_block = CheckBlock()
        content.addWidget(self.check_block)
        self.stack = QStackedWidget()
        content.addWidget(self.stack, 1)
        self.rules = RulesCard()
        self.preview = PreviewCard()
        self.side = SidePanel()
        self.main = QWidget()
        column = QVBoxLayout(self.main)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self.rules)
        self._lower = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._lower.setSpacing(16)
        self._lower.addWidget(self.preview, 1)
        self._lower.addWidget(self.side)
        column.addLayout(self._lower, 1)
        self.side.setFixedWidth(SIDE_WIDTH)
        self._build_empty_states()

    def _build_choice(self) -> None:
        # Hidden while there is no server.
        self.choice = QWidget()
        row = QHBoxLayout(self.choice)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.chooser = ServerChooser()
        row.addWidget(self.chooser)
        self.hint = ElidedLabel(_("Library rules come first, then the longest path."), tone="text2")
        row.addWidget(self.hint, 1)
        self.checked = CheckedButton()
        row.addWidget(self.checked)

    def _build_empty_states(self) -> None:
        self.no_server = no_server()
        self.no_files = NoFiles()
        self.no_rule = NoRule()
        self.loading = QWidget()
        for widget in (self.loading, self.main, self.no_server, self.no_files, self.no_rule):
            self.stack.addWidget(widget)
        self.choice.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the side cards are lines above the preview."""
        super().resizeEvent(event)
        narrow = self.window().width() < FOLD_WIDTH
        self.hint.set_text("" if narrow else _("Library rules come first, then the longest path."))
        direction = QBoxLayout.Direction.BottomToTop if narrow else QBoxLayout.Direction.LeftToRight
        if self._lower.direction() == direction:
            return
        self._lower.setDirection(direction)
        self._lower.setSpacing(8 if narrow else 16)
        self.side.setMinimumWidth(0 if narrow else SIDE_WIDTH)
        self.side.setMaximumWidth(_NO_LIMIT if narrow else SIDE_WIDTH)
        self.side.set_narrow(narrow=narrow)
        self.preview.set_narrow(narrow=narrow)
        self.rules.table.set_narrow(narrow=narrow)
