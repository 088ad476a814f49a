"""A check of files that comes to a folder whose disk never answers; run as a program, so that it can be killed."""

import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from retrovue.core.context import AppContext
from retrovue.core.services.files import check as files
from retrovue.core.services.looking import CheckProgress
from retrovue.core.system.clock import SystemClock
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.filesystem import ComputerFileSystem


class Hasty(SystemClock):
    """Time flies: everything is kept at once."""

    _seconds = 0.0

    def monotonic(self) -> float:
        """Ten seconds later than when asked before."""
        self._seconds += 10.0
        return self._seconds


@dataclass
class Stuck(ComputerFileSystem):
    folder: str = ""
    is_kept: threading.Event = field(default_factory=threading.Event)

    def hear(self, progress: CheckProgress) -> None:
        """What is told of has been kept; of the root of `folder`, that everything before it is."""
        if self.folder.startswith(progress.root):
            self.is_kept.set()

    def scan(self, folder: str) -> list[object]:  # type: ignore[override]  # what is in the entries is not asked here
        if folder == self.folder:
            # Looks run ahead of what is kept, on threads of their own.
            self.is_kept.wait()
            print("stuck", flush=True)  # noqa: T201 - what the test waits for
            threading.Event().wait()
        return list(super().scan(folder))


def main() -> None:
    data_dir, folder = sys.argv[1:]
    stuck = Stuck(folder=folder)
    context = AppContext(
        resolve_dirs(Path(data_dir)), clock=Hasty(), environ={}, keyring=lambda: None, file_system=stuck
    )
    files.check(context, report=stuck.hear)


if __name__ == "__main__":
    main()
