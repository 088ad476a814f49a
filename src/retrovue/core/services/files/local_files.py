"""When two local paths are one file."""

from collections.abc import Hashable, Sequence

from retrovue.core.domain.path_syntax import PathKind, parse_path, path_kind
from retrovue.core.system.filesystem import join, split
from retrovue.core.system.volumes import Volume, first_mounts, volume_of


def same_file_key(path: str) -> Hashable:
    """What two spellings of one local path share: separators, accents, and letter case where the kind ignores it.

    Looks at no disk: a link is another path, and so is a share that is mounted twice (`LocalFiles` knows mounts).
    """
    if path.isascii() and path.startswith("/") and "//" not in path and "/." not in path:
        # By far the most, and 100,000 of them are compared at once.
        return path
    parsed = parse_path(path)
    if parsed is None:
        return path
    key = parsed.key()
    return "/" + "/".join(key[1:]) if key[0] == "/" else key


class LocalFiles:
    """Local paths of a computer that reaches some shares or folders at several places. Looks at no disk.

    Thread: any, one at a time.
    """

    def __init__(self, volumes: Sequence[Volume]) -> None:
        self._volumes = volumes
        self._first = first_mounts(volumes)
        # A drive of Windows stands for a share, which has a path of its own, too.
        self._drives = {
            one.source: self._first.get(one.path, one.path)
            for one in volumes
            if one.is_mounted and one.source.startswith("//") and path_kind(one.path) is PathKind.DRIVE
        }
        self._folders: dict[str, tuple[int, str] | None] = {}

    def once(self, path: str) -> str:
        """The one path of a file that is reached at several places: that through the first mount."""
        if not self._first and not self._drives:
            return path
        folder = split(path)[0]
        if folder not in self._folders:
            self._folders[folder] = self._place(path)
        place = self._folders[folder]
        if place is None:
            return path
        length, first = place
        rest = path[length:].lstrip("/\\")
        return join(first, rest) if rest else first

    def key(self, path: str) -> Hashable:
        """What all local paths of one file share."""
        return same_file_key(self.once(path))

    def _place(self, path: str) -> tuple[int, str] | None:
        """How much of the path is what is mounted elsewhere, too, and what stands for it."""
        volume = volume_of(path, self._volumes)
        if volume is not None:
            first = self._first.get(volume.path)
            return None if first is None else (len(volume.path), first)
        parsed = parse_path(path)
        if parsed is None or parsed.kind is not PathKind.UNC:
            return None
        for length in range(len(parsed.names), 1, -1):
            drive = self._drives.get("//" + "/".join(parsed.names[:length]).lower())
            if drive is not None:
                return len("\\\\" + "\\".join(parsed.names[:length])), drive
        return None
