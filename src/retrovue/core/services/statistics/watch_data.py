"""How much of an item, season or show was watched, by all records together; see `domain.watch_stats` for the rule."""

from collections.abc import Sequence
from typing import Protocol

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.watch_stats import WatchStats, combine, roll_up
from retrovue.core.services.host import Host
from retrovue.core.storage.watching.counts import WatchCountRepository

_NOTHING = WatchStats()


class WatchDataHost(Host, Protocol):
    """What is needed besides."""

    @property
    def watch_counts(self) -> WatchCountRepository:
        """What the records count."""


def items_watched(host: WatchDataHost, kind: ItemKind, ids: Sequence[int]) -> dict[int, WatchStats]:
    """Return what is known of movies, episodes or shows, by id; every id has an entry."""
    if kind is ItemKind.SHOW:
        return {show_id: show_watched(host, show_id) for show_id in ids}
    counts = host.watch_counts.counts(kind, ids)
    return {item_id: combine(counts[item_id]) if item_id in counts else _NOTHING for item_id in ids}


def show_watched(host: WatchDataHost, show_id: int, *, season: int | None = None) -> WatchStats:
    """Return what is known of a show, or of one of its seasons, from its episodes."""
    episodes = host.watch_counts.episodes_of(show_id, season)
    return roll_up(items_watched(host, ItemKind.EPISODE, episodes).values())
