"""Who is playing now: each server is polled on a lane of its own; starts become notices and lines of the tray.

Polls are scheduled one by one, after the one before has answered: a slow server never piles up requests.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.monitor import ActiveSession, MonitorUpdate, Notice, SessionWatcher
from retrovue.gui.tasks import TaskRunner

log = logging.getLogger(__name__)

_MAX_BACKOFF = 5


@dataclass(frozen=True)
class MonitorState:
    """What is known of one server's sessions. `is_available` False: this account may not see them."""

    server_id: int
    sessions: tuple[ActiveSession, ...] = ()
    is_down: bool = False
    is_available: bool = True


@dataclass(frozen=True)
class _Polled:
    update: MonitorUpdate
    notices: tuple[Notice, ...]
    is_down: bool
    is_available: bool = True


class _Poller:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.watcher = SessionWatcher(server)
        self.failures = 0
        self.is_known = False
        self.timer: QTimer | None = None
        self.state = MonitorState(server.id)


class MonitorController(QObject):
    """Polls the active servers for live sessions. Thread: GUI."""

    changed = Signal()
    """Sessions, or a server's state, are other than before."""
    noticed = Signal(object)
    """A `core.services.monitor.Notice` that a person wants to see."""

    def __init__(self, runner: TaskRunner, context: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._context = context
        self._pollers: dict[int, _Poller] = {}
        self._is_stopped = False

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
        wanted = {server.id: server for server in servers if server.is_active and server.follow_live}
        for server_id in [key for key in self._pollers if key not in wanted]:
            poller = self._pollers.pop(server_id)
            if poller.timer is not None:
                poller.timer.stop()
        for server_id, server in wanted.items():
            known = self._pollers.get(server_id)
            if known is None:
                self._pollers[server_id] = _Poller(server)
                self._poll(self._pollers[server_id])
            elif known.server != server:
                known.server = server
                known.watcher.server = server
        self.changed.emit()

    def stop(self) -> None:
        """No more polls."""
        self._is_stopped = True
        self.watch([])

    def _poll(self, poller: _Poller) -> None:
        context, watcher, server = self._context, poller.watcher, poller.server
        handle = self._runner.submit(
            lambda token, _report: _ask(context(), server, watcher, token), lane=f"monitor:{server.id}"
        )
        handle.succeeded.connect(lambda polled: self._on_polled(poller, polled))
        handle.failed.connect(lambda error: self._on_error(poller, error))

    def _on_polled(self, poller: _Poller, polled: _Polled) -> None:
        if self._pollers.get(poller.server.id) is not poller:
            return
        before = poller.state
        poller.state = MonitorState(
            poller.server.id, polled.update.sessions, is_down=polled.is_down, is_available=polled.is_available
        )
        poller.failures = poller.failures + 1 if polled.is_down else 0
        if poller.state != before:
            self.changed.emit()
        # Who was watching before this program looked has not just started: no backlog of notices.
        if poller.is_known:
            for notice in polled.notices:
                self.noticed.emit(notice)
        poller.is_known = poller.is_known or not polled.is_down
        if polled.is_available:
            self._schedule(poller)

    def _on_error(self, poller: _Poller, error: BaseException) -> None:
        log.error("polling %s failed", poller.server.name, exc_info=error)
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


def _ask(context, server: Server, watcher: SessionWatcher, token: CancelToken) -> _Polled:
    from retrovue.core.domain.errors import AuthError, ForbiddenError, SecretError, SourceError
    from retrovue.core.services.monitor import record_notices

    now = context.clock.now()
    wanted = frozenset(event for event, is_on in context.settings.notices.items() if is_on)
    try:
        source = context.open_source(server, token)
    except SecretError:
        return _Polled(watcher.failed(now), (), is_down=True, is_available=False)
    try:
        update, is_down = watcher.poll(source, now), False
    except (AuthError, ForbiddenError):
        # Shared servers show their sessions only to their owner.
        return _Polled(MonitorUpdate(server.id, ()), (), is_down=False, is_available=False)
    except SourceError as error:
        log.info("sessions of %s: %s", server.name, error.text)
        update, is_down = watcher.failed(now), True
    finally:
        source.close()
    notices = tuple(record_notices(context.notices, update.events, wanted))
    return _Polled(update, notices, is_down)
