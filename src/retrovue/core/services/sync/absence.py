"""What a complete and consistent listing lacks: found again under a new id, held back, or removed (Law 2)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.sync import PlannedChange
from retrovue.core.storage.ingest import StoredKey
from retrovue.core.storage.relink import Pair, RelinkRepository
from retrovue.core.storage.runs import RemovalRepository

MAX_FRACTION = 0.10
MAX_ITEMS = 20
HALF = 0.5
SMALL_LIBRARY = 3

# Shows follow their episodes: an episode that is found again may bring its show along.
_ORDER = (ItemKind.EPISODE, ItemKind.MOVIE, ItemKind.SHOW)


def is_too_many(absent: int, stored: int) -> bool:
    """Whether so many absences ask a person first.

    More than 10 % of a library and more than 20 items, or more than half of a library with more than 3 items.
    """
    if absent > MAX_ITEMS and absent > stored * MAX_FRACTION:
        return True
    return stored > SMALL_LIBRARY and absent > stored * HALF


@dataclass(slots=True)
class AbsenceResult:
    """What became of absent rows; `found_again` counts rows that took a new id."""

    found_again: int = 0
    removed: int = 0
    held_back: int = 0
    planned: list[PlannedChange] = field(default_factory=list)


@dataclass(slots=True)
class AbsenceService:
    """Decides about absent rows of one library, once, after every kind was listed completely.

    Args:
        verified_since: when the last complete listing was (epoch s): rows first seen since may be absent
            ones under a new id.
        reconsider_kept: ask again about items that a person once said to keep (a full sync does).
    """

    relink: RelinkRepository
    removals: RemovalRepository
    server_id: int
    library_id: int
    verified_since: int
    now: int
    run_id: int | None
    dry_run: bool = False
    reconsider_kept: bool = False

    def settle(self, keys: dict[ItemKind, dict[str, StoredKey]], seen: dict[ItemKind, set[str]]) -> AbsenceResult:
        """Settle every stored row that was not seen.

        Args:
            keys: stored keys by kind as they were before and during this run.
            seen: all ids that the complete listing of each kind held.
        """
        result = AbsenceResult()
        absent = {kind: _absent(keys[kind], seen[kind]) for kind in keys}
        if not self.dry_run:
            for kind in _ORDER:
                if kind in absent:
                    pairs = self._find_again(kind, absent[kind])
                    result.found_again += len(pairs)
                    for old, _new in pairs:
                        absent[kind].pop(old, None)
        stored = sum(1 for kind in keys for key in keys[kind].values() if not key[3])
        if ItemKind.SHOW in absent and ItemKind.EPISODE in absent:
            # A show that is missing from its list while episodes of it are listed contradicts itself.
            self._spare_shows_in_use(absent)
        self._decide(absent, stored, result)
        return result

    def reunite(self, kinds: Iterable[ItemKind]) -> int:
        """Give tombstones of this server back to items that were just added under a new id; returns how many."""
        if self.dry_run:
            return 0
        ordered = [kind for kind in _ORDER if kind in set(kinds)]
        return sum(len(self._find_again(kind, {})) for kind in ordered)

    def _find_again(self, kind: ItemKind, absent: dict[int, str]) -> list[Pair]:
        candidates = [*absent, *self.relink.buried(self.server_id, kind)]
        if not candidates:
            return []
        fresh = [
            row_id for row_id in self.relink.fresh(self.server_id, kind, self.verified_since) if row_id not in absent
        ]
        pairs = self.relink.pairs(kind, candidates, fresh)
        self.relink.merge(kind, pairs, now=self.now)
        return pairs

    def _spare_shows_in_use(self, absent: dict[ItemKind, dict[int, str]]) -> None:
        alive = self.relink.shows_with_other_episodes(list(absent[ItemKind.SHOW]), list(absent[ItemKind.EPISODE]))
        for show_id in alive:
            absent[ItemKind.SHOW].pop(show_id, None)

    def _decide(self, absent: dict[ItemKind, dict[int, str]], stored: int, result: AbsenceResult) -> None:
        if not self.dry_run:
            for kind, rows in absent.items():
                self.removals.drop_stale(self.library_id, kind, list(rows))
        kept = 0
        for kind, rows in absent.items():
            decided = self.removals.kept(self.library_id, kind)
            if self.reconsider_kept:
                kept += len(decided & rows.keys())
                continue
            for row_id in decided:
                rows.pop(row_id, None)
        total = sum(len(rows) for rows in absent.values())
        if total == 0:
            return
        held = kept > 0 or is_too_many(total, stored)
        if held:
            result.held_back = total
        else:
            result.removed = total
        if self.dry_run:
            action = "hold_back" if held else "remove"
            result.planned = [
                PlannedChange(action, kind, "", remote_id)
                for kind, rows in absent.items()
                for remote_id in rows.values()
            ]
            return
        ids = {kind: list(rows) for kind, rows in absent.items()}
        store = self.removals.hold_back if held else self.removals.tombstone
        store(self.library_id, ids, run_id=self.run_id, now=self.now)


def _absent(keys: dict[str, StoredKey], seen: Iterable[str]) -> dict[int, str]:
    """row id -> remote id of present rows that were not seen."""
    present = seen if isinstance(seen, set) else set(seen)
    return {key[0]: remote_id for remote_id, key in keys.items() if not key[3] and remote_id not in present}
