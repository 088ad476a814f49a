"""Titles with their year and episodes with their number are written in one way."""

import pytest

from retrovue.core.domain.playback import RemoteSession, session_title
from retrovue.core.domain.titles import episode_code, episode_title, titled


@pytest.mark.parametrize(
    ("title", "year", "shown"),
    [
        ("Copper Sky", 1981, "Copper Sky (1981)"),
        ("Copper Sky", None, "Copper Sky"),
        ("Copper Sky", 0, "Copper Sky"),
        ("Copper Sky", -1, "Copper Sky"),
        ("Two Versions (2001)", 2001, "Two Versions (2001)"),
        ("Two Versions [2001]", 2001, "Two Versions [2001]"),
        ("Two Versions (2001)", 2002, "Two Versions (2001)"),
        ("Two Versions (2001)", 2019, "Two Versions (2001) (2019)"),
        ("2001", 1968, "2001 (1968)"),
        ("1984", 1984, "1984 (1984)"),
        ("(2001) Two Versions", 2001, "(2001) Two Versions (2001)"),
    ],
)
def test_a_year_is_written_once(title: str, year: int | None, shown: str) -> None:
    assert titled(title, year) == shown


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({"season": 2, "number": 5}, "S02E05"),
        ({"season": 0, "number": 0}, "S00E00"),
        ({"season": 2, "number": 9, "end": 10}, "S02E09–E10"),
        ({"season": 2, "number": 9, "end": 9}, "S02E09"),
        ({"season": 2, "number": 9, "end": -1}, "S02E09"),
        ({"season": None, "number": 7}, "E07"),
        ({"season": -1, "number": 7}, "E07"),
        ({"season": 2021, "number": None, "aired": "2021-03-04"}, "2021-03-04"),
        ({"season": 2021, "number": -1, "aired": "2021-03-04"}, "2021-03-04"),
        ({"season": 2021, "number": 3, "aired": "2021-03-04"}, "S2021E03"),
        ({"season": 1, "number": None}, ""),
        ({"season": None, "number": None}, ""),
        ({"season": 1, "number": 100}, "S01E100"),
    ],
)
def test_an_episode_has_its_number_or_its_day(facts: dict[str, int | str | None], shown: str) -> None:
    assert episode_code(**facts) == shown  # type: ignore[arg-type]


def test_unknown_parts_of_an_episode_leave_no_gap() -> None:
    assert episode_title("Static Hour", "S01E04", "The Title") == "Static Hour S01E04 The Title"
    assert episode_title("Static Hour", "", "The Title") == "Static Hour The Title"
    assert episode_title(None, "S01E04") == "S01E04"


@pytest.mark.parametrize(
    ("number", "aired", "shown"),
    [(3, None, "Daily · S2021E03 · Monday"), (None, "2021-03-04", "Daily · 2021-03-04 · Monday"),
     (None, None, "Daily · Monday")],
)  # fmt: skip
def test_what_plays_is_named_by_number_or_day(number: int | None, aired: str | None, shown: str) -> None:
    session = RemoteSession(
        "1", "2", "episode", "Monday", "playing", show_title="Daily", season_number=2021, episode_number=number,
        aired=aired,
    )  # fmt: skip
    assert session_title(session) == shown
