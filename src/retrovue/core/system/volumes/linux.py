"""Volumes of Linux, from `/proc/self/mounts`, `mountinfo` and `/etc/fstab` (formats: proc(5), fstab(5)).

psutil also lists mounts, but not which folder of a file system is mounted, and not what is missing.
"""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from retrovue.core.system.volumes.model import Volume, VolumeKind
from retrovue.core.system.volumes.space import existing_folders, subfolders, with_space


class Mount(NamedTuple):
    """A line of a mount table."""

    device: str
    path: str
    filesystem: str
    options: tuple[str, ...]


_OCTAL = re.compile(r"\\([0-7]{3})")


def _unescape(text: str) -> str:
    # Spaces, tabs, line feeds and backslashes are octal escapes.
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)


def parse_mounts(text: str) -> list[Mount]:
    """Return the mounts of a table in the order of mounting. Invalid lines are left out."""
    mounts = []
    for line in text.splitlines():
        fields = line.split()
        if len(fields) >= 4 and not line.lstrip().startswith("#"):
            device, path, filesystem, options = map(_unescape, fields[:4])
            mounts.append(Mount(device, path, filesystem, tuple(options.split(","))))
    return mounts


def parse_mount_roots(text: str) -> dict[str, str]:
    """Return mount point → mounted folder of its file system (`/proc/self/mountinfo`, proc(5))."""
    fields = (line.split() for line in text.splitlines())
    return {_unescape(one[4]): _unescape(one[3]) for one in fields if len(one) > 4}


def _source(mount: Mount, kind: VolumeKind, roots: Mapping[str, str]) -> str:
    """Return the identity of a mount's source; empty where the table does not have it."""
    device = mount.device.rstrip("/")
    if kind is VolumeKind.NETWORK:
        host, colon, folder = device.partition(":")
        if device.startswith("//"):
            return device.lower()
        return f"{host.lower()}:{folder}" if colon and not host.isdigit() else ""
    root = roots.get(mount.path)
    return f"{device}{root.rstrip('/')}" if device.startswith("/dev/") and root is not None else ""


_NETWORK = frozenset(
    "nfs nfs4 cifs smb3 smbfs afs ncpfs 9p ceph glusterfs lustre beegfs davfs virtiofs vboxsf prl_fs vmhgfs".split()
)
_FUSE_NETWORK = frozenset("sshfs rclone davfs2 glusterfs smbnetfs curlftpfs s3fs goofys gvfsd-fuse vmhgfs-fuse".split())
_LOCAL = frozenset(
    "ext2 ext3 ext4 xfs btrfs zfs bcachefs f2fs jfs reiserfs nilfs2 ntfs ntfs3 fuseblk exfat vfat msdos "
    "hfs hfsplus apfs udf iso9660 overlay".split()
)
_REMOVABLE = frozenset("udf iso9660".split())
_REMOVABLE_FOLDERS = ("/media/", "/run/media/")
_OWN_OF_SYSTEM = re.compile(r"/(?:proc|sys|dev|boot|efi|snap|var/lib/(?:docker|containers|snapd|kubelet))(?:/|$)")


def _kind(mount: Mount) -> VolumeKind | None:
    filesystem = mount.filesystem
    if filesystem in _NETWORK:
        return VolumeKind.NETWORK
    if filesystem.startswith("fuse."):
        name = filesystem.removeprefix("fuse.")
        if name in ("portal", "lxcfs", "snapfuse"):
            return None
        return VolumeKind.NETWORK if name in _FUSE_NETWORK else VolumeKind.FUSE
    if filesystem == "fuse":
        return VolumeKind.FUSE
    if filesystem not in _LOCAL:
        return None
    if filesystem in _REMOVABLE or mount.path.startswith(_REMOVABLE_FOLDERS):
        return VolumeKind.REMOVABLE
    return VolumeKind.LOCAL


def linux_volumes(mounts: str, fstab: str = "", mountinfo: str = "") -> list[Volume]:
    """Return the volumes of a mount table, with the shares and disks of `fstab` that are not mounted.

    Mounts of the system itself (`/proc`, snaps, containers) and idle automounts are left out.
    """
    found: dict[str, Volume] = {}
    roots = parse_mount_roots(mountinfo)
    for mount in parse_mounts(mounts):
        kind = _kind(mount)
        if kind is None or _OWN_OF_SYSTEM.match(mount.path) or not mount.path.startswith("/"):
            continue
        # A second mount at the same path hides the first.
        found.pop(mount.path, None)
        label = mount.path.rsplit("/", 1)[-1] or mount.path
        found[mount.path] = Volume(
            mount.path,
            kind,
            mount.filesystem,
            label=label,
            device=mount.device,
            source=_source(mount, kind, roots),
        )
    waiting = {mount.path for mount in parse_mounts(mounts) if mount.filesystem == "autofs"}
    for mount in parse_mounts(fstab):
        kind = _kind(mount) or (VolumeKind.LOCAL if mount.filesystem == "auto" else None)
        path = mount.path.rstrip("/") or "/"
        if kind is None or path in found or path in waiting or path == "/" or not path.startswith("/"):
            continue
        if not _OWN_OF_SYSTEM.match(path):
            label = path.rsplit("/", 1)[-1]
            found[path] = Volume(path, kind, mount.filesystem, label=label, device=mount.device, is_mounted=False)
    return list(found.values())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        # A container without fstab: nothing is missing.
        return ""


class LinuxVolumes:
    """The volumes of this Linux computer."""

    def __init__(
        self,
        mounts: Path = Path("/proc/self/mounts"),
        fstab: Path = Path("/etc/fstab"),
        home: Path | None = None,
        mountinfo: Path = Path("/proc/self/mountinfo"),
    ) -> None:
        self._mounts = mounts
        self._fstab = fstab
        self._mountinfo = mountinfo
        self._home = home or Path.home()

    def volumes(self) -> list[Volume]:
        """Return all volumes with their capacity."""
        return with_space(linux_volumes(_read(self._mounts), _read(self._fstab), _read(self._mountinfo)))

    def common_folders(self) -> list[str]:
        """Return folders in the usual mount locations, the share folders of desktops, and the user's own folders."""
        places: Iterable[str] = [
            *subfolders("/mnt"),
            *subfolders("/media"),
            *subfolders("/srv"),
            *subfolders("/data"),
            *subfolders(f"/run/user/{_user_id()}/gvfs"),
        ]
        home = self._home
        return existing_folders([*places, "/mnt", "/media", "/data", "/srv", str(home / "Videos"), str(home)])


def _user_id() -> int:
    # The type checker also checks this for Windows, which has no such function.
    return os.getuid() if hasattr(os, "getuid") else 0
