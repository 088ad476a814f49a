"""The file system calls of a check, behind a protocol, so that tests can play any kind of computer.

Paths are text as `domain.paths` builds them. Their syntax decides the separator.
"""

import os
import stat
import sys
from collections.abc import Iterable
from typing import Protocol

from retrovue.core.domain.path_syntax import PathKind, path_kind


class FileStatus(Protocol):
    """The fields of `os.stat_result` that are used."""

    @property
    def st_size(self) -> int:
        """Return the size in bytes."""

    @property
    def st_dev(self) -> int:
        """Return the id of the disk."""

    @property
    def st_ino(self) -> int:
        """Return the number of the file on its disk; 0 where the disk has none."""

    @property
    def st_mode(self) -> int:
        """Return the file type and permissions."""

    @property
    def st_mtime(self) -> float:
        """Return when it was last written, by the disk's clock, in epoch seconds.

        For a folder: when a name was added or removed.
        """

    @property
    def st_ctime(self) -> float:
        """Return when its metadata changed, which no program can set, in epoch seconds.

        On Windows: when it was created.
        """


class FolderEntry(Protocol):
    """An entry of a folder, such as `os.DirEntry`."""

    @property
    def name(self) -> str:
        """Return the name without its folder. Undecodable bytes are lone surrogates."""

    def is_dir(self) -> bool:
        """Return whether it is a folder or a link to one."""

    def is_symlink(self) -> bool:
        """Return whether it is a link."""

    def stat(self) -> FileStatus:
        """Return the status, following links. Raises OSError."""


class FileSystem(Protocol):
    """A disk, or all disks of a computer. Every method can block and raises OSError. Thread: any."""

    @property
    def ignores_case(self) -> bool:
        """Whether names that differ only in letter case are the same, as on Windows."""

    def scan(self, folder: str) -> Iterable[FolderEntry]:
        """Return all entries of a folder."""

    def stat(self, path: str) -> FileStatus:
        """Return the status, following links."""

    def lstat(self, path: str) -> FileStatus:
        """Return the status without following a link in the last name."""

    def readlink(self, path: str) -> str:
        """Return the target of a link, as written."""


class ComputerFileSystem:
    """The disks of this computer."""

    ignores_case = sys.platform == "win32"

    def scan(self, folder: str) -> list[os.DirEntry[str]]:
        """Return all entries of a folder. The directory handle is closed before this returns."""
        with os.scandir(folder) as entries:
            return list(entries)

    def stat(self, path: str) -> os.stat_result:
        """Return `os.stat` of the path as written."""
        return os.stat(path)  # noqa: PTH116 - a Path would change the text under test

    def lstat(self, path: str) -> os.stat_result:
        """Return `os.lstat` of the path as written."""
        return os.lstat(path)

    def readlink(self, path: str) -> str:
        """Return `os.readlink`, on Windows also of a junction."""
        return os.readlink(path)  # noqa: PTH115 - the target unchanged


def is_link(status: FileStatus) -> bool:
    """Return whether an `lstat` is of a link. A Windows junction is one, although its mode says folder."""
    return stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) == _JUNCTION


_JUNCTION = 0xA0000003
"""IO_REPARSE_TAG_MOUNT_POINT: junctions, and folders where another disk is mounted."""


def separator(path: str) -> str:
    """Return the separator of a path with this syntax."""
    kind = path_kind(path)
    return "\\" if kind is not None and kind.is_windows else "/"


def join(folder: str, name: str) -> str:
    """Return the path of `name` in `folder`."""
    mark = separator(folder)
    return folder + name if folder.endswith(mark) else f"{folder}{mark}{name}"


def split(path: str) -> tuple[str, str]:
    """Return folder and name of a path. The folder of `/a` is `/`, of `Z:\\a` it is `Z:\\`."""
    mark = separator(path)
    folder, _mark, name = path.rpartition(mark)
    is_root = not folder or (path_kind(path) is PathKind.DRIVE and len(folder) == 2)
    return (folder + mark if is_root else folder), name
