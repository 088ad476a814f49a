"""All servers watched at once, a thread each, for a program without a window."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import CatalogAwayError, ConfigError, SecretError, StorageError
from retrovue.core.domain.servers import Server
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.monitor.events import Heard, MonitorState
from retrovue.core.services.monitor.poller import ServerWatch
from retrovue.core.services.monitor.recorder import Recorder
from retrovue.core.system import deeds

log = logging.getLogger(__name__)

Told = Callable[[MonitorState, tuple[Heard, ...]], None]
"""Called on the thread of a server with its state and what happened since the last call."""

_LOOK_S = 2.0
"""Between two looks at the catalog: another program can add, disable and remove servers, or sign in to one."""
_MOST_THREADS = 1_000


def watchable(host: AppContext) -> tuple[list[Server], list[SecretError]]:
    """The servers that can be watched, and why the others cannot.

    Raises:
        ConfigError: there is no server.
    """
    found = active(host)
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


def active(host: AppContext) -> list[Server]:
    """The servers that are enabled, signed in or not."""
    return [server for server in host.servers.all() if server.is_active]


@dataclass(slots=True)
class _Watched:
    """One server while it is watched.

    Attributes:
        secret: the token that was there at the last look, where the server lacked one or refused it.
    """

    watch: ServerWatch
    token: CancelToken = field(default_factory=CancelToken)
    needs_sign_in: bool = False
    secret: str | None = None


class ServerWatches:
    """Watches the enabled servers of a catalog until `stop`, also those that are added or enabled later.

    Thread: any; what is told comes on the threads of the servers. A server that is not watched any more is told of
    once more, without sessions.

    Args:
        recorder: keeps the plays; None watches only.
        ended: called when a watch ends by itself, which is an error; its future has the reason.
        counted: called with the number of watched servers when it is another one than before.
        present: called with False when the catalog's server is out of reach, and with True when it is back.
        look_s: seconds between two looks at the list of servers.
    """

    def __init__(
        self,
        host: AppContext,
        told: Told,
        *,
        recorder: Recorder | None = None,
        ended: Callable[[Future[MonitorState]], None] = lambda _future: None,
        counted: Callable[[int], None] = lambda _count: None,
        present: Callable[[bool], None] = lambda _is_present: None,
        look_s: float = _LOOK_S,
    ) -> None:
        self._host = host
        self._told = told
        self._recorder = recorder
        self._ended = ended
        self._counted = counted
        self._present = present
        self._look_s = look_s
        self._is_away = False
        self._token = CancelToken()
        self._lock = threading.Lock()
        self._watched: dict[int, _Watched] = {}
        self._pool = ThreadPoolExecutor(max_workers=_MOST_THREADS, thread_name_prefix="monitor")

    def start(self) -> None:
        """Begin to watch.

        Raises:
            StorageError: the servers cannot be read.
        """
        self._follow(active(self._host))
        self._pool.submit(self._keep_looking)

    def wake(self, server_id: int) -> bool:
        """Look at a server now; returns whether it is watched."""
        with self._lock:
            watched = self._watched.get(server_id)
        if watched is not None:
            watched.watch.wake()
        return watched is not None

    def stop(self) -> None:
        """End all watches, and wait until they have stored what they know."""
        self._token.cancel()
        with self._lock:
            watched = list(self._watched.values())
        for each in watched:
            each.token.cancel()
        self._pool.shutdown()

    def _keep_looking(self) -> None:
        while not self._token.wait(self._look_s):
            try:
                before = len(self._watched)
                self._follow(active(self._host))
                if len(self._watched) != before:
                    self._counted(len(self._watched))
                self._look_for_sign_ins()
                self._say_presence(is_away=False)
            except CatalogAwayError as error:
                log.info("the servers to watch cannot be read now: %s", error.text)
                self._say_presence(is_away=True)
            except (StorageError, SecretError) as error:
                log.info("the servers to watch cannot be read now: %s", error.text)

    def _say_presence(self, *, is_away: bool) -> None:
        """Say once that the catalog's server is out of reach, and once that it is back."""
        if is_away == self._is_away:
            return
        self._is_away = is_away
        if is_away:
            deeds.complain(_("The catalog’s server is not responding. Plays are saved when it is back."))
        else:
            deeds.tell(_("The catalog’s server is back online."))
        self._present(not is_away)

    def _follow(self, servers: Sequence[Server]) -> None:
        wanted = {server.id: server for server in servers}
        with self._lock:
            if self._token.cancelled:
                return
            gone = [self._watched.pop(server_id) for server_id in self._watched.keys() - wanted.keys()]
            known = {server_id: self._watched[server_id] for server_id in self._watched}
            for server_id in wanted.keys() - known.keys():
                self._begin(wanted[server_id])
        for each in gone:
            each.token.cancel()
        for server_id, each in known.items():
            if each.watch.server != wanted[server_id]:
                each.watch.take(wanted[server_id])

    def _begin(self, server: Server) -> None:
        watched = _Watched(ServerWatch(server, recorder=self._recorder, listens=True, tells_first=True))
        self._watched[server.id] = watched

        def report(told: MonitorState | ChangeSet) -> None:
            if isinstance(told, MonitorState):
                watched.needs_sign_in = told.needs_sign_in
                self._told(told, watched.watch.take_heard())

        future = self._pool.submit(watched.watch.run, self._host, watched.token, report)
        future.add_done_callback(lambda done: self._on_ended(watched, done))

    def _on_ended(self, watched: _Watched, future: "Future[MonitorState]") -> None:
        server = watched.watch.server
        if future.exception() is not None or not watched.token.cancelled:
            self._ended(future)
        elif not self._token.cancelled and server.id not in self._watched:
            self._told(MonitorState(server.id, server.name), ())

    def _look_for_sign_ins(self) -> None:
        """Wake the watches whose servers have another token than the one that was missing or refused.

        A sign-in that leads to the facts that are stored already changes nothing else in the catalog.
        """
        with self._lock:
            waiting = [each for each in self._watched.values() if each.needs_sign_in]
        for each in waiting:
            secret = self._host.secrets.get(each.watch.server.uuid, each.watch.server.name)
            if secret != each.secret:
                each.secret = secret
                each.watch.wake()
