"""One search over shows, movies and episodes: how many of each kind match, and which match best."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from retrovue.core.domain.browse import BrowseQuery, ItemRow, SortField, View
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host

_KINDS = {View.SHOWS: ItemKind.SHOW, View.MOVIES: ItemKind.MOVIE, View.EPISODES: ItemKind.EPISODE}
# The order that is kept anyway, since the lists open in it.
_ORDERS = {View.EPISODES: SortField.SHOW}


@dataclass(frozen=True)
class KindHits:
    """The hits of one kind.

    Attributes:
        count: as many as the list of this view has with the same words and filters.
        best: the rows that match best, the best one first.
    """

    view: View
    count: int
    best: Sequence[ItemRow]


def find_hits(host: Host, query: BrowseQuery, *, most: int, token: CancelToken) -> list[KindHits]:
    """Return the hits of `query` by kind, `most` rows of each at most; kinds without a hit are left out.

    Args:
        query: its words and filters hold for each kind, whichever list it is of.

    Raises:
        Cancelled: between two kinds. Thread: any but the GUI's.
    """
    found = []
    for view, kind in _KINDS.items():
        token.raise_if_cancelled()
        order = _ORDERS.get(view, SortField.TITLE)
        of_kind = replace(query, view=view, sort=order, descending=False)
        count, ids = host.browse.best(of_kind, most)
        if count:
            found.append(KindHits(view, count, host.browse.items(kind, ids, grouped=query.grouped)))
    return found
