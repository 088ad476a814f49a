"""The disks and shares of this computer: what is mounted where, of what kind, and how full it is."""

import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Protocol

from retrovue.core.domain.path_syntax import parse_path
from retrovue.core.system.filesystem import join
from retrovue.core.system.looks import Looker

_log = logging.getLogger(__name__)


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


class Space(Protocol):
    """What `shutil.disk_usage` answers, as far as it is asked."""

    @property
    def total(self) -> int:
        """Bytes."""

    @property
    def free(self) -> int:
        """Bytes."""


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


def with_space(
    volumes: Sequence[Volume], *, timeout_s: float = 2.0, usage: Callable[[str], Space] = shutil.disk_usage
) -> list[Volume]:
    """The same volumes with their capacity; all are asked at once, those that do not answer stay unknown.

    Args:
        timeout_s: for all of them together: five dead mounts take no longer than one.
    """
    until = time.monotonic() + timeout_s
    with Looker() as looker:
        looks = [looker.start(partial(usage, volume.path)) if volume.is_mounted else None for volume in volumes]
        found = []
        for volume, pending in zip(volumes, looks, strict=True):
            if pending is None:
                found.append(volume)
                continue
            try:
                space = pending.result(max(0.0, until - time.monotonic()))
            except OSError as error:
                _log.info("no capacity of %s: %s", volume.path, error)
                found.append(volume)
            else:
                found.append(replace(volume, total_bytes=space.total, free_bytes=space.free))
        return found


def existing_folders(folders: Iterable[str], *, timeout_s: float = 2.0) -> list[str]:
    """Those that are folders; all are looked at at once, for `timeout_s` together."""
    until = time.monotonic() + timeout_s
    with Looker() as looker:
        looks = [(folder, looker.start(partial(Path.is_dir, Path(folder)))) for folder in folders]
        found = []
        for folder, pending in looks:
            try:
                if pending.result(max(0.0, until - time.monotonic())):
                    found.append(folder)
            except OSError as error:
                _log.info("%s was not looked at: %s", folder, error)
        return found


def subfolders(folder: str, *, timeout_s: float = 2.0) -> list[str]:
    """The folders directly in `folder`, sorted; none when it cannot be listed in time."""

    def names() -> list[str]:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir())

    try:
        with Looker() as looker:
            return [join(folder, name) for name in looker.look(names, timeout_s)]
    except OSError as error:
        _log.debug("%s was not listed: %s", folder, error)
        return []


def computer_volumes(platform: str = sys.platform) -> VolumeProvider:
    """The provider of this computer."""
    # Each is imported where it runs: the Windows one asks for Windows' own libraries.
    if platform == "win32":
        from retrovue.core.system.volumes_windows import WindowsVolumes

        return WindowsVolumes()
    if platform == "darwin":
        from retrovue.core.system.volumes_macos import MacVolumes

        return MacVolumes()
    from retrovue.core.system.volumes_linux import LinuxVolumes

    return LinuxVolumes()
