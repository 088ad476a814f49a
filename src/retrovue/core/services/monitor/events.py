"""What the monitor says of servers and of the sessions on them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from retrovue.core.domain.playback import UNHEARD, EventKind, PlaybackSession, RemoteSession


@dataclass(frozen=True, slots=True)
class PlaybackEvent:
    """One event of one server. `session` is None for events of the server itself."""

    kind: EventKind
    at: datetime
    server: str
    server_id: int
    session: RemoteSession | None = None


@dataclass(frozen=True, slots=True)
class ActiveSession:
    """A session that is listed now.

    Attributes:
        started_at: when it was first seen.
        state_since: when it was first seen in the state that it is in.
        reported_at: when its position was first heard: servers repeat the same one until a player reports again.
        heard_at: when its player last reported itself, as far as the server tells that; None: not known.
    """

    server: str
    server_id: int
    server_kind: str
    session: RemoteSession
    started_at: datetime
    state_since: datetime
    reported_at: datetime
    heard_at: datetime | None = None

    def silent_since(self, now: datetime) -> datetime | None:
        """When a player was last heard of that should have reported again, None for all others.

        Servers go on listing players that vanished, Jellyfin for up to ten minutes. A paused one has nothing to report.
        """
        if self.heard_at is None or self.session.state != "playing" or self.session.is_live:
            return None
        return self.heard_at if now - self.heard_at > UNHEARD else None

    @property
    def key(self) -> tuple[int, str]:
        """What tells it from every other live session."""
        return (self.server_id, self.session.session_key)

    def position_ms_at(self, now: datetime) -> int | None:
        """Where it is at `now`: a playing one moves on from the last report, up to its end. None: never told."""
        position_ms, duration_ms = self.session.position_ms, self.session.duration_ms
        if position_ms is None or self.session.state != "playing":
            return position_ms
        moved_ms = position_ms + max(0, int((now - self.reported_at).total_seconds() * 1000))
        return moved_ms if duration_ms is None or self.session.is_live else max(position_ms, min(moved_ms, duration_ms))


@dataclass(frozen=True, slots=True)
class MonitorUpdate:
    """What one list, or one word of a server, changed.

    Attributes:
        plays: the plays that are other than before, live or ended.
    """

    server_id: int
    sessions: tuple[ActiveSession, ...]
    events: tuple[PlaybackEvent, ...] = ()
    plays: tuple[PlaybackSession, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """An event with what the rules of notices need besides.

    Attributes:
        library: the name of the library that is played from, where it is known.
        is_news: False for what was so when the program started: it is recorded and raises no notice.
    """

    event: PlaybackEvent
    library: str | None = None
    is_news: bool = True


@dataclass(frozen=True, slots=True)
class RecorderName:
    """Who records: "window" or "monitor", and its process id; empty and 0 where that cannot be read.

    Attributes:
        computer: the name of another computer of the catalog, which records; empty for this one.
    """

    role: str
    pid: int
    computer: str = ""


@dataclass(frozen=True, slots=True)
class MonitorState:
    """What is known of one server's sessions.

    Attributes:
        is_down: it did not answer the last time; `sessions` are those of before.
        is_available: False where nothing can be asked: the account may not see sessions, or is not signed in.
        needs_sign_in: there is no token, so that it is not a matter of rights.
        is_locked: the keyring with its token is; it is tried again.
        recorded_by: the other process that stores its plays, None where this one does or nobody has to.
        is_asked: it was asked at least once, with whatever result.
    """

    server_id: int
    server: str
    sessions: tuple[ActiveSession, ...] = ()
    is_down: bool = False
    is_available: bool = True
    needs_sign_in: bool = False
    recorded_by: RecorderName | None = None
    is_asked: bool = False
    is_locked: bool = False


def event_json(event: PlaybackEvent) -> dict[str, Any]:
    """The fixed shape of an event. Scripts rely on it."""
    session = event.session
    at = event.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    document: dict[str, Any] = {"at": at, "event": event.kind.value, "server": event.server}
    if session is None:
        return document | {"user": None, "title": None, "remote_id": None, "state": None, "position_ms": None}
    return document | {
        "user": session.user,
        "title": session.title,
        "remote_id": session.remote_id,
        "state": session.state,
        "position_ms": session.position_ms,
        "duration_ms": session.duration_ms,
        "kind": session.kind,
        "show": session.show_title,
        "season": session.season_number,
        "episode": session.episode_number,
        "device": session.device_id,
        "player": session.player,
        "product": session.product,
        "platform": session.platform,
        "stream_decision": session.decision,
    }
