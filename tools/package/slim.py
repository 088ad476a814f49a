"""What the one-file program carries in a smaller form than its libraries do: it unpacks all of it at every start."""

from __future__ import annotations

import py_compile
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

Entry = tuple[str, str, str]
"""Of PyInstaller: name in the program, file, kind."""

_ELF = b"\x7fELF\x02\x01"
"""64 bits, lowest byte first."""
_LOAD = 1
_PAGE = 0x1000
_ALIGNED = 16
_WORTH_A_LOOK = 20_000
"""Bytes."""
_ICU_TABLES = {
    "root", "res_index", "pool", "supplementalData", "likelySubtags", "keyTypeData", "zoneinfo64", "timezoneTypes",
    "metaZones", "windowsZones",
}  # fmt: skip


def needed_of_icu(languages: Collection[str]) -> Callable[[str], bool]:
    """Whether Qt reads this table of ICU: how names are ordered, and what time zones are called in these languages.

    Not what it never asks for here: how lines break (it has its own tables), converters of old character sets, and
    names of units, currencies, countries and languages.
    """

    def is_needed(name: str) -> bool:
        folder, _slash, table = name.partition("/")[2].rpartition("/")
        word, _dot, kind = table.partition(".")
        if folder in {"", "zone"} and kind == "res":
            return word in _ICU_TABLES or word == "tzdbNames" or word.partition("_")[0] in languages
        return folder == "coll" or kind in {"icu", "nrm", "spp"}

    return is_needed


