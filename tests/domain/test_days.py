"""Local days: 23 and 25 hours, half-hour zones, midnights that are skipped or come twice, a day that never was."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue.core.domain.days import DayRange, day_number, day_of, hour_of, midnight, numbered_day, offsets

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Havana",
    "UTC",
]


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize(
    ("zone", "day", "begins", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 28), "2026-03-27T23:00Z", 24),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-28T23:00Z", 23),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-24T22:00Z", 25),
        ("Asia/Kolkata", date(2026, 3, 29), "2026-03-28T18:30Z", 24),
        # Half an hour of daylight saving.
        ("Australia/Lord_Howe", date(2026, 4, 5), "2026-04-04T13:00Z", 24.5),
        # Midnight was skipped: the day began at 01:00.
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00Z", 23),
        # The 30th of December was skipped.
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00Z", 0),
        # 00:01 became 23:01 of the day before: the day began at the first midnight.
        ("America/St_Johns", date(2010, 11, 7), "2010-11-07T02:30Z", 25),
    ],
)
def test_a_day_begins_at_its_first_midnight(zone: str, day: date, begins: str, hours: float) -> None:
    found = DayRange(day, day, ZoneInfo(zone))
    assert found.starts_at == at(begins)
    assert (found.ends_at or 0) - (found.starts_at or 0) == hours * 3600


def test_a_range_has_its_days_its_name_and_the_range_before() -> None:
    week = DayRange(date(2026, 3, 23), date(2026, 3, 29), BERLIN)
    assert len(list(week.days())) == 7
    assert (week.before().first, week.before().last) == (date(2026, 3, 16), date(2026, 3, 22))
    assert week.zone_name == "Europe/Berlin"
    assert DayRange(None, None, UTC).zone_name == "UTC+0000"
    assert (DayRange(None, None, BERLIN).starts_at, list(DayRange(None, None, BERLIN).days())) == (None, [])
    with pytest.raises(ValueError):
        DayRange(None, date(2026, 3, 1), BERLIN).before()


def test_the_hour_is_what_clocks_show() -> None:
    # 02:30 comes twice.
    assert [hour_of(at(f"2026-10-25T0{hour}:30Z"), BERLIN) for hour in (0, 1, 2)] == [2, 2, 3]
    assert hour_of(at("2026-03-29T01:00Z"), BERLIN) == 3
    assert hour_of(at("2026-03-29T18:15Z"), ZoneInfo("Asia/Kolkata")) == 23


@given(st.integers(at("1995-01-01T00:00Z"), at("2037-12-31T00:00Z")), st.sampled_from(ZONES))
def test_every_instant_is_in_exactly_one_day(instant: int, name: str) -> None:
    zone = ZoneInfo(name)
    day = day_of(instant, zone)
    assert midnight(day, zone) <= instant < midnight(day + timedelta(days=1), zone)
    assert numbered_day(day_number(day)) == day


@given(
    st.integers(at("1995-01-01T00:00Z"), at("2037-01-01T00:00Z")),
    st.integers(1, 40 * 86_400),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from(ZONES),
)
def test_offsets_give_the_day_and_hour_of_every_instant(start: int, length: int, share: float, name: str) -> None:
    zone = ZoneInfo(name)
    found = offsets(zone, start, start + length)
    assert (found[0].starts_at, found[-1].ends_at) == (start, start + length)
    assert [one.ends_at for one in found[:-1]] == [one.starts_at for one in found[1:]]
    instant = start + int(length * share)
    (mine,) = (one for one in found if one.starts_at <= instant < one.ends_at)
    assert numbered_day((instant + mine.day_s) // 86_400) == day_of(instant, zone)
    assert (instant + mine.hour_s) % 86_400 // 3600 == hour_of(instant, zone)


@pytest.mark.parametrize("change", ["2010-11-07T02:31Z", "2011-12-30T10:00Z", "2018-11-04T03:00Z"])
@pytest.mark.parametrize("name", ["America/St_Johns", "Pacific/Apia", "America/Sao_Paulo"])
def test_offsets_are_right_around_odd_changes(name: str, change: str) -> None:
    zone, middle = ZoneInfo(name), at(change)
    found = offsets(zone, middle - 90_000, middle + 90_000)
    for instant in range(middle - 90_000, middle + 90_000, 47):
        (mine,) = (one for one in found if one.starts_at <= instant < one.ends_at)
        assert numbered_day((instant + mine.day_s) // 86_400) == day_of(instant, zone), instant
