"""The files of one folder, told from one listing of it."""

import errno
import stat
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_syntax import fold_case, nfc
from retrovue.core.services.filecheck.model import FileFault, FileResult, FileToCheck
from retrovue.core.system.filesystem import FileStatus, FileSystem, FolderEntry, join, separator

_Wanted = tuple[str, FileToCheck]
"""Name in the folder, and the file."""


class FolderAnswer(NamedTuple):
    """What a folder told of its files; `volume_fault` is set when its whole disk has stopped answering."""

    results: list[FileResult]
    volume_fault: FileFault | None = None


_GONE = (errno.ENOENT, errno.ENOTDIR)
_VOLUME_GONE = (
    errno.EIO,
    errno.ESTALE,
    errno.ENOTCONN,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.ENODEV,
    errno.ENXIO,
    errno.ETIMEDOUT,
)
# Windows tells a share that went away by numbers of its own: network path not found, name deleted, busy …
_WINDOWS_VOLUME_GONE = (21, 53, 54, 55, 59, 64, 65, 67, 121, 1167, 1231, 1232, 1236)


def fault_of(error: OSError) -> tuple[FileFault, bool]:
    """Why a folder could not be read, and whether its whole disk is away."""
    if getattr(error, "winerror", None) in _WINDOWS_VOLUME_GONE or error.errno in _VOLUME_GONE:
        return FileFault.NO_ANSWER, True
    if isinstance(error, TimeoutError):
        return FileFault.NO_ANSWER, True
    if error.errno in _GONE:
        return FileFault.FOLDER_GONE, False
    if error.errno in (errno.EACCES, errno.EPERM):
        return FileFault.NO_PERMISSION, False
    if error.errno == errno.ELOOP:
        return FileFault.LINK_LOOP, False
    if error.errno == errno.ENAMETOOLONG:
        return FileFault.TOO_LONG, False
    return FileFault.READ_ERROR, False


_MISSING_FAULTS = (FileFault.FOLDER_GONE, FileFault.TOO_LONG, FileFault.BROKEN_LINK)


def check_folder(fs: FileSystem, root: str, folder: str, wanted: Sequence[_Wanted]) -> FolderAnswer:
    """The states of `wanted` files of `folder`, by one listing. Blocks as long as the disk does. Never raises.

    A name is compared as it is written first; accents written in another way are the same file (its
    `actual_path` is given), letter case only where the system says so.
    """
    try:
        entries = {entry.name: entry for entry in fs.scan(folder)}
    except OSError as error:
        fault, volume_gone = fault_of(error)
        if fault is FileFault.FOLDER_GONE and (other := _other_spelling(fs, root, folder)) is not None:
            return _respelled(check_folder(fs, root, other, wanted), other, wanted)
        return FolderAnswer(_all(wanted, fault), fault if volume_gone else None)
    except ValueError:
        return FolderAnswer(_all(wanted, FileFault.BAD_PATH))
    results = []
    loose: dict[str, FolderEntry] | None = None
    for name, file in wanted:
        entry = entries.get(name)
        if entry is not None:
            try:
                results.append(_compare(file, entry.stat()))
            except OSError as error:
                results.append(_lost(file, error, is_link=entry.is_symlink()))
            continue
        if loose is None:
            loose = {_loose(other): known for other, known in entries.items()}
        results.append(_nearly(fs, folder, name, file, loose.get(_loose(name))))
    return FolderAnswer(results)


def _loose(name: str) -> str:
    return nfc(name).casefold()


def _all(wanted: Iterable[_Wanted], fault: FileFault) -> list[FileResult]:
    if fault is FileFault.BAD_PATH:
        state = FileState.UNMAPPED
    else:
        state = FileState.MISSING if fault in _MISSING_FAULTS else FileState.UNREACHABLE
    return [FileResult(file.media_file_id, state, None, fault) for _name, file in wanted]


def _found(file: FileToCheck, entry: FolderEntry) -> FileResult:
    try:
        status = entry.stat()
    except OSError as error:
        return _lost(file, error, is_link=entry.is_symlink())
    return _compare(file, status)


def _lost(file: FileToCheck, error: OSError, *, is_link: bool) -> FileResult:
    fault, _volume_gone = fault_of(error)
    if fault is FileFault.FOLDER_GONE:
        # Listed a moment ago: either a link to nothing, or the file vanished in between.
        return FileResult(file.media_file_id, FileState.MISSING, None, FileFault.BROKEN_LINK if is_link else None)
    state = FileState.MISSING if fault in _MISSING_FAULTS else FileState.UNREACHABLE
    return FileResult(file.media_file_id, state, None, fault)


# Looking a member up costs more than the rest of the comparison, and this runs once per file.
_FOUND_STATE = FileState.FOUND


def _compare(file: FileToCheck, status: FileStatus) -> FileResult:
    size_bytes = status.st_size
    # A disc image that is a folder (BDMV, VIDEO_TS) is one item whose size is not that of the folder.
    if status.st_mode & 0o170000 == stat.S_IFDIR:
        return FileResult(file[0], _FOUND_STATE)
    if file[2] is None or file[2] == size_bytes:
        return FileResult(file[0], _FOUND_STATE, size_bytes)
    return FileResult(file[0], FileState.SIZE_DIFFERS, size_bytes)


def _nearly(fs: FileSystem, folder: str, name: str, file: FileToCheck, entry: FolderEntry | None) -> FileResult:
    """A name that the listing does not hold as it is written."""
    if entry is None:
        return FileResult(file.media_file_id, FileState.MISSING)
    if fs.ignores_case and fold_case(nfc(entry.name)) == fold_case(nfc(name)):
        return _found(file, entry)
    try:
        # Only the disk knows which spellings it takes for one name: shares and Macs ignore case, too.
        return _compare(file, fs.stat(join(folder, name)))
    except OSError as error:
        fault, _volume_gone = fault_of(error)
        if fault is not FileFault.FOLDER_GONE:
            return _lost(file, error, is_link=False)
    if nfc(entry.name) == nfc(name):
        result = _found(file, entry)
        actual_path = join(folder, entry.name)
        if result.state in (FileState.FOUND, FileState.SIZE_DIFFERS):
            return result._replace(fault=FileFault.OTHER_SPELLING, actual_path=actual_path)
        return result
    return FileResult(file.media_file_id, FileState.MISSING, None, FileFault.OTHER_CASE)


def _other_spelling(fs: FileSystem, root: str, folder: str) -> str | None:
    """`folder` as the disk spells it, when only accents are written in another way; None when it is not there.

    Reads only folders from the root down.
    """
    rest = folder[len(root) :]
    if rest.isascii():
        return None
    actual = root
    for name in rest.split(separator(root)):
        if not name:
            continue
        try:
            names = [entry.name for entry in fs.scan(actual)]
        except OSError:
            # Whatever stops this look stopped the first one: the folder stays gone.
            return None
        if name not in names:
            twin = next((other for other in names if nfc(other) == nfc(name)), None)
            if twin is None:
                return None
            name = twin
        actual = join(actual, name)
    return None if actual == folder else actual


def _respelled(answer: FolderAnswer, folder: str, wanted: Sequence[_Wanted]) -> FolderAnswer:
    results = []
    for result, (name, _file) in zip(answer.results, wanted, strict=True):
        if result.state in (FileState.FOUND, FileState.SIZE_DIFFERS):
            actual_path = result.actual_path or join(folder, name)
            results.append(result._replace(fault=FileFault.OTHER_SPELLING, actual_path=actual_path))
        else:
            results.append(result)
    return answer._replace(results=results)
