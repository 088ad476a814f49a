"""A check of files that comes to a folder whose disk never answers; run as a program, so that it can be killed."""

import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from retrovue.core.context import AppContext
from retrovue.core.services.files import check as files
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

    def scan(self, folder: str) -> list[object]:  # type: ignore[override]  # what is in the entries is not asked here
        if folder == self.folder:
            print("stuck", flush=True)  # noqa: T201 - what the test waits for
            threading.Event().wait()
        return list(super().scan(folder))


def main() -> None:
    data_dir, folder = sys.argv[1:]
    with_stuck = AppContext(
        resolve_dirs(Path(data_dir)), clock=Hasty(), environ={}, keyring=lambda: None, file_system=Stuck(folder)
    )
    files.check(with_stuck)


if __name__ == "__main__":
    main()
