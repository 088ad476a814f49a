"""Faults of servers, networks and proxies, as small policies that a script composes.

Each fault says for which requests it fires (`match`, `after`, `every`, `times`) and at which step it acts: before the
dialect answers, on the page window, on single items, on the whole answer, or on the bytes on the wire.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from retrovue.demo.http import Connection, Request, Response

Match = Callable[[Request], bool]
FaultT = TypeVar("FaultT", bound="Fault")


def everything(_request: Request) -> bool:
    """Match every request."""
    return True


def path(pattern: str, **params: str) -> Match:
    """Match requests whose path contains the regular expression and whose query has these values."""
    compiled = re.compile(pattern)

    def matches(request: Request) -> bool:
        return bool(compiled.search(request.path)) and all(
            request.value(name.replace("__", "-")) == value for name, value in params.items()
        )

    return matches


@dataclass(slots=True)
class Page:
    """A page that is about to be served.

    Attributes:
        all_ids: the whole listing in order.
        start: offset of the page.
        size: how many items were asked for; None: all.
        ids: the items of this page (set after the window was cut).
        total: what the answer will call its total; None: it will say nothing.
        offset: what the answer will call its offset.
        spoil: item id → what to do to its document before it is encoded.
    """

    all_ids: Sequence[int]
    start: int
    size: int | None
    ids: list[int] = field(default_factory=list)
    total: int | None = None
    offset: int = 0
    spoil: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = field(default_factory=dict)


@dataclass(kw_only=True)
class Fault:
    """When a fault fires: for the matching requests, skipping `after`, then each `every`-th, at most `times`."""

    match: Match = everything
    after: int = 0
    every: int = 1
    times: int | None = None
    fired: int = field(default=0, init=False)
    _seen: int = field(default=0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def fires(self, request: Request) -> bool:
        """Count a request and say whether the fault acts on it. Thread: any."""
        if not self.match(request):
            return False
        with self._lock:
            self._seen += 1
            due = self._seen > self.after and (self._seen - self.after) % self.every == 0
            if not due or (self.times is not None and self.fired >= self.times):
                return False
            self.fired += 1
            return True

    def before(self, request: Request, stop: threading.Event) -> Response | None:
        """Answer in place of the dialect, raise `Hangup`, add a flag, or do nothing."""

    def window(self, page: Page) -> None:
        """Change what is cut out of the listing."""

    def page(self, page: Page) -> None:
        """Change the cut page or what it says of itself."""

    def answer(self, request: Request, response: Response) -> Response:
        """Change the finished answer."""
        return response

    def send(self, connection: Connection, head: bytes, body: bytes, stop: threading.Event) -> bool:
        """Send the answer in a way of its own; True when that was done."""
        return False


class FaultList:
    """The faults of a server. Thread: any."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: FaultT) -> FaultT:
        """Let a fault act from now on."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Let a fault act no more."""
        with self._lock:
            self._faults.remove(fault)

    def clear(self) -> None:
        """Heal the server."""
        with self._lock:
            self._faults.clear()

    @contextlib.contextmanager
    def using(self, *faults: Fault) -> Iterator[None]:
        """Let faults act inside a `with` block."""
        for fault in faults:
            self.add(fault)
        try:
            yield
        finally:
            for fault in faults:
                self.remove(fault)

    def active(self, request: Request) -> list[Fault]:
        """The faults that act on a request; counts it."""
        with self._lock:
            faults = list(self._faults)
        return [fault for fault in faults if fault.fires(request)]


@dataclass
class Exchange:
    """A request on its way through a dialect, with the faults that act on it."""

    request: Request
    faults: Sequence[Fault] = ()


def cut_page(page: Page, faults: Sequence[Fault]) -> None:
    """Cut the window out of a listing, as the faults want it."""
    for fault in faults:
        fault.window(page)
    end = None if page.size is None else page.start + page.size
    page.ids = list(page.all_ids[page.start : end])
    for fault in faults:
        fault.page(page)
