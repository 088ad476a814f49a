"""A listing is complete only if every id was seen (Law 2): against fetches that misbehave in every way."""

import itertools
import threading
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue.core.domain.errors import (
    AuthError,
    Cancelled,
    PageTooLargeError,
    ProtocolError,
    RateLimitedError,
    SourceError,
    UnreachableError,
)
from retrovue.core.domain.media import RemoteStub
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.sync.listing import MAX_BUFFERED, MIN_PAGE, Listing, ListingResult, Pace
from retrovue.core.sources.base import BadItem, Page

Fetch = Callable[[int, int], Page]


def page(ids: Sequence[str], start: int, total: int | None, **facts: object) -> Page:
    stubs = [RemoteStub(each, 0) for each in ids]
    return Page(start=start, arrived=len(ids), total=total, stubs=stubs, **facts)  # type: ignore[arg-type]


def serving(ids: Sequence[str]) -> Fetch:
    return lambda start, size: page(ids[start : start + size], start, len(ids))


def names(count: int) -> list[str]:
    return [f"i{number}" for number in range(count)]


def read(fetch: Fetch, *, size: int = 10, in_flight: int = 4, start: int = 0) -> tuple[ListingResult, list[str]]:
    given_on: list[str] = []
    listing = Listing(
        fetch,
        pace=Pace(in_flight, size),
        token=CancelToken(),
        on_page=lambda each, _mark: given_on.extend(stub.remote_id for stub in each.stubs),
        start=start,
    )
    return listing.read(), given_on


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 100, 105])
def test_every_id_is_seen(count: int) -> None:
    result, given_on = read(serving(names(count)))
    assert result.complete
    assert result.reason == ""
    assert result.seen == set(names(count))
    assert sorted(given_on) == sorted(names(count))


def test_it_advances_by_what_arrived() -> None:
    ids = names(100)
    result, _given = read(lambda start, size: page(ids[start : start + min(size, 7)], start, 100))
    assert result.complete


@pytest.mark.parametrize("total", [99, 101])
def test_a_wrong_total(total: int) -> None:
    ids = names(100)
    result, _given = read(lambda start, size: page(ids[start : start + size], start, total), size=8)
    assert not result.complete
    assert result.reason


def test_no_total_is_read_to_the_end_and_proves_nothing() -> None:
    ids = names(33)
    result, _given = read(lambda start, size: page(ids[start : start + size], start, None))
    assert result.seen == set(ids)
    assert not result.complete


def test_a_server_that_sends_the_same_page_for_ever() -> None:
    result, _given = read(lambda start, size: page(names(10), start, None))
    assert not result.complete


def test_an_answer_that_says_to_hold_more_than_it_does() -> None:
    ids = names(30)
    result, _given = read(lambda start, size: page(ids[start : start + size], start, 30, declared=size + 1))
    assert not result.complete


def test_bad_entries_count_as_present() -> None:
    ids = names(20)

    def fetch(start: int, size: int) -> Page:
        bad = [BadItem("i3", "odd")] if start == 0 else []
        stubs = [RemoteStub(each, 0) for each in ids[start : start + size] if each != "i3"]
        return Page(start=start, arrived=len(stubs) + len(bad), total=20, stubs=stubs, bad=bad)

    result, _given = read(fetch)
    assert result.complete
    assert "i3" in result.seen


def test_a_bad_entry_without_id_proves_nothing() -> None:
    result, _given = read(lambda start, size: Page(start=0, arrived=2, total=2, stubs=[RemoteStub("a", 0)],
                                                   bad=[BadItem(None, "odd")]))  # fmt: skip
    assert not result.complete


def test_a_resumed_listing_is_never_complete() -> None:
    result, given_on = read(serving(names(50)), start=20)
    assert not result.complete
    assert sorted(given_on) == sorted(names(50)[20:])


def test_a_refused_page_is_asked_for_in_halves_and_the_pace_is_kept() -> None:
    ids = names(400)
    pace = Pace(4, 200)

    def fetch(start: int, size: int) -> Page:
        if size > 60:
            raise PageTooLargeError("too large")
        return page(ids[start : start + size], start, 400)

    result = Listing(fetch, pace=pace, token=CancelToken(), on_page=lambda _page, _mark: None).read()
    assert result.complete
    assert pace.page_size == 50
    assert pace.in_flight == 4


@pytest.mark.parametrize(
    "error", [UnreachableError("slow"), RateLimitedError("wait"), ProtocolError("odd", status=503)]
)
def test_a_failing_page_slows_down_and_is_asked_for_again(error: SourceError) -> None:
    ids = names(400)
    pace = Pace(4, 100)
    failures = iter([error, error])

    def fetch(start: int, size: int) -> Page:
        if start == 200 and (failed := next(failures, None)) is not None:
            raise failed
        return page(ids[start : start + size], start, 400)

    result = Listing(fetch, pace=pace, token=CancelToken(), on_page=lambda _page, _mark: None).read()
    assert result.complete
    assert (pace.in_flight, pace.page_size) == (1, MIN_PAGE)


