"""The reading of one library's lists: what is refused, how far it is, what it has to say."""

from collections.abc import Sequence
from dataclasses import replace

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.sync import LibraryProgress, SyncIssue, SyncTier
from retrovue.core.i18n import _
from retrovue.core.services.sync.absorb import Absorber
from retrovue.core.services.sync.context import LibraryContext, phase_name
from retrovue.core.services.sync.listing import Listing, ListingResult
from retrovue.core.sources.base import Page


class Reading:
    """Shared by the tiers of one run. Thread: one.

    Attributes:
        server_time: the server's clock before anything was read, epoch s.
        absent: what is gone or held back so far, for the progress.
    """

    def __init__(self, context: LibraryContext, absorber: Absorber, kinds: Sequence[ItemKind]) -> None:
        self._c = context
        self._absorber = absorber
        self._last = kinds[-1] if kinds else None
        self._counted = False
        self._progress = LibraryProgress(context.library.id, context.server, context.library.name, "")
        self.server_time: float | None = None
        self.absent = 0

    def begin(self, kind: ItemKind, tier: SyncTier, *, done: int = 0) -> None:
        """A list of this kind is read next; `done`: so many of it are stored already, by a sync that was stopped."""
        c = self._c
        # A library counts its movies or episodes: shows are few, and read first.
        self._counted = kind is self._last
        self._progress = LibraryProgress(
            c.library.id, c.server, c.library.name, phase_name(tier, kind), done, None, c.library.kind
        )
        c.progress.library(self._progress, counts=self._counted)

    def begin_details(self, count: int) -> None:
        """So many items are asked for by id next."""
        c = self._c
        self._counted = False
        self._progress = LibraryProgress(
            c.library.id, c.server, c.library.name, _("reading details of changes"), 0, count, c.library.kind
        )

    def read(self, listing: Listing) -> ListingResult:
        """Read a list to its end.

        Raises:
            SourceError: a page could not be had.
            Cancelled: the token was cancelled.
        """
        result = listing.read()
        if self.server_time is None:
            self.server_time = result.server_time
        return result

    def moved_on(self, page: Page, *, total: int | None = None) -> None:
        """A page was taken in.

        Raises:
            Cancelled: the token was cancelled.
        """
        c = self._c
        if self.server_time is None:
            self.server_time = page.server_time
        traffic = c.source.traffic
        counts = self._absorber.counts
        c.progress.traffic(traffic.requests, traffic.received_bytes)
        c.progress.counts(counts.added, counts.updated, self.absent, counts.failed)
        known = total if total is not None else page.total
        done = self._progress.done + page.arrived
        self._progress = replace(self._progress, done=done if total is None else min(total, done), total=known)
        c.progress.library(self._progress, counts=self._counted)
        c.token.raise_if_cancelled()

    def refuse_bad(self, page: Page) -> None:
        """Items that could not be understood are issues of this run."""
        for bad in page.bad:
            self._absorber.refuse(bad.remote_id, bad.text)

    def note(self, level: str, message: str) -> None:
        """Say something now and in the record of the run; `level` is "info", "warning" or "error"."""
        self._absorber.issues.append(SyncIssue(level, message))
        self._c.progress.say(f"{self._c.server} · {self._c.library.name}: {message}", level)
