"""Requests about all libraries of an Emby or Jellyfin server, so that a sync without changes takes only a few."""

from collections.abc import Callable, Sequence

from retrovue.core.domain.servers import LibraryKind, RemoteLibrary
from retrovue.core.sources.base import Counted, Page, Saved, SavedRow, Since, WatchedStub
from retrovue.core.sources.http import Answer
from retrovue.core.sources.mediabrowser.decode import full_listing, slim_listing
from retrovue.core.sources.mediabrowser.items import change_key, views_of
from retrovue.core.sources.mediabrowser.query import (
    Params,
    newest,
    scope_of_all,
    slim_rows,
    watched_last,
    window,
)
from retrovue.core.sources.mediabrowser.whereabouts import Whereabouts

MOST_SAVED = 100
"""Up to this many saved items are assigned to libraries. With more, all libraries are synced."""
_NEWEST = 10
_TYPES = {
    LibraryKind.MOVIES: ("Movie",),
    LibraryKind.SHOWS: ("Series", "Episode"),
    LibraryKind.MIXED: ("Movie", "Video", "Series", "Episode"),
}
_FOLDERS = frozenset(("Series",))

Ask = Callable[[Params, int], Answer]
"""Requests items with these parameters and this page size."""


class MediaBrowserOverview:
    """See `Overview`. Thread: any.

    Args:
        where: the folders of all libraries.
        libraries: those whose kinds of items are requested.
        since: the parameters of a delta. account: whether the token belongs to a user.
    """

    def __init__(
        self,
        ask: Ask,
        where: Whereabouts,
        libraries: Sequence[RemoteLibrary],
        *,
        since: Callable[[Since | None], Params],
        account: bool,
    ) -> None:
        self._ask = ask
        self._where = where
        self._types = list(dict.fromkeys(each for library in libraries for each in _TYPES.get(library.kind, ())))
        self._since = since
        self._account = account

    @property
    def knows_watched(self) -> bool:
        """Return whether there is an account with a watch state. An API key has none."""
        return self._account

    def saved(self, since: float, *, start: int = 0) -> Saved:
        """Return the rows saved since then: as slim as those of a comparison, with their path."""
        params = [*scope_of_all(self._types), *slim_rows(account=self._account, path=True), *self._since(Since(since))]
        answer = self._ask([*params, *window(start, MOST_SAVED)], MOST_SAVED)
        listing = full_listing(answer.body)
        holders = self._where.holders
        rows = [SavedRow(str(row.id), change_key(row), tuple(sorted(holders(row.path)))) for row in listing.rows]
        end = start + listing.arrived
        whole = not listing.bad and listing.total in (None, end) and listing.arrived < MOST_SAVED
        return Saved(rows, whole, answer.server_time)

    def counted(self) -> Counted:
        """Return the number of items and the newest ones. An item without a save date is never in `saved`."""
        params = [*scope_of_all(self._types), *slim_rows(account=False), *newest(_NEWEST)]
        answer = self._ask(params, _NEWEST)
        listing = slim_listing(answer.body)
        total = listing.total
        if total is not None and (total <= 0 < listing.arrived or total < listing.arrived):
            # The server did not count.
            total = None
        return Counted(total, tuple(str(row.id) for row in listing.rows), answer.server_time)

    def counted_singly(self) -> int | None:
        """Return the sum of one request per type. Emby can lose episodes in a joint one (Tracearr issue 263)."""
        whole = 0
        for each in self._types:
            params = [*scope_of_all([each]), *slim_rows(account=False), *newest(0)]
            total = slim_listing(self._ask(params, 0).body).total
            if total is None:
                return None
            whole += total
        return whole

    def watched(self, *, start: int, size: int) -> Page:
        """Return a page of items that the account watched."""
        types = [each for each in self._types if each not in _FOLDERS]
        answer = self._ask([*scope_of_all(types), *watched_last(start, size)], size)
        listing = slim_listing(answer.body)
        stubs = []
        for row in listing.rows:
            count, last = views_of(row.user_data)
            show = None if row.series_id is None else str(row.series_id)
            stubs.append(WatchedStub(str(row.id), 0, view_count=count, last_viewed_at=last, show_remote_id=show))
        return Page(start, listing.arrived, listing.total, stubs=stubs, bad=listing.bad)
