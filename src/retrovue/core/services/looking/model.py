"""What a file check is asked and what it answers."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from retrovue.core.domain.media import FileState, FileToCheck
from retrovue.core.i18n import ngettext
from retrovue.core.services.looking.faults import FileFault
from retrovue.core.system.volumes import VolumeKind

__all__ = [
    "CheckMark",
    "CheckOptions",
    "CheckProgress",
    "CheckSummary",
    "FileFault",
    "FileResult",
    "FileToCheck",
    "RootMark",
    "RootSummary",
]


class FileResult(NamedTuple):
    """What is known of a file now.

    Attributes:
        disk_size_bytes: of the file on disk, when it was found and its size was read.
        fault: the reason behind the state; None when the state says it all.
        actual_path: where the file is spelled otherwise on disk than in the mapped path (accents written in
            another way): the path that opens.
    """

    media_file_id: int
    state: FileState
    disk_size_bytes: int | None = None
    fault: FileFault | None = None
    actual_path: str | None = None


class RootSummary(NamedTuple):
    """The files under a mapped root.

    Attributes:
        problem: what is wrong with the root as a whole; then its lost files are unreachable, not missing.
        lost: files that an earlier check saw and this one did not.
    """

    root: str
    counts: dict[FileState, int]
    problem: FileFault | None = None
    lost: int = 0

    @property
    def checked(self) -> int:
        """Files that were looked for."""
        return sum(self.counts.values())

    @property
    def user_text(self) -> str:
        """One translated sentence about the root's problem; empty without one."""
        if self.problem is None:
            return ""
        if self.problem is not FileFault.MANY_LOST:
            return f"{self.root}: {self.problem.user_text}"
        text = ngettext(
            "{root}: {count} file disappeared. Its disk may have a problem; nothing was marked missing.",
            "{root}: {count} files disappeared at once. Their disk may have a problem; nothing was marked missing.",
            self.lost,
        )
        return text.format(root=self.root, count=self.lost)


class CheckSummary(NamedTuple):
    """The outcome of a whole check; `roots` are sorted by path."""

    roots: list[RootSummary]
    counts: dict[FileState, int]

    @property
    def checked(self) -> int:
        """Files that were looked for, mapped or not."""
        return sum(self.counts.values())


class CheckProgress(NamedTuple):
    """How far a check is, in files."""

    done: int
    total: int
    root: str


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """Limits of a check.

    Attributes:
        look_timeout_s: a folder that takes longer makes its whole volume unreachable.
        lost_share, lost_minimum: a root that lost a greater share of the files it had, and at least so many,
            has a problem; its files are not missing.
        accepted_losses: roots of which a person said that the files are really gone.
        mapped_folders: further folders to which links inside a root may lead; the roots of the check always are.
        only_changes: files that were found with the right size before and are as they were are counted, not told.
        sizes_since: epoch seconds; in folders that did not change since, sizes that were right before are not compared
            again. None compares the size of every file.
        folders_per_batch: folders that are looked at between two marks.
    """

    look_timeout_s: float = 10.0
    lost_share: float = 0.2
    lost_minimum: int = 2
    accepted_losses: frozenset[str] = frozenset()
    mapped_folders: frozenset[str] = frozenset()
    only_changes: bool = False
    sizes_since: float | None = None
    folders_per_batch: int = 64
    parallel: Mapping[VolumeKind, int] = field(
        # Disks with a moving head get slower with every second reader; shares wait for answers.
        default_factory=lambda: {
            VolumeKind.LOCAL: 2,
            VolumeKind.REMOVABLE: 1,
            VolumeKind.NETWORK: 4,
            VolumeKind.FUSE: 4,
        }
    )


@dataclass(slots=True)
class RootMark:
    """How far a root was checked: the last folder that is done, and what is known of those before it.

    `held` are files not found so far; whether they are missing is decided when the whole root was seen.
    """

    folder: str = ""
    counts: Counter[FileState] = field(default_factory=Counter)
    had: int = 0
    held: list[tuple[FileResult, bool]] = field(default_factory=list)
    closed: bool = False
    problem: FileFault | None = None
    lost: int = 0


class CheckMark:
    """A place to resume at, for all roots of a check. It is text outside: `dump` and `load`."""

    def __init__(self, roots: dict[str, RootMark] | None = None) -> None:
        self.roots = roots or {}

    def dump(self) -> str:
        """As text to be stored."""
        return json.dumps(
            {
                root: {
                    "folder": mark.folder,
                    "counts": {state.value: count for state, count in mark.counts.items()},
                    "had": mark.had,
                    "closed": mark.closed,
                    "problem": mark.problem.value if mark.problem else None,
                    "lost": mark.lost,
                    "held": [
                        [result.media_file_id, result.fault.value if result.fault else None, had]
                        for result, had in mark.held
                    ],
                }
                for root, mark in self.roots.items()
            }
        )

    @classmethod
    def load(cls, text: str) -> "CheckMark":
        """From what `dump` gave; a text of another version is a fresh start."""
        try:
            return cls({root: _load_root(stored) for root, stored in json.loads(text).items()})
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls()


def _load_root(stored: dict[str, object]) -> RootMark:
    counts, held = stored["counts"], stored["held"]
    if not isinstance(counts, dict) or not isinstance(held, list):
        raise TypeError("not a mark")
    return RootMark(
        folder=str(stored["folder"]),
        counts=Counter({FileState(state): int(count) for state, count in counts.items()}),
        had=int(str(stored["had"])),
        closed=stored["closed"] is True,
        problem=FileFault(str(stored["problem"])) if stored["problem"] else None,
        lost=int(str(stored["lost"])),
        held=[
            (FileResult(int(file_id), FileState.MISSING, None, FileFault(fault) if fault else None), bool(had))
            for file_id, fault, had in held
        ],
    )
