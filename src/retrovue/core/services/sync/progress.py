"""How far a sync is: over all libraries and in the current one, told at most ten times a second."""

import time
from collections.abc import Callable
from dataclasses import replace

from retrovue.core.domain.sync import LibraryProgress, SyncProgress

_INTERVAL_S = 0.1
_ETA_AFTER_S = 5.0
_ETA_AFTER_FRACTION = 0.05
_SMOOTHING = 0.3

Report = Callable[[SyncProgress], None]


class ProgressTracker:
    """Gathers counts of a sync and reports them, coalesced. One thread.

    Args:
        report: called with the whole state; may be None.
        weights: expected items per library id, for an overall fraction that is weighted by items; None: not known yet,
            and until it is there is no fraction at all.
        monotonic: seconds, for tests.
    """

    def __init__(
        self,
        report: Report | None,
        *,
        weights: dict[int, int | None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._report = report
        self._monotonic = monotonic
        self._started = monotonic()
        self._last_sent = float("-inf")
        self._last_rate_at = self._started
        self._last_rate_items = 0
        self._weights = dict(weights)
        self._finished: dict[int, int] = {}
        self._credited = 0
        """Items that count as done and were not read now: stored before, or of a library where nothing had moved."""
        self._before: tuple[int, ...] = (0, 0, 0, 0)
        self._current: tuple[int, ...] = (0, 0, 0, 0)
        self._state = SyncProgress(libraries_total=len(weights))
        self._counts = True
        self._done = 0

    @property
    def state(self) -> SyncProgress:
        """The state as of now."""
        return self._state

    def expect(self, weights: dict[int, int | None]) -> None:
        """Libraries that are going to be synced, with their expected items: more than was known at first."""
        for library_id, items in weights.items():
            if self._weights.get(library_id) is None or items is None:
                self._weights[library_id] = items
        self._state = replace(self._state, libraries_total=len(self._weights))

    def library(self, progress: LibraryProgress, *, counts: bool = True) -> None:
        """A library began or moved on.

        Args:
            counts: False while something is read that its weight does not count: shows, details.
        """
        self._counts = counts
        if self._state.current is None or self._state.current.library_id != progress.library_id:
            self._done = 0
        current = self._state.current
        fresh = current is None or (current.library_id, current.phase) != (progress.library_id, progress.phase)
        if counts:
            if fresh:
                self._credited += max(0, progress.done - self._done)
            # A list that is read once more starts again; what was done stays done.
            self._done = max(self._done, progress.done)
        self._state = replace(self._state, current=progress)
        self._update(force=fresh)

    def counts(self, added: int, updated: int, absent: int, failed: int) -> None:
        """What happened to items of the current library so far."""
        self._current = (added, updated, absent, failed)
        sums = [before + now for before, now in zip(self._before, self._current, strict=True)]
        self._state = replace(self._state, added=sums[0], updated=sums[1], absent=sums[2], failed=sums[3])

    def traffic(self, requests: int, received_bytes: int) -> None:
        """What the sync has cost so far."""
        self._state = replace(self._state, requests=requests, received_bytes=received_bytes)

    def say(self, message: str, level: str = "info") -> None:
        """A line for the log of the run; sent at once. `level` is "info", "warning" or "error"."""
        if self._report is not None:
            self._report(self._state.with_message(message, level))

    def finish_library(self, library_id: int) -> None:
        """A library is done, whatever the outcome."""
        current = self._state.current
        done = self._done if current is not None and current.library_id == library_id else 0
        self._done = 0
        self._finished[library_id] = max(done, self._weights.get(library_id) or 0)
        self._weights[library_id] = self._finished[library_id]
        self._credited += self._finished[library_id] - done
        self._before = tuple(a + b for a, b in zip(self._before, self._current, strict=True))
        self._current = (0, 0, 0, 0)
        self._state = replace(self._state, libraries_done=len(self._finished))
        self._update(force=True)

    def _update(self, *, force: bool) -> None:
        now = self._monotonic()
        if not force and now - self._last_sent < _INTERVAL_S:
            return
        self._last_sent = now
        self._count(now)
        if self._report is not None:
            self._report(self._state)

    def _count(self, now: float) -> None:
        state = self._state
        current = state.current
        running = 0
        if current is not None and current.library_id not in self._finished:
            running = self._done
            weight = self._weights.get(current.library_id)
            is_new = current.library_id not in self._weights
            if self._counts and (is_new or weight is not None or current.total is not None):
                self._weights[current.library_id] = max(weight or 0, current.total or 0, running)
        done = sum(self._finished.values()) + running
        total = self._total()
        fraction = None
        if total:
            fraction = min(1.0, done / total)
        elif total is not None and state.libraries_total and state.libraries_done == state.libraries_total:
            fraction = 1.0
        rate = self._rate(now, done - self._credited)
        left = None
        is_late = now - self._started > _ETA_AFTER_S
        if total is not None and fraction is not None and rate and is_late and fraction > _ETA_AFTER_FRACTION:
            left = max(0.0, (total - done) / rate)
        self._state = replace(
            state,
            items_done=done,
            items_total=total or None,
            fraction=fraction,
            rate=rate,
            time_left_s=left,
        )

    def _total(self) -> int | None:
        """All that is done and expected; None while a library has not told."""
        total = 0
        for weight in self._weights.values():
            if weight is None:
                return None
            total += weight
        return total

    def _rate(self, now: float, done: int) -> float | None:
        span = now - self._last_rate_at
        before = self._state.rate
        if span < 0.5:
            return before
        fresh = max(0.0, (done - self._last_rate_items) / span)
        self._last_rate_at, self._last_rate_items = now, done
        return fresh if before is None else before + _SMOOTHING * (fresh - before)
