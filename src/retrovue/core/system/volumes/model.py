"""The volume types, and functions on lists of volumes that access no disk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from retrovue.core.domain.path_syntax import parse_path
from retrovue.core.system.filesystem import join


class VolumeKind(StrEnum):
    """The kind of a volume, which decides how many calls to it run in parallel."""

    LOCAL = "local"
    NETWORK = "network"
    REMOVABLE = "removable"
    FUSE = "fuse"


@dataclass(frozen=True, slots=True)
class Volume:
    """A mounted disk or share, or one that should be mounted and is not.

    Attributes:
        path: the mount point, as a path of this computer.
        filesystem: such as "ext4", "nfs4", "ntfs"; empty if unknown.
        total_bytes, free_bytes: None if it did not respond in time.
        device: a device file, `nas:/export` or `\\\\nas\\share`.
        source: what is mounted, the same text for each mount of it: `//nas/share` in lower case, `nas:/export`, or a
            device with the folder of it that is mounted. One that starts with another's and a `/` lies in that one.
            Empty when nobody can tell.
    """

    path: str
    kind: VolumeKind
    filesystem: str = ""
    total_bytes: int | None = None
    free_bytes: int | None = None
    label: str = ""
    device: str = ""
    is_mounted: bool = True
    source: str = ""


class VolumeProvider(Protocol):
    """A source of volumes. Thread: any but the GUI thread, since it accesses disks."""

    def volumes(self) -> list[Volume]:
        """Return all volumes that can contain user files, mounted or known to be missing."""

    def common_folders(self) -> list[str]:
        """Return existing folders besides the volumes where people keep or mount files."""


def volume_of(path: str, volumes: Iterable[Volume]) -> Volume | None:
    """Return the volume of `path`: the one mounted deepest above it. Accesses no disk."""
    parsed = parse_path(path)
    if parsed is None:
        return None
    key = parsed.key()
    best: tuple[int, Volume] | None = None
    for volume in volumes:
        mount = parse_path(volume.path)
        if mount is None:
            continue
        mount_key = mount.key()
        # The last mount at a path hides earlier ones.
        if key[: len(mount_key)] == mount_key and (best is None or len(mount_key) >= best[0]):
            best = (len(mount_key), volume)
    return best[1] if best else None


def first_mounts(volumes: Sequence[Volume]) -> dict[str, str]:
    """Return mount path → folder of the first mount, for volumes that are mounted more than once.

    Two mounts of one share count as one, and so do a share and a separately mounted folder of it. Accesses no disk.
    """
    found: dict[str, str] = {}
    first: dict[str, str] = {}
    mounted = [one for one in volumes if one.is_mounted and one.source]
    for volume in sorted(mounted, key=lambda one: len(one.source)):
        source, names = volume.source, []
        while source not in first and "/" in source:
            source, _mark, name = source.rpartition("/")
            names.append(name)
        if source not in first:
            first[volume.source] = volume.path
            continue
        place = first[source]
        for name in reversed(names):
            place = join(place, name)
        found[volume.path] = place
    return found
