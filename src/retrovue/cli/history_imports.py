"""`retrovue history import-…`: plays that other programs and the servers recorded."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retrovue.cli.failures import DONE, servers_code
from retrovue.cli.progress import import_bar
from retrovue.cli.servers_secrets import TokenStdin, read_token
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.errors import ConfigError, SecretError, SourceError
from retrovue.core.domain.imports import ImportCounts
from retrovue.core.domain.servers import Server
from retrovue.core.i18n import _
from retrovue.core.services.catalog.lookup import find_server
from retrovue.core.services.history.imports.saying import sentences
from retrovue.core.services.servers.stored import active_servers

if TYPE_CHECKING:
    from retrovue.core.services.history.imports.intake import ImportReport, Report

DryRun = Annotated[bool, typer.Option("--dry-run", help=_("Only count what would be added."))]
PlaysOf = Annotated[
    str | None, typer.Option("--server", metavar="SERVER", help=_("The server that the plays belong to."))
]


def import_tautulli(
    ctx: typer.Context,
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help=_("Address of Tautulli."))] = None,
    token_stdin: TokenStdin = False,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="PATH", help=_("Read Tautulli’s database file instead."))
    ] = None,
    server: PlaysOf = None,
    dry_run: DryRun = False,
) -> int:
    """Add the plays that Tautulli recorded. Run it again to add newer ones."""
    # Imported here: `history list` must not load the HTTP client.
    from retrovue.core.services.history.imports.tautulli import import_tautulli as from_api
    from retrovue.core.services.history.imports.tautulli import import_tautulli_file as from_file

    session = session_of(ctx)
    if (url is None) == (file is None):
        raise ConfigError(_("Tautulli is read from an address or from a file."), hint=_("Give --url or --file."))
    fallback = _server(session, server)
    with _progress(session) as report:
        if file is not None:
            done = from_file(
                session.context, path=file, fallback=fallback, is_rehearsal=dry_run, token=session.token, report=report
            )
        else:
            assert url is not None
            key, _is_for_one_run = read_token(session, "tautulli", token_stdin=token_stdin)
            done = from_api(
                session.context,
                url=url,
                key=key,
                fallback=fallback,
                is_rehearsal=dry_run,
                token=session.token,
                report=report,
            )
    return _finish(session, done, is_rehearsal=dry_run, with_row_id=True)


def import_server(
    ctx: typer.Context,
    server: Annotated[str | None, typer.Option("--server", metavar="SERVER", help=_("Only this server."))] = None,
    dry_run: DryRun = False,
) -> int:
    """Add what the servers recorded themselves. Plays without a known length have no play time."""
    from retrovue.core.services.history.imports.server_record import import_server as from_server

    session = session_of(ctx)
    chosen = _server(session, server)
    servers = [chosen] if chosen is not None else active_servers(session.context)
    counts, failed = ImportCounts(), 0
    of_each: list[tuple[Server, ImportCounts]] = []
    with _progress(session) as report:
        for each in servers:
            try:
                done = from_server(session.context, each, is_rehearsal=dry_run, token=session.token, report=report)
            except (SourceError, SecretError) as error:
                failed += 1
                session.out.warn(f"{each.name}: {error.command_text()}")
            else:
                counts += done.counts
                of_each.append((each, done.counts))
    if session.out.as_json:
        session.out.json(_counts_json(counts, is_rehearsal=dry_run))
    elif dry_run and len(of_each) > 1:
        for each, own in of_each:
            session.out.line(f"{each.name}: {' '.join(_sentences(session, own, is_rehearsal=True))}")
    elif failed < len(servers):
        _say(session, counts, is_rehearsal=dry_run)
    return servers_code(len(servers), failed)


def import_reporting(
    ctx: typer.Context,
    server: Annotated[
        str, typer.Option("--server", metavar="SERVER", help=_("The Emby or Jellyfin server that has the plugin."))
    ],
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help=_("Read a backup file of the plugin instead."))
    ] = None,
    dry_run: DryRun = False,
) -> int:
    """Add the plays that the Playback Reporting plugin recorded. Run it again to add newer ones."""
    from retrovue.core.services.history.imports.reporting import import_reporting as from_api
    from retrovue.core.services.history.imports.reporting import import_reporting_file as from_file

    session = session_of(ctx)
    context, found = session.context, find_server(session.context, server)
    with _progress(session) as report:
        if file is None:
            done = from_api(context, found, is_rehearsal=dry_run, token=session.token, report=report)
        else:
            done = from_file(
                context,
                found,
                path=file,
                zone=context.zone,
                is_rehearsal=dry_run,
                token=session.token,
                report=report,
            )
    return _finish(session, done, is_rehearsal=dry_run)


def import_jellystat(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("A backup file of Jellystat."))],
    server: PlaysOf = None,
    dry_run: DryRun = False,
) -> int:
    """Add the plays of a backup of Jellystat. They say when they ended, and how long they lasted at most."""
    from retrovue.core.services.history.imports.jellystat import import_jellystat as from_file

    session = session_of(ctx)
    fallback = _server(session, server)
    with _progress(session) as report:
        done = from_file(
            session.context,
            path=file,
            zone=session.context.zone,
            fallback=fallback,
            is_rehearsal=dry_run,
            token=session.token,
            report=report,
        )
    return _finish(session, done, is_rehearsal=dry_run)


def _finish(session: Session, done: "ImportReport", *, is_rehearsal: bool, with_row_id: bool = False) -> int:
    if session.out.as_json:
        row_id = {"last_row_id": done.last_row_id} if with_row_id else {}
        session.out.json(_counts_json(done.counts, is_rehearsal=is_rehearsal) | row_id)
    else:
        if done.server is None:
            session.out.note(_("The plays belong to no server of this catalog. Import again after adding it."))
        _say(session, done.counts, is_rehearsal=is_rehearsal)
    if done.counts.added and not is_rehearsal:
        from retrovue.core.services.statistics.upkeep import prepare

        # Whoever asks for statistics next would wait for it.
        prepare(session.context, token=session.token)
    return DONE


def _server(session: Session, name: str | None) -> Server | None:
    return None if name is None else find_server(session.context, name)


def _counts_json(counts: ImportCounts, *, is_rehearsal: bool) -> dict[str, object]:
    found: dict[str, object] = {
        "read": counts.read,
        "added": counts.added,
        "already_known": counts.already_known,
        "skipped": counts.skipped,
    }
    if is_rehearsal:
        found |= {
            "joined": counts.joined,
            "not_in_catalog": counts.not_in_catalog,
            "people": sorted(counts.people),
            "first_at": _instant(counts.first_at),
            "last_at": _instant(counts.last_at),
        }
    return found


def _instant(at: int | None) -> str | None:
    return None if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _say(session: Session, counts: ImportCounts, *, is_rehearsal: bool) -> None:
    session.out.lines(_sentences(session, counts, is_rehearsal=is_rehearsal))


def _sentences(session: Session, counts: ImportCounts, *, is_rehearsal: bool) -> list[str]:
    zone = session.context.zone
    said = sentences(counts, is_rehearsal=is_rehearsal, number=str, day=lambda at: f"{at.astimezone(zone):%Y-%m-%d}")
    return list(said)


@contextmanager
def _progress(session: Session) -> "Iterator[Report]":
    with import_bar(session.out) as report:
        yield report if report is not None else lambda _progress: None
