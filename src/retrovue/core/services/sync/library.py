"""The sync of one library: which tier, and what follows from what it found.

marker   nothing moved: no request
delta    changed and added since the last sync, then a count per kind; counts that disagree lead to a sweep
sweep    ids and change keys of everything, details only of what differs; sees absence
full     everything; after an interrupted one it goes on where it was, and a sweep proves completeness
"""

from collections.abc import Callable, Sequence
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
from retrovue.core.services.sync.absence import AbsenceResult, AbsenceService
from retrovue.core.services.sync.absorb import Absorber
from retrovue.core.services.sync.details import Details
from retrovue.core.services.sync.listing import Listing, ListingResult, Pace
from retrovue.core.services.sync.progress import ProgressTracker
from retrovue.core.sources.base import MediaSource, Page, Since
from retrovue.core.storage.ingest import CatalogueWriter
from retrovue.core.storage.relink import RelinkRepository
from retrovue.core.storage.runs import RemovalRepository
from retrovue.core.storage.servers import LibraryCursor, LibraryRepository

OVERLAP_S = 120
SWEEP_INTERVAL_S = 3600
_DAY_S = 86_400
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
    verify: bool = False
    run_id: int | None = None


class LibrarySync:
    """Syncs one library once. Thread: one, plus the pool of its listing."""

    def __init__(self, context: LibraryContext) -> None:
        self._c = context
        self._absorber = Absorber(context.writer, context.dry_run, changed_since=context.cursor.delta_cursor)
        self._kinds = kinds_of(context.remote.kind)
        self._details = Details(context.source, context.remote, context.pace, context.token)
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
        self._unexplained = False
        self._counted = False

    @property
    def failure(self) -> SourceError | None:
        """What stopped this library, for deciding whether the server's other libraries are worth a try."""
        return self._failure

    def begin(self, run_id: int, cursor: LibraryCursor, *, stamp: int, interrupted: bool) -> None:
        """The lock is held now: note the run, and go by what the last one left behind.

        Args:
            stamp: what new rows are stamped with, epoch s; later than the last verification of any library.
            interrupted: the last run of this library was killed.
        """
        self._c.run_id = run_id
        self._c.cursor = cursor
        self._c.writer.begin(stamp)
        if interrupted or cursor.resume_mark is not None:
            self._c.writer.repair()
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
            self._c.writer.finish_totals()
        self._keep_cursor()
        return self._report()

    def nothing_moved(self) -> bool:
        """Tier 0: the server's marker is the one of the last completed sync and no verification is due.

        Where the server itself said that something changed, its marker is not asked.
        """
        c = self._c
        return (
            not c.full
            and not c.verify
            and c.initiator is not Initiator.SERVER_HINT
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
        unsure = c.cursor.resume_mark is not None or c.cursor.delta_cursor is None
        if c.verify or unsure or self._verification_due():
            self._sweep()
            return
        self._delta()
        self._complete_shows()
        if not self._counts_agree():
            c.progress.say(_("{library}: counts disagree, comparing everything").format(library=c.library.name))
            self._sweep()
        elif not self._absorber.moved and c.remote.change_marker not in (None, c.cursor.change_marker):
            # Put off, it must stay known that something moved.
            self._unexplained = not self._may_sweep()
            if not self._unexplained:
                self._sweep()
        elif self._absorber.counts.added:
            self._reunite()

    def _verification_due(self) -> bool:
        verified = self._c.cursor.last_verified_at
        # A clock that went back proves nothing about the time in between.
        return verified is None or not -_DAY_S < self._c.clock() - verified < self._c.verification_s

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
        self._complete_shows()
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
            if page.server_time is not None:
                self._absorber.changed_until = page.server_time
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
        self._complete_shows()
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
        progress = LibraryProgress(
            c.library.id, c.server, c.library.name, _("details of what changed"), 0, len(ids), c.library.kind
        )
        for page in self._details.pages(kind, ids):
            self._refuse_bad(page)
            self._absorber.take(kind, page.items, keep_change_keys=True)
            progress = replace(progress, done=min(len(ids), progress.done + page.arrived))
            c.progress.library(progress, counts=False)

    def _complete_shows(self) -> None:
        """Ask for the shows that only their episodes spoke of: added while the lists were read, or long ago."""
        asked = [remote_id for remote_id in self._absorber.placeholders if remote_id]
        if asked:
            self._fetch_details(ItemKind.SHOW, asked)
            self._absorber.placeholders.clear()

    def _known_by_id(self, kind: ItemKind, ids: Sequence[str]) -> set[str]:
        """Those of the ids that the server knows in this library."""
        known: set[str] = set()
        for page in self._details.pages(kind, ids):
            known.update(item.remote_id for item in page.items)
            known.update(bad.remote_id for bad in page.bad if bad.remote_id is not None)
            known.difference_update(page.elsewhere_ids)
        return known

    # --- what is absent -----------------------------------------------------------------------------------

    def _absence(self) -> AbsenceService:
        c = self._c
        return AbsenceService(
            relink=c.relink,
            removals=c.removals,
            server_id=c.library.server_id,
            library_id=c.library.id,
            verified_at=c.cursor.last_verified_at,
            run_stamp=c.writer.stamp,
            now=c.clock(),
            run_id=c.run_id,
            confirm=self._known_by_id,
            plans=c.dry_run,
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
        self._count_found(result)
        counts.removed += result.removed
        counts.held_back += result.held_back
        if result.still_there:
            self._note(
                "info",
                _("{count} entries were missing from the list, but the server knows them.").format(
                    count=result.still_there
                ),
            )
        self._absent = result.removed + result.held_back
        if result.held_back:
            self._outcome = SyncOutcome.HELD_BACK
            self._error = _("{count} removals are held back. Nothing is removed until you decide.").format(
                count=result.held_back
            )
            self._note("warning", self._error)

    def _reunite(self) -> None:
        self._count_found(self._absence().reunite(self._kinds))

    def _count_found(self, result: AbsenceResult) -> None:
        """What looked new and was known after all is no addition."""
        self._absorber.known_after_all(result.not_new)
        self._absorber.counts.updated += result.found_again - len(result.not_new)
        for change in result.planned:
            self._absorber.planned[change.kind, change.remote_id] = change

    # --- common -------------------------------------------------------------------------------------------

    def _read(self, listing: Listing) -> ListingResult:
        result = listing.read()
        if self._server_time is None:
            self._server_time = result.server_time
        return result

    def _begin(self, kind: ItemKind, tier: SyncTier) -> None:
        c = self._c
        # A library counts its movies or episodes: shows are few, and read first.
        self._counted = kind is self._kinds[-1]
        self._progress = LibraryProgress(
            c.library.id, c.server, c.library.name, phase_name(tier, kind), 0, None, c.library.kind
        )
        c.progress.library(self._progress, counts=self._counted)

    def _moved_on(self, page: Page) -> None:
        c = self._c
        if self._server_time is None:
            self._server_time = page.server_time
        traffic = c.source.traffic
        counts = self._absorber.counts
        c.progress.traffic(traffic.requests, traffic.received_bytes)
        c.progress.counts(counts.added, counts.updated, self._absent, counts.failed)
        self._progress = replace(self._progress, done=self._progress.done + page.arrived, total=page.total)
        c.progress.library(self._progress, counts=self._counted)
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
            # Never before the rows that this run made, which are not new to the next one.
            now=max(c.clock(), c.writer.stamp),
            change_marker=c.remote.change_marker if good and not self._unexplained else None,
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
            planned=tuple(self._absorber.planned.values()),
        )
