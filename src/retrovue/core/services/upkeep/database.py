"""The catalog file as a whole: facts, backups, restoring, purging."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from retrovue.core.context import AppContext
from retrovue.core.domain.browse import CatalogTotals
from retrovue.core.domain.errors import CatalogAwayError, ConfigError, LockedError, SecretError
from retrovue.core.i18n import _, ngettext, number
from retrovue.core.services.upkeep import places
from retrovue.core.storage import backup as backups
from retrovue.core.storage.backup import Backup as Backup
from retrovue.core.storage.backup import contents as contents
from retrovue.core.storage.database import read_only_error
from retrovue.core.storage.postgres.database import PostgresDatabase
from retrovue.core.storage.postgres.dumps import dump_program, list_dumps, make_dump
from retrovue.core.storage.postgres.inspection import inspect_server
from retrovue.core.storage.restore import restore_backup
from retrovue.core.storage.revisions import HEAD
from retrovue.core.storage.schema import revision_of
from retrovue.core.system import deeds
from retrovue.core.system.files import can_write

log = logging.getLogger(__name__)

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DatabaseInfo:
    """Facts about the catalog. `problems` is empty for a healthy one.

    Attributes:
        place: the path of its file, or the address of its server without the user.
        engine: what it is kept by, and which version.
    """

    place: str
    engine: str
    size_bytes: int
    schema: str | None
    problems: tuple[str, ...]
    counts: dict[str, int]
    backups: tuple[Backup, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """Which copy was put back, and where the catalog as it was is kept."""

    source: Path
    kept: Path | None


def open_catalog(host: AppContext, *, can_write: Callable[[Path], bool] = can_write) -> None:
    """Open, create or upgrade the catalog, to write in it.

    Commands that only read do so from a file that cannot be written, too; in a window
    each act would fail, one after the other.

    Args:
        can_write: asks the system about a file.

    Raises:
        StorageError: it cannot be opened.
        ReadOnlyError: it can only be read.
    """
    path = host.dirs.catalog
    if not host.settings.catalog_address and path.exists() and not can_write(path):
        raise read_only_error(path)
    host.database  # noqa: B018 - opened on first use


def data_version(host: AppContext) -> int:
    """Return a number that is another one after every commit, of this program or any other."""
    return host.database.data_version()


def is_away(host: AppContext, *, is_doubtful: bool = False) -> bool:
    """Return whether the server that has the catalog is out of reach. A catalog file never is.

    Args:
        is_doubtful: ask it in any case; otherwise only where a lost connection was noticed.

    Raises:
        StorageError: it answers, and refuses.
    """
    database = host.database
    if not is_doubtful and not database.seems_away:
        return False
    try:
        with database.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    except CatalogAwayError:
        return True
    return False


def info(host: AppContext) -> DatabaseInfo:
    """Facts about the catalog, after a quick check of its health."""
    totals: CatalogTotals = host.browse.totals()
    database = host.database
    if isinstance(database, PostgresDatabase):
        facts = inspect_server(database.address)
        place, engine = database.address.shown(), f"PostgreSQL {facts.version // 10000}.{facts.version % 10000}"
        size, schema, problems = facts.size_bytes, facts.revision, []
    else:
        path = host.dirs.catalog
        place, engine = str(path), f"SQLite {sqlite3.sqlite_version}"
        size, schema, problems = path.stat().st_size, revision_of(path), backups.check_integrity(path)
    return DatabaseInfo(
        place=place,
        engine=engine,
        size_bytes=size,
        schema=schema,
        problems=tuple(problems),
        counts={
            "servers": len(host.servers.all()),
            "libraries": len(host.libraries.all()),
            "shows": totals.shows,
            "episodes": totals.episodes,
            "movies": totals.movies,
            "files": totals.files,
        },
        backups=tuple(backups.list_backups(host.dirs.backup_dir, now=host.clock.epoch())),
    )


def sizes(host: AppContext) -> tuple[int, int]:
    """Return how many bytes the catalog has, and how many backups of it this computer keeps."""
    if host.used_catalog:
        _address, facts = places.signed_in(host, host.used_catalog)
        return facts.size_bytes, len(list_dumps(host.dirs.backup_dir))
    path = host.dirs.catalog
    return path.stat().st_size if path.exists() else 0, len(list_backups(host))


def list_backups(host: AppContext) -> list[Backup]:
    """Return the copies of this profile, the newest first."""
    return list(backups.list_backups(host.dirs.backup_dir, now=host.clock.epoch()))


def backup(host: AppContext, *, reason: str = "by-hand") -> Path:
    """Copy the catalog; returns the new file.

    Raises:
        StorageError: it failed; for a catalog on a server also where this computer has no pg_dump.
    """
    # Opened (created, upgraded) before it is copied.
    database, now, folder = host.database, host.clock.epoch(), host.dirs.backup_dir
    if isinstance(database, PostgresDatabase):
        version = inspect_server(database.address).version
        made = make_dump(database.address, folder, server_version=version, now=now, reason=reason)
    else:
        made = backups.make_backup(host.dirs.catalog, folder, now=now, reason=reason)
    deeds.tell(_("Backed up the catalog: {name}").format(name=made.name))
    return made


def is_backup_due(host: AppContext) -> bool:
    """Whether the weekly copy is to be made now: there is something to copy, and the newest copy is a week old."""
    if host.used_catalog:
        return _is_dump_due(host)
    if not host.dirs.catalog.exists() or not host.servers.all():
        return False
    copies = backups.list_backups(host.dirs.backup_dir, now=host.clock.epoch())
    # A copy dated in the future was made while the clock was wrong, and says nothing about the time since.
    return not copies or not timedelta(days=-1) <= host.clock.now() - copies[0].made_at < WEEK


def _is_dump_due(host: AppContext) -> bool:
    """Where this computer has pg_dump, and whoever cares for the server is not left to it alone."""
    if dump_program() is None or not host.servers.all():
        return False
    week_ago = (host.clock.now() - WEEK).timestamp()
    return not any(path.stat().st_mtime > week_ago for path in list_dumps(host.dirs.backup_dir))


def restore(host: AppContext, source: Path | None = None) -> Restored:
    """Put a copy (the newest by default) in the catalog's place.

    Raises:
        ConfigError: there is no copy.
        CorruptError, SchemaTooNewError: the copy is damaged, foreign or newer; nothing was touched.
        LockedError: another program has the catalog open, or a library is being synced.
    """
    places.refuse_on_server(
        host,
        lambda: _("A backup of a PostgreSQL database is restored on its server."),
        lambda: _("Restore the file from the backups folder with pg_restore, into an empty database."),
    )
    if source is None:
        copies = backups.list_backups(host.dirs.backup_dir, now=host.clock.epoch())
        if not copies:
            raise ConfigError(
                _("There is no backup in {path}.").format(path=host.dirs.backup_dir), hint=_("Give a file to restore.")
            )
        source = copies[0].path
    _refuse_while_open_elsewhere(host)
    # Another lane that opened the file in between would go on with the one that is put aside.
    with host.without_syncs(), host.without_database():
        kept = restore_backup(source, host.dirs.catalog, now=host.clock.epoch())
    log.info("catalog restored from %s", source)
    deeds.tell(_("Restored the catalog from the backup {name}").format(name=source.name))
    return Restored(source, kept)


def start_empty(host: AppContext) -> Path | None:
    """Begin with an empty catalog; returns where the one before, whatever its state, is kept (None: there was none).

    Raises:
        ConfigError: the catalog is on a server.
        LockedError: another program has the catalog open.
    """
    places.refuse_on_server(
        host,
        lambda: _("The catalog is on a PostgreSQL server."),
        lambda: _("Create an empty database on the server, and have RetroVue use that one."),
    )
    _refuse_while_open_elsewhere(host)
    with host.without_database():
        kept = backups.set_aside(host.dirs.catalog, now=host.clock.epoch()) if host.dirs.catalog.exists() else None
        host.servers.all()
    log.info("an empty catalog was created; the one before is %s", kept)
    deeds.tell(_("Started an empty catalog."))
    return kept


def _refuse_while_open_elsewhere(host: AppContext) -> None:
    if host.is_open_elsewhere():
        raise LockedError(_("The catalog is open in another RetroVue window."), hint=_("Quit it, then try again."))


def upgrade(host: AppContext) -> tuple[str | None, str | None]:
    """Bring the catalog to this version's schema; returns (before, after). None is no catalog yet."""
    if host.settings.catalog_address:
        before = places.signed_in(host, host.settings.catalog_address)[1].revision
        host.servers.all()
        return before, HEAD
    before = revision_of(host.dirs.catalog)
    host.servers.all()
    return before, revision_of(host.dirs.catalog)


def purge(host: AppContext) -> dict[str, int]:
    """Delete tombstones, deleted plays and removed servers for good, after a backup; returns counts by kind.

    Raises:
        LockedError: a library is being synced; nothing was deleted.
    """
    # A sync that has just met a removed item again would bring back a row that is no longer there.
    with host.without_syncs(everywhere=True):
        backup(host, reason="before-purge")
        files = host.removals.file_rows()
        counts = {f"{kind.value}s": count for kind, count in host.removals.purge().items()}
        counts["files"] = files - host.removals.file_rows()
        plays = host.plays.purge()
        gone = host.servers.purge_removed()
    for uuid in gone:
        try:
            host.secrets.delete(uuid)
        except SecretError as error:
            log.warning("a token of a purged server stays in the keyring: %s", error.text)
    n = sum(counts.values()) + plays
    said = ngettext("Deleted {n} removed entry for good.", "Deleted {n} removed entries for good.", n)
    deeds.tell(said.format(n=number(n)))
    return {**counts, "plays": plays, "servers": len(gone)}
