"""Servers followed live, as the window sees it: one standing task per server, its state, and what it hears.

One websocket per server serves both: changes of its libraries are fetched by the task itself, and what is played wakes
the monitor.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from retrovue.core.domain.servers import Server, ServerState
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.follow.states import FollowPhase, FollowState
from retrovue.gui.controllers.monitor import MonitorController
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import message_for, trace_of
from retrovue.gui.work.tasks import TaskHandle, TaskRunner

if TYPE_CHECKING:
    from retrovue.core.context import AppContext

log = logging.getLogger(__name__)

_TRY_AGAIN_MS = 60_000


class _Followed:
    """One server, from when it is watched until it is not."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.state = FollowState(server.id, FollowPhase.CONNECTING)
        self.handle: TaskHandle | None = None
        self.timer: QTimer | None = None

    @property
    def is_running(self) -> bool:
        return self.handle is not None and not self.handle.is_finished

    def is_other(self, server: Server) -> bool:
        """Whether it must be listened to anew: it is reached otherwise, or was signed in to again."""
        mine, others = (
            (each.url, each.tls_fingerprint, each.remote_user_id, each.machine_identifier)
            for each in (self.server, server)
        )
        is_back = server.state is ServerState.ONLINE and self.server.state is not ServerState.ONLINE
        # A locked keyring is asked again only after a while: a person who unlocked it does not wait for that.
        is_idle = not self.is_running or self.state.phase is FollowPhase.LOCKED
        return mine != others or (is_back and is_idle)

    def end(self) -> None:
        if self.timer is not None:
            self.timer.stop()
        if self.handle is not None:
            self.handle.cancel()


class _Streaming:
    """Which servers somebody streams from.

    Apart from the controller: a thread that listens may outlive its task, and must not hold a Qt object.
    """

    def __init__(self) -> None:
        self.server_ids: frozenset[int] = frozenset()
        """Replaced as a whole: the tasks read it on their lanes."""


class FollowController(QObject):
    """Follows the active servers that a person wants to be followed. Thread: GUI.

    Args:
        monitor: is woken by what servers say of streams, and tells from which of them somebody streams: these are
            asked gently.
    """

    changed = Signal()
    """A server's state is other than before."""

    def __init__(
        self,
        runner: TaskRunner,
        context: Callable[[], "AppContext"],
        monitor: MonitorController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._context = context
        self._monitor = monitor
        self._followed: dict[int, _Followed] = {}
        self._streaming = _Streaming()
        monitor.changed.connect(self._on_sessions)

    def state(self, server_id: int) -> FollowState:
        """Where following a server stands."""
        followed = self._followed.get(server_id)
        return FollowState(server_id) if followed is None else followed.state

    def watch(self, servers: Iterable[Server]) -> None:
        """Follow these servers, those of them that are switched on, and no others."""
        wanted = {server.id: server for server in servers if server.is_active and server.follow_live}
        for server_id in [key for key in self._followed if key not in wanted]:
            self._followed.pop(server_id).end()
        for server_id, server in wanted.items():
            known = self._followed.get(server_id)
            if known is not None and not known.is_other(server):
                known.server = server
                continue
            if known is not None:
                known.end()
                self._monitor.announce(server_id, is_on=False)
            self._followed[server_id] = _Followed(server)
            self._start(self._followed[server_id])
        self.changed.emit()

    def stop(self) -> None:
        """Follow nothing any more."""
        self.watch([])

    @Slot()
    def _on_sessions(self) -> None:
        self._streaming.server_ids = frozenset(active.server_id for active in self._monitor.sessions)

    def _start(self, followed: _Followed) -> None:
        if self._runner.is_closed:
            return
        server, context, streaming = followed.server, self._context, self._streaming

        def follow(token: CancelToken, report: Callable[[object], None]) -> FollowState:
            from retrovue.core.services.follow.follower import Follower

            follower = Follower(
                context(),  # AppContext, opened by now
                server,
                streaming=lambda: server.id in streaming.server_ids,
            )
            return follower.run(token, report)

        handle = self._runner.submit(follow, lane=Lane.FOLLOW, of=server.id, is_standing=True)
        followed.handle = handle
        handle.progress.connect(lambda state: self._on_state(followed, state))
        handle.succeeded.connect(lambda state: self._on_state(followed, state))
        handle.failed.connect(lambda error: self._on_failed(followed, error))

    def _on_state(self, followed: _Followed, state: FollowState) -> None:
        if self._followed.get(followed.server.id) is not followed:
            return
        before, followed.state = followed.state, state
        self._monitor.announce(state.server_id, is_on=state.phase is FollowPhase.CONNECTED)
        is_heard_again = state.phase is FollowPhase.CONNECTED and before.phase is not FollowPhase.CONNECTED
        if state.plays != before.plays or is_heard_again:
            # What was not heard while there was no connection may have been a start.
            self._monitor.poll_server(followed.server.id)
        if replace(state, plays=0) != replace(before, plays=0):
            self.changed.emit()

    def _on_failed(self, followed: _Followed, error: BaseException) -> None:
        if self._followed.get(followed.server.id) is not followed:
            return
        log.error("following %s failed", followed.server.name, exc_info=trace_of(error))
        self._monitor.announce(followed.server.id, is_on=False)
        followed.state = replace(followed.state, phase=FollowPhase.WAITING, reason=message_for(error).text)
        followed.timer = QTimer(self)
        followed.timer.setSingleShot(True)
        followed.timer.timeout.connect(lambda: self._start(followed))
        followed.timer.start(_TRY_AGAIN_MS)
        self.changed.emit()
