"""Held-back removals as a person decides on them: which one it is, where it lies, how large it is."""

from collections.abc import Iterable
from dataclasses import dataclass

from retrovue.core.context import AppContext
from retrovue.core.domain.sync import Removal


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
