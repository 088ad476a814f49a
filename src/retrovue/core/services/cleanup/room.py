"""The disks behind a list: how much is free, and how much more would be."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from retrovue.core.context import AppContext
from retrovue.core.domain.cleanup.facts import Facts, Unit
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext, number
from retrovue.core.services.cleanup.going import Going, Refusal, going_files
from retrovue.core.services.files.disks import Disk, usage


@dataclass(frozen=True, slots=True)
class Left:
    """Files of a list that free nothing, by the reason."""

    why: Refusal
    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Gains:
    """What a list frees.

    Attributes:
        by_disk: path of the disk → bytes; "" for files on none that is known.
        left: what does not count, the largest first.
    """

    by_disk: dict[str, int]
    left: tuple[Left, ...]

    @property
    def total_bytes(self) -> int:
        """On all disks together."""
        return sum(self.by_disk.values())


def disks_of(host: AppContext) -> tuple[Disk, ...]:
    """The disks with mapped files, and those whose capacity was entered.

    What is read of them is not kept: it would count as a change of the catalog, after which all facts are read again.
    Thread: any but the GUI's; asks the disks for their capacity, two seconds at most.
    """
    return usage(host, keeps=False).disks


def gains_of(host: AppContext, facts: Facts, units: Sequence[Unit], token: CancelToken) -> Gains:
    """What deleting the files of these titles frees, disk by disk, and what of them frees nothing.

    Thread: any but the GUI's: it looks at every file.

    Raises:
        Cancelled: asked to stop.
    """
    return gains_in(going_files(host, facts, units, token))


def gains_in(going: Going) -> Gains:
    """The same of files that were looked at already."""
    left: dict[Refusal, list[int]] = defaultdict(lambda: [0, 0])
    for one in going.files:
        if one.refusal is not None:
            left[one.refusal][0] += 1
            left[one.refusal][1] += one.file.size_bytes
    lines = [Left(why, files, size_bytes) for why, (files, size_bytes) in left.items()]
    lines.sort(key=lambda one: (-one.size_bytes, one.why))
    return Gains({one.path: one.gain_bytes for one in going.disks}, tuple(lines))


def left_text(left: Left, size: str) -> str:
    """Why some files free nothing, in a phrase."""
    words = ngettext("{n} file, {size}: {why}", "{n} files, {size}: {why}", left.files)
    return words.format(n=number(left.files), size=size, why=left.why.user_text)


def would_have(path: str, *, before: int, gain: int, size: Callable[[int], str]) -> str:
    """What a disk would have, and where that reads the same as what it has, what is freed there.

    Args:
        before, gain: bytes that are free now, and that would be besides.
        size: writes bytes as this person reads them.
    """
    now, then = size(before), size(before + gain)
    if now == then:
        return _("Frees {size} on {disk}").format(size=size(gain), disk=path)
    return _("{disk} would have {after} free instead of {before}").format(disk=path, after=then, before=now)
