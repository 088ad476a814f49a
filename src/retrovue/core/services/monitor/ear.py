"""What a server says of plays by itself: a websocket on a thread of its own, its words kept until they are taken."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from time import monotonic

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import AuthError, ForbiddenError, NotFoundError, RetroVueError, SourceError
from retrovue.core.domain.playback import RemoteSession
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.servers.probe import check_machine
from retrovue.core.sources.base import Connection
from retrovue.core.sources.hints import Connected, Disconnected, Hint, PlayingHint, SessionsHint
from retrovue.core.sources.listeners import play_listener_for

log = logging.getLogger(__name__)

_TRY_AGAIN_S = 300.0
"""After a refusal: rights may be given meanwhile, and polls go on."""
_QUIET_S = 6.0
"""Emby repeats its list every second and a half: after so long without one it has stopped, whatever the socket says."""
_JOIN_S = 5.0

Said = tuple[datetime, PlayingHint | SessionsHint]


class PlayEar:
    """Listens to one server. Thread: any; `follow` and `stop` from the one that watches.

    Args:
        wake: called when there is something to take, or when a poll should be made now.
        is_news: whether a list has to be taken now. One that has not waits for the next one, which takes its place.
            Thread: the one that listens.
    """

    def __init__(
        self,
        wake: Callable[[], None],
        is_news: Callable[[Sequence[RemoteSession], datetime], bool] = lambda _sessions, _at: True,
    ) -> None:
        self._wake = wake
        self._is_news = is_news
        self._waits = False
        self._lock = threading.Lock()
        self._said: list[Said] = []
        self._wants_poll = False
        self._list_at: float | None = None
        self._is_connected = False
        self._facts: tuple[object, ...] = ()
        self._kind = ServerKind.PLEX
        self._token = CancelToken()
        self._thread: threading.Thread | None = None

    def follow(self, host: AppContext, server: Server) -> None:
        """Listen to the server as it is stored now; starts anew where it is reached otherwise than before."""
        facts = (server.url, server.tls_fingerprint, server.remote_user_id, server.machine_identifier)
        if self._thread is not None and self._thread.is_alive() and facts == self._facts:
            return
        self.stop()
        self._facts, self._kind, self._token = facts, server.kind, CancelToken()
        arguments = (host, server, self._token)
        self._thread = threading.Thread(target=self._run, args=arguments, name=f"plays:{server.id}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._token.cancel()
        if self._thread is not None:
            self._thread.join(_JOIN_S)
            self._thread = None
        with self._lock:
            self._list_at = None
            self._is_connected = False

    def take(self) -> tuple[list[Said], bool]:
        """(what was said since the last call, oldest first; whether a poll should be made now)."""
        with self._lock:
            said, wants = self._said, self._wants_poll
            self._said, self._wants_poll = [], False
        return said, wants

    @property
    def announces(self) -> bool:
        """Whether starts are announced now, so that polls need not look for them."""
        with self._lock:
            return self._is_connected

    @property
    def tells_lists(self) -> bool:
        """Whether complete lists come by themselves now, so that polls only check."""
        with self._lock:
            if self._list_at is None:
                return False
            return self._kind is not ServerKind.EMBY or monotonic() - self._list_at < _QUIET_S

    @property
    def overdue_at(self) -> float | None:
        """When the next list should have come that a server repeats, by the monotonic clock; None: it need not come."""
        with self._lock:
            if self._list_at is None or self._kind is not ServerKind.EMBY:
                return None
            return self._list_at + _QUIET_S

    def _run(self, host: AppContext, server: Server, token: CancelToken) -> None:
        while not token.cancelled:
            try:
                secret = host.secrets.get(server.uuid, server.name)
                if secret is None:
                    return
                connection = host.connection(url=server.url, secret=secret, server=server)
                before = partial(_check, host, server, connection, token)
                hear = partial(self._hear, host)
                play_listener_for(server.kind, connection, before=before).listen(hear, token)
            except RetroVueError as error:
                # A refusal, a locked keyring or a busy catalog, or the end (Cancelled): polls go on meanwhile.
                log.info("%s does not tell what is played: %s", server.name, error.text)
            token.wait(_TRY_AGAIN_S)

    def _hear(self, host: AppContext, hint: Hint) -> None:
        now = host.clock.now()
        waits = isinstance(hint, SessionsHint) and not self._is_news(hint.sessions, now)
        with self._lock:
            if self._waits and self._said and isinstance(hint, SessionsHint):
                self._said.pop()
            self._waits = waits
            match hint:
                case SessionsHint():
                    self._list_at = monotonic()
                    self._said.append((now, hint))
                case PlayingHint():
                    self._said.append((now, hint))
                case Connected() | Disconnected():
                    self._is_connected = isinstance(hint, Connected)
                    # What was not heard while there was no connection may have been a start.
                    self._list_at = None
                    self._wants_poll = True
                case _:
                    return
        if not waits:
            self._wake()


def _check(host: AppContext, server: Server, connection: Connection, token: CancelToken) -> None:
    """Ask who is there before the token is sent.

    Raises:
        WrongServerError: another machine answers.
        SourceError: nobody can be asked now.
    """
    source = host.connect(server.kind, connection, token)
    try:
        check_machine(source.identify(), server)
    except (AuthError, ForbiddenError, NotFoundError) as error:
        # Nobody needs rights for this: a proxy stands there while the server is away, which is no reason to end.
        raise SourceError(error.text, hint=error.hint, detail=error.detail) from error
    finally:
        source.close()
