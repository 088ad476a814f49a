"""The same movie or episode in several libraries, on several servers, or in several versions."""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from retrovue.core.context import AppContext
from retrovue.core.domain.guids import ExternalId
from retrovue.core.domain.media import CatalogItem, FileState, ItemKind, StoredFile
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.catalog.same_item import same_items
from retrovue.core.services.files.local_files import same_file_key
from retrovue.core.services.files.same_file import SameFiles
from retrovue.core.storage.catalog.duplicates import DuplicateRepository
from retrovue.core.storage.catalog.reader import CatalogRepository
from retrovue.core.system.memory import rare_collections


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server lists a copy.

    Attributes:
        item_id: of the movie or episode.
        server_paths: of all its parts, in their order.
    """

    server: str
    library: str
    server_id: int
    item_id: int
    server_paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """One version of an item, with all its parts; one that two servers reach is one copy with two places.

    Attributes:
        places: (server, library) that list it.
        is_shared: it is only on servers that are shared with the person.
        is_missing: a file of it is known not to be there.
        listings: the same places with the paths of each server.
        is_doubtful: it may be no copy that can go, and frees nothing in any sum. Another server lists a copy of
            exactly this size, and nothing proves that they are two (a path is not mapped, or its disk did not
            answer), or it is `is_other_cut`.
        is_other_cut: its length or edition differs from every copy that stays.
    """

    places: tuple[tuple[str, str], ...]
    files: tuple[StoredFile, ...]
    resolution: str | None
    size_bytes: int
    is_shared: bool
    is_missing: bool
    listings: tuple[Place, ...] = ()
    is_doubtful: bool = False
    is_other_cut: bool = False
    duration_ms: int | None = None
    editions: frozenset[str] = frozenset()

    @property
    def counts(self) -> bool:
        """Whether it can make another copy a duplicate."""
        return not self.is_shared and not self.is_missing


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """A movie or episode of which there are several copies of the person's own, the largest first.

    Attributes:
        in_one_item: the copies are versions of a single item of one library.
        size_bytes, extra_bytes: own copies all together, and without the largest and those in doubt.
        episode_end: the last episode of a file that contains several. aired: YYYY-MM-DD.
    """

    kind: ItemKind
    title: str
    show_title: str | None
    year: int | None
    season: int | None
    episode: int | None
    ids: tuple[ExternalId, ...]
    copies: tuple[Copy, ...]
    in_one_item: bool
    size_bytes: int
    extra_bytes: int
    episode_end: int | None = None
    aired: str | None = None


@dataclass(frozen=True, slots=True)
class DuplicateReport:
    """All groups, those with the most to gain first; in the totals every file counts once."""

    groups: tuple[DuplicateGroup, ...]
    size_bytes: int
    extra_bytes: int


_Key = Hashable
_GROUPS_AT_ONCE = 200
_LENGTH_SHARE = 0.05
_LENGTH_MS = 60_000
# Words as Plex, Emby and Jellyfin take them from file names, with any mark between them.
_EDITIONS = {
    name: re.compile(rf"(?<![a-z]){words}(?![a-z])")
    for name, words in {
        "director": r"director.?s.?(cut|edition|version)",
        "extended": r"extended",
        "theatrical": r"theatrical",
        "unrated": r"(unrated|uncut)",
        "final": r"final.cut",
        "remastered": r"remaster(ed)?",
        "special": r"(special|collector.?s|anniversary|ultimate|criterion).edition",
        "imax": r"imax",
        "open matte": r"open.matte",
        "black and white": r"black.(and|&).(white|chrome)",
        "3d": r"3d",
        "fan edit": r"fan.?edit",
    }.items()
}
# Plex's own mark names any edition: "Film {edition-Assembly Cut}.mkv".
_EDITIONS["marked"] = re.compile(r"\{edition-")


def find_duplicates(
    host: AppContext,
    *,
    token: CancelToken | None = None,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> DuplicateReport:
    """Movies and episodes with more than one copy of the person's own.

    Items are the same when they share an external id (an episode also by its show's id, season and number) and the
    years, where known, are at most one apart. A copy on a server that is only shared is shown and counts for
    nothing, and neither does one that is missing. Versions of another length or edition are doubtful. Copies of one
    size are looked at: two paths to one file (a link, a share that is mounted twice) are one copy.

    Args:
        report: titles compared so far, and all of them.

    Raises:
        Cancelled: asked to stop.

    Thread: any but the GUI's; looks at disks, within limits.
    """
    token = token or CancelToken()
    shared = {server.id for server in host.servers.all() if not server.is_owner}
    with rare_collections(), SameFiles(host.file_system) as same_files:
        groups = _merged(_groups(host, shared, same_files, token, report))
    groups.sort(key=lambda group: (-group.extra_bytes, group.show_title or group.title, group.season or 0))
    return DuplicateReport(tuple(groups), *add_up(groups))


def add_up(groups: Iterable[DuplicateGroup]) -> tuple[int, int]:
    """Bytes of all own copies of these titles, and what could be freed of them; every file once."""
    kept: set[_Key] = set()
    sizes: dict[_Key, int] = {}
    for group in groups:
        own = _own(group.copies)
        # What is kept in one group is not free to go in another: a file can hold several episodes.
        kept.update(_sum_key(file) for copy in _kept(own) for file in copy.files)
        sizes.update((_sum_key(file), file.size_bytes or 0) for copy in own for file in copy.files)
    return sum(sizes.values()), sum(size for key, size in sizes.items() if key not in kept)


def _own(copies: Iterable[Copy]) -> list[Copy]:
    """Those that count, the largest first."""
    return [copy for copy in copies if copy.counts]


def _kept(own: Sequence[Copy]) -> list[Copy]:
    """The copies that stay in every sum: the largest, and those of which nobody can tell whether they are another."""
    return [copy for place, copy in enumerate(own) if place == 0 or copy.is_doubtful]


def _groups(
    host: AppContext,
    shared: set[int],
    same_files: SameFiles,
    token: CancelToken,
    report: Callable[[int, int], None],
) -> Iterator[DuplicateGroup]:
    repository = DuplicateRepository(host.database)
    kinds = (ItemKind.MOVIE, ItemKind.EPISODE)
    alike = [
        (kind, ids) for kind in kinds for ids in same_items(repository.shared_ids(kind), repository.with_versions(kind))
    ]
    for done, (kind, items) in enumerate(_read(host.catalog, alike, token)):
        report(done, len(alike))
        copies = _without_other_cuts(_prove(_copies(items, shared), same_files, token))
        own = _own(copies)
        if len(own) >= 2:
            yield _group(kind, items, copies, own)


def _read(
    catalog: CatalogRepository, alike: Sequence[tuple[ItemKind, Sequence[int]]], token: CancelToken
) -> Iterator[tuple[ItemKind, list[CatalogItem]]]:
    """The items of each group, read for many groups at once: a query each would take ten times as long."""
    for first in range(0, len(alike), _GROUPS_AT_ONCE):
        token.raise_if_cancelled()
        some = alike[first : first + _GROUPS_AT_ONCE]
        found: dict[tuple[ItemKind, int], CatalogItem] = {}
        for kind in dict.fromkeys(kind for kind, _ids in some):
            ids = [item_id for other, group in some if other is kind for item_id in group]
            found.update(((kind, item.id), item) for item in catalog.many(kind, ids))
        for kind, group in some:
            yield kind, [found[kind, item_id] for item_id in group if (kind, item_id) in found]


def _group(kind: ItemKind, items: Sequence[CatalogItem], copies: Sequence[Copy], own: Sequence[Copy]) -> DuplicateGroup:
    first = items[0]
    ids = {(one.provider, one.external_id): one for item in items for one in item.ids}
    size_bytes = sum({_sum_key(file): file.size_bytes or 0 for copy in own for file in copy.files}.values())
    kept_bytes = sum({_sum_key(file): file.size_bytes or 0 for copy in _kept(own) for file in copy.files}.values())
    return DuplicateGroup(
        kind=kind,
        title=first.title,
        show_title=first.show_title,
        year=first.year,
        season=first.season,
        episode=first.episode,
        ids=tuple(ids[key] for key in sorted(ids)),
        copies=tuple(copies),
        in_one_item=len(items) == 1,
        size_bytes=size_bytes,
        extra_bytes=size_bytes - kept_bytes,
        episode_end=first.episode_end,
        aired=first.originally_available_at,
    )


# Files of a server that no rule maps are known by their id only.
def _file_key(file: StoredFile) -> _Key:
    return same_file_key(file.local_path) if file.local_path is not None else file.id


# In a sum they are taken for one file where two servers tell the same path and size: rather too little can be freed.
def _sum_key(file: StoredFile) -> _Key:
    return _file_key(file) if file.local_path is not None else ("server", file.server_path, file.size_bytes)


def _merged(groups: Iterable[DuplicateGroup]) -> list[DuplicateGroup]:
    """Groups of the very same files are one: items without any external id are known by their files only."""
    found: dict[_Key, DuplicateGroup] = {}
    for group in groups:
        files = frozenset(frozenset(_sum_key(file) for file in copy.files) for copy in group.copies)
        key = (group.kind, group.season, group.episode, files)
        before = found.get(key)
        if before is None:
            found[key] = group
            continue
        by_files = {frozenset(_sum_key(file) for file in copy.files): copy for copy in group.copies}
        copies = [_joined(copy, by_files[frozenset(_sum_key(file) for file in copy.files)]) for copy in before.copies]
        found[key] = replace(before, copies=tuple(copies), in_one_item=False)
    return list(found.values())


def _copies(items: Iterable[CatalogItem], shared: set[int]) -> list[Copy]:
    """Versions of all items, those that are the same files as one; largest first, those that do not count last."""
    found: dict[frozenset[_Key], list[tuple[CatalogItem, list[StoredFile]]]] = defaultdict(list)
    for item in items:
        versions: dict[int, list[StoredFile]] = defaultdict(list)
        for file in item.files:
            versions[file.version].append(file)
        for files in versions.values():
            found[frozenset(_file_key(file) for file in files)].append((item, files))
    copies = []
    for members in found.values():
        files = members[0][1]
        copies.append(
            Copy(
                places=tuple(dict.fromkeys((item.server, item.library) for item, _files in members)),
                files=tuple(files),
                resolution=next((file.resolution for file in files if file.resolution), None),
                size_bytes=sum(file.size_bytes or 0 for file in files),
                is_shared=all(item.server_id in shared for item, _files in members),
                is_missing=any(file.state is FileState.MISSING for file in files),
                duration_ms=_length_ms(files),
                editions=_editions(members[0][0], files),
                listings=tuple(
                    Place(item.server, item.library, item.server_id, item.id, tuple(one.server_path for one in its))
                    for item, its in members
                ),
            )
        )
    copies.sort(key=lambda copy: (not copy.counts, -copy.size_bytes, copy.places))
    return copies


def _prove(copies: list[Copy], same_files: SameFiles, token: CancelToken) -> list[Copy]:
    """Join own copies whose paths lead to the same files; mark those of which nobody can tell."""
    proven: list[Copy] = []
    for copy in copies:
        for place, other in enumerate(proven):
            if not (copy.counts and other.counts) or not _are_alike(copy, other):
                continue
            verdict = same_files.compare(_paths(copy), _paths(other), token)
            if verdict:
                proven[place] = _joined(other, copy)
                break
            if verdict is None and not {one.server_id for one in copy.listings} & {
                one.server_id for one in other.listings
            }:
                # A server tells its own files apart by their paths.
                proven.append(replace(copy, is_doubtful=True))
                break
        else:
            proven.append(copy)
    return proven


def _without_other_cuts(copies: Sequence[Copy]) -> list[Copy]:
    """Mark own copies that differ from every larger one in length or edition: they are no copies that can go."""
    stays: list[Copy] = []
    found: list[Copy] = []
    for copy in copies:
        if copy.counts and not copy.is_doubtful:
            if stays and not any(_are_of_one_cut(copy, other) for other in stays):
                copy = replace(copy, is_doubtful=True, is_other_cut=True)
            if copy.is_doubtful or not stays:
                stays.append(copy)
        found.append(copy)
    return found


def _are_of_one_cut(copy: Copy, other: Copy) -> bool:
    """Whether nothing says that two versions are two cuts; a length that is not known says nothing.

    A film is 4 % shorter at 25 frames a second than at 24, and credits differ by seconds.
    """
    if copy.editions != other.editions:
        return False
    if copy.duration_ms is None or other.duration_ms is None:
        return True
    shorter, longer = sorted((copy.duration_ms, other.duration_ms))
    return longer - shorter <= max(_LENGTH_SHARE * longer, _LENGTH_MS)


def _length_ms(files: Sequence[StoredFile]) -> int | None:
    lengths = [file.duration_ms for file in files]
    return None if not lengths or None in lengths else sum(length or 0 for length in lengths) or None


def _editions(item: CatalogItem, files: Sequence[StoredFile]) -> frozenset[str]:
    """Return the words for editions in the names of a version, of its files and of the item's title."""
    names = [file.version_name or "" for file in files] + [PurePosixPath(_plain(file)).name for file in files]
    text = " ".join((item.title, *names)).casefold()
    return frozenset(name for name, words in _EDITIONS.items() if words.search(text))


def _plain(file: StoredFile) -> str:
    return file.server_path.replace("\\", "/")


def _are_alike(copy: Copy, other: Copy) -> bool:
    return [file.size_bytes for file in copy.files] == [file.size_bytes for file in other.files]


def _paths(copy: Copy) -> list[str | None]:
    return [None if file.state is FileState.UNREACHABLE else file.local_path for file in copy.files]


def _joined(copy: Copy, other: Copy) -> Copy:
    return replace(
        copy,
        places=tuple(dict.fromkeys((*copy.places, *other.places))),
        listings=(*copy.listings, *other.listings),
    )
