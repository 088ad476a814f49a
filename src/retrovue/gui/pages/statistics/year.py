"""A year at a glance, for everybody or one person: a page that can be saved as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from retrovue.core.domain.statistics import Amount, Bar, StatTable, View
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.charts.calendar import CalendarChart, days_of
from retrovue.gui.charts.chart import Chart
from retrovue.gui.charts.data import ChartData, Mark, Series, hours
from retrovue.gui.charts.ranking import DrawPoster, RankChart
from retrovue.gui.charts.saving import PICTURE_SCALE, Form, png
from retrovue.gui.pages.statistics import shapes, words
from retrovue.gui.pages.statistics.choice import Measure
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.widgets.busy import BusyIcon
from retrovue.gui.widgets.card import Card, StatStrip
from retrovue.gui.widgets.fields import ComboBox
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.page import PAGE_MARGIN, PageAction, PageHead

TOP_TITLES = 8
_SHEET_WIDTH = 920
_CONTENT_MARGIN = 24
_CALENDAR_HEIGHT = 158
"""Room for squares of 15, months and the meaning of the fills."""


@dataclass(frozen=True)
class LongestSitting:
    """The longest row of plays of one title."""

    title: str
    day: date
    play_s: int


@dataclass(frozen=True)
class YearSummary:
    """What a year came to.

    Attributes:
        user: None is everybody.
        days, titles, weekdays: all rows of these views.
    """

    year: int
    user: str | None
    days: StatTable
    titles: StatTable
    weekdays: StatTable
    longest: LongestSitting | None

    @property
    def total(self) -> Amount:
        """Of the whole year."""
        return self.days.total


def calendar_data(table: StatTable, year: int) -> ChartData:
    """A mark for each day of the year, with its date as the key; days to come are empty."""
    rows = {str(row.key): row for row in table.rows}
    marks = []
    for day in days_of(year):
        row = rows.get(day.isoformat())
        count = 0 if row is None else row.plays
        said = f"{text.long_date(day)} · {words.plays_count(count)}"
        marks.append(Mark(day, "", (0.0 if row is None else row.play_s / 3600,), said))
    return ChartData(_("Day"), (Series(_("Hours"), "accent"),), tuple(marks), hours, whole=False)


class YearSheet(QFrame):
    """What is saved as a picture: no buttons, nothing to scroll. Thread: GUI."""

    opened = Signal(object)
    """The `Bar` of a day or a title."""

    def __init__(self, draw_poster: DrawPoster, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self._summary: YearSummary | None = None
        self.title_label = label("", FontRole.CODE)
        self.who_label = label("", FontRole.CARD_TITLE, tone="text2")
        self.figures = StatStrip()
        for key, title in (
            ("hours", _("Hours")),
            ("plays", _("Plays")),
            ("titles", _("Titles")),
            ("days", _("Days with plays")),
        ):
            self.figures.add(key, title)
        self.titles = RankChart(_("Top titles by hours"), rows=TOP_TITLES, draw_poster=draw_poster)
        self.calendar = CalendarChart(_("Hours by day"))
        self.calendar.setFixedHeight(_CALENDAR_HEIGHT)
        self.facts = _Facts()
        self._build()
        self.calendar.opened.connect(self._on_day)
        self.titles.opened.connect(self.opened)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(_CONTENT_MARGIN, 18, _CONTENT_MARGIN, 20)
        column.setSpacing(14)
        head = QHBoxLayout()
        head.addWidget(self.title_label)
        head.addSpacing(8)
        head.addWidget(self.who_label, 0, Qt.AlignmentFlag.AlignBottom)
        head.addStretch(1)
        head.addWidget(label("RetroVue", FontRole.CARD_TITLE, tone="accent"), 0, Qt.AlignmentFlag.AlignBottom)
        column.addLayout(head)
        column.addWidget(self.figures)
        middle = QGridLayout()
        middle.setSpacing(12)
        middle.addWidget(_titled(_("Top titles by hours"), self.titles), 0, 0)
        middle.addWidget(self.facts, 0, 1)
        middle.setColumnStretch(0, 3)
        middle.setColumnStretch(1, 2)
        column.addLayout(middle, 1)
        column.addWidget(_titled(_("Hours by day"), self.calendar))

    def show_summary(self, summary: YearSummary) -> None:
        """Show a year."""
        self._summary = summary
        self.title_label.setText(str(summary.year))
        self.who_label.setText(summary.user or _("Everybody"))
        total = summary.total
        watched = sum(1 for row in summary.titles.rows if row.plays)
        played_days = sum(1 for row in summary.days.rows if row.plays)
        self.figures.tile("hours").set_value(hours(total.play_s / 3600))
        self.figures.tile("plays").set_value(text.number(total.plays))
        self.figures.tile("titles").set_value(text.number(watched))
        self.figures.tile("days").set_value(
            text.number(played_days), _("of {n}").format(n=text.number(len(summary.days.rows)))
        )
        top = shapes.largest(summary.titles, Measure.HOURS, TOP_TITLES)
        self.titles.show_data(shapes.whole(top, Measure.HOURS))
        self.calendar.show_data(calendar_data(summary.days, summary.year))
        self.facts.show_summary(summary)

    @Slot(object)
    def _on_day(self, day: object) -> None:
        if self._summary is not None and isinstance(day, date):
            row = next((one for one in self._summary.days.rows if one.key == day.isoformat()), None)
            if row is not None and row.plays:
                self.opened.emit(Bar(View.DAYS, row.ref, self._summary.days.chosen))

    def picture(self) -> QImage:
        """The sheet as it is on screen, twice as fine."""
        image = QImage(self.size() * PICTURE_SCALE, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(PICTURE_SCALE)
        image.fill(tokens.of(self.palette()).color("base"))
        painter = QPainter(image)
        self.render(painter, QPoint())
        painter.end()
        return image


class _Facts(Card):
    """Sentences about the year: the longest sitting, the busiest day, the favorite weekday."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._lines: list[tuple[str, ElidedLabel, ElidedLabel]] = []
        for title in (_("Longest viewing"), _("Busiest day"), _("Favorite weekday"), _("Longest row of days")):
            figure = ElidedLabel(text_font=font(FontRole.STRONG))
            remark = ElidedLabel(tone="text2")
            block = QVBoxLayout()
            block.setSpacing(1)
            block.addWidget(label(title, FontRole.SMALL, tone="text2"))
            block.addWidget(figure)
            block.addWidget(remark)
            self.body.addLayout(block)
            self._lines.append((title, figure, remark))
        self.body.addStretch(1)

    @property
    def words(self) -> dict[str, tuple[str, str]]:
        """(figure, remark) by title."""
        return {title: (figure.text, remark.text) for title, figure, remark in self._lines}

    def show_summary(self, summary: YearSummary) -> None:
        """Say what is so."""
        said = (
            _longest_words(summary.longest),
            _busiest_words(summary.days),
            _weekday_words(summary.weekdays),
            _streak_words(summary.days),
        )
        for (_title, figure, remark), (main, rest) in zip(self._lines, said, strict=True):
            figure.set_text(main)
            remark.set_text(rest)


