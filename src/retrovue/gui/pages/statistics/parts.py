"""From all plays to those of one title, season or item: the menu of a row, and the chip that says it and leads back."""

from dataclasses import replace

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from retrovue.core.domain.played_titles import Within, within
from retrovue.core.domain.statistics import Bar, View
from retrovue.core.i18n import _
from retrovue.gui.charts.card import ChartCard
from retrovue.gui.theme import icons
from retrovue.gui.widgets.chips import FilterChip

_PARTS = (View.TITLES, View.SEASONS, View.ITEMS)


class PartMenu(QObject):
    """The context menu of rows that are titles. Thread: GUI."""

    plays_wanted = Signal(object)
    """The `Bar` whose plays are wanted."""
    part_wanted = Signal(object)
    """The `Within` whose statistics are wanted."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.menu = QMenu(parent)

    def listen(self, card: ChartCard) -> None:
        """Offer the menu on the rows of a card."""
        card.chart.menu_requested.connect(self._on_requested)

    def _on_requested(self, key: object, at: QPoint) -> None:
        if self.fill(key):
            self.menu.popup(at)

    def fill(self, key: object) -> bool:
        """Put the entries for a row into the menu; return whether there are any."""
        self.menu.clear()
        if not isinstance(key, Bar) or key.view not in _PARTS or key.ref is None:
            return False
        part = within(str(key.ref))
        plays = self.menu.addAction(icons.icon("clock-counter-clockwise"), _("Show these plays"))
        plays.triggered.connect(lambda _checked=False: self.plays_wanted.emit(key))
        only = self.menu.addAction(icons.icon("chart-bar"), _("Statistics of “{title}”").format(title=part.words))
        only.triggered.connect(lambda _checked=False: self.part_wanted.emit(part))
        return True


class PartChip(FilterChip):
    """Says that only one title is counted. A click offers what contains it, × all titles. Thread: GUI."""

    chosen = Signal(object)
    """The `Within` that is wanted instead, or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("Title"), "", parent)
        self._part: Within | None = None
        self.menu = QMenu(self)
        self.hide()
        self.removed.connect(lambda: self.chosen.emit(None))
        self.clicked.connect(self._on_clicked)

    def show_part(self, part: Within | None) -> None:
        """Say what is counted; nothing for all titles."""
        self._part = part
        self.setVisible(part is not None)
        if part is not None:
            self.set_value(part.words)

    def fill_menu(self) -> None:
        """What contains this part, the smallest first."""
        self.menu.clear()
        part = self._part
        while part is not None:
            part = _around(part)
            words = _("All titles") if part is None else part.words
            self.menu.addAction(words).triggered.connect(lambda _checked=False, chosen=part: self.chosen.emit(chosen))

    def _on_clicked(self) -> None:
        self.fill_menu()
        self.menu.popup(self.mapToGlobal(QPoint(0, self.height() + 2)))


def _around(part: Within) -> Within | None:
    if part.episode is not None:
        return replace(part, episode=None)
    if part.season is not None or part.name is not None:
        return Within(part.title)
    return None
