"""Cancellation of long work: a token that tasks check and wait on, and that interrupts blocking calls."""

import threading
from collections.abc import Callable

from retrovue.core.domain.errors import Cancelled


class CancelToken:
    """A flag that is set once and watched by every loop, wait and open socket of a task. Thread: any."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._next_key = 0

    @property
    def cancelled(self) -> bool:
        """Return whether cancellation was requested."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Request cancellation. Callbacks run once, on the calling thread. A second call does nothing."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            callbacks = list(self._callbacks.values())
            self._callbacks.clear()
        for callback in callbacks:
            callback()

    def wait(self, timeout_s: float) -> bool:
        """Wait up to `timeout_s` seconds instead of sleeping. Return True when canceled in that time."""
        return self._event.wait(timeout_s)

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` when cancellation was requested."""
        if self._event.is_set():
            raise Cancelled

    def on_cancel(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Run `callback` on cancel, immediately if already canceled. Return a function that unregisters it.

        Used to close sockets, so that a blocked read ends immediately. Callbacks must not raise.
        """
        with self._lock:
            if not self._event.is_set():
                key = self._next_key
                self._next_key += 1
                self._callbacks[key] = callback
                return lambda: self._forget(key)
        callback()
        return lambda: None

    def _forget(self, key: int) -> None:
        with self._lock:
            self._callbacks.pop(key, None)
