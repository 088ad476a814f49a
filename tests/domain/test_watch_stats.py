"""What several records say of an item never adds up to more than was watched."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue.core.domain.watch_stats import WatchCount, WatchSource, combine, roll_up

EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def test_of_each_person_the_record_with_the_most_plays_speaks() -> None:
    stats = combine(
        [
            WatchCount(WatchSource.HISTORY, "ada", 2, 100, LATE),
            WatchCount(WatchSource.TAUTULLI, "ada", 5, 90, EARLY),
            WatchCount(WatchSource.TAUTULLI, "bo", 1, 50, EARLY),
            WatchCount(WatchSource.SERVER, None, 3, 0, EARLY),
        ]
    )
    assert (stats.plays, stats.watch_time_s, stats.people, stats.last_watched_at) == (6, 150, ("ada", "bo"), LATE)
    assert [(one.source, one.plays) for one in stats.sources] == [("history", 2), ("tautulli", 6), ("server", 3)]


def test_a_play_without_a_person_counts_and_is_no_person() -> None:
    stats = combine([WatchCount(WatchSource.HISTORY, None, 1, 10, None)])
    assert (stats.plays, stats.people, stats.last_watched_at) == (1, (), None)


_PLAY = st.tuples(st.sampled_from(("ada", "bo", "cy")), st.sets(st.sampled_from(("history", "tautulli")), min_size=1))


@settings(max_examples=40)
@given(st.lists(_PLAY, max_size=12))
def test_never_more_than_was_watched_and_exact_where_one_record_saw_all(plays: list[tuple[str, set[str]]]) -> None:
    counts = [
        WatchCount(WatchSource(source), person, sum(1 for who, by in plays if who == person and source in by), 0, EARLY)
        for person in ("ada", "bo", "cy")
        for source in ("history", "tautulli")
    ]
    stats = combine(counts)
    assert stats.plays <= len(plays)
    for source in ("history", "tautulli"):
        if all(source in by for _who, by in plays):
            assert stats.plays == len(plays)


def test_a_show_has_the_people_of_all_its_episodes() -> None:
    episodes = [
        combine([WatchCount(WatchSource.HISTORY, who, 1, 10, at)]) for who, at in (("bo", LATE), ("ada", EARLY))
    ]
    stats = roll_up(episodes)
    assert (stats.plays, stats.watch_time_s, stats.people, stats.last_watched_at) == (2, 20, ("ada", "bo"), LATE)
    assert stats.sources[0].people == ("ada", "bo")
