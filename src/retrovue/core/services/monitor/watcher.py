"""The plays of one server: lists of sessions in, events and changed plays out.

`domain.play_state` knows the life of one play; here each listed session finds the play that it belongs to.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from retrovue.core.domain.copies import with_facts
from retrovue.core.domain.errors import SourceError
from retrovue.core.domain.play_state import (
    CLOCK_SET_BACK,
    COMES_BACK,
    advance,
    conclude,
    is_another,
    is_new_play,
    start,
)
from retrovue.core.domain.playback import (
    EventKind,
    PlaybackSession,
    PlayKey,
    RemoteSession,
    SessionEvent,
    Transition,
    WatchedRule,
    key_of,
    only_moves,
)
from retrovue.core.domain.servers import Server
from retrovue.core.services.monitor.events import ActiveSession, MonitorUpdate, PlaybackEvent
from retrovue.core.sources.base import MediaSource
from retrovue.core.sources.hints import PlayingHint

log = logging.getLogger(__name__)

_FOLDED = timedelta(seconds=1)
"""DLNA players open sessions while a person browses: one that is gone so soon was none."""
_REPORTS_S = 10.0
"""Players report about every ten seconds: so far apart are the reports that a server passes on."""

_STEADY_MS = 2_000
"""As much may the position of a player that plays on differ from the clock: it may be a second old."""
_HELD_S = 5.0
"""So long may a list wait that says of all players that they play on. What is older than half of it is taken with
whatever has to be, so that the plays of a server come due together."""


@dataclass(slots=True)
class SessionWatcher:
    """The plays of one server from list to list. One thread.

    Attributes:
        interval_s: how far apart the lists are that are asked for, seconds.
        tells_first: whether plays of the first list are told as started; they have not just begun.
        ahead: by how much the clock that plays are recorded by is ahead of this computer's. Times come in and are told
            by the clock of this computer, and plays have those of the other one: so they mean the same to the computer
            that goes on with them.
    """

    server: Server
    rule: WatchedRule = field(default_factory=WatchedRule)
    interval_s: float = 5.0
    tells_first: bool = False
    ahead: timedelta = timedelta()
    _live: dict[PlayKey, PlaybackSession] = field(default_factory=dict)
    _ended: dict[PlayKey, PlaybackSession] = field(default_factory=dict)
    _restored: set[PlayKey] = field(default_factory=set)
    _candidates: dict[PlayKey, datetime] = field(default_factory=dict)
    _down: bool = False
    _has_looked: bool = False
    _checked: tuple[str, str] | None = None
    _credits: dict[str, int | None] = field(default_factory=dict)
    _held: dict[PlayKey, SessionEvent] = field(default_factory=dict)

    def restore(self, plays: Iterable[PlaybackSession]) -> None:
        """Go on with what was live when the program ended; what the next list lacks has ended then."""
        for play in plays:
            self._live[play.key] = play
            self._restored.add(play.key)

    def poll(self, source: MediaSource, at: datetime, *, confirms: bool = False) -> MonitorUpdate:
        """Ask the server once.

        Args:
            confirms: a list that it told before lacked a play already, so that one more is enough to end it.

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
        return self.listed(self._with_credits(source, source.sessions()), at, confirms=confirms)

    def _with_credits(self, source: MediaSource, sessions: Sequence[RemoteSession]) -> list[RemoteSession]:
        """Add where the credits begin. Lists of sessions have no markers; the item is asked once, when it starts."""
        found = []
        playing = {session.remote_id for session in sessions}
        self._credits = {key: at_ms for key, at_ms in self._credits.items() if key in playing}
        for session in sessions:
            key = session.remote_id
            if key is not None and session.credits_at_ms is None and not session.is_live and not session.is_extra:
                if key not in self._credits:
                    self._credits[key] = _credits_at_ms(source, key)
                if self._credits[key] is not None:
                    session = with_facts(session, credits_at_ms=self._credits[key])
            found.append(session)
        return found

    def lacks_a_play(self, sessions: Sequence[RemoteSession]) -> bool:
        """Whether a live play is missing in this list."""
        return not self._live.keys() <= self._by_key(sessions).keys()

    def is_news(self, sessions: Sequence[RemoteSession], at: datetime) -> bool:
        """Whether a told list has to be taken now, or can wait for a later one. Thread: any."""
        if self._down or not self._has_looked:
            return True
        at += self.ahead
        listed = self._by_key(sessions)
        is_whole = all(key in listed for key in tuple(self._live))
        return not is_whole or not all(self._goes_on(key, each, at, _HELD_S) for key, each in listed.items())

    def listed(
        self, sessions: Sequence[RemoteSession], at: datetime, *, is_told: bool = False, confirms: bool = False
    ) -> MonitorUpdate:
        """A complete list arrived, asked for or told (`is_told`) at `at`.

        Who plays in the first one has not just started: that is no event.
        """
        at += self.ahead
        changed: dict[str, PlaybackSession] = {}
        events: list[PlaybackEvent] = []
        if self._down:
            self._down = False
            events.append(self._event(EventKind.SERVER_UP, at))
        listed = self._by_key(sessions)
        self._forget(listed, at)
        events += self._absent(listed, at, is_told=is_told or confirms, changed=changed)
        for key, session in listed.items():
            event = SessionEvent(at, session, is_told, self._interval(is_told))
            if self._goes_on(key, session, at, _HELD_S / 2):
                self._held[key] = event
            else:
                events += self._listed_one(key, event, changed)
        self._has_looked = True
        return self._update(events, changed)

    def told(self, hint: PlayingHint, at: datetime) -> MonitorUpdate | None:
        """A player reported its state and position; None where only a list says what that is about."""
        known = next((play for play in self._live.values() if play.session.session_key == hint.session_key), None)
        if known is None or (hint.remote_id is not None and hint.remote_id != known.session.remote_id):
            return None
        at += self.ahead
        if known.misses or at - known.confirmed_at > COMES_BACK:
            # Keys are given again by a server that restarted: this may be somebody else.
            return None
        position_ms = known.session.position_ms if hint.position_ms is None else hint.position_ms
        session = with_facts(known.session, state=hint.state, position_ms=position_ms)
        changed: dict[str, PlaybackSession] = {}
        event = SessionEvent(at, session, is_told=True, interval_s=self._interval(True))
        return self._update(self._listed_one(known.key, event, changed), changed)

    def failed(self, at: datetime) -> MonitorUpdate:
        """The server did not answer: that says nothing about its sessions."""
        at += self.ahead
        self._checked = None
        events: list[PlaybackEvent] = []
        if not self._down:
            self._down = True
            events.append(self._event(EventKind.SERVER_DOWN, at))
        return self._update(events, {})

    def sessions(self) -> tuple[ActiveSession, ...]:
        """What is playing as far as is known, oldest first."""
        found = [
            ActiveSession(
                self.server.name,
                self.server.id,
                self.server.kind.value,
                play.session,
                play.started_at - self.ahead,
                play.state_since - self.ahead,
                play.moved_at - self.ahead,
                play.reported_at - self.ahead,
            )
            for play in self._live.values()
        ]
        return tuple(sorted(found, key=lambda active: active.started_at))

    def plays(self) -> tuple[PlaybackSession, ...]:
        """The live plays, as a restart would have to go on with them."""
        return tuple(self._live.values())

    def _interval(self, is_told: bool) -> float:
        return max(_REPORTS_S, self.interval_s) if is_told else self.interval_s

    @staticmethod
    def _by_key(sessions: Sequence[RemoteSession]) -> dict[PlayKey, RemoteSession]:
        """What counts of a list; a session that is in it twice is one."""
        found: dict[PlayKey, RemoteSession] = {}
        for session in sessions:
            if not session.is_extra:
                found.setdefault(key_of(session), session)
        return found

    def _absent(
        self,
        listed: dict[PlayKey, RemoteSession],
        at: datetime,
        *,
        is_told: bool,
        changed: dict[str, PlaybackSession],
    ) -> list[PlaybackEvent]:
        """What the list lacks: missed, gone, or replaced by the next item of the same player."""
        events: list[PlaybackEvent] = []
        # The next item of an evening takes the place of the one before without a stop.
        places = {(key[0], key[1], session.session_key): key for key, session in listed.items()}
        for key in [key for key in self._live if key not in listed]:
            if (held := self._held.get(key)) is not None:
                events += self._listed_one(key, held, changed)
            play = self._live[key]
            is_replaced = (key[0], key[1], play.session.session_key) in places
            if key in self._restored:
                following, happened = conclude(play, at)
            else:
                event = SessionEvent(at, None, is_told or is_replaced, self._interval(is_told))
                following, happened = advance(play, event, self.rule)
            events += self._keep(key, following, happened, changed)
        return events

    def _listed_one(
        self, key: PlayKey, event: SessionEvent, changed: dict[str, PlaybackSession]
    ) -> list[PlaybackEvent]:
        self._restored.discard(key)
        held = self._held.pop(key, None)
        play = self._live.get(key)
        if play is not None and event.session is not None and is_another(play, event.session, event.at):
            if held is not None:
                play = advance(play, held, self.rule)[0]
            following, happened = conclude(play, event.at)
            return [*self._keep(key, following, happened, changed), *self._begin(key, event, changed)]
        if play is None:
            ended = self._ended.get(key)
            if ended is None or is_new_play(ended, event):
                return self._begin(key, event, changed)
            play = ended
        following, happened = advance(play, event, self.rule)
        return self._keep(key, following, happened, changed)

    def _goes_on(self, key: PlayKey, session: RemoteSession, at: datetime, within_s: float) -> bool:
        """Whether a listed session says nothing that a later list cannot say as well: it plays on, and that is all.

        Emby repeats its list every second and a half, Jellyfin with each report of any player. What is held is used
        when the next list lacks the session.
        """
        play = self._live.get(key)
        if play is None or play.misses or play.decision_at is not None or session.position_ms is None:
            return False
        if key in self._restored or play.session.position_ms is None:
            return False
        passed_s = (at - play.confirmed_at).total_seconds()
        if not 0 <= passed_s < within_s:
            return False
        moved_ms = session.position_ms - play.session.position_ms
        if session is not play.session and abs(moved_ms - passed_s * 1000) > _STEADY_MS:
            return False
        enough_ms = None if play.is_watched else self.rule.position_ms(session)
        return (enough_ms is None or session.position_ms < enough_ms) and only_moves(play.session, session)

    def _begin(self, key: PlayKey, event: SessionEvent, changed: dict[str, PlaybackSession]) -> list[PlaybackEvent]:
        session = event.session
        if session is None or session.state == "stopped":
            return []
        if _is_dlna(session):
            # A clock that was set back must not hold it up.
            first_at = self._candidates[key] = min(event.at, self._candidates.get(key, event.at))
            if event.at - first_at < _FOLDED:
                return []
        play, happened = start(self.server.id, event, self.rule)
        self._candidates.pop(key, None)
        self._ended.pop(key, None)
        if not self._has_looked and not self.tells_first:
            happened = [each for each in happened if each.kind is not EventKind.STARTED]
        return self._keep(key, play, happened, changed)

    def _keep(
        self,
        key: PlayKey,
        play: PlaybackSession,
        happened: Sequence[Transition],
        changed: dict[str, PlaybackSession],
    ) -> list[PlaybackEvent]:
        before = self._live.get(key) or self._ended.get(key)
        if play.stopped_at is None:
            self._live[key] = play
            self._ended.pop(key, None)
        else:
            self._live.pop(key, None)
            self._restored.discard(key)
            self._ended[key] = play
        if play != before:
            changed[play.uid] = play
        return [self._event(each.kind, each.at, each.session) for each in happened]

    def _forget(self, listed: dict[PlayKey, RemoteSession], at: datetime) -> None:
        for key in [key for key, play in self._ended.items() if _is_over(play, at)]:
            del self._ended[key]
        for key in [key for key in self._candidates if key not in listed]:
            del self._candidates[key]

    def _update(self, events: Sequence[PlaybackEvent], changed: dict[str, PlaybackSession]) -> MonitorUpdate:
        return MonitorUpdate(self.server.id, self.sessions(), tuple(events), tuple(changed.values()))

    def _event(self, kind: EventKind, at: datetime, session: RemoteSession | None = None) -> PlaybackEvent:
        return PlaybackEvent(kind, at - self.ahead, self.server.name, self.server.id, session)


def _credits_at_ms(source: MediaSource, remote_id: str) -> int | None:
    try:
        return source.credits_at_ms(remote_id)
    except SourceError as error:
        # Without it, the percentage decides what is watched.
        log.info("where the credits of %s begin is not known: %s", remote_id, error.text)
        return None


def _is_over(ended: PlaybackSession, at: datetime) -> bool:
    """Return whether a play cannot come back any more, by its time or because the clock was set back since."""
    return ended.ended_at is None or not -CLOCK_SET_BACK <= at - ended.ended_at <= COMES_BACK


def _is_dlna(session: RemoteSession) -> bool:
    return any("dlna" in (word or "").lower() for word in (session.product, session.platform))
