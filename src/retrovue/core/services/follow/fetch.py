"""The work that hints lead to: items by id, what changed in a library, or its verification.

Everything is written as a sync writes it, under the lock of the library, so that a running sync and a live fetch never
meet. A hint removes nothing: what the server does not know any more is looked for in a complete listing (Law 2).
"""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from retrovue.core.domain.errors import AuthError, SourceError, TlsError, UnreachableError
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import Library, RemoteLibrary, Server, SyncMode
from retrovue.core.domain.sync import (
    ChangeSet,
    Initiator,
    LibraryReport,
    SyncIssue,
    SyncOutcome,
    SyncReport,
    SyncRequest,
    SyncTier,
)
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.services.follow.fold import Named, Work
from retrovue.core.services.mapping.mapper import derive
from retrovue.core.services.sync.absence import AbsenceService
from retrovue.core.services.sync.absorb import Absorber
from retrovue.core.services.sync.details import DetailsReader
from retrovue.core.services.sync.library import kinds_of
from retrovue.core.services.sync.listing import Pace
from retrovue.core.services.sync.pieces import settle_pieces
from retrovue.core.services.sync.run import run_sync
from retrovue.core.services.sync.stamp import new_stamp
from retrovue.core.sources.base import MediaSource
from retrovue.core.storage.catalog.facts import FactsRepository
from retrovue.core.storage.catalog.identity import RelinkRepository
from retrovue.core.storage.catalog.writer import CatalogWriter
from retrovue.core.storage.libraries import LibraryCursor

log = logging.getLogger(__name__)

_INITIATOR = "follow"


@dataclass(slots=True)
class LiveOutcome:
    """What a round of work did.

    Attributes:
        undone: work that failed, to be put back; `error` says why.
        verified_s: how long the verification of a library took, by its remote id.
    """

    reports: list[LibraryReport] = field(default_factory=list)
    undone: list[Work] = field(default_factory=list)
    error: SourceError | None = None
    verified_s: dict[str | None, float] = field(default_factory=dict)
    _asked_all: bool = False

    @property
    def wrote(self) -> bool:
        """Whether the catalog changed."""
        return any(report.wrote for report in self.reports)

    @property
    def change_set(self) -> ChangeSet | None:
        """What views must ask again, None for nothing."""
        kinds: set[str] = set()
        if self._asked_all:
            kinds |= {"servers", "libraries", "runs"}
        if self.wrote:
            kinds |= {"items", "files", "removals", "libraries", "runs"}
        if self.error is not None:
            kinds |= {"servers"}
        return ChangeSet(frozenset(kinds), _INITIATOR) if kinds else None

    def take(self, report: SyncReport, works: Sequence[Work]) -> None:
        """Add what a sync did to the libraries of `works`."""
        self._asked_all = True
        self.reports += report.libraries
        if report.failures:
            failure = report.failures[0]
            self.error = AuthError(failure.message) if failure.reason == "sign_in" else SourceError(failure.message)
            self.undone += works
            return
        failed = {each.library_id: each for each in report.libraries if each.outcome is SyncOutcome.FAILED}
        for library_report in failed.values():
            self.error = SourceError(library_report.error or "")
        if failed:
            self.undone += works


@dataclass(slots=True)
class _Plan:
    """What is to be done in one library."""

    library: Library
    changed: dict[str, ItemKind | None] = field(default_factory=dict)
    removed: dict[str, ItemKind | None] = field(default_factory=dict)
    whole: bool = False
    verify: bool = False

    def work(self) -> Work:
        return Work(self.library.remote_id, self.changed, self.removed, whole=self.whole, verify=self.verify)


def followed_libraries(host: Host, server: Server) -> list[Library]:
    """The libraries whose changes are followed: imported once, switched on, and not only synced by hand."""
    return [
        library
        for library in host.libraries.all(server.id)
        if library.is_enabled
        and library.kind.is_imported
        and library.sync_mode is not SyncMode.BY_HAND
        and library.last_full_sync_at is not None
        and library.unavailable_since is None
    ]


