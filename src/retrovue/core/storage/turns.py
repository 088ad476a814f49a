"""Whose turn it is to write, among the threads of this program.

A database makes writers wait, too, but only for a while, and then it says that somebody else is using the catalog. What
this program itself writes can take minutes on a busy computer: a long history, the sums of an upgrade, a new file.
SQLite also has no order: somebody who looks every 0.1 s may never see the moment between two transactions.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Lets one thread at a time in, in the order in which they came. A thread that is in already stays in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._owner: int | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for our turn, and have it inside the block."""
        me = threading.get_ident()
        if self._owner == me:
            yield
            return
        self._wait(me)
        try:
            yield
        finally:
            with self._lock:
                self._owner = None
                if self._waiting:
                    self._waiting[0].set()

    def _wait(self, me: int) -> None:
        mine = threading.Event()
        try:
            with self._lock:
                if self._owner is None and not self._waiting:
                    self._owner = me
                    return
                self._waiting.append(mine)
            mine.wait()
        except BaseException:
            # Ctrl+C: whoever comes next must not wait for us.
            with self._lock:
                if mine in self._waiting:
                    self._waiting.remove(mine)
                if self._owner is None and self._waiting:
                    self._waiting[0].set()
            raise
        with self._lock:
            self._waiting.popleft()
            self._owner = me
