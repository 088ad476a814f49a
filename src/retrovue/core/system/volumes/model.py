"""What a volume is, and what a list of volumes says without looking at a disk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from retrovue.core.domain.path_syntax import parse_path
from retrovue.core.system.filesystem import join


class VolumeKind(StrEnum):
    """What a volume is made of; decides how many looks at it run at once."""

    LOCAL = "local"
    NETWORK = "network"
    REMOVABLE = "removable"
    FUSE = "fuse"


@dataclass(frozen=True, slots=True)
class Volume:
    """A mounted disk or share, or one that should be mounted and is not.

    Attributes:
        path: where it is mounted, in the form of this computer's paths.
        filesystem: such as "ext4", "nfs4", "ntfs"; empty when not known.
        total_bytes, free_bytes: None when it did not tell in time.
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
    """Where the volumes of a computer come from. Thread: any but the GUI's: it looks at disks."""

    def volumes(self) -> list[Volume]:
        """All volumes that can hold a person's files, mounted or known to be missing."""

    def common_folders(self) -> list[str]:
        """Folders beside the volumes in which people keep or mount their files; only existing ones."""


def volume_of(path: str, volumes: Iterable[Volume]) -> Volume | None:
    """The volume that holds `path`: the one mounted deepest above it. Looks at no disk."""
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
        # The last one mounted at a place hides those below it.
        if key[: len(mount_key)] == mount_key and (best is None or len(mount_key) >= best[0]):
            best = (len(mount_key), volume)
    return best[1] if best else None


def first_mounts(volumes: Sequence[Volume]) -> dict[str, str]:
    """For volumes that are reached at another place, too, that place: mount path → folder of the first mount.

    Two mounts of one share are one, and so are a share and one of its folders that is mounted on its own. Looks at no
    disk.
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
