"""Who is playing now: one poll's list of sessions against the last, turned into events.

A play is one server + user + device + item: session keys are reused by servers, so a key alone would merge two people.
A session counts as stopped only when two complete polls in a row lack it; a failed poll says nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from enum import StrEnum

from retrovue.core.domain.servers import Server
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.i18n import _
from retrovue.core.sources.base import MediaSource, RemoteSession

_MISSES_TO_STOP = 2


class EventKind(StrEnum):
    """What happened to a session or a server."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    BUFFERING = "buffering"
    STOPPED = "stopped"
    SERVER_DOWN = "server_down"
    SERVER_UP = "server_up"


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
    """

    server: str
    server_id: int
    server_kind: str
    session: RemoteSession
    started_at: datetime
    state_since: datetime
    reported_at: datetime

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
    """What one poll found."""

    server_id: int
    sessions: tuple[ActiveSession, ...]
    events: tuple[PlaybackEvent, ...] = ()
    change: ChangeSet | None = None


_Key = tuple[str | None, str | None, str | None]


@dataclass(slots=True)
class _Tracked:
    active: ActiveSession
    misses: int = 0


@dataclass(slots=True)
class SessionWatcher:
    """The sessions of one server from poll to poll. One thread."""

    server: Server
    _tracked: dict[_Key, _Tracked] = field(default_factory=dict)
    _down: bool = False
    _has_looked: bool = False
    _checked: tuple[str, str] | None = None

    def poll(self, source: MediaSource, at: datetime) -> MonitorUpdate:
        """Ask the server once.

        Raises:
            WrongServerError: another machine answers at its address: it is asked for nothing more.
            SourceError: it did not answer; call `failed` with it.
        """
        address = (self.server.url, self.server.machine_identifier)
        if self._checked != address:
            # Imported here: the window reads this module before its first paint, and decoders take as long as Qt.
            from retrovue.core.services.servers.probe import check_machine

            # Once until it fails: a machine does not change behind an address without going away first.
            check_machine(source.identify(), self.server)
            self._checked = address
        return self.listed(source.sessions(), at)

    def listed(self, sessions: Sequence[RemoteSession], at: datetime) -> MonitorUpdate:
        """A complete list arrived. Who plays in the first one has not just started: that is no event."""
        events: list[PlaybackEvent] = []
        if self._down:
            self._down = False
            events.append(self._event(EventKind.SERVER_UP, at))
        present: set[_Key] = set()
        for session in sessions:
            key = (session.user_id or session.user, session.device_id or session.player, session.remote_id)
            present.add(key)
            events += self._seen(key, session, at)
        for key in [key for key in self._tracked if key not in present]:
            tracked = self._tracked[key]
            tracked.misses += 1
            if tracked.misses >= _MISSES_TO_STOP:
                del self._tracked[key]
                events.append(self._event(EventKind.STOPPED, at, tracked.active.session))
        self._has_looked = True
        return MonitorUpdate(self.server.id, self.sessions(), tuple(events))

    def failed(self, at: datetime) -> MonitorUpdate:
        """The server did not answer: that says nothing about its sessions."""
        self._checked = None
        events: tuple[PlaybackEvent, ...] = ()
        if not self._down:
            self._down = True
            events = (self._event(EventKind.SERVER_DOWN, at),)
        return MonitorUpdate(self.server.id, self.sessions(), events)

    def sessions(self) -> tuple[ActiveSession, ...]:
        """What is playing as far as is known, oldest first."""
        return tuple(sorted((t.active for t in self._tracked.values()), key=lambda active: active.started_at))

    def _seen(self, key: _Key, session: RemoteSession, at: datetime) -> list[PlaybackEvent]:
        tracked = self._tracked.get(key)
        if tracked is None:
            active = ActiveSession(self.server.name, self.server.id, self.server.kind.value, session, at, at, at)
            self._tracked[key] = _Tracked(active)
            return [self._event(EventKind.STARTED, at, session)] if self._has_looked else []
        old = tracked.active
        before = old.session.state
        has_moved = session.position_ms != old.session.position_ms or session.state != before
        tracked.misses = 0
        tracked.active = replace(
            old,
            session=session,
            state_since=at if session.state != before else old.state_since,
            reported_at=at if has_moved else old.reported_at,
        )
        if session.state == before:
            return []
        match session.state:
            case "paused":
                return [self._event(EventKind.PAUSED, at, session)]
            case "playing" if before == "paused":
                return [self._event(EventKind.RESUMED, at, session)]
            case "buffering":
                return [self._event(EventKind.BUFFERING, at, session)]
            case _:
                return []

    def _event(self, kind: EventKind, at: datetime, session: RemoteSession | None = None) -> PlaybackEvent:
        return PlaybackEvent(kind, at, self.server.name, self.server.id, session)


def session_title(session: RemoteSession) -> str:
    """What is playing, in one line: "The Lantern District · S02E07 · The Tide Table"."""
    if session.show_title is None:
        return session.title if session.year is None else f"{session.title} ({session.year})"
    number = ""
    if session.season_number is not None and session.episode_number is not None:
        number = f"S{session.season_number:02d}E{session.episode_number:02d}"
    return " · ".join(part for part in (session.show_title, number, session.title) if part)


@dataclass(frozen=True, slots=True)
class Notice:
    """A text for the desktop's notification service and the record of alerts."""

    title: str
    body: str
    event: str
    server_id: int | None


def notice_of(event: PlaybackEvent) -> Notice:
    """How an event is told to a person."""
    session = event.session
    if session is None:
        if event.kind is EventKind.SERVER_DOWN:
            title = _("{server} does not answer").format(server=event.server)
            body = _("Everything stored is still here. RetroVue keeps trying.")
        else:
            title, body = _("{server} answers again").format(server=event.server), ""
        return Notice(title, body, event.kind.value, event.server_id)
    who = session.user or _("Somebody")
    titles = {
        EventKind.STARTED: _("{user} started watching"),
        EventKind.PAUSED: _("{user} paused"),
        EventKind.RESUMED: _("{user} goes on watching"),
        EventKind.BUFFERING: _("{user}'s stream is buffering"),
        EventKind.STOPPED: _("{user} stopped watching"),
    }
    where = " · ".join(part for part in (event.server, session.player) if part)
    body = "\n".join((session_title(session), where))
    return Notice(titles[event.kind].format(user=who), body, event.kind.value, event.server_id)


def in_quiet_hours(hours: str, local: time) -> bool:
    """Whether notices stay silent at this time of day: "22:00-07:00" crosses midnight, its end is loud again.

    Args:
        hours: `Settings.quiet_hours`; empty: never. The same start and end is the whole day.
        local: the time on the wall.
    """
    start_text, dash, end_text = hours.partition("-")
    if not dash:
        return False
    start, end = time.fromisoformat(start_text), time.fromisoformat(end_text)
    if start < end:
        return start <= local < end
    return local >= start or local < end
