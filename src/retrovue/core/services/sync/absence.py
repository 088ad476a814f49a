"""What a complete and consistent listing lacks: found again under a new id, held back, or removed (Law 2)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.sync import PlannedChange
from retrovue.core.storage.catalog.identity import Pair, RelinkRepository, unambiguous
from retrovue.core.storage.catalog.writer import StoredKey
from retrovue.core.storage.removals import RemovalRepository

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
    """What became of absent rows.

    Attributes:
        found_again: rows that took a new id, the new rows that were made for them among `not_new`.
        not_new: (kind, remote id) of items of this library that looked new and were known after all.
        still_there: ids of items that the listing lacked but that the server knows by their id. Unless they are
            known to be unlisted, the listing is proven to lack something: then nothing is removed.
    """

    found_again: int = 0
    not_new: set[tuple[ItemKind, str]] = field(default_factory=set)
    removed: int = 0
    held_back: int = 0
    still_there: set[str] = field(default_factory=set)
    planned: list[PlannedChange] = field(default_factory=list)


@dataclass(slots=True)
class AbsenceService:
    """Decides about absent rows of one library, once, after every kind was listed completely.

    Args:
        verified_at: when the last complete listing was (epoch s), None when there was none: rows first seen later
            may be absent ones under a new id. Rows are stamped so that they are never of the same second.
        run_stamp: what rows made by this run are stamped with.
        stored_before: how many items the library held before this run: what it added must not hide what it lost.
        confirm: asks the server for items by id; returns those of them that it knows in this library.
        unlisted: ids that an earlier listing lacked as well, while the server knew them by their id.
        reconsider_kept: ask again about items that a person once said to keep (a full sync does).
    """

    relink: RelinkRepository
    removals: RemovalRepository
    server_id: int
    library_id: int
    verified_at: int | None
    run_stamp: int
    now: int
    run_id: int | None
    confirm: Callable[[ItemKind, Sequence[str]], set[str]]
    stored_before: int = 0
    unlisted: frozenset[str] = frozenset()
    plans: bool = False
    reconsider_kept: bool = False
    _shows: list[Pair] = field(default_factory=list)

    def settle(self, keys: dict[ItemKind, dict[str, StoredKey]], seen: dict[ItemKind, set[str]]) -> AbsenceResult:
        """Settle every stored row that was not seen.

        Args:
            keys: stored keys by kind as they were before and during this run.
            seen: all ids that the complete listing of each kind held.
        """
        result = AbsenceResult()
        absent = {kind: _absent(keys[kind], seen[kind]) for kind in keys}
        for kind, rows in absent.items():
            self.removals.drop_stale(self.library_id, kind, list(rows))
        for kind in _ORDER:
            if kind in absent:
                for old, _new in self._find_again(kind, absent[kind], result):
                    absent[kind].pop(old, None)
        self._decide(absent, result)
        return result

    def reunite(self, kinds: Iterable[ItemKind]) -> AbsenceResult:
        """Give rows that are gone elsewhere back to items that were just added under a new id."""
        result = AbsenceResult()
        for kind in _ORDER:
            if kind in set(kinds):
                self._find_again(kind, {}, result)
        return result

    def _find_again(self, kind: ItemKind, absent: dict[int, str], result: AbsenceResult) -> list[Pair]:
        gone = self.relink.gone(self.server_id, kind)
        own_gone = [row for row, library_id, removed in gone if library_id == self.library_id and removed]
        gone_elsewhere = [row for row, library_id, _removed in gone if library_id != self.library_id]
        unlisted = self.relink.unlisted(self.server_id, kind)
        if not absent and not gone and not unlisted:
            return []
        # Before the first complete listing nothing says which rows are new but that this run made them.
        since = self.run_stamp - 1 if self.verified_at is None else self.verified_at
        fresh = [row for row in self.relink.fresh(self.library_id, kind, since) if row not in absent]
        pairs = self._pairs(kind, [*absent, *own_gone], fresh)
        if gone_elsewhere or unlisted:
            whole = fresh if self.verified_at is not None else self.relink.fresh(self.library_id, kind, -1)
            pairs += self._pairs(kind, gone_elsewhere, _without(whole, pairs, absent))
            pairs += self._taken_over(kind, unlisted, _without(whole, pairs, absent))
        self._note_new(kind, pairs, result)
        self._merge(kind, pairs)
        if absent and self.verified_at is not None:
            moved = self._pairs(
                kind,
                [row for row in absent if row not in {old for old, _new in pairs}],
                self.relink.fresh(self.library_id, kind, since, elsewhere_on=self.server_id),
            )
            result.found_again += len(moved)
            self._plan(kind, "update", [old for old, _new in moved], result)
            self._merge(kind, moved)
            pairs += moved
        return pairs

    def _taken_over(self, kind: ItemKind, unlisted: Sequence[int], fresh: Sequence[int]) -> list[Pair]:
        """Rows of a library that the server lists no more, as far as their files are in this one now.

        A show goes with its episodes: its guid alone would also fit the same show in another quality.
        """
        if kind is not ItemKind.SHOW:
            return self.relink.pairs(kind, unlisted, fresh)
        old, new = set(unlisted), set(fresh)
        return [(a, b) for a, b in unambiguous(self._shows) if a in old and b in new]

    def _pairs(self, kind: ItemKind, candidates: Sequence[int], fresh: Sequence[int]) -> list[Pair]:
        pairs = self.relink.pairs(kind, candidates, fresh)
        if kind is ItemKind.SHOW and self._shows:
            used = {row for pair in pairs for row in pair}
            old, new = set(candidates), set(fresh)
            pairs += [
                (a, b) for a, b in unambiguous(self._shows) if a in old and b in new and a not in used and b not in used
            ]
        return pairs

    def _merge(self, kind: ItemKind, pairs: Sequence[Pair]) -> None:
        if kind is ItemKind.EPISODE:
            self._shows += self.relink.shows_of(pairs)
        self.relink.merge(kind, pairs, now=self.now)

    def _note_new(self, kind: ItemKind, pairs: Sequence[Pair], result: AbsenceResult) -> None:
        result.found_again += len(pairs)
        named = self.removals.named(kind, [new for _old, new in pairs])
        result.not_new.update((kind, remote_id) for remote_id, _title in named.values())

    def _spare_shows_in_use(self, absent: dict[ItemKind, dict[int, str]]) -> None:
        """A show that is missing from its list while episodes of it are listed (or kept) contradicts itself."""
        if ItemKind.SHOW not in absent or ItemKind.EPISODE not in absent:
            return
        alive = self.relink.shows_with_other_episodes(list(absent[ItemKind.SHOW]), list(absent[ItemKind.EPISODE]))
        for show_id in alive:
            absent[ItemKind.SHOW].pop(show_id, None)

    def _decide(self, absent: dict[ItemKind, dict[int, str]], result: AbsenceResult) -> None:
        kept = 0
        for kind, rows in absent.items():
            decided = self.removals.kept(self.library_id, kind)
            if self.reconsider_kept:
                kept += len(decided & rows.keys())
                continue
            for row_id in decided:
                rows.pop(row_id, None)
        self._spare_shows_in_use(absent)
        total = sum(len(rows) for rows in absent.values())
        if total == 0:
            return
        if kept > 0 or is_too_many(total, self.stored_before):
            result.held_back = total
            self._store("hold_back", absent, result)
            return
        self._spare_what_is_known(absent, result)
        if result.still_there - self.unlisted:
            return
        result.removed = sum(len(rows) for rows in absent.values())
        self._store("remove", absent, result)

    def _spare_what_is_known(self, absent: dict[ItemKind, dict[int, str]], result: AbsenceResult) -> None:
        """Ask for each item by its id before it goes.

        When one item is added and another removed while the pages are read, the total does not move and a third one
        can slip between two pages: as many different ids as the total says arrive, and still one is missing.
        """
        for kind, rows in absent.items():
            known = self.confirm(kind, list(rows.values())) if rows else set()
            for row_id in [row_id for row_id, remote_id in rows.items() if remote_id in known]:
                result.still_there.add(rows.pop(row_id))
        if result.still_there:
            self._spare_shows_in_use(absent)

    def _store(self, action: str, absent: dict[ItemKind, dict[int, str]], result: AbsenceResult) -> None:
        for kind, rows in absent.items():
            self._plan(kind, action, list(rows), result)
        ids = {kind: list(rows) for kind, rows in absent.items()}
        store = self.removals.tombstone if action == "remove" else self.removals.hold_back
        store(self.library_id, ids, run_id=self.run_id, now=self.now)

    def _plan(self, kind: ItemKind, action: str, row_ids: Sequence[int], result: AbsenceResult) -> None:
        if self.plans and row_ids:
            named = self.removals.named(kind, row_ids)
            result.planned += [
                PlannedChange(action, kind, title, remote_id)
                for remote_id, title in (named[row_id] for row_id in row_ids if row_id in named)
            ]


def _absent(keys: dict[str, StoredKey], seen: Iterable[str]) -> dict[int, str]:
    """row id -> remote id of present rows that were not seen."""
    present = seen if isinstance(seen, set) else set(seen)
    return {key[0]: remote_id for remote_id, key in keys.items() if not key[3] and remote_id not in present}


def _without(rows: Iterable[int], pairs: Iterable[Pair], absent: dict[int, str]) -> list[int]:
    used = {new for _old, new in pairs}
    return [row for row in rows if row not in used and row not in absent]
