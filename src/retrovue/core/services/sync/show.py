"""The sync of single shows: their own entry and all their episodes, without looking at the rest of the library.

Nothing is removed here: only a listing of the whole library may prove absence (Law 2).
"""

from collections.abc import Sequence
from dataclasses import replace

from retrovue.core.domain.errors import AuthError, Cancelled, SourceError
from retrovue.core.domain.media import ItemKind, RemoteItem
from retrovue.core.domain.servers import RemoteLibrary
from retrovue.core.domain.sync import LibraryReport, SyncIssue, SyncOutcome
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.sync.absorb import Absorber
from retrovue.core.services.sync.context import kinds_of
from retrovue.core.services.sync.listing import Listing, ListingResult, Pace
from retrovue.core.services.sync.pieces import settle_pieces
from retrovue.core.sources.base import MediaSource, Page
from retrovue.core.storage.catalog.facts import FactsRepository
from retrovue.core.storage.catalog.writer import CatalogWriter
from retrovue.core.storage.libraries import LibraryRepository
from retrovue.core.storage.removals import RemovalRepository


def sync_shows(
    base: LibraryReport,
    source: MediaSource,
    library: RemoteLibrary,
    shows: Sequence[RemoteItem],
    writer: CatalogWriter,
    token: CancelToken,
    *,
    libraries: LibraryRepository,
    now: int,
    dry_run: bool = False,
) -> LibraryReport:
    """Sync these shows of a library; returns `base` with what was done. `now` is in epoch seconds.

    Raises:
        AuthError: the server refused the sign-in.
    """
    removals = RemovalRepository(writer.database)
    absorber = Absorber(
        writer,
        FactsRepository(writer.database),
        dry_run,
        decided=lambda kind: removals.decided_files(base.library_id, kind),
    )
    outcome, error = SyncOutcome.OK, None
    try:
        absorber.take(ItemKind.SHOW, shows)
        for show in shows:
            result = _episodes(source, library, show, absorber, token)
            if not result.complete:
                outcome = SyncOutcome.INCOMPLETE
                error = _("The list of “{title}” was incomplete. {reason}").format(
                    title=show.title, reason=result.reason
                )
                absorber.issues.append(SyncIssue("warning", error))
    except Cancelled:
        outcome = SyncOutcome.CANCELLED
    except AuthError:
        raise
    except SourceError as problem:
        outcome, error = SyncOutcome.INCOMPLETE, problem.user_text()
        absorber.issues.append(SyncIssue("error", error))
    finally:
        settle_pieces(absorber, libraries, base.library_id, kinds_of(library.kind), now=now)
        writer.finish_totals()
    counts = absorber.counts
    return replace(
        base,
        outcome=outcome,
        error=error,
        added=counts.added,
        updated=counts.updated,
        unchanged=counts.unchanged,
        held_back=counts.held_back,
        failed=counts.failed,
        issues=tuple(absorber.issues),
        planned=tuple(absorber.planned.values()),
    )


def _episodes(
    source: MediaSource, library: RemoteLibrary, show: RemoteItem, absorber: Absorber, token: CancelToken
) -> ListingResult:
    def on_page(page: Page, _mark: int) -> None:
        for bad in page.bad:
            absorber.refuse(bad.remote_id, bad.text)
        absorber.take(ItemKind.EPISODE, page.items)

    return Listing(
        lambda start, size: source.episodes_of(library, show.remote_id, start=start, size=size),
        pace=Pace(in_flight=2, page_size=source.capabilities.page_size),
        token=token,
        on_page=on_page,
    ).read()
