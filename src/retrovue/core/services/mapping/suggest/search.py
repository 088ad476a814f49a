"""Looking through the places of this computer for folders that resemble the server's."""

import heapq
import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from retrovue.core.domain.path_syntax import parse_path
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.mapping.suggest.model import SuggestLimits
from retrovue.core.services.mapping.suggest.samples import NameIndex, Node, loose
from retrovue.core.system.filesystem import FileSystem, join
from retrovue.core.system.looks import Looker

_SKIPPED = frozenset(
    "proc|sys|dev|run|boot|snap|windows|program files|program files (x86)|programdata|node_modules|lost+found|"
    "system volume information|__pycache__|site-packages|library|system|private|appdata|@eadir|#recycle|"
    "#snapshot".split("|")
)
_SEARCH_SHARE = 0.7
"""Of reads and time; the rest is kept for testing what was found."""


class Candidate(NamedTuple):
    """A local folder that resembles a folder of the server."""

    node: Node
    folder: str
    weight: float


class _Listing(NamedTuple):
    names: list[str]
    folders: list[str]


@dataclass(slots=True)
class Budget:
    """Reads and time that are left, shared by search and test. Thread: one."""

    limits: SuggestLimits
    token: CancelToken
    monotonic: Callable[[], float] = time.monotonic
    reads: int = 0
    begun: float = field(init=False)

    def __post_init__(self) -> None:
        self.begun = self.monotonic()

    def allows(self, share: float = 1.0) -> bool:
        """Whether another read is within this share of the limits.

        Raises:
            Cancelled: asked to stop.
        """
        self.token.raise_if_cancelled()
        return (
            self.reads < self.limits.directory_reads * share
            and self.monotonic() - self.begun < self.limits.timeout_s * share
        )

    def look_timeout_s(self) -> float:
        """How long the next look may take."""
        left = self.limits.timeout_s - (self.monotonic() - self.begun)
        return max(0.0, min(self.limits.look_timeout_s, left))


def _list(fs: FileSystem, folder: str) -> _Listing:
    names, folders = [], []
    for entry in fs.scan(folder):
        names.append(entry.name)
        # Links are not followed: what they lead to is found at its own place, and they can go in circles.
        if not entry.is_symlink() and entry.is_dir():
            folders.append(entry.name)
    return _Listing(names, folders)


class PlaceSearch:
    """A search through places, nearest and most promising folders first."""

    def __init__(self, fs: FileSystem, index: NameIndex, budget: Budget, looker: Looker) -> None:
        self._fs = fs
        self._index = index
        self._budget = budget
        self._looker = looker
        self._queue: list[tuple[int, int, int, str]] = []
        self._order = itertools.count()
        self._seen: set[tuple[str, ...]] = set()
        self.candidates: list[Candidate] = []

    def run(self, places: Sequence[str]) -> list[Candidate]:
        """Search until everything within the depth is read or the budget is spent; best candidates first."""
        self._begin(places)
        while self._queue and self._budget.allows(_SEARCH_SHARE):
            _priority, depth, _order, folder = heapq.heappop(self._queue)
            try:
                listing = self._looker.look(
                    partial(_list, self._fs, folder),
                    self._budget.look_timeout_s(),
                    self._budget.token,
                )
            except (OSError, ValueError):
                # Not readable, gone or not answering: there is nothing to be found in it now.
                self._budget.reads += 1
                continue
            self._budget.reads += 1
            self._take(folder, depth, listing)
        self.candidates.sort(key=lambda candidate: (-candidate.weight, candidate.node.depth))
        return self.candidates

    def _begin(self, places: Iterable[str]) -> None:
        """Look at all places at once, so that several dead ones cost the limit of one look."""
        looks = [
            (place, self._looker.start(partial(_list, self._fs, place))) for place in places if self._is_new(place)
        ]
        until = self._budget.monotonic() + self._budget.look_timeout_s()
        for place, look in looks:
            self._budget.reads += 1
            try:
                listing = look.result(max(0.0, until - self._budget.monotonic()), self._budget.token)
            except (OSError, ValueError):
                continue
            self._take(place, 0, listing)

    def _is_new(self, folder: str) -> bool:
        parsed = parse_path(folder)
        if parsed is None or ".." in parsed.names or parsed.exact_key() in self._seen:
            return False
        self._seen.add(parsed.exact_key())
        return True

    def _take(self, folder: str, depth: int, listing: _Listing) -> None:
        parsed = parse_path(folder)
        own_name = loose(parsed.names[-1]) if parsed and parsed.names else ""
        is_match = False
        for node, weight, hits in self._index.resembles(listing.names):
            names = node.path.names
            # A folder below a root that has its own name here is told by the folder above it.
            if node.depth and depth and names and loose(names[-1]) == own_name:
                continue
            self.candidates.append(Candidate(node, folder, weight))
            is_match = is_match or (node.depth == 0 and hits >= 2)
        if depth >= self._budget.limits.depth:
            return
        for name in listing.folders:
            if name.startswith((".", "$")) or loose(name) in _SKIPPED:
                continue
            # Inside a show of a folder that is a candidate there is nothing to be found.
            if is_match and self._index.is_known(name):
                continue
            path = join(folder, name)
            if self._is_new(path):
                priority = depth + 1 - (3 if loose(name) in self._index.hints else 0)
                heapq.heappush(self._queue, (priority, depth + 1, next(self._order), path))
