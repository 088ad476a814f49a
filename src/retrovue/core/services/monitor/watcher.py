"""Who is playing now: one poll's list of sessions against the last, turned into events.

A play is one server + user + device + item: session keys are reused by servers, so a key alone would merge two people.
A session counts as stopped only when two complete polls in a row lack it; a failed poll says nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from retrovue.core.domain.playback import EventKind, RemoteSession
from retrovue.core.domain.servers import Server
from retrovue.core.services.monitor.events import ActiveSession, MonitorUpdate, PlaybackEvent
from retrovue.core.sources.base import MediaSource

_MISSES_TO_STOP = 2


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
