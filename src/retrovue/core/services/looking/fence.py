"""Keeping looks inside the mapped folders, whatever links lie in them.

A mapped folder may itself be a link, and links may lead from one mapped folder to another. A link that leads anywhere
else is read (it lies inside), but never followed: what it leads to was not given to the program to look at.
"""

import re

from retrovue.core.domain.path_syntax import ParsedPath, PathKind, parse_path
from retrovue.core.services.looking.faults import FileFault, fault_of
from retrovue.core.system.filesystem import FileStatus, FileSystem, is_link, join, separator

_MOST_LINKS = 40
"""As many as Linux follows in one path."""

_MOUNTED_DISK = "\\\\?\\volume{"
"""Windows mounts a disk at a folder by a junction to it: that is a mount like those of other systems, no way out."""


class Fence:
    """The mapped folders of a check, as seen from one of them.

    Every folder is looked at once. Blocks as long as the disk does. Thread: any; several may ask at once.

    Args:
        root: the mapped folder in which the looks start.
        others: further mapped folders, to which links may lead.
    """

    def __init__(self, fs: FileSystem, root: str, others: tuple[str, ...] = ()) -> None:
        self._fs = fs
        self._root = root
        self._prefix = join(root, "")
        self._mark = separator(root)
        self._plain: dict[str, FileStatus] = {}
        self._links: dict[str, FileFault | None] = {}
        self._others = others
        self._ground: _Ground | None = None

    def fault(self, folder: str) -> FileFault | None:
        """Why `folder` (below the root, without `..`) must not be read; None when it may, or when it is not there.

        Raises:
            OSError: the disk would not tell.
        """
        if folder in self._plain or len(folder) < len(self._prefix):
            return None
        start = len(self._prefix)
        parent = folder[: folder.rfind(self._mark)]
        if parent in self._plain:
            # The usual case, for 10,000 folders: only the last name is new.
            return self._step(folder)
        while start <= len(folder):
            end = folder.find(self._mark, start)
            end = len(folder) if end < 0 else end
            fault = self._step(folder[:end])
            if fault is not None:
                return fault
            start = end + 1
        return None

    def changed_at(self, folder: str) -> float:
        """When a name in a folder that may be read came or went last, in epoch seconds of the disk's clock."""
        status = self._plain.get(folder) or self._fs.stat(folder)
        # Programs that copy whole trees set the first one back.
        return max(status.st_mtime, status.st_ctime)

    def _step(self, path: str) -> FileFault | None:
        """Whether `path` may be entered, when everything above it may."""
        if path in self._plain:
            return None
        if path in self._links:
            return self._links[path]
        try:
            status = self._fs.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            # The listing says so, too, and knows of names that are spelled otherwise.
            return None
        if not is_link(status):
            self._plain[path] = status
            return None
        fault = self._links[path] = self._follow(path)
        return fault

    def _follow(self, link: str) -> FileFault | None:
        """Whether a link in the root leads to a place in a mapped folder, reading nothing outside of them."""
        names = [name for name in link[len(self._prefix) :].split(self._mark) if name]
        try:
            if self._ground is None:
                self._ground = _Ground(self._fs, self._root, self._others)
            return _Walk(self._fs, self._ground).fault(names)
        except OSError as error:
            fault, volume_gone = fault_of(error)
            if volume_gone:
                raise
            # A link to nothing inside: whoever opens it is told so.
            return None if fault is FileFault.FOLDER_GONE else fault


