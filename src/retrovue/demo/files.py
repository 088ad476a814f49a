"""A tree of small real files for a demo library: sparse, so that they cost nothing, with the sizes the server says."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from retrovue.demo.library import DemoLibrary
from retrovue.demo.model import Part, Version

_PROBE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """What `write_files` made.

    Attributes:
        root: the folder of the tree.
        written: how many files there are.
        missing: server paths that were left out on purpose (or that the file system refused).
        differing: server paths whose file has another size than the server says.
        sparse: False when the sizes of the library were made small because sparse files are not supported.
    """

    root: Path
    written: int
    missing: tuple[str, ...]
    differing: tuple[str, ...]
    sparse: bool


def mappings(library: DemoLibrary, root: Path) -> list[tuple[str, Path]]:
    """Give the rules that lead from server paths to the tree under `root`: (server path, local folder)."""
    return [
        (each.path, root / each.folder)
        for section in library.sections.values()
        if section.kind in ("movie", "show")
        for each in section.roots
    ]


def local_path(library: DemoLibrary, root: Path, server_path: str) -> Path | None:
    """Give where a server path lies in the tree; None when it is under no library root."""
    for prefix, folder in sorted(mappings(library, root), key=lambda rule: -len(rule[0])):
        separator = "\\" if "\\" in prefix else "/"
        if server_path.startswith(prefix + separator):
            return folder.joinpath(*server_path[len(prefix) + 1 :].split(separator))
    return None


def write_files(library: DemoLibrary, root: Path, *, missing: int = 4, differing: int = 3) -> WrittenFiles:
    """Create the files of a library under `root`, all but some.

    Call it before the library is served: on a file system without sparse files the library's sizes become small.

    Raises:
        OSError: `root` cannot be written.
    """
    root.mkdir(parents=True, exist_ok=True)
    sparse = supports_sparse(root)
    if not sparse:
        shrink_sizes(library)
    sizes = {part.file: part.size_bytes for part in _parts(library)}
    placed = [(path, local_path(library, root, path)) for path in sizes]
    inside = [(path, local) for path, local in placed if local is not None]
    absent = _spread([path for path, _ in inside], missing, 0.35)
    other = _spread([path for path, _ in inside], differing, 0.6) - absent
    refused: set[str] = set()
    made: set[Path] = set()
    written = 0
    for path, local in inside:
        if path in absent:
            continue
        if local.parent not in made:
            local.parent.mkdir(parents=True, exist_ok=True)
            made.add(local.parent)
        try:
            _write(local, sizes[path] + (4_096 if path in other else 0))
            written += 1
        except OSError:
            # A name that this file system cannot hold is one more missing file, as in a real collection.
            refused.add(path)
    return WrittenFiles(root, written, tuple(sorted(absent | refused)), tuple(sorted(other)), sparse)


def _parts(library: DemoLibrary) -> Iterator[Part]:
    for item in list(library.items.values()):
        for version in item.versions:
            yield from version.parts


def _spread(paths: list[str], count: int, offset: float) -> set[str]:
    """Pick `count` paths spread over the list."""
    if not paths or not count:
        return set()
    return {paths[int((number + offset) * len(paths) / count) % len(paths)] for number in range(count)}


def _write(local: Path, size_bytes: int) -> None:
    handle = os.open(local, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
    try:
        if sys.platform == "win32":
            _set_sparse(handle)
        os.ftruncate(handle, size_bytes)
    finally:
        os.close(handle)


def _set_sparse(handle: int) -> None:
    """Mark a file sparse; NTFS would otherwise reserve every byte of it."""
    if sys.platform == "win32":
        import msvcrt

        fsctl_set_sparse = 0x900C4
        returned = ctypes.c_ulong()
        done = ctypes.windll.kernel32.DeviceIoControl(
            msvcrt.get_osfhandle(handle), fsctl_set_sparse, None, 0, None, 0, ctypes.byref(returned), None
        )
        if not done:
            raise OSError("sparse files are not supported here")


def supports_sparse(folder: Path) -> bool:
    """Say whether a large file of nothing takes no room in `folder`."""
    probe = folder / ".sparse-probe"
    try:
        _write(probe, _PROBE_BYTES)
        blocks = getattr(probe.stat(), "st_blocks", 0)
        return blocks * 512 < _PROBE_BYTES // 4
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)


def shrink_sizes(library: DemoLibrary) -> None:
    """Make every file of the library 4 to 12 kB long."""

    def shrunk(version: Version) -> Version:
        parts = tuple(replace(part, size_bytes=4_096 + part.size_bytes % 8_192) for part in version.parts)
        return replace(version, parts=parts)

    with library.lock:
        for item in library.items.values():
            item.versions = tuple(shrunk(version) for version in item.versions)
        for key in library.sections:
            library.touch_section(key)
