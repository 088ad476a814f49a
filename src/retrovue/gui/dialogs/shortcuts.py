"""The list of keyboard shortcuts."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from retrovue.core.i18n import _
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.labels import label


class ShortcutsDialog(BaseDialog):
    """Every act that has keys, in two columns."""

    def __init__(self, shortcuts: list[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(_("Keyboard shortcuts"), parent)
        self.content.addWidget(label(_("Keyboard shortcuts"), FontRole.CARD_TITLE))
        grid = QGridLayout()
        grid.setHorizontalSpacing(40)
        grid.setVerticalSpacing(8)
        for row, (act, keys) in enumerate(shortcuts):
            grid.addWidget(label(act), row, 0)
            grid.addWidget(label(keys, FontRole.STRONG), row, 1, Qt.AlignmentFlag.AlignRight)
        self.content.addLayout(grid)
        close = self.add_button(Button(_("Close"), kind=ButtonKind.SECONDARY), default=True)
        close.clicked.connect(self.accept)
