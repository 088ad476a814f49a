"""The disks and shares of this computer: mount points, kinds and free space.

`model.py` accesses no disk, `space.py` does with a deadline, and each system has its provider.
"""

import sys

from retrovue.core.system.volumes.model import Volume, VolumeKind, VolumeProvider, first_mounts, volume_of
from retrovue.core.system.volumes.space import existing_folders, subfolders, with_space

__all__ = [
    "Volume",
    "VolumeKind",
    "VolumeProvider",
    "computer_volumes",
    "existing_folders",
    "first_mounts",
    "subfolders",
    "volume_of",
    "with_space",
]


def computer_volumes(platform: str = sys.platform) -> VolumeProvider:
    """Return the provider of this computer."""
    # Import only the provider of this system: the Windows one loads system libraries.
    if platform == "win32":
        from retrovue.core.system.volumes.windows import WindowsVolumes

        return WindowsVolumes()
    if platform == "darwin":
        from retrovue.core.system.volumes.macos import MacVolumes

        return MacVolumes()
    from retrovue.core.system.volumes.linux import LinuxVolumes

    return LinuxVolumes()
