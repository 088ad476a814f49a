"""The rest of the demo's house: the other servers, what was played before, and who is watching."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrovue.cli.files import summary_json
from retrovue.cli.output import cells
from retrovue.cli.progress import sync_bars
from retrovue.cli.session import Session
from retrovue.cli.sync import report_json
from retrovue.core.context import AppContext
from retrovue.core.domain.media import FileState
from retrovue.core.domain.playback import session_title
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.sync import SyncReport, SyncRequest
from retrovue.core.i18n import _
from retrovue.core.services.files.check import check as check_files
from retrovue.core.services.looking import CheckSummary
from retrovue.core.services.mapping import rules as mapping_service
from retrovue.core.services.monitor.now import watching_now
from retrovue.core.services.servers import registration as server_service
from retrovue.core.services.servers.registration import ServerChange
from retrovue.core.services.sync.run import run_sync

if TYPE_CHECKING:
    from retrovue.demo.house import House
    from retrovue.demo.people import ServerName
    from retrovue.demo.server import DemoServer

_KINDS = {ServerKind.JELLYFIN: "Demo Jellyfin", ServerKind.EMBY: "Demo Emby"}
_MACHINE_DIGITS = 32
"""Identities of Emby and Jellyfin are this long."""


@dataclass
class Others:
    """What was imported of the servers beside the Plex one."""

    imported: list[tuple[Server, SyncReport, CheckSummary]] = field(default_factory=list)

    @property
    def reports(self) -> list[SyncReport]:
        """Return the result of each sync."""
        return [report for _server, report, _checked in self.imported]

    def json(self) -> dict[str, Any]:
        """Return them as JSON, with the name of each server."""
        others = [
            {"server": server.name, "sync": report_json(report), "files": summary_json(checked)}
            for server, report, checked in self.imported
        ]
        return {"others": others}


def add_server(session: Session, context: AppContext, kind: ServerKind, name: str, demo_server: "DemoServer") -> Server:
    """Return a demo server of the profile, added or, on a permanent profile, with the port of this run."""
    machine = demo_server.library.machine_identifier
    known = context.servers.by_machine(kind, machine if kind is ServerKind.PLEX else machine[:_MACHINE_DIGITS])
    if known is not None:
        change = ServerChange(url=demo_server.url, secret=demo_server.token)
        return server_service.edit(context, known, change, token=session.token)
    added = server_service.add(
        context, kind=kind, name=name, url=demo_server.url, secret=demo_server.token, token=session.token
    )
    return added.server


def map_folders(context: AppContext, server: Server, rules: Iterable[tuple[str, Path]]) -> None:
    """Add the path mapping rules that a server does not have yet."""
    known = {mapping.server_path for mapping in context.mappings.all(server.id)}
    for server_path, folder in rules:
        if server_path not in known:
            mapping_service.add(context, server, None, server_path, str(folder))


def import_others(session: Session, context: AppContext, house: "House", media: Path, *, rest: bool) -> Others:
    """Add the other servers, and show what they and the house have.

    Args:
        media: the folder of the Plex server's files; each other server has one beside it.
        rest: import them now; otherwise the window does so beside what a person does.
    """
    others = Others()
    for kind, name in _KINDS.items():
        key: ServerName = "jellyfin" if kind is ServerKind.JELLYFIN else "emby"
        rules = house.write_files(key, media.with_name(f"{media.name}-{key}"))
        server = add_server(session, context, kind, name, house.servers[key])
        map_folders(context, server, rules)
        if rest:
            others.imported.append((server, *_imported(session, context, server)))
    if rest and not session.out.as_json:
        _show_imported(session, others)
        _show_past(session, house)
        _show_watching(session, context)
    return others


def _imported(session: Session, context: AppContext, server: Server) -> tuple[SyncReport, CheckSummary]:
    request = SyncRequest(server_ids=(server.id,))
    with sync_bars(session.out) as report_progress:
        report = run_sync(context, request, session.token, report_progress)
    session.token.raise_if_cancelled()
    for failure in report.failures:
        session.out.problem(f"{failure.server}: {failure.command_message}")
    return report, check_files(context, server=server, token=session.token)


def _show_imported(session: Session, others: Others) -> None:
    rows = [
        cells(
            server.name,
            server.version,
            sum(library.added for library in report.libraries),
            sum(library.unchanged for library in report.libraries),
            checked.counts.get(FileState.FOUND, 0),
            checked.checked,
        )
        for server, report, checked in others.imported
    ]
    columns = [_("Server"), _("Version"), _("Added"), _("Unchanged"), _("Found"), _("Files")]
    session.out.line("")
    session.out.line(_("The other servers"))
    session.out.table(columns, rows, right=(2, 3, 4, 5))


def _show_past(session: Session, house: "House") -> None:
    rows = []
    for name, plays in house.past.items():
        people = {play.user.id for play in plays}
        hours = sum(play.stopped_at - play.started_at - play.paused_s for play in plays) // 3_600
        first = datetime.fromtimestamp(min(play.started_at for play in plays), UTC).astimezone().date()
        rows.append(cells(house.shelves[name].name, len(plays), hours, len(people), first.isoformat()))
    session.out.line("")
    session.out.line(_("Played before"))
    columns = [_("Server"), _("Plays"), _("Hours"), _("People"), _("Since")]
    session.out.table(columns, rows, right=(1, 2, 3))


def _show_watching(session: Session, context: AppContext) -> None:
    rows = [
        cells(server.name, one.user, session_title(one), one.player, one.decision.replace("_", " "))
        for server, one in watching_now(context, context.servers.all(), session.token)
    ]
    session.out.line("")
    session.out.line(_("Watching now"))
    session.out.table([_("Server"), _("User"), _("Title"), _("Player"), _("Stream")], rows)
