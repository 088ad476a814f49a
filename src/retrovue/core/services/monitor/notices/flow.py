"""Events in, notices out: held back, joined or dropped, so that nobody is told more than helps.

- A start is told when it has played for a while; what stops before that is not told at all.
- A pause is told when it lasts; a resume within the same half minute takes it back.
- One stream is told in one state at most once a minute.
- Buffering is told when a stream has buffered as often as is wanted, and each time that it has again.
- Somebody who has several streams at a time is told once more for each stream that is added.
- Three or more events of a kind at once are one notice: "5 streams started".
- After a sleep of the computer, and when a server answers again, what happened meanwhile is one summary.

The flow has no clock: every call says what time it is, and `next_at` says when to call again.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from retrovue.core.domain.playback import EventKind
from retrovue.core.services.monitor.events import Heard, PlaybackEvent
from retrovue.core.services.monitor.notices.rules import NoticeRules
from retrovue.core.services.monitor.notices.words import (
    SEVERAL_STREAMS,
    NoticeText,
    away_notice,
    back_notice,
    burst_notice,
    notice_of,
    several_notice,
)

COLLAPSE = timedelta(seconds=30)
REPEAT = timedelta(minutes=1)
BURST = 3
BURST_WINDOW = timedelta(seconds=5)
SETTLE = timedelta(seconds=10)
"""How long the summary of a server that answers again collects what its next polls find: a stop takes two."""
WAKE = timedelta(seconds=30)
"""How long the network may take to come back after a sleep, before its servers count as silent."""
SLEEP = timedelta(minutes=3)
"""A longer gap between two calls than any timer leaves: the computer slept."""

_Stream = tuple[int, str, str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """A notice to record, and to show unless alerts are silent.

    Attributes:
        key: what it is about; a later notice with the same key takes the place of this one on the screen.
        at: when it happened.
        session: (server id, session key) of the stream that it is about, if it is about one.
        user: whose stream that is.
        event: what happened; None where it is several events.
    """

    notice: NoticeText
    key: str
    at: datetime
    session: tuple[int, str] | None = None
    user: str | None = None
    event: PlaybackEvent | None = None


@dataclass(slots=True)
class _Start:
    heard: Heard
    playing_since: datetime | None
    played: timedelta = timedelta()

    def due_at(self, delay: timedelta) -> datetime | None:
        return None if self.playing_since is None else self.playing_since + max(timedelta(), delay - self.played)


@dataclass(slots=True)
class _Summary:
    """What happened on one server since it answers again, or on all of them since the computer woke."""

    until: datetime
    kinds: Counter[EventKind] = field(default_factory=Counter)
    up: PlaybackEvent | None = None
    down: dict[int, PlaybackEvent] = field(default_factory=dict)


class NoticeFlow:
    """The rules at work. One thread; times must have a zone.

    Args:
        rules: the rules as of now; asked in each call, so that a changed setting counts at once.
    """

    def __init__(self, rules: Callable[[], NoticeRules]) -> None:
        self._rules = rules
        self._starts: dict[_Stream, _Start] = {}
        self._pauses: dict[_Stream, Heard] = {}
        self._live: defaultdict[str, set[_Stream]] = defaultdict(set)
        self._buffered: Counter[_Stream] = Counter()
        self._libraries: dict[_Stream, str | None] = {}
        self._told_at: dict[tuple[_Stream, EventKind], datetime] = {}
        self._back: dict[int, _Summary] = {}
        self._away: _Summary | None = None
        self._last_call: datetime | None = None

    def hear(self, events: Iterable[Heard], now: datetime) -> list[Told]:
        """Take what happened; returns what is to be told now, of these events or of earlier ones."""
        rules = self._rules()
        self._notice_a_sleep(now)
        out: list[PlaybackEvent] = []
        over: list[_Stream] = []
        for heard in events:
            self._count(heard.event)
            self._libraries[_stream(heard.event)] = heard.library
            if heard.event.kind is EventKind.STOPPED or heard.event.session is None:
                over.append(_stream(heard.event))
            if heard.event.kind is EventKind.BUFFERING and self._buffered[_stream(heard.event)] % rules.buffering_times:
                continue
            if rules.admits(heard.event, heard.library):
                out += self._take(heard, rules, now)
        starts = self._due_starts(timedelta(seconds=rules.delay_s), now)
        several = self._several(starts, rules)
        out += starts
        out += self._due_pauses(now)
        told = self._join(self._not_again([e for e in out if self._is_wanted(e, rules)], now))
        for stream in over:
            self._libraries.pop(stream, None)
        return [*told, *several, *self._due_summaries(rules, now)]

    def next_at(self) -> datetime | None:
        """When `hear` has to be called again though nothing happens; None: not before the next event."""
        rules = self._rules()
        delay = timedelta(seconds=rules.delay_s)
        moments = [due for start in self._starts.values() if (due := start.due_at(delay)) is not None]
        moments += [heard.event.at + COLLAPSE for heard in self._pauses.values()]
        moments += [summary.until for summary in self._back.values()]
        if self._away is not None:
            moments.append(self._away.until)
        # A start that waits for the others of its burst is due already; the last of them is not.
        later = [moment for moment in moments if self._last_call is None or moment > self._last_call]
        return min(later or moments, default=None)

    # --- taking events ----------------------------------------------------------------------------------------

    def _notice_a_sleep(self, now: datetime) -> None:
        before, self._last_call = self._last_call, now
        if before is not None and before - now > SLEEP:
            self._shift(now - before)
        if before is None or now - before < SLEEP:
            return
        # What waited to be told is hours old: it becomes a part of the one summary.
        kinds: Counter[EventKind] = Counter()
        kinds[EventKind.STARTED] = len(self._starts)
        self._starts.clear()
        self._pauses.clear()
        self._back.clear()
        self._away = _Summary(now + WAKE, kinds)

    def _shift(self, by: timedelta) -> None:
        """The clock was set back: what waits is due after as long as it was before."""
        for start in self._starts.values():
            start.playing_since = None if start.playing_since is None else start.playing_since + by
        self._pauses = {
            stream: replace(heard, event=replace(heard.event, at=heard.event.at + by))
            for stream, heard in self._pauses.items()
        }
        self._told_at = {key: at + by for key, at in self._told_at.items()}
        for summary in (*self._back.values(), *([self._away] if self._away is not None else [])):
            summary.until += by

    def _is_wanted(self, event: PlaybackEvent, rules: NoticeRules) -> bool:
        return rules.wants(event.kind.value, event, self._libraries.get(_stream(event)))

    def _take(self, heard: Heard, rules: NoticeRules, now: datetime) -> list[PlaybackEvent]:
        event = heard.event
        if event.session is None:
            return self._take_server(event, now)
        summary = self._away or self._back.get(event.server_id)
        if summary is not None:
            summary.kinds[event.kind] += int(self._is_wanted(event, rules))
            return []
        return self._take_stream(_stream(event), heard)

    def _take_server(self, event: PlaybackEvent, now: datetime) -> list[PlaybackEvent]:
        if self._away is not None:
            # A network that comes back a moment after the computer is no news.
            if event.kind is EventKind.SERVER_DOWN:
                self._away.down[event.server_id] = event
            else:
                self._away.down.pop(event.server_id, None)
            return []
        if event.kind is EventKind.SERVER_UP:
            self._back[event.server_id] = _Summary(now + SETTLE, up=event)
            return []
        self._back.pop(event.server_id, None)
        return [event]

    def _take_stream(self, stream: _Stream, heard: Heard) -> list[PlaybackEvent]:
        event = heard.event
        waiting = self._starts.get(stream)
        match event.kind:
            case EventKind.STARTED:
                is_playing = event.session is None or event.session.state != "paused"
                self._starts[stream] = _Start(heard, event.at if is_playing else None)
            case EventKind.PAUSED if waiting is not None:
                if waiting.playing_since is not None:
                    waiting.played += event.at - waiting.playing_since
                    waiting.playing_since = None
            case EventKind.PAUSED:
                self._pauses[stream] = heard
            case EventKind.RESUMED if waiting is not None:
                waiting.playing_since = waiting.playing_since or event.at
            case EventKind.RESUMED if stream in self._pauses:
                del self._pauses[stream]
            case EventKind.STOPPED:
                self._pauses.pop(stream, None)
                return [] if self._starts.pop(stream, None) is not None else [event]
            case _:
                return [event]
        return []

    def _count(self, event: PlaybackEvent) -> None:
        """Keep who plays what, and how often a stream has buffered."""
        if event.session is None:
            return
        stream, person = _stream(event), (event.session.user or "").casefold()
        match event.kind:
            case EventKind.STOPPED:
                self._live[person].discard(stream)
                self._buffered.pop(stream, None)
            case EventKind.BUFFERING:
                self._buffered[stream] += 1
                self._live[person].add(stream)
            case _:
                self._live[person].add(stream)

    def _several(self, starts: Sequence[PlaybackEvent], rules: NoticeRules) -> list[Told]:
        told: dict[str, Told] = {}
        for event in starts:
            if not rules.wants(SEVERAL_STREAMS, event, self._libraries.get(_stream(event))):
                continue
            person = (event.session.user or "").casefold() if event.session is not None else ""
            n = len(self._live[person])
            if person and n >= rules.streams:
                told[person] = _told(several_notice(event, n), f"several:{person}", event)
        return list(told.values())

    # --- what is due ------------------------------------------------------------------------------------------

    def _due_starts(self, delay: timedelta, now: datetime) -> list[PlaybackEvent]:
        due = {stream: at for stream, start in self._starts.items() if (at := start.due_at(delay)) is not None}
        ripe = [stream for stream, at in due.items() if at <= now]
        if not ripe:
            return []
        # Of many that start together the first waits for the others, or each would be told alone.
        end = min(due.values()) + BURST_WINDOW
        together = [at for at in due.values() if at <= end]
        if len(together) >= BURST and max(together) > now:
            return []
        return [self._starts.pop(stream).heard.event for stream in ripe]

    def _due_pauses(self, now: datetime) -> list[PlaybackEvent]:
        ripe = [stream for stream, heard in self._pauses.items() if heard.event.at + COLLAPSE <= now]
        return [self._pauses.pop(stream).event for stream in ripe]

    def _due_summaries(self, rules: NoticeRules, now: datetime) -> list[Told]:
        told: list[Told] = []
        for server_id in [key for key, summary in self._back.items() if summary.until <= now]:
            summary = self._back.pop(server_id)
            wanted = _wanted(summary.kinds, rules)
            up = summary.up
            if up is not None and (wanted or EventKind.SERVER_UP.value in rules.wanted):
                notice = back_notice(up.server, server_id, wanted, up.kind.value)
                told.append(Told(notice, f"server:{server_id}", up.at))
        if self._away is not None and self._away.until <= now:
            summary, self._away = self._away, None
            wanted = _wanted(summary.kinds, rules)
            is_told = EventKind.SERVER_DOWN.value in rules.wanted
            down = [event.server for event in summary.down.values()] if is_told else []
            if wanted or down:
                kind = EventKind.SERVER_DOWN if down else min(wanted)
                told.append(Told(away_notice(wanted, down, kind.value), "away", now))
        return told

    # --- how it is told ---------------------------------------------------------------------------------------

    def _not_again(self, events: Sequence[PlaybackEvent], now: datetime) -> list[PlaybackEvent]:
        self._told_at = {key: at for key, at in self._told_at.items() if now - at < REPEAT}
        fresh: list[PlaybackEvent] = []
        for event in events:
            key = (_stream(event), event.kind)
            if key not in self._told_at:
                self._told_at[key] = now
                fresh.append(event)
        return fresh

    @staticmethod
    def _join(events: Sequence[PlaybackEvent]) -> list[Told]:
        by_kind: defaultdict[EventKind, list[PlaybackEvent]] = defaultdict(list)
        for event in events:
            by_kind[event.kind].append(event)
        told: list[Told] = []
        for kind, same in by_kind.items():
            if len(same) >= BURST and same[0].session is not None:
                told.append(Told(burst_notice(kind, same), f"burst:{kind.value}", same[-1].at))
            else:
                told += [_told(notice_of(event), _key(event), event) for event in same]
        return told


def _wanted(kinds: Counter[EventKind], rules: NoticeRules) -> Counter[EventKind]:
    return Counter({kind: n for kind, n in kinds.items() if n and kind.value in rules.wanted})


def _stream(event: PlaybackEvent) -> _Stream:
    """What tells one play from every other; for events of a server itself the server alone."""
    session = event.session
    if session is None:
        return (event.server_id, "", "", "")
    who, where = session.user_id or session.user, session.device_id or session.player
    return (event.server_id, who or "", where or "", session.remote_id or "")


def _told(notice: NoticeText, key: str, event: PlaybackEvent) -> Told:
    session = event.session
    if session is None:
        return Told(notice, key, event.at, event=event)
    return Told(notice, key, event.at, (event.server_id, session.session_key), session.user, event)


def _key(event: PlaybackEvent) -> str:
    if event.session is None:
        return f"server:{event.server_id}"
    return "stream:" + ":".join(str(part) for part in _stream(event))
