"""How much of an item, season or show was watched, by all records together; see `domain.watch_stats` for the rule."""

from collections.abc import Sequence

from retrovue.core.context import AppContext
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.watch_stats import WatchStats, combine, roll_up

_NOTHING = WatchStats()
_FEW = 500
"""So much of what moved is worked off in the time that a list may take."""


def bring_up_to_date(host: AppContext, token: CancelToken) -> bool:
    """Work everything that moved into the numbers of lists; return whether there was anything.

    Raises:
        Cancelled: canceled; what was worked in is kept.
        StorageError: they cannot be stored.
    """
    return host.item_watch.catch_up(token) > 0


def bring_up_to_date_if_quick(host: AppContext, token: CancelToken) -> None:
    """Do so before a list is read, where little moved; the rest is for a task of its own.

    Raises:
        Cancelled: canceled.
        StorageError: the numbers cannot be stored.
    """
    if 0 < host.item_watch.waiting(_FEW) < _FEW:
        host.item_watch.catch_up(token)


def items_watched(host: AppContext, kind: ItemKind, ids: Sequence[int]) -> dict[int, WatchStats]:
    """Return what is known of movies, episodes or shows, by id; every id has an entry."""
    if kind is ItemKind.SHOW:
        return {show_id: show_watched(host, show_id) for show_id in ids}
    counts = host.watch_counts.counts(kind, ids)
    return {item_id: combine(counts[item_id]) if item_id in counts else _NOTHING for item_id in ids}


def show_watched(
    host: AppContext, show_id: int, *, season: int | None = None, in_no_season: bool = False
) -> WatchStats:
    """Return what is known of a show, of one of its seasons, or of what is in none, from the episodes."""
    episodes = host.watch_counts.episodes_of(show_id, season, in_no_season=in_no_season)
    return roll_up(items_watched(host, ItemKind.EPISODE, episodes).values())
