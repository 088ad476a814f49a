"""Tags and favorites of items, as servers list them."""

from dataclasses import dataclass
from enum import StrEnum


class MarkKind(StrEnum):
    """What an item is marked with. The values are stored."""

    TAG = "tag"
    FAVORITE = "favorite"


@dataclass(frozen=True, slots=True)
class RemoteMark:
    """A tag of an item, or that it is among someone's favorites.

    Attributes:
        name: the tag, or the account.
        remote_id: the server's id of the item.
    """

    kind: MarkKind
    name: str
    remote_id: str
