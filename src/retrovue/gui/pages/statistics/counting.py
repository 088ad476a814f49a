"""What the page asks of the statistics, as one object. Every method but `zone` and `today` is called on a lane."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Protocol

from retrovue.core.domain.days import DayRange
from retrovue.core.domain.history import Play
from retrovue.core.domain.statistics import Bar, Chosen, Comparison, ConcurrentTable, StatTable, View
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.servers.stored import all_libraries, all_servers
from retrovue.gui.pages.statistics.choice import time_view
from retrovue.gui.pages.statistics.shapes import TOP
from retrovue.gui.pages.statistics.toolbar import Choices, Library
from retrovue.gui.pages.statistics.year import LongestSitting, YearSummary

if TYPE_CHECKING:
    from retrovue.core.context import AppContext
    from retrovue.core.services.statistics.growth import Growth
    from retrovue.core.services.statistics.watched import PopularTitle, Recent


class Counting(Protocol):
    """See the module."""

    @property
    def zone(self) -> tzinfo:
        """The zone of the days. Thread: any."""

    def today(self) -> date:
        """The day that it is. Thread: any."""

    def choices(self, token: CancelToken) -> Choices:
        """People with plays, servers and libraries."""

    def table(self, view: View, chosen: Chosen, token: CancelToken) -> StatTable:
        """Plays by anything."""

    def concurrent(self, chosen: Chosen, token: CancelToken) -> ConcurrentTable:
        """The most streams at once."""

    def popular(self, chosen: Chosen, token: CancelToken) -> "Sequence[PopularTitle]":
        """The titles that most people watched."""

    def recent(self, chosen: Chosen, token: CancelToken) -> "Recent":
        """The titles that were watched last."""

    def growth(self, chosen: Chosen, token: CancelToken) -> "Growth":
        """How libraries grew, by day or month as the page shows it."""

    def compared(self, chosen: Chosen, token: CancelToken) -> Comparison:
        """A range and the one before it."""

    def year(self, year: int, user: str | None, token: CancelToken) -> YearSummary:
        """What a year came to."""

    def behind(self, bar: Bar, token: CancelToken) -> tuple[int, ...]:
        """The ids of the plays that a bar counts."""

    def posters(self, refs: Sequence[str]) -> dict[str, tuple[int, str]]:
        """(server id, address) of the posters of titles, by what their rows are known by."""


class CatalogCounting:
    """Counts the catalog's plays."""

    def __init__(self, context: "AppContext") -> None:
        self._context = context

    @property
    def zone(self) -> tzinfo:
        """The zone of this desktop."""
        return self._context.zone

    def today(self) -> date:
        """The day by the program's clock."""
        return datetime.fromtimestamp(self._context.clock.epoch(), self.zone).date()

    def choices(self, token: CancelToken) -> Choices:
        """People in the order of their plays over all time, everything else by name."""
        users = self.table(View.USERS, Chosen(DayRange(None, None, self.zone)), token)
        servers, libraries = all_servers(self._context), all_libraries(self._context)
        return Choices(
            tuple(str(row.key) for row in users.rows if row.key is not None),
            tuple((server.id, server.name) for server in servers),
            tuple(Library(library.id, library.name, library.server_id) for library in libraries),
            tuple(range(self.today().year, users.chosen.days.first.year - 1, -1)) if users.chosen.days.first else (),
            has_plays=users.total.plays > 0,
        )

    def table(self, view: View, chosen: Chosen, token: CancelToken) -> StatTable:
        """Plays by anything."""
        from retrovue.core.services.statistics import views

        return views.statistics(self._context, view, chosen, largest=TOP, token=token)

    def concurrent(self, chosen: Chosen, token: CancelToken) -> ConcurrentTable:
        """The most streams at once."""
        from retrovue.core.services.statistics import views

        return views.concurrent(self._context, chosen, token=token)

    def popular(self, chosen: Chosen, token: CancelToken) -> "Sequence[PopularTitle]":
        """The titles that most people watched."""
        from retrovue.core.services.statistics.watched import most_popular

        return most_popular(self._context, replace(chosen, top=TOP), token=token)

    def recent(self, chosen: Chosen, token: CancelToken) -> "Recent":
        """The titles that were watched last."""
        from retrovue.core.services.statistics.watched import recently_watched

        return recently_watched(self._context, replace(chosen, top=TOP), token=token)

    def growth(self, chosen: Chosen, token: CancelToken) -> "Growth":
        """How libraries grew, by day or month as the page shows it."""
        from retrovue.core.services.statistics.growth import growth

        token.raise_if_cancelled()
        return growth(self._context, chosen, time_view(chosen.days))

    def compared(self, chosen: Chosen, token: CancelToken) -> Comparison:
        """A range and the one before it."""
        from retrovue.core.services.statistics import views

        return views.compared(self._context, chosen, token=token)

    def year(self, year: int, user: str | None, token: CancelToken) -> YearSummary:
        """What a year came to; the longest sitting by its play time, without pauses."""
        from retrovue.core.services.statistics import views
        from retrovue.core.services.statistics.watched import longest_sitting

        days = DayRange(date(year, 1, 1), max(date(year, 1, 1), min(date(year, 12, 31), self.today())), self.zone)
        chosen = Chosen(days, user=user)
        shown = (View.DAYS, View.TITLES, View.WEEKDAYS)
        tables = [views.statistics(self._context, view, chosen, token=token) for view in shown]
        longest = longest_sitting(self._context, chosen, token=token)
        return YearSummary(year, user, tables[0], tables[1], tables[2], self._longest(longest))

    def behind(self, bar: Bar, token: CancelToken) -> tuple[int, ...]:
        """Which plays a bar counts."""
        from retrovue.core.services.statistics.behind import filter_of

        return filter_of(self._context, bar, token=token).ids or ()

    def posters(self, refs: Sequence[str]) -> dict[str, tuple[int, str]]:
        """Where the posters of titles are."""
        from retrovue.core.services.catalog.artwork import posters_of_played

        return posters_of_played(self._context, refs)

    def _longest(self, play: Play | None) -> LongestSitting | None:
        if play is None:
            return None
        return LongestSitting(play.show or play.title, play.started_at.astimezone(self.zone).date(), play.play_s)
