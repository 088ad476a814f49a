"""Comparing what arrived with what is stored, in memory, and writing only differences."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from retrovue.core.domain.media import ItemKind, RemoteItem
from retrovue.core.domain.sync import PlannedChange, SyncIssue
from retrovue.core.domain.titles import episode_code, episode_title
from retrovue.core.services.sync.losses import Doubt, Loss, doubt_of, partial_doubt
from retrovue.core.storage.catalog.facts import FactsRepository, StoredFacts
from retrovue.core.storage.catalog.writer import CatalogWriter, Prepared, StoredKey

_pack = msgspec.msgpack.Encoder().encode
_MAX_PLANNED = 10_000
_MAX_LOSING = 10_000
"""So many items with lost versions are kept in memory until all were read; more are held back."""


def fingerprint(item: RemoteItem) -> int:
    """A 64-bit hash of everything stored of an item but its time stamps of change.

    A server that touches every item (a metadata refresh, a restored backup) therefore leads to no write at all.
    """
    packed = _pack(
        (
            item.remote_id,
            item.title,
            item.source_guid,
            item.external_ids,
            item.sort_title,
            item.original_title,
            item.year,
            item.summary,
            item.content_rating,
            item.genre,
            item.studio,
            item.originally_available_at,
            item.duration_ms,
            item.added_at,
            item.trashed_at,
            item.view_count,
            item.last_viewed_at,
            _without_stamp(item.artwork),
            item.files,
            item.show_remote_id,
            item.show_guid,
            item.season_number,
            item.season_title,
            item.episode_number,
            item.episode_number_end,
        )
    )
    return int.from_bytes(hashlib.blake2b(packed, digest_size=8).digest(), "big", signed=True)


def _without_stamp(artwork: str | None) -> str | None:
    """A poster's address without the time stamp at its end: that moves with every refresh, the picture does not."""
    if artwork is None:
        return None
    head, _separator, last = artwork.rpartition("/")
    return head if last.isdigit() else artwork


