"""A page in place of all others: what keeps the window from its catalog, and one button for each way out."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.notices import ToneIcon

_WIDTH = 520
_ICON_PX = 40


class StartPage(QWidget):
    """A red cross, a title, sentences, and buttons that the subclass adds."""

    def __init__(self, title: str, text: str, hint: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addStretch(1)
        icon = ToneIcon("x-circle-fill", "danger")
        icon.setFixedSize(_ICON_PX, _ICON_PX)
        column.addWidget(icon, 0, Qt.AlignmentFlag.AlignHCenter)
        self.title = label(title, FontRole.CARD_TITLE)
        column.addWidget(self.title, 0, Qt.AlignmentFlag.AlignHCenter)
        self.words = [label(text, wrap=True, selectable=True), label(hint, tone="text2", wrap=True)]
        for line in self.words:
            line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            line.setFixedWidth(_WIDTH)
            # Stretches, not an alignment: an aligned item gets the height that its text needs at the whole width.
            row = QHBoxLayout()
            row.addStretch(1)
            row.addWidget(line)
            row.addStretch(1)
            column.addLayout(row)
        column.addSpacing(10)
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        self._row.addStretch(1)
        self._row.addStretch(1)
        column.addLayout(self._row)
        self._links = QVBoxLayout()
        column.addLayout(self._links)
        column.addStretch(2)

    def add_way(self, button: Button) -> Button:
        """One more way out, to the right of the others."""
        self._row.insertWidget(self._row.count() - 1, button)
        return button

    def add_link(self, button: Button) -> Button:
        """A way below the buttons that few need."""
        self._links.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        return button