def smaller_icu(content: bytes, is_needed: Callable[[str], bool]) -> bytes | None:
    """A library `libicudata` with only the tables that are needed; None where it does not look as expected.

    The library is a header, one archive of tables, and a page for the dynamic linker. That page keeps its address and
    comes nearer in the file.
    """
    start = content.find(b"CmnD") - 12
    if not content.startswith(_ELF) or start < 0:
        return None
    place, size, count = struct.unpack_from("<Q14xHH", content, 0x20)
    headers = [list(struct.unpack_from("<IIQQQQQQ", content, place + number * size)) for number in range(count)]
    loads = [header for header in headers if header[0] == _LOAD]
    # Archive in the first part, which begins with the file; the dynamic linker's page in the second.
    if len(loads) != 2 or loads[0][2:4] != [0, 0] or not start < loads[0][5] <= loads[1][2]:
        return None
    first, second = loads
    archive = _archive(content[start : first[5]], is_needed)
    end = start + len(archive)
    moved = -(-end // _PAGE) * _PAGE + second[2] % _PAGE
    made = bytearray(content[:start] + archive)
    made += bytes(moved - end) + content[second[2] : second[2] + second[5]]
    nearer = second[2] - moved
    for number, header in enumerate(headers):
        if header is first:
            header[5] = header[6] = end
        elif second[2] <= header[2] < second[2] + second[5]:
            header[2] -= nearer
        struct.pack_into("<IIQQQQQQ", made, place + number * size, *header)
    # Sections are for tools; the dynamic linker reads the parts above.
    struct.pack_into("<Q", made, 0x28, 0)
    struct.pack_into("<HH", made, 0x3C, 0, 0)
    return bytes(made)


def _archive(content: bytes, is_needed: Callable[[str], bool]) -> bytes:
    """ICU's archive of tables with fewer of them: a header, their number, where name and table of each are, both."""
    base = struct.unpack_from("<H", content)[0]
    count = struct.unpack_from("<I", content, base)[0]
    places = [struct.unpack_from("<II", content, base + 4 + 8 * number) for number in range(count)]
    ends = [table for _name, table in places[1:]] + [len(content) - base]
    kept: list[tuple[bytes, bytes]] = []
    for (name, table), end in zip(places, ends, strict=True):
        words = content[base + name : content.index(b"\0", base + name)]
        if is_needed(words.decode("ascii")):
            kept.append((words + b"\0", content[base + table : base + end]))
    names_at = 4 + 8 * len(kept)
    tables_at = names_at + sum(len(words) for words, _table in kept)
    entries, names, tables = b"", b"", bytes(-tables_at % _ALIGNED)
    for words, table in kept:
        entries += struct.pack("<II", names_at + len(names), tables_at + len(tables))
        names += words
        tables += table + bytes(-len(table) % _ALIGNED)
    return content[:base] + struct.pack("<I", len(kept)) + entries + names + tables


def without_unused_tables(
    entries: Iterable[Entry], languages: Collection[str], folder: Path
) -> tuple[list[Entry], list[Entry]]:
    """(what stays as it is, what replaces the rest) of the libraries that are packed: ICU's tables."""
    stays, instead = [], []
    is_needed = needed_of_icu(languages)
    for name, source, kind in entries:
        is_tables = Path(name).name.startswith("libicudata.so.") and kind != "SYMLINK"
        made = smaller_icu(Path(source).read_bytes(), is_needed) if is_tables else None
        if made is None:
            stays.append((name, source, kind))
            continue
        target = folder / Path(name).name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(made)
        # Not as a library: `strip` needs sections.
        instead.append((name, str(target), "DATA"))
    return stays, instead


def zone_archive(folder: Path) -> Path:
    """The package of time zones as one archive that Python reads as it is, instead of 600 files."""
    import tzdata

    package, target = Path(tzdata.__file__).parent, folder / "tzdata.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(package.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                # A fixed date, so that the same zones are the same archive.
                inside = zipfile.ZipInfo(str(Path(package.name, path.relative_to(package)).as_posix()))
                archive.writestr(inside, path.read_bytes())
    return target


def compiled_support(folder: Path) -> list[tuple[str, str]]:
    """(file, folder in the program) of what Shiboken compiles from its own archive at every start, compiled once.

    It takes them from a folder `files.dir` beside it where there is one. Empty where it does not work like that.
    """
    # Not before: nothing else here needs Qt.
    import PySide6.QtCore  # noqa: F401
    from shibokensupport.signature import loader  # type: ignore[import-not-found]

    archive: Any = getattr(loader.__loader__, "zfile", None)
    if archive is None:
        return []
    made = []
    for name in archive.namelist():
        if name.startswith("shibokensupport/") and name.endswith(".py"):
            source, target = folder / name, folder / f"{name}c"
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_bytes(archive.read(name))
            py_compile.compile(
                str(source), str(target), name, doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )  # fmt: skip
            made.append((str(target), str(Path("shiboken6", "files.dir", name).parent)))
    return made


def stored_as_they_are(entries: Iterable[Entry], bytes_more: int, folder: Path) -> list[Entry]:
    """The libraries of a one-file program, with those left uncompressed that shrink least.

    They are unpacked at every start: each byte that is only copied is one less to inflate.

    Args:
        bytes_more: how much larger than without this the program may become.
        folder: where their stripped copies are written; PyInstaller strips only what it compresses.
    """
    stays, sizes = [], []
    for name, source, kind in entries:
        stripped = folder / name
        stripped.parent.mkdir(parents=True, exist_ok=True)
        is_library = kind in {"BINARY", "EXTENSION"} and Path(source).stat().st_size > _WORTH_A_LOOK
        if not is_library or subprocess.run(["strip", "-o", stripped, source], check=False).returncode != 0:
            stays.append((name, source, kind))
            continue
        content = stripped.read_bytes()
        grows = len(content) - len(zlib.compress(content))
        sizes.append((grows / len(content), grows, (name, source, kind), stripped))
    for _share, grows, entry, stripped in sorted(sizes, key=lambda each: each[:2]):
        if grows > bytes_more:
            stays.append(entry)
            continue
        bytes_more -= grows
        # The one kind of file that PyInstaller writes into a program as it is.
        stays.append((entry[0], str(stripped), "ZIPFILE"))
    return stays
