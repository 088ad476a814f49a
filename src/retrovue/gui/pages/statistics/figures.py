"""The strip of figures above the charts."""

from PySide6.QtWidgets import QWidget

from retrovue.core.domain.statistics import Amount, Comparison, ConcurrentTable, StatTable
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.charts.data import hours
from retrovue.gui.pages.statistics import words
from retrovue.gui.pages.statistics.choice import Measure
from retrovue.gui.widgets.card import StatStrip
from retrovue.gui.widgets.tips import plain_tip


class Figures(StatStrip):
    """Plays, hours, users, transcoded plays, and the most streams at once. Thread: GUI."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.add("plays", _("Plays"))
        self.add("hours", _("Hours"))
        self.add("users", _("Users"))
        self.add("transcoded", _("Transcoded"))
        self.add("concurrent", _("Most concurrent"))
        self._measure = Measure.PLAYS
        self._total = Amount()
        self._comparison: Comparison | None = None

    def show_measure(self, measure: Measure) -> None:
        """The comparison stands beside what is shown."""
        self._measure = measure
        self._show_amounts()

    def show_total(self, table: StatTable) -> None:
        """The totals of the range, and how many of its plays were transcoded."""
        self._total = table.total
        self._show_amounts()
        transcoded = sum(row.streams.get("transcode", Amount()).plays for row in table.rows)
        tile = self.tile("transcoded")
        if table.total.plays:
            share = round(100 * transcoded / table.total.plays)
            tile.set_value(_("{n} %").format(n=share), words.plays_count(transcoded))
        else:
            tile.set_value(text.DASH)

    def show_comparison(self, comparison: Comparison | None) -> None:
        """How the range compares with the one before it; None for all time, which has none."""
        self._comparison = comparison
        self._show_amounts()

    def show_users(self, table: StatTable, known: int) -> None:
        """How many people of those that are known watched something."""
        watched = sum(1 for row in table.rows if row.plays and row.key is not None)
        of_all = _("of {n}").format(n=text.number(known)) if known > watched else ""
        self.tile("users").set_value(text.number(watched), of_all)

    def show_concurrent(self, table: ConcurrentTable) -> None:
        """The most streams at once, and when they were."""
        when = ""
        if table.at is not None:
            days = table.chosen.days
            when = words.day_and_time(table.at, days.zone, with_year=words.needs_year(days))
        self.tile("concurrent").set_value(text.number(table.max), when)

    def _show_amounts(self) -> None:
        total, compared = self._total, self._comparison
        average = ""
        if total.plays:
            average = _("{n} min a play").format(n=text.number(round(total.play_s / total.plays / 60)))
        is_plays = self._measure is Measure.PLAYS
        change = None
        if compared is not None:
            change = compared.plays_change if is_plays else compared.play_s_change
        said, tone = words.change_words(change), "success" if (change or 0) >= 0.005 else "text2"
        plays, played = text.number(total.plays), hours(total.play_s / 3600)
        self.tile("plays").set_value(plays, said if is_plays else "", tone=tone)
        if is_plays:
            self.tile("hours").set_value(played, average)
        else:
            self.tile("hours").set_value(played, said or average, tone=tone if said else "text2")
        for key in ("plays", "hours"):
            self.tile(key).setToolTip(plain_tip(self._before_words()))

    def _before_words(self) -> str:
        compared = self._comparison
        if compared is None:
            return ""
        return _("In the {n} days before, {range}: {plays}, {time}.").format(
            n=text.number(len(list(compared.days_before.days()))),
            range=words.range_words(compared.days_before),
            plays=words.plays_count(compared.before.plays),
            time=words.duration(compared.before.play_s),
        )
