"""Tautulli's sums by the names of its commands, and every recorded chart."""

import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from retrovue.core.sources.tautulli import TautulliClient
from retrovue.core.sources.tautulli.statistics import (
    MOST_CONCURRENT,
    TautulliStatistics,
    chart_of,
    hours_and_minutes,
    libraries_of,
)
from retrovue.demo import DemoLibrary, DemoServer, LibrarySpec, make_library
from retrovue.demo.playback import BROWSER, PHONE, USERS, PastPlay
from retrovue.demo.store import ManualClock
from retrovue.demo.tautulli import KEY, TautulliDialect, watching

CHARTS = ("get_plays_", "get_stream_type_by_", "get_concurrent_streams_by_")
HOUR_S, DAY_S = 3_600, 86_400


@pytest.fixture
def library() -> DemoLibrary:
    # Noon, UTC.
    return make_library(LibrarySpec(shows=2, episodes=12, movies=8), clock=ManualClock(1_767_268_800.0))


@pytest.fixture
def sums(library: DemoLibrary) -> Iterator[TautulliStatistics]:
    midnight = int(library.now()) - 12 * HOUR_S
    first, second, third = library.members("1", "movie")[:3]
    episode = library.members("3", "episode")[0]
    with DemoServer(library) as plex, watching(plex) as tautulli:
        for play in (
            # Across midnight, with another beside it before and one after.
            PastPlay(first.id, USERS[0], PHONE, midnight - HOUR_S, midnight + HOUR_S, 7_000_000),
            PastPlay(second.id, USERS[1], BROWSER, midnight - HOUR_S, midnight - 1_800, 1_800_000, "transcode"),
            PastPlay(third.id, USERS[2], BROWSER, midnight + 1_800, midnight + 2 * HOUR_S, 5_000_000, "direct stream"),
            PastPlay(episode.id, USERS[1], PHONE, midnight - 3 * DAY_S, midnight - 3 * DAY_S + 1_200, 1_200_000),
        ):
            plex.playbacks.add_past(play)
        assert isinstance(tautulli.dialect, TautulliDialect)
        tautulli.dialect.history.zone = UTC
        client = TautulliClient(tautulli.url, KEY)
        yield TautulliStatistics(client)
        client.close()


def test_streams_at_once_count_on_every_day_that_they_touch(sums: TautulliStatistics) -> None:
    chart = sums.get_plays_by_stream_type(4, zone=UTC)
    assert [list(chart.series[name]) for name in ("Direct Play", "Direct Stream", "Transcode")] == [
        [1, 0, 1, 0],
        [0, 0, 0, 1],
        [0, 0, 1, 0],
    ]
    assert chart.series[MOST_CONCURRENT] == [1, 0, 2, 2]


def test_charts_and_sums(sums: TautulliStatistics, library: DemoLibrary) -> None:
    assert sums.get_plays_by_date(4).total("Total") == 4
    assert sums.get_plays_by_date(4, in_seconds=True).total("Total") == 2 * HOUR_S + 1_800 + 5_400 + 1_200
    hours = sums.get_plays_by_hourofday(7)
    assert (hours.categories[23], hours.series["Movies"][23], hours.series["TV"][0]) == ("23", 2, 1)
    movies = [movie for movie in sums.get_libraries() if movie.kind == "movie"]
    assert movies[0].count == library.count("1", "movie")
    [ever] = sums.get_user_watch_time_stats("2", days=(0,))
    assert (ever.plays, ever.time_s) == (2, 3_000)
    keys = [str(movie.id) for movie in library.members("1", "movie")[:2]]
    assert sums.get_item_watch_time_stats(keys[0], days=(0,))[0].plays == 1
    collection = sums.get_collection_stats([*keys, keys[0]])
    assert (collection.total_plays, collection.total_duration_s) == (2, 9_000)
    assert collection.total_duration_formatted == "2h 30m"
    assert hours_and_minutes(7_200) == "2h 0m"


def test_a_chart_that_is_none_is_empty() -> None:
    assert (chart_of(None).categories, chart_of({"series": 3}).series) == ([], {})
    odd = chart_of({"categories": ["a", "b"], "series": [{"name": None, "data": ["7", None, 9]}, 4]})
    assert odd.series == {"": [7, 0]}
    assert libraries_of([{"section_name": "no id"}, 7]) == []


def test_every_recorded_chart_is_understood(fixtures_dir: Path) -> None:
    folder = fixtures_dir / "tautulli"
    recorded = [path for path in sorted(folder.glob("*.json")) if path.name.startswith(CHARTS)]
    assert len(recorded) > 30
    for path in recorded:
        data = json.loads(path.read_text(encoding="utf-8"))["body"]["response"]["data"]
        chart = chart_of(data)
        assert chart.categories, path.name
        assert {name: list(cells) for name, cells in chart.series.items()} == {
            row["name"]: row["data"] for row in data["series"]
        }, path.name
    libraries = json.loads((folder / "get_libraries.json").read_text(encoding="utf-8"))["body"]["response"]["data"]
    assert [one.name for one in libraries_of(libraries)] == [row["section_name"] for row in libraries]
