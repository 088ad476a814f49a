"""A computer of any kind, made of a dictionary: its paths are text, its disks can hang, lie and vanish."""

import errno
import os
import stat
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from retrovue.core.domain.path_syntax import parse_path
from retrovue.core.system.filesystem import split


@dataclass
class FakeEntry:
    name: str
    status: SimpleNamespace

    def is_dir(self) -> bool:
        return stat.S_ISDIR(self.status.st_mode)

    def is_symlink(self) -> bool:
        return False

    def stat(self) -> SimpleNamespace:
        return self.status


@dataclass
class FakeFileSystem:
    """Files by full path; folders follow from them. `errors` and `hanging` are by folder.

    `let_go`: how many looks that hang were waited for until they ended by themselves.
    """

    ignores_case: bool = False
    folders: dict[str, dict[str, SimpleNamespace]] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
    release: threading.Event = field(default_factory=threading.Event)
    scans: list[str] = field(default_factory=list)
    let_go: int = 0
    links: dict[str, str] = field(default_factory=dict)

    def add(self, path: str, size_bytes: int = 1, *, device: int = 1) -> None:
        status = SimpleNamespace(
            st_size=size_bytes, st_dev=device, st_ino=0, st_mode=stat.S_IFREG, st_mtime=0.0, st_ctime=0.0
        )
        while True:
            folder, name = split(path)
            self.folders.setdefault(self._key(folder), {})[name] = status
            parsed = parse_path(folder)
            if parsed is None or len(parsed.names) <= (2 if folder.startswith("\\\\") else 0):
                return
            path, status = folder, SimpleNamespace(st_size=0, st_dev=device, st_mode=stat.S_IFDIR)

    def _key(self, folder: str) -> str:
        return folder.upper() if self.ignores_case else folder

    def _look(self, folder: str) -> None:
        self.scans.append(folder)
        if folder in self.hanging:
            self.release.wait(60)
            self.let_go += not self.release.is_set()
        if folder in self.errors:
            code = self.errors[folder]
            raise OSError(code, os.strerror(code), folder)

    def scan(self, folder: str) -> Iterable[FakeEntry]:
        self._look(folder)
        if self._key(folder) not in self.folders:
            raise FileNotFoundError(errno.ENOENT, "gone", folder)
        return [FakeEntry(name, status) for name, status in self.folders[self._key(folder)].items()]

    def stat(self, path: str) -> SimpleNamespace:
        if self._key(path) in self.folders:
            self._look(path)
            return SimpleNamespace(st_size=0, st_dev=1, st_mode=stat.S_IFDIR)
        folder, name = split(path)
        for known, status in self.folders.get(self._key(folder), {}).items():
            if self._key(known) == self._key(name):
                return status
        raise FileNotFoundError(errno.ENOENT, "gone", path)

    def lstat(self, path: str) -> SimpleNamespace:
        if path in self.links or self._key(path) in self.folders:
            mode = stat.S_IFLNK if path in self.links else stat.S_IFDIR
            return SimpleNamespace(st_size=0, st_dev=1, st_ino=0, st_mode=mode, st_mtime=0.0, st_ctime=0.0)
        return self.stat(path)

    def readlink(self, path: str) -> str:
        return self.links[path]


@pytest.fixture
def fake_fs():
    """Makes fake computers; whatever hangs is let go at the end."""
    made: list[FakeFileSystem] = []

    def make(*, ignores_case: bool = False) -> FakeFileSystem:
        made.append(FakeFileSystem(ignores_case))
        return made[-1]

    yield make
    for fs in made:
        fs.release.set()
