"""Who may ask: the key, compared in constant time, a brake on wrong ones, and the name that we are asked by."""

import ipaddress
import threading
from collections.abc import Callable, Mapping
from time import monotonic

MOST_QUERY, MOST_BODY = 8_192, 65_536
"""Longer requests are refused before they are read."""
_WRONG_KEYS, _WINDOW_S = 10, 60.0


class Brake:
    """Wrong keys by address: after ten in a minute nothing from there is looked at for the rest of it. Thread: any."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong: dict[str, list[float]] = {}

    def is_on(self, address: str) -> bool:
        """Whether somebody at this address tried too often."""
        with self._lock:
            return len(self._recent(address)) >= _WRONG_KEYS

    def wrong(self, address: str) -> None:
        """Remember a wrong key."""
        with self._lock:
            self._wrong[address] = [*self._recent(address), self._clock()][-_WRONG_KEYS:]
            if len(self._wrong) > 1_000:
                self._wrong = {each: times for each in list(self._wrong) if (times := self._recent(each))}

    def _recent(self, address: str) -> list[float]:
        now = self._clock()
        return [at for at in self._wrong.get(address, ()) if now - at < _WINDOW_S]


def is_our_name(host: str, listen: str) -> bool:
    """Whether a Host header names this computer by an address, or as localhost.

    A page on the internet can make its own name point here ("rebinding") and a browser would then ask us with it; it
    cannot make a browser send an address instead of that name.
    """
    name = host.strip().lower()
    name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    if (
        name in ("localhost", listen.lower())
        or name.endswith(".local")
        or (name and "." not in name and ":" not in name)
    ):
        # A name without a dot, or under .local, is one of the home network: the internet cannot give it out.
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def key_of(query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The key that a request brings: as a parameter, in `X-Api-Key`, or as a bearer token."""
    given = query.get("apikey") or headers.get("x-api-key") or ""
    bearer = headers.get("authorization", "")
    if not given and bearer.lower().startswith("bearer "):
        given = bearer[7:].strip()
    return given