@pytest.mark.parametrize("error", [AuthError(), ProtocolError("bad", status=404)])
def test_an_error_that_cannot_pass_is_raised_at_once(error: SourceError) -> None:
    asked: list[int] = []

    def fetch(start: int, size: int) -> Page:
        asked.append(start)
        raise error

    with pytest.raises(type(error)):
        read(fetch)
    assert len(asked) == 1


def test_an_error_that_stays_is_raised_after_some_tries() -> None:
    asked: list[int] = []

    def fetch(start: int, size: int) -> Page:
        asked.append(start)
        raise UnreachableError("gone")

    with pytest.raises(UnreachableError):
        read(fetch)
    assert 1 < len(asked) < 10


def test_no_more_requests_at_a_time_than_allowed() -> None:
    ids = names(500)
    lock, now, most = threading.Lock(), 0, 0

    def fetch(start: int, size: int) -> Page:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        found = page(ids[start : start + size], start, 500)
        with lock:
            now -= 1
        return found

    for allowed in (1, 3, 50):
        most = 0
        result, _given = read(fetch, in_flight=allowed)
        assert result.complete
        assert most <= min(allowed, MAX_BUFFERED)


def test_cancel_ends_it() -> None:
    token = CancelToken()

    def fetch(start: int, size: int) -> Page:
        if start:
            token.cancel()
        return page(names(500)[start : start + size], start, 500)

    listing = Listing(fetch, pace=Pace(2, 10), token=token, on_page=lambda _page, _mark: None)
    with pytest.raises(Cancelled):
        listing.read()


def test_the_mark_never_passes_a_page_that_is_missing() -> None:
    """Everything before the mark was handed on: that is where an interrupted listing goes on."""
    ids = names(200)
    handed: set[str] = set()
    broken = iter([True, True])

    def fetch(start: int, size: int) -> Page:
        if start == 40 and next(broken, False):
            raise UnreachableError("once")
        return page(ids[start : start + size], start, 200)

    def on_page(each: Page, mark: int) -> None:
        handed.update(stub.remote_id for stub in each.stubs)
        assert handed >= set(ids[:mark])

    assert Listing(fetch, pace=Pace(4, 20), token=CancelToken(), on_page=on_page).read().complete


_BEHAVIOUR = st.lists(
    st.one_of(
        st.just("fine"),
        st.integers(0, 12).map(lambda cut: f"short {cut}"),
        st.sampled_from(["empty", "error", "too large", "repeat", "drop one", "total+1", "total-1", "no total"]),
    ),
    max_size=25,
)


@settings(max_examples=80, deadline=None)
@given(count=st.integers(0, 60), size=st.integers(1, 20), in_flight=st.integers(1, 5), behaviour=_BEHAVIOUR)
def test_complete_means_that_every_id_was_seen(count: int, size: int, in_flight: int, behaviour: list[str]) -> None:
    ids = names(count)
    lock = threading.Lock()
    script = itertools.chain(behaviour, itertools.repeat("fine"))

    def fetch(start: int, wanted: int) -> Page:
        with lock:
            act = next(script)
        found = ids[start : start + wanted]
        total: int | None = count
        if act.startswith("short"):
            found = found[: max(1, int(act.split()[1]))]
        elif act == "empty":
            found = []
        elif act == "error":
            raise UnreachableError("broken")
        elif act == "too large":
            raise PageTooLargeError("too large")
        elif act == "repeat" and len(found) > 1:
            found = [found[0], *found[:-1]]
        elif act == "drop one":
            # The server forgot one and closed up: what follows comes one place earlier.
            found = ids[start + 1 : start + 1 + wanted]
        elif act in ("total+1", "total-1"):
            total = count + (1 if act == "total+1" else -1)
        elif act == "no total":
            total = None
        return page(found, start, total)

    try:
        result, given_on = read(fetch, size=size, in_flight=in_flight)
    except SourceError:
        return
    assert set(given_on) == result.seen
    if result.complete and "total-1" not in behaviour:
        assert result.seen == set(ids)
    elif result.complete:
        # A server that counts one too few, every time, and where a page ends: its last item cannot be known of.
        assert result.seen == set(ids[: result.total])


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 40),
    size=st.integers(1, 12),
    changes=st.lists(st.tuples(st.sampled_from(["add", "remove"]), st.integers(0, 39)), max_size=6),
)
def test_a_library_that_changes_while_it_is_read(count: int, size: int, changes: list[tuple[str, int]]) -> None:
    """Complete then says at least: as many different ids as the last total. (What slips through is asked for by id.)"""
    live = names(count)
    fresh = itertools.count()
    script = iter(changes)
    ever = set(live)

    def fetch(start: int, wanted: int) -> Page:
        found = page(live[start : start + wanted], start, len(live))
        change = next(script, None)
        if change is not None and change[0] == "add":
            live.append(f"n{next(fresh)}")
            ever.add(live[-1])
        elif change is not None and live:
            live.pop(change[1] % len(live))
        return found

    result, _given = read(fetch, size=size, in_flight=1)
    assert result.seen <= ever
    if result.complete:
        assert len(result.seen) == result.total
