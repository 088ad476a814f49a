"""The files of one folder, told from one listing of it."""

import stat
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_syntax import fold_case, nfc, spelling
from retrovue.core.services.looking.faults import FileFault, fault_of
from retrovue.core.services.looking.fence import Fence
from retrovue.core.services.looking.model import FileResult, FileToCheck
from retrovue.core.system.filesystem import FileStatus, FileSystem, FolderEntry, join, separator

Wanted = tuple[str, FileToCheck]
"""Name in the folder, and the file."""


class FolderAnswer(NamedTuple):
    """What a folder told of its files.

    Attributes:
        results: in the order in which the files were wanted, without the `same`.
        files: what each result is of.
        volume_fault: set when the whole disk has stopped answering.
        same: how many files were found with the right size before and are as they were, and are not in `results`.
    """

    results: list[FileResult]
    files: Sequence[FileToCheck]
    volume_fault: FileFault | None = None
    same: int = 0


_MISSING_FAULTS = (FileFault.FOLDER_GONE, FileFault.TOO_LONG, FileFault.BROKEN_LINK)


def check_folder(fs: FileSystem, root: str, folder: str, wanted: Sequence[Wanted]) -> FolderAnswer:
    """The states of a few files of `folder`, by one listing. Blocks as long as the disk does. Never raises."""
    return FolderLook(fs, root).check(folder, wanted)


class FolderLook:
    """Looks into the folders of one root. Thread: any; several may look at once.

    Args:
        root: nothing outside of it is read, nor outside of `others`, further mapped folders.
        only_changes: files that are as they were are counted only.
        sizes_since: in folders that did not change since (by their disk's clock, epoch seconds), sizes that were right
            before are not compared again: on a share, each would be one more question to it. None compares all.
    """

    def __init__(
        self,
        fs: FileSystem,
        root: str,
        *,
        others: tuple[str, ...] = (),
        only_changes: bool = False,
        sizes_since: float | None = None,
    ) -> None:
        self._fs = fs
        self._root = root
        self._others = others
        self._fence = Fence(fs, root, others)
        self._only_changes = only_changes
        self._sizes_since = sizes_since

    def check(self, folder: str, wanted: Sequence[Wanted]) -> FolderAnswer:
        """The states of `wanted` files of `folder`, by one listing. Blocks as long as the disk does. Never raises.

        A name is compared as it is written first; accents written in another way are the same file (its
        `actual_path` is given), letter case only where the system says so.
        """
        fault: FileFault | None
        try:
            fault = self._fence.fault(folder)
            if fault is not None:
                return _none(wanted, fault)
            is_quiet = self._sizes_since is not None and self._fence.changed_at(folder) < self._sizes_since
            entries = {entry.name: entry for entry in self._fs.scan(folder)}
        except OSError as error:
            fault, volume_gone = fault_of(error)
            if fault is FileFault.FOLDER_GONE and (other := self._other_spelling(folder)) is not None:
                # Whole results: each file gets the path that opens it.
                whole = FolderLook(self._fs, self._root, others=self._others)
                return _respelled(whole.check(other, wanted), other)
            return _none(wanted, fault, is_volume=volume_gone)
        except ValueError:
            return _none(wanted, FileFault.BAD_PATH)
        return self._compare_all(folder, wanted, entries, is_quiet=is_quiet)

    def _compare_all(
        self, folder: str, wanted: Sequence[Wanted], entries: dict[str, FolderEntry], *, is_quiet: bool
    ) -> FolderAnswer:
        same = 0
        results: list[FileResult] = []
        files: list[FileToCheck] = []
        loose: dict[str, FolderEntry] | None = None
        only_changes = self._only_changes
        # This runs once for each of 100,000 files: what most of them are comes first, and without a call.
        for name, file in wanted:
            entry = entries.get(name)
            if entry is None:
                if loose is None:
                    loose = _by_loose_name(entries)
                results.append(self._nearly(folder, name, file, loose.get(_loose(name))))
                files.append(file)
                continue
            size_bytes, known_bytes = file[2], file[6]
            is_known = (
                only_changes
                and known_bytes is not None
                and (size_bytes == known_bytes or size_bytes is None)
                and file[4] == _FOUND
            )
            try:
                if entry.is_symlink():
                    results.append(self._linked(folder, file, entry))
                elif is_known and (is_quiet or entry.stat().st_size == known_bytes):
                    same += 1
                    continue
                else:
                    results.append(_compare(file, entry.stat()))
            except OSError as error:
                results.append(_lost(file, error, is_link=False))
            files.append(file)
        return FolderAnswer(results, files, None, same)

    def _linked(self, folder: str, file: FileToCheck, entry: FolderEntry) -> FileResult:
        """A file that is a link: it counts where it leads to a file in a mapped folder."""
        try:
            fault = self._fence.fault(join(folder, entry.name))
            if fault is not None:
                return _none([("", file)], fault).results[0]
            return _compare(file, entry.stat())
        except OSError as error:
            return _lost(file, error, is_link=True)

    def _found(self, folder: str, file: FileToCheck, entry: FolderEntry) -> FileResult:
        if entry.is_symlink():
            return self._linked(folder, file, entry)
        try:
            return _compare(file, entry.stat())
        except OSError as error:
            return _lost(file, error, is_link=False)

    def _nearly(self, folder: str, name: str, file: FileToCheck, entry: FolderEntry | None) -> FileResult:
        """A name that the listing does not hold as it is written."""
        if entry is None:
            return FileResult(file.media_file_id, FileState.MISSING)
        if self._fs.ignores_case and fold_case(nfc(entry.name)) == fold_case(nfc(name)):
            return self._found(folder, file, entry)
        path = join(folder, name)
        try:
            if entry.is_symlink() and (way_out := self._fence.fault(path)) is not None:
                return _none([("", file)], way_out).results[0]
            # Only the disk knows which spellings it takes for one name: shares and Macs ignore case, too.
            return _compare(file, self._fs.stat(path))
        except OSError as error:
            fault, _volume_gone = fault_of(error)
            if fault is not FileFault.FOLDER_GONE:
                return _lost(file, error, is_link=False)
        if spelling(entry.name) == spelling(name):
            return _with_path(self._found(folder, file, entry), join(folder, entry.name), name)
        return FileResult(file.media_file_id, FileState.MISSING, None, FileFault.OTHER_CASE)

    def _other_spelling(self, folder: str) -> str | None:
        """`folder` as the disk spells it, when only accents are written in another way; None when it is not there.

        Reads only folders from the root down.
        """
        rest = folder[len(self._root) :]
        if rest.isascii():
            return None
        actual = self._root
        for name in rest.split(separator(self._root)):
            if not name:
                continue
            try:
                if self._fence.fault(actual) is not None:
                    return None
                names = [entry.name for entry in self._fs.scan(actual)]
            except OSError:
                # Whatever stops this look stopped the first one: the folder stays gone.
                return None
            if name not in names:
                twins = [other for other in names if spelling(other) == spelling(name)]
                if len(twins) != 1:
                    return None
                name = twins[0]
            actual = join(actual, name)
        return None if actual == folder else actual


