"""What Jellystat recorded, from its backup file."""

from datetime import tzinfo
from pathlib import Path

from retrovue.core.context import AppContext
from retrovue.core.domain.imports import ImportCounts, PlaySource, Span, TimeKind, ToldPlay
from retrovue.core.domain.playback import WatchedRule
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.history.imports.intake import (
    ImportReport,
    Intake,
    Report,
    ignore,
    is_watched,
    uid_of,
    watched_rule,
)
from retrovue.core.sources.jellystat import JellystatPlay, read_jellystat, servers_of

_SOURCE = PlaySource.JELLYSTAT
_BATCH = 1_000


def import_jellystat(
    host: AppContext,
    *,
    path: Path,
    zone: tzinfo,
    fallback: Server | None = None,
    is_rehearsal: bool = False,
    token: CancelToken | None = None,
    report: Report = ignore,
) -> ImportReport:
    """Read every play of a backup file.

    Args:
        zone: where the server stands; rows from Playback Reporting have its local times.
        fallback: the server that plays belong to if the one of the backup is not in the catalog.

    Raises:
        ConfigError: the file cannot be read, or is no such file.
        Cancelled: what was read is stored; rows that are read again are recognized.
    """
    backup = read_jellystat(path, zone)
    rule = watched_rule(host.settings)
    token = token or CancelToken()
    total = len(backup.plays) + backup.bad
    done = ImportReport(ImportCounts())
    for name in [*servers_of(backup), None]:
        plays = [play for play in backup.plays if play.server == name]
        server = (None if name is None else _server(host, name)) or fallback
        intake = Intake(
            host, server=server, server_name="Jellystat", is_rehearsal=is_rehearsal, token=token, report=report
        )
        for first in range(0, len(plays), _BATCH):
            intake.take([_told(play, rule) for play in plays[first : first + _BATCH]], total=total)
        if name is None:
            intake.take([], skipped=backup.bad, total=total)
        intake.tell()
        done = ImportReport(done.counts + intake.counts, done.server or (server if plays else None))
    return done


def _server(host: AppContext, machine: str) -> Server | None:
    """Return the stored server, whichever of the two products Jellystat watched."""
    return host.servers.by_machine(ServerKind.JELLYFIN, machine) or host.servers.by_machine(ServerKind.EMBY, machine)


def _told(play: JellystatPlay, rule: WatchedRule) -> ToldPlay:
    percent = None
    if play.position_ms is not None and play.duration_ms:
        percent = min(100, play.position_ms * 100 // play.duration_ms)
    return ToldPlay(
        uid=uid_of(_SOURCE, play.server, play.key),
        source=_SOURCE,
        span=Span(play.started_at, play.stopped_at, 0, play.length_s, TimeKind.AT_MOST),
        kind=play.kind,
        title=play.title,
        user_key=play.user_key,
        user=play.user,
        show_title=play.show_title,
        season_number=play.season_number,
        episode_number=play.episode_number,
        year=play.year,
        remote_id=play.remote_id,
        device_id=play.device_id,
        player=play.player,
        product=play.product,
        address=play.address,
        decision=play.decision,
        position_ms=play.position_ms,
        duration_ms=play.duration_ms,
        percent=percent,
        is_watched=is_watched(rule, kind=play.kind, position_ms=play.position_ms, duration_ms=play.duration_ms),
    )
