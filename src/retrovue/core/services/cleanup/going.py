"""The files of a list: which of them free space on which disk, and which do not, and why. Looks at the disks."""

import stat
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from retrovue.core.context import AppContext
from retrovue.core.domain.cleanup.facts import Facts, FileFact, LaterUnits, Unit
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.files.local_files import LocalFiles
from retrovue.core.system.filesystem import FileStatus, FileSystem, is_link
from retrovue.core.system.looks import Looker
from retrovue.core.system.volumes import Volume, volume_of

_LOOK_TIMEOUT_S = 2.0
_MOST_TIMEOUTS = 3
"""After so many looks without an answer no disk is asked any more: what cannot be seen is not counted."""


class Refusal(StrEnum):
    """Why a file of a candidate frees nothing, or nobody can tell."""

    UNMAPPED = "unmapped"
    IN_USE = "in_use"
    UNREACHABLE = "unreachable"
    MISSING = "missing"
    LINK = "link"
    HARD_LINK = "hard_link"
    NOT_A_FILE = "not_a_file"

    @property
    def user_text(self) -> str:
        """The reason, for people."""
        return {
            Refusal.UNMAPPED: _("no rule maps it to this computer"),
            Refusal.IN_USE: _("something that stays uses it too"),
            Refusal.UNREACHABLE: _("its disk cannot be reached"),
            Refusal.MISSING: _("it is not there"),
            Refusal.LINK: _("it is a link to another file"),
            Refusal.HARD_LINK: _("it has another name on its disk (hard link)"),
            Refusal.NOT_A_FILE: _("it is a folder"),
        }[self]


@dataclass(frozen=True, slots=True)
class GoingFile:
    """A file of a candidate, once, with the first title that it belongs to. `refusal` None: deleting it frees space."""

    unit: Unit
    file: FileFact
    refusal: Refusal | None
    disk: str | None


@dataclass(frozen=True, slots=True)
class DiskGain:
    """What a list frees on a disk. `free_bytes`: now; None: not known."""

    path: str
    gain_bytes: int
    free_bytes: int | None


@dataclass(frozen=True, slots=True)
class Going:
    """All files of a list, each once."""

    files: tuple[GoingFile, ...]
    disks: tuple[DiskGain, ...]

    @property
    def gain_bytes(self) -> int:
        """What all of it frees."""
        return sum(disk.gain_bytes for disk in self.disks)


def going_files(host: AppContext, facts: Facts, units: Sequence[Unit], token: CancelToken | None = None) -> Going:
    """Look at every file of these titles.

    Thread: any but the GUI's; a disk that does not answer delays it by seconds.

    Raises:
        Cancelled: asked to stop.
    """
    token = token or CancelToken()
    volumes = [one for one in host.volume_provider.volumes() if one.is_mounted]
    local = LocalFiles(volumes)

    def key_of(file: FileFact) -> Hashable:
        return file.key if file.local_path is None else local.key(file.local_path)

    staying = _staying(facts, units, key_of)
    seen: set[Hashable] = set()
    files: list[GoingFile] = []
    with Looker() as looker:
        disks = _Disks(host.file_system, looker, token)
        for unit in units:
            for file in unit.files:
                key = key_of(file)
                if key in seen:
                    continue
                seen.add(key)
                token.raise_if_cancelled()
                refusal = Refusal.IN_USE if key in staying else disks.refusal(file)
                volume = None if file.local_path is None else volume_of(file.local_path, volumes)
                files.append(GoingFile(unit, file, refusal, None if volume is None else volume.path))
    return Going(tuple(files), _gains(files, volumes))


def _staying(facts: Facts, units: Sequence[Unit], key_of: Callable[[FileFact], Hashable]) -> set[Hashable]:
    going = {id(leaf) for unit in units for leaf in (unit.members or (unit,))}
    return {key_of(file) for everything in (facts.movies, facts.episodes) for file in _files_beside(everything, going)}


def _files_beside(units: Sequence[Unit], going: set[int]) -> Iterator[FileFact]:
    if isinstance(units, LaterUnits):
        return units.files_beside(going)
    return (file for unit in units if id(unit) not in going for file in unit.files)


def _gains(files: Sequence[GoingFile], volumes: Sequence[Volume]) -> tuple[DiskGain, ...]:
    gains: dict[str, int] = defaultdict(int)
    for one in files:
        if one.refusal is None:
            gains[one.disk or ""] += one.file.size_bytes
    free = {volume.path: volume.free_bytes for volume in volumes}
    return tuple(DiskGain(path, gain, free.get(path)) for path, gain in sorted(gains.items()))


class _Disks:
    def __init__(self, fs: FileSystem, looker: Looker, token: CancelToken) -> None:
        self._fs = fs
        self._looker = looker
        self._token = token
        self._timeouts = 0

    def refusal(self, file: FileFact) -> Refusal | None:
        """Why a file frees nothing, by what its disk says of it."""
        if file.local_path is None:
            return Refusal.UNMAPPED
        if self._timeouts >= _MOST_TIMEOUTS:
            return Refusal.UNREACHABLE
        try:
            look = partial(self._fs.lstat, file.local_path)
            status: FileStatus = self._looker.look(look, _LOOK_TIMEOUT_S, self._token)
        except TimeoutError:
            self._timeouts += 1
            return Refusal.UNREACHABLE
        except FileNotFoundError:
            return Refusal.MISSING
        except (OSError, ValueError):
            return Refusal.UNREACHABLE
        if is_link(status):
            return Refusal.LINK
        if not stat.S_ISREG(status.st_mode):
            return Refusal.NOT_A_FILE
        # Deleting one of two names of a file frees nothing. Disks that count no names say 0 or 1.
        return Refusal.HARD_LINK if getattr(status, "st_nlink", 1) > 1 else None
