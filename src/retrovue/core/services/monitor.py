"""Who is playing now: one poll's list of sessions against the last, turned into events.

A play is one server + user + device + item: session keys are reused by servers, so a key alone would merge two people.
A session counts as stopped only when two complete polls in a row lack it; a failed poll says nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from retrovue.core.domain.servers import Server
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.i18n import _
from retrovue.core.sources.base import MediaSource, RemoteSession

if TYPE_CHECKING:
    # The window imports this module before its first paint; storage loads SQLAlchemy.
    from retrovue.core.storage.notices import NoticeRepository

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
    """A session that is listed now, with when it was first seen."""

    server: str
    server_id: int
    server_kind: str
    session: RemoteSession
    started_at: datetime


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

    def poll(self, source: MediaSource, at: datetime) -> MonitorUpdate:
        """Ask the server once.

        Raises:
            SourceError: it did not answer; call `failed` with it.
        """
        return self.listed(source.sessions(), at)

    def listed(self, sessions: Sequence[RemoteSession], at: datetime) -> MonitorUpdate:
        """A complete list arrived."""
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
        return MonitorUpdate(self.server.id, self.sessions(), tuple(events))

    def failed(self, at: datetime) -> MonitorUpdate:
        """The server did not answer: that says nothing about its sessions."""
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
            active = ActiveSession(self.server.name, self.server.id, self.server.kind.value, session, at)
            self._tracked[key] = _Tracked(active)
            return [self._event(EventKind.STARTED, at, session)]
        before = tracked.active.session.state
        tracked.misses = 0
        tracked.active = ActiveSession(
            tracked.active.server,
            tracked.active.server_id,
            tracked.active.server_kind,
            session,
            tracked.active.started_at,
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


def record_notices(
    notices: "NoticeRepository", events: Sequence[PlaybackEvent], wanted: frozenset[str]
) -> list[Notice]:
    """Keep the events that a person wants to hear of; returns them as notices to show."""
    told = [notice_of(event) for event in events if event.kind.value in wanted]
    for notice, event in zip(told, [e for e in events if e.kind.value in wanted], strict=True):
        notices.add(
            at=int(event.at.timestamp()),
            event=notice.event,
            server_id=notice.server_id,
            title=notice.title,
            body=notice.body,
        )
    return told
