"""What one library's sync works with, and what it is called while it works."""

from collections.abc import Callable
from dataclasses import dataclass

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import Library, LibraryKind, RemoteLibrary
from retrovue.core.domain.sync import Initiator, SyncTier
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.sync.listing import Pace
from retrovue.core.services.sync.progress import ProgressTracker
from retrovue.core.sources.base import MediaSource
from retrovue.core.storage.catalog.identity import RelinkRepository
from retrovue.core.storage.catalog.writer import CatalogWriter
from retrovue.core.storage.libraries import LibraryCursor, LibraryRepository
from retrovue.core.storage.removals import RemovalRepository

_KINDS = {
    LibraryKind.MOVIES: (ItemKind.MOVIE,),
    LibraryKind.SHOWS: (ItemKind.SHOW, ItemKind.EPISODE),
    LibraryKind.MIXED: (ItemKind.MOVIE, ItemKind.SHOW, ItemKind.EPISODE),
}


def kinds_of(library: LibraryKind) -> tuple[ItemKind, ...]:
    """The kinds of items a library is read for, shows before their episodes."""
    return _KINDS.get(library, ())


def phase_name(tier: SyncTier, kind: ItemKind) -> str:
    """What a library is doing now, for people."""
    names = {
        ItemKind.MOVIE: _("movies"),
        ItemKind.SHOW: _("shows"),
        ItemKind.EPISODE: _("episodes"),
    }
    match tier:
        case SyncTier.SWEEP:
            return _("comparing {kind}").format(kind=names[kind])
        case SyncTier.DELTA:
            return _("reading changed {kind}").format(kind=names[kind])
        case _:
            return _("reading {kind}").format(kind=names[kind])


@dataclass(slots=True)
class LibraryContext:
    """Everything one library's sync works with. `clock` gives epoch seconds."""

    server: str
    library: Library
    remote: RemoteLibrary
    source: MediaSource
    writer: CatalogWriter
    libraries: LibraryRepository
    relink: RelinkRepository
    removals: RemovalRepository
    cursor: LibraryCursor
    token: CancelToken
    progress: ProgressTracker
    pace: Pace
    slim_pace: Pace
    clock: Callable[[], int]
    initiator: Initiator
    verification_s: int
    full: bool = False
    dry_run: bool = False
    verify: bool = False
    run_id: int | None = None
