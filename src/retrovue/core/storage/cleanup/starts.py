"""How far the history of a server reaches, and the plays that are too short for it."""

from sqlalchemy import Connection, delete, insert, select, update

from retrovue.core.domain.playback import PlaybackSession
from retrovue.core.storage.tables import brief_plays, history_starts
from retrovue.core.storage.values import key_text


def start_history(connection: Connection, server_id: int, *, now: int) -> None:
    """Keep since when plays are recorded, unless it is known already."""
    known = select(history_starts.c.server_id).where(history_starts.c.server_id == server_id)
    if connection.execute(known).first() is None:
        # What is recorded from here on has no gap yet.
        connection.execute(insert(history_starts).values(server_id=server_id, begins_at=now, heard_at=now))


def note_heard(connection: Connection, server_id: int, *, now: int) -> None:
    """Keep that the plays of a server are known without a gap until now."""
    mine = history_starts.c.server_id == server_id
    connection.execute(update(history_starts).where(mine).values(heard_at=now))


def note_brief_play(connection: Connection, play: PlaybackSession) -> None:
    """Keep that a title was played, however briefly; the latest time counts."""
    if play.session.remote_id is None or play.stopped_at is None:
        return
    remote_id = key_text(play.session.remote_id)
    mine = (brief_plays.c.server_id == play.server_id) & (brief_plays.c.remote_id == remote_id)
    connection.execute(delete(brief_plays).where(mine))
    connection.execute(
        insert(brief_plays).values(
            server_id=play.server_id,
            remote_id=remote_id,
            guid=play.session.guid,
            played_at=int(play.stopped_at.timestamp()),
        )
    )
