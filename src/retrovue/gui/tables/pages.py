"""An ordered id list with a page cache of rows, read on the query lane.

Opening 200,000 rows this way costs the ids (8 bytes each) and one page; a Python object per row costs
four times the memory, and a sorting proxy over one froze the window for 70 s.
"""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Failed, Report, Succeeded, TaskHandle, TaskRunner

PAGE_ROWS = 64
"""More than most windows show. A list waits for one page: 256 shows with what their 50 episodes each say took 0.1 s."""
CACHED_PAGES = 160
_WANTED_PAGES = 4
_SEEN_PAGES = 4
_REFRESH_INTERVAL_MS = 250


class RowSource(Protocol):
    """Where a table's rows come from. Called on the query lane, never on the GUI thread."""

    def ids(self, query: Any, token: CancelToken) -> Sequence[int]:
        """All ids that `query` finds, in its order, as `array("q")` or a `range`; ends early when cancelled."""
        ...

    def rows(self, ids: Sequence[int]) -> list[Any]:
        """The rows of `ids` (a few pages at most), in any order; ids that are gone are left out."""
        ...


@dataclass(frozen=True, slots=True)
class ListAnswer:
    """The answer to a query: all ids, and the rows of the pages that were last on screen."""

    query: Any
    ids: Sequence[int]
    pages: tuple[int, ...]
    rows: list[Any]


@dataclass(frozen=True, slots=True)
class _Page:
    version: int
    number: int
    rows: list[Any]


