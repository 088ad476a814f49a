"""One server watched: polled again and again, sooner when something plays or its websocket speaks, later when it fails.

Polls are made one by one, each after the one before has answered: a slow server never piles up requests. Every server
has a thread of its own, so that none waits for another.
"""

import logging
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import (
    AuthError,
    Cancelled,
    CatalogAwayError,
    ForbiddenError,
    SecretError,
    SourceError,
    StorageError,
    TlsError,
    UnreachableError,
    WrongServerError,
)
from retrovue.core.domain.playback import PlaybackSession, WatchedRule
from retrovue.core.domain.servers import Server, ServerState
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.monitor.ear import PlayEar
from retrovue.core.services.monitor.events import Heard, MonitorState, MonitorUpdate, PlaybackEvent, RecorderName
from retrovue.core.services.monitor.notices.rules import asks_for_libraries
from retrovue.core.services.monitor.recorder import Recorder, recorder_of
from retrovue.core.services.monitor.watcher import SessionWatcher
from retrovue.core.services.servers.registration import keep_state
from retrovue.core.sources.base import MediaSource
from retrovue.core.sources.hints import SessionsHint
from retrovue.core.system.settings import Settings

log = logging.getLogger(__name__)

_MAX_BACKOFF = 5
_JITTER = 0.25
_KEYRING_PAUSE_S = 300.0
_HEARD_S = 3_600
"""How often it is kept that plays are known until now; a gap that could not be filled is tried as often."""
_ASLEEP = timedelta(minutes=15)
"""Without an answer for so long, this computer slept, and nobody recorded."""
_CHECK_S = 60.0
"""Where a server tells complete lists by itself, polls only check."""
_KEPT_S = 300.0
"""A connection is used for so long; who is at the address is asked over each new one."""
_UNORDERED = timedelta(seconds=2)
"""An answer and what the websocket says come over two connections: a list may arrive after an answer made later."""

Report = Callable[[MonitorState | ChangeSet], None]


@dataclass(frozen=True, slots=True)
class _Polled:
    """What one poll found out about the server itself."""

    state: MonitorState
    events: tuple[PlaybackEvent, ...] = ()
    is_other_state: bool = False


@dataclass(frozen=True, slots=True)
class _Opened:
    """A connection that is kept between two polls; `at` is when it was opened, by the monotonic clock."""

    server: Server
    source: MediaSource
    at: float


