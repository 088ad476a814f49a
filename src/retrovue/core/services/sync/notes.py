"""What a library's runs taught about its server, kept between them.

Two things would otherwise make every sync compare everything: a server that counts what it lists as no item (missing
episodes, versions of one film), and an item that nobody can read. A third must not be forgotten: items that arrived
with less than what is stored of them are requested again by the next sync.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from retrovue import __version__
from retrovue.core.domain.media import ItemKind
from retrovue.core.services.sync.losses import Doubt

_MAX_BAD = 1_000
_BELIEVED_AFTER_S = 86_400
"""A scan, or a disk that is away, lasts hours."""

Doubted = tuple[int, str]
"""(first seen at, epoch s; what the item arrived with)"""
Asked = Mapping[ItemKind, Collection[str]]


@dataclass(slots=True)
class ListingNotes:
    """Surplus counts, unreadable items and doubted items of one library.

    Attributes:
        surplus: question (kinds joined by "+") -> how many more the server counts than the catalog holds.
        bad: kind -> remote id -> (change key when it could not be read, why).
        doubts: kind -> remote id -> since when the server says what is doubted, and what it says.
    """

    surplus: dict[str, int] = field(default_factory=dict)
    bad: dict[ItemKind, dict[str, tuple[int, str]]] = field(default_factory=dict)
    doubts: dict[ItemKind, dict[str, Doubted]] = field(default_factory=dict)

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
        doubts = (stored or {}).get("doubts")
        if isinstance(doubts, dict):
            notes.doubts = {
                ItemKind(kind): {remote_id: (int(since), str(offered)) for remote_id, (since, offered) in items.items()}
                for kind, items in doubts.items()
            }
        return notes

    def stored(self) -> dict[str, object] | None:
        """As JSON, None when there is nothing to remember."""
        surplus = {name: more for name, more in self.surplus.items() if more}
        bad = {kind.value: items for kind, items in self.bad.items() if items}
        doubts = {kind.value: items for kind, items in self.doubts.items() if items}
        if not (surplus or bad or doubts):
            return None
        return {"surplus": surplus, "bad": bad, "doubts": doubts, "version": __version__}

    def believes(self, kind: ItemKind, remote_id: str, doubt: Doubt, *, now: int) -> bool:
        """Whether the server has said the same of an item for so long that it must be meant."""
        known = self.doubts.get(kind, {}).get(remote_id)
        return known is not None and known[1] == doubt.offered and now - known[0] >= _BELIEVED_AFTER_S

    def keep_doubts(self, found: Mapping[ItemKind, Mapping[str, Doubt]], *, asked: Asked | None, now: int) -> None:
        """Note the doubts of a run.

        Args:
            asked: the ids that the run asked for, by kind: doubts about others stand. None: all.
        """
        kept: dict[ItemKind, dict[str, Doubted]] = {}
        for kind, items in self.doubts.items():
            if asked is not None:
                kept[kind] = {each: known for each, known in items.items() if each not in asked.get(kind, ())}
        for kind, doubts in found.items():
            for remote_id, doubt in doubts.items():
                known = self.doubts.get(kind, {}).get(remote_id)
                since = known[0] if known is not None and known[1] == doubt.offered else now
                kept.setdefault(kind, {})[remote_id] = (since, doubt.offered)
        self.doubts = kept

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
