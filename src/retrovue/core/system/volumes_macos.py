"""Volumes of macOS, from the answer of `mount(8)` and from `/Volumes`."""

import logging
import re
import subprocess
from pathlib import Path

from retrovue.core.system.volumes import Volume, VolumeKind, existing_folders, subfolders, with_space

_log = logging.getLogger(__name__)

# `//me@nas._smb._tcp.local/TV on /Volumes/TV (smbfs, nodev, nosuid, mounted by me)`
_LINE = re.compile(r"(?P<device>.+?) on (?P<path>/.*) \((?P<options>[^()]*)\)$")
_NETWORK = frozenset("smbfs nfs afpfs webdav ftp cifs".split())
_FUSE = frozenset("macfuse osxfuse fuse-t fusefs".split())
_REMOVABLE = frozenset("msdos exfat cd9660 udf".split())
_SYSTEM_OWN = ("/System/", "/private/var/vm", "/dev", "/Library/Developer")


def macos_volumes(mount_output: str) -> list[Volume]:
    """The volumes in the answer of `mount`; what the system mounts for itself is left out."""
    found: dict[str, Volume] = {}
    for line in mount_output.splitlines():
        match = _LINE.match(line.strip())
        if match is None:
            continue
        options = [option.strip() for option in match["options"].split(",")]
        filesystem, path = options[0], match["path"]
        if path.startswith(_SYSTEM_OWN) or "nobrowse" in options or filesystem in ("devfs", "autofs"):
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
        # The name before the @ is who signed in, not what is mounted.
        source = re.sub(r"^//[^/@]*@", "//", match["device"]).lower() if kind is VolumeKind.NETWORK else ""
        found[path] = Volume(path, kind, filesystem, label=label, device=match["device"], source=source)
    return list(found.values())


class MacVolumes:
    """The volumes of this Mac."""

    def volumes(self) -> list[Volume]:
        """All volumes, with their capacity."""
        try:
            answer = subprocess.run(
                ["/sbin/mount"], capture_output=True, timeout=5, check=True, stdin=subprocess.DEVNULL
            ).stdout.decode("utf-8", "surrogateescape")
        except (OSError, subprocess.SubprocessError) as error:
            # `mount` itself can hang on a dead share; the folders of /Volumes still tell what there is.
            _log.warning("mount did not answer: %s", error)
            return with_space([Volume(path, VolumeKind.NETWORK) for path in subfolders("/Volumes")])
        return with_space(macos_volumes(answer))

    def common_folders(self) -> list[str]:
        """The person's own folders; shares are volumes already."""
        home = Path.home()
        return existing_folders([*subfolders("/Volumes"), str(home / "Movies"), str(home)])
