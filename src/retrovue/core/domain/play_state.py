"""The state of a play: from listed sessions to start, stop and play time. Pure functions.

A play is one server + user + device + item: servers reuse session keys, so a key alone would merge two users.
`advance` takes a play and one event. Nothing here has a clock or keeps state.

- A stop that the server reports is final. With polling, two complete lists in a row must lack the session; it then
  ended when it was last seen. A failed list causes no event.
- A play that is listed again within two minutes of an inferred stop continues. So does one that a late report revives
  after its stop (Jellyfin, 0.7 s in a recording): it is the same play.
- After a gap in what was seen (a sleep, an outage, a crash), a session that is listed goes on as the same play, unless
  it shows that there was another start meanwhile: `is_another`.
- Play time is the time without pauses, limited to what the player's reports cover. A sleeping computer or phone adds
  hours to the clock and nothing to the position.
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from retrovue.core.domain.copies import with_facts
from retrovue.core.domain.playback import (
    EventKind,
    PlaybackSession,
    RemoteSession,
    SessionEvent,
    Transition,
    WatchedRule,
    key_of,
)

MISSES_TO_STOP = 2
COMES_BACK = timedelta(minutes=2)
"""A session listed again this soon after an inferred stop is the same play."""
REVIVED = timedelta(seconds=10)
"""This soon after a reported stop, a late report can revive the play."""
SETTLED = timedelta(seconds=10)
"""A new stream decision counts after this time: servers list a starting transcode as direct play."""
SILENT = timedelta(minutes=1)
"""A player silent for longer than this before it disappeared stopped at its last report."""
CLOCK_SET_BACK = timedelta(minutes=2)
"""An event older than the play is late. If it is older by more than this, the clock was set back."""
_LONGEST_GAP = timedelta(hours=12)
"""After so long without a sight of it, no session is the same play."""
_PLAYED_THROUGH = timedelta(minutes=1)
"""By how much the position can differ from a gap in which the item was played."""
_CARRIED_MS = 30_000
"""Reports and lists have different times. Up to this difference is carried over to the next report."""
_REWOUND_MS = 15_000
_DEFAULT_RULE = WatchedRule()


def start(server_id: int, event: SessionEvent, rule: WatchedRule) -> tuple[PlaybackSession, list[Transition]]:
    """Return the play of a new session."""
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
    """Apply one event to a play. Return the new play and what happened. Late and repeated events change nothing.

    An ended play that is listed again resumes only if it is the same play. Otherwise it is returned unchanged, and
    `is_new_play` returns whether a new one has started.
    """
    if current.stopped_at is not None:
        return _after_the_end(current, event, rule)
    if event.at < current.confirmed_at - CLOCK_SET_BACK:
        current = _set_back(current, event.at)
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
    """End a play without a reported stop, at the last instant that it was known to be running."""
    return _stopped(current, current.confirmed_at, SessionEvent(at, None), is_inferred=True)


def is_new_play(ended: PlaybackSession, event: SessionEvent) -> bool:
    """Return whether a listed session is a new play, and not the ended one with the same key."""
    session = event.session
    if session is None or ended.stopped_at is None or event.at <= ended.stopped_at or session.state == "stopped":
        return False
    return not _comes_back(ended, event) and not _lingers(ended, session, event.at)


def is_another(current: PlaybackSession, session: RemoteSession, at: datetime) -> bool:
    """Return whether a live play ended unseen, and a listed session with its identity is a later one.

    Only after a gap, with another session key (where it was not simply played on), or further back than it was.
    """
    gap = at - current.confirmed_at
    if gap <= COMES_BACK:
        return False
    if gap > _LONGEST_GAP:
        return True
    before, position = current.position_ms, _position(session)
    moved = None if before is None or position is None or session.is_live else timedelta(milliseconds=position - before)
    if session.session_key != current.session.session_key:
        return moved is None or abs(moved - gap) > _PLAYED_THROUGH
    return moved is not None and moved < -timedelta(milliseconds=_REWOUND_MS)


def _after_the_end(
    ended: PlaybackSession, event: SessionEvent, rule: WatchedRule
) -> tuple[PlaybackSession, list[Transition]]:
    if event.session is None or event.session.state == "stopped" or not _comes_back(ended, event):
        return ended, []
    at = event.at
    assert ended.stopped_at is not None
    # The session or its player was running all the time, so the elapsed time counts as far as the position moved.
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
    # A report at the very beginning is a new start.
    return _is_report(ended, session) and position > 0 and position >= before - _REWOUND_MS


def _lingers(ended: PlaybackSession, session: RemoteSession, at: datetime) -> bool:
    """Return whether a list still contains a session that the server reported as stopped."""
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
        following = with_facts(following, state_since=at, buffered=following.buffered + int(is_filling))
    following = with_facts(
        following,
        session=session,
        moved_at=at if moved else following.moved_at,
        misses=0,
        interval_s=event.interval_s,
    )
    following, decided = _with_decision(following, at)
    following, watched = _with_watched(following, at, rule)
    return following, [*happened, *decided, *watched]


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
    """Return the newest facts of a stream, with the item as it was when the play started."""
    if _item_of(first) == _item_of(session):
        return session
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


def _item_of(session: RemoteSession) -> tuple[object, ...]:
    """Return what stays as it was when the play started."""
    return (
        session.remote_id,
        session.kind,
        session.title,
        session.show_title,
        session.aired,
        session.season_number,
        session.episode_number,
        session.year,
        session.guid,
        session.duration_ms,
        session.credits_at_ms,
        session.user,
        session.is_live,
    )


def _position(session: RemoteSession) -> int | None:
    """Return the position if it is valid: not negative, and not beyond the end."""
    position_ms, duration_ms = session.position_ms, session.duration_ms
    if position_ms is None or position_ms < 0:
        return None
    return position_ms if session.is_live or not duration_ms or duration_ms < 0 else min(position_ms, duration_ms)


def _is_report(play: PlaybackSession, session: RemoteSession) -> bool:
    """Return whether the player has reported. A server with check-ins also advances positions without a report."""
    if session.checked_in_at is not None:
        return session.checked_in_at != play.session.checked_in_at
    return _position(session) != play.position_ms


def _passed(current: PlaybackSession, at: datetime) -> PlaybackSession:
    """Add the time since the last confirmation, by the state of the play."""
    passed_s = max(0.0, (at - current.confirmed_at).total_seconds())
    if current.session.state == "paused":
        return with_facts(current, confirmed_at=at, paused_s=current.paused_s + passed_s)
    return with_facts(current, confirmed_at=at, elapsed_s=current.elapsed_s + passed_s)


def _reported(current: PlaybackSession, session: RemoteSession, at: datetime) -> PlaybackSession:
    """Count the time that a report proves: as far as the position moved forward, and not more than elapsed."""
    if not _is_report(current, session):
        return current
    position_ms = _position(session)
    passed_ms = (current.elapsed_s - current.reported_elapsed_s) * 1000
    moved_ms = 0 if position_ms is None or current.position_ms is None else max(0, position_ms - current.position_ms)
    time_ms, way_ms = passed_ms + max(0.0, current.carried_ms), moved_ms + max(0.0, -current.carried_ms)
    proven_ms = min(time_ms, way_ms)
    return with_facts(
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
    if listed == play.decision == play.new_decision and play.decision_at is None:
        return play, []
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
    # Some players report the end as position while they buffer at the start.
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
        # The server keeps listing a player that disappeared for up to ten minutes.
        at = play.reported_at
        play = replace(play, elapsed_s=play.reported_elapsed_s, paused_s=play.reported_paused_s)
    ended = replace(play, stopped_at=at, ended_at=event.at, is_inferred=is_inferred, interval_s=event.interval_s)
    return ended, [Transition(EventKind.STOPPED, at, ended.session)]


def _set_back(play: PlaybackSession, at: datetime) -> PlaybackSession:
    """Go on with a play whose clock was set back to `at`."""
    by = play.confirmed_at - at
    elapsed_s = play.elapsed_s - by.total_seconds()
    if play.position_ms is None or play.session.is_live or elapsed_s < play.covered_ms / 1000:
        return _shifted(play, -by)
    # So much time passed while it played that no report covers it: the clock had been set forward before.
    return replace(
        play,
        state_since=min(play.state_since, at),
        moved_at=min(play.moved_at, at),
        confirmed_at=at,
        reported_at=min(play.reported_at, at),
        elapsed_s=elapsed_s,
        reported_elapsed_s=min(play.reported_elapsed_s, elapsed_s),
        decision_at=None if play.decision_at is None else min(play.decision_at, at),
    )


def _shifted(play: PlaybackSession, by: timedelta) -> PlaybackSession:
    """Shift a play after the clock was set: instants move, durations stay."""
    return replace(
        play,
        started_at=play.started_at + by,
        state_since=play.state_since + by,
        moved_at=play.moved_at + by,
        confirmed_at=play.confirmed_at + by,
        reported_at=play.reported_at + by,
        decision_at=None if play.decision_at is None else play.decision_at + by,
    )
