"""The sync of single shows: their own entry and all their episodes, without looking at the rest of the library.

Nothing is removed here: only a listing of the whole library may prove absence (Law 2).
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

from retrovue.core.domain.errors import AuthError, Cancelled, RetroVueError, SecretError, SourceError
from retrovue.core.domain.media import ItemKind, RemoteItem
from retrovue.core.domain.servers import Library, RemoteLibrary
from retrovue.core.domain.sync import LibraryReport, SyncIssue, SyncOutcome, SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.i18n import _
from retrovue.core.services.sync.absorb import Absorber
from retrovue.core.services.sync.context import kinds_of
from retrovue.core.services.sync.listing import Listing, ListingResult, Pace
from retrovue.core.services.sync.pieces import settle_pieces
from retrovue.core.services.sync.targets import Target, is_wanted, targets
from retrovue.core.sources.base import MediaSource, Page
from retrovue.core.storage.catalog.facts import FactsRepository
from retrovue.core.storage.catalog.writer import CatalogWriter
from retrovue.core.storage.libraries import LibraryRepository
from retrovue.core.storage.removals import RemovalRepository

log = logging.getLogger(__name__)


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


def find_shows(host: Host, request: SyncRequest, token: CancelToken) -> list[tuple[Library, RemoteItem]]:
    """The shows that a request names, with their libraries: for choosing when several match.

    Raises:
        ConfigError: nothing matches the request.
        SecretError, SourceError: a server could not be asked, and no other one has such a show.
    """
    matches: list[tuple[Library, RemoteItem]] = []
    problem: RetroVueError | None = None
    for target in targets(host, request):
        try:
            matches += _shows_of(host, target, request, token)
        except (SecretError, SourceError) as error:
            # The sync that follows says it once more; the other servers' shows are found all the same.
            log.warning("shows of %s cannot be looked for: %s %s", target.server.name, error.text, error.detail)
            problem = problem or error
    if problem is not None and not matches:
        raise problem
    return matches


def _shows_of(host: Host, target: Target, request: SyncRequest, token: CancelToken) -> list[tuple[Library, RemoteItem]]:
    source = host.open_source(target.server, token)
    try:
        remotes = {remote.remote_id: remote for remote in source.libraries()}
        matches: list[tuple[Library, RemoteItem]] = []
        for library in target.libraries:
            remote = remotes.get(library.remote_id)
            if remote is None or not is_wanted(library, request) or ItemKind.SHOW not in kinds_of(library.kind):
                continue
            found = source.find_shows(remote, request.show_title or "", request.show_year)
            matches += [(library, show) for show in found]
        return matches
    finally:
        source.close()
