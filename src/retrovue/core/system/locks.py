"""Locks that hold between processes: one sync per library, whoever runs it."""

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
    """A lock file. The system gives it back when the process that holds it dies.

    Two objects for the same file exclude each other also inside one process. Thread: any.
    """

    def __init__(self, path: Path, token: CancelToken | None = None) -> None:
        self.path = path
        self._token = token if token is not None else CancelToken()
        self._made: BaseFileLock | None = None

    @property
    def _lock(self) -> "BaseFileLock":
        if self._made is None:
            # It brings asyncio along, a tenth of a second that the window's first paint does not wait for.
            from filelock import FileLock

            self._made = FileLock(self.path, thread_local=False)
        return self._made

    def try_acquire(self) -> bool:
        """Take the lock if nobody holds it.

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
        """Wait until the lock is ours.

        Raises:
            Cancelled: the token was cancelled while waiting.
        """
        self._token.raise_if_cancelled()
        while not self.try_acquire():
            self._token.wait(_POLL_S)
            self._token.raise_if_cancelled()

    def release(self) -> None:
        """Give the lock back."""
        with suppress(OSError):  # the file may lie on a share that is gone: the system frees the lock then
            self._lock.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def library_lock(lock_dir: Path, library_id: int, token: CancelToken | None = None) -> ProcessLock:
    """The lock that the sync of a library holds. Thread: any."""
    return ProcessLock(lock_dir / f"library-{library_id}.lock", token)
