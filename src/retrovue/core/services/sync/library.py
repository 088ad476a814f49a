"""The sync of one library: which tier, and what follows from what it found.

marker   nothing moved: no request
delta    changed and added since the last sync, then a count per kind; counts that disagree lead to a sweep
sweep    ids and change keys of everything, details only of what differs; sees absence
full     everything; after an interrupted one it goes on where it was, and a sweep proves completeness
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from retrovue.core.domain.errors import Cancelled, SourceError
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import Library, LibraryKind, RemoteLibrary
from retrovue.core.domain.sync import (
    Initiator,
    LibraryProgress,
    LibraryReport,
    SyncIssue,
    SyncOutcome,
    SyncTier,
)
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.sync.absence import AbsenceService
from retrovue.core.services.sync.absorb import Absorber
from retrovue.core.services.sync.listing import Listing, ListingResult, Pace
from retrovue.core.services.sync.progress import ProgressTracker
from retrovue.core.sources.base import MediaSource, Page, Since
from retrovue.core.storage.ingest import CatalogueWriter
from retrovue.core.storage.relink import RelinkRepository
from retrovue.core.storage.runs import RemovalRepository
from retrovue.core.storage.servers import LibraryCursor, LibraryRepository

OVERLAP_S = 120
SWEEP_INTERVAL_S = 3600
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
            return _("changes of {kind}").format(kind=names[kind])
        case _:
            return _("reading {kind}").format(kind=names[kind])


@dataclass(slots=True)
class LibraryContext:
    """Everything one library's sync works with. `clock` gives epoch seconds."""

    server: str
    library: Library
    remote: RemoteLibrary
    source: MediaSource
    writer: CatalogueWriter
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
    run_id: int | None = None


