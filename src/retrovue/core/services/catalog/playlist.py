"""M3U playlists: one entry an item, with what a player can open."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import TextIO

from retrovue.core.domain.media import CatalogItem, FileState, ItemKind, StoredFile
from retrovue.core.domain.path_syntax import native
from retrovue.core.domain.titles import episode_code, episode_title, titled

_INDEX_FILES = {"video_ts": "VIDEO_TS.IFO", "bdmv": "index.bdmv"}


@dataclass(frozen=True, slots=True)
class PlaylistOptions:
    """How a playlist is written.

    Args:
        all_versions: every version of an item, not only the best one.
        relative_to: paths are written as seen from this folder; None writes them whole.
    """

    all_versions: bool = False
    relative_to: str | None = None


@dataclass(frozen=True, slots=True)
class WrittenPlaylist:
    """How many entries were written, and how many items or files had no path that can be written."""

    entries: int
    left_out: int


@dataclass(frozen=True, slots=True)
class _Group:
    """One version, with the items that are in it: several for a file that spans episodes."""

    items: tuple[CatalogItem, ...]
    files: tuple[StoredFile, ...]

    @property
    def file_ids(self) -> tuple[int, ...]:
        return tuple(file.id for file in self.files)


def write_playlist(items: Iterable[CatalogItem], out: TextIO, options: PlaylistOptions) -> WrittenPlaylist:
    """Write a playlist of local paths: parts one after the other, a span of episodes once."""
    out.write("#EXTM3U\n")
    entries = left_out = 0
    seen: set[int] = set()
    for group in _spans(items, all_versions=options.all_versions):
        fresh = [file for file in group.files if file.id not in seen]
        seen.update(group.file_ids)
        paths = [path for file in fresh if (path := _path(file, options.relative_to)) is not None]
        if len(paths) < len(fresh) or not group.files:
            # A title with a part missing is not that title.
            left_out += 1
            continue
        for file, path in zip(fresh, paths, strict=True):
            out.write(f"#EXTINF:{_seconds(group, file)},{_title(group)}\n{path}\n")
            entries += 1
    return WrittenPlaylist(entries, left_out)


def _spans(items: Iterable[CatalogItem], *, all_versions: bool) -> Iterator[_Group]:
    """The versions to write; following episodes that are one file are one group."""
    pending: list[_Group] = []
    for item in items:
        groups = [_Group((item,), files) for files in _versions(item, all_versions=all_versions)]
        if pending and groups and [g.file_ids for g in pending] == [g.file_ids for g in groups] and groups[0].files:
            pending = [_Group((*group.items, item), group.files) for group in pending]
            continue
        yield from pending
        pending = groups
    yield from pending


def _versions(item: CatalogItem, *, all_versions: bool) -> list[tuple[StoredFile, ...]]:
    """The parts of each version, the best version first; one empty version for an item without files."""
    parts: dict[int, list[StoredFile]] = {}
    for file in item.files:
        parts.setdefault(file.version, []).append(file)
    versions = [tuple(sorted(files, key=lambda file: file.part)) for files in parts.values()]
    versions.sort(key=_rank)
    if not versions:
        return [()]
    return versions if all_versions else versions[:1]


def _rank(files: tuple[StoredFile, ...]) -> tuple[bool, bool, int]:
    """With a path before without, found before not found, large before small."""
    return (
        any(_path(file, None) is None for file in files),
        any(file.state is not FileState.FOUND for file in files),
        -sum(file.size_bytes or 0 for file in files),
    )


def _path(file: StoredFile, relative_to: str | None) -> str | None:
    """The line of a file; None where there is none that a player could read."""
    if file.local_path is None:
        return None
    path = native(file.local_path)
    index = _INDEX_FILES.get(PurePath(path).name.lower())
    if index is not None:
        path = os.path.join(path, index)  # noqa: PTH118 - the text stays as it is written
    if relative_to is not None:
        try:
            path = os.path.relpath(path, relative_to)
        except ValueError:  # another drive
            return None
        # A line that begins with "#" is a comment.
        path = f".{os.sep}{path}" if path.startswith(("#", " ")) else path
    # A line break ends the entry and begins another one.
    return None if "\n" in path or "\r" in path else path


def _seconds(group: _Group, file: StoredFile) -> int:
    return (file.duration_ms or group.items[0].duration_ms or -1000) // 1000


def _title(group: _Group) -> str:
    first, last = group.items[0], group.items[-1]
    if first.kind is not ItemKind.EPISODE:
        title = titled(first.title, first.year)
    else:
        end = last.episode_end if last.episode_end is not None else last.episode
        code = episode_code(first.season, first.episode, end, first.originally_available_at)
        names = " / ".join(dict.fromkeys(item.title for item in group.items if item.title))
        title = episode_title(first.show_title, code, names)
    return " ".join("".join(c if c.isprintable() else " " for c in title).split())
