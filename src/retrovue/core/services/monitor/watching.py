"""All servers watched at once, a thread each, for a program without a window."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from retrovue.core.domain.errors import ConfigError, SecretError
from retrovue.core.domain.servers import Server
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.monitor.events import Heard, MonitorState
from retrovue.core.services.monitor.poller import MonitorHost, ServerWatch
from retrovue.core.services.monitor.recorder import Recorder

Told = Callable[[MonitorState, tuple[Heard, ...]], None]
"""Called on the thread of a server with its state and what happened since the last call."""


def watchable(host: MonitorHost) -> tuple[list[Server], list[SecretError]]:
    """The servers that can be watched, and why the others cannot.

    Raises:
        ConfigError: there is no server.
    """
    found = [server for server in host.servers.all() if server.is_active]
    if not found:
        raise ConfigError(
            _("There are no servers to watch."),
            hint=_("Add a server first, or enable one."),
            command_hint=_("Add one with “retrovue servers add”."),
        )
    usable: list[Server] = []
    refused: list[SecretError] = []
    for server in found:
        try:
            host.open_source(server).close()
        except SecretError as error:
            refused.append(error)
        else:
            usable.append(server)
    return usable, refused


class ServerWatches:
    """Watches servers until `stop`. Thread: any; what is told comes on the threads of the servers.

    Args:
        recorder: keeps the plays; None watches only.
        ended: called when a watch ends by itself, which is an error; its future has the reason.
    """

    def __init__(
        self,
        host: MonitorHost,
        servers: Sequence[Server],
        told: Told,
        *,
        recorder: Recorder | None = None,
        ended: Callable[[Future[MonitorState]], None] = lambda _future: None,
    ) -> None:
        self._host = host
        self._told = told
        self._ended = ended
        self._token = CancelToken()
        self._watches = {
            server.id: ServerWatch(server, recorder=recorder, listens=True, tells_first=True) for server in servers
        }
        self._pool = ThreadPoolExecutor(max_workers=max(1, len(servers)), thread_name_prefix="monitor")

    def start(self) -> None:
        """Begin to watch."""
        for watch in self._watches.values():
            future = self._pool.submit(watch.run, self._host, self._token, self._reporter(watch))
            future.add_done_callback(self._ended)

    def wake(self, server_id: int) -> bool:
        """Look at a server now; returns whether it is watched."""
        watch = self._watches.get(server_id)
        if watch is not None:
            watch.wake()
        return watch is not None

    def stop(self) -> None:
        """End all watches, and wait until they have stored what they know."""
        self._token.cancel()
        self._pool.shutdown()

    def _reporter(self, watch: ServerWatch) -> Callable[[MonitorState | ChangeSet], None]:
        def report(told: MonitorState | ChangeSet) -> None:
            if isinstance(told, MonitorState):
                self._told(told, watch.take_heard())

        return report
