"""The cards of the page: which there are, what each asks, and when it is of use."""

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from retrovue.core.domain.statistics import View
from retrovue.core.i18n import _
from retrovue.gui.charts.bars import BarChart
from retrovue.gui.charts.card import ChartCard
from retrovue.gui.charts.line import LineChart
from retrovue.gui.charts.ranking import DrawPoster, RankChart
from retrovue.gui.pages.statistics.choice import Choice, Measure
from retrovue.gui.pages.statistics.shapes import TOP

RANKINGS = (
    View.USERS,
    View.TITLES,
    View.PLATFORMS,
    View.PLAYERS,
    View.LIBRARIES,
    View.STREAMS,
    View.RESOLUTIONS,
    View.DELIVERED,
    View.COMPLETION,
)
DIVIDED = frozenset(RANKINGS) - {View.TITLES, View.RESOLUTIONS, View.DELIVERED, View.COMPLETION}
"""Views whose bars are divided by stream decision."""
SMALL = (View.HOURS, View.WEEKDAYS, View.CONCURRENT, *RANKINGS)


@dataclass(frozen=True)
class Cards:
    """Every card: the wide one over time, and the small ones by view."""

    wide: ChartCard
    small: dict[View, ChartCard]

    def all(self) -> list[ChartCard]:
        """In the order of the page."""
        return [self.wide, *self.small.values()]


def make_cards(draw_poster: DrawPoster, parent: QWidget) -> Cards:
    """Build them, without data."""
    titles = {
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
    }
    small: dict[View, ChartCard] = {}
    for view in SMALL:
        title = titles[view]
        if view is View.CONCURRENT:
            chart: BarChart | LineChart | RankChart = LineChart(title, stepped=True, shows_peak=True)
        elif view in RANKINGS:
            chart = RankChart(title, rows=TOP, draw_poster=draw_poster if view is View.TITLES else None)
        else:
            chart = BarChart(title)
        small[view] = ChartCard(title, chart, with_legend=False, parent=parent)
    over_time = _("Plays by day")
    return Cards(ChartCard(over_time, BarChart(over_time), parent=parent), small)


def useful(view: View, choice: Choice) -> bool:
    """Whether a card says anything: with one person chosen there is no ranking of people."""
    if view is View.USERS:
        return choice.user is None
    return view is not View.LIBRARIES or choice.library_id is None


def wide_title(view: View, measure: Measure) -> str:
    """The title of the chart over time."""
    if view is View.MONTHS:
        return _("Plays by month") if measure is Measure.PLAYS else _("Hours by month")
    return _("Plays by day") if measure is Measure.PLAYS else _("Hours by day")