def _longest_words(longest: LongestSitting | None) -> tuple[str, str]:
    if longest is None:
        return text.DASH, ""
    return longest.title, f"{words.duration(longest.play_s)} · {text.short_date(longest.day)}"


def _busiest_words(table: StatTable) -> tuple[str, str]:
    row = max(table.rows, key=lambda one: one.play_s, default=None)
    if row is None or not row.plays:
        return text.DASH, ""
    day = text.long_date(date.fromisoformat(str(row.key)))
    return day, f"{words.plays_count(row.plays)} · {words.duration(row.play_s)}"


def _weekday_words(table: StatTable) -> tuple[str, str]:
    row = max(table.rows, key=lambda one: one.play_s, default=None)
    if row is None or not table.total.play_s:
        return text.DASH, ""
    share = round(100 * row.play_s / table.total.play_s)
    return words.label_of(View.WEEKDAYS, row.key)[1], _("{n} % of all hours").format(n=share)


def longest_streak(played: Sequence[bool]) -> tuple[int, int]:
    """(index of the first, length) of the longest row of true values; the first of equal ones."""
    best, start = (0, 0), 0
    for index, value in enumerate([*played, False]):
        if value:
            continue
        if index - start > best[1]:
            best = (start, index - start)
        start = index + 1
    return best


