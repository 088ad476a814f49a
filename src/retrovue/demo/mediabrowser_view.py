"""A demo library as Emby and Jellyfin see it: their ids, their missing episodes, their save dates.

What differs from the library's own shape: copies that a server makes for phones do not exist; two episodes in one
file are one item with a last number; an item without a file is a placeholder ("virtual"), and so are some episodes that
are not there at all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from retrovue.demo.library import DemoLibrary
from retrovue.demo.model import Change, Item, Kind, Part, Section, Version

FlavourName = Literal["emby", "jellyfin"]
PART_BASE = 900_000_000
VIRTUAL_BASE = 800_000_000
_HASH_MASK = 0x9E3779B97F4A7C15F39CC0605CEDC834
_DECIMAL = re.compile(r"[0-9]{1,19}")
_HEX = re.compile(r"[0-9a-f]{32}")

TYPES: dict[str, Kind] = {
    "movie": "movie",
    "series": "show",
    "season": "season",
    "episode": "episode",
    "musicartist": "artist",
    "photo": "photo",
}
TYPE_NAMES: dict[str, str] = {
    "movie": "Movie",
    "show": "Series",
    "season": "Season",
    "episode": "Episode",
    "artist": "MusicArtist",
    "photo": "Photo",
}


def hex_id(number: int) -> str:
    """A number as a 32-hex identity, and back by `item_number`."""
    return f"{number ^ _HASH_MASK:032x}"


def digest(*parts: object) -> str:
    """32 hex digits that are always the same for the same parts."""
    return hashlib.md5("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Flavour:
    """Which of the two products speaks."""

    name: FlavourName
    version: str

    @property
    def is_emby(self) -> bool:
        """Whether it is Emby."""
        return self.name == "emby"

    def item_id(self, number: int) -> str:
        """An item's id: decimal text on Emby, 32 hex digits on Jellyfin."""
        return str(number) if self.is_emby else hex_id(number)

    def item_number(self, text: str) -> int:
        """The item that an id names.

        Raises:
            ValueError: the text is no id of this product.
        """
        plain = text.replace("-", "").lower()
        if _HEX.fullmatch(plain):
            return int(plain, 16) ^ _HASH_MASK
        if self.is_emby and _DECIMAL.fullmatch(text):
            return int(text)
        raise ValueError("Unrecognized Guid format.")


EMBY = Flavour("emby", "4.9.5.0")
JELLYFIN = Flavour("jellyfin", "10.11.8")


class MediaView:
    """What listings work with. Thread: any, under the library's lock.

    Attributes:
        network_paths: server path of a root → its share alias; paths of items come in that form.
        mixed: keys of sections that have no collection type.
        virtual: placeholders of missing episodes by number.
    """

    def __init__(self, library: DemoLibrary, flavour: Flavour) -> None:
        self.library = library
        self.flavour = flavour
        self.network_paths = {"/media/movies-4k": "\\\\nas\\movies-4k"} if flavour.is_emby else {}
        self.mixed: set[str] = set()
        self.virtual: dict[int, Item] = dict(self._missing_episodes())
        self._saved: dict[int, int] = {}
        self._known = set(library.items)
        self._doubles: tuple[int, dict[int, int], set[int]] = (-1, {}, set())
        library.listen(self._note)

    def _missing_episodes(self) -> Iterator[tuple[int, Item]]:
        """An episode that has not been had yet, for every third show."""
        for key, section in self.library.sections.items():
            if section.kind != "show":
                continue
            for show in self.library.members(key, "show")[::3]:
                numbered = [leaf for leaf in self.library.leaves(show.id) if leaf.index is not None]
                if not numbered:
                    continue
                last = numbered[-1]
                number = VIRTUAL_BASE + show.id
                yield number, replace(last, id=number, title="To Be Announced", index=(last.index or 0) + 1,
                                      versions=(), duration_ms=None, external_ids=(), summary="")  # fmt: skip

    def _note(self, change: Change) -> None:
        """An item that is new to the server is saved with its arrival."""
        fresh = [each for each in change.item_ids if each not in self._known and each in self.library.items]
        if change.action == "bulk":
            fresh = [each for each in self.library.items if each not in self._known]
        for number in fresh:
            self._saved[number] = self.library.now()
        self._known.update(fresh)

    def item(self, number: int) -> Item | None:
        """A listed item or placeholder; None when there is none with that number."""
        found = self.virtual.get(number) or self.library.items.get(number)
        if found is None or found.section not in self.library.sections:
            return None
        return found if self._exists(found) else None

    def _exists(self, item: Item) -> bool:
        if item.id in self.virtual:
            return item.show_id in self.library.items
        return item.id not in self.doubles()[1]

    def doubles(self) -> tuple[dict[int, int], set[int]]:
        """Episodes of a shared file: the first's number → the last episode number, and those that are not listed."""
        revision, ends, hidden = self._doubles
        if revision == self.library.revision:
            return ends, hidden
        ends, hidden = {}, set()
        for key, section in self.library.sections.items():
            if section.kind != "show" and not self.library.count(key, "episode"):
                continue
            by_file: dict[tuple[str, int | None], Item] = {}
            for episode in self.library.members(key, "episode"):
                if not episode.versions or episode.index is None:
                    continue
                first = by_file.setdefault((episode.versions[0].parts[0].file, episode.season_id), episode)
                if first is not episode:
                    ends[first.id] = max(ends.get(first.id, 0), episode.index)
                    hidden.add(episode.id)
        self._doubles = (self.library.revision, ends, hidden)
        return ends, hidden

    def is_virtual(self, item: Item) -> bool:
        """Whether there is no file behind an item that should have one."""
        return item.kind in ("movie", "episode") and not self.versions(item)

    def versions(self, item: Item) -> list[Version]:
        """The versions that a person put there."""
        return [version for version in item.versions if not version.optimized]

    def members(self, section: str, kind: Kind) -> list[Item]:
        """The items of a kind in a section, placeholders among them."""
        hidden = self.doubles()[1]
        found = [item for item in self.library.members(section, kind) if item.id not in hidden]
        if kind == "episode":
            for missing in self.virtual.values():
                show = self.library.items.get(missing.show_id or 0)
                if show is not None and show.section == section:
                    found.append(missing)
        return found

    def saved_at(self, item: Item) -> int | None:
        """When the server last saved an item; None for one whose date was never set."""
        stamps = [self._saved.get(item.id), item.updated_at]
        stamps += [part.stamp for version in item.versions for part in version.parts if part.stamp > item.added_at]
        known = [stamp for stamp in stamps if stamp is not None]
        return max(known, default=None)

    def etag(self, item: Item) -> str:
        """A hash that moves with everything a server stores of an item."""
        return digest(
            self.saved_at(item), item.title, item.sort_title, item.index, item.season_number, item.show_id, item.year,
            item.summary, item.external_ids, item.genres, item.studio, item.content_rating, item.versions,
            item.originally_available_at, item.original_title, self.doubles()[0].get(item.id),
        )  # fmt: skip

    def path(self, path: str) -> str:
        """A path as the server tells it: in the form of its share where the root has one."""
        for root, alias in self.network_paths.items():
            if path.startswith(root + "/"):
                rest = path[len(root) :]
                return alias + (rest.replace("/", "\\") if alias.startswith("\\") else rest)
        return path

    def extra_parts(self, item: Item) -> tuple[Part, ...]:
        """The files after the first of a stacked item."""
        versions = self.versions(item)
        return versions[0].parts[1:] if versions else ()

    def section_of(self, number: int) -> Section | None:
        """The library with this number."""
        return self.library.sections.get(str(number))
