"""Looks at disks that may never answer.

A listing of a dead network mount blocks its thread for minutes, and nothing can take it back. So every look
runs on a daemon thread of its own kind, and the one who asked waits only so long. A thread that is stuck is
left behind; it ends by itself when the mount answers, or with the program.
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
    """One look under way. Thread: any."""

    def __init__(self, fn: Callable[[], T], finished: "SimpleQueue[Look[T]] | None" = None) -> None:
        self._fn = fn
        self._finished = finished
        self._event = threading.Event()
        self._value: T | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        """Do it, on the calling thread."""
        try:
            self._value = self._fn()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            self._error = error
        self._event.set()
        if self._finished is not None:
            self._finished.put(self)

    @property
    def done(self) -> bool:
        """Whether `result` returns at once."""
        return self._event.is_set()

    def result(self, timeout_s: float, token: CancelToken | None = None) -> T:
        """What the look saw.

        Raises:
            Cancelled: the token was cancelled meanwhile.
            TimeoutError: (an OSError) no answer within `timeout_s` seconds.
            BaseException: whatever the look itself raised.
        """
        if not self._wait(timeout_s, token):
            raise TimeoutError("the disk does not answer")
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]  # the look ran, so the value is a T

    def _wait(self, timeout_s: float, token: CancelToken | None) -> bool:
        if token is None or self._event.wait(min(timeout_s, _FIRST_WAIT_S)):
            return self._event.wait(timeout_s)
        # Waking costs little once a disk is slow, and it makes a cancel felt.
        until = time.monotonic() + timeout_s
        while not self._event.wait(_SLICE_S) and time.monotonic() < until:
            token.raise_if_cancelled()
        return self._event.is_set()


class Looker:
    """Daemon threads for looks: an idle one is used again, a stuck one is left behind.

    Use it as a context manager, or `close` it, so that its idle threads end. Thread: any.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[Look[object] | None]] = []
        self._closed = False

    def start(self, fn: Callable[[], T], finished: "SimpleQueue[Look[T]] | None" = None) -> Look[T]:
        """Begin a look; it is put into `finished` when it is over."""
        look = Look(fn, finished)
        with self._lock:
            inbox = self._idle.pop() if self._idle else None
        if inbox is None:
            inbox = SimpleQueue()
            threading.Thread(target=self._work, args=(inbox,), name="look", daemon=True).start()
        inbox.put(look)  # type: ignore[arg-type]  # a worker only runs it
        return look

    def look(self, fn: Callable[[], T], timeout_s: float, token: CancelToken | None = None) -> T:
        """Begin a look and wait for it; raises like `Look.result`."""
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
        """Let idle threads end; those that are looking end after their look."""
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
        TimeoutError: no answer in time; the thread is left behind.
        BaseException: whatever `fn` raised.
    """
    with Looker() as looker:
        return looker.look(fn, timeout_s)
