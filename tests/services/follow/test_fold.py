"""Hints gathered into work, by a clock that the test moves."""

import pytest

from retrovue.core.domain.media import ItemKind
from retrovue.core.services.follow.fold import Fold, Work
from retrovue.core.services.follow.pace import Gentle, Patience, gentle_because, patience_of
from retrovue.core.sources.hints import ItemHint, LibraryHint, WatchedHint
from retrovue.core.system.power import PowerState
from retrovue.core.system.settings import Settings

MOVIE = ItemKind.MOVIE


def changed(number: int | str, library: str | None = "1") -> ItemHint:
    return ItemHint(str(number), library, kind=MOVIE)


def removed(number: int | str, library: str | None = "1") -> ItemHint:
    return ItemHint(str(number), library, removed=True, kind=MOVIE)


@pytest.fixture
def fold() -> Fold:
    return Fold(Patience(quiet_s=10.0, longest_s=13.0, storm_s=60.0, many=20))


def test_nothing_is_due_before_it_was_quiet(fold: Fold) -> None:
    assert fold.next_at() is None
    fold.hear(changed(7), 100.0)
    assert fold.next_at() == 110.0
    assert fold.take(109.9) == []
    assert fold.take(110.0) == [Work("1", changed={"7": MOVIE})]
    assert fold.next_at() is None
    assert fold.take(1000.0) == []


def test_many_frames_for_one_film_are_one_item(fold: Fold) -> None:
    for number in range(156):
        fold.hear(changed(7), number / 100)
    assert fold.waiting == 1
    assert fold.take(12.0) == [Work("1", changed={"7": MOVIE})]


def test_a_change_waits_no_longer_than_promised_while_others_come(fold: Fold) -> None:
    for second in range(14):
        fold.hear(changed(second), float(second))
    assert fold.next_at() == 13.0
    (work,) = fold.take(13.0)
    assert len(work.changed) == 14


def test_libraries_do_not_wait_for_each_other(fold: Fold) -> None:
    fold.hear(changed(1, "1"), 0.0)
    fold.hear(changed(2, "2"), 5.0)
    fold.hear(changed(3, None), 6.0)
    assert [work.library_id for work in fold.take(10.0)] == ["1"]
    assert [work.library_id for work in fold.take(16.0)] == ["2", None]


def test_a_storm_is_the_library_once(fold: Fold) -> None:
    for number in range(5000):
        fold.hear(changed(number), number / 100)
    assert fold.waiting == 1
    assert fold.take(59.0) == []
    assert fold.take(59.99) == [Work("1", whole=True)]


def test_a_storm_of_removals_is_one_verification(fold: Fold) -> None:
    for number in range(5000):
        fold.hear(removed(number), number / 1000)
    assert fold.waiting <= 21
    (work,) = fold.take(20.0)
    assert work.verify


def test_the_last_word_counts(fold: Fold) -> None:
    fold.hear(changed(1), 0.0)
    fold.hear(removed(1), 1.0)
    fold.hear(removed(2), 1.0)
    fold.hear(changed(2), 2.0)
    assert fold.take(30.0) == [Work("1", changed={"2": MOVIE}), Work("1", removed={"1": MOVIE})]


def test_an_item_that_came_back_leaves_no_check(fold: Fold) -> None:
    fold.hear(removed(1), 0.0)
    fold.hear(changed(1), 1.0)
    assert fold.take(30.0) == [Work("1", changed={"1": MOVIE})]


def test_a_library_that_rests_is_not_gone_through_but_its_items_are_fetched(fold: Fold) -> None:
    fold.rest("1", 80.0)
    fold.hear(removed(1), 0.0)
    fold.hear(changed(2), 0.0)
    assert fold.take(20.0) == [Work("1", changed={"2": MOVIE})]
    assert fold.next_at() == 80.0
    assert fold.take(80.0) == [Work("1", removed={"1": MOVIE})]


def test_changes_go_on_being_fetched_while_a_resting_library_waits_as_a_whole(fold: Fold) -> None:
    fold.hear(LibraryHint("1", removed=True), 0.0)
    fold.rest("1", 80.0)
    fold.hear(changed(2), 1.0)
    assert fold.take(20.0) == [Work("1", changed={"2": MOVIE})]


def test_what_nobody_names_is_the_library(fold: Fold) -> None:
    fold.hear(LibraryHint("1"), 0.0)
    fold.hear(changed(5), 1.0)
    assert fold.take(11.0) == [Work("1", whole=True)]
    fold.hear(LibraryHint(None, removed=True), 20.0)
    assert fold.take(60.0) == [Work(None, whole=True, verify=True)]


def test_work_that_failed_comes_back_as_a_whole(fold: Fold) -> None:
    fold.put_back([Work("1", changed={"1": MOVIE}), Work("2", removed={"2": MOVIE})], 0.0)
    assert fold.take(10.0) == [Work("1", whole=True), Work("2", whole=True, verify=True)]


def test_a_longer_patience_counts_at_once(fold: Fold) -> None:
    fold.hear(changed(1), 0.0)
    fold.patience = patience_of(10.0, Gentle.STREAMING)
    assert fold.next_at() == 30.0


def test_the_promise_of_fifteen_seconds_leaves_room_for_the_fetch() -> None:
    patience = patience_of(Settings().follow_quiet_s, None)
    assert patience.quiet_s == 10.0
    assert patience.longest_s <= 13.0


@pytest.mark.parametrize(
    ("setting", "power", "streaming", "why"),
    [
        ("auto", PowerState(), False, None),
        ("auto", PowerState(), True, Gentle.STREAMING),
        ("auto", PowerState(on_battery=True), False, Gentle.BATTERY),
        ("auto", PowerState(on_battery=False, metered=True), False, Gentle.METERED),
        ("on", PowerState(), False, Gentle.ALWAYS),
        ("off", PowerState(on_battery=True, metered=True), True, None),
    ],
)
def test_why_to_go_gently(setting: str, power: PowerState, streaming: bool, why: Gentle | None) -> None:
    assert gentle_because(Settings(follow_gently=setting), power, streaming=streaming) is why


def test_what_was_watched_is_asked_for_by_its_id(fold: Fold) -> None:
    fold.hear(WatchedHint("7"), 0.0)
    fold.hear(WatchedHint("7"), 1.0)
    fold.hear(WatchedHint("8"), 2.0)
    assert fold.waiting == 2
    assert fold.take(12.0) == [Work(None, watched=frozenset({"7", "8"}))]
    assert (fold.waiting, fold.next_at()) == (0, None)


def test_a_whole_show_that_was_marked_is_one_question(fold: Fold) -> None:
    for number in range(30):
        fold.hear(WatchedHint(str(number)), 0.0)
    works = fold.take(10.0)
    assert Work(None, whole=True) in works
    assert sum(len(work.watched) for work in works) <= 20


def test_a_server_that_gathers_changes_itself_is_not_waited_for() -> None:
    patience = patience_of(10.0, None, folded=True)
    assert max(patience.quiet_s, patience.longest_s, patience.check_s) < 0.5
    assert patience_of(0.1, None, folded=True).quiet_s == 0.1
    assert patience_of(10.0, Gentle.STREAMING, folded=True).quiet_s < 1
