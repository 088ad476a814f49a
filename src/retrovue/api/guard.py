"""Who may ask: the key, compared in constant time, a brake on wrong ones, and the name that we are asked by."""

import ipaddress
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic

MOST_QUERY, MOST_BODY = 8_192, 65_536
"""Longer requests are refused before they are read."""
_WRONG_KEYS, _WINDOW_S = 10, 60.0
_HOLD_S = 1.0
_MOST_HELD = 20
_HOST = re.compile(r"(?:\[(?P<six>[^\[\]]+)\]|(?P<name>[^:\[\]]+))(?::\d{1,5})?")
_HOME = (".local", ".localhost", ".home.arpa", ".internal", ".lan")
"""Names that no one can register on the internet, so that no page there can have one of them."""


class Brake:
    """Wrong keys by address: after ten in a minute, each further one is answered a second later. Thread: any.

    A right key is never refused: several programs can share one address (a reverse proxy, a container host), and one
    with an old key must not lock the others out. At most 20 answers are held back at a time, since each one occupies
    a connection; guessing 32 random characters has no prospect at any speed that a computer can answer.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong: dict[str, list[float]] = {}
        self._held = 0

    def is_on(self, address: str) -> bool:
        """Return whether too many wrong keys came from this address."""
        with self._lock:
            return len(self._recent(address)) >= _WRONG_KEYS

    def wrong(self, address: str) -> None:
        """Remember a wrong key."""
        with self._lock:
            self._wrong[address] = [*self._recent(address), self._clock()][-_WRONG_KEYS:]
            if len(self._wrong) > 1_000:
                self._wrong = {each: times for each in list(self._wrong) if (times := self._recent(each))}

    @contextmanager
    def holding(self) -> Iterator[float]:
        """Count an answer as held back for as long as the block lasts; yield for how many seconds it should be."""
        with self._lock:
            hold_s = _HOLD_S if self._held < _MOST_HELD else 0.0
            self._held += 1
        try:
            yield hold_s
        finally:
            with self._lock:
                self._held -= 1

    def _recent(self, address: str) -> list[float]:
        now = self._clock()
        return [at for at in self._wrong.get(address, ()) if now - at < _WINDOW_S]


def is_our_name(host: str, listen: str) -> bool:
    """Return whether a Host header names this computer by an address, as localhost, or by a name of the home network.

    A page on the internet can make its own name point here ("rebinding") and a browser would then ask us with it; it
    cannot make a browser send an address instead of that name. A name without a dot belongs to the home network too.
    """
    found = _HOST.fullmatch(host.strip().lower())
    if found is None:
        return False
    # "nas.local." is the same name, written absolutely.
    name = (found["six"] or found["name"]).removesuffix(".")
    if found["six"] is None and (name in ("localhost", listen.lower()) or name.endswith(_HOME) or "." not in name):
        return bool(name)
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return (address.version == 6) is (found["six"] is not None)


def key_of(query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The key that a request brings: as a parameter, in `X-Api-Key`, or as a bearer token."""
    given = query.get("apikey") or headers.get("x-api-key") or ""
    bearer = headers.get("authorization", "")
    if not given and bearer.lower().startswith("bearer "):
        given = bearer[7:].strip()
    return given