class RowPages(QObject):
    """The ids of one query and the pages of rows that were looked at last. Lives on the GUI thread.

    `listed(listing)` asks the owner to `take` it between its own signals; `loaded(first, last)` tells which
    row numbers have arrived; `failed(error)` hands on what a read raised.

    Args:
        kinds: change sets of these kinds, broadcast by the runner, ask the same query again, at most
            four times a second.
    """

    listed = Signal(object)
    loaded = Signal(int, int)
    failed = Signal(object)
    loading_changed = Signal(bool)

    def __init__(
        self,
        source: RowSource,
        runner: TaskRunner,
        *,
        row_id: Callable[[Any], int] = attrgetter("id"),
        kinds: frozenset[str] = frozenset(),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.ids: Sequence[int] = array("q")
        self.query: Any = None
        self._source = source
        self._runner = runner
        self._row_id = row_id
        self._kinds = kinds
        self._asked: Any = None
        self._version = 0
        self._pages: OrderedDict[int, list[Any]] = OrderedDict()
        self._newest_page = -1
        self._former: dict[int, Any] = {}
        self._wanted: list[int] = []
        self._unreadable: set[int] = set()
        self._listing: TaskHandle | None = None
        self._paging: TaskHandle | None = None
        self._paging_number = -1
        self._is_outdated = False
        self._refresh_timer = QTimer(self)
        self._refresh_timer.setSingleShot(True)
        self._refresh_timer.setInterval(_REFRESH_INTERVAL_MS)
        self._refresh_timer.timeout.connect(self.refresh)
        if kinds:
            runner.changed.connect(self._on_changed)

    @property
    def is_loading(self) -> bool:
        """Whether an id list is on its way."""
        return self._listing is not None

    @property
    def asked(self) -> Any:
        """The query that was asked last; differs from `query` until its ids are here."""
        return self._asked

    def request(self, query: Any) -> None:
        """Ask for the ids of `query`; an earlier request is cancelled and its answer never looked at."""
        former, self._asked, self._is_outdated = self._listing, query, False
        pages = tuple(list(self._pages)[-_SEEN_PAGES:]) or (0,)
        source = self._source

        def read(token: CancelToken, report: Report) -> ListAnswer:
            ids = source.ids(query, token)
            token.raise_if_cancelled()
            # What is on screen comes with the ids, or every refresh would flash placeholders.
            seen = array("q")
            for page in pages:
                seen.extend(_of_page(ids, page))
            return ListAnswer(query, ids, pages, source.rows(seen))

        self._listing = self._runner.submit(read, lane=Lane.QUERY)
        self._listing.finished.connect(self._on_listing_finished)
        if former is None:
            self.loading_changed.emit(True)
        else:
            former.cancel()

    @Slot()
    def refresh(self) -> None:
        """Ask the last query again, after the answer that is on its way, if one is."""
        if self._listing is not None:
            # Cancelling it would starve the view whenever changes come faster than answers.
            self._is_outdated = True
        elif self._asked is not None:
            self.request(self._asked)

    def take(self, listing: ListAnswer) -> None:
        """Replace ids and cache; rows known so far stay on show until newer ones arrive."""
        self._former = {
            row_id: row
            for page, rows in self._pages.items()
            for row_id, row in zip(_of_page(self.ids, page), rows, strict=True)
        }
        self.query, self.ids = listing.query, listing.ids
        self._version += 1
        self._pages.clear()
        self._newest_page = -1
        self._wanted.clear()
        self._unreadable.clear()
        for page in listing.pages:
            self._keep(page, listing.rows)

    def row(self, number: int) -> Any | None:
        """Row `number`, or None while it is loading, which this call starts. Never blocks."""
        page = number // PAGE_ROWS
        rows = self._pages.get(page)
        if rows is None:
            self._want(page)
            return self._former.get(self.ids[number])
        if page != self._newest_page:
            self._pages.move_to_end(page)
            self._newest_page = page
        return rows[number % PAGE_ROWS]

    def known_row(self, number: int) -> Any | None:
        """Row `number` as far as it is here; starts nothing."""
        rows = self._pages.get(number // PAGE_ROWS)
        return self._former.get(self.ids[number]) if rows is None else rows[number % PAGE_ROWS]

    def row_number(self, row_id: int) -> int:
        """Where `row_id` stands in the list; -1 if it is not there."""
        try:
            return self.ids.index(row_id)
        except ValueError:
            return -1

    def _keep(self, page: int, rows: list[Any]) -> None:
        ids = _of_page(self.ids, page)
        if not ids:
            return
        by_id = {self._row_id(row): row for row in rows}
        self._pages[page] = [by_id.get(row_id) for row_id in ids]
        self._pages.move_to_end(page)
        self._newest_page = page
        while len(self._pages) > CACHED_PAGES:
            self._pages.popitem(last=False)

    def _want(self, page: int) -> None:
        if page in self._unreadable:
            return
        # Dragging the scroll bar asks for hundreds of pages; only those asked for last are on screen.
        if page in self._wanted:
            self._wanted.remove(page)
        self._wanted.append(page)
        del self._wanted[:-_WANTED_PAGES]
        if self._paging is None:
            self._load_next()

    def _load_next(self) -> None:
        if not self._wanted:
            return
        number, version, source = self._wanted.pop(), self._version, self._source
        ids = _of_page(self.ids, number)

        def read(token: CancelToken, report: Report) -> _Page:
            return _Page(version, number, source.rows(ids))

        self._paging_number = number
        self._paging = self._runner.submit(read, lane=Lane.QUERY)
        self._paging.finished.connect(self._on_page_finished)

    @Slot()
    def _on_listing_finished(self) -> None:
        handle = self._listing
        if handle is None or not handle.is_finished:
            return  # the end of a request that a newer one has replaced
        self._listing = None
        match handle.outcome:
            case Succeeded(result=ListAnswer() as listing):
                self.listed.emit(listing)
            case Failed(error=error, is_away=False):
                self.failed.emit(error)
        if self._listing is None:
            self.loading_changed.emit(False)
            if self._is_outdated:
                self._refresh_timer.start()

    @Slot()
    def _on_page_finished(self) -> None:
        handle = self._paging
        if handle is None or not handle.is_finished:
            return
        self._paging = None
        match handle.outcome:
            case Succeeded(result=_Page(version=version, number=number, rows=rows)):
                if version == self._version:
                    self._keep(number, rows)
                    if number in self._wanted:
                        self._wanted.remove(number)
                    first = number * PAGE_ROWS
                    self.loaded.emit(first, min(first + PAGE_ROWS, len(self.ids)) - 1)
            case Failed(error=error, is_away=is_away):
                # Painting asks again at once; without this a broken page would be read for ever.
                self._unreadable.add(self._paging_number)
                if not is_away:
                    self.failed.emit(error)
        if self._paging is None:
            self._load_next()

    @Slot(object)
    def _on_changed(self, changes: ChangeSet) -> None:
        if changes.kinds & self._kinds and not self._refresh_timer.isActive():
            self._refresh_timer.start()


def _of_page(ids: Sequence[int], page: int) -> Sequence[int]:
    return ids[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]
