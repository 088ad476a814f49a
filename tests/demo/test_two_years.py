"""The past of the demo house: always the same, and with habits that statistics can find."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from retrovue.demo import DemoLibrary, LibrarySpec, make_library
from retrovue.demo.past import make_past
from retrovue.demo.people import PEOPLE, ServerName
from retrovue.demo.playback import PastPlay

UNTIL = datetime(2026, 1, 1, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def shelves() -> dict[ServerName, DemoLibrary]:
    return {
        "plex": make_library(LibrarySpec(shows=30, episodes=900, movies=200)),
        "jellyfin": make_library(LibrarySpec(shows=10, episodes=300, movies=60)),
    }


@pytest.fixture(scope="module")
def past(shelves: dict[ServerName, DemoLibrary]) -> dict[ServerName, list[PastPlay]]:
    return make_past(shelves, until=UNTIL, zone=BERLIN)


def test_it_is_always_the_same(shelves: dict[ServerName, DemoLibrary]) -> None:
    first, again, other = (make_past(shelves, until=UNTIL, days=60, seed=seed, zone=BERLIN) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_a_person_watches_one_thing_at_a_time_and_nothing_before_it_was_there(
    shelves: dict[ServerName, DemoLibrary], past: dict[ServerName, list[PastPlay]]
) -> None:
    free_at: Counter[int] = Counter()
    rows = [(play, shelves[name]) for name, plays in past.items() for play in plays]
    for play, library in sorted(rows, key=lambda row: row[0].started_at):
        item = library.items[play.item_id]
        assert play.started_at >= free_at[play.user.id]
        assert item.added_at <= play.started_at < play.stopped_at <= UNTIL.timestamp()
        assert 0 < play.position_ms <= (item.duration_ms or 0)
        assert play.stopped_at - play.started_at - play.paused_s > 0
        free_at[play.user.id] = play.stopped_at


def test_it_has_the_habits_that_screens_are_made_for(
    shelves: dict[ServerName, DemoLibrary], past: dict[ServerName, list[PastPlay]]
) -> None:
    plays = [play for rows in past.values() for play in rows]
    begun = [datetime.fromtimestamp(play.started_at, BERLIN) for play in plays]
    hours, days = Counter(at.hour for at in begun), Counter(at.weekday() for at in begun)
    assert 4_000 < len(plays) < 9_000
    assert (begun[0] - UNTIL).days < -700
    assert {play.user for play in plays} == {person.user for person in PEOPLE}
    assert hours[20] > 20 * hours[9]
    assert days[5] > 1.5 * days[1]
    assert {play.decision for play in plays} == {"direct play", "direct stream", "transcode"}
    newcomer = [play.started_at for play in plays if play.user.name == "Zofia"]
    assert min(newcomer) > UNTIL.timestamp() - 21 * 86_400
    watched = {play.item_id for play in past["plex"]}
    library = shelves["plex"]
    films, shows = library.members("1", "movie"), library.members("3", "show")
    assert sum(film.id not in watched for film in films) > len(films) * 0.3
    assert any(watched.isdisjoint(leaf.id for leaf in library.leaves(show.id)) for show in shows)
    assert max(Counter(play.item_id for play in plays).values()) > 8


@pytest.mark.parametrize("night", [(2025, 3, 30), (2024, 10, 27)])
def test_somebody_watches_while_the_clocks_change(
    past: dict[ServerName, list[PastPlay]], night: tuple[int, int, int]
) -> None:
    change = datetime(*night, 1, tzinfo=UTC).timestamp()
    assert any(play.started_at < change < play.stopped_at for rows in past.values() for play in rows)
