"""The few questions that are asked of a disk, so that tests can answer for any kind of computer.

Paths are text in the form that `domain.paths` makes: their own shape says what separates their names.
"""

import os
import stat
import sys
from collections.abc import Iterable
from typing import Protocol

from retrovue.core.domain.path_syntax import PathKind, path_kind


class FileStatus(Protocol):
    """What `os.stat` says, as far as it is asked."""

    @property
    def st_size(self) -> int:
        """Bytes."""

    @property
    def st_dev(self) -> int:
        """The disk that the file is on."""

    @property
    def st_ino(self) -> int:
        """Which file it is on its disk; 0 where the disk does not tell."""

    @property
    def st_mode(self) -> int:
        """Kind of file and rights."""

    @property
    def st_mtime(self) -> float:
        """When it was last written by the disk's own clock (a folder: when a name came or went), epoch seconds."""

    @property
    def st_ctime(self) -> float:
        """When anything about it changed, which no program sets (on Windows: when it was made), epoch seconds."""


class FolderEntry(Protocol):
    """A name in a folder; `os.DirEntry` is one."""

    @property
    def name(self) -> str:
        """Without its folder; bytes that are no text come as lone surrogates."""

    def is_dir(self) -> bool:
        """Whether it is a folder or a link to one."""

    def is_symlink(self) -> bool:
        """Whether it is a link."""

    def stat(self) -> FileStatus:
        """Of what a link leads to. Raises OSError."""


class FileSystem(Protocol):
    """A disk, or all disks of a computer. Every method may block and raises OSError. Thread: any."""

    @property
    def ignores_case(self) -> bool:
        """Whether names that differ in letter case only are the same, as on Windows."""

    def scan(self, folder: str) -> Iterable[FolderEntry]:
        """Everything in a folder, read at once."""

    def stat(self, path: str) -> FileStatus:
        """Of what a link leads to."""

    def lstat(self, path: str) -> FileStatus:
        """Of the link itself, where the last name is one."""

    def readlink(self, path: str) -> str:
        """Where a link leads, as it is written."""


class ComputerFileSystem:
    """The disks of this computer."""

    ignores_case = sys.platform == "win32"

    def scan(self, folder: str) -> list[os.DirEntry[str]]:
        """Everything in a folder; the listing is closed before this returns."""
        with os.scandir(folder) as entries:
            return list(entries)

    def stat(self, path: str) -> os.stat_result:
        """`os.stat` of this path as it is written."""
        return os.stat(path)  # noqa: PTH116 - a Path would rewrite the text that is to be tested

    def lstat(self, path: str) -> os.stat_result:
        """`os.lstat` of this path as it is written."""
        return os.lstat(path)

    def readlink(self, path: str) -> str:
        """`os.readlink`, on Windows also of a junction."""
        return os.readlink(path)  # noqa: PTH115 - what is written there, unchanged


def is_link(status: FileStatus) -> bool:
    """Whether an `lstat` is of a link; a junction of Windows is one, though its mode says folder."""
    return stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) == _JUNCTION


_JUNCTION = 0xA0000003
"""IO_REPARSE_TAG_MOUNT_POINT, also of folders at which another disk is mounted."""


def separator(path: str) -> str:
    """What separates the names of a path of this shape."""
    kind = path_kind(path)
    return "\\" if kind is not None and kind.is_windows else "/"


def join(folder: str, name: str) -> str:
    """The path of `name` in `folder`."""
    mark = separator(folder)
    return folder + name if folder.endswith(mark) else f"{folder}{mark}{name}"


def split(path: str) -> tuple[str, str]:
    """Folder and name of a path; the folder of `/a` is `/`, of `Z:\\a` it is `Z:\\`."""
    mark = separator(path)
    folder, _mark, name = path.rpartition(mark)
    is_root = not folder or (path_kind(path) is PathKind.DRIVE and len(folder) == 2)
    return (folder + mark if is_root else folder), name
