"""Full items by id, some requests at a time, smaller ones where the server refuses."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from retrovue.core.domain.errors import PageTooLargeError
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import RemoteLibrary
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.sync.listing import MAX_BUFFERED, Pace
from retrovue.core.sources.base import MediaSource, Page

_MOST_ASKED = 5_000


@dataclass(slots=True)
class DetailsReader:
    """Asks one library's server for items by id. Thread: the calling one, plus a pool while `pages` is read."""

    source: MediaSource
    library: RemoteLibrary
    pace: Pace
    token: CancelToken

    def pages(self, kind: ItemKind, ids: Sequence[str]) -> Iterator[Page]:
        """The items of `ids`, in pages as they arrive; ids that the server does not know are in none.

        Raises:
            SourceError: a page could not be had.
            Cancelled: the token was cancelled.
        """
        size = self.source.capabilities.max_ids
        waiting = deque(list(ids[at : at + size]) for at in range(0, len(ids), size))
        if not waiting:
            return
        flying: deque[tuple[list[str], Future[Page]]] = deque()
        pool = ThreadPoolExecutor(max_workers=MAX_BUFFERED, thread_name_prefix="details")
        try:
            while waiting or flying:
                while waiting and len(flying) < max(1, min(self.pace.in_flight, MAX_BUFFERED)):
                    part = waiting.popleft()
                    flying.append((part, pool.submit(self._fetch, kind, part)))
                part, future = flying.popleft()
                try:
                    page = future.result()
                except PageTooLargeError:
                    if len(part) == 1:
                        raise
                    half = len(part) // 2
                    waiting.extend((part[:half], part[half:]))
                    continue
                self.token.raise_if_cancelled()
                yield page
        finally:
            # Sockets are closed by the token or end by their own deadline.
            pool.shutdown(wait=False, cancel_futures=True)

    def _fetch(self, kind: ItemKind, ids: Sequence[str]) -> Page:
        self.token.raise_if_cancelled()
        return self.source.details(self.library, kind, ids)


def known_by_id(details: DetailsReader, kind: ItemKind, ids: Sequence[str]) -> set[str]:
    """Those of the ids that the server knows in this library.

    Raises:
        SourceError, Cancelled: as `DetailsReader.pages`.
    """
    known: set[str] = set()
    for page in details.pages(kind, ids):
        known.update(item.remote_id for item in page.items)
        known.update(bad.remote_id for bad in page.bad if bad.remote_id is not None)
        known.difference_update(page.elsewhere_ids)
    return known


def none_known(details: DetailsReader, kind: ItemKind, ids: Sequence[str], *, control: str | None) -> bool:
    """Whether the server knows none of the ids, while it knows `control` in each of its answers.

    An answer that lacks everything proves nothing; neither does a question without a control.
    """
    size = max(1, details.source.capabilities.max_ids - 1)
    if control is None or len(ids) > _MOST_ASKED:
        return False
    return all(
        known_by_id(details, kind, [control, *ids[at : at + size]]) == {control} for at in range(0, len(ids), size)
    )
