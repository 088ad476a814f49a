"""Sorting the files of a check: by volume, root and folder; what cannot be looked at is answered at once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_syntax import native, parse_path
from retrovue.core.services.looking.model import FileFault, FileResult, FileToCheck, RootMark
from retrovue.core.system.filesystem import join, separator, split
from retrovue.core.system.volumes import Volume, VolumeKind, volume_of

Folder = tuple[str, list[tuple[str, FileToCheck]]]
"""A folder's path and the files wanted of it, each with its name."""


@dataclass(slots=True)
class RootPlan:
    """The folders to look at under a root, in the order in which a mark can stand between them.

    Attributes:
        root: as the rule writes it.
        top: the same as the system takes it.
    """

    root: str
    top: str
    mark: RootMark
    folders: list[Folder]
    total: int
    is_mounted: bool = True
    unmounted_below: tuple[str, ...] = ()


@dataclass(slots=True)
class VolumePlan:
    """Roots that share a disk, one after the other."""

    kind: VolumeKind
    roots: list[RootPlan] = field(default_factory=list)


@dataclass(slots=True)
class CheckPlan:
    """Everything a check will do, and what it already knows."""

    volumes: list[VolumePlan]
    answered: list[FileResult]
    total: int


def make_plan(files: Iterable[FileToCheck], volumes: Sequence[Volume], marks: dict[str, RootMark]) -> CheckPlan:
    """Sort the files. Looks at no disk."""
    by_root, answered, total = _sort(files)
    mounted = [volume for volume in volumes if volume.is_mounted]
    plans: dict[str, VolumePlan] = {}
    for root in sorted(by_root):
        top = native(root)
        volume = volume_of(top, volumes)
        key = volume.path if volume else root
        kind = volume.kind if volume else VolumeKind.LOCAL
        plan = plans.setdefault(key, VolumePlan(kind))
        plan.roots.append(
            _root_plan(root, by_root[root], marks.get(root), is_mounted=volume is None or volume.is_mounted)
        )
        plan.roots[-1].unmounted_below = tuple(
            one.path for one in volumes if one not in mounted and _is_inside(top, one.path)
        )
    return CheckPlan(list(plans.values()), answered, total)


_ByFolder = dict[str, list[tuple[str, FileToCheck]]]


def _sort(files: Iterable[FileToCheck]) -> tuple[dict[str, _ByFolder], list[FileResult], int]:
    """The files by root and folder, what is known of the others without a look, and how many all are.

    Runs once for each of 100,000 files, most of which share their root with the one before.
    """
    by_root: dict[str, _ByFolder] = {}
    answered: list[FileResult] = []
    total = 0
    last_root: str | None = None
    top = prefix = mark = ""
    folders: _ByFolder = {}
    for file in files:
        total += 1
        path, root = file[1], file[3]
        if path is None or root is None:
            answered.append(FileResult(file[0], FileState.UNMAPPED, None, FileFault.NO_LOCAL_PATH))
            continue
        if root != last_root:
            last_root, top = root, native(root)
            prefix, mark = join(top, ""), separator(top)
            folders = by_root.setdefault(root, {})
        if not path.isascii():
            path = native(path)
        if path.startswith(prefix) and ".." not in path and "\0" not in path:
            folder, _mark, name = path.rpartition(mark)
            if len(folder) < len(prefix):
                folder = top
        elif "\0" in path or not _is_inside(top, path):
            fault = FileFault.BAD_PATH if "\0" in path else FileFault.OUTSIDE_ROOT
            answered.append(FileResult(file[0], FileState.UNMAPPED, None, fault))
            continue
        else:
            folder, name = split(path)
        known = folders.get(folder)
        if known is None:
            folders[folder] = [(name, file)]
        else:
            known.append((name, file))
    return {root: folders for root, folders in by_root.items() if folders}, answered, total


def _root_plan(
    root: str, by_folder: dict[str, list[tuple[str, FileToCheck]]], mark: RootMark | None, *, is_mounted: bool
) -> RootPlan:
    mark = mark or RootMark(counts=Counter())
    folders = sorted(by_folder.items())
    total = sum(len(files) for _folder, files in folders)
    left = [entry for entry in folders if entry[0] > mark.folder] if mark.folder else folders
    return RootPlan(root, native(root), mark, left, total, is_mounted)


def _is_inside(root: str, path: str) -> bool:
    """Whether `path` lies under `root` by its components, without any `..`."""
    if path.startswith(join(root, "")) and ".." not in path:
        return True
    parsed_root, parsed = parse_path(root), parse_path(path)
    if parsed_root is None or parsed is None or ".." in parsed.names:
        return False
    root_key = parsed_root.exact_key()
    key = parsed.exact_key()
    return len(key) > len(root_key) and key[: len(root_key)] == root_key


def batches(plan: RootPlan, size: int) -> Iterator[list[Folder]]:
    """The folders of a root, `size` at a time."""
    for start in range(0, len(plan.folders), size):
        yield plan.folders[start : start + size]


def is_below_any(path: str, folders: Sequence[str]) -> bool:
    """Whether `path` is one of `folders` or lies in one."""
    return any(path == folder or _is_inside(folder, path) for folder in folders)
