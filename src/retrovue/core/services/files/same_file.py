"""Whether two paths of this computer lead to the same file: through a link, or a share that is mounted twice."""

from collections.abc import Sequence
from functools import partial
from typing import Self

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.system.filesystem import FileStatus, FileSystem
from retrovue.core.system.looks import Looker

_LOOK_TIMEOUT_S = 2.0
_MOST_TIMEOUTS = 3
"""After so many looks without an answer no disk is asked any more: what is not proven stays in doubt."""


class SameFiles:
    """Compares files by what their disk calls them. A context manager; its looks never block for long.

    Thread: any but the GUI's.
    """

    def __init__(self, fs: FileSystem) -> None:
        self._fs = fs
        self._looker = Looker()
        self._timeouts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self._looker.close()

    def compare(self, paths: Sequence[str | None], others: Sequence[str | None], token: CancelToken) -> bool | None:
        """Whether these are the same files pair by pair; None when nobody can tell.

        Args:
            paths, others: None for a file whose path is not known.

        Raises:
            Cancelled: asked to stop.
        """
        if len(paths) != len(others):
            return False
        verdict: bool | None = True
        for path, other in zip(paths, others, strict=True):
            same = None if path is None or other is None else self._compare(path, other, token)
            if same is False:
                return False
            if same is None:
                verdict = None
        return verdict

    def _compare(self, path: str, other: str, token: CancelToken) -> bool | None:
        one, two = self._status(path, token), self._status(other, token)
        if one is None or two is None:
            return None
        if one.st_ino == 0 or two.st_ino == 0:
            return None
        if (one.st_dev, one.st_ino) == (two.st_dev, two.st_ino):
            return True
        # A share that is mounted twice is two devices with the same files behind them: the same number, size and
        # time on both may well be one file.
        if one.st_ino == two.st_ino and (one.st_size, one.st_mtime) == (two.st_size, two.st_mtime):
            return None
        return False

    def _status(self, path: str, token: CancelToken) -> FileStatus | None:
        if self._timeouts >= _MOST_TIMEOUTS:
            return None
        try:
            return self._looker.look(partial(self._fs.stat, path), _LOOK_TIMEOUT_S, token)
        except TimeoutError:
            self._timeouts += 1
        except (OSError, ValueError):
            # Gone, or not to be read: then nothing can be told of it.
            return None
        return None
