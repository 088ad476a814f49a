"""Locks between processes, such as one sync per library at a time."""

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from retrovue.core.domain.errors import ReadOnlyError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _

if TYPE_CHECKING:
    from filelock import BaseFileLock

_POLL_S = 0.1


class ProcessLock:
    """A lock file. The system releases the lock when its process dies.

    Two objects for the same file exclude each other also inside one process. Thread: any.
    """

    def __init__(self, path: Path, token: CancelToken | None = None) -> None:
        self.path = path
        self._token = token if token is not None else CancelToken()
        self._made: BaseFileLock | None = None

    @property
    def _lock(self) -> "BaseFileLock":
        if self._made is None:
            # filelock imports asyncio (0.1 s), which would delay the first paint of the window.
            from filelock import FileLock

            self._made = FileLock(self.path, mode=0o600, thread_local=False)
        return self._made

    def try_acquire(self) -> bool:
        """Take the lock if it is free. Return whether it was.

        Raises:
            ReadOnlyError: the lock file cannot be written.
        """
        from filelock import Timeout

        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        except (OSError, NotImplementedError) as error:
            raise ReadOnlyError(
                _("Could not use this lock file: {path}").format(path=self.path),
                hint=_("Check the permissions of the data folder."),
                command_hint=_("Check the permissions of the data folder, or choose another one with --data-dir."),
                detail=f"{type(error).__name__}: {error}",
            ) from error
        return True

    def acquire(self) -> None:
        """Wait for the lock.

        Raises:
            Cancelled: the token was cancelled while waiting.
        """
        self._token.raise_if_cancelled()
        while not self.try_acquire():
            self._token.wait(_POLL_S)
            self._token.raise_if_cancelled()

    def release(self) -> None:
        """Release the lock."""
        with suppress(OSError):  # The share of the file can be gone. The system has released the lock then.
            self._lock.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def library_lock(lock_dir: Path, library_id: int, token: CancelToken | None = None) -> ProcessLock:
    """Return the lock for syncs of a library. Thread: any."""
    return ProcessLock(lock_dir / f"library-{library_id}.lock", token)
