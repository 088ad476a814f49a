"""Every statistic with an answer that was worked out by hand."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, event, insert, update
from tests.services.statistics.past import add_play, instant, open_profile

from retrovue.core.context import AppContext
from retrovue.core.domain.days import DayRange
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.played_titles import Within
from retrovue.core.domain.statistics import Amount, Bar, Chosen, StatTable, View
from retrovue.core.services.history import people
from retrovue.core.services.history.plays import list_plays
from retrovue.core.services.statistics import views
from retrovue.core.services.statistics.behind import filter_of
from retrovue.core.services.statistics.parts import find_part
from retrovue.core.services.statistics.upkeep import prepare
from retrovue.core.services.statistics.watched import most_popular
from retrovue.core.storage.tables import episodes, media_users, movies, plays, shows

pytestmark = pytest.mark.usefixtures("each_engine")

BERLIN = ZoneInfo("Europe/Berlin")
ITEM = {"sort_key": "", "fingerprint": 0, "change_key": 0, "first_seen_at": 1, "last_seen_at": 1}


@pytest.fixture
def context(tmp_path: Path) -> Iterator[AppContext]:
    context = open_profile(tmp_path)
    yield context
    context.close()


def days(first: str, last: str, zone: str = "Europe/Berlin") -> DayRange:
    return DayRange(date.fromisoformat(first), date.fromisoformat(last), ZoneInfo(zone))


def add(context: AppContext, *added: tuple[Any, ...], **facts: Any) -> None:
    with context.database.write() as connection:
        for started, minutes, *more in added:
            add_play(connection, started, minutes, **{**facts, **(more[0] if more else {})})


def bars(table: StatTable) -> dict[Any, int]:
    return {row.key: row.plays for row in table.rows if row.plays}


def count(context: AppContext, view: View, chosen: Chosen) -> dict[Any, int]:
    return bars(views.statistics(context, view, chosen))


def test_a_play_over_midnight_counts_on_the_day_of_its_start(context: AppContext) -> None:
    add(context, ("2026-02-28T23:30+01:00", 90), ("2026-03-01T00:00+01:00", 10))
    both = Chosen(days("2026-02-28", "2026-03-01"))
    table = views.statistics(context, View.DAYS, both)
    assert [(row.key, row.plays, row.play_s) for row in table.rows] == [("2026-02-28", 1, 5400), ("2026-03-01", 1, 600)]
    assert table.total == Amount(2, 6000)
    # It starts in one range and ends in another one.
    assert views.total(context, Chosen(days("2026-02-28", "2026-02-28"))) == Amount(1, 5400)
    assert views.total(context, Chosen(days("2026-03-01", "2026-03-01"))) == Amount(1, 600)
    assert count(context, View.MONTHS, both) == {"2026-02": 1, "2026-03": 1}
    assert count(context, View.WEEKDAYS, both) == {6: 1, 7: 1}
    assert count(context, View.HOURS, both) == {23: 1, 0: 1}
    streams = views.concurrent(context, both)
    assert [(row.key.day, row.max) for row in streams.rows] == [(28, 1), (1, 2)]
    assert (streams.max, streams.at, streams.total) == (2, instant("2026-02-28T23:00Z"), Amount(2, 6000))


def test_days_of_23_and_25_hours(context: AppContext) -> None:
    spring = ("2026-03-29T00:30Z", "2026-03-29T01:30Z", "2026-03-29T21:30Z", "2026-03-29T22:30Z")
    autumn = ("2026-10-25T00:30Z", "2026-10-25T01:30Z", "2026-10-25T22:30Z", "2026-10-25T23:30Z")
    add(context, *((at, 10) for at in spring + autumn))
    # 01:30, then 03:30: the clock skipped the third hour; 23:30 is the last; the next one is Monday.
    assert count(context, View.HOURS, Chosen(days("2026-03-29", "2026-03-29"))) == {1: 1, 3: 1, 23: 1}
    # 02:30 came twice; 23:30 is the last; the next one is Monday.
    assert count(context, View.HOURS, Chosen(days("2026-10-25", "2026-10-25"))) == {2: 2, 23: 1}
    # The same from the sums of months.
    assert count(context, View.DAYS, Chosen(days("2026-01-01", "2026-12-31"))) == {
        "2026-03-29": 3,
        "2026-03-30": 1,
        "2026-10-25": 3,
        "2026-10-26": 1,
    }
    assert len(views.statistics(context, View.DAYS, Chosen(days("2026-03-01", "2026-03-31"))).rows) == 31


def test_zones_with_half_hours_have_days_of_their_own(context: AppContext) -> None:
    add(context, ("2026-03-01T18:29Z", 1), ("2026-03-01T18:30Z", 1), ("2026-03-01T22:59Z", 1))
    assert count(context, View.DAYS, Chosen(days("2026-02-28", "2026-03-03", "Asia/Kolkata"))) == {
        "2026-03-01": 1,
        "2026-03-02": 2,
    }
    assert count(context, View.HOURS, Chosen(days("2026-03-01", "2026-03-02", "Asia/Kolkata"))) == {23: 1, 0: 1, 4: 1}
    assert count(context, View.DAYS, Chosen(days("2026-02-28", "2026-03-03"))) == {"2026-03-01": 3}
    # Sums are those of the zone that is asked for, also after another one was.
    for zone, expected in (("Asia/Kolkata", 1), ("Europe/Berlin", 3), ("Asia/Kolkata", 1)):
        table = views.statistics(context, View.DAYS, Chosen(DayRange(None, None, ZoneInfo(zone))))
        assert bars(table)["2026-03-01"] == expected


def test_plays_without_a_length_count_but_run_at_no_time(context: AppContext) -> None:
    add(context, ("2026-03-01T12:00Z", 0), ("2026-03-01T12:00Z", -5), ("2026-03-01T12:00Z", 30))
    chosen = Chosen(days("2026-03-01", "2026-03-01"))
    assert views.total(context, chosen) == Amount(3, 1800)
    assert views.concurrent(context, chosen).max == 1


def test_what_was_deleted_counts_nowhere_until_it_is_restored(context: AppContext) -> None:
    add(context, ("2026-03-01T12:00Z", 60), ("2026-03-02T12:00Z", 60, {"title": "Copper Sky"}))
    chosen = Chosen(DayRange(None, None, BERLIN))
    assert views.total(context, chosen).plays == 2
    _number, undo = context.plays.delete(now=1, ids=[1])
    assert count(context, View.TITLES, chosen) == {"Copper Sky": 1}
    context.plays.restore(undo)
    assert count(context, View.TITLES, chosen) == {"Copper Sky": 1, "Static Hour": 1}
    with context.database.write() as connection:
        connection.execute(delete(plays))
    assert {view: table.total for view, table in views.everything(context, chosen).items()} == dict.fromkeys(
        views.LISTED_VIEWS, Amount()
    )


def test_keys_are_names_and_unknown_is_none(context: AppContext) -> None:
    add(
        context,
        ("2026-03-01T12:00Z", 60, {"stream_decision": "transcode", "source_label": "4K HEVC · AAC 5.1"}),
        ("2026-03-01T14:00Z", 30, {"stream_decision": "direct_play", "platform": "tvOS", "source_label": "SD"}),
        ("2026-03-01T15:00Z", 30, {"stream_decision": "", "platform": "", "source_label": "FLAC 2.0"}),
    )
    chosen = Chosen(days("2026-03-01", "2026-03-01"))
    assert count(context, View.STREAMS, chosen) == {"transcode": 1, "direct_play": 1, None: 1}
    assert count(context, View.PLATFORMS, chosen) == {None: 2, "tvOS": 1}
    assert count(context, View.RESOLUTIONS, chosen) == {"4K": 1, "SD": 1, None: 1}
    assert count(context, View.PLAYERS, chosen) == {None: 3}
    (day,) = views.statistics(context, View.DAYS, chosen).rows
    assert day.streams == {"direct_play": Amount(1, 1800), "transcode": Amount(1, 3600), None: Amount(1, 1800)}


def test_plays_are_counted_by_how_far_they_came(context: AppContext) -> None:
    came = [{"is_watched": True, "percent": 20}, *({"percent": percent} for percent in (0, 24, 25, 74, 75, 99)), {}]
    add(context, *((f"2026-03-0{day + 1}T12:00Z", 60, facts) for day, facts in enumerate(came)))
    expected = {"watched": 1, "75": 2, "50": 1, "25": 1, "0": 2, None: 1}
    for first, last in (("2026-03-01", "2026-03-31"), ("2026-01-01", "2026-12-31")):
        assert count(context, View.COMPLETION, Chosen(days(first, last))) == expected
    with context.database.write() as connection:
        # It is watched after all: sums notice.
        connection.execute(update(plays).where(plays.c.percent == 99).values(is_watched=True))
    year = Chosen(days("2026-01-01", "2026-12-31"))
    assert count(context, View.COMPLETION, year) == {**expected, "watched": 2, "75": 1}


def test_episodes_count_in_their_season_and_everything_as_an_item(context: AppContext) -> None:
    episode = {"title": "Pilot", "show_title": "Kessler", "year": 2020}
    add(
        context,
        ("2026-03-01T12:00Z", 10, {**episode, "season_number": 2, "episode_number": 5}),
        # A copy on another server, in another language.
        ("2026-03-02T12:00Z", 10, {**episode, "season_number": 2, "episode_number": 5, "title": "P", "server_id": 2}),
        ("2026-03-03T12:00Z", 10, {**episode, "season_number": 0, "episode_number": 1}),
        ("2026-03-04T12:00Z", 10, episode),
        ("2026-03-05T12:00Z", 10),
    )
    march = Chosen(days("2026-03-01", "2026-03-31"))
    assert count(context, View.SEASONS, march) == {"Kessler S02": 2, "Kessler S00": 1, None: 2}
    largest = views.statistics(context, View.SEASONS, march, largest=1)
    assert (bars(largest), largest.total) == ({"Kessler S02": 2}, Amount(5, 3000))
    everything = {"Kessler S02E05": 2, "Kessler S00E01": 1, "Kessler Pilot": 1, "Static Hour": 1}
    assert count(context, View.ITEMS, march) == everything
    for part, plays_ in ((Within("Kessler"), 4), (Within("Kessler", 2), 2), (Within("Kessler", 0, 1), 1)):
        assert views.total(context, replace(march, within=part)) == Amount(plays_, plays_ * 600)
        # The same from all the years that there are, and the same streams.
        always = Chosen(DayRange(None, None, BERLIN), within=part)
        assert sum(count(context, View.MONTHS, always).values()) == plays_
        assert sum(row.max for row in views.concurrent(context, replace(march, within=part)).rows) == plays_
    assert find_part(context, "static hour") == Within("Static Hour\x1f1987")
    assert find_part(context, "Kessler", 2, 5).words == "Kessler S02E05"


def test_a_play_has_the_first_genre_of_its_title(context: AppContext) -> None:
    add(
        context,
        ("2026-03-01T12:00Z", 10, {"remote_id": "1"}),
        ("2026-03-01T13:00Z", 10, {"remote_id": "2"}),
        ("2026-03-01T14:00Z", 10, {"remote_id": "3", "title": "Pilot", "show_title": "Kessler"}),
        ("2026-03-01T15:00Z", 10, {"remote_id": "4"}),
    )
    march = Chosen(days("2026-03-01", "2026-03-31"))
    assert count(context, View.GENRES, march) == {None: 4}
    with context.database.write() as connection:
        for remote_id, genre in (("1", "Drama"), ("2", None)):
            row = {"library_id": 10, "remote_id": remote_id, "title": "x", "genre": genre}
            connection.execute(insert(movies).values(**row, **ITEM))
        row = {"library_id": 11, "remote_id": "s", "title": "x", "genre": "Comedy"}
        connection.execute(insert(shows).values(id=1, **row, **ITEM))
        row = {"library_id": 11, "remote_id": "3", "title": "x", "show_id": 1}
        connection.execute(insert(episodes).values(**row, **ITEM))
    assert count(context, View.GENRES, march) == {"Drama": 1, "Comedy": 1, None: 2}
    # What is deleted keeps its genre in the history.
    with context.database.write() as connection:
        connection.execute(delete(movies))
    assert count(context, View.GENRES, march) == {"Drama": 1, "Comedy": 1, None: 2}
    assert count(context, View.LIBRARIES, march) == {"Movies": 2, "Series": 1, None: 1}


def test_the_largest_come_first_and_the_total_stays(context: AppContext) -> None:
    add(context, ("2026-03-01T12:00Z", 10), ("2026-03-02T12:00Z", 10), ("2026-03-02T13:00Z", 10, {"title": "B"}))
    add(context, ("2026-03-02T15:00Z", 99, {"title": "C"}))
    table = views.statistics(context, View.TITLES, Chosen(days("2026-03-01", "2026-03-03"), top=2))
    assert ([row.key for row in table.rows], table.total.plays) == (["Static Hour", "C"], 4)
    busiest = views.statistics(context, View.DAYS, Chosen(days("2026-03-01", "2026-03-03"), top=1))
    assert [row.key for row in busiest.rows] == ["2026-03-02"]
    assert views.concurrent(context, Chosen(days("2026-03-01", "2026-03-03"), top=1)).rows[0].key.day == 1


def test_names_that_several_share_are_told_apart(context: AppContext) -> None:
    show = {"title": "Pilot", "show_title": "Static Hour", "year": 2019}
    add(context, ("2026-03-01T12:00Z", 9), ("2026-03-02T12:00Z", 9, {"year": 2011}), ("2026-03-03T12:00Z", 9, show))
    add(context, ("2026-03-04T12:00Z", 9, {"title": "Alone", "library_id": 20, "server_id": 2}), library_id=10)
    add(context, ("2026-03-05T12:00Z", 9), library_id=10)
    chosen = Chosen(days("2026-03-01", "2026-03-31"))
    assert count(context, View.TITLES, chosen) == {
        "Static Hour (1987)": 2,
        "Static Hour (2011)": 1,
        "Static Hour": 1,
        "Alone": 1,
    }
    assert count(context, View.LIBRARIES, chosen) == {None: 3, "Movies (Attic)": 1, "Movies (Cabin)": 1}


def test_a_person_is_who_goes_by_a_name(context: AppContext) -> None:
    cabin = {"server_id": 2, "server_name": "Cabin", "media_user_id": 20}
    add(
        context,
        ("2026-03-01T12:00Z", 9),
        ("2026-03-02T12:00Z", 9, cabin),
        ("2026-03-02T12:00Z", 9, {"media_user_id": 11}),
    )
    add(context, ("2026-03-03T12:00Z", 9, {"media_user_id": None, "user_name": None}))
    chosen = Chosen(days("2026-03-01", "2026-03-31"))
    assert count(context, View.USERS, chosen) == {"mira": 2, "Søren 1": 1, None: 1}
    with context.database.write() as connection:
        connection.execute(update(media_users).where(media_users.c.id == 11).values(name="mira"))
    assert count(context, View.USERS, chosen) == {"mira": 3, None: 1}
    assert views.total(context, Chosen(chosen.days, user="mira")).plays == 3
    assert views.total(context, Chosen(chosen.days, user="mira", server_id=2)).plays == 1
    assert views.concurrent(context, Chosen(chosen.days, user="mira")).max == 2
    assert views.total(context, Chosen(chosen.days, user="nobody")).plays == 0


def test_two_users_that_were_merged_count_as_one_person(context: AppContext) -> None:
    imported = {"server_id": None, "server_name": "Old", "media_user_id": None, "user_name": "m.", "title": "B"}
    add(context, ("2026-03-01T12:00Z", 60), ("2026-03-01T12:30Z", 60, imported), ("2026-03-02T12:00Z", 9, imported))
    for chosen in (Chosen(days("2026-03-01", "2026-03-31")), Chosen(days("2026-01-01", "2026-12-31"))):
        assert count(context, View.USERS, chosen) == {"m.": 2, "mira": 1}
        people.merge(context, ["mira", "m."], person="Mira")
        assert count(context, View.USERS, chosen) == {"Mira": 3}
        assert views.total(context, Chosen(chosen.days, user="Mira")) == Amount(3, 7740)
        assert views.concurrent(context, Chosen(chosen.days, user="Mira")).max == 2
        people.split(context, person="Mira")


def test_a_sitting_counts_once_at_its_start_wherever_the_range_ends(context: AppContext) -> None:
    add(context, ("2026-03-01T22:00Z", 30), ("2026-03-01T23:30Z", 20, {"platform": "tvOS"}), ("2026-03-03T12:00Z", 5))
    joined = Chosen(days("2026-03-01", "2026-03-03"), sittings=True)
    assert count(context, View.DAYS, joined) == {"2026-03-01": 1, "2026-03-03": 1}
    assert count(context, View.PLATFORMS, joined) == {"tvOS": 1, None: 1}
    assert views.total(context, joined) == Amount(2, 3300)
    # The second play begins on the 2nd: its sitting does not.
    assert views.total(context, Chosen(days("2026-03-02", "2026-03-02"), sittings=True)) == Amount(0, 0)
    context.settings_store.update(sitting_hours=0.0)
    assert views.total(context, joined) == Amount(3, 3300)


def test_the_library_is_found_once_the_catalog_has_the_item(context: AppContext) -> None:
    add(context, ("2026-03-01T12:00Z", 9, {"remote_id": "7"}), ("2026-03-02T12:00Z", 9, {"remote_id": "8"}))
    chosen = Chosen(days("2026-03-01", "2026-03-31"))
    assert count(context, View.LIBRARIES, chosen) == {None: 2}
    with context.database.write() as connection:
        # One file in two libraries: two items, and each play is of one of them.
        for library_id, remote_id in ((10, "7"), (11, "8")):
            connection.execute(insert(movies).values(library_id=library_id, remote_id=remote_id, title="x", **ITEM))
    assert count(context, View.LIBRARIES, chosen) == {"Movies": 1, "Series": 1}
    with context.database.write() as connection:
        connection.execute(insert(shows).values(id=1, library_id=11, remote_id="s", title="x", **ITEM))
        connection.execute(insert(episodes).values(library_id=11, show_id=1, remote_id="9", title="x", **ITEM))
        add_play(connection, "2026-03-03T12:00Z", remote_id="9")
        # An item that is gone takes none of its plays along.
        connection.execute(delete(movies))
    assert count(context, View.LIBRARIES, chosen) == {"Movies": 1, "Series": 2}
    assert views.total(context, Chosen(chosen.days, library_id=11)).plays == 2


def test_a_range_is_compared_with_as_many_days_before_it(context: AppContext) -> None:
    add(context, *((f"2026-03-{day:02d}T12:00Z", 60) for day in (1, 8, 9, 14)))
    change = views.compared(context, Chosen(days("2026-03-08", "2026-03-14")))
    assert (change.now, change.before) == (Amount(3, 10_800), Amount(1, 3600))
    assert (change.days_before.first, change.days_before.last) == (date(2026, 3, 1), date(2026, 3, 7))
    assert (change.plays_change, change.play_s_change) == (2.0, 2.0)
    assert views.compared(context, Chosen(days("2026-03-01", "2026-03-07"))).plays_change is None


def test_an_open_range_is_closed_by_the_plays_and_today(context: AppContext) -> None:
    open_days = Chosen(views.day_range(context, None, None))
    assert views.resolved(context, open_days).days == days("2026-11-29", "2026-11-29")
    add(context, ("2026-03-01T23:30Z", 9), ("2026-12-24T12:00Z", 9))
    assert views.resolved(context, open_days).days == days("2026-03-02", "2026-12-24")
    assert views.total(context, open_days).plays == 2
    for first, last in ((date(2026, 3, 2), date(2026, 3, 1)), (date(1, 1, 1), None), (None, date(9999, 12, 31))):
        with pytest.raises(ConfigError):
            views.day_range(context, first, last)
    with pytest.raises(ValueError):
        views.statistics(context, View.CONCURRENT, open_days)


@pytest.mark.slow
def test_no_view_sums_anything_after_the_sums_were_made(context: AppContext) -> None:
    add(context, *((f"{year}-0{month}-01T12:00Z", 60) for year in (2024, 2025, 2026) for month in (1, 3, 6)))
    prepare(context)
    written: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        written.extend([statement] if statement.startswith(("INSERT", "DELETE", "UPDATE")) else [])

    event.listen(context.database.engine, "before_cursor_execute", note)
    for chosen in (Chosen(DayRange(None, None, BERLIN)), Chosen(days("2025-01-01", "2026-02-10"))):
        for joined in (False, True):
            every = views.everything(context, replace(chosen, sittings=joined))
            assert {table.total.plays for table in every.values()} == {9 if chosen.days.first is None else 4}
    prepare(context)
    assert written == []
    # One more play takes the sums of its month and its year along, and no others. Nobody who looks waits for them.
    add(context, ("2025-03-02T12:00Z", 60))
    for joined in (False, True):
        every = views.everything(context, Chosen(DayRange(None, None, BERLIN), joined))
        assert {table.total.plays for table in every.values()} == {10}
        # Who counts plays does not wait until sittings are joined again.
        assert any(text.startswith("DELETE FROM sittings") for text in written) == joined
    assert not any("play_sums" in text for text in written)
    prepare(context)
    assert count(context, View.TITLES, Chosen(days("2024-01-01", "2026-12-31"))) == {"Static Hour": 10}
    months = [text for text in written if text.startswith("INSERT INTO summed_months")]
    assert len(months) == 5


def test_long_streams_run_on_every_day_between(context: AppContext) -> None:
    add(context, ("2026-03-01T12:00Z", 5 * 1440), ("2026-03-05T12:00Z", 60), ("2026-03-06T12:00Z", 60))
    # The last one starts when the long one ends.
    expected = [1, 1, 1, 1, 2, 1, 0]
    for first, last in (("2026-03-01", "2026-03-07"), ("2026-01-01", "2026-12-31")):
        found = {
            row.key.day: row.max
            for row in views.concurrent(context, Chosen(days(first, last))).rows
            if row.key.month == 3
        }
        assert [found[day] for day in range(1, 8)] == expected
    alone = views.concurrent(context, Chosen(days("2026-03-03", "2026-03-03")))
    assert (alone.max, alone.at, alone.total) == (1, instant("2026-03-02T23:00Z"), Amount())


def test_behind_a_peak_are_the_streams_that_run_at_it(context: AppContext) -> None:
    """As many as the bar says, whatever else ran on the day, across midnight and in sittings, too."""
    add(
        context,
        ("2026-03-01T22:30Z", 180),  # from the evening before
        ("2026-03-02T00:10Z", 60),
        ("2026-03-02T00:20Z", 30),
        ("2026-03-02T12:00Z", 60),
        ("2026-03-02T13:00Z", 60),  # begins when the one before ends
        ("2026-03-02T13:30Z", 0),  # runs at no time
    )
    for sittings in (False, True):
        chosen = Chosen(days("2026-03-01", "2026-03-05"), sittings)
        for row in views.concurrent(context, chosen).rows:
            behind = filter_of(context, Bar(View.CONCURRENT, row.key.isoformat(), chosen))
            assert len(behind.ids or ()) == row.max
            played = [play for play in list_plays(context, behind) if row.at is not None]
            assert all(play.started_at.timestamp() <= row.at < play.stopped_at.timestamp() for play in played), row
    assert [row.max for row in views.concurrent(context, chosen).rows] == [1, 3, 0, 0, 0]


def test_one_file_in_two_libraries_is_one_title_and_each_play_is_of_its_library(context: AppContext) -> None:
    """Two items of a server have one file: mira plays one twice, Søren the other once, and once elsewhere."""
    for server_id, library_id, user_id, times in ((1, 10, 10, 2), (1, 11, 11, 1), (2, 20, 21, 1)):
        for n in range(times):
            place = {"server_id": server_id, "library_id": library_id, "remote_id": f"m{library_id}"}
            who = {"media_user_id": user_id, "user_name": None, "guid": "plex://static-hour"}
            add(context, (f"2026-03-0{n + 1}T20:0{server_id}Z", 30, {**place, **who, "uid": f"{library_id} {n}"}))
    for sittings in (False, True):
        march = Chosen(days("2026-03-01", "2026-03-31"), sittings)
        titles = views.statistics(context, View.TITLES, march)
        assert [(row.key, row.plays, row.play_s) for row in titles.rows] == [("Static Hour", 4, 7200)]
        assert count(context, View.ITEMS, march) == {"Static Hour": 4}
        libraries = {row.ref: row.plays for row in views.statistics(context, View.LIBRARIES, march).rows}
        assert libraries == {10: 2, 11: 1, 20: 1}
        for library_id, plays_ in libraries.items():
            assert views.total(context, replace(march, library_id=library_id)) == Amount(plays_, plays_ * 1800)
        assert views.total(context, replace(march, server_id=1)) == Amount(3, 5400)
        (popular,) = most_popular(context, march)
        assert (popular.users, popular.plays) == (3, 4)
