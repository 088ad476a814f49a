"""The sync of one library: which tier, and what follows from what it found.

marker   nothing moved: no request
delta    changed and added since the last sync, then a count per kind; counts that disagree lead to a sweep
sweep    ids and change keys of everything, details only of what differs; sees absence
full     everything; after an interrupted one it goes on where it was, and a sweep proves completeness
"""

from collections.abc import Callable, Collection, Mapping

from retrovue.core.domain.errors import Cancelled, SourceError
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.sync import Initiator, LibraryReport, SyncOutcome, SyncTier
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.sync.absence import AbsenceResult, AbsenceService, is_too_many
from retrovue.core.services.sync.absorb import Absorber
from retrovue.core.services.sync.comparison import Comparison
from retrovue.core.services.sync.context import LibraryContext, kinds_of
from retrovue.core.services.sync.counting import Counting, Question, questions
from retrovue.core.services.sync.details import DetailsReader, known_by_id
from retrovue.core.services.sync.listing import Listing, ListingResult
from retrovue.core.services.sync.notes import ListingNotes
from retrovue.core.services.sync.reading import Reading
from retrovue.core.services.sync.seasons import SeasonVotes
from retrovue.core.sources.base import Page, Since
from retrovue.core.storage.catalog.facts import FactsRepository
from retrovue.core.storage.libraries import LibraryCursor

__all__ = ["LibraryContext", "LibrarySync", "kinds_of"]

OVERLAP_S = 120
SWEEP_INTERVAL_S = 3600
SETTLED = "settled"
"""The marker of a library whose server tells none: its last sync left nothing open."""
_DAY_S = 86_400


