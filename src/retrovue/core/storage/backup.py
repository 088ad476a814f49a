"""Copies of the catalog through SQLite's own backup, safe while the program runs. Tokens are never in them."""

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from retrovue.core.domain.errors import ConfigError, CorruptError
from retrovue.core.i18n import _
from retrovue.core.storage.database import translated_errors

KEEP = 5
_COMPANIONS = ("-wal", "-shm")
# What keeps a check from reading the file says nothing about the file.
_NOT_DAMAGE = ("locked", "busy", "unable to open", "readonly", "read-only", "disk i/o", "interrupted")


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the catalog. `made_at` is read from the file's name."""

    path: Path
    size_bytes: int
    made_at: datetime
    reason: str


def backup_dir(catalog: Path) -> Path:
    """Where the copies of a catalog are kept."""
    return catalog.parent / "backups"


def make_backup(catalog: Path, directory: Path, *, now: int, reason: str, keep: int = KEEP) -> Path:
    """Copy the catalog and drop the oldest copies beyond `keep`; returns the new file.

    The copy is written beside its final name and renamed when complete: a copy that exists is whole.
    """
    directory.mkdir(parents=True, exist_ok=True)
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    final = directory / f"retrovue-{stamp}-{reason}.db"
    partial = final.with_suffix(".partial")
    with translated_errors(catalog):
        with (
            closing(sqlite3.connect(catalog, timeout=10)) as source,
            closing(sqlite3.connect(partial)) as copy,
        ):
            source.backup(copy)
        partial.replace(final)
    for old in list_backups(directory)[keep:]:
        if old.path != final:
            old.path.unlink(missing_ok=True)
    return final


def list_backups(directory: Path) -> list[Backup]:
    """The copies in a folder, newest first."""
    found: list[Backup] = []
    for path in directory.glob("retrovue-*.db") if directory.is_dir() else ():
        parts = path.stem.split("-", 2)
        try:
            made = datetime.strptime(parts[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except (IndexError, ValueError):
            continue
        reason = parts[2] if len(parts) > 2 else ""
        found.append(Backup(path, path.stat().st_size, made, reason))
    return sorted(found, key=lambda item: (item.made_at, item.path.name), reverse=True)


def contents(path: Path) -> dict[str, int]:
    """What a copy holds: how many servers, libraries, shows, episodes and movies are in it.

    Raises:
        CorruptError: it is no catalog, or damaged.
    """
    counted = {
        "servers": "servers WHERE removed_at IS NULL",
        "libraries": "libraries",
        **{name: f"{name} WHERE removed_at IS NULL" for name in ("shows", "episodes", "movies")},
    }
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
            return {
                name: connection.execute(f"SELECT count(*) FROM {rows}").fetchone()[0] for name, rows in counted.items()
            }
    except sqlite3.DatabaseError as error:
        raise CorruptError(
            _("This file is not a RetroVue catalog: {path}").format(path=path),
            hint=_("Choose another backup."),
            command_hint=_("Choose another backup. “retrovue db info” lists them."),
            detail=str(error),
        ) from error


def check_integrity(path: Path, *, quick: bool = True) -> list[str]:
    """What SQLite finds wrong with a database file; an empty list is a healthy file."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
            rows = connection.execute("PRAGMA quick_check" if quick else "PRAGMA integrity_check").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [str(row[0]) for row in rows if row[0] != "ok"]


def find_damage(path: Path) -> list[str]:
    """Return what is damaged in a catalog file; an empty list is a healthy file, or one that cannot be read now."""
    if path.stat().st_size == 0:
        # File systems leave it so after a power cut. SQLite takes it for a new database without tables.
        return ["the file is empty"]
    problems = check_integrity(path)
    return [text for text in problems if not any(word in text.lower() for word in _NOT_DAMAGE)]


def set_aside(catalog: Path, *, now: int) -> Path:
    """Move a catalog away together with its companion files, under a name that is free; nothing is deleted."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    target = catalog.with_name(f"{catalog.name}.before-new-{stamp}")
    number = 1
    while target.exists():
        number += 1
        target = catalog.with_name(f"{catalog.name}.before-new-{stamp}-{number}")
    _move(catalog, target)
    return target


def _move(catalog: Path, target: Path) -> None:
    """Move a catalog with its companions, which whoever closes it last takes away at any moment."""
    for suffix in ("", *_COMPANIONS):
        with suppress(FileNotFoundError):
            catalog.with_name(catalog.name + suffix).replace(target.with_name(target.name + suffix))


def restore_backup(source: Path, catalog: Path, *, now: int) -> Path | None:
    """Put a copy in the catalog's place; the catalog as it was is kept beside it and returned.

    Raises:
        ConfigError: there is no such file.
        CorruptError: the copy itself is damaged; nothing is touched.
    """
    if not source.is_file():
        raise ConfigError(_("There is no backup at {path}.").format(path=source))
    problems = check_integrity(source, quick=False)
    if problems:
        raise CorruptError(
            _("This backup is damaged: {path}").format(path=source),
            hint=_("Choose another backup."),
            command_hint=_("Choose another backup. “retrovue db info” lists them."),
            detail="; ".join(problems[:3]),
        )
    partial = catalog.with_name(catalog.name + ".restoring")
    with (
        translated_errors(catalog),
        closing(sqlite3.connect(source)) as copy,
        closing(sqlite3.connect(partial)) as target,
    ):
        copy.backup(target)
    kept: Path | None = None
    if catalog.exists():
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
        kept = catalog.with_name(f"{catalog.name}.before-restore-{stamp}")
        _move(catalog, kept)
    partial.replace(catalog)
    return kept
