"""Sittings: plays of one title by one person that follow each other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from retrovue.core.domain.history import Play, sittings

START = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
FILM = Play(
    id=1,
    server="Attic",
    user="mira",
    kind="movie",
    title="Static Hour",
    show=None,
    season=None,
    episode=None,
    aired=None,
    year=1987,
    remote_id="101",
    guid="imdb://tt1",
    device="tv",
    player="TV",
    product=None,
    platform=None,
    stream_decision="direct_play",
    started_at=START,
    stopped_at=START + timedelta(hours=1),
    paused_s=10,
    play_s=3000,
    position_ms=3_000_000,
    duration_ms=6_000_000,
    percent=50,
    watched=False,
    source="live",
    server_id=3,
    user_id=2,
)
WINDOW = timedelta(hours=12)


def later(hours: float, **facts: object) -> Play:
    begins = START + timedelta(hours=hours)
    return replace(FILM, id=int(hours * 10) + 2, started_at=begins, stopped_at=begins + timedelta(hours=1), **facts)  # type: ignore[arg-type]


def test_what_goes_on_within_the_window_is_one_sitting() -> None:
    (joined,) = sittings([later(3, percent=100, watched=True), FILM, later(2, percent=60)], window=WINDOW)
    assert (joined.plays, joined.started_at, joined.stopped_at) == (3, START, START + timedelta(hours=4))
    assert (joined.play_s, joined.paused_s, joined.percent, joined.watched) == (9000, 30, 100, True)


def test_after_the_window_it_is_another_one() -> None:
    assert len(sittings([FILM, later(12.9)], window=WINDOW)) == 1
    assert len(sittings([FILM, later(13.1)], window=WINDOW)) == 2


def test_another_person_server_or_item_is_never_joined() -> None:
    others = [later(1, user_id=9), later(1, server_id=9), later(1, guid="imdb://tt2")]
    assert [each.plays for each in sittings([FILM, *others], window=WINDOW)] == [1, 1, 1, 1]


def test_an_item_with_a_new_id_is_found_by_its_guid_and_without_one_by_its_id() -> None:
    assert len(sittings([FILM, later(2, remote_id="999")], window=WINDOW)) == 1
    bare = [replace(FILM, guid=None), later(2, guid=None), later(2, guid=None, remote_id="999")]
    assert sorted(each.plays for each in sittings(bare, window=WINDOW)) == [1, 2]


def test_the_newest_comes_first() -> None:
    found = sittings([FILM, later(20), later(40)], window=WINDOW)
    assert [each.started_at for each in found] == sorted((each.started_at for each in found), reverse=True)
