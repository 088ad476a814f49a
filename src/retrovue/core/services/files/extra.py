"""Video files under the mapped folders that no server knows."""

import fnmatch
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from retrovue.core.domain.path_syntax import PathKind, fold_case, nfc, parse_path
from retrovue.core.domain.suffixes import VIDEO_SUFFIXES
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.looking import FileFault, fault_of
from retrovue.core.system.filesystem import FileSystem, FolderEntry, join
from retrovue.core.system.looks import Looker

# Names that Plex, Emby and Jellyfin take for extras, not for items of a library, and folders that servers and
# storage boxes keep for themselves.
_EXTRA_FOLDERS = frozenset(
    "behind the scenes|deleted scenes|featurettes|interviews|scenes|shorts|trailers|other|others|extras|sample|"
    "samples|clips|backdrops|theme-music|plex versions|@eadir|#recycle|#snapshot|$recycle.bin|"
    "system volume information|lost+found|.trash|.trashes|.@__thumb".split("|")
)
_EXTRA_NAME = re.compile(
    r"(?:^|[\W_])sample(?:[\W_]|$)|-(?:behindthescenes|deleted|featurette|interview|scene|short|trailer|other|clip)$"
    r"|^(?:trailer|movie-trailer)$",
    re.IGNORECASE,
)


class ExtraFile(NamedTuple):
    """A video file that no server knows.

    Attributes:
        root: the mapped folder that it lies under.
        modified_at: when it was last written, epoch seconds. With the size None where it could not be read.
    """

    path: str
    size_bytes: int | None
    root: str
    modified_at: int | None = None


class FolderProblem(NamedTuple):
    """A folder that could not be looked into."""

    path: str
    fault: FileFault


class ExtraReport(NamedTuple):
    """What lies under the mapped folders beside the catalog.

    Attributes:
        files: sorted by path.
        is_complete: False when the limit of folders ended the search.
    """

    files: list[ExtraFile]
    problems: list[FolderProblem]
    folders: int
    is_complete: bool = True

    @property
    def total_bytes(self) -> int:
        """The size of all of them together, as far as it could be read."""
        return sum(file.size_bytes or 0 for file in self.files)


class _Search:
    def __init__(self, fs: FileSystem, known: Iterable[str], patterns: Sequence[str]) -> None:
        self._fs = fs
        self._known = {self._key(path) for path in known}
        self._patterns = [re.compile(fnmatch.translate(pattern), re.IGNORECASE) for pattern in patterns if pattern]
        self.files: list[ExtraFile] = []

    def _key(self, path: str) -> str:
        text = path if path.isascii() else nfc(path)
        return fold_case(text) if self._fs.ignores_case else text

    def take(self, root: str, folder: str, entries: Iterable[FolderEntry]) -> list[str]:
        """Keep the extra files of a listing; returns the folders below to look into."""
        below = []
        prefix = join(folder, "")
        for entry in entries:
            path = prefix + entry.name
            if self._is_ignored(root, path, entry.name):
                continue
            if _is_folder(entry):
                # A link is followed nowhere: it may lead in a circle or out of the mapped folder. A folder that
                # the catalog knows as one item (a disc image) holds nothing unknown.
                if not entry.is_symlink() and self._key(path) not in self._known:
                    below.append(path)
            elif _is_video(entry.name) and self._key(path) not in self._known:
                size_bytes, modified_at = _facts(entry)
                self.files.append(ExtraFile(path, size_bytes, root, modified_at))
        return below

    def _is_ignored(self, root: str, path: str, name: str) -> bool:
        if name.startswith("._") or name.lower() in _EXTRA_FOLDERS:
            return True
        if not self._patterns:
            return False
        inside = path[len(join(root, "")) :].replace("\\", "/")
        return any(pattern.match(name) or pattern.match(inside) for pattern in self._patterns)


def _is_video(name: str) -> bool:
    stem, dot, suffix = name.rpartition(".")
    return bool(dot) and f".{suffix.lower()}" in VIDEO_SUFFIXES and not _EXTRA_NAME.search(stem)


