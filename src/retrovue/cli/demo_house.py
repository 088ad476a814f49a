"""The rest of the demo's house: the other servers, what was played before, and who is watching."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrovue.cli.demo_past import import_past
from retrovue.cli.files import summary_json
from retrovue.cli.output import cells
from retrovue.cli.progress import sync_bars
from retrovue.cli.session import Session
from retrovue.cli.sync import report_json
from retrovue.core.context import AppContext
from retrovue.core.domain.imports import ImportCounts
from retrovue.core.domain.media import FileState
from retrovue.core.domain.playback import session_title
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.statistics import Chosen, View
from retrovue.core.domain.sync import SyncReport, SyncRequest
from retrovue.core.i18n import _, ngettext, number
from retrovue.core.services.files.check import check as check_files
from retrovue.core.services.looking import CheckSummary
from retrovue.core.services.mapping import rules as mapping_service
from retrovue.core.services.monitor.now import watching_now
from retrovue.core.services.servers import registration as server_service
from retrovue.core.services.servers.registration import ServerChange
from retrovue.core.services.servers.stored import all_servers, server_of_machine
from retrovue.core.services.statistics.views import day_range, statistics
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
    plays: list[tuple[Server, ImportCounts]] = field(default_factory=list)

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
        plays = [
            {"server": server.name, "added": counts.added, "already_known": counts.already_known}
            for server, counts in self.plays
        ]
        return {"others": others, "plays": plays}


def add_server(session: Session, context: AppContext, kind: ServerKind, name: str, demo_server: "DemoServer") -> Server:
    """Return a demo server of the profile, added or, on a permanent profile, with the port of this run."""
    machine = demo_server.library.machine_identifier
    known = server_of_machine(context, kind, machine if kind is ServerKind.PLEX else machine[:_MACHINE_DIGITS])
    if known is not None:
        change = ServerChange(url=demo_server.url, secret=demo_server.token)
        return server_service.edit(context, known, change, token=session.token)
    added = server_service.add(
        context, kind=kind, name=name, url=demo_server.url, secret=demo_server.token, token=session.token
    )
    return added.server


def map_folders(context: AppContext, server: Server, rules: Iterable[tuple[str, Path]]) -> None:
    """Add the path mapping rules that a server does not have yet."""
    known = {mapping.server_path for mapping in mapping_service.stored(context, server)}
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
            others.imported.append(_imported(session, context, server))
    if rest:
        others.plays = import_past(context, house, session.token)
        if not session.out.as_json:
            _show_imported(session, others)
            _show_past(session, context, others)
            _show_watching(session, context)
    return others


def _imported(session: Session, context: AppContext, server: Server) -> tuple[Server, SyncReport, CheckSummary]:
    return server, sync_one(session, context, server), check_files(context, server=server, token=session.token)


def sync_one(session: Session, context: AppContext, server: Server) -> SyncReport:
    """Sync a server, with bars, and say what failed."""
    request = SyncRequest(server_ids=(server.id,))
    with sync_bars(session.out) as report_progress:
        report = run_sync(context, request, session.token, report_progress)
    session.token.raise_if_cancelled()
    for failure in report.failures:
        session.out.problem(f"{failure.server}: {failure.command_message}")
    return report


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


def _show_past(session: Session, context: AppContext, others: Others) -> None:
    """Print who has played how much, by the statistics of the history."""
    days = day_range(context, None, None)
    table = statistics(context, View.USERS, Chosen(days), token=session.token)
    rows = [cells(row.key, number(row.plays), number(row.play_s // 3_600)) for row in table.rows]
    added = sum(counts.added for _server, counts in others.plays)
    session.out.line("")
    session.out.line(
        ngettext("{n} play of the past imported.", "{n} plays of the past imported.", added).format(n=number(added))
    )
    session.out.table([_("User"), _("Plays"), _("Hours")], rows, right=(1, 2))


def _show_watching(session: Session, context: AppContext) -> None:
    rows = [
        cells(server.name, one.user, session_title(one), one.player, one.decision.replace("_", " "))
        for server, one in watching_now(context, all_servers(context), session.token)
    ]
    session.out.line("")
    session.out.line(_("Watching now"))
    session.out.table([_("Server"), _("User"), _("Title"), _("Player"), _("Stream")], rows)
