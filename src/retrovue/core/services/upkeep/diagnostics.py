"""Looking at everything that commonly goes wrong, with a remedy for each finding."""

import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from retrovue import __version__
from retrovue.core.context import AppContext
from retrovue.core.domain.errors import SecretError, SourceError, StorageError
from retrovue.core.domain.media import FileState, ItemKind
from retrovue.core.domain.servers import LibraryKind, Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext, number
from retrovue.core.services.mapping import rules as mapping_service
from retrovue.core.services.mapping.rules import MappingState
from retrovue.core.services.servers import registration as server_service
from retrovue.core.services.upkeep import places
from retrovue.core.services.upkeep.pseudonyms import Pseudonyms
from retrovue.core.storage import backup
from retrovue.core.storage.revisions import HEAD
from retrovue.core.system.dirs import is_network_path
from retrovue.core.system.logging import redact
from retrovue.core.system.secrets import SecretPlace
from retrovue.core.system.volumes import existing_folders

_MB = 1_000_000
_TOO_LITTLE_BYTES = 100 * _MB
_LITTLE_BYTES = 1000 * _MB
_SKEW_S = 60


class Health(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `subject` names the server or folder it is about."""

    check: str
    health: Health
    text: str
    remedy: str = ""
    subject: str | None = None


def diagnose(host: AppContext, token: CancelToken) -> Iterator[Finding]:
    """Findings as they come; a check that fails does not stop the others.

    Raises:
        Cancelled: the token was cancelled.
    """
    yield from _directory(host)
    yield from _settings(host)
    catalog = _catalog(host)
    yield catalog
    if catalog.health is Health.FAILED:
        return
    yield _keyring(host)
    servers = host.servers.all()
    if not servers:
        yield Finding("servers", Health.WARNING, _("No servers yet."), _("Add one with “retrovue servers add”."))
    for server in servers:
        token.raise_if_cancelled()
        yield from _server(host, server, token)
        yield from _mappings(host, server)


def _directory(host: AppContext) -> Iterator[Finding]:
    path = host.dirs.data_dir
    try:
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"RetroVue")
        yield Finding("data_dir", Health.OK, _("{path} is writable.").format(path=path))
        if host.dirs.is_open_to_others():
            text = _("Other users can change the data folder.")
            yield Finding("data_dir_open", Health.WARNING, text, host.dirs.open_words())
    except OSError as error:
        yield Finding(
            "data_dir",
            Health.FAILED,
            _("Cannot write to {path}: {reason}.").format(path=path, reason=error.strerror or type(error).__name__),
            _("Check its permissions and its disk, or choose another folder with --data-dir."),
        )
    free = shutil.disk_usage(path).free
    text = _("{free} MB free for the catalog.").format(free=f"{free / _MB:,.0f}")
    health = Health.OK if free >= _LITTLE_BYTES else Health.WARNING if free >= _TOO_LITTLE_BYTES else Health.FAILED
    yield Finding("disk", health, text, "" if health is Health.OK else _("Free some space on this disk."))
    if is_network_path(path):
        yield Finding(
            "network",
            Health.WARNING,
            _("{path} is on a network share, where a database can be damaged.").format(path=path),
            _("Keep the data folder on a local disk."),
        )
    else:
        yield Finding("network", Health.OK, _("The data folder is on a local disk."))


def _settings(host: AppContext) -> Iterator[Finding]:
    for warning in host.settings_store.warnings:
        yield Finding("settings", Health.WARNING, warning, _("Correct the value, or remove it."))
    if not host.settings_store.warnings:
        yield Finding("settings", Health.OK, _("The settings are valid."))


def _catalog(host: AppContext) -> Finding:
    remedy = _("Restore a backup with “retrovue db restore”, or start with an empty catalog and sync again.")
    try:
        host.servers.all()
        if host.settings.catalog_address:
            place = places.shown_place(host)
            return Finding(
                "catalog", Health.OK, _("The catalog on the server can be used: {place}").format(place=place)
            )
        problems = backup.check_integrity(host.dirs.catalog, quick=False)
    except StorageError as error:
        at_hand = error.command_hint or error.hint if host.settings.catalog_address else error.command_hint
        return Finding("catalog", Health.FAILED, error.text, at_hand or remedy)
    if problems:
        return Finding("catalog", Health.FAILED, "; ".join(problems[:3]), remedy)
    return Finding("catalog", Health.OK, _("The catalog is healthy: {path}").format(path=host.dirs.catalog))


def _keyring(host: AppContext) -> Finding:
    name = host.secrets.keyring_name()
    if name is not None:
        return Finding("keyring", Health.OK, _("Tokens are kept in {keyring}.").format(keyring=name))
    servers = host.servers.all()
    if servers and all(host.secrets.where(each.uuid, each.name) is SecretPlace.FILE for each in servers):
        text = _("Tokens are in a file in the data folder: anyone who can read it can use the servers.")
        return Finding("keyring", Health.OK, text)
    return Finding(
        "keyring",
        Health.WARNING,
        _("This computer has no keyring: tokens last for one run."),
        _("Set up a keyring, or allow a file with --store-token-in-file or RETROVUE_SECRETS=file."),
    )


def _server(host: AppContext, server: Server, token: CancelToken) -> Iterator[Finding]:
    if not server.is_active:
        yield Finding("server", Health.OK, _("Disabled."), subject=server.name)
        return
    try:
        verdict = server_service.check(host, server, token=token)
        if verdict.error is not None:
            raise verdict.error
        skew_s = _clock_skew(host, server, token)
    except (SourceError, SecretError) as error:
        yield Finding("server", Health.FAILED, error.text, error.command_hint, server.name)
        return
    text = _("Responds in {ms} ms, version {version}.").format(
        ms=verdict.duration_ms, version=verdict.info.version if verdict.info is not None else "?"
    )
    yield Finding("server", Health.OK, text, subject=server.name)
    if skew_s is None:
        return
    if abs(skew_s) > _SKEW_S:
        yield Finding(
            "clock",
            Health.WARNING,
            _("The server’s clock is off by {seconds} s.").format(seconds=f"{skew_s:+,.0f}"),
            _("Set both clocks from the network."),
            server.name,
        )
    else:
        yield Finding("clock", Health.OK, _("The clocks agree."), subject=server.name)


def _clock_skew(host: AppContext, server: Server, token: CancelToken) -> float | None:
    """Seconds that the server's clock is ahead; None when it does not tell."""
    source = host.open_source(server, token)
    try:
        for library in source.libraries():
            if library.kind.is_imported:
                kind = ItemKind.MOVIE if library.kind is LibraryKind.MOVIES else ItemKind.SHOW
                page = source.items_page(library, kind, start=0, size=1)
                if page.server_time is not None:
                    return page.server_time - host.clock.now().timestamp()
    finally:
        source.close()
    return None


def _mappings(host: AppContext, server: Server) -> Iterator[Finding]:
    states = host.browse.totals(server.id).states
    unmapped, missing, unreachable = (
        states.get(state, 0) for state in (FileState.UNMAPPED, FileState.MISSING, FileState.UNREACHABLE)
    )
    for count, text, remedy in (
        (
            unmapped,
            ngettext("{count} file has no local path.", "{count} files have no local path.", unmapped),
            _("Add a rule with “retrovue mappings add”."),
        ),
        (
            missing,
            ngettext(
                "{count} file is missing on this computer.", "{count} files are missing on this computer.", missing
            ),
            _("Check the rules, then run “retrovue files check”."),
        ),
        (
            unreachable,
            ngettext(
                "{count} file is on a disk that is not responding.",
                "{count} files are on disks that are not responding.",
                unreachable,
            ),
            _("Connect the disks, then run “retrovue files check”."),
        ),
    ):
        if count:
            yield Finding("files", Health.WARNING, text.format(count=number(count)), remedy, server.name)
    views = mapping_service.views(host, server)
    present = set(existing_folders([view.mapping.local_path for view in views]))
    for view in views:
        path = view.mapping.local_path
        if path not in present:
            remedy = _("Connect the disk, or change the rule.")
            text = _("The folder of a rule was not found: {path}").format(path=path)
            yield Finding("mapping", Health.WARNING, text, remedy, server.name)
        elif view.state is MappingState.UNUSED:
            text = _("A rule maps no files: {path}").format(path=view.mapping.server_path)
            yield Finding("mapping", Health.WARNING, text, _("Check how the server writes its paths."), server.name)
    if views and not states.get(FileState.UNMAPPED):
        yield Finding("mapping", Health.OK, _("Every file has a local path."), subject=server.name)


def pseudonyms_of(host: AppContext, users: Iterable[str] = ()) -> Pseudonyms:
    """Stand-ins for everything that the catalog calls by name; `users` are those that are watching now."""
    return Pseudonyms(
        servers=[server.name for server in host.servers.all()],
        libraries=[library.name for library in host.libraries.all()],
        users=users,
        titles=host.catalog.titles(),
    )


def diagnostics_text(
    host: AppContext, token: CancelToken, log_lines: Sequence[str], *, facts: Sequence[str] = ()
) -> str:
    """A report that can be shown to others: versions, findings, counts and the end of the log, without secrets.

    Args:
        log_lines: the newest lines, already redacted when they were written; redacted once more here.
        facts: what the caller knows besides, such as the desktop; a line each.
    """
    path = host.dirs.catalog
    totals = host.browse.totals()
    is_file = not host.settings.catalog_address
    size_mb = path.stat().st_size / _MB if is_file and path.exists() else 0
    lines = [
        f"RetroVue {__version__}",
        f"Python {platform.python_version()} · {platform.platform()}",
        f"SQLite {sqlite3.sqlite_version}" if is_file else "PostgreSQL",
        f"Schema {HEAD} · {size_mb:,.1f} MB",
        f"Items {totals.shows} shows, {totals.episodes} episodes, {totals.movies} movies, {totals.files} files",
        f"Keyring {host.secrets.keyring_name() or 'none'}",
        *facts,
        "",
    ]
    for finding in diagnose(host, token):
        subject = f" [{finding.subject}]" if finding.subject else ""
        lines.append(f"{finding.health.value:8}{finding.check}{subject}: {finding.text} {finding.remedy}".rstrip())
    return redact("\n".join([*lines, "", *log_lines]))
