"""One play in two records: recognized by account, item and time, and joined without being counted twice."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue.core.domain.imports import (
    KnownPlay,
    PlaySource,
    Span,
    TimeKind,
    ToldPlay,
    find_same,
    joined,
    paired,
)

OURS = KnownPlay(1, "live", Span(10_000, 13_000, 100, 2_800), "7", "plex://a", 3, "Ada", "tv")
TOLD = ToldPlay("u", PlaySource.TAUTULLI, Span(8_000, 13_010, 100, 4_900), "movie", "Film", "1000001", "ada",
                remote_id="7", guid="plex://a", device_id="tv")  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "is_same"),
    [
        ({}, True),
        ({"remote_id": "8"}, True),
        ({"remote_id": "8", "guid": None}, False),
        ({"user": "Bea"}, False),
        ({"device_id": "phone"}, False),
        ({"device_id": None}, True),
        ({"span": Span(13_100, 15_000)}, True),
        ({"span": Span(13_200, 15_000)}, False),
        ({"span": Span(13_700, 13_700, kind=TimeKind.UNKNOWN)}, True),
        ({"source": PlaySource.LIVE}, False),
    ],
)
def test_what_is_the_same_play(changes: dict[str, object], is_same: bool) -> None:
    assert (find_same(replace(TOLD, **changes), None, [OURS]) is OURS) is is_same


def test_a_known_account_has_whatever_name_it_has() -> None:
    assert find_same(replace(TOLD, user="ada@example.invalid"), 3, [OURS]) is OURS


def test_a_part_that_we_saw_gets_the_whole() -> None:
    assert joined(OURS, TOLD.span) == Span(8_000, 13_000, 100, 4_900)
    at_most = Span(8_000, 14_000, 0, 6_000, TimeKind.AT_MOST)
    assert joined(OURS, at_most) == Span(8_000, 13_000, 100, 4_800, TimeKind.AT_MOST)
    assert joined(replace(OURS, is_inferred=True), at_most) == Span(8_000, 14_000, 100, 5_800, TimeKind.AT_MOST)
    assert joined(OURS, Span(9_970, 13_030, 0, 3_060)) == OURS.span
    assert joined(OURS, Span(5_000, 5_000, kind=TimeKind.UNKNOWN)) == OURS.span


SPANS = st.builds(
    lambda start, wall, paused, kind: Span(start, start + wall, min(paused, wall), wall - min(paused, wall), kind),
    st.integers(0, 5_000), st.integers(0, 5_000), st.integers(0, 5_000), st.sampled_from(list(TimeKind)),
)  # fmt: skip


@given(SPANS, SPANS, st.booleans())
def test_a_joined_play_is_never_longer_than_its_wall_time(mine: Span, told: Span, is_inferred: bool) -> None:
    known = replace(OURS, span=mine, is_inferred=is_inferred)
    span = joined(known, told)
    assert 0 <= span.play_s + span.paused_s <= span.stopped_at - span.started_at
    assert span.started_at <= mine.started_at
    assert span.stopped_at >= mine.stopped_at
    assert span.play_s >= mine.play_s
    again = joined(replace(known, span=span), told)
    assert again == span


def test_starts_and_stops_of_a_log_become_plays() -> None:
    a, b = ("ada", "1"), ("bea", "1")
    entries = [
        (100, True, a),
        (150, True, b),
        (400, False, a),
        (500, True, a),
        (900, True, a),
        (950, False, b),
        (960, False, b),
        (9_999, False, a),
        (9_999, True, a),
    ]
    assert paired(reversed(entries), longest_s={a: 3_000}) == [
        (a, 100, 400),
        (b, 150, 950),
        (a, 500, None),
        (a, 900, None),
        (a, 9_999, None),
    ]
    assert paired([(5, True, a), (5, False, a)], longest_s={}) == [(a, 5, 5)]