class ServerWatch:
    """Watches one server. `run` blocks on a thread of its own; everything else may be called from any thread.

    Args:
        recorder: keeps the plays; None watches only.
        listens: whether it opens a websocket of its own; otherwise somebody who has one calls `wake`.
        tells_first: whether what plays at the first look is told as started.
        jitter: a number from 0 to 1 for each pause after a failure, so that many clients do not come back together.
    """

    def __init__(
        self,
        server: Server,
        *,
        recorder: Recorder | None = None,
        listens: bool = False,
        tells_first: bool = False,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._server = server
        self._watcher = SessionWatcher(server, tells_first=tells_first)
        self._recorder = recorder
        self._is_recording = False
        self._has_begun = False
        self._noted_at = 0
        self._recorded_by: RecorderName | None = None
        self._jitter = jitter
        self._wake = threading.Event()
        self._is_wanted = threading.Event()
        self._ear = PlayEar(self._wake.set, self._watcher.is_news) if listens else None
        self._lock = threading.Lock()
        self._heard: list[Heard] = []
        self._state = MonitorState(server.id, server.name)
        self._told: MonitorState | None = None
        self._failures = 0
        self._is_known = False
        self._has_gap = True
        self._fill_due_at = 0
        self._answered_at: datetime | None = None
        self._is_in_doubt = False
        self._is_announced = False
        self._opened: _Opened | None = None

    @property
    def server(self) -> Server:
        """The server as it was stored last."""
        return self._server

    def take(self, server: Server) -> None:
        """Watch the same server with other facts, now: an address or a sign-in may have given what was missing."""
        self._server = self._watcher.server = server
        self.wake()

    def wake(self) -> None:
        """Poll now. A call during a poll makes another one: what is asked already may be older than the reason."""
        self._is_wanted.set()
        self._wake.set()

    def announce(self, *, is_on: bool) -> None:
        """Say whether somebody else, who calls `wake`, hears now when something starts: polls can be further apart."""
        was_on, self._is_announced = self._is_announced, is_on
        if was_on and not is_on:
            self.wake()

    def take_heard(self) -> tuple[Heard, ...]:
        """What happened since the last call, oldest first."""
        with self._lock:
            heard, self._heard = self._heard, []
        return tuple(heard)

    def run(self, host: AppContext, token: CancelToken, report: Report) -> MonitorState:
        """Poll until the token is cancelled; returns the last state.

        `report` gets states, complete and only when they change or something was heard, and a change set when what
        a poll found out about the server was stored.
        """
        forget = token.on_cancel(self._wake.set)
        if self._recorder is not None:
            self._recorder.enter()
        self._is_wanted.set()
        due_at: float | None = monotonic()
        waits_for_lists = False
        try:
            while not token.cancelled:
                self._wake.clear()
                wants_poll = self._hear(host, report)
                if wants_poll or self._is_wanted.is_set() or (due_at is not None and monotonic() >= due_at):
                    self._is_wanted.clear()
                    self._poll(host, token, report)
                    pause_s = self._pause_s(host.settings)
                    due_at = None if pause_s is None else monotonic() + pause_s
                    waits_for_lists = self._ear is not None and self._ear.tells_lists
                look_at = self._overdue_at(due_at) if waits_for_lists else due_at
                if look_at is not None and look_at <= monotonic():
                    due_at = look_at
                    continue
                self._wake.wait(None if look_at is None else look_at - monotonic())
        except Cancelled:
            # Cancelling closes the socket of the poll that runs.
            log.debug("watching %s ended", self._server.name)
        finally:
            forget()
            self._end(host)
        return self._state

    def _overdue_at(self, due_at: float | None) -> float | None:
        """When to poll though it is not time: a server that repeated its lists has stopped, and its socket lives on."""
        overdue_at = None if self._ear is None else self._ear.overdue_at
        return due_at if overdue_at is None or due_at is None else min(due_at, overdue_at)

    def _end(self, host: AppContext) -> None:
        self._close_source()
        if self._ear is not None:
            self._ear.stop()
        if self._recorder is not None:
            if self._is_recording:
                self._recorder.flush(host)
            self._recorder.leave()
        self._is_recording = False

    def _hear(self, host: AppContext, report: Report) -> bool:
        """Take what the server said by itself; returns whether it has to be asked now."""
        if self._ear is None:
            return False
        said, wants_poll = self._ear.take()
        if wants_poll:
            # The websocket broke or is back: another machine may answer by now.
            self._close_source()
        if not self._state.is_asked or not self._state.is_available:
            return wants_poll
        if said:
            # Polls are a minute apart where a server tells everything: who recorded may have ended since.
            with suppress(StorageError):
                self._go_on(host)
        for at, hint in said:
            if isinstance(hint, SessionsHint):
                if self._may_be_late(hint, at):
                    self._is_in_doubt = wants_poll = True
                    continue
                update: MonitorUpdate | None = self._watcher.listed(hint.sessions, at, is_told=True)
            else:
                update = self._watcher.told(hint, at)
            if update is None:
                wants_poll = True
                continue
            self._record(host, update.plays)
            state = replace(self._state, sessions=update.sessions, is_down=False)
            self._tell(host, _Polled(state, update.events), report)
        return wants_poll

    def _may_be_late(self, hint: SessionsHint, at: datetime) -> bool:
        """Whether a told list that lacks a play may have been made before an answer that has it: only asking tells."""
        is_close = self._answered_at is not None and at < self._answered_at + _UNORDERED
        return is_close and self._watcher.lacks_a_play(hint.sessions)

    def _poll(self, host: AppContext, token: CancelToken, report: Report) -> None:
        was_available = self._state.is_available
        try:
            self._go_on_if_present(host)
            polled = self._ask(host, token)
            with suppress(CatalogAwayError):
                # Noted with the first poll after it is back.
                self._note_start(host, polled)
            if polled.state.is_down or not polled.state.is_available:
                self._has_gap, self._fill_due_at = True, 0
        except StorageError as error:
            # A catalog that is locked or full now may not be at the next poll.
            log.warning("sessions of %s: %s", self._server.name, error.text)
            self._failures += 1
            return
        self._failures = self._failures + 1 if polled.state.is_down else 0
        self._tell(host, polled, report)
        if self._ear is not None and self._state.is_available and not self._state.is_locked:
            if not was_available:
                # It may still wait with the token that was refused.
                self._ear.stop()
            self._ear.follow(host, self._server)

    def _note_start(self, host: AppContext, polled: _Polled) -> None:
        """The history begins with the first list that could be recorded, and reaches on while it has no gap."""
        now = host.clock.epoch() + int(self._watcher.ahead.total_seconds())
        is_noted = self._has_begun and 0 <= now - self._noted_at < _HEARD_S
        if is_noted or not self._is_recording or polled.state.is_down or not polled.state.is_available:
            return
        if not self._has_begun:
            host.playback.begin(self._server.id, now=now)
        if not self._has_gap:
            host.playback.heard(self._server.id, now=now)
        self._has_begun, self._noted_at = True, now

    def _tell(self, host: AppContext, polled: _Polled, report: Report) -> None:
        heard = self._with_libraries(host, polled.events)
        self._is_known = self._is_known or not polled.state.is_down
        with self._lock:
            self._heard += heard
        if polled.is_other_state:
            report(ChangeSet(frozenset({"servers"}), "monitor"))
        self._state = replace(polled.state, recorded_by=self._recorded_by, is_asked=True)
        if self._state != self._told or heard:
            self._told = self._state
            report(self._state)

    def _record(self, host: AppContext, plays: tuple[PlaybackSession, ...]) -> None:
        if self._is_recording and self._recorder is not None:
            self._recorder.store(host, plays)

    def _fill(self, host: AppContext, source: MediaSource) -> None:
        """Add what was played while nobody recorded: at the start, and after the server was out of reach."""
        now = host.clock.epoch()
        # A clock that was set back must not put it off.
        if not self._has_gap or not self._is_recording or 0 < self._fill_due_at - now <= _HEARD_S:
            return
        # Imported here: the window reads this module before its first paint.
        from retrovue.core.services.history.imports.server_record import fill_quietly

        self._has_gap = not fill_quietly(host, self._server, source, self._watcher.plays())
        # One that failed is not tried with every poll: a record can be long, or not for this account.
        self._fill_due_at = now + _HEARD_S if self._has_gap else 0

    def _go_on(self, host: AppContext) -> None:
        """Take over what was live when the plays were stored last: after a crash, or from a recorder that ended."""
        if self._recorder is None:
            return
        is_ours = self._recorder.claim(host)
        self._watcher.ahead = self._recorder.ahead
        if not is_ours:
            self._is_recording, self._recorded_by = False, recorder_of(host)
            return
        if self._is_recording:
            return
        self._watcher.restore(host.playback.live(self._server.id))
        self._is_recording, self._recorded_by = True, None

    def _go_on_if_present(self, host: AppContext) -> None:
        """Watch on while the catalog's server is out of reach. Who records is found out when it is back."""
        try:
            self._go_on(host)
        except CatalogAwayError as error:
            log.info("who records %s cannot be found out now: %s", self._server.name, error.text)

    def _pause_s(self, settings: Settings) -> float | None:
        """How long to wait for the next poll, seconds; None: until something changes that can make one succeed."""
        if not self._state.is_available:
            return None
        if self._state.is_locked:
            # Each look may ask a person for the password of the keyring.
            return _KEYRING_PAUSE_S
        if self._failures:
            longest = settings.poll_s * _MAX_BACKOFF
            return min(settings.poll_s * (1 + self._failures), longest) * (1 - _JITTER * self._jitter())
        if self._ear is not None and self._ear.tells_lists:
            return max(_CHECK_S, settings.poll_s)
        if self._state.sessions:
            return settings.poll_s
        # A start that no websocket announces is to be seen soon, even where nothing plays.
        announces = self._is_announced if self._ear is None else self._ear.announces
        return settings.idle_poll_s if announces else min(settings.idle_poll_s, settings.poll_s * 2)

    def _ask(self, host: AppContext, token: CancelToken) -> _Polled:
        server, watcher, now = self._server, self._watcher, host.clock.now()
        watcher.interval_s, watcher.rule = host.settings.poll_s, _rule_of(host.settings)
        try:
            source = self._open(host, server, token)
        except SecretError as error:
            if error.is_locked:
                _keep_state(host, server, error)
                is_other = server.state is not ServerState.KEYRING_LOCKED
                return _Polled(
                    MonitorState(server.id, server.name, is_down=True, is_locked=True), is_other_state=is_other
                )
            return _Polled(MonitorState(server.id, server.name, is_available=False, needs_sign_in=True))
        problem: SourceError | None = None
        try:
            update = watcher.poll(source, now, confirms=self._is_in_doubt)
            if self._answered_at is not None and now - self._answered_at > _ASLEEP:
                self._has_gap, self._fill_due_at = True, 0
            self._answered_at, self._is_in_doubt = host.clock.now(), False
            # Recorded first: what is filled in besides is joined with it.
            self._record(host, update.plays)
            self._fill(host, source)
        except (AuthError, ForbiddenError) as error:
            # Shared servers show their sessions only to their owner.
            self._opened = None
            signed_out = isinstance(error, AuthError)
            is_other = signed_out and server.state is ServerState.ONLINE and _is_revoked(host, server, source)
            source.close()
            state = MonitorState(server.id, server.name, is_available=False, needs_sign_in=signed_out)
            return _Polled(state, is_other_state=is_other)
        except SourceError as error:
            self._close_source()
            token.raise_if_cancelled()
            log.info("sessions of %s: %s", server.name, error.text)
            update, problem = watcher.failed(now), error
            self._record(host, update.plays)
        is_away = isinstance(problem, UnreachableError | TlsError | WrongServerError)
        # Any other refusal is about its sessions only: lists may go on.
        is_other = is_away if server.state is ServerState.ONLINE else problem is None
        if is_other:
            # What a poll finds out is shown everywhere: a server that is away is not "online" until the next sync.
            _keep_state(host, server, problem)
        state = MonitorState(server.id, server.name, update.sessions, is_down=problem is not None)
        return _Polled(state, update.events, is_other_state=is_other)

    def _open(self, host: AppContext, server: Server, token: CancelToken) -> MediaSource:
        """The connection of the poll before, while it is young and nothing changed.

        A new one costs as much as the answer, and knows no list to compare with.

        Raises:
            SecretError: there is no token (or the keyring is locked).
        """
        opened = self._opened
        if opened is not None and opened.server == server and monotonic() - opened.at < _KEPT_S:
            return opened.source
        self._close_source()
        self._opened = _Opened(server, host.open_source(server, token), monotonic())
        return self._opened.source

    def _close_source(self) -> None:
        if self._opened is not None:
            self._opened.source.close()
            self._opened = None

    def _with_libraries(self, host: AppContext, events: tuple[PlaybackEvent, ...]) -> list[Heard]:
        """The events with the libraries that are played from; they are looked up only where a rule asks for them."""
        is_muted = asks_for_libraries(host.settings)
        heard = []
        for event in events:
            remote_id = event.session.remote_id if event.session is not None and is_muted else None
            library = None if remote_id is None else _library_of(host, event.server_id, remote_id)
            # A server that is off while this program starts has not just gone down.
            heard.append(Heard(event, library, is_news=self._is_known))
        return heard


def _keep_state(host: AppContext, server: Server, error: SourceError | SecretError | None) -> None:
    with suppress(CatalogAwayError):
        # The next poll finds the same, and keeps it then.
        keep_state(host, server, error)


def _rule_of(settings: Settings) -> WatchedRule:
    percent = {"movie": settings.watched_movie_percent, "episode": settings.watched_episode_percent}
    return WatchedRule(percent, settings.watched_movie_percent, settings.watched_marker)


def _library_of(host: AppContext, server_id: int, remote_id: str) -> str | None:
    try:
        return host.catalog.library_of(server_id, remote_id)
    except StorageError as error:
        # A notice too many is better than an event that is lost.
        log.warning("the library of a play cannot be looked up: %s", error.text)
        return None


def _is_revoked(host: AppContext, server: Server, source: MediaSource) -> bool:
    """Whether the token is no longer good at all; then the server is marked so, and not only at the next sync."""
    try:
        source.libraries()
    except AuthError as error:
        _keep_state(host, server, error)
        return True
    except SourceError as error:
        log.info("why %s refuses its sessions cannot be found out: %s", server.name, error.text)
    return False
