"""Progress: never back, at most ten times a second, no time left before it can be known."""

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.services.conftest import World

from retrovue.core.domain.sync import LibraryProgress, SyncProgress, SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.sync import run_sync
from retrovue.core.services.sync.progress import ProgressTracker


class Watch:
    def __init__(self) -> None:
        self.now = 0.0
        self.states: list[SyncProgress] = []
        self.times: list[float] = []

    def __call__(self) -> float:
        return self.now

    def take(self, state: SyncProgress) -> None:
        self.states.append(state)
        self.times.append(self.now)


def tracker(watch: Watch, **weights: int) -> ProgressTracker:
    return ProgressTracker(watch.take, weights={int(k[1:]): v for k, v in weights.items()}, monotonic=watch)


def step(library_id: int, done: int, total: int | None, phase: str = "reading") -> LibraryProgress:
    return LibraryProgress(library_id, "Demo", f"L{library_id}", phase, done, total)


def test_at_most_ten_a_second() -> None:
    watch = Watch()
    progress = tracker(watch, l1=1000)
    for done in range(1000):
        watch.now += 0.002
        progress.library(step(1, done, 1000))
    assert watch.now > 1.9
    assert 15 <= len(watch.states) <= 22


def test_no_time_left_before_five_seconds_and_five_percent() -> None:
    watch = Watch()
    progress = tracker(watch, l1=1000)
    told = []
    for second in range(1, 60):
        watch.now = float(second)
        progress.library(step(1, second * 8, 1000))
        told.append((second, progress.state.fraction or 0.0, progress.state.time_left_s))
    assert all(left is None for second, fraction, left in told if second <= 5 or fraction <= 0.05)
    assert all(left is not None for second, fraction, left in told if second > 7)
    second, _fraction, left = told[-1]
    assert left is not None
    assert abs(left - (1000 - second * 8) / 8) < 5


def test_shows_that_are_read_first_are_no_progress() -> None:
    """Sixty shows of a library with unknown thousands of episodes are not 100 %."""
    watch = Watch()
    progress = ProgressTracker(watch.take, weights={}, monotonic=watch)
    progress.expect({1: 0})
    progress.library(step(1, 60, 60, "shows"), counts=False)
    assert progress.state.fraction is None
    watch.now = 1.0
    progress.library(step(1, 500, 3000, "episodes"))
    assert progress.state.fraction == 500 / 3000
    assert progress.state.items_total == 3000
    progress.finish_library(1)
    assert progress.state.libraries_done == progress.state.libraries_total == 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 3), st.integers(0, 500), st.one_of(st.none(), st.integers(0, 500)), st.booleans(),
            st.booleans(), st.floats(0, 3),
        ),
        max_size=40,
    )
)  # fmt: skip
def test_it_never_goes_back(steps: list[tuple[int, int, int | None, bool, bool, float]]) -> None:
    watch = Watch()
    progress = tracker(watch, l1=100, l2=10)
    finished: set[int] = set()
    current: int | None = None
    for library_id, done, total, counts, finish, seconds in steps:
        watch.now += seconds
        if library_id in finished:
            continue
        if current is not None and current != library_id:
            progress.finish_library(current)
            finished.add(current)
        current = library_id
        progress.library(step(library_id, done, total), counts=counts)
        if finish:
            progress.finish_library(library_id)
            finished.add(library_id)
            current = None
    assert [state.items_done for state in watch.states] == sorted(state.items_done for state in watch.states)
    for before, now in pairwise(watch.states):
        if now.items_total == before.items_total:
            assert (now.fraction or 0.0) >= (before.fraction or 0.0)
    for state in watch.states:
        if state.items_total:
            assert state.fraction == state.items_done / state.items_total <= 1
    assert all(state.time_left_s is None or state.time_left_s >= 0 for state in watch.states)


def test_nothing_is_said_of_the_whole_while_a_library_has_not_told() -> None:
    watch = Watch()
    progress = ProgressTracker(watch.take, weights={1: 500, 2: None}, monotonic=watch)
    progress.library(step(1, 100, 500))
    progress.finish_library(1)
    assert (progress.state.fraction, progress.state.items_total, progress.state.percent) == (None, None, None)
    progress.library(step(2, 500, 1500))
    assert progress.state.fraction == 0.5
    assert progress.state.percent == 50
    progress.expect({1: 500, 2: 1500})
    progress.library(step(2, 1499, 1500, "more"))
    assert progress.state.percent == 99


def test_what_was_stored_before_is_progress_and_no_speed() -> None:
    watch = Watch()
    progress = ProgressTracker(watch.take, weights={1: 50_000, 2: 10_000}, monotonic=watch)
    progress.finish_library(1)
    progress.library(step(2, 8_000, None, "movies"))
    assert progress.state.items_done == 58_000
    watch.now = 1.0
    progress.library(step(2, 8_100, 10_000, "movies"))
    assert progress.state.rate == 100.0


def test_a_first_import_reports_its_way(world: World) -> None:
    world.sizes.page = 20
    states: list[SyncProgress] = []
    report: Any = states.append
    run_sync(world.host, SyncRequest(), CancelToken(), report)
    fractions = [state.fraction for state in states if state.fraction is not None]
    assert fractions == sorted(fractions)
    assert {state.items_total for state in states if state.items_total} == {world.listed("movie", "episode")}
    last = states[-1]
    assert (last.fraction, last.libraries_done, last.libraries_total) == (1.0, 4, 4)
    assert last.added == world.total
    assert last.items_done == last.items_total == world.listed("movie", "episode")
    assert any(state.message for state in states)
