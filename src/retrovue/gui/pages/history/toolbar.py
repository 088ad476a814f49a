"""Search, range of days, sittings, saved filters: the line above the chips."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QMenu, QSizePolicy, QWidget

from retrovue.core.i18n import _
from retrovue.gui.pages.history.dates import DatesButton
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.fields import SearchField
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.page import FOLD_WIDTH, PAGE_MARGIN
from retrovue.gui.widgets.tips import plain_tip


class PlayToolbar(QWidget):
    """See the module. Thread: GUI.

    Args:
        sitting_hours: how long a break ends a sitting, for the words of the switch.
    """

    searched = Signal(str)
    grouping_chosen = Signal(bool)

    def __init__(self, sitting_hours: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 0)
        row.setSpacing(8)
        self.search = SearchField(_("Search titles, users and players"))
        self.search.setMaximumWidth(300)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.search.searched.connect(self.searched)
        row.addWidget(self.search, 3)
        self.dates_button = DatesButton()
        row.addWidget(self.dates_button)
        row.addStretch(1)
        self.grouping = QCheckBox(_("Group plays of a title"))
        hours = f"{sitting_hours:g}"
        self.grouping.setToolTip(
            plain_tip(_("Plays of the same title within {hours} hours are one line.").format(hours=hours))
        )
        self.grouping.toggled.connect(self.grouping_chosen)
        row.addWidget(self.grouping)
        self._within = label(_("within {hours} h").format(hours=hours), tone="text2")
        row.addWidget(self._within)
        row.addSpacing(8)
        self.saved_menu = QMenu(self)
        self.saved_button = Button(_("Saved filters"), icon="bookmark")
        self.saved_button.setMenu(self.saved_menu)
        row.addWidget(self.saved_button)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the switch has to do without its remark."""
        super().resizeEvent(event)
        self._within.setVisible(self.window().width() >= FOLD_WIDTH)

    @property
    def is_grouping(self) -> bool:
        """Whether plays of a title that follow each other are one line."""
        return self.grouping.isChecked()

    def show_grouping(self, *, on: bool) -> None:
        """Set the switch without asking for the list."""
        self.grouping.blockSignals(True)
        self.grouping.setChecked(on)
        self.grouping.blockSignals(False)

    def show_words(self, said: str) -> None:
        """Put words into the search field."""
        if self.search.text() != said:
            self.search.setText(said)

    def focus_search(self) -> None:
        """Give the search field the keyboard."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def clear_search(self) -> bool:
        """Empty the search field; False when it was empty."""
        had = bool(self.search.text())
        self.search.clear()
        return had
