"""Reading a listing in pages, several in flight, and judging whether it was complete and consistent.

Facts that shape it (Plex and Emby alike): nothing makes pages a snapshot, so items can be seen twice or skipped while a
library changes; a server may answer with another number of items than asked, so the next page starts at what arrived;
big pages may be refused with 400 or time out, so they are halved. Law 2 hangs on `ListingResult.complete`.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from retrovue.core.domain.errors import (
    NotFoundError,
    PageTooLargeError,
    ProtocolError,
    RateLimitedError,
    SourceError,
    UnreachableError,
)
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.sources.base import BadItem, Page

MIN_PAGE = 25
MAX_BUFFERED = 8
_TRIES = 4
_WAIT_S = 0.2

Fetch = Callable[[int, int], Page]
"""fetch(start, size) -> Page"""


@dataclass(slots=True)
class Pace:
    """How hard a server is asked: adapts to its refusals and keeps what it learned for the next listing.

    Attributes:
        in_flight: requests at a time. page_size: items a page.
    """

    in_flight: int = 4
    page_size: int = 500

    def slow_down(self) -> None:
        """After a time-out or a refusal: half the page, half the requests at a time."""
        self.page_size = max(MIN_PAGE, self.page_size // 2)
        self.in_flight = max(1, self.in_flight // 2)

    def shrink(self) -> None:
        """After a page was refused for its size."""
        self.page_size = max(MIN_PAGE, self.page_size // 2)


@dataclass(slots=True)
class ListingResult:
    """What a listing told.

    Attributes:
        seen: distinct ids of everything that was present, understood or not.
        total: as told by the last page. server_time: the server's clock at the first page.
        placeholders: those of `seen` that stand for an item without a file.
        ended_early: not complete for one reason only: the server gave nothing beyond some place, and nothing else
            is wrong but that its total is larger.
        complete: every page arrived, totals did not move, and distinct ids equal the last total.
        reason: why it is not complete, for people; empty when it is.
    """

    seen: set[str] = field(default_factory=set)
    placeholders: set[str] = field(default_factory=set)
    bad: list[BadItem] = field(default_factory=list)
    total: int | None = None
    server_time: float | None = None
    complete: bool = False
    ended_early: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Range:
    start: int
    size: int
    tries: int = 0


@dataclass(frozen=True, slots=True)
class _Arrived:
    """The furthest place that a page reached, how much was asked for, and how much came."""

    end: int
    asked: int
    count: int


class Listing:
    """One listing, read once. `read` may be called once; thread: the calling one plus a pool of its own.

    Args:
        fetch: asks the source for one page.
        on_page: given each page once, on the calling thread, as they arrive (not in order).
        on_mark: told how far everything before is done, for resuming.
        start: where an interrupted listing goes on (then the result is never complete).
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        pace: Pace,
        token: CancelToken,
        on_page: Callable[[Page, int], None],
        start: int = 0,
    ) -> None:
        self._fetch = fetch
        self._pace = pace
        self._token = token
        self._on_page = on_page
        self._start = start
        self._next = start
        self._again: deque[_Range] = deque()
        self._done: dict[int, int] = {}
        self._mark = start
        self._totals: set[int | None] = set()
        self._last_page_at = -1
        self._cut = False
        self._damaged = False
        self._stuck = False
        self._shortest: int | None = None
        self._last = _Arrived(0, 0, 0)
        self._empty_from: int | None = None
        self.result = ListingResult()

    def read(self) -> ListingResult:
        """Read every page.

        Raises:
            SourceError: a page could not be had after several tries; what arrived before was handed on.
            Cancelled: the token was cancelled.
        """
        self._take_first()
        if self.result.total is None:
            self._read_without_total()
        else:
            self._read_in_parallel()
            self._look_beyond()
        self._judge()
        return self.result

    def _take_first(self) -> None:
        page = self._fetch_patiently(_Range(self._start, self._pace.page_size))
        self.result.server_time = page.server_time
        self._accept(_Range(self._start, self._pace.page_size), page)
        self._next = max(self._next, self._start + page.arrived)

    def _fetch_patiently(self, wanted: _Range) -> Page:
        """One page, smaller and again when it is refused (the pool does the same with its own queue)."""
        while True:
            self._token.raise_if_cancelled()
            try:
                return self._fetch(wanted.start, wanted.size)
            except SourceError as error:
                wanted = self._smaller(wanted, error)

    def _smaller(self, wanted: _Range, error: SourceError) -> _Range:
        """The same start with a smaller size; raises the error when trying again cannot help."""
        if wanted.tries + 1 >= _TRIES:
            raise error
        match error:
            case PageTooLargeError():
                self._pace.shrink()
            case UnreachableError() | RateLimitedError() | ProtocolError(status=None | 503):
                self._pace.slow_down()
            case ProtocolError(status=int(status)) if status >= 500 and not wanted.tries:
                # The client has asked several times already; only that it was too much is worth another look.
                self._pace.slow_down()
            case _:
                raise error
        return _Range(wanted.start, min(wanted.size, self._pace.page_size), wanted.tries + 1)

    def _read_without_total(self) -> None:
        """The server tells no total: page after page until one is empty."""
        while not self._cut:
            wanted = _Range(self._next, self._pace.page_size)
            page = self._fetch_patiently(wanted)
            if page.arrived == 0:
                return
            self._accept(wanted, page)
            self._next = wanted.start + page.arrived

    def _read_in_parallel(self) -> None:
        flying: dict[Future[Page], _Range] = {}
        pool = ThreadPoolExecutor(max_workers=MAX_BUFFERED, thread_name_prefix="page")
        try:
            while True:
                while len(flying) < min(self._pace.in_flight, MAX_BUFFERED):
                    wanted = self._next_range()
                    if wanted is None:
                        break
                    flying[pool.submit(self._fetch, wanted.start, wanted.size)] = wanted
                if not flying:
                    return
                self._token.raise_if_cancelled()
                finished, _rest = wait(flying, timeout=_WAIT_S, return_when=FIRST_COMPLETED)
                for future in sorted(finished, key=lambda f: flying[f].start):
                    self._land(flying.pop(future), future)
        finally:
            for future in flying:
                future.cancel()
            # Sockets are closed by the token or end by their own deadline.
            pool.shutdown(wait=False, cancel_futures=True)

    def _look_beyond(self) -> None:
        """Ask once more where the end was not seen: a total that is too small hides what lies beyond it.

        A page that is shorter than asked for shows the end, unless this server gave such pages before the end, too.
        """
        last = self._last
        seen_short = last.count < last.asked and (self._shortest is None or last.count < self._shortest)
        # More than asked for: this server pages nothing, and there is no other place to ask for.
        if self._cut or seen_short or last.count > last.asked or not last.count:
            return
        wanted = _Range(last.end, self._pace.page_size)
        self._token.raise_if_cancelled()
        try:
            page = self._fetch(wanted.start, wanted.size)
        except (NotFoundError, PageTooLargeError, ProtocolError):
            # Some servers refuse a place beyond their end.
            return
        self._accept(wanted, page)

    def _next_range(self) -> _Range | None:
        if self._stuck:
            return None
        if self._again:
            return self._again.popleft()
        total = self.result.total
        if total is None or self._next >= total or self._cut:
            return None
        # A whole page also at the end: what arrives beyond the total shows that the total is wrong.
        wanted = _Range(self._next, self._pace.page_size)
        self._next += wanted.size
        return wanted

    def _land(self, wanted: _Range, future: "Future[Page]") -> None:
        try:
            page = future.result()
        except SourceError as error:
            smaller = self._smaller(wanted, error)
            self._again.append(smaller)
            if smaller.size < wanted.size:
                rest = _Range(wanted.start + smaller.size, wanted.size - smaller.size, smaller.tries)
                self._again.append(rest)
            return
        total_before = self.result.total
        self._accept(wanted, page)
        end = wanted.start + wanted.size
        if total_before is not None:
            end = min(end, max(total_before, page.total or 0))
        missing = end - wanted.start - page.arrived
        if missing <= 0:
            return
        if page.arrived > 0:
            # At the end a whole page, as in `_next_range`.
            at_end = total_before is not None and end >= total_before
            size = max(missing, self._pace.page_size) if at_end else missing
            self._again.append(_Range(wanted.start + page.arrived, size))
        elif page.total is not None and wanted.start >= page.total:
            # The library shrank: there is nothing any more where we asked.
            return
        elif wanted.tries + 1 < 2 and total_before is not None:
            self._again.append(_Range(wanted.start, wanted.size, wanted.tries + 1))
        else:
            self._cut = True
            self._empty_from = min(wanted.start, self._empty_from if self._empty_from is not None else wanted.start)

    def _accept(self, wanted: _Range, page: Page) -> None:
        result = self.result
        self._totals.add(page.total)
        if wanted.start >= self._last_page_at:
            self._last_page_at = wanted.start
            if page.total is not None:
                result.total = page.total
        if page.declared is not None and page.declared != page.arrived:
            self._cut = self._damaged = True
        self._note_arrival(wanted, page)
        known = len(result.seen)
        for item in page.items:
            result.seen.add(item.remote_id)
        for stub in page.stubs:
            result.seen.add(stub.remote_id)
        result.seen.update(page.skipped_ids)
        result.placeholders.update(page.placeholder_ids)
        result.bad.extend(page.bad)
        result.seen.update(bad.remote_id for bad in page.bad if bad.remote_id is not None)
        if page.arrived and len(result.seen) == known and all(bad.remote_id is not None for bad in page.bad):
            # The server sends the same entries for ever, wherever the page begins.
            self._cut = self._damaged = self._stuck = True
        self._done[wanted.start] = wanted.start + page.arrived
        while self._mark in self._done and self._done[self._mark] > self._mark:
            self._mark = self._done.pop(self._mark)
        self._on_page(page, self._mark)

    def _note_arrival(self, wanted: _Range, page: Page) -> None:
        end = wanted.start + page.arrived
        if page.arrived and end >= self._last.end:
            self._last = _Arrived(end, wanted.size, page.arrived)
        if 0 < page.arrived < wanted.size and end < (page.total or 0):
            self._shortest = min(page.arrived, self._shortest or page.arrived)

    def _judge(self) -> None:
        result = self.result
        nameless = sum(1 for bad in result.bad if bad.remote_id is None)
        totals = {total for total in self._totals if total is not None}
        result.ended_early = (
            self._start == 0
            and not self._damaged
            and nameless == 0
            and len(totals) == 1
            and self._empty_from is not None
            and 0 < len(result.seen) == self._mark <= self._empty_from
        )
        if self._start > 0:
            result.reason = _("The list was resumed after an interruption.")
        elif self._stuck:
            result.reason = _("The server repeated the same items.")
        elif self._cut:
            result.reason = _("A page arrived incomplete or empty.")
        elif not totals:
            result.reason = _("The server reported no total.")
        elif len(totals) > 1:
            result.reason = _("The total changed from {first} to {last} during reading.").format(
                first=min(totals), last=max(totals)
            )
        elif nameless:
            result.reason = _("An item without an ID could not be read.")
        elif len(result.seen) != result.total:
            result.reason = _("{seen} different items arrived, but the server reports {total}.").format(
                seen=len(result.seen), total=result.total
            )
        else:
            result.complete = True
