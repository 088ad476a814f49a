"""Copies of the catalog through SQLite's own backup, safe while the program runs. Tokens are never in them."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from retrovue.core.domain.errors import CorruptError, DiskFullError, ReadOnlyError
from retrovue.core.i18n import _
from retrovue.core.storage.database import translated_errors

KEEP = 5
_DAY_S = 86_400
_YEAR_S = 366 * _DAY_S
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


@contextmanager
def written_copies(directory: Path) -> Iterator[None]:
    """Turn what the system says about the folder of backups into a `StorageError` with a remedy."""
    try:
        yield
    except OSError as error:
        detail = f"{type(error).__name__}: {error.strerror}"
        said = _("The backup cannot be written to {path}.").format(path=directory)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(said, hint=_("Free some space on its disk, then try again."), detail=detail) from error
        hint = _("Check that its disk is connected, and check the permissions of this folder.")
        raise ReadOnlyError(said, hint=hint, detail=detail) from error


def make_backup(catalog: Path, directory: Path, *, now: int, reason: str, keep: int = KEEP) -> Path:
    """Copy the catalog and drop the oldest copies beyond `keep`; returns the new file.

    The copy is written beside its final name and renamed when complete: a copy that exists is whole.

    Raises:
        StorageError: the catalog cannot be read, or the copy not written.
    """
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    final = directory / f"retrovue-{stamp}-{reason}.db"
    partial = final.with_suffix(".partial")
    with written_copies(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite would create it readable by all users.
        partial.touch(mode=0o600)
        try:
            with (
                translated_errors(catalog),
                closing(sqlite3.connect(catalog, timeout=10)) as source,
                closing(sqlite3.connect(partial)) as copy,
            ):
                source.backup(copy)
            partial.replace(final)
        finally:
            partial.unlink(missing_ok=True)
        _prune(directory, final, keep, now)
    return final


def _prune(directory: Path, new: Path, keep: int, now: int) -> None:
    """Delete the oldest copies beyond `keep` of each age: of the last year, older, and dated in the future.

    A clock that jumped ahead and back makes copies with odd dates: they must not push out those with right ones, nor
    the other way round.
    """
    ages: dict[int, list[Backup]] = {}
    for one in list_backups(directory, now=now):
        age_s = now - one.made_at.timestamp()
        ages.setdefault(0 if age_s < -_DAY_S else 1 if age_s < _YEAR_S else 2, []).append(one)
    for copies in ages.values():
        for old in copies[keep:]:
            if old.path != new:
                for suffix in ("", *_COMPANIONS):
                    old.path.with_name(old.path.name + suffix).unlink(missing_ok=True)


def list_backups(directory: Path, *, now: int) -> list[Backup]:
    """The copies in a folder, newest first; those dated in the future (a clock went wrong) come last."""
    found: list[Backup] = []
    for path in directory.glob("retrovue-*.db") if directory.is_dir() else ():
        parts = path.stem.split("-", 2)
        try:
            made = datetime.strptime(parts[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except (IndexError, ValueError):
            continue
        reason = parts[2] if len(parts) > 2 else ""
        found.append(Backup(path, path.stat().st_size, made, reason))
    latest = datetime.fromtimestamp(now + _DAY_S, UTC)
    return sorted(found, key=lambda item: (item.made_at <= latest, item.made_at, item.path.name), reverse=True)


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing, not even a companion file beside a copy."""
    companions = any(path.with_name(path.name + suffix).exists() for suffix in _COMPANIONS)
    mode = "mode=ro" if companions else "immutable=1"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=10)
    # Nothing that the file itself brings (functions in its views, defaults, checks) may do more than read.
    connection.execute("PRAGMA trusted_schema=OFF")
    return connection


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
        with closing(read_only(path)) as connection:
            # A view by the name of a table could run for ever.
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not tables.issuperset(counted):
                raise sqlite3.DatabaseError(f"no tables {sorted(set(counted) - tables)}")
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


def check_integrity(path: Path, *, quick: bool = True, is_copy: bool = False) -> list[str]:
    """What SQLite finds wrong with a database file; an empty list is a healthy file.

    Args:
        is_copy: nobody has it open, so nothing is written beside it: not even on a disk that takes no more.
    """
    try:
        # A catalog may be opened by others at any moment, which `read_only` would not see.
        beside = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10) if not is_copy else None
        with closing(beside or read_only(path)) as connection:
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
