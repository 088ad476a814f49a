"""A play: what a server lists of a session, what happened to it, and what is known of the play so far.

A play is one server + user + device + item: servers reuse session keys, so a key alone would merge two users.
`play_state` takes a play from one event to the next.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter

from retrovue.core.domain.titles import episode_code, titled

UNHEARD = timedelta(minutes=2)
"""A playing player that was silent for longer is said to be so."""
_MOVING = ("position_ms", "checked_in_at")


class EventKind(StrEnum):
    """The kinds of events of a session or server."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    BUFFERING = "buffering"
    STOPPED = "stopped"
    WATCHED = "watched"
    ERROR = "error"
    DECISION_CHANGED = "decision_changed"
    SERVER_DOWN = "server_down"
    SERVER_UP = "server_up"


class LazyText:
    """A text that is made when it is first read: most lists of sessions are compared and never stored."""

    __slots__ = ("_make", "_text")

    def __init__(self, make: Callable[[], str]) -> None:
        self._make: Callable[[], str] | None = make
        self._text = ""

    def __str__(self) -> str:
        make = self._make
        if make is not None:
            self._text = make()
            self._make = None
        return self._text

    def __deepcopy__(self, _memo: object) -> "LazyText":
        return self


@dataclass(frozen=True, slots=True)
class RemoteSession:
    """One live playback session as a server lists it.

    Attributes:
        state: "playing", "paused", "buffering", or the server's own word.
        decision: "direct_play", "direct_stream" or "transcode".
        aired: the day an episode was first broadcast, YYYY-MM-DD.
        device_id: with `user_id` and `remote_id` it identifies the play: session keys are reused.
        checked_in_at: when the player last reported, epoch seconds by the server's clock. A server that sends it
            (Jellyfin's `LastPlaybackCheckIn`) advances positions itself. None: positions are those of reports.
        credits_at_ms: where the credits begin, or None.
        is_extra: a trailer, a pre-roll or a photo, which no history contains.
        document: what the server says of the stream, see `document_text`.
        stop_id: what the server is told to stop; None where it cannot be.
        video, audio, subtitles, container: as the file has them, in the words of codecs; None for what is not known or
            not there. `…_delivered`: as the player gets them; "burned" are subtitles that became part of the picture.
        source_kbps: the bit rate of the file.
        reasons: why it is converted, in the server's own words, separated by commas.
        speed: of the conversion, 1 is real time. `is_hardware`: whether a graphics unit does it.
    """

    session_key: str
    remote_id: str | None
    kind: str
    title: str
    state: str
    user: str | None = None
    user_id: str | None = None
    device_id: str | None = None
    player: str | None = None
    product: str | None = None
    platform: str | None = None
    address: str | None = None
    location: str | None = None
    position_ms: int | None = None
    duration_ms: int | None = None
    decision: str = "direct_play"
    bandwidth_kbps: int | None = None
    show_title: str | None = None
    season_number: int | None = None
    episode_number: int | None = None
    year: int | None = None
    guid: str | None = None
    artwork: str | None = None
    source_label: str | None = None
    delivered_label: str | None = None
    is_live: bool = False
    aired: str | None = None

    checked_in_at: float | None = None
    credits_at_ms: int | None = None
    is_extra: bool = False
    stop_id: str | None = None
    video: str | None = None
    video_delivered: str | None = None
    audio: str | None = None
    audio_delivered: str | None = None
    subtitles: str | None = None
    subtitles_delivered: str | None = None
    container: str | None = None
    container_delivered: str | None = None
    source_kbps: int | None = None
    reasons: str | None = None
    speed: float | None = None
    is_hardware: bool = False
    document: LazyText | str | None = field(default=None, compare=False, repr=False)

    @property
    def document_text(self) -> str | None:
        """Return what the server says of the stream, as JSON without tokens."""
        return None if self.document is None else str(self.document)


_still_of = attrgetter(*(each.name for each in fields(RemoteSession) if each.compare and each.name not in _MOVING))


def only_moves(before: RemoteSession, session: RemoteSession) -> bool:
    """Return whether a session differs from what was listed before in nothing but its position."""
    return session is before or bool(_still_of(before) == _still_of(session))


PlayKey = tuple[str, str, str]


def key_of(session: RemoteSession) -> PlayKey:
    """Return the identity of a play on its server: user, item and device.

    A device keeps its identifier when it is renamed. Without one, only the session key distinguishes two players.
    Live TV goes by its program: servers list the next one under the same session, and of a channel the item stays.
    """
    item = session.remote_id or session.guid or session.title
    return (
        session.user_id or session.user or "",
        session.device_id or session.player or f"key:{session.session_key}",
        session.guid or item if session.is_live else item,
    )


