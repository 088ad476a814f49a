"""The disks that hold mapped files: how full they are, and what of it the catalog knows."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_syntax import ParsedPath, PathKind, parse_path, path_kind, storable
from retrovue.core.i18n import _
from retrovue.core.services.files.local_files import LocalFiles, same_file_key
from retrovue.core.storage.disks import StoredVolume
from retrovue.core.storage.values import is_path
from retrovue.core.system.filesystem import split
from retrovue.core.system.volumes import Volume, VolumeKind, volume_of, with_space


class CapacitySource(StrEnum):
    """Where the capacity of a disk comes from. `remembered`: read while it could last be reached."""

    READ = "read"
    REMEMBERED = "remembered"
    MANUAL = "manual"
    UNKNOWN = "unknown"


class Fullness(StrEnum):
    """How much room is left, as a person takes it."""

    FINE = "fine"
    FILLING = "filling"
    ALMOST_FULL = "almost_full"
    UNKNOWN = "unknown"


_FILLING = 0.15
_ALMOST_FULL = 0.05
"""Shares of the disk that are free."""


@dataclass(frozen=True, slots=True)
class LibraryUse:
    """What the files of a library take on a disk; a file of two libraries is in both."""

    server: str
    library: str
    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class DiskPart:
    """The files on a disk that exactly these libraries list, so that the parts of a disk add up to it.

    Attributes:
        libraries: (server, library); empty for files that no library lists any more.
    """

    libraries: tuple[tuple[str, str], ...]
    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Disk:
    """A volume with mapped files, or one whose capacity a person typed in.

    Attributes:
        at: when the capacity was read or typed in; None when it is not known.
        files, used_bytes: cataloged files; one that two servers reach counts once.
        libraries: a file of two libraries is in both.
        parts: the same files, each once, the largest part first.
    """

    path: str
    label: str
    kind: VolumeKind | None
    is_mounted: bool
    total_bytes: int | None
    free_bytes: int | None
    source: CapacitySource
    at: datetime | None
    files: int
    used_bytes: int
    libraries: tuple[LibraryUse, ...]
    parts: tuple[DiskPart, ...] = ()

    @property
    def other_bytes(self) -> int | None:
        """What is on the disk besides the cataloged files; None while its capacity is not known."""
        if self.total_bytes is None or self.free_bytes is None:
            return None
        return max(0, self.total_bytes - self.free_bytes - self.used_bytes)

    @property
    def fullness(self) -> Fullness:
        """How much room is left."""
        if not self.total_bytes or self.free_bytes is None:
            return Fullness.UNKNOWN
        share = self.free_bytes / self.total_bytes
        if share < _ALMOST_FULL:
            return Fullness.ALMOST_FULL
        return Fullness.FILLING if share < _FILLING else Fullness.FINE


@dataclass(frozen=True, slots=True)
class DiskReport:
    """All disks by path, and the cataloged files on all of them together."""

    disks: tuple[Disk, ...]
    files: int
    used_bytes: int


@dataclass(slots=True)
class _Use:
    """Files of a disk by what makes them one file, each with its size and the libraries that list it."""

    files: dict[Hashable, int] = field(default_factory=dict)
    libraries: dict[Hashable, tuple[int, ...]] = field(default_factory=dict)

    def take(self, key: Hashable, size_bytes: int, libraries: tuple[int, ...]) -> None:
        """Count a file; the same one again only adds the libraries that list it."""
        self.files.setdefault(key, size_bytes)
        known = self.libraries.get(key)
        self.libraries[key] = libraries if known is None else tuple(sorted({*known, *libraries}))


def usage(host: AppContext, *, keeps: bool = True) -> DiskReport:
    """How full the disks are and what the catalog keeps on them; files known to be missing take no room.

    What is read of them is kept for the time when they cannot be reached, unless `keeps` is False.

    Thread: any but the GUI's; asks the disks for their capacity, two seconds at most, and as long those not listed.
    """
    volumes = host.volume_provider.volumes()
    stored = {one.path: one for one in host.disks.volumes()}
    uses = _add_up(host, volumes, list(stored.values()))
    typed_in = [path for path, one in stored.items() if one.manual_at is not None]
    mounted = {volume.path: volume for volume in volumes}
    mounted |= {one.path: one for one in _unlisted(path for path in uses if path not in {*mounted, *typed_in})}
    seen = [mounted[path] for path in uses if path in mounted and mounted[path].is_mounted]
    now = host.clock.epoch()
    if keeps:
        host.disks.store_read([(one.path, one.label, one.total_bytes, one.free_bytes) for one in seen], now=now)
    names = {library.id: (library.server_name, library.name) for library in host.libraries.all()}
    disks = [
        _disk(path, mounted.get(path), stored.get(path), uses.get(path, _Use()), names, now)
        for path in sorted({*uses, *typed_in})
    ]
    files = {key: size for use in uses.values() for key, size in use.files.items()}
    return DiskReport(tuple(disks), len(files), sum(files.values()))


def _add_up(host: AppContext, volumes: Sequence[Volume], stored: Sequence[StoredVolume]) -> dict[str, _Use]:
    known = {volume.path for volume in volumes}
    away = [Volume(one.path, VolumeKind.LOCAL, is_mounted=False) for one in stored if one.path not in known]
    typed_in = {one.path for one in stored if one.manual_at is not None}
    # A file that was found is on a disk that is there, whatever was once mounted at its place.
    here = [*volumes, *(one for one in away if one.path in typed_in)]
    everywhere = [*volumes, *away]
    libraries = host.disks.libraries_of_files()
    folders: dict[tuple[str, bool], str] = {}
    uses: dict[str, _Use] = {}
    local = LocalFiles(volumes)
    for row in host.disks.mapped_files():
        local_path = local.once(row.local_path)
        is_found = row.state in (FileState.FOUND, FileState.SIZE_DIFFERS)
        place = (split(local_path)[0], is_found)
        path = folders.get(place)
        if path is None:
            volume = volume_of(local_path, here if is_found else everywhere)
            path = folders[place] = _outer_folder(local_path) if volume is None else volume.path
        use = uses.setdefault(path, _Use())
        use.take(same_file_key(local_path), row.size_bytes, libraries.get(row.media_file_id, ()))
    return uses


def _unlisted(paths: Iterable[str]) -> list[Volume]:
    """Disks that answer although no table of mounts has them: the root in a chroot, a share without a drive letter."""
    kinds = {path: VolumeKind.NETWORK if path_kind(path) is PathKind.UNC else VolumeKind.LOCAL for path in paths}
    asked = with_space([Volume(path, kind) for path, kind in kinds.items()])
    return [one for one in asked if one.total_bytes is not None]


def _outer_folder(path: str) -> str:
    """The drive, share or server that a path names, for one that is on no disk of this computer."""
    parsed = parse_path(path)
    if parsed is None:
        return path
    names = parsed.names[:2] if parsed.kind is PathKind.UNC else ()
    return ParsedPath(parsed.kind, parsed.root, names).text


def _disk(
    path: str,
    volume: Volume | None,
    stored: StoredVolume | None,
    use: _Use,
    names: dict[int, tuple[str, str]],
    now: int,
) -> Disk:
    libraries, parts = _by_library(use, names)
    label = (volume.label if volume else "") or (stored.label if stored else "") or ""
    disk = Disk(
        path=path,
        label=label,
        kind=volume.kind if volume else None,
        is_mounted=volume is not None and volume.is_mounted,
        total_bytes=None,
        free_bytes=None,
        source=CapacitySource.UNKNOWN,
        at=None,
        files=len(use.files),
        used_bytes=sum(use.files.values()),
        libraries=libraries,
        parts=parts,
    )
    return _with_capacity(disk, volume, stored, now)


def _by_library(use: _Use, names: dict[int, tuple[str, str]]) -> tuple[tuple[LibraryUse, ...], tuple[DiskPart, ...]]:
    """What each library takes, and the parts in which every file is once; the largest first."""
    sizes: dict[tuple[int, ...], list[int]] = defaultdict(lambda: [0, 0])
    for key, size_bytes in use.files.items():
        counted = sizes[use.libraries[key]]
        counted[0] += 1
        counted[1] += size_bytes
    wholes: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for ids, (files, size_bytes) in sizes.items():
        for library_id in ids:
            wholes[library_id][0] += files
            wholes[library_id][1] += size_bytes
    libraries = [LibraryUse(*names.get(one, ("", "")), files, size) for one, (files, size) in wholes.items()]
    parts = [
        DiskPart(tuple(sorted(names.get(one, ("", "")) for one in ids)), files, size)
        for ids, (files, size) in sizes.items()
    ]
    return (
        tuple(sorted(libraries, key=lambda one: (-one.size_bytes, one.server, one.library))),
        tuple(sorted(parts, key=lambda one: (-one.size_bytes, one.libraries))),
    )


def _with_capacity(disk: Disk, volume: Volume | None, stored: StoredVolume | None, now: int) -> Disk:
    """The capacity as it is now; else the newer of what was read last and what a person typed in."""
    if volume is not None and volume.is_mounted and volume.total_bytes is not None:
        return _capacity(disk, CapacitySource.READ, volume.total_bytes, volume.free_bytes, now)
    if stored is None:
        return disk
    if stored.manual_at is not None and stored.manual_at >= (stored.read_at or 0):
        total, free = stored.manual_total_bytes, stored.manual_free_bytes
        return _capacity(disk, CapacitySource.MANUAL, total, free, stored.manual_at)
    if stored.read_at is None:
        return disk
    return _capacity(disk, CapacitySource.REMEMBERED, stored.total_bytes, stored.free_bytes, stored.read_at)


def _capacity(disk: Disk, source: CapacitySource, total: int | None, free: int | None, at: int) -> Disk:
    return replace(disk, total_bytes=total, free_bytes=free, source=source, at=datetime.fromtimestamp(at, UTC))


@dataclass(frozen=True, slots=True)
class TypedCapacity:
    """What a person said of a disk, for taking a change back; all None: nothing."""

    path: str
    total_bytes: int | None = None
    free_bytes: int | None = None
    at: datetime | None = None


def set_capacity(host: AppContext, path: str, *, total_bytes: int | None, free_bytes: int | None) -> TypedCapacity:
    """Keep what a person knows of a disk that cannot be reached, with today's date; None for both takes it back.

    Returns:
        What was kept before; `restore_capacity` brings it back.

    Raises:
        ConfigError: not a full path, or numbers that cannot be.
    """
    parsed = parse_path(path)
    if parsed is None or ".." in parsed.names or "\0" in path:
        raise ConfigError(
            _("“{path}” is not a full path.").format(path=path),
            hint=_("Give the drive, share or folder where the disk is mounted."),
        )
    text = storable(parsed.text)
    if not is_path(text):
        raise ConfigError(
            _("The path is too long."), hint=_("Give the drive, share or folder where the disk is mounted.")
        )
    if (total_bytes is not None and total_bytes < 0) or (free_bytes is not None and free_bytes < 0):
        raise ConfigError(_("A size cannot be negative."))
    if total_bytes is not None and free_bytes is not None and free_bytes > total_bytes:
        raise ConfigError(_("Free space is larger than the total."), hint=_("Check both numbers."))
    before = typed_capacity(host, text)
    host.disks.set_manual(text, total_bytes=total_bytes, free_bytes=free_bytes, now=host.clock.epoch())
    return before


def typed_capacity(host: AppContext, path: str) -> TypedCapacity:
    """What a person said of a disk; all None where nobody did."""
    for one in host.disks.volumes():
        if one.path == path and one.manual_at is not None:
            at = datetime.fromtimestamp(one.manual_at, UTC)
            return TypedCapacity(path, one.manual_total_bytes, one.manual_free_bytes, at)
    return TypedCapacity(path)


def restore_capacity(host: AppContext, before: TypedCapacity) -> None:
    """Put back what was kept before a change, with its date."""
    now = host.clock.epoch() if before.at is None else int(before.at.timestamp())
    host.disks.set_manual(before.path, total_bytes=before.total_bytes, free_bytes=before.free_bytes, now=now)
