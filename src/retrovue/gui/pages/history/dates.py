"""The button that chooses a range of days."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from PySide6.QtCore import QDate, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget, QWidgetAction

from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.history.criteria import Dates
from retrovue.gui.pages.library.clock import now
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.fields import DateEdit
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.menus import one_of


def preset_names() -> dict[Dates, str]:
    """Ranges that move with the calendar, and all of it."""
    return {
        Dates(): _("Any time"),
        Dates(last_days=1): _("Today"),
        Dates(last_days=7): _("Last 7 days"),
        Dates(last_days=30): _("Last 30 days"),
        Dates(last_days=90): _("Last 90 days"),
        Dates(last_days=365): _("Last 12 months"),
    }


def dates_words(dates: Dates) -> str:
    """ "Last 30 days", "8 Feb – 9 Mar", "since 8 Feb"."""
    known = preset_names().get(dates)
    if known is not None:
        return known
    if dates.last_days is not None:
        return ngettext("Last {n} day", "Last {n} days", dates.last_days).format(n=dates.last_days)
    if dates.first is not None and dates.last is not None:
        return _day(dates.first) if dates.first == dates.last else f"{_day(dates.first)} – {_day(dates.last)}"
    if dates.first is not None:
        return _("Since {day}").format(day=_day(dates.first))
    assert dates.last is not None
    return _("Until {day}").format(day=_day(dates.last))


def _day(day: date) -> str:
    return text.day(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), now())


class DatesButton(Button):
    """Ranges that move with the calendar, and two fields for any other. Thread: GUI."""

    chosen = Signal(object)
    """The `Dates` that are wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("Any time"), icon="calendar", parent=parent)
        self.dates = Dates()
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.setMenu(self._menu)
        self.first = DateEdit(name=_("First day"))
        self.last = DateEdit(name=_("Last day"))
        for field in (self.first, self.last):
            field.setParent(self)
            field.hide()
        self._is_filling = False
        self.first.dateChanged.connect(self._on_first)
        self.last.dateChanged.connect(self._on_last)

    def show_dates(self, dates: Dates) -> None:
        """Say which days are shown."""
        self.dates = dates
        self.set_label(dates_words(dates))
        self.setAccessibleName(_("Days: {range}").format(range=dates_words(dates)))

    @Slot()
    def _fill_menu(self) -> None:
        for field in (self.first, self.last):
            field.setParent(self)
        self._menu.clear()
        for dates, name in preset_names().items():
            action = self._menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(dates == self.dates)
            action.triggered.connect(self._chooser(dates))
        one_of(self._menu)
        self._menu.addSeparator()
        holder = QWidgetAction(self._menu)
        holder.setDefaultWidget(self._fields())
        self._menu.addAction(holder)

    def _chooser(self, dates: Dates) -> Callable[[], None]:
        return lambda: self.chosen.emit(dates)

    def _fields(self) -> QWidget:
        today = now().astimezone().date()
        first, last = self.dates.days(today)
        self._is_filling = True
        for field, day in ((self.first, first or today - timedelta(days=30)), (self.last, last or today)):
            field.setDate(QDate(day.year, day.month, day.day))
        self._is_filling = False
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        row.addWidget(self.first)
        row.addWidget(label("–", tone="text2"))
        row.addWidget(self.last)
        self.first.show()
        self.last.show()
        return box

    @Slot()
    def _on_first(self) -> None:
        """A range never ends before it begins: the other day moves along."""
        if not self._is_filling:
            self._choose(self._day_of(self.first), max(self._day_of(self.first), self._day_of(self.last)))

    @Slot()
    def _on_last(self) -> None:
        if not self._is_filling:
            self._choose(min(self._day_of(self.first), self._day_of(self.last)), self._day_of(self.last))

    def _choose(self, first: date, last: date) -> None:
        self.chosen.emit(Dates(first, last))
        self._is_filling = True
        self.first.setDate(QDate(first.year, first.month, first.day))
        self.last.setDate(QDate(last.year, last.month, last.day))
        self._is_filling = False

    @staticmethod
    def _day_of(field: DateEdit) -> date:
        chosen = field.date()
        return date(chosen.year(), chosen.month(), chosen.day())
