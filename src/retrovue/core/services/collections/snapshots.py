"""Snapshots: what was watched of a collection up to now, by everybody, kept over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from retrovue.core.context import AppContext
from retrovue.core.domain.collections import Collection, CollectionSnapshot, Watched
from retrovue.core.domain.errors import ConfigError, StorageError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.watch_stats import WatchSource, WatchStats, combine, roll_up
from retrovue.core.i18n import _


@dataclass
class SnapshotRun:
    """What a run collected.

    Attributes:
        failed: collections that could not be counted, with the reason.
    """

    total: int
    collected: list[CollectionSnapshot] = field(default_factory=list)
    failed: list[tuple[Collection, str]] = field(default_factory=list)


def chosen(
    host: AppContext, *, ids: Sequence[int] = (), promoted: bool = False, everything: bool = False
) -> list[Collection]:
    """Return the collections with these ids, those on a home screen, or all.

    Raises:
        ConfigError: nothing was chosen, or there is no collection with one of the ids.
    """
    found = host.collections.all()
    if everything:
        return found
    if promoted:
        return [one for one in found if one.is_promoted]
    if not ids:
        raise ConfigError(
            _("No collections were chosen."),
            hint=_("Select collections."),
            command_hint=_("Give IDs, --promoted or --all."),
        )
    by_id = {one.id: one for one in found}
    for each in ids:
        if each not in by_id:
            raise ConfigError(
                _("There is no collection with ID {id}.").format(id=each),
                hint=_("Check the list of collections."),
            )
    return [by_id[each] for each in dict.fromkeys(ids)]


def watched_of(host: AppContext, collection: Collection) -> Watched:
    """Return what everybody watched of a collection's items, by the history and Tautulli together.

    The rule is that of `domain.watch_stats`, so that no play counts twice. A server's own count is left out: it knows
    neither whose plays they were nor how long they took.
    """
    known: list[WatchStats] = []
    for kind, ids in host.collections.content(collection.id).items():
        counts = host.watch_counts.counts(kind, ids).values()
        known += [combine(one for one in each if one.source is not WatchSource.SERVER) for each in counts]
    whole = roll_up(known)
    watched_items = sum(1 for one in known if one.plays)
    return Watched(whole.plays, whole.watch_time_s, len(whole.people), watched_items)


def take_snapshots(
    host: AppContext,
    collections: Sequence[Collection],
    token: CancelToken,
    *,
    label: str | None = None,
    extra: Mapping[str, object] | None = None,
) -> SnapshotRun:
    """Count what was watched of collections, and keep it. One that fails stops no other one.

    Args:
        label: a word for all of them.
        extra: more to keep with each, as JSON values.

    Raises:
        Cancelled: canceled; what was collected is kept.
    """
    run = SnapshotRun(total=len(collections))
    for collection in collections:
        token.raise_if_cancelled()
        try:
            watched = watched_of(host, collection)
            snapshot = CollectionSnapshot(
                title=collection.title,
                total_plays=watched.plays,
                total_duration_s=watched.duration_s,
                unique_users=watched.users,
                collected_at=host.clock.now().replace(microsecond=0),
                label=label,
                extra={"items": collection.items, "watched_items": watched.watched_items, **(extra or {})},
            )
            host.collections.keep(collection, snapshot)
        except StorageError as error:
            run.failed.append((collection, error.text))
        else:
            run.collected.append(snapshot)
    return run


def kept(host: AppContext, collection: Collection) -> list[CollectionSnapshot]:
    """Return the snapshots of a collection, oldest first."""
    return host.collections.snapshots(collection.id)