class LibrarySync:
    """Syncs one library once. Thread: one, plus the pool of its listing."""

    def __init__(self, context: LibraryContext) -> None:
        self._c = context
        self._absorber = Absorber(
            context.writer,
            FactsRepository(context.writer.database),
            context.dry_run,
            changed_since=context.cursor.delta_cursor,
            decided=lambda kind: context.removals.decided_files(context.library.id, kind),
            believes=lambda kind, each, doubt: self._notes.believes(kind, each, doubt, now=context.clock()),
        )
        self._kinds = kinds_of(context.remote.kind)
        self._details = DetailsReader(context.source, context.remote, context.pace, context.token)
        self._reading = Reading(context, self._absorber, self._kinds)
        self._notes = ListingNotes.of(context.cursor.listing_notes)
        self._counting = Counting(context, self._kinds, self._notes)
        self._comparison = Comparison(context, self._absorber, self._reading, self._details, self._notes)
        self._seen: dict[ItemKind, set[str]] = {}
        self._totals: dict[ItemKind, int | None] = {}
        self._tier = SyncTier.FULL
        self._outcome = SyncOutcome.OK
        self._failure: SourceError | None = None
        self._error: str | None = None
        self._hint: str | None = None
        self._read_all = False
        self._proven = False
        self._unexplained = False
        self._stored_before = 0
        self._watched: Mapping[ItemKind, Collection[str]] = {}

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
        self._stored_before = self._c.libraries.present(self._c.library.id, *self._kinds)
        self._absorber.changed_since = cursor.delta_cursor
        self._notes = ListingNotes.of(cursor.listing_notes)
        self._counting = Counting(self._c, self._kinds, self._notes)
        self._comparison = Comparison(self._c, self._absorber, self._reading, self._details, self._notes)

    def run(self) -> LibraryReport:
        """Do it. Every failure of the server is in the report; only disk errors are raised.

        Raises:
            StorageError: the catalog could not be written.
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
            and not any(self._notes.doubts.values())
            and not self._verification_due()
        )

    def rests_from(self) -> int | None:
        """Where its delta would begin, epoch s by the server's clock; None where it cannot be left alone.

        On a server without markers, where a question about all libraries may say that nothing happened.
        """
        c = self._c
        if c.full or c.verify or c.cursor.last_full_sync_at is None or c.cursor.resume_mark is not None:
            return None
        if c.cursor.change_marker != SETTLED or c.remote.change_marker is not None or self._verification_due():
            return None
        if any(self._notes.doubts.values()):
            return None
        return None if c.cursor.delta_cursor is None else c.cursor.delta_cursor - OVERLAP_S

    def take_watched(self, items: Mapping[ItemKind, Collection[str]]) -> None:
        """These items were watched, or are not any more: no delta may tell, so they are asked for by their id."""
        self._watched = items

    def _run_tier(self) -> None:
        c = self._c
        if c.full or c.cursor.last_full_sync_at is None:
            self._full()
            return
        unsure = c.cursor.resume_mark is not None or c.cursor.delta_cursor is None
        if c.verify or unsure or self._verification_due():
            self._comparison.asks_bad_again = True
            self._sweep()
            return
        certain = self._delta()
        for kind in self._kinds:
            self._comparison.ask_again(kind)
        for kind, ids in self._watched.items():
            self._comparison.fetch(kind, ids)
        self._comparison.complete_shows()
        self._settle_losses()
        if not certain or not self._counting.agree():
            place = f"{c.server} · {c.library.name}"
            c.progress.say(_("{library}: counts do not match, comparing everything").format(library=place))
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
            self._listed(kind, result)
            results.append(result)
        self._read_all = True
        if resumed or not all(result.complete for result in results):
            for result in results:
                if not result.complete and not resumed:
                    self._reading.note("info", _("Reading again: {reason}").format(reason=result.reason))
            self._sweep(tier=SyncTier.FULL)
            return
        # What could not be read now is asked for once more by the next sweep, which also learns its change key.
        self._notes.bad.clear()
        self._comparison.complete_shows()
        self._settle_losses()
        self._settle()

    def _list_items(self, kind: ItemKind, start: int) -> ListingResult:
        c = self._c
        votes = SeasonVotes()

        def on_page(page: Page, mark: int) -> None:
            self._reading.refuse_bad(page)
            self._absorber.take(kind, page.items, mark={"kind": kind.value, "start": mark})
            if kind is ItemKind.EPISODE:
                votes.take(page.items)
            self._reading.moved_on(page)

        self._reading.begin(kind, SyncTier.FULL, done=start)
        self._absorber.load(kind)
        listing = Listing(
            lambda at, size: c.source.items_page(c.remote, kind, start=at, size=size),
            pace=c.pace,
            token=c.token,
            on_page=on_page,
            start=start,
        )
        result = self._reading.read(listing)
        if result.complete and start == 0:
            c.writer.name_seasons(votes.result())
        return result

    # --- delta --------------------------------------------------------------------------------------------

    def _delta(self) -> bool:
        """Take in what changed; whether that is certain to be all that the server knows of."""
        c = self._c
        self._tier = SyncTier.DELTA
        since = float((c.cursor.delta_cursor or 0) - OVERLAP_S)
        certain = True
        for question in questions(self._kinds, c.source.capabilities.joint):
            self._reading.begin(question[0], SyncTier.DELTA)
            for field in c.source.capabilities.delta_fields:
                contradicted: list[str] = []
                listing = Listing(
                    self._delta_fetch(question, Since(since, field)),
                    pace=c.pace,
                    token=c.token,
                    on_page=self._delta_page(question, contradicted),
                )
                result = self._reading.read(listing)
                whole = result.complete or (c.source.capabilities.overcounts and result.ended_early)
                certain = certain and whole and not contradicted
        # A server that was restored, or lost its clock, saves with dates that no question reaches.
        told = self._reading.server_time
        return certain and (told is None or told >= since)

    def _delta_fetch(self, question: Question, since: Since) -> Callable[[int, int], Page]:
        c, (kind, also) = self._c, question
        return lambda at, size: c.source.items_page(c.remote, kind, start=at, size=size, since=since, also=also)

    def _delta_page(self, question: Question, contradicted: list[str]) -> Callable[[Page, int], None]:
        kinds = [kind for kind in question if kind is not None]

        def on_page(page: Page, _mark: int) -> None:
            self._reading.refuse_bad(page)
            if page.server_time is not None:
                self._absorber.changed_until = page.server_time
            for kind in kinds:
                self._absorber.take(kind, [item for item in page.items if item.kind is kind])
                # Stored once, and now a placeholder: counts alone would not show that it went.
                contradicted.extend(self._absorber.present(kind, page.placeholder_ids))
            self._reading.moved_on(page)

        return on_page

    # --- sweep --------------------------------------------------------------------------------------------

    def _sweep(self, *, tier: SyncTier = SyncTier.SWEEP) -> None:
        """Ids and change keys of everything, twice when the first reading was not consistent."""
        self._tier = tier
        reasons = []
        for kind in self._kinds:
            result, complete = self._comparison.compare(kind)
            self._listed(kind, result)
            if not complete:
                reasons.append(result.reason)
        self._read_all = True
        counts = self._absorber.counts
        known_bad = sum(1 for issue in self._absorber.issues if issue.level == "error" and issue.remote_id)
        listed = sum(len(seen) for seen in self._seen.values())
        counts.unchanged = max(0, listed - counts.added - counts.updated - known_bad)
        self._settle_losses()
        if reasons:
            self._outcome = SyncOutcome.INCOMPLETE
            self._error = _("The server’s list was incomplete, so nothing was removed. {reason}").format(
                reason=reasons[0]
            )
            self._reading.note("warning", self._error)
            return
        self._comparison.complete_shows()
        self._settle()

    def _listed(self, kind: ItemKind, result: ListingResult) -> None:
        # A placeholder in the list is no item: what was stored of it is absent.
        self._seen[kind] = result.seen - result.placeholders
        self._totals[kind] = result.total

    # --- what is absent -----------------------------------------------------------------------------------

    def _settle_losses(self) -> None:
        """Everything was read: items that lost versions may do so, unless too many lost files at once."""
        held_back = self._absorber.settle_losses(lambda lost: is_too_many(lost, self._stored_before))
        if held_back:
            self._absorber.counts.held_back += held_back
            c = self._c
            rows = {kind: self._absorber.doubted_rows(kind) for kind in self._kinds}
            c.removals.hold_files(c.library.id, rows, run_id=c.run_id, now=c.clock())
            self._hold_back(
                ngettext(
                    "{count} item arrived with fewer files than it had. Nothing is removed until you decide.",
                    "{count} items arrived with fewer files than they had. Nothing is removed until you decide.",
                    held_back,
                ).format(count=held_back)
            )

    def _hold_back(self, message: str) -> None:
        self._outcome = SyncOutcome.HELD_BACK
        self._error = message
        self._reading.note("warning", message)

    def _absence(self, unlisted: frozenset[str] = frozenset()) -> AbsenceService:
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
            confirm=lambda kind, ids: known_by_id(self._details, kind, ids),
            stored_before=self._stored_before,
            unlisted=unlisted,
            plans=c.dry_run,
            reconsider_kept=c.full,
        )

    def _settle(self) -> None:
        """Everything was listed completely and consistently: only now may something be absent."""
        stored = sum(1 for kind in self._kinds for key in self._absorber.load(kind).values() if not key[3])
        if stored and not any(self._seen[kind] for kind in self._kinds):
            self._outcome = SyncOutcome.INCOMPLETE
            self._error = _(
                "The server now lists nothing in this library, which was not empty before. Nothing was removed."
            )
            self._hint = _("Check that the library’s disk is connected to the server.")
            self._reading.note("warning", self._error)
            return
        result = self._settle_absent()
        if result.still_there:
            result = self._list_again(result)
        counts = self._absorber.counts
        counts.removed += result.removed
        counts.held_back += result.held_back
        self._reading.absent = result.removed + result.held_back
        if result.held_back:
            self._hold_back(
                _("{count} removals are held back. Nothing is removed until you decide.").format(count=result.held_back)
            )

    def _settle_absent(self, unlisted: frozenset[str] = frozenset()) -> AbsenceResult:
        keys = {kind: self._absorber.load(kind) for kind in self._kinds}
        result = self._absence(unlisted).settle(keys, self._seen)
        self._count_found(result)
        self._proven = not result.still_there - unlisted
        return result

    def _list_again(self, first: AbsenceResult) -> AbsenceResult:
        """The server knows items that its list lacked: what else the list lacks is in doubt, so it is read again.

        A second list that lacks the same items shows a habit (versions that were merged by hand are known by their
        id, but never listed); then the list counts. One that lacks others removes nothing.
        """
        self._absorber.reload()
        for kind in self._kinds:
            result, complete = self._comparison.compare(kind)
            self._listed(kind, result)
            if not complete:
                return self._lacks(first)
        again = self._settle_absent(frozenset(first.still_there))
        if not self._proven:
            return self._lacks(again)
        if again.still_there:
            self._reading.note(
                "info",
                ngettext(
                    "{count} item was missing from the list, but the server still has it.",
                    "{count} items were missing from the list, but the server still has them.",
                    len(again.still_there),
                ).format(count=len(again.still_there)),
            )
        return again

    def _lacks(self, result: AbsenceResult) -> AbsenceResult:
        self._proven = False
        self._outcome = SyncOutcome.INCOMPLETE
        self._error = _("The server left {count} of its items out of the list. Nothing was removed.").format(
            count=len(result.still_there)
        )
        self._reading.note("warning", self._error)
        return result

    def _reunite(self) -> None:
        self._count_found(self._absence().reunite(self._kinds))

    def _count_found(self, result: AbsenceResult) -> None:
        """What looked new and was known after all is no addition."""
        self._absorber.known_after_all(result.not_new)
        self._absorber.counts.updated += result.found_again - len(result.not_new)
        for change in result.planned:
            self._absorber.planned[change.kind, change.remote_id] = change

    # --- the end ------------------------------------------------------------------------------------------

    def _fail(self, error: SourceError) -> None:
        counts = self._absorber.counts
        partly = counts.added or counts.updated or counts.unchanged
        self._outcome = SyncOutcome.INCOMPLETE if partly else SyncOutcome.FAILED
        self._failure = error
        self._error, self._hint = error.text, error.hint
        self._reading.note("error", error.user_text())

    def _surplus(self) -> dict[ItemKind, int]:
        """What the totals of this run's lists count beyond the rows they named, by kind.

        Only what the lists explain: a row that they lack without a decision of a person must be looked for again.
        """
        found = {}
        for kind, total in self._totals.items():
            if total is None:
                continue
            keys, seen = self._absorber.load(kind), self._seen[kind]
            listed = sum(1 for remote_id in seen if remote_id in keys and not keys[remote_id][3])
            decided = self._c.removals.kept(self._c.library.id, kind)
            kept = sum(1 for each, key in keys.items() if decided and key[0] in decided and each not in seen)
            found[kind] = total - listed - kept
        return found

    def _keep_cursor(self) -> None:
        """What the next sync goes by; after anything unclear it looks again."""
        good = self._outcome in (SyncOutcome.OK, SyncOutcome.HELD_BACK)
        c = self._c
        first = c.cursor.delta_cursor is None
        if not good and not self._read_all:
            return
        told = self._reading.server_time
        server_time = None if told is None else int(told)
        if self._proven:
            self._counting.learn(self._surplus())
        self._notes.keep_doubts(
            self._absorber.doubts, asked=None if self._read_all and good else self._absorber.taken, now=c.clock()
        )
        self._drop_decided_files(everything=self._read_all and good)
        lacking = self._unexplained or bool(self._comparison.unanswered)
        c.libraries.finish_sync(
            c.library.id,
            now=c.clock(),
            # Never before the rows that this run made, which are not new to the next one.
            verified_at=max(c.clock(), c.writer.stamp),
            change_marker=(c.remote.change_marker or SETTLED) if good and not lacking else None,
            delta_cursor=server_time if good or first else None,
            synced=good,
            full=self._tier is SyncTier.FULL,
            verified=self._proven and not self._comparison.unanswered,
            listing_notes=self._notes.stored(),
        )

    def _drop_decided_files(self, *, everything: bool) -> None:
        """Items whose files are all there again wait for no decision any more."""
        for kind in self._kinds:
            self._c.removals.drop_files(
                self._c.library.id,
                kind,
                doubted=set(self._absorber.doubted_rows(kind)),
                asked=None if everything else self._absorber.asked_rows(kind),
            )

    def _report(self) -> LibraryReport:
        c = self._c
        counts = self._absorber.counts
        if self._tier is SyncTier.DELTA:
            stored = c.libraries.present(c.library.id, *self._kinds)
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
