"""A demo server's library and everything that can happen to it while somebody synchronises.

Each mutation is atomic under the library's lock, stamps the item with the server's clock and moves the
section's content marker, unless told not to: servers forget both at times, and a sync has to survive that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from retrovue.demo.model import FULL_HD, Change, Collection, Item, Part, Quality, Section, Version
from retrovue.demo.store import LibraryStore
from retrovue.demo.truth import Truth, truth_of

_EDITABLE = {field.name for field in fields(Item)} - {
    "id",
    "kind",
    "section",
    "show_id",
    "season_id",
    "versions",
}


class DemoLibrary(LibraryStore):
    """Sections and items, with mutations. Thread: any."""

    def truth(self, section: str | None = None) -> dict[str, Truth]:
        """Give what a perfect catalog knows of a section (or of all), by remote id."""
        with self.lock:
            return {
                str(item.id): truth_of(item)
                for item in self.items.values()
                if item.kind in ("movie", "show", "episode") and section in (None, item.section)
            }

    def add_movie(self, title: str, *, section: str = "1", file: str | None = None, **facts: Any) -> Item:
        """Add a movie with one file; `facts` are fields of `Item` or the file's `size_bytes`, `quality`."""
        with self.lock:
            root = self.sections[section].roots[0]
            year = facts.get("year")
            path = file or join(root.path, title, f"{title} ({year or 'n.d.'}).mkv")
            item = self._new("movie", section, title, path, facts)
            self.insert(item)
            self.announce(Change("added", (section,), (item.id,)))
            return item

    def add_show(self, title: str, *, section: str = "3", **facts: Any) -> Item:
        """Add a show without episodes."""
        with self.lock:
            item = self._new("show", section, title, None, facts)
            self.insert(item)
            self.announce(Change("added", (section,), (item.id,)))
            return item

    def add_episode(
        self, show: Item | int, title: str, *, season: int = 1, index: int | None = None, **facts: Any
    ) -> Item:
        """Add an episode, and its season if that is new; `file=` names its file."""
        with self.lock:
            parent = show if isinstance(show, Item) else self.items[show]
            season_item = self._season(parent, season)
            number = index if index is not None else self.child_count(season_item.id) + 1
            path = facts.pop("file", None) or join(
                self.sections[parent.section].roots[0].path,
                parent.title,
                f"Season {season:02}",
                f"{parent.title} - S{season:02}E{number:02} - {title}.mkv",
            )
            facts = {"show_id": parent.id, "season_id": season_item.id, "season_number": season, **facts}
            item = self._new("episode", parent.section, title, path, {"index": number, **facts})
            self.insert(item)
            self.announce(Change("added", (parent.section,), (item.id, *(above.id for above in self.ancestors(item)))))
            return item

    def add_collection(
        self, title: str, items: Sequence[Item], *, section: str = "1", promoted: bool = False
    ) -> Collection:
        """Group items of a section under a name."""
        with self.lock:
            ids = [item.id for item in items]
            collection = Collection(self.next_id(), title, section, ids, self.now(), promoted)
            self.collections[collection.id] = collection
            return collection

    def remove(self, item_id: int, *, bump: bool = True) -> list[int]:
        """Remove an item with all below it, and a season or show left empty; give the ids that went."""
        with self.lock:
            item = self.items[item_id]
            above = list(self.ancestors(item))
            gone = self.with_descendants(item)
            for each in gone:
                self.discard(each)
            for parent in above:
                if not self.child_count(parent.id):
                    self.discard(parent)
                    gone.append(parent)
            ids = [each.id for each in gone]
            self.announce(Change("removed", (item.section,), (*ids, *(each.id for each in above))), bump=bump)
            return ids

    def edit(self, item_id: int, *, bump: bool = True, stamp: bool = True, **values: Any) -> Item:
        """Set fields of an item.

        Args:
            item_id: which item.
            bump: move the section's content marker.
            stamp: set `updated_at` to the server's clock, unless `values` says it.
            values: fields of `Item`.

        Raises:
            TypeError: a value is not an editable field.
        """
        unknown = values.keys() - _EDITABLE
        if unknown:
            raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
        with self.lock:
            item = self.items[item_id]
            for name, value in values.items():
                setattr(item, name, value)
            self._changed(item, bump=bump, stamp=stamp and "updated_at" not in values)
            return item

    def mark(self, item_id: int, views: int, *, at: int | None = None) -> None:
        """Let a movie or episode be watched so often, the last time at `at` (now); never for 0.

        Seen on Jellyfin 10.11 and 12: this changes neither the date at which an item was saved nor its Etag.
        """
        with self.lock:
            item = self.items[item_id]
            item.view_count = views
            item.last_viewed_at = None if not views else self.now() if at is None else at
            self.announce(Change("watched", (item.section,), self.affected_by([item]), item.id), bump=False)

    def rename_file(self, item_id: int, new_path: str, *, bump: bool = False, stamp: bool = False) -> None:
        """Move the first file of an item; by default no timestamp or marker says so, as seen on servers."""
        self._replace_part(item_id, {"file": new_path}, bump=bump, stamp=stamp)

    def replace_file(
        self,
        item_id: int,
        *,
        size_bytes: int,
        file: str | None = None,
        quality: Quality | None = None,
        bump: bool = True,
        stamp: bool = False,
    ) -> None:
        """Put another file in the place of the first: its size and change stamp differ."""
        changes: dict[str, Any] = {"size_bytes": size_bytes, "stamp": self.now()}
        if file is not None:
            changes["file"] = file
        self._replace_part(item_id, changes, bump=bump, stamp=stamp, quality=quality)

    def add_version(self, item_id: int, file: str, *, size_bytes: int, quality: Quality = FULL_HD) -> Version:
        """Add another encoding with one file to an item."""
        with self.lock:
            item = self.items[item_id]
            version = self._version(file, size_bytes, quality, item.duration_ms)
            item.versions = (*item.versions, version)
            self._changed(item)
            return version

    def move_to_section(self, item_id: int, section: str) -> list[int]:
        """Move a movie or a whole show to another library; give the new ids, the item's own first."""
        with self.lock:
            item = self.items[item_id]
            family = list(reversed(self.with_descendants(item)))
            old_section, old_ids = item.section, tuple(each.id for each in family)
            new = self._renew(family, section)
            self.announce(Change("removed", (old_section,), old_ids))
            self.announce(Change("added", (section,), tuple(new.values())))
            return list(new.values())

    def trash(self, item_id: int) -> None:
        """Keep an item listed with a deletion time, as a server does whose disk is away."""
        self.edit(item_id, deleted_at=self.now())

    def restore_from_trash(self, item_id: int) -> None:
        """Take an item out of the server's trash."""
        self.edit(item_id, deleted_at=None)

    def rematch(self, item_id: int, new_guid: str, *, external_ids: Sequence[str] = ()) -> None:
        """Fix the match of an item: another guid and other external ids under the same remote id."""
        self.edit(item_id, guid=new_guid, external_ids=tuple(external_ids))

    def reissue(self, item_id: int) -> int:
        """Give an item and all below it new ids in its library, as where ids come from paths; give its own."""
        with self.lock:
            item = self.items[item_id]
            family = list(reversed(self.with_descendants(item)))
            old_ids = tuple(each.id for each in family)
            new = self._renew(family, item.section)
            self.announce(Change("removed", (item.section,), old_ids))
            self.announce(Change("added", (item.section,), tuple(new.values())))
            return new[item_id]

    def rebuild_section(self, key: str) -> dict[int, int]:
        """Give every item of a section a new id, keeping guids and files; returns old id → new id."""
        with self.lock:
            everything = [item for item in self.items.values() if item.section == key]
            order = {"show": 0, "season": 1}
            new = self._renew(sorted(everything, key=lambda item: order.get(item.kind, 2)), key)
            self.announce(Change("bulk", (key,)))
            return new

    def bump_all(self, key: str, *, to: int | None = None, bump: bool = True) -> None:
        """Stamp every item of a section with the server's clock (or `to`) without any other change."""
        with self.lock:
            at = self.now() if to is None else to
            for item in self.items.values():
                if item.section == key:
                    item.updated_at = at
            self.announce(Change("bulk", (key,)), bump=bump)

    def touch_section(self, key: str) -> None:
        """Move a section's content marker although nothing changed."""
        with self.lock:
            self.announce(Change("bulk", (key,)))

    def remove_section(self, key: str) -> Section:
        """Let a library vanish from the list; `restore_section` brings it back with the same items."""
        with self.lock:
            section = self.withdrawn[key] = self.sections.pop(key)
            self.announce(Change("bulk", (key,)))
            return section

    def restore_section(self, key: str) -> Section:
        """Bring a vanished library back."""
        with self.lock:
            section = self.sections[key] = self.withdrawn.pop(key)
            self.announce(Change("bulk", (key,)))
            return section

    def _changed(self, item: Item, *, bump: bool = True, stamp: bool = True) -> None:
        if stamp:
            item.updated_at = self.now()
        self.announce(Change("changed", (item.section,), self.affected_by([item]), item.id), bump=bump)

    def _replace_part(
        self,
        item_id: int,
        changes: dict[str, Any],
        *,
        bump: bool,
        stamp: bool,
        quality: Quality | None = None,
    ) -> None:
        with self.lock:
            item = self.items[item_id]
            first, *others = item.versions
            parts = (replace(first.parts[0], **changes), *first.parts[1:])
            item.versions = (replace(first, parts=parts, quality=quality or first.quality), *others)
            self._changed(item, bump=bump, stamp=stamp)

    def _new(self, kind: Any, section: str, title: str, path: str | None, facts: dict[str, Any]) -> Item:
        size_bytes = facts.pop("size_bytes", 1_400_000_000 + self._last_id * 1_000)
        quality = facts.pop("quality", FULL_HD)
        item_id = self.next_id()
        duration_ms = facts.pop("duration_ms", None if path is None else 2_640_000)
        versions = () if path is None else (self._version(path, size_bytes, quality, duration_ms),)
        values = {
            "guid": f"plex://{kind}/{item_id:024x}",
            "added_at": self.now(),
            "updated_at": self.now(),
            "artwork_at": self.now(),
            "versions": versions,
            "duration_ms": duration_ms,
            **facts,
        }
        return Item(id=item_id, kind=kind, section=section, title=title, **values)

    def _version(self, path: str, size_bytes: int, quality: Quality, duration_ms: int | None) -> Version:
        part = Part(self.next_file_id(), path, size_bytes, self.now(), duration_ms)
        return Version(self.next_file_id(), quality, (part,))

    def _season(self, show: Item, number: int) -> Item:
        for season in self.children(show.id):
            if season.index == number:
                return season
        title = "Specials" if number == 0 else f"Season {number}"
        season = self._new("season", show.section, title, None, {"index": number, "show_id": show.id})
        self.insert(season)
        return season

    def _renew(self, family: Sequence[Item], section: str) -> dict[int, int]:
        """Re-insert `family` (parents first) in `section` under new ids."""
        new = {item.id: self.next_id() for item in family}
        for item in reversed(family):
            self.discard(item)
        for item in family:
            item.id, item.section = new[item.id], section
            item.show_id = new.get(item.show_id, item.show_id) if item.show_id is not None else None
            item.season_id = new.get(item.season_id, item.season_id) if item.season_id is not None else None
            item.versions = tuple(self._renew_version(version) for version in item.versions)
            self.insert(item)
        return new

    def _renew_version(self, version: Version) -> Version:
        parts = tuple(replace(part, id=self.next_file_id()) for part in version.parts)
        return replace(version, id=self.next_file_id(), parts=parts)


def join(root: str, *names: str) -> str:
    """Join a server path in the server's own syntax."""
    separator = "\\" if "\\" in root else "/"
    return separator.join([root.rstrip("\\/"), *names])
