"""`AppContext`: creates and connects folders, settings, log, secrets and catalog.

Storage is imported on first use of the catalog, see `host`.
"""

import logging
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import tzinfo
from functools import cached_property
from typing import TYPE_CHECKING

from retrovue.core.domain.computers import Computer
from retrovue.core.domain.errors import CorruptError, LockedError, OtherComputerError, SecretError
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.i18n import _, ngettext, number
from retrovue.core.system import deeds
from retrovue.core.system.clock import Clock, SystemClock
from retrovue.core.system.dirs import AppDirs
from retrovue.core.system.files import make_private
from retrovue.core.system.language import speak
from retrovue.core.system.locks import ProcessLock, library_lock
from retrovue.core.system.logging import LogSession
from retrovue.core.system.secrets import KeyringBackend, SecretStore, system_keyring, token_variable
from retrovue.core.system.settings import Settings, SettingsStore
from retrovue.core.system.zone import local_zone

if TYPE_CHECKING:
    from retrovue.core.sources.base import Connection, MediaSource
    from retrovue.core.storage.database import Database
    from retrovue.core.storage.locks import CommonLock
    from retrovue.core.storage.overview import Overview
    from retrovue.core.system.autostart import Autostart
    from retrovue.core.system.filesystem import FileSystem
    from retrovue.core.system.power import PowerProvider
    from retrovue.core.system.volumes import VolumeProvider

SourceFactory = Callable[["ServerKind", "Connection", CancelToken | None], "MediaSource"]

log = logging.getLogger(__name__)

_MARKER = "open-"
_CLOCKS_APART_S = 120
"""A poll and a slow network make seconds; this is a clock that is wrong."""


def _registry_source(kind: ServerKind, connection: "Connection", token: CancelToken | None) -> "MediaSource":
    from retrovue.core.sources.registry import open_source

    return open_source(kind, connection, token=token)


