"""Webhooks in: whatever a server or a program sends to its secret address leads to one look at that server.

What is sent is never believed: a forged one costs one poll. So it is not even read beyond its length.
"""

import hmac
import logging
import threading
from collections.abc import Callable
from time import monotonic

from retrovue.api.house import SharedHouse
from retrovue.core.domain.errors import SecretError
from retrovue.core.domain.servers import Server
from retrovue.core.services.servers.stored import all_servers
from retrovue.core.services.sharing.hooks import hook_secret

log = logging.getLogger(__name__)

_APART_S = 1.0


class Hooks:
    """Hints for servers, at most one look a second each. Thread: any."""

    def __init__(self, house: SharedHouse, clock: Callable[[], float] = monotonic) -> None:
        self._house = house
        self._clock = clock
        self._lock = threading.Lock()
        self._looked_at: dict[int, float] = {}
        self._timers: dict[int, threading.Timer] = {}
        self._secrets: dict[str, str] = {}
        self._turn = house.renewals.turn

    def came(self, secret: str) -> bool:
        """A hint arrived; returns whether the secret is that of a server."""
        self._look_for_renewals()
        server = None
        for each in all_servers(self._house.host):
            known = self._secret(each)
            # All are compared, so that the time says nothing.
            if known and hmac.compare_digest(known.encode(), secret.encode("utf-8", "surrogatepass")):
                server = each
        if server is None:
            return False
        self._house.hints.came(server.id, self._house.host.clock.now())
        with self._lock:
            rest_s = self._looked_at.get(server.id, float("-inf")) + _APART_S - self._clock()
            if rest_s > 0:
                if server.id not in self._timers:
                    # A burst ends with a look: the last of it may be what mattered.
                    timer = threading.Timer(rest_s, self._look, (server.id,))
                    timer.daemon = True
                    self._timers[server.id] = timer
                    timer.start()
                return True
            # Counted here: of two that come in the same moment only one leads to a look.
            self._looked_at[server.id] = self._clock()
        self._house.wake(server.id)
        return True

    def _look_for_renewals(self) -> None:
        if self._house.renewals.is_due:
            self._house.renew()
        with self._lock:
            if self._turn != self._house.renewals.turn:
                self._turn = self._house.renewals.turn
                self._secrets.clear()

    def _secret(self, server: Server) -> str:
        """The secret of a server, read once until one is renewed. Empty while the keyring is locked."""
        if server.uuid not in self._secrets:
            try:
                self._secrets[server.uuid] = hook_secret(self._house.host, self._house.key, server.uuid)
            except SecretError as error:
                log.warning("the address for webhooks of %s is not known: %s", server.name, error.text)
                return ""
        return self._secrets[server.uuid]

    def close(self) -> None:
        """Look at nothing more."""
        with self._lock:
            timers = list(self._timers.values())
            self._timers.clear()
        for timer in timers:
            timer.cancel()

    def _look(self, server_id: int) -> None:
        with self._lock:
            self._timers.pop(server_id, None)
            self._looked_at[server_id] = self._clock()
        self._house.wake(server_id)
