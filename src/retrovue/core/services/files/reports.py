"""Extra files and duplicates as CSV or JSON, for the window, the command line and scripts."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.text import isoformat
from retrovue.core.i18n import _
from retrovue.core.services.catalog.export import ExportFormat
from retrovue.core.services.catalog.sheets import SheetWriter
from retrovue.core.services.files.disks import Disk, DiskReport
from retrovue.core.services.files.duplicates import Copy, DuplicateGroup, DuplicateReport
from retrovue.core.services.files.extra import ExtraReport

_EXTRA_COLUMNS = ("path", "size_bytes", "modified_at", "root")
_COPY_COLUMNS = (
    "group kind title show season episode year ids servers libraries resolution size_bytes counts doubtful shared "
    "missing state local_path server_path"
).split()


def write_extra(report: ExtraReport, how: ExportFormat, out: TextIO) -> int:
    """Write extra files; returns how many."""
    if how is ExportFormat.JSON:
        json.dump(extra_json(report), out, ensure_ascii=False, indent=2)
        out.write("\n")
        return len(report.files)
    writer = SheetWriter(out)
    writer.writerow(_EXTRA_COLUMNS)
    for file in report.files:
        row = (file.path, file.size_bytes, _moment(file.modified_at), file.root)
        writer.writerow(row)
    return len(report.files)


def extra_json(report: ExtraReport) -> dict[str, object]:
    """The fixed shape of the report of extra files."""
    return {
        "files": [
            {
                "path": one.path,
                "size_bytes": one.size_bytes,
                "modified_at": _moment(one.modified_at),
                "root": one.root,
            }
            for one in report.files
        ],
        "total_bytes": report.total_bytes,
        "folders": report.folders,
        "complete": report.is_complete and not report.problems,
        "problems": [
            {"path": one.path, "problem": one.fault.value, "reason": one.fault.user_text} for one in report.problems
        ],
    }


def _moment(epoch_s: int | None) -> str | None:
    if epoch_s is None:
        return None
    try:
        return isoformat(datetime.fromtimestamp(epoch_s, UTC))
    except (OverflowError, ValueError, OSError):
        # Disks tell any number: one that is no date of the calendar is no date here.
        return None


def write_duplicates(report: DuplicateReport, how: ExportFormat, out: TextIO) -> int:
    """Write duplicates: as JSON by group, as CSV one line for each file of each copy; returns how many groups."""
    if how is ExportFormat.JSON:
        json.dump(duplicates_json(report), out, ensure_ascii=False, indent=2)
        out.write("\n")
        return len(report.groups)
    writer = SheetWriter(out)
    writer.writerow(_COPY_COLUMNS)
    for number, group in enumerate(report.groups, 1):
        for copy in group.copies:
            for file in copy.files:
                row = {
                    **_group_cells(number, group),
                    **_copy_cells(copy),
                    "state": file.state.value,
                    "size_bytes": file.size_bytes,
                    "local_path": file.local_path,
                    "server_path": file.server_path,
                }
                writer.writerow(row[column] for column in _COPY_COLUMNS)
    return len(report.groups)


def _group_cells(number: int, group: DuplicateGroup) -> dict[str, object]:
    return {
        "group": number,
        "kind": group.kind.value,
        "title": group.title,
        "show": group.show_title,
        "season": group.season,
        "episode": group.episode,
        "year": group.year,
        "ids": " ".join(str(one) for one in group.ids),
    }


def _copy_cells(copy: Copy) -> dict[str, object]:
    return {
        "servers": ", ".join(dict.fromkeys(server for server, _library in copy.places)),
        "libraries": ", ".join(library for _server, library in copy.places),
        "resolution": copy.resolution,
        "counts": int(copy.counts),
        "doubtful": int(copy.is_doubtful),
        "shared": int(copy.is_shared),
        "missing": int(copy.is_missing),
    }


def duplicates_json(report: DuplicateReport) -> dict[str, object]:
    """The fixed shape of the duplicates."""
    return {
        "groups": [
            {
                "kind": group.kind.value,
                "title": group.title,
                "show": group.show_title,
                "year": group.year,
                "season": group.season,
                "episode": group.episode,
                "ids": [[one.provider, one.external_id] for one in group.ids],
                "versions_of_one_item": group.in_one_item,
                "size_bytes": group.size_bytes,
                "extra_bytes": group.extra_bytes,
                "copies": [copy_json(copy) for copy in group.copies],
            }
            for group in report.groups
        ],
        "size_bytes": report.size_bytes,
        "extra_bytes": report.extra_bytes,
    }


def copy_json(copy: Copy) -> dict[str, object]:
    """One copy of a title."""
    return {
        "places": [{"server": server, "library": library} for server, library in copy.places],
        "resolution": copy.resolution,
        "size_bytes": copy.size_bytes,
        "shared": copy.is_shared,
        "missing": copy.is_missing,
        "doubtful": copy.is_doubtful,
        "files": [
            {
                "server_path": file.server_path,
                "local_path": file.local_path,
                "size_bytes": file.size_bytes,
                "state": file.state.value,
            }
            for file in copy.files
        ],
    }


def disks_json(report: DiskReport) -> dict[str, object]:
    """The fixed shape of the disks."""
    return {
        "disks": [disk_json(disk) for disk in report.disks],
        "files": report.files,
        "used_bytes": report.used_bytes,
    }


def disk_json(disk: Disk) -> dict[str, object]:
    """One disk."""
    return {
        "path": disk.path,
        "label": disk.label,
        "kind": None if disk.kind is None else disk.kind.value,
        "mounted": disk.is_mounted,
        "total_bytes": disk.total_bytes,
        "free_bytes": disk.free_bytes,
        "source": disk.source.value,
        "at": isoformat(disk.at),
        "files": disk.files,
        "used_bytes": disk.used_bytes,
        "libraries": [
            {"server": one.server, "library": one.library, "files": one.files, "used_bytes": one.size_bytes}
            for one in disk.libraries
        ],
    }


def save_report(path: Path, how: str, write: Callable[[TextIO], int]) -> int:
    """Write a report to a file, whole or not at all; returns what `write` counted.

    Args:
        how: an `ExportFormat` value.

    Raises:
        ConfigError: it cannot be written there.
    """
    # utf-8-sig: spreadsheets take a CSV without the mark for the system's old code page. Names that are no text keep
    # their bytes.
    encoding = "utf-8-sig" if how == ExportFormat.CSV else "utf-8"
    with (
        _whole(path) as temporary,
        temporary.open("w", encoding=encoding, errors="surrogateescape", newline="") as out,
    ):
        return write(out)


def save_bytes(path: Path, content: bytes) -> None:
    """Write a file that is ready, such as a picture, whole or not at all.

    Raises:
        ConfigError: it cannot be written there.
    """
    with _whole(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a file beside `path` that takes its place once it was written without an error."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ConfigError(
            _("Could not write {path}.").format(path=path),
            hint=_("Choose another folder, or free some space."),
            detail=str(error),
        ) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
