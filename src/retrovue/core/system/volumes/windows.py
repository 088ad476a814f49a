"""Volumes of Windows: drives and mapped shares, from system functions.

psutil also lists drives, but blocks for 30 s on each with an unreachable server, and does not return its share.
"""

import ctypes
import string
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from retrovue.core.system.looks import Looker
from retrovue.core.system.volumes.model import Volume, VolumeKind
from retrovue.core.system.volumes.space import existing_folders, with_space


class Drive(NamedTuple):
    """The facts of a drive letter.

    Attributes:
        drive_type: of GetDriveTypeW: 1 no root, 2 removable, 3 fixed, 4 remote, 5 CD-ROM, 6 RAM disk.
        remote: the share of a mapped drive (WNetGetConnectionW), also while it is disconnected.
    """

    letter: str
    drive_type: int
    remote: str = ""
    label: str = ""
    filesystem: str = ""


_KINDS = {2: VolumeKind.REMOVABLE, 3: VolumeKind.LOCAL, 4: VolumeKind.NETWORK, 5: VolumeKind.REMOVABLE}
_NO_ROOT = 1
_REMOTE = 4


def windows_volumes(drives: Iterable[Drive]) -> list[Volume]:
    """Return the volumes of drive letters. A mapped share with an unreachable server is not mounted."""
    found = []
    for drive in drives:
        disconnected = drive.drive_type == _NO_ROOT and bool(drive.remote)
        kind = VolumeKind.NETWORK if disconnected else _KINDS.get(drive.drive_type)
        if kind is None:
            continue
        path = f"{drive.letter.upper()}:\\"
        found.append(
            Volume(
                path,
                kind,
                drive.filesystem.lower(),
                label=drive.label or drive.remote or path,
                device=drive.remote,
                is_mounted=not disconnected,
                source=drive.remote.replace("\\", "/").lower(),
            )
        )
    return found


if sys.platform == "win32":
    _SUCCESS = 0
    _CONNECTION_UNAVAILABLE = 1201
    """The drive is a remembered share that is not connected. Its name is still available."""

    def _remote_name(letter: str) -> str:
        buffer = ctypes.create_unicode_buffer(1024)
        length = ctypes.c_ulong(len(buffer))
        answer = ctypes.windll.mpr.WNetGetConnectionW(f"{letter}:", buffer, ctypes.byref(length))
        return buffer.value if answer in (_SUCCESS, _CONNECTION_UNAVAILABLE) else ""

    def _labels(letter: str) -> tuple[str, str]:
        label = ctypes.create_unicode_buffer(261)
        filesystem = ctypes.create_unicode_buffer(261)
        ok = ctypes.windll.kernel32.GetVolumeInformationW(
            f"{letter}:\\", label, len(label), None, None, None, filesystem, len(filesystem)
        )
        return (label.value, filesystem.value) if ok else ("", "")

    def _drive(letter: str) -> Drive:
        kind = int(ctypes.windll.kernel32.GetDriveTypeW(f"{letter}:\\"))
        remote = _remote_name(letter) if kind in (_NO_ROOT, _REMOTE) else ""
        if kind in (0, _NO_ROOT):
            return Drive(letter, kind, remote)
        label, filesystem = _labels(letter)
        return Drive(letter, kind, remote, label, filesystem)

    def _read_drives(timeout_s: float = 3.0) -> list[Drive]:
        """Read all drive letters in parallel, because one with an unreachable server blocks for 30 s."""
        drives = []
        with Looker() as looker:
            looks = [(letter, looker.start(partial(_drive, letter))) for letter in string.ascii_uppercase]
            for letter, pending in looks:
                try:
                    drives.append(pending.result(timeout_s))
                except OSError:
                    drives.append(Drive(letter, _NO_ROOT, f"{letter}:"))
        return drives

else:

    def _read_drives(timeout_s: float = 3.0) -> list[Drive]:
        """Drive letters exist on Windows only."""
        return []


class WindowsVolumes:
    """The volumes of this Windows computer."""

    def volumes(self) -> list[Volume]:
        """Return all drives and mapped shares with their capacity."""
        return with_space(windows_volumes(_read_drives()))

    def common_folders(self) -> list[str]:
        """Return the user's own folders. Shares are already volumes."""
        home = Path.home()
        return existing_folders([str(home / "Videos"), str(home)])
