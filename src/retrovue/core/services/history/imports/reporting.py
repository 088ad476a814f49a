"""What the Playback Reporting plugin of Emby and Jellyfin recorded, by its API or from its backup file."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError, SecretError, SourceError
from retrovue.core.domain.imports import PlaySource, Span, TimeKind, ToldPlay
from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.history.imports.intake import ImportReport, Intake, Report, ignore, uid_of
from retrovue.core.sources.mediabrowser.reporting import read_backup
from retrovue.core.sources.records import ReportPage, ReportRow

log = logging.getLogger(__name__)

_SOURCE = PlaySource.PLAYBACK_REPORTING
_CHANGE_S = 60
"""A play whose stream changed its method goes on in a row that begins so soon after the end of the one before."""


def import_reporting(
    host: AppContext,
    server: Server,
    *,
    is_rehearsal: bool = False,
    token: CancelToken | None = None,
    report: Report = ignore,
) -> ImportReport:
    """Read the rows that are new since the last import from the plugin on a server.

    Raises:
        ConfigError: it is not installed there.
        SourceError: the server does not answer, or the account may not read it.
        Cancelled: what was read is stored, and the next import goes on there.
    """
    token = token or CancelToken()
    mark = int(host.imports.mark(_SOURCE, server.uuid).get("row_id", 0))
    intake = Intake(host, server=server, server_name=server.name, is_rehearsal=is_rehearsal, token=token, report=report)
    with closing(host.open_source(server, token)) as source:
        pages = source.reported(mark)
        if pages is None:
            raise ConfigError(
                _("“{server}” does not have the Playback Reporting plugin.").format(server=server.name),
                hint=_("Choose a server with this plugin, or a backup file of it."),
            )
        names = source.account_names()
        for page in pages:
            _take(intake, server, page, names)
            mark = page.last
            if not is_rehearsal:
                host.imports.keep_mark(_SOURCE, server.uuid, {"row_id": mark}, now=host.clock.epoch())
    intake.tell()
    return ImportReport(intake.counts, server, mark or None)


def import_reporting_file(
    host: AppContext,
    server: Server,
    *,
    path: Path,
    zone: tzinfo,
    is_rehearsal: bool = False,
    token: CancelToken | None = None,
    report: Report = ignore,
) -> ImportReport:
    """Read every row of a backup file of the plugin.

    Args:
        zone: where the server stood; the file has its local times.

    Raises:
        ConfigError: the file cannot be read, or is no such file.
        Cancelled: what was read is stored.
    """
    token = token or CancelToken()
    intake = Intake(host, server=server, server_name=server.name, is_rehearsal=is_rehearsal, token=token, report=report)
    names = _names(host, server, token)
    for page in read_backup(path, zone):
        _take(intake, server, page, names)
    intake.tell()
    return ImportReport(intake.counts, server)


def _names(host: AppContext, server: Server, token: CancelToken) -> Mapping[str, str]:
    """Return the names of the accounts if the server can be asked; otherwise those that are stored are shown."""
    try:
        with closing(host.open_source(server, token)) as source:
            return source.account_names()
    except (SourceError, SecretError) as error:
        log.info("the accounts of %s are not known now: %s", server.name, error.text)
        return {}


def _take(intake: Intake, server: Server, page: ReportPage, names: Mapping[str, str]) -> None:
    told = [_play(server, row, names) for row in _whole(page.rows)]
    intake.take(told, skipped=page.bad)


def _whole(rows: Iterable[ReportRow]) -> Iterator[ReportRow]:
    """Yield each play once: its rows of several methods are one, with the method of the last."""
    open_rows: dict[tuple[str, ...], ReportRow] = {}
    for row in sorted(rows, key=lambda each: each.started_at):
        key = (row.user_key, row.remote_id, row.player or "")
        before = open_rows.get(key)
        if before is None or row.started_at - (before.started_at + before.length_s) > _CHANGE_S:
            if before is not None:
                yield before
            open_rows[key] = row
            continue
        ends_at = max(before.started_at + before.length_s, row.started_at + row.length_s)
        open_rows[key] = replace(row, started_at=before.started_at, length_s=ends_at - before.started_at)
    yield from open_rows.values()


def _play(server: Server, row: ReportRow, names: Mapping[str, str]) -> ToldPlay:
    return ToldPlay(
        uid=uid_of(_SOURCE, server.uuid, row.user_key, row.remote_id, row.started_at),
        source=_SOURCE,
        span=Span(row.started_at, row.started_at + row.length_s, 0, row.length_s, TimeKind.AT_MOST),
        kind=row.kind,
        title=row.title,
        user_key=row.user_key,
        user=names.get(row.user_key),
        show_title=row.show_title,
        season_number=row.season_number,
        episode_number=row.episode_number,
        remote_id=row.remote_id,
        player=row.player,
        product=row.product,
        decision=row.decision,
    )
