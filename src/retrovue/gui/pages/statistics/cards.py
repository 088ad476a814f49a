"""The cards of the page: which there are, what each asks, and when it is of use."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from PySide6.QtWidgets import QMenu, QWidget

from retrovue.core.domain.statistics import View
from retrovue.core.i18n import _
from retrovue.gui.charts.bars import BarChart
from retrovue.gui.charts.card import ChartCard
from retrovue.gui.charts.line import LineChart
from retrovue.gui.charts.ranking import DrawPoster, RankChart
from retrovue.gui.charts.saving import Form
from retrovue.gui.pages.statistics.choice import Choice, Measure
from retrovue.gui.pages.statistics.shapes import PICTURED, TOP


class Extra(StrEnum):
    """What the page shows that is no count of plays by something."""

    POPULAR = "popular"
    RECENT = "recent"
    GROWTH = "growth"


Shown = View | Extra
"""What a small card is for."""
RANKINGS = (
    View.USERS,
    View.TITLES,
    View.PLATFORMS,
    View.SEASONS,
    View.ITEMS,
    View.GENRES,
    View.PLAYERS,
    View.LIBRARIES,
    View.STREAMS,
    View.RESOLUTIONS,
    View.DELIVERED,
    View.COMPLETION,
)
DIVIDED = frozenset(RANKINGS) - PICTURED - {View.RESOLUTIONS, View.DELIVERED, View.COMPLETION}
"""Views whose bars are divided by stream decision."""
SMALL: tuple[Shown, ...] = (
    View.HOURS,
    View.WEEKDAYS,
    View.CONCURRENT,
    View.USERS,
    View.TITLES,
    View.PLATFORMS,
    Extra.RECENT,
    Extra.POPULAR,
    View.GENRES,
    View.SEASONS,
    View.ITEMS,
    *(view for view in RANKINGS if view not in PICTURED | {View.USERS, View.PLATFORMS, View.GENRES}),
    Extra.GROWTH,
)
OF_TITLES: frozenset[Shown] = PICTURED | {Extra.POPULAR, Extra.RECENT}
"""Cards whose rows are titles, with their posters."""
LISTS: frozenset[Shown] = frozenset({Extra.POPULAR, Extra.RECENT})
"""Cards without bars, as what they are in order of is not the number of plays that a row opens."""


@dataclass(frozen=True)
class Cards:
    """Every card: the wide one over time, and the small ones by what they show."""

    wide: ChartCard
    small: dict[Shown, ChartCard]

    def all(self) -> list[ChartCard]:
        """In the order of the page."""
        return [self.wide, *self.small.values()]

    def of_titles(self) -> Iterable[ChartCard]:
        """Those whose rows are titles."""
        return [card for shown, card in self.small.items() if shown in OF_TITLES]


def make_cards(draw_poster: DrawPoster, parent: QWidget) -> Cards:
    """Build them, without data."""
    titles: dict[Shown, str] = {
        View.HOURS: _("By hour"),
        View.WEEKDAYS: _("By weekday"),
        View.CONCURRENT: _("Most concurrent streams"),
        View.USERS: _("Top users"),
        View.TITLES: _("Top titles"),
        View.PLATFORMS: _("Top platforms"),
        View.PLAYERS: _("Top players"),
        View.LIBRARIES: _("Top libraries"),
        View.STREAMS: _("By stream type"),
        View.RESOLUTIONS: _("Source resolution"),
        View.DELIVERED: _("Delivered resolution"),
        View.COMPLETION: _("How far plays got"),
        View.GENRES: _("Top genres"),
        View.SEASONS: _("Top seasons"),
        View.ITEMS: _("Top movies and episodes"),
        Extra.POPULAR: _("Watched by most users"),
        Extra.RECENT: _("Recently watched"),
        Extra.GROWTH: _("Growth of the libraries"),
    }
    small = {
        shown: ChartCard(titles[shown], _chart(shown, titles[shown], draw_poster), with_legend=False, parent=parent)
        for shown in SMALL
    }
    over_time = _("Plays by day")
    return Cards(ChartCard(over_time, BarChart(over_time), parent=parent), small)


def _chart(shown: Shown, title: str, draw_poster: DrawPoster) -> BarChart | LineChart | RankChart:
    match shown:
        case View.CONCURRENT:
            return LineChart(title, stepped=True, shows_peak=True)
        case Extra.GROWTH:
            chart = LineChart(title)
            chart.empty_text = _("No movies or episodes yet.")
            return chart
        case View.HOURS | View.WEEKDAYS:
            return BarChart(title)
    poster = draw_poster if shown in OF_TITLES else None
    return RankChart(title, rows=TOP, bars=shown not in LISTS, draw_poster=poster)


def fill_export(menu: QMenu, cards: Cards) -> None:
    """Offer every chart in every form."""
    for title, form in ((_("Charts as PNG…"), Form.PNG), (_("Charts as SVG…"), Form.SVG)):
        charts = menu.addMenu(title)
        for card in cards.all():
            charts.addAction(card.title, partial(card.save, form))
    numbers = menu.addMenu(_("Numbers as CSV…"))
    for card in cards.all():
        numbers.addAction(card.title, partial(card.save, Form.CSV))


def useful(shown: Shown, choice: Choice) -> bool:
    """Whether a card says anything: with one person chosen there is no ranking of people, and so on."""
    part = choice.within
    match shown:
        case View.USERS:
            return choice.user is None
        case View.LIBRARIES:
            return choice.library_id is None
        case Extra.POPULAR:
            return choice.user is None and part is None
        case Extra.GROWTH:
            return choice.user is None and part is None
        case View.TITLES | View.GENRES | Extra.RECENT:
            return part is None
        case View.SEASONS:
            return part is None or (part.year is None and part.season is None and part.name is None)
        case View.ITEMS:
            return part is None or (part.year is None and part.episode is None and part.name is None)
    return True


def wide_title(view: View, measure: Measure) -> str:
    """The title of the chart over time."""
    if view is View.MONTHS:
        return _("Plays by month") if measure is Measure.PLAYS else _("Hours by month")
    return _("Plays by day") if measure is Measure.PLAYS else _("Hours by day")
