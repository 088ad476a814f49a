"""Who played what the details show, and when: read from the history."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrovue.core.domain.guids import ExternalId
from retrovue.core.domain.history import Play, PlayedItem, PlayFilter
from retrovue.core.domain.media import ItemKind
from retrovue.core.services.history.lists import plays_of

if TYPE_CHECKING:
    from retrovue.core.context import AppContext

_SHOWN = 4


@dataclass(frozen=True)
class PlayedFacts:
    """The newest plays of an item, and how many there are."""

    item: PlayedItem
    count: int = 0
    newest: tuple[Play, ...] = ()


def read_played(
    context: "AppContext",
    title: str,
    kind: ItemKind,
    items: tuple[tuple[int, str], ...],
    ids: tuple[ExternalId, ...],
) -> PlayedFacts:
    """The plays of an item on whatever server and under whatever id; of a show, those of its episodes. Thread: a lane.

    Args:
        title: the show's own title, or what a filter for the item is called.
    """
    # Sessions carry a guid as Plex writes it; without one, a play has what the catalog knows the item by.
    guids = tuple(dict.fromkeys(form for guid in ids for form in (str(guid), f"{guid.provider}://{guid.external_id}")))
    item = PlayedItem(title, items, guids if kind is not ItemKind.SHOW else (), kind is ItemKind.SHOW)
    count, newest = plays_of(context, PlayFilter(item=item, limit=_SHOWN))
    return PlayedFacts(item, count, tuple(newest))
