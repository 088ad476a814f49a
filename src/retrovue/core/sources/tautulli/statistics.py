"""Tautulli's statistics, by the names of its commands.

What it sums up disagrees with itself: the same 30 days gave 201, 225, 231 and 237 plays on a running 2.17.2, because a
group counts in each day or hour that it touches. So plays are asked for ungrouped here, as single plays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from typing import Any

from retrovue.core.domain.concurrency import peaks
from retrovue.core.domain.days import midnight
from retrovue.core.domain.errors import ProtocolError
from retrovue.core.i18n import _
from retrovue.core.sources.documents import number_of, text_of
from retrovue.core.sources.tautulli.client import PAGE_ROWS, TautulliClient
from retrovue.core.sources.tautulli.shapes import (
    HistoryPage,
    HistoryRow,
    WatchTime,
    mapping,
    rows_of,
    watch_times_of,
)

MOST_CONCURRENT = "Max. Concurrent Streams"
"""The name of Tautulli's own series of it."""
_LONGEST_PLAY = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class TautulliLibrary:
    """A library of the server that Tautulli watches, with what it has: movies, or shows with seasons and episodes."""

    section_id: str
    name: str
    kind: str
    count: int
    seasons: int = 0
    episodes: int = 0
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class PlayChart:
    """A chart: one number for each category in each series."""

    categories: Sequence[str]
    series: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def total(self, name: str) -> int:
        """Return the sum of a series; 0 for one that is not there."""
        return sum(self.series.get(name, ()))


@dataclass(frozen=True, slots=True)
class CollectionStats:
    """What was watched of the items of a collection, by everybody.

    Attributes:
        total_duration_formatted: like "2h 0m".
    """

    total_plays: int
    total_duration_s: int
    total_duration_formatted: str


class TautulliStatistics:
    """Asks one Tautulli for its sums. Every method raises `SourceError` like `TautulliClient.ping`. Thread: any."""

    def __init__(self, client: TautulliClient) -> None:
        self._client = client

    def get_libraries(self) -> list[TautulliLibrary]:
        """Return the libraries of the watched server."""
        return libraries_of(self._client.ask("get_libraries"))

    def get_history(self, *, start: int = 0, length: int = PAGE_ROWS, **search: object) -> HistoryPage:
        """Return a page of single plays, latest first."""
        return self._client.history(start=start, length=length, search=search)

    def get_item_watch_time_stats(self, rating_key: str, *, days: Sequence[int] = (1, 7, 30, 0)) -> list[WatchTime]:
        """Return the plays and seconds of an item in the last days; 0 days: since ever."""
        return self._client.watch_time(rating_key, days=days)

    def get_user_watch_time_stats(self, user_id: str, *, days: Sequence[int] = (1, 7, 30, 0)) -> list[WatchTime]:
        """Return the plays and seconds of an account in the last days; 0 days: since ever."""
        query = {"user_id": user_id, "query_days": ",".join(map(str, days)), "grouping": 0}
        return watch_times_of(self._client.ask("get_user_watch_time_stats", **query))

    def get_plays_by_date(self, days: int = 30, *, in_seconds: bool = False) -> PlayChart:
        """Return plays by day and type of library, with their total."""
        return self._chart("get_plays_by_date", days, in_seconds=in_seconds)

    def get_plays_by_hourofday(self, days: int = 30, *, in_seconds: bool = False) -> PlayChart:
        """Return plays by hour of the day, "00" to "23", and type of library."""
        return self._chart("get_plays_by_hourofday", days, in_seconds=in_seconds)

    def get_plays_by_stream_type(self, days: int = 30, *, zone: tzinfo, in_seconds: bool = False) -> PlayChart:
        """Return plays by day and stream decision, and the most streams at once on each day.

        Tautulli has no such series in this chart, and its own assigns a stream to the day on which it starts: here it
        is worked out from the plays, and a stream counts on every day that it touches.

        Args:
            zone: the zone of the days.
        """
        chart = self._chart("get_plays_by_stream_type", days, in_seconds=in_seconds)
        return PlayChart(chart.categories, {**chart.series, MOST_CONCURRENT: self._most_concurrent(chart, zone)})

    def get_collection_stats(self, rating_keys: Iterable[str]) -> CollectionStats:
        """Return what was watched of these items together; shows count with their episodes."""
        plays = seconds = 0
        for rating_key in dict.fromkeys(rating_keys):
            for ever in self._client.watch_time(rating_key, days=(0,)):
                plays, seconds = plays + ever.plays, seconds + ever.time_s
        return CollectionStats(plays, seconds, hours_and_minutes(seconds))

    def _chart(self, command: str, days: int, *, in_seconds: bool) -> PlayChart:
        axis = "duration" if in_seconds else "plays"
        return chart_of(self._client.ask(command, time_range=days, y_axis=axis, grouping=0))

    def _most_concurrent(self, chart: PlayChart, zone: tzinfo) -> list[int]:
        try:
            days = [date.fromisoformat(category) for category in chart.categories]
        except ValueError as error:
            raise ProtocolError(
                _("Tautulli returned days that are none."), hint=_("Update Tautulli and try again."), detail=str(error)
            ) from error
        if not days:
            return []
        rows = self._rows_since(days[0] - _LONGEST_PLAY)
        bounds = [midnight(day, zone) for day in (*days, days[-1] + timedelta(days=1))]
        return [peak.streams for peak in peaks(((row.started_at, row.stopped_at) for row in rows), bounds)]

    def _rows_since(self, day: date) -> list[HistoryRow]:
        found: dict[int, HistoryRow] = {}
        for page in self._client.pages(search={"after": day.isoformat()}):
            found.update((row.row_id, row) for row in page.rows)
        return list(found.values())


def libraries_of(data: Any) -> list[TautulliLibrary]:
    """Read the answer of `get_libraries`; a library without an id is left out."""
    return [
        TautulliLibrary(
            section_id=section_id,
            name=text_of(row.get("section_name")) or section_id,
            kind=text_of(row.get("section_type")) or "",
            count=max(0, number_of(row.get("count")) or 0),
            seasons=max(0, number_of(row.get("parent_count")) or 0),
            episodes=max(0, number_of(row.get("child_count")) or 0),
            is_active=number_of(row.get("is_active")) != 0,
        )
        for row in rows_of(data)
        if (section_id := text_of(row.get("section_id"))) is not None
    ]


def chart_of(data: Any) -> PlayChart:
    """Read a chart. Series are a list here, whatever its description says; one of another length is padded or cut."""
    found = mapping(data)
    categories = found.get("categories")
    names = [text_of(name) or "" for name in categories] if isinstance(categories, list) else []
    series: dict[str, Sequence[int]] = {}
    for row in rows_of(found.get("series")):
        cells = row.get("data")
        numbers = [max(0, number_of(cell) or 0) for cell in cells] if isinstance(cells, list) else []
        series[text_of(row.get("name")) or ""] = [*numbers, *([0] * len(names))][: len(names)]
    return PlayChart(names, series)


def hours_and_minutes(seconds: int) -> str:
    """Return a duration like "2h 0m"."""
    return f"{seconds // 3_600}h {seconds % 3_600 // 60}m"
