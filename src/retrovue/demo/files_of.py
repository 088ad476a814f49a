"""Versions with files that fit an item."""

from __future__ import annotations

import random

from retrovue.demo.library import DemoLibrary, join
from retrovue.demo.model import OPTIMIZED, Item, Part, Quality, Version
from retrovue.demo.titles import file_name


def file_version(
    library: DemoLibrary,
    rng: random.Random,
    path: str,
    quality: Quality,
    duration_ms: int | None,
    stamp: int,
) -> Version:
    """Give a version of one file whose size fits its bit rate and length."""
    size_bytes = (duration_ms or 1_500_000) * quality.bitrate_kbps // 8 + rng.randrange(4_000_000)
    part = Part(library.next_file_id(), path, size_bytes, stamp - 3_600, duration_ms)
    return Version(library.next_file_id(), quality, (part,))


def optimized_copy(library: DemoLibrary, item: Item, root: str) -> Version:
    """Give the small copy that a server made of `item` for phones."""
    path = join(root, "Plex Versions", "Optimized for Mobile", f"{file_name(item.title)}.mp4")
    size_bytes = (item.duration_ms or 1_500_000) * OPTIMIZED.bitrate_kbps // 8
    part = Part(library.next_file_id(), path, size_bytes, item.added_at, item.duration_ms)
    return Version(library.next_file_id(), OPTIMIZED, (part,), optimized=True)
