"""Who is playing now, as the window sees it: one standing task per server, its state, and what it heard.

The engine is `core.services.monitor`; this gives it lanes, and carries what it says to pages, tray and notices.
"""

import logging
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from retrovue.core.domain.playback import EventKind
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.monitor import ActiveSession, Heard, MonitorState, PlaybackEvent
from retrovue.core.services.monitor.poller import ServerWatch
from retrovue.core.services.monitor.recorder import Recorder
from retrovue.gui.alerts.delivery import NoticeDelivery
from retrovue.gui.alerts.pause import AlertPause
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import trace_of
from retrovue.gui.work.tasks import TaskHandle, TaskRunner

if TYPE_CHECKING:
    from retrovue.core.context import AppContext
    from retrovue.core.services.forwarding.forwarder import Forwarder

log = logging.getLogger(__name__)

_EVENTS_KEPT = 50
_TRY_AGAIN_MS = 60_000


class _Watched:
    """One server, from when it is watched until it is not."""

    def __init__(self, server: Server, recorder: Recorder) -> None:
        # Plex tells plays over the websocket of the library's changes; the others need to be asked for them.
        self.watch = ServerWatch(server, recorder=recorder, listens=server.kind is not ServerKind.PLEX)
        self.state = MonitorState(server.id, server.name)
        self.handle: TaskHandle | None = None
        self.timer: QTimer | None = None

    def end(self) -> None:
        if self.timer is not None:
            self.timer.stop()
        if self.handle is not None:
            self.handle.cancel()


class MonitorController(QObject):
    """Watches the active servers for live sessions. Thread: GUI."""

    changed = Signal()
    """Sessions, or a server's state, are other than before."""
    happened = Signal(object)
    """A list of `Heard`."""

    def __init__(self, runner: TaskRunner, context: Callable[[], "AppContext"], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._context = context
        self._watched: dict[int, _Watched] = {}
        self._recorder = Recorder("window")
        self.alerts = AlertPause(_local_now, lambda: self._context().settings.quiet_hours, self)
        self.teller = NoticeDelivery(runner, context, self.alerts, _utc_now, self)
        self._forwarder: Forwarder | None = None
        self._sending: TaskHandle | None = None
        self.events: deque[PlaybackEvent] = deque(maxlen=_EVENTS_KEPT)
        """What happened since the start, oldest first."""

    @property
    def sessions(self) -> tuple[ActiveSession, ...]:
        """Every live session of every server, oldest first."""
        found = [active for watched in self._watched.values() for active in watched.state.sessions]
        return tuple(sorted(found, key=lambda active: active.started_at))

    @property
    def states(self) -> tuple[MonitorState, ...]:
        """One state per watched server."""
        return tuple(watched.state for watched in self._watched.values())

    def watch(self, servers: list[Server]) -> None:
        """Watch these servers, those of them that are switched on, and no others."""
        self.teller.set_own_accounts({server.id: server.remote_user_id for server in servers if server.remote_user_id})
        wanted = {server.id: server for server in servers if server.is_active and server.follow_live}
        for server_id in [key for key in self._watched if key not in wanted]:
            self._watched.pop(server_id).end()
        for server_id, server in wanted.items():
            known = self._watched.get(server_id)
            if known is None:
                self._watched[server_id] = _Watched(server, self._recorder)
                self._start(self._watched[server_id])
            elif known.watch.server != server:
                known.watch.take(server)
        self.changed.emit()

    @Slot()
    def poll_now(self) -> None:
        """Ask every server at once."""
        for watched in self._watched.values():
            watched.watch.wake()

    @Slot(int)
    def poll_server(self, server_id: int) -> None:
        """Ask one server: it says that something is played. Polls go on, since not every change is announced."""
        watched = self._watched.get(server_id)
        if watched is not None and watched.state.is_available:
            watched.watch.wake()

    def announce(self, server_id: int, *, is_on: bool) -> None:
        """Say whether a server's websocket is heard, so that `poll_server` comes as soon as something is played."""
        watched = self._watched.get(server_id)
        if watched is not None:
            watched.watch.announce(is_on=is_on)

    def wake(self, server_id: int) -> bool:
        """Look at a server soon; returns whether it is watched. Thread: any."""
        watched = self._watched.get(server_id)
        if watched is not None:
            watched.watch.wake()
        return watched is not None

    def stop(self) -> None:
        """No more polls."""
        self.teller.stop()
        if self._sending is not None:
            self._sending.cancel()
        self.watch([])

    def _start(self, watched: _Watched) -> None:
        if self._runner.is_closed:
            return
        context, watch = self._context, watched.watch

        def work(token: CancelToken, report: Callable[[object], None]) -> MonitorState:
            return watch.run(context(), token, report)

        watched.handle = self._runner.submit(work, lane=Lane.MONITOR, of=watch.server.id, is_standing=True)
        watched.handle.progress.connect(lambda state: self._on_state(watched, state))
        watched.handle.failed.connect(lambda error: self._on_failed(watched, error))

    def _on_state(self, watched: _Watched, state: MonitorState) -> None:
        if self._watched.get(state.server_id) is not watched:
            return
        watched.state = state
        heard = watched.watch.take_heard()
        self.events.extend(each.event for each in heard)
        if any(each.event.kind is EventKind.STOPPED for each in heard):
            self._runner.changed.emit(ChangeSet(frozenset({"plays"}), "monitor"))
        self.changed.emit()
        if heard:
            self.happened.emit(list(heard))
        news = [each for each in heard if each.is_news]
        if news:
            self.teller.hear(news)
        if state.recorded_by is None and state.is_asked:
            # One program records and sends; the others show. Without news it sends what waits since the last time.
            self._forward(news)

    def _forward(self, news: list[Heard]) -> None:
        if self._forwarder is None and not self._runner.is_closed:
            # Imported here: it brings the database, which the first paint does not wait for.
            from retrovue.core.services.forwarding.forwarder import Forwarder

            forwarder = self._forwarder = Forwarder(self._context())
            self._sending = self._runner.submit(
                lambda token, _report: forwarder.run(token), lane=Lane.SENDING, is_standing=True
            )
        if self._forwarder is not None:
            self._forwarder.take(news)

    def _on_failed(self, watched: _Watched, error: BaseException) -> None:
        server = watched.watch.server
        if self._watched.get(server.id) is not watched:
            return
        log.error("watching %s failed", server.name, exc_info=trace_of(error))
        watched.timer = QTimer(self)
        watched.timer.setSingleShot(True)
        watched.timer.timeout.connect(lambda: self._start(watched))
        watched.timer.start(_TRY_AGAIN_MS)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _local_now() -> datetime:
    return datetime.now().astimezone()
