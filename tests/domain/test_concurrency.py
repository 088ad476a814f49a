"""The most streams at once, from intervals."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from retrovue.core.domain.concurrency import Peak, peaks

MIDNIGHT = 100


def test_overlap_counts_on_every_day_that_it_touches() -> None:
    films = [(80, 120), (90, 100), (95, 130), (130, 140)]
    assert peaks(films, [0, MIDNIGHT, 200, 300]) == [Peak(3, 95), Peak(2, 100), Peak(0, None)]


def test_an_end_comes_before_a_start_of_the_same_second() -> None:
    assert peaks([(10, 20), (20, 30)], [0, MIDNIGHT]) == [Peak(1, 10)]
    assert peaks([(10, MIDNIGHT)], [0, MIDNIGHT, 200]) == [Peak(1, 10), Peak(0, None)]


def test_what_has_no_length_runs_at_no_time() -> None:
    assert peaks([(50, 50), (60, 55)], [0, MIDNIGHT]) == [Peak(0, None)]
    assert peaks([], [0, MIDNIGHT]) == [Peak(0, None)]
    assert peaks([(1, 2)], [0]) == []
    # A day that never was has no streams, and costs the next one none.
    assert peaks([(50, 150)], [0, MIDNIGHT, MIDNIGHT, 200]) == [Peak(1, 50), Peak(0, None), Peak(1, 100)]


@given(
    st.lists(st.tuples(st.integers(-5, 40), st.integers(-5, 40)), max_size=12),
    st.lists(st.integers(0, 35), min_size=2, max_size=6).map(sorted),
)
def test_peaks_are_what_counting_every_second_finds(intervals: list[tuple[int, int]], bounds: list[int]) -> None:
    running = {second: sum(a <= second < b for a, b in intervals) for second in range(-5, 40)}
    for peak, (begins, ends) in zip(peaks(intervals, bounds), pairwise(bounds), strict=True):
        most = max((running[second] for second in range(begins, ends)), default=0)
        assert peak.streams == most
        assert peak.at == next((s for s in range(begins, ends) if most and running[s] == most), None)
