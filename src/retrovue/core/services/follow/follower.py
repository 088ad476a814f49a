"""One server followed: its notices are listened to, folded, and fetched, until somebody says stop.

A thread of its own listens, so that nothing is missed while a fetch waits for a sync to end; what it hears is folded
at once and takes no more room than the fold.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from time import monotonic

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import (
    AuthError,
    ForbiddenError,
    NotFoundError,
    RetroVueError,
    SecretError,
    SourceError,
    StorageError,
    WrongServerError,
)
from retrovue.core.domain.servers import Server
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.follow.fetch import LiveFetch, LiveOutcome
from retrovue.core.services.follow.fold import Fold, Work
from retrovue.core.services.follow.pace import Gentle, Patience, gentle_because, patience_of
from retrovue.core.services.follow.states import FollowPhase, FollowState
from retrovue.core.services.servers.probe import check_machine
from retrovue.core.services.servers.registration import keep_state
from retrovue.core.sources.base import Connection
from retrovue.core.sources.hints import Connected, Disconnected, Hint, PlayingHint, SessionsHint
from retrovue.core.sources.listeners import folds_changes, listener_for, tells_library_changes
from retrovue.core.system import deeds

log = logging.getLogger(__name__)

_LAST_PAUSE_S = 300.0
_REST, _GENTLE_REST = 2.0, 20.0
"""A verification is followed by so many times its own length of rest: of 4 s it is over before the next quiet time."""
_JOIN_S = 5.0
_MOST_STREAMS = 500
_LOOK_EVERY_S = 60.0
_KEYRING_PAUSE_S, _KEYRING_LAST_PAUSE_S = 120.0, 1_800.0

Told = FollowState | ChangeSet
Report = Callable[[Told], None]


class Follower:
    """Follows one server. `run` blocks; everything else may be called from any thread.

    Args:
        streaming: whether somebody plays something from this server now.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        host: AppContext,
        server: Server,
        *,
        streaming: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._host = host
        self._server = server
        self._streaming = streaming
        self._clock = clock
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._fold = Fold(self._patience(None))
        self._state = FollowState(server.id, FollowPhase.CONNECTING)
        self._told: FollowState | None = None
        self._played: dict[str, str] = {}
        self._must_catch_up = False
        self._pause_s = 0.0
        self._not_before = float("-inf")
        self._end: FollowState | None = None
        self._refused: AuthError | None = None

    def run(self, token: CancelToken, report: Report) -> FollowState:
        """Follow until the token is cancelled, or there is no use in going on; returns the last state.

        `report` gets states, complete and only when they change, and sets of what changed in the catalog.

        Raises:
            StorageError: the catalog cannot be read at all.
        """
        connection = self._connection_once_unlocked(token, report)
        if connection is None:
            return self._tell(report)
        inner = CancelToken()
        forget = [token.on_cancel(inner.cancel), token.on_cancel(self._wake.set)]
        listening = threading.Thread(
            target=self._listen, args=(connection, inner), name=f"hear:{self._server.id}", daemon=True
        )
        listening.start()
        try:
            while not token.cancelled and self._end is None:
                self._round(token, report)
        finally:
            inner.cancel()
            for each in forget:
                each()
            listening.join(_JOIN_S)
        if self._refused is not None and not token.cancelled:
            self._sign_out(self._refused, report)
        return self._tell(report)

    # --- listening: on its own thread ---------------------------------------------------------------------------

    def _listen(self, connection: Connection, token: CancelToken) -> None:
        error: SourceError | None = None
        try:
            before = partial(self._check_machine, connection, token)
            judge = partial(self._judge, connection, token)
            listener_for(self._server.kind, connection, before=before, judge=judge).listen(self._hear, token)
        except SourceError as problem:
            error = problem
        finally:
            if not token.cancelled:
                self._ended(error)

    def _hear(self, hint: Hint) -> None:
        with self._lock:
            match hint:
                case Connected():
                    deeds.tell(_("Live updates from “{server}” began.").format(server=self._server.name))
                    self._must_catch_up = True
                    self._state = replace(self._state, phase=FollowPhase.CONNECTED, reason="", retry_at=None)
                case Disconnected(error=error, retry_in_s=retry_in_s):
                    log.info("%s is not heard: %s", self._server.name, error.text)
                    retry_at = self._host.clock.now() + timedelta(seconds=retry_in_s)
                    lost = replace(self._state, phase=FollowPhase.WAITING, reason=error.text, retry_at=retry_at)
                    self._state = replace(lost, caught_up_at=None)
                case PlayingHint(session_key=key, state=state):
                    # Players repeat their state every ten seconds; only news is worth a request.
                    if self._played.get(key) == state:
                        return
                    self._played[key] = state
                    if len(self._played) > _MOST_STREAMS:
                        self._played.clear()
                    self._state = replace(self._state, plays=self._state.plays + 1)
                case SessionsHint():
                    # Nobody asked for these here: the monitor has an ear of its own.
                    return
                case _:
                    self._fold.hear(hint, self._clock())
                    self._state = replace(self._state, waiting=self._fold.waiting)
        self._wake.set()

    def _ended(self, error: SourceError | None) -> None:
        reason = error.text if error is not None else _("The live connection ended unexpectedly.")
        if isinstance(error, NotFoundError):
            reason = _("The server offers no live updates at its address. A proxy in front of it may be blocking them.")
        phase = FollowPhase.NOT_OFFERED
        if isinstance(error, WrongServerError):
            phase, reason = FollowPhase.STOPPED, error.user_text()
        with self._lock:
            self._refused = error if isinstance(error, AuthError) else None
            self._end = replace(self._state, phase=phase, reason=reason, retry_at=None)
        self._wake.set()

    # --- working --------------------------------------------------------------------------------------------------

    def _round(self, token: CancelToken, report: Report) -> None:
        """Wait until something is due, and do it."""
        self._tell(report)
        self._wake.wait(self._idle_s())
        self._wake.clear()
        # Before anything of it is due: what was just heard is told as waiting.
        self._tell(report)
        if token.cancelled or self._end is not None:
            return
        gentle = self._look_around()
        catch_up, works = self._due()
        if not (catch_up or works):
            return
        self._tell(report)
        fetch = LiveFetch(self._host, self._server, token, gentle=gentle is not None)
        try:
            outcome = fetch.catch_up() if catch_up else fetch.run(works)
        except (SourceError, SecretError, StorageError) as error:
            log.warning("following %s: %s %s", self._server.name, error.text, error.detail)
            self._failed(error, report)
            with self._lock:
                self._must_catch_up |= catch_up
                self._fold.put_back(works, self._clock())
        else:
            self._after(outcome, report, catch_up=catch_up)

    def _idle_s(self) -> float:
        """How long nothing is due, seconds; what is going on around is looked at now and then."""
        now = self._clock()
        with self._lock:
            # While there is no connection nothing can be asked; when it is back, everything is.
            if self._state.phase is not FollowPhase.CONNECTED:
                return _LOOK_EVERY_S
            due_at = now if self._must_catch_up else self._fold.next_at()
        if due_at is None:
            return _LOOK_EVERY_S
        return min(max(0.0, max(due_at, self._not_before) - now), _LOOK_EVERY_S)

    def _due(self) -> tuple[bool, list[Work]]:
        """(ask for everything that was not heard, what hints came to): what is due now."""
        now = self._clock()
        with self._lock:
            if self._state.phase is not FollowPhase.CONNECTED or now < self._not_before:
                return False, []
            if self._must_catch_up:
                self._must_catch_up = False
                return True, []
            works = self._fold.take(now)
            self._state = replace(self._state, waiting=self._fold.waiting)
            return False, works

    def _patience(self, gentle: Gentle | None) -> Patience:
        folded = folds_changes(self._server.kind)
        return patience_of(self._host.settings.follow_quiet_s, gentle, folded=folded)

    def _look_around(self) -> Gentle | None:
        settings = self._host.settings
        gentle = gentle_because(settings, self._host.power.look(), streaming=self._streaming())
        with self._lock:
            self._fold.patience = self._patience(gentle)
            self._state = replace(self._state, gentle=gentle)
        return gentle

    def _after(self, outcome: LiveOutcome, report: Report, *, catch_up: bool) -> None:
        now = self._clock()
        with self._lock:
            rest = _REST if self._state.gentle is None else _GENTLE_REST
            for library_id, took_s in outcome.verified_s.items():
                self._fold.rest(library_id, now + took_s * rest)
            if outcome.wrote:
                self._state = replace(self._state, changed_at=self._host.clock.now())
            if outcome.error is not None:
                self._must_catch_up |= catch_up
                self._fold.put_back([] if catch_up else outcome.undone, now)
            self._state = replace(self._state, waiting=self._fold.waiting)
        if outcome.error is not None:
            self._failed(outcome.error, report)
        else:
            self._pause_s = 0.0
            self._went_well(catch_up=catch_up)
        if outcome.change_set is not None:
            report(outcome.change_set)

    def _failed(self, error: RetroVueError, report: Report) -> None:
        """Try again later, each time later; a token that is no longer good ends it."""
        if isinstance(error, AuthError) or (isinstance(error, SecretError) and not error.is_locked):
            self._sign_out(error, report)
            return
        self._pause_s = min(max(self._host.settings.follow_quiet_s, self._pause_s * 2), _LAST_PAUSE_S)
        self._not_before = self._clock() + self._pause_s
        self._say(error.text)

    def _sign_out(self, error: AuthError | SecretError, report: Report) -> None:
        keep_state(self._host, self._server, error)
        with self._lock:
            self._end = replace(self._state, phase=FollowPhase.SIGNED_OUT, reason=error.text, retry_at=None)
        report(ChangeSet(frozenset({"servers"}), "follow"))

    def _went_well(self, *, catch_up: bool) -> None:
        with self._lock:
            # It may have been lost meanwhile: then everything is asked for once more.
            if self._state.phase is not FollowPhase.CONNECTED:
                return
            self._state = replace(self._state, reason="")
            if catch_up and not self._must_catch_up:
                self._state = replace(self._state, caught_up_at=self._host.clock.now())

    def _say(self, reason: str) -> None:
        with self._lock:
            if self._state.phase is FollowPhase.CONNECTED:
                self._state = replace(self._state, reason=reason)

    def _tell(self, report: Report) -> FollowState:
        with self._lock:
            state = self._end if self._end is not None else self._state
        if state != self._told:
            self._told = state
            report(state)
        return state

    # --- who is there -----------------------------------------------------------------------------------------------

    def _connection_once_unlocked(self, token: CancelToken, report: Report) -> Connection | None:
        """How to reach the server, as soon as the keyring gives its token; else as `_connection`.

        Each look at a locked keyring may ask a person for a password, so looks are far apart.
        """
        pause_s = _KEYRING_PAUSE_S
        while True:
            try:
                return self._connection(report)
            except SecretError as error:
                if not error.is_locked:
                    self._sign_out(error, report)
                    return None
                if keep_state(self._host, self._server, error) is not self._server.state:
                    report(ChangeSet(frozenset({"servers"}), "follow"))
                retry_at = self._host.clock.now() + timedelta(seconds=pause_s)
                locked = replace(self._state, phase=FollowPhase.LOCKED, reason=error.text, retry_at=retry_at)
                self._state = locked
                self._tell(report)
                if token.wait(pause_s):
                    return None
                pause_s = min(pause_s * 2, _KEYRING_LAST_PAUSE_S)

    def _connection(self, report: Report) -> Connection | None:
        """How to reach the server; None, with the reason in the state, where there is no use in trying.

        Raises:
            SecretError: the token cannot be read.
        """
        host, server = self._host, self._server
        secret = host.secrets.get(server.uuid, server.name)
        if secret is None:
            raise SecretError(_("Not signed in to “{server}”.").format(server=server.name), reason="missing")
        if self._state.phase is FollowPhase.LOCKED:
            self._state = replace(self._state, phase=FollowPhase.CONNECTING, reason="", retry_at=None)
        connection = host.connection(url=server.url, secret=secret, server=server)
        if not tells_library_changes(server.kind, connection):
            reason = _("{kind} sends live updates to signed-in users, not to API keys.").format(kind=server.kind.label)
            self._end = replace(self._state, phase=FollowPhase.NOT_OFFERED, reason=reason)
            return None
        self._tell(report)
        return connection

    def _check_machine(self, connection: Connection, token: CancelToken) -> None:
        """Ask who is there before the token is sent: a stranger at the address gets none, and is never believed.

        Raises:
            WrongServerError: another machine answers.
            SourceError: nobody can be asked now.
        """
        source = self._host.connect(self._server.kind, connection, token)
        try:
            check_machine(source.identify(), self._server)
        except (AuthError, ForbiddenError, NotFoundError) as error:
            # Nobody needs rights for this: a proxy stands there while the server is away, which is no reason to end.
            raise SourceError(error.text, hint=error.hint, detail=error.detail) from error
        finally:
            source.close()

    def _judge(self, connection: Connection, token: CancelToken) -> None:
        """The notices were refused: is the token no longer good, or do only rights lack?

        Raises:
            AuthError: it is no longer good.
            SourceError: that cannot be found out now; listening is tried again.
        """
        source = self._host.connect(self._server.kind, connection, token)
        try:
            source.probe()
        except ForbiddenError as error:
            log.info("%s knows the token and refuses more: %s", self._server.name, error.detail)
        finally:
            source.close()