class AppContext(Host):
    """The profile of a running program. Thread: any; the creator calls `close()` once.

    Args:
        environ, clock, keyring, open_source, file_system, volume_provider, power, autostart: injected in tests.
        machine: the system's own ID of this machine, injected in tests.
        console: a handler that shows log records in addition to the file.
        write_log: False leaves logging unchanged.

    Raises:
        ReadOnlyError: the folders cannot be created.
    """

    def __init__(
        self,
        dirs: AppDirs,
        *,
        clock: Clock | None = None,
        environ: Mapping[str, str] | None = None,
        keyring: Callable[[], KeyringBackend | None] = system_keyring,
        open_source: SourceFactory = _registry_source,
        file_system: "FileSystem | None" = None,
        volume_provider: "VolumeProvider | None" = None,
        power: "PowerProvider | None" = None,
        autostart: "Autostart | None" = None,
        machine: Callable[[], str | None] | None = None,
        console: logging.Handler | None = None,
        write_log: bool = True,
    ) -> None:
        self.dirs = dirs.create()
        make_private(*self.dirs.private_files())
        self.clock: Clock = clock if clock is not None else SystemClock()
        self._environ = os.environ if environ is None else environ
        self.settings_store = SettingsStore(dirs.settings_file, environ=self._environ)
        self.log_session: LogSession | None = None
        if write_log:
            level = self.settings.log_level.upper()
            self.log_session = LogSession(dirs.log_dir, level=level, console=console)
        if self.dirs.is_open_to_others():
            deeds.complain(self.dirs.open_words())
        for warning in self.settings_store.warnings:
            deeds.complain(warning)
        self.secrets = SecretStore(
            dirs.data_dir, lambda: self.servers.profile_id(), environ=self._environ, keyring=keyring
        )
        # Its password is needed before there is a catalog that could have an ID.
        self._catalog_secrets = SecretStore(dirs.data_dir, lambda: "catalog", environ=self._environ, keyring=keyring)
        self._open_source = open_source
        self._file_system = file_system
        self._volume_provider = volume_provider
        self._power = power
        self._autostart = autostart
        self._machine = machine
        self._lock = threading.RLock()
        self._database: Database | None = None
        self._used_address = ""
        self._marker: ProcessLock | None = None
        self._suspect = False
        self.clocks_apart = ""
        """What is said of the clock of the catalog's server, where it is another one than that of this computer."""
        self.on_upgrade: Callable[[str], None] = lambda _words: None
        """Called with what an upgrade of the catalog does now, on the thread that opens it."""
        speak(self.settings.language, self._environ)

    @property
    def settings(self) -> Settings:
        """Return the current settings."""
        return self.settings_store.current

    @property
    def environ(self) -> Mapping[str, str]:
        """Return the environment of this run."""
        return self._environ

    @property
    def database(self) -> "Database":
        """Return the catalog, opened, created or upgraded on first use.

        Raises:
            CorruptError: it is damaged. It stays where it is, and the hint has the remedy.
            StorageError: it cannot be opened.
        """
        with self._lock:
            if self._database is None:
                self._used_address = self.settings.catalog_address
                self._database = self._open()
            return self._database

    @property
    def used_catalog(self) -> str:
        """The address of the catalog that is in use, empty for the file: a new setting waits for the next start."""
        return self.settings.catalog_address if self._database is None else self._used_address

    def catalog_password(self, address: str) -> str | None:
        """Return the password that this computer keeps for a database, or None.

        Raises:
            SecretError: the keyring is locked or refused.
        """
        return self._catalog_secrets.own(address)[0]

    def keep_catalog_password(self, address: str, password: str) -> None:
        """Keep the password of a database in this computer's keyring, or for this run where there is none."""
        self._catalog_secrets.put_own(address, password)

    def overview(self) -> "Overview":
        """Return the servers and libraries, without loading SQLAlchemy where the catalog is ready to be read.

        Raises:
            CorruptError: as `database`.
            StorageError: as `database`.
        """
        from retrovue.core.storage.overview import Overview, read_overview

        with self._lock:
            found = read_overview(self.dirs.catalog) if self._database is None and self._is_ready() else None
        return found if found is not None else Overview(self.servers.all(), self.libraries.all())

    @property
    def zone(self) -> tzinfo:
        """Return the time zone of this desktop, as it is now: people travel."""
        return local_zone(self._environ)

    @cached_property
    def file_system(self) -> "FileSystem":
        """Return the file system of this computer."""
        from retrovue.core.system.filesystem import ComputerFileSystem

        return self._file_system or ComputerFileSystem()

    @cached_property
    def volume_provider(self) -> "VolumeProvider":
        """Return the provider of mounted volumes."""
        from retrovue.core.system.volumes import computer_volumes

        return self._volume_provider or computer_volumes()

    @cached_property
    def power(self) -> "PowerProvider":
        """Return the provider of battery and metered connections."""
        from retrovue.core.system.power import computer_power

        return self._power or computer_power()

    @cached_property
    def autostart(self) -> "Autostart":
        """Return the startup entry of this profile."""
        from retrovue.core.system.autostart import computer_autostart

        return self._autostart or computer_autostart(self.dirs, self._environ)

    def apply_autostart(self) -> bool:
        """Make the startup entry match the settings. Return whether it was changed.

        Raises:
            ReadOnlyError: the entry cannot be changed.
        """
        from retrovue.core.system.autostart import apply, startup_command

        settings = self.settings
        command = startup_command(self.dirs, hidden=settings.start_minimised, environ=self._environ)
        return apply(self.autostart, command, wanted=settings.autostart)

    def follow_autostart(self) -> None:
        """Update entry or setting at startup: the program can have moved, or the entry can have been removed.

        Raises:
            ReadOnlyError: the entry, or the setting, cannot be changed.
        """
        if not self.settings.autostart or self.settings_store.overridden_by("autostart"):
            return
        if self.autostart.command() is None:
            self.settings_store.update(autostart=False)
        else:
            self.apply_autostart()

    def connection(self, *, url: str, secret: str | None, server: Server | None = None) -> "Connection":
        """Return the connection to an address with the current settings. `server` adds its stored values."""
        from retrovue.core.sources.base import Connection

        return Connection(
            url=url,
            token=secret,
            client_id=self.settings.client_id,
            user_id=server.remote_user_id if server is not None else None,
            tls_fingerprint=server.tls_fingerprint if server is not None else None,
            gzip=self.settings.gzip_flag,
            server=server,
        )

    def connect(self, kind: ServerKind, connection: "Connection", token: CancelToken | None = None) -> "MediaSource":
        """Return a source for any address. Close it when done."""
        return self._open_source(kind, connection, token)

    def open_source(self, server: Server, token: CancelToken | None = None, *, may_move: bool = False) -> "MediaSource":
        """Return a source for a stored server with its token, which is sent to no other machine. Close it when done.

        Args:
            may_move: follow a redirect of the identity request, see `Connection`.

        Raises:
            SecretError: there is no token for it (or the keyring is locked).
        """
        secret = self.secrets.get(server.uuid, server.name)
        if secret is None:
            raise SecretError(
                _("Not signed in to “{server}”.").format(server=server.name),
                hint=_("Sign in again on the Servers page."),
                command_hint=_(
                    "Sign in again, give the token for this run in {variable}, or add the server again with "
                    "--store-token-in-file."
                ).format(variable=token_variable(server.name)),
                reason="missing",
            )
        connection = replace(self.connection(url=server.url, secret=secret, server=server), may_move=may_move)
        return self.connect(server.kind, connection, token)

    def library_lock(self, library_id: int, token: CancelToken) -> "CommonLock":
        """Return the lock of a library's sync. Taking it waits for other syncs on this computer.

        Raises:
            StorageError: the catalog cannot be opened.
        """
        from retrovue.core.storage.locks import CommonLock, LockKind

        return CommonLock(
            library_lock(self.dirs.lock_dir, library_id, token),
            self.database.lock(LockKind.LIBRARY, library_id),
            held_by=lambda name: OtherComputerError(
                _("“{computer}” is syncing this library.").format(computer=name),
                hint=_("Wait until it has finished: what it finds is shown here, too."),
            ),
            token=token,
        )

    def recorder_lock(self) -> "CommonLock":
        """Return the lock of the process that records the plays of the catalog.

        Raises:
            StorageError: the catalog cannot be opened.
        """
        from retrovue.core.storage.locks import CommonLock, LockKind

        return CommonLock(
            ProcessLock(self.dirs.lock_dir / "recorder.lock"),
            self.database.lock(LockKind.RECORDER),
            held_by=lambda name: LockedError(_("“{computer}” records the plays.").format(computer=name)),
        )

    def computer(self) -> Computer:
        """Return this computer, as this profile knows it.

        Raises:
            ReadOnlyError: its new ID cannot be saved.
        """
        from retrovue.core.system.computer import this_computer

        return this_computer(self.dirs.data_dir, machine=self._machine)

    def is_open_elsewhere(self) -> bool:
        """Return whether another process has the catalog open."""
        with self._lock:
            for path in self.dirs.lock_dir.glob(f"{_MARKER}*"):
                if self._marker is not None and path == self._marker.path:
                    continue
                lock = ProcessLock(path)
                if not lock.try_acquire():
                    return True
                lock.release()
        return False

    def suspect(self) -> None:
        """Request a check at the next opening, after the catalog reported damage."""
        self._suspect = True

    def release_database(self) -> None:
        """Close the catalog file for a restore. The next use opens it again."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None
            for name, kept in vars(Host).items():
                if isinstance(kept, cached_property):
                    self.__dict__.pop(name, None)
            if self._marker is not None:
                self._marker.release()
                if not self._suspect:
                    self._marker.path.unlink(missing_ok=True)
                self._marker = None

    @contextmanager
    def without_database(self) -> Iterator[None]:
        """Keep the catalog file closed inside the block. Other threads that need it wait."""
        with self._lock:
            self.release_database()
            yield

    @contextmanager
    def without_syncs(self, *, everywhere: bool = False) -> Iterator[None]:
        """Prevent syncs inside the block.

        Args:
            everywhere: on the other computers of a catalog on a server, too.

        Raises:
            LockedError: a sync is running, in this or another process, or on another computer.
            StorageError: the server of the catalog cannot be asked.
        """
        with ExitStack() as held:
            for path in sorted(self.dirs.lock_dir.glob("library-*.lock")):
                lock = ProcessLock(path)
                if not lock.try_acquire():
                    raise LockedError(
                        _("A library is being synced."), hint=_("Wait until the sync has finished, or cancel it.")
                    )
                held.callback(lock.release)
            if everywhere:
                self._lock_syncs_elsewhere(held)
            yield

    def _lock_syncs_elsewhere(self, held: ExitStack) -> None:
        from retrovue.core.storage.locks import LockKind

        every_library = self.database.lock(LockKind.LIBRARY)
        if every_library is None:
            return
        if not every_library.try_acquire():
            name = every_library.holder()
            raise LockedError(
                _("A library is being synced.")
                if name is None
                else _("“{computer}” is syncing a library.").format(computer=name),
                hint=_("Wait until the sync has finished, or cancel it."),
            )
        held.callback(every_library.release)
        held.enter_context(every_library.guarding())

    def close(self) -> None:
        """Close the catalog and the log. A second call does nothing."""
        self.release_database()
        if self.log_session is not None:
            self.log_session.close()
            self.log_session = None

    def _open(self) -> "Database":
        if self.settings.catalog_address:
            return self._open_on_server(self.settings.catalog_address)
        from retrovue.core.storage.schema import open_catalog

        path = self.dirs.catalog
        # Held while opening: two processes that start together must not both upgrade, or misread each other's marker.
        with ProcessLock(self.dirs.lock_dir / "opening.lock"):
            unclean, others = self._leftovers()
            is_emptied = path.exists() and path.stat().st_size == 0
            if is_emptied or (unclean and path.exists()):
                deeds.complain(_("RetroVue did not end properly last time. The catalog is being checked."))
                self._check(others=others)
            try:
                database = open_catalog(path, now=self.clock.epoch, computer=self.computer(), tell=self._tell_upgrade)
            except CorruptError:
                self._check(others=others)
                raise
            # SQLite creates files readable by all users; later ones get what the catalog has.
            make_private(*(path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")))
            marker = ProcessLock(self.dirs.lock_dir / f"{_MARKER}{uuid.uuid4().hex}")
            marker.try_acquire()
            self._marker = marker
        return database

    def _open_on_server(self, text: str) -> "Database":
        from retrovue.core.storage.postgres.address import parse_address
        from retrovue.core.storage.postgres.schema import open_postgres

        address = parse_address(text)
        database = open_postgres(
            address,
            now=self.clock.epoch,
            computer=self.computer(),
            tell=self._tell_upgrade,
            password=lambda: self.catalog_password(text),
            backups=self.dirs.backup_dir,
        )
        apart_s, self.clocks_apart = self.clock.epoch() - database.now(self.clock.epoch()), ""
        if abs(apart_s) >= _CLOCKS_APART_S:
            n = abs(apart_s) // 60
            self.clocks_apart = ngettext(
                "The clocks of this computer and of the catalog’s server differ by {n} minute. Set them right, or "
                "times of syncs look wrong on other computers.",
                "The clocks of this computer and of the catalog’s server differ by {n} minutes. Set them right, or "
                "times of syncs look wrong on other computers.",
                n,
            ).format(n=number(n))
            deeds.complain(self.clocks_apart)
        return database

    def _is_ready(self) -> bool:
        """Return whether there is a catalog file, and no process ended without closing it."""
        if self.settings.catalog_address or self._suspect or not self.dirs.catalog.exists():
            return False
        markers = list(self.dirs.lock_dir.glob(f"{_MARKER}*"))
        if not markers:
            return True
        # Held while looking: a process that is opening it now has made its marker and not yet taken it.
        with ProcessLock(self.dirs.lock_dir / "opening.lock"):
            for path in markers:
                lock = ProcessLock(path)
                if lock.try_acquire():
                    lock.release()
                    return False
        return True

    def _tell_upgrade(self, words: str) -> None:
        log.info("%s", words)
        self.on_upgrade(words)

    def _leftovers(self) -> tuple[bool, bool]:
        """Return (a process ended without closing, a process has the catalog open), and delete stale markers."""
        unclean = others = False
        for path in self.dirs.lock_dir.glob(f"{_MARKER}*"):
            lock = ProcessLock(path)
            if lock.try_acquire():
                unclean = True
                lock.release()
                path.unlink(missing_ok=True)
            else:
                others = True
        return unclean, others

    def _check(self, *, others: bool) -> None:
        """Raise for a damaged catalog, with the backup that can replace it. The file stays where it is.

        Raises:
            CorruptError: it is damaged.
        """
        from retrovue.core.storage import backup

        path = self.dirs.catalog
        damage = backup.find_damage(path)
        if not damage:
            return
        # The next start must also report the damage, instead of using what SQLite can still read.
        (self.dirs.lock_dir / f"{_MARKER}damaged").touch()
        text, detail = _("The catalog file is damaged: {path}").format(path=path), "; ".join(damage[:3])
        if others:
            raise CorruptError(
                text, hint=_("Close every other RetroVue window, then start RetroVue again."), detail=detail
            )
        copies = backup.list_backups(self.dirs.backup_dir, now=self.clock.epoch())
        if not copies:
            raise CorruptError(
                text,
                hint=_("Start with an empty catalog and sync again. The damaged file is kept."),
                command_hint=_(
                    "Start with an empty catalog with “retrovue db new”, then sync again. The damaged file is kept."
                ),
                detail=detail,
            )
        made = copies[0].made_at.strftime("%Y-%m-%d %H:%M UTC")
        raise CorruptError(
            text,
            hint=_("Restore the backup from {date}, or start with an empty catalog and sync again.").format(date=made),
            command_hint=_(
                "Restore the backup from {date} with “retrovue db restore”, "
                "or start with an empty catalog with “retrovue db new”. The damaged file is kept."
            ).format(date=made),
            detail=detail,
        )
