"""Who works on something alone: one process of a computer, and one computer of a catalog.

Processes of one computer exclude each other by a file of the data folder, which the system frees when one dies. A
catalog on a server has computers besides, which exclude each other by locks of that server. With a catalog file there
are none.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import IntEnum
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from retrovue.core.domain.errors import CatalogAwayError, LockedError
from retrovue.core.domain.tasks import CancelToken

if TYPE_CHECKING:
    from sqlalchemy import Connection

_POLL_S = 0.1
_PATIENCE_S = 5.0
"""So long others are waited for: what a server told live takes a second, a sync takes minutes."""


class LockKind(IntEnum):
    """What is locked. The numbers are those that every version of the program uses."""

    LIBRARY = 0x52565F01
    """A library, by its id, while it is synced. 0 is every library: it is free while none is synced."""
    RECORDER = 0x52565F02
    """The catalog, by whoever records its plays."""


Fence = Callable[["Connection"], None]
"""Raises `LockedError` where a lock is not ours inside a transaction that writes."""


class LocalLock(Protocol):
    """A lock between the processes of this computer."""

    def try_acquire(self) -> bool:
        """Take the lock if it is free; return whether it was."""

    def release(self) -> None:
        """Release the lock."""


class CatalogLock(LocalLock, Protocol):
    """A lock between the computers of a catalog."""

    def is_held(self) -> bool:
        """Return whether the server still has the lock for us. It lets go of it when the connection breaks."""

    def require(self, connection: "Connection") -> None:
        """Refuse to write in this transaction where another computer may have taken the lock.

        Raises:
            LockedError: the server does not have it for us.
        """

    def guarding(self) -> AbstractContextManager[None]:
        """Return a block in which every transaction that this thread writes begins with `require`."""

    def holder(self) -> str | None:
        """Return the name of the other computer that holds it; None: this one, nobody, or it cannot be asked."""


class CommonLock:
    """A lock of this computer's processes and, where a catalog has several computers, of those.

    A `with` block also guards what its thread writes: the server lets go of the lock when the connection that holds it
    breaks, and then the next transaction raises `LockedError` before it writes.

    Args:
        of_computers: None with a catalog file.
        held_by: makes the error for what another computer holds; takes its name.
        patience_s: how long another computer is waited for.
    """

    def __init__(
        self,
        of_processes: LocalLock,
        of_computers: CatalogLock | None,
        *,
        held_by: Callable[[str], LockedError],
        token: CancelToken | None = None,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._of_processes = of_processes
        self._of_computers = of_computers
        self._held_by = held_by
        self._token = token if token is not None else CancelToken()
        self._patience_s = patience_s
        self._guard: AbstractContextManager[None] | None = None

    def try_acquire(self) -> bool:
        """Take the lock if it is free; return whether it was.

        Raises:
            ReadOnlyError: the lock file cannot be written.
            StorageError: the server of the catalog cannot be asked.
        """
        if not self._of_processes.try_acquire():
            return False
        try:
            is_ours = self._of_computers is None or self._of_computers.try_acquire()
        except BaseException:
            self._of_processes.release()
            raise
        if not is_ours:
            self._of_processes.release()
        return is_ours

    def acquire(self) -> None:
        """Wait for the lock; for other computers only a little.

        Raises:
            Cancelled: the token was canceled while waiting.
            LockedError: another computer holds it, and its name is said.
        """
        since: float | None = None
        self._token.raise_if_cancelled()
        while not self.try_acquire():
            other = self.holder()
            if other is None:
                since = None
            elif since is None:
                since = monotonic()
            elif monotonic() - since > self._patience_s:
                raise self._held_by(other)
            self._token.wait(_POLL_S)
            self._token.raise_if_cancelled()

    def release(self) -> None:
        """Release the lock."""
        if self._of_computers is not None:
            self._of_computers.release()
        self._of_processes.release()

    def is_held(self) -> bool:
        """Return whether the lock that was taken is still ours; taken again where only the connection had broken."""
        if self._of_computers is None or self._of_computers.is_held():
            return True
        try:
            # The server may need half a minute to see that our own broken connection is gone.
            return self._of_computers.try_acquire() or self._of_computers.holder() is None
        except CatalogAwayError:
            # Nobody can be asked: what is going on here goes on, and the next call asks again.
            return True

    def require(self, connection: "Connection") -> None:
        """Refuse to write in this transaction where another computer may have taken the lock.

        Raises:
            LockedError: it is not ours.
        """
        if self._of_computers is not None:
            self._of_computers.require(connection)

    def holder(self) -> str | None:
        """Return the name of the other computer that holds the lock; None: this one or nobody."""
        return None if self._of_computers is None else self._of_computers.holder()

    def __enter__(self) -> None:
        self.acquire()
        if self._of_computers is not None:
            self._guard = self._of_computers.guarding()
            self._guard.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._guard is not None:
            self._guard.__exit__(kind, error, trace)
            self._guard = None
        self.release()