@dataclass(frozen=True, slots=True)
class WatchedRule:
    """When a play counts as watched: at a percentage of the length, or where the credits begin.

    Attributes:
        percent: by kind of item; `other_percent` for all others.
        marker: "percent", "credits" (percent where none is known), or "earlier" of both.
    """

    percent: Mapping[str, float] = field(default_factory=dict)
    other_percent: float = 85.0
    marker: str = "earlier"

    def position_ms(self, session: RemoteSession) -> float | None:
        """Return the position where a session becomes watched; None without a length and for live TV."""
        duration_ms, credits_ms = session.duration_ms, session.credits_at_ms
        if session.is_live or not duration_ms or duration_ms < 0:
            return None
        by_percent = duration_ms * self.percent.get(session.kind, self.other_percent) / 100
        if credits_ms is None or credits_ms <= 0 or self.marker == "percent":
            return by_percent
        return credits_ms if self.marker == "credits" else min(by_percent, credits_ms)


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One observation of a play.

    Attributes:
        at: when it was requested, or when the server pushed it.
        session: the listed session; None if a complete list lacks it.
        is_told: the server pushed it over its websocket, so a stop is final immediately.
        interval_s: the maximum time between reports, seconds.
    """

    at: datetime
    session: RemoteSession | None
    is_told: bool = False
    interval_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Transition:
    """An event of a play. `session` is its state at that time."""

    kind: EventKind
    at: datetime
    session: RemoteSession


@dataclass(frozen=True, slots=True)
class PlaybackSession:
    """A play from its start to its end.

    Attributes:
        uid: derived from server, key and start, so that storing a play twice is harmless.
        session: as last listed, with the item as it was at the start.
        started_at: when it was first seen.
        state_since: when it was first seen in the state that it is in.
        moved_at: when its position or state last changed. A displayed position advances from there.
        confirmed_at: when it was last known to be running.
        reported_at: when its player last reported, if the server sends that.
        position_ms: the last position that the player reported.
        elapsed_s: time without pauses. `paused_s`: time in pauses. Together the time until `confirmed_at`.
        covered_ms: the part of `elapsed_s` that the position proves. `carried_ms`: time (positive) or movement
            (negative) that the next report can still match.
        reported_elapsed_s, reported_paused_s: both times as they were at `reported_at`.
        decision: the confirmed stream decision. `new_decision` differs while a new one is unconfirmed, since
            `decision_at`.
        buffered: how often it was buffering.
        misses: how many complete lists in a row lacked it.
        stopped_at: when it ended, or None. `ended_at`: when that was noticed.
        is_inferred: the server did not report the end.
        interval_s: the maximum time between its reports at the end.
    """

    uid: str
    server_id: int
    session: RemoteSession
    started_at: datetime
    state_since: datetime
    moved_at: datetime
    confirmed_at: datetime
    reported_at: datetime
    position_ms: int | None = None
    elapsed_s: float = 0.0
    paused_s: float = 0.0
    covered_ms: float = 0.0
    carried_ms: float = 0.0
    reported_elapsed_s: float = 0.0
    reported_paused_s: float = 0.0
    decision: str = "direct_play"
    new_decision: str = "direct_play"
    decision_at: datetime | None = None
    buffered: int = 0
    is_watched: bool = False
    misses: int = 0
    stopped_at: datetime | None = None
    ended_at: datetime | None = None
    is_inferred: bool = False
    interval_s: float = 5.0

    @property
    def key(self) -> PlayKey:
        """Return its identity on its server."""
        return key_of(self.session)

    @property
    def play_s(self) -> float:
        """Return the play time in seconds. Live TV has no position that could prove it."""
        if self.session.is_live or self.position_ms is None:
            return self.elapsed_s
        return min(self.elapsed_s, self.covered_ms / 1000 + self.interval_s)

    @property
    def percent(self) -> int | None:
        """Return the progress, 0 to 100; None without a length."""
        duration_ms = self.session.duration_ms
        if self.session.is_live or not duration_ms or duration_ms < 0 or self.position_ms is None:
            return None
        return min(100, self.position_ms * 100 // duration_ms)


def session_title(session: RemoteSession) -> str:
    """Return what is playing in one line: "The Lantern District · S02E07 · The Tide Table"."""
    if session.show_title is None:
        return titled(session.title, session.year)
    return " · ".join(part for part in (session.show_title, session_code(session), session.title) if part)


def session_code(session: RemoteSession) -> str:
    """Return "S02E07", or the day of an episode without a number; empty for other items."""
    return episode_code(session.season_number, session.episode_number, aired=session.aired)