@dataclass(slots=True)
class RunCounts:
    """What a run did to items so far."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    held_back: int = 0
    failed: int = 0


@dataclass(slots=True)
class Absorber:
    """Takes items of one library during one run.

    Attributes:
        dry_run: keep a list of what is done, in `planned`.
        changed_since, changed_until: the time of the last sync and the time now, by the server's clock.
        placeholders: ids of shows that only their episodes spoke of so far.
        moved: whether an item was new, different, or newer than the last sync (does a delta explain the marker?).
        decided: rows of which a person said that their files may go, and those whose files stay.
        believes: whether the server has told this of an item for long enough to be believed.
        doubts: items that arrived with less than what is stored of them; what is stored was kept.
    """

    writer: CatalogWriter
    facts: FactsRepository
    dry_run: bool
    changed_since: float | None = None
    changed_until: float = float("inf")
    counts: RunCounts = field(default_factory=RunCounts)
    issues: list[SyncIssue] = field(default_factory=list)
    planned: dict[tuple[ItemKind, str], PlannedChange] = field(default_factory=dict)
    placeholders: list[str] = field(default_factory=list)
    taken: dict[ItemKind, set[str]] = field(default_factory=dict)
    moved: bool = False
    believes: Callable[[ItemKind, str, Doubt], bool] = lambda _kind, _remote_id, _doubt: False
    decided: Callable[[ItemKind], tuple[set[int], set[int]]] = lambda _kind: (set(), set())
    doubts: dict[ItemKind, dict[str, Doubt]] = field(default_factory=dict)
    _kept: dict[ItemKind, set[int]] = field(default_factory=dict)
    _losing: dict[ItemKind, dict[str, tuple[Prepared, Doubt]]] = field(default_factory=dict)
    _keys: dict[ItemKind, dict[str, StoredKey]] = field(default_factory=dict)
    _loaded: set[ItemKind] = field(default_factory=set)
    _refused: set[tuple[str | None, str]] = field(default_factory=set)

    def load(self, kind: ItemKind) -> dict[str, StoredKey]:
        """The stored keys of every item of a kind, read once a run (a delta never needs them all)."""
        if kind not in self._loaded:
            self._loaded.add(kind)
            self._keys[kind] = self.writer.keys(kind)
            self.taken.setdefault(kind, set())
        return self._keys[kind]

    def reload(self) -> None:
        """Forget the stored keys: rows took other ids since they were read."""
        self._loaded.clear()
        self._keys.clear()

    def _known(self, kind: ItemKind, items: Sequence[RemoteItem]) -> dict[str, StoredKey]:
        """The stored keys, at least of these items."""
        keys = self._keys.setdefault(kind, {})
        self.taken.setdefault(kind, set())
        if kind not in self._loaded:
            missing = [item.remote_id for item in items if item.remote_id not in keys]
            keys.update(self.writer.keys(kind, missing))
        return keys

    def present(self, kind: ItemKind, ids: Sequence[str]) -> list[str]:
        """Those of the ids that are stored and not removed."""
        if not ids:
            return []
        keys = self.load(kind) if kind in self._loaded else self.writer.keys(kind, ids)
        return [remote_id for remote_id in ids if remote_id in keys and not keys[remote_id][3]]

    def take(
        self,
        kind: ItemKind,
        items: Sequence[RemoteItem],
        *,
        mark: dict[str, object] | None = None,
        keep_change_keys: bool = False,
    ) -> None:
        """Store what is new or different of `items`; each id is taken once a run.

        Args:
            mark: where an interrupted listing would go on.
            keep_change_keys: write new change keys of items whose content is the same, so that the next sweep
                need not ask for them again.
        """
        keys = self._known(kind, items)
        taken = self.taken[kind]
        batch: list[Prepared] = []
        revived: list[tuple[RemoteItem, int]] = []
        touched: list[tuple[int, int]] = []
        for item in items:
            if item.remote_id in taken:
                continue
            taken.add(item.remote_id)
            mark_print = fingerprint(item)
            stored = keys.get(item.remote_id)
            if stored is None or stored[1] != mark_print:
                batch.append(Prepared(item, mark_print, None if stored is None else stored[0]))
                continue
            self.counts.unchanged += 1
            self._note_partial(kind, item)
            if stored[3]:
                revived.append((item, stored[0]))
                self.counts.unchanged -= 1
            elif stored[2] != item.change_key:
                touched.append((stored[0], item.change_key))
                self._note_newer(item)
            elif (item.updated_at or 0) != self.changed_since:
                # Fetched after it changed, when the server said so: it explains the marker as well as news does.
                # Only the second of the last sync is in doubt.
                self._note_newer(item)
        self._store(kind, self._without_doubtful(kind, batch), revived, mark)
        if keep_change_keys:
            self.writer.touch_change_keys(kind, touched)

    def _store(
        self,
        kind: ItemKind,
        batch: list[Prepared],
        revived: list[tuple[RemoteItem, int]],
        mark: dict[str, object] | None,
    ) -> None:
        keys = self._keys[kind]
        self._count(kind, batch, revived)
        self._write(kind, batch, mark)
        if revived:
            self.writer.revive(kind, [row_id for _item, row_id in revived])
            for item, _row in revived:
                row_id, print_, change, _gone = keys[item.remote_id]
                keys[item.remote_id] = (row_id, print_, change, False)

    def _without_doubtful(self, kind: ItemKind, batch: list[Prepared]) -> list[Prepared]:
        """Those of the batch that lack nothing of what is stored of them; the others wait, or are doubted."""
        changed = [
            prepared.row_id
            for prepared in batch
            if prepared.row_id is not None and (kind is not ItemKind.SHOW or not prepared.item.title)
        ]
        stored = self.facts.of(kind, changed) if changed else {}
        doubts = {row_id: doubt for row_id, doubt in self._doubts_of(batch, stored) if doubt is not None}
        agreed, kept = self.decided(kind) if doubts else (set(), set())
        certain = []
        for prepared in batch:
            item, doubt = prepared.item, doubts.get(prepared.row_id or 0)
            if doubt is not None and doubt.loss.is_of_files and prepared.row_id in agreed:
                doubt = None
            elif doubt is not None and doubt.loss.is_of_files and prepared.row_id in kept:
                self._kept.setdefault(kind, set()).add(prepared.row_id or 0)
                continue
            if doubt is None:
                certain.append(prepared)
                self._note_partial(kind, item)
                continue
            self._note_newer(item)
            if doubt.loss is Loss.VERSION or self._is_believed(kind, item, doubt):
                self._losing.setdefault(kind, {})[item.remote_id] = (prepared, doubt)
            else:
                self._remember(kind, item.remote_id, doubt)
                self.refuse(item.remote_id, doubt.reason(item.remote_id))
        return certain

    @staticmethod
    def _doubts_of(batch: Sequence[Prepared], stored: Mapping[int, StoredFacts]) -> Iterator[tuple[int, Doubt | None]]:
        for prepared in batch:
            if prepared.row_id is not None and prepared.row_id in stored:
                yield prepared.row_id, doubt_of(stored[prepared.row_id], prepared.item)

    def doubted_rows(self, kind: ItemKind) -> list[int]:
        """Rows of items of a kind that lost files, and are doubted for it."""
        keys = self._keys.get(kind, {})
        doubts = self.doubts.get(kind, {}).items()
        own = [keys[each][0] for each, doubt in doubts if doubt.loss.is_of_files and each in keys]
        return [*own, *self._kept.get(kind, ())]

    def asked_rows(self, kind: ItemKind) -> set[int]:
        """Rows of the items of a kind that this run took in."""
        keys = self._keys.get(kind, {})
        return {keys[each][0] for each in self.taken.get(kind, ()) if each in keys}

    def _is_believed(self, kind: ItemKind, item: RemoteItem, doubt: Doubt) -> bool:
        if item.is_partial or not doubt.loss.is_believed_in_time:
            return False
        return self.believes(kind, item.remote_id, doubt)

    def _note_partial(self, kind: ItemKind, item: RemoteItem) -> None:
        if item.is_partial:
            doubt = partial_doubt(item)
            self._remember(kind, item.remote_id, doubt)
            self.issues.append(SyncIssue("warning", doubt.reason(item.remote_id), item.remote_id))

    def _remember(self, kind: ItemKind, remote_id: str, doubt: Doubt) -> None:
        self.doubts.setdefault(kind, {})[remote_id] = doubt

    def settle_losses(self, is_too_many: Callable[[int], bool]) -> int:
        """Store the items that lost versions, unless too many lost files; then they are doubted like the others.

        Returns:
            how many items are held back.
        """
        losing = sum(len(items) for items in self._losing.values())
        doubted = sum(1 for items in self.doubts.values() for doubt in items.values() if doubt.loss.is_of_files)
        held_back = losing > _MAX_LOSING or is_too_many(losing + doubted)
        for kind, items in self._losing.items():
            if held_back:
                self.doubts.setdefault(kind, {}).update({each: doubt for each, (_item, doubt) in items.items()})
            else:
                self._store(kind, [prepared for prepared, _doubt in items.values()], [], None)
        self._losing.clear()
        return losing + doubted if held_back else 0

    def known_after_all(self, items: Iterable[tuple[ItemKind, str]]) -> None:
        """Items that were counted as added turned out to be known ones under a new id."""
        for kind, remote_id in items:
            if remote_id in self.taken.get(kind, ()):
                self.counts.added -= 1
            self.counts.updated += 1
            change = self.planned.get((kind, remote_id))
            if change is not None:
                self.planned[kind, remote_id] = replace(change, action="update")

    def refuse(self, remote_id: str | None, reason: str) -> None:
        """An item that could not be understood: counted and noted once, and stopping nothing."""
        if (remote_id, reason) in self._refused:
            return
        self._refused.add((remote_id, reason))
        self.counts.failed += 1
        self.issues.append(SyncIssue("error", reason, remote_id))

    def _count(self, kind: ItemKind, batch: list[Prepared], revived: list[tuple[RemoteItem, int]]) -> None:
        new = [prepared.item for prepared in batch if self._is_new(kind, prepared)]
        self.counts.added += len(new) + len(revived)
        self.counts.updated += len(batch) - len(new)
        if new or revived:
            self.moved = True
        for prepared in batch:
            self._note_newer(prepared.item)
        if self.dry_run:
            self._plan("update", kind, [prepared.item for prepared in batch])
            self._plan("add", kind, [*new, *(item for item, _row in revived)])

    def _is_new(self, kind: ItemKind, prepared: Prepared) -> bool:
        stored = self._keys[kind].get(prepared.item.remote_id)
        own_placeholder = kind is ItemKind.SHOW and prepared.item.remote_id in self.placeholders
        return stored is None or stored[3] or own_placeholder

    def _plan(self, action: str, kind: ItemKind, items: Sequence[RemoteItem]) -> None:
        for item in items:
            key = (kind, item.remote_id)
            if key in self.planned or len(self.planned) < _MAX_PLANNED:
                self.planned[key] = PlannedChange(action, kind, title_of(item), item.remote_id)

    def _write(self, kind: ItemKind, batch: list[Prepared], mark: dict[str, object] | None) -> None:
        if not batch:
            return
        result = self.writer.write(kind, batch, mark=mark)
        self._keys[kind].update(result.keys)
        if result.placeholders:
            shows = self._keys.setdefault(ItemKind.SHOW, {})
            shows.update({remote_id: (row_id, 0, 0, False) for remote_id, row_id in result.placeholders.items()})
            self.placeholders += result.placeholders
        for remote_id, reason in result.refused:
            new = any(self._is_new(kind, p) for p in batch if p.item.remote_id == remote_id)
            self.counts.added -= 1 if new else 0
            self.counts.updated -= 0 if new else 1
            self.planned.pop((kind, remote_id), None)
            self.refuse(remote_id, reason)

    def _note_newer(self, item: RemoteItem) -> None:
        # Not the time of addition, and no time to come: these items are in every delta, and explain nothing.
        stamp = item.updated_at or 0
        if self.changed_since is not None and self.changed_since <= stamp <= self.changed_until:
            self.moved = True


def title_of(item: RemoteItem) -> str:
    """The title people know an item by; an episode is named with its show and number."""
    if item.kind is not ItemKind.EPISODE:
        return item.title
    code = episode_code(item.season_number, item.episode_number, item.episode_number_end, item.originally_available_at)
    return episode_title(item.show_title, code, item.title)
