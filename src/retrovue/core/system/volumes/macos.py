"""Volumes of macOS, from the system's mount table (psutil, which reads it without touching a share)."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from retrovue.core.system.volumes.model import Volume, VolumeKind
from retrovue.core.system.volumes.space import existing_folders, subfolders, with_space

_NETWORK = frozenset("smbfs nfs afpfs webdav ftp cifs".split())
_FUSE = frozenset("macfuse osxfuse fuse-t fusefs".split())
_REMOVABLE = frozenset("msdos exfat cd9660 udf".split())
_SYSTEM_OWN = ("/System/", "/private/var/vm", "/dev", "/Library/Developer")


class Mount(Protocol):
    """A line of the mount table, as `psutil.disk_partitions` returns it."""

    @property
    def device(self) -> str:
        """Return the source, such as `//me@nas._smb._tcp.local/TV`."""

    @property
    def mountpoint(self) -> str:
        """Return the mount point."""

    @property
    def fstype(self) -> str:
        """Return the file system, such as "apfs" or "smbfs"."""

    @property
    def opts(self) -> str:
        """Return the flags, separated by commas."""


def macos_volumes(mounts: Iterable[Mount]) -> list[Volume]:
    """Return the volumes of a mount table, without mounts of the system itself."""
    found: dict[str, Volume] = {}
    for mount in mounts:
        filesystem, path = mount.fstype, mount.mountpoint
        if path.startswith(_SYSTEM_OWN) or "nobrowse" in mount.opts.split(",") or filesystem in ("devfs", "autofs"):
            continue
        if filesystem in _NETWORK:
            kind = VolumeKind.NETWORK
        elif filesystem in _FUSE or filesystem.startswith("fuse"):
            kind = VolumeKind.FUSE
        elif filesystem in _REMOVABLE:
            kind = VolumeKind.REMOVABLE
        else:
            kind = VolumeKind.LOCAL
        label = path.rsplit("/", 1)[-1] or path
        # The name before the @ is the user, not part of the source.
        source = re.sub(r"^//[^/@]*@", "//", mount.device).lower() if kind is VolumeKind.NETWORK else ""
        found[path] = Volume(path, kind, filesystem, label=label, device=mount.device, source=source)
    return list(found.values())


class MacVolumes:
    """The volumes of this Mac."""

    def volumes(self) -> list[Volume]:
        """Return all volumes with their capacity."""
        import psutil  # An extension module, needed only when disks are read.

        return with_space(macos_volumes(psutil.disk_partitions(all=True)))

    def common_folders(self) -> list[str]:
        """Return the user's own folders. Shares are already volumes."""
        home = Path.home()
        return existing_folders([*subfolders("/Volumes"), str(home / "Movies"), str(home)])
