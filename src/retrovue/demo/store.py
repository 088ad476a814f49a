"""The objects of a demo server, indexed for listing; thread-safe; reading only.

`DemoLibrary` in `library` adds what changes them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator

from retrovue.demo.model import Change, Collection, Item, Kind, Section

Clock = Callable[[], float]
Listener = Callable[[Change], None]


class ManualClock:
    """A clock that moves only when told to; epoch seconds. Thread: any."""

    def __init__(self, now: float = 1_767_225_600.0) -> None:
        self._now = now

    def __call__(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move by `seconds`, which may be negative."""
        self._now += seconds


class LibraryStore:
    """Sections and items with the indexes that listings need.

    Args:
        name: the server's friendly name.
        machine_identifier: the server's lasting identity (40 hex digits on Plex).
        clock: gives the server's time in epoch seconds.
    """

    def __init__(self, name: str, machine_identifier: str, *, clock: Clock = time.time) -> None:
        self.name = name
        self.machine_identifier = machine_identifier
        self.lock = threading.RLock()
        self.clock_offset_s = 0.0
        self.oddities: dict[str, list[int]] = {}
        self.revision = 0
        self.sections: dict[str, Section] = {}
        self.items: dict[int, Item] = {}
        self.collections: dict[int, Collection] = {}
        self.withdrawn: dict[str, Section] = {}
        self._clock = clock
        self._members: dict[tuple[str, Kind], dict[int, None]] = {}
        self._children: dict[int, dict[int, None]] = {}
        self._listeners: list[Listener] = []
        self._last_id = 1000
        self._last_file_id = 50_000

    def now_exact(self) -> float:
        """The server's clock, epoch seconds."""
        return self._clock() + self.clock_offset_s

    def now(self) -> int:
        """The server's clock, whole epoch seconds."""
        return int(self.now_exact())

    def set_clock_back(self, seconds: float) -> None:
        """Let the server's clock run `seconds` behind, as after a restored machine or a lost time service."""
        self.clock_offset_s -= seconds

    def listen(self, listener: Listener) -> None:
        """Call `listener` after each change, on the thread that made it and under `lock`."""
        with self.lock:
            self._listeners.append(listener)

    def next_id(self) -> int:
        """A fresh item id."""
        self._last_id += 1
        return self._last_id

    def next_file_id(self) -> int:
        """A fresh id for a version or a part."""
        self._last_file_id += 1
        return self._last_file_id

    def item(self, item_id: int) -> Item:
        """Give one item.

        Raises:
            KeyError: there is none with that id.
        """
        return self.items[item_id]

    def members(self, section: str, kind: Kind) -> list[Item]:
        """The items of a kind in a section, oldest id first as far as nothing moved."""
        with self.lock:
            return [self.items[item_id] for item_id in self._members.get((section, kind), ())]

    def count(self, section: str, kind: Kind) -> int:
        """How many items of a kind a section has."""
        return len(self._members.get((section, kind), ()))

    def children(self, parent_id: int) -> list[Item]:
        """The seasons of a show or the episodes of a season, by number."""
        with self.lock:
            found = [self.items[item_id] for item_id in self._children.get(parent_id, ())]
        return sorted(found, key=lambda item: (item.index is None, item.index or 0, item.id))

    def leaves(self, parent_id: int) -> list[Item]:
        """The episodes below a show or season, in order; of a movie none."""
        parent = self.items[parent_id]
        if parent.kind == "season":
            return self.children(parent_id)
        return [episode for season in self.children(parent_id) for episode in self.children(season.id)]

    def leaf_count(self, parent_id: int) -> int:
        """How many episodes are below a show or season."""
        children = self._children.get(parent_id, {})
        if self.items[parent_id].kind == "season":
            return len(children)
        return sum(len(self._children.get(season_id, ())) for season_id in children)

    def child_count(self, parent_id: int) -> int:
        """How many direct children an item has."""
        return len(self._children.get(parent_id, ()))

    def watched_leaf_count(self, parent_id: int) -> int:
        """How many episodes below a show or season were watched."""
        return sum(1 for episode in self.leaves(parent_id) if episode.view_count)

    def ancestors(self, item: Item) -> Iterator[Item]:
        """The season and the show that an item belongs to."""
        for ancestor_id in (item.season_id, item.show_id):
            if ancestor_id is not None and ancestor_id in self.items:
                yield self.items[ancestor_id]

    def insert(self, item: Item) -> None:
        """Index an item without telling anybody; the building of a library uses it."""
        self.items[item.id] = item
        self._members.setdefault((item.section, item.kind), {})[item.id] = None
        parent_id = item.season_id if item.kind == "episode" else item.show_id
        if parent_id is not None:
            self._children.setdefault(parent_id, {})[item.id] = None

    def discard(self, item: Item) -> None:
        """Take an item out of the indexes without telling anybody."""
        del self.items[item.id]
        del self._members[item.section, item.kind][item.id]
        parent_id = item.season_id if item.kind == "episode" else item.show_id
        if parent_id is not None:
            self._children.get(parent_id, {}).pop(item.id, None)

    def with_descendants(self, item: Item) -> list[Item]:
        """An item and everything below it, children before parents."""
        below = [deep for child in self.children(item.id) for deep in self.with_descendants(child)]
        return [*below, item]

    def announce(self, change: Change, *, bump: bool = True) -> None:
        """Move the markers of the changed sections (unless `bump` is False) and tell the listeners."""
        with self.lock:
            self.revision += 1
            for key in change.sections if bump else ():
                if key in self.sections:
                    self.sections[key].content_marker += 3
            for listener in self._listeners:
                listener(change)

    def affected_by(self, items: Iterable[Item]) -> tuple[int, ...]:
        """The ids whose rendering shows something of `items`: themselves, their ancestors and descendants."""
        ids: dict[int, None] = {}
        for item in items:
            for shown in (*self.with_descendants(item), *self.ancestors(item)):
                ids[shown.id] = None
        return tuple(ids)
