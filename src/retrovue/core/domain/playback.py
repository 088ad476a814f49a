"""The life of a play: what a server lists, what happened since, and how long somebody really watched. Pure.

A play is one server + user + device + item: servers reuse session keys, so a key alone would merge two people.
`advance` takes one play and one thing that was learned about it; nothing here has a clock or remembers anything.

- A stop is believed when the server says so. Where only a list is asked for, two complete lists in a row must lack the
  session; it then ended when it was last seen. A list that failed says nothing and makes no event.
- A play that is listed again within two minutes of a stop that was only concluded goes on. So does one that a late
  report revives after its stop (Jellyfin, 0.7 s seen in a recording): it is the same play.
- Play time is the time that was not paused, and no more than what the player's reports cover. A computer or a phone
  that sleeps adds hours to the clock and none to the position.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from retrovue.core.domain.titles import episode_code, titled

MISSES_TO_STOP = 2
COMES_BACK = timedelta(minutes=2)
"""A session that is listed again so soon after a concluded stop is the same play."""
REVIVED = timedelta(seconds=10)
"""So soon after a stop that the server told, a late report may bring the play back."""
SETTLED = timedelta(seconds=10)
"""A change of the stream decision counts once it has lasted: transcodes begin as direct plays in the list."""
SILENT = timedelta(minutes=1)
"""A player that was silent for longer when it went, went when it last reported."""
UNHEARD = timedelta(minutes=2)
"""A playing player that was silent for longer is said to be so."""
_CLOCK_SET_BACK = timedelta(minutes=2)
"""An event that is older than what is known is late. By more than this, the clock was set back."""
_CARRIED_MS = 30_000
"""Reports and lists come at different moments: so much of the difference is carried from one report to the next."""
_REWOUND_MS = 15_000


class EventKind(StrEnum):
    """What happened to a session or a server."""

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


@dataclass(frozen=True, slots=True)
class RemoteSession:
    """One live playback session as a server lists it.

    Attributes:
        state: "playing", "paused", "buffering", or the server's own word.
        decision: "direct_play", "direct_stream" or "transcode".
        aired: the day an episode was first shown, YYYY-MM-DD.
        device_id: with `user_id` and `remote_id` it identifies the play: session keys are reused.
        checked_in_at: when the player itself last reported, epoch seconds by the server's clock. A server that tells
            it (Jellyfin's `LastPlaybackCheckIn`) moves positions on by itself; None: positions are reports.
        credits_at_ms: where the credits begin, where that is known.
        is_extra: a trailer, a pre-roll or a photo: shown by nobody's history.
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


PlayKey = tuple[str, str, str]


def key_of(session: RemoteSession) -> PlayKey:
    """Who plays what on which device: what tells a play from every other on its server.

    A device keeps its identifier when it is renamed. Where there is none, nothing but the session key keeps two
    players apart.
    """
    return (
        session.user_id or session.user or "",
        session.device_id or session.player or f"key:{session.session_key}",
        session.remote_id or session.guid or session.title,
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
        """Where a session becomes watched; None: never, since its length is not known or it is live television."""
        duration_ms, credits_ms = session.duration_ms, session.credits_at_ms
        if session.is_live or not duration_ms or duration_ms < 0:
            return None
        by_percent = duration_ms * self.percent.get(session.kind, self.other_percent) / 100
        if credits_ms is None or credits_ms <= 0 or self.marker == "percent":
            return by_percent
        return credits_ms if self.marker == "credits" else min(by_percent, credits_ms)


_DEFAULT_RULE = WatchedRule()


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One thing that was learned about a play.

    Attributes:
        at: when it was asked for, or when the server told it.
        session: how it is listed; None: a complete list lacks it.
        is_told: the server said so by itself, over its websocket: a stop is believed at once.
        interval_s: how far apart reports may be, seconds: so much may have passed since the last one.
    """

    at: datetime
    session: RemoteSession | None
    is_told: bool = False
    interval_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Transition:
    """Something happened to a play, which `session` shows as it was then."""

    kind: EventKind
    at: datetime
    session: RemoteSession


@dataclass(frozen=True, slots=True)
class PlaybackSession:
    """A play from its start to its end.

    Attributes:
        uid: the same for the same server, key and start, so that storing a play twice is harmless.
        session: how it was listed last. What is played stays as it was at the start.
        started_at: when it was first seen.
        state_since: when it was first seen in the state that it is in.
        moved_at: when its position or state was last seen to change: a shown position counts on from there.
        confirmed_at: when it was last known to be there.
        reported_at: when its player last reported, as far as the server tells that.
        position_ms: the last position that the player reported.
        elapsed_s: time that was not paused, `paused_s` time that was; together what passed until `confirmed_at`.
        covered_ms: of `elapsed_s`, what the movement of the position proves. `carried_ms`: time (positive) or movement
            (negative) that the next report may still match.
        reported_elapsed_s, reported_paused_s: both times as they were at `reported_at`.
        decision: the stream decision that has settled; `new_decision` differs while one has not, since `decision_at`.
        buffered: how often it stopped to fill its buffer.
        misses: how many complete lists in a row lacked it.
        stopped_at: when it ended, None while it has not. `ended_at`: when that was found out.
        is_inferred: nobody said that it ended.
        interval_s: how far apart its reports may have been at the end.
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
        """What tells it from every other play on its server."""
        return key_of(self.session)

    @property
    def play_s(self) -> float:
        """How long somebody watched, seconds. Live television has no position that could prove it."""
        if self.session.is_live or self.position_ms is None:
            return self.elapsed_s
        return min(self.elapsed_s, self.covered_ms / 1000 + self.interval_s)

    @property
    def percent(self) -> int | None:
        """How far the position is, 0 to 100; None where the length is not known."""
        duration_ms = self.session.duration_ms
        if self.session.is_live or not duration_ms or duration_ms < 0 or self.position_ms is None:
            return None
        return min(100, self.position_ms * 100 // duration_ms)


def start(server_id: int, event: SessionEvent, rule: WatchedRule) -> tuple[PlaybackSession, list[Transition]]:
    """A play that is seen for the first time."""
    session, at = event.session, event.at
    assert session is not None, "what is not listed has not started"
    text = "\0".join((str(server_id), *key_of(session), at.isoformat()))
    play = PlaybackSession(
        uid=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32],
        server_id=server_id,
        session=session,
        started_at=at,
        state_since=at,
        moved_at=at,
        confirmed_at=at,
        reported_at=at,
        position_ms=_position(session),
        decision=session.decision,
        new_decision=session.decision,
        buffered=int(session.state == "buffering"),
        interval_s=event.interval_s,
    )
    play, watched = _with_watched(play, at, rule)
    return play, [Transition(EventKind.STARTED, at, session), *watched]


def advance(
    current: PlaybackSession, event: SessionEvent, rule: WatchedRule = _DEFAULT_RULE
) -> tuple[PlaybackSession, list[Transition]]:
    """What a play becomes by one event, and what happened by it; late and repeated events change nothing.

    A play that ended and is listed again comes back only where that is the same play; otherwise it is returned as
    it was, and `is_new_play` says whether a new one has begun.
    """
    if current.stopped_at is not None:
        return _after_the_end(current, event, rule)
    if event.at < current.confirmed_at - _CLOCK_SET_BACK:
        current = _shifted(current, event.at - current.confirmed_at)
    if event.at < current.confirmed_at:
        return current, []
    session = event.session
    if session is None and not event.is_told:
        current = replace(current, misses=current.misses + 1)
        if current.misses < MISSES_TO_STOP:
            return current, []
        return _stopped(current, current.confirmed_at, event, is_inferred=True)
    if session is None:
        return _stopped(_passed(current, event.at), event.at, event, is_inferred=False)
    following, happened = _seen(current, session, event, rule)
    if session.state == "stopped":
        following, ended = _stopped(following, event.at, event, is_inferred=False)
        return following, [*happened, *ended]
    return following, happened


def conclude(current: PlaybackSession, at: datetime) -> tuple[PlaybackSession, list[Transition]]:
    """The end of a play that nobody watched to its end, at the last instant that it was known to be there."""
    return _stopped(current, current.confirmed_at, SessionEvent(at, None), is_inferred=True)


def is_new_play(ended: PlaybackSession, event: SessionEvent) -> bool:
    """Whether a session that is listed is another play than the one that ended with the same key."""
    session = event.session
    if session is None or ended.stopped_at is None or event.at <= ended.stopped_at or session.state == "stopped":
        return False
    return not _comes_back(ended, event) and not _lingers(ended, session, event.at)


def _after_the_end(
    ended: PlaybackSession, event: SessionEvent, rule: WatchedRule
) -> tuple[PlaybackSession, list[Transition]]:
    if event.session is None or event.session.state == "stopped" or not _comes_back(ended, event):
        return ended, []
    at = event.at
    assert ended.stopped_at is not None
    # It was there all the time, or its player was: what passed counts as far as the position moved.
    revived = replace(ended, stopped_at=None, ended_at=None, is_inferred=False, misses=0, confirmed_at=ended.stopped_at)
    following, happened = _seen(revived, event.session, event, rule)
    kinds = {each.kind for each in happened}
    if not kinds & {EventKind.RESUMED, EventKind.PAUSED}:
        happened = [Transition(EventKind.RESUMED, at, following.session), *happened]
    return following, happened


def _comes_back(ended: PlaybackSession, event: SessionEvent) -> bool:
    session, at = event.session, event.at
    if session is None or ended.stopped_at is None or ended.ended_at is None or at <= ended.stopped_at:
        return False
    if ended.is_inferred:
        return at - ended.ended_at <= COMES_BACK
    if at - ended.stopped_at > REVIVED or session.session_key != ended.session.session_key:
        return False
    position, before = _position(session) or 0, ended.position_ms or 0
    # A report at the very beginning is a start.
    return _is_report(ended, session) and position > 0 and position >= before - _REWOUND_MS


def _lingers(ended: PlaybackSession, session: RemoteSession, at: datetime) -> bool:
    """Whether a list still has what the server itself said has stopped."""
    if ended.is_inferred or ended.stopped_at is None or session.session_key != ended.session.session_key:
        return False
    return at - ended.stopped_at <= REVIVED and not _is_report(ended, session)


def _seen(
    current: PlaybackSession, session: RemoteSession, event: SessionEvent, rule: WatchedRule
) -> tuple[PlaybackSession, list[Transition]]:
    at, before = event.at, current.session
    session = _bound(before, session)
    moved = session.position_ms != before.position_ms or session.state != before.state
    following = _reported(_passed(current, at), session, at)
    happened: list[Transition] = []
    if session.state != before.state:
        kind = _kind_of(before.state, session.state)
        happened = [] if kind is None else [Transition(kind, at, session)]
        is_filling = session.state == "buffering"
        following = replace(following, state_since=at, buffered=following.buffered + int(is_filling))
    following = replace(
        following,
        session=session,
        moved_at=at if moved else following.moved_at,
        misses=0,
        interval_s=event.interval_s,
    )
    following, changed = _with_decision(following, at)
    following, watched = _with_watched(following, at, rule)
    return following, [*happened, *changed, *watched]


def _kind_of(before: str, state: str) -> EventKind | None:
    match state:
        case "paused":
            return EventKind.PAUSED
        case "playing" if before == "paused":
            return EventKind.RESUMED
        case "buffering":
            return EventKind.BUFFERING
        case "error":
            return EventKind.ERROR
        case _:
            return None


def _bound(first: RemoteSession, session: RemoteSession) -> RemoteSession:
    """The newest facts of a stream, with the item as it was when the play began."""
    return replace(
        session,
        remote_id=first.remote_id,
        kind=first.kind,
        title=first.title,
        show_title=first.show_title,
        aired=first.aired,
        season_number=first.season_number,
        episode_number=first.episode_number,
        year=first.year,
        guid=first.guid or session.guid,
        duration_ms=first.duration_ms or session.duration_ms,
        credits_at_ms=first.credits_at_ms or session.credits_at_ms,
        user=first.user or session.user,
        is_live=first.is_live,
    )


def _position(session: RemoteSession) -> int | None:
    """The position where it can be one: not negative, and not beyond the end."""
    position_ms, duration_ms = session.position_ms, session.duration_ms
    if position_ms is None or position_ms < 0:
        return None
    return position_ms if session.is_live or not duration_ms or duration_ms < 0 else min(position_ms, duration_ms)


def _is_report(play: PlaybackSession, session: RemoteSession) -> bool:
    """Whether the player has reported since: a server that tells check-ins moves positions on without one."""
    if session.checked_in_at is not None:
        return session.checked_in_at != play.session.checked_in_at
    return _position(session) != play.position_ms


def _passed(current: PlaybackSession, at: datetime) -> PlaybackSession:
    """The time since it was last confirmed, counted by the state that it was in."""
    passed_s = max(0.0, (at - current.confirmed_at).total_seconds())
    if current.session.state == "paused":
        return replace(current, confirmed_at=at, paused_s=current.paused_s + passed_s)
    return replace(current, confirmed_at=at, elapsed_s=current.elapsed_s + passed_s)


def _reported(current: PlaybackSession, session: RemoteSession, at: datetime) -> PlaybackSession:
    """A report of the player proves as much time as its position moved forward, and no more than passed."""
    if not _is_report(current, session):
        return current
    position_ms = _position(session)
    passed_ms = (current.elapsed_s - current.reported_elapsed_s) * 1000
    moved_ms = 0 if position_ms is None or current.position_ms is None else max(0, position_ms - current.position_ms)
    time_ms, way_ms = passed_ms + max(0.0, current.carried_ms), moved_ms + max(0.0, -current.carried_ms)
    proven_ms = min(time_ms, way_ms)
    return replace(
        current,
        position_ms=position_ms if position_ms is not None else current.position_ms,
        reported_at=at,
        reported_elapsed_s=current.elapsed_s,
        reported_paused_s=current.paused_s,
        covered_ms=current.covered_ms + proven_ms,
        carried_ms=max(-_CARRIED_MS, min(_CARRIED_MS, time_ms - way_ms)),
    )


def _with_decision(play: PlaybackSession, at: datetime) -> tuple[PlaybackSession, list[Transition]]:
    listed = play.session.decision
    if listed == play.decision:
        return replace(play, new_decision=listed, decision_at=None), []
    if at - play.started_at < SETTLED:
        return replace(play, decision=listed, new_decision=listed, decision_at=None), []
    if listed != play.new_decision or play.decision_at is None:
        return replace(play, new_decision=listed, decision_at=at), []
    if at - play.decision_at < SETTLED:
        return play, []
    settled = replace(play, decision=listed, decision_at=None)
    return settled, [Transition(EventKind.DECISION_CHANGED, at, play.session)]


def _with_watched(play: PlaybackSession, at: datetime, rule: WatchedRule) -> tuple[PlaybackSession, list[Transition]]:
    # Some players jump to the end while they fill their buffer at the start.
    if play.is_watched or play.position_ms is None or play.session.state == "buffering":
        return play, []
    enough_ms = rule.position_ms(play.session)
    if enough_ms is None or play.position_ms < enough_ms:
        return play, []
    return replace(play, is_watched=True), [Transition(EventKind.WATCHED, at, play.session)]


def _stopped(
    play: PlaybackSession, at: datetime, event: SessionEvent, *, is_inferred: bool
) -> tuple[PlaybackSession, list[Transition]]:
    if play.session.checked_in_at is not None and at - play.reported_at > SILENT:
        # The server goes on listing a player that vanished, for up to ten minutes.
        at = play.reported_at
        play = replace(play, elapsed_s=play.reported_elapsed_s, paused_s=play.reported_paused_s)
    ended = replace(play, stopped_at=at, ended_at=event.at, is_inferred=is_inferred, interval_s=event.interval_s)
    return ended, [Transition(EventKind.STOPPED, at, ended.session)]


def _shifted(play: PlaybackSession, by: timedelta) -> PlaybackSession:
    """The same play by a clock that was set: its instants move, its lengths stay."""
    return replace(
        play,
        started_at=play.started_at + by,
        state_since=play.state_since + by,
        moved_at=play.moved_at + by,
        confirmed_at=play.confirmed_at + by,
        reported_at=play.reported_at + by,
        decision_at=None if play.decision_at is None else play.decision_at + by,
    )


def session_title(session: RemoteSession) -> str:
    """What is playing, in one line: "The Lantern District · S02E07 · The Tide Table"."""
    if session.show_title is None:
        return titled(session.title, session.year)
    return " · ".join(part for part in (session.show_title, session_code(session), session.title) if part)


def session_code(session: RemoteSession) -> str:
    """Return "S02E07", or the day of an episode without a number; empty for what is not an episode."""
    return episode_code(session.season_number, session.episode_number, aired=session.aired)