class _Ground:
    """Where links may lead: the mapped folders by their keys, and what lies above them.

    Attributes:
        plain: folders that are no links, so that a folder with a thousand links costs one way to it.
    """

    def __init__(self, fs: FileSystem, root: str, others: tuple[str, ...]) -> None:
        parsed = [parsed for text in (root, *others) if (parsed := parse_path(text)) is not None]
        self.others = {one.exact_key() for one in parsed[1:]}
        self.root_key = parsed[0].exact_key()
        self.real_root = _resolved(fs, parsed[0])
        self.real_key = self.real_root.exact_key()
        self.inside = {*self.others, self.real_key}
        self.on_the_way = {key[:length] for key in (*self.inside, self.root_key) for length in range(1, len(key))}
        self.plain: set[tuple[str, ...]] = set()

    def holds(self, key: tuple[str, ...]) -> bool:
        """Whether a place is a mapped folder or lies in one."""
        return any(key[:length] in self.inside for length in range(1, len(key) + 1))


class _Walk:
    """One way through links, name by name, as the system would go it."""

    def __init__(self, fs: FileSystem, ground: _Ground) -> None:
        self._fs = fs
        self._ground = ground
        self._here = ground.real_root

    def fault(self, names: list[str]) -> FileFault | None:
        """What stops the way along `names` from the root; raises OSError like the disk."""
        ground = self._ground
        waiting = names[::-1]
        links = 0
        while waiting:
            name = waiting.pop()
            if name == "..":
                if self._here.exact_key() in ground.others:
                    # What lies above a mapped folder that may itself be a link is not known.
                    return FileFault.LINK_OUTSIDE
                self._here = _above(self._here)
                continue
            may_read = ground.holds(self._here.exact_key())
            step = _below(self._here, name)
            key = step.exact_key()
            if key == ground.root_key:
                self._here = ground.real_root
            elif key in ground.others or key == ground.real_key or not may_read:
                # Not read: a mapped folder is one, and what lies above it only leads there.
                if not ground.holds(key) and key not in ground.on_the_way:
                    return FileFault.LINK_OUTSIDE
                self._here = step
            elif self._is_plain(step, key, is_folder=bool(waiting)):
                self._here = step
            else:
                links += 1
                if links > _MOST_LINKS:
                    return FileFault.LINK_LOOP
                target = self._fs.readlink(step.text)
                if target[:11].lower() == _MOUNTED_DISK:
                    self._here = step
                else:
                    self._here, names = _turn(self._here, target)
                    waiting += names[::-1]
        return None if ground.holds(self._here.exact_key()) else FileFault.LINK_OUTSIDE

    def _is_plain(self, step: ParsedPath, key: tuple[str, ...], *, is_folder: bool) -> bool:
        if key in self._ground.plain:
            return True
        if is_link(self._fs.lstat(step.text)):
            return False
        if is_folder:
            self._ground.plain.add(key)
        return True


def _turn(here: ParsedPath, target: str) -> tuple[ParsedPath, list[str]]:
    """Where the way of a link in `here` starts, and its names."""
    parsed = parse_path(target)
    if parsed is not None:
        return ParsedPath(parsed.kind, parsed.root, ()), list(parsed.names)
    names = re.split(r"[\\/]" if here.kind.is_windows else "/", target)
    return here, [name for name in names if name not in ("", ".")]


def _resolved(fs: FileSystem, root: ParsedPath) -> ParsedPath:
    """The root without links: a person named it, so its own way may be read."""
    here = ParsedPath(root.kind, root.root, ())
    waiting = list(root.names[::-1])
    links = 0
    while waiting:
        name = waiting.pop()
        if name == "..":
            here = _above(here)
            continue
        step = _below(here, name)
        if len(step.names) <= _shares(step) or not is_link(fs.lstat(step.text)):
            here = step
            continue
        links += 1
        if links > _MOST_LINKS:
            return root
        here, names = _turn(here, fs.readlink(step.text))
        waiting += names[::-1]
    return here


def _above(path: ParsedPath) -> ParsedPath:
    return ParsedPath(path.kind, path.root, path.names[:-1])


def _below(folder: ParsedPath, name: str) -> ParsedPath:
    return ParsedPath(folder.kind, folder.root, (*folder.names, name))


def _shares(path: ParsedPath) -> int:
    """How many names of a path are no folders: server and share."""
    return 2 if path.kind is PathKind.UNC else 0
