"""Most popular titles, those watched last, and the longest sitting, worked out by hand."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.services.statistics.past import add_play, open_profile

from retrovue.core.context import AppContext
from retrovue.core.domain.days import DayRange
from retrovue.core.domain.statistics import Amount, Chosen
from retrovue.core.services.history import people
from retrovue.core.services.statistics.upkeep import prepare
from retrovue.core.services.statistics.watched import longest_sitting, most_popular, recently_watched

pytestmark = pytest.mark.usefixtures("each_engine")

MARCH = Chosen(DayRange(date(2026, 3, 1), date(2026, 3, 31), ZoneInfo("Europe/Berlin")))


@pytest.fixture
def context(tmp_path: Path) -> Iterator[AppContext]:
    context = open_profile(tmp_path)
    with context.database.write() as connection:
        for day in (1, 2, 3):
            add_play(connection, f"2026-03-0{day}T12:00Z", 10)
        add_play(connection, "2026-03-04T12:00Z", 80, title="B", year=None)
        add_play(connection, "2026-03-04T20:00Z", 10, title="B", year=None, media_user_id=11)
        add_play(connection, "2026-03-05T20:00Z", 10, title="B", year=None, media_user_id=None, user_name=None)
        # Two plays of an evening, of which the range has only the first.
        add_play(connection, "2026-03-31T20:00Z", 60, title="C")
        add_play(connection, "2026-03-31T23:00Z", 30, title="C")
    yield context
    context.close()


def test_titles_are_as_popular_as_people_watched_them(context: AppContext) -> None:
    found = [(title.key, title.users, title.plays, title.play_s) for title in most_popular(context, MARCH)]
    assert found == [("B", 2, 3, 6000), ("Static Hour", 1, 3, 1800), ("C", 1, 1, 3600)]
    people.merge(context, ["mira", "Søren 1"], person="Mira")
    assert [(title.key, title.users) for title in most_popular(context, Chosen(MARCH.days, top=1))] == [("B", 1)]


def test_the_longest_sitting_is_whole_wherever_the_range_ends(context: AppContext) -> None:
    longest = longest_sitting(context, MARCH)
    assert longest is not None
    assert (longest.title, longest.plays, longest.play_s) == ("C", 2, 5400)
    alone = longest_sitting(context, Chosen(DayRange(date(2026, 3, 4), date(2026, 3, 4), MARCH.days.zone)))
    assert alone is not None
    assert (alone.title, alone.play_s) == ("B", 4800)
    assert longest_sitting(context, Chosen(DayRange(date(2025, 1, 1), date(2025, 1, 2), MARCH.days.zone))) is None


def test_titles_that_were_watched_last_are_counted_from_sums_where_there_are_some(context: AppContext) -> None:
    with context.database.write() as connection:
        for month in range(1, 13):
            add_play(connection, f"2025-{month:02}-03T12:00Z", 10)
    prepare(context)
    found = recently_watched(context, replace(MARCH, days=DayRange(None, None, MARCH.days.zone)))
    assert [(row.key, row.plays) for row in found.titles] == [("C", 2), ("B", 3), ("Static Hour", 15)]


def test_titles_that_were_watched_last_come_first(context: AppContext) -> None:
    with context.database.write() as connection:
        add_play(
            connection, "2026-03-20T12:00Z", 5, title="Pilot", show_title="Kessler", season_number=2, episode_number=5
        )
        add_play(connection, "2026-03-10T12:00Z", 9, title="Two", show_title="Kessler", media_user_id=11)
    found = recently_watched(context, MARCH)
    assert [(row.key, row.at.isoformat(), row.episode, row.user, row.plays, row.play_s) for row in found.titles] == [
        ("C", "2026-03-31T20:00:00+00:00", "", "mira", 1, 3600),
        ("Kessler", "2026-03-20T12:00:00+00:00", "S02E05", "mira", 2, 840),
        ("B", "2026-03-05T20:00:00+00:00", "", None, 3, 6000),
        ("Static Hour", "2026-03-03T12:00:00+00:00", "", "mira", 3, 1800),
    ]
    newest = recently_watched(context, replace(MARCH, top=1))
    assert ([row.key for row in newest.titles], newest.total) == (["C"], Amount(9, 12240))
    # A sitting is as old as its start.
    evening = Chosen(DayRange(date(2026, 3, 31), date(2026, 4, 1), MARCH.days.zone), sittings=True)
    assert [(row.at.hour, row.plays, row.play_s) for row in recently_watched(context, evening).titles] == [
        (20, 1, 5400)
    ]
    assert recently_watched(context, replace(MARCH, user="nobody")).titles == []