class LibrarySync:
    """Syncs one library once. Thread: one, plus the pool of its listing."""

    def __init__(self, context: LibraryContext) -> None:
        self._c = context
        self._absorber = Absorber(context.writer, context.dry_run, changed_since=context.cursor.delta_cursor)
        self._kinds = kinds_of(context.remote.kind)
        self._seen: dict[ItemKind, set[str]] = {}
        self._server_time: float | None = None
        self._tier = SyncTier.FULL
        self._outcome = SyncOutcome.OK
        self._failure: SourceError | None = None
        self._error: str | None = None
        self._hint: str | None = None
        self._progress = LibraryProgress(context.library.id, context.server, context.library.name, "")
        self._read_all = False
        self._proven = False
        self._absent = 0

    @property
    def failure(self) -> SourceError | None:
        """What stopped this library, for deciding whether the server's other libraries are worth a try."""
        return self._failure

    def begin(self, run_id: int, cursor: LibraryCursor) -> None:
        """The lock is held now: note the run, and go by what the last one left behind."""
        self._c.run_id = run_id
        self._c.cursor = cursor
        self._absorber.changed_since = cursor.delta_cursor

    def run(self) -> LibraryReport:
        """Do it. Every failure of the server is in the report; only disk errors are raised.

        Raises:
            StorageError: the catalogue could not be written.
        """
        try:
            self._run_tier()
        except Cancelled:
            self._outcome = SyncOutcome.CANCELLED
        except SourceError as error:
            self._fail(error)
        finally:
            if not self._c.dry_run:
                self._c.writer.finish_totals()
        if not self._c.dry_run:
            self._keep_cursor()
        return self._report()

    def nothing_moved(self) -> bool:
        """Tier 0: the server's marker is the one of the last completed sync and no verification is due."""
        c = self._c
        return (
            not c.full
            and c.cursor.last_full_sync_at is not None
            and c.cursor.resume_mark is None
            and c.remote.change_marker is not None
            and c.remote.change_marker == c.cursor.change_marker
            and not self._verification_due()
        )

    def _run_tier(self) -> None:
        c = self._c
        if c.full or c.cursor.last_full_sync_at is None:
            self._full()
            return
        if c.cursor.resume_mark is not None or self._verification_due() or c.cursor.delta_cursor is None:
            self._sweep()
            return
        self._delta()
        if not self._counts_agree():
            c.progress.say(_("{library}: counts disagree, comparing everything").format(library=c.library.name))
            self._sweep()
        elif not self._absorber.moved and c.remote.change_marker is not None and self._may_sweep():
            self._sweep()
        elif self._absorber.counts.added:
            self._reunite()

    def _verification_due(self) -> bool:
        verified = self._c.cursor.last_verified_at
        return verified is None or self._c.clock() - verified >= self._c.verification_s

    def _may_sweep(self) -> bool:
        """A person's sync always looks again; a scheduled one at most hourly."""
        if self._c.initiator is Initiator.PERSON:
            return True
        verified = self._c.cursor.last_verified_at
        return verified is None or self._c.clock() - verified >= SWEEP_INTERVAL_S

    # --- full ---------------------------------------------------------------------------------------------

    def _full(self) -> None:
        c = self._c
        self._tier = SyncTier.FULL
        mark = None if c.full else c.cursor.resume_mark
        resumed = mark is not None
        results: list[ListingResult] = []
        for kind in self._kinds:
            start = 0
            if mark is not None:
                if mark.get("kind") != kind.value:
                    continue
                start = int(str(mark.get("start", 0)))
                mark = None
            result = self._list_items(kind, start)
            self._seen[kind] = result.seen
            results.append(result)
        self._read_all = True
        if resumed or not all(result.complete for result in results):
            for result in results:
                if not result.complete and not resumed:
                    self._note("info", _("Read once more: {reason}").format(reason=result.reason))
            self._sweep(tier=SyncTier.FULL)
            return
        self._proven = True
        self._settle()

    def _list_items(self, kind: ItemKind, start: int) -> ListingResult:
        c = self._c

        def on_page(page: Page, mark: int) -> None:
            self._refuse_bad(page)
            self._absorber.take(kind, page.items, mark={"kind": kind.value, "start": mark})
            self._moved_on(page)

        self._begin(kind, SyncTier.FULL)
        self._absorber.load(kind)
        listing = Listing(
            lambda at, size: c.source.items_page(c.remote, kind, start=at, size=size),
            pace=c.pace,
            token=c.token,
            on_page=on_page,
            start=start,
        )
        return self._read(listing)

    # --- delta --------------------------------------------------------------------------------------------

    def _delta(self) -> None:
        c = self._c
        self._tier = SyncTier.DELTA
        since = float((c.cursor.delta_cursor or 0) - OVERLAP_S)
        for kind in self._kinds:
            self._begin(kind, SyncTier.DELTA)
            for field in c.source.capabilities.delta_fields:
                listing = Listing(
                    self._delta_fetch(kind, Since(since, field)),
                    pace=c.pace,
                    token=c.token,
                    on_page=self._delta_page(kind),
                )
                self._read(listing)

    def _delta_fetch(self, kind: ItemKind, since: Since) -> Callable[[int, int], Page]:
        c = self._c
        return lambda at, size: c.source.items_page(c.remote, kind, start=at, size=size, since=since)

    def _delta_page(self, kind: ItemKind) -> Callable[[Page, int], None]:
        def on_page(page: Page, _mark: int) -> None:
            self._refuse_bad(page)
            self._absorber.take(kind, page.items)
            self._moved_on(page)

        return on_page

    def _counts_agree(self) -> bool:
        """Whether the server counts as many items of each kind as are stored and not known to be absent."""
        c = self._c
        for kind in self._kinds:
            told = c.source.count(c.remote, kind)
            stored = c.libraries.present(c.library.id, kind) - c.removals.known_absent(c.library.id, kind)
            if told is not None and told != stored:
                return False
        return True

    # --- sweep --------------------------------------------------------------------------------------------

    def _sweep(self, *, tier: SyncTier = SyncTier.SWEEP) -> None:
        """Ids and change keys of everything, twice when the first reading was not consistent."""
        self._tier = tier
        reasons = []
        for kind in self._kinds:
            result = self._list_stubs(kind)
            if not result.complete:
                self._note("info", _("Read once more: {reason}").format(reason=result.reason))
                result = self._list_stubs(kind)
            self._seen[kind] = result.seen
            if not result.complete:
                reasons.append(result.reason)
        self._read_all = True
        counts = self._absorber.counts
        known_bad = sum(1 for issue in self._absorber.issues if issue.level == "error" and issue.remote_id)
        listed = sum(len(seen) for seen in self._seen.values())
        counts.unchanged = max(0, listed - counts.added - counts.updated - known_bad)
        if reasons:
            self._outcome = SyncOutcome.INCOMPLETE
            self._error = _("The listing was not complete, so nothing was removed. {reason}").format(reason=reasons[0])
            self._note("warning", self._error)
            return
        self._proven = True
        self._settle()

    def _list_stubs(self, kind: ItemKind) -> ListingResult:
        c = self._c
        keys = self._absorber.load(kind)
        wanted: list[str] = []
        taken = self._absorber.taken[kind]

        def on_page(page: Page, _mark: int) -> None:
            self._refuse_bad(page)
            for stub in page.stubs:
                stored = keys.get(stub.remote_id)
                if stub.remote_id in taken:
                    continue
                if stored is None or stored[3] or stored[2] != stub.change_key:
                    wanted.append(stub.remote_id)
            self._moved_on(page)

        self._begin(kind, SyncTier.SWEEP)
        listing = Listing(
            lambda at, size: c.source.stubs_page(c.remote, kind, start=at, size=size),
            pace=c.slim_pace,
            token=c.token,
            on_page=on_page,
        )
        result = self._read(listing)
        self._fetch_details(kind, list(dict.fromkeys(wanted)))
        return result

    def _fetch_details(self, kind: ItemKind, ids: Sequence[str]) -> None:
        c = self._c
        size = c.source.capabilities.max_ids
        parts = [ids[at : at + size] for at in range(0, len(ids), size)]
        if not parts:
            return
        progress = LibraryProgress(
            c.library.id, c.server, c.library.name, _("details of what changed"), 0, len(ids), c.library.kind
        )
        with ThreadPoolExecutor(max_workers=max(1, c.pace.in_flight), thread_name_prefix="details") as pool:
            for number, page in enumerate(pool.map(lambda part: self._details(kind, part), parts)):
                self._refuse_bad(page)
                self._absorber.take(kind, page.items, keep_change_keys=True)
                done = min(len(ids), (number + 1) * size)
                c.progress.library(replace(progress, done=done))
                c.token.raise_if_cancelled()

    def _details(self, kind: ItemKind, ids: Sequence[str]) -> Page:
        self._c.token.raise_if_cancelled()
        return self._c.source.details(self._c.remote, kind, ids)

    # --- what is absent -----------------------------------------------------------------------------------

    def _absence(self) -> AbsenceService:
        c = self._c
        return AbsenceService(
            relink=c.relink,
            removals=c.removals,
            server_id=c.library.server_id,
            library_id=c.library.id,
            verified_since=c.cursor.last_verified_at or 0,
            now=c.clock(),
            run_id=c.run_id,
            dry_run=c.dry_run,
            reconsider_kept=c.full,
        )

    def _settle(self) -> None:
        """Everything was listed completely and consistently: only now may something be absent."""
        stored = sum(1 for kind in self._kinds for key in self._absorber.load(kind).values() if not key[3])
        if stored and not any(self._seen[kind] for kind in self._kinds):
            self._outcome = SyncOutcome.INCOMPLETE
            self._proven = False
            self._error = _("The server lists nothing in this library, which was not empty. Nothing was removed.")
            self._hint = _("Check that the disk of the library is connected to the server.")
            self._note("warning", self._error)
            return
        keys = {kind: self._absorber.load(kind) for kind in self._kinds}
        result = self._absence().settle(keys, self._seen)
        counts = self._absorber.counts
        counts.added -= min(counts.added, result.found_again)
        counts.updated += result.found_again
        counts.removed += result.removed
        counts.held_back += result.held_back
        self._absorber.planned += result.planned
        self._absent = result.removed + result.held_back
        if result.held_back:
            self._outcome = SyncOutcome.HELD_BACK
            self._error = _("{count} removals are held back. Nothing is removed until you decide.").format(
                count=result.held_back
            )
            self._note("warning", self._error)

    def _reunite(self) -> None:
        found = self._absence().reunite(self._kinds)
        self._absorber.counts.added -= min(self._absorber.counts.added, found)
        self._absorber.counts.updated += found

    # --- common -------------------------------------------------------------------------------------------

    def _read(self, listing: Listing) -> ListingResult:
        result = listing.read()
        if self._server_time is None:
            self._server_time = result.server_time
        return result

    def _begin(self, kind: ItemKind, tier: SyncTier) -> None:
        c = self._c
        self._progress = LibraryProgress(
            c.library.id, c.server, c.library.name, phase_name(tier, kind), 0, None, c.library.kind
        )
        c.progress.library(self._progress)

    def _moved_on(self, page: Page) -> None:
        c = self._c
        if self._server_time is None:
            self._server_time = page.server_time
        traffic = c.source.traffic
        counts = self._absorber.counts
        c.progress.traffic(traffic.requests, traffic.received_bytes)
        c.progress.counts(counts.added, counts.updated, self._absent, counts.failed)
        self._progress = replace(self._progress, done=self._progress.done + page.arrived, total=page.total)
        c.progress.library(self._progress)
        c.token.raise_if_cancelled()

    def _refuse_bad(self, page: Page) -> None:
        for bad in page.bad:
            self._absorber.refuse(bad.remote_id, bad.reason)

    def _note(self, level: str, message: str) -> None:
        self._absorber.issues.append(SyncIssue(level, message))
        self._c.progress.say(f"{self._c.library.name}: {message}")

    def _fail(self, error: SourceError) -> None:
        counts = self._absorber.counts
        partly = counts.added or counts.updated or counts.unchanged
        self._outcome = SyncOutcome.INCOMPLETE if partly else SyncOutcome.FAILED
        self._failure = error
        self._error, self._hint = error.text, error.hint
        self._note("error", error.user_text())

    def _keep_cursor(self) -> None:
        """What the next sync goes by; after anything unclear it looks again."""
        good = self._outcome in (SyncOutcome.OK, SyncOutcome.HELD_BACK)
        c = self._c
        first = c.cursor.delta_cursor is None
        if not good and not self._read_all:
            return
        server_time = None if self._server_time is None else int(self._server_time)
        c.libraries.finish_sync(
            c.library.id,
            now=c.clock(),
            change_marker=c.remote.change_marker if good else None,
            delta_cursor=server_time if good or first else None,
            synced=good,
            full=self._tier is SyncTier.FULL,
            verified=self._proven,
        )

    def _report(self) -> LibraryReport:
        c = self._c
        counts = self._absorber.counts
        if self._tier is SyncTier.DELTA:
            stored = sum(c.libraries.present(c.library.id, kind) for kind in self._kinds)
            counts.unchanged = max(0, stored - counts.added - counts.updated)
        return LibraryReport(
            server=c.server,
            library=c.library.name,
            server_id=c.library.server_id,
            library_id=c.library.id,
            mode=self._tier,
            outcome=self._outcome,
            added=counts.added,
            updated=counts.updated,
            unchanged=counts.unchanged,
            removed=counts.removed,
            held_back=counts.held_back,
            failed=counts.failed,
            error=self._error,
            hint=self._hint,
            issues=tuple(self._absorber.issues),
            planned=tuple(self._absorber.planned),
        )
