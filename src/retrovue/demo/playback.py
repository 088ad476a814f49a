"""What is playing on a demo server, and what was played. It knows no protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from retrovue.demo.library import DemoLibrary

State = Literal["playing", "paused", "buffering", "stopped", "error"]
Decision = Literal["direct play", "direct stream", "transcode"]


@dataclass(frozen=True, slots=True)
class User:
    """A person who plays; the owner's id is 1."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Player:
    """A device that plays."""

    name: str
    machine_identifier: str
    product: str = "Plex for Android (TV)"
    platform: str = "Android"
    device: str = "SHIELD Android TV"
    address: str = "192.0.2.20"
    local: bool = True


OWNER = User(1, "marlow")
USERS = (OWNER, User(2, "edda"), User(3, "Jörg & Анна"))
LIVING_ROOM = Player("Living Room", "player-living-room-0001")
PHONE = Player("Edda’s phone", "player-phone-0002", "Plex for iOS", "iOS", "iPhone", "198.51.100.7", False)
BROWSER = Player("Firefox", "player-web-0003", "Plex Web", "Firefox", "Linux", "192.0.2.31")


@dataclass(slots=True)
class Playback:
    """One stream. `offset_ms` is the position at `offset_at`; `position_ms` of the board says where it is now.

    `session_key` is small and starts again with the server; `session_id` is what ends a stream.
    """

    session_key: str
    session_id: str
    item_id: int
    user: User
    player: Player
    state: State
    offset_ms: int
    offset_at: float
    started_at: int
    decision: Decision = "direct play"
    bandwidth_kbps: int = 6_500
    version_index: int = 0
    live: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Viewed:
    """One entry of the server's own history."""

    id: int
    item_id: int
    viewed_at: int
    user: User
    player: Player


@dataclass(frozen=True, slots=True)
class PastPlay:
    """A play that has ended, as it really was; what a server's own records are made of.

    Attributes:
        position_ms: where it ended.
        paused_s: how long it was paused in between, seconds.
        logged: which of its entries the server's log of activity has; some versions lose them.
    """

    item_id: int
    user: User
    player: Player
    started_at: int
    stopped_at: int
    position_ms: int
    decision: Decision = "direct play"
    paused_s: int = 0
    logged: Literal["both", "start", "none"] = "both"


PlaybackListener = Callable[[Playback], None]


