"""What the account watched, where that shows in no save date (Jellyfin) or perhaps in none (Emby).

What was watched last is at the head of one list, and its total tells of what was unmarked. The same answer as last time
means that nothing was. Otherwise the head is compared with the catalog, and the whole list where that does not explain
the total. Items that differ are fetched by their id, as anything else that changed.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from retrovue.core.domain.errors import SourceError
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import Library
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.sync.listing import Listing, Pace
from retrovue.core.sources.base import Overview, Page, WatchedStub
from retrovue.core.storage.survey import StoredItem, SurveyRepository

log = logging.getLogger(__name__)

_HEAD = 100
_PAGE = 1_000
_MOST_ASKED = 200
"""Of a list that ends before its total so many items that it lacks are asked for; more are left to verification."""

News = dict[ItemKind, set[str]]


@dataclass(slots=True)
class Watched:
    """The look at what was watched on one server, once a sync. One thread.

    Args:
        libraries: those that this sync is about, each of which was imported once.

    Attributes:
        news: library id -> items whose stored state is not that of the server.
    """

    server_id: int
    libraries: Sequence[Library]
    rows: SurveyRepository
    token: CancelToken
    news: dict[int, News] = field(default_factory=dict)
    _answer: list[object] | None = None
    _surplus: int | None = None

    def ask(self, overview: Overview) -> None:
        """Find what differs; a server that does not answer is asked again by the next sync.

        Raises:
            Cancelled: the token was cancelled.
        """
        try:
            self._ask(overview)
        except SourceError as error:
            log.info("what was watched on server %d is not known: %s %s", self.server_id, error.text, error.detail)

    def _ask(self, overview: Overview) -> None:
        head = overview.watched(start=0, size=_HEAD)
        stubs = _stubs(head)
        if head.total is None or head.bad or any(stub.view_count == 0 for stub in stubs):
            # It does not know this filter, or counts nothing.
            return
        answer: list[object] = [self._key(), head.total, _print_of(stubs)]
        known = self.rows.notes(self.server_id).get("watched")
        *before, surplus = known if isinstance(known, list) and known else [None]
        if before == answer:
            return
        if before[:1] != answer[:1]:
            surplus = None
        differing = self._compare(stubs)
        begun = sum(any(row.view_count == 0 for row in rows) for rows in differing.values())
        stored = self.rows.watched_count(self._ids())
        if len(differing) == len(stubs) == _HEAD or surplus != head.total - stored - begun:
            if not self._read_all(overview):
                return
        else:
            self._surplus = head.total - stored - begun
            self._note(differing, stubs)
        self._answer = answer

    def keep(self) -> None:
        """All news were taken in: the same answer means nothing from now on."""
        if self._answer is not None:
            notes = self.rows.notes(self.server_id)
            self.rows.keep(self.server_id, {**notes, "watched": [*self._answer, self._surplus]})

    def _read_all(self, overview: Overview) -> bool:
        """Compare the whole list; whether the same answer means nothing from now on."""
        stubs: list[WatchedStub] = []
        listing = Listing(
            lambda start, size: overview.watched(start=start, size=size),
            pace=Pace(1, _PAGE),
            token=self.token,
            on_page=lambda page, _mark: stubs.extend(_stubs(page)),
        )
        result = listing.read()
        if any(stub.view_count == 0 for stub in stubs):
            # It lists everything: nothing follows from that, and the same answer need not be looked at again.
            return True
        self._note(self._compare(stubs), stubs)
        unmarked = self.rows.watched(self._ids()) - result.seen
        if not result.complete:
            log.info("the list of what was watched on server %d: %s", self.server_id, result.reason)
            if not result.ended_early or len(unmarked) > _MOST_ASKED:
                return False
        # Asked for by their id: an item that the list merely lacks comes back as it was.
        self._note(self.rows.items(self._ids(), sorted(unmarked)), [])
        held = self.rows.items(self._ids(), sorted(result.seen))
        here = sum(any(not row.is_removed for row in rows) for rows in held.values())
        self._surplus = (result.total or 0) - here
        return True

    def _compare(self, stubs: Sequence[WatchedStub]) -> dict[str, list[StoredItem]]:
        told = {stub.remote_id: (stub.view_count, stub.last_viewed_at) for stub in stubs}
        stored = self.rows.items(self._ids(), list(told))
        return {
            remote_id: present
            for remote_id, rows in stored.items()
            if (present := [row for row in rows if not row.is_removed])
            and any((row.view_count, row.last_viewed_at) != told[remote_id] for row in present)
        }

    def _note(self, differing: dict[str, list[StoredItem]], stubs: Sequence[WatchedStub]) -> None:
        shows = {stub.remote_id: stub.show_remote_id for stub in stubs}
        for remote_id, rows in differing.items():
            for row in rows:
                if row.is_removed:
                    continue
                news = self.news.setdefault(row.library_id, {})
                news.setdefault(row.kind, set()).add(remote_id)
                # Whether a show was watched follows from its episodes, on the server.
                if show := shows.get(remote_id):
                    news.setdefault(ItemKind.SHOW, set()).add(show)

    def _ids(self) -> list[int]:
        return sorted(library.id for library in self.libraries)

    def _key(self) -> str:
        return ",".join(map(str, self._ids()))


def _stubs(page: Page) -> list[WatchedStub]:
    return [stub for stub in page.stubs if isinstance(stub, WatchedStub)]


def _print_of(stubs: Sequence[WatchedStub]) -> str:
    # In any order: what was watched in the same second is ordered by its title.
    rows = sorted((stub.remote_id, stub.view_count, stub.last_viewed_at or 0) for stub in stubs)
    return blake2b(repr(rows).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
