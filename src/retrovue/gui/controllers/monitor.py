"""Who is playing now: each server is polled on a lane of its own; starts become notices and lines of the tray.

Polls are scheduled one by one, after the one before has answered: a slow server never piles up requests. A server that
announces plays (Plex, over a websocket) is polled as soon as it does, so that a start is seen at once.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from retrovue.core.domain.servers import Server, ServerState
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.monitor import ActiveSession, MonitorUpdate, PlaybackEvent, SessionWatcher
from retrovue.core.services.notifications import Heard
from retrovue.core.sources.base import MediaSource
from retrovue.gui.alerts.delivery import NoticeTeller
from retrovue.gui.alerts.pause import AlertPause
from retrovue.gui.work.tasks import TaskRunner

log = logging.getLogger(__name__)

_MAX_BACKOFF = 5
_EVENTS_KEPT = 50


@dataclass(frozen=True)
class MonitorState:
    """What is known of one server's sessions.

    Attributes:
        is_down: it did not answer the last time; `sessions` are those of before.
        is_available: False where nothing can be asked: the account may not see sessions, or is not signed in.
        needs_sign_in: there is no token, so that it is not a matter of rights.
    """

    server_id: int
    server: str
    sessions: tuple[ActiveSession, ...] = ()
    is_down: bool = False
    is_available: bool = True
    needs_sign_in: bool = False


@dataclass(frozen=True)
class _Polled:
    update: MonitorUpdate
    heard: tuple[Heard, ...]
    is_down: bool
    is_available: bool = True
    needs_sign_in: bool = False
    is_other_state: bool = False


class _Poller:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.watcher = SessionWatcher(server)
        self.failures = 0
        self.is_known = False
        self.is_asking = False
        self.is_wanted_again = False
        self.timer: QTimer | None = None
        self.state = MonitorState(server.id, server.name)

    def take(self, server: Server) -> None:
        self.server = self.watcher.server = server

    def end(self) -> None:
        if self.timer is not None:
            self.timer.stop()


class MonitorController(QObject):
    """Polls the active servers for live sessions. Thread: GUI."""

    changed = Signal()
    """Sessions, or a server's state, are other than before."""

    def __init__(self, runner: TaskRunner, context: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._context = context
        self._pollers: dict[int, _Poller] = {}
        self._is_stopped = False
        self.alerts = AlertPause(_local_now, lambda: self._context().settings.quiet_hours, self)  # type: ignore[attr-defined]
        self.teller = NoticeTeller(runner, context, self.alerts, _utc_now, self)
        self.events: deque[PlaybackEvent] = deque(maxlen=_EVENTS_KEPT)
        """What happened since the start, oldest first."""

    @property
    def sessions(self) -> tuple[ActiveSession, ...]:
        """Every live session of every server, oldest first."""
        found = [active for poller in self._pollers.values() for active in poller.state.sessions]
        return tuple(sorted(found, key=lambda active: active.started_at))

    @property
    def states(self) -> tuple[MonitorState, ...]:
        """One state per watched server."""
        return tuple(poller.state for poller in self._pollers.values())

    def watch(self, servers: list[Server]) -> None:
        """Poll these servers and no others."""
        self.teller.set_own_accounts({server.id: server.remote_user_id for server in servers if server.remote_user_id})
        wanted = {server.id: server for server in servers if server.is_active and server.follow_live}
        for server_id in [key for key in self._pollers if key not in wanted]:
            self._pollers.pop(server_id).end()
        for server_id, server in wanted.items():
            known = self._pollers.get(server_id)
            if known is None:
                self._pollers[server_id] = _Poller(server)
                self._poll(self._pollers[server_id])
            elif known.server != server:
                known.take(server)
                # A sign-in or another address may have given what was missing.
                self._poll(known)
        self.changed.emit()

    @Slot()
    def poll_now(self) -> None:
        """Ask every server at once."""
        for poller in self._pollers.values():
            self._poll(poller)

    @Slot(int)
    def poll_server(self, server_id: int) -> None:
        """Ask one server: it says that something is played. Polls go on, since not every change is announced."""
        poller = self._pollers.get(server_id)
        if poller is not None and poller.state.is_available:
            self._poll(poller)

    def stop(self) -> None:
        """No more polls."""
        self._is_stopped = True
        self.teller.stop()
        self.watch([])

    def _poll(self, poller: _Poller) -> None:
        if self._runner.is_closed:
            return
        if poller.is_asking:
            # What is asked already may be older than what made us ask.
            poller.is_wanted_again = True
            return
        poller.is_asking = True
        context, watcher, server = self._context, poller.watcher, poller.server
        handle = self._runner.submit(
            lambda token, _report: _ask(context(), server, watcher, token), lane=f"monitor:{server.id}"
        )
        handle.succeeded.connect(lambda polled: self._on_polled(poller, polled))
        handle.failed.connect(lambda error: self._on_error(poller, error))

    def _on_polled(self, poller: _Poller, polled: _Polled) -> None:
        poller.is_asking = False
        if self._pollers.get(poller.server.id) is not poller:
            return
        before = poller.state
        poller.state = MonitorState(
            poller.server.id,
            poller.server.name,
            polled.update.sessions,
            is_down=polled.is_down,
            is_available=polled.is_available,
            needs_sign_in=polled.needs_sign_in,
        )
        poller.failures = poller.failures + 1 if polled.is_down else 0
        self.events.extend(polled.update.events)
        if poller.state != before or polled.update.events:
            self.changed.emit()
        if polled.is_other_state:
            self._runner.changed.emit(ChangeSet(frozenset({"servers"}), "monitor"))
        self._tell(poller, polled)
        if polled.is_available:
            self._schedule(poller)
        if poller.is_wanted_again:
            poller.is_wanted_again = False
            self._poll(poller)

    def _tell(self, poller: _Poller, polled: _Polled) -> None:
        # A server that is off while this program starts has not just gone down.
        if poller.is_known and polled.heard:
            self.teller.hear(polled.heard)
        poller.is_known = poller.is_known or not polled.is_down

    def _on_error(self, poller: _Poller, error: BaseException) -> None:
        log.error("polling %s failed", poller.server.name, exc_info=error)
        poller.is_asking = False
        poller.failures += 1
        self._schedule(poller)

    def _schedule(self, poller: _Poller) -> None:
        if self._is_stopped or self._pollers.get(poller.server.id) is not poller:
            return
        settings = self._context().settings  # type: ignore[attr-defined]  # AppContext, opened by now
        interval_s = settings.poll_s if poller.state.sessions else min(settings.idle_poll_s, settings.poll_s * 2)
        interval_s *= min(_MAX_BACKOFF, 1 + poller.failures)
        if poller.timer is None:
            poller.timer = QTimer(self)
            poller.timer.setSingleShot(True)
            poller.timer.timeout.connect(lambda: self._poll(poller))
        poller.timer.start(int(interval_s * 1000))


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _local_now() -> datetime:
    return datetime.now().astimezone()


def _ask(context, server: Server, watcher: SessionWatcher, token: CancelToken) -> _Polled:
    from retrovue.core.domain.errors import (
        AuthError,
        ForbiddenError,
        SecretError,
        SourceError,
        TlsError,
        UnreachableError,
        WrongServerError,
    )
    from retrovue.core.services.servers.registration import keep_state

    now = context.clock.now()
    try:
        source = context.open_source(server, token)
    except SecretError:
        return _Polled(MonitorUpdate(server.id, ()), (), is_down=False, is_available=False, needs_sign_in=True)
    problem: SourceError | None = None
    try:
        update = watcher.poll(source, now)
    except (AuthError, ForbiddenError) as error:
        # Shared servers show their sessions only to their owner.
        signed_out = isinstance(error, AuthError)
        is_other = signed_out and server.state is ServerState.ONLINE and _is_revoked(context, server, source)
        return _Polled(
            MonitorUpdate(server.id, ()),
            (),
            is_down=False,
            is_available=False,
            needs_sign_in=signed_out,
            is_other_state=is_other,
        )
    except SourceError as error:
        log.info("sessions of %s: %s", server.name, error.text)
        update, problem = watcher.failed(now), error
    finally:
        source.close()
    is_away = isinstance(problem, UnreachableError | TlsError | WrongServerError)
    # Any other refusal is about its sessions only: lists may go on.
    is_other = is_away if server.state is ServerState.ONLINE else problem is None
    if is_other:
        # What a poll finds out is shown everywhere: a server that is away is not "online" until the next sync.
        keep_state(context, server, problem)
    return _Polled(update, _heard(context, update.events), problem is not None, is_other_state=is_other)


def _is_revoked(context, server: Server, source: MediaSource) -> bool:
    """Whether the token is no longer good at all; then the server is marked so, and not only at the next sync."""
    from retrovue.core.domain.errors import AuthError, SourceError
    from retrovue.core.services.servers.registration import keep_state

    try:
        source.libraries()
    except AuthError as error:
        keep_state(context, server, error)
        return True
    except SourceError as error:
        log.info("why %s refuses its sessions cannot be found out: %s", server.name, error.text)
    return False


def _heard(context, events: Iterable[PlaybackEvent]) -> tuple[Heard, ...]:
    """The events with the libraries that are played from; they are looked up only where a rule asks for them."""
    if not context.settings.notice_muted_libraries:
        return tuple(Heard(event) for event in events)
    heard = []
    for event in events:
        remote_id = event.session.remote_id if event.session is not None else None
        library = context.catalog.library_of(event.server_id, remote_id) if remote_id is not None else None
        heard.append(Heard(event, library))
    return tuple(heard)