class PlaybackBoard:
    """The streams of a server, and its past. Thread: any.

    Attributes:
        history: what Plex lists as its history: plays that went past 90 %.
        past: every play that has ended, oldest first as far as nobody added an older one.
        terminated: (session id, reason) of streams that an administrator ended.
    """

    def __init__(self, library: DemoLibrary, clock: Callable[[], float]) -> None:
        self._library = library
        self._clock = clock
        # The library's own lock: two locks would be taken in both orders, by polls and by stops.
        self._lock = library.lock
        self._active: dict[str, Playback] = {}
        self._listeners: list[PlaybackListener] = []
        self._last_key = 0
        self.history: list[Viewed] = []
        self.past: list[PastPlay] = []
        self.terminated: list[tuple[str, str]] = []

    def listen(self, listener: PlaybackListener) -> None:
        """Call `listener` with a stream after each change of its state."""
        self._listeners.append(listener)

    def active(self) -> list[Playback]:
        """The streams that a poll shows."""
        with self._lock:
            # What plays an item that was removed meanwhile is over: there is nothing to describe it with.
            return [playback for playback in self._active.values() if playback.item_id in self._library.items]

    def position_ms(self, playback: Playback) -> int:
        """Where a stream is now: a playing one moves with the clock, up to the end of the item."""
        if playback.state != "playing":
            return playback.offset_ms
        moved = playback.offset_ms + int((self._clock() - playback.offset_at) * 1_000)
        item = self._library.items.get(playback.item_id)
        duration_ms = None if item is None else item.duration_ms
        return moved if duration_ms is None or playback.live else min(moved, duration_ms)

    def start(
        self,
        item_id: int,
        user: User = OWNER,
        player: Player = LIVING_ROOM,
        *,
        offset_ms: int = 0,
        announce: bool = True,
        **facts: Any,
    ) -> Playback:
        """Start a stream; `facts` are further fields of `Playback` (also `session_key`, to reuse one)."""
        with self._lock:
            self._last_key += 1
            key = facts.pop("session_key", str(self._last_key))
            playback = Playback(
                session_key=key,
                session_id=f"demo-session-{self._last_key:04}",
                item_id=item_id,
                user=user,
                player=player,
                state=facts.pop("state", "playing"),
                offset_ms=offset_ms,
                offset_at=self._clock(),
                started_at=int(self._clock()),
                **facts,
            )
            self._active[key] = playback
            return self._tell(playback, announce)

    def pause(self, session_key: str, *, announce: bool = True) -> Playback:
        """Pause a stream."""
        return self._set(session_key, "paused", announce)

    def resume(self, session_key: str, *, announce: bool = True) -> Playback:
        """Go on."""
        return self._set(session_key, "playing", announce)

    def buffer(self, session_key: str, *, announce: bool = True) -> Playback:
        """Let a stream wait for data."""
        return self._set(session_key, "buffering", announce)

    def seek(self, session_key: str, offset_ms: int, *, announce: bool = True) -> Playback:
        """Jump."""
        with self._lock:
            playback = self._active[session_key]
            playback.offset_ms, playback.offset_at = offset_ms, self._clock()
            return self._tell(playback, announce)

    def change(self, session_key: str, *, announce: bool = True, **facts: Any) -> Playback:
        """Set fields of a stream: another decision, the next episode under the same key, another player."""
        with self._lock:
            playback = self._active[session_key]
            playback.offset_ms, playback.offset_at = self.position_ms(playback), self._clock()
            for name, value in facts.items():
                setattr(playback, name, value)
            return self._tell(playback, announce)

    def report(self, session_key: str) -> Playback:
        """Send the notification that players cause every ten seconds."""
        with self._lock:
            return self._tell(self._active[session_key], True)

    def stop(self, session_key: str, *, announce: bool = True) -> Playback:
        """End a stream, which enters the server's past."""
        with self._lock:
            playback = self._active.pop(session_key)
            playback.offset_ms, playback.offset_at = self.position_ms(playback), self._clock()
            playback.state = "stopped"
            now = int(self._clock())
            facts = (playback.item_id, playback.user, playback.player, playback.started_at, now, playback.offset_ms)
            item = self._library.items.get(playback.item_id)
            if self.add_past(PastPlay(*facts, decision=playback.decision)) and item is not None:
                self._library.mark(item.id, item.view_count + 1, at=now)
            return self._tell(playback, announce)

    def vanish(self, session_key: str) -> Playback:
        """Let a stream disappear from the polls without any word."""
        with self._lock:
            return self._active.pop(session_key)

    def terminate(self, session_id: str, reason: str) -> bool:
        """End the stream with that session id, as an administrator does; False when there is none."""
        with self._lock:
            for playback in self._active.values():
                if playback.session_id == session_id:
                    self.terminated.append((session_id, reason))
                    self.stop(playback.session_key)
                    return True
            return False

    def restart(self) -> None:
        """Forget all streams and count keys from 1 again, as a restarted server does."""
        with self._lock:
            self._active.clear()
            self._last_key = 0

    def add_viewed(self, item_id: int, viewed_at: int, user: User = OWNER, player: Player = LIVING_ROOM) -> Viewed:
        """Add an entry to the server's history."""
        with self._lock:
            entry = Viewed(len(self.history) + 1, item_id, viewed_at, user, player)
            self.history.append(entry)
            return entry

    def add_past(self, play: PastPlay) -> bool:
        """Add a play to the past; whether it went past 90 % and entered the history of a Plex server."""
        with self._lock:
            self.past.append(play)
            item = self._library.items.get(play.item_id)
            if item is None or not item.duration_ms or play.position_ms < item.duration_ms * 0.9:
                return False
            self.add_viewed(play.item_id, play.stopped_at, play.user, play.player)
            return True

    def _set(self, session_key: str, state: State, announce: bool) -> Playback:
        return self.change(session_key, announce=announce, state=state)

    def _tell(self, playback: Playback, announce: bool) -> Playback:
        snapshot = replace(playback, offset_ms=self.position_ms(playback))
        if announce:
            for listener in self._listeners:
                listener(snapshot)
        return playback