def _streak_words(table: StatTable) -> tuple[str, str]:
    first, length = longest_streak([row.plays > 0 for row in table.rows])
    if not length:
        return text.DASH, ""
    begins = text.short_date(date.fromisoformat(str(table.rows[first].key)))
    ends = text.short_date(date.fromisoformat(str(table.rows[first + length - 1].key)))
    return ngettext("{n} day", "{n} days", length).format(n=text.number(length)), f"{begins} – {ends}"


def _titled(title: str, chart: Chart) -> Card:
    card = Card()
    card.body.setSpacing(8)
    card.body.addWidget(label(title, FontRole.STRONG))
    card.body.addWidget(chart, 1)
    return card


class YearView(QWidget):
    """The sheet, which year and whose, and the way back. Thread: GUI."""

    chosen = Signal(int, object)
    """(year, user or None) that are wanted."""
    back = Signal()
    save_requested = Signal(str, object, bytes)
    """As of a chart card."""

    def __init__(self, draw_poster: DrawPoster, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head = PageHead(_("Your year"))
        self.head.add_action(PageAction(_("Back to statistics"), "caret-left", self.back.emit))
        self.save_button = self.head.add_action(PageAction(_("Save as picture…"), "image", self.save, primary=True))
        self.years = ComboBox(name=_("Year"))
        self.users = ComboBox(name=_("User"))
        self.sheet = YearSheet(draw_poster)
        self.busy = BusyIcon(size=24)
        self._build()
        self.years.activated.connect(self._on_chosen)
        self.users.activated.connect(self._on_chosen)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        row = QHBoxLayout()
        row.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 12)
        row.setSpacing(8)
        row.addWidget(self.years)
        row.addWidget(self.users)
        row.addWidget(self.busy)
        row.addStretch(1)
        column.addLayout(row)
        held = QWidget()
        held.setProperty("page", "true")
        inner = QHBoxLayout(held)
        inner.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 16)
        self.sheet.setMaximumWidth(_SHEET_WIDTH)
        inner.addWidget(self.sheet, 1, Qt.AlignmentFlag.AlignTop)
        inner.addStretch(0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(held)
        column.addWidget(area, 1)

    def offer(self, years: Sequence[int], users: Sequence[str], year: int, user: str | None) -> None:
        """What there is to choose from, and what is chosen."""
        self.years.clear()
        for one in years:
            self.years.addItem(str(one), one)
        self.users.clear()
        self.users.addItem(_("Everybody"), None)
        for name in users:
            self.users.addItem(name, name)
        self.years.setCurrentIndex(max(0, self.years.findData(year)))
        self.users.setCurrentIndex(max(0, self.users.findData(user)) if user is not None else 0)

    def show_busy(self) -> None:
        """Another year is on its way."""
        self.busy.show()
        self.save_button.setEnabled(False)

    def show_summary(self, summary: YearSummary) -> None:
        """Show a year that has come."""
        self.busy.hide()
        self.sheet.show_summary(summary)
        self.save_button.setEnabled(bool(summary.total.plays))

    @Slot()
    def save(self) -> None:
        """Ask for the sheet to be saved as a picture."""
        name = f"{self.sheet.title_label.text()} {self.sheet.who_label.text()}".strip()
        self.save_requested.emit(name, Form.PNG, png(self.sheet.picture()))

    @Slot()
    def _on_chosen(self) -> None:
        self.chosen.emit(self.years.currentData(), self.users.currentData())
