"""What is true of an item behind an Emby or Jellyfin server, for tests that check a catalog against it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from retrovue.demo.mediabrowser_view import MediaView
from retrovue.demo.model import Item, Kind
from retrovue.demo.truth import FileTruth, Truth, truth_of

_KINDS: tuple[Kind, ...] = ("movie", "show", "episode")


@dataclass(frozen=True, slots=True)
class MediaTruth(Truth):
    """All facts that these servers tell of an item; they have no guid of their own and no trash."""

    episode_number_end: int | None = None


def media_truth(view: MediaView, section: str | None = None) -> dict[str, MediaTruth]:
    """Give the facts of the items that have files (and of all shows), by this server's ids."""
    found: dict[str, MediaTruth] = {}
    for key in view.library.sections:
        if section not in (None, key):
            continue
        for kind in _KINDS:
            for item in view.members(key, kind):
                if not view.is_virtual(item):
                    truth = _truth(view, item)
                    found[truth.remote_id] = truth
    return found


def _truth(view: MediaView, item: Item) -> MediaTruth:
    plain = truth_of(item)
    identity = view.flavour.item_id
    files = tuple(_files(view, plain.files))
    parts = [file.duration_ms for file in files if file.version_index == 0]
    known = [each for each in parts if each is not None]
    values = {name: getattr(plain, name) for name in Truth.__dataclass_fields__}
    values |= {
        "remote_id": identity(item.id),
        "show_remote_id": None if item.show_id is None else identity(item.show_id),
        "guid": "",
        "sort_title": item.sort_title or item.title or None,
        "in_server_trash": False,
        "duration_ms": sum(known) if len(parts) > 1 and len(known) == len(parts) else item.duration_ms,
        "files": files,
    }
    return MediaTruth(**values, episode_number_end=view.doubles()[0].get(item.id))


def _files(view: MediaView, files: tuple[FileTruth, ...]) -> list[FileTruth]:
    """Paths in the form of their share; only the first version of an item can be stacked."""
    kept = [file for file in files if file.version_index == 0 or file.part_index == 0]
    return [replace(file, path=view.path(file.path)) for file in kept]