class LiveFetch:
    """One round of work for one server. One thread; blocks.

    Args:
        gentle: ask for one page at a time.
    """

    def __init__(self, host: Host, server: Server, token: CancelToken, *, gentle: bool = False) -> None:
        self._host = host
        self._server = server
        self._token = token
        self._gentle = gentle
        self._outcome = LiveOutcome()

    def catch_up(self) -> LiveOutcome:
        """Ask every followed library what changed: after a time in which nothing was heard.

        Raises:
            StorageError: the catalog could not be read or written.
            Cancelled: the token was cancelled.
        """
        plans = [_Plan(library, whole=True) for library in followed_libraries(self._host, self._server)]
        self._go_through(plans)
        return self._outcome

    def run(self, works: Sequence[Work]) -> LiveOutcome:
        """Do what hints came to.

        Raises:
            SecretError: there is no token for the server.
            StorageError: the catalog could not be read or written.
            Cancelled: the token was cancelled.
        """
        plans = [plan for plan in self._plans(works) if plan.changed or plan.removed or plan.whole or plan.verify]
        if any(plan.changed or plan.removed for plan in plans):
            source = self._host.open_source(self._server, self._token)
            try:
                plans = self._fetch_all(source, plans)
            finally:
                source.close()
        if self._outcome.error is None:
            self._go_through(plans)
        else:
            self._outcome.undone += [plan.work() for plan in plans if plan.whole or plan.verify]
        return self._outcome

    # --- which library ----------------------------------------------------------------------------------------

    def _plans(self, works: Sequence[Work]) -> list[_Plan]:
        plans = {library.remote_id: _Plan(library) for library in followed_libraries(self._host, self._server)}
        for work in works:
            if work.library_id is None:
                self._find_places(work, list(plans.values()))
            elif (plan := plans.get(work.library_id)) is not None:
                plan.changed.update(work.changed)
                plan.removed.update(work.removed)
                plan.whole |= work.whole
                plan.verify |= work.verify
            else:
                log.debug("library %s of %s is not followed", work.library_id, self._server.name)
        return list(plans.values())

    def _find_places(self, work: Work, plans: Sequence[_Plan]) -> None:
        """The server did not say which library it means: items that are known lead there."""
        unknown = dict(work.changed)
        for plan in plans:
            plan.whole |= work.whole
            plan.verify |= work.verify
            held = self._held(plan.library, [*work.changed, *work.removed, *work.watched])
            plan.changed.update({each: held[each] for each in work.watched if each in held})
            plan.removed.update({each: held[each] for each in work.removed if each in held})
            for each in held.keys() & work.changed.keys():
                plan.changed[each] = held[each]
                unknown.pop(each, None)
        fitting = [plan for plan in plans if any(_kinds(plan.library, kind) for kind in unknown.values())]
        if len(fitting) == 1:
            fitting[0].changed.update(unknown)
        elif unknown:
            for plan in fitting:
                plan.whole = True

    def _held(self, library: Library, ids: Sequence[str]) -> dict[str, ItemKind]:
        """Those of the ids that are present rows of a library, with their kind, in which servers may err."""
        writer = self._writer(library)
        return {
            each: kind for kind in kinds_of(library.kind) for each, key in writer.keys(kind, ids).items() if not key[3]
        }

    # --- items by id ------------------------------------------------------------------------------------------

    def _fetch_all(self, source: MediaSource, plans: Sequence[_Plan]) -> list[_Plan]:
        """Fetch what is named; returns what is still to be gone through."""
        left = list(plans)
        for number, plan in enumerate(plans):
            if not (plan.changed or plan.removed) or plan.verify or (plan.whole and not plan.removed):
                # What the library is going to be asked for as a whole need not be asked for here.
                continue
            try:
                self._fetch(source, plan)
            except SourceError as error:
                log.warning("live fetch of %s / %s: %s %s", self._server.name, plan.library.name, error, error.detail)
                self._outcome.error = error
                hopeless = isinstance(error, AuthError | UnreachableError | TlsError)
                failed = plans[number:] if hopeless else [plan]
                self._outcome.undone += [each.work() for each in failed]
                left = [each for each in left if each not in failed]
                if hopeless:
                    break
        return left

    def _fetch(self, source: MediaSource, plan: _Plan) -> None:
        host, library = self._host, plan.library
        started, before = time.monotonic(), (source.traffic.requests, source.traffic.received_bytes)
        with host.library_lock(library.id, self._token):
            cursor = host.libraries.cursor(library.id)
            writer = self._writer(library)
            writer.begin(new_stamp(host.libraries.all(self._server.id), cursor, now=host.clock.epoch()))
            absorber = Absorber(
                writer,
                FactsRepository(host.database),
                dry_run=False,
                decided=lambda kind: host.removals.decided_files(library.id, kind),
            )
            held = self._held(library, [*plan.changed, *plan.removed])
            # What was never here cannot go; a server may speak of a season, or of a file that never was an item.
            asked = {**plan.changed, **held}
            try:
                known = self._absorb(source, library, absorber, asked)
                kinds = kinds_of(library.kind)
                settle_pieces(absorber, host.libraries, library.id, kinds, now=host.clock.epoch())
            finally:
                writer.finish_totals()
            if absorber.counts.added:
                self._reunite(library, cursor, writer, absorber)
        if held.keys() - known:
            plan.verify = True
        self._keep(
            LibraryReport(
                server=self._server.name,
                library=library.name,
                server_id=self._server.id,
                library_id=library.id,
                mode=SyncTier.DELTA,
                outcome=SyncOutcome.OK,
                duration_ms=int((time.monotonic() - started) * 1000),
                requests=source.traffic.requests - before[0],
                received_bytes=source.traffic.received_bytes - before[1],
            ),
            absorber,
        )

    def _absorb(self, source: MediaSource, library: Library, absorber: Absorber, asked: Named) -> set[str]:
        """Store the items as the server knows them now; returns the ids that it knows in this library."""
        settings = self._host.settings
        pace = Pace(1 if self._gentle else settings.effective_pages, settings.page_size)
        remote = RemoteLibrary(library.remote_id, library.name, library.kind, uuid=library.uuid, roots=library.roots)
        details = DetailsReader(source, remote, pace, self._token)
        known: set[str] = set()

        def take(kind: ItemKind, ids: Sequence[str]) -> None:
            for page in details.pages(kind, ids):
                for bad in page.bad:
                    absorber.refuse(bad.remote_id, bad.text)
                    known.update({bad.remote_id} if bad.remote_id else ())
                known.update(item.remote_id for item in page.items)
                absorber.take(kind, page.items, keep_change_keys=True)

        for kind in kinds_of(library.kind):
            take(kind, [each for each, of in asked.items() if kind in _kinds(library, of) and each not in known])
        if new_shows := [each for each in absorber.placeholders if each]:
            take(ItemKind.SHOW, new_shows)
        return known

    def _reunite(self, library: Library, cursor: LibraryCursor, writer: CatalogWriter, absorber: Absorber) -> None:
        """Rows that are gone elsewhere belong to items that were just added under a new id."""
        absence = AbsenceService(
            relink=RelinkRepository(self._host.database),
            removals=self._host.removals,
            server_id=self._server.id,
            library_id=library.id,
            verified_at=cursor.last_verified_at,
            run_stamp=writer.stamp,
            now=self._host.clock.epoch(),
            run_id=None,
            confirm=lambda _kind, _ids: set(),
        )
        result = absence.reunite(kinds_of(library.kind))
        absorber.known_after_all(result.not_new)
        absorber.counts.updated += result.found_again - len(result.not_new)

    def _keep(self, base: LibraryReport, absorber: Absorber) -> None:
        """Note what was done; a fetch that found everything as it was leaves no line."""
        counts = absorber.counts
        issues: tuple[SyncIssue, ...] = tuple(absorber.issues)
        report = replace(
            base,
            added=counts.added,
            updated=counts.updated,
            unchanged=counts.unchanged,
            failed=counts.failed,
            issues=issues,
        )
        if report.wrote or report.failed:
            log.info(
                "%s / %s, live: %d added, %d updated, %d failed",
                base.server, base.library, report.added, report.updated, report.failed,
            )  # fmt: skip
            now = self._host.clock.epoch()
            self._host.runs.record(report, initiator=Initiator.SERVER_HINT, started=now, now=now)
        self._outcome.reports.append(report)

    # --- libraries as a whole ---------------------------------------------------------------------------------

    def _go_through(self, plans: Sequence[_Plan]) -> None:
        verify = [plan for plan in plans if plan.verify]
        self._sync([plan for plan in plans if plan.whole and not plan.verify])
        for plan in verify:
            if self._outcome.error is not None:
                self._outcome.undone.append(plan.work())
                continue
            started = time.monotonic()
            self._sync([plan], verify=True)
            self._outcome.verified_s[plan.library.remote_id] = time.monotonic() - started

    def _sync(self, plans: Sequence[_Plan], *, verify: bool = False) -> None:
        if not plans:
            return
        request = SyncRequest(
            server_ids=(self._server.id,),
            library_ids=tuple(plan.library.id for plan in plans),
            initiator=Initiator.SERVER_HINT,
            verify=verify,
            gentle=self._gentle,
        )
        report = run_sync(self._host, request, self._token)
        self._token.raise_if_cancelled()
        self._outcome.take(report, [plan.work() for plan in plans])

    def _writer(self, library: Library) -> CatalogWriter:
        host = self._host
        return CatalogWriter(
            host.database,
            server_id=self._server.id,
            library_id=library.id,
            derive=derive,
            now=host.clock.epoch(),
        )


def _kinds(library: Library, kind: ItemKind | None) -> Iterable[ItemKind]:
    """The kinds an item can be of in a library: its own, or all where the server did not tell."""
    possible = kinds_of(library.kind)
    if kind is None:
        return possible
    return (kind,) if kind in possible else ()
