"""Webhooks in: whatever a server or a program sends to its secret address leads to one look at that server.

What is sent is never believed: a forged one costs one poll. So it is not even read beyond its length.
"""

import hmac
import threading
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from time import monotonic

from retrovue.api.house import SharedHouse
from retrovue.core.services.sharing.keys import ApiKey

_APART_S = 1.0


def secret_of(key: ApiKey, server_uuid: str) -> str:
    """The last part of a server's address for webhooks. A new API key makes new ones."""
    return hmac.new(key.text.encode(), f"hook:{server_uuid}".encode(), sha256).hexdigest()[:32]


class Hooks:
    """Hints for servers, at most one look a second each. Thread: any."""

    def __init__(self, house: SharedHouse, clock: Callable[[], float] = monotonic) -> None:
        self._house = house
        self._clock = clock
        self._lock = threading.Lock()
        self._looked_at: dict[int, float] = {}
        self._timers: dict[int, threading.Timer] = {}
        self._came_at: dict[int, datetime] = {}

    def came(self, secret: str) -> bool:
        """A hint arrived; returns whether the secret is that of a server."""
        server = None
        for each in self._house.host.servers.all():
            # All are compared, so that the time says nothing.
            if hmac.compare_digest(
                secret_of(self._house.key, each.uuid).encode(), secret.encode("utf-8", "surrogatepass")
            ):
                server = each
        if server is None:
            return False
        with self._lock:
            self._came_at[server.id] = self._house.host.clock.now()
            rest_s = self._looked_at.get(server.id, float("-inf")) + _APART_S - self._clock()
            if rest_s > 0:
                if server.id not in self._timers:
                    # A burst ends with a look: the last of it may be what mattered.
                    timer = threading.Timer(rest_s, self._look, (server.id,))
                    timer.daemon = True
                    self._timers[server.id] = timer
                    timer.start()
                return True
        self._look(server.id)
        return True

    def last_at(self, server_id: int) -> datetime | None:
        """When something came for a server last; None for never since the start."""
        with self._lock:
            return self._came_at.get(server_id)

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
