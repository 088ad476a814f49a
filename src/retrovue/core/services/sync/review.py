"""Held-back removals as a person decides on them: which one it is, where it lies, how large it is."""

from collections.abc import Iterable
from dataclasses import dataclass

from retrovue.core.context import AppContext
from retrovue.core.domain.servers import Library, Server
from retrovue.core.domain.sync import Removal, RemovalState


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A removal with what tells one film from another. `path` is the server's, of the first file."""

    removal: Removal
    year: int | None = None
    path: str = ""
    size_bytes: int = 0


def review(host: AppContext, removals: Iterable[Removal]) -> list[Reviewed]:
    """Look up what is held back. Thread: any but the GUI's."""
    found = []
    for removal in removals:
        item = host.catalog.get(removal.kind, removal.item_id)
        if item is None:
            found.append(Reviewed(removal))
            continue
        size = sum(file.size_bytes or 0 for file in item.files)
        found.append(Reviewed(removal, item.year, item.files[0].server_path if item.files else "", size))
    return found


def removals(host: AppContext, *, server: Server | None = None, library: Library | None = None) -> list[Removal]:
    """Return what waits for a decision or was removed, newest first."""
    return host.removals.all(
        server_id=None if server is None else server.id, library_id=None if library is None else library.id
    )


def held_back(host: AppContext) -> int:
    """Return how many removals wait for a decision."""
    return sum(removal.state is RemovalState.HELD_BACK for removal in host.removals.all())


def accept(host: AppContext, removal_ids: Iterable[int]) -> int:
    """Remove what was held back. Return how many items that were.

    Files of items that are still listed go with the next sync, which knows what is left of them.
    """
    return host.removals.accept(removal_ids, now=host.clock.epoch())


def restore(host: AppContext, removal_ids: Iterable[int]) -> int:
    """Bring items back, removed ones too, and keep them from now on. Return how many."""
    return host.removals.restore(removal_ids, now=host.clock.epoch())
