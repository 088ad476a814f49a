"""Putting a copy in the catalog's place: looked at first, and never a moment without a catalog."""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from retrovue.core.domain.errors import ConfigError, CorruptError, SchemaTooNewError
from retrovue.core.i18n import _
from retrovue.core.storage.backup import check_integrity, read_only
from retrovue.core.storage.database import translated_errors
from retrovue.core.storage.revisions import HEAD, REVISIONS
from retrovue.core.storage.tables import metadata
from retrovue.core.storage.tables.triggers import TRIGGERS, own_trigger

_OURS = {*metadata.tables, "alembic_version", "search_fts"}


def restore_backup(source: Path, catalog: Path, *, now: int) -> Path | None:
    """Put a copy in the catalog's place; the catalog as it was is kept beside it and returned.

    Whoever has the catalog open must have closed it. Killed at any instant, the catalog is the old one or the new one.

    Raises:
        ConfigError: there is no such file.
        CorruptError: the copy is damaged, or no catalog of ours; nothing is touched.
        SchemaTooNewError: a newer RetroVue made it; nothing is touched.
    """
    inspect_copy(source)
    partial = catalog.with_name(catalog.name + ".restoring")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    try:
        with translated_errors(catalog):
            with closing(read_only(source)) as copy, closing(sqlite3.connect(partial)) as target:
                copy.backup(target)
            _to_disk(partial)
            kept = _keep(catalog, now)
            partial.replace(catalog)
            _to_disk(catalog.parent)
    finally:
        partial.unlink(missing_ok=True)
    return kept


def inspect_copy(source: Path) -> None:
    """Look at a file before anything of it is used.

    Its list of objects is read first: a view in the place of a table, or a trigger, would run on what comes after.

    Raises:
        ConfigError, CorruptError, SchemaTooNewError: see `restore_backup`.
    """
    if not source.is_file():
        raise ConfigError(_("There is no backup at {path}.").format(path=source))
    if source.stat().st_size == 0:
        raise _damaged(source, "0 bytes")
    try:
        with closing(read_only(source)) as connection:
            objects = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
            revision = _revision(connection, objects)
    except sqlite3.DatabaseError as error:
        raise _damaged(source, str(error)) from error
    if revision is None:
        raise _foreign(source, "no revision")
    if revision not in REVISIONS:
        raise SchemaTooNewError(
            _("This catalog was written by a newer version of RetroVue (schema {revision}).").format(revision=revision),
            hint=_("Update RetroVue, or choose another backup."),
        )
    strange = _strangers(objects, revision, _triggers_of(revision))
    if strange:
        raise _foreign(source, ", ".join(strange[:5]))
    problems = check_integrity(source, quick=False, is_copy=True)
    if problems:
        raise _damaged(source, "; ".join(problems[:3]))


def _revision(connection: sqlite3.Connection, objects: list[tuple[str, str, str]]) -> str | None:
    if ("table", "alembic_version") not in {(kind, name) for kind, name, _sql in objects}:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def _triggers_of(revision: str) -> dict[str, str]:
    """The triggers that a catalog of a revision has: name → statement. Those of an older one are made to be seen."""
    if revision == HEAD:
        return {name: own_trigger(name) or "" for name in TRIGGERS}
    # Alembic takes a second to import.
    from retrovue.core.storage.upgrade import upgrade

    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "catalog.db")
        upgrade(made, target=revision)
        with closing(sqlite3.connect(made)) as connection:
            return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())


def _strangers(objects: list[tuple[str, str, str]], revision: str, own_triggers: dict[str, str]) -> list[str]:
    """What RetroVue never made, and what it would have made and is not there."""
    tables = {name for kind, name, _sql in objects if kind == "table"}
    strange = [
        name
        for kind, name, sql in objects
        if kind == "view"
        or (kind == "trigger" and sql != own_triggers.get(name))
        or (kind == "table" and (sql or "").upper().startswith("CREATE VIRTUAL") and name != "search_fts")
    ]
    if revision != HEAD:
        # What an older schema had besides is upgraded, or refused, when it is opened.
        return strange
    own = {name for name in tables if not name.startswith(("sqlite_", "search_fts_"))}
    triggers = {name for kind, name, _sql in objects if kind == "trigger"}
    return [*strange, *sorted(own ^ _OURS), *sorted(own_triggers.keys() - triggers)]


def _keep(catalog: Path, now: int) -> Path | None:
    """A second name, or a copy, of the catalog as it is; the catalog stays where it is until it is replaced."""
    if not catalog.exists():
        return None
    _fold_in(catalog)
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = catalog.with_name(f"{catalog.name}.before-restore-{stamp}")
    kept.unlink(missing_ok=True)
    try:
        os.link(catalog, kept)
    except OSError:
        # FAT and some shares know no second names.
        shutil.copy2(catalog, kept)
    for suffix in ("-wal", "-shm"):
        # Still there: the catalog is damaged. SQLite would play this log into the new file.
        with suppress(FileNotFoundError):
            catalog.with_name(catalog.name + suffix).replace(kept.with_name(kept.name + suffix))
    return kept


def _fold_in(catalog: Path) -> None:
    """Bring what is in the write-ahead log into the file, so that the file alone is the catalog."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(catalog, timeout=10)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")


def _to_disk(path: Path) -> None:
    """Have the system write a file, or the names in a folder, before what follows."""
    with suppress(OSError):  # Windows opens no folders
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _damaged(source: Path, detail: str) -> CorruptError:
    return CorruptError(
        _("This backup is damaged: {path}").format(path=source),
        hint=_("Choose another backup."),
        command_hint=_("Choose another backup. “retrovue db info” lists them."),
        detail=detail,
    )


def _foreign(source: Path, detail: str) -> CorruptError:
    return CorruptError(
        _("This file is not a RetroVue catalog: {path}").format(path=source),
        hint=_("Choose another backup."),
        command_hint=_("Choose another backup. “retrovue db info” lists them."),
        detail=detail,
    )
