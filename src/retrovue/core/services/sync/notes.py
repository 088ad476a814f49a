"""What a library's last proven listing taught about its server, kept between runs.

Two things would otherwise make every sync compare everything: a server that counts what it lists as no item (missing
episodes, versions of one film), and an item that nobody can read.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from retrovue import __version__
from retrovue.core.domain.media import ItemKind

_MAX_BAD = 1_000


@dataclass(slots=True)
class ListingNotes:
    """Surplus counts and unreadable items of one library.

    Attributes:
        surplus: question (kinds joined by "+") -> how many more the server counts than the catalog holds.
        bad: kind -> remote id -> (change key when it could not be read, why).
    """

    surplus: dict[str, int] = field(default_factory=dict)
    bad: dict[ItemKind, dict[str, tuple[int, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: Mapping[str, object] | None) -> "ListingNotes":
        """Read what `stored` gave; another version of this program may read what this one could not."""
        notes = cls()
        surplus, bad = (stored or {}).get("surplus"), (stored or {}).get("bad")
        if isinstance(surplus, dict):
            notes.surplus = {str(name): int(more) for name, more in surplus.items()}
        if isinstance(bad, dict) and (stored or {}).get("version") == __version__:
            notes.bad = {
                ItemKind(kind): {remote_id: (int(key), str(reason)) for remote_id, (key, reason) in items.items()}
                for kind, items in bad.items()
            }
        return notes

    def stored(self) -> dict[str, object] | None:
        """As JSON, None when there is nothing to remember."""
        surplus = {name: more for name, more in self.surplus.items() if more}
        bad = {kind.value: items for kind, items in self.bad.items() if items}
        return {"surplus": surplus, "bad": bad, "version": __version__} if surplus or bad else None

    def known_bad(self, kind: ItemKind, remote_id: str, change_key: int) -> str | None:
        """Why an item could not be read, if it is as it was then."""
        found = self.bad.get(kind, {}).get(remote_id)
        return found[1] if found is not None and found[0] == change_key else None

    def remember_bad(self, kind: ItemKind, remote_id: str, change_key: int, reason: str) -> None:
        """Note that an item of this change key cannot be read. Of very many only some are noted."""
        items = self.bad.setdefault(kind, {})
        if remote_id in items or len(items) < _MAX_BAD:
            items[remote_id] = (change_key, reason)

    def keep_bad(self, kind: ItemKind, still: Collection[str]) -> None:
        """Forget the unreadable items of a kind but these."""
        if kind in self.bad:
            self.bad[kind] = {remote_id: note for remote_id, note in self.bad[kind].items() if remote_id in still}