def _is_folder(entry: FolderEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link that leads in a circle, or a disk that went away after its listing: nothing to walk into.
        return False


def _facts(entry: FolderEntry) -> tuple[int | None, int | None]:
    try:
        status = entry.stat()
    except OSError:
        # It vanished since the listing, or is a link to nothing: the name is told, its size and age are not known.
        return None, None
    return status.st_size, int(status.st_mtime)


def _outermost(roots: Iterable[str]) -> list[str]:
    """The roots that lie in no other one, so that nothing is reported twice."""
    keys: dict[tuple[PathKind, tuple[str, ...]], str] = {}
    for root in roots:
        parsed = parse_path(root)
        if parsed is not None and ".." not in parsed.names:
            keys.setdefault((parsed.kind, parsed.exact_key()), root)
    return [
        root
        for (kind, key), root in sorted(keys.items(), key=lambda entry: entry[1])
        if not any(kind == other and len(up) < len(key) and key[: len(up)] == up for other, up in keys)
    ]


def _covers(folders: Sequence[str], path: str) -> bool:
    """Whether a path is one of the folders, or lies in one."""
    parsed = parse_path(path)
    if parsed is None:
        return False
    key = parsed.key()
    for folder in folders:
        other = parse_path(folder)
        if other is not None and other.kind is parsed.kind and key[: len(other.key())] == other.key():
            return True
    return False


def _problem(error: OSError, folder: str, root: str) -> tuple[FolderProblem, bool]:
    """Why a folder could not be read, and whether its whole disk is away."""
    fault, volume_gone = fault_of(error)
    if folder == root and fault is FileFault.FOLDER_GONE:
        # "The folder of the file" means nothing here: no file was looked for.
        fault = FileFault.ROOT_GONE
    return FolderProblem(folder, fault), volume_gone


def find_extra_files(
    roots: Iterable[str],
    known_paths: Iterable[str],
    *,
    fs: FileSystem,
    known_folders: Iterable[str] = (),
    untold_folders: Iterable[str] = (),
    ignore: Sequence[str] = (),
    token: CancelToken | None = None,
    look_timeout_s: float = 10.0,
    max_folders: int = 1_000_000,
    on_progress: Callable[[int, str], None] = lambda folders, folder: None,
) -> ExtraReport:
    """Video files under `roots` that are not among `known_paths`. Reads nothing outside of the roots.

    Args:
        roots: local folders of the mapping rules.
        known_paths: local paths of all files of the catalog, of every server.
        known_folders: folders of libraries that are not in the catalog: nothing in them is extra.
        untold_folders: folders of servers that do not tell where their libraries are: nothing in them can be called
            extra, and the report says so.
        ignore: a person's patterns (`*`, `?`, `[…]`, any letter case), each for a name or for the path below
            its root with `/`; a folder that matches is left out with all in it.
        on_progress: number of folders read and the one being read, on the calling thread.

    Raises:
        Cancelled: asked to stop.
    """
    token = token or CancelToken()
    roots = list(roots)
    untold = _outermost(untold_folders)
    folders = [*known_folders, *untold]
    search = _Search(fs, [*known_paths, *folders], ignore)
    problems = [
        FolderProblem(folder, FileFault.FOLDERS_NOT_TOLD)
        for folder in untold
        if _covers(roots, folder) or any(_covers([folder], root) for root in roots)
    ]
    count = 0
    is_complete = True
    with Looker() as looker:
        for root in (root for root in _outermost(roots) if not _covers(folders, root)):
            waiting = [root]
            while waiting and is_complete:
                token.raise_if_cancelled()
                folder = waiting.pop()
                count += 1
                on_progress(count, folder)
                try:
                    listing = looker.look(partial(fs.scan, folder), look_timeout_s, token)
                except OSError as error:
                    problem, volume_gone = _problem(error, folder, root)
                    problems.append(problem)
                    if volume_gone:
                        break
                else:
                    waiting.extend(sorted(search.take(root, folder, listing), reverse=True))
                is_complete = count < max_folders or not waiting
    return ExtraReport(sorted(search.files), problems, count, is_complete)
