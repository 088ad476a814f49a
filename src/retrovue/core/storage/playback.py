"""Live plays, and their end: the row of a live play goes in the transaction that writes its entry of the history."""

import dataclasses
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from retrovue.core.domain.playback import PlaybackSession, RemoteSession, key_of
from retrovue.core.domain.text import fold
from retrovue.core.storage.accounts import account_id
from retrovue.core.storage.cleanup.starts import note_brief_play, note_heard, start_history
from retrovue.core.storage.database import Database
from retrovue.core.storage.late_plays import is_recorded, live_of
from retrovue.core.storage.locks import Fence
from retrovue.core.storage.people import searched_person
from retrovue.core.storage.played_items import keeps_plays_of, stored_guid
from retrovue.core.storage.tables import media_users, playback_sessions, plays, servers
from retrovue.core.storage.values import bounded, storable_play

_INSTANTS = frozenset(field.name for field in dataclasses.fields(PlaybackSession) if "datetime" in str(field.type))


_PLAY_FIELDS = tuple(field.name for field in dataclasses.fields(PlaybackSession))
_SESSION_FIELDS = tuple(field.name for field in dataclasses.fields(RemoteSession))
_AT_ONCE = 500
"""SQLite takes a limited number of values in one statement."""


class PlaybackRepository:
    """Rows of `playback_sessions`, and the plays that they become. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def live(self, server_id: int) -> list[PlaybackSession]:
        """The plays of a server that had not ended when they were stored last, oldest first."""
        with self._database.read() as connection:
            return [from_snapshot(text) for text in live_of(connection, server_id)]

    def store(self, changed: Iterable[PlaybackSession], *, min_length_s: float, fence: Fence | None = None) -> int:
        """Store plays as they are now, all or none; returns how many entries of the history there are more.

        One that ended becomes an entry of the history, unless it was shorter than `min_length_s`; one that goes on
        after its end takes its entry back. Storing the same again changes nothing.

        Args:
            fence: raises an error where this computer is not the one that records, inside the transaction.
        """
        with self._database.write() as connection:
            if fence is not None:
                fence(connection)
            return self._put(connection, list(changed), min_length_s)

    def _put(self, connection: Connection, changed: Sequence[PlaybackSession], min_length_s: float) -> int:
        added = 0
        live = [_live_row(play) for play in changed if play.stopped_at is None]
        for first in range(0, len(changed), _AT_ONCE):
            uids = [play.uid for play in changed[first : first + _AT_ONCE]]
            added -= connection.execute(delete(plays).where(plays.c.uid.in_(uids))).rowcount
            connection.execute(delete(playback_sessions).where(playback_sessions.c.uid.in_(uids)))
        if live:
            connection.execute(insert(playback_sessions), live)
        for play in changed:
            if play.stopped_at is None:
                continue
            if play.play_s >= min_length_s and _is_kept(connection, play):
                connection.execute(insert(plays).values(storable_play(_play_row(connection, play))))
                added += 1
            else:
                note_brief_play(connection, play)
        return added

    def store_late(self, play: PlaybackSession, *, min_length_s: float) -> bool:
        """Store an ended play that waited for the catalog, once; return whether it was not there already.

        Another computer may have gone on with it meanwhile, or seen the same play under an id of its own.
        """
        with self._database.write() as connection:
            live = [from_snapshot(text) for text in live_of(connection, play.server_id)]
            if is_recorded(connection, play, live):
                return False
            self._put(connection, [play], min_length_s)
        return True

    def wait_for_others(self) -> None:
        """Return when what the recorder before was writing is stored or refused: what it has live is read next.

        Raises:
            StorageError: the server of the catalog is away, or another program writes for too long.
        """
        if self._database.is_on_server:
            with self._database.write():
                """One writes at a time, and from now on the lock of the recorder is ours."""

    def begin(self, server_id: int, *, now: int) -> None:
        """Keep since when the plays of a server are recorded; only the first time counts."""
        with self._database.write() as connection:
            start_history(connection, server_id, now=now)

    def heard(self, server_id: int, *, now: int) -> None:
        """Keep until when the plays of a server are known without a gap."""
        with self._database.write() as connection:
            note_heard(connection, server_id, now=now)


def _is_kept(connection: Connection, play: PlaybackSession) -> bool:
    """Whether a person wants plays of this account and library in the history."""
    mine = (media_users.c.server_id == play.server_id) & (media_users.c.user_key == key_of(play.session)[0])
    if connection.execute(select(media_users.c.keeps_history).where(mine)).scalar() is False:
        return False
    return keeps_plays_of(connection, play.server_id, play.session.remote_id)


def _live_row(play: PlaybackSession) -> dict[str, Any]:
    return {
        "uid": play.uid,
        "server_id": play.server_id,
        "started_at": int(play.started_at.timestamp()),
        "confirmed_at": int(play.confirmed_at.timestamp()),
        "snapshot": snapshot_of(play),
    }


def _play_row(connection: Connection, play: PlaybackSession) -> dict[str, Any]:
    session = play.session
    assert play.stopped_at is not None, "a play in the history has ended"
    started_at, stopped_at = int(play.started_at.timestamp()), int(play.stopped_at.timestamp())
    server_name = connection.execute(select(servers.c.name).where(servers.c.id == play.server_id)).scalar()
    user_id = _user_id(connection, play, started_at, stopped_at)
    person = connection.execute(select(media_users.c.person).where(media_users.c.id == user_id)).scalar()
    words = (session.title, session.show_title, session.user, server_name, session.player)
    return {
        "uid": play.uid,
        "server_id": play.server_id,
        "server_name": server_name or "",
        "media_user_id": user_id,
        "user_name": session.user,
        "person": person,
        "kind": session.kind,
        "title": session.title,
        "show_title": session.show_title,
        "season_number": bounded(session.season_number),
        "episode_number": bounded(session.episode_number),
        "aired": session.aired,
        "year": bounded(session.year),
        "remote_id": session.remote_id,
        "guid": session.guid or stored_guid(connection, play.server_id, session.remote_id),
        "device_id": session.device_id,
        "player": session.player,
        "product": session.product,
        "platform": session.platform,
        "address": session.address,
        "location": session.location,
        "stream_decision": play.decision,
        "source_label": session.source_label,
        "delivered_label": session.delivered_label,
        "bandwidth_kbps": bounded(session.bandwidth_kbps),
        "started_at": started_at,
        "stopped_at": stopped_at,
        # Rounded down, so that both together are never more than what passed between the two whole seconds.
        "paused_s": int(play.paused_s),
        "play_s": int(play.play_s),
        "position_ms": bounded(play.position_ms),
        "duration_ms": bounded(session.duration_ms),
        "percent": play.percent,
        "is_watched": play.is_watched,
        "is_live": session.is_live,
        "is_inferred": play.is_inferred,
        "buffered": play.buffered,
        "source": "live",
        "raw_stream_info": _stream_info(session),
        "folded": fold(" ".join(word for word in words if word)) + searched_person(person),
    }


def _stream_info(session: RemoteSession) -> str:
    """What was understood of the stream, and in `document` what the server said."""
    facts = dataclasses.asdict(session)
    text = session.document_text
    facts["document"] = None if text is None else json.loads(text)
    return json.dumps(facts, ensure_ascii=True)


def _user_id(connection: Connection, play: PlaybackSession, started_at: int, stopped_at: int) -> int | None:
    """The account that played, known from now on."""
    user_key = key_of(play.session)[0]
    if not user_key:
        return None
    return account_id(connection, play.server_id, user_key, play.session.user, first_at=started_at, last_at=stopped_at)


def snapshot_of(play: PlaybackSession) -> str:
    """Return a play as JSON."""
    # Not `asdict`, which copies every value: ten servers store a hundred of these at a time.
    facts = {name: getattr(play, name) for name in _PLAY_FIELDS}
    facts["session"] = {name: getattr(play.session, name) for name in _SESSION_FIELDS}
    facts["session"]["document"] = play.session.document_text
    for name in _INSTANTS:
        facts[name] = None if facts[name] is None else facts[name].isoformat()
    return json.dumps(facts, ensure_ascii=True)


def from_snapshot(text: str) -> PlaybackSession:
    """Return the play that `snapshot_of` wrote."""
    facts = json.loads(text)
    for name in _INSTANTS:
        facts[name] = None if facts[name] is None else datetime.fromisoformat(facts[name])
    return PlaybackSession(**{**facts, "session": RemoteSession(**facts["session"])})
