"""Where the lists of the Library page get their rows: the catalog, asked on the query lane."""

import time
from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from retrovue.core.domain.browse import KIND_OF, BrowseQuery, FileRow, ItemRow, SeasonRow, SortField, View
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.catalog import browsing
from retrovue.core.services.statistics.watch_data import bring_up_to_date_if_quick

if TYPE_CHECKING:
    from retrovue.core.context import AppContext

_SEASONS_MAX = 100_000


def season_id(show_id: int, number: int | None) -> int:
    """One number for a season, which has no row of its own where a server hides seasons."""
    return show_id * _SEASONS_MAX + (0 if number is None else number + 1)


def season_of(row_id: int) -> tuple[int, int | None]:
    """(show id, season number) behind `season_id`."""
    show_id, place = divmod(row_id, _SEASONS_MAX)
    return show_id, (None if place == 0 else place - 1)


def row_id(row: ItemRow | SeasonRow | FileRow) -> int:
    """The id of any row of this page's lists."""
    return season_id(row.show_id, row.number) if isinstance(row, SeasonRow) else row.id


def sort_query(query: BrowseQuery, sort_key: str, descending: bool) -> BrowseQuery:
    """`query` in the order of a clicked header."""
    return replace(query, sort=SortField(sort_key), descending=descending)


class CatalogSource:
    """Rows of one view. Thread: one lane.

    `took_ms` is how long the last list took, written on the lane, read anywhere. Rows and children are grouped as the
    list was that was asked last: all three are asked on one lane, in order.
    """

    def __init__(self, context: "AppContext", view: View) -> None:
        self._context = context
        self._view = view
        self.took_ms = 0
        self._grouped = False

    def ids(self, query: BrowseQuery, token: CancelToken) -> "array[int]":
        """The ids of `query` in its order."""
        token.raise_if_cancelled()
        self._grouped = query.grouped
        bring_up_to_date_if_quick(self._context, token)
        started = time.perf_counter()
        ids = browsing.list_ids(self._context, query)
        self.took_ms = round((time.perf_counter() - started) * 1000)
        return ids

    def rows(self, ids: Sequence[int]) -> list[Any]:
        """The rows of a page."""
        if self._view is View.FILES:
            return browsing.file_rows(self._context, ids)
        return browsing.item_rows(self._context, KIND_OF[self._view], ids, grouped=self._grouped)

    def children(self, level: int, parent_id: int, token: CancelToken) -> list[Any]:
        """Seasons of a show (level 0), episodes of a season (level 1)."""
        context = self._context
        if level == 0:
            return browsing.season_rows(context, parent_id, grouped=self._grouped)
        show_id, number = season_of(parent_id)
        episodes = BrowseQuery(View.EPISODES, show_id=show_id, season=number, grouped=self._grouped)
        ids = browsing.list_ids(context, episodes)
        token.raise_if_cancelled()
        rows = browsing.item_rows(context, ItemKind.EPISODE, ids, grouped=self._grouped)
        return [row for row in rows if row.season == number]
