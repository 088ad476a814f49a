"""Calls to disks that might never respond, with time-outs.

Listing a dead network mount blocks its thread for minutes, and nothing can cancel the call. So each look runs on a
daemon thread, and the caller waits only until a time-out. A stuck thread is abandoned. It ends when the mount
responds, or with the program.
"""

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, Self, TypeVar

from retrovue.core.domain.tasks import CancelToken

T = TypeVar("T")

_FIRST_WAIT_S = 0.05
_SLICE_S = 0.2


class Look(Generic[T]):
    """A call in progress. Thread: any."""

    def __init__(self, fn: Callable[[], T], finished: "SimpleQueue[Look[T]] | None" = None) -> None:
        self._fn = fn
        self._finished = finished
        self._event = threading.Event()
        self._value: T | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        """Run the call on the current thread."""
        try:
            self._value = self._fn()
        except BaseException as error:  # noqa: BLE001 - raised again on the thread of the caller
            self._error = error
        self._event.set()
        if self._finished is not None:
            self._finished.put(self)

    @property
    def done(self) -> bool:
        """Return whether `result` will not block."""
        return self._event.is_set()

    def result(self, timeout_s: float, token: CancelToken | None = None) -> T:
        """Return the value of the call.

        Raises:
            Cancelled: the token was canceled while waiting.
            TimeoutError: (an OSError) no response within `timeout_s` seconds.
            BaseException: anything that the call raised.
        """
        if not self._wait(timeout_s, token):
            raise TimeoutError("the disk does not answer")
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]  # the look ran, so the value is a T

    def _wait(self, timeout_s: float, token: CancelToken | None) -> bool:
        if token is None or self._event.wait(min(timeout_s, _FIRST_WAIT_S)):
            return self._event.wait(timeout_s)
        # Wake up often, so that canceling works; the cost does not matter while a disk is slow.
        until = time.monotonic() + timeout_s
        while not self._event.wait(_SLICE_S) and time.monotonic() < until:
            token.raise_if_cancelled()
        return self._event.is_set()


class Looker:
    """A pool of daemon threads: idle ones are reused, stuck ones are abandoned.

    Use it as a context manager, or `close` it, so that its idle threads end. Thread: any.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[Look[object] | None]] = []
        self._closed = False

    def start(self, fn: Callable[[], T], finished: "SimpleQueue[Look[T]] | None" = None) -> Look[T]:
        """Start a call. It is put into `finished` when it is done."""
        look = Look(fn, finished)
        with self._lock:
            inbox = self._idle.pop() if self._idle else None
        if inbox is None:
            inbox = SimpleQueue()
            threading.Thread(target=self._work, args=(inbox,), name="look", daemon=True).start()
        inbox.put(look)  # type: ignore[arg-type]  # a worker only runs it
        return look

    def look(self, fn: Callable[[], T], timeout_s: float, token: CancelToken | None = None) -> T:
        """Start a call and wait for it. Raises like `Look.result`."""
        return self.start(fn).result(timeout_s, token)

    def _work(self, inbox: "SimpleQueue[Look[object] | None]") -> None:
        while (look := inbox.get()) is not None:
            look.run()
            with self._lock:
                closed = self._closed
                if not closed:
                    self._idle.append(inbox)
            if closed:
                return

    def close(self) -> None:
        """End idle threads now, and busy ones after their call."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for inbox in idle:
            inbox.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self.close()


def look(fn: Callable[[], T], timeout_s: float) -> T:
    """Run `fn` on a daemon thread and wait at most `timeout_s` seconds for it.

    Raises:
        TimeoutError: no response in time; the thread is abandoned.
        BaseException: anything that `fn` raised.
    """
    with Looker() as looker:
        return looker.look(fn, timeout_s)
