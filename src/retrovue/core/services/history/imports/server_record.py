"""What was played while nobody recorded, from the servers' own records.

Plex lists what was watched to its end, Emby and Jellyfin log starts and stops. A start and a stop give the longest that
a play can have been; one instant alone gives no play time. Of plays that we saw a part of, the rest is added.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import SourceError, StorageError
from retrovue.core.domain.imports import ImportCounts, PlaySource, Span, TimeKind, ToldPlay
from retrovue.core.domain.playback import PlaybackSession, RemoteSession
from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.history.imports.intake import ImportReport, Intake, Report, ignore, uid_of
from retrovue.core.sources.base import MediaSource
from retrovue.core.sources.records import RecordedPlay

log = logging.getLogger(__name__)

_SOURCE = PlaySource.SERVER
_OVERLAP_S = 2 * 86_400
"""A play can have begun long before the last look. What is read twice is recognized."""
_BATCH = 1_000
_KEPT = frozenset(("movie", "episode", "track", "video", "audio", "musicvideo"))

Playing = Collection[tuple[str | None, str | None]]
"""(account's id, item's id) of what plays now: its start is in the record, its end is not."""


def import_server(
    host: AppContext,
    server: Server,
    *,
    is_rehearsal: bool = False,
    token: CancelToken | None = None,
    report: Report = ignore,
) -> ImportReport:
    """Add everything that a server remembers.

    Raises:
        SecretError: not signed in.
        SourceError: it does not answer, or the account may not read its record.
        Cancelled: what was read is stored.
    """
    token = token or CancelToken()
    with closing(host.open_source(server, token)) as source:
        return _read(host, server, source, 0, (), is_rehearsal=is_rehearsal, token=token, report=report)


def fill_gap(host: AppContext, server: Server, source: MediaSource, plays: Sequence[PlaybackSession]) -> ImportCounts:
    """Add what a server remembers since the last time, at the start of the recorder and after an outage.

    The first time, that is since the server was added: what is older, a person imports.

    Args:
        plays: what is live now, as it is being recorded.

    Raises:
        SourceError: like `import_server`.
    """
    mark = host.imports.mark(_SOURCE, server.uuid)
    added_at = 0 if server.created_at is None else int(server.created_at.timestamp())
    since = max(added_at, int(mark.get("at", added_at)) - _OVERLAP_S)
    live = [play.session for play in plays]
    return _read(host, server, source, since, live, is_rehearsal=False, token=CancelToken(), report=ignore).counts


def _read(
    host: AppContext,
    server: Server,
    source: MediaSource,
    since: int,
    live: Iterable[RemoteSession],
    *,
    is_rehearsal: bool,
    token: CancelToken,
    report: Report,
) -> ImportReport:
    now = host.clock.epoch()
    noted = source.record(since)
    # What plays now is no play yet: it is neither read nor skipped, and comes with the next look after its end. The
    # list is asked for after the record: what began between the two would be stored from both.
    playing = {(session.user_id, session.remote_id) for session in (*live, *source.sessions())}
    record = [play for play in noted if not _is_running(play, playing)]
    told = list(_told(server, record, min_length_s=host.settings.min_length_s))
    intake = Intake(host, server=server, server_name=server.name, is_rehearsal=is_rehearsal, token=token, report=report)
    for first in range(0, len(told), _BATCH):
        intake.take(told[first : first + _BATCH], total=len(record))
    intake.take([], skipped=len(record) - len(told), total=len(record))
    if not is_rehearsal:
        host.imports.keep_mark(_SOURCE, server.uuid, {"at": now}, now=now)
    intake.tell()
    return ImportReport(intake.counts, server)


def _is_running(play: RecordedPlay, playing: Playing) -> bool:
    """Return whether an entry is the start of something that plays now."""
    return play.stopped_at is None and not play.is_instant and (play.user_key, play.remote_id) in playing


def _told(server: Server, record: Sequence[RecordedPlay], *, min_length_s: float) -> Iterator[ToldPlay]:
    for play in record:
        # As with our own plays: what ended sooner than the minimum length is not kept.
        is_short = play.stopped_at is not None and play.stopped_at - play.at < min_length_s
        if not is_short and play.item.kind in _KEPT:
            yield _play(server, play)


def _play(server: Server, play: RecordedPlay) -> ToldPlay:
    item = play.item
    return ToldPlay(
        uid=uid_of(_SOURCE, server.uuid, play.key),
        source=_SOURCE,
        span=_span(play),
        kind=item.kind,
        title=item.title,
        user_key=play.user_key,
        user=play.user,
        show_title=item.show_title,
        season_number=item.season_number,
        episode_number=item.episode_number,
        aired=item.aired,
        year=item.year,
        remote_id=play.remote_id,
        guid=item.guid,
        duration_ms=item.duration_ms,
        is_watched=play.watched is True,
    )


def _span(play: RecordedPlay) -> Span:
    if play.stopped_at is None:
        return Span(play.at, play.at, kind=TimeKind.UNKNOWN)
    wall_s = play.stopped_at - play.at
    # A phone that sleeps overnight does not play a film for ten hours.
    length_s = wall_s if play.item.duration_ms is None else min(wall_s, play.item.duration_ms // 1000)
    return Span(play.at, play.stopped_at, 0, length_s, TimeKind.AT_MOST)


def fill_quietly(host: AppContext, server: Server, source: MediaSource, plays: Sequence[PlaybackSession]) -> bool:
    """Fill the gap beside the recording, which goes on whatever this comes to; returns whether it is filled."""
    try:
        counts = fill_gap(host, server, source, plays)
    except (SourceError, StorageError) as error:
        # Whoever is no administrator cannot read it. Anything else is made good by the next one: the mark stays.
        log.info("what was played on %s meanwhile cannot be read: %s", server.name, error.text)
        return False
    if counts.added:
        log.info("%d plays of %s were filled in from its own record", counts.added, server.name)
    return True