_FOUND = FileState.FOUND.value
_FOUND_STATE = FileState.FOUND
_SEEN = (FileState.FOUND, FileState.SIZE_DIFFERS)


def _loose(name: str) -> str:
    return spelling(name).casefold()


def _by_loose_name(entries: Mapping[str, FolderEntry]) -> dict[str, FolderEntry]:
    """What a name may mean that is not there as it is written. Of several names that are no text, none can be told."""
    found: dict[str, FolderEntry] = {}
    several = set()
    for name, entry in entries.items():
        key = _loose(name)
        if key in found and "\ufffd" in key:
            several.add(key)
        found[key] = entry
    return {key: entry for key, entry in found.items() if key not in several}


def _none(wanted: Iterable[Wanted], fault: FileFault, *, is_volume: bool = False) -> FolderAnswer:
    """The answer when a fault is all that is known of the files."""
    if fault is FileFault.BAD_PATH:
        state = FileState.UNMAPPED
    else:
        state = FileState.MISSING if fault in _MISSING_FAULTS else FileState.UNREACHABLE
    files = [file for _name, file in wanted]
    results = [FileResult(file.media_file_id, state, None, fault) for file in files]
    return FolderAnswer(results, files, fault if is_volume else None)


def _lost(file: FileToCheck, error: OSError, *, is_link: bool) -> FileResult:
    fault, _volume_gone = fault_of(error)
    if fault is FileFault.FOLDER_GONE:
        # Listed a moment ago: either a link to nothing, or the file vanished in between.
        return FileResult(file.media_file_id, FileState.MISSING, None, FileFault.BROKEN_LINK if is_link else None)
    return _none([("", file)], fault).results[0]


def _compare(file: FileToCheck, status: FileStatus) -> FileResult:
    size_bytes = status.st_size
    # A disc image that is a folder (BDMV, VIDEO_TS) is one item whose size is not that of the folder.
    if status.st_mode & 0o170000 == stat.S_IFDIR:
        return FileResult(file[0], _FOUND_STATE)
    if file[2] is None or file[2] == size_bytes:
        return FileResult(file[0], _FOUND_STATE, size_bytes)
    return FileResult(file[0], FileState.SIZE_DIFFERS, size_bytes)


def _with_path(result: FileResult, actual_path: str, wanted: str) -> FileResult:
    """A file that is there, with the path that opens it."""
    if result.state not in _SEEN:
        return result
    fault = FileFault.NOT_TEXT if "\ufffd" in wanted else FileFault.OTHER_SPELLING
    return result._replace(fault=fault, actual_path=result.actual_path or actual_path)


def _respelled(answer: FolderAnswer, folder: str) -> FolderAnswer:
    """The answer of a folder that is spelled otherwise than in the paths of its files."""
    mark = separator(folder)
    results = [
        _with_path(result, join(folder, (file.local_path or "").rpartition(mark)[2]), file.local_path or "")
        for result, file in zip(answer.results, answer.files, strict=True)
    ]
    return answer._replace(results=results)
