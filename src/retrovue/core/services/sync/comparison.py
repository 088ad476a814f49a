"""Comparing a library's slim list with what is stored, and asking for what differs."""

from collections.abc import Collection, Mapping

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.sync import SyncTier
from retrovue.core.i18n import _
from retrovue.core.services.sync.absorb import Absorber
from retrovue.core.services.sync.context import LibraryContext
from retrovue.core.services.sync.details import DetailsReader, none_known
from retrovue.core.services.sync.listing import Listing, ListingResult, Pace
from retrovue.core.services.sync.notes import ListingNotes
from retrovue.core.services.sync.reading import Reading
from retrovue.core.sources.base import Page


class Comparison:
    """Reads ids and change keys of everything, and details of what differs. Thread: one.

    Attributes:
        asks_bad_again: also what could not be read before and looks as it did then.
        unanswered: ids that were listed, but not known when they were requested.
    """

    def __init__(
        self,
        context: LibraryContext,
        absorber: Absorber,
        reading: Reading,
        details: DetailsReader,
        notes: ListingNotes,
    ) -> None:
        self._c = context
        self._absorber = absorber
        self._reading = reading
        self._details = details
        self._notes = notes
        self.asks_bad_again = False
        self.unanswered: set[str] = set()

    def ask_again(self, kind: ItemKind) -> None:
        """Request the items that arrived with less than what is stored of them, in this run or an earlier one."""
        taken = self._absorber.taken.get(kind, set())
        doubted = [remote_id for remote_id in self._notes.doubts.get(kind, ()) if remote_id not in taken]
        if doubted:
            self._fetch_details(kind, dict.fromkeys(doubted, 0))

    def compare(self, kind: ItemKind) -> tuple[ListingResult, bool]:
        """One kind, twice when the first reading was not consistent; with whether absence is proven by it.

        Raises:
            SourceError: a page could not be had.
            Cancelled: the token was cancelled.
        """
        first = self._stubs(kind, self._c.slim_pace)
        if first.complete:
            return first, True
        self._reading.note("info", _("Reading again: {reason}").format(reason=first.reason))
        pace = self._c.slim_pace
        if self._c.source.capabilities.overcounts:
            # Other borders of pages: what fails at one place in the list then looks different.
            pace = Pace(pace.in_flight, max(2, pace.page_size * 2 // 3))
        second = self._stubs(kind, pace)
        return second, second.complete or self._is_overcounted(kind, first, second)

    def complete_shows(self) -> None:
        """Ask for the shows that only their episodes spoke of: added while the lists were read, or long ago."""
        asked = [remote_id for remote_id in self._absorber.placeholders if remote_id]
        if asked:
            self._fetch_details(ItemKind.SHOW, dict.fromkeys(asked, 0))
            self._absorber.placeholders.clear()

    def fetch(self, kind: ItemKind, ids: Collection[str]) -> None:
        """Ask for these items, of which something is known to differ.

        Raises:
            SourceError: a page could not be had.
            Cancelled: the token was cancelled.
        """
        self._fetch_details(kind, dict.fromkeys(ids, 0))

    def _stubs(self, kind: ItemKind, pace: Pace) -> ListingResult:
        c = self._c
        keys = self._absorber.load(kind)
        wanted: dict[str, int] = {}
        listed_bad: set[str] = set()
        taken = self._absorber.taken[kind]

        def on_page(page: Page, _mark: int) -> None:
            self._reading.refuse_bad(page)
            for stub in page.stubs:
                stored = keys.get(stub.remote_id)
                if stub.remote_id in taken:
                    continue
                if stored is None or stored[3] or stored[2] != stub.change_key:
                    reason = self._notes.known_bad(kind, stub.remote_id, stub.change_key)
                    if reason is None or self.asks_bad_again:
                        wanted[stub.remote_id] = stub.change_key
                    else:
                        listed_bad.add(stub.remote_id)
                        self._absorber.refuse(stub.remote_id, reason)
            self._reading.moved_on(page)

        self._reading.begin(kind, SyncTier.SWEEP)
        listing = Listing(
            lambda at, size: c.source.stubs_page(c.remote, kind, start=at, size=size),
            pace=pace,
            token=c.token,
            on_page=on_page,
        )
        result = self._reading.read(listing)
        self._notes.keep_bad(kind, listed_bad)
        self.unanswered |= self._fetch_details(kind, wanted)
        return result

    def _fetch_details(self, kind: ItemKind, wanted: Mapping[str, int]) -> set[str]:
        """Full items of these ids (with the change keys that the list showed); returns those that did not come."""
        self._reading.begin_details(len(wanted))
        unanswered = set(wanted)
        for page in self._details.pages(kind, list(wanted)):
            self._reading.refuse_bad(page)
            for bad in page.bad:
                if bad.remote_id is not None and bad.remote_id in wanted:
                    self._notes.remember_bad(kind, bad.remote_id, wanted[bad.remote_id], bad.text)
            self._absorber.take(kind, page.items, keep_change_keys=True)
            self._reading.moved_on(page, total=len(wanted))
            unanswered.difference_update(
                (item.remote_id for item in page.items),
                (bad.remote_id for bad in page.bad if bad.remote_id is not None),
                page.skipped_ids,
            )
        return unanswered

    def _is_overcounted(self, kind: ItemKind, first: ListingResult, second: ListingResult) -> bool:
        """Whether a list that is shorter than its total is whole all the same.

        Versions of Jellyfin tell totals that are larger than what they list, for good (its issue 15186). Such a list
        is taken for whole only where two readings with other pages were equal to the end, and where the server knows
        none of what is missing from it by its id, while it knows what is not.
        """
        alike = first.ended_early and second.ended_early and first.seen == second.seen and first.total == second.total
        if not alike or not self._c.source.capabilities.overcounts:
            return False
        stored = self._absorber.load(kind)
        listed = second.seen - second.placeholders
        absent = [remote_id for remote_id, key in stored.items() if not key[3] and remote_id not in listed]
        if absent and not none_known(self._details, kind, absent, control=next(iter(listed & stored.keys()), None)):
            return False
        self._reading.note(
            "warning",
            _("The server reports {total} items but lists {seen} every time. The others were requested separately.")
            .format(total=second.total, seen=len(second.seen)),
        )  # fmt: skip
        return True
