"""Plays that reach the catalog late, its server having been away: another computer may have recorded them, too."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select, update

from retrovue.core.domain.imports import KnownPlay, Span, TimeKind, joined
from retrovue.core.domain.playback import PlaybackSession, key_of
from retrovue.core.storage.tables import media_users, playback_sessions, plays

_LONGEST_PLAY_S = 7 * 86_400
_KNOWN = (
    "id", "uid", "source", "started_at", "stopped_at", "paused_s", "play_s", "time_kind", "remote_id", "guid", "title",
    "user_name", "device_id", "player", "is_inferred", "deleted_at",
)  # fmt: skip


def is_recorded(connection: Connection, play: PlaybackSession, live: list[PlaybackSession]) -> bool:
    """Return whether the catalog has an ended play already, under its own id or as another computer saw it.

    What the other computer saw less of gets the times of both.

    Args:
        live: the live plays of its server.
    """
    span = _span_of(play)
    for other in live:
        if other.uid == play.uid:
            # Another computer went on with it; its last word counts.
            return other.confirmed_at > play.confirmed_at
        if key_of(other.session) == key_of(play.session) and other.started_at.timestamp() <= span.stopped_at:
            return True
    own = connection.execute(select(plays.c.stopped_at).where(plays.c.uid == play.uid)).scalar()
    if own is not None:
        return bool(own >= span.stopped_at)
    for known in _same(connection, play, span):
        whole = joined(known, span)
        if whole != known.span and not known.is_deleted:
            values = {
                "started_at": whole.started_at,
                "stopped_at": whole.stopped_at,
                "paused_s": whole.paused_s,
                "play_s": whole.play_s,
            }
            connection.execute(update(plays).where(plays.c.id == known.id).values(values))
        return True
    return False


def live_of(connection: Connection, server_id: int) -> list[str]:
    """Return the snapshots of the live plays of a server, oldest first."""
    query = select(playback_sessions.c.snapshot).where(playback_sessions.c.server_id == server_id)
    return list(connection.execute(query.order_by(playback_sessions.c.started_at, playback_sessions.c.id)).scalars())


def _span_of(play: PlaybackSession) -> Span:
    assert play.stopped_at is not None, "a late play has ended"
    started_at, stopped_at = int(play.started_at.timestamp()), int(play.stopped_at.timestamp())
    return Span(started_at, stopped_at, int(play.paused_s), int(play.play_s))


def _same(connection: Connection, play: PlaybackSession, span: Span) -> Iterator[KnownPlay]:
    """Plays recorded live of the same account, item and device, more than half of which was at the same time."""
    query = (
        select(*(plays.c[name] for name in _KNOWN), media_users.c.user_key)
        .outerjoin(media_users, media_users.c.id == plays.c.media_user_id)
        .where(
            plays.c.server_id == play.server_id,
            plays.c.source == "live",
            plays.c.started_at.between(span.started_at - _LONGEST_PLAY_S, span.stopped_at),
            plays.c.stopped_at >= span.started_at,
        )
    )
    for row in connection.execute(query):
        common_s = min(row.stopped_at, span.stopped_at) - max(row.started_at, span.started_at)
        shorter_s = min(row.stopped_at - row.started_at, span.stopped_at - span.started_at)
        if _is_like(row, play) and common_s * 2 >= shorter_s:
            known = Span(row.started_at, row.stopped_at, row.paused_s, row.play_s, TimeKind(row.time_kind))
            yield KnownPlay(
                row.id, row.source, known, is_inferred=row.is_inferred, is_deleted=row.deleted_at is not None
            )


def _is_like(row: Any, play: PlaybackSession) -> bool:
    session = play.session
    user, _device, _item = key_of(session)
    is_user = (row.user_key or row.user_name or "") == user
    is_device = (row.device_id or row.player) == (session.device_id or session.player)
    is_item = row.remote_id == session.remote_id and (session.remote_id is not None or row.title == session.title)
    return is_user and is_device and is_item and (not session.is_live or row.guid == session.guid)
