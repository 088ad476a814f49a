"""The range, plays or hours, plays or sittings, and for whom: the line above the figures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from PySide6.QtCore import QDate, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget, QWidgetAction

from retrovue.core.domain.days import DayRange
from retrovue.core.i18n import _
from retrovue.gui.pages.statistics import words
from retrovue.gui.pages.statistics.choice import Choice, Measure, Span
from retrovue.gui.pages.statistics.parts import PartChip
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.fields import ComboBox, DateEdit
from retrovue.gui.widgets.flow import FlowLayout
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.segments import Segments


@dataclass(frozen=True)
class Library:
    """A library to choose."""

    id: int
    name: str
    server_id: int


@dataclass(frozen=True)
class Choices:
    """What there is to choose from: people with plays, servers, libraries."""

    users: Sequence[str] = ()
    servers: Sequence[tuple[int, str]] = ()
    libraries: Sequence[Library] = ()
    years: Sequence[int] = ()
    has_plays: bool = True


class StatisticsToolbar(QWidget):
    """Wraps to a second line where the window is narrow. Thread: GUI."""

    chosen = Signal(object)
    """The new `Choice`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice = Choice()
        self._choices = Choices()
        self.spans = Segments(
            [
                (Span.WEEK.value, _("7 days")),
                (Span.MONTH.value, _("30 days")),
                (Span.QUARTER.value, _("90 days")),
                (Span.YEAR.value, _("12 months")),
                (Span.ALL.value, _("All")),
            ],
            name=_("Range"),
        )
        self.dates_button = Button("", icon="calendar")
        self.measures = Segments(
            [(Measure.PLAYS.value, _("Plays")), (Measure.HOURS.value, _("Hours"))], name=_("Height of the bars")
        )
        self.sittings = Button(icon="stack", name=_("Count plays of the same title that follow each other once"))
        self.sittings.setCheckable(True)
        self.users = ComboBox(name=_("User"))
        self.places = ComboBox(name=_("Server or library"))
        self.part = PartChip()
        self._build_dates()
        row = FlowLayout(self, gap=8)
        for part in self._parts():
            row.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._connect()
        _fill(self.users, _("All users"), ())
        _fill(self.places, _("All libraries"), ())
        self.show_choice(self._choice, None)

    def _parts(self) -> tuple[QWidget, ...]:
        # In a narrow window these two wrap together.
        whom = QWidget()
        row = QHBoxLayout(whom)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.users)
        row.addWidget(self.places)
        row.addWidget(self.part)
        return self.spans, self.dates_button, self.measures, self.sittings, whom

    def _build_dates(self) -> None:
        self.first = DateEdit(name=_("First day"))
        self.last = DateEdit(name=_("Last day"))
        self.show_days = Button(_("Show these days"), kind=ButtonKind.PRIMARY)
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        for part in (self.first, label("–", tone="text2"), self.last, self.show_days):
            row.addWidget(part)
        self.dates_menu = QMenu(self.dates_button)
        holder = QWidgetAction(self.dates_menu)
        holder.setDefaultWidget(box)
        self.dates_menu.addAction(holder)
        self.dates_button.setMenu(self.dates_menu)

    def _connect(self) -> None:
        self.spans.chosen.connect(lambda key: self._choose(replace(self._choice, span=Span(key))))
        self.measures.chosen.connect(lambda key: self._choose(replace(self._choice, measure=Measure(key))))
        self.sittings.toggled.connect(lambda on: self._choose(replace(self._choice, sittings=on)))
        self.users.activated.connect(lambda _index: self._choose(replace(self._choice, user=self.users.currentData())))
        self.places.activated.connect(self._on_place)
        self.part.chosen.connect(lambda part: self._choose(replace(self._choice, within=part)))
        self.show_days.clicked.connect(self._on_days)
        self.dates_menu.aboutToShow.connect(lambda: self.first.setFocus(Qt.FocusReason.PopupFocusReason))

    # --- what is shown --------------------------------------------------------------------------------------------

    @property
    def choice(self) -> Choice:
        """What is chosen now."""
        return self._choice

    def set_choices(self, choices: Choices) -> None:
        """Offer these: libraries below their servers, where there are several."""
        if choices == self._choices:
            return
        self._choices = choices
        _fill(self.users, _("All users"), [(name, name) for name in choices.users])
        entries: list[tuple[str, object]] = []
        for server_id, name in choices.servers:
            if len(choices.servers) > 1:
                entries.append((name, (server_id, None)))
            indent = "    " if len(choices.servers) > 1 else ""
            mine = [one for one in choices.libraries if one.server_id == server_id]
            entries += [(indent + one.name, (None, one.id)) for one in mine]
        _fill(self.places, _("All libraries"), entries)
        self._select()

    def show_choice(self, choice: Choice, days: DayRange | None) -> None:
        """Show what is chosen, and the days that it came to."""
        self._choice = choice
        if days is not None:
            # The whole range would take the line that the other choices need.
            is_open = choice.span is Span.ALL and days.first is not None
            self.dates_button.set_label(words.since_words(days) if is_open else words.range_words(days))
            self.dates_button.setAccessibleName(_("Days: {range}").format(range=words.range_words(days)))
            for field, day in ((self.first, days.first), (self.last, days.last)):
                if day is not None:
                    field.setDate(QDate(day.year, day.month, day.day))
        self._select()

    def _select(self) -> None:
        choice = self._choice
        if choice.span is Span.DAYS:
            self.spans.clear()
        else:
            self.spans.select(choice.span.value)
        self.measures.select(choice.measure.value)
        with QSignalBlocker(self.sittings):
            self.sittings.setChecked(choice.sittings)
        self.users.setCurrentIndex(max(0, self.users.findData(choice.user)) if choice.user is not None else 0)
        place = (choice.server_id, choice.library_id)
        found = (index for index in range(self.places.count()) if self.places.itemData(index) == place)
        self.places.setCurrentIndex(next(found, 0))
        self.part.show_part(choice.within)

    # --- what is chosen -------------------------------------------------------------------------------------------

    def _choose(self, choice: Choice) -> None:
        if choice != self._choice:
            self._choice = choice
            self.chosen.emit(choice)

    @Slot()
    def _on_place(self) -> None:
        server_id, library_id = self.places.currentData() or (None, None)
        self._choose(replace(self._choice, server_id=server_id, library_id=library_id))

    @Slot()
    def _on_days(self) -> None:
        """A range that ends before it begins is meant the other way round."""
        self.dates_menu.close()
        first, last = sorted((_day(self.first), _day(self.last)))
        self._choose(replace(self._choice, span=Span.DAYS, first=first, last=last))


def _fill(combo: ComboBox, every: str, entries: Sequence[tuple[str, object]]) -> None:
    with QSignalBlocker(combo):
        combo.clear()
        combo.addItem(every, None)
        for name, value in entries:
            combo.addItem(name, value)


def _day(field: DateEdit) -> date:
    chosen = field.date()
    return date(chosen.year(), chosen.month(), chosen.day())
