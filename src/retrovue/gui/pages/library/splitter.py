"""List and details side by side; in a narrow window the details open over the list."""

from PySide6.QtCore import QEvent, QRect, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from retrovue.core.i18n import _
from retrovue.gui.pages.library.area import ListArea
from retrovue.gui.pages.library.details import WIDTH, DetailsPanel
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import hairline
from retrovue.gui.widgets.page import FOLD_WIDTH


class DetailsSplitter(QSplitter):
    """Folds by the width of the window. Thread: GUI."""

    def __init__(self, area: ListArea, details: DetailsPanel, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._area = area
        self._details = details
        self._edge = hairline(vertical=True)
        self._edge.setParent(self)
        self._edge.hide()
        self.close_button = Button(icon="x", kind=ButtonKind.FLAT, name=_("Close details"), height=26, parent=area)
        self.close_button.clicked.connect(self.close_over)
        self.close_button.hide()
        self._folded = False
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.addWidget(area)
        self.addWidget(details)
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 0)
        self.setSizes([10_000, WIDTH])

    @property
    def is_folded(self) -> bool:
        """Whether details open over the list."""
        return self._folded

    @property
    def is_over(self) -> bool:
        """Whether they are open over the list now."""
        return self._folded and not self._details.isHidden()

    @Slot()
    def open_over(self) -> None:
        """Open the details over the list, if they are not beside it; a second time closes them."""
        if not self._folded:
            return
        if self.is_over:
            self.close_over()
            return
        self._place()
        for part in (self._details, self._edge, self.close_button):
            part.show()
            part.raise_()

    def close_over(self) -> bool:
        """Close what is open over the list; False when nothing was."""
        if not self.is_over:
            return False
        for part in (self._details, self._edge, self.close_button):
            part.hide()
        return True

    def event(self, event: QEvent) -> bool:
        """Fold before the layout asks for more room than there is."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.ParentChange):
            self._fold()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold and unfold with the window."""
        super().resizeEvent(event)
        self._fold()
        if self._folded:
            self._place()

    def _fold(self) -> None:
        folded = self.window().width() < FOLD_WIDTH
        if folded == self._folded:
            return
        self._folded = folded
        if folded:
            # A child of the list's parent, outside of the splitter's own layout.
            self._details.setParent(self._area)
            self._edge.setParent(self._area)
            for part in (self._details, self._edge, self.close_button):
                part.hide()
        else:
            self._edge.hide()
            self.close_button.hide()
            self.addWidget(self._details)
            self._details.show()
            self.setStretchFactor(0, 1)
            self.setStretchFactor(1, 0)
            self.setSizes([max(1, self.width() - WIDTH), WIDTH])

    def _place(self) -> None:
        room = self._area.rect()
        place = QRect(room.right() + 1 - WIDTH, room.top(), WIDTH, room.height())
        self._details.setGeometry(place)
        self._edge.setGeometry(place.left() - 1, place.top(), 1, place.height())
        size = self.close_button.sizeHint()
        self.close_button.setGeometry(place.right() - size.width() - 6, place.top() + 6, size.width(), size.height())
